//! Bytes on their way out: verified whenever they are read. What is damaged is missing from then on, and is never
//! handed on.

use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use rusqlite::Connection;

use super::MediaState;
use super::blob_row::{BlobRow, blob_row_or_new, blob_rows};
use super::taking::whole_bytes;
use crate::error::LedgerError;
use crate::journal::Ledger;

impl Ledger {
    /// A blob, if it is held whole.
    ///
    /// # Errors
    /// When a database cannot be read, or a damaged chunk cannot be dropped.
    pub fn blob(&self, blob: BlobId) -> Result<Option<Vec<u8>>, LedgerError> {
        self.look(blob, |connection, rows| {
            let whole = rows.first().filter(|row| row.state == MediaState::Whole);
            whole.map(|row| whole_bytes(connection, row)).transpose()
        })
    }

    /// A chunk of a blob, if it is held; the others need not be.
    ///
    /// # Errors
    /// As [`Ledger::blob`].
    pub fn chunk(&self, blob: BlobId, index: u32) -> Result<Option<Vec<u8>>, LedgerError> {
        self.look(blob, |connection, rows| {
            let holds = rows.iter().find(|row| row.held.has(index));
            holds.map(|row| row.chunk(connection, index)).transpose()
        })
    }

    /// Looks for bytes of a blob: the query answers nothing when they are not held, and `Some(None)` when what is
    /// held is damaged.
    fn look(
        &self,
        blob: BlobId,
        query: impl FnOnce(&Connection, &[BlobRow]) -> rusqlite::Result<Option<Option<Vec<u8>>>>,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.media.read(self.folder().key(), |connection| {
            Ok(query(connection, &blob_rows(connection, blob)?)?)
        });
        match found {
            Ok(None | Some(None)) => Ok(None),
            Ok(Some(Some(Some(bytes)))) => Ok(Some(bytes)),
            // A page that fails its check is damage of the chunk on it.
            Ok(Some(Some(None))) | Err(LedgerError::DamagedDatabase(_)) => {
                tracing::error!(blob.id = %blob, "a part of a photo or file is damaged: it is missing now");
                self.drop_damaged(blob)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes every chunk of a blob as missing that is not what its list says.
    pub(super) fn drop_damaged(&self, blob: BlobId) -> Result<(), LedgerError> {
        let key = self.folder().key();
        let rows = self
            .media
            .read(key, |connection| Ok(blob_rows(connection, blob)?))?;
        for row in rows.unwrap_or_default() {
            let mut sound = Vec::new();
            let mut wrong = Vec::new();
            let mut is_unreadable = false;
            for index in (0..row.chunks.count()).filter(|index| row.held.has(*index)) {
                match self
                    .media
                    .read(key, |connection| Ok(row.chunk(connection, index)?))
                {
                    Ok(Some(Some(bytes))) => sound.push((index, bytes)),
                    Ok(_) => wrong.push(index),
                    Err(LedgerError::DamagedDatabase(_)) => is_unreadable = true,
                    Err(error) => return Err(error),
                }
            }
            if wrong.is_empty() && !is_unreadable {
                continue;
            }
            self.media.write(key, |connection, held| {
                let mut row = blob_row_or_new(connection, blob, &row.chunks)?;
                if is_unreadable {
                    row = row.left_behind(connection)?;
                    for (index, bytes) in &sound {
                        row.put_chunk(connection, *index, bytes)?;
                    }
                } else {
                    for index in wrong {
                        row.take_chunk_out(connection, index)?;
                    }
                }
                row.state = MediaState::Missing;
                Ok(row.store(connection, held)?)
            })?;
        }
        self.note_turned(&[(blob, Hash32::ZERO, MediaState::Missing)])
    }
}
