//! Writing a bundle: frames in, files out that were read back before anybody says that they are there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use age::Encryptor;
use age::stream::StreamWriter;
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{DeviceKey, Incarnation, SigningKey};
use cotmoc_core::org::Day;
use uuid::Builder;

use super::error::BundleError;
use super::frame::{END_BYTES, OPENING_BYTES, bytes_of, lead_of, write_end};
use super::header::{BundleHeader, BundleId, Extension, MAX_RECIPIENTS, Prelude};
use super::landing::{Landed, Landing, Sink, forget_cached, sync_directory};
use super::name::{BundleName, is_partial_name};
use super::part::{Lap, OpenedPart, open_regular};
use super::recipient::recipient_of;
use super::trailer::{LARGEST_PART, TRAILER_BYTES, Trailer, part_hasher};
use super::watch::{STEP, Stage, Watch};

/// What is to be known before the first frame.
#[derive(Debug)]
pub struct NewBundle<'a> {
    /// Whose records it carries.
    pub province: ProvinceId,
    /// The province in a few ASCII letters, for the files' names.
    pub province_short: &'a str,
    /// Signs it.
    pub sender: &'a SigningKey,
    /// In which life of its store.
    pub incarnation: Incarnation,
    /// The sender's clock, milliseconds since 1970 UTC.
    pub claimed_at: i64,
    /// The same as a day, for the files' names.
    pub day: Day,
    /// Devices and authorities that can open it, 1 to [`MAX_RECIPIENTS`]; one named twice counts once.
    pub recipients: &'a [DeviceKey],
    /// More fields of the header, in the clear.
    pub extensions: Vec<Extension>,
    /// Largest part, bytes; never above [`LARGEST_PART`]. A frame that alone makes a larger one gets a part
    /// of its own all the same.
    pub max_part_bytes: u64,
}

/// A bundle that is on the disk, synced, read back and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bundle.
    pub id: BundleId,
    /// Its parts in order.
    pub files: Vec<PathBuf>,
    /// Of all files.
    pub bytes: u64,
    /// In all parts.
    pub frames: u64,
}

/// Writes a bundle into a directory. Dropped before [`BundleWriter::finish`], or after an error, it leaves
/// nothing behind.
pub struct BundleWriter<'a> {
    directory: PathBuf,
    name: BundleName,
    sender: &'a SigningKey,
    header: BundleHeader,
    recipients: Vec<age::x25519::Recipient>,
    max_part_bytes: u64,
    watch: Watch<'a>,
    /// `None` after an error.
    open: Option<OpenPart>,
    closed: Vec<ClosedPart>,
    frames: u64,
    /// Frames' bytes so far, for the progress.
    given: u64,
}

struct OpenPart {
    stream: StreamWriter<HashingSink>,
    landing: Landing,
    prelude: Prelude,
    /// Bytes of the part before the encrypted chunks.
    overhead: u64,
    /// Bytes inside the encrypted stream so far.
    plain: u64,
    frames: u64,
}

struct ClosedPart {
    landing: Landing,
    trailer: Trailer,
    bytes: u64,
}

