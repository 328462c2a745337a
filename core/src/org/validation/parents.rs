//! What stands above each unit, on every day on which that changes.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::{References, in_circles};
use super::{Check, Column, Day, Level, Problem, Unit, UnitId, later_start, overlap};
use crate::org::unit::ParentLink;

/// Steps upwards in search of circles. Honest lists have none and take none of them.
const MOST_STEPS: usize = 2_000_000;

/// What was told of a unit already: each once, on its first day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    NotThere,
    None,
}

impl Check<'_> {
    /// Reports what stands in the way of a tree on any day, once per unit.
    pub(super) fn parents(&mut self, units: &[Unit], all: &[&Unit]) {
        let own: BTreeSet<UnitId> = units.iter().map(|unit| unit.id).collect();
        let before = day_before(all);
        let mut told = BTreeSet::new();
        self.listed_twice(all, &own);
        for unit in units {
            for day in self.turning_days(unit, before) {
                match unit.parent_on(day) {
                    None if unit.level != Level::Province && told.insert((unit.id, Told::None)) => {
                        self.report(unit.id, Column::Parent, Problem::NoParent { day });
                    }
                    Some(parent) if !self.is_there(parent, day) && told.insert((unit.id, Told::NotThere)) => {
                        let parent = self.label(parent);
                        self.report(unit.id, Column::Parent, Problem::ParentNotThere { parent, day });
                    }
                    _ => {}
                }
            }
        }
        self.parent_circles(&own, before);
    }

    fn is_there(&self, unit: UnitId, day: Day) -> bool {
        self.by_id.get(&unit).is_some_and(|unit| unit.is_valid_on(day))
    }

    /// The days of a unit on which it, its parents or what it has for parents begin or end, and the one before
    /// everything. Between two of them nothing changes above it.
    fn turning_days(&self, unit: &Unit, before: Option<Day>) -> BTreeSet<Day> {
        let of_link = |link: &ParentLink| {
            let parent = self.by_id.get(&link.parent);
            let there = parent.map_or([None, None], |parent| [parent.valid_from, parent.valid_until]);
            [link.from, link.until].into_iter().chain(there)
        };
        let own = [unit.valid_from, before];
        let days = unit.parents.iter().flat_map(of_link).chain(own).flatten();
        days.filter(|day| unit.is_valid_on(*day)).collect()
    }

    fn listed_twice(&mut self, all: &[&Unit], own: &BTreeSet<UnitId>) {
        let mut spans: BTreeMap<UnitId, Vec<super::Span>> = BTreeMap::new();
        let mut twice = BTreeSet::new();
        for unit in all {
            let span = (unit.valid_from, unit.valid_until);
            let others = spans.entry(unit.id).or_default();
            if own.contains(&unit.id) && others.iter().any(|other| overlap(*other, span)) {
                twice.insert(unit.id);
            }
            others.push(span);
        }
        for unit in twice {
            let value = self.label(unit);
            self.report(unit, Column::Id, Problem::ListedTwice { value });
        }
    }

    /// A circle begins on the day on which the last of its parents does, so it is looked for from there.
    fn parent_circles(&mut self, own: &BTreeSet<UnitId>, before: Option<Day>) {
        let references: References = self
            .by_id
            .values()
            .map(|unit| (unit.id, unit.parents.iter().map(|link| link.parent).collect()))
            .collect();
        let circling = in_circles(&references);
        let mut begins: BTreeMap<Day, BTreeSet<UnitId>> = BTreeMap::new();
        for unit in circling.iter().filter_map(|unit| self.by_id.get(unit)) {
            for link in &unit.parents {
                // Where two overlap, one also takes effect when the other ends.
                let first = later_start(link.from, unit.valid_from).or(before);
                for day in [first, link.until].into_iter().flatten() {
                    begins.entry(day).or_default().insert(unit.id);
                }
            }
        }
        let mut told: BTreeSet<UnitId> = BTreeSet::new();
        let mut steps = MOST_STEPS;
        for (day, starts) in begins {
            let mut settled: BTreeSet<UnitId> = BTreeSet::new();
            for start in starts {
                let mut trail: Vec<UnitId> = Vec::new();
                let mut places: BTreeMap<UnitId, usize> = BTreeMap::new();
                let mut next = Some(start);
                while let Some(unit) = next.filter(|unit| !settled.contains(unit) && steps > 0) {
                    steps -= 1;
                    if let Some(begins) = places.get(&unit) {
                        self.tell_circle(&trail[*begins..], own, &mut told);
                        break;
                    }
                    places.insert(unit, trail.len());
                    trail.push(unit);
                    next = self.parent_there(unit, day);
                }
                settled.extend(trail);
            }
        }
        if steps == 0 {
            // Nobody has thousands of units that stood above each other in turns. Not to know is to refuse.
            let circling: Vec<UnitId> = circling.into_iter().collect();
            self.tell_circle(&circling, own, &mut told);
        }
    }

    /// What stands above a unit on a day, both being there.
    fn parent_there(&self, unit: UnitId, day: Day) -> Option<UnitId> {
        let unit = self.by_id.get(&unit).filter(|unit| unit.is_valid_on(day))?;
        unit.parent_on(day).filter(|parent| self.is_there(*parent, day))
    }

    fn tell_circle(&mut self, units: &[UnitId], own: &BTreeSet<UnitId>, told: &mut BTreeSet<UnitId>) {
        let path = self.path(units);
        for unit in units {
            if own.contains(unit) && told.insert(*unit) {
                let path = path.clone();
                self.report(*unit, Column::Parent, Problem::GoesInCircles { path });
            }
        }
    }
}

