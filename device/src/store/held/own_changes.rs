//! Own changes that the province has not confirmed, one row per record and log.

use std::collections::BTreeSet;

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Scope};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Ledger, LedgerError, Write};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::logs::{own_logs, row_of};

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
        let log: Option<i64> = transaction
            .prepare_cached(
                "SELECT log.id FROM log JOIN scope ON scope.id = log.scope
                 WHERE log.device = ?1 AND log.incarnation = ?2 AND scope.code = ?3",
            )?
            .query_row(
                params![&author.0.0[..], author.1.0 as i64, &scope.encode()[..]],
                |row| row.get(0),
            )
            .optional()?;
        let Some(log) = log else { continue };
        note_beyond(transaction, log, Some((record, kind)))?;
    }
    Ok(())
}

/// Counts again what stands in a log beyond what was noted of a record, or of every record when none is named.
pub(super) fn note_beyond(
    transaction: &Transaction<'_>,
    log: i64,
    of: Option<(RecordId, &str)>,
) -> Result<(), LedgerError> {
    let confirmed: i64 = transaction
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM receipt WHERE log = ?1")?
        .query_row([log], |row| row.get(0))?;
    let (record, kind) = match of {
        Some((record, kind)) => (record, kind),
        None => return note_all_beyond(transaction, log, confirmed),
    };
    let (last, entries, bytes): (Option<i64>, i64, i64) = transaction
        .prepare_cached(
            "SELECT max(seq), count(*), coalesce(sum(coalesce(length(payload), 0) + ?4), 0) FROM entry
             WHERE record IS (SELECT id FROM record WHERE code = ?3) AND +log = ?1 AND seq > ?2",
        )?
        .query_row(
            params![log, confirmed, record.0.as_bytes().as_slice(), AROUND],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
    let Some(last) = last else { return Ok(()) };
    put_own_change(
        transaction,
        (record.to_string(), log, kind),
        (last, entries, bytes),
    )
}

fn note_all_beyond(transaction: &Transaction<'_>, log: i64, confirmed: i64) -> Result<(), LedgerError> {
    let province: Vec<u8> = transaction.query_row(
        "SELECT scope.province FROM log JOIN scope ON scope.id = log.scope WHERE log.id = ?1",
        [log],
        |row| row.get(0),
    )?;
    let mut beyond = transaction.prepare_cached(
        "SELECT record.code AS code, record.kind AS kind, max(entry.seq) AS last_seq, count(*) AS entries,
           sum(coalesce(length(entry.payload), 0) + ?3) AS bytes
         FROM entry LEFT JOIN record ON record.id = entry.record
         WHERE entry.log = ?1 AND entry.seq > ?2 GROUP BY entry.record",
    )?;
    let mut beyond = beyond.query(params![log, confirmed, AROUND])?;
    while let Some(row) = beyond.next()? {
        let kind: Option<u8> = row.get("kind")?;
        let kind = kind.map_or(RecordKind::Roster, RecordKind::from_code);
        let code: Option<Vec<u8>> = row.get("code")?;
        let record = id_of(code.as_ref().unwrap_or(&province));
        put_own_change(
            transaction,
            (record, log, kind.name()),
            (row.get("last_seq")?, row.get("entries")?, row.get("bytes")?),
        )?;
    }
    Ok(())
}

fn put_own_change(
    transaction: &Transaction<'_>,
    (record, log, kind): (String, i64, &str),
    (last_seq, entries, bytes): (i64, i64, i64),
) -> Result<(), LedgerError> {
    transaction
        .prepare_cached(
            "INSERT INTO own_change (record, log, kind, last_seq, entries, bytes, is_sent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
             ON CONFLICT (record, log) DO UPDATE SET last_seq = ?4, entries = ?5, bytes = ?6, is_sent = 0
             WHERE (last_seq, entries) IS NOT (?4, ?5)",
        )?
        .execute(params![record, log, kind, last_seq, entries, bytes])?;
    Ok(())
}

fn id_of(bytes: &[u8]) -> String {
    Uuid::from_slice(bytes).unwrap_or_default().to_string()
}

/// Entries went to the province: until the receipt comes they are sent, not held.
pub(crate) fn note_sent(transaction: &Transaction<'_>, log: &LogId, last_seq: u64) -> rusqlite::Result<()> {
    let Some(log) = row_of(transaction, log)? else {
        return Ok(());
    };
    transaction
        .prepare_cached("UPDATE own_change SET is_sent = 1 WHERE log = ?1 AND last_seq <= ?2")?
        .execute(params![log, last_seq as i64])?;
    Ok(())
}

/// Counts own logs again, all or those named, after entries of them came in or were taken back. A receipt for an entry
/// that does not stand there any more says nothing of those before it.
pub(crate) fn recount(
    transaction: &Transaction<'_>,
    device: DeviceKey,
    only: Option<&BTreeSet<LogId>>,
) -> Result<(), LedgerError> {
    for (row, log) in own_logs(transaction, device)? {
        if only.is_some_and(|only| !only.contains(&log)) {
            continue;
        }
        transaction.execute(
            "DELETE FROM receipt WHERE log = ?1 AND NOT EXISTS
               (SELECT 1 FROM entry WHERE entry.log = ?1 AND entry.seq = receipt.seq AND entry.hash = receipt.hash)",
            [row],
        )?;
        transaction.execute("DELETE FROM own_change WHERE log = ?1", [row])?;
        transaction.execute(
            "DELETE FROM refused WHERE scope = ?1 AND NOT EXISTS
               (SELECT 1 FROM log JOIN entry ON entry.log = log.id AND entry.seq = refused.seq
                WHERE log.device = ?2 AND entry.hash = refused.entry)",
            params![&log.scope.encode()[..], &device.0[..]],
        )?;
        note_beyond(transaction, row, None)?;
    }
    Ok(())
}

/// Own logs that reach beyond everything that is noted of them: entries of this device came in, and the program ended
/// before they were counted.
pub(crate) fn uncounted_logs(ledger: &Ledger, device: DeviceKey) -> Result<BTreeSet<LogId>, LedgerError> {
    ledger.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT log.incarnation, scope.code FROM log JOIN scope ON scope.id = log.scope
             WHERE log.device = ?1 AND log.incarnation IN (SELECT incarnation FROM life)
               AND head_seq > coalesce((SELECT seq FROM receipt WHERE receipt.log = log.id), 0)
               AND head_seq > coalesce((SELECT max(last_seq) FROM own_change WHERE own_change.log = log.id), 0)",
        )?;
        let mut rows = statement.query([&device.0[..]])?;
        let mut logs = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(1)?;
            if let Ok(scope) = Scope::decode(&mut cotmoc_core::codec::Reader::new(&code)) {
                let incarnation = Incarnation(row.get::<_, i64>(0)? as u64);
                logs.insert(LogId {
                    device,
                    incarnation,
                    scope,
                });
            }
        }
        Ok(logs)
    })
}

/// Own logs of which something is not confirmed.
pub(crate) fn unconfirmed_logs(ledger: &Ledger, device: DeviceKey) -> Result<Vec<LogId>, LedgerError> {
    ledger.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT log.incarnation, scope.code FROM log JOIN scope ON scope.id = log.scope
             WHERE log.id IN (SELECT log FROM own_change)
               OR log.device = ?1 AND log.id IN (SELECT log FROM receipt WHERE but_waiting)",
        )?;
        let mut rows = statement.query([&device.0[..]])?;
        let mut logs = Vec::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(1)?;
            if let Ok(scope) = Scope::decode(&mut cotmoc_core::codec::Reader::new(&code)) {
                logs.push(LogId {
                    device,
                    incarnation: Incarnation(row.get::<_, i64>(0)? as u64),
                    scope,
                });
            }
        }
        Ok(logs)
    })
}
