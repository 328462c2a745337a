//! Bundles that a courier cannot read and sends on, piece by piece: what came is kept on disk until the file is
//! whole and was taken in as one from a stick.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::ParcelClaim;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::owner_only;

const FOLDER: &str = "carried";
/// A file that nobody has gone on with for so long is removed.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A file that waits for entries is tried again after so long also when none came: what it waits for may have been
/// here, and set aside.
const TRIED_AGAIN: Duration = Duration::from_secs(60 * 60);

/// The files that are arriving: one of a device.
#[derive(Debug)]
pub(crate) struct Carried {
    folder: PathBuf,
    most_bytes: u64,
    couriers: Mutex<BTreeMap<DeviceKey, Courier>>,
}

/// What is underway of a courier.
#[derive(Debug, Default)]
struct Courier {
    /// How often it has begun or gone on: what comes over an earlier connection counts no more.
    turn: u64,
    /// The file that arrives now.
    arriving: Option<ParcelClaim>,
    /// The file that is being taken in.
    at_work: Option<Hash32>,
    /// The file that was tried and waits: where the journal stood before that, and when it was.
    waits: Option<(Hash32, u64, Instant)>,
}

/// Why nothing is taken.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// Bytes before the named one are missing.
    Gone,
    /// The couriers' files together take all the room that there is for them.
    NoRoom,
    /// The file is whole and being taken in.
    AtWork,
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

/// Held while a courier's file is taken in: nobody else takes it in or writes to it.
#[derive(Debug)]
pub(crate) struct AtWork {
    carried: Arc<Carried>,
    claim: ParcelClaim,
}

impl Carried {
    pub fn new(home: &Path, most_bytes: u64) -> Self {
        Self {
            folder: home.join(FOLDER),
            most_bytes,
            couriers: Mutex::default(),
        }
    }

    fn couriers(&self) -> MutexGuard<'_, BTreeMap<DeviceKey, Courier>> {
        self.couriers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a claimed file is. Its name says whose it is and nothing that its sender chose freely.
    pub fn path(&self, claim: &ParcelClaim) -> PathBuf {
        self.path_of(&claim.device, &claim.hash)
    }

    fn path_of(&self, device: &DeviceKey, hash: &Hash32) -> PathBuf {
        self.folder.join(format!("{device}-{hash}"))
    }

    /// Bytes that are here of a claimed file.
    pub fn here(&self, claim: &ParcelClaim) -> u64 {
        fs::metadata(self.path(claim)).map_or(0, |found| found.len())
    }

    /// Goes on with a file from this byte. What the device had begun before and is not this one is given up.
    pub fn arrive(self: &Arc<Self>, claim: ParcelClaim, from: u64) -> Result<ArrivingFile, NotKept> {
        let mut couriers = self.couriers();
        if couriers
            .get(&claim.device)
            .is_some_and(|courier| courier.at_work == Some(claim.hash))
        {
            return Err(NotKept::AtWork);
        }
        fs::create_dir_all(&self.folder)?;
        let path = self.path(&claim);
        let others = self.make_room(&couriers, &claim)?;
        if others.saturating_add(claim.length) > self.most_bytes {
            return Err(NotKept::NoRoom);
        }
        let mut options = fs::OpenOptions::new();
        let mut file = owner_only(options.write(true).create(true).truncate(false)).open(&path)?;
        if from > file.metadata()?.len() {
            return Err(NotKept::Gone);
        }
        file.set_len(from)?;
        file.seek(SeekFrom::Start(from))?;
        let courier = couriers.entry(claim.device).or_default();
        courier.turn += 1;
        courier.arriving = Some(claim);
        Ok(ArrivingFile {
            carried: Arc::clone(self),
            claim,
            turn: courier.turn,
            file,
            here: from,
        })
    }

