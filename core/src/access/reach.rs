//! What a device receives, as a value: two rosters that say the same of a device here show it the same scopes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::roster::{Grant, Holder, Role, Roster};
use crate::id::{DelegationId, ProvinceId};
use crate::journal::{DeviceKey, Place, Scope};
use crate::org::UnitId;

/// Everything that decides about what a device receives. Whoever keeps what follows from it may keep it until
/// another value stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach<'a> {
    province: ProvinceId,
    to: To<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum To<'a> {
    /// A device without a grant receives nothing.
    Nothing,
    /// A revoked one receives the roster, so that it learns what became of it.
    Roster,
    /// One that works for a unit.
    Unit(UnitId),
    /// One of a delegation, which has these units now.
    Delegation(DelegationId, Cow<'a, BTreeSet<UnitId>>),
    /// A compiler receives every unit.
    EveryUnit,
    /// Others at the province.
    Province,
}

impl<'a> Reach<'a> {
    /// What a roster says of a device.
    pub fn of(roster: &'a Roster, device: &DeviceKey) -> Self {
        let to = match (roster.active_grant(device), roster.grants.get(device)) {
            (Some(grant), _) => To::of(roster, grant),
            (None, Some(_)) => To::Roster,
            (None, None) => To::Nothing,
        };
        Self {
            province: roster.province,
            to,
        }
    }

    /// The same without the roster.
    pub fn into_owned(self) -> Reach<'static> {
        let to = match self.to {
            To::Delegation(delegation, units) => To::Delegation(delegation, Cow::Owned(units.into_owned())),
            To::Nothing => To::Nothing,
            To::Roster => To::Roster,
            To::Unit(unit) => To::Unit(unit),
            To::EveryUnit => To::EveryUnit,
            To::Province => To::Province,
        };
        Reach {
            province: self.province,
            to,
        }
    }

    /// The device receives the entries of this scope.
    pub fn receives(&self, scope: &Scope) -> bool {
        if scope.province != self.province {
            return false;
        }
        match scope.place {
            Place::Roster => self.to != To::Nothing,
            Place::Province => !matches!(self.to, To::Nothing | To::Roster),
            _ => self.to.reaches(scope),
        }
    }
}

impl<'a> To<'a> {
    fn of(roster: &'a Roster, grant: &Grant) -> Self {
        match grant.holder {
            Holder::Unit(unit) => Self::Unit(unit),
            Holder::Delegation(delegation, _) => {
                let units = roster.delegations.get(&delegation);
                let units = units.map_or_else(Cow::default, |known| Cow::Borrowed(&known.units));
                Self::Delegation(delegation, units)
            }
            Holder::Province if grant.role == Role::Compiler => Self::EveryUnit,
            Holder::Province => Self::Province,
        }
    }

    /// Of units and delegations.
    fn reaches(&self, scope: &Scope) -> bool {
        match (scope.place, self) {
            (Place::Unit(_), Self::EveryUnit) => true,
            (Place::Unit(unit), Self::Unit(own)) => unit == *own,
            (Place::Unit(unit), Self::Delegation(_, units)) => units.contains(&unit),
            (Place::Delegation(delegation), Self::Delegation(own, _)) => delegation == *own,
            _ => false,
        }
    }
}

/// Whether a grant reaches the scope of a unit or a delegation now.
pub(super) fn grant_reaches(roster: &Roster, grant: &Grant, scope: &Scope) -> bool {
    To::of(roster, grant).reaches(scope)
}

/// Whether a device receives the entries of a scope. Revoked and unknown devices receive the roster of
/// the province only, so that they learn what became of them.
pub fn may_receive(roster: &Roster, device: &DeviceKey, scope: &Scope) -> bool {
    Reach::of(roster, device).receives(scope)
}
