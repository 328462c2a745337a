//! Trying an entry again that was set aside: its author may have been granted the right since, or this
//! program may know the kind of record now.
//!
//! When a roster changes, a store does so by itself, a few entries at a time: whoever has filled a store with
//! entries that are set aside must not keep it busy with them.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cotmoc_core::access::Refusal;
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::EntryKind;
use cotmoc_core::record::{Outcome, begins_record};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::chance::has_passed;
use crate::error::LedgerError;
use crate::journal::{Ledger, meta, set_meta};
use crate::rows::{Arrival, Claim, RecordRow, SET_ASIDE, claim_record, hash_at, record_row, scope_row};
use crate::stored::{Stored, set_aside_change, settle_stored, waiting_changes};
use crate::storing::Touched;
use crate::trial::{Trial, run_trials};
use crate::verdict::{Rosters, verdict};

/// Name of the position after which entries are still to be tried again; absent when there are none.
pub(crate) const SECOND_TRIES: &str = "second_tries.after";
/// Most entries that are looked at in one go; a look reads one entry.
const LOOKS: usize = 64;
/// Most of them that reach the checking process in one go.
const TRIALS: usize = 8;
/// How long one go may begin another of them: whoever waits for it came for something else.
pub(crate) const GO: Duration = Duration::from_secs(2);

/// What came of trying again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriedAgain {
    /// Entries that are not set aside any more.
    pub let_through: BTreeSet<Hash32>,
    /// Records that changed.
    pub records: BTreeSet<RecordId>,
}

/// An entry that is set aside, without its content.
struct Aside {
    position: i64,
    hash: Hash32,
    reason: Option<Refusal>,
}

