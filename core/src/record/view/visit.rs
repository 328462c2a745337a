//! A visit and its findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;

/// One agenda item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaEntry {
    /// What is done.
    pub text: String,
    /// Start as typed.
    #[serde(default)]
    pub starts: String,
    /// End as typed.
    #[serde(default)]
    pub ends: String,
}

/// A visit's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRecord {
    /// Delegation.
    pub delegation: String,
    /// Campaign.
    pub campaign: String,
    /// Day as typed: ISO or partial.
    pub day: String,
    /// Place as typed.
    pub place: String,
    /// Attendance: roles and units.
    pub attendance: String,
    /// Agenda by id; ids are in order of entry.
    pub agenda: BTreeMap<String, AgendaEntry>,
}

impl From<&State> for VisitRecord {
    fn from(state: &State) -> Self {
        Self {
            delegation: state.text("delegation"),
            campaign: state.text("campaign"),
            day: state.text("day"),
            place: state.text("place"),
            attendance: state.text("attendance"),
            agenda: state.whole_map("agenda"),
        }
    }
}

/// One finding. It is one register: two members who change the same finding are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingEntry {
    /// Kind in snake case: `strength`, `limitation`, …
    pub kind: String,
    /// Text.
    pub text: String,
    /// Model it is about (registration id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// Role or slot that wrote it, as shown: an assessor appears as a slot, never by name.
    pub by: String,
    /// Removal is a mark with a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
}

/// The findings of a visit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingsRecord {
    /// Visit.
    pub visit: String,
    /// By id; ids are in order of entry.
    pub findings: BTreeMap<String, FindingEntry>,
}

impl From<&State> for FindingsRecord {
    fn from(state: &State) -> Self {
        Self {
            visit: state.text("visit"),
            findings: state.whole_map("findings"),
        }
    }
}
