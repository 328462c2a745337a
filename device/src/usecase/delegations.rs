//! Delegations as the roster has them, and as this device has asked for them.

use std::collections::BTreeMap;

use cotmoc_core::access::{DelegationRoster, RosterAct};
use cotmoc_core::id::DelegationId;
use cotmoc_core::journal::Scope;

use crate::contract::Problem;
use crate::device::Device;

/// A delegation and whether the authority has entered it.
pub(crate) struct Known {
    pub roster: DelegationRoster,
    pub in_force: bool,
}

/// All delegations: those in force, and newer wishes of this device or another that the authority has
/// not answered yet.
pub(crate) fn all(device: &Device) -> Result<BTreeMap<DelegationId, Known>, Problem> {
    let me = device.me()?;
    let roster = device
        .ledger
        .roster(me.province)
        .ok_or_else(|| Problem::new("not_enrolled"))?;
    let mut known: BTreeMap<DelegationId, Known> = roster
        .delegations
        .iter()
        .map(|(id, delegation)| {
            (
                *id,
                Known {
                    roster: delegation.clone(),
                    in_force: true,
                },
            )
        })
        .collect();
    for (hash, payload) in device
        .ledger
        .roster_requests(&Scope::roster(me.province), &roster.authority)?
    {
        if roster.answered.contains(&hash) {
            continue;
        }
        if let Some(RosterAct::DelegationSet {
            delegation,
            campaign,
            number,
            units,
            ..
        }) = RosterAct::decode(&payload)
        {
            let roster = DelegationRoster {
                campaign,
                number,
                units,
            };
            known.insert(
                delegation,
                Known {
                    roster,
                    in_force: false,
                },
            );
        }
    }
    Ok(known)
}
