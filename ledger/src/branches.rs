//! Runs of a forked log that stand beside its order: the proof, and what is taken in once somebody chose.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::codec::Reader;
use cotmoc_core::exchange::{Pack, Run};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::detached::{Attached, single_run};
use crate::error::LedgerError;
use crate::incoming::{Incoming, hash_items};
use crate::journal::Ledger;
use crate::rows::{LogHead, WITHHELD, hash_at, log_head};

/// Most ends of branches that are kept of one log: its author could make any number.
const MOST_ENDS: usize = 16;
/// Most bytes of branches that are kept of one log: what is beyond comes again once somebody has chosen.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// A run as it is kept.
pub(crate) struct Branch {
    pub id: i64,
    pub first_seq: u64,
    pub prev: Hash32,
    pub last_seq: u64,
    pub pack: Pack,
}

impl Branch {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let bytes: Vec<u8> = row.get("pack")?;
        // A pack that was damaged here proves nothing any more and has no run.
        let pack = Pack::read(&mut Reader::new(&bytes)).unwrap_or_default();
        Ok(Self {
            id: row.get("id")?,
            first_seq: row.get::<_, i64>("first_seq")? as u64,
            prev: hash_at(row, "prev")?,
            last_seq: row.get::<_, i64>("last_seq")? as u64,
            pack,
        })
    }

    /// Its entries with their hashes.
    pub fn items(&self) -> Vec<Incoming> {
        let run = self.pack.runs.first();
        run.and_then(|run| hash_items(&self.pack, run, &mut BTreeMap::new()))
            .unwrap_or_default()
    }

    fn hash_at(&self, seq: u64) -> Option<Hash32> {
        if seq + 1 == self.first_seq {
            return Some(self.prev);
        }
        let at = usize::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        self.items().get(at).map(|item| item.hash)
    }
}

/// Some log has forked here.
pub(crate) fn any_branch(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM branch)")?
        .query_row([], |row| row.get(0))?)
}

/// The runs kept of a log, in their order.
pub(crate) fn branches_of(connection: &Connection, log_row: i64) -> rusqlite::Result<Vec<Branch>> {
    connection
        .prepare_cached(
            "SELECT id, first_seq, prev, last_seq, pack FROM branch WHERE log = ?1
             ORDER BY first_seq, last_seq, last_hash",
        )?
        .query_map([log_row], Branch::read)?
        .collect()
}

/// The places of a run for which its signature vouches, the last one first: the signed hash, and every hash that
/// an entry vouched for names as the one before it. A withheld hash says nothing about what is before it.
pub(crate) fn vouched_places(run: &Run, items: &[Incoming]) -> Vec<(u64, Hash32)> {
    let mut places = Vec::with_capacity(items.len() + 1);
    for (at, item) in items.iter().enumerate().rev() {
        places.push((run.first_seq + at as u64, item.hash));
        if item.entry.is_none() {
            return places;
        }
    }
    if run.first_seq > 1 {
        places.push((run.first_seq - 1, run.prev));
    }
    places
}

/// How a run meets the log as it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// Where both have entries, they are the same.
    Fits,
    /// Two different entries are proven: the first place where they are.
    Differs(u64),
    /// The run names other hashes than are held, and nothing proves them.
    Unproven,
}

/// Compares a run with the log that is held.
pub(crate) fn meeting(
    connection: &Connection,
    run: &Run,
    items: &[Incoming],
    head: Option<&LogHead>,
) -> Result<Meeting, LedgerError> {
    let Some(head) = head.filter(|head| head.seq > 0) else {
        let begins = run.first_seq > 1 || run.prev == Hash32::ZERO;
        return Ok(if begins { Meeting::Fits } else { Meeting::Unproven });
    };
    let last = run.first_seq + items.len() as u64 - 1;
    let meets = last.min(head.seq);
    if meets + 1 < run.first_seq {
        return Ok(Meeting::Fits);
    }
    let theirs = match usize::try_from(meets + 1 - run.first_seq).unwrap_or(usize::MAX) {
        0 => run.prev,
        count => items[count - 1].hash,
    };
    if held_hash(connection, head, meets)? == Some(theirs) {
        return Ok(Meeting::Fits);
    }
    let mut first = None;
    for (seq, hash) in vouched_places(run, items) {
        if seq > head.seq {
            continue;
        }
        if held_hash(connection, head, seq)? == Some(hash) {
            break;
        }
        first = Some(seq);
    }
    match first {
        Some(seq) if is_vouched_here(connection, head, seq)? => Ok(Meeting::Differs(seq)),
        _ => Ok(Meeting::Unproven),
    }
}

