//! An exchange without a socket: the same requests and answers for another carrier than HTTP. One request after
//! another, in the caller's thread.

use std::net::IpAddr;
use std::sync::Arc;

use cotmoc_core::exchange::{Enrolled, ParcelClaim};

use crate::answer::Problem;
use crate::answering::Answering;
use crate::hub::HubSettings;
use crate::routes::enrol;
use crate::routes::exchange::{self, Begun};
use crate::state::ServerState;

/// The parts of one answer. Each is made when it is asked for.
#[derive(Debug)]
pub struct Answers {
    first: Option<Vec<u8>>,
    rest: Answering,
}

impl Answers {
    /// The next part; absent after the last one.
    ///
    /// # Errors
    /// When the store fails; the answer ends there.
    pub fn next_part(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.next_part(),
        }
    }
}

impl ServerState {
    /// The state of a hub that is reached without a socket; where to listen is not looked at.
    pub fn of_hub_directly(settings: &HubSettings) -> Arc<Self> {
        Arc::new(Self::of_hub(settings))
    }

    /// Answers a request for a grant.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn enrol_directly(&self, body: &[u8]) -> Result<Enrolled, Problem> {
        enrol::answer(self, body)
    }

    /// How much of a claimed body is here, bytes.
    ///
    /// # Errors
    /// When the claim is not of a device that is known here.
    pub fn parcel_directly(&self, claim: &ParcelClaim) -> Result<u64, Problem> {
        let (claim, _) = exchange::claim_in(self, &format!("0 {}", claim.to_text()))?;
        Ok(self.parcels.here(&claim))
    }

    /// Takes what came of a request, and begins to answer when it is whole. With a claim, `bytes` is what
    /// follows after the byte named beside it, and what came is kept also when the rest is missing.
    ///
    /// # Errors
    /// Why it is refused. Nothing is answered to a request of which a piece is missing.
    pub fn exchange_directly(
        self: &Arc<Self>,
        (bytes, is_whole): (&[u8], bool),
        claim: Option<(&ParcelClaim, u64)>,
        peer: IpAddr,
    ) -> Result<Option<Answers>, Problem> {
        let kept;
        let body = match claim {
            Some((claim, from)) => {
                let (claim, from) = exchange::claim_in(self, &format!("{from} {}", claim.to_text()))?;
                let mut arriving = self.parcels.arrive(claim, from).ok_or(Problem::ParcelGone)?;
                arriving.take(bytes)?;
                if !is_whole {
                    return Ok(None);
                }
                kept = arriving.open().ok_or(Problem::Malformed)?;
                kept.as_slice()
            }
            None => bytes,
        };
        if !is_whole {
            return Ok(None);
        }
        if body.len() > self.limits.exchange_body {
            return Err(Problem::TooLarge);
        }
        match exchange::begin(self, body, peer, None)? {
            Begun::Answer { first, rest, .. } => Ok(Some(Answers {
                first: Some(first),
                rest: *rest,
            })),
            Begun::OutOfTurn(_) => Err(Problem::Busy),
        }
    }
}
