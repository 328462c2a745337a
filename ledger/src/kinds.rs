//! A program that knows more than the one before it judges again what that one could not.

use cotmoc_core::access::{Refusal, Roster, RosterAct, Writing, may_write};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{EntryKind, LogId};
use cotmoc_core::record::{Outcome, RecordKind};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::error::LedgerError;
use crate::journal::{meta, set_meta};
use crate::retry::SECOND_TRIES;
use crate::rosters;
use crate::rows::{APPLIED, Arrival, SET_ASIDE, hash_at, log_by_row};
use crate::stored::settle_stored;

/// Name of what the program knew that last opened the store.
const KNOWN: &str = "kinds.known";

/// The kinds by their codes, and the version: acts and manifests grow without a code of their own.
fn known() -> Vec<u8> {
    let entries = EntryKind::KNOWN.into_iter().map(EntryKind::code);
    let records = RecordKind::ALL.into_iter().map(RecordKind::code);
    let mut known: Vec<u8> = entries.chain([0]).chain(records).collect();
    known.extend(env!("CARGO_PKG_VERSION").bytes());
    known
}

/// Once per program: roster acts that another one could not read take effect, in the order of their log, and
/// entries that it set aside are due to be tried again. Call before the rosters are loaded.
///
/// # Errors
/// When the database fails.
pub(crate) fn judge_with_known_kinds(writer: &mut Connection) -> Result<(), LedgerError> {
    let known = known();
    if meta(writer, KNOWN)?.as_ref() == Some(&known) {
        return Ok(());
    }
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let unknown: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM entry WHERE standing = ?1 AND standing <> 0 AND reason = ?2)",
        params![SET_ASIDE, Refusal::UnknownKind.code()],
        |row| row.get(0),
    )?;
    if unknown {
        let mut arrival = Arrival::begin(&transaction)?;
        for roster in rosters::load_all(&transaction)?.into_values() {
            take_up_acts(&transaction, &roster, &mut arrival)?;
        }
        for roster in rosters::load_all(&transaction)?.into_values() {
            take_up_requests(&transaction, &roster, &mut arrival)?;
        }
        arrival.finish(&transaction)?;
        set_meta(&transaction, SECOND_TRIES, &0i64.to_le_bytes())?;
    }
    set_meta(&transaction, KNOWN, &known)?;
    Ok(transaction.commit()?)
}

struct Act {
    position: i64,
    log: LogId,
    seq: u64,
    scope: i64,
    hash: Hash32,
    payload: Vec<u8>,
    claimed_at: i64,
    aside: bool,
}

/// Acts in the authority's log: an act that can be read now may be what a later one follows.
fn take_up_acts(connection: &Connection, roster: &Roster, arrival: &mut Arrival) -> Result<(), LedgerError> {
    let mut folded = Roster::new(roster.province, roster.authority);
    for act in acts(connection, roster)? {
        let may_count = act.log.device == roster.authority;
        let Some(read) = RosterAct::decode(&act.payload).filter(|_| may_count) else {
            continue;
        };
        if folded.apply(&read, act.claimed_at).is_ok() && act.aside {
            take_up(connection, &act, arrival)?;
        }
    }
    Ok(())
}

/// What devices asked of the authority.
fn take_up_requests(
    connection: &Connection,
    roster: &Roster,
    arrival: &mut Arrival,
) -> Result<(), LedgerError> {
    for act in acts(connection, roster)? {
        if !act.aside || act.log.device == roster.authority {
            continue;
        }
        let Some(read) = RosterAct::decode(&act.payload) else {
            continue;
        };
        let writing = Writing {
            log: &act.log,
            seq: act.seq,
            record_kind: RecordKind::Roster,
            entry_kind: EntryKind::RosterAct,
            first_author: None,
            act: Some(&read),
        };
        if may_write(roster, &writing).is_ok() {
            take_up(connection, &act, arrival)?;
        }
    }
    Ok(())
}

fn take_up(connection: &Connection, act: &Act, arrival: &mut Arrival) -> Result<(), LedgerError> {
    settle_stored(connection, act.position, Outcome::Applied)?;
    Ok(arrival.append_late(connection, act.position, act.scope, &act.hash)?)
}

/// Acts of a province's roster that took effect or could not, in the order of their logs.
fn acts(connection: &Connection, roster: &Roster) -> Result<Vec<Act>, LedgerError> {
    let mut statement = connection.prepare(
        "SELECT position, entry.log AS log, seq, entry.scope AS scope, hash, payload, claimed_at, standing
         FROM entry JOIN scope ON scope.id = entry.scope JOIN log ON log.id = entry.log
         WHERE scope.code = ?1 AND entry.kind = ?2 AND payload IS NOT NULL
           AND (standing = ?3 OR (standing = ?4 AND reason IN (?5, ?6)))
         ORDER BY log.incarnation, seq",
    )?;
    let mut rows = statement.query(params![
        &roster.scope().encode()[..],
        EntryKind::RosterAct.code(),
        APPLIED,
        SET_ASIDE,
        Refusal::UnknownKind.code(),
        Refusal::BadAct.code(),
    ])?;
    let mut acts = Vec::new();
    while let Some(row) = rows.next()? {
        acts.push(Act {
            position: row.get("position")?,
            log: log_by_row(connection, row.get("log")?)?,
            seq: row.get::<_, i64>("seq")? as u64,
            scope: row.get("scope")?,
            hash: hash_at(row, "hash")?,
            payload: row.get("payload")?,
            claimed_at: row.get("claimed_at")?,
            aside: row.get::<_, i64>("standing")? == SET_ASIDE,
        });
    }
    Ok(acts)
}
