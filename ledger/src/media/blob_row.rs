//! A blob in the file of bytes: its row, and its chunks.

use cotmoc_core::media::{BlobId, ChunkList};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::MediaState;
use super::bits::Bits;
use super::known::{chunk_list, chunk_list_bytes};
use crate::rows::hash_at;

/// A blob's row.
pub(crate) struct BlobRow {
    pub id: i64,
    pub blob: BlobId,
    pub chunks: ChunkList,
    pub held: Bits,
    pub state: MediaState,
    /// Bytes held, as the row says.
    stored_bytes: u64,
}

impl BlobRow {
    const COLUMNS: &str = "id, code, state, held_bytes, held, chunks";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let chunks = chunk_list(row.get_ref("chunks")?.as_blob()?)?;
        let count = chunks.count();
        Ok(Self {
            id: row.get("id")?,
            blob: BlobId(hash_at(row, "code")?),
            held: Bits::stored(row.get("held")?, count),
            state: MediaState::from_code(row.get("state")?),
            stored_bytes: row.get::<_, i64>("held_bytes")? as u64,
            chunks,
        })
    }

    fn held_bytes(&self) -> u64 {
        let held = (0..self.chunks.count()).filter(|index| self.held.has(*index));
        held.filter_map(|index| self.chunks.chunk_length(index))
            .map(|length| length as u64)
            .sum()
    }

    fn place(&self, index: u32) -> i64 {
        self.id * 256 + i64::from(index)
    }

    /// Stores what is held of it now, and carries on the number of bytes held in all.
    pub fn store(&mut self, connection: &Connection, held: &mut u64) -> rusqlite::Result<()> {
        let bytes = self.held_bytes();
        connection
            .prepare_cached("UPDATE blob SET held = ?2, held_bytes = ?3, state = ?4 WHERE id = ?1")?
            .execute(params![
                self.id,
                self.held.bytes(),
                bytes as i64,
                self.state.code()
            ])?;
        *held = (*held + bytes).saturating_sub(std::mem::replace(&mut self.stored_bytes, bytes));
        Ok(())
    }

    pub fn put_chunk(&mut self, connection: &Connection, index: u32, bytes: &[u8]) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT OR REPLACE INTO chunk (place, bytes) VALUES (?1, ?2)")?
            .execute(params![self.place(index), bytes])?;
        self.held.set(index, true);
        Ok(())
    }

    pub fn take_chunk_out(&mut self, connection: &Connection, index: u32) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM chunk WHERE place = ?1")?
            .execute([self.place(index)])?;
        self.held.set(index, false);
        Ok(())
    }

    pub fn empty(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM chunk WHERE place >= ?1 AND place < ?1 + 256")?
            .execute([self.place(0)])?;
        self.held = Bits::none(self.chunks.count());
        Ok(())
    }

    /// The same blob under a new id, nothing of it held yet. The rows of its chunks stay: to delete what lies on a
    /// damaged page the page would have to be read.
    pub fn left_behind(self, connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached("DELETE FROM blob WHERE id = ?1")?
            .execute([self.id])?;
        let fresh = blob_row_or_new(connection, self.blob, &self.chunks)?;
        Ok(Self {
            stored_bytes: self.stored_bytes,
            ..fresh
        })
    }

    pub fn remove(mut self, connection: &Connection, held: &mut u64) -> rusqlite::Result<()> {
        self.empty(connection)?;
        *held = held.saturating_sub(self.stored_bytes);
        connection
            .prepare_cached("DELETE FROM blob WHERE id = ?1")?
            .execute([self.id])?;
        Ok(())
    }

    /// A chunk as it is stored, if it still is what the list says.
    pub fn chunk(&self, connection: &Connection, index: u32) -> rusqlite::Result<Option<Vec<u8>>> {
        let stored: Option<Vec<u8>> = connection
            .prepare_cached("SELECT bytes FROM chunk WHERE place = ?1")?
            .query_row([self.place(index)], |row| row.get(0))
            .optional()?;
        Ok(stored.filter(|bytes| self.chunks.fits(index, bytes)))
    }
}

/// The rows of a blob, the one that is whole first.
pub(crate) fn blob_rows(connection: &Connection, blob: BlobId) -> rusqlite::Result<Vec<BlobRow>> {
    let sql = format!(
        "SELECT {} FROM blob WHERE code = ?1 ORDER BY state = 1 DESC, id",
        BlobRow::COLUMNS
    );
    connection
        .prepare_cached(&sql)?
        .query_map([&blob.0.0[..]], BlobRow::read)?
        .collect()
}

/// A blob's row under one list, made empty when it is new.
pub(crate) fn blob_row_or_new(
    connection: &Connection,
    blob: BlobId,
    chunks: &ChunkList,
) -> rusqlite::Result<BlobRow> {
    let list = chunks.id();
    let sql = format!(
        "SELECT {} FROM blob WHERE code = ?1 AND list = ?2",
        BlobRow::COLUMNS
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![&blob.0.0[..], &list.0[..]], BlobRow::read)
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let held = Bits::none(chunks.count());
    connection
        .prepare_cached(
            "INSERT INTO blob (code, list, chunks, held, held_bytes, state) VALUES (?1, ?2, ?3, ?4, 0, 0)",
        )?
        .execute(params![
            &blob.0.0[..],
            &list.0[..],
            chunk_list_bytes(chunks),
            held.bytes()
        ])?;
    Ok(BlobRow {
        id: connection.last_insert_rowid(),
        blob,
        chunks: chunks.clone(),
        held,
        state: MediaState::Missing,
        stored_bytes: 0,
    })
}
