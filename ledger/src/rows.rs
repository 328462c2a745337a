//! Rows of the journal's tables, in and out.

use cotmoc_core::exchange::SetDigest;
use cotmoc_core::id::{Hash32, Purpose, RecordId};
use cotmoc_core::journal::{DeviceKey, EntryKind, Incarnation, LogId, Place, Scope, Signature};
use cotmoc_core::record::RecordKind;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, RowIndex, Transaction, params};
use uuid::Uuid;

/// Standing of an entry, as stored.
pub(crate) const APPLIED: i64 = 0;
pub(crate) const WAITING: i64 = 1;
pub(crate) const SET_ASIDE: i64 = 2;
pub(crate) const WITHHELD: i64 = 3;

/// First author of a record of which nothing was let through yet: no key, so nobody owns the record and
/// whoever may write it first gives it its kind and scope.
pub(crate) const NOBODY: DeviceKey = DeviceKey([0; 32]);

static CHAIN: Purpose = Purpose::new("cotmoc 2026-11 arrival chain");
static LATE: Purpose = Purpose::new("cotmoc 2026-11 arrival chain, late");
static ROW: Purpose = Purpose::new("cotmoc 2026-11 record row");

/// A 32-byte column.
pub(crate) fn hash_at(row: &rusqlite::Row<'_>, column: impl RowIndex) -> rusqlite::Result<Hash32> {
    let bytes = row.get_ref(column)?.as_blob()?;
    Hash32::from_slice(bytes).ok_or(rusqlite::Error::FromSqlConversionFailure(
        bytes.len(),
        rusqlite::types::Type::Blob,
        Box::new(FromSqlError::InvalidType),
    ))
}

pub(crate) fn uuid_of(bytes: &[u8]) -> rusqlite::Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(bytes.len(), rusqlite::types::Type::Blob, Box::new(error))
    })
}

pub(crate) fn scope_of(bytes: &[u8]) -> rusqlite::Result<Scope> {
    Scope::decode(&mut cotmoc_core::codec::Reader::new(bytes)).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(bytes.len(), rusqlite::types::Type::Blob, Box::new(error))
    })
}

fn place_code(scope: &Scope) -> i64 {
    match scope.place {
        Place::Roster => 0,
        Place::Province => 1,
        Place::Unit(_) => 2,
        Place::Delegation(_) => 3,
    }
}

/// Row id of a scope, made when it is new.
pub(crate) fn scope_row(connection: &Connection, scope: &Scope) -> rusqlite::Result<i64> {
    let code = scope.encode();
    let found = connection
        .prepare_cached("SELECT id FROM scope WHERE code = ?1")?
        .query_row([&code[..]], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    connection
        .prepare_cached(
            "INSERT INTO scope (code, province, place, digest, entries) VALUES (?1, ?2, ?3, ?4, 0)",
        )?
        .execute(params![
            &code[..],
            scope.province.0.as_bytes().as_slice(),
            place_code(scope),
            &SetDigest::default().0[..]
        ])?;
    Ok(connection.last_insert_rowid())
}

/// A log with its head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogHead {
    pub row: i64,
    pub scope_row: i64,
    pub seq: u64,
    pub hash: Hash32,
}

/// Head of a log, if it is held.
pub(crate) fn log_head(connection: &Connection, log: &LogId) -> rusqlite::Result<Option<LogHead>> {
    connection
        .prepare_cached(
            "SELECT log.id, log.scope, head_seq, head_hash FROM log JOIN scope ON scope.id = log.scope
             WHERE device = ?1 AND incarnation = ?2 AND scope.code = ?3",
        )?
        .query_row(
            params![
                &log.device.0[..],
                log.incarnation.0 as i64,
                &log.scope.encode()[..]
            ],
            |row| {
                Ok(LogHead {
                    row: row.get(0)?,
                    scope_row: row.get(1)?,
                    seq: row.get::<_, i64>(2)? as u64,
                    hash: hash_at(row, "head_hash")?,
                })
            },
        )
        .optional()
}

