//! What is there and what is missing, by name.

use std::collections::BTreeSet;
use std::ops::Range;

use cotmoc_core::id::{AttachmentId, Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, EntryKind, LogId};
use cotmoc_core::media::{Added, BlobId, Lane, Manifest, Rendition};
use rusqlite::{Connection, OptionalExtension, params};

use super::bits::Bits;
use super::blob_row::blob_rows;
use super::known::chunk_list;
use super::{Attachment, HeldRendition, MediaState, MediaStock, MissingBlob};
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{WAITING, hash_at, log_head, uuid_of};
use crate::visible::Visible;

impl Ledger {
    /// The photos and files of a record, without those that were removed, in the order of their ids: the same on
    /// every device that holds the same entries.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn attachments_of(&self, record: RecordId) -> Result<Vec<Attachment>, LedgerError> {
        let found = self.read(|connection| live_of(connection, record))?;
        let mut attachments = Vec::with_capacity(found.len());
        for (added, author, claimed_at) in found {
            let mut renditions = Vec::with_capacity(added.renditions.len());
            for rendition in added.renditions {
                let bits = self.bits(&rendition)?;
                renditions.push(HeldRendition {
                    held: bits.held(),
                    complete: bits.is_all(),
                    rendition,
                });
            }
            attachments.push(Attachment {
                id: added.id,
                name: added.name,
                caption: added.caption,
                media_type: added.media_type,
                place: added.place,
                author,
                claimed_at,
                renditions,
                tail: added.tail,
            });
        }
        Ok(attachments)
    }

    /// Blobs that attachments name and that are not held whole, thumbnails first, then in the order in which they
    /// became known; at most `limit`. With `visible` only those of attachments in these scopes. Costs next to
    /// nothing when nothing is missing.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn missing_media(
        &self,
        visible: Option<&Visible>,
        lane: Option<Lane>,
        limit: u32,
    ) -> Result<Vec<MissingBlob>, LedgerError> {
        let found = self.read(|connection| missing(connection, visible, lane, limit))?;
        let mut missing = Vec::with_capacity(found.len());
        for (rendition, lane, attachment, name, record) in found {
            let chunks = self.bits(&rendition)?.missing();
            let bytes = bytes_of(&rendition, &chunks);
            missing.push(MissingBlob {
                blob: rendition.blob,
                length: rendition.length(),
                lane,
                chunks,
                bytes,
                attachment,
                name,
                record,
            });
        }
        Ok(missing)
    }

    /// Every blob is held whole and verified that an entry of this log up to and with `until` names, unless its
    /// attachment was removed; of one that waits for its record nothing was asked for yet. What a receipt says; the cost
    /// does not grow with the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn media_complete(&self, log: &LogId, until: u64) -> Result<bool, LedgerError> {
        self.read(|connection| {
            let Some(head) = log_head(connection, log)? else {
                return Ok(true);
            };
            let until = i64::try_from(until).unwrap_or(i64::MAX);
            let attachment = EntryKind::Attachment.code();
            let lacking: bool = connection
                .prepare_cached(&format!(
                    "SELECT EXISTS (SELECT 1 FROM attachment WHERE log = ?1 AND seq <= ?2 AND lacking > 0)
                       OR EXISTS (SELECT 1 FROM entry INDEXED BY entry_attachment_waiting
                         WHERE standing = {WAITING} AND kind = {attachment} AND log = ?1 AND seq <= ?2)",
                ))?
                .query_row(params![head.row, until], |row| row.get(0))?;
            Ok(!lacking)
        })
    }

    /// Entries of photos and files of this log up to and with `until` that wait for the change that begins their record,
    /// oldest first, at most `most`; none when bytes of another file of it are lacking too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn only_waiting(&self, log: &LogId, until: u64, most: usize) -> Result<Vec<Hash32>, LedgerError> {
        self.read(|connection| {
            let Some(head) = log_head(connection, log)? else {
                return Ok(Vec::new());
            };
            let until = i64::try_from(until).unwrap_or(i64::MAX);
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let attachment = EntryKind::Attachment.code();
            let mut statement = connection.prepare_cached(&format!(
                "SELECT hash FROM entry INDEXED BY entry_attachment_waiting
                 WHERE standing = {WAITING} AND kind = {attachment} AND log = ?1 AND seq <= ?2
                   AND NOT EXISTS (SELECT 1 FROM attachment WHERE log = ?1 AND seq <= ?2 AND lacking > 0)
                 ORDER BY seq LIMIT ?3",
            ))?;
            let mut rows = statement.query(params![head.row, until, most])?;
            let mut waiting = Vec::new();
            while let Some(row) = rows.next()? {
                waiting.push(hash_at(row, "hash")?);
            }
            Ok(waiting)
        })
    }

    /// How much media this store holds and lacks.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn media_stock(&self) -> Result<MediaStock, LedgerError> {
        let (blobs_missing, lengths): (i64, i64) = self.read(|connection| -> Result<_, LedgerError> {
            Ok(connection
                .prepare_cached("SELECT count(*), coalesce(sum(length), 0) FROM blob WHERE state = 0")?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })?;
        let mut held_of_missing = 0;
        for (blob, held) in self.partly_held()? {
            let needed: Option<i64> = self.read(|connection| -> Result<_, LedgerError> {
                Ok(connection
                    .prepare_cached("SELECT 1 FROM blob WHERE code = ?1 AND state = 0")?
                    .query_row([&blob.0.0[..]], |row| row.get(0))
                    .optional()?)
            })?;
            held_of_missing += needed.map_or(0, |_| held);
        }
        Ok(MediaStock {
            bytes_held: self.media.held_bytes(),
            bytes_missing: (lengths as u64).saturating_sub(held_of_missing),
            blobs_missing: blobs_missing as u64,
        })
    }

    /// Files in full size that attachments name and that are not held whole: how many, and the bytes of all of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn missing_originals(&self) -> Result<(u64, u64), LedgerError> {
        let (count, bytes): (i64, i64) = self.read(|connection| -> Result<_, LedgerError> {
            Ok(connection
                .prepare_cached(
                    "SELECT count(*), coalesce(sum(length), 0) FROM blob WHERE state = 0 AND lane = 1",
                )?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })?;
        Ok((count as u64, bytes as u64))
    }

    /// Blobs of which only some chunks are held, with their bytes.
    fn partly_held(&self) -> Result<Vec<(BlobId, u64)>, LedgerError> {
        let partly = self.media.read(self.folder().key(), |connection| {
            let mut statement =
                connection.prepare_cached("SELECT code, held_bytes FROM blob WHERE state = 0")?;
            let rows = statement.query_map([], |row| {
                Ok((
                    BlobId(hash_at(row, "code")?),
                    row.get::<_, i64>("held_bytes")? as u64,
                ))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        Ok(partly.unwrap_or_default())
    }

    /// Which chunks of a rendition are held.
    fn bits(&self, rendition: &Rendition) -> Result<Bits, LedgerError> {
        let bits = self.media.read(self.folder().key(), |connection| {
            Ok(bits_in(connection, rendition)?)
        })?;
        Ok(bits.unwrap_or_else(|| Bits::none(rendition.chunks.count())))
    }
}

/// Which chunks of a rendition the file of bytes holds.
pub(super) fn bits_in(media: &Connection, rendition: &Rendition) -> rusqlite::Result<Bits> {
    let count = rendition.chunks.count();
    for row in blob_rows(media, rendition.blob)? {
        if row.state == MediaState::Whole {
            return Ok(Bits::all(count));
        }
        if row.chunks == rendition.chunks {
            return Ok(row.held);
        }
    }
    Ok(Bits::none(count))
}

/// Bytes of these chunks of a rendition.
pub(super) fn bytes_of(rendition: &Rendition, chunks: &[Range<u32>]) -> u64 {
    let indexes = chunks.iter().flat_map(Clone::clone);
    indexes
        .filter_map(|index| rendition.chunks.chunk_length(index))
        .map(|length| length as u64)
        .sum()
}

/// The live attachments of a record, with author and claimed time. Of two that claim one id the one is shown whose
/// entry has the smaller hash.
fn live_of(connection: &Connection, record: RecordId) -> Result<Vec<(Added, DeviceKey, i64)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry.payload AS payload, entry.claimed_at AS claimed_at, log.device AS device
         FROM attachment JOIN entry ON entry.position = attachment.entry JOIN log ON log.id = attachment.log
         WHERE attachment.record = (SELECT id FROM record WHERE code = ?1) AND is_live
         ORDER BY attachment.code, entry.hash",
    )?;
    let mut rows = statement.query([record.0.as_bytes().as_slice()])?;
    let mut live = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let Ok(Manifest::Added(added)) =
            Manifest::decode(row.get_ref("payload")?.as_blob().unwrap_or_default())
        else {
            return Err(LedgerError::DamagedRecord(record));
        };
        if seen.insert(added.id) {
            live.push((
                added,
                DeviceKey(hash_at(row, "device")?.0),
                row.get("claimed_at")?,
            ));
        }
    }
    Ok(live)
}

