//! The profile that is open on this machine, its settings and the others beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What this profile may do; decided by its grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// A unit that registers models: a border post, a command, a district.
    Post,
    /// Member of a survey delegation.
    Member,
    /// Secretary of a survey delegation.
    Secretary,
    /// Head of a survey delegation.
    Head,
    /// Provincial compiler.
    Compiler,
    /// Administrator of the province.
    Administrator,
}

/// How the key of this device's database is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKeeping {
    /// In the operating system's keyring.
    Keyring,
    /// In a key file that a passphrase wraps.
    Passphrase,
    /// In a bare key file: whoever holds the disk can read it. Screens warn.
    Bare,
}

/// Who this profile is and what state its records are in; the header and the state chip show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Short fingerprint of this device's key, as people compare it.
    pub device: String,
    /// Absent until the device is enrolled.
    pub identity: Option<Identity>,
    /// Entries of this device that the province has not confirmed.
    pub unsent: u64,
    /// Of these, entries that were sent and wait for the receipt.
    pub sent_unconfirmed: u64,
    /// Differing contents that wait for a decision, as `differences.list` asks them.
    pub differences: u64,
    /// Entries set aside or refused, with a reason, that nobody has acknowledged.
    pub set_aside: u64,
    /// This device and the province have nothing more to say and yet hold different entries.
    pub differs_from_province: bool,
    /// When the province last answered, claimed time of this device; absent if never.
    pub last_contact: Option<i64>,
    /// What the exchange is doing now.
    pub exchange: ExchangeState,
    /// How the database key is kept.
    pub key_keeping: KeyKeeping,
    /// This device's clock is behind or far ahead of the newest times that others claim.
    pub clock_doubtful: bool,
    /// The settings of this profile.
    pub settings: Settings,
    /// The year of the newest open registration cycle this device knows, if any.
    pub current_cycle: Option<String>,
}

/// The enrolled identity of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// Role by grant.
    pub role: RoleName,
    /// The unit (post) or delegation the grant names; the province for compilers and administrators.
    pub holder_id: String,
    /// Its name, or its number for a delegation.
    pub holder_name: String,
    /// Assessor slot of a delegation member, from 1.
    pub slot: Option<u32>,
    /// The province's id.
    pub province_id: String,
    /// The province's name.
    pub province_name: String,
    /// Label given to this device at enrolment, for example "Máy tính trực ban".
    pub label: String,
    /// The province has revoked this device; its later work waits for review.
    pub revoked: bool,
    /// Where the province server is.
    pub server: String,
}

/// What the exchange is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExchangeState {
    /// The device is not enrolled: there is nobody to exchange with.
    NoRemote,
    /// Nothing runs; everything known is exchanged or waits for the next turn.
    Idle,
    /// Running: `done` of `total` in the unit of the phase.
    Running {
        /// What is being done.
        phase: ExchangePhase,
        /// Bytes or records done.
        done: u64,
        /// Bytes or records in all, when known.
        total: Option<u64>,
    },
    /// No connection; the next try starts by itself.
    Waiting {
        /// Claimed time of the next try.
        next_try: i64,
    },
}

/// Step of a running exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExchangePhase {
    /// Bytes going out.
    Sending,
    /// Bytes coming in.
    Receiving,
    /// Records being checked and stored.
    Applying,
}

/// Settings of a profile; they stay on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Language of the screens.
    pub language: Language,
    /// Large type and high contrast for sunlight.
    pub sunlight: bool,
    /// Exchange by itself when a connection appears.
    pub automatic_exchange: bool,
    /// When photos and files go in full size by themselves.
    pub originals: OriginalsGo,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::Vi,
            sunlight: false,
            automatic_exchange: true,
            originals: OriginalsGo::default(),
        }
    }
}

/// When photos and files in full size are sent and fetched. Entries and thumbnails always go first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginalsGo {
    /// After everything else, and not over a link that is metered, as the system says, or slow, as it was measured.
    #[default]
    #[serde(alias = "good_link")]
    AsRecognised,
    /// With every exchange, after everything else.
    Always,
    /// To and from the province only in an exchange that a person starts with them.
    Never,
}

/// Language of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Vietnamese, the first language.
    Vi,
    /// English.
    En,
}

/// The profiles of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileList {
    /// All profiles, by name.
    pub profiles: Vec<ProfileRow>,
    /// The one that is open, if any.
    pub open: Option<String>,
    /// A machine serves several profiles; a device folder given by hand is one fixed profile.
    pub can_add: bool,
}

/// One profile of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileRow {
    /// Folder name, which is its id.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// A passphrase is needed to open it.
    pub locked: bool,
}

/// Adds a profile.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddProfile {
    /// Name shown, for example "Cán bộ trực ban".
    pub name: String,
    /// Wraps the database key when given (at least 8 characters).
    pub passphrase: Option<String>,
}

/// Opens a profile.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenProfile {
    /// Id of the profile.
    pub id: String,
    /// Needed when the profile is locked.
    pub passphrase: Option<String>,
}

/// Sets, changes or removes the passphrase that wraps the database key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangePassphrase {
    /// Present when the key is wrapped now.
    pub current: Option<String>,
    /// The new one (at least 8 characters), or nothing: the key then goes to the operating system's
    /// keyring if this profile uses it, and is bare otherwise.
    pub new: Option<String>,
}

/// How the key is kept after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyKept {
    /// How the database key is kept now.
    pub keeping: KeyKeeping,
    /// The keyring could not be asked to forget the key it had, so it still opens the database. It is
    /// asked again each time the profile is opened.
    pub left_in_keyring: bool,
}
