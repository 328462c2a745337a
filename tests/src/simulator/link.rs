//! The simulated link: what leaves one end arrives at the other, or not, or twice, or later, or altered.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cotmoc_core::exchange::{Enrolled, EnrolmentRequest, ParcelClaim};
use cotmoc_device::{Link, LinkFailure, TakeBytes};
use cotmoc_ledger::Crash;
use cotmoc_sync_server::{Answers, Problem, ServerState};

use super::desk::Desk;
use crate::bench::workload::Chance;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A request that is still on its way when its sender has given it up.
pub(super) struct Underway {
    body: Vec<u8>,
    claim: Option<(ParcelClaim, u64)>,
}

impl Underway {
    /// A body that nobody waits for.
    pub fn of(body: Vec<u8>) -> Self {
        Self { body, claim: None }
    }
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    NeverLeaves,
    /// Cut on its way there.
    CutGoing,
    /// Cut on its way back.
    CutComing,
    /// A byte is another one when it arrives there.
    AlteredGoing,
    /// A byte is another one when it arrives back.
    AlteredComing,
    Twice,
    Late,
}

/// How bad the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weather {
    /// Requests in a hundred that something happens to.
    pub trouble: u64,
    /// Bytes a second.
    pub rate: u64,
}

impl Weather {
    /// Nothing happens to anything.
    pub const FINE: Self = Self {
        trouble: 0,
        rate: 1_000_000,
    };
}

/// Who is at the other end.
pub(super) enum Far<'a> {
    Province(&'a mut Desk),
    /// A teammate's hub; absent when its process has stopped.
    Hub(Option<Arc<ServerState>>),
}

impl Far<'_> {
    fn state(&mut self) -> Option<Arc<ServerState>> {
        match self {
            Self::Province(desk) => desk.state().ok(),
            Self::Hub(hub) => hub.clone(),
        }
    }

    /// Absent when the process there crashed.
    fn guarded<T>(&mut self, work: impl FnOnce() -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(done) => Some(done),
            Err(why) if why.is::<Crash>() => {
                match self {
                    Self::Province(desk) => desk.stop(),
                    Self::Hub(hub) => *hub = None,
                }
                None
            }
            Err(why) => resume_unwind(why),
        }
    }
}

/// A link for one run of the exchange.
pub(super) struct Wire<'a> {
    pub far: Far<'a>,
    pub chance: &'a mut Chance,
    /// Where a request goes that arrives late; absent where nobody is any more by then.
    pub underway: Option<&'a mut Vec<Underway>>,
    pub weather: Weather,
    pub clock: Duration,
    /// Bytes both ways.
    pub moved: u64,
}

impl Wire<'_> {
    fn pass(&mut self, bytes: usize) {
        self.moved += bytes as u64;
        self.clock += Duration::from_millis(50 + bytes as u64 * 1_000 / self.weather.rate);
    }

    fn fate(&mut self) -> Fate {
        if self.chance.below(100) >= self.weather.trouble {
            return Fate::Arrives;
        }
        match self.chance.below(16) {
            0..=1 => Fate::NeverLeaves,
            2..=5 => Fate::CutGoing,
            6..=10 => Fate::CutComing,
            11 => Fate::AlteredGoing,
            12 => Fate::AlteredComing,
            13..=14 => Fate::Twice,
            _ => Fate::Late,
        }
    }

    /// Hands what came of a request to the server, which may crash over it.
    fn deliver(
        &mut self,
        came: (&[u8], bool),
        claim: Option<(&ParcelClaim, u64)>,
    ) -> Result<Option<Answers>, LinkFailure> {
        let state = self.far.state().ok_or(broken(true))?;
        let answered = self.far.guarded(|| state.exchange_directly(came, claim, PEER));
        answered.ok_or(broken(true))?.map_err(refusal)
    }

    fn next_part(&mut self, answers: &mut Answers) -> Result<Option<Vec<u8>>, LinkFailure> {
        // A part that cannot be made cuts the connection.
        match self.far.guarded(|| answers.next_part()) {
            Some(Ok(part)) => Ok(part),
            Some(Err(_)) | None => Err(broken(true)),
        }
    }
}

/// The part carries the hash of its content (`core/src/exchange/part.rs`). Of one that does not, TLS sees the altered
/// byte and breaks the connection.
fn is_hashed(part: &[u8]) -> bool {
    part.first() == Some(&1)
}

fn broken(answer_lost: bool) -> LinkFailure {
    LinkFailure {
        answer_lost,
        ..LinkFailure::of("server_unreachable")
    }
}

