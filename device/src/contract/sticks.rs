//! Bundles on a stick as a person sees them: what is written for whom, what a file on a stick is, what is
//! carried on for others.
//!
//! Problems of all of them, beside the usual ones: `stick_gone` (pulled out, or it fails), `stick_full`,
//! `stick_read_only`, `stick_not_allowed`, `stick_not_a_folder`, `stick_not_kept` (it does not give back what
//! was written), `stick_part_too_large` (smaller parts are needed), `stick_name_taken` (param `path`),
//! `stick_busy` (another export or import is running), `stick_stopped`, `stick_failed`. After any of them an
//! export has left nothing on the stick.
//!
//! Progress comes as `DeviceEvent::Progress` with `work` `stick_write`, `stick_verify`, `stick_check` or
//! `stick_import` and bytes as `done` and `total`; while carried bundles go to the province with an exchange,
//! `carried_send`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session::RoleName;

/// Where a stick can be, and for whom this device can write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickPlaces {
    /// Drives that look as if they can be taken out. A person may name any other folder.
    pub drives: Vec<StickDrive>,
    /// Everyone a bundle can be written for: the province first, then devices.
    pub recipients: Vec<StickRecipient>,
    /// Entries of this device that the province has not confirmed.
    pub unconfirmed: u64,
}

/// A drive of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickDrive {
    /// Its folder.
    pub path: String,
    /// What it is called.
    pub label: String,
}

/// One for whom a bundle is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickRecipient {
    /// `province`, or the device's key, hexadecimal.
    pub id: String,
    /// The province's name, or the device's label.
    pub label: String,
    /// Unit or delegation of a device; empty for the province.
    pub holder_name: String,
    /// Role of a device.
    pub role: Option<RoleName>,
    /// Written for unless recipients are named: the province and the devices of one's own unit or delegation.
    pub by_default: bool,
    /// Entries that it is not known to hold.
    pub owed: u64,
}

/// Writes bundles into a folder.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExportSticks {
    /// The folder, by its path on this machine.
    pub folder: String,
    /// Ids of `StickRecipient`; empty: those by default.
    pub recipients: Vec<String>,
    /// Leave the originals of photos and files at home: thumbnails only.
    pub without_originals: bool,
    /// Only what was written since the last export for the same recipient. Whether that one has arrived nobody
    /// knows, so this is a choice and not the rule.
    pub since_last: bool,
    /// Largest file, bytes; absent: as large as FAT32 takes.
    pub max_file_bytes: Option<u64>,
}

/// What was written. When this is answered, everything was read back from the stick: it is safe to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickExported {
    /// The files, with those that were carried along. Empty when there was nothing to bring to anybody.
    pub files: Vec<StickFile>,
    /// Of all files.
    pub bytes: u64,
    /// Entries in them.
    pub entries: u64,
    /// Receipts in them.
    pub receipts: u64,
    /// Chunks of photos and files in them.
    pub chunks: u64,
    /// Files of others that were carried along.
    pub carried: u64,
}

/// Files or folders of a stick.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StickPaths {
    /// Paths on this machine; of a folder its bundle files are meant.
    pub paths: Vec<String>,
}

/// Bundle files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickFiles {
    /// In the order of bundle and part.
    pub files: Vec<StickFile>,
}

/// One file, as its header says; what could not be read is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickFile {
    /// Where it is.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The bundle, an id.
    pub bundle: String,
    /// Which part of the bundle, from 1; 0 when the header cannot be read.
    pub part: u32,
    /// The bundle has no further part.
    pub is_last: bool,
    /// Who wrote it: a device's label, or the province's name; a fingerprint when the sender is not known.
    pub sender: String,
    /// When, by the sender's clock.
    pub made_at: Option<i64>,
    /// Names of those who can open it.
    pub recipients: Vec<String>,
    /// What it is to this device.
    pub standing: StickStanding,
}

/// What a file is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StickStanding {
    /// It was imported, and brought something.
    Imported,
    /// It was imported before or brings nothing new: "Gói đã nhập trước đó, không có thay đổi mới".
    NothingNew,
    /// It can be imported (answered by `sticks.inspect` only).
    Ready,
    /// This device wrote it (answered by `sticks.inspect` and `sticks.export`); importing it changes nothing.
    Own,
    /// Altered, cut off or never complete: "Gói bị hỏng hoặc thiếu, chưa nhập dữ liệu nào".
    Damaged,
    /// For others of this province: "Gói này không dành cho đơn vị của đồng chí". It is kept to be carried on.
    Carried,
    /// For others, and not kept: another province's, or there is no room for it.
    NotForUs,
    /// Of a newer version of the program.
    Newer,
    /// Another kind of file.
    NotABundle,
    /// Its sender is in no roster that is known here, and it does not bring the proof. Nothing was imported.
    UnknownSender,
    /// It could not be read: the stick was pulled out or fails, or access is not allowed.
    Unreadable,
    /// A person stopped before it was through. Whole frames that were taken in stay; importing again goes on.
    Stopped,
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StickImported {
    /// Each file with what became of it.
    pub files: Vec<StickFile>,
    /// New entries.
    pub entries: u64,
    /// Records that changed.
    pub records: u64,
    /// Entries of this device that the receipts in it confirm for the first time.
    pub confirmed: u64,
    /// Photos and files that are whole now.
    pub photos: u64,
    /// A person stopped it.
    pub stopped: bool,
}

/// Bundles of others that this device carries on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CarriedList {
    /// The files, oldest first.
    pub files: Vec<StickFile>,
    /// Files that this device has sent on over the network, newest first, at most 20.
    pub sent: Vec<CarriedSent>,
    /// Of all files.
    pub bytes: u64,
    /// No more is kept than this many bytes.
    pub most_bytes: u64,
}

/// A file of others that was sent to the province with an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CarriedSent {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Who wrote it: a device's label.
    pub sender: String,
    /// When the province answered, by this device's clock.
    pub at: i64,
    /// Why the province did not take it, `damaged`, `newer`, `not_for_us` or `unknown_sender`; then it is still kept
    /// here, for a stick. Absent: the province has taken it in, and it is kept no more.
    pub problem: Option<String>,
}

/// Ends carrying files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetCarried {
    /// Names of the files.
    pub names: Vec<String>,
}
