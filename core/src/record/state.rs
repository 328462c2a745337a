//! The state of a document as plain JSON, and its hash.

use std::fmt::Write;

use serde_json::Value;

use crate::id::{Hash32, Purpose};

static STATE: Purpose = Purpose::new("cotmoc 2026-11 record state");

/// JSON with sorted keys and no white space: equal values have equal text, whatever order a map keeps.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                let _ = write!(text, "{}:", Value::String(key.clone()));
                write_canonical(&object[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// BLAKE3 of a document's canonical JSON: two documents are equal when this is (design §4, *Equal*).
pub fn state_hash(canonical: &str) -> Hash32 {
    STATE.hash(&[canonical.as_bytes()])
}
