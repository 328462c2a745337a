//! What of this device's work the province has confirmed.

use std::collections::BTreeMap;

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Ledger, LedgerError, Write};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::contract::models::Held;

/// About how many bytes an entry takes beside its payload.
const AROUND: i64 = 100;

/// Notes which records have changes the province has not confirmed; part of the same transaction as the
/// entries themselves.
pub(crate) fn note_own_changes(
    transaction: &Transaction<'_>,
    author: (DeviceKey, Incarnation),
    writes: &[Write],
) -> Result<(), LedgerError> {
    for write in writes {
        let (scope, record, kind) = match write {
            Write::Edit {
                scope, record, kind, ..
            }
            | Write::Attach {
                scope, record, kind, ..
            } => (scope, *record, kind.name()),
            Write::Act { scope, .. } => (scope, RecordId(scope.province.0), "roster"),
        };
        // The newest entry of this record by this author is the one this write made, if it made one.
        let newest: Option<(i64, i64)> = transaction
            .prepare_cached(
                "SELECT entry.seq, coalesce(length(entry.payload), 0) FROM entry
                 JOIN log ON log.id = entry.log JOIN scope ON scope.id = log.scope
                 WHERE log.device = ?1 AND log.incarnation = ?2 AND scope.code = ?3
                   AND entry.record IS (SELECT id FROM record WHERE code = ?4)
                 ORDER BY entry.position DESC LIMIT 1",
            )?
            .query_row(
                params![
                    &author.0.0[..],
                    author.1.0 as i64,
                    &scope.encode()[..],
                    record.0.as_bytes().as_slice()
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let record = record.to_string();
        let Some((seq, bytes)) = newest else { continue };
        let confirmed: i64 = transaction
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM receipt WHERE scope = ?1")?
            .query_row([&scope.encode()[..]], |row| row.get(0))?;
        if seq <= confirmed {
            continue;
        }
        transaction
            .prepare_cached(
                "INSERT INTO own_change (record, kind, scope, last_seq, entries, bytes, is_sent)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, 0)
                 ON CONFLICT (record) DO UPDATE SET entries = entries + 1, bytes = bytes + ?5, last_seq = ?4,
                   is_sent = 0
                 WHERE ?4 > last_seq",
            )?
            .execute(params![record, kind, &scope.encode()[..], seq, bytes + AROUND])?;
    }
    Ok(())
}

/// Where a record's changes are held. One that the province did not accept comes first: what was written after
/// it follows it and cannot be taken in there before it.
pub(crate) fn held(connection: &Connection, record: &str) -> rusqlite::Result<Held> {
    let refused: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM refused WHERE record = ?1)")?
        .query_row([record], |row| row.get(0))?;
    if refused {
        return Ok(Held::Refused);
    }
    let sent: Option<bool> = connection
        .prepare_cached("SELECT is_sent FROM own_change WHERE record = ?1")?
        .query_row([record], |row| row.get(0))
        .optional()?;
    Ok(match sent {
        None => Held::Province,
        Some(true) => Held::Sent,
        Some(false) => Held::ThisDevice,
    })
}

/// All of a record's changes that are not confirmed were sent.
pub(crate) fn is_sent(connection: &Connection, record: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM own_change WHERE record = ?1 AND is_sent = 1)")?
        .query_row([record], |row| row.get(0))
}

/// Last confirmed sequence of each own log.
pub(crate) fn confirmed(
    ledger: &Ledger,
    author: (DeviceKey, Incarnation),
) -> Result<BTreeMap<LogId, u64>, LedgerError> {
    ledger.read(|connection| {
        let mut statement = connection.prepare_cached("SELECT scope, seq FROM receipt")?;
        let mut rows = statement.query([])?;
        let mut confirmed = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(0)?;
            let Ok(scope) = Scope::decode(&mut cotmoc_core::codec::Reader::new(&code)) else {
                continue;
            };
            let log = LogId {
                device: author.0,
                incarnation: author.1,
                scope,
            };
            confirmed.insert(log, row.get::<_, i64>(1)? as u64);
        }
        Ok(confirmed)
    })
}

/// Entries went out: until the receipt comes they are sent, not held.
pub(crate) fn note_sent(transaction: &Transaction<'_>, log: &LogId, last_seq: u64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE own_change SET is_sent = 1 WHERE scope = ?1 AND last_seq <= ?2")?
        .execute(params![&log.scope.encode()[..], last_seq as i64])?;
    Ok(())
}

