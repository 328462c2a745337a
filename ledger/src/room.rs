//! Room on the disk: why a disk refuses, and a reserve with which a folder opens where nothing is left.
//!
//! A store needs some room merely to be read: SQLite maps an index of the write-ahead log from a file that
//! it makes. So each folder holds a file that is of no use, and that is given up when a full disk keeps the
//! folder from being opened. What is held can be read then, and printed, and sent.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::LedgerError;

/// Room for the index of the write-ahead log (32 KiB), some frames of the log, and a few more edits.
const RESERVE: usize = 512 * 1024;
/// As much as the index of the write-ahead log needs.
const PROBE: usize = 32 * 1024;

fn reserve_of(folder: &Path) -> PathBuf {
    folder.join("reserve")
}

/// Puts room aside, unless it is there or there is none.
pub(crate) fn keep_reserve(folder: &Path) {
    let reserve = reserve_of(folder);
    if reserve.exists() {
        return;
    }
    let mut filling = vec![0; RESERVE];
    // A file system that compresses would keep no room for zeros.
    let put = getrandom::fill(&mut filling).is_ok() && write_whole(&reserve, &filling).is_ok();
    if !put {
        let _ = fs::remove_file(&reserve);
        tracing::debug!("no room to put aside");
    }
}

/// Gives the room back to the disk. Says whether there was any.
pub(crate) fn give_up_reserve(folder: &Path) -> bool {
    let given = fs::remove_file(reserve_of(folder)).is_ok();
    if given {
        tracing::warn!("the disk is full: the folder is opened with the room that was put aside");
    }
    given
}

/// The reason for which a database was not opened, asked of the file system where SQLite does not tell it.
pub(crate) fn why_refused(database: &Path, error: LedgerError) -> LedgerError {
    match error {
        LedgerError::Database(_)
        | LedgerError::DiskFails(_)
        | LedgerError::ReadOnly
        | LedgerError::NotAllowed => {}
        told => return told,
    }
    match probe(database) {
        Ok(()) | Err(LedgerError::Io(_)) => error,
        Err(found) => found,
    }
}

fn probe(database: &Path) -> Result<(), LedgerError> {
    if database.is_dir() {
        return Err(LedgerError::DamagedDatabase("it is a folder".to_owned()));
    }
    if let Err(error) = fs::OpenOptions::new().read(true).write(true).open(database)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let beside = database.with_extension("probe");
    let written = write_whole(&beside, &[0xa5; PROBE]);
    let _ = fs::remove_file(&beside);
    Ok(written?)
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    // Room is taken when the bytes are written out, on some file systems not before.
    file.sync_all()
}
