//! Whether a set of units makes sense through time: validity, succession, codes and parents against each
//! other.

mod circles;
mod parents;

use std::collections::{BTreeMap, BTreeSet};

use super::day::{Day, later_start, overlap};
use super::fault::{Column, Fault, Problem};
use super::unit::{Level, Share, Unit, UnitId};

/// What is wrong with the units, each fault with the unit's place in the list (from 1) as its row.
pub fn check(units: &[Unit]) -> Vec<Fault> {
    let rows = (1..).zip(units).map(|(row, unit)| (unit.id, row)).collect();
    check_rows(units, &[], &rows)
        .into_iter()
        .map(|(_, fault)| fault)
        .collect()
}

/// The same for units beside others that are known; only faults of `units` are reported, under the rows they
/// came from.
pub(super) fn check_rows(
    units: &[Unit],
    known: &[Unit],
    rows: &BTreeMap<UnitId, u32>,
) -> Vec<(UnitId, Fault)> {
    let all: Vec<&Unit> = units.iter().chain(known).collect();
    let mut check = Check {
        rows,
        by_id: all.iter().map(|unit| (unit.id, *unit)).collect(),
        faults: Vec::new(),
    };
    for unit in units {
        check.spans(unit);
        check.succession(unit);
    }
    check.succession_circles(units);
    check.codes(units, &all);
    check.parents(units, &all);
    check.faults.sort_by_key(|(_, fault)| (fault.row, fault.column));
    check.faults
}

struct Check<'a> {
    rows: &'a BTreeMap<UnitId, u32>,
    by_id: BTreeMap<UnitId, &'a Unit>,
    faults: Vec<(UnitId, Fault)>,
}

type Span = (Option<Day>, Option<Day>);

/// A day in an overlap that has no beginning: any would do, and the first of the calendar is none that a
/// person knows.
fn a_day_in(a: Span, b: Span) -> Option<Day> {
    later_start(a.0, b.0)
        .or_else(|| a.1.min(b.1).or(a.1).or(b.1).and_then(Day::previous))
        .or_else(|| Day::new(2000, 1, 1).ok())
}

