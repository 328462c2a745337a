//! What became of a unit: the present-day unit that its records count under, or the admission that none can
//! be named.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::tree::UnitTree;
use super::unit::{Share, Unit, UnitId};

/// A present-day unit that holds part of what an ended unit was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heir {
    /// The present-day unit.
    pub unit: UnitId,
    /// Whether it lies wholly within the ended unit or also holds territory of others.
    pub share: Share,
}

/// A unit seen from today ("theo đơn vị hiện hành").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AsNow {
    /// The unit itself exists today.
    Current {
        /// The unit.
        unit: UnitId,
    },
    /// One unit took it over as a whole, directly or step by step.
    Succeeded {
        /// The present-day unit.
        unit: UnitId,
        /// The ended units on the way, the one asked about first.
        through: Vec<UnitId>,
    },
    /// It was split or shared out, so a record that says no more than this unit belongs to none of the heirs:
    /// "chưa phân bổ". District totals cannot be cut again (`domain.md` §0.4).
    Unallocated {
        /// The ended unit at which the way forks: the one asked about or one that took it over.
        last: UnitId,
        /// The present-day units that hold its parts, in order of id; empty when the data lead nowhere.
        heirs: Vec<Heir>,
        /// The lowest present-day unit above all heirs, or else what became of its last parent: under it the
        /// row "chưa phân bổ" is shown, so that grand totals by former and by present units are equal.
        held_by: Option<UnitId>,
    },
    /// It ended and nobody took over.
    Ended {
        /// The last unit of the line.
        last: UnitId,
        /// The present-day unit above it, seen through what became of its last parent. Its records are
        /// totalled there.
        held_by: Option<UnitId>,
    },
    /// It does not exist yet.
    NotYet {
        /// The unit.
        unit: UnitId,
    },
    /// The list has no such unit.
    Unknown {
        /// The id asked about.
        unit: UnitId,
    },
}

impl AsNow {
    /// The present-day unit that records count under, when there is exactly one.
    pub fn unit(&self) -> Option<UnitId> {
        match self {
            Self::Current { unit } | Self::Succeeded { unit, .. } => Some(*unit),
            _ => None,
        }
    }

    /// The present-day unit under whose subtree records are totalled, as a row of their own when they are
    /// unallocated or nobody took over.
    pub fn counted_under(&self) -> Option<UnitId> {
        match self {
            Self::Unallocated { held_by, .. } | Self::Ended { held_by, .. } => *held_by,
            _ => self.unit(),
        }
    }
}

/// The lines of succession of a list of units, seen from one day.
pub struct Succession<'a> {
    units: BTreeMap<UnitId, &'a Unit>,
    tree: UnitTree,
}

impl<'a> Succession<'a> {
    /// The lines of `units`, followed up to `today`. The day is passed in: nothing here reads a clock.
    pub fn new(units: &'a [Unit], today: Day) -> Self {
        Self {
            units: units.iter().map(|unit| (unit.id, unit)).collect(),
            tree: UnitTree::at(units, today),
        }
    }

    /// The tree of today.
    pub fn tree(&self) -> &UnitTree {
        &self.tree
    }

    /// The tree of today, kept beyond the lines.
    pub fn into_tree(self) -> UnitTree {
        self.tree
    }

    /// What became of `unit`. Only a whole takeover by one unit is followed; a circle in the data ends as
    /// unallocated.
    pub fn as_now(&self, unit: UnitId) -> AsNow {
        match self.follow(unit) {
            (through, Outcome::There(unit)) if through.is_empty() => AsNow::Current { unit },
            (through, Outcome::There(unit)) => AsNow::Succeeded { unit, through },
            (_, Outcome::Forks(last)) => AsNow::Unallocated {
                last,
                heirs: self.heirs(last),
                held_by: self.held_by(last, &mut BTreeSet::new()),
            },
            (_, Outcome::Stops(last)) => AsNow::Ended {
                last,
                held_by: self.held_by(last, &mut BTreeSet::new()),
            },
            (_, Outcome::NotYet) => AsNow::NotYet { unit },
            (_, Outcome::Unknown) => AsNow::Unknown { unit },
        }
    }

