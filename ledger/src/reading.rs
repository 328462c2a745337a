//! Reading records and their histories.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, EntryKind, Incarnation, LogId, Scope};
use cotmoc_core::record::{RecordDoc, RecordKind};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{APPLIED, RecordRow, SET_ASIDE, WAITING, hash_at, log_by_row, record_row, uuid_of};

/// A record as held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// Kind.
    pub kind: RecordKind,
    /// Scope.
    pub scope: Scope,
    /// Device of its first entry.
    pub first_author: DeviceKey,
    /// Canonical state.
    pub state: String,
    /// Properties with differing content.
    pub differing: Vec<String>,
}

/// One entry of a record's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Hash.
    pub hash: Hash32,
    /// Log.
    pub log: LogId,
    /// Place in the log.
    pub seq: u64,
    /// Record it belongs to.
    pub record: RecordId,
    /// Kind of that record.
    pub record_kind: RecordKind,
    /// Claimed time.
    pub claimed_at: i64,
    /// Payload; absent when the sender withheld it.
    pub payload: Option<Vec<u8>>,
}

/// An entry that was set aside here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Hash.
    pub hash: Hash32,
    /// Author.
    pub author: DeviceKey,
    /// Record; the province for roster acts.
    pub record: Option<RecordId>,
    /// Reason.
    pub reason: Refusal,
    /// Claimed time.
    pub claimed_at: i64,
}

/// Entries that are held but not applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingCounts {
    /// Waiting for what they follow.
    pub waiting: u64,
    /// Set aside with a reason.
    pub set_aside: u64,
}

impl Ledger {
    /// A record, if it is held. A damaged row is mended from the journal first.
    ///
    /// # Errors
    /// When the database cannot be read or the record cannot be mended.
    pub fn record(&self, record: RecordId) -> Result<Option<HeldRecord>, LedgerError> {
        let row = match self.read(|connection| record_row(connection, record).map_err(LedgerError::from))? {
            Some(row) if !row.intact => self.mend_stored(record)?,
            row => row,
        };
        // A record of which nothing is applied is not held yet: it has nothing to show.
        Ok(row.filter(|row| row.saved.is_some()).map(HeldRecord::from))
    }

    /// A record's document.
    ///
    /// # Errors
    /// [`LedgerError::NoRecord`], or as [`Ledger::record`].
    pub fn document(&self, record: RecordId) -> Result<RecordDoc, LedgerError> {
        let row = match self.read(|connection| record_row(connection, record).map_err(LedgerError::from))? {
            Some(row) if !row.intact => self.mend_stored(record)?,
            row => row,
        };
        let row = row.ok_or(LedgerError::NoRecord(record))?;
        let saved = row.saved.ok_or(LedgerError::NoRecord(record))?;
        RecordDoc::load(row.kind, &saved).map_err(|_| LedgerError::DamagedRecord(record))
    }

