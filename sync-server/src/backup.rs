//! A copy of the database while the server runs.

use std::fs;
use std::path::{Path, PathBuf};

use cotmoc_ledger::{LedgerError, open_connection, owner_only};

use crate::error::ServerError;
use crate::keys::key_of;

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The copy, encrypted like the original.
    pub file: PathBuf,
    /// The key file without which the copy cannot be opened; keep it in another place than the copy.
    pub key_file: PathBuf,
    /// Size of the copy, bytes.
    pub bytes: u64,
}

/// Copies the database of a server's folder as of one moment, also while a server has it open.
///
/// The copy carries no life of its own: a server that opens it starts a new epoch and new incarnations of
/// its authorities, so that devices notice and send again what the copy does not hold, and no log forks.
/// To restore, put it in the place of `records.db` beside the `key.json` of its time, with no
/// `records.db-wal` left over.
///
/// # Errors
/// When the folder is none, its key does not open, the target exists, or the disk refuses; then no target
/// file is left behind.
pub fn backup(home: &Path, to: &Path, passphrase: Option<&str>) -> Result<Backup, ServerError> {
    let key = key_of(home, passphrase)?;
    if to.exists() {
        return Err(ServerError::BackupExists(to.display().to_string()));
    }
    let database = home.join("records.db");
    let beside = with_suffix(to, ".part");
    let copied = copy(&database, &beside, &key);
    if let Err(error) = copied {
        remove(&beside);
        return Err(error);
    }
    let bytes = fs::metadata(&beside)?.len();
    fs::rename(&beside, to)?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(Backup {
        file: to.to_owned(),
        key_file: home.join("key.json"),
        bytes,
    })
}

fn copy(database: &Path, beside: &Path, key: &cotmoc_ledger::DatabaseKey) -> Result<(), ServerError> {
    remove(beside);
    // For nobody else on the machine, from its first byte.
    owner_only(fs::OpenOptions::new().write(true).create_new(true)).open(beside)?;
    let target = beside
        .to_str()
        .ok_or_else(|| std::io::Error::other("the file's name is not text"))?;
    let connection = open_connection(database, key)?;
    connection
        .execute("VACUUM INTO ?1", [target])
        .map_err(LedgerError::from)?;
    drop(connection);
    let copy = open_connection(beside, key)?;
    copy.execute_batch(
        "DELETE FROM meta WHERE name = 'epoch' OR name LIKE 'authority.%.incarnation';
         PRAGMA wal_checkpoint(TRUNCATE);",
    )
    .map_err(LedgerError::from)?;
    let sound: String = copy
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(LedgerError::from)?;
    if sound != "ok" {
        return Err(LedgerError::DamagedDatabase(sound).into());
    }
    drop(copy);
    fs::File::open(beside)?.sync_all()?;
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(beside: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        // Leftovers of an interrupted backup; that there is none is the normal case.
        let _ = fs::remove_file(with_suffix(beside, suffix));
    }
}
