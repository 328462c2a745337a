//! Parents that a published list leaves open but its successions imply.
//!
//! The lists say what changed, not everything that follows from it: a post group stays under a command that
//! was dissolved, an unchanged commune is listed only under its present province. Without these links the
//! units would stand outside every total. Each inferred link is noted in the unit's provenance.

use std::collections::BTreeMap;

use super::day::{Day, covers, earlier_end, later_start, overlap};
use super::unit::{Level, ParentLink, Share, Unit, UnitId};

/// Cuts parents to the time in which they exist, then fills what a succession explains:
/// - a commune that existed before its district ended, and took over from it as a whole, stood under that
///   district until then;
/// - where a parent ended and exactly one unit took it over as a whole, that unit is the parent from then on.
pub(super) fn complete_parents(units: &mut [Unit], known: &[Unit]) {
    let lines: BTreeMap<UnitId, Line> = known
        .iter()
        .chain(units.iter())
        .map(|unit| (unit.id, Line::of(unit)))
        .collect();
    // By the communes that took over from them, so that a long list is not searched once for each commune.
    let mut districts: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
    for (district, line) in lines.iter().filter(|(_, line)| line.level == Level::District) {
        for commune in &line.full_successors {
            districts.entry(*commune).or_default().push(*district);
        }
    }
    for unit in units {
        for link in &mut unit.parents {
            link.from = later_start(link.from, unit.valid_from);
            link.until = earlier_end(link.until, unit.valid_until);
            if let Some(parent) = lines.get(&link.parent) {
                link.from = later_start(link.from, parent.from);
                link.until = earlier_end(link.until, parent.until);
            }
        }
        unit.parents.retain(|link| !is_empty((link.from, link.until)));
        if unit.level == Level::Commune {
            for district in districts.get(&unit.id).into_iter().flatten() {
                stand_under_former_district(unit, *district, &lines);
            }
        }
        follow_parents(unit, &lines);
        unit.parents.sort_by_key(|link| (link.from, link.parent));
    }
}

/// What the inference needs of a unit, copied because the units are being changed.
struct Line {
    label: String,
    level: Level,
    from: Option<Day>,
    until: Option<Day>,
    full_successors: Vec<UnitId>,
    sole_successor: Option<UnitId>,
}

impl Line {
    fn of(unit: &Unit) -> Self {
        let full: Vec<UnitId> = unit
            .successors
            .iter()
            .filter(|successor| successor.share == Share::Full)
            .map(|successor| successor.unit)
            .collect();
        Self {
            label: unit.slug.clone().unwrap_or_else(|| unit.id.to_string()),
            level: unit.level,
            from: unit.valid_from,
            until: unit.valid_until,
            sole_successor: full.first().copied().filter(|_| unit.successors.len() == 1),
            full_successors: full,
        }
    }
}

/// `district` ended and named the commune as a whole among those that took over.
fn stand_under_former_district(unit: &mut Unit, district: UnitId, lines: &BTreeMap<UnitId, Line>) {
    let Some((line, ended)) = lines.get(&district).and_then(|line| Some((line, line.until?))) else {
        return;
    };
    let span = (later_start(line.from, unit.valid_from), Some(ended));
    if is_empty(span) || !covers(None, unit.valid_until, ended) {
        return;
    }
    let is_district = |link: &ParentLink| {
        lines
            .get(&link.parent)
            .is_some_and(|parent| parent.level == Level::District)
    };
    let is_stated = unit
        .parents
        .iter()
        .any(|link| is_district(link) && overlap((link.from, link.until), span));
    if is_stated {
        return;
    }
    // A list that names only the present province means it from the day on which the district ended.
    unit.parents = unit
        .parents
        .iter()
        .flat_map(|link| without(link, span.0, ended))
        .collect();
    unit.parents.push(ParentLink {
        parent: district,
        from: span.0,
        until: span.1,
    });
    unit.provenance.notes.push(format!(
        "parent until {ended} inferred: {} ended in this unit",
        line.label
    ));
}

fn follow_parents(unit: &mut Unit, lines: &BTreeMap<UnitId, Line>) {
    let mut open: Vec<ParentLink> = unit.parents.clone();
    // Every step needs a parent that ended later than the one before, so this ends.
    while let Some(link) = open.pop() {
        let Some(ended) = link.until else { continue };
        let taken = unit
            .parents
            .iter()
            .any(|other| covers(other.from, other.until, ended));
        let Some(line) = lines.get(&link.parent).filter(|line| line.until == Some(ended)) else {
            continue;
        };
        if taken || !unit.is_valid_on(ended) {
            continue;
        }
        let Some((heir, heir_line)) = line
            .sole_successor
            .filter(|heir| *heir != unit.id)
            .and_then(|heir| Some((heir, lines.get(&heir)?)))
            .filter(|(_, heir_line)| covers(heir_line.from, heir_line.until, ended))
        else {
            continue;
        };
        let next_stated = unit
            .parents
            .iter()
            .filter_map(|other| other.from)
            .filter(|from| *from > ended)
            .min();
        let until = earlier_end(earlier_end(heir_line.until, unit.valid_until), next_stated);
        let followed = ParentLink {
            parent: heir,
            from: Some(ended),
            until,
        };
        unit.provenance.notes.push(format!(
            "parent from {ended} inferred: {} was taken over by {}",
            line.label, heir_line.label
        ));
        unit.parents.push(followed.clone());
        open.push(followed);
    }
}