fn held_hash(connection: &Connection, head: &LogHead, seq: u64) -> rusqlite::Result<Option<Hash32>> {
    if seq == 0 {
        return Ok(Some(Hash32::ZERO));
    }
    if seq == head.seq {
        return Ok(Some(head.hash));
    }
    connection
        .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
        .query_row(params![head.row, seq as i64], |row| hash_at(row, "hash"))
        .optional()
}

/// The hash held at a place is one that the author signed, directly or by whole entries up to a signature. The
/// signature of an end that was cut off is with the branches.
fn is_vouched_here(connection: &Connection, head: &LogHead, seq: u64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT signature IS NOT NULL AS is_signed, standing FROM entry WHERE log = ?1 AND seq >= ?2 ORDER BY seq",
    )?;
    let mut found = statement.query(params![head.row, seq as i64])?;
    let mut is_first = true;
    while let Some(row) = found.next()? {
        if !is_first && row.get::<_, i64>("standing")? == WITHHELD {
            return Ok(false);
        }
        if row.get::<_, bool>("is_signed")? {
            return Ok(true);
        }
        is_first = false;
    }
    Ok(true)
}

/// The first place from which on nothing of a log counts, because nobody has chosen yet.
pub(crate) fn frozen_from(connection: &Connection, log_row: i64) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT min(seq) FROM fork WHERE log = ?1 AND settled IS NULL")?
        .query_row([log_row], |row| row.get::<_, Option<i64>>(0))
        .map(|seq| seq.map(|seq| seq as u64))
}

/// A fork at this place is settled here.
pub(crate) fn is_settled(connection: &Connection, log_row: i64, seq: u64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM fork WHERE log = ?1 AND seq = ?2 AND settled IS NOT NULL)",
        )?
        .query_row(params![log_row, seq as i64], |row| row.get(0))
}

/// The places of a log that are settled here, with the entry that counts.
pub(crate) fn settled_places(
    connection: &Connection,
    log_row: i64,
) -> rusqlite::Result<BTreeMap<u64, Hash32>> {
    connection
        .prepare_cached("SELECT seq, settled FROM fork WHERE log = ?1 AND settled IS NOT NULL")?
        .query_map([log_row], |row| {
            Ok((row.get::<_, i64>("seq")? as u64, hash_at(row, "settled")?))
        })?
        .collect()
}

/// Notes that two different entries stand at a place. What was noted further on is not known any more: which of the
/// branches it is on shows when somebody has chosen here.
pub(crate) fn note_fork(transaction: &Transaction<'_>, log_row: i64, seq: u64) -> rusqlite::Result<()> {
    forget_open_after(transaction, log_row, seq)?;
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO fork (log, seq, settled, is_own_choice) VALUES (?1, ?2, NULL, 0)",
        )?
        .execute(params![log_row, seq as i64])?;
    Ok(())
}

/// Forgets the places beyond this one at which nobody has chosen.
pub(crate) fn forget_open_after(
    transaction: &Transaction<'_>,
    log_row: i64,
    seq: u64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM fork WHERE log = ?1 AND seq > ?2 AND settled IS NULL")?
        .execute(params![log_row, seq as i64])?;
    Ok(())
}

/// Notes which entry counts at a place.
pub(crate) fn note_settled(
    transaction: &Transaction<'_>,
    log_row: i64,
    seq: u64,
    keep: &Hash32,
    is_own_choice: bool,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO fork (log, seq, settled, is_own_choice) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (log, seq) DO UPDATE SET settled = ?3, is_own_choice = ?4",
        )?
        .execute(params![log_row, seq as i64, &keep.0[..], is_own_choice])?;
    Ok(())
}