/// The day before anything begins or ends; any day when nothing does.
fn day_before(units: &[&Unit]) -> Option<Day> {
    let days = units.iter().flat_map(|unit| {
        let links = unit.parents.iter().flat_map(|link| [link.from, link.until]);
        links.chain([unit.valid_from, unit.valid_until])
    });
    match days.flatten().min() {
        Some(first) => first.previous(),
        None => Day::new(2000, 1, 1).ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use crate::org::testing::{day, id, unit};
    use crate::org::validation::check;
    use crate::org::{Column, Day, Fault, Level, ParentLink, Problem, TreeFault, Unit, UnitId, UnitTree};

    fn below(slug: &str, links: &[(&str, &str, &str)]) -> Unit {
        let mut unit = unit(slug, Level::Commune);
        let bound = |text: &str| (!text.is_empty()).then(|| day(text));
        unit.parents = links
            .iter()
            .map(|(parent, from, until)| ParentLink {
                parent: id(parent),
                from: bound(from),
                until: bound(until),
            })
            .collect();
        unit
    }

    fn told(units: &[Unit]) -> Vec<String> {
        check(units).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn units_that_stand_above_each_other_in_turns_are_no_circle() {
        let turns = [
            unit("p", Level::Province),
            below("a", &[("b", "", "2020-01-01"), ("p", "2020-01-01", "")]),
            below("b", &[("p", "", "2020-01-01"), ("a", "2020-01-01", "")]),
        ];
        assert_eq!(told(&turns), Vec::<String>::new());
    }

    #[test]
    fn a_circle_of_a_few_days_is_found() {
        let units = [
            unit("p", Level::Province),
            below("a", &[("b", "", "2020-02-01"), ("p", "2020-02-01", "")]),
            below("b", &[("p", "", "2020-01-01"), ("a", "2020-01-01", "")]),
        ];
        let told = told(&units);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("leads back to the unit through"), "{told:?}");
    }

    #[test]
    fn each_thing_is_told_on_its_first_day_and_once() {
        let units = [
            unit("p", Level::Province).until("2020-01-01"),
            below("a", &[("p", "", "2021-01-01"), ("p", "2022-01-01", "")]),
        ];
        assert_eq!(
            told(&units),
            [
                "row 2, unit “a”, column parent: “p” does not exist on 2020-01-01",
                "row 2, unit “a”, column parent: has no unit above on 2021-01-01",
            ]
        );
    }

    /// What the trees of all days say: unit, what, and the first day of it. Of circles the units only.
    fn by_trees(units: &[Unit]) -> BTreeSet<(UnitId, &'static str, Option<Day>)> {
        let refs: Vec<&Unit> = units.iter().collect();
        let mut days: BTreeSet<Day> = refs
            .iter()
            .flat_map(|unit| {
                let links = unit.parents.iter().flat_map(|link| [link.from, link.until]);
                links.chain([unit.valid_from, unit.valid_until])
            })
            .flatten()
            .collect();
        days.extend(super::day_before(&refs));
        let mut told = BTreeMap::new();
        for day in days {
            let tree = UnitTree::at(units, day);
            let mut loose: BTreeSet<UnitId> = tree
                .roots()
                .iter()
                .copied()
                .filter(|root| tree.level(*root) != Some(Level::Province))
                .collect();
            for fault in tree.faults() {
                match fault {
                    TreeFault::ParentNotThere { unit, .. } => {
                        loose.remove(unit);
                        told.entry((*unit, "not there")).or_insert(Some(day));
                    }
                    TreeFault::Circle { units } => {
                        for unit in units {
                            loose.remove(unit);
                            told.insert((*unit, "circle"), None);
                        }
                    }
                    _ => {}
                }
            }
            for unit in loose {
                told.entry((unit, "none")).or_insert(Some(day));
            }
        }
        told.into_iter()
            .map(|((unit, what), day)| (unit, what, day))
            .collect()
    }

    fn by_check(units: &[Unit]) -> BTreeSet<(UnitId, &'static str, Option<Day>)> {
        let parent = |fault: &Fault| {
            let unit = UnitId::from_slug(&fault.unit);
            match (fault.column, &fault.problem) {
                (Column::Parent, Problem::ParentNotThere { day, .. }) => {
                    Some((unit, "not there", Some(*day)))
                }
                (Column::Parent, Problem::NoParent { day }) => Some((unit, "none", Some(*day))),
                (Column::Parent, Problem::GoesInCircles { .. }) => Some((unit, "circle", None)),
                _ => None,
            }
        };
        check(units).iter().filter_map(parent).collect()
    }

    /// An end: a year of four, or none.
    fn end() -> impl Strategy<Value = Option<Day>> {
        (0u16..6).prop_map(|year| (year < 4).then(|| Day::new(2020 + year, 1, 1).unwrap()))
    }

    proptest! {
        #[test]
        fn what_is_told_is_what_the_tree_of_every_day_says(
            links in prop::collection::vec((0usize..5, 0usize..5, end(), end()), 0..9),
            spans in prop::collection::vec((end(), end()), 5),
        ) {
            let mut units: Vec<Unit> = (0..5)
                .map(|at| unit(&format!("u{at}"), if at == 0 { Level::Province } else { Level::Commune }))
                .collect();
            for (unit, (from, until)) in units.iter_mut().zip(spans) {
                (unit.valid_from, unit.valid_until) = (from, until);
            }
            for (at, parent, from, until) in links {
                let parent = units[parent].id;
                units[at].parents.push(ParentLink { parent, from, until });
            }
            prop_assert_eq!(by_check(&units), by_trees(&units));
        }
    }

    #[test]
    fn a_circle_of_all_units_is_told_of_each_in_few_words() {
        let ring = |count: usize| -> Vec<Unit> {
            let link = |at: usize| below(&format!("u{at}"), &[(&format!("u{}", (at + 1) % count), "", "")]);
            (0..count).map(link).collect()
        };
        let faults = check(&ring(2_000));
        assert_eq!(faults.len(), 2_000);
        assert!(
            faults.iter().all(|fault| fault.to_string().len() < 300),
            "{}",
            faults[0]
        );
    }
}
