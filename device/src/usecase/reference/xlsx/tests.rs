#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use crate::usecase::reference::template::template;
use cotmoc_core::org::{Level, read_units};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

mod caps;

const HEADINGS: [&str; 6] = [
    "Mã đơn vị",
    "Tên đơn vị",
    "Cấp",
    "Mã đơn vị cấp trên",
    "Có hiệu lực từ ngày",
    "Mã thống kê",
];

fn id(slug: &str) -> UnitId {
    UnitId::from_slug(slug)
}

fn home(slug: &str) -> Home {
    Home {
        province: cotmoc_core::id::ProvinceId(uuid::Uuid::nil()),
        root: id(slug),
    }
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// A sheet with headings, a province in row 2, and whatever the test writes.
fn workbook(write: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET).unwrap();
    for (at, heading) in (0u16..).zip(HEADINGS) {
        sheet.write_string(0, at, heading).unwrap();
    }
    write_row(sheet, 1, &["tinh", "Tỉnh", "Tỉnh"]);
    write(sheet);
    workbook.save_to_buffer().unwrap()
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (at, cell) in (0u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        sheet.write_string(row, at, *cell).unwrap();
    }
}

fn plan(bytes: &[u8]) -> Plan {
    plan_xlsx(bytes, &[], home("tinh")).unwrap()
}

