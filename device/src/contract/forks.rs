//! Logs in which different entries stand at one place: a copied device, or a key in other hands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of forked logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForkList {
    /// Those to be settled first.
    pub forks: Vec<ForkRow>,
}

/// A forked log, as a request names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ForkedLog {
    /// Public key of the device, hexadecimal.
    pub device: String,
    /// In which of its lives, a number as text.
    pub incarnation: String,
    /// Scope of the log, hexadecimal.
    pub scope: String,
    /// The first place at which entries differ.
    pub seq: u64,
}

/// One fork. Nothing from its place on counts, of any branch, until an administrator has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForkRow {
    /// The log and the place.
    pub log: ForkedLog,
    /// What the device is called.
    pub label: String,
    /// For whom it works.
    pub holder_name: String,
    /// It is a log of this device.
    pub is_own: bool,
    /// Whose records the log is about: `roster`, `province`, `unit` or `delegation`.
    pub place: String,
    /// The unit's name; empty for other places.
    pub unit_name: String,
    /// The branches.
    pub branches: Vec<ForkBranchRow>,
    /// The branch that counts, once that is settled.
    pub settled: Option<String>,
    /// A choice is on its way but the province has not entered it.
    pub is_pending: bool,
}

/// One branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForkBranchRow {
    /// Hash of its first entry, hexadecimal: it names the branch.
    pub entry: String,
    /// Entries known of it.
    pub entries: u64,
    /// Earliest time that they claim.
    pub from: Option<i64>,
    /// Latest time that they claim.
    pub to: Option<i64>,
    /// Titles of records that they change, as far as this device has them; at most 10.
    pub titles: Vec<String>,
}

/// Chooses the branch that counts (administrators).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SettleFork {
    /// The log and the place.
    pub log: ForkedLog,
    /// The branch to keep, by the hash of its first entry.
    pub keep: String,
}
