//! Photos and files whose entries stepped aside after their bytes had come: beyond the cut of a revocation, on a branch
//! of a fork, or before a record that nothing begins any more. Such an entry can come back, and its bytes may be nowhere
//! else.

use std::collections::BTreeSet;

use cotmoc_core::journal::EntryKind;
use cotmoc_core::media::{BlobId, Manifest, Rendition};
use rusqlite::{Connection, Transaction, params};

use super::known::{blob_row, settle};
use crate::branches::branches_of;
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::APPLIED;

/// Notes the blobs that entries name which are not applied, as far as bytes of them are here: the next opening drops
/// what is not noted.
pub(super) fn note_aside(ledger: &Ledger, transaction: &Transaction<'_>) -> Result<(), LedgerError> {
    let states = ledger.media.states(ledger.folder().key())?;
    let held: BTreeSet<BlobId> = states.into_keys().map(|(blob, _)| blob).collect();
    if held.is_empty() {
        return Ok(());
    }
    for rendition in renditions_aside(transaction)? {
        if held.contains(&rendition.blob) {
            let blob = blob_row(ledger, transaction, &rendition)?;
            settle(transaction, blob)?;
        }
    }
    Ok(())
}

fn renditions_aside(connection: &Connection) -> Result<Vec<Rendition>, LedgerError> {
    let mut aside = Vec::new();
    // One that cannot be read has never been taken in.
    let mut add = |payload: &[u8]| {
        if let Ok(Manifest::Added(added)) = Manifest::decode(payload) {
            aside.extend(added.renditions);
        }
    };
    let mut statement = connection
        .prepare("SELECT payload FROM entry WHERE kind = ?1 AND standing <> ?2 AND payload IS NOT NULL")?;
    let mut rows = statement.query(params![EntryKind::Attachment.code(), APPLIED])?;
    while let Some(row) = rows.next()? {
        add(row.get_ref("payload")?.as_blob().unwrap_or_default());
    }
    let mut logs = connection.prepare("SELECT DISTINCT log FROM branch")?;
    let logs = logs.query_map([], |row| row.get(0))?;
    for log in logs.collect::<Result<Vec<i64>, _>>()? {
        for branch in branches_of(connection, log)? {
            let entries = branch.items().into_iter().filter_map(|item| item.entry);
            for entry in entries.filter(|entry| entry.content.kind == EntryKind::Attachment) {
                add(&entry.content.payload);
            }
        }
    }
    Ok(aside)
}
