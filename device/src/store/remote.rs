//! The province as this device knows it, and what is kept of the exchange with each route.

use cotmoc_core::exchange::{Cursor, Epoch};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{DeviceKey, LogId};
use cotmoc_ledger::{Ledger, LedgerError, RunProblem};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::left_out::LEFT_OUT;
use crate::contract::Problem;

/// Where the province is and how to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remote {
    /// Address.
    pub server: String,
    /// SHA-256 of the server's TLS key, hexadecimal.
    pub tls_pin: Hash32,
    /// The province.
    pub province: ProvinceId,
    /// Its name, until the roster says it.
    pub province_name: String,
    /// Its authority.
    pub authority: DeviceKey,
}

/// How far this device has read the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCursor {
    epoch: Uuid,
    position: u64,
    chain: Hash32,
}

/// How the last try went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastContact {
    /// When the province last answered, by this device's clock.
    pub answered_at: Option<i64>,
    /// Why the last try failed, if it did.
    pub problem: Option<Problem>,
}

const REMOTE: &str = "remote";
const CURSOR: &str = "cursor";
const CONTACT: &str = "contact";
const SPEED: &str = "speed";
const ORIGINALS_TRIED: &str = "originals_tried";
const DIFFERING: &str = "differing";
const NOT_TAKEN: &str = "not_taken";
const GAPS: &str = "gaps";
const UNFINISHED: &str = "unfinished";

/// Name of the route to the province's own server.
pub(crate) const PROVINCE: &str = "province";

/// Under which name something about a route is kept.
pub(super) fn kept(route: &str, what: &str) -> String {
    if route == PROVINCE {
        format!("remote.{what}")
    } else {
        format!("remote.{route}.{what}")
    }
}

/// Most exchanges between two comparisons: a day of quiet exchanges, one every five minutes.
const FARTHEST: u32 = 288;
/// Most runs that are told of.
const MOST_NOT_TAKEN: usize = 50;

/// This device and the province have nothing more to say and yet hold different entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Differing {
    /// What the province holds less what this device holds, as digests: it stays the same while both take in
    /// the same entries.
    pub by: Hash32,
    /// Since when, by this device's clock.
    pub since: i64,
    /// Comparisons that left this difference.
    comparisons: u32,
    /// Exchanges until the next one.
    left: u32,
}

/// A run of the province's answer that this device did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotTaken {
    /// Whose log.
    pub author: DeviceKey,
    /// Why: `signature`, `fork`, `foreign_province` or `document`.
    pub problem: String,
    /// When it came first.
    pub at: i64,
}

