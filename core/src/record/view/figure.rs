//! An indicator figure as the field writes it.

use serde::{Deserialize, Serialize};

/// What was typed; the reading is derived from it. Value, unit and qualifier change together, because
/// the whole object is one register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// As typed: "trên 200", "75,6", "48/48".
    pub raw: String,
    /// Unit, when typed separately.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Period it speaks of, as typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub period: String,
    /// The writer's own qualifier where the reading of `raw` is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
}
