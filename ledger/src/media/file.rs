//! The second database file of a folder: verified chunks of photos and files, under the same key.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cotmoc_core::id::Hash32;
use cotmoc_core::media::{BlobId, ChunkList};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::bits::Bits;
use super::known::{chunk_list, chunk_list_bytes};
use super::{MEDIA_QUOTA, MediaState};
use crate::database::{DatabaseKey, open_connection, run_after};
use crate::error::LedgerError;
use crate::rows::hash_at;

const FILE: &str = "media.db";
const SCRIPTS: &[&str] = &[include_str!("media.sql")];

/// A blob and one of the chunk lists by which it is described.
pub(crate) type Described = (BlobId, Hash32);

/// The file. It is made with the first byte that is stored, so a store without media has none.
#[derive(Debug)]
pub(crate) struct MediaFile {
    path: PathBuf,
    writer: Mutex<Option<Connection>>,
    reader: Mutex<Option<Connection>>,
    /// The file is there, with its tables.
    is_made: AtomicBool,
    /// Bytes of chunks that are held.
    held: AtomicU64,
    quota: AtomicU64,
}

/// A blob's row.
pub(crate) struct BlobRow {
    pub id: i64,
    pub blob: BlobId,
    pub chunks: ChunkList,
    pub held: Bits,
    pub state: MediaState,
    /// Bytes held, as the row says.
    stored_bytes: u64,
}

impl BlobRow {
    const COLUMNS: &str = "id, code, state, held_bytes, held, chunks";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let chunks = chunk_list(row.get_ref("chunks")?.as_blob()?)?;
        let count = chunks.count();
        Ok(Self {
            id: row.get("id")?,
            blob: BlobId(hash_at(row, "code")?),
            held: Bits::stored(row.get("held")?, count),
            state: MediaState::from_code(row.get("state")?),
            stored_bytes: row.get::<_, i64>("held_bytes")? as u64,
            chunks,
        })
    }

    fn held_bytes(&self) -> u64 {
        let held = (0..self.chunks.count()).filter(|index| self.held.has(*index));
        held.filter_map(|index| self.chunks.chunk_length(index))
            .map(|length| length as u64)
            .sum()
    }

    fn place(&self, index: u32) -> i64 {
        self.id * 256 + i64::from(index)
    }

    /// Stores what is held of it now, and carries on the number of bytes held in all.
    pub fn store(&mut self, connection: &Connection, held: &mut u64) -> rusqlite::Result<()> {
        let bytes = self.held_bytes();
        connection
            .prepare_cached("UPDATE blob SET held = ?2, held_bytes = ?3, state = ?4 WHERE id = ?1")?
            .execute(params![
                self.id,
                self.held.bytes(),
                bytes as i64,
                self.state.code()
            ])?;
        *held = (*held + bytes).saturating_sub(std::mem::replace(&mut self.stored_bytes, bytes));
        Ok(())
    }

    pub fn put_chunk(&mut self, connection: &Connection, index: u32, bytes: &[u8]) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT OR REPLACE INTO chunk (place, bytes) VALUES (?1, ?2)")?
            .execute(params![self.place(index), bytes])?;
        self.held.set(index, true);
        Ok(())
    }

    pub fn take_chunk_out(&mut self, connection: &Connection, index: u32) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM chunk WHERE place = ?1")?
            .execute([self.place(index)])?;
        self.held.set(index, false);
        Ok(())
    }

    pub fn empty(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM chunk WHERE place >= ?1 AND place < ?1 + 256")?
            .execute([self.place(0)])?;
        self.held = Bits::none(self.chunks.count());
        Ok(())
    }

    /// The same blob under a new id, nothing of it held yet. The rows of its chunks stay: to delete what lies on a
    /// damaged page the page would have to be read.
    pub fn left_behind(self, connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached("DELETE FROM blob WHERE id = ?1")?
            .execute([self.id])?;
        let fresh = blob_row_or_new(connection, self.blob, &self.chunks)?;
        Ok(Self {
            stored_bytes: self.stored_bytes,
            ..fresh
        })
    }

    pub fn remove(mut self, connection: &Connection, held: &mut u64) -> rusqlite::Result<()> {
        self.empty(connection)?;
        *held = held.saturating_sub(self.stored_bytes);
        connection
            .prepare_cached("DELETE FROM blob WHERE id = ?1")?
            .execute([self.id])?;
        Ok(())
    }

    /// A chunk as it is stored, if it still is what the list says.
    pub fn chunk(&self, connection: &Connection, index: u32) -> rusqlite::Result<Option<Vec<u8>>> {
        let stored: Option<Vec<u8>> = connection
            .prepare_cached("SELECT bytes FROM chunk WHERE place = ?1")?
            .query_row([self.place(index)], |row| row.get(0))
            .optional()?;
        Ok(stored.filter(|bytes| self.chunks.fits(index, bytes)))
    }
}

