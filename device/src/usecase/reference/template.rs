//! The XLSX template for units, made anew at each request.

use cotmoc_core::org::{Column, Day, Unit};
use cotmoc_core::text::sort_key;
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula,
    Workbook, Worksheet, XlsxError,
};

use super::columns::{COLUMNS, LEVELS, SHEET, level_name};

/// Proposed name of the file.
pub(super) const FILE_NAME: &str = "mau-danh-muc-don-vi.xlsx";

const GUIDE: &str = "Hướng dẫn";
const KNOWN: &str = "Đơn vị đã có";

/// Last row of the sheet that is offered the list of levels.
const LAST_LISTED_ROW: u32 = 5_000;

/// Row of the guide on which the table of levels begins, from 0.
const LEVELS_AT: u32 = COLUMNS.len() as u32 + 6;

type Example = [&'static str; COLUMNS.len()];

/// A province of its own that no device belongs to: left in the file by mistake, it is not taken.
const EXAMPLES: [Example; 6] = [
    [
        "vi-du-tinh",
        "Tỉnh Ví Dụ (minh họa)",
        "Tỉnh",
        "",
        "",
        "",
        "",
        "",
        "",
        "có",
        "",
        "",
        "Dòng minh họa: xóa trước khi nhập",
    ],
    [
        "vi-du-don",
        "Đồn Biên phòng Ví Dụ (minh họa)",
        "Đồn Biên phòng",
        "vi-du-tinh",
        "",
        "",
        "2025-07-01",
        "",
        "Đồn Ví Dụ",
        "có",
        "",
        "",
        "Dòng minh họa: tên trước 01/7/2025",
    ],
    [
        "vi-du-don",
        "Đồn Biên phòng Ví Dụ mới (minh họa)",
        "Đồn Biên phòng",
        "vi-du-tinh",
        "",
        "2025-07-01",
        "",
        "",
        "",
        "có",
        "",
        "",
        "Dòng minh họa: cùng đơn vị, tên từ 01/7/2025",
    ],
    [
        "vi-du-xa-cu",
        "Xã Ví Dụ (trước 01/7/2025, minh họa)",
        "Xã, phường",
        "vi-du-tinh",
        "",
        "",
        "2025-07-01",
        "vi-du-xa-mot (toàn bộ); vi-du-xa-hai (một phần)",
        "",
        "có",
        "",
        "",
        "Dòng minh họa: đơn vị đã kết thúc",
    ],
    [
        "vi-du-xa-mot",
        "Xã Ví Dụ Một (minh họa)",
        "Xã, phường",
        "vi-du-tinh",
        "",
        "2025-07-01",
        "",
        "",
        "",
        "có",
        "",
        "",
        "Dòng minh họa",
    ],
    [
        "vi-du-xa-hai",
        "Xã Ví Dụ Hai (minh họa)",
        "Xã, phường",
        "vi-du-tinh",
        "",
        "2025-07-01",
        "",
        "",
        "",
        "có",
        "",
        "",
        "Dòng minh họa",
    ],
];

/// The template; `known` are the units of the register, listed for their codes.
pub(super) fn template(known: &[Unit], today: Day) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The day of the device, not the clock of this process: the device's clock is the only one.
    let made = ExcelDateTime::from_ymd(today.year(), today.month(), today.day())?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Mẫu danh mục đơn vị")
            .set_creation_datetime(&made),
    );
    write_units(workbook.add_worksheet())?;
    write_guide(workbook.add_worksheet())?;
    if !known.is_empty() {
        write_known(workbook.add_worksheet(), known, today)?;
    }
    workbook.save_to_buffer()
}

fn heading() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0xE8_EE_E4))
        .set_border(FormatBorder::Thin)
}

fn wrapped() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top)
}

fn write_units(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name(SHEET)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_row_height(0, 36)?;
    // Text cells keep leading zeros and the dates as they were typed.
    let text = Format::new().set_num_format("@");
    let example = Format::new()
        .set_num_format("@")
        .set_italic()
        .set_font_color(Color::RGB(0x59_59_59));
    for (at, column) in (0u16..).zip(&COLUMNS) {
        sheet.set_column_width(at, column.width)?;
        sheet.set_column_format(at, &text)?;
        sheet.write_string_with_format(0, at, format!("{}\n{}", column.vi, column.en), &heading())?;
        if column.column == Column::Level {
            let first = LEVELS_AT + 2;
            let last = LEVELS_AT + 1 + LEVELS.len() as u32;
            let list = DataValidation::new()
                .allow_list_formula(Formula::new(format!("='{GUIDE}'!$A${first}:$A${last}")))
                .set_error_title("Cấp")?
                .set_error_message("Chọn một cấp trong danh sách.")?;
            sheet.add_data_validation(1, at, LAST_LISTED_ROW, at, &list)?;
        }
    }
    for (row, cells) in (1u32..).zip(&EXAMPLES) {
        for (at, cell) in (0u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row, at, *cell, &example)?;
        }
    }
    Ok(())
}

