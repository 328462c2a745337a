//! Bodies that have not arrived whole: what came of them is kept for the next connection of the same device.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::{Parcel, ParcelClaim};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;

/// How long an unfinished body is kept; a device that comes later sends it from the beginning.
const KEPT: Duration = Duration::from_secs(30 * 60);

type Name = (DeviceKey, Hash32);

/// The bodies that are kept. Nothing of them is on disk: after a restart the devices begin anew.
#[derive(Debug)]
pub(crate) struct Parcels {
    kept: Mutex<BTreeMap<Name, (Parcel, Instant)>>,
    most_bytes: usize,
}

/// A body that is arriving. However it ends, what has come of it is kept.
#[derive(Debug)]
pub(crate) struct Arriving {
    parcels: Arc<Parcels>,
    name: Name,
    parcel: Option<Parcel>,
}

impl Parcels {
    pub fn new(most_bytes: usize) -> Self {
        Self {
            kept: Mutex::default(),
            most_bytes,
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Name, (Parcel, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that are here of a claimed body.
    pub fn here(&self, claim: &ParcelClaim) -> u64 {
        let kept = self.kept();
        kept.get(&(claim.device, claim.hash))
            .map_or(0, |(parcel, _)| parcel.here())
    }

    /// Goes on with a body from this byte. Absent when bytes before it are missing.
    pub fn arrive(self: &Arc<Self>, claim: ParcelClaim, from: u64) -> Option<Arriving> {
        let name = (claim.device, claim.hash);
        let known = self.kept().remove(&name).map(|(parcel, _)| parcel);
        let mut parcel = known.unwrap_or_else(|| Parcel::new(claim));
        let resumed = parcel.resume(from);
        let arriving = Arriving {
            parcels: Arc::clone(self),
            name,
            parcel: Some(parcel),
        };
        resumed.ok().map(|()| arriving)
    }

    fn keep(&self, name: Name, parcel: Parcel) {
        let now = Instant::now();
        let mut kept = self.kept();
        kept.retain(|_, (_, since)| now.duration_since(*since) < KEPT);
        kept.insert(name, (parcel, now));
        // The ones that nobody has gone on with for longest make room.
        let bytes = |kept: &BTreeMap<Name, (Parcel, Instant)>| -> u64 {
            kept.values().map(|(parcel, _)| parcel.here()).sum()
        };
        while kept.len() > 1 && bytes(&kept) > self.most_bytes as u64 {
            let oldest = kept.iter().min_by_key(|(_, (_, since))| *since);
            let Some(oldest) = oldest.map(|(name, _)| *name) else {
                break;
            };
            kept.remove(&oldest);
        }
    }
}

impl Arriving {
    /// Takes the next bytes; false when there are more than were claimed.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        self.parcel
            .as_mut()
            .is_some_and(|parcel| parcel.take(bytes).is_ok())
    }

    /// The body, when it is whole and as claimed. It is kept beside: its answer may get lost.
    pub fn open(mut self) -> Option<Vec<u8>> {
        let parcel = self.parcel.take()?;
        let body = parcel.clone().open();
        if body.is_ok() || !parcel.is_whole() {
            self.parcels.keep(self.name, parcel);
        }
        body.ok()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(parcel) = self.parcel.take() {
            self.parcels.keep(self.name, parcel);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::journal::SigningKey;

    use super::*;

    fn claim(seed: u8, body: &[u8]) -> ParcelClaim {
        ParcelClaim::sign(&SigningKey::from_seed(&[seed; 32]), body)
    }

    #[test]
    fn what_came_before_a_cut_is_here_when_the_device_comes_back() {
        let parcels = Arc::new(Parcels::new(1_000));
        let body = [7; 100];
        let claim = claim(1, &body);
        let mut arriving = parcels.arrive(claim, 0).unwrap();
        assert!(arriving.take(&body[..60]));
        drop(arriving);
        assert_eq!(parcels.here(&claim), 60);
        assert!(parcels.arrive(claim, 61).is_none(), "a piece is missing");
        assert_eq!(parcels.here(&claim), 60, "asking wrongly loses nothing");
        let mut arriving = parcels.arrive(claim, 60).unwrap();
        assert!(arriving.take(&body[60..]));
        assert_eq!(arriving.open().unwrap(), body);
        assert_eq!(parcels.here(&claim), 100, "the answer may still get lost");
    }

    #[test]
    fn an_altered_body_is_forgotten() {
        let parcels = Arc::new(Parcels::new(1_000));
        let claim = claim(1, &[7; 100]);
        let mut arriving = parcels.arrive(claim, 0).unwrap();
        assert!(arriving.take(&[8; 100]));
        assert!(!arriving.take(&[8]), "no byte beyond what was claimed");
        assert_eq!(arriving.open(), None);
        assert_eq!(parcels.here(&claim), 0);
    }

    #[test]
    fn the_oldest_make_room() {
        let parcels = Arc::new(Parcels::new(150));
        let bodies = [[1; 100], [2; 100]];
        for (seed, body) in (1u8..).zip(&bodies) {
            let mut arriving = parcels.arrive(claim(seed, body), 0).unwrap();
            assert!(arriving.take(&body[..90]));
        }
        assert_eq!(parcels.here(&claim(1, &bodies[0])), 0);
        assert_eq!(parcels.here(&claim(2, &bodies[1])), 90);
    }
}
