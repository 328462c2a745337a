//! How much of a sheet is read, and what that costs at most.

use super::*;
use crate::usecase::reference::package::crafted::{self, memory_of, with_text};

const SHEET_PART: &str = "xl/worksheets/sheet1.xml";

/// What there is too much of, and the most there may be.
fn too_much(bytes: &[u8]) -> (String, String) {
    let problem = plan_xlsx(bytes, &[], home("tinh")).unwrap_err();
    assert_eq!(problem.code, "file_too_large", "{problem:?}");
    (problem.params["what"].clone(), problem.params["most"].clone())
}

fn most(what: &str, most: impl ToString) -> (String, String) {
    (what.to_owned(), most.to_string())
}

#[test]
fn a_cell_in_the_last_corner_is_refused_without_making_room_for_those_before_it() {
    let corner = workbook(|sheet| {
        sheet.write_string(1_048_575, 16_383, "góc cuối").unwrap();
    });
    let (memory, refusal) = memory_of(|| too_much(&corner));
    println!("one cell in XFD1048576: {memory} bytes more memory");
    assert_eq!(refusal, most("columns", 256));
    assert!(memory < 8 * 1024 * 1024, "{memory} bytes");
    let far = |cell: &str| {
        let row = format!("<row><c r=\"{cell}\"><v>1</v></c></row>");
        with_text(SHEET_PART, |text| {
            let text = text.replacen(
                "<dimension ref=\"A1:C2\"/>",
                "<dimension ref=\"A1:XFD1048576\"/>",
                1,
            );
            text.replacen("</sheetData>", &format!("{row}</sheetData>"), 1)
        })
    };
    assert_eq!(too_much(&far("IW3")), most("columns", 256));
    assert_eq!(too_much(&far("A1048577")), most("rows", LAST_ROW));
    assert!(
        plan_xlsx(&far("IV1048576"), &[], home("tinh")).is_ok(),
        "the last that is read"
    );
}

#[test]
fn one_cell_more_than_are_read_is_refused() {
    let filled = |rows: u32, columns: u16, more: u16| {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name(SHEET).unwrap();
        write_row(sheet, 0, &HEADINGS);
        write_row(sheet, 1, &["tinh", "Tỉnh", "Tỉnh"]);
        for row in 2..rows {
            for column in 6..columns {
                sheet.write_number(row, column, 1).unwrap();
            }
        }
        for column in 0..more {
            sheet.write_number(rows, 6 + column, 1).unwrap();
        }
        workbook.save_to_buffer().unwrap()
    };
    // 9 cells of the first rows, 200 × 999 = 199,800 of the others, and what is missing to 200,000.
    assert!(plan_xlsx(&filled(1_001, 206, 191), &[], home("tinh")).is_ok());
    assert_eq!(too_much(&filled(1_001, 206, 192)), most("cells", 200_000));
}

#[test]
fn one_long_text_named_by_many_cells_is_counted_each_time() {
    let named = |times: u32| {
        let long = "ơ".repeat(16_000);
        workbook(|sheet| {
            for row in 0..times {
                sheet.write_string(row, 8, &long).unwrap();
            }
        })
    };
    assert!(named(600).len() < 100_000, "the text stands in the file once");
    assert!(plan_xlsx(&named(500), &[], home("tinh")).is_ok());
    assert_eq!(too_much(&named(600)), most("text", MOST_TEXT));
}

#[test]
fn a_sheet_with_more_rows_than_a_list_may_have_is_refused() {
    let rows = |rows: u32| {
        workbook(|sheet| {
            for row in 0..rows {
                sheet.write_string(row + 2, 0, "xa").unwrap();
            }
        })
    };
    assert_eq!(too_much(&rows(20_000)), most("rows", 20_000));
    assert!(plan_xlsx(&rows(19_999), &[], home("tinh")).is_ok());
}

/// The most that each cap lets through, in one file: texts as many and as long as they may be, cells as many as
/// may be, naming as much of the texts as may be, and the rest of the 64 MiB in parts that nobody reads.
fn largest_that_is_read() -> Vec<u8> {
    let mut parts = crafted::parts();
    let letters = |seed: u32, length: usize| -> String {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
        let letter = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from((state >> 24) % 4).unwrap())
        };
        (0..length).map(letter).collect()
    };
    let mut texts = String::from("<sst uniqueCount=\"1500000\">");
    for heading in HEADINGS.iter().take(5) {
        texts.push_str(&format!("<si><t>{heading}</t></si>"));
    }
    texts.push_str("<si><t>tinh</t></si><si><t>Tỉnh</t></si><si><t>Xã, phường</t></si>");
    for at in 0..19_998u32 {
        texts.push_str(&format!(
            "<si><t>xa-{at}</t></si><si><t>{}</t></si>",
            letters(at, 700)
        ));
    }
    // Texts that no cell names; each still takes a place and some memory.
    texts.push_str(&"<si/>".repeat(1_250_000));
    texts.push_str("</sst>");
    let mut sheet = String::from("<worksheet><sheetData><row r=\"1\">");
    let cell =
        |column: &str, row: u32, text: u32| format!("<c r=\"{column}{row}\" t=\"s\"><v>{text}</v></c>");
    for (text, column) in (0u32..).zip(["A", "B", "C", "D", "E"]) {
        sheet.push_str(&cell(column, 1, text));
    }
    sheet.push_str("</row><row r=\"2\">");
    for (column, text) in [("A", 5), ("B", 6), ("C", 6)] {
        sheet.push_str(&cell(column, 2, text));
    }
    sheet.push_str("</row>");
    for at in 0..19_998u32 {
        let row = at + 3;
        sheet.push_str(&format!("<row r=\"{row}\">"));
        for (column, text) in [("A", 8 + 2 * at), ("B", 9 + 2 * at), ("C", 7), ("D", 5)] {
            sheet.push_str(&cell(column, row, text));
        }
        // Cells that belong to no column, up to the 200,000.
        for column in ["O", "P", "Q", "R", "S"]
            .into_iter()
            .chain((at < 19_998).then_some("T"))
        {
            sheet.push_str(&format!("<c r=\"{column}{row}\"><v>1</v></c>"));
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let rest = 64 * 1024 * 1024 - texts.len() - sheet.len() - 100_000;
    parts.retain(|(name, _)| name != "xl/sharedStrings.xml" && name != SHEET_PART);
    parts.push(("xl/sharedStrings.xml".into(), texts.into_bytes()));
    parts.push((SHEET_PART.into(), sheet.into_bytes()));
    parts.push(("xl/worksheets/sheet2.xml".into(), vec![b' '; rest]));
    crafted::packed(&parts)
}

#[test]
fn the_largest_file_that_is_read_takes_a_bounded_amount_of_memory() {
    let largest = largest_that_is_read();
    println!("the largest file that is read: {} bytes", largest.len());
    assert!(largest.len() <= file::LARGEST_FILE, "{} bytes", largest.len());
    let begun = std::time::Instant::now();
    let (memory, good) = memory_of(|| {
        let plan = plan(&largest);
        assert_eq!(told(&plan), []);
        plan.report(false).good
    });
    println!(
        "{good} good rows: {memory} bytes more memory, {:?}",
        begun.elapsed()
    );
    assert_eq!(good, 19_999);
    assert!(memory < 512 * 1024 * 1024, "{memory} bytes");
}
