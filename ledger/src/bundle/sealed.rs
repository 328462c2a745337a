//! Reading the frames of a part, in constant memory, with the key of one of its recipients.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Take};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamReader;
use age::{DecryptError, Decryptor};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::SigningKey;

use super::error::BundleError;
use super::frame::{Frame, read_frame, read_opening};
use super::part::{BundlePart, OpenedPart};
use super::recipient::identity_of;
use super::trailer::part_hasher;

/// Opens a part for the holder of `key`. Verifies both signatures, so that a part that was cut off is
/// refused before its first frame; one that was altered in the middle is refused at that place, after the
/// frames before it. To have none of it then, [`check`](super::check) first.
///
/// # Errors
/// [`BundleError::NotABundle`], [`BundleError::Newer`], [`BundleError::Damaged`],
/// [`BundleError::NotForUs`], and what reading gives.
pub fn open(path: &Path, key: &SigningKey) -> Result<Frames, BundleError> {
    let opened = OpenedPart::open(path)?;
    let part = opened.part();
    if !part.header.recipients.contains(&key.device()) {
        return Err(BundleError::NotForUs(part.header.recipients));
    }
    let mut hasher = part_hasher();
    hasher.update(&opened.prelude.bytes);
    let stream_bytes = opened.stream_bytes();
    let tally = Arc::new(Mutex::new(Tally {
        hasher,
        left: stream_bytes,
        refuse_below: stream_bytes.saturating_sub(longest_age_header(part.header.recipients.len())),
    }));
    let source = Source {
        file: BufReader::with_capacity(SOURCE_BUFFER, opened.file.take(stream_bytes)),
        tally: Arc::clone(&tally),
    };
    let decryptor = Decryptor::new_buffered(source).map_err(why)?;
    lock(&tally).refuse_below = 0;
    let identity = identity_of(key)?;
    let identity: &dyn age::Identity = &identity;
    let mut stream = decryptor.decrypt(std::iter::once(identity)).map_err(why)?;
    read_opening(&mut stream, &opened.prelude.hash)?;
    Ok(Frames {
        part,
        stream,
        tally,
        hash: opened.trailer.hash,
        frames: 0,
        is_over: false,
    })
}

/// The frames of a part in the order in which they were written. After an error and after the end there is
/// nothing more; that there was an end and no error means that the whole part was as its sender wrote it.
pub struct Frames {
    part: BundlePart,
    stream: StreamReader<Source>,
    tally: Arc<Mutex<Tally>>,
    hash: Hash32,
    frames: u64,
    is_over: bool,
}

impl Frames {
    /// The part that they are from.
    pub fn part(&self) -> &BundlePart {
        &self.part
    }

    /// Bytes of the file that were read so far, of [`BundlePart::bytes`].
    pub fn bytes_read(&self) -> u64 {
        let left = lock(&self.tally).left;
        self.part.bytes - if self.is_over { 0 } else { left }
    }

    fn read(&mut self) -> Result<Option<Frame>, BundleError> {
        let frame = read_frame(&mut self.stream, self.frames)?;
        if frame.is_some() {
            self.frames += 1;
        } else if Hash32(*lock(&self.tally).hasher.finalize().as_bytes()) != self.hash {
            return Err(BundleError::Damaged("contents"));
        }
        Ok(frame)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let frame = self.read().transpose();
        self.is_over = !matches!(frame, Some(Ok(_)));
        frame
    }
}

impl std::iter::FusedIterator for Frames {}

const SOURCE_BUFFER: usize = 64 * 1024;

/// What age writes before the stream: 98 bytes for each recipient, one entry of chance contents, first and
/// last line. Its parser would keep reading for as long as a header goes on.
fn longest_age_header(recipients: usize) -> u64 {
    1024 + 98 * recipients as u64
}

/// The encrypted stream, hashed as it is read.
struct Source {
    file: BufReader<Take<File>>,
    tally: Arc<Mutex<Tally>>,
}

struct Tally {
    hasher: blake3::Hasher,
    /// Bytes of the stream not read yet.
    left: u64,
    /// No reading on when fewer are left.
    refuse_below: u64,
}

impl Tally {
    fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
    }
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        lock(&self.tally).add(&buffer[..read]);
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let tally = lock(&self.tally);
        if tally.left < tally.refuse_below {
            return Err(io::Error::new(ErrorKind::InvalidData, "age header too long"));
        }
        drop(tally);
        self.file.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let taken = &self.file.buffer()[..amount];
        lock(&self.tally).add(taken);
        self.file.consume(amount);
    }
}

fn why(error: DecryptError) -> BundleError {
    match error {
        DecryptError::Io(error) => error.into(),
        // The header names this recipient and the stream does not, or it is no age stream at all.
        _ => BundleError::Damaged("encrypted stream"),
    }
}
