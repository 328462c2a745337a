//! Runs that cannot be appended now: behind a gap of their log they wait, beside a fork they are proof.

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::{Item, Pack, Payload, Run};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::LedgerError;
use crate::incoming::Incoming;
use crate::journal::Ledger;
use crate::rows::{LogHead, hash_at};

/// A run whose gap is filled now.
pub(crate) struct Attached {
    id: i64,
    pub log: LogId,
    pub first_seq: u64,
    /// The run as a pack of its own.
    pub pack: Pack,
}

impl Attached {
    /// Takes it off the list, in the transaction that appends it.
    pub fn forget(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute("DELETE FROM detached WHERE id = ?1", [self.id])?;
        Ok(())
    }
}

impl Ledger {
    /// A run that waited behind a gap which is filled now.
    pub(crate) fn next_attached<'a>(
        &self,
        grown: impl Iterator<Item = (&'a LogId, u64)>,
    ) -> Result<Option<Attached>, LedgerError> {
        for (log, head) in grown {
            let found: Option<(i64, i64, Vec<u8>)> = self.read(|connection| -> Result<_, LedgerError> {
                Ok(connection
                    .prepare_cached(
                        "SELECT id, first_seq, pack FROM detached
                         WHERE device = ?1 AND incarnation = ?2 AND scope = ?3 AND first_seq <= ?4 ORDER BY first_seq",
                    )?
                    .query_row(
                        params![
                            &log.device.0[..],
                            log.incarnation.0 as i64,
                            &log.scope.encode()[..],
                            head as i64 + 1
                        ],
                        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                    )
                    .optional()?)
            })?;
            let Some((id, first_seq, bytes)) = found else {
                continue;
            };
            // One that cannot be read any more must not stop its log: its author sends it again.
            let pack = Pack::read(&mut Reader::new(&bytes)).unwrap_or_else(|error| {
                tracing::warn!(%error, "a waiting run is damaged and was dropped");
                Pack::default()
            });
            return Ok(Some(Attached {
                id,
                log: *log,
                first_seq: first_seq as u64,
                pack,
            }));
        }
        Ok(None)
    }
}

/// The first place where the run and the held log differ.
pub(crate) fn fork_at(
    connection: &Connection,
    run: &Run,
    items: &[Incoming],
    head: Option<&LogHead>,
    known: usize,
) -> Result<Option<(u64, Hash32, Hash32)>, LedgerError> {
    let Some(head) = head else {
        let begins = run.prev == Hash32::ZERO;
        return Ok((!begins).then_some((0, Hash32::ZERO, run.prev)));
    };
    let compared = known.min(items.len());
    let seq = run.first_seq + compared as u64 - 1;
    let other = if compared == 0 {
        run.prev
    } else {
        items[compared - 1].hash
    };
    let held = if seq == head.seq {
        Some(head.hash)
    } else {
        held_hash(connection, head, seq)?
    };
    let held = held.unwrap_or(Hash32::ZERO);
    if held == other {
        return Ok(None);
    }
    // The hashes are chained, so the first difference is the one whose place before agrees.
    let first = (0..compared).find_map(|at| {
        let seq = run.first_seq + at as u64;
        match held_hash(connection, head, seq) {
            Ok(Some(held)) if held != items[at].hash => Some((seq, held, items[at].hash)),
            _ => None,
        }
    });
    Ok(Some(first.unwrap_or((seq, held, other))))
}

fn held_hash(connection: &Connection, head: &LogHead, seq: u64) -> rusqlite::Result<Option<Hash32>> {
    connection
        .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
        .query_row(params![head.row, seq as i64], |row| hash_at(row, "hash"))
        .optional()
}

/// Keeps the proof of a fork.
pub(crate) fn store_fork(
    transaction: &Transaction<'_>,
    head: Option<&LogHead>,
    (seq, held, other): (u64, Hash32, Hash32),
    pack: &Pack,
    run: &Run,
    items: &[Incoming],
) -> Result<(), LedgerError> {
    let row = head.map_or(0, |head| head.row);
    let (_, alone) = single_run(pack, run, items);
    transaction.execute(
        "INSERT OR IGNORE INTO fork (log, seq, held_hash, other_hash, pack) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![row, seq as i64, &held.0[..], &other.0[..], alone],
    )?;
    Ok(())
}

/// Keeps a run until the gap before it is filled. Of two that begin at one place the longer one stays.
pub(crate) fn store_detached(
    transaction: &Transaction<'_>,
    pack: &Pack,
    run: &Run,
    items: &[Incoming],
) -> Result<(), LedgerError> {
    let (whole, alone) = single_run(pack, run, items);
    transaction.execute(
        "INSERT INTO detached (device, incarnation, scope, first_seq, entries, whole, pack)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (device, incarnation, scope, first_seq)
         DO UPDATE SET entries = excluded.entries, whole = excluded.whole, pack = excluded.pack
         WHERE (excluded.entries, excluded.whole) > (detached.entries, detached.whole)",
        params![
            &run.log.device.0[..],
            run.log.incarnation.0 as i64,
            &run.log.scope.encode()[..],
            run.first_seq as i64,
            items.len() as i64,
            whole,
            alone
        ],
    )?;
    Ok(())
}

/// One run as a pack of its own, every payload inline, and how many of its entries are not withheld.
fn single_run(pack: &Pack, run: &Run, items: &[Incoming]) -> (i64, Vec<u8>) {
    let mut alone = Pack {
        records: Vec::new(),
        runs: vec![run.clone()],
    };
    let mut whole = 0;
    let mut places = std::collections::BTreeMap::new();
    for (item, incoming) in alone.runs[0].items.iter_mut().zip(items) {
        let (Item::Entry { record, payload, .. }, Some(entry)) = (item, &incoming.entry) else {
            continue;
        };
        whole += 1;
        *payload = Payload::Inline(entry.content.payload.clone());
        *record = *places.entry(*record).or_insert_with_key(|record| {
            let mut named = pack.records[*record].clone();
            named.document = None;
            alone.records.push(named);
            alone.records.len() - 1
        });
    }
    let mut writer = Writer::new();
    alone.write(&mut writer);
    (whole, writer.finish())
}
