//! Taking entries of a log back: they leave its order and stand beside it, and the documents are made again
//! without them.

use std::collections::BTreeSet;

use cotmoc_core::exchange::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry, Signature};
use cotmoc_core::record::{Outcome, RecordKind, begins_record};
use rusqlite::{Connection, Row, Transaction, params};

use crate::branches::keep_beside;
use crate::detached::take_detached;
use crate::error::LedgerError;
use crate::incoming::hash_items;
use crate::index::RecordChange;
use crate::journal::Ledger;
use crate::media::forget_attachments;
use crate::rows::{
    APPLIED, Arrival, LogHead, NOBODY, RecordRow, WAITING, claim_record, clear_document, entry_kind, hash_at,
    log_by_row, log_head, record_row, scope_row, store_head, uuid_of,
};
use crate::stored::settle_stored;
use crate::storing::Touched;
use crate::trial::{Trial, run_trials};

/// An entry of a log as it is stored.
struct Held {
    seq: u64,
    hash: Hash32,
    record: Option<RecordId>,
    kind: Option<EntryKind>,
    claimed_at: i64,
    payload: Option<Vec<u8>>,
    signature: Option<Signature>,
}

impl Held {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let signature: Option<Vec<u8>> = row.get("signature")?;
        let code: Option<Vec<u8>> = row.get("code")?;
        Ok(Self {
            seq: row.get::<_, i64>("seq")? as u64,
            hash: hash_at(row, "hash")?,
            record: code.map(|code| uuid_of(&code)).transpose()?.map(RecordId),
            kind: entry_kind(row.get("kind")?),
            claimed_at: row.get("claimed_at")?,
            payload: row.get("payload")?,
            signature: signature.and_then(|bytes| bytes.try_into().ok()).map(Signature),
        })
    }

    /// The entry as an item of a pack: by its hash alone when it is not held whole or was damaged here.
    fn item(self, log: LogId, prev: Hash32, pack: &mut Pack) -> Item {
        let withheld = Item::Withheld(self.hash);
        let (Some(kind), Some(payload)) = (self.kind, self.payload) else {
            return withheld;
        };
        let content = NewEntry {
            record: self.record.unwrap_or(RecordId(log.scope.province.0)),
            record_kind: RecordKind::Roster,
            kind,
            payload,
            claimed_at: self.claimed_at,
        };
        let seq = self.seq;
        let mut entry = Entry {
            log,
            seq,
            prev,
            content,
        };
        // The record's row may have another kind than the entry claims; the hash covers it.
        let fits = RecordKind::ALL.into_iter().any(|kind| {
            entry.content.record_kind = kind;
            entry.hash() == self.hash
        });
        if !fits {
            return withheld;
        }
        let content = entry.content;
        let named = PackedRecord {
            id: content.record,
            kind: content.record_kind,
            document: None,
        };
        let known = pack.records.iter().position(|known| *known == named);
        let record = known.unwrap_or_else(|| {
            pack.records.push(named);
            pack.records.len() - 1
        });
        Item::Entry {
            record,
            kind: content.kind,
            claimed_at: content.claimed_at,
            payload: Payload::Inline(content.payload),
        }
    }
}