/// The run goes on from one that stands beside the log.
pub(crate) fn follows_a_branch(
    connection: &Connection,
    log_row: i64,
    run: &Run,
) -> Result<bool, LedgerError> {
    let before = run.first_seq - 1;
    Ok(branches_of(connection, log_row)?
        .iter()
        .any(|branch| branch.last_seq >= before && branch.hash_at(before) == Some(run.prev)))
}

/// Keeps a run beside its log. Says whether it was not known; of one log only so many branches are kept,
/// except that `is_needed`, because it proves an earlier fork than any before.
pub(crate) fn keep_beside(
    transaction: &Transaction<'_>,
    log_row: i64,
    (pack, run, items): (&Pack, &Run, &[Incoming]),
    is_needed: bool,
    owed_from: u64,
) -> Result<bool, LedgerError> {
    let Some(last) = items.last().map(|item| item.hash) else {
        return Ok(false);
    };
    let last_seq = run.first_seq + items.len() as u64 - 1;
    let known = branches_of(transaction, log_row)?;
    let holds = |branch: &Branch| {
        branch.first_seq <= run.first_seq
            && branch.last_seq >= last_seq
            && branch.hash_at(last_seq) == Some(last)
    };
    if known.iter().any(holds) {
        return Ok(false);
    }
    let begun: BTreeSet<Hash32> = known.iter().map(|branch| branch.prev).collect();
    let ends = known.iter().filter(|branch| {
        branch
            .hash_at(branch.last_seq)
            .is_some_and(|end| !begun.contains(&end))
    });
    // Where another one goes on already, this is one more end.
    let goes_on = !begun.contains(&run.prev)
        && known
            .iter()
            .any(|branch| branch.hash_at(branch.last_seq) == Some(run.prev));
    let (_, alone) = single_run(pack, run, items);
    let bytes: i64 = transaction
        .prepare_cached("SELECT coalesce(sum(length(pack)), 0) FROM branch WHERE log = ?1")?
        .query_row([log_row], |row| row.get(0))?;
    let has_room = bytes as u64 + alone.len() as u64 <= MOST_BYTES && (goes_on || ends.count() < MOST_ENDS);
    if !is_needed && !has_room {
        return Ok(false);
    }
    transaction.execute(
        "INSERT INTO branch (log, first_seq, prev, last_seq, last_hash, pack, owed_from)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            log_row,
            run.first_seq as i64,
            &run.prev.0[..],
            last_seq as i64,
            &last.0[..],
            alone,
            owed_from as i64
        ],
    )?;
    Ok(true)
}

impl Ledger {
    /// A run beside a log that goes on from its head now, as far as nobody has still to choose.
    pub(crate) fn next_branch(
        &self,
        connection: &Connection,
        log: &LogId,
    ) -> Result<Option<Attached>, LedgerError> {
        let Some(head) = log_head(connection, log)? else {
            return Ok(None);
        };
        if frozen_from(connection, head.row)?.is_some_and(|from| from <= head.seq + 1) {
            return Ok(None);
        }
        let mut settled = self.with_roster(log.scope.province, |roster| {
            roster
                .and_then(|roster| roster.settled_forks.get(log).cloned())
                .unwrap_or_default()
        });
        settled.extend(settled_places(connection, head.row)?);
        for branch in branches_of(connection, head.row)? {
            if branch.first_seq > head.seq + 1 || branch.last_seq <= head.seq {
                continue;
            }
            let goes_on = branch.hash_at(head.seq) == Some(head.hash);
            let is_chosen = |(seq, keep): (&u64, &Hash32)| {
                *seq <= head.seq || *seq > branch.last_seq || branch.hash_at(*seq) == Some(*keep)
            };
            if goes_on && settled.iter().all(is_chosen) {
                return Ok(Some(Attached::beside(branch, *log)));
            }
        }
        Ok(None)
    }
}
