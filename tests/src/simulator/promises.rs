//! The promises of the design, as checks of real stores. Each has a name, so that a life that broke one says which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Result;
use cotmoc_core::access::{Refusal, Roster, Writing, may_write};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, EntryKind};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Ledger, LedgerError};

use super::stores::{beside, hash, log_of, receipts_of};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What a use case has confirmed is in the device's journal, whatever happens.
    NothingSavedIsLost,
    /// "Held by the province" only with a valid receipt for exactly this entry, which the server backs.
    HeldMeansHeld,
    /// Equal sets of entries of a record give equal contents.
    EqualSetsAreEqual,
    /// No entry is there twice.
    NothingTwice,
    /// What is applied was written by somebody who may write it.
    OnlyByRight,
    /// Where a log was written twice, the proof is kept and nothing is chosen.
    NoForkInSilence,
    /// A photo is stored once, and is what its name says.
    PhotosOnce,
    /// Nobody is stopped for good: healed, all become equal in three rounds.
    AllBecomeEqual,
    /// No input makes a device or the server fail.
    NothingFails,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Of which life.
    pub seed: u64,
    /// How many events the life has.
    pub events: u32,
    /// After which event; the number of events when it was in the end.
    pub step: u32,
    /// What was promised.
    pub promise: Promise,
    /// What was found instead.
    pub found: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed, events, step, ..
        } = self;
        let (promise, found) = (self.promise, &self.found);
        writeln!(
            f,
            "seed {seed}, event {step} of {events}: {promise:?} is broken: {found}"
        )?;
        write!(
            f,
            "again: target/debug/cotmoc-bench --simulate {seed} --events {events}"
        )
    }
}

/// Contents of a record by the set of its applied entries, of whatever store at whatever time.
#[derive(Debug, Default)]
pub(super) struct Contents(BTreeMap<(RecordId, Hash32), (Hash32, String)>);

/// All that was saved is there: in its log, or beside it, where it gave way to another branch.
pub(super) fn nothing_is_lost(ledger: &Ledger, saved: &BTreeSet<Hash32>) -> Result<Option<String>> {
    let mut here: BTreeSet<Hash32> = ledger.sorted_entry_hashes()?.into_iter().collect();
    if !saved.is_subset(&here) {
        here.extend(beside(ledger)?);
    }
    let lost: Vec<&Hash32> = saved.difference(&here).collect();
    Ok(lost
        .first()
        .map(|first| format!("{} entries, the first {first}", lost.len())))
}

/// Every receipt is valid and about the entry that stands here, and an own entry without one is not shown as held.
/// `server` is asked when it has not gone back to an older copy since.
pub(super) fn held_means_held(
    ledger: &Ledger,
    me: DeviceKey,
    authority: &DeviceKey,
    server: Option<&Ledger>,
) -> Result<Option<String>> {
    for receipt in receipts_of(ledger)? {
        let log = receipt.log;
        if !receipt.verify(authority) {
            return Ok(Some(format!("a receipt of {log:?} is not the authority's")));
        }
        if ledger.hash_at(&log, receipt.seq)? != Some(receipt.hash) {
            return Ok(Some(format!("a receipt of {log:?} is about another entry")));
        }
        if let Some(server) = server
            && log.device == me
            && server.hash_at(&log, receipt.seq)? != Some(receipt.hash)
            // It gave way to another branch since: it is there still, as proof, until somebody has chosen.
            && !beside(server)?.contains(&receipt.hash)
        {
            return Ok(Some(format!(
                "the server does not hold {log:?} up to {}",
                receipt.seq
            )));
        }
    }
    let unmarked: i64 = ledger.read(|connection| -> Result<_, LedgerError> {
        Ok(connection.query_row(
            "SELECT count(*) FROM entry JOIN log ON log.id = entry.log LEFT JOIN record ON record.id = entry.record
             WHERE log.device = ?1 AND log.incarnation IN (SELECT incarnation FROM life) AND entry.record IS NOT NULL
               AND entry.seq > coalesce((SELECT seq FROM receipt WHERE receipt.log = entry.log), 0)
               AND NOT EXISTS (SELECT 1 FROM own_change WHERE own_change.log = entry.log
                 AND own_change.last_seq >= entry.seq
                 AND replace(own_change.record, '-', '') = lower(hex(record.code)))",
            [&me.0[..]],
            |row| row.get(0),
        )?)
    })?;
    Ok((unmarked > 0).then(|| format!("{unmarked} own entries are shown as held without a receipt")))
}