/// The runs of a log that hold its entries from `first` on, each a pack of its own: the first begins after the last
/// signature before that place. An end without a signature is left out.
pub(crate) fn runs_from(
    connection: &Connection,
    log_row: i64,
    first: u64,
    most: usize,
) -> Result<Vec<Pack>, LedgerError> {
    let log = log_by_row(connection, log_row)?;
    let begin: i64 = connection
        .prepare_cached(
            "SELECT coalesce(max(seq), 0) FROM entry WHERE log = ?1 AND seq < ?2 AND signature IS NOT NULL",
        )?
        .query_row(params![log_row, first as i64], |row| row.get(0))?;
    let mut prev = match begin {
        0 => Hash32::ZERO,
        seq => connection
            .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
            .query_row(params![log_row, seq], |row| hash_at(row, "hash"))?,
    };
    let mut statement = connection.prepare_cached(
        "SELECT seq, hash, code, entry.kind AS kind, claimed_at, payload, signature
         FROM entry LEFT JOIN record ON record.id = entry.record WHERE log = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut found = statement.query_map(params![log_row, begin], Held::read)?;
    let mut runs = Vec::new();
    let (mut run, mut unsigned): (Vec<Held>, Vec<Held>) = (Vec::new(), Vec::new());
    loop {
        let held = found.next().transpose()?;
        let is_end = held.is_none();
        if let Some(held) = held {
            let closes = held.signature.is_some();
            unsigned.push(held);
            if !closes {
                continue;
            }
        }
        if !run.is_empty() && (is_end || run.len() + unsigned.len() > MAX_RUN) {
            runs.extend(packed(log, &mut prev, std::mem::take(&mut run)));
        }
        if is_end || runs.len() >= most {
            return Ok(runs);
        }
        run.append(&mut unsigned);
    }
}

fn packed(log: LogId, prev: &mut Hash32, rows: Vec<Held>) -> Option<Pack> {
    let first_seq = rows.first()?.seq;
    let signature = rows.last()?.signature?;
    let mut pack = Pack::default();
    let mut items = Vec::with_capacity(rows.len());
    let before = *prev;
    for row in rows {
        let hash = row.hash;
        items.push(row.item(log, *prev, &mut pack));
        *prev = hash;
    }
    pack.runs.push(Run {
        log,
        first_seq,
        prev: before,
        items,
        signature,
    });
    Some(pack)
}

impl Ledger {
    /// Takes the entries of a log from `first` on out of its order, keeps them beside it, and makes the documents
    /// again from the rest. Changes of others that follow what was taken back wait again. Returns the records that
    /// changed.
    pub(crate) fn take_back(
        &self,
        transaction: &Transaction<'_>,
        log: &LogId,
        first: u64,
        is_owed: bool,
    ) -> Result<BTreeSet<RecordId>, LedgerError> {
        let mut changed = BTreeSet::new();
        let Some(mut head) = log_head(transaction, log)? else {
            return Ok(changed);
        };
        for pack in take_detached(transaction, log)? {
            keep_runs(transaction, &head, &pack, 0)?;
        }
        if head.seq < first {
            return Ok(changed);
        }
        for pack in runs_from(transaction, head.row, first, usize::MAX)? {
            keep_runs(transaction, &head, &pack, if is_owed { first } else { 0 })?;
        }
        let records = self.remove_rows(transaction, &head, first)?;
        head.seq = first - 1;
        head.hash = match head.seq {
            0 => Hash32::ZERO,
            seq => transaction
                .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
                .query_row(params![head.row, seq as i64], |row| hash_at(row, "hash"))?,
        };
        store_head(transaction, &head)?;
        // What a peer holds beyond it is of one branch, and the log may go on with another.
        transaction.execute(
            "UPDATE holds SET seq = ?2 WHERE log = ?1 AND seq > ?2",
            params![head.row, head.seq as i64],
        )?;
        for record in records {
            if is_owed {
                keep_as_it_was(transaction, record)?;
            }
            self.make_again(transaction, record)?;
            changed.insert(record);
        }
        tracing::warn!(log.device = %log.device, log.seq = first, "entries of a forked log were taken back");
        Ok(changed)
    }

    fn remove_rows(
        &self,
        transaction: &Transaction<'_>,
        head: &LogHead,
        first: u64,
    ) -> Result<BTreeSet<RecordId>, LedgerError> {
        let beyond = params![head.row, first as i64];
        let mut arrival = Arrival::begin(transaction)?;
        let mut statement = transaction.prepare_cached(
            "SELECT entry.hash AS hash, code, record FROM entry LEFT JOIN record ON record.id = entry.record
             WHERE log = ?1 AND seq >= ?2",
        )?;
        let mut found = statement.query(beyond)?;
        let mut records = BTreeSet::new();
        while let Some(row) = found.next()? {
            arrival.take_out(transaction, head.scope_row, &hash_at(row, "hash")?)?;
            if let Some(code) = row.get::<_, Option<Vec<u8>>>("code")? {
                records.insert(RecordId(uuid_of(&code)?));
                transaction
                    .prepare_cached("UPDATE record SET entries = max(entries - 1, 0) WHERE id = ?1")?
                    .execute([row.get::<_, i64>("record")?])?;
            }
        }
        forget_attachments(transaction, head.row, first..i64::MAX as u64)?;
        for sql in [
            "INSERT INTO vacated SELECT late.position, late.chain FROM late JOIN entry ON entry.position = late.entry
             WHERE log = ?1 AND seq >= ?2",
            "DELETE FROM late WHERE entry IN (SELECT position FROM entry WHERE log = ?1 AND seq >= ?2)",
            "INSERT INTO vacated SELECT position, chain FROM entry WHERE log = ?1 AND seq >= ?2",
            "DELETE FROM entry WHERE log = ?1 AND seq >= ?2",
        ] {
            transaction.prepare_cached(sql)?.execute(beyond)?;
        }
        arrival.finish(transaction)?;
        Ok(records)
    }

    /// A record's document from what is left of its entries.
    pub(crate) fn make_again(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
    ) -> Result<(), LedgerError> {
        let Some(row) = record_row(transaction, record)? else {
            return Ok(());
        };
        let left = left_of(transaction, row.row)?;
        self.claim_again(transaction, &row, &left)?;
        let claim = record_row(transaction, record)?.and_then(|row| row.claim());
        if claim.is_none() {
            attachments_wait(transaction, row.row)?;
        }
        let mut examined = None;
        if claim.is_some() && !left.is_empty() {
            let trial = Trial {
                kind: row.kind,
                held: None,
                changes: left.iter().map(|left| left.payload.clone()).collect(),
            };
            let tried = run_trials(&mut self.gauntlet(), vec![trial])?.pop();
            for (at, left) in left.iter().enumerate() {
                let outcome = tried.as_ref().and_then(|tried| tried.outcomes.get(at));
                settle_stored(
                    transaction,
                    left.position,
                    outcome.copied().unwrap_or(Outcome::Waiting),
                )?;
            }
            if tried.as_ref().is_some_and(|tried| tried.interrupted) {
                self.note_interrupted(transaction, record)?;
            }
            examined = tried.and_then(|tried| tried.examined);
        } else {
            for left in &left {
                settle_stored(transaction, left.position, Outcome::Waiting)?;
            }
        }
        let claimed_at = left.iter().map(|left| left.claimed_at).max().unwrap_or(0);
        match examined {
            Some(examined) => {
                let touched = Touched {
                    row: row.row,
                    kind: row.kind,
                    scope: row.scope,
                    claimed: true,
                    claimed_at,
                    entries: 0,
                };
                self.store_examined(transaction, record, &touched, &examined)
            }
            None if row.saved.is_some() => {
                clear_document(transaction, row.row, record)?;
                let was = RecordChange {
                    record,
                    row: row.row,
                    kind: row.kind,
                    scope: row.scope,
                    state: &row.state,
                    differing: &[],
                    claimed_at,
                };
                Ok(self.index.record_gone(transaction, &was)?)
            }
            None => Ok(()),
        }
    }

    /// The record belongs to whoever began it, of those whose entries are left.
    fn claim_again(
        &self,
        transaction: &Transaction<'_>,
        row: &RecordRow,
        left: &[Left],
    ) -> Result<(), LedgerError> {
        let begins = |left: &&Left| left.standing == APPLIED && begins_record(row.kind, &left.payload);
        let mut beginners = left.iter().filter(begins).map(|left| left.log.device);
        if beginners.clone().any(|device| device == row.first_author) {
            return Ok(());
        }
        let owner = beginners.next().unwrap_or(NOBODY);
        let scope = scope_row(transaction, &row.scope)?;
        Ok(claim_record(transaction, row.row, row.kind, scope, &owner)?)
    }
}

/// An entry of a record that is still in its log's order.
struct Left {
    position: i64,
    standing: i64,
    log: LogId,
    claimed_at: i64,
    payload: Vec<u8>,
}

fn left_of(connection: &Connection, record: i64) -> Result<Vec<Left>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, standing, log, claimed_at, payload FROM entry
         WHERE record = ?1 AND standing IN (?2, ?3) AND kind = ?4 AND payload IS NOT NULL ORDER BY position",
    )?;
    let mut found = statement.query(params![record, APPLIED, WAITING, EntryKind::Change.code()])?;
    let mut left = Vec::new();
    while let Some(row) = found.next()? {
        left.push(Left {
            position: row.get("position")?,
            standing: row.get("standing")?,
            log: log_by_row(connection, row.get("log")?)?,
            claimed_at: row.get("claimed_at")?,
            payload: row.get("payload")?,
        });
    }
    Ok(left)
}

