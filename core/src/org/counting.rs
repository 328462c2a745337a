//! Under which unit of a day's tree the records of every unit are counted.
//!
//! Totals and lists ask the same question here, so a figure and the list behind it cannot differ. The rule
//! (`domain.md` §7.24, equal grand totals by the units of then and of now): a unit that exists on the day counts
//! as itself; one that was taken over as a whole counts as its successor; what belongs to no single unit of the
//! day is "chưa phân bổ" under the unit that holds its parts.

use std::collections::{BTreeMap, BTreeSet};

use super::day::Day;
use super::succession::{AsNow, Succession};
use super::tree::UnitTree;
use super::unit::{Unit, UnitId};

/// Where records of a unit are counted on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedUnder {
    /// In this unit's own row.
    Unit(UnitId),
    /// In the row "chưa phân bổ" of this unit.
    Unallocated(UnitId),
    /// Under no unit of the day.
    Nowhere,
}

/// A row of a unit's totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// The unit itself.
    Own,
    /// A unit directly below, with everything below that.
    Below(UnitId),
    /// What no single unit below can claim.
    Unallocated,
}

/// Which rows of a unit are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    Whole,
    /// [`Row::Own`].
    Own,
    /// [`Row::Unallocated`].
    Unallocated,
}

/// A set of units, which may be given by what is not in it: records may name units that no list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitSet {
    /// These.
    Only(BTreeSet<UnitId>),
    /// All others.
    AllBut(BTreeSet<UnitId>),
}

impl UnitSet {
    /// Whether the unit is in the set.
    pub fn contains(&self, unit: UnitId) -> bool {
        match self {
            Self::Only(these) => these.contains(&unit),
            Self::AllBut(these) => !these.contains(&unit),
        }
    }
}

/// The tree of a day and the place in it of every unit that ever was.
#[derive(Debug, Clone)]
pub struct Counting {
    tree: UnitTree,
    /// Units that do not exist on the day.
    elsewhere: BTreeMap<UnitId, CountedUnder>,
}

impl Counting {
    /// The places of `units` on `day`.
    pub fn on(units: &[Unit], day: Day) -> Self {
        let lines = Succession::new(units, day);
        let by_id: BTreeMap<UnitId, &Unit> = units.iter().map(|unit| (unit.id, unit)).collect();
        let elsewhere = by_id
            .keys()
            .filter(|unit| !lines.tree().contains(**unit))
            .map(|unit| (*unit, place(&lines, &by_id, *unit)))
            .collect();
        Self {
            tree: lines.into_tree(),
            elsewhere,
        }
    }

    /// The units that exist on the day.
    pub fn tree(&self) -> &UnitTree {
        &self.tree
    }

    /// Where the unit's records are counted.
    pub fn place(&self, unit: UnitId) -> CountedUnder {
        if self.tree.contains(unit) {
            return CountedUnder::Unit(unit);
        }
        self.elsewhere
            .get(&unit)
            .copied()
            .unwrap_or(CountedUnder::Nowhere)
    }

    /// The row of `top`'s totals that the unit's records are in; none when they are not `top`'s. With
    /// `takes_all` nothing is left out: what finds no place is unallocated. That is the unit at the root of a
    /// province, whose grand total must not depend on the day.
    pub fn row(&self, unit: UnitId, top: UnitId, takes_all: bool) -> Option<Row> {
        if unit == top {
            return Some(Row::Own);
        }
        let found = match self.place(unit) {
            CountedUnder::Unit(at) if at == top => Some(Row::Own),
            CountedUnder::Unallocated(at) if at == top => Some(Row::Unallocated),
            CountedUnder::Unit(at) | CountedUnder::Unallocated(at) => {
                self.tree.child_towards(top, at).map(Row::Below)
            }
            CountedUnder::Nowhere => None,
        };
        found.or(takes_all.then_some(Row::Unallocated))
    }

    /// The units whose records are in a part of `top`'s totals, by [`Counting::row`].
    pub fn units_of(&self, top: UnitId, part: Part, takes_all: bool) -> UnitSet {
        if takes_all && part == Part::Whole {
            return UnitSet::AllBut(BTreeSet::new());
        }
        let is_in = |row: Option<Row>| match part {
            Part::Whole => row.is_some(),
            Part::Own => row == Some(Row::Own),
            Part::Unallocated => row == Some(Row::Unallocated),
        };
        let known = self
            .tree
            .walk()
            .map(|(unit, _)| unit)
            .chain(self.elsewhere.keys().copied())
            .chain([top]);
        if takes_all && part == Part::Unallocated {
            return UnitSet::AllBut(known.filter(|unit| !is_in(self.row(*unit, top, true))).collect());
        }
        UnitSet::Only(
            known
                .filter(|unit| is_in(self.row(*unit, top, takes_all)))
                .collect(),
        )
    }
}