type Missing = (Rendition, Lane, AttachmentId, String, RecordId);

fn missing(
    connection: &Connection,
    visible: Option<&Visible>,
    lane: Option<Lane>,
    limit: u32,
) -> Result<Vec<Missing>, LedgerError> {
    let scopes = match visible {
        Some(visible) => {
            let list: Vec<String> = visible.scopes.iter().map(i64::to_string).collect();
            format!("AND attachment.scope IN ({})", list.join(","))
        }
        None => String::new(),
    };
    let lanes = match lane {
        Some(Lane::Thumbnail) => "AND lane = 0",
        Some(Lane::Original) => "AND lane = 1",
        None => "",
    };
    let mut statement = connection.prepare(&format!(
        "SELECT entry.payload AS payload, record.code AS record, found.code AS code, found.lane AS lane,
                found.chunks AS chunks
         FROM (SELECT id, code, lane, chunks,
                 (SELECT min(rendition.entry) FROM rendition JOIN attachment ON attachment.entry = rendition.entry
                  WHERE rendition.blob = blob.id AND is_live {scopes}) AS named
               FROM blob WHERE state = 0 {lanes}) AS found
         JOIN entry ON entry.position = found.named JOIN record ON record.id = entry.record
         ORDER BY found.lane, found.id LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        let record = RecordId(uuid_of(&row.get::<_, Vec<u8>>("record")?)?);
        let Ok(Manifest::Added(added)) =
            Manifest::decode(row.get_ref("payload")?.as_blob().unwrap_or_default())
        else {
            return Err(LedgerError::DamagedRecord(record));
        };
        let (blob, chunks) = (
            BlobId(hash_at(row, "code")?),
            chunk_list(row.get_ref("chunks")?.as_blob().unwrap_or_default())?,
        );
        let lane = match row.get::<_, i64>("lane")? {
            0 => Lane::Thumbnail,
            _ => Lane::Original,
        };
        let named = added
            .renditions
            .into_iter()
            .find(|rendition| rendition.blob == blob && rendition.chunks == chunks);
        let rendition = named.ok_or(LedgerError::DamagedRecord(record))?;
        missing.push((rendition, lane, added.id, added.name, record));
    }
    Ok(missing)
}
