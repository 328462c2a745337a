//! Entries that were handed on by their hash alone and are let through later: at the store that has them,
//! and at those that know only the hash.

use std::collections::BTreeSet;

use cotmoc_core::access::Refusal;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Entry, EntryKind, LogId};
use cotmoc_core::record::Outcome;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::receive::Received;
use crate::rows::{
    Arrival, NOBODY, SET_ASIDE, WITHHELD, count_entries, hash_at, log_by_row, new_record_row, record_row,
    scope_row,
};
use crate::stored::Stored;
use crate::verdict::Rosters;

impl Ledger {
    /// Gives entries of which only the hash was held their content, and decides about them as about any
    /// other. No roster acts: one that was withheld changes no record.
    pub(crate) fn fill(
        &self,
        transaction: &Transaction<'_>,
        rosters: &Rosters,
        entries: Vec<(i64, Entry)>,
        received: &mut Received,
    ) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut arrival = Arrival::begin(transaction)?;
        for (log_row, entry) in entries {
            if entry.content.kind == EntryKind::RosterAct {
                continue;
            }
            let Some(stored) = put_content(transaction, log_row, entry)? else {
                continue;
            };
            let (hash, record) = (stored.hash, stored.entry.content.record);
            received.new_entries += 1;
            match self.settle_again(transaction, Some(rosters), &mut arrival, &stored)? {
                Outcome::Applied => drop(received.records.insert(record)),
                Outcome::Waiting => received.waiting += 1,
                Outcome::Refused(reason) => received.refused.push((hash, reason)),
            }
        }
        Ok(arrival.finish(transaction)?)
    }

    /// Entries of a device's logs that arrived between two positions and are set aside.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn refused_at(
        &self,
        device: DeviceKey,
        after: u64,
        until: u64,
    ) -> Result<Vec<(LogId, Hash32, Refusal)>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entry.log AS log, entry.hash AS hash, reason FROM entry JOIN log ON log.id = entry.log
                 WHERE standing = ?3 AND standing <> 0 AND position > ?1 AND position <= ?2 AND log.device = ?4
                 ORDER BY position",
            )?;
            let mut found = statement.query(params![
                i64::try_from(after).unwrap_or(i64::MAX),
                i64::try_from(until).unwrap_or(i64::MAX),
                SET_ASIDE,
                &device.0[..]
            ])?;
            let mut refused = Vec::new();
            while let Some(row) = found.next()? {
                let reason: Option<u8> = row.get("reason")?;
                refused.push((
                    log_by_row(connection, row.get("log")?)?,
                    hash_at(row, "hash")?,
                    reason.and_then(Refusal::from_code).unwrap_or(Refusal::Malformed),
                ));
            }
            Ok(refused)
        })
    }

    /// Entries of an author's own logs in a province that were tried again between two positions of the
    /// arrival order and are still set aside, now with another reason.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn refused_again(
        &self,
        device: DeviceKey,
        after: u64,
        until: u64,
    ) -> Result<Vec<(LogId, Hash32, Refusal)>, LedgerError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entry.log AS log, entry.hash AS hash, reason FROM late
                 JOIN entry ON entry.position = late.entry JOIN log ON log.id = entry.log
                 WHERE late.position > ?1 AND late.position <= ?2 AND standing = ?3
                   AND log.device = ?4 ORDER BY late.position",
            )?;
            let mut found = statement.query(params![
                i64::try_from(after).unwrap_or(i64::MAX),
                i64::try_from(until).unwrap_or(i64::MAX),
                SET_ASIDE,
                &device.0[..]
            ])?;
            let mut refused = Vec::new();
            while let Some(row) = found.next()? {
                let reason: Option<u8> = row.get("reason")?;
                refused.push((
                    log_by_row(connection, row.get("log")?)?,
                    hash_at(row, "hash")?,
                    reason.and_then(Refusal::from_code).unwrap_or(Refusal::Malformed),
                ));
            }
            Ok(refused)
        })
    }
}

/// Of `count` places of a log from `first` on, those that are held by their hash alone.
pub(crate) fn withheld_places(
    connection: &Connection,
    log: i64,
    first: u64,
    count: usize,
) -> rusqlite::Result<BTreeSet<u64>> {
    let (first, last) = (first as i64, first as i64 + count as i64);
    connection
        .prepare_cached("SELECT seq FROM entry WHERE log = ?1 AND seq >= ?2 AND seq < ?3 AND standing = ?4")?
        .query_map(params![log, first, last, WITHHELD], |row| {
            Ok(row.get::<_, i64>(0)? as u64)
        })?
        .collect()
}

/// The entry with its content, set aside until it is decided about. Absent when another run of the same
/// pack has brought it already.
fn put_content(
    transaction: &Transaction<'_>,
    log_row: i64,
    entry: Entry,
) -> Result<Option<Stored>, LedgerError> {
    let found: Option<(i64, Hash32)> = transaction
        .prepare_cached("SELECT position, hash FROM entry WHERE log = ?1 AND seq = ?2 AND standing = ?3")?
        .query_row(params![log_row, entry.seq as i64, WITHHELD], |row| {
            Ok((row.get(0)?, hash_at(row, "hash")?))
        })
        .optional()?;
    let Some((position, hash)) = found.filter(|(_, hash)| *hash == entry.hash()) else {
        return Ok(None);
    };
    let content = &entry.content;
    let record = match record_row(transaction, content.record)? {
        Some(row) => row.row,
        None => {
            let scope = scope_row(transaction, &entry.log.scope)?;
            new_record_row(transaction, content.record, content.record_kind, scope, &NOBODY)?
        }
    };
    transaction
        .prepare_cached(
            "UPDATE entry SET record = ?2, kind = ?3, claimed_at = ?4, payload = ?5, standing = ?6, reason = NULL
             WHERE position = ?1",
        )?
        .execute(params![
            position,
            record,
            content.kind.code(),
            content.claimed_at,
            content.payload,
            SET_ASIDE
        ])?;
    count_entries(transaction, record, 1)?;
    Ok(Some(Stored {
        position,
        log_row,
        hash,
        entry,
    }))
}
