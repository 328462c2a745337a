//! Senders, recipients and bundles with valid defaults.

use std::path::{Path, PathBuf};

use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, Incarnation, SigningKey};
use cotmoc_core::org::Day;
use cotmoc_ledger::bundle::{
    BundleError, BundlePart, BundleWriter, Frame, NewBundle, Watch, Written, check, open,
};
use uuid::Uuid;

pub const NOW: i64 = 1_764_000_000_000;

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// The device that writes.
pub fn sender() -> SigningKey {
    key(1)
}

/// The province's authority.
pub fn authority() -> SigningKey {
    key(2)
}

/// Another device.
pub fn device() -> SigningKey {
    key(3)
}

pub fn province() -> ProvinceId {
    ProvinceId(Uuid::from_u128(0x84))
}

pub fn recipients() -> Vec<DeviceKey> {
    vec![authority().device(), device().device()]
}

pub fn new_bundle<'a>(sender: &'a SigningKey, recipients: &'a [DeviceKey]) -> NewBundle<'a> {
    NewBundle {
        province: province(),
        province_short: "dienbien",
        sender,
        incarnation: Incarnation(7),
        claimed_at: NOW,
        day: Day::new(2026, 11, 22).unwrap(),
        recipients,
        extensions: Vec::new(),
        max_part_bytes: u64::MAX,
    }
}

pub fn frame(kind: u8, bytes: &[u8]) -> Frame {
    Frame {
        kind,
        bytes: bytes.to_vec(),
    }
}

pub fn write_to(directory: &Path, frames: &[Frame], max_part_bytes: u64) -> Result<Written, BundleError> {
    let (sender, recipients) = (sender(), recipients());
    let mut new = new_bundle(&sender, &recipients);
    new.max_part_bytes = max_part_bytes;
    let mut writer = BundleWriter::start(directory, new, Watch::nobody())?;
    for frame in frames {
        writer.frame(frame.kind, &frame.bytes)?;
    }
    writer.finish()
}

/// A bundle of one small part, as bytes.
pub fn small_bundle(frames: &[Frame]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let written = write_to(folder.path(), frames, u64::MAX).unwrap();
    std::fs::read(&written.files[0]).unwrap()
}

pub fn checked(path: &Path) -> Result<BundlePart, BundleError> {
    check(path, &mut Watch::nobody())
}

/// All frames of a part, or the first error.
pub fn frames_of(path: &Path, key: &SigningKey) -> Result<Vec<Frame>, BundleError> {
    open(path, key)?.collect()
}

/// A file that tests write again and again.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn with(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("file");
        // A new file each time: some file systems write a shortened one out to the disk when it is closed.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Bytes without a pattern, the same in every run.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}