fn refusal(problem: Problem) -> LinkFailure {
    let wait = (problem == Problem::Busy).then_some(5_000);
    LinkFailure::refused(problem.status().as_u16(), Some(problem.code()), wait)
}

/// Requests that were underway arrive at last; nobody waits for the answers.
pub(super) fn arrive_late(desk: &mut Desk, underway: &mut Vec<Underway>) -> anyhow::Result<()> {
    for late in std::mem::take(underway) {
        let claim = late.claim.as_ref().map(|(claim, from)| (claim, *from));
        // Refused or answered: the sender has forgotten it.
        let state = desk.state()?;
        let _ = Far::Province(desk).guarded(|| state.exchange_directly((&late.body, true), claim, PEER));
    }
    Ok(())
}

impl Link for Wire<'_> {
    fn enrol(&mut self, request: &EnrolmentRequest) -> Result<Enrolled, LinkFailure> {
        let body = serde_json::to_vec(request).map_err(|_| LinkFailure::of("internal"))?;
        let fate = self.fate();
        self.pass(body.len());
        if matches!(fate, Fate::NeverLeaves | Fate::CutGoing | Fate::Late) {
            return Err(broken(false));
        }
        let state = self.far.state().ok_or(broken(true))?;
        let answered = self.far.guarded(|| state.enrol_directly(&body));
        let answer = answered.ok_or(broken(true))?.map_err(refusal)?;
        match fate {
            Fate::CutComing => Err(broken(true)),
            _ => Ok(answer),
        }
    }

    fn parcel(&mut self, claim: &ParcelClaim, _: &Arc<AtomicBool>) -> Result<u64, LinkFailure> {
        let fate = self.fate();
        self.pass(100);
        if matches!(fate, Fate::NeverLeaves | Fate::CutGoing | Fate::CutComing) {
            return Err(broken(true));
        }
        let state = self.far.state().ok_or(broken(true))?;
        let here = self.far.guarded(|| state.parcel_directly(claim));
        here.ok_or(broken(true))?.map_err(refusal)
    }

    fn exchange(
        &mut self,
        mut body: Vec<u8>,
        claim: Option<(&ParcelClaim, u64)>,
        _: &Arc<AtomicBool>,
        take: &mut TakeBytes<'_>,
    ) -> Result<(), LinkFailure> {
        let fate = self.fate();
        self.pass(body.len());
        match fate {
            Fate::NeverLeaves => return Err(broken(false)),
            Fate::CutGoing => {
                let at = self.chance.below(body.len() as u64) as usize;
                let left = self.chance.below(2) == 0;
                // What was begun is refused or kept; either way the sender sees a broken connection.
                let _ = self.deliver((&body[..at], false), claim);
                return Err(broken(left));
            }
            Fate::AlteredGoing if !body.is_empty() => {
                let at = self.chance.below(body.len() as u64) as usize;
                body[at] ^= 1 << self.chance.below(8);
            }
            Fate::Late => {
                let claim = claim.map(|(claim, from)| (*claim, from));
                if let Some(underway) = &mut self.underway {
                    underway.push(Underway { body, claim });
                }
                return Err(broken(true));
            }
            Fate::Twice => {
                if let Some(mut first) = self.deliver((&body, true), claim)? {
                    self.next_part(&mut first)?;
                }
            }
            _ => {}
        }
        let answers = self.deliver((&body, true), claim)?;
        let mut answers = answers.ok_or_else(|| broken(true))?;
        while let Some(mut part) = self.next_part(&mut answers)? {
            self.pass(part.len());
            if fate == Fate::AlteredComing && !is_hashed(&part) {
                return Err(broken(true));
            }
            if fate == Fate::AlteredComing && !part.is_empty() {
                let at = self.chance.below(part.len() as u64) as usize;
                part[at] ^= 1 << self.chance.below(8);
            }
            if fate == Fate::CutComing && self.chance.below(2) == 0 {
                let at = self.chance.below(part.len() as u64 + 1) as usize;
                take(&part[..at])?;
                return Err(broken(true));
            }
            let mut rest = part.as_slice();
            while !rest.is_empty() {
                let piece = 1 + self.chance.below(16 * 1024) as usize;
                let (now, later) = rest.split_at(piece.min(rest.len()));
                take(now)?;
                rest = later;
            }
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock
    }

    fn wait(&mut self, how_long: Duration, _: &Arc<AtomicBool>) {
        self.clock += how_long;
    }
}
