//! The tree of units on one day.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::unit::{Level, Unit, UnitId};
use crate::text::collate::sort_key;

/// What in the data stood in the way of a tree. The tree is built all the same; it says here where it is not
/// what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum TreeFault {
    /// The parent named for the day does not exist then; the unit stands as a root.
    ParentNotThere {
        /// The unit.
        unit: UnitId,
        /// The parent named.
        parent: UnitId,
    },
    /// These units are each other's ancestors; each stands as a root.
    Circle {
        /// The units of the circle, each followed by its parent.
        units: Vec<UnitId>,
    },
    /// Two parents are in force on the day; the one that began later was taken.
    TwoParents {
        /// The unit.
        unit: UnitId,
        /// The parent not taken.
        other: UnitId,
    },
    /// Two units have the same id; the first was taken.
    ListedTwice {
        /// The id.
        unit: UnitId,
    },
}

#[derive(Debug, Clone)]
struct Node {
    name: String,
    level: Level,
    parent: Option<UnitId>,
    children: Vec<UnitId>,
}

/// The units that exist on one day, and which stands above which. Children and roots are in the Vietnamese
/// order of their names.
///
/// Whatever the data, the tree is finite and the same on every device: parents that do not exist are left
/// out, circles are cut.
#[derive(Debug, Clone)]
pub struct UnitTree {
    day: Day,
    nodes: BTreeMap<UnitId, Node>,
    roots: Vec<UnitId>,
    faults: Vec<TreeFault>,
}

impl UnitTree {
    /// The tree of `units` as of `day`.
    pub fn at(units: &[Unit], day: Day) -> Self {
        let mut faults = Vec::new();
        let mut nodes: BTreeMap<UnitId, Node> = BTreeMap::new();
        for unit in units.iter().filter(|unit| unit.is_valid_on(day)) {
            if nodes.contains_key(&unit.id) {
                faults.push(TreeFault::ListedTwice { unit: unit.id });
                continue;
            }
            let parent = unit.parent_on(day);
            faults.extend(
                unit.parents
                    .iter()
                    .filter(|link| super::day::covers(link.from, link.until, day))
                    .filter(|link| Some(link.parent) != parent)
                    .map(|link| TreeFault::TwoParents {
                        unit: unit.id,
                        other: link.parent,
                    }),
            );
            nodes.insert(
                unit.id,
                Node {
                    name: unit.name_on(day).to_owned(),
                    level: unit.level,
                    parent,
                    children: Vec::new(),
                },
            );
        }
        cut_missing_parents(&mut nodes, &mut faults);
        cut_circles(&mut nodes, &mut faults);
        let roots = link(&mut nodes);
        Self {
            day,
            nodes,
            roots,
            faults,
        }
    }

    /// The day of the tree.
    pub fn day(&self) -> Day {
        self.day
    }

    /// What stood in the way.
    pub fn faults(&self) -> &[TreeFault] {
        &self.faults
    }

    /// Whether the unit exists on the day.
    pub fn contains(&self, unit: UnitId) -> bool {
        self.nodes.contains_key(&unit)
    }

    /// How many units exist on the day.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no unit exists on the day.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The units without a unit above: the provinces, and whatever the data leave loose.
    pub fn roots(&self) -> &[UnitId] {
        &self.roots
    }

    /// The units directly below; none when the unit does not exist on the day.
    pub fn children(&self, unit: UnitId) -> &[UnitId] {
        self.nodes.get(&unit).map_or(&[], |node| &node.children)
    }

    /// The unit directly above.
    pub fn parent(&self, unit: UnitId) -> Option<UnitId> {
        self.nodes.get(&unit)?.parent
    }

    /// The unit's name on the day.
    pub fn name(&self, unit: UnitId) -> Option<&str> {
        self.nodes.get(&unit).map(|node| node.name.as_str())
    }

    /// The unit's level.
    pub fn level(&self, unit: UnitId) -> Option<Level> {
        self.nodes.get(&unit).map(|node| node.level)
    }

    /// The unit and everything below it; empty when it does not exist on the day.
    pub fn subtree(&self, unit: UnitId) -> BTreeSet<UnitId> {
        self.walk_from(unit).map(|(unit, _)| unit).collect()
    }

    /// From the root down to the unit, both included; empty when the unit does not exist on the day.
    pub fn path(&self, unit: UnitId) -> Vec<UnitId> {
        let mut path: Vec<UnitId> = self.upwards(unit).collect();
        path.reverse();
        path
    }

    /// How many units stand above; a root has depth 0.
    pub fn depth(&self, unit: UnitId) -> Option<usize> {
        self.upwards(unit).count().checked_sub(1)
    }

    /// Whether `unit` is `ancestor` or below it on the day.
    pub fn is_within(&self, unit: UnitId, ancestor: UnitId) -> bool {
        self.upwards(unit).any(|above| above == ancestor)
    }

    /// The unit directly below `ancestor` that `unit` is or stands under; none when `unit` is not below it.
    pub fn child_towards(&self, ancestor: UnitId, unit: UnitId) -> Option<UnitId> {
        self.upwards(unit)
            .find(|above| self.parent(*above) == Some(ancestor))
    }