/// Entries and their counts fit each other, and none is there twice.
pub(super) fn nothing_twice(ledger: &Ledger) -> Result<Option<String>> {
    let (twice, miscounted): (i64, i64) = ledger.read(|connection| -> Result<_, LedgerError> {
        let twice = connection.query_row("SELECT count(*) - count(DISTINCT hash) FROM entry", [], |row| row.get(0))?;
        let miscounted = connection.query_row(
            "SELECT count(*) FROM record WHERE entries <> (SELECT count(*) FROM entry WHERE entry.record = record.id)",
            [],
            |row| row.get(0),
        )?;
        Ok((twice, miscounted))
    })?;
    if twice > 0 {
        let places = ledger.read(|connection| -> Result<_, LedgerError> {
            let mut statement = connection.prepare(
                "SELECT log.device, log.incarnation, scope.code, entry.seq, entry.standing, entry.hash FROM entry
                 JOIN log ON log.id = entry.log JOIN scope ON scope.id = log.scope
                 WHERE entry.hash IN (SELECT hash FROM entry GROUP BY hash HAVING count(*) > 1) ORDER BY entry.hash",
            )?;
            let rows = statement.query_map([], |row| {
                let standing: i64 = row.get(4)?;
                Ok(format!("{:?} {} standing {standing} {}", log_of(row, 0)?, row.get::<_, i64>(3)?, hash(row, 5)?))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        return Ok(Some(format!("twice: {}", places.join("; "))));
    }
    Ok((miscounted > 0).then(|| format!("{miscounted} records miscounted")))
}

impl Contents {
    /// Adds what a store makes of its records.
    pub fn agree(&mut self, ledger: &Ledger, whose: &str) -> Result<Option<String>> {
        let records = ledger.read(|connection| -> Result<_, LedgerError> {
            let mut statement = connection.prepare_cached(
                "SELECT record.code, record.state, entry.hash FROM record JOIN entry ON entry.record = record.id
                 WHERE entry.standing = 0 AND record.saved IS NOT NULL ORDER BY record.id, entry.hash",
            )?;
            let mut rows = statement.query([])?;
            let mut records: BTreeMap<[u8; 16], (String, blake3::Hasher)> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (_, set) = match records.entry(row.get(0)?) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(new) => {
                        new.insert((row.get(1)?, blake3::Hasher::new()))
                    }
                };
                set.update(&hash(row, 2)?.0);
            }
            Ok(records)
        })?;
        for (code, (state, set)) in records {
            let record = RecordId(uuid::Uuid::from_bytes(code));
            let state = Hash32(*blake3::hash(state.as_bytes()).as_bytes());
            let set = Hash32(*set.finalize().as_bytes());
            let known = self
                .0
                .entry((record, set))
                .or_insert_with(|| (state, whose.to_owned()));
            if known.0 != state {
                return Ok(Some(format!("{record} at {whose} and at {}", known.1)));
            }
        }
        Ok(None)
    }
}

/// Everything applied was written by right. What `me` itself wrote before it learned of its own revocation stays what
/// it is there: nobody else takes it.
pub(super) fn only_by_right(
    ledger: &Ledger,
    roster: &Roster,
    me: Option<DeviceKey>,
) -> Result<Option<String>> {
    let applied = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached(
            "SELECT log.device, log.incarnation, scope.code, entry.seq, record.kind, record.first_author
             FROM entry JOIN log ON log.id = entry.log JOIN scope ON scope.id = log.scope
               JOIN record ON record.id = entry.record
             WHERE entry.standing = 0 AND entry.kind = 1",
        )?;
        let rows = statement.query_map([], |row| {
            let kind = RecordKind::from_code(row.get(4)?);
            let first: [u8; 32] = row.get(5)?;
            Ok((
                log_of(row, 0)?,
                row.get::<_, i64>(3)? as u64,
                kind,
                DeviceKey(first),
            ))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    for (log, seq, record_kind, first) in applied {
        let Some(log) = log else { continue };
        let writing = Writing {
            log: &log,
            seq,
            record_kind,
            entry_kind: EntryKind::Change,
            first_author: Some(&first),
            act: None,
        };
        let is_own = Some(log.device) == me;
        if let Err(refusal) = may_write(roster, &writing)
            && !(is_own && refusal == Refusal::Revoked)
        {
            return Ok(Some(format!("{log:?} {seq}: {refusal:?}")));
        }
    }
    Ok(None)
}
