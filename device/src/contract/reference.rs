//! Units, field schemes, criteria sets and cycles: the data of the province that everything else names.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for units.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListUnits {
    /// Units as they were on this day; today when absent.
    pub day: Option<String>,
    /// Folded search.
    pub query: Option<String>,
    /// Only units below this one (and itself).
    pub within: Option<String>,
    /// Also units that are not valid on that day.
    pub include_past: bool,
}

/// Units in the order of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitList {
    /// Parents before children, siblings by the Vietnamese alphabet.
    pub units: Vec<UnitRow>,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitRow {
    /// Id.
    pub id: String,
    /// Name on that day.
    pub name: String,
    /// Level, for example `province`, `district`, `commune`, `border_post`.
    pub level: String,
    /// Parent on that day.
    pub parent: Option<String>,
    /// Depth below the root, from 0.
    pub depth: u32,
    /// Code on that day.
    pub code: Option<String>,
    /// First day, if known.
    pub valid_from: Option<String>,
    /// First day it is no longer valid, if any.
    pub valid_until: Option<String>,
    /// Names of the successors, if it has ended.
    pub successors: Vec<String>,
    /// This is demonstration data, not a real unit.
    pub demonstration: bool,
}

/// Which reference data a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// Units with validity and successors, JSON.
    UnitsJson,
    /// Units, one row per unit and validity, XLSX template.
    UnitsXlsx,
    /// Field schemes and mappings, JSON.
    SchemesJson,
    /// Criteria sets, JSON.
    CriteriaJson,
}

/// Imports reference data (compilers and administrators).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportReference {
    /// What the file holds.
    pub kind: ReferenceKind,
    /// The file's bytes, base64.
    pub content_base64: String,
    /// Apply the good rows although others are refused. Without it one bad row stops the whole file.
    #[serde(default)]
    pub accept_good_rows: bool,
    /// Only say what would happen.
    #[serde(default)]
    pub check_only: bool,
}

/// What an import did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Records were written.
    pub applied: bool,
    /// Rows that are good.
    pub good: u64,
    /// Of these, new records.
    pub created: u64,
    /// Of these, changed records.
    pub changed: u64,
    /// Rows that were refused.
    pub refused: Vec<RefusedRow>,
    /// Good rows that somebody should look at; they are imported like the others.
    pub remarks: Vec<ImportRemark>,
}

/// What is doubtful about a good row of an imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportRemark {
    /// Row number as the spreadsheet shows it, or the position in the JSON list, from 1.
    pub row: u64,
    /// Column heading or property name.
    pub column: String,
    /// What it is about; the screens have the words (`remark.<code>`).
    pub code: String,
    /// What the words name: days (ISO), units, titles.
    pub params: BTreeMap<String, String>,
}

/// A row of an imported file that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedRow {
    /// Row number as the spreadsheet shows it, or the position in the JSON list, from 1.
    pub row: u64,
    /// Column heading or property name.
    pub column: String,
    /// Reason code; the screens have the words (`import.<reason>`).
    pub reason: String,
    /// What was found there.
    pub value: String,
}

/// The XLSX template for units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateFile {
    /// Proposed file name.
    pub file_name: String,
    /// The file, base64.
    pub content_base64: String,
}

/// Field schemes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemeList {
    /// By id.
    pub schemes: Vec<SchemeRow>,
}

/// A field scheme: the fields under which a province counts models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemeRow {
    /// Id.
    pub id: String,
    /// Whose scheme it is.
    pub owner: String,
    /// First year, if known.
    pub valid_from: Option<String>,
    /// The fields, in the scheme's order.
    pub fields: Vec<FieldRow>,
}

/// One field of a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldRow {
    /// Code, for example `VHXH`.
    pub code: String,
    /// Vietnamese label of the scheme.
    pub vi: String,
    /// English label.
    pub en: String,
}

