//! The two files of a store, put in step when it is opened: a crash may fall between what is written to one and to
//! the other, and one of them may be restored or lost without the other.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use rusqlite::Connection;

use super::MediaState;
use super::blob_row::blob_rows;
use super::file::{Described, MediaFile};
use super::known::note_state;
use crate::database::DatabaseKey;
use crate::error::LedgerError;
use crate::rows::hash_at;

/// Puts the tables beside the journal right by what the file of bytes holds, and drops bytes that no entry names:
/// they were stored for one that was never written. One that stepped aside still names its own ([`super::aside`]).
/// Writes nothing when nothing differs.
pub(crate) fn match_files(
    connection: &mut Connection,
    file: &MediaFile,
    key: &DatabaseKey,
) -> Result<(), LedgerError> {
    let held = file.states(key)?;
    let known = known(connection)?;
    let named: BTreeSet<BlobId> = known.keys().map(|(blob, _)| *blob).collect();
    let orphans: BTreeSet<BlobId> = held
        .keys()
        .map(|(blob, _)| *blob)
        .filter(|blob| !named.contains(blob))
        .collect();
    if !orphans.is_empty() {
        tracing::info!(blobs = orphans.len(), "bytes are dropped that no entry names");
        // One by one, so that little room is enough to make more.
        for orphan in &orphans {
            file.write(key, |connection, held| {
                for row in blob_rows(connection, *orphan)? {
                    row.remove(connection, held)?;
                }
                Ok(())
            })?;
        }
    }
    let whole: BTreeSet<BlobId> = held
        .iter()
        .filter(|(_, state)| **state == MediaState::Whole)
        .map(|((blob, _), _)| *blob)
        .collect();
    let turned: Vec<(Described, MediaState)> = known
        .into_iter()
        .filter_map(|(described, state)| {
            let stands = if whole.contains(&described.0) {
                MediaState::Whole
            } else {
                held.get(&described).copied().unwrap_or(MediaState::Missing)
            };
            let same = stands == state || (stands, state) == (MediaState::Missing, MediaState::NotNeeded);
            (!same).then_some((described, stands))
        })
        .collect();
    if turned.is_empty() {
        return Ok(());
    }
    tracing::info!(
        blobs = turned.len(),
        "what is held of photos and files is noted anew"
    );
    let transaction = connection.transaction()?;
    for ((blob, list), state) in turned {
        note_state(&transaction, blob, &list, state)?;
    }
    Ok(transaction.commit()?)
}

fn known(connection: &Connection) -> Result<BTreeMap<Described, MediaState>, LedgerError> {
    let mut statement = connection.prepare("SELECT code, list, state FROM blob")?;
    let rows = statement.query_map([], |row| {
        let described: (BlobId, Hash32) = (BlobId(hash_at(row, "code")?), hash_at(row, "list")?);
        Ok((described, MediaState::from_code(row.get("state")?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
