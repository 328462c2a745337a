//! Attachment entries: this device's own, and those that waited for the change that begins their record.

use cotmoc_core::access::{Refusal, Writing, may_write};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{EntryKind, LogId, NewEntry, Scope};
use cotmoc_core::media::{Manifest, ManifestError};
use cotmoc_core::record::{Outcome, RecordKind};
use rusqlite::{Transaction, params};

use super::known::{At, note_attachment};
use crate::error::LedgerError;
use crate::journal::{Author, Ledger};
use crate::rows::{Arrival, RecordRow, count_entries, log_head_or_new, record_row, scope_row, store_head};
use crate::stored::{Stored, settle_stored, waiting_attachments};
use crate::verdict::Rosters;
use crate::write::append_own;

/// The record an own attachment is evidence for.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub scope: Scope,
    pub record: RecordId,
    pub kind: RecordKind,
    pub manifest: &'a Manifest,
}

impl Ledger {
    /// Writes an attachment entry; none when it removes what is not there.
    pub(crate) fn write_attach(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        author: &Author,
        now: i64,
        evidence: Evidence<'_>,
    ) -> Result<Option<Hash32>, LedgerError> {
        let Evidence {
            scope,
            record,
            kind,
            manifest,
        } = evidence;
        let log = LogId {
            device: author.device(),
            incarnation: author.incarnation,
            scope,
        };
        let mut head = log_head_or_new(transaction, &log)?;
        let row = record_row(transaction, record)?;
        let held = row.filter(|row| row.saved.is_some() || !row.intact);
        let (row, claim) = held
            .as_ref()
            .and_then(|row| Some((row.row, row.claim()?)))
            .ok_or(LedgerError::NoRecord(record))?;
        if claim.kind != kind || claim.scope != scope {
            return Err(LedgerError::Refused(Refusal::WrongScope));
        }
        let writing = Writing {
            log: &log,
            seq: head.seq + 1,
            record_kind: kind,
            entry_kind: EntryKind::Attachment,
            first_author: Some(&claim.first_author),
            act: None,
        };
        self.with_roster(scope.province, |roster| match roster {
            Some(roster) => may_write(roster, &writing),
            None => Err(Refusal::NotEnrolled),
        })
        .map_err(LedgerError::Refused)?;
        let refused = |error: ManifestError| LedgerError::Refused(error.refusal());
        let payload = manifest.encode().map_err(refused)?;
        match manifest {
            Manifest::Added(added) => {
                for rendition in &added.renditions {
                    // Under this very list: one that others could not verify by must not leave.
                    let described = (rendition.blob, rendition.chunks.id());
                    if !self.media.holds(self.folder().key(), described)? {
                        return Err(LedgerError::NoBlob(rendition.blob));
                    }
                }
            }
            Manifest::Removed(removed) => {
                let code = removed.id.0.as_bytes().as_slice();
                let is_there: bool = transaction
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM attachment WHERE record = ?1 AND code = ?2 AND is_live)",
                    )?
                    .query_row(params![row, code], |found| found.get(0))?;
                if !is_there {
                    return Ok(None);
                }
            }
        }
        let content = NewEntry {
            record,
            record_kind: kind,
            kind: EntryKind::Attachment,
            payload,
            claimed_at: now,
        };
        let hash = append_own(transaction, arrival, author, &mut head, (log, content), Some(row))?;
        store_head(transaction, &head)?;
        count_entries(transaction, row, 1)?;
        note_attachment(
            self,
            transaction,
            At::head(&head, arrival.position, row),
            manifest,
        )?;
        Ok(Some(hash))
    }

    /// Applies an attachment that is held, or says that it waits: whose record it is says the change that begins
    /// it. Its verdict was asked for before.
    pub(crate) fn apply_attachment(
        &self,
        transaction: &Transaction<'_>,
        stored: &Stored,
        row: &RecordRow,
    ) -> Result<Outcome, LedgerError> {
        if row.claim().is_none() {
            return Ok(Outcome::Waiting);
        }
        let Ok(manifest) = Manifest::decode(&stored.entry.content.payload) else {
            return Ok(Outcome::Refused(Refusal::Malformed));
        };
        let at = At {
            position: stored.position,
            log: stored.log_row,
            seq: stored.entry.seq,
            scope: scope_row(transaction, &stored.entry.log.scope)?,
            record: row.row,
        };
        note_attachment(self, transaction, at, &manifest)?;
        Ok(Outcome::Applied)
    }

    /// Decides about the attachments that wait for a record, once it is begun. Says what became of each.
    pub(crate) fn settle_waiting_attachments(
        &self,
        transaction: &Transaction<'_>,
        rosters: Option<&Rosters>,
        arrival: &mut Arrival,
        record: RecordId,
    ) -> Result<Vec<(Stored, Outcome)>, LedgerError> {
        let Some(row) = record_row(transaction, record)? else {
            return Ok(Vec::new());
        };
        let Some(claim) = row.claim() else {
            return Ok(Vec::new());
        };
        let mut settled = Vec::new();
        for stored in waiting_attachments(transaction, row.row)? {
            let outcome = match self.verdict_of_stored(rosters, &stored, Some(claim))? {
                Ok(()) => self.apply_attachment(transaction, &stored, &row)?,
                Err(refusal) => Outcome::Refused(refusal),
            };
            settle_stored(transaction, stored.position, outcome)?;
            if matches!(outcome, Outcome::Refused(_)) {
                // It was handed on as one that waits: its author is to learn that it was refused.
                let scope = scope_row(transaction, &stored.entry.log.scope)?;
                arrival.append_late(transaction, stored.position, scope, &stored.hash)?;
            }
            settled.push((stored, outcome));
        }
        Ok(settled)
    }
}
