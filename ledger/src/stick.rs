//! What comes out of the frames of a bundle, the same at a device and at the province.

use cotmoc_core::exchange::{Chunk, MOST_TAKEN, TakenPart, read_taken, write_taken};
use cotmoc_core::media::BlobId;

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::media::{Chunk as MediaChunk, Taken};

const TAKEN: &str = "stick.taken";

/// What became of the pieces of files in a load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChunksTaken {
    /// Stored.
    pub stored: u64,
    /// Files that are whole with them.
    pub completed: u64,
    /// No attachment that is held names their file yet: they are to come again.
    pub not_wanted: u64,
}

impl Ledger {
    /// Takes in the pieces of files that a load brings.
    ///
    /// # Errors
    /// As [`Ledger::take_chunks`].
    pub fn take_load_chunks(&self, chunks: &[Chunk]) -> Result<ChunksTaken, LedgerError> {
        let mut became = ChunksTaken::default();
        if chunks.is_empty() {
            return Ok(became);
        }
        let given: Vec<MediaChunk<'_>> = chunks
            .iter()
            .map(|chunk| MediaChunk {
                blob: BlobId(chunk.blob),
                index: chunk.index,
                bytes: &chunk.bytes,
            })
            .collect();
        for taken in self.take_chunks(&given)? {
            match taken {
                Taken::Stored => became.stored += 1,
                Taken::Completed => {
                    became.stored += 1;
                    became.completed += 1;
                }
                Taken::NotWanted => became.not_wanted += 1,
                Taken::Known | Taken::Wrong => {}
            }
        }
        Ok(became)
    }

    /// Parts of bundles that this store has taken in, the newest first. Said in the clear on its own bundles, so
    /// that whoever carries one of these parts may stop.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn parts_taken(&self) -> Result<Vec<TakenPart>, LedgerError> {
        Ok(self
            .meta(TAKEN)?
            .map(|bytes| read_taken(&bytes))
            .unwrap_or_default())
    }

    /// Notes a part as taken in.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn note_part_taken(&self, part: TakenPart) -> Result<(), LedgerError> {
        let mut parts = self.parts_taken()?;
        if parts.first() == Some(&part) {
            return Ok(());
        }
        parts.retain(|known| *known != part);
        parts.insert(0, part);
        parts.truncate(MOST_TAKEN);
        self.set_meta(TAKEN, &write_taken(&parts))
    }
}