/// Head of a log, made empty when it is new.
pub(crate) fn log_head_or_new(transaction: &Transaction<'_>, log: &LogId) -> rusqlite::Result<LogHead> {
    if let Some(head) = log_head(transaction, log)? {
        return Ok(head);
    }
    let scope_row = scope_row(transaction, &log.scope)?;
    transaction
        .prepare_cached(
            "INSERT INTO log (device, incarnation, scope, head_seq, head_hash) VALUES (?1, ?2, ?3, 0, ?4)",
        )?
        .execute(params![
            &log.device.0[..],
            log.incarnation.0 as i64,
            scope_row,
            &Hash32::ZERO.0[..]
        ])?;
    Ok(LogHead {
        row: transaction.last_insert_rowid(),
        scope_row,
        seq: 0,
        hash: Hash32::ZERO,
    })
}

/// An entry to store; the log's head moves with it.
#[derive(Debug)]
pub(crate) struct NewRow<'a> {
    pub hash: Hash32,
    pub record: Option<i64>,
    pub kind: u8,
    pub claimed_at: i64,
    pub payload: Option<&'a [u8]>,
    pub signature: Option<&'a Signature>,
    pub standing: i64,
    pub reason: Option<u8>,
}

/// The arrival order and the digests, carried through one transaction and written at its end.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub position: u64,
    pub chain: Hash32,
    digests: std::collections::BTreeMap<i64, (SetDigest, u64)>,
}

impl Arrival {
    /// Where the arrival order stands.
    pub fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        let last = connection
            .prepare_cached(
                "SELECT position, chain FROM (SELECT position, chain FROM entry ORDER BY position DESC LIMIT 1)
                 UNION ALL
                 SELECT position, chain FROM (SELECT position, chain FROM late ORDER BY position DESC LIMIT 1)
                 UNION ALL
                 SELECT position, chain FROM (SELECT position, chain FROM vacated ORDER BY position DESC LIMIT 1)
                 ORDER BY position DESC LIMIT 1",
            )?
            .query_row([], |row| {
                Ok((row.get::<_, i64>(0)? as u64, hash_at(row, "chain")?))
            })
            .optional()?;
        let (position, chain) = last.unwrap_or((0, Hash32::ZERO));
        Ok(Self {
            position,
            chain,
            digests: std::collections::BTreeMap::new(),
        })
    }

    /// Appends an entry to its log and to the arrival order.
    pub fn append(
        &mut self,
        connection: &Connection,
        head: &mut LogHead,
        new: &NewRow<'_>,
    ) -> rusqlite::Result<()> {
        self.position += 1;
        self.chain = CHAIN.hash(&[&self.chain.0, &new.hash.0]);
        head.seq += 1;
        head.hash = new.hash;
        connection
            .prepare_cached(
                "INSERT INTO entry (position, log, seq, hash, scope, record, kind, claimed_at, payload, signature,
                                    standing, reason, chain)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                self.position as i64,
                head.row,
                head.seq as i64,
                &new.hash.0[..],
                head.scope_row,
                new.record,
                new.kind,
                new.claimed_at,
                new.payload,
                new.signature.map(|signature| &signature.0[..]),
                new.standing,
                new.reason,
                &self.chain.0[..],
            ])?;
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.digests.entry(head.scope_row) {
            vacant.insert(stored_digest(connection, head.scope_row)?);
        }
        if let Some((digest, count)) = self.digests.get_mut(&head.scope_row) {
            digest.add(&new.hash);
            *count += 1;
        }
        Ok(())
    }

    /// Notes that something became of an entry after others may have read past it. No digest changes: the
    /// entry was in it by its hash.
    pub fn append_late(
        &mut self,
        connection: &Connection,
        entry: i64,
        scope_row: i64,
        hash: &Hash32,
    ) -> rusqlite::Result<()> {
        self.position += 1;
        self.chain = LATE.hash(&[&self.chain.0, &hash.0]);
        connection
            .prepare_cached("INSERT INTO late (position, entry, scope, chain) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.position as i64, entry, scope_row, &self.chain.0[..]])?;
        Ok(())
    }

    /// Takes an entry out of the digest of its scope; its place in the order of arrival stays, empty.
    pub fn take_out(
        &mut self,
        connection: &Connection,
        scope_row: i64,
        hash: &Hash32,
    ) -> rusqlite::Result<()> {
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.digests.entry(scope_row) {
            vacant.insert(stored_digest(connection, scope_row)?);
        }
        if let Some((digest, count)) = self.digests.get_mut(&scope_row) {
            digest.remove(hash);
            *count = count.saturating_sub(1);
        }
        Ok(())
    }

    /// Writes the digests; call once, before the commit.
    pub fn finish(self, connection: &Connection) -> rusqlite::Result<()> {
        for (scope, (digest, entries)) in &self.digests {
            connection
                .prepare_cached("UPDATE scope SET digest = ?2, entries = ?3 WHERE id = ?1")?
                .execute(params![scope, &digest.0[..], *entries as i64])?;
        }
        Ok(())
    }
}

