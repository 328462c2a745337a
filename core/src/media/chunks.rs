//! The list by which each chunk of a blob is verified when it arrives, before the others are there.

use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;

use super::blob::{CHUNK, MAX_BLOB};

const CONTEXT: &str = "cotmoc 2026-11 media chunk v1";
const LIST_CONTEXT: &str = "cotmoc 2026-11 media chunk list v1";

/// Length of a blob and the hash of each of its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkList {
    length: u32,
    hashes: Vec<Hash32>,
}

impl ChunkList {
    /// The list of these bytes; absent when they are none or more than [`MAX_BLOB`].
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let hashes = bytes.chunks(CHUNK).map(Self::hash_of).collect();
        Self::new(bytes.len() as u64, hashes)
    }

    /// From its parts; absent when the length is none or more than [`MAX_BLOB`], or the number of hashes is not
    /// that of its chunks.
    pub fn new(length: u64, hashes: Vec<Hash32>) -> Option<Self> {
        let length = checked_length(length)?;
        (hashes.len() == chunks_of(length)).then_some(Self { length, hashes })
    }

    /// The hash by which a chunk is listed.
    pub fn hash_of(chunk: &[u8]) -> Hash32 {
        Hash32::of(CONTEXT, chunk)
    }

    /// Bytes of the blob.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Number of chunks, at least one.
    pub fn count(&self) -> u32 {
        self.hashes.len() as u32
    }

    /// Hashes of the chunks in order.
    pub fn hashes(&self) -> &[Hash32] {
        &self.hashes
    }

    /// Bytes of a chunk: [`CHUNK`], or what is left for the last one. Absent beyond it.
    pub fn chunk_length(&self, index: u32) -> Option<usize> {
        let before = (index as usize).checked_mul(CHUNK)?;
        let left = (self.length as usize)
            .checked_sub(before)
            .filter(|left| *left > 0)?;
        Some(left.min(CHUNK))
    }

    /// Whether these bytes are the chunk at this index.
    pub fn fits(&self, index: u32, chunk: &[u8]) -> bool {
        self.chunk_length(index) == Some(chunk.len())
            && self.hashes.get(index as usize) == Some(&Self::hash_of(chunk))
    }

    /// Name of the list itself: two manifests that name one blob with different lists are told apart by it.
    pub fn id(&self) -> Hash32 {
        let mut writer = Writer::new();
        self.write(&mut writer);
        Hash32::of(LIST_CONTEXT, &writer.finish())
    }

    /// Appends the length, then the hashes; their number follows from the length.
    pub fn write(&self, writer: &mut Writer) {
        writer.varint(u64::from(self.length));
        for hash in &self.hashes {
            writer.put(&hash.0);
        }
    }

    /// Reads [`ChunkList::write`].
    ///
    /// # Errors
    /// When the length is out of bounds, or fewer hashes follow than it has chunks.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let malformed = Malformed {
            what: "blob length",
            at: 0,
        };
        let length = checked_length(reader.varint("blob length")?).ok_or(malformed)?;
        let bytes = reader.take(chunks_of(length) * 32, "chunk hashes")?;
        let hashes = bytes.chunks_exact(32).filter_map(Hash32::from_slice).collect();
        Ok(Self { length, hashes })
    }
}

fn checked_length(length: u64) -> Option<u32> {
    u32::try_from(length)
        .ok()
        .filter(|length| (1..=MAX_BLOB).contains(&(*length as usize)))
}

fn chunks_of(length: u32) -> usize {
    (length as usize).div_ceil(CHUNK)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::media::BlobId;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 31 / 7) as u8).collect()
    }

    #[test]
    fn every_chunk_is_verified_by_itself_and_at_its_own_place_only() {
        let bytes = bytes(2 * CHUNK + 5);
        let list = ChunkList::of(&bytes).unwrap();
        assert_eq!(
            (list.count(), list.chunk_length(2), list.chunk_length(3)),
            (3, Some(5), None)
        );
        for (at, chunk) in bytes.chunks(CHUNK).enumerate() {
            for index in 0..4 {
                assert_eq!(
                    list.fits(index, chunk),
                    index as usize == at,
                    "chunk {at} as {index}"
                );
            }
            let mut flipped = chunk.to_vec();
            flipped[0] ^= 1;
            assert!(!list.fits(at as u32, &flipped));
            assert!(!list.fits(at as u32, &chunk[1..]));
        }
        assert_eq!(list.chunk_length(u32::MAX), None);
    }

    #[test]
    fn a_blob_that_ends_with_a_whole_chunk_has_no_empty_one_after_it() {
        for (length, chunks, last) in [
            (1, 1, 1),
            (CHUNK, 1, CHUNK),
            (CHUNK + 1, 2, 1),
            (2 * CHUNK, 2, CHUNK),
        ] {
            let list = ChunkList::of(&bytes(length)).unwrap();
            assert_eq!(list.count(), chunks);
            assert_eq!(list.chunk_length(chunks - 1), Some(last));
        }
    }

    #[test]
    fn a_list_of_no_bytes_or_too_many_is_refused_and_so_is_a_wrong_number_of_hashes() {
        assert_eq!(ChunkList::of(&[]), None);
        assert!(ChunkList::of(&vec![0; MAX_BLOB]).is_some());
        assert_eq!(ChunkList::of(&vec![0; MAX_BLOB + 1]), None);
        assert_eq!(ChunkList::new(CHUNK as u64 + 1, vec![Hash32::ZERO]), None);
        let mut writer = Writer::new();
        writer.varint(u64::MAX).put(&[0; 320]);
        assert!(ChunkList::read(&mut Reader::new(&writer.finish())).is_err());
    }

    #[test]
    fn a_chunk_hash_is_not_the_name_of_a_blob_so_one_can_never_pass_for_the_other() {
        let bytes = bytes(100);
        assert_ne!(ChunkList::hash_of(&bytes), BlobId::of(&bytes).0);
    }
}
