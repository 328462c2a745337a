//! What the province has confirmed: a receipt for each log, also those of others that are handed on.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope, Signature, SignedLife};
use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::logs::{own_logs, row_of};
use super::own_changes::{note_beyond, recount};
use crate::store::lives::Way;

/// Last confirmed sequence of each log of a device.
pub(crate) fn confirmed(ledger: &Ledger, device: DeviceKey) -> Result<BTreeMap<LogId, u64>, LedgerError> {
    ledger.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT incarnation, scope.code, seq FROM receipt JOIN log ON log.id = receipt.log
             JOIN scope ON scope.id = log.scope WHERE log.device = ?1",
        )?;
        let mut rows = statement.query([&device.0[..]])?;
        let mut confirmed = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(1)?;
            let Ok(scope) = Scope::decode(&mut Reader::new(&code)) else {
                continue;
            };
            let log = LogId {
                device,
                incarnation: Incarnation(row.get::<_, i64>(0)? as u64),
                scope,
            };
            confirmed.insert(log, row.get::<_, i64>(2)? as u64);
        }
        Ok(confirmed)
    })
}

/// A verified receipt: everything of that log up to it is held by the province. What was said before of files that wait
/// there is over, unless it is the same receipt by another route: only the province's own answer names those. Gives the
/// row of its log when it is the newest one now.
pub(crate) fn note_receipt(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
    (way, now): (Way, i64),
) -> rusqlite::Result<Option<i64>> {
    let Some(log) = row_of(transaction, &receipt.log)? else {
        return Ok(None);
    };
    let is_other = transaction
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM receipt WHERE log = ?1 AND signature = ?2)")?
        .query_row(params![log, &receipt.signature.0[..]], |row| {
            row.get::<_, bool>(0)
        })?;
    let noted = transaction
        .prepare_cached(
            "INSERT INTO receipt (log, seq, hash, media_complete, signature, received_at, life)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (log) DO UPDATE SET seq = ?2, hash = ?3, media_complete = ?4, signature = ?5, received_at = ?6,
               life = ?7
             WHERE (?2, ?4) >= (seq, media_complete)",
        )?
        .execute(params![
            log,
            receipt.seq as i64,
            &receipt.hash.0[..],
            receipt.media_complete,
            &receipt.signature.0[..],
            now,
            receipt.life.as_ref().map(life_bytes)
        ])?;
    if noted > 0 && (is_other || way == Way::Direct) {
        transaction
            .prepare_cached("UPDATE receipt SET but_waiting = 0 WHERE log = ?1 AND but_waiting <> 0")?
            .execute([log])?;
        transaction
            .prepare_cached("DELETE FROM file_waiting WHERE log = ?1")?
            .execute([log])?;
    }
    transaction
        .prepare_cached("DELETE FROM own_change WHERE log = ?1 AND last_seq <= ?2")?
        .execute(params![log, receipt.seq as i64])?;
    Ok((noted > 0).then_some(log))
}

fn life_bytes(life: &SignedLife) -> Vec<u8> {
    let mut writer = Writer::new();
    life.write(&mut writer);
    writer.finish()
}

/// The province has said that these files wait there for their record, and that it has the others of these logs, whose
/// receipts came with it.
pub(crate) fn note_waiting_files(
    transaction: &Transaction<'_>,
    files: &[Hash32],
    logs: &BTreeSet<i64>,
) -> rusqlite::Result<()> {
    for file in files {
        let place = transaction
            .prepare_cached("SELECT log, seq FROM entry WHERE hash = ?1")?
            .query_row([&file.0[..]], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()?;
        let Some((log, seq)) = place.filter(|(log, _)| logs.contains(log)) else {
            continue;
        };
        transaction
            .prepare_cached("INSERT OR IGNORE INTO file_waiting (log, seq) VALUES (?1, ?2)")?
            .execute([log, seq])?;
        transaction
            .prepare_cached("UPDATE receipt SET but_waiting = 1 WHERE media_complete = 0 AND log = ?1")?
            .execute([log])?;
    }
    Ok(())
}

/// The province has confirmed a log of which it has not got every file that it could ask for.
pub(crate) fn lacks_files(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM receipt WHERE media_complete = 0 AND but_waiting = 0)")?
        .query_row([], |row| row.get(0))?)
}

