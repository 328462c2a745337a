use super::*;
use crate::org::testing::{day, id, unit};

fn row(at: u32, slug: &str, level: &str, parent: &str) -> UnitRow {
    UnitRow {
        row: at,
        slug: slug.into(),
        name: slug.into(),
        level: level.into(),
        parent: (!parent.is_empty()).then(|| parent.into()),
        ..UnitRow::default()
    }
}

fn valid(mut row: UnitRow, from: &str, until: &str) -> UnitRow {
    row.valid_from = (!from.is_empty()).then(|| from.into());
    row.valid_until = (!until.is_empty()).then(|| until.into());
    row
}

fn problems(imported: &Imported) -> Vec<(u32, Column, Problem)> {
    imported
        .faults
        .iter()
        .map(|fault| (fault.row, fault.column, fault.problem.clone()))
        .collect()
}

#[test]
fn rows_of_one_unit_become_one_unit_with_a_history() {
    let mut first = valid(row(2, "xa-ia-mo", "commune", "tinh"), "", "2025-07-01");
    first.code = Some("23938".into());
    let mut second = valid(row(3, "xa-ia-mo", "commune", "tinh"), "2025-07-01", "");
    second.code = Some("23737".into());
    // The order of rows is the clerk's.
    let imported = assemble(&[second, first, row(4, "tinh", "province", "")], &[]);
    assert_eq!(imported.faults, []);
    let commune = &imported.units[0];
    assert_eq!(commune.names.len(), 1, "the name did not change");
    assert_eq!(commune.parents.len(), 1);
    assert_eq!(commune.code_on(day("2025-06-30")), Some("23938"));
    assert_eq!(commune.code_on(day("2025-07-01")), Some("23737"));
    assert_eq!((commune.valid_from, commune.valid_until), (None, None));
}

#[test]
fn faulty_cells_are_named_by_row_and_column_and_the_good_rows_stand() {
    let mut bad = valid(row(7, "xa-x", "comune", "tinh"), "hôm qua", "2025-02-30");
    bad.code = Some("O4246".into());
    bad.name = " ".into();
    bad.successors = vec![SuccessorRow {
        slug: "xa-y".into(),
        share: "half".into(),
        note: None,
    }];
    let imported = assemble(
        &[
            row(5, "tinh", "province", ""),
            row(6, "xa-y", "commune", "tinh"),
            bad,
            row(8, " ", "commune", ""),
        ],
        &[],
    );
    assert_eq!(
        problems(&imported),
        vec![
            (7, Column::Name, Problem::Missing),
            (
                7,
                Column::Level,
                Problem::UnknownLevel {
                    value: "comune".into()
                }
            ),
            (
                7,
                Column::GsoCode,
                Problem::NotACode {
                    value: "O4246".into()
                }
            ),
            (
                7,
                Column::ValidFrom,
                Problem::NotADate {
                    value: "hôm qua".into()
                }
            ),
            (
                7,
                Column::ValidUntil,
                Problem::NotADate {
                    value: "2025-02-30".into()
                }
            ),
            (
                7,
                Column::Successors,
                Problem::UnknownShare { value: "half".into() }
            ),
            (8, Column::Id, Problem::Missing),
        ]
    );
    let kept: Vec<UnitId> = imported.units.iter().map(|unit| unit.id).collect();
    assert_eq!(kept, [id("tinh"), id("xa-y")]);
    assert!(!imported.is_clean());
}

#[test]
fn overlapping_rows_of_one_unit_are_refused_and_gaps_are_shown() {
    let imported = assemble(
        &[
            row(1, "tinh", "province", ""),
            valid(row(2, "a", "commune", "tinh"), "", "2025-07-01"),
            valid(row(3, "a", "commune", "tinh"), "2025-06-01", ""),
            valid(row(4, "b", "commune", "tinh"), "", "2025-06-01"),
            valid(row(5, "b", "commune", "tinh"), "2025-07-01", ""),
            valid(row(6, "c", "commune", "tinh"), "2025-07-01", "2025-07-01"),
        ],
        &[],
    );
    let (june, july) = (day("2025-06-01"), day("2025-07-01"));
    let found = problems(&imported);
    assert!(found.contains(&(3, Column::ValidFrom, Problem::OverlapsRow { other_row: 2 })));
    assert!(found.contains(&(
        5,
        Column::ValidFrom,
        Problem::LeavesAGap {
            from: june,
            until: july
        }
    )));
    assert!(found.contains(&(
        6,
        Column::ValidUntil,
        Problem::EndsBeforeItBegins {
            from: july,
            until: july
        }
    )));
    let kept: Vec<UnitId> = imported.units.iter().map(|unit| unit.id).collect();
    assert_eq!(kept, [id("tinh"), id("b")]);
}

