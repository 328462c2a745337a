//! The freedesktop.org Secret Service: GNOME Keyring, KWallet, KeePassXC.

use std::collections::HashMap;
use std::path::PathBuf;

use cotmoc_ledger::KeeperError;
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::names::BusName;
use zeroize::Zeroizing;

/// Name of the service on the session's bus.
const SERVICE: &str = "org.freedesktop.secrets";

/// What a person reads in the desktop's list of secrets.
const LABEL: &str = "Cột Mốc: khóa dữ liệu / database key";

pub fn keep(name: &str, secret: &Zeroizing<String>) -> Result<(), KeeperError> {
    let service = connect()?;
    let collection = match service.get_default_collection() {
        // A new one would ask a person for its password.
        Err(Error::NoResult) => return Err(KeeperError::Absent),
        collection => collection.map_err(why)?,
    };
    if collection.is_locked().map_err(why)? {
        return Err(KeeperError::Locked);
    }
    // As letters: some services keep text only.
    let replace = true;
    collection
        .create_item(LABEL, attributes(name), secret.as_bytes(), replace, "text/plain")
        .map(drop)
        .map_err(why)
}

pub fn give(name: &str) -> Result<Zeroizing<String>, KeeperError> {
    let service = connect()?;
    let found = find(&service, name)?;
    let item = found.first().ok_or(KeeperError::NoEntry)?;
    let secret = Zeroizing::new(item.get_secret().map_err(why)?);
    let text = std::str::from_utf8(&secret).map_err(|_| KeeperError::OtherKey)?;
    Ok(Zeroizing::new(text.to_owned()))
}

pub fn forget(name: &str) -> Result<(), KeeperError> {
    let service = connect()?;
    for item in find(&service, name)? {
        item.delete().map_err(why)?;
    }
    Ok(())
}

/// The items of a name; [`KeeperError::Locked`] when they cannot be seen for certain.
fn find<'a>(service: &'a SecretService<'a>, name: &str) -> Result<Vec<Item<'a>>, KeeperError> {
    let found = service.search_items(attributes(name)).map_err(why)?;
    if found.unlocked.is_empty() {
        // Some services do not search what is locked, so finding nothing says nothing then.
        let locked = match service.get_default_collection() {
            Err(Error::NoResult) => false,
            collection => collection
                .and_then(|collection| collection.is_locked())
                .map_err(why)?,
        };
        if locked || !found.locked.is_empty() {
            return Err(KeeperError::Locked);
        }
    }
    Ok(found.unlocked)
}

fn attributes(name: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "cotmoc"), ("folder", name)])
}

fn connect() -> Result<SecretService<'static>, KeeperError> {
    if !has_session_bus() {
        return Err(KeeperError::Absent);
    }
    // Where nobody looks at a screen nothing is started: a service of such a start could only be locked.
    if !has_screen() && !is_running().map_err(|error| KeeperError::Failed(error.to_string()))? {
        return Err(KeeperError::Absent);
    }
    SecretService::connect(EncryptionType::Dh).map_err(why)
}

/// A bus that is there already. Other kinds of address start a program.
fn has_session_bus() -> bool {
    match std::env::var("DBUS_SESSION_BUS_ADDRESS") {
        Ok(address) => address.split(';').all(|one| one.starts_with("unix:")),
        Err(_) => std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|runtime| PathBuf::from(runtime).join("bus").exists()),
    }
}

fn has_screen() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn is_running() -> zbus::fdo::Result<bool> {
    let bus = zbus::blocking::Connection::session()?;
    let name = BusName::try_from(SERVICE).map_err(zbus::Error::from)?;
    zbus::blocking::fdo::DBusProxy::new(&bus)?.name_has_owner(name)
}

fn why(error: Error) -> KeeperError {
    match error {
        Error::Locked | Error::Prompt => KeeperError::Locked,
        Error::Unavailable => KeeperError::Absent,
        error => KeeperError::Failed(error.to_string()),
    }
}