impl Remote {
    pub fn load(ledger: &Ledger) -> Result<Option<Self>, Problem> {
        Ok(ledger
            .meta(REMOTE)?
            .and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub fn store(&self, ledger: &Ledger) -> Result<(), Problem> {
        let bytes = serde_json::to_vec(self).map_err(|error| crate::problems::internal(&error))?;
        Ok(ledger.set_meta(REMOTE, &bytes)?)
    }
}

impl Differing {
    pub fn load(ledger: &Ledger, route: &str) -> Result<Option<Self>, LedgerError> {
        let stored = ledger.meta(&kept(route, DIFFERING))?;
        Ok(stored.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Notes the difference of now, or that there is none.
    pub fn store(ledger: &Ledger, route: &str, differing: Option<&Self>) -> Result<(), LedgerError> {
        let name = kept(route, DIFFERING);
        match differing {
            Some(differing) => ledger.set_meta(&name, &serde_json::to_vec(differing).unwrap_or_default()),
            None => forget(ledger, &name),
        }
    }

    /// An exchange ends with the difference `by`. Whether the sets are to be compared: at once when the
    /// difference is new, and at growing distances while comparing has not helped.
    pub fn asks_to_compare(known: Option<&Self>, by: Hash32) -> bool {
        known.is_none_or(|known| known.by != by || known.left == 0)
    }

    /// The difference after this exchange.
    pub fn after(known: Option<Self>, by: Hash32, compared: bool, now: i64) -> Self {
        let since = known.as_ref().map_or(now, |known| known.since);
        let known = known.filter(|known| known.by == by);
        let (comparisons, left) = known.map_or((0, 0), |known| (known.comparisons, known.left));
        let comparisons = comparisons.saturating_add(u32::from(compared));
        let left = if compared {
            1u32.checked_shl(comparisons)
                .map_or(FARTHEST, |distance| distance.min(FARTHEST))
        } else {
            left.saturating_sub(1)
        };
        Self {
            by,
            since,
            comparisons,
            left,
        }
    }
}

impl NotTaken {
    pub fn load(ledger: &Ledger, route: &str) -> Result<Vec<Self>, LedgerError> {
        let stored = ledger.meta(&kept(route, NOT_TAKEN))?;
        Ok(stored
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Notes runs beside those known, each author and reason once.
    pub fn note(
        ledger: &Ledger,
        route: &str,
        problems: &[(LogId, RunProblem)],
        now: i64,
    ) -> Result<(), LedgerError> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut known = Self::load(ledger, route)?;
        for (log, problem) in problems {
            let problem = name_of(*problem);
            if known
                .iter()
                .any(|one| one.author == log.device && one.problem == problem)
            {
                continue;
            }
            known.push(Self {
                author: log.device,
                problem: problem.to_owned(),
                at: now,
            });
        }
        let surplus = known.len().saturating_sub(MOST_NOT_TAKEN);
        known.drain(..surplus);
        ledger.set_meta(
            &kept(route, NOT_TAKEN),
            &serde_json::to_vec(&known).unwrap_or_default(),
        )
    }

    /// Forgets them: both sides hold the same.
    pub fn forget(ledger: &Ledger, route: &str) -> Result<(), LedgerError> {
        forget(ledger, &kept(route, NOT_TAKEN))
    }
}

fn name_of(problem: RunProblem) -> &'static str {
    match problem {
        RunProblem::Signature => "signature",
        RunProblem::Fork => "fork",
        RunProblem::ForeignProvince => "foreign_province",
        RunProblem::Document => "document",
    }
}

pub(super) fn forget(ledger: &Ledger, name: &str) -> Result<(), LedgerError> {
    // Nearly always there is nothing to forget, and nothing is written then.
    if ledger.meta(name)?.is_none() {
        return Ok(());
    }
    ledger.write_local(|transaction| -> Result<(), LedgerError> {
        transaction.execute("DELETE FROM meta WHERE name = ?1", [name])?;
        Ok(())
    })
}

pub(crate) fn cursor(ledger: &Ledger, route: &str) -> Result<Cursor, LedgerError> {
    let stored = ledger
        .meta(&kept(route, CURSOR))?
        .and_then(|bytes| serde_json::from_slice::<StoredCursor>(&bytes).ok());
    Ok(stored.map_or(Cursor::START, |stored| Cursor {
        epoch: Epoch(stored.epoch),
        position: stored.position,
        chain: stored.chain,
    }))
}

pub(crate) fn set_cursor(
    transaction: &Transaction<'_>,
    route: &str,
    cursor: &Cursor,
) -> Result<(), LedgerError> {
    let stored = StoredCursor {
        epoch: cursor.epoch.0,
        position: cursor.position,
        chain: cursor.chain,
    };
    let bytes = serde_json::to_vec(&stored).unwrap_or_default();
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        rusqlite::params![kept(route, CURSOR), bytes],
    )?;
    Ok(())
}

/// What of a remote that lives another life is still to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// What it once handed on by its hash alone, of which it will not tell again by itself, and files that it may lack.
    All,
    /// Files in full size that it may lack: a run that has been through the rest had to leave them.
    Originals,
}

const GAPS_ALL: &[u8] = &[1];
const GAPS_ORIGINALS: &[u8] = &[2];

/// The remote lives another life: it is to be looked at until a run has ended.
pub(crate) fn note_gaps(transaction: &Transaction<'_>, route: &str) -> Result<(), LedgerError> {
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        rusqlite::params![kept(route, GAPS), GAPS_ALL],
    )?;
    Ok(())
}

/// What is still to be looked at, if anything.
pub(crate) fn gaps(ledger: &Ledger, route: &str) -> Result<Option<Gaps>, LedgerError> {
    let stored = ledger.meta(&kept(route, GAPS))?;
    Ok(stored.map(|stored| match stored.as_slice() {
        GAPS_ORIGINALS => Gaps::Originals,
        _ => Gaps::All,
    }))
}

/// A run has been through all of it, or through all but files in full size.
pub(crate) fn settle_gaps(ledger: &Ledger, route: &str, without_originals: bool) -> Result<(), LedgerError> {
    match gaps(ledger, route)? {
        Some(Gaps::All) if without_originals => ledger.set_meta(&kept(route, GAPS), GAPS_ORIGINALS),
        Some(_) if !without_originals => forget(ledger, &kept(route, GAPS)),
        _ => Ok(()),
    }
}

pub(crate) fn last_contact(ledger: &Ledger, route: &str) -> Result<LastContact, LedgerError> {
    Ok(ledger
        .meta(&kept(route, CONTACT))?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

pub(crate) fn set_last_contact(
    ledger: &Ledger,
    route: &str,
    contact: &LastContact,
) -> Result<(), LedgerError> {
    ledger.set_meta(
        &kept(route, CONTACT),
        &serde_json::to_vec(contact).unwrap_or_default(),
    )
}

/// Bytes a second of the link as last measured; more than 0.
pub(crate) fn speed(ledger: &Ledger, route: &str) -> Result<Option<u64>, LedgerError> {
    let stored = ledger.meta(&kept(route, SPEED))?;
    let speed = stored.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    Ok(speed.filter(|speed| *speed > 0))
}

pub(crate) fn set_speed(ledger: &Ledger, route: &str, speed: u64) -> Result<(), LedgerError> {
    ledger.set_meta(&kept(route, SPEED), &speed.to_le_bytes())
}

/// When files in full size were last sent or fetched over the link although it was slow, by this device's clock.
pub(crate) fn originals_tried(ledger: &Ledger, route: &str) -> Result<Option<i64>, LedgerError> {
    let stored = ledger.meta(&kept(route, ORIGINALS_TRIED))?;
    Ok(stored.and_then(|bytes| Some(i64::from_le_bytes(bytes.try_into().ok()?))))
}

pub(crate) fn set_originals_tried(ledger: &Ledger, route: &str, at: i64) -> Result<(), LedgerError> {
    ledger.set_meta(&kept(route, ORIGINALS_TRIED), &at.to_le_bytes())
}

/// What the last run over a route left.
pub(crate) fn unfinished(ledger: &Ledger, route: &str) -> Result<Option<Vec<u8>>, LedgerError> {
    ledger.meta(&kept(route, UNFINISHED))
}

pub(crate) fn keep_unfinished(ledger: &Ledger, route: &str, left: &[u8]) -> Result<(), LedgerError> {
    ledger.set_meta(&kept(route, UNFINISHED), left)
}

pub(crate) fn forget_unfinished(ledger: &Ledger, route: &str) -> Result<(), LedgerError> {
    forget(ledger, &kept(route, UNFINISHED))
}

/// Nothing is known any more of the exchange with a route.
pub(crate) fn forget_route(transaction: &Transaction<'_>, route: &str) -> Result<(), LedgerError> {
    for what in [
        CURSOR,
        CONTACT,
        SPEED,
        ORIGINALS_TRIED,
        DIFFERING,
        NOT_TAKEN,
        GAPS,
        LEFT_OUT,
        UNFINISHED,
    ] {
        transaction.execute("DELETE FROM meta WHERE name = ?1", [kept(route, what)])?;
    }
    cotmoc_ledger::forget_peer(transaction, route)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exchanges, of `count`, in which the sets are compared, while the same difference stays.
    fn compared_in(count: u32, by: Hash32) -> Vec<u32> {
        let mut known = None;
        let mut read = Vec::new();
        for exchange in 0..count {
            let asks = Differing::asks_to_compare(known.as_ref(), by);
            if asks {
                read.push(exchange);
            }
            known = Some(Differing::after(known, by, asks, i64::from(exchange)));
        }
        read
    }

    #[test]
    fn a_difference_that_stays_is_looked_into_at_growing_distances_and_at_least_once_a_day() {
        let read = compared_in(1_500, Hash32([7; 32]));
        let distances: Vec<u32> = read.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(distances, [3, 5, 9, 17, 33, 65, 129, 257, 289, 289, 289]);
    }

    #[test]
    fn another_difference_is_looked_into_at_once_and_is_as_old_as_the_first() {
        let (one, other) = (Hash32([1; 32]), Hash32([2; 32]));
        let known = Differing::after(None, one, true, 10);
        assert!(!Differing::asks_to_compare(Some(&known), one));
        assert!(Differing::asks_to_compare(Some(&known), other));
        let known = Differing::after(Some(known), other, true, 20);
        assert_eq!((known.since, known.comparisons), (10, 1));
    }
}
