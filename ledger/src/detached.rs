//! Runs that cannot be appended now wait behind the gap in their log.

use std::collections::BTreeMap;

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::{Item, Pack, Payload, Run};
use cotmoc_core::journal::LogId;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::branches::{Branch, any_branch};
use crate::error::LedgerError;
use crate::incoming::Incoming;
use crate::journal::Ledger;

/// A run that goes on from its log's head now.
pub(crate) struct Attached {
    id: i64,
    table: &'static str,
    pub log: LogId,
    pub first_seq: u64,
    /// The run as a pack of its own.
    pub pack: Pack,
}

impl Attached {
    /// Takes it off the list, in the transaction that appends it.
    pub fn forget(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute(&format!("DELETE FROM {} WHERE id = ?1", self.table), [self.id])?;
        Ok(())
    }

    pub fn was_beside(&self) -> bool {
        self.table == "branch"
    }

    /// One that stood beside its log.
    pub fn beside(branch: Branch, log: LogId) -> Self {
        Self {
            id: branch.id,
            table: "branch",
            log,
            first_seq: branch.first_seq,
            pack: branch.pack,
        }
    }
}

impl Ledger {
    /// A run that waited behind a gap which is filled now, or stood beside the log until somebody chose.
    pub(crate) fn next_attached(
        &self,
        grown: &BTreeMap<LogId, u64>,
    ) -> Result<Option<Attached>, LedgerError> {
        let any_beside = self.read(any_branch)?;
        for (log, head) in grown {
            if any_beside && let Some(branch) = self.read(|connection| self.next_branch(connection, log))? {
                return Ok(Some(branch));
            }
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
                            *head as i64 + 1
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
                table: "detached",
                log: *log,
                first_seq: first_seq as u64,
                pack,
            }));
        }
        Ok(None)
    }
}

/// Keeps a run until the gap before it is filled. Of two that begin and end alike the one that withholds less stays.
pub(crate) fn store_detached(
    transaction: &Transaction<'_>,
    pack: &Pack,
    run: &Run,
    items: &[Incoming],
) -> Result<(), LedgerError> {
    let (whole, alone) = single_run(pack, run, items);
    transaction.execute(
        "INSERT INTO detached (device, incarnation, scope, first_seq, entries, whole, pack, last_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (device, incarnation, scope, first_seq, last_hash)
         DO UPDATE SET whole = excluded.whole, pack = excluded.pack WHERE excluded.whole > detached.whole",
        params![
            &run.log.device.0[..],
            run.log.incarnation.0 as i64,
            &run.log.scope.encode()[..],
            run.first_seq as i64,
            items.len() as i64,
            whole,
            alone,
            &items.last().map_or(run.prev, |item| item.hash).0[..]
        ],
    )?;
    Ok(())
}

/// One run as a pack of its own, every payload inline, and how many of its entries are not withheld.
pub(crate) fn single_run(pack: &Pack, run: &Run, items: &[Incoming]) -> (i64, Vec<u8>) {
    let mut alone = Pack {
        records: Vec::new(),
        runs: vec![run.clone()],
    };
    let mut whole = 0;
    let mut places = BTreeMap::new();
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

/// Takes the runs of a log that wait off the list.
pub(crate) fn take_detached(transaction: &Transaction<'_>, log: &LogId) -> Result<Vec<Pack>, LedgerError> {
    let mut statement = transaction.prepare_cached(
        "DELETE FROM detached WHERE device = ?1 AND incarnation = ?2 AND scope = ?3 RETURNING pack",
    )?;
    let found = statement.query_map(
        params![
            &log.device.0[..],
            log.incarnation.0 as i64,
            &log.scope.encode()[..]
        ],
        |row| row.get::<_, Vec<u8>>(0),
    )?;
    let mut packs = Vec::new();
    for bytes in found {
        packs.extend(Pack::read(&mut Reader::new(&bytes?)));
    }
    Ok(packs)
}
