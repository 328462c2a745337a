//! The list of units as a screen shows it.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::org::{Day, Unit, UnitId, UnitTree};
use cotmoc_core::text::{fold, sort_key};

use crate::contract::Problem;
use crate::contract::reference::{ListUnits, UnitList, UnitRow};
use crate::device::Device;

/// Units as they were on a day, parents before children.
pub(crate) fn list_units(device: &Device, request: ListUnits) -> Result<UnitList, Problem> {
    let day = match &request.day {
        Some(day) => Day::parse(day.trim()).map_err(|_| Problem::new("bad_request").with("what", "day"))?,
        None => device.today(),
    };
    let units = device.units();
    let within = match &request.within {
        Some(id) => Some(known_unit(id, |id| units.get(id).is_some())?),
        None => None,
    };
    let wanted = Wanted {
        query: request.query.as_deref().unwrap_or_default(),
        within,
        include_past: request.include_past,
    };
    Ok(UnitList {
        units: rows(units.all(), &units.tree(day), &wanted),
    })
}

/// Reads the id of a unit this device holds.
pub(super) fn known_unit(id: &str, is_held: impl Fn(UnitId) -> bool) -> Result<UnitId, Problem> {
    let unit = id.trim().parse::<UnitId>().ok().filter(|unit| is_held(*unit));
    unit.ok_or_else(|| Problem::new("unknown_unit").with("unit", id))
}

/// Which units a list shows.
struct Wanted<'a> {
    query: &'a str,
    within: Option<UnitId>,
    include_past: bool,
}

fn rows(units: &[Unit], tree: &UnitTree, wanted: &Wanted<'_>) -> Vec<UnitRow> {
    let by_id: BTreeMap<UnitId, &Unit> = units.iter().map(|unit| (unit.id, unit)).collect();
    let folded = fold(wanted.query);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let subtree = wanted.within.map(|within| tree.subtree(within));
    let mut rows: Vec<UnitRow> = tree
        .walk()
        .filter(|(id, _)| subtree.as_ref().is_none_or(|subtree| subtree.contains(id)))
        .filter_map(|(id, depth)| Some((by_id.get(&id).copied()?, depth)))
        .filter(|(unit, _)| answers(unit, &words))
        .map(|(unit, depth)| row(unit, tree.parent(unit.id), depth, tree.day(), &by_id))
        .collect();
    if wanted.include_past {
        let mut past: Vec<UnitRow> = units
            .iter()
            .filter(|unit| !tree.contains(unit.id) && answers(unit, &words))
            .map(|unit| (unit, line(unit, &by_id)))
            .filter(|(unit, above)| {
                wanted
                    .within
                    .is_none_or(|within| unit.id == within || above.contains(&within))
            })
            .map(|(unit, above)| row(unit, above.first().copied(), above.len(), tree.day(), &by_id))
            .collect();
        past.sort_by_cached_key(|row| (sort_key(&row.name), row.id.clone()));
        rows.extend(past);
    }
    rows
}

/// Whether every word of a folded search is in one of the unit's names, other names or codes.
fn answers(unit: &Unit, words: &[&str]) -> bool {
    if words.is_empty() {
        return true;
    }
    let names = unit.names.iter().map(|named| named.name.as_str());
    let codes = unit.codes.iter().map(|coded| coded.code.as_str());
    let found = names
        .chain(unit.aliases.iter().map(String::as_str))
        .chain(codes)
        .map(fold)
        .collect::<Vec<_>>()
        .join(" ");
    words.iter().all(|word| found.contains(word))
}

/// What stood above a unit when it ended, nearest first.
fn line(unit: &Unit, by_id: &BTreeMap<UnitId, &Unit>) -> Vec<UnitId> {
    let mut above = Vec::new();
    let mut seen = BTreeSet::from([unit.id]);
    let mut at = Some(unit);
    while let Some(parent) = at.and_then(last_parent).filter(|parent| seen.insert(*parent)) {
        above.push(parent);
        at = by_id.get(&parent).copied();
    }
    above
}

fn last_parent(unit: &Unit) -> Option<UnitId> {
    unit.parents
        .iter()
        .max_by_key(|link| (link.from, std::cmp::Reverse(link.parent)))
        .map(|link| link.parent)
}