fn told(plan: &Plan) -> Vec<(u64, &str, &str, &str)> {
    let refused = plan.refused.iter();
    refused
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

fn units(bytes: &[u8]) -> Vec<Unit> {
    let sheet = read_sheet(bytes).unwrap();
    assert_eq!(sheet.refused, []);
    let imported = assemble(&sheet.rows, &[]);
    assert_eq!(imported.faults, []);
    imported.units
}

#[test]
fn the_template_reads_back_as_the_units_it_shows() {
    let known = read_units(include_str!("../../../../data/org-units.json"), &[])
        .unwrap()
        .units;
    let bytes = template(&known, day("2026-11-22")).unwrap();
    let units = units(&bytes);
    assert_eq!(units.len(), 5);
    assert!(units.iter().all(|unit| unit.demonstration));
    let post = units.iter().find(|unit| unit.id == id("vi-du-don")).unwrap();
    assert_eq!(post.level, Level::BorderPost);
    assert_eq!(post.name_on(day("2025-06-30")), "Đồn Biên phòng Ví Dụ (minh họa)");
    assert_eq!(
        post.name_on(day("2025-07-01")),
        "Đồn Biên phòng Ví Dụ mới (minh họa)"
    );
    assert_eq!(post.aliases, ["Đồn Ví Dụ"]);
    let ended = units.iter().find(|unit| unit.id == id("vi-du-xa-cu")).unwrap();
    assert_eq!(ended.valid_until, Some(day("2025-07-01")));
    assert_eq!(ended.successors.len(), 2);
    assert_eq!(ended.successors[1].share, cotmoc_core::org::Share::Partial);
}

#[test]
fn the_template_left_as_it_is_brings_nothing_into_a_province() {
    let plan = plan_xlsx(
        &template(&[], day("2026-11-22")).unwrap(),
        &[],
        home("tinh-son-la"),
    )
    .unwrap();
    assert_eq!(told(&plan), []);
    assert!(!plan.may_be_applied(true));
    assert_eq!(plan.report(false).good, 0);
}

#[test]
fn dates_are_read_from_date_cells_and_as_the_field_writes_them() {
    let bytes = workbook(|sheet| {
        let format = Format::new().set_num_format("dd/mm/yyyy");
        for (row, said) in [
            (2, ""),
            (3, "01/07/2025"),
            (4, "2025-07-01"),
            (5, "ngày 1 tháng 7 năm 2025"),
            (6, "7/2025"),
        ] {
            write_row(
                sheet,
                row,
                &[&format!("xa-{row}"), "Xã", "Xã, phường", "tinh", said],
            );
        }
        sheet
            .write_datetime_with_format(2, 4, ExcelDateTime::from_ymd(2025, 7, 1).unwrap(), &format)
            .unwrap();
    });
    for unit in units(&bytes).iter().filter(|unit| unit.level == Level::Commune) {
        assert_eq!(unit.valid_from, Some(day("2025-07-01")), "{:?}", unit.slug);
    }
}

#[test]
fn a_bad_row_is_named_by_its_number_heading_reason_and_value() {
    let bytes = workbook(|sheet| {
        write_row(
            sheet,
            2,
            &["don-a", "Đồn A", "Đồn Biên phòng", "tinh", "31/02/2025"],
        );
        write_row(sheet, 3, &["Đồn B", "Đồn B", "Đồn Biên phòng", "tinh"]);
        write_row(sheet, 5, &["don-c", "", "Đồn", "tinh"]);
        write_row(sheet, 6, &["don-d", "Đồn D", "Đồn Biên phòng", "khong-co"]);
        write_row(sheet, 7, &["tram-a", "Trạm A", "Trạm Biên phòng", "don-a"]);
        write_row(sheet, 8, &["don-e", "Đồn E", "Đồn Biên phòng"]);
        write_row(sheet, 9, &["don-g", "Đồn G", "Đồn Biên phòng", "tinh"]);
    });
    let plan = plan(&bytes);
    assert_eq!(
        told(&plan),
        [
            (3, "Có hiệu lực từ ngày", "not_a_date", "31/02/2025"),
            (4, "Mã đơn vị", "bad_unit_code", "Đồn B"),
            (6, "Tên đơn vị", "missing", ""),
            (6, "Cấp", "unknown_level", "Đồn"),
            (7, "Mã đơn vị cấp trên", "unknown_unit", "khong-co"),
            (8, "Mã đơn vị cấp trên", "faulty_unit", "don-a"),
            (9, "Mã đơn vị cấp trên", "no_parent", ""),
        ]
    );
    assert!(!plan.may_be_applied(false));
    assert_eq!(plan.report(false).good, 2, "the province and the last post");
}

#[test]
fn a_formula_an_error_and_a_code_typed_as_a_number_are_refused() {
    let bytes = workbook(|sheet| {
        write_row(sheet, 2, &["xa-a", "", "Xã, phường", "tinh"]);
        sheet
            .write_formula(
                2,
                1,
                Formula::new("=HYPERLINK(\"http://example.invalid\")").set_result("Xã A"),
            )
            .unwrap();
        write_row(sheet, 3, &["xa-b", "Xã B", "Xã, phường", "tinh"]);
        sheet.write_number(3, 5, 4_246.0).unwrap();
        write_row(sheet, 4, &["xa-c", "Xã C", "Xã, phường", "tinh", "", "04246"]);
        write_row(sheet, 5, &["xa-d", "", "Xã, phường", "tinh"]);
        sheet.write_number(5, 1, 1.5).unwrap();
    });
    let plan = plan(&bytes);
    assert_eq!(
        told(&plan),
        [
            (
                3,
                "Tên đơn vị",
                "formula",
                "=HYPERLINK(\"http://example.invalid\")"
            ),
            (4, "Mã thống kê", "code_as_number", "4246"),
            (6, "Tên đơn vị", "wrong_kind", "1.5"),
        ]
    );
    assert_eq!(plan.report(false).good, 2);
}

#[test]
fn a_text_that_begins_like_a_formula_is_only_a_text() {
    let bytes = workbook(|sheet| write_row(sheet, 2, &["xa-a", "=1+1", "Xã, phường", "tinh"]));
    assert_eq!(units(&bytes)[1].names[0].name, "=1+1");
}

#[test]
fn two_rows_of_a_unit_are_two_good_rows_and_one_record() {
    let bytes = workbook(|sheet| {
        sheet.write_string(0, 6, "Hết hiệu lực từ ngày").unwrap();
        write_row(
            sheet,
            2,
            &["don-a", "Đồn A", "border_post", "tinh", "", "", "2025-07-01"],
        );
        write_row(sheet, 3, &["don-a", "Đồn B", "border_post", "tinh", "2025-07-01"]);
    });
    let plan = plan(&bytes);
    assert_eq!(told(&plan), []);
    let report = plan.report(true);
    assert_eq!((report.good, report.created), (3, 2));
}

#[test]
fn days_without_a_row_are_remarked_by_row_heading_and_days() {
    let bytes = workbook(|sheet| {
        sheet.write_string(0, 6, "Hết hiệu lực từ ngày").unwrap();
        write_row(
            sheet,
            2,
            &["don-a", "Đồn A", "border_post", "tinh", "", "", "2025-07-01"],
        );
        write_row(sheet, 3, &["don-a", "Đồn B", "border_post", "tinh", "2025-09-01"]);
    });
    let plan = plan(&bytes);
    assert_eq!(told(&plan), []);
    let remark = plan
        .remarks
        .iter()
        .find(|remark| remark.code == "leaves_a_gap")
        .unwrap();
    assert_eq!((remark.row, remark.column.as_str()), (4, "Có hiệu lực từ ngày"));
    assert_eq!(
        (remark.params["from"].as_str(), remark.params["until"].as_str()),
        ("2025-07-01", "2025-09-01")
    );
    assert!(plan.may_be_applied(false));
}

#[test]
fn columns_are_found_by_heading_and_a_column_of_no_use_is_named() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("ĐƠN VỊ").unwrap();
    write_row(
        sheet,
        0,
        &["Cấp", "Số điện thoại", "TÊN ĐƠN VỊ\nName", "Mã đơn vị"],
    );
    write_row(sheet, 1, &["Tỉnh", "không nhập", "Tỉnh A", "tinh"]);
    let plan = plan(&workbook.save_to_buffer().unwrap());
    assert_eq!(
        told(&plan),
        [(1, "Số điện thoại", "unknown_column", "Số điện thoại")]
    );
    assert!(plan.may_be_applied(true), "the other columns can be used");
}

