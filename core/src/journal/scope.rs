//! A scope decides who holds what.

use uuid::Uuid;

use crate::codec::{Malformed, Reader, Writer};
use crate::id::{DelegationId, ProvinceId};
use crate::org::UnitId;

/// Encoded size of a scope.
pub const SCOPE_BYTES: usize = 33;

/// Which records of a province a log belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Devices, grants, revocations, delegations: everyone holds it.
    Roster,
    /// Units, schemes, criteria, cycles, campaigns: everyone of the province holds it.
    Province,
    /// A unit's models, registrations, reviews, visit headers and published results.
    Unit(UnitId),
    /// A delegation's findings, score sheets and agreed scores before they are published.
    Delegation(DelegationId),
}

/// A place within a province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Province whose roster decides about it.
    pub province: ProvinceId,
    /// Which of its records.
    pub place: Place,
}

impl Scope {
    /// The roster of a province.
    pub fn roster(province: ProvinceId) -> Self {
        Self {
            province,
            place: Place::Roster,
        }
    }

    /// The common records of a province.
    pub fn province(province: ProvinceId) -> Self {
        Self {
            province,
            place: Place::Province,
        }
    }

    /// The records of a unit.
    pub fn unit(province: ProvinceId, unit: UnitId) -> Self {
        Self {
            province,
            place: Place::Unit(unit),
        }
    }

    /// The records of a delegation.
    pub fn delegation(province: ProvinceId, delegation: DelegationId) -> Self {
        Self {
            province,
            place: Place::Delegation(delegation),
        }
    }

    /// Fixed layout: province, kind of place, id within the province (zero where there is none).
    pub fn encode(&self) -> [u8; SCOPE_BYTES] {
        let (kind, id) = match self.place {
            Place::Roster => (0, Uuid::nil()),
            Place::Province => (1, Uuid::nil()),
            Place::Unit(unit) => (2, unit.0),
            Place::Delegation(delegation) => (3, delegation.0),
        };
        let mut bytes = [0u8; SCOPE_BYTES];
        bytes[..16].copy_from_slice(self.province.0.as_bytes());
        bytes[16] = kind;
        bytes[17..].copy_from_slice(id.as_bytes());
        bytes
    }

    /// Reads [`Scope::encode`]; a place without an id must carry zeros, so every scope has one form.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let province = ProvinceId(Uuid::from_bytes(reader.array("scope")?));
        let kind = reader.u8("scope")?;
        let id = Uuid::from_bytes(reader.array("scope")?);
        let place = match (kind, id.is_nil()) {
            (0, true) => Place::Roster,
            (1, true) => Place::Province,
            (2, false) => Place::Unit(UnitId(id)),
            (3, false) => Place::Delegation(DelegationId(id)),
            _ => {
                return Err(Malformed {
                    what: "scope",
                    at: 16,
                });
            }
        };
        Ok(Self { province, place })
    }

    /// Appends the fixed layout.
    pub fn write(&self, writer: &mut Writer) {
        writer.put(&self.encode());
    }
}
