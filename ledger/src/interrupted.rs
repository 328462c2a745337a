//! Changes that nobody could check, because the checking process was stopped by something else than them:
//! they wait, and are tried again when some time has passed, also after a restart.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cotmoc_core::id::RecordId;
use cotmoc_core::record::{Outcome, begins_record};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use crate::chance::has_passed;
use crate::error::LedgerError;
use crate::journal::{Ledger, meta, set_meta};
use crate::retry::{GO, TriedAgain};
use crate::rows::{Arrival, Claim, claim_record, record_row, scope_row};
use crate::stored::{Stored, settle_stored, waiting_changes};
use crate::storing::Touched;
use crate::trial::{Trial, one_by_one};

/// How long nothing is tried after a check was cut short, doubled each time up to the longest: a process
/// that goes on being stopped must not keep the store busy.
const REST: Duration = Duration::from_secs(60);
const LONGEST_REST: Duration = Duration::from_secs(3600);
/// Most records tried in one go.
const RECORDS: usize = 8;

/// Names in `meta`: this and the record's id; the value counts how often it was tried, big-endian.
const NAME: &str = "interrupted.";

/// How the trial of what waits of a record ended.
enum Ending {
    /// Nothing of it waits for want of a check any more.
    Through,
    /// Some was checked, and there was no time for the rest or its check was cut short.
    GoesOn,
    /// Nothing was checked.
    CutShort,
}

/// Whether records are due to be tried again.
#[derive(Debug)]
pub(crate) struct Interrupted(Mutex<Due>);

#[derive(Debug)]
struct Due {
    any: bool,
    /// Not before this; absent since the store was opened.
    after: Option<Instant>,
    rest: Duration,
}

impl Interrupted {
    pub fn load(connection: &Connection) -> Result<Self, LedgerError> {
        Ok(Self(Mutex::new(Due {
            any: !noted(connection, 1)?.is_empty(),
            after: None,
            rest: REST,
        })))
    }

    pub fn is_due(&self) -> bool {
        let due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        due.any && due.after.is_none_or(|after| Instant::now() >= after)
    }

    fn cut_short(&self) {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        due.any = true;
        // Several records of one pack are one occasion.
        if due.after.is_none_or(|after| now >= after) {
            due.after = Some(now + due.rest);
            due.rest = (due.rest * 2).min(LONGEST_REST);
        }
    }

    fn went_through(&self, any: bool) {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (due.any, due.rest) = (any, REST);
    }
}

impl Ledger {
    /// Notes that changes of a record wait for want of a check.
    pub(crate) fn note_interrupted(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
    ) -> Result<(), LedgerError> {
        let name = format!("{NAME}{record}");
        let tries = meta(transaction, &name)?.and_then(|bytes| bytes.try_into().ok());
        let tries = tries.map_or(0, u64::from_be_bytes);
        set_meta(transaction, &name, &(tries + 1).to_be_bytes())?;
        tracing::warn!(record.id = %record, "the checking process was stopped; changes of a record wait");
        self.interrupted.cut_short();
        Ok(())
    }

