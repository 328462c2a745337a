//! What the province plans: cycles and campaigns.

use super::State;

/// A yearly registration cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleRecord {
    /// Year.
    pub year: i64,
    /// First day, ISO.
    pub opens: Option<String>,
    /// Last day, ISO.
    pub closes: Option<String>,
    /// Scheme id.
    pub scheme: String,
    /// Pinned criteria set version, by record id.
    pub criteria: Option<String>,
    /// Units whose registration is expected; empty means every unit that has a device.
    pub expected: Vec<String>,
}

impl From<&State> for CycleRecord {
    fn from(state: &State) -> Self {
        Self {
            year: state.int("year").unwrap_or_default(),
            opens: state.some_text("opens"),
            closes: state.some_text("closes"),
            scheme: state.text("scheme"),
            criteria: state.some_text("criteria"),
            expected: state.whole("expected").unwrap_or_default(),
        }
    }
}

/// A survey campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRecord {
    /// Year.
    pub year: i64,
    /// Title.
    pub title: String,
    /// Basis documents as written.
    pub basis: String,
    /// Criteria set version that every sheet pins, by record id.
    pub criteria: String,
}

impl From<&State> for CampaignRecord {
    fn from(state: &State) -> Self {
        Self {
            year: state.int("year").unwrap_or_default(),
            title: state.text("title"),
            basis: state.text("basis"),
            criteria: state.text("criteria"),
        }
    }
}
