//! The published JSON list of units ("dvk.org-units/1").
//!
//! A record of the list is a unit with what came before the reorganisation in its plain fields and what came
//! after in `parent_after`, `gso_code_after` and `renamed_to`. It becomes one or more [`UnitRow`]s, which are
//! assembled and checked like those of any other source.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::day::Day;
use super::fault::{Column, Fault, Problem};
use super::rows::{SuccessorRow, UnitRow, assemble};
use super::unit::{Provenance, Unit};

const SCHEMA: &str = "dvk.org-units/1";

/// The outcome of an import. Nothing is applied by it; the user accepts the units or does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// The units that can be used, in the order of the list.
    pub units: Vec<Unit>,
    /// What is wrong, in the order of rows.
    pub faults: Vec<Fault>,
    /// How many rows were read; a record of the JSON list counts once per validity.
    pub rows: usize,
}

impl Imported {
    /// Whether every row could be used.
    pub fn is_clean(&self) -> bool {
        !self.faults.iter().any(|fault| fault.problem.blocks())
    }
}

/// The text is no list of units at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// Not JSON.
    #[error("not JSON (line {line})")]
    NotJson {
        /// The line on which reading stopped.
        line: usize,
    },
    /// JSON of something else, or of a version this product does not read.
    #[error("not a list of units of version 1")]
    NotAList,
}

/// Reads the JSON list. `known` are units that its records may refer to besides each other.
///
/// # Errors
/// [`ImportError`] when the text is no such list. Faulty records are no error: they are left out and named in
/// [`Imported::faults`].
pub fn read_units(json: &str, known: &[Unit]) -> Result<Imported, ImportError> {
    let list: Value =
        serde_json::from_str(json).map_err(|error| ImportError::NotJson { line: error.line() })?;
    let records = list.get("units").and_then(Value::as_array);
    let (Some(SCHEMA), Some(records)) = (list.get("schema").and_then(Value::as_str), records) else {
        return Err(ImportError::NotAList);
    };
    let ends = ends_by_slug(records, known);
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    for (row, record) in (1..).zip(records) {
        match Record::read(row, record, &mut faults) {
            Some(record) => record.rows(&ends, &mut rows, &mut faults),
            None => continue,
        }
    }
    let mut imported = assemble(&rows, known);
    // A record with a fault of its own never reached assembly, so what refers to it was reported there as
    // unknown.
    let faulty: BTreeSet<String> = faults.iter().map(|fault| fault.unit.clone()).collect();
    for fault in &mut imported.faults {
        if let Problem::UnknownUnit { value } = &fault.problem
            && faulty.contains(value)
        {
            let value = value.clone();
            fault.problem = Problem::FaultyUnit { value };
        }
    }
    imported.faults.extend(faults);
    imported.faults.sort_by_key(|fault| (fault.row, fault.column));
    Ok(imported)
}

/// When each unit ends, as written: the day on which its children change parents.
fn ends_by_slug(records: &[Value], known: &[Unit]) -> BTreeMap<String, String> {
    let known = known
        .iter()
        .filter_map(|unit| Some((unit.slug.clone()?, unit.valid_until?.to_string())));
    let listed = records.iter().filter_map(|record| {
        let end = record.get("valid_until")?.as_str()?;
        Some((record.get("id")?.as_str()?.to_owned(), end.to_owned()))
    });
    known.chain(listed).collect()
}

/// A record whose fields are of the right kinds.
#[derive(Default)]
struct Record {
    now: UnitRow,
    parent_after: Option<String>,
    code_after: Option<String>,
    renamed_to: Option<String>,
    rename_date: Option<String>,
}