/// Criteria sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriteriaList {
    /// By id and version.
    pub sets: Vec<CriteriaSetView>,
    /// Those among them that a campaign cannot score models with.
    pub not_for_scoring: Vec<NotForScoring>,
}

/// A criteria set that no campaign can pin. It stays listed: it is published, and a cycle may name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotForScoring {
    /// Record id of the version.
    pub id: String,
    /// Why.
    pub reason: ScoringBar,
}

/// Why models cannot be scored with a criteria set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoringBar {
    /// It evaluates units or registrations, not models.
    OtherLevel,
    /// Its source gives a total in points, but not the points of every criterion.
    NoWeights,
    /// It names no criterion.
    NoCriteria,
}

impl ScoringBar {
    /// The word that travels.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherLevel => "other_level",
            Self::NoWeights => "no_weights",
            Self::NoCriteria => "no_criteria",
        }
    }
}

/// Scale of a criteria set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScaleView {
    /// Points up to `max` in steps of `step`; both in hundredths of a point.
    Points {
        /// Maximum of the whole set, hundredths.
        max: i64,
        /// Step, hundredths.
        step: i64,
    },
    /// Every criterion is met or not.
    PassFail,
    /// A list of required contents.
    Checklist,
}

/// A version of a criteria set. Points are in hundredths, so nothing is ever rounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriteriaSetView {
    /// Record id of this version.
    pub id: String,
    /// Code, for example `cs-mo-hinh-100`.
    pub code: String,
    /// Version.
    pub version: String,
    /// Title.
    pub title: String,
    /// What it evaluates: `model`, `unit` or `registration`.
    pub level: String,
    /// Scale.
    pub scale: ScaleView,
    /// The weights were constructed for this program, not published by a province.
    pub constructed: bool,
    /// Where it comes from, in words.
    pub provenance: String,
    /// Groups in order.
    pub groups: Vec<CriteriaGroup>,
    /// Bands from the highest down.
    pub bands: Vec<Band>,
}

/// A group of criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriteriaGroup {
    /// Code.
    pub code: String,
    /// Vietnamese.
    pub vi: String,
    /// Maximum of the group, hundredths.
    pub max: Option<i64>,
    /// Criteria in order.
    pub criteria: Vec<Criterion>,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Criterion {
    /// Code, for example `C1`.
    pub code: String,
    /// Vietnamese.
    pub vi: String,
    /// English, when there is one.
    pub en: Option<String>,
    /// Maximum, hundredths; absent for pass/fail.
    pub max: Option<i64>,
    /// Zero here rules out recognition.
    pub mandatory: bool,
}

/// A band of the total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Code, for example `tot`.
    pub code: String,
    /// Vietnamese.
    pub vi: String,
    /// Lowest total, hundredths.
    pub min: i64,
}

/// Registration cycles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CycleList {
    /// Newest first.
    pub cycles: Vec<CycleRow>,
}

/// A yearly registration cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CycleRow {
    /// Record id.
    pub id: String,
    /// Year.
    pub year: i32,
    /// First day, ISO.
    pub opens: Option<String>,
    /// Last day for registrations, ISO.
    pub closes: Option<String>,
    /// Field scheme.
    pub scheme: String,
    /// Whose scheme.
    pub scheme_owner: String,
    /// Fields of that scheme.
    pub fields: Vec<FieldRow>,
    /// Criteria set version (record id), if pinned.
    pub criteria: Option<String>,
    /// Units whose registration is expected; empty means every unit that has a device.
    pub expected_units: Vec<String>,
}

/// Opens a yearly cycle (compilers).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenCycle {
    /// Year.
    pub year: i32,
    /// First day, ISO.
    pub opens: Option<String>,
    /// Last day, ISO.
    pub closes: Option<String>,
    /// Scheme id.
    pub scheme: String,
    /// Criteria set version (record id).
    pub criteria: Option<String>,
    /// Units whose registration is expected.
    #[serde(default)]
    pub expected_units: Vec<String>,
}
