//! Whether a foreign entry is let through to the trial: the same questions when it comes and when it is
//! tried again.

use cotmoc_core::access::{Refusal, Roster, RosterAct, Writing, may_write};
use cotmoc_core::journal::{Entry, EntryKind, actor_of};
use cotmoc_core::record::change_actor;
use rusqlite::{Connection, params};

use crate::rows::Claim;

/// The act that a roster entry carries, when it can be read.
pub(crate) fn act_of(entry: &Entry) -> Option<RosterAct> {
    match entry.content.kind {
        EntryKind::RosterAct => RosterAct::decode(&entry.content.payload),
        EntryKind::Change => None,
    }
}

/// Checks an entry against the record it changes and the rights of its author.
///
/// # Errors
/// The reason to set it aside.
pub(crate) fn verdict(
    roster: &Roster,
    entry: &Entry,
    claim: Option<Claim>,
    act: Option<&RosterAct>,
) -> Result<(), Refusal> {
    let content = &entry.content;
    match content.kind {
        EntryKind::Change => {
            if change_actor(&content.payload) != Some(actor_of(&entry.log.device, entry.log.incarnation)) {
                return Err(Refusal::Malformed);
            }
            let fits = |claim: Claim| claim.kind == content.record_kind && claim.scope == entry.log.scope;
            if claim.is_some_and(|claim| !fits(claim)) {
                return Err(Refusal::WrongScope);
            }
        }
        // Acts have no record row from which another id could be sent on; the hash would no longer fit.
        EntryKind::RosterAct if content.record.0 != entry.log.scope.province.0 => {
            return Err(Refusal::Malformed);
        }
        EntryKind::RosterAct => {}
    }
    let writing = Writing {
        log: &entry.log,
        seq: entry.seq,
        record_kind: content.record_kind,
        entry_kind: content.kind,
        first_author: claim.as_ref().map(|claim| &claim.first_author),
        act,
    };
    may_write(roster, &writing)
}

/// A log is forked at or before a place: nothing from there on is applied until someone has chosen.
pub(crate) fn forked(connection: &Connection, log_row: i64, seq: u64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM fork WHERE log = ?1 AND seq <= ?2)")?
        .query_row(params![log_row, seq as i64], |row| row.get(0))
}
