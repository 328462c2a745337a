//! The second database file of a folder: verified chunks of photos and files, under the same key.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use rusqlite::{Connection, TransactionBehavior, params};

use super::blob_row::{BlobRow, blob_rows};
use super::{MEDIA_QUOTA, MediaState};
use crate::database::{DatabaseKey, open_connection, run_after};
use crate::error::LedgerError;
use crate::rows::hash_at;

pub(super) const FILE: &str = "media.db";
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

fn held_in_all(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(sum(held_bytes), 0) FROM blob")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|held| held as u64)
}
