//! A link that is cut once.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cotmoc_core::exchange::{Enrolled, EnrolmentRequest, ParcelClaim};
use cotmoc_device::{Link, LinkFailure, TakeBytes};

use super::cuts::{RATE, Way};
use super::desk::Desk;

/// A link that is cut once, and ends the run when one frame has got through whole.
pub(super) struct Saw<'a> {
    pub desk: &'a mut Desk,
    pub way: Way,
    /// Bytes of the frame before the cut.
    pub cut: Option<usize>,
    /// Length of the frame.
    pub frame: Option<u64>,
    /// Bytes that went the way that is cut.
    pub moved: u64,
    /// Bytes that asked for the rest.
    pub asked: u64,
    pub clock: Duration,
}

impl Saw<'_> {
    fn pass(&mut self, bytes: usize) {
        self.clock += Duration::from_millis(bytes as u64 * 1_000 / RATE);
    }

    fn broken() -> LinkFailure {
        LinkFailure {
            answer_lost: true,
            ..LinkFailure::of("server_unreachable")
        }
    }

    /// Of the bytes of a frame, those in front of the cut when it is now.
    fn before_cut<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        self.frame.get_or_insert(bytes.len() as u64);
        let came = self.cut.take().and_then(|at| bytes.get(..at));
        let moved = came.unwrap_or(bytes).len();
        self.moved += moved as u64;
        self.pass(moved);
        came
    }
}

fn refusal(problem: cotmoc_sync_server::Problem) -> LinkFailure {
    LinkFailure::refused(problem.status().as_u16(), Some(problem.code()), None)
}

impl Link for Saw<'_> {
    fn enrol(&mut self, _: &EnrolmentRequest) -> Result<Enrolled, LinkFailure> {
        Err(LinkFailure::of("server_refused"))
    }

    fn parcel(&mut self, claim: &ParcelClaim, _: &Arc<AtomicBool>) -> Result<u64, LinkFailure> {
        self.asked += claim.to_text().len() as u64;
        let state = self.desk.state().map_err(|_| LinkFailure::of("internal"))?;
        state.parcel_directly(claim).map_err(refusal)
    }

    fn exchange(
        &mut self,
        body: Vec<u8>,
        claim: Option<(&ParcelClaim, u64)>,
        stop: &Arc<AtomicBool>,
        take: &mut TakeBytes<'_>,
    ) -> Result<(), LinkFailure> {
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let state = self.desk.state().map_err(|_| LinkFailure::of("internal"))?;
        match self.way {
            Way::Going => {
                if let Some(came) = self.before_cut(&body) {
                    // With all bytes through, it is the answer that is lost.
                    let is_whole = came.len() == body.len();
                    state
                        .exchange_directly((came, is_whole), claim, peer)
                        .map_err(refusal)?;
                    return Err(Self::broken());
                }
            }
            Way::Coming if self.frame.is_some() => self.asked += body.len() as u64,
            Way::Coming => {}
        }
        let answers = state.exchange_directly((&body, true), claim, peer);
        let mut answers = answers
            .map_err(refusal)?
            .ok_or_else(|| LinkFailure::of("internal"))?;
        while let Some(part) = answers.next_part().map_err(refusal)? {
            if self.way == Way::Coming {
                if let Some(came) = self.before_cut(&part) {
                    take(came)?;
                    return Err(Self::broken());
                }
                take(&part)?;
                // Kept as it is now; the rest of the answer is another frame.
                stop.store(true, Ordering::Relaxed);
                return Err(Self::broken());
            }
            self.pass(part.len());
            take(&part)?;
        }
        stop.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock
    }

    fn wait(&mut self, how_long: Duration, _: &Arc<AtomicBool>) {
        self.clock += how_long;
    }
}