fn write_guide(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name(GUIDE)?;
    let widths = [30.0, 70.0, 70.0];
    for (at, width) in (0u16..).zip(widths) {
        sheet.set_column_width(at, width)?;
    }
    let rules = [
        (
            "Mỗi dòng là một đơn vị trong một thời gian hiệu lực. Đơn vị đổi tên, đổi mã hoặc đổi cấp trên thì thêm dòng cùng mã đơn vị với thời gian mới; các dòng không chồng lên nhau.",
            "One row is one unit during one validity. A unit that changed its name, code or unit above has several rows with the same unit code.",
        ),
        (
            "Đơn vị đã có trong danh mục: ghi lại đầy đủ mọi dòng của đơn vị đó; nội dung trong tệp thay cho nội dung cũ.",
            "A unit that is in the register already: give all of its rows; the file replaces what was there.",
        ),
        (
            "Các dòng minh họa (chữ nghiêng) không thuộc tỉnh nào và không được nhập.",
            "The demonstration rows in italics belong to no province and are not imported.",
        ),
    ];
    for (row, (vi, en)) in (0u32..).zip(rules) {
        sheet.write_string_with_format(row, 1, vi, &wrapped())?;
        sheet.write_string_with_format(row, 2, en, &wrapped())?;
    }
    let head = rules.len() as u32 + 1;
    for (at, title) in (0u16..).zip(["Cột / Column", "Cách ghi", "How to fill it in"]) {
        sheet.write_string_with_format(head, at, title, &heading())?;
    }
    for (row, column) in (head + 1..).zip(&COLUMNS) {
        sheet.write_string_with_format(row, 0, format!("{} / {}", column.vi, column.en), &wrapped())?;
        sheet.write_string_with_format(row, 1, column.guide_vi, &wrapped())?;
        sheet.write_string_with_format(row, 2, column.guide_en, &wrapped())?;
    }
    for (at, title) in (0u16..).zip(["Cấp / Level", "Mã cấp / Level code"]) {
        sheet.write_string_with_format(LEVELS_AT, at, title, &heading())?;
    }
    for (row, (level, name)) in (LEVELS_AT + 1..).zip(&LEVELS) {
        sheet.write_string(row, 0, *name)?;
        sheet.write_string(row, 1, level.code())?;
    }
    Ok(())
}

fn write_known(sheet: &mut Worksheet, known: &[Unit], today: Day) -> Result<(), XlsxError> {
    sheet.set_name(KNOWN)?;
    sheet.set_freeze_panes(1, 0)?;
    let titles = [
        "Mã đơn vị / Unit code",
        "Tên đơn vị / Name",
        "Cấp / Level",
        "Hết hiệu lực từ ngày / No longer valid from",
    ];
    for ((at, title), width) in (0u16..).zip(titles).zip([26.0, 50.0, 30.0, 24.0]) {
        sheet.set_column_width(at, width)?;
        sheet.write_string_with_format(0, at, title, &heading())?;
    }
    let mut units: Vec<&Unit> = known.iter().filter(|unit| unit.slug.is_some()).collect();
    units.sort_by_cached_key(|unit| (unit.level, sort_key(unit.name_on(today)), unit.id));
    for (row, unit) in (1u32..).zip(units) {
        sheet.write_string(row, 0, unit.slug.as_deref().unwrap_or_default())?;
        sheet.write_string(row, 1, unit.name_on(today))?;
        sheet.write_string(row, 2, level_name(unit.level))?;
        sheet.write_string(
            row,
            3,
            unit.valid_until.map(|day| day.to_string()).unwrap_or_default(),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use calamine::{Reader, Xlsx};
    use cotmoc_core::org::read_units;
    use std::io::Cursor;

    fn sheet(bytes: &[u8], name: &str) -> calamine::Range<calamine::Data> {
        Xlsx::new(Cursor::new(bytes))
            .unwrap()
            .worksheet_range(name)
            .unwrap()
    }

    #[test]
    fn the_list_of_levels_points_at_the_levels_of_the_guide() {
        let today = Day::new(2026, 11, 22).unwrap();
        let guide = sheet(&template(&[], today).unwrap(), GUIDE);
        let cell = |row| {
            guide
                .get_value((row, 0))
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        assert_eq!(cell(LEVELS_AT), "Cấp / Level");
        assert_eq!(cell(LEVELS_AT + 1), "Tỉnh");
        assert_eq!(cell(LEVELS_AT + LEVELS.len() as u32), "Lực lượng vũ trang");
        assert_eq!(cell(LEVELS_AT + LEVELS.len() as u32 + 1), "");
    }

    #[test]
    fn the_codes_of_the_register_are_listed_beside_the_names() {
        let known = read_units(include_str!("../../../data/org-units.json"), &[])
            .unwrap()
            .units;
        let today = Day::new(2026, 11, 22).unwrap();
        let list = sheet(&template(&known, today).unwrap(), KNOWN);
        assert_eq!(list.height(), known.len() + 1);
        let row = list.rows().find(|row| row[0] == "huyen-sop-cop").unwrap();
        let row: Vec<String> = row.iter().map(ToString::to_string).collect();
        assert_eq!(row[1..], ["Huyện Sốp Cộp", "Huyện", "2025-07-01"]);
    }

    #[test]
    fn the_same_day_gives_the_same_template() {
        let today = Day::new(2026, 11, 22).unwrap();
        assert_eq!(template(&[], today).unwrap(), template(&[], today).unwrap());
    }
}