/// A verified receipt: everything of that log up to it is held by the province.
pub(crate) fn note_receipt(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
    now: i64,
) -> rusqlite::Result<()> {
    let scope = receipt.log.scope.encode();
    transaction
        .prepare_cached(
            "INSERT INTO receipt (scope, seq, hash, signature, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (scope) DO UPDATE SET seq = ?2, hash = ?3, signature = ?4, received_at = ?5 WHERE ?2 >= seq",
        )?
        .execute(params![
            &scope[..],
            receipt.seq as i64,
            &receipt.hash.0[..],
            &receipt.signature.0[..],
            now
        ])?;
    transaction
        .prepare_cached("DELETE FROM own_change WHERE scope = ?1 AND last_seq <= ?2")?
        .execute(params![&scope[..], receipt.seq as i64])?;
    Ok(())
}

/// The province lost something (it was restored, or does not know this device any more): of each own log it
/// holds no more than `held` says, nothing where that is silent. What is beyond that is only here again.
pub(crate) fn withdraw_receipts(
    transaction: &Transaction<'_>,
    author: (DeviceKey, Incarnation),
    held: &BTreeMap<Scope, u64>,
) -> Result<(), LedgerError> {
    for (log, scope) in own_logs(transaction, author)? {
        let code = scope.encode();
        let seq = held.get(&scope).copied().unwrap_or(0);
        transaction
            .prepare_cached("UPDATE receipt SET seq = ?2 WHERE scope = ?1 AND seq > ?2")?
            .execute(params![&code[..], seq as i64])?;
        let confirmed: i64 = transaction
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM receipt WHERE scope = ?1")?
            .query_row([&code[..]], |row| row.get(0))?;
        let mut beyond = transaction.prepare_cached(
            "SELECT record.code AS code, record.kind AS kind, max(entry.seq) AS last_seq, count(*) AS entries,
               sum(coalesce(length(entry.payload), 0) + ?3) AS bytes
             FROM entry LEFT JOIN record ON record.id = entry.record
             WHERE entry.log = ?1 AND entry.seq > ?2 GROUP BY entry.record",
        )?;
        let mut beyond = beyond.query(params![log, confirmed, AROUND])?;
        while let Some(row) = beyond.next()? {
            let kind: Option<u8> = row.get("kind")?;
            let kind = kind.and_then(RecordKind::from_code).unwrap_or(RecordKind::Roster);
            transaction
                .prepare_cached(
                    "INSERT INTO own_change (record, kind, scope, last_seq, entries, bytes, is_sent)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
                     ON CONFLICT (record) DO UPDATE SET last_seq = ?4, entries = ?5, bytes = ?6, is_sent = 0",
                )?
                .execute(params![
                    record_of(row.get("code")?, &scope),
                    kind.name(),
                    &code[..],
                    row.get::<_, i64>("last_seq")?,
                    row.get::<_, i64>("entries")?,
                    row.get::<_, i64>("bytes")?,
                ])?;
        }
    }
    Ok(())
}

/// The id under which a record is noted; roster acts go under their province.
pub(super) fn record_of(code: Option<[u8; 16]>, scope: &Scope) -> String {
    RecordId(code.map_or(scope.province.0, Uuid::from_bytes)).to_string()
}

pub(super) fn own_logs(
    transaction: &Transaction<'_>,
    author: (DeviceKey, Incarnation),
) -> Result<Vec<(i64, Scope)>, LedgerError> {
    let mut statement = transaction.prepare_cached(
        "SELECT log.id, scope.code FROM log JOIN scope ON scope.id = log.scope
         WHERE log.device = ?1 AND log.incarnation = ?2",
    )?;
    let mut rows = statement.query(params![&author.0.0[..], author.1.0 as i64])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        let code: Vec<u8> = row.get(1)?;
        if let Ok(scope) = Scope::decode(&mut cotmoc_core::codec::Reader::new(&code)) {
            logs.push((row.get(0)?, scope));
        }
    }
    Ok(logs)
}

/// Counts of the status line, of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Own ones that the province has not confirmed.
    pub unsent: u64,
    /// Of these, those that were sent.
    pub sent: u64,
    /// Refused there or set aside here, and not acknowledged.
    pub to_look_at: u64,
}

pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let (unsent, sent): (i64, i64) = connection
        .prepare_cached(
            "SELECT coalesce(sum(entries), 0), coalesce(sum(CASE is_sent WHEN 1 THEN entries ELSE 0 END), 0)
             FROM own_change",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let to_look_at: i64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM refused WHERE NOT EXISTS
                 (SELECT 1 FROM acknowledged AS seen WHERE seen.entry = refused.entry AND seen.reason = refused.reason))
               + (SELECT count(*) FROM entry WHERE standing = 2 AND standing <> 0 AND NOT EXISTS
                 (SELECT 1 FROM acknowledged AS seen WHERE seen.entry = entry.hash
                    AND seen.reason = coalesce(entry.reason, -1)))",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(Counts {
        unsent: unsent as u64,
        sent: sent as u64,
        to_look_at: to_look_at as u64,
    })
}