fn stored_digest(connection: &Connection, scope: i64) -> rusqlite::Result<(SetDigest, u64)> {
    connection
        .prepare_cached("SELECT digest, entries FROM scope WHERE id = ?1")?
        .query_row([scope], |row| {
            Ok((SetDigest(hash_at(row, "digest")?.0), row.get::<_, i64>(1)? as u64))
        })
}

/// Moves a log's stored head.
pub(crate) fn store_head(connection: &Connection, head: &LogHead) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE log SET head_seq = ?2, head_hash = ?3 WHERE id = ?1")?
        .execute(params![head.row, head.seq as i64, &head.hash.0[..]])?;
    Ok(())
}

/// A record as cached.
#[derive(Debug, Clone)]
pub(crate) struct RecordRow {
    pub row: i64,
    pub kind: RecordKind,
    pub scope: Scope,
    pub first_author: DeviceKey,
    pub entries: u64,
    pub saved: Option<Vec<u8>>,
    pub state: String,
    pub differing: Vec<String>,
    /// The row matches its hash.
    pub intact: bool,
}

/// To whom a record belongs: the kind, scope and author of the first entry that was let through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub kind: RecordKind,
    pub scope: Scope,
    pub first_author: DeviceKey,
}

impl RecordRow {
    /// Absent while every entry of it is set aside.
    pub fn claim(&self) -> Option<Claim> {
        let claim = Claim {
            kind: self.kind,
            scope: self.scope,
            first_author: self.first_author,
        };
        (self.first_author != NOBODY).then_some(claim)
    }
}

/// What the row hash of a record covers: the document and all that is shown of it.
fn row_hash(record: &RecordId, saved: Option<&[u8]>, state: &str, differing: &str) -> Hash32 {
    let saved = saved.unwrap_or_default();
    let lengths = [
        (saved.len() as u64).to_le_bytes(),
        (state.len() as u64).to_le_bytes(),
    ]
    .concat();
    let parts = [
        record.0.as_bytes(),
        &lengths[..],
        saved,
        state.as_bytes(),
        differing.as_bytes(),
    ];
    ROW.hash(&parts)
}

