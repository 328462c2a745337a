//! Making the documents again from the journal.

use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::EntryKind;
use cotmoc_core::record::{Examined, Job, JobInput, Outcome, RecordKind, state_hash};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::LedgerError;
use crate::gauntlet::NotExamined;
use crate::index::RecordChange;
use crate::journal::Ledger;
use crate::media::clear_known;
use crate::rows::{APPLIED, RecordRow, clear_document, record_row, store_document, uuid_of};

/// Records rebuilt between two progress reports.
const AT_ONCE: usize = 200;

/// What a rebuild found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Documents made.
    pub documents: u64,
    /// Entries read.
    pub entries: u64,
    /// Documents that differed from their cache.
    pub changed: u64,
    /// BLAKE3 over (id, state hash) of all records in order of id.
    pub state_hash: Hash32,
    /// BLAKE3 over the sorted entry hashes.
    pub entries_hash: Hash32,
}

impl Ledger {
    /// Drops every document, index table and table of attachments and makes them again from the entries, in one
    /// transaction:
    /// a rebuild that is interrupted leaves the old ones.
    ///
    /// # Errors
    /// When the database or the checking process fails.
    pub fn rebuild(&self, mut progress: impl FnMut(u64, u64)) -> Result<Rebuilt, LedgerError> {
        let entries_hash = hash_of_hashes(&self.sorted_entry_hashes()?);
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let records = record_ids(&transaction)?;
        let total = records.len() as u64;
        let entries =
            transaction.query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0))? as u64;
        self.index.clear(&transaction)?;
        clear_known(self, &transaction)?;
        let mut rebuilt = Rebuilt {
            documents: 0,
            entries,
            changed: 0,
            state_hash: Hash32::ZERO,
            entries_hash,
        };
        let mut states = States::default();
        let mut done = 0;
        for chunk in records.chunks(AT_ONCE) {
            let mut jobs = Vec::with_capacity(chunk.len());
            let mut rows = Vec::with_capacity(chunk.len());
            for record in chunk {
                let Some(row) = record_row(&transaction, *record)? else {
                    continue;
                };
                match job_of(&transaction, &row)? {
                    Some(job) => {
                        jobs.push(job);
                        rows.push((*record, row));
                    }
                    // Every entry waits or is set aside: there is no document, so none may be left over.
                    None if row.saved.is_some() || !row.intact => {
                        clear_document(&transaction, row.row, *record)?;
                        rebuilt.changed += 1;
                    }
                    None => {}
                }
            }
            let results = self.gauntlet().run(&jobs)?;
            for ((record, row), result) in rows.iter().zip(results) {
                let examined = remade(*record, result)?;
                rebuilt.documents += 1;
                rebuilt.changed +=
                    u64::from(!row.intact || state_hash(&row.state) != state_hash(&examined.state));
                states.add(record, &examined.state);
                self.put_back(&transaction, *record, row, &examined)?;
            }
            done += chunk.len() as u64;
            progress(done, total);
        }
        transaction.commit()?;
        rebuilt.state_hash = states.hash();
        Ok(rebuilt)
    }

    /// [`Rebuilt::state_hash`] of the documents as they are cached now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn all_states_hash(&self) -> Result<Hash32, LedgerError> {
        self.read(|connection| {
            let mut states = States::default();
            for record in record_ids(connection)? {
                if let Some(row) = record_row(connection, record)?.filter(|row| row.saved.is_some()) {
                    states.add(&record, &row.state);
                }
            }
            Ok(states.hash())
        })
    }

    fn put_back(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
        row: &RecordRow,
        examined: &Examined,
    ) -> Result<(), LedgerError> {
        let parts = (
            examined.saved.as_slice(),
            examined.state.as_str(),
            examined.differing.as_slice(),
        );
        store_document(transaction, row.row, record, parts)?;
        let claimed_at: i64 = transaction
            .prepare_cached(
                "SELECT coalesce(max(claimed_at), 0) FROM entry WHERE record = ?1 AND standing = ?2 AND kind = ?3",
            )?
            .query_row(params![row.row, APPLIED, EntryKind::Change as u8], |found| {
                found.get(0)
            })?;
        let change = RecordChange {
            record,
            row: row.row,
            kind: row.kind,
            scope: row.scope,
            state: &examined.state,
            differing: &examined.differing,
            claimed_at,
        };
        Ok(self.index.record_changed(transaction, &change)?)
    }

    /// Makes one damaged record again inside an open transaction.
    pub(crate) fn mend(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
        row: RecordRow,
    ) -> Result<RecordRow, LedgerError> {
        match job_of(transaction, &row)? {
            Some(job) => {
                let result = self.gauntlet().run(&[job])?.pop();
                let examined = remade(record, result.ok_or(LedgerError::DamagedRecord(record))?)?;
                self.put_back(transaction, record, &row, &examined)?;
            }
            None => clear_document(transaction, row.row, record)?,
        }
        tracing::warn!(record.id = %record, "a damaged record was made again from the journal");
        record_row(transaction, record)?.ok_or(LedgerError::NoRecord(record))
    }

    /// Makes one damaged record again.
    pub(crate) fn mend_stored(&self, record: RecordId) -> Result<Option<RecordRow>, LedgerError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(row) = record_row(&transaction, record)? else {
            return Ok(None);
        };
        let mended = if row.intact {
            row
        } else {
            self.mend(&transaction, record, row)?
        };
        transaction.commit()?;
        Ok(Some(mended))
    }
}

