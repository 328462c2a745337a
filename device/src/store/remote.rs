//! The province server as this device knows it.

use cotmoc_core::exchange::{Cursor, Epoch};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{DeviceKey, LogId};
use cotmoc_ledger::{Ledger, LedgerError, RunProblem};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
const CURSOR: &str = "remote.cursor";
const CONTACT: &str = "remote.contact";
const SPEED: &str = "remote.speed";
const DIFFERING: &str = "remote.differing";
const NOT_TAKEN: &str = "remote.not_taken";

/// Most exchanges between two readings of everything: a day of quiet exchanges, one every five minutes.
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
    /// Readings of everything that left this difference.
    readings: u32,
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
    pub fn load(ledger: &Ledger) -> Result<Option<Self>, LedgerError> {
        let stored = ledger.meta(DIFFERING)?;
        Ok(stored.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Notes the difference of now, or that there is none.
    pub fn store(ledger: &Ledger, differing: Option<&Self>) -> Result<(), LedgerError> {
        match differing {
            Some(differing) => ledger.set_meta(DIFFERING, &serde_json::to_vec(differing).unwrap_or_default()),
            None => forget(ledger, DIFFERING),
        }
    }

    /// An exchange ends with the difference `by`. Whether everything is to be read again: at once when the
    /// difference is new, and at growing distances while reading everything has not helped.
    pub fn asks_for_everything(known: Option<&Self>, by: Hash32) -> bool {
        known.is_none_or(|known| known.by != by || known.left == 0)
    }

    /// The difference after this exchange.
    pub fn after(known: Option<Self>, by: Hash32, read_everything: bool, now: i64) -> Self {
        let since = known.as_ref().map_or(now, |known| known.since);
        let known = known.filter(|known| known.by == by);
        let (readings, left) = known.map_or((0, 0), |known| (known.readings, known.left));
        let readings = readings.saturating_add(u32::from(read_everything));
        let left = if read_everything {
            1u32.checked_shl(readings)
                .map_or(FARTHEST, |distance| distance.min(FARTHEST))
        } else {
            left.saturating_sub(1)
        };
        Self {
            by,
            since,
            readings,
            left,
        }
    }
}

impl NotTaken {
    pub fn load(ledger: &Ledger) -> Result<Vec<Self>, LedgerError> {
        let stored = ledger.meta(NOT_TAKEN)?;
        Ok(stored
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Notes runs beside those known, each author and reason once.
    pub fn note(ledger: &Ledger, problems: &[(LogId, RunProblem)], now: i64) -> Result<(), LedgerError> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut known = Self::load(ledger)?;
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
        ledger.set_meta(NOT_TAKEN, &serde_json::to_vec(&known).unwrap_or_default())
    }

    /// Forgets them: everything is read again, or both sides hold the same.
    pub fn forget(ledger: &Ledger) -> Result<(), LedgerError> {
        forget(ledger, NOT_TAKEN)
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

fn forget(ledger: &Ledger, name: &str) -> Result<(), LedgerError> {
    // Nearly always there is nothing to forget, and nothing is written then.
    if ledger.meta(name)?.is_none() {
        return Ok(());
    }
    ledger.write_local(|transaction| -> Result<(), LedgerError> {
        transaction.execute("DELETE FROM meta WHERE name = ?1", [name])?;
        Ok(())
    })
}

pub(crate) fn cursor(ledger: &Ledger) -> Result<Cursor, LedgerError> {
    let stored = ledger
        .meta(CURSOR)?
        .and_then(|bytes| serde_json::from_slice::<StoredCursor>(&bytes).ok());
    Ok(stored.map_or(Cursor::START, |stored| Cursor {
        epoch: Epoch(stored.epoch),
        position: stored.position,
        chain: stored.chain,
    }))
}

pub(crate) fn set_cursor(transaction: &Transaction<'_>, cursor: &Cursor) -> Result<(), LedgerError> {
    let stored = StoredCursor {
        epoch: cursor.epoch.0,
        position: cursor.position,
        chain: cursor.chain,
    };
    let bytes = serde_json::to_vec(&stored).unwrap_or_default();
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        rusqlite::params![CURSOR, bytes],
    )?;
    Ok(())
}

pub(crate) fn last_contact(ledger: &Ledger) -> Result<LastContact, LedgerError> {
    Ok(ledger
        .meta(CONTACT)?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

pub(crate) fn set_last_contact(ledger: &Ledger, contact: &LastContact) -> Result<(), LedgerError> {
    ledger.set_meta(CONTACT, &serde_json::to_vec(contact).unwrap_or_default())
}

/// Bytes a second that the last run moved which was large enough to tell; more than 0.
pub(crate) fn speed(ledger: &Ledger) -> Result<Option<u64>, LedgerError> {
    let stored = ledger.meta(SPEED)?;
    let speed = stored.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    Ok(speed.filter(|speed| *speed > 0))
}

pub(crate) fn set_speed(ledger: &Ledger, speed: u64) -> Result<(), LedgerError> {
    ledger.set_meta(SPEED, &speed.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exchanges, of `count`, in which everything is read, while the same difference stays.
    fn readings(count: u32, by: Hash32) -> Vec<u32> {
        let mut known = None;
        let mut read = Vec::new();
        for exchange in 0..count {
            let asks = Differing::asks_for_everything(known.as_ref(), by);
            if asks {
                read.push(exchange);
            }
            known = Some(Differing::after(known, by, asks, i64::from(exchange)));
        }
        read
    }

    #[test]
    fn a_difference_that_stays_is_read_for_at_growing_distances_and_at_least_once_a_day() {
        let read = readings(1_500, Hash32([7; 32]));
        let distances: Vec<u32> = read.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(distances, [3, 5, 9, 17, 33, 65, 129, 257, 289, 289, 289]);
    }

    #[test]
    fn another_difference_is_read_for_at_once_and_is_as_old_as_the_first() {
        let (one, other) = (Hash32([1; 32]), Hash32([2; 32]));
        let known = Differing::after(None, one, true, 10);
        assert!(!Differing::asks_for_everything(Some(&known), one));
        assert!(Differing::asks_for_everything(Some(&known), other));
        let known = Differing::after(Some(known), other, true, 20);
        assert_eq!((known.since, known.readings), (10, 1));
    }
}
