//! Trying an entry again that was set aside: its author may have been granted the right since, or this
//! program may know the kind of record now.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::Hash32;
use cotmoc_core::record::{Outcome, begins_record};
use rusqlite::{Transaction, TransactionBehavior};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::receive::Touched;
use crate::rows::{Claim, RecordRow, claim_record, record_row, scope_row};
use crate::stored::{Stored, set_aside_change, settle_stored, waiting_changes};
use crate::trial::{Trial, run_trials};
use crate::verdict::{forked, verdict};

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
        let outcome = match self.verdict_of_stored(&transaction, &stored, row.claim())? {
            Ok(()) => self.try_stored(&transaction, &stored, row)?,
            Err(refusal) => Outcome::Refused(refusal),
        };
        settle_stored(&transaction, stored.position, outcome)?;
        transaction.commit()?;
        Ok(outcome == Outcome::Applied)
    }

    fn verdict_of_stored(
        &self,
        transaction: &Transaction<'_>,
        stored: &Stored,
        claim: Option<Claim>,
    ) -> Result<Result<(), Refusal>, LedgerError> {
        if forked(transaction, stored.log_row, stored.entry.seq)? {
            return Ok(Err(Refusal::Fork));
        }
        Ok(
            self.with_roster(stored.entry.log.scope.province, |roster| match roster {
                Some(roster) => verdict(roster, &stored.entry, claim, None),
                None => Err(Refusal::NotEnrolled),
            }),
        )
    }

    fn try_stored(
        &self,
        transaction: &Transaction<'_>,
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
            match self.verdict_of_stored(transaction, &other, claim)? {
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