impl MediaFile {
    /// The file of a folder, opened if it is there. One that is damaged is put aside: its media are missing then,
    /// and come again from whoever has them.
    pub fn open(folder: &Path, key: &DatabaseKey) -> Result<Self, LedgerError> {
        let file = Self {
            path: folder.join(FILE),
            writer: Mutex::new(None),
            reader: Mutex::new(None),
            is_made: AtomicBool::new(false),
            held: AtomicU64::new(0),
            quota: AtomicU64::new(MEDIA_QUOTA),
        };
        if file.path.exists() {
            match file.writer_made(key) {
                Err(LedgerError::DamagedDatabase(cause)) => {
                    tracing::error!(cause, "the file of the photos is damaged and was put aside");
                    file.put_aside()?;
                }
                made => drop(made?),
            }
        }
        Ok(file)
    }

    fn put_aside(&self) -> Result<(), LedgerError> {
        for ending in ["", "-wal", "-shm"] {
            let from = self.path.with_file_name(format!("{FILE}{ending}"));
            if from.exists() {
                fs::rename(&from, self.path.with_file_name(format!("{FILE}.damaged{ending}")))?;
            }
        }
        Ok(())
    }

    pub fn held_bytes(&self) -> u64 {
        self.held.load(Ordering::SeqCst)
    }

    pub fn set_quota(&self, bytes: u64) {
        self.quota.store(bytes, Ordering::SeqCst);
    }

    /// Room for so many bytes more than are held by the transaction that asks.
    pub fn check_quota(&self, held: u64, more: u64) -> Result<(), LedgerError> {
        let quota = self.quota.load(Ordering::SeqCst);
        if held + more > quota {
            return Err(LedgerError::MediaFull { held, quota });
        }
        Ok(())
    }

