//! Photos and files as evidence: what an attachment entry says, and how its bytes are proven piece by piece.

mod blob;
mod chunks;
mod manifest;
mod rendition;
mod tail;

pub use blob::{BlobId, CHUNK, MAX_BLOB, MAX_CHUNKS};
pub use chunks::ChunkList;
pub use manifest::{Added, MAX_CAPTION, MAX_NAME, Manifest, ManifestError, Removed, VERSION};
pub use rendition::{GeoPoint, Lane, MAX_RENDITIONS, MediaType, Rendition, Role};
pub use tail::{Field, MAX_FIELDS, MAX_TAIL, Tail};

#[cfg(test)]
mod properties;