/// A cached record by id. A damaged row is returned as not intact: the journal can mend it.
pub(crate) fn record_row(connection: &Connection, record: RecordId) -> rusqlite::Result<Option<RecordRow>> {
    connection
        .prepare_cached(
            "SELECT record.id, kind, scope.code, first_author, record.entries, saved, state, differing,
                    row_hash
             FROM record JOIN scope ON scope.id = record.scope WHERE record.code = ?1",
        )?
        .query_row([record.0.as_bytes().as_slice()], |row| {
            let saved: Option<Vec<u8>> = row.get(5)?;
            let state: String = String::from_utf8_lossy(row.get_ref(6)?.as_bytes()?).into_owned();
            let differing = String::from_utf8_lossy(row.get_ref(7)?.as_bytes()?).into_owned();
            let stored = hash_at(row, 8)?;
            let kind = RecordKind::from_code(row.get(1)?);
            // Nothing of a kind that is not known is applied.
            let kind_fits = saved.is_none() || !kind.is_newer();
            let author = hash_at(row, 3)?;
            Ok(RecordRow {
                row: row.get(0)?,
                kind,
                scope: scope_of(&row.get::<_, Vec<u8>>(2)?)?,
                first_author: DeviceKey(author.0),
                entries: row.get::<_, i64>(4)? as u64,
                intact: stored == row_hash(&record, saved.as_deref(), &state, &differing) && kind_fits,
                saved,
                state,
                differing: serde_json::from_str(&differing).unwrap_or_default(),
            })
        })
        .optional()
}

/// Makes the row of a record that has no document yet.
pub(crate) fn new_record_row(
    connection: &Connection,
    record: RecordId,
    kind: RecordKind,
    scope_row: i64,
    author: &DeviceKey,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO record (code, kind, scope, first_author, entries, saved, state, differing, row_hash)
             VALUES (?1, ?2, ?3, ?4, 0, NULL, '{}', '[]', ?5)",
        )?
        .execute(params![
            record.0.as_bytes().as_slice(),
            kind.code(),
            scope_row,
            &author.0[..],
            &row_hash(&record, None, "{}", "[]").0[..]
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Stores a document with its state.
pub(crate) fn store_document(
    connection: &Connection,
    row: i64,
    record: RecordId,
    document: (&[u8], &str, &[String]),
) -> rusqlite::Result<()> {
    let (saved, state, differing) = document;
    let differing = serde_json::to_string(differing).unwrap_or_else(|_| "[]".to_owned());
    connection
        .prepare_cached(
            "UPDATE record SET saved = ?2, state = ?3, differing = ?4, row_hash = ?5 WHERE id = ?1",
        )?
        .execute(params![
            row,
            saved,
            state,
            differing,
            &row_hash(&record, Some(saved), state, &differing).0[..]
        ])?;
    Ok(())
}

/// Takes the document of a record away of which no entry is applied.
pub(crate) fn clear_document(connection: &Connection, row: i64, record: RecordId) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE record SET saved = NULL, state = '{}', differing = '[]', row_hash = ?2 WHERE id = ?1",
        )?
        .execute(params![row, &row_hash(&record, None, "{}", "[]").0[..]])?;
    Ok(())
}

/// Gives a record to the first author who was let through.
pub(crate) fn claim_record(
    connection: &Connection,
    row: i64,
    kind: RecordKind,
    scope_row: i64,
    author: &DeviceKey,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE record SET kind = ?2, scope = ?3, first_author = ?4 WHERE id = ?1")?
        .execute(params![row, kind.code(), scope_row, &author.0[..]])?;
    Ok(())
}

/// Counts entries of a record.
pub(crate) fn count_entries(connection: &Connection, row: i64, more: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE record SET entries = entries + ?2 WHERE id = ?1")?
        .execute(params![row, more as i64])?;
    Ok(())
}

/// A log by its row.
pub(crate) fn log_by_row(connection: &Connection, row: i64) -> rusqlite::Result<LogId> {
    connection
        .prepare_cached(
            "SELECT device, incarnation, scope.code AS scope_code FROM log JOIN scope ON scope.id = log.scope
             WHERE log.id = ?1",
        )?
        .query_row([row], |row| {
            Ok(LogId {
                device: DeviceKey(hash_at(row, "device")?.0),
                incarnation: Incarnation(row.get::<_, i64>("incarnation")? as u64),
                scope: scope_of(&row.get::<_, Vec<u8>>("scope_code")?)?,
            })
        })
}

/// Kind of entry from its column.
pub(crate) fn entry_kind(code: i64) -> Option<EntryKind> {
    u8::try_from(code).ok().and_then(EntryKind::from_code)
}
