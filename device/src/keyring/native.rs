//! Windows' Credential Manager and macOS' Keychain.

use std::sync::Arc;

use cotmoc_ledger::KeeperError;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

/// The product, under whose name the system lists its entries.
const SERVICE: &str = "cotmoc";

pub fn keep(name: &str, secret: &Zeroizing<String>) -> Result<(), KeeperError> {
    entry(name)?.set_password(secret).map_err(why)
}

pub fn give(name: &str) -> Result<Zeroizing<String>, KeeperError> {
    entry(name)?.get_password().map(Zeroizing::new).map_err(why)
}

pub fn forget(name: &str) -> Result<(), KeeperError> {
    match entry(name)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        forgotten => forgotten.map_err(why),
    }
}

#[cfg(windows)]
fn entry(name: &str) -> Result<Entry, KeeperError> {
    let store: Arc<windows_native_keyring_store::Store> =
        windows_native_keyring_store::Store::new().map_err(why)?;
    // The default would send the key to other machines of the same person.
    let here = std::collections::HashMap::from([("persistence", "Local")]);
    store.build(SERVICE, name, Some(&here)).map_err(why)
}

#[cfg(target_os = "macos")]
fn entry(name: &str) -> Result<Entry, KeeperError> {
    let store: Arc<apple_native_keyring_store::keychain::Store> =
        apple_native_keyring_store::keychain::Store::new().map_err(why)?;
    store.build(SERVICE, name, None).map_err(why)
}

fn why(error: Error) -> KeeperError {
    match error {
        Error::NoEntry => KeeperError::NoEntry,
        Error::NoStorageAccess(_) => KeeperError::Locked,
        Error::NoDefaultStore => KeeperError::Absent,
        error => KeeperError::Failed(error.to_string()),
    }
}
