//! Between the journal and the frames of a bundle, the same at a device and at the province: what a recipient is
//! not known to hold goes in, page by page; what comes out goes through every check like from any other route.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Chunk, Holds, Load, MOST_TAKEN, StickFrame, TakenPart, read_taken, write_taken};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{LogId, Place, Receipt};
use cotmoc_core::media::{BlobId, Lane};
use rusqlite::params;

use crate::bundle::{BundleError, BundleWriter};
use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::media::{Chunk as MediaChunk, Taken};
use crate::packing::SetAsideGoes;
use crate::peers::Owed;
use crate::rows::{hash_at, log_head};

/// About how much content one frame carries, bytes.
const FRAME_BYTES: u64 = 1024 * 1024;
/// Receipts in one frame.
const RECEIPTS_EACH: usize = 4_000;

/// What goes into a bundle.
#[derive(Debug)]
pub struct Filling {
    /// The first frame.
    pub holds: Holds,
    /// Logs of which something is owed, each with how far it need not go in.
    pub owed: Vec<Owed>,
    /// Whose word decides about entries that this store has set aside.
    pub set_aside: SetAsideGoes,
    /// Receipts to carry.
    pub receipts: Vec<Receipt>,
    /// Logs whose photos and files go in, after these places.
    pub media_after: Vec<(LogId, u64)>,
    /// Whether the originals do.
    pub originals: bool,
}

/// What went in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Entries.
    pub entries: u64,
    /// Receipts.
    pub receipts: u64,
    /// Pieces of photos and files.
    pub chunks: u64,
    /// Last place of each log that went in.
    pub reached: BTreeMap<LogId, u64>,
}

/// A bundle cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The journal.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The stick.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

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
    /// Writes everything into the bundle: records before receipts, receipts before thumbnails, thumbnails before
    /// originals. The roster goes first: with it a recipient knows a sender that is new.
    ///
    /// # Errors
    /// When the journal cannot be read or the stick not be written; the bundle is gone then.
    pub fn fill_bundle(
        &self,
        writer: &mut BundleWriter<'_>,
        mut filling: Filling,
    ) -> Result<Filled, FillError> {
        let mut filled = Filled::default();
        let (kind, bytes) = filling.holds.to_frame();
        writer.frame(kind, &bytes)?;
        filling
            .owed
            .sort_by_key(|owed| owed.head.log.scope.place != Place::Roster);
        self.fill_entries(writer, &filling, &mut filled)?;
        for receipts in filling.receipts.chunks(RECEIPTS_EACH) {
            let load = Load {
                receipts: receipts.to_vec(),
                ..Load::default()
            };
            put(writer, &load)?;
            filled.receipts += receipts.len() as u64;
        }
        self.fill_media(writer, (&filling, Lane::Thumbnail), &mut filled)?;
        if filling.originals {
            self.fill_media(writer, (&filling, Lane::Original), &mut filled)?;
        }
        Ok(filled)
    }

    fn fill_entries(
        &self,
        writer: &mut BundleWriter<'_>,
        filling: &Filling,
        filled: &mut Filled,
    ) -> Result<(), FillError> {
        let ends = filling
            .owed
            .iter()
            .map(|owed| (owed.head.log, owed.held, owed.head.seq));
        let mut logs: Vec<(LogId, u64, u64)> = ends.collect();
        loop {
            let after: Vec<_> = logs.iter().map(|(log, held, _)| (*log, *held)).collect();
            let rest = self.rest_of(&after, FRAME_BYTES, filling.set_aside)?;
            if rest.reached.is_empty() {
                return Ok(());
            }
            filled.entries += rest.pack.entries() as u64;
            put(
                writer,
                &Load {
                    pack: rest.pack,
                    ..Load::default()
                },
            )?;
            for (log, held, _) in &mut logs {
                if let Some(reached) = rest.reached.get(log) {
                    *held = *reached;
                }
            }
            filled.reached.extend(rest.reached);
            logs.retain(|(_, held, end)| held < end);
            if !rest.more {
                return Ok(());
            }
        }
    }

    fn fill_media(
        &self,
        writer: &mut BundleWriter<'_>,
        (filling, lane): (&Filling, Lane),
        filled: &mut Filled,
    ) -> Result<(), FillError> {
        let mut load = Load::default();
        let mut bytes = 0;
        for (blob, chunks) in self.media_after(&filling.media_after, lane)? {
            for index in 0..chunks {
                let Some(chunk) = self.chunk(blob, index)? else {
                    continue;
                };
                bytes += chunk.len() as u64;
                filled.chunks += 1;
                load.chunks.push(Chunk {
                    blob: blob.0,
                    index,
                    bytes: chunk,
                });
                if bytes >= FRAME_BYTES {
                    put(writer, &std::mem::take(&mut load))?;
                    bytes = 0;
                }
            }
        }
        if !load.is_empty() {
            put(writer, &load)?;
        }
        Ok(())
    }

    /// Files of a lane that live attachments of these logs name after these places, each once, with the number of
    /// their pieces.
    fn media_after(&self, logs: &[(LogId, u64)], lane: Lane) -> Result<Vec<(BlobId, u32)>, LedgerError> {
        let lane = match lane {
            Lane::Thumbnail => 0,
            Lane::Original => 1,
        };
        self.read(|connection| {
            let mut found: Vec<(BlobId, u32)> = Vec::new();
            let mut seen = BTreeSet::new();
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT blob.id AS id, blob.code AS code, blob.length AS length
                 FROM attachment JOIN rendition ON rendition.entry = attachment.entry
                   JOIN blob ON blob.id = rendition.blob
                 WHERE attachment.log = ?1 AND attachment.seq > ?2 AND attachment.is_live AND blob.lane = ?3
                   AND blob.state <> 2
                 ORDER BY blob.id",
            )?;
            for (log, after) in logs {
                let Some(head) = log_head(connection, log)? else {
                    continue;
                };
                let mut rows =
                    statement.query(params![head.row, i64::try_from(*after).unwrap_or(i64::MAX), lane])?;
                while let Some(row) = rows.next()? {
                    let code: Hash32 = hash_at(row, "code")?;
                    let length: i64 = row.get("length")?;
                    let chunks = (length as u64).div_ceil(cotmoc_core::media::CHUNK as u64);
                    if seen.insert(code) {
                        found.push((BlobId(code), u32::try_from(chunks).unwrap_or(0)));
                    }
                }
            }
            Ok(found)
        })
    }

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
}

fn put(writer: &mut BundleWriter<'_>, load: &Load) -> Result<(), BundleError> {
    let (kind, bytes) = StickFrame::of_load(load);
    writer.frame(kind, &bytes)
}

const TAKEN: &str = "stick.taken";

impl Ledger {
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
