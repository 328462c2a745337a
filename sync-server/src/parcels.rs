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
    kept: Mutex<BTreeMap<Name, Kept>>,
    most_bytes: usize,
}

#[derive(Debug)]
struct Kept {
    parcel: Parcel,
    /// When something of it came last.
    since: Instant,
    /// Which connection goes on with it: the newest.
    turn: u64,
}

/// A body that is arriving. However it ends, what has come of it is kept, and seen by the next connection also
/// while nobody has noticed that this one is dead.
#[derive(Debug)]
pub(crate) struct Arriving {
    parcels: Arc<Parcels>,
    name: Name,
    turn: u64,
}

impl Parcels {
    pub fn new(most_bytes: usize) -> Self {
        Self {
            kept: Mutex::default(),
            most_bytes,
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Name, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that are here of a claimed body.
    pub fn here(&self, claim: &ParcelClaim) -> u64 {
        let kept = self.kept();
        kept.get(&(claim.device, claim.hash))
            .map_or(0, |kept| kept.parcel.here())
    }

    /// Goes on with a body from this byte, instead of any connection that did so before. Absent when bytes before
    /// it are missing.
    pub fn arrive(self: &Arc<Self>, claim: ParcelClaim, from: u64) -> Option<Arriving> {
        let name = (claim.device, claim.hash);
        let now = Instant::now();
        let mut kept = self.kept();
        // One of a device: whoever begins another one has given up the first.
        kept.retain(|other, kept| {
            *other == name || (other.0 != name.0 && now.duration_since(kept.since) < KEPT)
        });
        let known = kept.entry(name).or_insert_with(|| Kept {
            parcel: Parcel::new(claim),
            since: now,
            turn: 0,
        });
        known.parcel.resume(from).ok()?;
        known.since = now;
        known.turn += 1;
        Some(Arriving {
            parcels: Arc::clone(self),
            name,
            turn: known.turn,
        })
    }

    /// The ones that nobody has gone on with for longest make room; `name` is gone on with now.
    fn make_room(&self, kept: &mut BTreeMap<Name, Kept>, name: &Name) {
        let mut bytes: u64 = kept.values().map(|kept| kept.parcel.here()).sum();
        while bytes > self.most_bytes as u64 {
            let others = kept.iter().filter(|(other, _)| *other != name);
            let oldest = others.min_by_key(|(_, kept)| kept.since);
            let Some((oldest, here)) = oldest.map(|(other, kept)| (*other, kept.parcel.here())) else {
                break;
            };
            kept.remove(&oldest);
            bytes -= here;
        }
    }
}

impl Arriving {
    /// Takes the next bytes; false when there are more than were claimed, or another connection goes on with it.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        let mut all = self.parcels.kept();
        let taken = match all.get_mut(&self.name) {
            Some(kept) if kept.turn == self.turn => {
                kept.since = Instant::now();
                kept.parcel.take(bytes).is_ok()
            }
            _ => false,
        };
        self.parcels.make_room(&mut all, &self.name);
        taken
    }

    /// The body, when it is whole and as claimed. It is kept beside: its answer may get lost.
    pub fn open(self) -> Option<Vec<u8>> {
        let mut all = self.parcels.kept();
        let kept = all.get(&self.name).filter(|kept| kept.turn == self.turn)?;
        let body = kept.parcel.clone().open();
        if body.is_err() && kept.parcel.is_whole() {
            all.remove(&self.name);
        }
        body.ok()
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
    fn what_came_over_a_connection_that_nobody_knows_to_be_dead_is_here_and_it_brings_nothing_more() {
        let parcels = Arc::new(Parcels::new(1_000));
        let body = [7; 100];
        let claim = claim(1, &body);
        let mut dead = parcels.arrive(claim, 0).unwrap();
        assert!(dead.take(&body[..60]));
        assert_eq!(parcels.here(&claim), 60, "while the connection is open");
        let mut newer = parcels.arrive(claim, 60).unwrap();
        assert!(!dead.take(&body[60..]), "what was underway comes too late");
        assert!(newer.take(&body[60..]));
        assert_eq!(dead.open(), None);
        assert_eq!(newer.open().unwrap(), body);
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
