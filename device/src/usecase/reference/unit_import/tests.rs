#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use serde_json::json;

const PUBLISHED: &str = include_str!("../../../../data/org-units.json");

fn id(slug: &str) -> UnitId {
    UnitId::from_slug(slug)
}

fn home(slug: &str) -> Home {
    Home {
        province: cotmoc_core::id::ProvinceId(uuid::Uuid::nil()),
        root: id(slug),
    }
}

fn list(units: Value) -> String {
    json!({"schema": "dvk.org-units/1", "units": units}).to_string()
}

fn unit(slug: &str, level: &str, parent: Option<&str>) -> Value {
    json!({"id": slug, "name": slug, "level": level, "parent": parent})
}

fn told(plan: &Plan) -> Vec<(u64, &str, &str, &str)> {
    plan.refused
        .iter()
        .map(|row| {
            (
                row.row,
                row.column.as_str(),
                row.reason.as_str(),
                row.value.as_str(),
            )
        })
        .collect()
}

fn published() -> Vec<Unit> {
    read_units(PUBLISHED, &[]).unwrap().units
}

#[test]
fn the_published_list_gives_son_la_its_own_units_and_no_others() {
    let plan = plan_json(PUBLISHED, &[], home("tinh-son-la")).unwrap();
    assert_eq!(told(&plan), []);
    assert!(plan.may_be_applied(false));
    let report = plan.report(true);
    assert_eq!((report.good, report.created, report.changed), (37, 37, 0));
}

#[test]
fn a_province_that_merged_takes_its_heirs_and_what_stands_above_them() {
    let units = published();
    let bac_kan = belonging(&units, id("tinh-bac-kan"));
    for slug in [
        "huyen-cho-don",
        "xa-cho-don",
        "tinh-thai-nguyen-2025",
        "btgdv-tinh-uy-bac-kan",
    ] {
        assert!(bac_kan.contains(&id(slug)), "{slug}");
    }
    for slug in [
        "tinh-thai-nguyen-cu",
        "tinh-son-la",
        "don-muong-lan",
        "huyen-luc-yen",
    ] {
        assert!(!bac_kan.contains(&id(slug)), "{slug}");
    }
    let gia_lai = belonging(&units, id("tinh-gia-lai"));
    for slug in ["xa-ia-mo", "lang-son", "bo-chqs-gia-lai", "tinh-gia-lai-2025"] {
        assert!(gia_lai.contains(&id(slug)), "{slug}");
    }
    assert!(
        !gia_lai.contains(&id("tinh-binh-dinh")),
        "the other half of a merger is another province's"
    );
}

#[test]
fn importing_the_same_list_again_changes_nothing() {
    let held: Vec<Unit> = published();
    let plan = plan_json(PUBLISHED, &held, home("tinh-son-la")).unwrap();
    let report = plan.report(true);
    assert_eq!((report.good, report.created, report.changed), (37, 0, 0));
}

#[test]
fn a_changed_unit_is_the_only_one_written() {
    let held = published();
    let text = PUBLISHED.replace("Đồn Biên phòng Mường Lạn", "Đồn Biên phòng Mường Lạn (tên mới)");
    let plan = plan_json(&text, &held, home("tinh-son-la")).unwrap();
    let scope = cotmoc_core::journal::Scope::province(cotmoc_core::id::ProvinceId(uuid::Uuid::nil()));
    let writes = plan.writes(scope);
    assert_eq!(writes.len(), 1);
    let cotmoc_ledger::Write::Edit { record, kind, .. } = &writes[0] else {
        panic!("an edit")
    };
    assert_eq!(
        (*record, *kind),
        (
            unit_record(
                cotmoc_core::id::ProvinceId(uuid::Uuid::nil()),
                id("don-muong-lan")
            ),
            RecordKind::Unit
        )
    );
}

#[test]
fn a_bad_record_is_named_by_row_property_reason_and_value() {
    let mut bad = unit("xa-a", "xa", Some("tinh"));
    bad["valid_from"] = json!("01/07/2025");
    let text = list(json!([
        unit("tinh", "province", None),
        bad,
        unit("xa-b", "commune", Some("tinh"))
    ]));
    let plan = plan_json(&text, &[], home("tinh")).unwrap();
    assert_eq!(
        told(&plan),
        [
            (2, "level", "unknown_level", "xa"),
            (2, "valid_from", "not_a_date", "01/07/2025")
        ]
    );
    assert!(!plan.may_be_applied(false));
    assert!(plan.may_be_applied(true));
    assert_eq!(plan.report(false).good, 2);
}