/// Nothing begins the record any more: what others attached to it waits until something does.
fn attachments_wait(transaction: &Transaction<'_>, record: i64) -> Result<(), LedgerError> {
    let mut statement = transaction.prepare_cached(
        "SELECT position, log, seq FROM entry WHERE record = ?1 AND kind = ?2 AND standing = ?3 ORDER BY position",
    )?;
    let rows = statement.query_map(params![record, EntryKind::Attachment.code(), APPLIED], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64))
    })?;
    let attached: Vec<(i64, i64, u64)> = rows.collect::<Result<_, _>>()?;
    for (position, log, seq) in attached {
        forget_attachments(transaction, log, seq..seq + 1)?;
        settle_stored(transaction, position, Outcome::Waiting)?;
    }
    Ok(())
}

/// The record with the entries that are about to go: what they edited is read from it.
fn keep_as_it_was(transaction: &Transaction<'_>, record: RecordId) -> Result<(), LedgerError> {
    let row = record_row(transaction, record)?.filter(|row| row.intact);
    if let Some(saved) = row.and_then(|row| row.saved) {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO owed_record (code, saved) VALUES (?1, ?2)")?
            .execute(params![record.0.as_bytes().as_slice(), saved])?;
    }
    Ok(())
}

fn keep_runs(
    transaction: &Transaction<'_>,
    head: &LogHead,
    pack: &Pack,
    owed_from: u64,
) -> Result<(), LedgerError> {
    for run in &pack.runs {
        let items = hash_items(pack, run, &mut std::collections::BTreeMap::new()).unwrap_or_default();
        keep_beside(transaction, head.row, (pack, run, &items), true, owed_from)?;
    }
    Ok(())
}