impl Check<'_> {
    fn report(&mut self, unit: UnitId, column: Column, problem: Problem) {
        let fault = Fault {
            row: self.rows.get(&unit).copied().unwrap_or_default(),
            unit: self.label(unit),
            column,
            problem,
        };
        self.faults.push((unit, fault));
    }

    fn label(&self, id: UnitId) -> String {
        let name = |unit: &&Unit| {
            unit.slug
                .clone()
                .or_else(|| unit.names.first().map(|named| named.name.clone()))
        };
        self.by_id
            .get(&id)
            .and_then(name)
            .unwrap_or_else(|| id.to_string())
    }

    /// One unit's own dates.
    fn spans(&mut self, unit: &Unit) {
        if unit.names.is_empty() {
            self.report(unit.id, Column::Name, Problem::Missing);
        }
        if let (Some(from), Some(until)) = (unit.valid_from, unit.valid_until)
            && until <= from
        {
            let problem = Problem::EndsBeforeItBegins { from, until };
            self.report(unit.id, Column::ValidUntil, problem);
        }
        let names: Vec<Span> = unit.names.iter().map(|at| (at.from, at.until)).collect();
        let codes: Vec<Span> = unit.codes.iter().map(|at| (at.from, at.until)).collect();
        let parents: Vec<Span> = unit.parents.iter().map(|at| (at.from, at.until)).collect();
        for (column, spans) in [
            (Column::Name, names),
            (Column::GsoCode, codes),
            (Column::Parent, parents),
        ] {
            let twice = spans.iter().enumerate().find_map(|(at, span)| {
                let other = spans[..at].iter().find(|other| overlap(**other, *span))?;
                a_day_in(*other, *span)
            });
            if let Some(day) = twice {
                self.report(unit.id, column, Problem::TwoAtOnce { day });
            }
        }
    }

    /// One unit's end against the beginnings of those that took over.
    fn succession(&mut self, unit: &Unit) {
        let Some(ends) = unit.valid_until else {
            if !unit.successors.is_empty() {
                self.report(unit.id, Column::Successors, Problem::SuccessorsWithoutEnd);
            }
            return;
        };
        let mut seen = BTreeSet::new();
        for successor in &unit.successors {
            let label = self.label(successor.unit);
            let Some(after) = self.by_id.get(&successor.unit).copied() else {
                self.report(unit.id, Column::Successors, Problem::UnknownUnit { value: label });
                continue;
            };
            let problem = if successor.unit == unit.id {
                Some(Problem::RefersToItself)
            } else if !seen.insert(successor.unit) {
                Some(Problem::ListedTwice { value: label })
            } else {
                match (after.valid_from, after.valid_until) {
                    (Some(begins), _) if begins > ends => Some(Problem::SuccessorBeginsLate {
                        successor: label,
                        begins,
                        ended: ends,
                    }),
                    (_, Some(ended)) if ended <= ends => Some(Problem::SuccessorEndedBefore {
                        successor: label,
                        ended,
                    }),
                    (Some(begins), _) if begins < ends && successor.share == Share::Full => {
                        Some(Problem::SuccessorBeginsEarly {
                            successor: label,
                            begins,
                            ends,
                        })
                    }
                    _ => None,
                }
            };
            if let Some(problem) = problem {
                self.report(unit.id, Column::Successors, problem);
            }
        }
    }

    /// A code belongs to one unit of a level at a time; the later row of two is at fault.
    fn codes(&mut self, units: &[Unit], all: &[&Unit]) {
        let mut holders: BTreeMap<(Level, &str), Vec<(UnitId, Span)>> = BTreeMap::new();
        let own: BTreeSet<UnitId> = units.iter().map(|unit| unit.id).collect();
        // Known units hold their codes first.
        let (listed, known): (Vec<&Unit>, Vec<&Unit>) = all.iter().partition(|unit| own.contains(&unit.id));
        let mut twice = Vec::new();
        for unit in known.into_iter().chain(listed) {
            for coded in &unit.codes {
                let span = (coded.from, coded.until);
                let held = holders.entry((unit.level, coded.code.as_str())).or_default();
                let other = held
                    .iter()
                    .find(|(other, theirs)| *other != unit.id && overlap(*theirs, span));
                if let Some((other, theirs)) = other
                    && let Some(day) = a_day_in(*theirs, span)
                {
                    twice.push((unit.id, coded.code.clone(), *other, day));
                }
                held.push((unit.id, span));
            }
        }
        for (unit, gso_code, other, day) in twice {
            if own.contains(&unit) {
                let other = self.label(other);
                self.report(
                    unit,
                    Column::GsoCode,
                    Problem::CodeHeldTwice { gso_code, other, day },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::testing::{day, published, unit};
    use crate::org::{Coded, Named};

    fn told(units: &[Unit]) -> Vec<String> {
        check(units).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn the_published_units_make_sense() {
        assert_eq!(told(&published()), Vec::<String>::new());
    }

    #[test]
    fn a_successor_that_does_not_follow_is_named_with_row_and_column() {
        let province = |slug: &str| unit(slug, Level::Province);
        let units = [
            province("a").until("2025-07-01").followed_by("late", Share::Full),
            province("late").from("2025-08-01"),
            province("b").until("2025-07-01").followed_by("gone", Share::Full),
            province("gone").until("2025-07-01"),
            province("c")
                .until("2025-07-01")
                .followed_by("early", Share::Full),
            province("early").from("2025-06-01"),
            province("d").followed_by("late", Share::Full),
            province("e")
                .until("2025-07-01")
                .followed_by("nobody", Share::Partial),
        ];
        let nobody = UnitId::from_slug("nobody");
        assert_eq!(
            told(&units),
            [
                "row 1, unit “a”, column successors: “late” begins on 2025-08-01, after the unit ended on 2025-07-01".to_owned(),
                "row 3, unit “b”, column successors: “gone” had ended on 2025-07-01 already".to_owned(),
                "row 5, unit “c”, column successors: “early” begins on 2025-06-01, before the unit ends on 2025-07-01".to_owned(),
                "row 7, unit “d”, column successors: has successors but no end".to_owned(),
                format!("row 8, unit “e”, column successors: “{nobody}” is no unit of the list"),
            ]
        );
        let early = check(&units).into_iter().find(|fault| fault.row == 5);
        assert!(
            early.is_some_and(|fault| !fault.problem.blocks()),
            "an absorbing unit may exist already; a person judges"
        );
    }

    #[test]
    fn successors_in_a_circle_are_reported() {
        let units = [
            unit("a", Level::Province)
                .until("2025-07-01")
                .followed_by("b", Share::Full),
            unit("b", Level::Province)
                .until("2026-07-01")
                .followed_by("a", Share::Full),
        ];
        let circles: Vec<Fault> = check(&units)
            .into_iter()
            .filter(|fault| matches!(fault.problem, Problem::GoesInCircles { .. }))
            .collect();
        assert_eq!(circles.len(), 2);
        assert_eq!(
            circles[0].problem,
            Problem::GoesInCircles {
                path: "a → b → a".into()
            }
        );
    }

    #[test]
    fn a_code_may_be_used_again_but_not_at_the_same_time() {
        let reused = [
            unit("tinh", Level::Province),
            unit("cu", Level::Commune)
                .under("tinh")
                .until("2025-07-01")
                .coded("23737"),
            unit("moi", Level::Commune)
                .under("tinh")
                .from("2025-07-01")
                .coded("23737"),
        ];
        assert_eq!(told(&reused), Vec::<String>::new());
        let doubled = [
            unit("tinh", Level::Province),
            unit("x", Level::Commune)
                .under("tinh")
                .until("2025-07-02")
                .coded("23737"),
            unit("y", Level::Commune)
                .under("tinh")
                .from("2025-07-01")
                .coded("23737"),
        ];
        assert_eq!(
            told(&doubled),
            ["row 3, unit “y”, column gso_code: code 23737 is also held by “x” on 2025-07-01"]
        );
    }

    #[test]
    fn overlapping_names_codes_and_parents_of_one_unit_are_reported() {
        let mut commune = unit("xa", Level::Commune).under("a").under("b");
        let from = Some(day("2025-06-01"));
        commune.names.push(Named {
            name: "khác".into(),
            from,
            until: None,
        });
        commune.codes = vec![
            Coded {
                code: "1".into(),
                from: None,
                until: Some(day("2025-07-01")),
            },
            Coded {
                code: "2".into(),
                from,
                until: None,
            },
        ];
        let units = [unit("a", Level::Province), unit("b", Level::Province), commune];
        assert_eq!(
            told(&units),
            [
                "row 3, unit “xa”, column name: has two values on 2025-06-01",
                "row 3, unit “xa”, column parent: has two values on 2000-01-01",
                "row 3, unit “xa”, column gso_code: has two values on 2025-06-01",
            ]
        );
    }

    #[test]
    fn units_outside_every_total_are_shown_without_blocking() {
        let units = [
            unit("tinh", Level::Province).until("2025-07-01"),
            unit("don", Level::BorderPost).under("tinh"),
            unit("lac", Level::BorderPost),
        ];
        let faults = check(&units);
        assert_eq!(
            faults.iter().map(Fault::to_string).collect::<Vec<_>>(),
            [
                "row 2, unit “don”, column parent: “tinh” does not exist on 2025-07-01",
                "row 3, unit “lac”, column parent: has no unit above on 2025-06-30",
            ]
        );
        assert!(faults.iter().all(|fault| !fault.problem.blocks()));
    }

    #[test]
    fn parents_in_a_circle_and_doubled_units_block() {
        let units = [
            unit("a", Level::Commune).under("b"),
            unit("b", Level::Commune).under("a"),
            unit("p", Level::Province),
            unit("p", Level::Province),
        ];
        let faults = check(&units);
        assert_eq!(faults.len(), 3);
        assert!(faults.iter().all(|fault| fault.problem.blocks()));
    }
}
