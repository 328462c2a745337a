//! Trying an entry again that was set aside: its author may have been granted the right since, or this
//! program may know the kind of record now.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry};
use cotmoc_core::record::{Outcome, RecordKind};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::receive::{Touched, settle_stored, waiting_changes};
use crate::rows::{RecordRow, SET_ASIDE, claim_record, hash_at, log_by_row, record_row, scope_row, uuid_of};
use crate::trial::{Trial, run_trials};
use crate::verdict::{forked, verdict};

/// An entry that is set aside, with its places.
struct Stored {
    position: i64,
    log_row: i64,
    entry: Entry,
}

impl Ledger {
    /// Checks a set-aside change again from the start, and with it what was waiting for it. Says whether
    /// it is applied now; an entry that is not set aside is left alone.
    ///
    /// # Errors
    /// When the database or the checking process fails, or the entry is damaged.
    pub fn try_again(&self, entry: &Hash32) -> Result<bool, LedgerError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(stored) = set_aside_change(&transaction, entry)? else {
            return Ok(false);
        };
        let record = stored.entry.content.record;
        let Some(row) = record_row(&transaction, record)? else {
            return Ok(false);
        };
        let row = if row.intact {
            row
        } else {
            self.mend(&transaction, record, row)?
        };
        let allowed = if forked(&transaction, stored.log_row, stored.entry.seq)? {
            Err(Refusal::Fork)
        } else {
            self.with_roster(stored.entry.log.scope.province, |roster| match roster {
                Some(roster) => verdict(roster, &stored.entry, row.claim(), None),
                None => Err(Refusal::NotEnrolled),
            })
        };
        let outcome = match allowed {
            Ok(()) => self.try_stored(&transaction, &stored, row)?,
            Err(refusal) => Outcome::Refused(refusal),
        };
        settle_stored(&transaction, stored.position, outcome)?;
        transaction.commit()?;
        Ok(outcome == Outcome::Applied)
    }

    fn try_stored(
        &self,
        transaction: &Transaction<'_>,
        stored: &Stored,
        row: RecordRow,
    ) -> Result<Outcome, LedgerError> {
        let content = &stored.entry.content;
        let waiting = waiting_changes(transaction, row.row)?;
        let mut changes = vec![content.payload.clone()];
        changes.extend(waiting.iter().map(|(_, payload)| payload.clone()));
        let claimed = row.claim().is_some();
        let trial = Trial {
            kind: content.record_kind,
            held: row.saved,
            changes,
        };
        let tried = run_trials(&mut self.gauntlet(), vec![trial])?.pop();
        let (outcome, rest) = match tried.as_ref().and_then(|tried| tried.outcomes.split_first()) {
            Some((outcome, rest)) => (*outcome, rest),
            None => (Outcome::Refused(Refusal::Harmful), &[][..]),
        };
        for ((position, _), outcome) in waiting.iter().zip(rest) {
            settle_stored(transaction, *position, *outcome)?;
        }
        let (kind, scope) = (content.record_kind, stored.entry.log.scope);
        if !claimed && !matches!(outcome, Outcome::Refused(_)) {
            let scope_row = scope_row(transaction, &scope)?;
            claim_record(transaction, row.row, kind, scope_row, &stored.entry.log.device)?;
        }
        if let Some(examined) = tried.and_then(|tried| tried.examined) {
            let claimed_at = content.claimed_at;
            let touched = Touched {
                row: row.row,
                kind,
                scope,
                claimed: true,
                claimed_at,
                entries: 0,
            };
            self.store_examined(transaction, content.record, &touched, &examined)?;
        }
        Ok(outcome)
    }
}

fn set_aside_change(connection: &Connection, hash: &Hash32) -> Result<Option<Stored>, LedgerError> {
    type Found = (i64, i64, i64, Vec<u8>, Vec<u8>, i64);
    let found: Option<Found> = connection
        .query_row(
            "SELECT position, entry.log, entry.seq, record.code, payload, claimed_at
             FROM entry JOIN record ON record.id = entry.record
             WHERE entry.hash = ?1 AND standing = ?2 AND payload IS NOT NULL",
            params![&hash.0[..], SET_ASIDE],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                ))
            },
        )
        .optional()?;
    let Some((position, log_row, seq, code, payload, claimed_at)) = found else {
        return Ok(None);
    };
    let record = RecordId(uuid_of(&code)?);
    let place = (
        log_by_row(connection, log_row)?,
        seq as u64,
        hash_before(connection, log_row, seq)?,
    );
    let entry = entry_of_hash(hash, place, (record, payload, claimed_at));
    let entry = entry.ok_or(LedgerError::DamagedRecord(record))?;
    Ok(Some(Stored {
        position,
        log_row,
        entry,
    }))
}

/// The entry of this hash. Its kind of record is not stored with it, because the record's own may be
/// another by now; the hash covers it, so it is the kind with which the hash comes out.
fn entry_of_hash(
    hash: &Hash32,
    (log, seq, prev): (LogId, u64, Hash32),
    (record, payload, claimed_at): (RecordId, Vec<u8>, i64),
) -> Option<Entry> {
    let content = NewEntry {
        record,
        record_kind: RecordKind::Unit,
        kind: EntryKind::Change,
        payload,
        claimed_at,
    };
    let mut entry = Entry {
        log,
        seq,
        prev,
        content,
    };
    RecordKind::ALL.into_iter().find(|kind| {
        entry.content.record_kind = *kind;
        entry.hash() == *hash
    })?;
    Some(entry)
}

fn hash_before(connection: &Connection, log_row: i64, seq: i64) -> Result<Hash32, LedgerError> {
    if seq <= 1 {
        return Ok(Hash32::ZERO);
    }
    Ok(connection
        .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
        .query_row(params![log_row, seq - 1], |row| hash_at(row, "hash"))?)
}
