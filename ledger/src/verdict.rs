//! Whether a foreign entry is let through to the trial: the same questions when it comes and when it is
//! tried again.

use std::collections::BTreeMap;

use cotmoc_core::access::{Refusal, Roster, RosterAct, Writing, may_write};
use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, actor_of};
use cotmoc_core::media::{Manifest, ManifestError};
use cotmoc_core::record::{begins_record, change_actor};
use rusqlite::Connection;

use crate::error::LedgerError;
use crate::incoming::{Incoming, IncomingRun};
use crate::rows::{APPLIED, Claim, RecordRow, record_row};

/// To whom the records of a pack belong, as far as it is known.
pub(crate) type Claims = BTreeMap<RecordId, Option<Claim>>;
/// The rosters of a pack's provinces, and whether the pack changes them.
pub(crate) type Rosters = BTreeMap<ProvinceId, (Roster, bool)>;

/// The act that a roster entry carries, when it can be read.
fn act_of(entry: &Entry) -> Option<RosterAct> {
    match entry.content.kind {
        EntryKind::RosterAct => RosterAct::decode(&entry.content.payload),
        EntryKind::Change | EntryKind::Attachment | EntryKind::Newer(_) => None,
    }
}

/// Why an act that cannot be read does nothing.
fn why_no_act(payload: &[u8]) -> Refusal {
    if RosterAct::is_newer(payload) {
        Refusal::UnknownKind
    } else {
        Refusal::BadAct
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
            check_claim(entry, claim)?;
        }
        EntryKind::Attachment => {
            Manifest::decode(&content.payload).map_err(ManifestError::refusal)?;
            check_claim(entry, claim)?;
        }
        // Acts have no record row from which another id could be sent on; the hash would no longer fit.
        EntryKind::RosterAct if content.record.0 != entry.log.scope.province.0 => {
            return Err(Refusal::Malformed);
        }
        EntryKind::RosterAct => {}
        EntryKind::Newer(_) => check_claim(entry, claim)?,
    }
    let writing = Writing {
        log: &entry.log,
        seq: entry.seq,
        record_kind: content.record_kind,
        entry_kind: content.kind,
        first_author: claim.as_ref().map(|claim| &claim.first_author),
        act,
    };
    match may_write(roster, &writing) {
        Err(Refusal::BadAct) if act.is_none() => Err(why_no_act(&content.payload)),
        decided => decided,
    }
}

/// The entry is of the kind and in the scope of the record it names, as far as that is known.
fn check_claim(entry: &Entry, claim: Option<Claim>) -> Result<(), Refusal> {
    let fits = |claim: Claim| claim.kind == entry.content.record_kind && claim.scope == entry.log.scope;
    if claim.is_some_and(|claim| !fits(claim)) {
        return Err(Refusal::WrongScope);
    }
    Ok(())
}

/// Access for the author, and what a roster act does.
pub(crate) fn decide(
    connection: &Connection,
    roster: &mut Roster,
    roster_changed: &mut bool,
    item: &mut Incoming,
    claims: &mut Claims,
) -> Result<(), LedgerError> {
    let Some(entry) = &item.entry else { return Ok(()) };
    let content = &entry.content;
    let is_change = content.kind == EntryKind::Change;
    let claim = match claims.get(&content.record) {
        Some(claim) => *claim,
        None if content.kind != EntryKind::RosterAct => {
            let claim = record_row(connection, content.record)?
                .as_ref()
                .and_then(RecordRow::claim);
            claims.insert(content.record, claim);
            claim
        }
        None => None,
    };
    let act = act_of(entry);
    let mut verdict = verdict(roster, entry, claim, act.as_ref());
    if verdict.is_ok() && entry.log.device == roster.authority {
        verdict = match &act {
            Some(act) => roster.apply(act, content.claimed_at).map_err(|_| Refusal::BadAct),
            None => Err(why_no_act(&content.payload)),
        };
        *roster_changed |= verdict.is_ok();
    }
    match verdict {
        Ok(()) if is_change && claim.is_none() && begins_record(content.record_kind, &content.payload) => {
            let (kind, scope, first_author) = (content.record_kind, entry.log.scope, entry.log.device);
            claims.insert(
                content.record,
                Some(Claim {
                    kind,
                    scope,
                    first_author,
                }),
            );
        }
        Ok(()) => {}
        Err(reason) => item.refuse(reason),
    }
    Ok(())
}

/// An entry may stand in the pack before the one that begins its record and says whose it is.
pub(crate) fn decide_again(runs: &mut [IncomingRun], rosters: &Rosters, claims: &Claims) {
    for item in runs.iter_mut().flat_map(|run| &mut run.items) {
        let Some(entry) = &item.entry else { continue };
        if item.standing != APPLIED || entry.content.kind == EntryKind::RosterAct {
            continue;
        }
        let claim = claims.get(&entry.content.record).copied().flatten();
        let Some((roster, _)) = rosters.get(&entry.log.scope.province) else {
            continue;
        };
        if let Err(reason) = verdict(roster, entry, claim, None) {
            item.refuse(reason);
        }
    }
}