impl Ledger {
    /// Checks a set-aside change or attachment again from the start, and with it what was waiting for it. Says whether
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
        let mut arrival = Arrival::begin(&transaction)?;
        let outcome = self.settle_again(&transaction, None, &mut arrival, &stored)?;
        arrival.finish(&transaction)?;
        transaction.commit()?;
        Ok(outcome == Outcome::Applied)
    }

    /// A roster changed: every entry that was set aside for want of a right is due to be tried again.
    pub(crate) fn begin_second_tries(&self, transaction: &Transaction<'_>) -> Result<(), LedgerError> {
        if set_aside_after(transaction, 0)?.is_empty() {
            return Ok(());
        }
        set_meta(transaction, SECOND_TRIES, &0i64.to_le_bytes())?;
        self.second_tries.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Entries are due to be tried again.
    pub fn has_second_tries(&self) -> bool {
        self.second_tries.load(Ordering::SeqCst) || self.interrupted.is_due()
    }

    /// Tries some of the entries again that are set aside for want of a right, oldest first, and goes on
    /// where it stopped when it is called again; and some of those that wait because their check was cut
    /// short. Costs nothing when no roster changed since the last of them and no check was cut short.
    /// [`Ledger::receive`] does it each time.
    ///
    /// # Errors
    /// When the database or the checking process fails.
    pub fn try_some_again(&self) -> Result<TriedAgain, LedgerError> {
        let mut tried = TriedAgain::default();
        if self.second_tries.load(Ordering::SeqCst) {
            self.try_set_aside(&mut tried)?;
        }
        if self.interrupted.is_due() {
            self.try_interrupted(&mut tried)?;
        }
        Ok(tried)
    }

    fn try_set_aside(&self, tried: &mut TriedAgain) -> Result<(), LedgerError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let after = meta(&transaction, SECOND_TRIES)?.and_then(|bytes| bytes.try_into().ok());
        let mut after = after.map_or(0, i64::from_le_bytes);
        let mut arrival = Arrival::begin(&transaction)?;
        let found = set_aside_after(&transaction, after)?;
        let mut ended = found.len() < LOOKS;
        let until = Instant::now() + GO;
        let mut trials = 0;
        for aside in found {
            if trials == TRIALS || (trials > 0 && has_passed(until)) {
                ended = false;
                break;
            }
            after = aside.position;
            if !aside.reason.is_none_or(may_be_taken_back) {
                continue;
            }
            // One that was damaged here stays aside and does not stop the others.
            let Ok(Some(stored)) = set_aside_change(&transaction, &aside.hash) else {
                continue;
            };
            let outcome = self.settle_again(&transaction, None, &mut arrival, &stored)?;
            match outcome {
                Outcome::Applied => {
                    tried.records.insert(stored.entry.content.record);
                    tried.let_through.insert(stored.hash);
                }
                Outcome::Waiting => drop(tried.let_through.insert(stored.hash)),
                Outcome::Refused(_) => {}
            }
            trials += usize::from(!matches!(outcome, Outcome::Refused(reason) if may_be_taken_back(reason)));
        }
        arrival.finish(&transaction)?;
        if ended {
            transaction.execute("DELETE FROM meta WHERE name = ?1", [SECOND_TRIES])?;
        } else {
            set_meta(&transaction, SECOND_TRIES, &after.to_le_bytes())?;
        }
        transaction.commit()?;
        // Before the writer is given back, or a roster that changes now would be passed over.
        self.second_tries.store(!ended, Ordering::SeqCst);
        drop(writer);
        Ok(())
    }

    /// Decides about an entry that is set aside as if it came now, and tells whoever has read past it.
    pub(crate) fn settle_again(
        &self,
        transaction: &Transaction<'_>,
        rosters: Option<&Rosters>,
        arrival: &mut Arrival,
        stored: &Stored,
    ) -> Result<Outcome, LedgerError> {
        let record = stored.entry.content.record;
        let row = record_row(transaction, record)?.ok_or(LedgerError::NoRecord(record))?;
        let row = if row.intact {
            row
        } else {
            self.mend(transaction, record, row)?
        };
        let before = reason_of(transaction, stored.position)?;
        let outcome = match self.verdict_of_stored(rosters, stored, row.claim())? {
            Ok(()) if stored.entry.content.kind == EntryKind::Attachment => {
                self.apply_attachment(transaction, stored, &row)?
            }
            Ok(()) => self.try_stored(transaction, rosters, stored, row)?,
            Err(refusal) => Outcome::Refused(refusal),
        };
        settle_stored(transaction, stored.position, outcome)?;
        // Filled just now it has no reason yet. One that stays aside for the same reason is no news.
        let is_news = match outcome {
            Outcome::Applied | Outcome::Waiting => true,
            Outcome::Refused(reason) => before.is_some_and(|before| before != reason),
        };
        if is_news {
            let scope = scope_row(transaction, &stored.entry.log.scope)?;
            arrival.append_late(transaction, stored.position, scope, &stored.hash)?;
        }
        if outcome == Outcome::Applied {
            self.settle_waiting_attachments(transaction, rosters, arrival, record)?;
        }
        Ok(outcome)
    }

    pub(crate) fn verdict_of_stored(
        &self,
        rosters: Option<&Rosters>,
        stored: &Stored,
        claim: Option<Claim>,
    ) -> Result<Result<(), Refusal>, LedgerError> {
        let province = stored.entry.log.scope.province;
        // A roster of the pack on its way in is newer than the one in memory.
        if let Some((roster, _)) = rosters.and_then(|rosters| rosters.get(&province)) {
            return Ok(verdict(roster, &stored.entry, claim, None));
        }
        Ok(self.with_roster(province, |roster| match roster {
            Some(roster) => verdict(roster, &stored.entry, claim, None),
            None => Err(Refusal::NotEnrolled),
        }))
    }

    fn try_stored(
        &self,
        transaction: &Transaction<'_>,
        rosters: Option<&Rosters>,
        stored: &Stored,
        row: RecordRow,
    ) -> Result<Outcome, LedgerError> {
        let content = &stored.entry.content;
        let (kind, scope) = (content.record_kind, stored.entry.log.scope);
        let author = stored.entry.log.device;
        let begins = row.claim().is_none() && begins_record(kind, &content.payload);
        let claim = row.claim().or(begins.then_some(Claim {
            kind,
            scope,
            first_author: author,
        }));
        let mut waiting = Vec::new();
        for other in waiting_changes(transaction, row.row)? {
            match self.verdict_of_stored(rosters, &other, claim)? {
                Ok(()) => waiting.push(other),
                Err(refusal) => settle_stored(transaction, other.position, Outcome::Refused(refusal))?,
            }
        }
        let mut changes = vec![content.payload.clone()];
        changes.extend(waiting.iter().map(|other| other.entry.content.payload.clone()));
        let trial = Trial {
            kind,
            held: row.saved,
            changes,
        };
        let tried = run_trials(&mut self.gauntlet(), vec![trial])?.pop();
        if tried.as_ref().is_some_and(|tried| tried.interrupted) {
            self.note_interrupted(transaction, content.record)?;
        }
        let (outcome, rest) = match tried.as_ref().and_then(|tried| tried.outcomes.split_first()) {
            Some((outcome, rest)) => (*outcome, rest),
            None => (Outcome::Refused(Refusal::Harmful), &[][..]),
        };
        for (other, outcome) in waiting.iter().zip(rest) {
            settle_stored(transaction, other.position, *outcome)?;
        }
        if begins && outcome == Outcome::Applied {
            let scope_row = scope_row(transaction, &scope)?;
            claim_record(transaction, row.row, kind, scope_row, &author)?;
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

/// A refusal that another roster or a newer program may take back.
fn may_be_taken_back(reason: Refusal) -> bool {
    matches!(
        reason,
        Refusal::NotEnrolled
            | Refusal::Revoked
            | Refusal::RoleMayNotWrite
            | Refusal::OutsideScope
            | Refusal::NotYourSlot
            | Refusal::UnknownKind
    )
}

fn set_aside_after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<Aside>> {
    connection
        .prepare_cached(
            "SELECT position, hash, reason FROM entry
             WHERE standing = ?1 AND standing <> 0 AND position > ?2 ORDER BY position LIMIT ?3",
        )?
        .query_map(params![SET_ASIDE, after, LOOKS as i64], |row| {
            let reason: Option<u8> = row.get("reason")?;
            Ok(Aside {
                position: row.get("position")?,
                hash: hash_at(row, "hash")?,
                reason: reason.and_then(Refusal::from_code),
            })
        })?
        .collect()
}

fn reason_of(connection: &Connection, position: i64) -> rusqlite::Result<Option<Refusal>> {
    let reason: Option<u8> = connection
        .prepare_cached("SELECT reason FROM entry WHERE position = ?1")?
        .query_row([position], |row| row.get(0))?;
    Ok(reason.and_then(Refusal::from_code))
}
