//! What of this device's work the province has confirmed.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::id::{AttachmentId, Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope, Signature, SignedLife};
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
fn note_beyond(
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

/// Where a record's changes are held. One that the province did not accept comes first: what was written after
/// it follows it and cannot be taken in there before it.
pub(crate) fn held(connection: &Connection, record: &str) -> rusqlite::Result<Held> {
    let refused: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM refused WHERE record = ?1)")?
        .query_row([record], |row| row.get(0))?;
    if refused {
        return Ok(Held::Refused);
    }
    let least: Option<i64> = connection
        .prepare_cached(&format!(
            "SELECT min({WHERE_IT_IS}) FROM own_change WHERE record = ?1"
        ))?
        .query_row([record], |row| row.get(0))?;
    Ok(match least {
        None => Held::Province,
        Some(3) => Held::Sent,
        Some(2) => Held::Teammate,
        Some(1) => Held::Carried,
        Some(_) => Held::ThisDevice,
    })
}

/// Under which name it is kept in the journal's list of peers how far the last export for a recipient went.
/// Nobody knows whether that has arrived.
pub(crate) fn exported_for(recipient: &str) -> String {
    format!("export:{recipient}")
}

/// Of a row of `own_change`: 3 sent, 2 at a teammate who keeps a hub, 1 written to a stick for the province, 0
/// only here.
pub(crate) const WHERE_IT_IS: &str = "CASE WHEN is_sent THEN 3 WHEN EXISTS (SELECT 1
    FROM holds JOIN peer ON peer.id = holds.peer WHERE holds.log = own_change.log AND holds.seq >= last_seq
    AND peer.name LIKE 'hub:%') THEN 2 WHEN last_seq <= coalesce((SELECT holds.seq
    FROM holds JOIN peer ON peer.id = holds.peer WHERE peer.name = 'export:province' AND holds.log = own_change.log), 0)
    THEN 1 ELSE 0 END";

/// All of a record's changes that are not confirmed were sent.
pub(crate) fn is_sent(connection: &Connection, record: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM own_change WHERE record = ?1 AND is_sent = 1)")?
        .query_row([record], |row| row.get(0))
}

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

/// A verified receipt: everything of that log up to it is held by the province.
pub(crate) fn note_receipt(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
    now: i64,
) -> rusqlite::Result<()> {
    let Some(log) = row_of(transaction, &receipt.log)? else {
        return Ok(());
    };
    transaction
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
    transaction
        .prepare_cached("DELETE FROM own_change WHERE log = ?1 AND last_seq <= ?2")?
        .execute(params![log, receipt.seq as i64])?;
    Ok(())
}

fn life_bytes(life: &SignedLife) -> Vec<u8> {
    let mut writer = Writer::new();
    life.write(&mut writer);
    writer.finish()
}

/// The province has confirmed a log of which it has not got every file.
pub(crate) fn lacks_files(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM receipt WHERE media_complete = 0)")?
        .query_row([], |row| row.get(0))?)
}

/// The province has confirmed a log of this device of which it has not got every file.
pub(crate) fn lacks_files_of(connection: &Connection, device: DeviceKey) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM receipt JOIN log ON log.id = receipt.log
             WHERE log.device = ?1 AND media_complete = 0)",
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

/// The id under which a record is noted; roster acts go under their province.
pub(super) fn record_of(code: Option<[u8; 16]>, scope: &Scope) -> String {
    RecordId(code.map_or(scope.province.0, Uuid::from_bytes)).to_string()
}

