//! Own photos and files that the province has not confirmed.

use std::collections::BTreeSet;

use cotmoc_core::id::{AttachmentId, RecordId};
use cotmoc_core::journal::DeviceKey;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Own photos and files that the province has not confirmed. A receipt speaks of all files of a log, so some of
/// them may have arrived.
const OWN_FILES: &str = "FROM attachment JOIN log ON log.id = attachment.log
     LEFT JOIN receipt ON receipt.log = attachment.log
     WHERE log.device = ?1 AND is_live = 1
       AND (receipt.seq IS NULL OR receipt.seq < attachment.seq
         OR receipt.media_complete = 0 AND (receipt.but_waiting = 0 OR EXISTS
           (SELECT 1 FROM file_waiting WHERE file_waiting.log = attachment.log AND file_waiting.seq = attachment.seq)))";

/// Own photos and files that the province has not confirmed: how many, bytes of thumbnails, bytes of the rest.
pub(crate) fn own_files(connection: &Connection, me: DeviceKey) -> rusqlite::Result<(u64, u64, u64)> {
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) {OWN_FILES}"))?
        .query_row([&me.0[..]], |row| row.get(0))?;
    let (thumbnails, originals): (i64, i64) = connection
        .prepare_cached(&format!(
            "SELECT coalesce(sum(CASE lane WHEN 0 THEN length ELSE 0 END), 0),
               coalesce(sum(CASE lane WHEN 0 THEN 0 ELSE length END), 0) FROM blob
             WHERE state = 1 AND id IN (SELECT blob FROM rendition WHERE entry IN
               (SELECT attachment.entry {OWN_FILES}))"
        ))?
        .query_row([&me.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((count as u64, thumbnails as u64, originals as u64))
}

/// Photos and files of a record that wait at the province for the change that begins it.
pub(crate) fn waiting_files(
    connection: &Connection,
    record: RecordId,
) -> rusqlite::Result<BTreeSet<AttachmentId>> {
    let mut statement = connection.prepare_cached(
        "SELECT code FROM attachment JOIN file_waiting ON file_waiting.log = attachment.log
           AND file_waiting.seq = attachment.seq
         WHERE record = (SELECT id FROM record WHERE code = ?1)",
    )?;
    let rows = statement.query_map([&record.0.as_bytes()[..]], |row| {
        row.get(0).map(Uuid::from_bytes).map(AttachmentId)
    })?;
    rows.collect()
}

/// The newest of these files, at most `most`: each with the record it is evidence for.
pub(crate) fn newest_own_files(
    connection: &Connection,
    me: DeviceKey,
    most: u32,
) -> rusqlite::Result<Vec<(RecordId, AttachmentId)>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT (SELECT code FROM record WHERE id = attachment.record), attachment.code {OWN_FILES}
         ORDER BY attachment.entry DESC LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![&me.0[..], most], |row| {
        let (record, file) = (row.get(0)?, row.get(1)?);
        Ok((
            RecordId(Uuid::from_bytes(record)),
            AttachmentId(Uuid::from_bytes(file)),
        ))
    })?;
    rows.collect()
}