/// More units do not stand above each other; a longer way is a fault of the data.
const DEEPEST: usize = 32;

/// The place of a unit that does not exist on the day.
fn place(lines: &Succession<'_>, units: &BTreeMap<UnitId, &Unit>, unit: UnitId) -> CountedUnder {
    let under = |unit: Option<UnitId>| unit.map_or(CountedUnder::Nowhere, CountedUnder::Unallocated);
    let mut at = unit;
    for _ in 0..DEEPEST {
        let found = match lines.as_now(at) {
            AsNow::Current { unit } | AsNow::Succeeded { unit, .. } => Some(unit),
            AsNow::Unallocated { held_by, .. } | AsNow::Ended { held_by, .. } => return under(held_by),
            AsNow::NotYet { .. } => None,
            AsNow::Unknown { .. } => return CountedUnder::Nowhere,
        };
        match found {
            Some(successor) if at == unit => return CountedUnder::Unit(successor),
            Some(above) => return CountedUnder::Unallocated(above),
            None => {}
        }
        // Looked at from before its first day it belongs to what it was then put under.
        let first = units.get(&at).copied();
        match first.and_then(|first| first.parent_on(first.valid_from?)) {
            Some(parent) => at = parent,
            None => return CountedUnder::Nowhere,
        }
    }
    CountedUnder::Nowhere
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::org::testing::{day, id, published};

    const DAYS: [&str; 5] = [
        "2020-01-01",
        "2024-12-31",
        "2025-06-30",
        "2025-07-01",
        "2026-11-22",
    ];

    #[test]
    fn a_unit_that_was_taken_over_counts_as_its_successor() {
        let now = Counting::on(&published(), day("2025-12-31"));
        assert_eq!(
            now.place(id("bdbp-son-la")),
            CountedUnder::Unit(id("bch-bdbp-son-la"))
        );
        assert_eq!(
            now.row(id("bdbp-son-la"), id("bch-bdbp-son-la"), false),
            Some(Row::Own)
        );
        assert_eq!(
            now.row(id("bdbp-son-la"), id("tinh-son-la"), true),
            Some(Row::Below(id("bo-chqs-son-la")))
        );
    }

    #[test]
    fn a_unit_that_was_split_is_unallocated_in_the_unit_that_holds_its_parts() {
        let now = Counting::on(&published(), day("2025-12-31"));
        let heir = id("tinh-thai-nguyen-2025");
        assert_eq!(now.place(id("huyen-cho-don")), CountedUnder::Unallocated(heir));
        assert_eq!(now.row(id("huyen-cho-don"), heir, false), Some(Row::Unallocated));
        assert!(
            now.units_of(heir, Part::Unallocated, false)
                .contains(id("huyen-cho-don"))
        );
        assert!(!now.units_of(heir, Part::Own, false).contains(id("huyen-cho-don")));
    }

    #[test]
    fn a_unit_looked_at_from_before_its_first_day_is_unallocated_where_it_was_put() {
        let then = Counting::on(&published(), day("2024-12-31"));
        assert_eq!(
            then.place(id("bch-bdbp-son-la")),
            CountedUnder::Unallocated(id("bo-chqs-son-la"))
        );
        assert_eq!(then.place(id("xa-cho-don")), CountedUnder::Nowhere);
    }

    #[test]
    fn what_finds_no_place_is_unallocated_at_the_root_and_nowhere_else() {
        let then = Counting::on(&published(), day("2024-12-31"));
        let (root, unknown) = (id("tinh-son-la"), id("no list has it"));
        assert_eq!(then.row(unknown, root, true), Some(Row::Unallocated));
        assert_eq!(then.row(unknown, id("bdbp-son-la"), false), None);
        assert!(then.units_of(root, Part::Whole, true).contains(unknown));
        assert!(then.units_of(root, Part::Unallocated, true).contains(unknown));
        assert!(!then.units_of(root, Part::Own, true).contains(unknown));
    }

    #[test]
    fn rows_share_nothing_and_leave_nothing_out_on_any_day() {
        let units = published();
        for on in DAYS {
            let counting = Counting::on(&units, day(on));
            for (top, _) in counting.tree().walk() {
                let whole = counting.units_of(top, Part::Whole, false);
                let own = counting.units_of(top, Part::Own, false);
                let unallocated = counting.units_of(top, Part::Unallocated, false);
                let below: Vec<UnitSet> = counting
                    .tree()
                    .children(top)
                    .iter()
                    .map(|child| counting.units_of(*child, Part::Whole, false))
                    .collect();
                for unit in &units {
                    let rows = [&own, &unallocated].into_iter().chain(&below);
                    let found = rows.filter(|set| set.contains(unit.id)).count();
                    assert_eq!(
                        found,
                        usize::from(whole.contains(unit.id)),
                        "{on} {top} {:?}",
                        unit.slug
                    );
                }
            }
        }
    }
}
