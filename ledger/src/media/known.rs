//! The tables of what the applied attachment entries say.

use std::ops::Range;

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::EntryKind;
use cotmoc_core::media::{BlobId, ChunkList, Manifest, Rendition};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::MediaState;
use super::aside::note_aside;
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{APPLIED, LogHead};

/// Where an attachment entry stands in the journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub position: i64,
    pub log: i64,
    pub seq: u64,
    pub scope: i64,
    /// Row of the record.
    pub record: i64,
}

impl At {
    /// The place of an entry that was appended just now.
    pub fn head(head: &LogHead, position: u64, record: i64) -> Self {
        Self {
            position: position as i64,
            log: head.row,
            seq: head.seq,
            scope: head.scope_row,
            record,
        }
    }
}

/// Notes an attachment entry that is applied.
pub(crate) fn note_attachment(
    ledger: &Ledger,
    transaction: &Transaction<'_>,
    at: At,
    manifest: &Manifest,
) -> Result<(), LedgerError> {
    let is_removal = matches!(manifest, Manifest::Removed(_));
    let code = manifest.id();
    transaction
        .prepare_cached(
            "INSERT INTO attachment (entry, log, seq, scope, record, code, is_removal, is_live, lacking)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
               NOT ?7 AND NOT EXISTS (SELECT 1 FROM attachment WHERE record = ?5 AND code = ?6 AND is_removal), 0)",
        )?
        .execute(params![
            at.position,
            at.log,
            at.seq as i64,
            at.scope,
            at.record,
            code.0.as_bytes().as_slice(),
            is_removal
        ])?;
    match manifest {
        Manifest::Added(added) => {
            for rendition in &added.renditions {
                let blob = blob_row(ledger, transaction, rendition)?;
                transaction
                    .prepare_cached("INSERT INTO rendition (entry, role, blob) VALUES (?1, ?2, ?3)")?
                    .execute(params![at.position, rendition.role.code(), blob])?;
                settle(transaction, blob)?;
            }
        }
        Manifest::Removed(_) => {
            transaction
                .prepare_cached(
                    "UPDATE attachment SET is_live = 0, lacking = 0 WHERE record = ?1 AND code = ?2",
                )?
                .execute(params![at.record, code.0.as_bytes().as_slice()])?;
            let mut statement = transaction.prepare_cached(
                "SELECT DISTINCT blob FROM rendition JOIN attachment ON attachment.entry = rendition.entry
                 WHERE record = ?1 AND code = ?2",
            )?;
            let blobs =
                statement.query_map(params![at.record, code.0.as_bytes().as_slice()], |row| row.get(0))?;
            for blob in blobs.collect::<Result<Vec<i64>, _>>()? {
                settle(transaction, blob)?;
            }
        }
    }
    Ok(())
}