/// What is left of a link outside the span from `from` to `until`.
fn without(link: &ParentLink, from: Option<Day>, until: Day) -> Vec<ParentLink> {
    let before = from.map(|from| ParentLink {
        until: earlier_end(link.until, Some(from)),
        ..link.clone()
    });
    let after = ParentLink {
        from: later_start(link.from, Some(until)),
        ..link.clone()
    };
    before
        .into_iter()
        .chain([after])
        .filter(|link| !is_empty((link.from, link.until)))
        .collect()
}

fn is_empty((from, until): (Option<Day>, Option<Day>)) -> bool {
    matches!((from, until), (Some(from), Some(until)) if until <= from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::testing::{day, id, published, unit};

    #[test]
    fn an_unchanged_commune_stood_under_its_district_while_there_was_one() {
        let units = published();
        for (commune, district, province) in [
            ("xa-thuong-quan", "huyen-ngan-son", "tinh-thai-nguyen-2025"),
            ("xa-muong-leo", "huyen-sop-cop", "tinh-son-la"),
            ("xa-phieng-khoai", "huyen-yen-chau", "tinh-son-la"),
            ("xa-ia-pnon", "huyen-duc-co", "tinh-gia-lai-2025"),
        ] {
            let commune = units.iter().find(|unit| unit.id == id(commune));
            let parent_on = |text| commune.and_then(|unit| unit.parent_on(day(text)));
            assert_eq!(parent_on("2025-06-30"), Some(id(district)));
            assert_eq!(parent_on("2025-07-01"), Some(id(province)));
            let noted = commune
                .is_some_and(|unit| unit.provenance.notes.iter().any(|note| note.contains("inferred")));
            assert!(noted, "an inference says that it is one");
        }
    }

    #[test]
    fn a_district_takes_only_its_own_time_from_the_stated_parent() {
        let mut units = [
            unit("tinh", Level::Province),
            unit("huyen", Level::District)
                .from("2000-01-01")
                .until("2025-07-01")
                .followed_by("xa", Share::Full)
                .followed_by("khac", Share::Full),
            unit("xa", Level::Commune).under("tinh"),
        ];
        complete_parents(&mut units, &[]);
        let parent_on = |text| units[2].parent_on(day(text));
        assert_eq!(parent_on("1999-12-31"), Some(id("tinh")));
        assert_eq!(parent_on("2000-01-01"), Some(id("huyen")));
        assert_eq!(parent_on("2025-07-01"), Some(id("tinh")));
    }

    #[test]
    fn what_stood_under_a_dissolved_command_stands_under_its_successor() {
        let units = published();
        let group = units.iter().find(|unit| unit.id == id("nhom-08-don-gia-lai"));
        let parent_on = |text| group.and_then(|unit| unit.parent_on(day(text)));
        assert_eq!(parent_on("2025-06-30"), Some(id("bdbp-gia-lai")));
        assert_eq!(parent_on("2025-07-01"), Some(id("bch-bdbp-gia-lai")));
    }

    #[test]
    fn a_stated_parent_is_never_overruled_by_a_parent_that_was_taken_over() {
        let mut post = unit("don", Level::BorderPost);
        post.parents = vec![
            ParentLink {
                parent: id("cu"),
                from: None,
                until: None,
            },
            ParentLink {
                parent: id("khac"),
                from: Some(day("2025-07-01")),
                until: None,
            },
        ];
        let mut units = [
            unit("cu", Level::BorderGuardCommand)
                .until("2025-07-01")
                .followed_by("moi", Share::Full),
            unit("moi", Level::BorderGuardCommand).from("2025-07-01"),
            unit("khac", Level::BorderGuardCommand),
            post,
        ];
        complete_parents(&mut units, &[]);
        assert_eq!(units[3].parent_on(day("2026-01-01")), Some(id("khac")));
        assert_eq!(units[3].parents.len(), 2);
    }

    #[test]
    fn nothing_is_inferred_from_a_split_or_a_circle() {
        let post = |name: &str, parent: &str| unit(name, Level::BorderPost).under(parent);
        let mut units = [
            unit("chia", Level::BorderGuardCommand)
                .until("2025-07-01")
                .followed_by("a", Share::Full)
                .followed_by("b", Share::Full),
            unit("a", Level::BorderGuardCommand),
            unit("b", Level::BorderGuardCommand),
            unit("v1", Level::BorderGuardCommand)
                .until("2025-07-01")
                .followed_by("v2", Share::Full),
            unit("v2", Level::BorderGuardCommand)
                .until("2025-07-01")
                .followed_by("v1", Share::Full),
            post("p", "chia"),
            post("q", "v1"),
        ];
        complete_parents(&mut units, &[]);
        assert_eq!(units[5].parent_on(day("2026-01-01")), None);
        assert_eq!(units[6].parent_on(day("2026-01-01")), None);
    }
}
