//! Logs of which a remote did not take a run as a whole: they wait until they have grown, or for a day, and a person
//! sees them. What the remote refuses entry by entry is in [`super::refused`].

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::LeftOut;
use cotmoc_core::journal::{DeviceKey, LogId};
use cotmoc_ledger::{Ledger, LedgerError};
use serde::{Deserialize, Serialize};

use super::remote::{forget, kept};

pub(super) const LEFT_OUT: &str = "left_out";

/// After this long the remote may have changed its mind, or its program. Milliseconds.
const AGAIN_AFTER: i64 = 24 * 60 * 60 * 1_000;
/// Most logs that are kept in mind.
const MOST: usize = 200;

/// One log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeftOutLog {
    /// Bytes of its name.
    log: Vec<u8>,
    /// Its author.
    pub author: DeviceKey,
    /// Why: `signature`, `foreign_province`, `document`, `too_large`, `outside_scope` or `other`.
    pub reason: String,
    /// The last entry of it that was sent.
    head: u64,
    /// Since when, by this device's clock.
    pub since: i64,
    /// When it was tried last.
    tried: i64,
}

/// All that a remote has left out.
pub(crate) fn load(ledger: &Ledger, route: &str) -> Result<Vec<LeftOutLog>, LedgerError> {
    let stored = ledger.meta(&kept(route, LEFT_OUT))?;
    Ok(stored
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

/// Notes what an answer says of the logs that were `sent` up to these places. A fork is left to the repair: it ends in the same run.
pub(crate) fn note(
    ledger: &Ledger,
    route: &str,
    (said, sent): (&[(LogId, LeftOut)], &BTreeMap<LogId, u64>),
    now: i64,
) -> Result<(), LedgerError> {
    let said: Vec<(&LogId, &str)> = said
        .iter()
        .filter_map(|(log, reason)| Some((log, name_of(*reason)?)))
        .collect();
    if said.is_empty() {
        return Ok(());
    }
    let mut known = load(ledger, route)?;
    for (log, reason) in said {
        // What was saved since is not left out.
        let Some(head) = sent.get(log) else { continue };
        let name = bytes_of(log);
        let since = known
            .iter()
            .find(|one| one.log == name)
            .map_or(now, |one| one.since);
        known.retain(|one| one.log != name);
        known.push(LeftOutLog {
            log: name,
            author: log.device,
            reason: reason.to_owned(),
            head: *head,
            since,
            tried: now,
        });
    }
    let surplus = known.len().saturating_sub(MOST);
    known.drain(..surplus);
    store(ledger, route, &known)
}

/// Those that are not to be sent now.
pub(crate) fn waiting(ledger: &Ledger, route: &str, now: i64) -> Result<BTreeSet<LogId>, LedgerError> {
    let mut waiting = BTreeSet::new();
    for one in load(ledger, route)? {
        let Some(log) = log_of(&one.log) else { continue };
        let grown = ledger.head(&log)?.is_none_or(|head| head.seq != one.head);
        // A clock that was put back must not make it wait for years.
        let is_fresh = (0..AGAIN_AFTER).contains(&now.saturating_sub(one.tried));
        if is_fresh && !grown {
            waiting.insert(log);
        }
    }
    Ok(waiting)
}

/// A person wants them tried with the next run.
pub(crate) fn try_again(ledger: &Ledger, route: &str) -> Result<(), LedgerError> {
    let mut known = load(ledger, route)?;
    for one in &mut known {
        one.tried = i64::MIN / 2;
    }
    store(ledger, route, &known)
}

/// Forgets those that the remote holds now, or that are gone.
pub(crate) fn settle(ledger: &Ledger, route: &str) -> Result<(), LedgerError> {
    let known = load(ledger, route)?;
    let mut left = Vec::new();
    for one in &known {
        let Some(log) = log_of(&one.log) else { continue };
        let head = ledger.head(&log)?.map_or(0, |head| head.seq);
        if head > 0 && ledger.held_by(route, &log)? < head.min(one.head) {
            left.push(one.clone());
        }
    }
    if left.len() == known.len() {
        return Ok(());
    }
    store(ledger, route, &left)
}

fn store(ledger: &Ledger, route: &str, logs: &[LeftOutLog]) -> Result<(), LedgerError> {
    let name = kept(route, LEFT_OUT);
    if logs.is_empty() {
        return forget(ledger, &name);
    }
    ledger.set_meta(&name, &serde_json::to_vec(logs).unwrap_or_default())
}

fn name_of(reason: LeftOut) -> Option<&'static str> {
    match reason {
        LeftOut::Fork => None,
        LeftOut::Signature => Some("signature"),
        LeftOut::ForeignProvince => Some("foreign_province"),
        LeftOut::Document => Some("document"),
        LeftOut::TooLarge => Some("too_large"),
        LeftOut::OutsideScope => Some("outside_scope"),
        LeftOut::Other => Some("other"),
    }
}

fn bytes_of(log: &LogId) -> Vec<u8> {
    let mut writer = Writer::new();
    log.write(&mut writer);
    writer.finish()
}

fn log_of(bytes: &[u8]) -> Option<LogId> {
    LogId::read(&mut Reader::new(bytes)).ok()
}
