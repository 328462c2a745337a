//! Reads the sheet of units. The file may come from anyone: it is unpacked and counted before it is read
//! ([`super::package`]), and then streamed cell by cell, because a sheet with one cell in its last corner would
//! otherwise claim room for all of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx, XlsxError, XlsxFormulaMetadata};
use cotmoc_core::org::{Column, Day, Provenance, SuccessorRow, Unit, UnitId, UnitRow, assemble};
use cotmoc_core::text::{PartialDate, fold, keep};

use super::columns::{COLUMNS, SHEET, column_of, flag, heading_of, level_code};
use super::file;
use super::item::{refusal, secrecy_mark};
use super::package;
use super::plan::Plan;
use super::unit_import::{Home, Origin, plan_units};
use crate::contract::Problem;
use crate::contract::reference::RefusedRow;

/// Most cells of a sheet that are read.
const MOST_CELLS: usize = 200_000;

/// Most columns.
const MOST_COLUMNS: u32 = 256;

/// Last row of a sheet; the format has no more.
const LAST_ROW: u32 = 1_048_576;

/// Most bytes of text in the cells together. A text of the workbook stands once and may be named by every cell.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// A cell as it is meant.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    /// A number that is no date.
    Number(f64),
    Day(Day),
    /// A formula: what it shows depends on the program that computed it.
    Formula(String),
    /// "#REF!" and the like, and durations.
    Unusable(String),
}

/// The rows of a sheet, as read and before they are checked against each other.
struct Sheet {
    rows: Vec<UnitRow>,
    cells: BTreeMap<(u32, Column), String>,
    refused: Vec<RefusedRow>,
    marked: bool,
}

/// Plans the import of a workbook.
pub(super) fn plan_xlsx(workbook: &[u8], held: &[Unit], home: Home) -> Result<Plan, Problem> {
    let sheet = read_sheet(workbook)?;
    let mut imported = assemble(&sheet.rows, held);
    let known: BTreeMap<UnitId, &Unit> = held.iter().map(|unit| (unit.id, unit)).collect();
    for unit in &mut imported.units {
        if let Some(held) = known.get(&unit.id) {
            keep_what_a_sheet_cannot_say(held, unit);
        }
    }
    let mut rows: BTreeMap<UnitId, Vec<u32>> = BTreeMap::new();
    for row in &sheet.rows {
        rows.entry(UnitId::from_slug(&row.slug))
            .or_default()
            .push(row.row);
    }
    let found = |row: u32, column: Column| sheet.cells.get(&(row, column)).cloned().unwrap_or_default();
    let mut plan = plan_units(
        imported,
        &Origin {
            rows,
            found: &found,
            heading: heading_of,
        },
        held,
        home,
    );
    plan.marked = sheet.marked;
    plan.refused.extend(sheet.refused);
    plan.refused.sort_by_key(|refused| refused.row);
    Ok(plan)
}

/// A sheet has no columns for what else a source said of a unit and its successors.
fn keep_what_a_sheet_cannot_say(held: &Unit, unit: &mut Unit) {
    unit.provenance.other.clone_from(&held.provenance.other);
    for successor in &mut unit.successors {
        let known = held.successors.iter().find(|known| known.unit == successor.unit);
        successor.note = known.and_then(|known| known.note.clone());
    }
}

fn read_sheet(workbook: &[u8]) -> Result<Sheet, Problem> {
    let package = package::unpack(workbook)?;
    // A workbook made to harm may still find a fault in the reader; it must not take the device with it.
    catch_unwind(AssertUnwindSafe(|| read_cells(package)))
        .unwrap_or_else(|_| Err(file::not_readable("damaged")))
        .and_then(|cells| rows_of(&cells))
}

