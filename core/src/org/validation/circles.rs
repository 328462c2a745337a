//! Units that refer back to themselves through others.
//!
//! Lists come from outside, so nothing here may cost more than a little per row: which units can stand in a
//! circle at all is found in one pass over the references, and only those are looked at closer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Check, Column, Problem, Unit, UnitId};

/// Units named in the words of one circle; of a longer one the first and the last.
const NAMED: usize = 8;

/// Units that are visited in search of the shortest circle through one.
const VISITED: usize = 100;

/// What each unit refers to.
pub(super) type References = BTreeMap<UnitId, Vec<UnitId>>;

/// The units from which a way leads back to themselves.
pub(super) fn in_circles(references: &References) -> BTreeSet<UnitId> {
    // Two searches (Kosaraju): in the order in which the first leaves the units, the second, against the
    // references, reaches from each unit exactly those that it can also reach.
    let mut against: References = BTreeMap::new();
    for (unit, others) in references {
        for other in others {
            against.entry(*other).or_default().push(*unit);
        }
    }
    let mut seen = BTreeSet::new();
    let mut left = Vec::new();
    for start in references.keys() {
        leave(*start, references, &mut seen, &mut left);
    }
    let mut seen = BTreeSet::new();
    let mut circling = BTreeSet::new();
    for start in left.into_iter().rev() {
        let mut group = Vec::new();
        leave(start, &against, &mut seen, &mut group);
        let refers_to_itself = references
            .get(&start)
            .is_some_and(|others| others.contains(&start));
        if group.len() > 1 || refers_to_itself {
            circling.extend(group);
        }
    }
    circling
}

/// Visits what can be reached from a unit and was not seen; `left` gets each after everything behind it.
fn leave(start: UnitId, references: &References, seen: &mut BTreeSet<UnitId>, left: &mut Vec<UnitId>) {
    if !seen.insert(start) {
        return;
    }
    let mut trail: Vec<(UnitId, usize)> = vec![(start, 0)];
    while let Some((unit, next)) = trail.last_mut() {
        let other = references.get(unit).and_then(|others| others.get(*next)).copied();
        *next += 1;
        match other {
            Some(other) if seen.insert(other) => trail.push((other, 0)),
            Some(_) => {}
            None => {
                left.push(*unit);
                trail.pop();
            }
        }
    }
}

impl Check<'_> {
    /// A unit that became others which became it again.
    pub(super) fn succession_circles(&mut self, units: &[Unit]) {
        let references: References = self
            .by_id
            .values()
            .map(|unit| (unit.id, unit.successors.iter().map(|after| after.unit).collect()))
            .collect();
        let circling = in_circles(&references);
        for unit in units.iter().filter(|unit| circling.contains(&unit.id)) {
            // A unit that names itself is reported as such elsewhere.
            if let Some(path) = way_back(unit.id, &references, &circling) {
                let path = self.path(&path);
                self.report(unit.id, Column::Successors, Problem::GoesInCircles { path });
            }
        }
    }

    /// The units of a circle in words. A list can have one circle of all its units, and each of them is told.
    pub(super) fn path(&self, units: &[UnitId]) -> String {
        let mut labels: Vec<String> = units.iter().take(NAMED).map(|unit| self.label(*unit)).collect();
        if let Some(last) = units.last().filter(|_| units.len() > NAMED) {
            labels.push("…".to_owned());
            labels.push(self.label(*last));
        }
        labels.join(" → ")
    }
}

/// The shortest way from a unit of a circle through others back to it. Where the circle is too long to look
/// for, its beginning and its end.
fn way_back(start: UnitId, references: &References, circling: &BTreeSet<UnitId>) -> Option<Vec<UnitId>> {
    let mut reached_from: BTreeMap<UnitId, UnitId> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for next in references.get(&at).into_iter().flatten().copied() {
            if next == start && at != start {
                let mut way = vec![start, at];
                let mut here = at;
                while let Some(before) = reached_from.get(&here) {
                    way.push(*before);
                    here = *before;
                }
                way.reverse();
                return Some(way);
            }
            if next != start && circling.contains(&next) && !reached_from.contains_key(&next) {
                reached_from.insert(next, at);
                open.push_back(next);
            }
        }
        if reached_from.len() > VISITED {
            let mut way = vec![start];
            way.extend(
                reached_from
                    .iter()
                    .find(|(_, from)| **from == start)
                    .map(|(next, _)| *next),
            );
            way.extend([start]);
            return Some(way);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::testing::id;

    fn references(pairs: &[(&str, &str)]) -> References {
        let mut references = References::new();
        for (unit, other) in pairs {
            references.entry(id(unit)).or_default().push(id(other));
        }
        references
    }

    #[test]
    fn only_units_with_a_way_back_stand_in_circles() {
        let pairs = [
            ("a", "b"),
            ("b", "c"),
            ("c", "a"),
            ("c", "d"),
            ("d", "e"),
            ("x", "a"),
            ("f", "f"),
        ];
        let found = in_circles(&references(&pairs));
        assert_eq!(found, BTreeSet::from(["a", "b", "c", "f"].map(id)));
        assert_eq!(in_circles(&references(&pairs[3..6])), BTreeSet::new());
    }

    #[test]
    fn the_shortest_way_back_is_told() {
        let pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")];
        let references = references(&pairs);
        let way = way_back(id("a"), &references, &in_circles(&references));
        assert_eq!(way, Some(vec![id("a"), id("b"), id("a")]));
    }
}
