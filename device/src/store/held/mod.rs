//! What of this device's work the province has confirmed, and where the rest is.

mod files;
mod logs;
mod own_changes;
mod receipts;

use rusqlite::Connection;

pub(crate) use self::files::{newest_own_files, own_files, waiting_files};
pub(super) use self::logs::{own_logs, record_of, row_of};
pub(crate) use self::own_changes::{note_own_changes, note_sent, recount, unconfirmed_logs, uncounted_logs};
pub(crate) use self::receipts::{
    confirmed, forget_receipts_of_others, forget_unfitting_receipts, has_unfitting_receipts, lacks_files,
    lacks_files_of, note_receipt, note_waiting_files, receipts, withdraw_receipt, withdraw_receipts,
};
use crate::contract::models::Held;

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
