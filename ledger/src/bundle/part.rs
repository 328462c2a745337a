//! Reading a part without being able to open it: who it is from and for, and whether it is whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use cotmoc_core::id::Hash32;

use super::error::BundleError;
use super::header::{BundleHeader, Prelude};
use super::trailer::{LARGEST_PART, TRAILER_BYTES, Trailer, part_hasher};
use super::watch::{STEP, Stage, Watch};

/// A part as anybody can see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlePart {
    /// Signed by its sender.
    pub header: BundleHeader,
    /// No part of this bundle has a higher number. Signed too.
    pub is_last: bool,
    /// Bytes of the file.
    pub bytes: u64,
}

/// The header and the trailer of a part, both with a right signature, without reading what is between: a
/// part that was cut off is found, one that was altered in the middle is not. See [`check`].
///
/// # Errors
/// [`BundleError::NotABundle`], [`BundleError::Newer`], [`BundleError::Damaged`], and what reading gives.
pub fn inspect(path: &Path) -> Result<BundlePart, BundleError> {
    Ok(OpenedPart::open(path)?.part())
}

/// Reads a part to its end, in constant memory, and verifies that it is as its sender wrote it. Needs no key.
///
/// # Errors
/// As [`inspect`]; [`BundleError::Stopped`].
pub fn check(path: &Path, watch: &mut Watch<'_>) -> Result<BundlePart, BundleError> {
    let mut opened = OpenedPart::open(path)?;
    let lap = Lap::of_one(Stage::Checking, opened.bytes);
    opened.check_contents(lap, watch, |_| Ok(()))?;
    Ok(opened.part())
}

/// Where the reading of one file stands in the progress of the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lap {
    pub(super) stage: Stage,
    /// Bytes of the files before.
    pub(super) before: u64,
    /// Bytes of all files.
    pub(super) of: u64,
}

impl Lap {
    pub(super) fn of_one(stage: Stage, bytes: u64) -> Self {
        Self {
            stage,
            before: 0,
            of: bytes,
        }
    }
}

/// A part whose signatures are right and whose contents are not read yet.
#[derive(Debug)]
pub(super) struct OpenedPart {
    pub(super) file: File,
    pub(super) prelude: Prelude,
    pub(super) trailer: Trailer,
    /// Of the whole file.
    pub(super) bytes: u64,
}

impl OpenedPart {
    /// Opens a part and verifies both signatures. The file then stands behind the header.
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        Self::read(open_regular(path)?)
    }

    pub(super) fn read(mut file: File) -> Result<Self, BundleError> {
        let bytes = file.metadata()?.len();
        let prelude = Prelude::read(&mut file)?;
        let before = prelude.bytes.len() as u64;
        if bytes < before + TRAILER_BYTES || bytes > LARGEST_PART {
            return Err(BundleError::Damaged("length of the file"));
        }
        let mut end = [0; TRAILER_BYTES as usize];
        file.seek(SeekFrom::Start(bytes - TRAILER_BYTES))?;
        file.read_exact(&mut end)?;
        let trailer = Trailer::read(&end, &prelude.hash, &prelude.header.sender)?;
        file.seek(SeekFrom::Start(before))?;
        Ok(Self {
            file,
            prelude,
            trailer,
            bytes,
        })
    }

    pub(super) fn part(&self) -> BundlePart {
        BundlePart {
            header: self.prelude.header.clone(),
            is_last: self.trailer.is_last,
            bytes: self.bytes,
        }
    }

    /// Bytes of the encrypted stream.
    pub(super) fn stream_bytes(&self) -> u64 {
        self.bytes - self.prelude.bytes.len() as u64 - TRAILER_BYTES
    }

    /// Hashes the whole part, handing every byte of the file on to `each` in order.
    pub(super) fn check_contents(
        &mut self,
        lap: Lap,
        watch: &mut Watch<'_>,
        mut each: impl FnMut(&[u8]) -> Result<(), BundleError>,
    ) -> Result<(), BundleError> {
        self.file.rewind()?;
        let mut hasher = part_hasher();
        let mut buffer = vec![0; STEP];
        let hashed = self.bytes - TRAILER_BYTES;
        let mut at = 0;
        while at < hashed {
            let step = buffer
                .len()
                .min(usize::try_from(hashed - at).unwrap_or(usize::MAX));
            self.file.read_exact(&mut buffer[..step])?;
            hasher.update(&buffer[..step]);
            each(&buffer[..step])?;
            at += step as u64;
            watch.step(lap.stage, lap.before + at, Some(lap.of))?;
        }
        if Hash32(*hasher.finalize().as_bytes()) != self.trailer.hash {
            return Err(BundleError::Damaged("contents"));
        }
        let mut end = [0; TRAILER_BYTES as usize];
        self.file.read_exact(&mut end)?;
        each(&end)?;
        watch.step(lap.stage, lap.before + self.bytes, Some(lap.of))
    }
}

/// Opens a regular file and nothing else: a stick may hold links to elsewhere, and pipes on which reading
/// never ends.
pub(super) fn open_regular(path: &Path) -> Result<File, BundleError> {
    let found = std::fs::symlink_metadata(path).map_err(|error| match error.kind() {
        // A name that no file system takes, such as one with a NUL.
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => BundleError::NotABundle,
        _ => error.into(),
    })?;
    if !found.is_file() {
        return Err(BundleError::NotABundle);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    // It may have become something else since it was looked at.
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(BundleError::NotABundle)
    }
}
