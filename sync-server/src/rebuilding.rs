//! A whole new server: the keys to begin with, the inventory of the old one, and the proof that the new one holds it.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use cotmoc_ledger::{GauntletProgram, Holding, Inventory};
use cotmoc_sync_server::{inventory_of, read_inventory, write_inventory, write_keys};
use serde_json::json;

use crate::commands::{Home, open_store, passphrase, print};
use crate::words;

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(flatten)]
    home: Home,
    /// Thư mục mới, chưa tồn tại · The new folder; must not exist yet
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct MakeInventory {
    #[command(flatten)]
    home: Home,
    /// Tệp bản kê, chưa tồn tại · The inventory; must not exist yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    home: Home,
    /// Đối chiếu với bản kê hoặc thư mục máy chủ cũ · Compare with an inventory, or an old server's folder
    #[arg(long, value_name = "FILE|DIR")]
    check: Option<PathBuf>,
}

/// Writes the keys alone into a new folder.
///
/// # Errors
/// As [`write_keys`].
pub(crate) fn write_keys_alone(keys: &Keys) -> Result<()> {
    let passphrase = passphrase(&keys.home)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let gauntlet = GauntletProgram::this_program()?;
    let provinces = write_keys(&keys.home.home, &keys.to, passphrase, gauntlet)?;
    let folder = keys.to.display().to_string();
    let line = json!({ "event": "keys", "folder": folder, "provinces": provinces });
    print(keys.home.json, &line, &words::of_keys(&folder, provinces))
}

/// Writes an inventory of what a folder holds.
///
/// # Errors
/// When the folder cannot be read or the file not be written.
pub(crate) fn make_inventory(making: &MakeInventory) -> Result<()> {
    let inventory = read_folder(&making.home, &making.home.home)?;
    write_inventory(&inventory, &making.to)?;
    let sum = |count: fn(&Holding) -> u64| inventory.scopes.values().map(count).sum::<u64>();
    let entries = sum(|holding| holding.entries);
    let documents = sum(|holding| holding.documents.len() as u64);
    let photos = sum(|holding| holding.photos.iter().flatten().count() as u64);
    let file = making.to.display().to_string();
    let line = json!({
        "event": "inventory", "file": file, "entries": entries, "documents": documents, "photos": photos,
    });
    print(
        making.home.json,
        &line,
        &words::of_inventory(&file, (entries, documents, photos)),
    )
}

/// Makes every document again from its entries, then looks for everything that was held before.
///
/// # Errors
/// When the store cannot be opened or read, or something is missing.
pub(crate) fn rebuild(rebuild: &Rebuild) -> Result<()> {
    let old = match &rebuild.check {
        Some(folder) if folder.is_dir() => Some(read_folder(&rebuild.home, folder)?),
        Some(file) => Some(read_inventory(file)?),
        None => None,
    };
    let state = open_store(&rebuild.home)?;
    let rebuilt = state.ledger().rebuild(|_, _| {})?;
    let line = json!({
        "event": "rebuilt", "documents": rebuilt.documents, "entries": rebuilt.entries, "changed": rebuilt.changed,
        "entries_hash": rebuilt.entries_hash, "state_hash": rebuilt.state_hash,
    });
    print(rebuild.home.json, &line, &words::of_rebuilt(&rebuilt))?;
    let Some(old) = old else { return Ok(()) };
    if old.scopes.values().any(|holding| holding.photos.is_none()) {
        let line = json!({ "event": "no_photos_named" });
        print(rebuild.home.json, &line, &words::no_photos_named())?;
    }
    let compared = state.ledger().compare(&old)?;
    for scope in &compared {
        let missing: Vec<_> = scope
            .missing
            .iter()
            .map(|(log, first, last)| {
                json!({
                    "device": log.device, "incarnation": log.incarnation, "first": first, "last": last,
                })
            })
            .collect();
        let line = json!({
            "event": "compared", "scope": words::of_scope(&scope.scope), "equal": scope.is_equal(),
            "entries": scope.entries, "same_entries": scope.same_entries, "missing": missing,
            "documents": scope.documents, "differing": scope.differing, "photos": scope.photos,
            "missing_photos": scope.missing_photos, "since": scope.since,
        });
        print(rebuild.home.json, &line, &words::of_compared(scope))?;
    }
    let unequal = compared.iter().filter(|scope| !scope.is_equal()).count();
    if unequal > 0 {
        bail!(words::of_unequal(unequal, compared.len()));
    }
    Ok(())
}

fn read_folder(home: &Home, folder: &Path) -> Result<Inventory> {
    let passphrase = passphrase(home)?;
    Ok(inventory_of(
        folder,
        passphrase.as_ref().map(|text| text.as_str()),
    )?)
}
