//! Photos and files as evidence: what the attachment entries say, and the bytes, each where it belongs.
//!
//! The entries are in the journal like any other. Bytes are in `media.db` beside `records.db`, one row per
//! verified chunk: they are large, come in another order, and a lost one can be had again from whoever holds it.
//! Bytes are durable there before an entry names them, so no entry promises what is not held; what a crash leaves
//! between the two files is put right when the store is opened ([`matching`]).

mod aside;
mod attaching;
mod bits;
mod blob_row;
mod file;
mod known;
mod lanes;
mod listing;
mod matching;
mod missing_file;
mod reading;
mod taking;

use std::ops::Range;

use cotmoc_core::id::{AttachmentId, RecordId};
use cotmoc_core::journal::DeviceKey;
use cotmoc_core::media::{BlobId, GeoPoint, Lane, MediaType, Rendition, Tail};

pub(crate) use attaching::Evidence;
pub(crate) use file::MediaFile;
pub(crate) use known::{clear_known, forget_attachments};
pub(crate) use matching::match_files;
pub use missing_file::{MissingFile, each_missing_file};

/// Most bytes of media that a store holds, unless it is told otherwise.
pub const MEDIA_QUOTA: u64 = 5 * 1024 * 1024 * 1024;

/// A photo or file of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Name of the file.
    pub name: String,
    /// What it shows; may be empty.
    pub caption: String,
    /// What its bytes are.
    pub media_type: MediaType,
    /// Where it was taken, if its author stated it.
    pub place: Option<GeoPoint>,
    /// The device that added it.
    pub author: DeviceKey,
    /// Its clock then, milliseconds since 1970: a claim.
    pub claimed_at: i64,
    /// Its forms, in the order of their roles.
    pub renditions: Vec<HeldRendition>,
    /// What a newer program added.
    pub tail: Tail,
}

/// A form of an attachment and how much of it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRendition {
    /// The form.
    pub rendition: Rendition,
    /// Chunks of it that are held, of [`cotmoc_core::media::ChunkList::count`].
    pub held: u32,
    /// It is held whole and verified.
    pub complete: bool,
}

/// A blob that an attachment names and that is not held whole. One blob is named twice only when somebody has
/// described it by a wrong list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingBlob {
    /// The blob.
    pub blob: BlobId,
    /// Its length in bytes.
    pub length: u32,
    /// The lane in which it travels.
    pub lane: Lane,
    /// Indexes of the chunks that are missing.
    pub chunks: Vec<Range<u32>>,
    /// Bytes of the chunks that are missing.
    pub bytes: u64,
    /// An attachment that names it.
    pub attachment: AttachmentId,
    /// Name of that attachment.
    pub name: String,
    /// The record for which it is evidence.
    pub record: RecordId,
}

/// A chunk as it comes.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// The blob it is of.
    pub blob: BlobId,
    /// Its index.
    pub index: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What became of a chunk that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Verified and stored.
    Stored,
    /// Verified and stored, and the blob is held whole with it.
    Completed,
    /// It was held.
    Known,
    /// It is not what the manifest says, or the manifest is proven wrong. Nothing is stored.
    Wrong,
    /// No attachment that is held names the blob, or not any more: it may come again later.
    NotWanted,
}

/// How much media a store holds and lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MediaStock {
    /// Bytes of the chunks that are held.
    pub bytes_held: u64,
    /// Bytes that are missing of the blobs that are needed.
    pub bytes_missing: u64,
    /// Blobs that are needed and not held whole.
    pub blobs_missing: u64,
}

/// How a blob stands, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaState {
    Missing = 0,
    /// Held whole and verified.
    Whole = 1,
    /// Its list was proven to be that of other bytes.
    Wrong = 2,
    /// Missing, and every attachment that names it was removed or stepped aside.
    NotNeeded = 3,
}

impl MediaState {
    fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Whole,
            2 => Self::Wrong,
            3 => Self::NotNeeded,
            _ => Self::Missing,
        }
    }
}