impl Record {
    fn read(row: u32, record: &Value, faults: &mut Vec<Fault>) -> Option<Self> {
        let slug = record.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(fields) = record.as_object() else {
            faults.push(Fault {
                row,
                unit: slug.to_owned(),
                column: Column::Row,
                problem: wrong_kind("an object"),
            });
            return None;
        };
        let mut fields = Fields {
            row,
            slug,
            rest: fields.clone(),
            faults: Vec::new(),
        };
        let read = Self {
            now: UnitRow {
                row,
                slug: fields.text(Column::Id).unwrap_or_default(),
                name: fields.text(Column::Name).unwrap_or_default(),
                level: fields.text(Column::Level).unwrap_or_default(),
                parent: fields.text(Column::Parent),
                code: fields.text(Column::GsoCode),
                valid_from: fields.text(Column::ValidFrom),
                valid_until: fields.text(Column::ValidUntil),
                successors: fields.successors(),
                aliases: fields.texts(Column::Aliases),
                demonstration: fields.flag(Column::Demonstration),
                provenance: Provenance {
                    verified: fields.flag(Column::Verified),
                    evidence: fields.text(Column::Evidence),
                    notes: fields.text(Column::Note).into_iter().collect(),
                    other: BTreeMap::new(),
                },
            },
            parent_after: fields.text(Column::ParentAfter),
            code_after: fields.text(Column::GsoCodeAfter),
            renamed_to: fields.text(Column::RenamedTo),
            rename_date: fields.text(Column::RenameDate),
        };
        let clean = fields.faults.is_empty();
        faults.append(&mut fields.faults);
        let mut read = clean.then_some(read)?;
        read.now.provenance.other = fields.rest.into_iter().collect();
        Some(read)
    }

    /// Splits the record at the days on which something changed.
    fn rows(mut self, ends: &BTreeMap<String, String>, rows: &mut Vec<UnitRow>, faults: &mut Vec<Fault>) {
        let moved = self
            .now
            .parent
            .as_ref()
            .and_then(|parent| ends.get(parent))
            .and_then(|end| Day::parse_start(end).ok());
        let changes = [
            (Column::ParentAfter, self.parent_after.is_some()),
            (Column::GsoCodeAfter, self.code_after.is_some()),
        ];
        if moved.is_none()
            && let Some((column, _)) = changes.into_iter().find(|(_, changes)| *changes)
        {
            faults.push(Fault {
                row: self.now.row,
                unit: self.now.slug,
                column,
                problem: Problem::NoDayOfChange,
            });
            return;
        }
        let renamed = match (&self.renamed_to, &self.rename_date) {
            (Some(name), None) => {
                // Without a day the later name has no place in time; it still finds the unit.
                self.now.aliases.push(name.clone());
                None
            }
            (Some(_), Some(written)) => match Day::parse_start(written) {
                Ok(day) => Some(day),
                Err(_) => {
                    faults.push(Fault {
                        row: self.now.row,
                        unit: self.now.slug,
                        column: Column::RenameDate,
                        problem: Problem::NotADate {
                            value: written.clone(),
                        },
                    });
                    return;
                }
            },
            (None, _) => None,
        };
        let moves = moved.filter(|_| changes.iter().any(|(_, changes)| *changes));
        let mut days: Vec<Day> = [moves, renamed].into_iter().flatten().collect();
        days.sort();
        days.dedup();
        let mut at = self.now;
        for day in days {
            let mut after = at.clone();
            at.valid_until = Some(day.to_string());
            after.valid_from = Some(day.to_string());
            if moves == Some(day) {
                after.parent = self.parent_after.take().or(after.parent);
                after.code = self.code_after.take().or(after.code);
            }
            if renamed == Some(day) {
                after.name = self.renamed_to.take().unwrap_or(after.name);
            }
            rows.push(at);
            at = after;
        }
        rows.push(at);
    }
}