/// Hash over (id, state hash) of the records that have a document, in order of id.
#[derive(Default)]
struct States(Vec<u8>);

impl States {
    fn add(&mut self, record: &RecordId, state: &str) {
        self.0.extend_from_slice(record.0.as_bytes());
        self.0.extend_from_slice(&state_hash(state).0);
    }

    fn hash(&self) -> Hash32 {
        Hash32::of("cotmoc 2026-11 all states", &self.0)
    }
}

/// A document made from entries that were all applied before. When one of them does not apply any more,
/// it was damaged here: a document without it must not take the place of the one that has it.
fn remade(record: RecordId, result: Result<Examined, NotExamined>) -> Result<Examined, LedgerError> {
    match result {
        Err(NotExamined::Interrupted) => Err(LedgerError::Gauntlet("it was stopped".to_owned())),
        Ok(examined)
            if examined
                .outcomes
                .iter()
                .all(|outcome| *outcome == Outcome::Applied) =>
        {
            Ok(examined)
        }
        _ => Err(LedgerError::DamagedRecord(record)),
    }
}

/// BLAKE3 over hashes that are sorted already.
pub(crate) fn hash_of_hashes(hashes: &[Hash32]) -> Hash32 {
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    Hash32::of("cotmoc 2026-11 all entries", &bytes)
}

fn record_ids(connection: &Connection) -> Result<Vec<RecordId>, LedgerError> {
    let mut statement = connection.prepare("SELECT code FROM record ORDER BY code")?;
    let codes = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    codes.map(|code| Ok(RecordId(uuid_of(&code?)?))).collect()
}

/// The job that makes a record's document again; absent when no entry of it is applied.
fn job_of(connection: &Connection, row: &RecordRow) -> Result<Option<Job>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT payload FROM entry WHERE record = ?1 AND standing = ?2 AND kind = ?3 AND payload IS NOT NULL
         ORDER BY position",
    )?;
    let changes = statement.query_map(params![row.row, APPLIED, EntryKind::Change as u8], |found| {
        found.get(0)
    })?;
    let changes: Vec<Vec<u8>> = changes.collect::<Result<_, _>>()?;
    if changes.is_empty() {
        return Ok(None);
    }
    if row.kind == RecordKind::Roster {
        return Err(LedgerError::DamagedDatabase(
            "record of an unknown kind".to_owned(),
        ));
    }
    Ok(Some(Job {
        kind: row.kind,
        held: None,
        input: JobInput::Changes(changes),
    }))
}
