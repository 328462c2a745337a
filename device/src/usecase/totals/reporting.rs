//! n of N: who was expected to register, and who has.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Holder;
use cotmoc_core::org::{CountedUnder, Row, UnitId};
use cotmoc_core::record::view::CycleRecord;
use cotmoc_core::report::totals::Bucket;

use crate::device::{Device, Me};
use crate::store::units::Asked;

pub(super) struct Reporting {
    /// The units expected, each as the unit it is counted under on the day.
    pub units: Vec<UnitId>,
    /// Of these, those that have not registered.
    pub missing: Vec<UnitId>,
}

impl Reporting {
    pub fn expected(&self) -> u32 {
        u32::try_from(self.units.len()).unwrap_or(u32::MAX)
    }

    pub fn reported(&self) -> u32 {
        self.expected()
            .saturating_sub(u32::try_from(self.missing.len()).unwrap_or(u32::MAX))
    }
}

/// The units the cycle expects, or every unit that has a device, and which of them have registered. A unit
/// that was taken over as a whole is expected, and has reported, as its successor; one that was split stays
/// itself.
pub(super) fn reporting(
    device: &Device,
    me: &Me,
    cycle: &CycleRecord,
    buckets: &[Bucket],
    asked: &Asked,
    own_only: bool,
) -> Reporting {
    let named: BTreeSet<UnitId> = cycle
        .expected
        .iter()
        .filter_map(|unit| unit.parse().ok())
        .collect();
    let expected = if named.is_empty() {
        with_devices(device, me)
    } else {
        named
    };
    let reporter = |unit: UnitId| match asked.counting.place(unit) {
        CountedUnder::Unit(at) => at,
        CountedUnder::Unallocated(_) | CountedUnder::Nowhere => unit,
    };
    let reported: BTreeSet<UnitId> = buckets.iter().map(|bucket| reporter(bucket.unit)).collect();
    let units: BTreeMap<UnitId, bool> = expected
        .into_iter()
        .filter(|unit| {
            let row = asked.counting.row(*unit, asked.top, asked.takes_all);
            row.is_some_and(|row| !own_only || row == Row::Own)
        })
        .map(|unit| (reporter(unit), reported.contains(&reporter(unit))))
        .collect();
    Reporting {
        missing: units
            .iter()
            .filter(|(_, has_reported)| !**has_reported)
            .map(|(unit, _)| *unit)
            .collect(),
        units: units.into_keys().collect(),
    }
}

fn with_devices(device: &Device, me: &Me) -> BTreeSet<UnitId> {
    device.ledger.with_roster(me.province, |roster| {
        let grants = roster.map(|roster| roster.grants.values()).into_iter().flatten();
        grants
            .filter(|grant| grant.cuts.is_none())
            .filter_map(|grant| match grant.holder {
                Holder::Unit(unit) => Some(unit),
                _ => None,
            })
            .collect()
    })
}
