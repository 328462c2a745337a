//! The exchange with the province as a person sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::Held;
use super::session::ExchangeState;

/// Starts an exchange with the province.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RunExchange {
    /// Photos and files in full size too, whatever the link and the settings; for this run only.
    pub with_originals: bool,
}

/// What one run of the exchange did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeOutcome {
    /// Entries the province confirmed in this run.
    pub confirmed: u64,
    /// New entries received.
    pub received: u64,
    /// Entries the province refused and had not refused before, or refused for another reason.
    pub refused: u64,
    /// Round trips.
    pub round_trips: u32,
    /// Application bytes sent.
    pub bytes_sent: u64,
    /// Application bytes received.
    pub bytes_received: u64,
    /// Both sides hold the same entries of this device's scopes (compared by digest).
    pub equal: bool,
    /// A person stopped the run. What is counted above is kept; the rest waits for the next run.
    pub stopped: bool,
}

/// The page "Đồng bộ".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeView {
    /// What runs now.
    pub state: ExchangeState,
    /// Server address.
    pub server: Option<String>,
    /// When the province last answered.
    pub last_contact: Option<i64>,
    /// Problem of the last try, if it failed.
    pub last_problem: Option<super::Problem>,
    /// Only on this device.
    pub local: HeldGroup,
    /// Written to a stick for the province, and not confirmed.
    pub carried: HeldGroup,
    /// Also on a teammate's device that keeps a hub, and not confirmed.
    pub teammate: HeldGroup,
    /// Sent, receipt not yet here.
    pub sent: HeldGroup,
    /// Confirmed by the province.
    pub province: HeldGroup,
    /// Not accepted by the province, with the reasons in `set_aside`; never counted in the other groups.
    pub refused: HeldGroup,
    /// Entries that wait for others which they follow.
    pub waiting: u64,
    /// What was set aside or refused: first what nobody has acknowledged (the newest 200), then what is kept
    /// for the record (the newest 50).
    pub set_aside: Vec<SetAsideRow>,
    /// Since when this device and the province have nothing more to say and yet hold different entries, by
    /// this device's clock.
    pub differing_since: Option<i64>,
    /// What came from the province and was not taken.
    pub not_taken: Vec<NotTakenRow>,
    /// What the province does not take as a whole. It waits here and is tried again once a day.
    pub left_out: Vec<NotTakenRow>,
    /// What is lost if this device dies now.
    pub only_here: OnlyHere,
    /// Own photos and files that the province has not confirmed.
    pub files: FilesToSend,
    /// Photos and files of others that are not whole on this device.
    pub files_to_fetch: FilesToFetch,
    /// The link as recognised now.
    pub link: LinkSeen,
    /// New lives of this device of which nobody was told yet, the oldest first.
    pub new_lives: Vec<NewLife>,
    /// Forked logs that are not settled.
    pub forks: u64,
    /// Bytes of entries that the next run will send, about.
    pub bytes_to_send: u64,
    /// About how many seconds entries and the files that go now take by the speed last measured; absent when
    /// nothing waits to be sent or no run was large enough to measure.
    pub seconds_to_send: Option<u64>,
}

/// What is on no other device, stick or server that this device knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnlyHere {
    /// Entries of this device.
    pub entries: u64,
    /// Own photos and files. One that was written to a stick or given to a teammate still counts: only the
    /// province says that it has a file whole.
    pub files: u64,
    /// Bytes of both, about.
    pub bytes: u64,
    /// The newest 20 of the photos and files.
    pub newest_files: Vec<FileOnlyHere>,
}

/// A photo or file that the province has not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileOnlyHere {
    /// Its id.
    pub id: String,
    /// Name of the file.
    pub name: String,
    /// What it shows; may be empty.
    pub caption: String,
    /// Bytes of all its forms.
    pub bytes: u64,
    /// The registration or visit where it is shown.
    pub record: String,
    /// Kind of that record.
    pub kind: String,
    /// What that record is called.
    pub title: String,
}

/// Own photos and files on their way to the province: at most this, because it confirms files of a whole log
/// at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilesToSend {
    /// Photos and files.
    pub count: u64,
    /// Bytes of their thumbnails, which go with the next run.
    pub thumbnail_bytes: u64,
    /// Bytes of the rest.
    pub original_bytes: u64,
    /// Why the rest does not go with the next run, nor is fetched with it; absent when it goes.
    pub originals_wait: Option<OriginalsWait>,
}

