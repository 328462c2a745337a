//! The keys of a server alone, as a folder from which a whole new server can begin.

use std::path::Path;
use std::sync::Arc;

use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::{
    DatabaseKey, Folder, GauntletProgram, KeyFile, Ledger, LedgerError, NoIndex, Unlock, open_connection,
};
use zeroize::Zeroizing;

use crate::error::ServerError;

/// What is taken over of a store's named values: the keys of provinces, the server's own TLS key, and when its life began.
/// Not its epoch and not the lives of its authorities: whoever begins with these keys begins a new, later life.
const TAKEN_OVER: &str =
    "SELECT name, value FROM meta WHERE name LIKE 'authority.%.seed' OR name LIKE 'tls.%'
       OR name = 'epoch_began' ORDER BY name";

/// Writes the keys of a server's folder into a new one, also while the server runs. A server that is started on the
/// new folder answers for the same provinces under the same TLS key, holds nothing, and is filled by the devices.
/// The passphrase opens the old key file and wraps the new one. Gives how many provinces there are.
///
/// # Errors
/// When the folder is none or founds no province, its key does not open, the target exists, or the disk refuses.
pub fn write_keys(
    home: &Path,
    to: &Path,
    passphrase: Option<&str>,
    gauntlet: GauntletProgram,
) -> Result<usize, ServerError> {
    let key = key_of(home, passphrase)?;
    if to.exists() {
        return Err(ServerError::BackupExists(to.display().to_string()));
    }
    let (provinces, values) = read(&home.join("records.db"), &key)?;
    if provinces.is_empty() {
        return Err(ServerError::NoProvince);
    }
    let folder = Folder::open(to, Unlock { passphrase })?;
    let database = folder.database();
    let new_key = KeyFile::in_folder(to).read(passphrase)?;
    let ledger = Ledger::open(folder, Arc::new(NoIndex), gauntlet)?;
    for (name, value) in &values {
        ledger.set_meta(name, value)?;
    }
    for (province, authority) in &provinces {
        ledger.join_province(*province, *authority)?;
    }
    drop(ledger);
    // Two servers that begin with these keys must not share a life.
    let new = open_connection(&database, &new_key)?;
    new.execute_batch("DELETE FROM meta WHERE name = 'epoch'; PRAGMA wal_checkpoint(TRUNCATE);")
        .map_err(LedgerError::from)?;
    Ok(provinces.len())
}

/// The key of a server's folder, which another process may have open.
pub(crate) fn key_of(home: &Path, passphrase: Option<&str>) -> Result<DatabaseKey, ServerError> {
    if !home.join("records.db").exists() {
        return Err(ServerError::NoStore(home.display().to_string()));
    }
    Ok(KeyFile::in_folder(home).read(passphrase)?)
}

type Provinces = Vec<(ProvinceId, DeviceKey)>;
type Values = Vec<(String, Zeroizing<Vec<u8>>)>;

fn read(database: &Path, key: &DatabaseKey) -> Result<(Provinces, Values), LedgerError> {
    let old = open_connection(database, key)?;
    let mut statement = old.prepare("SELECT code, authority FROM province ORDER BY code")?;
    let provinces = statement.query_map([], |row| {
        let (code, authority): ([u8; 16], [u8; 32]) = (row.get(0)?, row.get(1)?);
        Ok((ProvinceId(uuid::Uuid::from_bytes(code)), DeviceKey(authority)))
    })?;
    let provinces = provinces.collect::<Result<_, _>>()?;
    let mut statement = old.prepare(TAKEN_OVER)?;
    let values = statement.query_map([], |row| Ok((row.get(0)?, Zeroizing::new(row.get(1)?))))?;
    Ok((provinces, values.collect::<Result<_, _>>()?))
}