/// The fields of one record, taken out one by one; what is left over is kept as written.
struct Fields<'a> {
    row: u32,
    slug: &'a str,
    rest: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Fields<'_> {
    fn fault(&mut self, column: Column, problem: Problem) {
        self.faults.push(Fault {
            row: self.row,
            unit: self.slug.to_owned(),
            column,
            problem,
        });
    }

    fn take(&mut self, column: Column) -> Option<Value> {
        self.rest.remove(column.field()).filter(|value| !value.is_null())
    }

    fn text(&mut self, column: Column) -> Option<String> {
        match self.take(column)? {
            Value::String(text) => Some(text),
            _ => {
                self.fault(column, wrong_kind("text"));
                None
            }
        }
    }

    fn flag(&mut self, column: Column) -> bool {
        match self.take(column) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.fault(column, wrong_kind("true or false"));
                false
            }
        }
    }

    fn list(&mut self, column: Column) -> Vec<Value> {
        match self.take(column) {
            None => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault(column, wrong_kind("a list"));
                Vec::new()
            }
        }
    }

    fn texts(&mut self, column: Column) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.list(column) {
            match value {
                Value::String(text) => texts.push(text),
                _ => self.fault(column, wrong_kind("a list of texts")),
            }
        }
        texts
    }

    fn successors(&mut self) -> Vec<SuccessorRow> {
        let mut successors = Vec::new();
        for value in self.list(Column::Successors) {
            let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            match (text("id"), text("share")) {
                (Some(slug), Some(share)) => successors.push(SuccessorRow {
                    slug,
                    share,
                    note: text("note"),
                }),
                _ => self.fault(Column::Successors, wrong_kind("a list of id and share")),
            }
        }
        successors
    }
}