/// Row of the blob as this rendition describes it, made when it is new.
pub(super) fn blob_row(
    ledger: &Ledger,
    transaction: &Transaction<'_>,
    rendition: &Rendition,
) -> Result<i64, LedgerError> {
    let described = (rendition.blob, rendition.chunks.id());
    let found = transaction
        .prepare_cached("SELECT id FROM blob WHERE code = ?1 AND list = ?2")?
        .query_row(params![&described.0.0.0[..], &described.1.0[..]], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let state = ledger.media.state(ledger.folder().key(), described)?;
    transaction
        .prepare_cached(
            "INSERT INTO blob (code, list, length, lane, state, chunks) VALUES (?1, ?2, ?3, 1, ?4, ?5)",
        )?
        .execute(params![
            &described.0.0.0[..],
            &described.1.0[..],
            rendition.length(),
            state.code(),
            chunk_list_bytes(&rendition.chunks)
        ])?;
    Ok(transaction.last_insert_rowid())
}

/// Forgets what attachment entries at these places of a log said, because they are taken back: what they had added
/// is not there any more, and what they had removed is there again.
pub(crate) fn forget_attachments(
    transaction: &Transaction<'_>,
    log: i64,
    places: Range<u64>,
) -> Result<(), LedgerError> {
    let mut statement = transaction.prepare_cached(
        "SELECT entry, record, code FROM attachment WHERE log = ?1 AND seq >= ?2 AND seq < ?3",
    )?;
    let rows = statement.query_map(params![log, places.start as i64, places.end as i64], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let gone: Vec<(i64, i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
    for (entry, record, code) in gone {
        let mut blobs = transaction.prepare_cached(
            "SELECT DISTINCT blob FROM rendition JOIN attachment USING (entry) WHERE record = ?1 AND code = ?2",
        )?;
        let blobs = blobs.query_map(params![record, code], |row| row.get(0))?;
        let blobs: Vec<i64> = blobs.collect::<Result<_, _>>()?;
        for sql in [
            "DELETE FROM rendition WHERE entry = ?1",
            "DELETE FROM attachment WHERE entry = ?1",
        ] {
            transaction.prepare_cached(sql)?.execute([entry])?;
        }
        transaction
            .prepare_cached(
                "UPDATE attachment SET is_live = NOT is_removal AND NOT EXISTS (SELECT 1 FROM attachment AS other
                   WHERE other.record = ?1 AND other.code = ?2 AND other.is_removal)
                 WHERE record = ?1 AND code = ?2",
            )?
            .execute(params![record, code])?;
        for blob in blobs {
            settle(transaction, blob)?;
        }
    }
    Ok(())
}

/// Brings a blob's lane and need, and what the attachments that name it lack, in step.
pub(crate) fn settle(connection: &Connection, blob: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE blob SET
               lane = coalesce((SELECT min(role) > 1 FROM rendition JOIN attachment USING (entry)
                                WHERE rendition.blob = ?1 AND is_live), lane),
               state = CASE WHEN state IN (1, 2) THEN state
                 WHEN EXISTS (SELECT 1 FROM rendition JOIN attachment USING (entry)
                              WHERE rendition.blob = ?1 AND is_live) THEN 0
                 ELSE 3 END
             WHERE id = ?1",
        )?
        .execute([blob])?;
    connection
        .prepare_cached(
            "UPDATE attachment SET lacking =
               (SELECT count(*) FROM rendition JOIN blob ON blob.id = rendition.blob
                WHERE rendition.entry = attachment.entry AND blob.state <> 1)
             WHERE is_live AND entry IN (SELECT entry FROM rendition WHERE blob = ?1)",
        )?
        .execute([blob])?;
    Ok(())
}

/// Notes how a blob stands in the file of bytes: held whole or damaged, it is so under every list. Does nothing
/// when it stood so before, or no attachment names it.
pub(crate) fn note_state(
    connection: &Connection,
    blob: BlobId,
    list: &Hash32,
    state: MediaState,
) -> rusqlite::Result<()> {
    let every = state != MediaState::Wrong;
    let mut statement = connection.prepare_cached(
        "UPDATE blob SET state = ?3 WHERE code = ?1 AND (list = ?2 OR ?4) AND state <> ?3
           AND (?3 <> 0 OR state = 1 OR (state = 2 AND list = ?2)) RETURNING id",
    )?;
    let changed = statement.query_map(params![&blob.0.0[..], &list.0[..], state.code(), every], |row| {
        row.get(0)
    })?;
    for id in changed.collect::<Result<Vec<i64>, _>>()? {
        settle(connection, id)?;
    }
    Ok(())
}

/// Empties the tables and fills them again from the applied entries; of the others the blobs stay noted of which bytes
/// are held.
///
/// # Errors
/// When an entry that is applied cannot be read any more: it was damaged here.
pub(crate) fn clear_known(ledger: &Ledger, transaction: &Transaction<'_>) -> Result<(), LedgerError> {
    transaction.execute_batch("DELETE FROM rendition; DELETE FROM blob; DELETE FROM attachment;")?;
    let mut statement = transaction.prepare(
        "SELECT position, log, seq, scope, record, payload FROM entry
         WHERE kind = ?1 AND standing = ?2 ORDER BY position",
    )?;
    let mut rows = statement.query(params![EntryKind::Attachment.code(), APPLIED])?;
    while let Some(row) = rows.next()? {
        let at = At {
            position: row.get("position")?,
            log: row.get("log")?,
            seq: row.get::<_, i64>("seq")? as u64,
            scope: row.get("scope")?,
            record: row.get("record")?,
        };
        let manifest = Manifest::decode(row.get_ref("payload")?.as_blob().unwrap_or_default())
            .map_err(|error| LedgerError::DamagedDatabase(format!("attachment: {error}")))?;
        note_attachment(ledger, transaction, at, &manifest)?;
    }
    note_aside(ledger, transaction)
}

/// A chunk list as a column holds it.
pub(crate) fn chunk_list_bytes(chunks: &ChunkList) -> Vec<u8> {
    let mut writer = Writer::new();
    chunks.write(&mut writer);
    writer.finish()
}

/// Reads [`chunk_list_bytes`].
pub(crate) fn chunk_list(bytes: &[u8]) -> rusqlite::Result<ChunkList> {
    ChunkList::read(&mut Reader::new(bytes)).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(bytes.len(), rusqlite::types::Type::Blob, Box::new(error))
    })
}
