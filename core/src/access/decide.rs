//! The one decision.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use super::roster::{Grant, Holder, Role, Roster, RosterAct, Standing};
use crate::journal::{DeviceKey, EntryKind, LogId, Place, Scope};
use crate::record::{Home, RecordKind};

/// What an author wants to write.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    /// The log, and with it the author and the scope.
    pub log: &'a LogId,
    /// Place in the log.
    pub seq: u64,
    /// Kind of record.
    pub record_kind: RecordKind,
    /// Kind of entry.
    pub entry_kind: EntryKind,
    /// Device that made the record's first entry, when there is one: a score sheet has one writer.
    pub first_author: Option<&'a DeviceKey>,
    /// The act, for roster entries.
    pub act: Option<&'a RosterAct>,
}

/// Whether the author of an entry may write it.
///
/// # Errors
/// The reason why not.
pub fn may_write(roster: &Roster, writing: &Writing<'_>) -> Result<(), Refusal> {
    let scope = writing.log.scope;
    if scope.province != roster.province {
        return Err(Refusal::NotEnrolled);
    }
    check_form(writing)?;
    let is_newer = writing.record_kind.is_newer() || writing.entry_kind.is_newer();
    if writing.log.device == roster.authority {
        if is_newer {
            return Err(Refusal::UnknownKind);
        }
        // The authority enters roster acts and nothing else: a stolen server key cannot write records.
        let is_act = writing.record_kind == RecordKind::Roster && scope.place == Place::Roster;
        return if is_act {
            Ok(())
        } else {
            Err(Refusal::RoleMayNotWrite)
        };
    }
    let grant = roster
        .grants
        .get(&writing.log.device)
        .ok_or(Refusal::NotEnrolled)?;
    if grant.standing(writing.log, writing.seq) == Standing::BeyondCut {
        return Err(Refusal::Revoked);
    }
    if is_newer {
        return Err(why_newer_waits(roster, grant, &scope));
    }
    if writing.record_kind == RecordKind::Roster {
        return may_ask(grant.role, writing.act);
    }
    may_write_kind(grant.role, writing.record_kind)?;
    if !reaches(roster, grant, &scope) && !was_assigned(roster, grant, &scope) {
        return Err(Refusal::OutsideScope);
    }
    if writing.record_kind == RecordKind::ScoreSheet {
        return check_slot(roster, grant, writing.first_author);
    }
    Ok(())
}

/// Why an entry of a newer kind is set aside. Which role may write it is not known here; that its author may
/// write in this scope at all is, and only then it is handed on whole ([`Refusal::UnknownKind`]).
fn why_newer_waits(roster: &Roster, grant: &Grant, scope: &Scope) -> Refusal {
    let decides = matches!(grant.role, Role::Compiler | Role::Administrator);
    if scope.place == Place::Roster && !decides {
        // Everybody holds the roster: a device that may ask nothing there may not fill it either.
        return Refusal::RoleMayNotWrite;
    }
    if reaches(roster, grant, scope) || was_assigned(roster, grant, scope) {
        Refusal::UnknownKind
    } else {
        Refusal::OutsideScope
    }
}

/// An entry's kinds must fit each other and its scope, whoever writes it; of a newer kind nothing is known.
fn check_form(writing: &Writing<'_>) -> Result<(), Refusal> {
    let home = match writing.log.scope.place {
        Place::Roster => Home::Roster,
        Place::Province => Home::Province,
        Place::Unit(_) => Home::Unit,
        Place::Delegation(_) => Home::Delegation,
    };
    let at_home = writing.record_kind.home().is_none_or(|own| own == home);
    let is_act = writing.entry_kind == EntryKind::RosterAct;
    let of_roster = writing.record_kind == RecordKind::Roster;
    if at_home && (is_act == of_roster || writing.entry_kind.is_newer()) {
        Ok(())
    } else {
        Err(Refusal::WrongScope)
    }
}

