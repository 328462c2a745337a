//! Whether files in full size go now, or wait for a better link.

use cotmoc_core::exchange::Pace;

use super::gathering::Gathered;
use crate::contract::Problem;
use crate::contract::exchange::{Metering, OriginalsWait};
use crate::contract::session::OriginalsGo;
use crate::device::Device;
use crate::store::remote;
use crate::store::routes::Route;

/// Over a link that was slow a batch of them is tried after this long, milliseconds. A quiet exchange is too small
/// to measure anything, so they would wait for ever on a link that has long become better.
const TRIED_EVERY: i64 = 10 * 60 * 1_000;
/// A bundle up to this size carries words, bytes.
const SMALL_BUNDLE: u64 = 256 * 1024;
/// Messages of such a try: the question what the other end lacks, and a batch of it.
const MESSAGES_OF_A_TRY: u32 = 2;

/// Why files in full size wait on this route, if they do; over a link of this pace.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn originals_wait(
    device: &Device,
    route: &Route,
    pace: &Pace,
) -> Result<Option<OriginalsWait>, Problem> {
    let chosen = device.settings()?.originals;
    // What stays on the local network costs nothing.
    let metered = route.is_province()
        && chosen == OriginalsGo::AsRecognised
        && device.link_cost.metering() == Metering::Metered;
    Ok(match chosen {
        OriginalsGo::Always => None,
        OriginalsGo::Never if route.is_province() => Some(OriginalsWait::Chosen),
        _ if metered => Some(OriginalsWait::Metered),
        _ if pace.is_slow() => Some(OriginalsWait::Slow),
        _ => None,
    })
}

/// The rule within one run: asked before each batch, because a machine may change its network in between.
pub(super) struct Originals<'a> {
    pub device: &'a Device,
    pub route: &'a Route,
    /// A person wants them in this run, whatever the link.
    pub wished: bool,
    /// Messages about them that went in this run although they wait.
    pub tried: u32,
    /// A batch was not let go: what the run knows of files is not all.
    pub held_back: bool,
}

impl Originals<'_> {
    /// Whether a batch of them goes: also where they wait because the link was slow, when it is time to try it.
    pub fn batch_goes(&mut self, pace: &Pace) -> Result<bool, Problem> {
        let wait = self.wait(pace)?;
        let goes = match wait {
            None => true,
            Some(OriginalsWait::Slow) if self.tried == 0 => self.is_time_to_try()?,
            Some(OriginalsWait::Slow) => self.tried < MESSAGES_OF_A_TRY,
            Some(OriginalsWait::Metered | OriginalsWait::Chosen) => false,
        };
        // A person who never lets them go here is not to pay for the question each time either.
        self.held_back |=
            !goes && wait != Some(OriginalsWait::Chosen) && self.device.ledger.media_stock()?.bytes_held > 0;
        Ok(goes)
    }

    /// Largest bundle of others that is carried on over a link of this pace, bytes. Others have waited for it longer than
    /// anybody, and it is resumed piece by piece; only where volume is paid for, or files were told to stay, the large ones
    /// wait, which hold photos.
    pub fn largest_bundle(&self, pace: &Pace) -> Result<u64, Problem> {
        Ok(match self.wait(pace)? {
            None | Some(OriginalsWait::Slow) => u64::MAX,
            Some(OriginalsWait::Metered | OriginalsWait::Chosen) => SMALL_BUNDLE,
        })
    }

    /// A message of their lane was made ready for a link of this pace. A try is spent on files that go or are asked for: a
    /// question that finds nothing lacking, or lost entries that are asked for, must not make the next photo wait.
    pub fn message_goes(&mut self, pace: &Pace, message: &Gathered) -> Result<(), Problem> {
        if self.wait(pace)?.is_some() && message.speaks_of_files() {
            self.tried += 1;
            if message.moves_files() {
                remote::set_originals_tried(&self.device.ledger, &self.route.name, self.device.now())?;
            }
        }
        Ok(())
    }

    fn wait(&self, pace: &Pace) -> Result<Option<OriginalsWait>, Problem> {
        if self.wished {
            return Ok(None);
        }
        originals_wait(self.device, self.route, pace)
    }

    /// A clock that was set back must not make them wait for a year.
    fn is_time_to_try(&self) -> Result<bool, Problem> {
        let tried = remote::originals_tried(&self.device.ledger, &self.route.name)?;
        Ok(tried.is_none_or(|at| !(0..TRIED_EVERY).contains(&(self.device.now() - at))))
    }
}
