//! Bytes on their way out: verified whenever they are read. What is damaged is missing from then on, and is never
//! handed on.

use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use rusqlite::Connection;

use super::MediaState;
use super::file::{BlobRow, blob_rows};
use super::taking::whole_bytes;
use crate::error::LedgerError;
use crate::journal::Ledger;

impl Ledger {
    /// A blob, if it is held whole.
    ///
    /// # Errors
    /// When a database cannot be read, or a damaged chunk cannot be dropped.
    pub fn blob(&self, blob: BlobId) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.of_blob(blob, |connection, rows| {
            let Some(row) = rows.first().filter(|row| row.state == MediaState::Whole) else {
                return Ok(Found::Nothing);
            };
            match whole_bytes(connection, row) {
                Ok(Some(bytes)) => Ok(Found::Bytes(bytes)),
                Ok(None) => Ok(Found::Damaged),
                Err(error) => damaged_or(error),
            }
        })?;
        self.found(blob, found)
    }

    /// A chunk of a blob, if it is held; the others need not be.
    ///
    /// # Errors
    /// As [`Ledger::blob`].
    pub fn chunk(&self, blob: BlobId, index: u32) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.of_blob(blob, |connection, rows| {
            for row in rows.iter().filter(|row| row.held.has(index)) {
                match row.chunk(connection, index) {
                    Ok(Some(bytes)) => return Ok(Found::Bytes(bytes)),
                    Ok(None) => return Ok(Found::Damaged),
                    Err(error) => return damaged_or(error),
                }
            }
            Ok(Found::Nothing)
        })?;
        self.found(blob, found)
    }

    fn of_blob(
        &self,
        blob: BlobId,
        look: impl FnOnce(&Connection, &[BlobRow]) -> Result<Found, LedgerError>,
    ) -> Result<Found, LedgerError> {
        let found = self.media.read(self.folder().key(), |connection| {
            look(connection, &blob_rows(connection, blob)?)
        })?;
        Ok(found.unwrap_or(Found::Nothing))
    }

    fn found(&self, blob: BlobId, found: Found) -> Result<Option<Vec<u8>>, LedgerError> {
        match found {
            Found::Bytes(bytes) => Ok(Some(bytes)),
            Found::Nothing => Ok(None),
            Found::Damaged => {
                tracing::error!(blob.id = %blob, "a part of a photo or file is damaged: it is missing now");
                self.drop_damaged(blob)?;
                Ok(None)
            }
        }
    }

    /// Takes every chunk of a blob out that is not what its list says.
    fn drop_damaged(&self, blob: BlobId) -> Result<(), LedgerError> {
        self.media.write(self.folder().key(), |connection, held| {
            for mut row in blob_rows(connection, blob)? {
                let held_chunks: Vec<u32> = (0..row.chunks.count())
                    .filter(|index| row.held.has(*index))
                    .collect();
                for index in held_chunks {
                    if row.chunk(connection, index)?.is_none() {
                        row.take_chunk_out(connection, index)?;
                        row.state = MediaState::Missing;
                    }
                }
                row.store(connection, held)?;
            }
            Ok(())
        })?;
        self.note_turned(&[(blob, Hash32::ZERO, MediaState::Missing)])
    }
}

enum Found {
    Bytes(Vec<u8>),
    Nothing,
    Damaged,
}

/// A page that fails its check is damage of the chunk on it; another failure is one of the disk.
fn damaged_or(error: rusqlite::Error) -> Result<Found, LedgerError> {
    match LedgerError::from(error) {
        LedgerError::DamagedDatabase(_) => Ok(Found::Damaged),
        error => Err(error),
    }
}
