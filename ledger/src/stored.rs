//! Entries that are held but not applied, read back whole.

use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry};
use cotmoc_core::record::{Outcome, RecordKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::LedgerError;
use crate::rows::{APPLIED, SET_ASIDE, WAITING, entry_kind, hash_at, log_by_row, uuid_of};

/// A change or an attachment that is not applied, at its place.
pub(crate) struct Stored {
    pub position: i64,
    pub log_row: i64,
    pub hash: Hash32,
    pub entry: Entry,
}

const CHANGES: &str =
    "SELECT position, entry.log AS log, entry.seq AS seq, entry.hash AS hash, record.code AS code,
                              payload, claimed_at, entry.kind AS kind
                       FROM entry JOIN record ON record.id = entry.record WHERE payload IS NOT NULL AND";

/// The set-aside change or attachment of this hash. The second condition on the standing lets SQLite use the index of what is
/// not applied; there is none by hash.
pub(crate) fn set_aside_change(
    connection: &Connection,
    hash: &Hash32,
) -> Result<Option<Stored>, LedgerError> {
    let sql = format!("{CHANGES} entry.hash = ?1 AND standing = ?2 AND standing <> 0");
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![&hash.0[..], SET_ASIDE], Found::read)
        .optional()?;
    let Some(found) = found else { return Ok(None) };
    let record = found.record;
    found
        .whole(connection)?
        .ok_or(LedgerError::DamagedRecord(record))
        .map(Some)
}

/// Changes of a record that wait for what they follow, in the order they came. One that was damaged here
/// goes on waiting.
pub(crate) fn waiting_changes(connection: &Connection, record: i64) -> Result<Vec<Stored>, LedgerError> {
    waiting(connection, record, EntryKind::Change)
}

/// Attachments of a record that wait for the change that begins it, in the order they came.
pub(crate) fn waiting_attachments(connection: &Connection, record: i64) -> Result<Vec<Stored>, LedgerError> {
    waiting(connection, record, EntryKind::Attachment)
}

fn waiting(connection: &Connection, record: i64, kind: EntryKind) -> Result<Vec<Stored>, LedgerError> {
    // Written out, so that SQLite sees that the index of waiting attachments serves.
    let kind = kind as u8;
    let sql = format!(
        "{CHANGES} entry.record = ?1 AND standing = {WAITING} AND entry.kind = {kind} ORDER BY position"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map([record], Found::read)?;
    let mut waiting = Vec::new();
    for found in found {
        waiting.extend(found?.whole(connection)?);
    }
    Ok(waiting)
}

/// Scope row and hash of an entry that is held.
pub(crate) fn scope_and_hash(connection: &Connection, position: i64) -> rusqlite::Result<(i64, Hash32)> {
    connection
        .prepare_cached("SELECT scope, hash FROM entry WHERE position = ?1")?
        .query_row([position], |row| Ok((row.get(0)?, hash_at(row, "hash")?)))
}

/// Stores what became of an entry that is held.
pub(crate) fn settle_stored(
    connection: &Connection,
    position: i64,
    outcome: Outcome,
) -> Result<(), LedgerError> {
    let (standing, reason) = match outcome {
        Outcome::Waiting => (WAITING, None),
        Outcome::Applied => (APPLIED, None),
        Outcome::Refused(reason) => (SET_ASIDE, Some(reason.code())),
    };
    connection.execute(
        "UPDATE entry SET standing = ?2, reason = ?3 WHERE position = ?1",
        params![position, standing, reason],
    )?;
    Ok(())
}

struct Found {
    position: i64,
    log_row: i64,
    seq: i64,
    hash: Hash32,
    record: RecordId,
    kind: EntryKind,
    payload: Vec<u8>,
    claimed_at: i64,
}

impl Found {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: row.get("position")?,
            log_row: row.get("log")?,
            seq: row.get("seq")?,
            hash: hash_at(row, "hash")?,
            record: RecordId(uuid_of(&row.get::<_, Vec<u8>>("code")?)?),
            // Of another kind it does not come out with its hash.
            kind: entry_kind(row.get("kind")?).unwrap_or(EntryKind::Change),
            payload: row.get("payload")?,
            claimed_at: row.get("claimed_at")?,
        })
    }

    /// The entry, unless it does not come out with its hash. Its kind of record is not stored with it,
    /// because the record's own may be another; the hash covers it, so it is the kind that fits.
    fn whole(self, connection: &Connection) -> Result<Option<Stored>, LedgerError> {
        let log: LogId = log_by_row(connection, self.log_row)?;
        let prev = match self.seq {
            ..=1 => Hash32::ZERO,
            seq => connection
                .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
                .query_row(params![self.log_row, seq - 1], |row| hash_at(row, "hash"))?,
        };
        let content = NewEntry {
            record: self.record,
            record_kind: RecordKind::Unit,
            kind: self.kind,
            payload: self.payload,
            claimed_at: self.claimed_at,
        };
        let mut entry = Entry {
            log,
            seq: self.seq as u64,
            prev,
            content,
        };
        let fits = RecordKind::ALL.into_iter().any(|kind| {
            entry.content.record_kind = kind;
            entry.hash() == self.hash
        });
        Ok(fits.then_some(Stored {
            position: self.position,
            log_row: self.log_row,
            hash: self.hash,
            entry,
        }))
    }
}
