//! What can keep a server from starting or from founding a province.

use cotmoc_core::id::ProvinceId;
use cotmoc_ledger::LedgerError;
use cotmoc_ledger::bundle::BundleError;

/// The server cannot do what its operator asked.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The store.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The certificate or its key.
    #[error("TLS: {0}")]
    Tls(String),
    /// Plain HTTP was asked for on an address that others can reach.
    #[error("plain HTTP is allowed on loopback addresses only")]
    PlainBeyondLoopback,
    /// Devices cannot be told an address: the server listens on all of them and none was named.
    #[error("a public URL is needed when the server listens on every address or stands behind a proxy")]
    PublicUrlNeeded,
    /// The public URL does not fit the way the server is reached.
    #[error("the public URL must begin with {0} and name a host")]
    PublicUrl(&'static str),
    /// A province's name is empty, too long or contains control characters.
    #[error("the province's name must have 1 to 200 letters")]
    ProvinceName,
    /// A province of this name is founded here already.
    #[error("a province of this name exists already: {0}")]
    ProvinceExists(ProvinceId),
    /// The key of a province is here, and not yet the act that founded it: a server begun with its keys alone.
    #[error("the founding of province {0} is not here yet")]
    FoundingAwaited(ProvinceId),
    /// No such province here.
    #[error("no such province")]
    NoProvince,
    /// The target of a backup exists.
    #[error("the file exists already: {0}")]
    BackupExists(String),
    /// The folder holds no store.
    #[error("no server's folder: {0}")]
    NoStore(String),
    /// The file is no inventory, is cut short, or is of a newer version.
    #[error("no inventory: {0}")]
    NoInventory(String),
    /// The operating system has no random bytes.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    /// A bundle, by its file.
    #[error("{0}: {1}")]
    Bundle(String, BundleError),
    /// No device of this name or key.
    #[error("no such device: {0}")]
    NoDevice(String),
    /// Sockets and files.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ServerError> {
    let mut bytes = [0u8; N];
    cotmoc_ledger::fill_random(&mut bytes).map_err(ServerError::Random)?;
    Ok(bytes)
}
