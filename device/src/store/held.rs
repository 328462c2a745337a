//! What of this device's work the province has confirmed.

use std::collections::BTreeMap;

use cotmoc_core::access::Refusal;
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope};
use cotmoc_ledger::{Ledger, LedgerError, Write};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::contract::models::Held;

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
            .execute(params![record, kind, &scope.encode()[..], seq, bytes + 100])?;
    }
    Ok(())
}

/// Where the newest change of a record is held.
pub(crate) fn held(connection: &Connection, record: &str) -> rusqlite::Result<Held> {
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

/// The province lost something (it was restored): what it no longer holds is only here again.
pub(crate) fn withdraw_receipt(
    transaction: &Transaction<'_>,
    scope: &Scope,
    seq: u64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE receipt SET seq = ?2 WHERE scope = ?1 AND seq > ?2")?
        .execute(params![&scope.encode()[..], seq as i64])?;
    Ok(())
}

/// The province refused an own entry.
pub(crate) fn note_refused(
    transaction: &Transaction<'_>,
    entry: &Hash32,
    reason: Refusal,
    now: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO refused (entry, reason, at) VALUES (?1, ?2, ?3)")?
        .execute(params![&entry.0[..], reason.code(), now])?;
    Ok(())
}

/// Counts of the status line: entries not confirmed, of these sent, and refused entries.
pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    let (unsent, sent): (i64, i64) = connection
        .prepare_cached(
            "SELECT coalesce(sum(entries), 0), coalesce(sum(CASE is_sent WHEN 1 THEN entries ELSE 0 END), 0)
             FROM own_change",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let refused: i64 = connection.query_row("SELECT count(*) FROM refused", [], |row| row.get(0))?;
    Ok((unsent as u64, sent as u64, refused as u64))
}
