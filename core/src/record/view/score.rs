//! Score sheets and agreed scores. Points are hundredths of a point, so nothing is ever rounded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;

/// One answer on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetItem {
    /// Points; absent when only a note was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// Note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One assessor's sheet for one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreSheetRecord {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Pinned criteria set version, by record id.
    pub criteria: String,
    /// Assessor slot.
    pub slot: i64,
    /// State hash of the registration when the sheet was begun.
    pub scored_state: String,
    /// Reason when not eligible for rating, which is not zero.
    pub not_eligible: Option<String>,
    /// Answers by criterion code.
    pub items: BTreeMap<String, SheetItem>,
}

impl From<&State> for ScoreSheetRecord {
    fn from(state: &State) -> Self {
        Self {
            visit: state.text("visit"),
            registration: state.text("registration"),
            criteria: state.text("criteria"),
            slot: state.int("slot").unwrap_or_default(),
            scored_state: state.text("scored_state"),
            not_eligible: state.some_text("not_eligible"),
            items: state.whole_map("items"),
        }
    }
}

/// One agreed answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedItem {
    /// Points.
    pub points: i64,
    /// Reason; required where assessors differ.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What the delegation agreed on for one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreedScoreRecord {
    /// Visit.
    pub visit: String,
    /// Registration.
    pub registration: String,
    /// Reason when not eligible for rating.
    pub not_eligible: Option<String>,
    /// Agreed answers by criterion code.
    pub items: BTreeMap<String, AgreedItem>,
}

impl From<&State> for AgreedScoreRecord {
    fn from(state: &State) -> Self {
        Self {
            visit: state.text("visit"),
            registration: state.text("registration"),
            not_eligible: state.some_text("not_eligible"),
            items: state.whole_map("items"),
        }
    }
}
