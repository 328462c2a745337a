//! The end of a part: what its sender wrote, to the last byte.

use cotmoc_core::codec::Reader;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Signature, SigningKey};

use super::error::BundleError;

/// Largest part, bytes: the largest file of FAT32, which most sticks have.
pub const LARGEST_PART: u64 = 4 * 1024 * 1024 * 1024 - 1;

/// Flag, hash, signature.
pub(super) const TRAILER_BYTES: u64 = 1 + 32 + 64;

const SIGNATURE_CONTEXT: &[u8] = b"cotmoc/bundle-trailer/v1";
const HASH_CONTEXT: &str = "cotmoc 2026-11 bundle part";

/// The running hash of everything before the trailer.
pub(super) fn part_hasher() -> blake3::Hasher {
    blake3::Hasher::new_derive_key(HASH_CONTEXT)
}

/// Stands at the end and not in the header because a writer that streams learns only there which part is
/// the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) is_last: bool,
    /// Of everything before the trailer.
    pub(super) hash: Hash32,
}

impl Trailer {
    fn message(&self, header: &Hash32) -> Vec<u8> {
        [&header.0[..], &[u8::from(self.is_last)], &self.hash.0].concat()
    }

    pub(super) fn sign(&self, header: &Hash32, sender: &SigningKey) -> Vec<u8> {
        let signature = sender.sign(SIGNATURE_CONTEXT, &self.message(header));
        [&[u8::from(self.is_last)][..], &self.hash.0, &signature.0].concat()
    }

    /// Reads and verifies what [`Trailer::sign`] made.
    ///
    /// # Errors
    /// [`BundleError::Damaged`].
    pub(super) fn read(bytes: &[u8], header: &Hash32, sender: &DeviceKey) -> Result<Self, BundleError> {
        let mut reader = Reader::new(bytes);
        let is_last = match reader.u8("trailer")? {
            0 => false,
            1 => true,
            _ => return Err(BundleError::Damaged("trailer")),
        };
        let hash = Hash32(reader.array("trailer hash")?);
        let signature = Signature(reader.array("trailer signature")?);
        let trailer = Self { is_last, hash };
        if sender.verify(SIGNATURE_CONTEXT, &trailer.message(header), &signature) {
            Ok(trailer)
        } else {
            Err(BundleError::Damaged("trailer signature"))
        }
    }
}