    /// Follows whole takeovers by one unit; the ended units on the way come first.
    fn follow(&self, unit: UnitId) -> (Vec<UnitId>, Outcome) {
        let today = self.tree.day();
        let mut through = Vec::new();
        let mut at = unit;
        let outcome = loop {
            // A successor that is unknown or does not exist yet cannot be counted under.
            let stopped = |otherwise| through.last().map_or(otherwise, |last| Outcome::Stops(*last));
            let Some(here) = self.units.get(&at) else {
                break stopped(Outcome::Unknown);
            };
            if here.is_valid_on(today) {
                break Outcome::There(at);
            }
            if here.valid_until.is_none_or(|until| until > today) {
                break stopped(Outcome::NotYet);
            }
            if through.contains(&at) {
                break Outcome::Forks(at);
            }
            match &here.successors[..] {
                [] => break Outcome::Stops(at),
                [only] if only.share == Share::Full => {
                    through.push(at);
                    at = only.unit;
                }
                _ => break Outcome::Forks(at),
            }
        };
        (through, outcome)
    }

    fn heirs(&self, last: UnitId) -> Vec<Heir> {
        let mut heirs: BTreeMap<UnitId, Share> = BTreeMap::new();
        let mut seen: BTreeSet<(UnitId, Share)> = BTreeSet::new();
        let mut open = vec![(last, Share::Full)];
        while let Some((unit, share)) = open.pop() {
            if !seen.insert((unit, share)) {
                continue;
            }
            if self.tree.contains(unit) {
                let known = heirs.entry(unit).or_insert(share);
                *known = (*known).max(share);
                continue;
            }
            let successors = self.units.get(&unit).map_or(&[][..], |unit| &unit.successors);
            // Once a step is partial, what lies behind it is too.
            open.extend(
                successors
                    .iter()
                    .map(|successor| (successor.unit, share.max(successor.share))),
            );
        }
        heirs
            .into_iter()
            .map(|(unit, share)| Heir { unit, share })
            .collect()
    }

    /// Where the records of an ended unit are totalled when no single unit took it over. `asked` stops
    /// circles.
    fn held_by(&self, last: UnitId, asked: &mut BTreeSet<UnitId>) -> Option<UnitId> {
        if !asked.insert(last) {
            return None;
        }
        let heirs: Vec<UnitId> = self.heirs(last).iter().map(|heir| heir.unit).collect();
        self.tree.lowest_common(&heirs).or_else(|| {
            let ended = self.units.get(&last)?;
            let parent = ended.parent_on(ended.valid_until?.previous()?)?;
            match self.follow(parent).1 {
                Outcome::There(unit) => Some(unit),
                Outcome::Forks(last) | Outcome::Stops(last) => self.held_by(last, asked),
                Outcome::NotYet | Outcome::Unknown => None,
            }
        })
    }

    /// The units that name `unit` as successor, in order of id.
    pub fn predecessors(&self, unit: UnitId) -> Vec<UnitId> {
        self.units
            .values()
            .filter(|before| before.successors.iter().any(|after| after.unit == unit))
            .map(|before| before.id)
            .collect()
    }
}

/// Where a line of whole takeovers leads.
enum Outcome {
    There(UnitId),
    Forks(UnitId),
    Stops(UnitId),
    NotYet,
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::Level;
    use crate::org::testing::{day, id, published, unit};

    const TODAY: &str = "2026-11-22";

    #[test]
    fn a_merged_commune_counts_under_the_one_that_took_it_over() {
        let units = published();
        let now = Succession::new(&units, day(TODAY));
        assert_eq!(
            now.as_now(id("xa-chieng-tuong")),
            AsNow::Succeeded {
                unit: id("xa-long-phieng"),
                through: vec![id("xa-chieng-tuong")]
            }
        );
        assert_eq!(
            now.as_now(id("don-chieng-tuong")).unit(),
            Some(id("don-chieng-tuong"))
        );
        assert_eq!(
            now.as_now(id("bdbp-gia-lai")).unit(),
            Some(id("bch-bdbp-gia-lai"))
        );
        assert_eq!(
            now.predecessors(id("tinh-gia-lai-2025")).len(),
            2,
            "Gia Lai and Bình Định"
        );
    }