/// The province has confirmed a log of this device of which it has not got every file that it could ask for.
pub(crate) fn lacks_files_of(connection: &Connection, device: DeviceKey) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM receipt JOIN log ON log.id = receipt.log
             WHERE log.device = ?1 AND media_complete = 0 AND but_waiting = 0)",
        )?
        .query_row([&device.0[..]], |row| row.get(0))
}

/// All receipts that are kept, to hand on to whoever wrote the entries.
pub(crate) fn receipts(ledger: &Ledger) -> Result<Vec<Receipt>, LedgerError> {
    ledger.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT incarnation, scope.code, seq, hash, media_complete, signature, log.device, life FROM receipt
             JOIN log ON log.id = receipt.log JOIN scope ON scope.id = log.scope ORDER BY log.id",
        )?;
        let mut rows = statement.query([])?;
        let mut receipts = Vec::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(1)?;
            let (hash, signature): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(5)?);
            let author: Vec<u8> = row.get(6)?;
            let life: Option<Vec<u8>> = row.get(7)?;
            let scope = Scope::decode(&mut Reader::new(&code));
            let (Ok(scope), Some(hash), Ok(signature), Some(author)) = (
                scope,
                Hash32::from_slice(&hash),
                signature.try_into(),
                Hash32::from_slice(&author),
            ) else {
                continue;
            };
            receipts.push(Receipt {
                log: LogId {
                    device: DeviceKey(author.0),
                    incarnation: Incarnation(row.get::<_, i64>(0)? as u64),
                    scope,
                },
                seq: row.get::<_, i64>(2)? as u64,
                hash,
                media_complete: row.get(4)?,
                signature: Signature(signature),
                life: life.and_then(|bytes| SignedLife::read(&mut Reader::new(&bytes)).ok()),
            });
        }
        Ok(receipts)
    })
}

/// The province lost something (it was restored, or does not know this device any more): what it has confirmed of this
/// device's logs says nothing any more, neither of the entries nor of their files. What it still holds it confirms anew.
pub(crate) fn withdraw_receipts(transaction: &Transaction<'_>, device: DeviceKey) -> Result<(), LedgerError> {
    for (row, _) in own_logs(transaction, device)? {
        transaction
            .prepare_cached("DELETE FROM receipt WHERE log = ?1")?
            .execute([row])?;
    }
    recount(transaction, device, None)
}

/// The province holds no more of a log than `seq`, whatever it has confirmed. A receipt says of one entry what it
/// says; it cannot be made to say less, so it goes.
pub(crate) fn withdraw_receipt(
    transaction: &Transaction<'_>,
    device: DeviceKey,
    log: &LogId,
    seq: u64,
) -> Result<(), LedgerError> {
    let Some(row) = row_of(transaction, log)? else {
        return Ok(());
    };
    let withdrawn = transaction
        .prepare_cached("DELETE FROM receipt WHERE log = ?1 AND seq > ?2")?
        .execute(params![row, seq as i64])?;
    if withdrawn > 0 && log.device == device {
        note_beyond(transaction, row, None)?;
    }
    Ok(())
}

/// The province was restored: what it had confirmed to others, copies of this device among them, is not handed on to them
/// any more.
pub(crate) fn forget_receipts_of_others(
    transaction: &Transaction<'_>,
    device: DeviceKey,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM receipt WHERE log IN (SELECT id FROM log
             WHERE device <> ?1 OR incarnation NOT IN (SELECT incarnation FROM life))",
        )?
        .execute([&device.0[..]])?;
    Ok(())
}

/// Forgets receipts for entries that do not stand in their logs any more: those gave way to another branch.
pub(crate) fn forget_unfitting_receipts(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM receipt WHERE NOT EXISTS (SELECT 1 FROM entry
             WHERE entry.log = receipt.log AND entry.seq = receipt.seq AND entry.hash = receipt.hash)",
        )?
        .execute([])?;
    Ok(())
}

/// There is such a receipt.
pub(crate) fn has_unfitting_receipts(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM receipt WHERE NOT EXISTS (SELECT 1 FROM entry
             WHERE entry.log = receipt.log AND entry.seq = receipt.seq AND entry.hash = receipt.hash))",
        )?
        .query_row([], |row| row.get(0))
}
