//! The remotes of this device: the province's server, hubs it has joined, sticks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a remote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemoteKind {
    /// The province's server.
    Province,
    /// A teammate's device on the table.
    Hub,
    /// Files on a stick.
    Stick,
}

/// All remotes: the province first, then in the order they were added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteList {
    /// Empty while the device is not enrolled.
    pub remotes: Vec<RemoteRow>,
}

/// One remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteRow {
    /// Its name for `remotes.exchange` and `remotes.forget`: `province`, or `hub:` or `stick:` and an id.
    pub name: String,
    /// What it is.
    pub kind: RemoteKind,
    /// What a person calls it: the province, or the label of the device that keeps the hub.
    pub label: String,
    /// Where it was last, `https://host:port`; absent for sticks.
    pub address: Option<String>,
    /// Fingerprint of the device that keeps it, as people compare it; absent for the province.
    pub fingerprint: Option<String>,
    /// It is found on this network now; false for the province and sticks, of which that is not known.
    pub here: bool,
    /// When it was added, by this device's clock; absent for the province.
    pub added_at: Option<i64>,
    /// When it last answered, by this device's clock.
    pub last_contact: Option<i64>,
    /// Problem of the last try, if it failed.
    pub last_problem: Option<super::Problem>,
    /// Speed of the link as last measured, bytes a second; absent when no run was large enough.
    pub bytes_per_second: Option<u64>,
    /// Entries it may have and is not known to hold, of whoever wrote them.
    pub owed_entries: u64,
    /// Their bytes, about, before compression.
    pub owed_bytes: u64,
    /// It is the province, which cannot be forgotten.
    pub is_province: bool,
}

/// Names a remote.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoteName {
    /// As in `remotes.list`; a label or the beginning of a name that fits one remote alone will do.
    pub name: String,
}
