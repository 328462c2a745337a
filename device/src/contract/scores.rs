//! Score sheets, their comparison and the agreed score. Points are hundredths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::CriteriaSetView;

/// Names a model within a visit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ScoreOf {
    /// Visit.
    pub visit: String,
    /// Registration of the model.
    pub registration: String,
}

/// My score sheet for one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreSheetView {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Name of the model.
    pub model_name: String,
    /// Unit.
    pub unit_name: String,
    /// The pinned criteria.
    pub criteria: CriteriaSetView,
    /// My answers.
    pub items: Vec<ScoreItem>,
    /// Not eligible for rating, which is not zero: the reason.
    pub not_eligible: Option<String>,
    /// Criteria answered.
    pub answered: u32,
    /// Criteria in all.
    pub total_criteria: u32,
    /// Total of the answers, hundredths.
    pub total: i64,
    /// Band of a complete sheet.
    pub band: Option<String>,
    /// Codes of mandatory criteria that are zero.
    pub mandatory_zero: Vec<String>,
    /// My slot.
    pub slot: u32,
    /// The registration changed after this sheet was begun.
    pub changed_since_scored: bool,
    /// This profile has a sheet of its own.
    pub may_edit: bool,
    /// Record id of that sheet, under which typing is kept; absent for who has none.
    pub sheet: Option<String>,
    /// Typed but not saved, from before a crash or a change of screen: `items/<code>/points` (hundredths),
    /// `items/<code>/note`, `not_eligible`.
    pub unfinished: Option<super::registrations::UnfinishedTyping>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreItem {
    /// Criterion code.
    pub code: String,
    /// Points in hundredths; for pass/fail 100 is met and 0 not met; absent means not answered.
    pub points: Option<i64>,
    /// Note.
    #[serde(default)]
    pub note: String,
}

/// Saves answers of my sheet: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaveScores {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Answers to put.
    #[serde(default)]
    pub items: Vec<ScoreItem>,
    /// Sets "not eligible for rating" with its reason; an empty text takes it back.
    pub not_eligible: Option<String>,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// The sheets of all assessors side by side, and what was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreComparison {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Name of the model.
    pub model_name: String,
    /// Unit.
    pub unit_name: String,
    /// The pinned criteria.
    pub criteria: CriteriaSetView,
    /// Sheets by slot.
    pub sheets: Vec<SheetColumn>,
    /// Per criterion, in the order of the set.
    pub rows: Vec<CompareRow>,
    /// Difference between the largest and the smallest complete total, hundredths.
    pub spread: i64,
    /// Agreed total when every criterion is agreed, hundredths.
    pub agreed_total: Option<i64>,
    /// Band derived from the agreed total only.
    pub band: Option<String>,
    /// The total reaches the recognition line and no mandatory criterion is zero.
    pub may_propose_recognition: bool,
    /// Agreed as not eligible for rating: the reason.
    pub not_eligible: Option<String>,
    /// This profile may enter agreed scores.
    pub may_agree: bool,
}

/// One assessor's sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SheetColumn {
    /// Slot.
    pub slot: u32,
    /// Mine.
    pub mine: bool,
    /// Answered.
    pub answered: u32,
    /// Total, hundredths.
    pub total: i64,
    /// Reason when not eligible.
    pub not_eligible: Option<String>,
}

/// One criterion over all assessors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CompareRow {
    /// Criterion code.
    pub code: String,
    /// Points by slot, in the order of `sheets`.
    pub points: Vec<Option<i64>>,
    /// Notes by slot.
    pub notes: Vec<String>,
    /// Largest minus smallest.
    pub spread: i64,
    /// Agreed points.
    pub agreed: Option<i64>,
    /// Reason for the agreed points.
    pub reason: String,
    /// Two people entered different agreed points while apart.
    pub differs: bool,
}

/// Enters agreed points for one criterion (secretary, head): one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgreeScore {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Criterion code; absent when only `not_eligible` is set.
    pub code: Option<String>,
    /// Points, hundredths.
    pub points: Option<i64>,
    /// Reason; required where assessors differ.
    #[serde(default)]
    pub reason: String,
    /// Sets "not eligible for rating"; an empty text takes it back.
    pub not_eligible: Option<String>,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}
