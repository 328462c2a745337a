//! Bundles that a courier cannot read and sends on, piece by piece: what came is kept on disk until the file is
//! whole and was taken in as one from a stick.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cotmoc_core::exchange::ParcelClaim;
use cotmoc_core::journal::DeviceKey;

const FOLDER: &str = "carried";
/// A file that nobody has gone on with for so long is removed.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The files that are arriving: one of a device.
#[derive(Debug)]
pub(crate) struct Carried {
    folder: PathBuf,
    most_bytes: u64,
    /// How often each device has begun or gone on: what comes over an earlier connection counts no more.
    turns: Mutex<BTreeMap<DeviceKey, u64>>,
}

/// Why nothing is taken.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// Bytes before the named one are missing.
    Gone,
    /// The couriers' files together take all the room that there is for them.
    NoRoom,
    /// More came than was claimed, or another connection goes on with the file.
    Malformed,
    /// The disk.
    Io(io::Error),
}

impl From<io::Error> for NotKept {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A file to which bytes come.
#[derive(Debug)]
pub(crate) struct ArrivingFile {
    carried: Arc<Carried>,
    claim: ParcelClaim,
    turn: u64,
    file: File,
    here: u64,
}

impl Carried {
    pub fn new(home: &Path, most_bytes: u64) -> Self {
        Self {
            folder: home.join(FOLDER),
            most_bytes,
            turns: Mutex::default(),
        }
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<DeviceKey, u64>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a claimed file is. Its name says whose it is and nothing that its sender chose freely.
    pub fn path(&self, claim: &ParcelClaim) -> PathBuf {
        self.folder.join(format!("{}-{}", claim.device, claim.hash))
    }

    /// Bytes that are here of a claimed file.
    pub fn here(&self, claim: &ParcelClaim) -> u64 {
        fs::metadata(self.path(claim)).map_or(0, |found| found.len())
    }

    /// Goes on with a file from this byte. What the device had begun before and is not this one is given up.
    pub fn arrive(self: &Arc<Self>, claim: ParcelClaim, from: u64) -> Result<ArrivingFile, NotKept> {
        let mut turns = self.turns();
        fs::create_dir_all(&self.folder)?;
        let path = self.path(&claim);
        let others = self.make_room(&claim.device, &path)?;
        if others.saturating_add(claim.length) > self.most_bytes {
            return Err(NotKept::NoRoom);
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        if from > file.metadata()?.len() {
            return Err(NotKept::Gone);
        }
        file.set_len(from)?;
        file.seek(SeekFrom::Start(from))?;
        let turn = turns.entry(claim.device).or_default();
        *turn += 1;
        Ok(ArrivingFile {
            carried: Arc::clone(self),
            claim,
            turn: *turn,
            file,
            here: from,
        })
    }

    /// Removes what this device had begun beside `path`, and what is old; gives the bytes of other files.
    fn make_room(&self, device: &DeviceKey, path: &Path) -> io::Result<u64> {
        let own = format!("{device}-");
        let mut bytes = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path() == path {
                continue;
            }
            let found = entry.metadata()?;
            let is_old = found.modified()?.elapsed().is_ok_and(|since| since > KEPT);
            if is_old || entry.file_name().to_string_lossy().starts_with(&own) {
                fs::remove_file(entry.path())?;
            } else {
                bytes += found.len();
            }
        }
        Ok(bytes)
    }

    /// The file was taken in, or is of no use.
    pub fn forget(&self, claim: &ParcelClaim) {
        let _turns = self.turns();
        if let Err(error) = fs::remove_file(self.path(claim))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a courier's file could not be removed");
        }
    }
}

impl ArrivingFile {
    /// Writes the next bytes; what was written stays however the connection ends.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), NotKept> {
        let turns = self.carried.turns();
        let here = self.here + bytes.len() as u64;
        if turns.get(&self.claim.device) != Some(&self.turn) || here > self.claim.length {
            return Err(NotKept::Malformed);
        }
        self.file.write_all(bytes)?;
        self.here = here;
        Ok(())
    }

    /// Bytes that are here now. When that is all of them, they are on disk.
    pub fn end(self) -> Result<u64, NotKept> {
        if self.here == self.claim.length {
            self.file.sync_all()?;
        }
        Ok(self.here)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::id::Hash32;
    use cotmoc_core::journal::SigningKey;

    use super::*;

    fn claim(seed: u8, hash: u8, length: u64) -> ParcelClaim {
        ParcelClaim::sign_hash(&SigningKey::from_seed(&[seed; 32]), Hash32([hash; 32]), length)
    }

    #[test]
    fn what_came_stays_on_disk_and_goes_on_at_its_byte_over_a_newer_connection_only() {
        let home = tempfile::tempdir().unwrap();
        let carried = Arc::new(Carried::new(home.path(), 1_000));
        let claim = claim(1, 1, 100);
        let mut broken = carried.arrive(claim, 0).unwrap();
        broken.take(&[7; 60]).unwrap();
        let again = Arc::new(Carried::new(home.path(), 1_000));
        assert_eq!(again.here(&claim), 60, "also after a restart");
        assert!(matches!(carried.arrive(claim, 61), Err(NotKept::Gone)));
        let mut newer = carried.arrive(claim, 60).unwrap();
        assert!(matches!(broken.take(&[9; 1]), Err(NotKept::Malformed)));
        newer.take(&[8; 40]).unwrap();
        assert!(
            matches!(newer.take(&[8; 1]), Err(NotKept::Malformed)),
            "more than claimed"
        );
        assert_eq!(newer.end().unwrap(), 100);
        assert_eq!(
            fs::read(carried.path(&claim)).unwrap(),
            [vec![7; 60], vec![8; 40]].concat()
        );
        carried.forget(&claim);
        assert_eq!(carried.here(&claim), 0);
    }

    #[test]
    fn a_device_has_one_file_and_all_of_them_have_an_end() {
        let home = tempfile::tempdir().unwrap();
        let carried = Arc::new(Carried::new(home.path(), 150));
        for hash in [1, 2] {
            let mut arriving = carried.arrive(claim(1, hash, 100), 0).unwrap();
            arriving.take(&[hash; 90]).unwrap();
        }
        assert_eq!(carried.here(&claim(1, 1, 100)), 0, "given up for the second");
        assert!(matches!(
            carried.arrive(claim(2, 3, 100), 0),
            Err(NotKept::NoRoom)
        ));
        assert!(carried.arrive(claim(2, 3, 50), 0).is_ok());
    }
}
