//! One registration: writing it, submitting it, reviewing it, its history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::{Held, ModelKind, RegistrationKind, RegistrationStatus};

/// Names a registration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationId {
    /// Record id.
    pub registration: String,
}

/// Starts a registration of a new model (posts).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StartRegistration {
    /// Cycle; the newest open one when absent. A draft without any cycle is tied when one arrives.
    pub cycle: Option<String>,
    /// First contents, usually empty.
    #[serde(default)]
    pub values: RegistrationValues,
    /// Labels the model as demonstration data, for ever.
    #[serde(default)]
    pub demonstration: bool,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Carries a model of an earlier year over (posts): same model, new registration, contents copied.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CarryOver {
    /// Registration of the earlier year.
    pub registration: String,
    /// Cycle to register in; the newest open one when absent.
    pub cycle: Option<String>,
}

/// Contents of a registration. Absent fields are left as they are; an empty text clears.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegistrationValues {
    /// R1, name of the model.
    pub name: Option<String>,
    /// Mô hình, chương trình or phần việc.
    pub model_kind: Option<ModelKind>,
    /// New, maintained or not split.
    pub kind: Option<RegistrationKind>,
    /// Field code of the cycle's scheme.
    pub field: Option<String>,
    /// Address, place of implementation.
    pub place: Option<String>,
    /// R8, schedule and evaluation date, as written.
    pub schedule: Option<String>,
    /// R2, situation and reason.
    pub rationale: Option<String>,
    /// R3, goals and criteria.
    pub goals: Option<String>,
    /// R4, content and method.
    pub approach: Option<String>,
    /// R5, area and target group as a category.
    pub area_and_target: Option<String>,
    /// R6, lead, coordinating and participating forces.
    pub forces: Option<String>,
    /// R7, resources.
    pub resources: Option<String>,
    /// R9, outputs.
    pub outputs: Option<String>,
    /// R10, sustainability and replication.
    pub sustainability: Option<String>,
    /// Indicator figures to put, by id.
    pub figures: Vec<FigureInput>,
    /// Ids of figures to remove.
    pub remove_figures: Vec<String>,
}

/// An indicator figure as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FigureInput {
    /// Id of the figure; absent makes a new one.
    pub id: Option<String>,
    /// What is counted, for example "Số học sinh được hỗ trợ".
    pub name: String,
    /// As the field writes it: "trên 200", "75,6 ha", "48/48", "500.000đ/cháu/tháng".
    pub raw: String,
    /// Unit when not part of `raw`.
    #[serde(default)]
    pub unit: String,
    /// Period it speaks of, as written.
    #[serde(default)]
    pub period: String,
    /// Set when the reader's reading is wrong: `exact`, `approx`, `over`, `at_least`, `under`, `at_most`,
    /// `unquantified`.
    #[serde(default)]
    pub qualifier: Option<String>,
}

/// A figure with its reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FigureView {
    /// Id.
    pub id: String,
    /// What is counted.
    pub name: String,
    /// As typed.
    pub raw: String,
    /// Unit.
    pub unit: String,
    /// Period.
    pub period: String,
    /// `exact`, `approx`, `over`, `at_least`, `under`, `at_most`, `unquantified`.
    pub qualifier: String,
    /// Value as a decimal with a dot, for example "75.6"; absent when unquantified.
    pub value: Option<String>,
    /// Numerator of a ratio.
    pub numerator: Option<String>,
    /// Denominator of a ratio.
    pub denominator: Option<String>,
    /// Reading in Vietnamese, for example "lớn hơn 200".
    pub words_vi: String,
    /// Reading in English.
    pub words_en: String,
    /// Why the reading may not be what was meant, and should be looked at: `dot_as_decimal`,
    /// `comma_may_be_thousands`, `spaced_thousands`, `negative`, `part_over_whole`, `range_reversed`,
    /// `unused_text`, `out_of_range`, `may_be_telephone` or `not_understood`.
    #[serde(default)]
    pub doubt: Option<String>,
}

/// Reads a figure without storing it (shown while typing).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReadFigure {
    /// As typed.
    pub raw: String,
    /// Unit when typed separately.
    #[serde(default)]
    pub unit: String,
}

/// Looks for personal data and secrecy marks in a text (shown before leaving a field).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CheckText {
    /// As typed.
    pub text: String,
}

/// What a text may contain that must not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextCheck {
    /// In the order of the text.
    pub suspicions: Vec<Suspicion>,
}

/// One place of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspicion {
    /// `person_name`, `citizen_number`, `old_id_number`, `phone`, `email` or `secrecy_mark`.
    pub kind: String,
    /// The words found.
    pub excerpt: String,
    /// First character.
    pub start: u32,
    /// After the last character.
    pub end: u32,
    /// Which content it stands in, when a whole record was checked.
    #[serde(default)]
    pub property: String,
}

/// Saves one field group when it is left: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaveRegistration {
    /// Record id.
    pub registration: String,
    /// The group's contents.
    pub values: RegistrationValues,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Submits a registration (the owner unit).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SubmitRegistration {
    /// Record id.
    pub registration: String,
    /// Declared date, ISO; today by this device's clock when absent.
    pub declared: Option<String>,
}

/// Discards a draft that was never submitted, or restores it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiscardRegistration {
    /// Record id.
    pub registration: String,
    /// True discards, false takes it back.
    pub discarded: bool,
}

/// A compiler's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Return for completion; needs a reason.
    Returned,
    /// Accept for this year.
    Accepted,
}

