//! One object of a JSON file, read property by property; what does not fit is named by row and property.

use cotmoc_core::text::{SuspicionKind, keep, personal_data};
use serde_json::{Map, Value};

use crate::contract::reference::RefusedRow;

/// Longest value that is repeated to the user, characters.
const SHOWN: usize = 200;

/// An object of a list of a JSON file.
pub(super) struct Item<'a> {
    row: u64,
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Item<'a> {
    /// The item at a place of the file; refused when it is no object.
    pub fn of(value: &'a Value, row: u64, path: &str, refused: &mut Vec<RefusedRow>) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self {
                row,
                path: path.to_owned(),
                fields,
            }),
            other => {
                refused.push(refusal(row, path, "wrong_kind", &shown(other)));
                None
            }
        }
    }

    /// An item within this one.
    pub fn inner<'b>(&self, value: &'b Value, name: &str, refused: &mut Vec<RefusedRow>) -> Option<Item<'b>> {
        Item::of(value, self.row, &self.column(name), refused)
    }

    /// Every property as written.
    pub fn fields(&self) -> &'a Map<String, Value> {
        self.fields
    }

    fn column(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Refuses a property for a reason.
    pub fn refuse(&self, name: &str, reason: &str, refused: &mut Vec<RefusedRow>) {
        let found = self.fields.get(name).map(shown).unwrap_or_default();
        self.refuse_value(name, reason, &found, refused);
    }

    /// Refuses a property for a reason, naming the value at fault.
    pub fn refuse_value(&self, name: &str, reason: &str, value: &str, refused: &mut Vec<RefusedRow>) {
        refused.push(refusal(self.row, &self.column(name), reason, value));
    }

    /// The property as written; null counts as absent.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text that may be absent, in NFC.
    pub fn text_if_any(&self, name: &str, refused: &mut Vec<RefusedRow>) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(keep(text.trim())).filter(|text| !text.is_empty()),
            _ => {
                self.refuse(name, "wrong_kind", refused);
                None
            }
        }
    }

    /// A text that must be there.
    pub fn text(&self, name: &str, refused: &mut Vec<RefusedRow>) -> Option<String> {
        let before = refused.len();
        let text = self.text_if_any(name, refused);
        if text.is_none() && refused.len() == before {
            self.refuse(name, "missing", refused);
        }
        text
    }

    /// A text of at most 64 bytes that names something.
    pub fn id(&self, name: &str, refused: &mut Vec<RefusedRow>) -> Option<String> {
        let id = self.text(name, refused)?;
        if id.len() > 64 {
            self.refuse(name, "too_long", refused);
            return None;
        }
        Some(id)
    }

    /// A flag; false when absent.
    pub fn flag(&self, name: &str, refused: &mut Vec<RefusedRow>) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.refuse(name, "wrong_kind", refused);
                false
            }
        }
    }

    /// A list; empty when absent.
    pub fn list(&self, name: &str, refused: &mut Vec<RefusedRow>) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "wrong_kind", refused);
                &[]
            }
        }
    }

    /// A list of texts; empty when absent.
    pub fn texts(&self, name: &str, refused: &mut Vec<RefusedRow>) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.list(name, refused) {
            match value {
                Value::String(text) => texts.push(keep(text.trim())),
                other => self.refuse_value(name, "wrong_kind", &shown(other), refused),
            }
        }
        texts
    }
}

/// A row that was refused.
pub(super) fn refusal(row: u64, column: &str, reason: &str, value: &str) -> RefusedRow {
    RefusedRow {
        row,
        column: column.to_owned(),
        reason: reason.to_owned(),
        value: cut(value),
    }
}

/// A value as it is repeated to the user.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text),
        Value::Null => String::new(),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The secrecy mark in a text, if it bears one. The product holds no state secrets and takes nothing out of
/// a document that is marked as one (`domain.md` §2.3).
pub(super) fn secrecy_mark(text: &str) -> Option<String> {
    let suspicions = personal_data::suspicions(text);
    suspicions
        .into_iter()
        .find(|suspicion| suspicion.kind == SuspicionKind::SecretMark)
        .map(|found| found.excerpt)
}

/// The secrecy marks anywhere in a JSON file, as refusals.
pub(super) fn secrecy_marks(file: &Value) -> Vec<RefusedRow> {
    let mut found = Vec::new();
    for (name, value) in file.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => {
                for (row, item) in (1..).zip(items) {
                    find_marks(item, row, name, &mut found);
                }
            }
            other => find_marks(other, 1, name, &mut found),
        }
    }
    found
}

fn find_marks(value: &Value, row: u64, column: &str, found: &mut Vec<RefusedRow>) {
    match value {
        Value::String(text) => {
            found.extend(secrecy_mark(text).map(|mark| refusal(row, column, "secrecy_mark", &mark)));
        }
        Value::Array(items) => items.iter().for_each(|item| find_marks(item, row, column, found)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| find_marks(value, row, name, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_property_of_another_kind_is_named_with_row_and_path() {
        let value = json!({"id": "a", "owner": 7, "fields": "KT"});
        let mut refused = Vec::new();
        let item = Item::of(&value, 3, "schemes", &mut refused).unwrap();
        assert_eq!(item.text("id", &mut refused).as_deref(), Some("a"));
        assert_eq!(item.text("owner", &mut refused), None);
        assert_eq!(item.text("note", &mut refused), None);
        assert_eq!(item.texts("fields", &mut refused), Vec::<String>::new());
        let told: Vec<(u64, &str, &str, &str)> = refused
            .iter()
            .map(|row| {
                (
                    row.row,
                    row.column.as_str(),
                    row.reason.as_str(),
                    row.value.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (3, "schemes.owner", "wrong_kind", "7"),
                (3, "schemes.note", "missing", ""),
                (3, "schemes.fields", "wrong_kind", "KT"),
            ]
        );
    }

    #[test]
    fn a_long_value_is_not_repeated_whole() {
        let row = refusal(1, "name", "too_long", &"ơ".repeat(1_000));
        assert_eq!(row.value.chars().count(), SHOWN + 1);
    }

    #[test]
    fn a_secrecy_mark_is_found_wherever_it_stands() {
        let file = json!({"units": [{"name": "Xã A"}, {"name": "Xã B", "more": ["TÀI LIỆU TỐI MẬT"]}]});
        let found = secrecy_marks(&file);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].row, found[0].column.as_str(), found[0].value.as_str()),
            (2, "more", "TỐI MẬT")
        );
        assert_eq!(secrecy_marks(&json!({"note": "mô hình nuôi ong lấy mật"})), []);
    }
}
