//! What travels of the media: pieces for whoever lacks them, within what he may see.

use cotmoc_core::exchange::{Chunk, Wanted};
use cotmoc_core::id::Hash32;
use cotmoc_core::media::{BlobId, Lane};
use rusqlite::Connection;

use super::Taken;
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::visible::Visible;

impl Ledger {
    /// What is lacking of a lane within what is visible, thumbnails first; at most `limit` files.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn wanted_media(
        &self,
        visible: &Visible,
        lane: Option<Lane>,
        limit: u32,
    ) -> Result<Vec<Wanted>, LedgerError> {
        let missing = self.missing_media(Some(visible), lane, limit)?.into_iter();
        let wanted = missing.map(|blob| Wanted {
            blob: blob.blob.0,
            ranges: blob
                .chunks
                .iter()
                .map(|range| (range.start, range.end - range.start))
                .collect(),
        });
        Ok(wanted.collect())
    }

    /// Pieces of `wanted` that are held and belong to an attachment within what is visible, about `bytes` of
    /// them and at least one. What was taken is taken out of `wanted`; what is not held stays away too.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn chunks_for(
        &self,
        visible: &Visible,
        wanted: &mut Vec<Wanted>,
        bytes: u64,
    ) -> Result<Vec<Chunk>, LedgerError> {
        let mut chunks = Vec::new();
        let mut taken = 0;
        while let Some(one) = wanted.first_mut() {
            let blob = BlobId(one.blob);
            let may = self.read(|connection| is_visible(connection, visible, &one.blob))?;
            let Some((first, count)) = one.ranges.first_mut().filter(|_| may) else {
                wanted.remove(0);
                continue;
            };
            let index = *first;
            (*first, *count) = (index + 1, *count - 1);
            if *count == 0 {
                one.ranges.remove(0);
            }
            let Some(held) = self.chunk(blob, index)? else {
                continue;
            };
            taken += held.len() as u64;
            chunks.push(Chunk {
                blob: blob.0,
                index,
                bytes: held,
            });
            if taken >= bytes {
                break;
            }
        }
        Ok(chunks)
    }

    /// Takes pieces that came, and says how many were not held before.
    ///
    /// # Errors
    /// As [`Ledger::take_chunks`].
    pub fn take_pieces(&self, chunks: &[Chunk]) -> Result<u64, LedgerError> {
        if chunks.is_empty() {
            return Ok(0);
        }
        let pieces: Vec<super::Chunk<'_>> = chunks
            .iter()
            .map(|chunk| super::Chunk {
                blob: BlobId(chunk.blob),
                index: chunk.index,
                bytes: &chunk.bytes,
            })
            .collect();
        let taken = self.take_chunks(&pieces)?;
        let new = taken
            .iter()
            .filter(|taken| matches!(taken, Taken::Stored | Taken::Completed));
        Ok(new.count() as u64)
    }
}

/// A live attachment within these scopes names the blob.
fn is_visible(connection: &Connection, visible: &Visible, blob: &Hash32) -> Result<bool, LedgerError> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM blob JOIN rendition ON rendition.blob = blob.id
           JOIN attachment ON attachment.entry = rendition.entry
         WHERE blob.code = ?1 AND is_live AND attachment.scope IN ({}))",
        visible.list()
    );
    Ok(connection
        .prepare(&sql)?
        .query_row([&blob.0[..]], |row| row.get(0))?)
}