    /// The province the unit belongs to, itself included: whose compiler totals it.
    pub fn province(&self, unit: UnitId) -> Option<UnitId> {
        self.upwards(unit)
            .find(|above| self.level(*above) == Some(Level::Province))
    }

    /// The lowest unit that all of `units` stand under, themselves included; none when they have none in
    /// common or one of them does not exist on the day.
    pub fn lowest_common(&self, units: &[UnitId]) -> Option<UnitId> {
        let (first, rest) = units.split_first()?;
        self.upwards(*first)
            .find(|above| rest.iter().all(|unit| self.is_within(*unit, *above)))
    }

    /// Every unit with its depth, parents before children, as a screen lists them.
    pub fn walk(&self) -> impl Iterator<Item = (UnitId, usize)> + '_ {
        self.roots.iter().flat_map(|root| self.walk_from(*root))
    }

    fn walk_from(&self, start: UnitId) -> impl Iterator<Item = (UnitId, usize)> + '_ {
        let mut open: Vec<(UnitId, usize)> = Vec::new();
        open.extend(self.contains(start).then_some((start, 0)));
        std::iter::from_fn(move || {
            let (unit, depth) = open.pop()?;
            let below = self.children(unit).iter().rev();
            open.extend(below.map(|child| (*child, depth + 1)));
            Some((unit, depth))
        })
    }

    /// The unit, its parent, and so on; finite because circles were cut.
    fn upwards(&self, unit: UnitId) -> impl Iterator<Item = UnitId> + '_ {
        std::iter::successors(self.contains(unit).then_some(unit), |unit| self.parent(*unit))
    }
}

fn cut_missing_parents(nodes: &mut BTreeMap<UnitId, Node>, faults: &mut Vec<TreeFault>) {
    let there: BTreeSet<UnitId> = nodes.keys().copied().collect();
    for (unit, node) in nodes.iter_mut() {
        if let Some(parent) = node.parent.filter(|parent| !there.contains(parent)) {
            node.parent = None;
            faults.push(TreeFault::ParentNotThere { unit: *unit, parent });
        }
    }
}

fn cut_circles(nodes: &mut BTreeMap<UnitId, Node>, faults: &mut Vec<TreeFault>) {
    let mut settled: BTreeSet<UnitId> = BTreeSet::new();
    let starts: Vec<UnitId> = nodes.keys().copied().collect();
    for start in starts {
        let mut trail: Vec<UnitId> = Vec::new();
        let mut on_trail: BTreeSet<UnitId> = BTreeSet::new();
        let mut next = Some(start);
        while let Some(unit) = next.filter(|unit| !settled.contains(unit)) {
            if !on_trail.insert(unit) {
                let begins = trail.iter().position(|seen| *seen == unit).unwrap_or(0);
                let circle = trail[begins..].to_vec();
                for unit in &circle {
                    if let Some(node) = nodes.get_mut(unit) {
                        node.parent = None;
                    }
                }
                faults.push(TreeFault::Circle { units: circle });
                break;
            }
            trail.push(unit);
            next = nodes.get(&unit).and_then(|node| node.parent);
        }
        settled.extend(trail);
    }
}

