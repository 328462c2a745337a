//! What the checks read out of real stores.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use cotmoc_core::access::{Roster, may_receive};
use cotmoc_core::codec::Reader;
use cotmoc_core::exchange::{Item, Pack, Payload};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{
    self, DeviceKey, Incarnation, LogId, NewEntry, Receipt, Scope, Signature, SignedLife,
};
use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::Row;

pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash32> {
    row.get::<_, [u8; 32]>(column).map(Hash32)
}

pub(super) fn log_of(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<LogId>> {
    let code: Vec<u8> = row.get(at + 2)?;
    Ok(Scope::decode(&mut Reader::new(&code)).ok().map(|scope| LogId {
        device: DeviceKey(row.get(at).unwrap_or_default()),
        incarnation: Incarnation(row.get::<_, i64>(at + 1).unwrap_or_default() as u64),
        scope,
    }))
}

/// Hashes of the entries that stand beside their logs.
pub(super) fn beside(ledger: &Ledger) -> Result<BTreeSet<Hash32>> {
    let packs = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached("SELECT pack FROM branch")?;
        let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    let mut hashes = BTreeSet::new();
    for bytes in packs {
        let pack = Pack::read(&mut Reader::new(&bytes))?;
        for run in &pack.runs {
            let mut prev = run.prev;
            for (seq, item) in (run.first_seq..).zip(&run.items) {
                prev = match item {
                    Item::Withheld(hash) => *hash,
                    Item::Entry {
                        record,
                        kind,
                        claimed_at,
                        payload: Payload::Inline(payload),
                    } => {
                        let record = &pack.records[*record];
                        let content = NewEntry {
                            record: record.id,
                            record_kind: record.kind,
                            kind: *kind,
                            payload: payload.clone(),
                            claimed_at: *claimed_at,
                        };
                        let log = run.log;
                        journal::Entry {
                            log,
                            seq,
                            prev,
                            content,
                        }
                        .hash()
                    }
                    // A run is kept with its payloads.
                    Item::Entry { .. } => break,
                };
                hashes.insert(prev);
            }
        }
    }
    Ok(hashes)
}

/// Every receipt that a store keeps.
pub(super) fn receipts_of(ledger: &Ledger) -> Result<Vec<Receipt>> {
    let receipts = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached(
            "SELECT log.device, log.incarnation, scope.code, receipt.seq, receipt.hash, receipt.media_complete,
               receipt.signature, receipt.life
             FROM receipt JOIN log ON log.id = receipt.log JOIN scope ON scope.id = log.scope",
        )?;
        let rows = statement.query_map([], |row| {
            let signature: [u8; 64] = row.get(6)?;
            let life: Option<Vec<u8>> = row.get(7)?;
            Ok(log_of(row, 0)?.map(|log| Receipt {
                log,
                seq: row.get::<_, i64>(3).unwrap_or_default() as u64,
                hash: hash(row, 4).unwrap_or_default(),
                media_complete: row.get::<_, i64>(5).unwrap_or_default() == 1,
                signature: Signature(signature),
                life: life.and_then(|bytes| SignedLife::read(&mut Reader::new(&bytes)).ok()),
            }))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    Ok(receipts.into_iter().flatten().collect())
}

/// An entry in its log, as a store holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub seq: u64,
    pub hash: Hash32,
    pub standing: i64,
    /// More than its hash is here.
    pub is_whole: bool,
    /// Its author's signature is here, so that a run can end at it.
    pub is_signed: bool,
}

/// Entries by log, of what a device may receive.
pub(super) type Held = BTreeMap<LogId, Vec<Entry>>;

/// What a store holds of what `device` may receive by this roster.
pub(super) fn held(ledger: &Ledger, roster: &Roster, device: &DeviceKey) -> Result<Held> {
    let all = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached(
            "SELECT log.device, log.incarnation, scope.code, entry.seq, entry.hash, entry.standing,
               entry.payload IS NOT NULL, entry.signature IS NOT NULL
             FROM entry JOIN log ON log.id = entry.log
             JOIN scope ON scope.id = log.scope ORDER BY entry.log, entry.seq",
        )?;
        let rows = statement.query_map([], |row| {
            let entry = Entry {
                seq: row.get::<_, i64>(3)? as u64,
                hash: hash(row, 4)?,
                standing: row.get(5)?,
                is_whole: row.get(6)?,
                is_signed: row.get(7)?,
            };
            Ok((log_of(row, 0)?, entry))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    let mut held = Held::new();
    for (log, entry) in all {
        if let Some(log) = log.filter(|log| may_receive(roster, device, &log.scope)) {
            held.entry(log).or_default().push(entry);
        }
    }
    Ok(held)
}

/// Logs of which a store keeps the proof that they were written twice.
pub(super) fn forks(ledger: &Ledger) -> Result<BTreeSet<LogId>> {
    let forks = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT log.device, log.incarnation, scope.code FROM fork JOIN log ON log.id = fork.log
             JOIN scope ON scope.id = log.scope",
        )?;
        let rows = statement.query_map([], |row| log_of(row, 0))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    Ok(forks.into_iter().flatten().collect())
}

/// The roster as a store knows it.
pub(super) fn roster(ledger: &Ledger, province: ProvinceId) -> Result<Roster> {
    ledger
        .roster(province)
        .ok_or_else(|| anyhow::anyhow!("a store without a roster"))
}