    /// Tries some of the records again whose changes wait for want of a check, those first that were tried
    /// least often. Ends with the first that is cut short again, and when its time is up.
    pub(crate) fn try_interrupted(&self, tried: &mut TriedAgain) -> Result<(), LedgerError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut arrival = Arrival::begin(&transaction)?;
        let found = noted(&transaction, RECORDS + 1)?;
        let mut more = found.len() > RECORDS;
        let mut cut_short = false;
        let until = Instant::now() + GO;
        for record in found.into_iter().take(RECORDS) {
            if has_passed(until) {
                more = true;
                break;
            }
            match self.try_waiting(&transaction, &mut arrival, record, (until, tried))? {
                Ending::Through => {}
                // It stays noted, and there is no reason to rest.
                Ending::GoesOn => {
                    more = true;
                    break;
                }
                Ending::CutShort => {
                    self.note_interrupted(&transaction, record)?;
                    cut_short = true;
                    break;
                }
            }
            let name = format!("{NAME}{record}");
            transaction.execute("DELETE FROM meta WHERE name = ?1", [name])?;
        }
        arrival.finish(&transaction)?;
        more |= !noted(&transaction, 1)?.is_empty();
        transaction.commit()?;
        if !cut_short {
            self.interrupted.went_through(more);
        }
        Ok(())
    }

    /// Tries what waits of a record, change by change.
    fn try_waiting(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        record: RecordId,
        (until, tried): (Instant, &mut TriedAgain),
    ) -> Result<Ending, LedgerError> {
        let Some(row) = record_row(transaction, record)? else {
            return Ok(Ending::Through);
        };
        let row = if row.intact {
            row
        } else {
            self.mend(transaction, record, row)?
        };
        let waiting = waiting_changes(transaction, row.row)?;
        let mut claim = row.claim();
        if claim.is_none() {
            for other in &waiting {
                let begins = claim_of(other);
                if begins.is_some() && self.verdict_of_stored(None, other, None)?.is_ok() {
                    claim = begins;
                    break;
                }
            }
        }
        let Some(claim) = claim else {
            return Ok(Ending::Through);
        };
        let mut refuse = |other: &Stored, outcome: Outcome| -> Result<(), LedgerError> {
            settle_stored(transaction, other.position, outcome)?;
            // It was handed on as one that waits: its author is to learn that it was refused.
            let scope = scope_row(transaction, &other.entry.log.scope)?;
            Ok(arrival.append_late(transaction, other.position, scope, &other.hash)?)
        };
        let mut let_through = Vec::new();
        for other in waiting {
            match self.verdict_of_stored(None, &other, Some(claim))? {
                Ok(()) => let_through.push(other),
                Err(refusal) => refuse(&other, Outcome::Refused(refusal))?,
            }
        }
        let trial = Trial {
            kind: claim.kind,
            held: row.saved.clone(),
            changes: let_through
                .iter()
                .map(|other| other.entry.content.payload.clone())
                .collect(),
        };
        let results = one_by_one(&mut self.gauntlet(), trial, until)?;
        let mut claimed = row.claim().is_some();
        let mut claimed_at = i64::MIN;
        for (other, outcome) in let_through.iter().zip(&results.outcomes) {
            match outcome {
                Outcome::Waiting => {}
                Outcome::Refused(_) => refuse(other, *outcome)?,
                Outcome::Applied => {
                    settle_stored(transaction, other.position, *outcome)?;
                    claimed_at = claimed_at.max(other.entry.content.claimed_at);
                    if let Some(begins) = claim_of(other).filter(|_| !claimed) {
                        let scope = scope_row(transaction, &begins.scope)?;
                        claim_record(transaction, row.row, begins.kind, scope, &begins.first_author)?;
                        claimed = true;
                    }
                }
            }
        }
        if let Some(examined) = results.examined {
            let touched = Touched {
                row: row.row,
                kind: claim.kind,
                scope: claim.scope,
                claimed,
                claimed_at,
                entries: 0,
            };
            self.store_examined(transaction, record, &touched, &examined)?;
            self.settle_waiting_attachments(transaction, None, arrival, record)?;
            tried.records.insert(record);
        }
        let settled = results
            .outcomes
            .iter()
            .any(|outcome| *outcome != Outcome::Waiting);
        Ok(match results.interrupted {
            false => Ending::Through,
            true if settled => Ending::GoesOn,
            true => Ending::CutShort,
        })
    }
}

/// To whom a record belongs that this change begins.
fn claim_of(stored: &Stored) -> Option<Claim> {
    let content = &stored.entry.content;
    begins_record(content.record_kind, &content.payload).then_some(Claim {
        kind: content.record_kind,
        scope: stored.entry.log.scope,
        first_author: stored.entry.log.device,
    })
}

/// Records that were noted, those first that were tried least often.
fn noted(connection: &Connection, most: usize) -> Result<Vec<RecordId>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT name FROM meta WHERE name GLOB ?1 || '*' ORDER BY value, name LIMIT ?2")?;
    let names = statement.query_map(params![NAME, most as i64], |row| row.get::<_, String>(0))?;
    let mut records = Vec::new();
    for name in names {
        let name = name?;
        let id = name.strip_prefix(NAME).unwrap_or_default();
        let id = Uuid::try_parse(id).map_err(|error| LedgerError::DamagedDatabase(error.to_string()))?;
        records.push(RecordId(id));
    }
    Ok(records)
}