/// Reviews a submitted registration (compilers).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReviewRegistration {
    /// Record id.
    pub registration: String,
    /// Decision.
    pub decision: ReviewDecision,
    /// Reason; required for a return.
    #[serde(default)]
    pub reason: String,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// A registration as its screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationView {
    /// Record id.
    pub registration: String,
    /// Model.
    pub model: String,
    /// Owner unit.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// Cycle (record id), if tied to one.
    pub cycle: Option<String>,
    /// Year of the cycle.
    pub year: i32,
    /// Contents; every text is present.
    pub values: RegistrationValues,
    /// Figures with their readings, in order of entry.
    pub figures: Vec<FigureView>,
    /// Derived status.
    pub status: RegistrationStatus,
    /// Reason of the last return, when returned.
    pub returned_reason: Option<String>,
    /// Declared date of the last submission, ISO.
    pub declared: Option<String>,
    /// Declared after the cycle had closed ("nhận sau hạn").
    pub late: bool,
    /// Contents that are still empty: property names of `RegistrationValues`.
    pub missing: Vec<String>,
    /// Those without which it cannot be submitted.
    #[serde(default)]
    pub required: Vec<String>,
    /// The unit changed contents after the province had accepted them.
    #[serde(default)]
    pub changed_since_accepted: bool,
    /// Something is saved in it. A registration that was only opened has an id, under which typing is kept, and
    /// nothing else.
    #[serde(default)]
    pub is_begun: bool,
    /// This profile may write the contents.
    pub may_edit: bool,
    /// This profile may review it now.
    pub may_review: bool,
    /// It may be carried over into `current_cycle`: it is of an earlier year and this unit's own.
    pub may_carry_over: bool,
    /// Where the newest change is held.
    pub held: Held,
    /// Properties with differing content.
    pub differing: Vec<String>,
    /// Other registrations that may be the same model.
    pub possible_duplicates: Vec<DuplicateRow>,
    /// Demonstration data.
    pub demonstration: bool,
    /// Typed but not saved, from before a crash or a change of screen.
    pub unfinished: Option<UnfinishedTyping>,
}

/// A registration that may be the same model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateRow {
    /// Record id.
    pub registration: String,
    /// Name.
    pub name: String,
}

/// Typing that was kept but not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnfinishedTyping {
    /// Record it belongs to; for a visit's input or a score sheet, that record.
    pub record: String,
    /// Contents by property, as typed.
    pub contents: std::collections::BTreeMap<String, String>,
    /// When it was typed.
    pub typed_at: i64,
}

/// Keeps typing within a second, outside the journal. Empty `contents` forgets it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeepTyping {
    /// Record it belongs to.
    pub record: String,
    /// Contents by property.
    pub contents: std::collections::BTreeMap<String, String>,
}

/// Names any record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecordRef {
    /// Record id.
    pub record: String,
}

/// Typing kept for a record, if any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptTyping {
    /// What was kept.
    pub unfinished: Option<UnfinishedTyping>,
}

/// History of a record, newest first: what follows another change stands above it, and where nothing follows,
/// the time their devices claimed decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// The changes.
    pub changes: Vec<HistoryRow>,
}

/// One saved group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRow {
    /// Entry hash, hexadecimal.
    pub entry: String,
    /// Label of the device that made it.
    pub who: String,
    /// Role of that device.
    pub role: Option<super::session::RoleName>,
    /// Unit, delegation or province of that device: its name, or its number for a delegation.
    pub holder_name: String,
    /// Which record it changed: `registration`, `model`, `review`, …
    pub kind: String,
    /// Properties it changed.
    pub properties: Vec<String>,
    /// What it wrote there, as a person reads it.
    #[serde(default)]
    pub values: Vec<WrittenValue>,
    /// What the province decided with it, when it is a review.
    pub decision: Option<ReviewDecision>,
    /// The reason given with that decision, as written.
    pub reason: Option<String>,
    /// The time that device claimed; orders only what does not follow from one another.
    pub claimed_at: i64,
    /// Where it is held.
    pub held: Held,
    /// Why the province did not accept it, when it did not; the screens have the words (`refusal.<reason>`).
    pub refused_for: Option<String>,
}

/// What one change wrote into one property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrittenValue {
    /// Property, for example `goals` or `figures/…`.
    pub property: String,
    /// The value as this change left it, in words; a removed one says so.
    pub text: String,
}

/// Figures that belong to a unit rather than to one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitFiguresView {
    /// Unit.
    pub unit: String,
    /// Name.
    pub unit_name: String,
    /// Cycle, if any.
    pub cycle: Option<String>,
    /// Figures in order of entry.
    pub figures: Vec<FigureView>,
    /// This profile may write them.
    pub may_edit: bool,
    /// Record id, under which typing is kept.
    pub record: String,
    /// Typed but not saved, from before a crash or a change of screen.
    pub unfinished: Option<UnfinishedTyping>,
}

/// Asks for a unit's figures.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetUnitFigures {
    /// Unit; this profile's own when absent.
    pub unit: Option<String>,
    /// Cycle; the newest when absent.
    pub cycle: Option<String>,
}

/// Saves figures of this profile's unit: one entry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaveUnitFigures {
    /// Cycle; the newest when absent.
    pub cycle: Option<String>,
    /// Figures to put.
    #[serde(default)]
    pub figures: Vec<FigureInput>,
    /// Ids to remove.
    #[serde(default)]
    pub remove_figures: Vec<String>,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}
