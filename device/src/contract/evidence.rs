//! Photos and files as evidence for a registration or a visit.
//!
//! Their bytes never pass through a call: a door takes them by [`crate::Desk::put_upload`] and gives them by
//! [`crate::Desk::media`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::Held;

/// Names the record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceOf {
    /// Record id of a registration or a visit.
    pub record: String,
}

/// Adds a file that a door has taken.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddEvidence {
    /// Record id of a registration or a visit.
    pub record: String,
    /// What the door answered when it took the file; good for ten minutes, and gone once the file is added.
    pub upload: String,
    /// Name of the file.
    pub name: String,
    /// What it shows.
    #[serde(default)]
    pub caption: String,
    /// Keep where the photo was taken, if its camera noted it. Everything else that it noted is never kept.
    #[serde(default)]
    pub keep_place: bool,
    /// The person has seen the warning of personal data for this caption.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Takes a file back. It is not shown any more; the same file can be added again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveEvidence {
    /// Record id of a registration or a visit.
    pub record: String,
    /// `id` of the row.
    pub attachment: String,
}

/// The evidence of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceList {
    /// In the order in which they were added, by the clocks of those who did.
    pub rows: Vec<EvidenceRow>,
    /// This profile may add and take back.
    pub may_edit: bool,
}

/// What was added, and the list with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceAdded {
    /// The new row.
    pub row: EvidenceRow,
    /// All rows.
    pub list: EvidenceList,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A photo, written anew without metadata.
    Photo,
    /// A PDF as it came, with what its maker wrote into it.
    Document,
}

/// One photo or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRow {
    /// Its id.
    pub id: String,
    /// Name of the file.
    pub name: String,
    /// What it shows; may be empty.
    pub caption: String,
    /// What it is.
    pub kind: EvidenceKind,
    /// Media type in HTTP's words.
    pub media_type: String,
    /// Bytes of what people look at.
    pub bytes: u64,
    /// Pixels of a photo.
    pub width: u32,
    /// Pixels of a photo.
    pub height: u32,
    /// What people look at: a name for [`crate::Desk::media`].
    pub blob: String,
    /// The bytes are on this device; until then they are on their way here.
    pub complete: bool,
    /// Bytes of it that are on this device already.
    pub bytes_here: u64,
    /// The small picture, once it is on this device; none for a document.
    pub thumbnail: Option<String>,
    /// Where it was taken, when its author kept that.
    pub place: Option<EvidencePlace>,
    /// Where the record's newest change is held.
    pub held: Held,
    /// Label of the device that added it.
    pub by: String,
    /// Claimed time.
    pub added_at: i64,
}

/// A place on the globe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidencePlace {
    /// Ten-millionths of a degree, north positive.
    pub latitude: i32,
    /// Ten-millionths of a degree, east positive.
    pub longitude: i32,
}
