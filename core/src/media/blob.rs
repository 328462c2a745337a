//! The name of a file's bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Hash32;

/// Bytes of a chunk; the last one of a blob may be shorter.
pub const CHUNK: usize = 64 * 1024;
/// Largest blob, bytes.
pub const MAX_BLOB: usize = 10 * 1024 * 1024;
/// Most chunks of a blob.
pub const MAX_CHUNKS: usize = MAX_BLOB / CHUNK;

/// Plain BLAKE3 of a file's bytes, so that any program can check it: equal bytes have one name, whoever made
/// them and whatever way they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub Hash32);

impl BlobId {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts([bytes])
    }

    /// The name of bytes that lie in several parts.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part);
        }
        Self(Hash32(*hasher.finalize().as_bytes()))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_blob_is_named_by_the_plain_hash_that_b3sum_prints() {
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(BlobId::of(b"").to_string(), empty);
    }

    #[test]
    fn the_name_does_not_depend_on_how_the_bytes_lie() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        assert_eq!(BlobId::of_parts(bytes.chunks(CHUNK)), BlobId::of(&bytes));
    }
}