impl<'a> BundleWriter<'a> {
    /// Begins: removes what an earlier writing of the same sender left unfinished in the directory, and makes
    /// the first file.
    ///
    /// # Errors
    /// [`BundleError::RecipientCount`], [`BundleError::BadRecipient`], [`BundleError::HeaderTooLong`], and
    /// what the file system says.
    pub fn start(directory: &Path, new: NewBundle<'a>, watch: Watch<'a>) -> Result<Self, BundleError> {
        let mut recipients = Vec::new();
        for key in new.recipients {
            if !recipients.contains(key) {
                recipients.push(*key);
            }
        }
        if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
            return Err(BundleError::RecipientCount(recipients.len()));
        }
        let sealed_for = recipients.iter().map(recipient_of).collect::<Result<_, _>>()?;
        let id = random_id()?;
        remove_unfinished(directory, &new.sender.device());
        let mut writer = Self {
            directory: directory.to_owned(),
            name: BundleName::new(new.province_short, new.day, id),
            sender: new.sender,
            header: BundleHeader {
                id,
                province: new.province,
                sender: new.sender.device(),
                incarnation: new.incarnation,
                claimed_at: new.claimed_at,
                number: 0,
                recipients,
                extensions: new.extensions,
            },
            recipients: sealed_for,
            max_part_bytes: new.max_part_bytes.min(LARGEST_PART),
            watch,
            open: None,
            closed: Vec::new(),
            frames: 0,
            given: 0,
        };
        writer.begin_part()?;
        Ok(writer)
    }

    /// The bundle that is being written.
    pub fn id(&self) -> BundleId {
        self.header.id
    }

    /// Adds a frame, in a new part when it does not fit in this one.
    ///
    /// # Errors
    /// [`BundleError::BadFrame`], after which the writing goes on; any other error ends it, what was written
    /// is gone, and every further call answers [`BundleError::Stopped`].
    pub fn frame(&mut self, kind: u8, bytes: &[u8]) -> Result<(), BundleError> {
        let lead = lead_of(kind, bytes.len())?;
        let added = self.add(&lead, bytes);
        if added.is_err() {
            self.open = None;
            self.closed.clear();
        }
        added
    }

    fn add(&mut self, lead: &[u8], bytes: &[u8]) -> Result<(), BundleError> {
        let open = self.open.as_ref().ok_or(BundleError::Stopped)?;
        let longer = open.bytes_with(bytes_of(bytes.len()));
        if longer > self.max_part_bytes && open.frames > 0 {
            self.close_part(false)?;
            self.begin_part()?;
        }
        let open = self.open.as_mut().ok_or(BundleError::Stopped)?;
        open.stream.write_all(lead)?;
        for piece in bytes.chunks(STEP) {
            open.stream.write_all(piece)?;
            self.given += piece.len() as u64;
            self.watch.step(Stage::Writing, self.given, None)?;
        }
        // An empty frame is a step too.
        self.watch.step(Stage::Writing, self.given, None)?;
        open.plain += bytes_of(bytes.len());
        open.frames += 1;
        self.frames += 1;
        Ok(())
    }

    /// Ends the bundle: every file is synced and named, the directory is synced, and then every file is read
    /// back and verified. Only what this returns is safe to carry away.
    ///
    /// # Errors
    /// [`BundleError::NotKept`] when the disk does not give back what was written; what the file system
    /// says. The files are gone then.
    pub fn finish(mut self) -> Result<Written, BundleError> {
        self.close_part(true)?;
        let total = self.closed.len();
        let mut landed = Vec::with_capacity(total);
        for (index, part) in std::mem::take(&mut self.closed).into_iter().enumerate() {
            let file = part.landing.land(&self.name.of_part(index + 1, total))?;
            landed.push((file, part.trailer, part.bytes));
        }
        sync_directory(&self.directory)?;
        // All are written before the first is read: a stick that claims more room than it has overwrites the
        // first with the last.
        let of = landed.iter().map(|(_, _, bytes)| bytes).sum();
        let mut before = 0;
        for (file, trailer, bytes) in &landed {
            verify_kept(
                file,
                trailer,
                Lap {
                    stage: Stage::Verifying,
                    before,
                    of,
                },
                &mut self.watch,
            )?;
            before += bytes;
        }
        Ok(Written {
            id: self.header.id,
            bytes: of,
            frames: self.frames,
            files: landed.into_iter().map(|(file, _, _)| file.keep()).collect(),
        })
    }

    fn begin_part(&mut self) -> Result<(), BundleError> {
        self.header.number += 1;
        let prelude = Prelude::sign(self.header.clone(), self.sender)?;
        let (landing, sink) = Landing::create(&self.directory, &self.name.of_partial(self.header.number))?;
        let written = Arc::new(AtomicU64::new(0));
        let mut sink = HashingSink {
            sink,
            hasher: part_hasher(),
            written: Arc::clone(&written),
        };
        sink.write_all(&prelude.bytes)?;
        let recipients = self
            .recipients
            .iter()
            .map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut stream = encryptor.wrap_output(sink)?;
        // Asked here because it is not known beforehand: age's header holds an entry of chance length.
        let overhead = written.load(Ordering::Relaxed);
        stream.write_all(&prelude.hash.0)?;
        self.open = Some(OpenPart {
            stream,
            landing,
            prelude,
            overhead,
            plain: OPENING_BYTES,
            frames: 0,
        });
        Ok(())
    }

    fn close_part(&mut self, is_last: bool) -> Result<(), BundleError> {
        let mut open = self.open.take().ok_or(BundleError::Stopped)?;
        write_end(&mut open.stream, open.frames)?;
        let HashingSink { mut sink, hasher, .. } = open.stream.finish()?;
        let hash = Hash32(*hasher.finalize().as_bytes());
        let trailer = Trailer { is_last, hash };
        sink.write_all(&trailer.sign(&open.prelude.hash, self.sender))?;
        let bytes = sink.finish()?;
        self.closed.push(ClosedPart {
            landing: open.landing,
            trailer,
            bytes,
        });
        Ok(())
    }
}