#[test]
fn what_refers_to_nothing_or_to_a_faulty_row_is_left_out_with_it() {
    let mut bad = row(1, "tinh", "province", "");
    bad.name.clear();
    let imported = assemble(
        &[
            bad,
            row(2, "huyen", "district", "tinh"),
            row(3, "xa", "commune", "huyen"),
            row(4, "don", "border_post", "bch"),
            row(5, "khac", "province", ""),
        ],
        &[],
    );
    assert_eq!(
        problems(&imported),
        vec![
            (1, Column::Name, Problem::Missing),
            (2, Column::Parent, Problem::FaultyUnit { value: "tinh".into() }),
            (
                3,
                Column::Parent,
                Problem::FaultyUnit {
                    value: "huyen".into()
                }
            ),
            (4, Column::Parent, Problem::UnknownUnit { value: "bch".into() }),
        ]
    );
    assert_eq!(imported.units.len(), 1);
}

#[test]
fn rows_may_refer_to_units_that_are_known_already() {
    let known = [unit("tinh", Level::Province)];
    let imported = assemble(&[row(2, "xa", "commune", "tinh")], &known);
    assert_eq!(imported.faults, []);
    assert_eq!(imported.units.len(), 1, "known units are not imported again");
    assert_eq!(imported.units[0].parent_on(day("2026-01-01")), Some(id("tinh")));
}

#[test]
fn a_unit_that_refers_to_itself_is_refused() {
    let mut own = row(1, "a", "province", "a");
    own.successors = vec![SuccessorRow {
        slug: "a".into(),
        share: "full".into(),
        note: None,
    }];
    let imported = assemble(&[own], &[]);
    assert_eq!(
        problems(&imported),
        vec![
            (1, Column::Parent, Problem::RefersToItself),
            (1, Column::Successors, Problem::RefersToItself),
        ]
    );
}

/// A list of 20,000 rows is the most that is imported; whatever hangs on what in it, the check must end soon.
/// Squares of that number are minutes.
#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn a_long_list_made_to_be_slow_is_checked_in_seconds() {
    const COUNT: u32 = 20_000;
    let list = |row_of: &dyn Fn(u32) -> UnitRow| -> Vec<UnitRow> {
        std::iter::once(row(1, "tinh", "province", ""))
            .chain((0..COUNT).map(row_of))
            .collect()
    };
    let commune = |at: u32, parent: &str| row(at + 2, &format!("xa-{at}"), "commune", parent);
    let next = |at: u32| format!("xa-{}", (at + 1) % COUNT);
    let followed = |at: u32, by: String| UnitRow {
        successors: vec![SuccessorRow {
            slug: by,
            share: "full".into(),
            note: None,
        }],
        ..valid(commune(at, "tinh"), "", "2025-07-01")
    };
    let distinct_days = list(&|at| {
        let day = format!(
            "{:04}-{:02}-{:02}",
            1000 + at / 300,
            1 + (at / 25) % 12,
            1 + at % 25
        );
        valid(commune(at, "tinh"), &day, "")
    });
    let chain_of_successors = list(&|at| followed(at, next(at)));
    let chain_of_parents = list(&|at| match at {
        0 => commune(at, "khong-co"),
        _ => commune(at, &format!("xa-{}", at - 1)),
    });
    let ring_of_parents = list(&|at| commune(at, &next(at)));
    for (what, rows) in [
        ("distinct days", distinct_days),
        ("chain of successors", chain_of_successors),
        ("chain of parents", chain_of_parents),
        ("ring of parents", ring_of_parents),
    ] {
        let begun = std::time::Instant::now();
        let imported = assemble(&rows, &[]);
        let took = begun.elapsed();
        println!(
            "{what}: {took:?}, {} units, {} faults",
            imported.units.len(),
            imported.faults.len()
        );
        assert!(took.as_secs() < 30, "{what} took {took:?}");
    }
}