#[test]
fn what_a_sheet_cannot_say_of_a_known_unit_is_kept() {
    let published = read_units(include_str!("../../../../data/org-units.json"), &[])
        .unwrap()
        .units;
    let mut held: Vec<Unit> = published
        .into_iter()
        .filter(|unit| unit.id == id("tinh-bac-kan"))
        .collect();
    held[0].successors.clear();
    held[0].valid_until = None;
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET).unwrap();
    write_row(sheet, 0, &["Mã đơn vị", "Tên đơn vị", "Cấp"]);
    write_row(sheet, 1, &["tinh-bac-kan", "Tỉnh Bắc Kạn", "Tỉnh"]);
    let plan = plan_xlsx(&workbook.save_to_buffer().unwrap(), &held, home("tinh-bac-kan")).unwrap();
    let scope = cotmoc_core::journal::Scope::province(cotmoc_core::id::ProvinceId(uuid::Uuid::nil()));
    let writes = format!("{:?}", plan.writes(scope));
    assert!(writes.contains("border_force"), "{writes}");
}

#[test]
fn a_document_that_bears_a_secrecy_mark_is_never_taken() {
    let bytes = workbook(|sheet| {
        sheet.write_string(40, 9, "TUYỆT MẬT").unwrap();
    });
    let plan = plan(&bytes);
    assert_eq!(told(&plan), [(41, "", "secrecy_mark", "TUYỆT MẬT")]);
    assert!(!plan.may_be_applied(true));
}

#[test]
fn what_is_no_workbook_or_lacks_the_sheet_or_a_needed_column_is_not_readable() {
    let mut other = Workbook::new();
    other.add_worksheet().set_name("Trang1").unwrap();
    let no_sheet = other.save_to_buffer().unwrap();
    let mut other = Workbook::new();
    let sheet = other.add_worksheet();
    sheet.set_name(SHEET).unwrap();
    write_row(sheet, 0, &["Mã đơn vị", "Tên đơn vị"]);
    let no_level = other.save_to_buffer().unwrap();
    let whole = workbook(|_| {});
    for bytes in [
        &b""[..],
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0 old workbook",
        &no_sheet,
        &no_level,
        &whole[..whole.len() / 2],
    ] {
        let problem = plan_xlsx(bytes, &[], home("tinh")).unwrap_err();
        assert_eq!(problem.code, "import_not_readable");
    }
    let problem = plan_xlsx(&no_level, &[], home("tinh")).unwrap_err();
    assert_eq!(problem.params["expected"], "Cấp");
}

#[test]
fn a_workbook_with_any_byte_changed_is_read_or_refused_but_never_stops_the_device() {
    let whole = workbook(|sheet| write_row(sheet, 2, &["xa-a", "Xã A", "Xã, phường", "tinh"]));
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        if let Err(problem) = plan_xlsx(&bytes, &[], home("tinh")) {
            assert!(
                ["import_not_readable", "file_too_large"].contains(&problem.code.as_str()),
                "{problem:?}"
            );
        }
    }
}

#[test]
fn successors_are_read_in_both_languages() {
    let row = |slug: &str, share: &str| SuccessorRow {
        slug: slug.into(),
        share: share.into(),
        note: None,
    };
    assert_eq!(
        successors("xa-a (toàn bộ); xa-b (Một phần)\nxa-c:full; xa-d; ; xa-e (nửa)"),
        [
            row("xa-a", "full"),
            row("xa-b", "partial"),
            row("xa-c", "full"),
            row("xa-d", ""),
            row("xa-e", "nửa")
        ]
    );
}