impl OpenPart {
    /// Bytes of the file if it were closed after this many more bytes inside the encrypted stream.
    fn bytes_with(&self, more: u64) -> u64 {
        let plain = self.plain + more + END_BYTES;
        self.overhead + plain + plain.div_ceil(AGE_CHUNK) * AGE_TAG + TRAILER_BYTES
    }
}

const AGE_CHUNK: u64 = 64 * 1024;
const AGE_TAG: u64 = 16;

/// Hashes what goes into a file.
struct HashingSink {
    sink: Sink,
    hasher: blake3::Hasher,
    written: Arc<AtomicU64>,
}

impl Write for HashingSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.sink.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        self.written.fetch_add(taken as u64, Ordering::Relaxed);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Reads a file back from the disk and compares it with what was written.
///
/// # Errors
/// [`BundleError::NotKept`], [`BundleError::Stopped`], and what reading gives.
pub(super) fn verify_kept(
    file: &Landed,
    trailer: &Trailer,
    lap: Lap,
    watch: &mut Watch<'_>,
) -> Result<(), BundleError> {
    let mut read_back = || {
        let file = open_regular(file.path())?;
        forget_cached(&file);
        let mut opened = OpenedPart::read(file)?;
        if opened.trailer != *trailer {
            return Err(BundleError::NotKept);
        }
        opened.check_contents(lap, watch, |_| Ok(()))
    };
    read_back().map_err(|error| match error {
        BundleError::Damaged(_) | BundleError::NotABundle | BundleError::Newer(_) => BundleError::NotKept,
        other => other,
    })
}

/// Removes the unfinished parts that this sender left, in a cut of power or by a stick that was pulled.
/// Those of others stay: they may be writing. A device writes one bundle at a time into a directory.
fn remove_unfinished(directory: &Path, sender: &DeviceKey) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if !entry.file_name().to_str().is_some_and(is_partial_name) {
            continue;
        }
        let path = entry.path();
        let is_ours = open_regular(&path)
            .and_then(|mut file| Prelude::read(&mut file))
            .is_ok_and(|prelude| prelude.header.sender == *sender);
        if is_ours && let Err(error) = fs::remove_file(&path) {
            tracing::warn!(error.message = %error, "an unfinished bundle file stays");
        }
    }
}

fn random_id() -> Result<BundleId, BundleError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| BundleError::Io(io::Error::other(error.to_string())))?;
    Ok(BundleId(Builder::from_random_bytes(bytes).into_uuid()))
}
