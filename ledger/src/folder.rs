//! A device's or server's folder: one process, one key, one database.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::database::DatabaseKey;
use crate::error::LedgerError;
use crate::key_file::{KeyFile, KeyState, random};

/// How to come by the database key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlock<'a> {
    /// The passphrase, when the key file is wrapped.
    pub passphrase: Option<&'a str>,
}

/// Held while a process has the folder open; given back when it ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// An opened folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    key: DatabaseKey,
    lock: FolderLock,
}

impl Folder {
    /// Opens a folder, making it (with a fresh key) when it does not exist.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] with the other process's id; a passphrase that is missing or wrong; a
    /// damaged key file.
    pub fn open(path: &Path, unlock: Unlock<'_>) -> Result<Self, LedgerError> {
        fs::create_dir_all(path)?;
        let lock = lock(path)?;
        let file = KeyFile::in_folder(path);
        if file.is_missing() {
            if path.join("records.db").exists() {
                return Err(LedgerError::DamagedKey("the key file is missing".to_owned()));
            }
            file.store(&DatabaseKey::new(random()?), unlock.passphrase)?;
        }
        let key = file.read(unlock.passphrase)?;
        Ok(Self {
            path: path.to_owned(),
            key,
            lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path.join("records.db")
    }

    /// The key.
    pub fn key(&self) -> &DatabaseKey {
        &self.key
    }

    /// How the key is kept.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn key_state(&self) -> Result<KeyState, LedgerError> {
        KeyFile::in_folder(&self.path).state()
    }

    /// Wraps the key with a new passphrase, or leaves it bare.
    ///
    /// # Errors
    /// When the current passphrase does not open it, or the file cannot be written.
    pub fn change_passphrase(&self, current: Option<&str>, new: Option<&str>) -> Result<(), LedgerError> {
        let file = KeyFile::in_folder(&self.path);
        let key = file.read(current)?;
        file.store(&key, new)
    }

    /// The lock, for those who outlive the folder's other parts.
    pub fn lock(&self) -> &FolderLock {
        &self.lock
    }
}

fn lock(path: &Path) -> Result<FolderLock, LedgerError> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join("in-use"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The holder's id is a courtesy; a file that cannot be read is no reason to fail otherwise.
            let _ = file.read_to_string(&mut holder);
            return Err(LedgerError::InUse(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())?;
    Ok(FolderLock { _file: file })
}
