//! Bundles for others, which this device cannot read and carries on: to the next stick, until it is known that
//! they have arrived.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::{TAKEN_FIELD, TakenPart, read_taken};
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::LedgerError;
use cotmoc_ledger::bundle::{
    BundleError, BundleHeader, BundlePart, Watch, copy_onward, inspect, is_bundle_name,
};

use super::file_of;
use super::forwarding::sent_on;
use crate::contract::Problem;
use crate::contract::sticks::{CarriedList, ForgetCarried, StickFile, StickStanding};
use crate::device::Device;

const FOLDER: &str = "carried";
const ARRIVED: &str = "stick.arrived";
/// No more bytes than these are carried: other work of the machine needs room too.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Most files.
const MOST_FILES: usize = 200;

/// Which recipients of a carried part have said that they have it, by part.
type Arrived = BTreeMap<String, Vec<DeviceKey>>;

/// A carried file with what its header says.
pub(super) fn kept(device: &Device) -> Vec<(PathBuf, BundlePart)> {
    let entries = fs::read_dir(folder(device)).into_iter().flatten().flatten();
    let names = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_bundle_name));
    let parts = names.filter_map(|entry| Some((entry.path(), inspect(&entry.path()).ok()?)));
    let mut kept: Vec<(PathBuf, BundlePart)> = parts.take(MOST_FILES).collect();
    kept.sort_by_key(|(path, part)| (part.header.claimed_at, path.clone()));
    kept
}

fn folder(device: &Device) -> PathBuf {
    device.home().join(FOLDER)
}

/// Keeps a checked part of others, if there is room.
///
/// # Errors
/// When a person stops it.
pub(super) fn keep(
    device: &Device,
    path: &Path,
    part: &BundlePart,
    watch: &mut Watch<'_>,
) -> Result<bool, BundleError> {
    let kept = kept(device);
    let bytes: u64 = kept.iter().map(|(_, part)| part.bytes).sum();
    let is_same = |known: &BundleHeader| known.id == part.header.id && known.number == part.header.number;
    if kept.iter().any(|(_, known)| is_same(&known.header)) {
        return Ok(true);
    }
    if kept.len() >= MOST_FILES || bytes.saturating_add(part.bytes) > MOST_BYTES {
        tracing::warn!("no room to carry another bundle");
        return Ok(false);
    }
    fs::create_dir_all(folder(device))?;
    match copy_onward(path, &folder(device), watch) {
        Ok(_) => Ok(true),
        Err(BundleError::Stopped) => Err(BundleError::Stopped),
        Err(error) => {
            tracing::warn!(error.message = %error, "a bundle could not be kept");
            Ok(false)
        }
    }
}

/// Copies what is carried along with an export. What does not fit on the stick stays here.
///
/// # Errors
/// When a person stops it or the stick is gone.
pub(super) fn carry_along(
    device: &Device,
    to: &Path,
    watch: &mut Watch<'_>,
) -> Result<Vec<(PathBuf, BundlePart)>, BundleError> {
    let mut copied = Vec::new();
    for (path, part) in kept(device) {
        match copy_onward(&path, to, watch) {
            Ok(copy) => copied.push((copy, part)),
            Err(error @ (BundleError::Stopped | BundleError::Gone(_))) => return Err(error),
            Err(error) => tracing::warn!(error.message = %error, "a carried bundle stays at home"),
        }
    }
    Ok(copied)
}

/// The sender of a bundle says which parts it has taken in: carrying them to it is done. What the province has,
/// everybody can get there.
pub(super) fn note_arrived(
    device: &Device,
    header: &BundleHeader,
    authority: &DeviceKey,
) -> Result<(), LedgerError> {
    let fields = header.extensions.iter().filter(|field| field.tag == TAKEN_FIELD);
    let said: Vec<TakenPart> = fields.flat_map(|field| read_taken(&field.bytes)).collect();
    if said.is_empty() {
        return Ok(());
    }
    let mut arrived: Arrived = device
        .ledger
        .meta(ARRIVED)?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let before = arrived.clone();
    let kept = kept(device);
    for (path, part) in &kept {
        let of = &part.header;
        if !said.contains(&(of.id.0, of.number)) || !of.recipients.contains(&header.sender) {
            continue;
        }
        let by = arrived.entry(name_of(of)).or_default();
        if !by.contains(&header.sender) {
            by.push(header.sender);
        }
        if header.sender == *authority || of.recipients.iter().all(|one| by.contains(one)) {
            remove(path);
        }
    }
    arrived.retain(|part, _| {
        kept.iter()
            .any(|(path, of)| name_of(&of.header) == *part && path.exists())
    });
    if arrived != before {
        device
            .ledger
            .set_meta(ARRIVED, &serde_json::to_vec(&arrived).unwrap_or_default())?;
    }
    Ok(())
}

pub(super) fn name_of(header: &BundleHeader) -> String {
    format!("{}.{}", header.id, header.number)
}

pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(error.message = %error, "a carried bundle could not be forgotten");
    }
}

/// What is carried, for a person.
pub(crate) fn carried_files(device: &Device) -> CarriedList {
    let shown = |(path, part): &(PathBuf, BundlePart)| file_of(device, path, part, StickStanding::Carried);
    let files: Vec<StickFile> = kept(device).iter().map(shown).collect();
    CarriedList {
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        sent: sent_on(device),
        most_bytes: MOST_BYTES,
    }
}

/// Ends carrying the named files. Only names of the list mean anything: no path is made of a name.
pub(crate) fn forget(device: &Device, request: &ForgetCarried) -> Result<(), Problem> {
    for (path, _) in kept(device) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| request.names.contains(&name)) {
            remove(&path);
        }
    }
    Ok(())
}
