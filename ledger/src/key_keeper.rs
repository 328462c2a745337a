//! Someone outside the folder who keeps database keys. The ledger does not know who that is.

use std::sync::Arc;

use zeroize::Zeroizing;

/// Keeps secrets under names, beyond the life of the process.
pub trait KeyKeeper: Send + Sync {
    /// Keeps a secret; what was under the name before is replaced.
    ///
    /// # Errors
    /// When it could not be kept, or nobody knows whether it was.
    fn keep(&self, name: &str, secret: &Zeroizing<String>) -> Result<(), KeeperError>;

    /// Gives back what is under a name.
    ///
    /// # Errors
    /// [`KeeperError::NoEntry`] when it is certain that nothing is there.
    fn give(&self, name: &str) -> Result<Zeroizing<String>, KeeperError>;

    /// Forgets what is under a name; when nothing is there, that is as good.
    ///
    /// # Errors
    /// When something may still be there.
    fn forget(&self, name: &str) -> Result<(), KeeperError>;
}

/// Why a keeper did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// There is none, or it did not answer in time.
    #[error("nobody keeps keys here")]
    Absent,
    /// It is there and locked.
    #[error("locked")]
    Locked,
    /// It keeps nothing under this name.
    #[error("no such entry")]
    NoEntry,
    /// What it keeps under this name is not the key of this database.
    #[error("the entry holds another key")]
    OtherKey,
    /// It failed in its own way.
    #[error("{0}")]
    Failed(String),
}

/// How a folder uses a keeper.
#[derive(Clone)]
pub struct Keeping {
    /// Asked whenever the key file says that a keeper has the key.
    pub keeper: Arc<dyn KeyKeeper>,
    /// A key that no passphrase wraps goes to the keeper by itself, when the folder is new and when its
    /// passphrase is removed. Otherwise only [`Folder::give_to_keeper`](crate::Folder::give_to_keeper)
    /// moves it.
    pub by_itself: bool,
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keeping {{ by_itself: {} }}", self.by_itself)
    }
}
