//! Bytes on their way in: whole, as a device makes them, and chunk by chunk, as they come by any route.

use std::collections::BTreeMap;

use cotmoc_core::access::Refusal;
use cotmoc_core::id::Hash32;
use cotmoc_core::media::{BlobId, CHUNK, ChunkList};
use rusqlite::{Connection, OptionalExtension};

use super::bits::Bits;
use super::blob_row::{BlobRow, blob_row_or_new, blob_rows};
use super::known::{chunk_list, note_state};
use super::{Chunk, MediaState, Taken};
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::hash_at;

/// A blob that came to stand otherwise.
type Turned = (BlobId, Hash32, MediaState);

/// How the attachments describe a blob: its list, its name, and how it stands.
struct Wanted {
    chunks: ChunkList,
    list: Hash32,
    state: MediaState,
}

impl Ledger {
    /// Stores the bytes of a file of this device. When this returns they are durable, and an entry may name them
    /// ([`crate::Write::Attach`]); bytes that none has named by the next opening are dropped then. Bytes that are
    /// held already are not stored again.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] when they are none or more than [`cotmoc_core::media::MAX_BLOB`],
    /// [`LedgerError::MediaFull`] beyond the quota, or when the disk refuses; nothing is stored then.
    pub fn store_blob(&self, bytes: &[u8]) -> Result<BlobId, LedgerError> {
        let chunks = ChunkList::of(bytes).ok_or(LedgerError::Refused(Refusal::TooLarge))?;
        let blob = BlobId::of(bytes);
        self.media.write(self.folder().key(), |connection, held| {
            let row = blob_row_or_new(connection, blob, &chunks)?;
            if blob_rows(connection, blob)?
                .first()
                .is_some_and(|first| first.state == MediaState::Whole)
            {
                return Ok(());
            }
            store_whole(self, connection, held, row, bytes)
        })?;
        self.note_turned(&[(blob, chunks.id(), MediaState::Whole)])?;
        Ok(blob)
    }

    /// [`Ledger::take_chunks`] of one chunk.
    ///
    /// # Errors
    /// As [`Ledger::take_chunks`].
    pub fn take_chunk(&self, blob: BlobId, index: u32, bytes: &[u8]) -> Result<Taken, LedgerError> {
        let taken = self.take_chunks(&[Chunk { blob, index, bytes }])?;
        Ok(taken.first().copied().unwrap_or(Taken::NotWanted))
    }

    /// Takes chunks in, in one transaction, and says what became of each; what is stored is durable when this
    /// returns. A chunk is verified by the manifest before it is stored; with the last one the whole blob is hashed,
    /// and when it is not what the manifest names, all of it is dropped and the manifest is noted as wrong.
    ///
    /// # Errors
    /// [`LedgerError::MediaFull`] beyond the quota, or when a database refuses; nothing is stored then.
    pub fn take_chunks(&self, chunks: &[Chunk<'_>]) -> Result<Vec<Taken>, LedgerError> {
        let mut wanted: BTreeMap<BlobId, Vec<Wanted>> = BTreeMap::new();
        self.read(|connection| -> Result<_, LedgerError> {
            for chunk in chunks {
                if let std::collections::btree_map::Entry::Vacant(vacant) = wanted.entry(chunk.blob) {
                    vacant.insert(lists_of(connection, chunk.blob)?);
                }
            }
            Ok(())
        })?;
        // Without a list there is nothing to do, and no file is made for it.
        if wanted.values().all(Vec::is_empty) {
            return Ok(vec![Taken::NotWanted; chunks.len()]);
        }
        let take_all = || {
            let mut turned = Vec::new();
            let taken = self.media.write(self.folder().key(), |connection, held| {
                let mut taken = Vec::with_capacity(chunks.len());
                for chunk in chunks {
                    let lists = wanted.get(&chunk.blob).map_or(&[][..], Vec::as_slice);
                    taken.push(take(self, connection, held, chunk, lists, &mut turned)?);
                }
                Ok(taken)
            })?;
            Ok((taken, turned))
        };
        let (taken, turned) = match take_all() {
            // What came before was damaged here: it is noted as missing, and the rest is taken without it.
            Err(LedgerError::DamagedDatabase(_)) => {
                wanted.keys().try_for_each(|blob| self.drop_damaged(*blob))?;
                take_all()?
            }
            taken => taken?,
        };
        self.note_turned(&turned)?;
        Ok(taken)
    }

    /// Sets another quota for the media of this store, bytes; [`super::MEDIA_QUOTA`] unless it is set.
    pub fn set_media_quota(&self, bytes: u64) {
        self.media.set_quota(bytes);
    }

    /// Brings the tables beside the journal in step with the file of bytes.
    pub(crate) fn note_turned(&self, turned: &[Turned]) -> Result<(), LedgerError> {
        if turned.is_empty() {
            return Ok(());
        }
        // Under the writer's lock: an attachment that is noted at this moment is seen, or sees the bytes.
        let mut writer = self.writer();
        let mut known = false;
        for (blob, ..) in turned {
            known |= writer
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM blob WHERE code = ?1)")?
                .query_row([&blob.0.0[..]], |row| row.get::<_, bool>(0))?;
        }
        if !known {
            return Ok(());
        }
        let transaction = writer.transaction()?;
        for (blob, list, state) in turned {
            note_state(&transaction, *blob, list, *state)?;
        }
        Ok(transaction.commit()?)
    }
}

