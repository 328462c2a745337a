//! The way to the other end of a route. The exchange knows only this; HTTP is one of them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cotmoc_core::exchange::{CarriedAnswer, Enrolled, EnrolmentRequest, ParcelClaim};

use crate::contract::Problem;

/// Why a request failed, as far as the schedule cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFailure {
    /// What the person is told.
    pub problem: Problem,
    /// The remote named a wait, milliseconds.
    pub retry_after: Option<i64>,
    /// The request had left this device, and what became of it is not known: its answer was lost.
    pub answer_lost: bool,
}

impl LinkFailure {
    /// A failure of this code, of a request that did not leave.
    pub fn of(code: &str) -> Self {
        Problem::new(code).into()
    }

    /// The remote's refusal of a whole request: its status, the code in it, and the wait it named, milliseconds.
    pub fn refused(status: u16, code: Option<&str>, retry_after: Option<i64>) -> Self {
        let problem = match (status, code) {
            // The remote waited longer for our bytes than we did for its answer: the link broke.
            (408, _) => Problem::new("server_unreachable"),
            (429 | 503, _) => Problem::new("server_busy"),
            (413, _) => Problem::new("body_too_large"),
            (507, _) => Problem::new("server_full"),
            (500.., _) => Problem::new("server_failed"),
            (_, Some(code)) => problem_of(code),
            (_, None) => Problem::new("server_nonsense").with("status", status),
        };
        Self {
            problem,
            retry_after,
            answer_lost: false,
        }
    }
}

impl From<Problem> for LinkFailure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            retry_after: None,
            answer_lost: false,
        }
    }
}

fn problem_of(code: &str) -> Problem {
    match code {
        "invitation_unknown" | "invitation_used" | "invitation_expired" | "not_enrolled" | "parcel_gone" => {
            Problem::new(code)
        }
        "wrong_authority" => Problem::new("server_wrong_fingerprint"),
        "protocol_version" => Problem::new("program_too_old"),
        "province_unknown" => Problem::new("invitation_other_province"),
        _ => Problem::new("server_refused").with("reason", code),
    }
}

/// Takes the bytes of an answer as they come; its problem ends the request.
pub type TakeBytes<'a> = dyn FnMut(&[u8]) -> Result<(), Problem> + 'a;

/// A way to the other end. Each call is one request; when `stop` becomes true it is broken off, in either
/// direction, and fails.
pub trait Link {
    /// Asks for a grant with a one-time code.
    ///
    /// # Errors
    /// When it did not get through or was refused.
    fn enrol(&mut self, request: &EnrolmentRequest) -> Result<Enrolled, LinkFailure>;

    /// How much of a body has arrived over earlier connections, bytes.
    ///
    /// # Errors
    /// When it did not get through or was refused.
    fn parcel(&mut self, claim: &ParcelClaim, stop: &Arc<AtomicBool>) -> Result<u64, LinkFailure>;

    /// Sends a request and takes its answer. With a claim, `body` is what follows after the byte that is named
    /// beside it.
    ///
    /// # Errors
    /// When it did not get through whole in both directions, was refused, or `take` refused.
    fn exchange(
        &mut self,
        body: Vec<u8>,
        claim: Option<(&ParcelClaim, u64)>,
        stop: &Arc<AtomicBool>,
        take: &mut TakeBytes<'_>,
    ) -> Result<(), LinkFailure>;

    /// Sends the next bytes of a bundle that this device carries for the province, or asks what is there of it
    /// when there are none; `header` names it. A carrier of nothing but exchanges keeps nothing.
    ///
    /// # Errors
    /// When it did not get through or was refused.
    fn bundle(
        &mut self,
        bytes: Vec<u8>,
        header: &str,
        stop: &Arc<AtomicBool>,
    ) -> Result<CarriedAnswer, LinkFailure> {
        let _ = (bytes, header, stop);
        Ok(CarriedAnswer::Here(0))
    }

    /// Time on the link, from any beginning; never runs backwards.
    fn now(&self) -> Duration;

    /// Lets time pass before another try, less when `stop` becomes true.
    fn wait(&mut self, how_long: Duration, stop: &Arc<AtomicBool>);
}