#[test]
fn a_unit_without_a_unit_above_is_refused_with_what_hangs_below_it() {
    let text = list(json!([
        unit("tinh", "province", None),
        unit("don", "border_post", None),
        unit("tram", "border_station", Some("don")),
    ]));
    let plan = plan_json(&text, &[], home("tinh")).unwrap();
    assert_eq!(
        told(&plan),
        [
            (2, "parent", "no_parent", ""),
            (3, "parent", "faulty_unit", "don")
        ]
    );
    assert_eq!(plan.report(false).good, 1);
}

/// Row, column and code of each remark, with its parameters in the order of their names.
fn remarked(plan: &Plan) -> Vec<(u64, &str, &str, Vec<&str>)> {
    let remarks = plan.remarks.iter();
    remarks
        .map(|remark| {
            let params = remark.params.values().map(String::as_str).collect();
            (remark.row, remark.column.as_str(), remark.code.as_str(), params)
        })
        .collect()
}

#[test]
fn what_is_doubtful_is_remarked_and_taken_all_the_same() {
    let mut ended = unit("cu", "commune", Some("tinh"));
    ended["valid_until"] = json!("2025-07-01");
    ended["successors"] = json!([{"id": "moi", "share": "full"}]);
    let mut early = unit("moi", "commune", Some("tinh"));
    early["valid_from"] = json!("2025-06-01");
    let mut command = unit("bch", "border_guard_command", Some("tinh"));
    command["valid_until"] = json!("2025-07-01");
    let text = list(json!([
        unit("tinh", "province", None),
        ended,
        early,
        command,
        unit("don", "border_post", Some("bch"))
    ]));
    let plan = plan_json(&text, &[], home("tinh")).unwrap();
    assert_eq!(told(&plan), []);
    assert_eq!(
        remarked(&plan),
        [
            (
                2,
                "successors",
                "successor_begins_early",
                vec!["2025-06-01", "2025-07-01", "moi"]
            ),
            (5, "parent", "no_parent", vec!["2025-07-01"]),
        ]
    );
    assert!(plan.may_be_applied(false), "doubt stops nothing");
    assert_eq!(plan.report(true).good, 5);
}

#[test]
fn nothing_is_remarked_about_rows_that_are_not_taken() {
    let mut command = unit("bch", "border_guard_command", Some("khac"));
    command["valid_until"] = json!("2025-07-01");
    let text = list(json!([
        unit("tinh", "province", None),
        unit("khac", "province", None),
        command,
        unit("don", "border_post", Some("bch"))
    ]));
    let plan = plan_json(&text, &[], home("tinh")).unwrap();
    assert_eq!(remarked(&plan), []);
    let theirs = plan_json(&text, &[], home("khac")).unwrap();
    assert_eq!(remarked(&theirs).len(), 1, "the province of that post is told");
}

#[test]
fn nothing_is_doubtful_in_the_published_list() {
    assert_eq!(
        remarked(&plan_json(PUBLISHED, &[], home("tinh-son-la")).unwrap()),
        []
    );
}

#[test]
fn a_unit_larger_than_a_record_may_be_is_refused_as_a_row() {
    let mut large = unit("xa", "commune", Some("tinh"));
    large["note"] = json!("dài ".repeat(5_000));
    let plan = plan_json(
        &list(json!([unit("tinh", "province", None), large])),
        &[],
        home("tinh"),
    )
    .unwrap();
    assert_eq!(plan.refused.len(), 1);
    assert_eq!(
        (plan.refused[0].row, plan.refused[0].reason.as_str()),
        (2, "too_large")
    );
}

#[test]
fn another_provinces_units_are_neither_taken_nor_refused() {
    let text = list(json!([
        unit("tinh", "province", None),
        unit("khac", "province", None),
        unit("xa", "commune", Some("khac"))
    ]));
    let plan = plan_json(&text, &[], home("tinh")).unwrap();
    assert_eq!(told(&plan), []);
    assert_eq!(plan.report(true).good, 1);
}

#[test]
fn a_marked_document_is_never_taken() {
    let mut marked = unit("tinh", "province", None);
    marked["note"] = json!("TÀI LIỆU TỐI MẬT");
    let plan = plan_json(&list(json!([marked])), &[], home("tinh")).unwrap();
    assert_eq!(told(&plan), [(1, "note", "secrecy_mark", "TỐI MẬT")]);
    assert!(!plan.may_be_applied(true));
}

#[test]
fn a_file_of_another_schema_is_not_readable() {
    for text in ["", "[]", "{}", r#"{"schema": "dvk.taxonomy/1", "units": []}"#] {
        let problem = plan_json(text, &[], home("tinh")).unwrap_err();
        assert_eq!(problem.code, "import_not_readable", "{text}");
    }
}