/// Photos and files in full size that this device may have and lacks, whether or not the province has them yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilesToFetch {
    /// How many.
    pub count: u64,
    /// Their bytes, about: of one that came in part all are counted.
    pub bytes: u64,
}

/// What is known of the link to the province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkSeen {
    /// What the system says of its cost.
    pub metering: Metering,
    /// It was slow when last measured.
    pub slow: bool,
}

/// Whether a link is paid for by volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metering {
    /// The system does not say.
    Unknown,
    /// It is, as the system knows or guesses.
    Metered,
    /// It is not.
    Unmetered,
}

/// Why photos and files in full size wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginalsWait {
    /// The link is metered.
    Metered,
    /// The link was slow when last measured; a part is tried from time to time.
    Slow,
    /// A person chose that they never go by themselves.
    Chosen,
}

/// This device was restored or copied and goes on in a new life: its logs begin anew, and nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewLife {
    /// When, by this device's clock; absent when that is not known.
    pub began_at: Option<i64>,
    /// Why: `other_machine`, `other_place`, `older_copy`, `remote_ahead` or `forked`.
    pub reason: String,
}

/// Records by where their newest change is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldGroup {
    /// Records.
    pub records: u64,
    /// Their not yet confirmed bytes (0 for the province).
    pub bytes: u64,
    /// The newest 20.
    pub rows: Vec<HeldRow>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldRow {
    /// Record id.
    pub record: String,
    /// Kind.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Where.
    pub held: Held,
}

/// An entry that was set aside or refused; its bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetAsideRow {
    /// Entry hash, hexadecimal.
    pub entry: String,
    /// Record it belongs to.
    pub record: String,
    /// Kind of that record; empty when it is not known.
    pub kind: String,
    /// What that record is called; empty when its kind says enough or nothing of it is held.
    pub title: String,
    /// Reason code; the screens have the words (`refusal.<reason>`).
    pub reason: String,
    /// Label of the author's device.
    pub author: String,
    /// True when the province refused an entry of this device, false when this device set a foreign one aside.
    pub by_province: bool,
    /// When.
    pub at: i64,
    /// A person has looked at it: it is not counted any more.
    pub acknowledged: bool,
}

/// A run of entries that one of the two ends did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotTakenRow {
    /// Label of the author's device.
    pub author: String,
    /// Why: `signature`, `fork`, `foreign_province` or `document`; of the province also `too_large`, `outside_scope`
    /// or `other`.
    pub problem: String,
    /// When it came or went first, by this device's clock.
    pub at: i64,
}

/// Says that a person has looked at entries that were refused or set aside. They are kept with their reasons.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AcknowledgeSetAside {
    /// Entry hashes, hexadecimal.
    pub entries: Vec<String>,
}

/// Tries an entry again that was set aside here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RetrySetAside {
    /// Entry hash, hexadecimal.
    pub entry: String,
}

/// Progress and news while a door is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeviceEvent {
    /// The exchange moved on.
    Exchange {
        /// What it is doing.
        state: ExchangeState,
    },
    /// Records changed; screens that show them ask again.
    Changed {
        /// Record ids; empty means many.
        records: Vec<String>,
        /// The change came from another device.
        foreign: bool,
    },
    /// The hub of this device opened, closed, or somebody asked it: `hub.status` says more.
    Hub {
        /// It is open.
        open: bool,
    },
    /// A joined hub was found on the network or is gone: `remotes.list` says more.
    Remotes {},
    /// Other long work (an import, a rebuild) moved on.
    Progress {
        /// What: `import`, `rebuild`, `stick_write`, `stick_verify`, `stick_check`, `stick_import`, `carried_send`.
        work: String,
        /// Done.
        done: u64,
        /// In all, when known.
        total: Option<u64>,
    },
}

/// What a rebuild from the journal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RebuildReport {
    /// Documents rebuilt.
    pub documents: u64,
    /// Entries read.
    pub entries: u64,
    /// Documents whose state differed before and after: 0 unless the cache was damaged.
    pub changed: u64,
    /// BLAKE3 over all document states in order of id, hexadecimal.
    pub state_hash: String,
    /// BLAKE3 over the sorted entry hashes, hexadecimal.
    pub entries_hash: String,
}
