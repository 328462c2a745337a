//! A device's own writing: one transaction, one fsync, then the answer.

use cotmoc_core::access::{Refusal, Roster, RosterAct, Writing, may_write};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry, Scope};
use cotmoc_core::media::Manifest;
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};
use rusqlite::{Transaction, TransactionBehavior};

use crate::branches::frozen_from;
use crate::error::LedgerError;
use crate::index::RecordChange;
use crate::journal::{Author, Ledger};
use crate::media::Evidence;
use crate::rows::{
    APPLIED, Arrival, LogHead, NewRow, RecordRow, claim_record, count_entries, log_head_or_new,
    new_record_row, record_row, store_document, store_head,
};

/// One thing to write.
#[derive(Debug, Clone)]
pub enum Write {
    /// Edits of one record, which is made when it does not exist: one entry, or several when long texts are
    /// new that no single one can carry.
    Edit {
        /// Its scope.
        scope: Scope,
        /// Its id.
        record: RecordId,
        /// Its kind.
        kind: RecordKind,
        /// What to change.
        edits: Vec<Edit>,
    },
    /// A photo or file as evidence for a record that is held, or one taken back. Its bytes were stored before
    /// ([`Ledger::store_blob`]). Taking back what is not there writes nothing.
    Attach {
        /// Scope of the record.
        scope: Scope,
        /// The record.
        record: RecordId,
        /// Its kind.
        kind: RecordKind,
        /// What is added or taken back.
        manifest: Manifest,
    },
    /// A roster act: in force when the authority writes it, a request when another device does.
    Act {
        /// The roster's scope.
        scope: Scope,
        /// The act.
        act: RosterAct,
    },
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Hashes of the entries, in the order of the writes; a write that changed nothing has none, one of
    /// several long texts may have more than one.
    pub entries: Vec<Hash32>,
    /// Records that changed.
    pub records: Vec<RecordId>,
}

impl Ledger {
    /// Writes everything in one transaction; when this returns, it is durable.
    ///
    /// # Errors
    /// When the author may not write one of them, an edit does not fit, the bytes of an attachment are not
    /// stored, or the disk refuses; then nothing was written.
    pub fn write(&self, author: &Author, now: i64, writes: &[Write]) -> Result<Written, LedgerError> {
        self.write_beside(author, now, writes, |_| Ok(()))
    }