fn row(
    unit: &Unit,
    parent: Option<UnitId>,
    depth: usize,
    day: Day,
    by_id: &BTreeMap<UnitId, &Unit>,
) -> UnitRow {
    let ended = unit.valid_until.is_some_and(|until| until <= day);
    let name = |id: &UnitId| {
        by_id
            .get(id)
            .map_or_else(|| id.to_string(), |unit| unit.name_on(day).to_owned())
    };
    UnitRow {
        id: unit.id.to_string(),
        name: unit.name_on(day).to_owned(),
        level: unit.level.code().to_owned(),
        parent: parent.map(|parent| parent.to_string()),
        depth: u32::try_from(depth).unwrap_or(u32::MAX),
        code: unit.code_on(day).map(str::to_owned),
        valid_from: unit.valid_from.map(|day| day.to_string()),
        valid_until: unit.valid_until.map(|day| day.to_string()),
        successors: unit
            .successors
            .iter()
            .filter(|_| ended)
            .map(|after| name(&after.unit))
            .collect(),
        demonstration: unit.demonstration,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use cotmoc_core::org::read_units;

    fn published() -> Vec<Unit> {
        read_units(include_str!("../../../data/org-units.json"), &[])
            .unwrap()
            .units
    }

    fn list(
        units: &[Unit],
        day: &str,
        query: &str,
        within: Option<&str>,
        include_past: bool,
    ) -> Vec<UnitRow> {
        let tree = UnitTree::at(units, Day::parse(day).unwrap());
        rows(
            units,
            &tree,
            &Wanted {
                query,
                within: within.map(UnitId::from_slug),
                include_past,
            },
        )
    }

    fn names(rows: &[UnitRow]) -> Vec<&str> {
        rows.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn parents_come_before_their_children_with_their_depth() {
        let units = published();
        let rows = list(&units, "2025-07-01", "", Some("bo-chqs-son-la"), false);
        assert_eq!(
            names(&rows),
            [
                "Bộ Chỉ huy Quân sự tỉnh Sơn La",
                "Ban Chỉ huy BĐBP tỉnh Sơn La",
                "BCĐ thực hiện QCDC cơ sở Đảng ủy Bộ Chỉ huy BĐBP tỉnh Sơn La",
                "Đồn Biên phòng Chiềng Tương",
                "Đồn Biên phòng cửa khẩu Lóng Sập",
                "Đồn Biên phòng Mường Lạn",
            ]
        );
        assert_eq!(
            rows.iter().map(|row| row.depth).collect::<Vec<_>>(),
            [1, 2, 3, 3, 3, 3]
        );
        assert_eq!(rows[1].parent.as_deref(), Some(rows[0].id.as_str()));
        assert_eq!(rows[1].valid_from.as_deref(), Some("2025-07-01"));
    }

    #[test]
    fn a_search_without_marks_finds_units_and_nothing_else() {
        let units = published();
        let rows = list(&units, "2026-11-22", "don bien phong", Some("tinh-son-la"), false);
        assert_eq!(rows.len(), 3);
        assert!(
            rows.iter().all(|row| row.depth == 3),
            "the depth in the whole tree is kept"
        );
        assert_eq!(
            names(&list(&units, "2026-11-22", "Ia Mơr", None, false)),
            ["Xã Ia Mơ"],
            "by another name"
        );
        assert_eq!(
            names(&list(&units, "2026-11-22", "23737", None, false)),
            ["Xã Ia Mơ"],
            "by its code"
        );
        assert_eq!(list(&units, "2026-11-22", "không có ở đâu", None, false), []);
    }

    #[test]
    fn ended_units_come_last_and_name_their_successors() {
        let units = published();
        let rows = list(&units, "2026-11-22", "Sốp Cộp", None, true);
        assert_eq!(names(&rows), ["Xã Sốp Cộp", "Huyện Sốp Cộp"]);
        assert_eq!(rows[0].successors, Vec::<String>::new());
        assert_eq!(
            rows[1].successors,
            ["Xã Sốp Cộp", "Xã Púng Bánh", "Xã Mường Lèo", "Xã Mường Lạn"]
        );
        assert_eq!(
            (rows[1].depth, rows[1].parent.clone()),
            (1, Some(UnitId::from_slug("tinh-son-la").to_string()))
        );
        let before = list(&units, "2025-06-30", "Huyện Sốp Cộp", None, false);
        assert_eq!(before[0].successors, Vec::<String>::new(), "it had not ended yet");
    }

    #[test]
    fn a_subtree_of_the_past_keeps_what_stood_under_it_when_it_ended() {
        let units = published();
        let rows = list(&units, "2026-11-22", "", Some("huyen-sop-cop"), true);
        assert_eq!(
            names(&rows),
            ["Huyện Sốp Cộp", "Xã Nậm Lạnh"],
            "units that live on stand elsewhere now"
        );
        assert_eq!(list(&units, "2026-11-22", "", Some("huyen-sop-cop"), false), []);
    }
}
