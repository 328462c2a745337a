//! A delegation's visit to a unit: agenda, findings, the models to score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::Held;

/// Names a visit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VisitId {
    /// Record id.
    pub visit: String,
}

/// Visits this profile may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitList {
    /// Newest first, by the order they became known.
    pub visits: Vec<VisitRow>,
    /// Units of this delegation that have no visit yet.
    pub unvisited: Vec<super::campaigns::DelegationUnit>,
    /// What is missing on this device to work in each of them.
    #[serde(default)]
    pub readiness: Vec<UnitReadiness>,
}

/// Whether a unit can be visited without a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitReadiness {
    /// Unit.
    pub unit: String,
    /// Parts that are missing on this device, by name; empty means ready offline.
    pub missing_parts: Vec<String>,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitRow {
    /// Record id.
    pub visit: String,
    /// Unit.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// Campaign title.
    pub campaign_title: String,
    /// Delegation number.
    pub delegation_number: u32,
    /// Day as typed: ISO, or a partial date such as `--05-11`.
    pub day: String,
    /// Models to score.
    pub models: u32,
    /// Score sheets of mine that are complete; absent for who does not score in this visit.
    pub my_complete: Option<u32>,
    /// Findings; absent for who does not receive them, because they are the delegation's own until they are
    /// published.
    pub findings: Option<u32>,
    /// Where the newest change is held.
    pub held: Held,
}

/// Opens a visit of this profile's delegation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StartVisit {
    /// Unit.
    pub unit: String,
    /// Day as typed.
    pub day: String,
}

/// A visit as its screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitView {
    /// The row.
    pub row: VisitRow,
    /// Criteria set version pinned by the campaign.
    pub criteria: String,
    /// Place of the session as typed.
    pub place: String,
    /// Attendance: roles and units, no names.
    pub attendance: String,
    /// Agenda in order.
    pub agenda: Vec<AgendaItem>,
    /// Findings of all members, in causal order.
    pub findings: Vec<FindingView>,
    /// Models of the unit with my score state.
    pub models: Vec<VisitModel>,
    /// Parts that are missing on this device, by name; empty means ready offline.
    pub missing_parts: Vec<String>,
    /// This profile may write in this visit.
    pub may_edit: bool,
    /// This profile may enter agreed scores.
    pub may_agree: bool,
    /// Findings, score sheets and agreed scores of this visit come to this profile. They are not here
    /// otherwise, which is not the same as there being none.
    pub is_own: bool,
    /// Typed but not saved.
    pub unfinished: Option<super::registrations::UnfinishedTyping>,
}

/// One agenda item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgendaItem {
    /// Id.
    pub id: String,
    /// What is done.
    pub text: String,
    /// Start as typed, for example "08:00".
    pub starts: String,
    /// End as typed.
    pub ends: String,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The unit's own report.
    UnitReport,
    /// Strength.
    Strength,
    /// Limitation.
    Limitation,
    /// Cause.
    Cause,
    /// Proposal by the unit.
    Proposal,
    /// Request by the delegation.
    Request,
    /// Lesson learned.
    Lesson,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingView {
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: FindingKind,
    /// Text.
    pub text: String,
    /// Model it is about, if any (registration id).
    pub registration: Option<String>,
    /// Assessor slot or role that wrote it.
    pub by: String,
    /// This device wrote it.
    pub mine: bool,
    /// Set when it was taken back: the reason.
    pub removed: Option<String>,
    /// Differing content waits for a decision.
    pub differs: bool,
}

/// A model of the surveyed unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitModel {
    /// Registration.
    pub registration: String,
    /// Name.
    pub name: String,
    /// Field code.
    pub field: Option<String>,
    /// Criteria answered on my sheet; 0 also for who has none (`VisitView::is_own`).
    pub my_answered: u32,
    /// Criteria in all.
    pub criteria: u32,
    /// My total, hundredths.
    pub my_total: Option<i64>,
    /// Sheets of other assessors that this device holds; absent where they do not come.
    pub other_sheets: Option<u32>,
    /// Agreed total, hundredths.
    pub agreed_total: Option<i64>,
    /// The registration changed after it was scored.
    pub changed_since_scored: bool,
}

/// Saves the head of a visit: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaveVisit {
    /// Visit.
    pub visit: String,
    /// Day as typed.
    pub day: Option<String>,
    /// Place.
    pub place: Option<String>,
    /// Attendance: roles and units.
    pub attendance: Option<String>,
    /// Agenda items to put; an empty id makes a new one.
    #[serde(default)]
    pub agenda: Vec<AgendaItem>,
    /// Ids of agenda items to remove.
    #[serde(default)]
    pub remove_agenda: Vec<String>,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Puts a finding: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PutFinding {
    /// Visit.
    pub visit: String,
    /// Existing finding; absent adds one.
    pub id: Option<String>,
    /// Kind.
    pub kind: FindingKind,
    /// Text.
    pub text: String,
    /// Model it is about.
    pub registration: Option<String>,
    /// The user has seen the personal-data warning and keeps the text.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Takes a finding back, or restores it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveFinding {
    /// Visit.
    pub visit: String,
    /// Finding.
    pub id: String,
    /// Reason; absent restores it.
    pub reason: Option<String>,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}
