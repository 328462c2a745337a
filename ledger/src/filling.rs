//! What a recipient is not known to hold goes into a bundle: gathered and written as the machine of the exchange
//! says, the same at a device and at the province.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cotmoc_core::exchange::{Chunk, Ending, Event, Holds, Lane, Load, RunOfExchange, Step, StickFrame};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{LogId, Place, Receipt};
use cotmoc_core::media::{self, BlobId};
use rusqlite::params;

use crate::bundle::{BundleError, BundleWriter};
use crate::error::LedgerError;
use crate::journal::Ledger;
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

impl Ledger {
    /// Writes everything into the bundle, lane by lane as any exchange goes; receipts end the lane of records, so
    /// that the entries they speak of are read before them. The roster goes first: with it a recipient knows a
    /// sender that is new.
    ///
    /// # Errors
    /// When the journal cannot be read or the stick not be written; the bundle is gone then.
    pub fn fill_bundle(&self, writer: &mut BundleWriter<'_>, filling: Filling) -> Result<Filled, FillError> {
        let (kind, bytes) = filling.holds.to_frame();
        writer.frame(kind, &bytes)?;
        let mut machine = RunOfExchange::one_way(FRAME_BYTES);
        let mut gathering = Gathering::new(self, filling);
        let mut step = machine.begin(false);
        loop {
            let event = match step {
                Step::Gather { lane, bytes } => gathering.gather(lane, bytes)?,
                Step::Put => {
                    let (kind, bytes) = StickFrame::of_load(&std::mem::take(&mut gathering.load));
                    writer.frame(kind, &bytes)?;
                    Event::Put
                }
                Step::Done(Ending::Written) => return Ok(gathering.filled),
                // A one-way run has no other steps. A bundle that something is missing from must not be finished.
                Step::Done(_) | Step::Ask(_) | Step::Resume | Step::Wait { .. } => {
                    return Err(BundleError::Stopped.into());
                }
            };
            // Nothing is tried again on a stick, so nothing is drawn by lot.
            step = machine.on(event, 0);
        }
    }

    /// Files of a lane that live attachments of these logs name after these places, each once, with the number of
    /// their pieces.
    fn media_after(
        &self,
        logs: &[(LogId, u64)],
        lane: media::Lane,
    ) -> Result<Vec<(BlobId, u32)>, LedgerError> {
        let lane = match lane {
            media::Lane::Thumbnail => 0,
            media::Lane::Original => 1,
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
                    let chunks = (length as u64).div_ceil(media::CHUNK as u64);
                    if seen.insert(code) {
                        found.push((BlobId(code), u32::try_from(chunks).unwrap_or(0)));
                    }
                }
            }
            Ok(found)
        })
    }
}

/// What is still to go in.
struct Gathering<'a> {
    ledger: &'a Ledger,
    set_aside: SetAsideGoes,
    /// Logs with how far they went in and where they end.
    logs: Vec<(LogId, u64, u64)>,
    receipts: VecDeque<Receipt>,
    media_after: Vec<(LogId, u64)>,
    originals: bool,
    /// Files of the lane that is underway.
    files: Option<Files>,
    /// What goes in next.
    load: Load,
    filled: Filled,
}

/// Files that are to go in, the first one from a piece on.
struct Files {
    lane: media::Lane,
    left: VecDeque<(BlobId, u32)>,
    piece: u32,
}

impl<'a> Gathering<'a> {
    fn new(ledger: &'a Ledger, mut filling: Filling) -> Self {
        filling
            .owed
            .sort_by_key(|owed| owed.head.log.scope.place != Place::Roster);
        let ends = filling.owed.iter();
        Self {
            ledger,
            set_aside: filling.set_aside,
            logs: ends
                .map(|owed| (owed.head.log, owed.held, owed.head.seq))
                .collect(),
            receipts: filling.receipts.into(),
            media_after: filling.media_after,
            originals: filling.originals,
            files: None,
            load: Load::default(),
            filled: Filled::default(),
        }
    }

    fn gather(&mut self, lane: Lane, bytes: u64) -> Result<Event, LedgerError> {
        match lane {
            Lane::Records => self.gather_records(bytes),
            Lane::Thumbnails => self.gather_files(media::Lane::Thumbnail, bytes),
            Lane::Originals if self.originals => self.gather_files(media::Lane::Original, bytes),
            Lane::Originals => Ok(Event::Gathered {
                nothing: true,
                more: false,
            }),
        }
    }

    fn gather_records(&mut self, bytes: u64) -> Result<Event, LedgerError> {
        let after: Vec<_> = self.logs.iter().map(|(log, held, _)| (*log, *held)).collect();
        let rest = self.ledger.rest_of(&after, bytes, self.set_aside)?;
        if rest.reached.is_empty() {
            self.logs.clear();
            return Ok(self.gather_receipts());
        }
        for (log, held, _) in &mut self.logs {
            if let Some(reached) = rest.reached.get(log) {
                *held = *reached;
            }
        }
        self.logs.retain(|(_, held, end)| rest.more && held < end);
        self.filled.entries += rest.pack.entries() as u64;
        self.filled.reached.extend(rest.reached);
        self.load.pack = rest.pack;
        Ok(Event::Gathered {
            nothing: false,
            more: !self.logs.is_empty() || !self.receipts.is_empty(),
        })
    }

    fn gather_receipts(&mut self) -> Event {
        let count = self.receipts.len().min(RECEIPTS_EACH);
        self.load.receipts = self.receipts.drain(..count).collect();
        self.filled.receipts += count as u64;
        Event::Gathered {
            nothing: count == 0,
            more: !self.receipts.is_empty(),
        }
    }

    fn gather_files(&mut self, lane: media::Lane, bytes: u64) -> Result<Event, LedgerError> {
        let mut files = match self.files.take() {
            Some(files) if files.lane == lane => files,
            _ => Files {
                lane,
                left: self.ledger.media_after(&self.media_after, lane)?.into(),
                piece: 0,
            },
        };
        let mut weight = 0;
        while weight < bytes
            && let Some((blob, pieces)) = files.left.front().copied()
        {
            if files.piece >= pieces {
                files.left.pop_front();
                files.piece = 0;
                continue;
            }
            let index = files.piece;
            files.piece += 1;
            // What is not here yet of a file, another part of its way brings.
            if let Some(chunk) = self.ledger.chunk(blob, index)? {
                weight += chunk.len() as u64;
                self.filled.chunks += 1;
                self.load.chunks.push(Chunk {
                    blob: blob.0,
                    index,
                    bytes: chunk,
                });
            }
        }
        let more = !files.left.is_empty();
        self.files = Some(files);
        Ok(Event::Gathered {
            nothing: self.load.chunks.is_empty(),
            more,
        })
    }
}
