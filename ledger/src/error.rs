//! What can go wrong with a store.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::RecordId;
use cotmoc_core::media::BlobId;
use cotmoc_core::record::EditError;

use crate::key_keeper::KeeperError;

/// A store cannot be opened, read or written. Nothing was half done.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process has the folder open.
    #[error("the folder is in use by process {0}")]
    InUse(String),
    /// The key is wrapped by a passphrase and none was given.
    #[error("a passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase does not open the key.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The key file cannot be read.
    #[error("damaged key file: {0}")]
    DamagedKey(String),
    /// The key is not in the folder, and who keeps it does not give it or take it.
    #[error("the keeper of the key: {0}")]
    Keeper(#[from] KeeperError),
    /// The database does not open with this key, or is damaged.
    #[error("the database cannot be read: {0}")]
    DamagedDatabase(String),
    /// No room left, on the disk or for this user on it.
    #[error("the disk is full")]
    DiskFull,
    /// The disk, or the part of it with the folder, cannot be written to.
    #[error("the folder is read-only")]
    ReadOnly,
    /// The operating system does not let this user at the folder or a file of it.
    #[error("access to the folder is not allowed")]
    NotAllowed,
    /// The place of the folder, or one on the way to it, is a file.
    #[error("the folder is a file")]
    NotAFolder,
    /// Another program kept the database to itself for longer than an edit can wait.
    #[error("another program has locked the database")]
    Busy,
    /// The disk did not take or give what it was asked to; SQLite does not tell a quota from a fault.
    #[error("the disk fails: {0}")]
    DiskFails(String),
    /// The store was written by a newer version.
    #[error("the store was written by a newer version ({0})")]
    Newer(i64),
    /// A row does not match its hash and the journal cannot mend it.
    #[error("record {0} is damaged")]
    DamagedRecord(RecordId),
    /// No such record.
    #[error("no record {0}")]
    NoRecord(RecordId),
    /// This device may not write that.
    #[error("may not write: {}", .0.name())]
    Refused(Refusal),
    /// The bytes that an attachment names are not stored here.
    #[error("the bytes of {0} are not stored")]
    NoBlob(BlobId),
    /// The photos and files of this store are as many as it may hold, bytes.
    #[error("{held} of {quota} bytes for photos and files are used")]
    MediaFull {
        /// Bytes held.
        held: u64,
        /// Bytes it may hold.
        quota: u64,
    },
    /// An edit does not fit the record.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The checking process cannot be started.
    #[error("the checking process does not start: {0}")]
    Gauntlet(String),
    /// Files.
    #[error("{0}")]
    Io(std::io::Error),
    /// Another error of the database.
    #[error("database: {0}")]
    Database(rusqlite::Error),
}

impl From<std::io::Error> for LedgerError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::DiskFull,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::PermissionDenied => Self::NotAllowed,
            ErrorKind::NotADirectory => Self::NotAFolder,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            // The index of the write-ahead log is filled with zeros before it is mapped: no room for them.
            Some(ErrorCode::SystemIoFailure) if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
                Self::DiskFull
            }
            Some(ErrorCode::SystemIoFailure) => Self::DiskFails(error.to_string()),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::PermissionDenied) => Self::NotAllowed,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::DamagedDatabase(error.to_string())
            }
            _ => Self::Database(error),
        }
    }
}
