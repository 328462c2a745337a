//! Models as lists: filters, counts, search.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Status of a registration, derived from the unit's record and the province's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationStatus {
    /// Being written by the unit.
    Draft,
    /// Submitted, waits for appraisal.
    Submitted,
    /// Returned for completion, with a reason.
    Returned,
    /// Accepted for this year.
    Active,
    /// The model was closed.
    Closed,
    /// A draft that was discarded; can be restored.
    Discarded,
}

/// Whether a registration is new this year or continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationKind {
    /// Newly registered ("đăng ký mới").
    New,
    /// Maintained from an earlier year ("duy trì").
    Maintained,
    /// The unit does not split the two ("không tách").
    NotSplit,
}

/// What a model is called in the field's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Mô hình.
    MoHinh,
    /// Chương trình.
    ChuongTrinh,
    /// Phần việc.
    PhanViec,
}

/// Where the newest change of a record is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The province did not accept a change of it; the record is whole on this device.
    Refused,
    /// Only on this device.
    ThisDevice,
    /// On this device and in a bundle for the province that was written to a stick; whether that has arrived
    /// nobody knows.
    Carried,
    /// Sent, without a receipt yet.
    Sent,
    /// The province has confirmed it.
    Province,
}

/// Filter of models; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ModelFilter {
    /// Cycle (record id); all cycles when absent.
    pub cycle: Option<String>,
    /// This unit and those below it.
    pub unit: Option<String>,
    /// Only `unit` itself, without those below it.
    pub own_only: bool,
    /// Only what belongs to `unit` and to no single unit below it on the day.
    pub unallocated: bool,
    /// Units as of this day (ISO) for `unit`; today when absent. When `unit` did not exist on it, the nearest
    /// day on which it did. A unit that was taken over as a whole counts as its successor.
    pub day: Option<String>,
    /// Field code; `KHAC`, no field at all and, within one cycle, a code its scheme does not have are all
    /// "unclassified", which is asked for as `KHAC`.
    pub field: Option<String>,
    /// Status.
    pub status: Option<RegistrationStatus>,
    /// New, maintained or not split.
    pub kind: Option<RegistrationKind>,
    /// Folded search over name, place and unit.
    pub query: Option<String>,
    /// Only what totals count: submitted or active, and within one cycle each model once.
    pub counted: bool,
    /// Only what waits for this profile: returned (post), submitted (compiler).
    pub needs_me: bool,
    /// Only those that bear the name of another registration of the same unit and cycle.
    pub possible_duplicate: bool,
    /// Only what is labelled demonstration data.
    pub demonstration: bool,
    /// Only models of an earlier cycle that have no registration in the newest one, each by its latest
    /// registration.
    pub to_carry_over: bool,
}

/// Asks for one page of models.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListModels {
    /// Filter.
    pub filter: ModelFilter,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Rows per page, 1 to 200; 50 when 0.
    pub limit: u32,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelPage {
    /// Rows in the order of the Vietnamese alphabet.
    pub rows: Vec<ModelRow>,
    /// Pass as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// One registration of a model as a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRow {
    /// Registration.
    pub registration: String,
    /// Model.
    pub model: String,
    /// Name.
    pub name: String,
    /// Owner unit.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// Year.
    pub year: i32,
    /// Field code; absent when not chosen.
    pub field: Option<String>,
    /// Place as written.
    pub place: String,
    /// New, maintained, not split.
    pub kind: RegistrationKind,
    /// What the model is.
    pub model_kind: ModelKind,
    /// Derived status.
    pub status: RegistrationStatus,
    /// Where the newest change is held.
    pub held: Held,
    /// Differing content waits for a decision.
    pub differs: bool,
    /// The same unit has another registration of nearly the same name in this cycle.
    pub possible_duplicate: bool,
    /// The unit changed contents after the province had accepted them.
    #[serde(default)]
    pub changed_since_accepted: bool,
    /// Newest claimed time of a change.
    pub changed_at: i64,
    /// Demonstration data.
    pub demonstration: bool,
}

/// Counts for the filter chips, under the same filter without the facet itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelFacets {
    /// Rows under the whole filter.
    pub total: u64,
    /// By status.
    pub status: Vec<FacetCount>,
    /// By field code; empty value for none.
    pub field: Vec<FacetCount>,
    /// By kind.
    pub kind: Vec<FacetCount>,
}

/// One chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FacetCount {
    /// Value as the filter takes it.
    pub value: String,
    /// Rows.
    pub count: u64,
}

/// Searches everything this device holds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchEverywhere {
    /// As typed.
    pub query: String,
}

/// Hits of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHits {
    /// Best first, at most 30.
    pub hits: Vec<SearchHit>,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    /// `registration`, `unit` or `visit`.
    pub kind: String,
    /// Record id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Second line.
    pub detail: String,
    /// The first day on which a unit no longer existed (ISO), when it has ended.
    pub ended: Option<String>,
}

/// Closes or reopens a model (the owner unit).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CloseModel {
    /// Model.
    pub model: String,
    /// Why; empty reopens it.
    pub reason: String,
    /// True closes, false reopens.
    pub closed: bool,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}