/// All filled cells by row and column, both from 0.
fn read_cells(package: Vec<u8>) -> Result<BTreeMap<(u32, u32), Cell>, Problem> {
    let unreadable = |error: XlsxError| {
        tracing::info!(error.message = %error, "workbook not readable");
        file::not_readable("damaged")
    };
    let mut workbook = Xlsx::new(Cursor::new(package)).map_err(unreadable)?;
    let wanted = fold(SHEET);
    let names = workbook.sheet_names();
    let name = names.iter().find(|name| fold(name) == wanted).cloned();
    let name = name.ok_or_else(|| file::not_readable("sheet").with("expected", SHEET))?;
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut cells = BTreeMap::new();
    let (mut count, mut text) = (0usize, 0usize);
    // Derived cells of a shared formula are not expanded: the index of one is as large as the file likes.
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(unreadable)? {
        count += 1;
        text = text.saturating_add(text_in(&record.value));
        let (row, column) = record.pos;
        if column >= MOST_COLUMNS {
            return Err(file::too_large("columns", MOST_COLUMNS));
        }
        if row >= LAST_ROW {
            return Err(file::too_large("rows", LAST_ROW));
        }
        if count > MOST_CELLS {
            return Err(file::too_large("cells", MOST_CELLS));
        }
        if text > MOST_TEXT {
            return Err(file::too_large("text", MOST_TEXT));
        }
        let cell = match record.formula {
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }) => {
                Some(Cell::Formula(formula))
            }
            Some(_) => Some(Cell::Formula(String::new())),
            None => cell_of(&record.value),
        };
        if let Some(cell) = cell {
            cells.insert((row, column), cell);
        }
    }
    Ok(cells)
}

/// Bytes of text that keeping a value costs.
fn text_in(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::String(said) | DataRef::DateTimeIso(said) | DataRef::DurationIso(said) => said.len(),
        DataRef::SharedString(said) => said.len(),
        _ => 0,
    }
}

fn cell_of(value: &DataRef<'_>) -> Option<Cell> {
    let text =
        |text: &str| Some(Cell::Text(keep(text.trim()))).filter(|cell| *cell != Cell::Text(String::new()));
    match value {
        DataRef::Empty => None,
        DataRef::String(said) => text(said),
        DataRef::SharedString(said) => text(said),
        DataRef::Int(number) => Some(Cell::Number(*number as f64)),
        DataRef::Float(number) => Some(Cell::Number(*number)),
        DataRef::Bool(flag) => text(if *flag { "có" } else { "không" }),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let day = Day::new(year, month, day);
            Some(day.map_or_else(|_| Cell::Unusable(moment.as_f64().to_string()), Cell::Day))
        }
        DataRef::DateTime(duration) => Some(Cell::Unusable(duration.as_f64().to_string())),
        DataRef::DateTimeIso(said) => match Day::parse(said.get(..10).unwrap_or(said)) {
            Ok(day) => Some(Cell::Day(day)),
            Err(_) => text(said),
        },
        DataRef::DurationIso(said) => Some(Cell::Unusable(said.clone())),
        DataRef::Error(error) => Some(Cell::Unusable(error.to_string())),
    }
}

fn rows_of(cells: &BTreeMap<(u32, u32), Cell>) -> Result<Sheet, Problem> {
    let mut sheet = Sheet {
        rows: Vec::new(),
        cells: BTreeMap::new(),
        refused: Vec::new(),
        marked: false,
    };
    let mut columns: BTreeMap<u32, Column> = BTreeMap::new();
    for ((_, at), cell) in cells.range((0, 0)..(1, 0)) {
        let Cell::Text(heading) = cell else { continue };
        match column_of(heading) {
            Some(column) if columns.values().any(|known| *known == column) => {
                sheet
                    .refused
                    .push(refusal(1, heading_of(column), "listed_twice", heading));
            }
            Some(column) => {
                columns.insert(*at, column);
            }
            None => sheet.refused.push(refusal(1, heading, "unknown_column", heading)),
        }
    }
    let missing = COLUMNS
        .iter()
        .find(|known| known.required && !columns.values().any(|column| *column == known.column));
    if let Some(missing) = missing {
        return Err(file::not_readable("column").with("expected", missing.vi));
    }
    let mut by_row: BTreeMap<u32, BTreeMap<Column, &Cell>> = BTreeMap::new();
    for ((row, at), cell) in cells.range((1, 0)..) {
        if let Some(column) = columns.get(at) {
            by_row.entry(*row).or_default().insert(*column, cell);
        }
    }
    if by_row.len() > file::MOST_ITEMS {
        return Err(file::too_large("rows", file::MOST_ITEMS));
    }
    for (row, cells) in by_row {
        read_row(row + 1, &cells, &mut sheet);
    }
    // A mark may stand outside the table, as at the head of a document.
    for ((row, _), cell) in cells {
        let Cell::Text(text) = cell else { continue };
        if let Some(mark) = secrecy_mark(text) {
            sheet.marked = true;
            sheet
                .refused
                .push(refusal(u64::from(*row) + 1, "", "secrecy_mark", &mark));
        }
    }
    Ok(sheet)
}

