//! Bundles: files that carry frames by hand where no connection is, on a USB stick.
//!
//! A bundle is one part or several; each part is a file that can be checked and read alone:
//!
//! ```text
//! 89 43 4D 47 4F 49 0D 0A   magic
//! version                   u8
//! header length             u32, little-endian, at most 32 KiB
//! header                    in the clear: `header.rs`
//! signature                 64 bytes, the sender's, over the hash of all bytes before it
//! age stream                binary age v1 with X25519 recipients; inside: `frame.rs`
//! trailer                   last part?, BLAKE3 of all bytes before it, the sender's signature: `trailer.rs`
//! ```
//!
//! What the frames hold is the caller's business, as is whether the sender is known. A file's name is never
//! believed; a file has no paths inside.

mod copy;
mod error;
mod frame;
mod header;
mod landing;
mod name;
mod part;
mod recipient;
mod sealed;
mod trailer;
mod watch;
mod write;

pub use copy::copy_onward;
pub use error::BundleError;
pub use frame::{Frame, MAX_FRAME};
pub use header::{BundleHeader, BundleId, Extension, MAX_RECIPIENTS};
pub use name::is_bundle_name;
pub use part::{BundlePart, check, inspect};
pub use sealed::{Frames, open};
pub use trailer::LARGEST_PART;
pub use watch::{Progress, Stage, Watch};
pub use write::{BundleWriter, NewBundle, Written};