    /// [`Ledger::write`] with statements on tables outside the journal in the same transaction.
    ///
    /// # Errors
    /// As [`Ledger::write`], and what the statements return.
    pub fn write_beside(
        &self,
        author: &Author,
        now: i64,
        writes: &[Write],
        beside: impl FnOnce(&Transaction<'_>) -> Result<(), LedgerError>,
    ) -> Result<Written, LedgerError> {
        let mut writer = self.writer();
        // A new life may have begun since the caller asked who it is.
        let own = self.known_own().map(|own| own.current());
        let own = own.filter(|own| own.device() == author.device());
        let author = own.as_deref().unwrap_or(author);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut arrival = Arrival::begin(&transaction)?;
        let mut written = Written::default();
        let mut rosters = Vec::new();
        for write in writes {
            match write {
                Write::Edit {
                    scope,
                    record,
                    kind,
                    edits,
                } => {
                    let target = Target {
                        scope: *scope,
                        record: *record,
                        kind: *kind,
                    };
                    let entries = self.write_edit(&transaction, &mut arrival, author, now, target, edits)?;
                    written.records.extend(entries.first().map(|_| *record));
                    written.entries.extend(entries);
                }
                Write::Attach {
                    scope,
                    record,
                    kind,
                    manifest,
                } => {
                    let evidence = Evidence {
                        scope: *scope,
                        record: *record,
                        kind: *kind,
                        manifest,
                    };
                    let entry = self.write_attach(&transaction, &mut arrival, author, now, evidence)?;
                    written.records.extend(entry.map(|_| *record));
                    written.entries.extend(entry);
                }
                Write::Act { scope, act } => {
                    let begun = rosters
                        .iter()
                        .position(|roster: &Roster| roster.province == scope.province);
                    let mut roster = begun
                        .map(|at| rosters.swap_remove(at))
                        .or_else(|| self.roster(scope.province));
                    let roster_now = roster
                        .as_mut()
                        .ok_or(LedgerError::Refused(Refusal::NotEnrolled))?;
                    let hash = write_act(&transaction, &mut arrival, author, now, (scope, act), roster_now)?;
                    written.entries.push(hash);
                    rosters.extend(roster);
                }
            }
        }
        beside(&transaction)?;
        let position = arrival.position;
        arrival.finish(&transaction)?;
        let is_authority = rosters.iter().any(|roster| roster.authority == author.device());
        if is_authority {
            self.begin_second_tries(&transaction)?;
        }
        transaction.commit()?;
        if own.is_some() && !written.entries.is_empty() {
            self.note_outside(position);
        }
        // Before the writer is given back: the next one starts from the rosters as they are now.
        self.replace_rosters(rosters);
        drop(writer);
        if is_authority && let Err(error) = self.settle_now() {
            // What was written is durable; the next pack that comes in tries again.
            tracing::warn!(error.message = %error, "a settled fork is not brought to its end yet");
        }
        Ok(written)
    }

    pub(crate) fn replace_rosters(&self, rosters: Vec<Roster>) {
        let mut held = self
            .rosters
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for roster in rosters {
            held.insert(roster.province, roster);
        }
    }

    fn write_edit(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        author: &Author,
        now: i64,
        target: Target,
        edits: &[Edit],
    ) -> Result<Vec<Hash32>, LedgerError> {
        let mut begun = self.begin_edit(transaction, author, target)?;
        let payloads = begun.doc.edit_in_parts(author.actor(), edits)?;
        self.finish_edit(transaction, arrival, (author, now), begun, payloads)
    }

    /// The record as it is now, when the author may write it.
    pub(crate) fn begin_edit(
        &self,
        transaction: &Transaction<'_>,
        author: &Author,
        target: Target,
    ) -> Result<Begun, LedgerError> {
        let log = LogId {
            device: author.device(),
            incarnation: author.incarnation,
            scope: target.scope,
        };
        let head = log_head_or_new(transaction, &log)?;
        refuse_frozen(transaction, &head)?;
        let held = match record_row(transaction, target.record)? {
            Some(row) if !row.intact => Some(self.mend(transaction, target.record, row)?),
            held => held,
        };
        let claim = held.as_ref().and_then(RecordRow::claim);
        if claim.is_some_and(|claim| claim.kind != target.kind || claim.scope != target.scope) {
            return Err(LedgerError::Refused(Refusal::WrongScope));
        }
        let first_author = claim.map(|claim| claim.first_author);
        let writing = Writing {
            log: &log,
            seq: head.seq + 1,
            record_kind: target.kind,
            entry_kind: EntryKind::Change,
            first_author: first_author.as_ref(),
            act: None,
        };
        self.with_roster(target.scope.province, |roster| match roster {
            Some(roster) => may_write(roster, &writing),
            None => Err(Refusal::NotEnrolled),
        })
        .map_err(LedgerError::Refused)?;
        let doc = match held.as_ref().and_then(|row| row.saved.as_deref()) {
            Some(saved) => RecordDoc::load(target.kind, saved),
            None => RecordDoc::new(target.kind),
        }
        .map_err(|_| LedgerError::DamagedRecord(target.record))?;
        Ok(Begun {
            target,
            log,
            head,
            row: held.map(|row| row.row),
            is_claimed: claim.is_some(),
            doc,
        })
    }

    /// Appends an entry for each change that was made of the document, and stores what it is now.
    pub(crate) fn finish_edit(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        (author, now): (&Author, i64),
        begun: Begun,
        payloads: Vec<Vec<u8>>,
    ) -> Result<Vec<Hash32>, LedgerError> {
        let Begun {
            target,
            log,
            mut head,
            row,
            is_claimed,
            mut doc,
        } = begun;
        if payloads.is_empty() {
            return Ok(Vec::new());
        }
        let row = match row {
            Some(row) => row,
            None => new_record_row(
                transaction,
                target.record,
                target.kind,
                head.scope_row,
                &log.device,
            )?,
        };
        if !is_claimed {
            claim_record(transaction, row, target.kind, head.scope_row, &log.device)?;
        }
        let mut hashes = Vec::with_capacity(payloads.len());
        for payload in payloads {
            let content = NewEntry {
                record: target.record,
                record_kind: target.kind,
                kind: EntryKind::Change,
                payload,
                claimed_at: now,
            };
            hashes.push(append_own(
                transaction,
                arrival,
                author,
                &mut head,
                (log, content),
                Some(row),
            )?);
        }
        store_head(transaction, &head)?;
        count_entries(transaction, row, hashes.len() as u64)?;
        let (saved, state) = (doc.save(), doc.canonical_state());
        let differing: Vec<String> = doc
            .differences()
            .into_iter()
            .map(|difference| difference.property)
            .collect();
        store_document(transaction, row, target.record, (&saved, &state, &differing))?;
        let change = RecordChange {
            record: target.record,
            row,
            kind: target.kind,
            scope: target.scope,
            state: &state,
            differing: &differing,
            claimed_at: now,
        };
        self.index.record_changed(transaction, &change)?;
        if !is_claimed {
            self.settle_waiting_attachments(transaction, None, arrival, target.record)?;
        }
        Ok(hashes)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub scope: Scope,
    pub record: RecordId,
    pub kind: RecordKind,
}

/// A record that an author is about to change.
pub(crate) struct Begun {
    target: Target,
    log: LogId,
    head: LogHead,
    row: Option<i64>,
    is_claimed: bool,
    pub doc: RecordDoc,
}

pub(crate) fn write_act(
    transaction: &Transaction<'_>,
    arrival: &mut Arrival,
    author: &Author,
    now: i64,
    (scope, act): (&Scope, &RosterAct),
    roster: &mut Roster,
) -> Result<Hash32, LedgerError> {
    let log = LogId {
        device: author.device(),
        incarnation: author.incarnation,
        scope: *scope,
    };
    let mut head = log_head_or_new(transaction, &log)?;
    refuse_frozen(transaction, &head)?;
    let writing = Writing {
        log: &log,
        seq: head.seq + 1,
        record_kind: RecordKind::Roster,
        entry_kind: EntryKind::RosterAct,
        first_author: None,
        act: Some(act),
    };
    may_write(roster, &writing).map_err(LedgerError::Refused)?;
    if log.device == roster.authority {
        roster
            .apply(act, now)
            .map_err(|_| LedgerError::Refused(Refusal::BadAct))?;
    }
    let payload = act.encode();
    let content = NewEntry {
        record: RecordId(scope.province.0),
        record_kind: RecordKind::Roster,
        kind: EntryKind::RosterAct,
        payload,
        claimed_at: now,
    };
    let hash = append_own(transaction, arrival, author, &mut head, (log, content), None)?;
    store_head(transaction, &head)?;
    Ok(hash)
}

/// A log whose entries were taken back gets no other branch from here.
fn refuse_frozen(transaction: &Transaction<'_>, head: &LogHead) -> Result<(), LedgerError> {
    match frozen_from(transaction, head.row)? {
        Some(from) if from == head.seq + 1 => Err(LedgerError::Refused(Refusal::Fork)),
        _ => Ok(()),
    }
}

/// Chains, signs and stores an entry of this device; the caller stores the head.
pub(crate) fn append_own(
    transaction: &Transaction<'_>,
    arrival: &mut Arrival,
    author: &Author,
    head: &mut LogHead,
    (log, content): (LogId, NewEntry),
    record: Option<i64>,
) -> Result<Hash32, LedgerError> {
    let entry = Entry {
        log,
        seq: head.seq + 1,
        prev: head.hash,
        content,
    };
    entry
        .check_size()
        .map_err(|_| LedgerError::Refused(Refusal::TooLarge))?;
    let hash = entry.hash();
    let signature = author.key.sign_log_head(&hash);
    let new = NewRow {
        hash,
        record,
        kind: entry.content.kind.code(),
        claimed_at: entry.content.claimed_at,
        payload: Some(&entry.content.payload),
        signature: Some(&signature),
        standing: APPLIED,
        reason: None,
    };
    arrival.append(transaction, head, &new)?;
    Ok(hash)
}