    #[test]
    fn a_split_district_is_left_unallocated_under_its_province() {
        let units = published();
        let now = Succession::new(&units, day(TODAY));
        let AsNow::Unallocated { last, heirs, held_by } = now.as_now(id("huyen-cho-don")) else {
            panic!("544 models of Chợ Đồn belong to no single commune");
        };
        assert_eq!(last, id("huyen-cho-don"));
        assert_eq!(heirs.len(), 8);
        let shared: BTreeSet<UnitId> = heirs
            .iter()
            .filter(|heir| heir.share == Share::Partial)
            .map(|heir| heir.unit)
            .collect();
        assert_eq!(shared, BTreeSet::from([id("xa-bach-thong"), id("xa-dong-phuc")]));
        assert_eq!(held_by, Some(id("tinh-thai-nguyen-2025")));
        assert_eq!(
            now.as_now(id("huyen-cho-don")).counted_under(),
            Some(id("tinh-thai-nguyen-2025")),
            "so that grand totals stay equal"
        );
    }

    #[test]
    fn grand_totals_by_former_and_by_present_units_are_equal() {
        let units = published();
        let then = UnitTree::at(&units, day("2025-06-30"));
        let now = Succession::new(&units, day(TODAY));
        for (unit, _) in then.walk() {
            let province_then = then.province(unit).map(|province| now.as_now(province).unit());
            let counted = now.as_now(unit).counted_under();
            let province_now = counted.map(|counted| now.tree().province(counted));
            assert!(counted.is_some(), "{:?} is counted nowhere", then.name(unit));
            assert_eq!(province_now, province_then, "{:?}", then.name(unit));
        }
    }

    #[test]
    fn the_day_of_looking_decides() {
        let units = published();
        let before = Succession::new(&units, day("2025-06-30"));
        assert_eq!(
            before.as_now(id("huyen-cho-don")),
            AsNow::Current {
                unit: id("huyen-cho-don")
            }
        );
        assert_eq!(
            before.as_now(id("xa-cho-don")),
            AsNow::NotYet {
                unit: id("xa-cho-don")
            }
        );
    }

    #[test]
    fn a_unit_without_successor_has_ended() {
        let units = published();
        let now = Succession::new(&units, day(TODAY));
        let last = id("bdv-huyen-uy-na-ri");
        assert_eq!(
            now.as_now(last),
            AsNow::Ended {
                last,
                held_by: Some(id("tinh-thai-nguyen-2025"))
            },
            "its records are totalled in the province that its district went to"
        );
        assert_eq!(now.as_now(last).unit(), None);
        assert_eq!(now.as_now(id("nowhere")), AsNow::Unknown { unit: id("nowhere") });
    }

    #[test]
    fn a_line_of_takeovers_is_followed_to_the_present_or_to_where_it_forks() {
        let units = [
            unit("a", Level::Commune)
                .until("2010-01-01")
                .followed_by("b", Share::Full),
            unit("b", Level::Commune)
                .until("2020-01-01")
                .followed_by("c", Share::Full),
            unit("c", Level::Commune).from("2020-01-01"),
            unit("x", Level::Commune)
                .until("2010-01-01")
                .followed_by("y", Share::Full),
            unit("y", Level::Commune)
                .until("2020-01-01")
                .followed_by("c", Share::Partial),
        ];
        let now = Succession::new(&units, day(TODAY));
        assert_eq!(
            now.as_now(id("a")),
            AsNow::Succeeded {
                unit: id("c"),
                through: vec![id("a"), id("b")]
            }
        );
        assert_eq!(
            now.as_now(id("x")),
            AsNow::Unallocated {
                last: id("y"),
                heirs: vec![Heir {
                    unit: id("c"),
                    share: Share::Partial
                }],
                held_by: Some(id("c")),
            },
            "a partial takeover allocates nothing by itself"
        );
    }

    #[test]
    fn a_circle_of_successors_does_not_hang() {
        let units = [
            unit("a", Level::Commune)
                .until("2010-01-01")
                .followed_by("b", Share::Full),
            unit("b", Level::Commune)
                .until("2010-01-01")
                .followed_by("a", Share::Full),
            unit("c", Level::Commune)
                .until("2010-01-01")
                .followed_by("c", Share::Full)
                .followed_by("a", Share::Partial),
        ];
        let now = Succession::new(&units, day(TODAY));
        for slug in ["a", "c"] {
            assert_eq!(
                now.as_now(id(slug)),
                AsNow::Unallocated {
                    last: id(slug),
                    heirs: vec![],
                    held_by: None
                },
                "{slug}"
            );
        }
    }
}
