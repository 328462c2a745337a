//! A device's or server's folder: one process, one key, one database.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::database::DatabaseKey;
use crate::error::LedgerError;
use crate::key_file::{KeyFile, KeyState, random};
use crate::key_keeper::{KeeperError, Keeping};

const DATABASE: &str = "records.db";
const WRITE_AHEAD: &str = "records.db-wal";

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
    keeping: Option<Keeping>,
    /// Held while the key file is changed: two changes at once could each undo the other's half.
    key_change: Mutex<()>,
    lock: FolderLock,
}

impl Folder {
    /// Opens a folder, making it (with a fresh key in its key file) when it does not exist.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] with the other process's id; a passphrase that is missing or wrong; a
    /// damaged key file; [`LedgerError::Keeper`] when the key is not in the folder;
    /// [`LedgerError::DamagedDatabase`] when the folder had a database that is missing now.
    pub fn open(path: &Path, unlock: Unlock<'_>) -> Result<Self, LedgerError> {
        Self::open_kept(path, unlock, None)
    }

    /// [`Folder::open`] with someone who may keep the key.
    ///
    /// # Errors
    /// As [`Folder::open`]; [`LedgerError::Keeper`] when the keeper has the key and does not give it:
    /// nothing was changed, and another try may succeed.
    pub fn open_kept(path: &Path, unlock: Unlock<'_>, keeping: Option<Keeping>) -> Result<Self, LedgerError> {
        fs::create_dir_all(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => LedgerError::NotAFolder,
            _ => error.into(),
        })?;
        let lock = lock(path)?;
        let file = KeyFile::in_folder(path);
        let keeper = keeping.as_ref().map(|keeping| keeping.keeper.as_ref());
        if file.is_missing() {
            if path.join(DATABASE).exists() || !is_empty(&path.join(WRITE_AHEAD))? {
                return Err(LedgerError::DamagedKey("the key file is missing".to_owned()));
            }
            make_key(&file, unlock, keeping.as_ref())?;
        }
        refuse_lost_store(path, &file)?;
        let key = file.read_or_ask(unlock.passphrase, keeper)?;
        if let Some(keeper) = keeper
            && let Err(error) = file.take_back(keeper)
        {
            tracing::warn!(error.message = %error, "a keeper may still have the key");
        }
        Ok(Self {
            path: path.to_owned(),
            key,
            keeping,
            key_change: Mutex::new(()),
            lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
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

    /// The key is in the key file, and a keeper that could not be reached may still have it too.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn key_may_be_left_with_keeper(&self) -> Result<bool, LedgerError> {
        KeyFile::in_folder(&self.path).may_be_left_with_keeper()
    }

    /// Wraps the key with a new passphrase and has the keeper forget it; or removes the passphrase: the
    /// key goes to the keeper if it does so [by itself](Keeping::by_itself), and is bare if that fails.
    ///
    /// # Errors
    /// When the current passphrase does not open it, or the file cannot be written.
    pub fn change_passphrase(&self, current: Option<&str>, new: Option<&str>) -> Result<(), LedgerError> {
        let _turn = self.key_change.lock().unwrap_or_else(PoisonError::into_inner);
        let file = KeyFile::in_folder(&self.path);
        let is_kept = file.state()? == KeyState::Kept;
        if is_kept && new.is_none() {
            return Ok(());
        }
        // Nobody changes a wrapped key without its passphrase, though the open folder has the key.
        let read = if is_kept { None } else { Some(file.read(current)?) };
        let key = read.as_ref().unwrap_or(&self.key);
        let Some(keeping) = &self.keeping else {
            return file.store(key, new);
        };
        if new.is_none() && keeping.by_itself {
            match file.give(key, keeping.keeper.as_ref()) {
                Err(LedgerError::Keeper(error)) => {
                    tracing::warn!(error.message = %error, "the key stays in its file");
                }
                given => return given,
            }
        }
        file.store(key, new)?;
        if let Err(error) = file.take_back(keeping.keeper.as_ref()) {
            tracing::warn!(error.message = %error, "a keeper may still have the key");
        }
        Ok(())
    }

    /// Moves a bare key out of the key file to the keeper.
    ///
    /// # Errors
    /// [`LedgerError::PassphraseNeeded`] when a passphrase wraps it, [`LedgerError::Keeper`] when the
    /// keeper did not take it: the key is where it was.
    pub fn give_to_keeper(&self) -> Result<(), LedgerError> {
        let _turn = self.key_change.lock().unwrap_or_else(PoisonError::into_inner);
        let file = KeyFile::in_folder(&self.path);
        match file.state()? {
            KeyState::Kept => Ok(()),
            KeyState::Wrapped => Err(LedgerError::PassphraseNeeded),
            KeyState::Bare => {
                let keeping = self.keeping.as_ref().ok_or(KeeperError::Absent)?;
                file.give(&file.read(None)?, keeping.keeper.as_ref())
            }
        }
    }

    /// The folder had a database when it was opened before.
    pub(crate) fn has_had_store(&self) -> Result<bool, LedgerError> {
        KeyFile::in_folder(&self.path).has_had_store()
    }

    /// Notes that its database is made and durable.
    pub(crate) fn note_store(&self) -> Result<(), LedgerError> {
        let _turn = self.key_change.lock().unwrap_or_else(PoisonError::into_inner);
        KeyFile::in_folder(&self.path).note_store()
    }

    /// The lock, for those who outlive the folder's other parts.
    pub fn lock(&self) -> &FolderLock {
        &self.lock
    }
}

/// A database that was there and is gone must not be taken for a new folder: SQLite would make another one
/// and throw away a write-ahead log that still holds entries.
fn refuse_lost_store(path: &Path, file: &KeyFile) -> Result<(), LedgerError> {
    if !is_empty(&path.join(DATABASE))? {
        return Ok(());
    }
    if file.has_had_store()? || !is_empty(&path.join(WRITE_AHEAD))? {
        return Err(LedgerError::DamagedDatabase(format!(
            "{DATABASE} is missing or empty"
        )));
    }
    Ok(())
}

/// There is no such file, or nothing is in it.
fn is_empty(path: &Path) -> Result<bool, LedgerError> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len() == 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Makes the key of a new folder, at a keeper if one takes it by itself and no passphrase wraps it.
fn make_key(file: &KeyFile, unlock: Unlock<'_>, keeping: Option<&Keeping>) -> Result<(), LedgerError> {
    if let Some(keeping) = keeping
        && keeping.by_itself
        && unlock.passphrase.is_none()
    {
        match file.give(&DatabaseKey::new(random()?), keeping.keeper.as_ref()) {
            Err(LedgerError::Keeper(error)) => {
                tracing::info!(error.message = %error, "the key of the new folder is kept in its file");
            }
            given => return given,
        }
    }
    // Another key than a keeper was offered: it may have that one after all.
    file.store(&DatabaseKey::new(random()?), unlock.passphrase)
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
    let mut sign = || {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())
    };
    // The lock holds without it, also on a disk without room for it.
    let _: std::io::Result<()> = sign();
    Ok(FolderLock { _file: file })
}
