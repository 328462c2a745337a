//! What was decided goes into the journal: entries, documents, index, in the transaction of the pack.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Refusal;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{Entry, EntryKind, Scope};
use cotmoc_core::record::{Examined, Outcome, RecordKind, begins_record};
use rusqlite::Transaction;

use crate::applying::Document;
use crate::error::LedgerError;
use crate::incoming::{Incoming, IncomingRun};
use crate::index::RecordChange;
use crate::journal::Ledger;
use crate::receive::Received;
use crate::rows::{
    APPLIED, Arrival, NOBODY, NewRow, WAITING, claim_record, count_entries, new_record_row, record_row,
    store_document, store_head,
};
use crate::stored::{scope_and_hash, settle_stored};
use crate::verdict::Rosters;

impl Ledger {
    pub(crate) fn store(
        &self,
        transaction: &Transaction<'_>,
        runs: Vec<IncomingRun>,
        documents: BTreeMap<RecordId, Document>,
        rosters: &Rosters,
        received: &mut Received,
    ) -> Result<(), LedgerError> {
        let mut arrival = Arrival::begin(transaction)?;
        let mut touched: BTreeMap<RecordId, Touched> = BTreeMap::new();
        let mut attachments = BTreeSet::new();
        for mut run in runs {
            let last = run.items.len().saturating_sub(1);
            for (at, item) in run.items.iter().enumerate() {
                let record = match &item.entry {
                    Some(entry) if entry.content.kind != EntryKind::RosterAct => {
                        Some(touch(transaction, &mut touched, &run, item, entry)?)
                    }
                    _ => None,
                };
                let kind = item.entry.as_ref().map(|entry| entry.content.kind);
                // It is applied below, when it is known of every record of the pack whether it is begun.
                let is_attachment = kind == Some(EntryKind::Attachment) && item.standing == APPLIED;
                let standing = if is_attachment { WAITING } else { item.standing };
                let new = NewRow {
                    hash: item.hash,
                    record,
                    kind: kind.map_or(0, EntryKind::code),
                    claimed_at: item.entry.as_ref().map_or(0, |entry| entry.content.claimed_at),
                    payload: item.entry.as_ref().map(|entry| entry.content.payload.as_slice()),
                    signature: run.signature.as_ref().filter(|_| at == last),
                    standing,
                    reason: item.reason.map(Refusal::code),
                };
                arrival.append(transaction, &mut run.head, &new)?;
                if is_attachment {
                    attachments.insert(arrival.position as i64);
                }
                received.new_entries += 1;
                received.waiting += u64::from(standing == WAITING);
                received
                    .refused
                    .extend(item.reason.map(|reason| (item.hash, reason)));
            }
            store_head(transaction, &run.head)?;
            received.grown.insert(run.log, (run.head.seq, run.head.hash));
        }
        for (record, touched) in touched {
            count_entries(transaction, touched.row, touched.entries)?;
            for (stored, outcome) in
                self.settle_waiting_attachments(transaction, Some(rosters), &mut arrival, record)?
            {
                received.waiting -= u64::from(attachments.remove(&stored.position));
                match outcome {
                    Outcome::Applied => drop(received.records.insert(record)),
                    Outcome::Refused(reason) => received.refused.push((stored.hash, reason)),
                    Outcome::Waiting => {}
                }
            }
            let Some(document) = documents.get(&record) else {
                continue;
            };
            for (position, outcome) in &document.settled {
                settle_stored(transaction, *position, *outcome)?;
                if matches!(outcome, Outcome::Refused(_)) {
                    // Its author has a receipt from when it came and waited: it is to learn of the refusal.
                    let (scope, hash) = scope_and_hash(transaction, *position)?;
                    arrival.append_late(transaction, *position, scope, &hash)?;
                }
            }
            let Some(examined) = &document.examined else {
                continue;
            };
            self.store_examined(transaction, record, &touched, examined)?;
            received.records.insert(record);
        }
        Ok(arrival.finish(transaction)?)
    }

    /// Stores a record's new document and brings the index in step.
    pub(crate) fn store_examined(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
        touched: &Touched,
        examined: &Examined,
    ) -> Result<(), LedgerError> {
        let (state, differing) = (examined.state.as_str(), examined.differing.as_slice());
        store_document(
            transaction,
            touched.row,
            record,
            (&examined.saved, state, differing),
        )?;
        let change = RecordChange {
            record,
            row: touched.row,
            kind: touched.kind,
            scope: touched.scope,
            state,
            differing,
            claimed_at: touched.claimed_at,
        };
        Ok(self.index.record_changed(transaction, &change)?)
    }
}

/// A record that entries on their way in belong to.
pub(crate) struct Touched {
    pub row: i64,
    pub kind: RecordKind,
    pub scope: Scope,
    pub claimed: bool,
    pub claimed_at: i64,
    pub entries: u64,
}

/// Row of the entry's record. An entry that is set aside has a row too, so that it can be tried again,
/// but it settles nothing about the record: else whoever may not write it could take its place.
fn touch(
    transaction: &Transaction<'_>,
    touched: &mut BTreeMap<RecordId, Touched>,
    run: &IncomingRun,
    item: &Incoming,
    entry: &Entry,
) -> Result<i64, LedgerError> {
    let content = &entry.content;
    let known = match touched.entry(content.record) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(vacant) => {
            let (kind, scope) = (content.record_kind, run.log.scope);
            let known = match record_row(transaction, content.record)? {
                Some(row) => {
                    let claimed = row.claim().is_some();
                    Touched {
                        row: row.row,
                        kind: row.kind,
                        scope: row.scope,
                        claimed,
                        claimed_at: i64::MIN,
                        entries: 0,
                    }
                }
                None => {
                    let row = new_record_row(transaction, content.record, kind, run.head.scope_row, &NOBODY)?;
                    Touched {
                        row,
                        kind,
                        scope,
                        claimed: false,
                        claimed_at: i64::MIN,
                        entries: 0,
                    }
                }
            };
            vacant.insert(known)
        }
    };
    let applied = item.standing == APPLIED && content.kind == EntryKind::Change;
    if applied && !known.claimed && begins_record(content.record_kind, &content.payload) {
        claim_record(
            transaction,
            known.row,
            content.record_kind,
            run.head.scope_row,
            &run.log.device,
        )?;
        (known.kind, known.scope, known.claimed) = (content.record_kind, run.log.scope, true);
    }
    if applied {
        known.claimed_at = known.claimed_at.max(content.claimed_at);
    }
    known.entries += 1;
    Ok(known.row)
}
