//! The next request, made while the remote takes this one in: over a fast link reading and compressing takes a device
//! about as long as the remote needs for its checks.
//!
//! It is a guess, and nothing depends on it: what was read counts only where the next request reads exactly that, and
//! what was compressed only where it signs exactly those bytes. On a slow link, which is what a device waits for, nothing
//! is guessed.

use std::collections::BTreeMap;

use cotmoc_core::exchange::{Head, Load, Pages, Request, shrink};
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Rest, SetAsideGoes};

use crate::device::Device;

/// Logs of which entries go, each after this place and up to that one.
pub(super) type Going = Vec<(LogId, u64, u64)>;

/// What the next request is if the remote takes this one in whole.
pub(super) struct Next {
    /// Of which logs entries go.
    pub going: Going,
    /// About how much of them it carries.
    pub bytes: u64,
    /// What it asks about when it is the last one.
    pub ask: Vec<Head>,
    /// This request, without its load.
    pub like: Request,
}

/// What was made of it.
pub(super) struct Ahead {
    going: Going,
    bytes: u64,
    rest: Option<Rest>,
    signed: Vec<u8>,
    body: Vec<u8>,
}

/// What goes with the next request when `reached` of these logs has arrived.
pub(super) fn still_going(going: &Going, reached: &BTreeMap<LogId, u64>) -> Going {
    let begun = |log: &LogId, held: u64| reached.get(log).copied().unwrap_or(held);
    going
        .iter()
        .map(|(log, held, end)| (*log, begun(log, *held), *end))
        .filter(|(_, held, end)| held < end)
        .collect()
}

/// Logs with the places after which they go.
pub(super) fn after(going: &Going) -> Vec<(LogId, u64)> {
    going.iter().map(|(log, held, _)| (*log, *held)).collect()
}

impl Next {
    /// Reads, signs and compresses it. Absent when nothing goes.
    pub fn make(self, device: &Device) -> Result<Option<Ahead>, LedgerError> {
        let mut rest = device
            .ledger
            .rest_of(&after(&self.going), self.bytes, SetAsideGoes::Whole)?;
        if rest.pack.is_empty() {
            return Ok(None);
        }
        let mut request = self.like;
        (request.pages, request.have) = match rest.more {
            true => (Pages::None, Vec::new()),
            false => (Pages::All, self.ask),
        };
        request.load.pack = rest.pack;
        let signed = request.sign(&device.author.current().key);
        rest.pack = std::mem::take(&mut request.load).pack;
        Ok(Some(Ahead {
            going: self.going,
            bytes: self.bytes,
            rest: Some(rest),
            body: shrink(&signed),
            signed,
        }))
    }
}

impl Ahead {
    /// What goes of these logs, about so much of it, if that is what was read.
    pub fn rest(&mut self, going: &Going, bytes: u64) -> Option<Rest> {
        self.rest
            .take()
            .filter(|_| self.going == *going && self.bytes == bytes)
    }

    /// These bytes compressed, if they are what was compressed.
    pub fn body(self, signed: &[u8]) -> Option<Vec<u8>> {
        (self.signed == signed).then_some(self.body)
    }
}

/// A request without its load.
pub(super) fn without_load(request: &mut Request) -> Request {
    let load = std::mem::take(&mut request.load);
    let like = Request {
        load: Load::default(),
        ..request.clone()
    };
    request.load = load;
    like
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::exchange::Pack;
    use cotmoc_core::id::ProvinceId;
    use cotmoc_core::journal::{DeviceKey, Incarnation, Scope};
    use uuid::Uuid;

    use super::*;

    fn log(number: u8) -> LogId {
        LogId {
            device: DeviceKey([number; 32]),
            incarnation: Incarnation(1),
            scope: Scope::roster(ProvinceId(Uuid::from_u128(1))),
        }
    }

    #[test]
    fn the_next_request_begins_where_this_one_ends_and_leaves_out_logs_that_have_gone_whole() {
        let going = vec![(log(1), 0, 7), (log(2), 3, 9), (log(3), 5, 6)];
        let reached = BTreeMap::from([(log(1), 7), (log(2), 8)]);
        let next = still_going(&going, &reached);
        assert_eq!(next, [(log(2), 8, 9), (log(3), 5, 6)]);
        assert_eq!(after(&next), [(log(2), 8), (log(3), 5)]);
    }

    #[test]
    fn what_was_made_ahead_counts_once_and_for_exactly_the_request_that_it_is_of() {
        let rest = Rest {
            pack: Pack::default(),
            reached: BTreeMap::from([(log(2), 9)]),
            more: false,
        };
        let ahead = || Ahead {
            going: vec![(log(2), 8, 9)],
            bytes: 100,
            rest: Some(rest.clone()),
            signed: b"signed".to_vec(),
            body: b"body".to_vec(),
        };
        let mut made = ahead();
        assert_eq!(made.rest(&vec![(log(2), 8, 9)], 100), Some(rest.clone()));
        assert_eq!(made.rest(&vec![(log(2), 8, 9)], 100), None);
        for (going, bytes, why) in [
            ((log(2), 7, 9), 100, "the remote did not take it whole"),
            ((log(2), 8, 10), 100, "something was written since"),
            ((log(2), 8, 9), 50, "the link has become slower"),
        ] {
            assert_eq!(ahead().rest(&vec![going], bytes), None, "{why}");
        }
        assert_eq!(made.body(b"signed"), Some(b"body".to_vec()));
        assert_eq!(ahead().body(b"signed otherwise"), None);
    }
}
