//! Totals of registered models. Every figure says what it is made of and opens to its records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::ModelFilter;
use super::reference::FieldRow;

/// Asks for totals.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GetTotals {
    /// Cycle; the newest when absent.
    pub cycle: Option<String>,
    /// This unit and those below it; the province when absent. A unit's device counts the unit alone: it holds
    /// nothing of others.
    pub unit: Option<String>,
    /// Units as of this day, ISO; the last day of the cycle's year when absent.
    pub day: Option<String>,
}

/// Totals of a unit's subtree in one cycle on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Cycle.
    pub cycle: String,
    /// Year.
    pub year: i32,
    /// Unit at the top.
    pub unit: String,
    /// Its name on that day.
    pub unit_name: String,
    /// Units as of this day.
    pub day: String,
    /// The day asked for, when the unit did not exist on it: `day` is then the nearest on which it did.
    pub asked_day: Option<String>,
    /// The unit that had taken it over by `asked_day`, when that was one: its totals hold these models as well.
    pub continued_by: Option<NamedUnit>,
    /// Whose field scheme.
    pub scheme_owner: String,
    /// Fields in the scheme's order, without `KHAC`: what has no field of the scheme is `unclassified`.
    pub fields: Vec<FieldRow>,
    /// The whole. For the province's root it is every counted model this device holds, on every day.
    pub sum: TotalCell,
    /// The unit itself when it has models of its own, its direct children, and at the end what no single one
    /// of them can claim ("chưa phân bổ"). They add up to the whole.
    pub rows: Vec<TotalRow>,
    /// How many figures the unit itself gives for the cycle.
    pub figures: u32,
    /// Units that reported.
    pub reported: u32,
    /// Units expected.
    pub expected: u32,
    /// The units that have not reported.
    pub missing: Vec<NamedUnit>,
    /// Footnotes as codes (`footnote.<code>`).
    pub footnotes: Vec<Footnote>,
    /// Filter that lists exactly the models behind the whole.
    pub filter: ModelFilter,
    /// BLAKE3 over the document states it was computed from, hexadecimal.
    pub made_of: String,
}

/// Counts of distinct models.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TotalCell {
    /// All.
    pub total: u64,
    /// Newly registered.
    pub new: u64,
    /// Maintained.
    pub maintained: u64,
    /// Not split.
    pub not_split: u64,
    /// By field, in the order of `fields`.
    pub by_field: Vec<u64>,
    /// Without a field of the scheme.
    pub unclassified: u64,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TotalRow {
    /// Unit.
    pub unit: String,
    /// Name on that day.
    pub name: String,
    /// It has units below it that have models.
    pub has_children: bool,
    /// Counts of its subtree.
    pub cell: TotalCell,
    /// What the unit itself declares as its total, as written ("trên 200"), when it does.
    pub declared: Option<String>,
    /// The row is "nơi khác" or another collecting row, not a unit of the register.
    pub demonstration: bool,
    /// The row holds only the unit's own models, without its subtree.
    pub own_only: bool,
    /// The row holds what belongs to `unit` and to no single unit below it on that day: models of units that
    /// ended and were split.
    pub unallocated: bool,
    /// How many figures the unit itself gives for the cycle.
    pub figures: u32,
}

/// A unit by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedUnit {
    /// Unit.
    pub unit: String,
    /// Name on the day of the total.
    pub name: String,
}

/// A footnote of a total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Footnote {
    /// `not_split`, `possible_duplicates`, `lower_bound`, `unclassified`, `unallocated`, `demonstration`,
    /// `returned`.
    pub code: String,
    /// Count it speaks of.
    pub count: u64,
    /// Filter that lists exactly what it counts; absent where it counts units, not registrations.
    pub filter: Option<ModelFilter>,
}