fn lists_of(connection: &Connection, blob: BlobId) -> rusqlite::Result<Vec<Wanted>> {
    connection
        .prepare_cached("SELECT chunks, list, state FROM blob WHERE code = ?1 ORDER BY id")?
        .query_map([&blob.0.0[..]], |row| {
            Ok(Wanted {
                chunks: chunk_list(row.get_ref("chunks")?.as_blob()?)?,
                list: hash_at(row, "list")?,
                state: MediaState::from_code(row.get("state")?),
            })
        })?
        .collect()
}

fn take(
    ledger: &Ledger,
    connection: &Connection,
    held: &mut u64,
    chunk: &Chunk<'_>,
    lists: &[Wanted],
    turned: &mut Vec<Turned>,
) -> Result<Taken, LedgerError> {
    if lists.is_empty() {
        return Ok(Taken::NotWanted);
    }
    if is_whole(connection, chunk.blob)? {
        return Ok(Taken::Known);
    }
    if lists.iter().all(|wanted| wanted.state == MediaState::NotNeeded) {
        return Ok(Taken::NotWanted);
    }
    let fits =
        |wanted: &&Wanted| wanted.state != MediaState::Wrong && wanted.chunks.fits(chunk.index, chunk.bytes);
    let mut known = false;
    for wanted in lists.iter().filter(fits) {
        let mut row = blob_row_or_new(connection, chunk.blob, &wanted.chunks)?;
        if row.held.has(chunk.index) {
            known = true;
            continue;
        }
        // Proven wrong by an earlier chunk of this very list of chunks.
        if row.state == MediaState::Wrong {
            continue;
        }
        ledger.media.check_quota(*held, chunk.bytes.len() as u64)?;
        row.put_chunk(connection, chunk.index, chunk.bytes)?;
        if !row.held.is_all() {
            row.store(connection, held)?;
            return Ok(Taken::Stored);
        }
        let state = prove(connection, held, row)?;
        match state {
            MediaState::Whole => {
                turned.push((chunk.blob, wanted.list, state));
                return Ok(Taken::Completed);
            }
            MediaState::Wrong => {
                turned.push((chunk.blob, wanted.list, state));
                tracing::warn!(blob.id = %chunk.blob, "a manifest names other bytes than its chunk list");
            }
            // Another chunk of it was damaged here and is missing again.
            _ => return Ok(Taken::Stored),
        }
    }
    Ok(if known { Taken::Known } else { Taken::Wrong })
}

fn is_whole(connection: &Connection, blob: BlobId) -> rusqlite::Result<bool> {
    let whole = connection
        .prepare_cached("SELECT 1 FROM blob WHERE code = ?1 AND state = 1")?
        .query_row([&blob.0.0[..]], |_| Ok(()))
        .optional()?;
    Ok(whole.is_some())
}

/// Hashes a blob of which every chunk is here, and says how it stands. What is not the blob is dropped, and when it
/// is, what came of it under other lists.
fn prove(connection: &Connection, held: &mut u64, mut row: BlobRow) -> Result<MediaState, LedgerError> {
    let mut bytes = Vec::with_capacity(row.chunks.length() as usize);
    for index in 0..row.chunks.count() {
        match row.chunk(connection, index)? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => row.take_chunk_out(connection, index)?,
        }
    }
    if row.held.is_all() {
        row.state = match BlobId::of(&bytes) == row.blob {
            true => MediaState::Whole,
            false => MediaState::Wrong,
        };
    }
    match row.state {
        MediaState::Whole => {
            for other in blob_rows(connection, row.blob)? {
                if other.id != row.id {
                    other.remove(connection, held)?;
                }
            }
        }
        MediaState::Wrong => row.empty(connection)?,
        _ => {}
    }
    row.store(connection, held)?;
    Ok(row.state)
}

/// The bytes of a blob, if every chunk is here and they are those of its name.
pub(super) fn whole_bytes(connection: &Connection, row: &BlobRow) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(row.chunks.length() as usize);
    for index in 0..row.chunks.count() {
        match row.chunk(connection, index)? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => return Ok(None),
        }
    }
    Ok((BlobId::of(&bytes) == row.blob).then_some(bytes))
}

fn store_whole(
    ledger: &Ledger,
    connection: &Connection,
    held: &mut u64,
    mut row: BlobRow,
    bytes: &[u8],
) -> Result<(), LedgerError> {
    for other in blob_rows(connection, row.blob)? {
        if other.id != row.id {
            other.remove(connection, held)?;
        }
    }
    row.empty(connection)?;
    row.store(connection, held)?;
    ledger.media.check_quota(*held, bytes.len() as u64)?;
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        row.put_chunk(connection, index as u32, chunk)?;
    }
    row.held = Bits::all(row.chunks.count());
    row.state = MediaState::Whole;
    Ok(row.store(connection, held)?)
}
