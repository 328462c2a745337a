//! What a store holds, in figures by which another store can be proved to hold the same.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{LogId, Scope};
use cotmoc_core::media::BlobId;
use cotmoc_core::record::state_hash;
use rusqlite::{Connection, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{WITHHELD, hash_at, log_by_row, scope_of, uuid_of};

const CONTEXT: &str = "cotmoc 2026-11 inventory entries";

/// All scopes of a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// What is held of each.
    pub scopes: BTreeMap<Scope, Holding>,
}

/// What is held of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Entries that are held whole, also those that were set aside; not those of which only the hash is known.
    pub entries: u64,
    /// BLAKE3 over their hashes, sorted.
    pub entries_hash: Hash32,
    /// How far each log goes.
    pub heads: BTreeMap<LogId, (u64, Hash32)>,
    /// BLAKE3 of the canonical JSON of each document.
    pub documents: BTreeMap<RecordId, Hash32>,
    /// Forms of photos and files that are held whole and verified, without those that were removed; absent when the
    /// inventory says nothing of them.
    pub photos: Option<BTreeSet<BlobId>>,
}

/// What another store lacks of one scope of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCompared {
    /// Which.
    pub scope: Scope,
    /// Entries of the inventory.
    pub entries: u64,
    /// Up to the inventory's heads the store holds the very same set of entries.
    pub same_entries: bool,
    /// Entries that are missing: log, first and last place. Of a log that is not in order here (forked), all of it.
    pub missing: Vec<(LogId, u64, u64)>,
    /// Documents of the inventory.
    pub documents: u64,
    /// Documents that are missing, or differ although nothing was written to them since.
    pub differing: Vec<RecordId>,
    /// Forms of photos and files of the inventory; absent when it says nothing of them.
    pub photos: Option<u64>,
    /// Those of them that are not held whole, and were not removed since.
    pub missing_photos: Vec<BlobId>,
    /// Entries beyond the inventory's heads: written since.
    pub since: u64,
}

impl ScopeCompared {
    /// Nothing is missing, and nothing differs, of what the inventory speaks of.
    pub fn is_equal(&self) -> bool {
        self.same_entries
            && self.missing.is_empty()
            && self.differing.is_empty()
            && self.missing_photos.is_empty()
    }
}

impl Inventory {
    /// Reads what a store holds as of one moment; another process may have it open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(connection: &Connection) -> Result<Self, LedgerError> {
        let moment = connection.unchecked_transaction()?;
        let mut scopes = BTreeMap::new();
        for (row, scope) in all_scopes(&moment)? {
            let heads = heads(&moment, row)?;
            let set = entries_up_to(&moment, row, &heads)?;
            let documents = documents(&moment, row)?;
            if set.within == 0 && documents.is_empty() {
                continue;
            }
            let holding = Holding {
                entries: set.within,
                entries_hash: set.hash,
                heads,
                documents,
                photos: Some(photos(&moment, row)?),
            };
            scopes.insert(scope, holding);
        }
        Ok(Self { scopes })
    }

    fn compare(&self, connection: &Connection) -> Result<Vec<ScopeCompared>, LedgerError> {
        let moment = connection.unchecked_transaction()?;
        let rows: BTreeMap<Scope, i64> = all_scopes(&moment)?
            .into_iter()
            .map(|(row, scope)| (scope, row))
            .collect();
        let compared = self.scopes.iter().map(|(scope, old)| {
            // No row has this number: a scope of which nothing is here.
            let row = rows.get(scope).copied().unwrap_or(-1);
            old.compare(&moment, row, *scope)
        });
        compared.collect()
    }
}

impl Ledger {
    /// Looks for everything of an inventory in this store. What the store holds beyond it is counted, not blamed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn compare(&self, inventory: &Inventory) -> Result<Vec<ScopeCompared>, LedgerError> {
        self.read(|connection| inventory.compare(connection))
    }
}

impl Holding {
    fn compare(&self, connection: &Connection, row: i64, scope: Scope) -> Result<ScopeCompared, LedgerError> {
        let here = heads(connection, row)?;
        let mut missing = Vec::new();
        for (log, (seq, hash)) in &self.heads {
            let held = here.get(log).map_or(0, |(held, _)| *held);
            if held < *seq {
                missing.push((*log, held + 1, *seq));
            } else if hash_in(connection, row, log, *seq)? != Some(*hash) {
                missing.push((*log, 1, *seq));
            }
        }
        let set = entries_up_to(connection, row, &self.heads)?;
        let documents = documents(connection, row)?;
        let differs = |(record, state): &(&RecordId, &Hash32)| match documents.get(record) {
            Some(here) => here != *state && !set.written_since.contains(record),
            None => true,
        };
        Ok(ScopeCompared {
            scope,
            entries: self.entries,
            same_entries: (set.within, set.hash) == (self.entries, self.entries_hash),
            missing,
            documents: self.documents.len() as u64,
            differing: self
                .documents
                .iter()
                .filter(differs)
                .map(|(record, _)| *record)
                .collect(),
            photos: self.photos.as_ref().map(|photos| photos.len() as u64),
            missing_photos: self.missing_photos(connection)?,
            since: set.beyond,
        })
    }