    /// The changes of a record in the order they arrived here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn entries_of(&self, record: RecordId) -> Result<Vec<EntryRow>, LedgerError> {
        self.read(|connection| {
            let Some(row) = record_row(connection, record)? else {
                return Ok(Vec::new());
            };
            let mut statement = connection.prepare_cached(
                "SELECT hash, log, seq, claimed_at, payload FROM entry
                 WHERE record = ?1 AND standing = ?2 AND kind = ?3 ORDER BY position",
            )?;
            let mut found = statement.query(params![row.row, APPLIED, EntryKind::Change as u8])?;
            let mut entries = Vec::new();
            while let Some(entry) = found.next()? {
                entries.push(EntryRow {
                    hash: hash_at(entry, "hash")?,
                    log: log_by_row(connection, entry.get("log")?)?,
                    seq: entry.get::<_, i64>("seq")? as u64,
                    record,
                    record_kind: row.kind,
                    claimed_at: entry.get("claimed_at")?,
                    payload: entry.get("payload")?,
                });
            }
            Ok(entries)
        })
    }

    /// What was set aside, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn set_aside(&self, limit: u32) -> Result<Vec<SetAside>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT hash, device, record.code AS code, reason, claimed_at FROM entry
                 JOIN log ON log.id = entry.log LEFT JOIN record ON record.id = entry.record
                 WHERE standing = ?1 ORDER BY position DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![SET_ASIDE, limit], |row| {
                let code: Option<Vec<u8>> = row.get("code")?;
                let reason: Option<u8> = row.get("reason")?;
                Ok(SetAside {
                    hash: hash_at(row, "hash")?,
                    author: DeviceKey(hash_at(row, "device")?.0),
                    record: code.map(|code| uuid_of(&code)).transpose()?.map(RecordId),
                    reason: reason.and_then(Refusal::from_code).unwrap_or(Refusal::Malformed),
                    claimed_at: row.get("claimed_at")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many entries are held but not applied.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting_counts(&self) -> Result<WaitingCounts, LedgerError> {
        self.read(|connection| {
            let count = |standing: i64| -> rusqlite::Result<u64> {
                connection
                    .prepare_cached("SELECT count(*) FROM entry WHERE standing = ?1 AND standing <> 0")?
                    .query_row([standing], |row| row.get::<_, i64>(0))
                    .map(|count| count as u64)
            };
            let detached: i64 =
                connection.query_row("SELECT coalesce(sum(entries), 0) FROM detached", [], |row| {
                    row.get(0)
                })?;
            Ok(WaitingCounts {
                waiting: count(WAITING)? + detached as u64,
                set_aside: count(SET_ASIDE)?,
            })
        })
    }

    /// Heads of an author's logs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn heads_of(
        &self,
        device: DeviceKey,
        incarnation: Incarnation,
    ) -> Result<Vec<(LogId, u64, Hash32)>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, head_seq, head_hash FROM log WHERE device = ?1 AND incarnation = ?2 AND head_seq > 0",
            )?;
            let mut found = statement.query(params![&device.0[..], incarnation.0 as i64])?;
            let mut heads = Vec::new();
            while let Some(row) = found.next()? {
                let log = log_by_row(connection, row.get("id")?)?;
                heads.push((log, row.get::<_, i64>("head_seq")? as u64, hash_at(row, "head_hash")?));
            }
            Ok(heads)
        })
    }

    /// Every log of a device, for the cuts of its revocation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn logs_of(&self, device: DeviceKey) -> Result<Vec<(LogId, u64, Hash32)>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, head_seq, head_hash FROM log WHERE device = ?1 AND head_seq > 0",
            )?;
            let mut found = statement.query([&device.0[..]])?;
            let mut heads = Vec::new();
            while let Some(row) = found.next()? {
                let log = log_by_row(connection, row.get("id")?)?;
                heads.push((
                    log,
                    row.get::<_, i64>("head_seq")? as u64,
                    hash_at(row, "head_hash")?,
                ));
            }
            Ok(heads)
        })
    }

    /// Hash of the entry at a place of a log, if it is held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn hash_at(&self, log: &LogId, seq: u64) -> Result<Option<Hash32>, LedgerError> {
        self.read(|connection| {
            let Some(head) = crate::rows::log_head(connection, log)? else {
                return Ok(None);
            };
            Ok(connection
                .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
                .query_row(params![head.row, seq as i64], |row| hash_at(row, "hash"))
                .optional()?)
        })
    }

    /// Roster acts that devices asked for and the authority has not answered: entry, author, act payload.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn roster_requests(
        &self,
        scope: &Scope,
        authority: &DeviceKey,
    ) -> Result<Vec<(Hash32, Vec<u8>)>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entry.hash AS hash, payload FROM entry JOIN log ON log.id = entry.log
                 JOIN scope ON scope.id = entry.scope
                 WHERE scope.code = ?1 AND log.device <> ?2 AND standing = ?3 AND payload IS NOT NULL
                 ORDER BY position",
            )?;
            let rows = statement
                .query_map(params![&scope.encode()[..], &authority.0[..], APPLIED], |row| {
                    Ok((hash_at(row, "hash")?, row.get(1)?))
                })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The device that made an entry of a scope and the time it claimed, if the entry is held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn origin_of_entry(
        &self,
        scope: &Scope,
        hash: &Hash32,
    ) -> Result<Option<(DeviceKey, i64)>, LedgerError> {
        self.read(|connection| {
            let origin = connection
                .prepare_cached(
                    "SELECT device, claimed_at FROM entry JOIN log ON log.id = entry.log
                     WHERE entry.scope = (SELECT id FROM scope WHERE code = ?1) AND entry.hash = ?2",
                )?
                .query_row(params![&scope.encode()[..], &hash.0[..]], |row| {
                    Ok((DeviceKey(hash_at(row, "device")?.0), row.get("claimed_at")?))
                })
                .optional()?;
            Ok(origin)
        })
    }

    /// The record an entry belongs to, if the entry is held and belongs to one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn record_of_entry(&self, hash: &Hash32) -> Result<Option<RecordId>, LedgerError> {
        self.read(|connection| {
            let code: Option<Vec<u8>> = connection
                .prepare_cached(
                    "SELECT record.code FROM entry JOIN record ON record.id = entry.record WHERE entry.hash = ?1",
                )?
                .query_row([&hash.0[..]], |row| row.get(0))
                .optional()?;
            Ok(code.map(|code| uuid_of(&code)).transpose()?.map(RecordId))
        })
    }

    /// Hashes of all entries, sorted: half of *Equal* (design §4).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sorted_entry_hashes(&self) -> Result<Vec<Hash32>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT hash FROM entry ORDER BY hash")?;
            let rows = statement.query_map([], |row| hash_at(row, "hash"))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Records of a kind, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn records_of_kind(&self, kind: RecordKind) -> Result<Vec<(RecordId, Scope, String)>, LedgerError> {
        self.read(|connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT record.code, scope.code, state FROM record JOIN scope ON scope.id = record.scope
                 WHERE kind = ?1 AND saved IS NOT NULL ORDER BY record.code",
            )?;
            let rows = statement.query_map([kind.code()], |row| {
                let code: Vec<u8> = row.get(0)?;
                Ok((
                    RecordId(uuid_of(&code)?),
                    scope_of_row(&row.get::<_, Vec<u8>>(1)?)?,
                    row.get(2)?,
                ))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn scope_of_row(bytes: &[u8]) -> rusqlite::Result<Scope> {
    crate::rows::scope_of(bytes)
}

impl From<RecordRow> for HeldRecord {
    fn from(row: RecordRow) -> Self {
        Self {
            kind: row.kind,
            scope: row.scope,
            first_author: row.first_author,
            state: row.state,
            differing: row.differing,
        }
    }
}