    fn writer_made(&self, key: &DatabaseKey) -> Result<MutexGuard<'_, Option<Connection>>, LedgerError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            let mut connection = open_connection(&self.path, key)?;
            let transaction = connection.transaction()?;
            let done: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if run_after(&transaction, done, SCRIPTS)? {
                transaction.pragma_update(None, "user_version", SCRIPTS.len() as i64)?;
                transaction.commit()?;
            } else {
                drop(transaction);
            }
            self.held.store(held_in_all(&connection)?, Ordering::SeqCst);
            self.is_made.store(true, Ordering::SeqCst);
            *writer = Some(connection);
        }
        Ok(writer)
    }

    /// Runs statements in one transaction, durable when this returns. They carry on the number of bytes that are
    /// held.
    pub fn write<T>(
        &self,
        key: &DatabaseKey,
        statements: impl FnOnce(&Connection, &mut u64) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut writer = self.writer_made(key)?;
        let Some(connection) = writer.as_mut() else {
            return Err(LedgerError::DamagedDatabase(FILE.to_owned()));
        };
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut held = self.held_bytes();
            let result = statements(&transaction, &mut held)?;
            transaction.commit()?;
            self.held.store(held, Ordering::SeqCst);
            Ok(result)
        };
        let result = run();
        close_if_damaged(&mut writer, &result);
        result
    }

    /// Runs a query beside the writer; `None` when there is no file, and so nothing is held.
    pub fn read<T>(
        &self,
        key: &DatabaseKey,
        query: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.is_none() {
            // The writer makes the tables, and the file with them.
            let made = self
                .writer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some();
            if !made {
                return Ok(None);
            }
            *reader = Some(open_connection(&self.path, key)?);
        }
        let result = reader.as_ref().map(query).transpose();
        close_if_damaged(&mut reader, &result);
        result
    }

    /// What is held of every blob, in no more than its state.
    pub fn states(&self, key: &DatabaseKey) -> Result<BTreeMap<Described, MediaState>, LedgerError> {
        let states = self.read(key, |connection| {
            let mut statement = connection.prepare_cached("SELECT code, list, state FROM blob")?;
            let rows = statement.query_map([], |row| {
                let described = (BlobId(hash_at(row, "code")?), hash_at(row, "list")?);
                Ok((described, MediaState::from_code(row.get("state")?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        Ok(states.unwrap_or_default())
    }

    /// The blob is held whole, and this is its list.
    pub fn holds(&self, key: &DatabaseKey, (blob, list): Described) -> Result<bool, LedgerError> {
        let holds = self.read(key, |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM blob WHERE code = ?1 AND list = ?2 AND state = 1)",
                )?
                .query_row(params![&blob.0.0[..], &list.0[..]], |row| row.get(0))?)
        })?;
        Ok(holds.unwrap_or(false))
    }

    /// How a blob stands that this list describes: held whole under whichever list, proven wrong, or missing.
    pub fn state(&self, key: &DatabaseKey, (blob, list): Described) -> Result<MediaState, LedgerError> {
        let state = self.read(key, |connection| {
            let rows = blob_rows(connection, blob)?;
            let whole = rows.iter().any(|row| row.state == MediaState::Whole);
            let wrong = |row: &BlobRow| row.state == MediaState::Wrong && row.chunks.id() == list;
            Ok(match whole {
                true => MediaState::Whole,
                false if rows.iter().any(wrong) => MediaState::Wrong,
                false => MediaState::Missing,
            })
        })?;
        Ok(state.unwrap_or(MediaState::Missing))
    }
}

/// A connection that met a damaged page answers nothing any more: the next one to ask opens another.
fn close_if_damaged<T>(connection: &mut Option<Connection>, result: &Result<T, LedgerError>) {
    if matches!(result, Err(LedgerError::DamagedDatabase(_))) {
        *connection = None;
    }
}

/// The rows of a blob, the one that is whole first.
pub(crate) fn blob_rows(connection: &Connection, blob: BlobId) -> rusqlite::Result<Vec<BlobRow>> {
    let sql = format!(
        "SELECT {} FROM blob WHERE code = ?1 ORDER BY state = 1 DESC, id",
        BlobRow::COLUMNS
    );
    connection
        .prepare_cached(&sql)?
        .query_map([&blob.0.0[..]], BlobRow::read)?
        .collect()
}

/// A blob's row under one list, made empty when it is new.
pub(crate) fn blob_row_or_new(
    connection: &Connection,
    blob: BlobId,
    chunks: &ChunkList,
) -> rusqlite::Result<BlobRow> {
    let list = chunks.id();
    let sql = format!(
        "SELECT {} FROM blob WHERE code = ?1 AND list = ?2",
        BlobRow::COLUMNS
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![&blob.0.0[..], &list.0[..]], BlobRow::read)
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let held = Bits::none(chunks.count());
    connection
        .prepare_cached(
            "INSERT INTO blob (code, list, chunks, held, held_bytes, state) VALUES (?1, ?2, ?3, ?4, 0, 0)",
        )?
        .execute(params![
            &blob.0.0[..],
            &list.0[..],
            chunk_list_bytes(chunks),
            held.bytes()
        ])?;
    Ok(BlobRow {
        id: connection.last_insert_rowid(),
        blob,
        chunks: chunks.clone(),
        held,
        state: MediaState::Missing,
        stored_bytes: 0,
    })
}

fn held_in_all(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(sum(held_bytes), 0) FROM blob")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|held| held as u64)
}