fn wrong_kind(expected: &str) -> Problem {
    Problem::WrongKind {
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::org::testing::{PUBLISHED, day, id, published};
    use crate::org::{Level, Share};
    use serde_json::json;

    fn list(units: Value) -> String {
        json!({"schema": SCHEMA, "units": units}).to_string()
    }

    fn record(slug: &str, level: &str, parent: Value) -> Value {
        json!({"id": slug, "name": slug, "level": level, "parent": parent})
    }

    #[test]
    fn the_published_list_is_read_whole_and_clean() {
        let imported = read_units(PUBLISHED, &[]).unwrap();
        assert_eq!(imported.faults, []);
        assert_eq!(imported.units.len(), 105);
        let seeds: Value = serde_json::from_str(PUBLISHED).unwrap();
        for (unit, record) in imported.units.iter().zip(seeds["units"].as_array().unwrap()) {
            assert_eq!(unit.slug.as_deref(), record["id"].as_str());
            assert_eq!(unit.id, id(record["id"].as_str().unwrap()));
            assert_eq!(unit.names[0].name, record["name"].as_str().unwrap());
            assert_eq!(
                unit.successors.len(),
                record["successors"].as_array().unwrap().len()
            );
            assert!(!unit.demonstration, "these are real units");
        }
    }

    #[test]
    fn what_came_after_begins_when_the_parent_before_it_ended() {
        let units = published();
        let find = |slug| units.iter().find(|unit| unit.id == id(slug)).unwrap();
        let ia_mo = find("xa-ia-mo");
        assert_eq!(ia_mo.codes.len(), 2);
        assert_eq!(ia_mo.parent_on(day("2025-06-30")), Some(id("huyen-chu-prong")));
        assert_eq!(ia_mo.parent_on(day("2025-07-01")), Some(id("tinh-gia-lai-2025")));
        assert_eq!(ia_mo.aliases, ["Ia Mơr"]);
        assert_eq!((ia_mo.valid_from, ia_mo.valid_until), (None, None));
        assert_eq!(ia_mo.names.len(), 1);
    }

    #[test]
    fn a_later_name_without_a_day_finds_the_unit_but_does_not_rename_it() {
        let units = published();
        let post = units.iter().find(|unit| unit.id == id("don-long-sap")).unwrap();
        assert_eq!(
            post.name_on(day("2026-11-22")),
            "Đồn Biên phòng cửa khẩu Lóng Sập"
        );
        assert!(post.answers_to("Đồn Biên phòng Cửa khẩu Quốc tế Lóng Sập"));
    }

    #[test]
    fn a_later_name_with_a_day_renames_the_unit_on_that_day() {
        let mut post = record("p", "province", Value::Null);
        post["renamed_to"] = json!("Tên mới");
        post["rename_date"] = json!("2025-03");
        let imported = read_units(&list(json!([post])), &[]).unwrap();
        assert_eq!(imported.faults, []);
        assert_eq!(imported.units[0].name_on(day("2025-02-28")), "p");
        assert_eq!(imported.units[0].name_on(day("2025-03-01")), "Tên mới");
    }

    #[test]
    fn what_the_source_says_besides_is_kept() {
        let units = published();
        let find = |slug| units.iter().find(|unit| unit.id == id(slug)).unwrap();
        let province = find("tinh-bac-kan");
        assert_eq!(province.provenance.other["border_force"], json!(false));
        assert!(province.provenance.verified);
        assert!(
            province
                .provenance
                .evidence
                .as_deref()
                .unwrap()
                .contains("202/2025/QH15")
        );
        let body = find("bdv-tinh-uy-son-la");
        assert_eq!(body.valid_until, Some(day("2025-01-01")));
        assert_eq!(body.provenance.notes, ["valid_until known as 2025 only"]);
        let district = find("huyen-bach-thong");
        let shared: Vec<&str> = district
            .successors
            .iter()
            .filter(|successor| successor.share == Share::Partial)
            .filter_map(|successor| successor.note.as_deref())
            .collect();
        assert_eq!(shared.len(), 2);
        assert_eq!(district.level, Level::District);
    }

    #[test]
    fn a_text_that_is_no_list_of_units_is_refused_whole() {
        assert_eq!(
            read_units("{\n\"units\": ", &[]),
            Err(ImportError::NotJson { line: 2 })
        );
        for text in [
            "[]",
            "{}",
            r#"{"schema":"dvk.org-units/2","units":[]}"#,
            r#"{"schema":"dvk.org-units/1"}"#,
        ] {
            assert_eq!(read_units(text, &[]), Err(ImportError::NotAList), "{text}");
        }
    }

    #[test]
    fn a_faulty_field_is_named_with_its_unit_and_the_others_are_imported() {
        let mut named = record("b", "commune", json!("a"));
        named["name"] = json!(5);
        let mut dated = record("c", "commune", json!("a"));
        dated["valid_from"] = json!("01/07/2025");
        let mut shared = record("d", "commune", json!("a"));
        shared["successors"] = json!(["a"]);
        let mut moved = record("e", "commune", json!("a"));
        moved["parent_after"] = json!("a");
        let below = record("f", "village", json!("b"));
        let units = json!([
            record("a", "province", Value::Null),
            named,
            dated,
            shared,
            moved,
            below,
            "xã"
        ]);
        let imported = read_units(&list(units), &[]).unwrap();
        let told: Vec<String> = imported.faults.iter().map(Fault::to_string).collect();
        assert_eq!(
            told,
            [
                "row 2, unit “b”, column name: is not text",
                "row 3, unit “c”, column valid_from: “01/07/2025” is not a date",
                "row 4, unit “d”, column successors: is not a list of id and share",
                "row 5, unit “e”, column parent_after: says what came after, but not from which day",
                "row 6, unit “f”, column parent: “b” has a faulty row",
                "row 7, unit “”, column row: is not an object",
            ]
        );
        assert_eq!(imported.units.len(), 1);
        assert!(!imported.is_clean());
    }

    #[test]
    fn names_are_kept_in_nfc() {
        use unicode_normalization::UnicodeNormalization;
        let mut unit = record("a", "province", Value::Null);
        unit["name"] = json!("Tỉnh Sơn La".nfd().collect::<String>());
        let imported = read_units(&list(json!([unit])), &[]).unwrap();
        assert_eq!(imported.units[0].names[0].name, "Tỉnh Sơn La");
    }
}
