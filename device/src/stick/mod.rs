//! Bundles on a stick: what is written for whom, what is taken in, what is carried on for others.

mod carried;
mod drives;
mod export;
mod forwarding;
mod import;
mod recipients;
mod taking;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use cotmoc_ledger::bundle::{BundleError, BundlePart, Progress, Stage, Watch};

use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::contract::sticks::{StickFile, StickStanding};
use crate::device::Device;
use crate::events::Events;

pub(crate) use carried::{carried_files, forget};
pub(crate) use drives::drives;
pub(crate) use export::export;
pub(crate) use forwarding::send_on;
pub(crate) use import::{import, inspect};
pub(crate) use recipients::recipients;

/// Bytes between two words about the progress.
const TELL_EACH: u64 = 1024 * 1024;

/// One export or import at a time, and the wish to stop it.
#[derive(Debug, Default)]
pub(crate) struct StickDesk {
    busy: Mutex<()>,
    stop: Arc<AtomicBool>,
}

impl StickDesk {
    /// Begins an export or import.
    ///
    /// # Errors
    /// `stick_busy`.
    fn begin(&self) -> Result<MutexGuard<'_, ()>, Problem> {
        let busy = match self.busy.try_lock() {
            Ok(guard) => guard,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => return Err(Problem::new("stick_busy")),
        };
        // A wish to stop was about the one before.
        self.stop.store(false, Ordering::Relaxed);
        Ok(busy)
    }

    /// Asks the running export or import to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Tells the doors how far it is.
fn watch(device: &Device) -> Watch<'_> {
    let mut told = Teller::new(&device.events);
    Watch::new(
        move |progress: Progress| {
            let work = match progress.stage {
                Stage::Writing => "stick_write",
                Stage::Verifying => "stick_verify",
                Stage::Checking => "stick_check",
            };
            told.tell(work, progress.bytes, progress.of);
        },
        &device.sticks.stop,
    )
}

/// Says how far it is, a word for each [`TELL_EACH`] bytes and one at the end.
struct Teller<'a> {
    events: &'a Events,
    last: (&'static str, u64),
}

impl<'a> Teller<'a> {
    fn new(events: &'a Events) -> Self {
        Self {
            events,
            last: ("", 0),
        }
    }

    fn tell(&mut self, work: &'static str, done: u64, total: Option<u64>) {
        let (before, at) = self.last;
        let ends = Some(done) == total;
        if work == before && done >= at && done - at < TELL_EACH && !ends {
            return;
        }
        self.last = (work, done);
        self.events.tell(&DeviceEvent::Progress {
            work: work.to_owned(),
            done,
            total,
        });
    }
}

/// A part as a person sees it.
fn file_of(device: &Device, path: &Path, part: &BundlePart, standing: StickStanding) -> StickFile {
    let header = &part.header;
    StickFile {
        bundle: header.id.to_string(),
        part: header.number,
        is_last: part.is_last,
        sender: recipients::name_of(device, &header.sender),
        made_at: Some(header.claimed_at),
        recipients: header
            .recipients
            .iter()
            .map(|key| recipients::name_of(device, key))
            .collect(),
        bytes: part.bytes,
        ..unread(path, standing)
    }
}

/// A file of which nothing can be said but its name and length.
fn unread(path: &Path, standing: StickStanding) -> StickFile {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    StickFile {
        path: path.display().to_string(),
        name: name.unwrap_or_default(),
        bytes: std::fs::symlink_metadata(path).map_or(0, |found| found.len()),
        bundle: String::new(),
        part: 0,
        is_last: false,
        sender: String::new(),
        made_at: None,
        recipients: Vec::new(),
        standing,
    }
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        tracing::warn!(error.message = %error, "a bundle");
        match error {
            BundleError::Stopped => Self::new("stick_stopped"),
            BundleError::DiskFull => Self::new("stick_full"),
            BundleError::PartTooLarge => Self::new("stick_part_too_large"),
            BundleError::ReadOnly => Self::new("stick_read_only"),
            BundleError::NotAllowed => Self::new("stick_not_allowed"),
            BundleError::Gone(_) => Self::new("stick_gone"),
            BundleError::NotKept => Self::new("stick_not_kept"),
            BundleError::AlreadyThere(path) => Self::new("stick_name_taken").with("path", path.display()),
            _ => Self::new("stick_failed"),
        }
    }
}