    fn missing_photos(&self, connection: &Connection) -> Result<Vec<BlobId>, LedgerError> {
        let mut settled = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM blob WHERE code = ?1 AND state IN (1, 3))")?;
        let mut missing = Vec::new();
        for photo in self.photos.iter().flatten() {
            if !settled.query_row([&photo.0.0[..]], |row| row.get::<_, bool>(0))? {
                missing.push(*photo);
            }
        }
        Ok(missing)
    }
}

fn all_scopes(connection: &Connection) -> Result<Vec<(i64, Scope)>, LedgerError> {
    let mut statement = connection.prepare("SELECT id, code FROM scope ORDER BY code")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, scope_of(&row.get::<_, Vec<u8>>(1)?)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn heads(connection: &Connection, scope: i64) -> Result<BTreeMap<LogId, (u64, Hash32)>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT id, head_seq, head_hash FROM log WHERE scope = ?1 AND head_seq > 0")?;
    let mut rows = statement.query([scope])?;
    let mut heads = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let log = log_by_row(connection, row.get("id")?)?;
        let seq = row.get::<_, i64>("head_seq")? as u64;
        heads.insert(log, (seq, hash_at(row, "head_hash")?));
    }
    Ok(heads)
}

fn hash_in(
    connection: &Connection,
    scope: i64,
    log: &LogId,
    seq: u64,
) -> Result<Option<Hash32>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry.hash FROM entry JOIN log ON log.id = entry.log
         WHERE log.scope = ?1 AND log.device = ?2 AND log.incarnation = ?3 AND entry.seq = ?4",
    )?;
    let mut rows = statement.query(params![
        scope,
        &log.device.0[..],
        log.incarnation.0 as i64,
        seq as i64
    ])?;
    Ok(match rows.next()? {
        Some(row) => Some(hash_at(row, "hash")?),
        None => None,
    })
}

/// Entries of a scope up to some heads, and beyond them.
struct EntrySet {
    within: u64,
    hash: Hash32,
    beyond: u64,
    /// Records that have entries beyond.
    written_since: BTreeSet<RecordId>,
}

fn entries_up_to(
    connection: &Connection,
    scope: i64,
    heads: &BTreeMap<LogId, (u64, Hash32)>,
) -> Result<EntrySet, LedgerError> {
    let mut ends: BTreeMap<i64, u64> = BTreeMap::new();
    let mut statement = connection.prepare_cached("SELECT id FROM log WHERE scope = ?1")?;
    let mut logs = statement.query([scope])?;
    while let Some(log) = logs.next()? {
        let row: i64 = log.get(0)?;
        let end = heads.get(&log_by_row(connection, row)?);
        ends.insert(row, end.map_or(0, |(seq, _)| *seq));
    }
    let mut set = EntrySet {
        within: 0,
        hash: Hash32::ZERO,
        beyond: 0,
        written_since: BTreeSet::new(),
    };
    let mut hashes = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT entry.hash, entry.log, entry.seq, record.code FROM entry
         JOIN log ON log.id = entry.log LEFT JOIN record ON record.id = entry.record
         WHERE log.scope = ?1 AND entry.standing <> ?2 ORDER BY entry.hash",
    )?;
    let mut rows = statement.query([scope, WITHHELD])?;
    while let Some(row) = rows.next()? {
        let end = ends.get(&row.get(1)?).copied().unwrap_or(0);
        if row.get::<_, i64>(2)? as u64 <= end {
            set.within += 1;
            hashes.extend_from_slice(&hash_at(row, "hash")?.0);
            continue;
        }
        set.beyond += 1;
        if let Some(record) = row.get::<_, Option<Vec<u8>>>(3)? {
            set.written_since.insert(RecordId(uuid_of(&record)?));
        }
    }
    set.hash = Hash32::of(CONTEXT, &hashes);
    Ok(set)
}

fn documents(connection: &Connection, scope: i64) -> Result<BTreeMap<RecordId, Hash32>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT code, state FROM record WHERE scope = ?1 AND saved IS NOT NULL")?;
    let mut rows = statement.query([scope])?;
    let mut documents = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let record = RecordId(uuid_of(&row.get::<_, Vec<u8>>(0)?)?);
        documents.insert(record, state_hash(&row.get::<_, String>(1)?));
    }
    Ok(documents)
}

fn photos(connection: &Connection, scope: i64) -> Result<BTreeSet<BlobId>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT blob.code FROM attachment JOIN rendition ON rendition.entry = attachment.entry
           JOIN blob ON blob.id = rendition.blob
         WHERE attachment.scope = ?1 AND is_live AND blob.state = 1",
    )?;
    let photos = statement.query_map([scope], |row| Ok(BlobId(hash_at(row, "code")?)))?;
    Ok(photos.collect::<Result<_, _>>()?)
}