    /// Removes what this device had begun beside the claimed file, and what is old; gives the bytes of other files.
    /// One that arrives counts whole: it may still become what was claimed.
    fn make_room(&self, couriers: &BTreeMap<DeviceKey, Courier>, claim: &ParcelClaim) -> io::Result<u64> {
        let is_at_work = |path: &Path| {
            couriers.iter().any(|(device, courier)| {
                let hash = courier.at_work.as_ref();
                hash.is_some_and(|hash| self.path_of(device, hash) == path)
            })
        };
        let own_path = self.path(claim);
        let own = format!("{}-", claim.device);
        let others = couriers.iter().filter(|(device, _)| **device != claim.device);
        let arriving: BTreeMap<PathBuf, u64> = others
            .filter_map(|(_, courier)| courier.arriving)
            .map(|other| (self.path(&other), other.length))
            .collect();
        let mut bytes = 0u64;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path == own_path {
                continue;
            }
            let found = match fs::metadata(&path) {
                // Taken in just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                found => found?,
            };
            let is_old = found.modified()?.elapsed().is_ok_and(|since| since > KEPT);
            let is_own = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&own));
            if (is_old || is_own) && !is_at_work(&path) {
                fs::remove_file(&path)?;
            } else {
                let claimed = arriving.get(&path).copied().unwrap_or(0);
                bytes = bytes.saturating_add(found.len().max(claimed));
            }
        }
        Ok(bytes)
    }

    /// The claimed file is to be taken in. Absent while one of this courier is.
    pub fn work_on(self: &Arc<Self>, claim: ParcelClaim) -> Option<AtWork> {
        let mut couriers = self.couriers();
        let courier = couriers.entry(claim.device).or_default();
        if courier.at_work.is_some() {
            return None;
        }
        courier.at_work = Some(claim.hash);
        Some(AtWork {
            carried: Arc::clone(self),
            claim,
        })
    }

    /// The file was tried when the journal stood here, and waits for entries that have not come since.
    pub fn still_waits(&self, claim: &ParcelClaim, position: u64) -> bool {
        let couriers = self.couriers();
        let waits = couriers
            .get(&claim.device)
            .and_then(|courier| courier.waits.as_ref());
        waits.is_some_and(|(hash, tried_at, when)| {
            *hash == claim.hash && *tried_at == position && when.elapsed() < TRIED_AGAIN
        })
    }

    /// The file waits for entries that were not here before it was tried.
    pub fn note_waits(&self, claim: &ParcelClaim, position: u64) {
        let mut couriers = self.couriers();
        let courier = couriers.entry(claim.device).or_default();
        courier.waits = Some((claim.hash, position, Instant::now()));
    }

    /// The file was taken in, or is of no use.
    pub fn forget(&self, claim: &ParcelClaim) {
        let _couriers = self.couriers();
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
        let couriers = self.carried.couriers();
        let here = self.here + bytes.len() as u64;
        let turn = couriers.get(&self.claim.device).map(|courier| courier.turn);
        if turn != Some(self.turn) || here > self.claim.length {
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

impl Drop for ArrivingFile {
    fn drop(&mut self) {
        if let Some(courier) = self.carried.couriers().get_mut(&self.claim.device)
            && courier.turn == self.turn
        {
            courier.arriving = None;
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(courier) = self.carried.couriers().get_mut(&self.claim.device) {
            courier.at_work = None;
        }
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
    #[test]
    fn files_that_arrive_together_have_an_end_by_what_was_claimed() {
        let home = tempfile::tempdir().unwrap();
        let carried = Arc::new(Carried::new(home.path(), 150));
        let one = carried.arrive(claim(1, 1, 100), 0).unwrap();
        assert!(
            matches!(carried.arrive(claim(2, 2, 100), 0), Err(NotKept::NoRoom)),
            "not a byte is here, and a hundred may come"
        );
        let other = carried.arrive(claim(2, 2, 50), 0).unwrap();
        drop((one, other));
        assert!(
            carried.arrive(claim(2, 2, 150), 0).is_ok(),
            "nothing arrives any more"
        );
    }

    #[test]
    fn a_file_that_is_taken_in_is_left_alone_by_whoever_comes_meanwhile() {
        let home = tempfile::tempdir().unwrap();
        let carried = Arc::new(Carried::new(home.path(), 1_000));
        let whole = claim(1, 1, 10);
        carried.arrive(whole, 0).unwrap().take(&[7; 10]).unwrap();
        let at_work = carried.work_on(whole).unwrap();
        assert!(carried.work_on(whole).is_none(), "once at a time");
        assert!(matches!(carried.arrive(whole, 0), Err(NotKept::AtWork)));
        assert!(
            carried.arrive(claim(1, 2, 10), 0).is_ok(),
            "its next file comes beside it"
        );
        assert_eq!(carried.here(&whole), 10);
        drop(at_work);
        assert!(carried.work_on(whole).is_some());
    }

    #[test]
    fn a_file_that_waits_is_not_tried_again_before_the_journal_has_moved() {
        let home = tempfile::tempdir().unwrap();
        let carried = Arc::new(Carried::new(home.path(), 1_000));
        let whole = claim(1, 1, 10);
        assert!(!carried.still_waits(&whole, 5));
        carried.note_waits(&whole, 5);
        assert!(carried.still_waits(&whole, 5));
        assert!(!carried.still_waits(&whole, 6));
        assert!(!carried.still_waits(&claim(1, 2, 10), 5), "another file");
    }
}
