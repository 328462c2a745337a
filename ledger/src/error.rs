//! What can go wrong with a store.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::RecordId;
use cotmoc_core::record::EditError;

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
    /// The database does not open with this key, or is damaged.
    #[error("the database cannot be read: {0}")]
    DamagedDatabase(String),
    /// No room left.
    #[error("the disk is full")]
    DiskFull,
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
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::DamagedDatabase(error.to_string())
            }
            _ => Self::Database(error),
        }
    }
}