/// Which acts a role may ask the authority for.
fn may_ask(role: Role, act: Option<&RosterAct>) -> Result<(), Refusal> {
    let act = act.ok_or(Refusal::BadAct)?;
    let allowed = match (role, act) {
        (
            Role::Administrator,
            RosterAct::Invited { .. } | RosterAct::Revoked { .. } | RosterAct::ForkSettled { .. },
        ) => true,
        (Role::Compiler, RosterAct::Invited { role, .. }) => {
            !matches!(role, Role::Compiler | Role::Administrator)
        }
        (Role::Administrator | Role::Compiler, RosterAct::DelegationSet { .. }) => true,
        _ => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Refusal::RoleMayNotWrite)
    }
}

/// Which kinds of record a role writes (`domain.md` §2.2). One record has one writing role.
fn may_write_kind(role: Role, kind: RecordKind) -> Result<(), Refusal> {
    let allowed = match kind {
        RecordKind::Roster | RecordKind::Newer(_) => false,
        RecordKind::Unit | RecordKind::Scheme | RecordKind::Mapping | RecordKind::CriteriaSet => {
            matches!(role, Role::Compiler | Role::Administrator)
        }
        RecordKind::Cycle | RecordKind::Campaign | RecordKind::Review => role == Role::Compiler,
        RecordKind::Model | RecordKind::Registration | RecordKind::UnitFigures => role == Role::Post,
        RecordKind::Visit | RecordKind::Findings | RecordKind::ScoreSheet => {
            matches!(role, Role::Member | Role::Secretary | Role::Head)
        }
        RecordKind::AgreedScore => matches!(role, Role::Secretary | Role::Head),
    };
    if allowed {
        Ok(())
    } else {
        Err(Refusal::RoleMayNotWrite)
    }
}

/// Whether a unit was ever assigned to the delegation of a grant. The answer can only turn from no to yes:
/// if taking a unit away made older entries invalid, a device that starts today would refuse what the
/// others hold. Use cases offer the units assigned now.
fn was_assigned(roster: &Roster, grant: &Grant, scope: &Scope) -> bool {
    match (scope.place, grant.holder) {
        (Place::Unit(unit), Holder::Delegation(delegation, _)) => roster
            .ever_assigned
            .get(&delegation)
            .is_some_and(|units| units.contains(&unit)),
        _ => false,
    }
}

/// Whether a grant reaches a scope now.
fn reaches(roster: &Roster, grant: &Grant, scope: &Scope) -> bool {
    match (scope.place, grant.holder) {
        (Place::Roster, _) => true,
        (Place::Province, holder) => holder == Holder::Province,
        (Place::Unit(unit), Holder::Unit(own)) => unit == own,
        (Place::Unit(unit), Holder::Delegation(delegation, _)) => roster
            .delegations
            .get(&delegation)
            .is_some_and(|delegation| delegation.units.contains(&unit)),
        (Place::Unit(_), Holder::Province) => grant.role == Role::Compiler,
        (Place::Delegation(delegation), Holder::Delegation(own, _)) => delegation == own,
        (Place::Delegation(_), _) => false,
    }
}

/// A score sheet belongs to the slot that began it, on whichever device of that assessor.
fn check_slot(roster: &Roster, grant: &Grant, first_author: Option<&DeviceKey>) -> Result<(), Refusal> {
    let Some(first) = first_author else { return Ok(()) };
    let first = roster.grants.get(first).ok_or(Refusal::NotYourSlot)?;
    if first.holder == grant.holder {
        Ok(())
    } else {
        Err(Refusal::NotYourSlot)
    }
}

/// Whether a device receives the entries of a scope. Revoked and unknown devices receive the roster of
/// the province only, so that they learn what became of them.
pub fn may_receive(roster: &Roster, device: &DeviceKey, scope: &Scope) -> bool {
    if scope.province != roster.province {
        return false;
    }
    let Some(grant) = roster.active_grant(device) else {
        return roster.grants.contains_key(device) && scope.place == Place::Roster;
    };
    match scope.place {
        Place::Roster | Place::Province => true,
        _ => reaches(roster, grant, scope),
    }
}

/// Of the `known` scopes, those a device receives.
pub fn scopes_of(roster: &Roster, device: &DeviceKey, known: &BTreeSet<Scope>) -> BTreeSet<Scope> {
    known
        .iter()
        .filter(|scope| may_receive(roster, device, scope))
        .copied()
        .collect()
}
