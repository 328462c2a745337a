//! A file that takes its name only when it is whole and on the disk, and is gone when that does not happen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::error::BundleError;

/// Bytes that may wait in the system's memory. Sticks are slow: without this the progress would be at its
/// end minutes before the stick is, and a stop would have to wait for it.
const UNSYNCED: u64 = 8 * 1024 * 1024;

/// The name of a file that nobody takes for a complete one. Dropped before [`Landing::land`], the file is
/// removed.
#[derive(Debug)]
pub(super) struct Landing {
    partial: PathBuf,
}

impl Landing {
    /// Makes the file, and what takes its bytes. What has the name already is left alone, be it a link.
    ///
    /// # Errors
    /// [`BundleError::AlreadyThere`], and what the file system says.
    pub(super) fn create(directory: &Path, name: &str) -> Result<(Self, Sink), BundleError> {
        let partial = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&partial);
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => BundleError::AlreadyThere(partial.clone()),
            _ => error.into(),
        })?;
        let sink = Sink {
            file,
            bytes: 0,
            synced: None,
        };
        Ok((Self { partial }, sink))
    }

    /// Gives the file its name, unless something has it. To be called when its [`Sink`] is finished; the
    /// directory is still to be synced.
    ///
    /// # Errors
    /// [`BundleError::AlreadyThere`], and what the file system says.
    pub(super) fn land(mut self, name: &str) -> Result<Landed, BundleError> {
        let target = self.partial.with_file_name(name);
        rename_to_free(&self.partial, &target).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => BundleError::AlreadyThere(target.clone()),
            _ => error.into(),
        })?;
        self.partial.clear();
        Ok(Landed { path: target })
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            remove(&self.partial);
        }
    }
}

/// A file under its name, of which it is not yet known whether the disk keeps it. Dropped before
/// [`Landed::keep`], it is removed.
#[derive(Debug)]
pub(super) struct Landed {
    path: PathBuf,
}

impl Landed {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// It stays.
    pub(super) fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.path)
    }
}

impl Drop for Landed {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            remove(&self.path);
        }
    }
}

/// Takes a file's bytes, and sees that they reach the disk while there are more.
#[derive(Debug)]
pub(super) struct Sink {
    file: File,
    bytes: u64,
    synced: Option<u64>,
}

impl Sink {
    /// All bytes are on the disk. Says how many.
    ///
    /// # Errors
    /// What the file system says. The file is not to be relied on then, whatever a second try says.
    pub(super) fn finish(self) -> io::Result<u64> {
        self.file.sync_all()?;
        Ok(self.bytes)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.bytes += taken as u64;
        // The first bytes at once: they say whose file it is, should it be found unfinished.
        if self.synced.is_none_or(|synced| self.bytes - synced >= UNSYNCED) {
            self.file.sync_data()?;
            self.synced = Some(self.bytes);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes the names in a directory durable.
///
/// # Errors
/// What the file system says, except that it knows no such thing.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // Other systems make a rename durable themselves and do not open folders as files.
    #[cfg(unix)]
    match File::open(directory)?.sync_all() {
        Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            return Err(error);
        }
        _ => {}
    }
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

/// Has the system forget the file's bytes, so that reading them asks the disk.
pub(super) fn forget_cached(file: &File) {
    // Elsewhere there is no such call; reading still finds what was written wrongly, not what was kept wrongly.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed) {
        tracing::debug!(error.message = %error, "the file may be read back from memory");
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = file;
}

/// Renames without replacing.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some drivers of foreign file systems do not know the flag.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            renamed => return renamed.map_err(Into::into),
        }
    }
    match fs::symlink_metadata(to) {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

/// Best effort: a stick that was pulled out takes its unfinished file along, and the next writing removes it.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(error.message = %error, "an unfinished bundle file stays");
    }
}