/// Row of a log, if it is held.
pub(super) fn row_of(connection: &Connection, log: &LogId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT log.id FROM log JOIN scope ON scope.id = log.scope
             WHERE log.device = ?1 AND log.incarnation = ?2 AND scope.code = ?3",
        )?
        .query_row(
            params![
                &log.device.0[..],
                log.incarnation.0 as i64,
                &log.scope.encode()[..]
            ],
            |row| row.get(0),
        )
        .optional()
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
            if let Ok(scope) = Scope::decode(&mut Reader::new(&code)) {
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
            "SELECT DISTINCT log.incarnation, scope.code FROM own_change JOIN log ON log.id = own_change.log
             JOIN scope ON scope.id = log.scope",
        )?;
        let mut rows = statement.query([])?;
        let mut logs = Vec::new();
        while let Some(row) = rows.next()? {
            let code: Vec<u8> = row.get(1)?;
            if let Ok(scope) = Scope::decode(&mut Reader::new(&code)) {
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

/// The logs of this device in all its lives; those of a copy that goes on elsewhere are another's.
pub(super) fn own_logs(
    transaction: &Transaction<'_>,
    device: DeviceKey,
) -> Result<Vec<(i64, LogId)>, LedgerError> {
    let mut statement = transaction.prepare_cached(
        "SELECT log.id, incarnation, scope.code FROM log JOIN scope ON scope.id = log.scope
         WHERE log.device = ?1 AND incarnation IN (SELECT incarnation FROM life)",
    )?;
    let mut rows = statement.query([&device.0[..]])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        let code: Vec<u8> = row.get(2)?;
        if let Ok(scope) = Scope::decode(&mut Reader::new(&code)) {
            let log = LogId {
                device,
                incarnation: Incarnation(row.get::<_, i64>(1)? as u64),
                scope,
            };
            logs.push((row.get(0)?, log));
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

/// Own changes that are not confirmed and that no teammate and no stick is known to hold, and about how many
/// bytes they are. What was sent without an answer counts: nobody knows whether it arrived.
pub(crate) fn only_here(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let (entries, bytes): (i64, i64) = connection
        .prepare_cached(
            "SELECT coalesce(sum(entries), 0), coalesce(sum(bytes), 0) FROM own_change WHERE NOT EXISTS
             (SELECT 1 FROM holds JOIN peer ON peer.id = holds.peer WHERE holds.log = own_change.log
                AND holds.seq >= last_seq AND (peer.name LIKE 'hub:%' OR peer.name = 'export:province'))",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((entries as u64, bytes as u64))
}

/// Own photos and files that the province has not confirmed. A receipt speaks of all files of a log, so some of
/// them may have arrived.
const OWN_FILES: &str = "FROM attachment JOIN log ON log.id = attachment.log
     LEFT JOIN receipt ON receipt.log = attachment.log
     WHERE log.device = ?1 AND is_live = 1
       AND (receipt.seq IS NULL OR receipt.seq < attachment.seq OR receipt.media_complete = 0)";

/// Own photos and files that the province has not confirmed: how many, bytes of thumbnails, bytes of the rest.
pub(crate) fn own_files(connection: &Connection, me: DeviceKey) -> rusqlite::Result<(u64, u64, u64)> {
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) {OWN_FILES}"))?
        .query_row([&me.0[..]], |row| row.get(0))?;
    let (thumbnails, originals): (i64, i64) = connection
        .prepare_cached(&format!(
            "SELECT coalesce(sum(CASE lane WHEN 0 THEN length ELSE 0 END), 0),
               coalesce(sum(CASE lane WHEN 0 THEN 0 ELSE length END), 0) FROM blob
             WHERE state = 1 AND id IN (SELECT blob FROM rendition WHERE entry IN
               (SELECT attachment.entry {OWN_FILES}))"
        ))?
        .query_row([&me.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((count as u64, thumbnails as u64, originals as u64))
}

/// The newest of these files, at most `most`: each with the record it is evidence for.
pub(crate) fn newest_own_files(
    connection: &Connection,
    me: DeviceKey,
    most: u32,
) -> rusqlite::Result<Vec<(RecordId, AttachmentId)>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT (SELECT code FROM record WHERE id = attachment.record), attachment.code {OWN_FILES}
         ORDER BY attachment.entry DESC LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![&me.0[..], most], |row| {
        let (record, file) = (row.get(0)?, row.get(1)?);
        Ok((
            RecordId(Uuid::from_bytes(record)),
            AttachmentId(Uuid::from_bytes(file)),
        ))
    })?;
    rows.collect()
}