/// Reads one row; it is left out when a cell cannot be read, and what refers to its unit is then refused too.
fn read_row(row: u32, cells: &BTreeMap<Column, &Cell>, sheet: &mut Sheet) {
    let before = sheet.refused.len();
    let mut texts: BTreeMap<Column, String> = BTreeMap::new();
    for (column, cell) in cells {
        match text_of(*column, cell) {
            Ok(text) => {
                texts.insert(*column, text);
            }
            Err((reason, value)) => {
                sheet
                    .refused
                    .push(refusal(u64::from(row), heading_of(*column), reason, &value));
            }
        }
    }
    let text = |column: Column| texts.get(&column).cloned();
    let mut refuse = |column: Column, reason: &str| {
        let value = text(column).unwrap_or_default();
        sheet
            .refused
            .push(refusal(u64::from(row), heading_of(column), reason, &value));
    };
    let slug = text(Column::Id).unwrap_or_default();
    if !slug.is_empty() && !is_unit_code(&slug) {
        refuse(Column::Id, "bad_unit_code");
    }
    let mut flags = [Column::Demonstration, Column::Verified].map(|column| {
        let read = flag(&text(column).unwrap_or_default());
        if read.is_none() {
            refuse(column, "wrong_kind");
        }
        read.unwrap_or_default()
    });
    let unreadable = sheet.refused.len() > before;
    if unreadable {
        flags = [false, false];
    }
    for (column, text) in &texts {
        sheet.cells.insert((row, *column), text.clone());
    }
    if unreadable {
        return;
    }
    let [demonstration, verified] = flags;
    sheet.rows.push(UnitRow {
        row,
        slug,
        name: text(Column::Name).unwrap_or_default(),
        level: level_code(&text(Column::Level).unwrap_or_default()),
        parent: text(Column::Parent),
        code: text(Column::GsoCode),
        valid_from: text(Column::ValidFrom),
        valid_until: text(Column::ValidUntil),
        successors: successors(&text(Column::Successors).unwrap_or_default()),
        aliases: items(&text(Column::Aliases).unwrap_or_default())
            .map(str::to_owned)
            .collect(),
        demonstration,
        provenance: Provenance {
            verified,
            evidence: text(Column::Evidence),
            notes: text(Column::Note).into_iter().collect(),
            other: BTreeMap::new(),
        },
    });
}

/// The text of a cell in its column, or reason and value of its refusal.
fn text_of(column: Column, cell: &Cell) -> Result<String, (&'static str, String)> {
    let is_date = matches!(column, Column::ValidFrom | Column::ValidUntil);
    match cell {
        Cell::Formula(formula) => Err(("formula", format!("={}", formula.trim_start_matches('=')))),
        Cell::Unusable(value) => Err(("cell_error", value.clone())),
        Cell::Text(text) if is_date => Ok(date(text)),
        Cell::Text(text) => Ok(text.clone()),
        Cell::Day(day) if is_date => Ok(day.to_string()),
        Cell::Day(day) => Err(("wrong_kind", day.printed())),
        Cell::Number(number) => {
            let whole = number.fract() == 0.0 && number.abs() < 1e15;
            match column {
                // A number has lost its leading zeros, and nobody can tell how many there were.
                Column::GsoCode => Err(("code_as_number", number.to_string())),
                _ if whole => Ok(format!("{number:.0}")),
                _ => Err(("wrong_kind", number.to_string())),
            }
        }
    }
}

/// A day as the field writes it ("01/07/2025", "7/2025", "2025"), in the stored form. What is no date, or
/// lacks its year, stays as it is and is refused by the check.
fn date(text: &str) -> String {
    let read = PartialDate::parse(text).ok().filter(|date| date.year().is_some());
    read.map_or_else(|| text.to_owned(), PartialDate::to_iso)
}

/// Whether a text can be a unit's code. It becomes the unit's identity, so two spellings that look alike must
/// not both be possible.
fn is_unit_code(text: &str) -> bool {
    text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The items of a cell, separated by semicolons or lines.
fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '\n'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// "xa-a (toàn bộ); xa-b (một phần)". What is said in brackets otherwise is left for the check to refuse.
fn successors(cell: &str) -> Vec<SuccessorRow> {
    let successor = |item: &str| {
        let (slug, said) = item.split_once(['(', ':']).unwrap_or((item, ""));
        let said = said.trim().trim_end_matches(')').trim();
        let share = match fold(said).as_str() {
            "toan bo" | "full" => "full",
            "mot phan" | "partial" => "partial",
            _ => said,
        };
        SuccessorRow {
            slug: slug.trim().to_owned(),
            share: share.to_owned(),
            note: None,
        }
    };
    items(cell).map(successor).collect()
}

#[cfg(test)]
mod tests;
