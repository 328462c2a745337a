//! Differing content: the same property changed on two devices while apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceList {
    /// Open ones first, then the decided ones (newest 50).
    pub differences: Vec<Difference>,
}

/// One property with several values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Record.
    pub record: String,
    /// Kind of record: `registration`, `agreed_score`, `visit`, …
    pub kind: String,
    /// Title of the record.
    pub title: String,
    /// Property, for example `name` or `items/C1`.
    pub property: String,
    /// What a row of the property is called: a figure's name, the words of a finding or of a point of the
    /// agenda, a criterion's code. Empty where the property has no rows.
    #[serde(default)]
    pub name: String,
    /// The values; the first is the one every device shows.
    pub values: Vec<DifferingValue>,
    /// Texts written on several devices were brought together: the first value is what they give, written by
    /// nobody, and somebody has to read it.
    #[serde(default)]
    pub merged: bool,
    /// This profile may decide.
    pub may_resolve: bool,
    /// Set after a decision: who decided.
    pub decided_by: Option<String>,
}

/// One of the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferingValue {
    /// Names the value when deciding.
    pub choice: String,
    /// As a person reads it.
    pub text: String,
    /// Label of the device that wrote it.
    pub who: String,
    /// The time that device claimed.
    pub claimed_at: i64,
}

/// Decides: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResolveDifference {
    /// Record.
    pub record: String,
    /// Property.
    pub property: String,
    /// `choice` of the value to keep.
    pub choice: String,
}