/// Fills in the children and gives the roots, both in the order of names.
fn link(nodes: &mut BTreeMap<UnitId, Node>) -> Vec<UnitId> {
    let mut ordered: Vec<(Vec<u8>, UnitId, Option<UnitId>)> = nodes
        .iter()
        .map(|(unit, node)| (sort_key(&node.name), *unit, node.parent))
        .collect();
    ordered.sort();
    let mut roots = Vec::new();
    for (_, unit, parent) in ordered {
        match parent.and_then(|parent| nodes.get_mut(&parent)) {
            Some(parent) => parent.children.push(unit),
            None => roots.push(unit),
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::org::testing::{day, id, published, unit};
    use proptest::prelude::*;

    const BEFORE: &str = "2025-06-30";
    const AFTER: &str = "2025-07-01";

    #[test]
    fn the_border_posts_outlive_their_command() {
        let units = published();
        let post = id("don-muong-lan");
        let before = UnitTree::at(&units, day(BEFORE));
        let after = UnitTree::at(&units, day(AFTER));
        assert_eq!(before.path(post), [id("tinh-son-la"), id("bdbp-son-la"), post]);
        assert_eq!(
            after.path(post),
            [
                id("tinh-son-la"),
                id("bo-chqs-son-la"),
                id("bch-bdbp-son-la"),
                post
            ]
        );
        assert_eq!(after.depth(post), Some(3));
        assert!(!after.contains(id("bdbp-son-la")));
        assert!(before.subtree(id("bdbp-son-la")).contains(&post));
        assert_eq!(after.subtree(id("bdbp-son-la")), BTreeSet::new());
    }

    #[test]
    fn provinces_are_the_only_roots_on_every_day_of_the_published_list() {
        let units = published();
        for text in [
            "2020-01-01",
            "2024-12-31",
            "2025-01-01",
            BEFORE,
            AFTER,
            "2026-11-22",
        ] {
            let tree = UnitTree::at(&units, day(text));
            assert_eq!(tree.faults(), [], "{text}");
            for root in tree.roots() {
                assert_eq!(
                    tree.level(*root),
                    Some(Level::Province),
                    "{text} {:?}",
                    tree.name(*root)
                );
            }
            assert_eq!(
                tree.walk().count(),
                tree.len(),
                "{text}: every unit is listed once"
            );
        }
    }

    #[test]
    fn a_merged_province_holds_the_communes_of_both() {
        let units = published();
        let tree = UnitTree::at(&units, day(AFTER));
        assert_eq!(tree.province(id("xa-cho-don")), Some(id("tinh-thai-nguyen-2025")));
        assert_eq!(tree.name(id("tinh-gia-lai-2025")), Some("Tỉnh Gia Lai"));
        assert!(tree.is_within(id("lang-son"), id("tinh-gia-lai-2025")));
        assert_eq!(
            tree.lowest_common(&[id("xa-ia-mo"), id("lang-son")]),
            Some(id("tinh-gia-lai-2025"))
        );
        assert_eq!(tree.lowest_common(&[id("xa-ia-mo"), id("xa-sop-cop")]), None);
        assert_eq!(tree.lowest_common(&[]), None);
    }

    #[test]
    fn children_stand_in_the_vietnamese_order() {
        let mut units = vec![unit("tinh", Level::Province)];
        for name in ["Xã Đoàn Kết", "Xã Dũng", "Xã Ân", "Xã An", "Xã 10", "Xã 9"] {
            let mut commune = unit(name, Level::Commune).under("tinh");
            commune.names[0].name = name.into();
            units.push(commune);
        }
        let tree = UnitTree::at(&units, day(AFTER));
        let names: Vec<&str> = tree
            .children(id("tinh"))
            .iter()
            .filter_map(|child| tree.name(*child))
            .collect();
        assert_eq!(
            names,
            ["Xã 9", "Xã 10", "Xã An", "Xã Ân", "Xã Dũng", "Xã Đoàn Kết"]
        );
    }

    #[test]
    fn a_circle_is_cut_reported_and_does_not_hang() {
        let units = [
            unit("a", Level::Commune).under("b"),
            unit("b", Level::Commune).under("c"),
            unit("c", Level::Commune).under("a"),
            unit("d", Level::Village).under("a"),
            unit("e", Level::Village).under("e"),
        ];
        let tree = UnitTree::at(&units, day(AFTER));
        let circles: Vec<BTreeSet<UnitId>> = tree
            .faults()
            .iter()
            .filter_map(|fault| match fault {
                TreeFault::Circle { units } => Some(units.iter().copied().collect()),
                _ => None,
            })
            .collect();
        assert_eq!(circles.len(), 2);
        assert!(circles.contains(&BTreeSet::from([id("a"), id("b"), id("c")])));
        assert!(circles.contains(&BTreeSet::from([id("e")])));
        assert_eq!(
            tree.path(id("d")),
            [id("a"), id("d")],
            "what hangs below a circle stays below it"
        );
        assert_eq!(tree.walk().count(), 5);
    }

    #[test]
    fn data_that_make_no_tree_are_reported_and_the_rest_stands() {
        let units = [
            unit("p", Level::Province),
            unit("q", Level::Province),
            unit("x", Level::Commune).under("gone"),
            unit("y", Level::Commune).under("p").under("q"),
            unit("p", Level::Province),
        ];
        let tree = UnitTree::at(&units, day(AFTER));
        assert!(tree.faults().contains(&TreeFault::ParentNotThere {
            unit: id("x"),
            parent: id("gone")
        }));
        assert!(tree.faults().contains(&TreeFault::ListedTwice { unit: id("p") }));
        let chosen = tree.parent(id("y")).unwrap();
        let other = if chosen == id("p") { id("q") } else { id("p") };
        assert!(
            tree.faults()
                .contains(&TreeFault::TwoParents { unit: id("y"), other })
        );
        assert_eq!(tree.depth(id("x")), Some(0));
        assert_eq!(tree.depth(id("unknown")), None);
        assert_eq!(tree.path(id("unknown")), []);
    }

    proptest! {
        #[test]
        fn any_parents_make_a_finite_tree(parents in prop::collection::vec(prop::option::of(0_usize..12), 1..12)) {
            let slug = |at: usize| format!("u{at}");
            let units: Vec<Unit> = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| {
                    let made = unit(&slug(at), Level::Commune);
                    match parent {
                        Some(parent) => made.under(&slug(*parent)),
                        None => made,
                    }
                })
                .collect();
            let tree = UnitTree::at(&units, day(AFTER));
            prop_assert_eq!(tree.walk().count(), units.len());
            for unit in &units {
                let path = tree.path(unit.id);
                prop_assert_eq!(path.last(), Some(&unit.id));
                prop_assert!(path.len() <= units.len());
                prop_assert!(tree.subtree(path[0]).contains(&unit.id));
            }
        }
    }
}
