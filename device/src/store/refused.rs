//! What of this device's work the province did not accept, and what a person has looked at of that and of what
//! was set aside here.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::Refused;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, LogId};
use cotmoc_ledger::LedgerError;
use rusqlite::{Connection, Transaction, params};

use super::held::{own_logs, record_of, row_of};

/// Entries of a record that the province did not accept.
pub(crate) fn refused_of(
    connection: &Connection,
    record: &str,
) -> rusqlite::Result<BTreeMap<Hash32, Refusal>> {
    connection
        .prepare_cached("SELECT entry, reason FROM refused WHERE record = ?1")?
        .query_map([record], |row| Ok((hash(row, 0)?, refusal(row.get(1)?))))?
        .collect()
}

/// The province did not accept some own entries; says of how many that is news. A reason it has given before is
/// none.
pub(crate) fn note_refused(
    transaction: &Transaction<'_>,
    device: DeviceKey,
    refused: &[Refused],
    now: i64,
) -> Result<u64, LedgerError> {
    let mut news = 0;
    if refused.is_empty() {
        return Ok(news);
    }
    let reasons: BTreeMap<Hash32, Refusal> = refused.iter().map(|one| (one.entry, one.reason)).collect();
    for (row, log) in own_logs(transaction, device)? {
        let mut entries = transaction.prepare_cached(
            "SELECT entry.hash, entry.seq, record.code FROM entry LEFT JOIN record ON record.id = entry.record
             WHERE entry.log = ?1",
        )?;
        let mut entries = entries.query([row])?;
        while let Some(row) = entries.next()? {
            let entry = hash(row, 0)?;
            let Some(reason) = reasons.get(&entry) else {
                continue;
            };
            let changed = transaction
                .prepare_cached(
                    "INSERT INTO refused (entry, scope, seq, record, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (entry) DO UPDATE SET reason = ?5, at = ?6 WHERE reason <> ?5",
                )?
                .execute(params![
                    &entry.0[..],
                    &log.scope.encode()[..],
                    row.get::<_, i64>(1)?,
                    record_of(row.get(2)?, &log.scope),
                    reason.code(),
                    now
                ])?;
            news += changed as u64;
        }
    }
    Ok(news)
}

/// A receipt reaches from `after` to `until` of an own log and the province named no refusal there but `refused`:
/// what it had not accepted before, it holds now.
pub(crate) fn forget_accepted(
    transaction: &Transaction<'_>,
    log: &LogId,
    (after, until): (u64, u64),
    refused: &BTreeSet<Hash32>,
) -> Result<(), LedgerError> {
    let Some(row) = row_of(transaction, log)? else {
        return Ok(());
    };
    let noted: Vec<Hash32> = transaction
        .prepare_cached(
            "SELECT refused.entry FROM refused JOIN entry ON entry.log = ?1 AND entry.seq = refused.seq
             WHERE refused.scope = ?2 AND refused.seq > ?3 AND refused.seq <= ?4 AND entry.hash = refused.entry",
        )?
        .query_map(
            params![row, &log.scope.encode()[..], after as i64, until as i64],
            |row| hash(row, 0),
        )?
        .collect::<Result<_, _>>()?;
    forget_refused(transaction, noted.iter().filter(|entry| !refused.contains(entry)))
}

/// The province has handed these entries on whole, so it has let through those it had not accepted.
pub(crate) fn forget_refused<'a>(
    transaction: &Transaction<'_>,
    entries: impl Iterator<Item = &'a Hash32>,
) -> Result<(), LedgerError> {
    for entry in entries {
        transaction
            .prepare_cached("DELETE FROM refused WHERE entry = ?1")?
            .execute([&entry.0[..]])?;
    }
    Ok(())
}

/// A person has looked at an entry that was refused there or set aside here: it is kept with its reason and not
/// counted any more. An entry that is neither any more is passed over.
pub(crate) fn acknowledge(
    transaction: &Transaction<'_>,
    entry: &Hash32,
    now: i64,
) -> Result<(), LedgerError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO acknowledged (entry, reason, at)
             SELECT ?1, reason, ?2 FROM refused WHERE entry = ?1
             UNION ALL SELECT ?1, coalesce(reason, -1), ?2 FROM entry
               WHERE standing = 2 AND standing <> 0 AND hash = ?1",
        )?
        .execute(params![&entry.0[..], now])?;
    Ok(())
}

/// The entries that a person has looked at, for the reason they have now.
pub(crate) fn acknowledged(connection: &Connection) -> rusqlite::Result<BTreeSet<Hash32>> {
    connection
        .prepare_cached(
            "SELECT entry FROM acknowledged JOIN refused USING (entry) WHERE acknowledged.reason = refused.reason
             UNION SELECT hash FROM entry JOIN acknowledged ON acknowledged.entry = entry.hash
               WHERE standing = 2 AND standing <> 0 AND acknowledged.reason = coalesce(entry.reason, -1)",
        )?
        .query_map([], |row| hash(row, 0))?
        .collect()
}

/// A stored reason; one of a newer program reads as malformed.
pub(crate) fn refusal(code: u8) -> Refusal {
    Refusal::from_code(code).unwrap_or(Refusal::Malformed)
}

/// A stored hash.
pub(crate) fn hash(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Hash32> {
    let bytes: Vec<u8> = row.get(at)?;
    Ok(Hash32::from_slice(&bytes).unwrap_or_default())
}
