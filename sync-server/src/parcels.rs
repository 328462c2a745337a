//! Bodies that have not arrived whole: what came of them is kept for the next connection of the same device.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::{Parcel, ParcelClaim};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;
use tokio::sync::oneshot;

use crate::answer::Problem;

/// How long an unfinished body is kept; a device that comes later sends it from the beginning.
const KEPT: Duration = Duration::from_secs(30 * 60);

type Name = (DeviceKey, Hash32);

/// The bodies that are kept, those that arrive now among them. Nothing of them is on disk: after a restart the devices
/// begin anew.
#[derive(Debug)]
pub(crate) struct Parcels {
    kept: Mutex<BTreeMap<Name, Kept>>,
    most_bytes: usize,
    connections: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    parcel: Parcel,
    since: Instant,
    /// The connection over which it arrives; it learns of its end when another one takes over.
    arriving: Option<(u64, oneshot::Sender<()>)>,
}

/// A body that is arriving. However it ends, what has come of it is kept; and already while it arrives, for its
/// connection may be dead without anybody knowing yet.
#[derive(Debug)]
pub(crate) struct Arriving {
    parcels: Arc<Parcels>,
    name: Name,
    connection: u64,
    taken_over: oneshot::Receiver<()>,
}

impl Parcels {
    pub fn new(most_bytes: usize) -> Self {
        Self {
            kept: Mutex::default(),
            most_bytes,
            connections: AtomicU64::new(0),
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

    /// Goes on with a body from this byte, in place of any earlier connection. Absent when bytes before it are
    /// missing.
    pub fn arrive(self: &Arc<Self>, claim: ParcelClaim, from: u64) -> Option<Arriving> {
        let (name, now) = ((claim.device, claim.hash), Instant::now());
        let mut kept = self.kept();
        if kept.get(&name).map_or(0, |known| known.parcel.here()) < from {
            return None;
        }
        // One of a device: whoever begins another one has given up the first.
        kept.retain(|other, known| {
            *other == name
                || (other.0 != name.0 && (known.arriving.is_some() || now.duration_since(known.since) < KEPT))
        });
        let this = kept.entry(name).or_insert_with(|| Kept {
            parcel: Parcel::new(claim),
            since: now,
            arriving: None,
        });
        this.parcel.resume(from).ok()?;
        let (sender, taken_over) = oneshot::channel();
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        this.arriving = Some((connection, sender));
        Some(Arriving {
            parcels: Arc::clone(self),
            name,
            connection,
            taken_over,
        })
    }
}

/// The ones that nobody has gone on with for longest make room; those that arrive are counted elsewhere.
fn make_room(kept: &mut BTreeMap<Name, Kept>, most_bytes: usize) {
    let bytes = |kept: &BTreeMap<Name, Kept>| -> u64 {
        let lying = kept.values().filter(|one| one.arriving.is_none());
        lying.map(|one| one.parcel.here()).sum()
    };
    while bytes(kept) > most_bytes as u64 {
        let lying = kept.iter().filter(|(_, one)| one.arriving.is_none());
        let oldest = lying.min_by_key(|(_, one)| one.since).map(|(name, _)| *name);
        if oldest.and_then(|oldest| kept.remove(&oldest)).is_none() {
            return;
        }
    }
}

impl Arriving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Problem::Malformed`] when there are more than were claimed, [`Problem::ParcelGone`] when another connection
    /// has taken over.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut kept = self.parcels.kept();
        let this = self.own(&mut kept).ok_or(Problem::ParcelGone)?;
        this.since = Instant::now();
        this.parcel.take(bytes).map_err(|_| Problem::Malformed)
    }

    /// Comes back when another connection has taken over.
    pub async fn taken_over(&mut self) {
        // Nothing is ever sent: its end is the sign.
        let _ = (&mut self.taken_over).await;
    }

    /// The body, when it is whole and as claimed. It is kept beside: its answer may get lost.
    pub fn open(self) -> Option<Vec<u8>> {
        let mut kept = self.parcels.kept();
        let this = self.own(&mut kept).filter(|this| this.parcel.is_whole())?;
        let body = this.parcel.clone().open().ok();
        if body.is_none() {
            kept.remove(&self.name);
        }
        body
    }

    /// What it was, as long as no other connection has taken over.
    fn own<'a>(&self, kept: &'a mut BTreeMap<Name, Kept>) -> Option<&'a mut Kept> {
        let is_own = |one: &&mut Kept| {
            one.arriving
                .as_ref()
                .is_some_and(|(connection, _)| *connection == self.connection)
        };
        kept.get_mut(&self.name).filter(is_own)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut kept = self.parcels.kept();
        if let Some(this) = self.own(&mut kept) {
            this.arriving = None;
            this.since = Instant::now();
            make_room(&mut kept, self.parcels.most_bytes);
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
        arriving.take(&body[..60]).unwrap();
        drop(arriving);
        assert_eq!(parcels.here(&claim), 60);
        assert!(parcels.arrive(claim, 61).is_none(), "a piece is missing");
        assert_eq!(parcels.here(&claim), 60, "asking wrongly loses nothing");
        let mut arriving = parcels.arrive(claim, 60).unwrap();
        arriving.take(&body[60..]).unwrap();
        assert_eq!(arriving.open().unwrap(), body);
        assert_eq!(parcels.here(&claim), 100, "the answer may still get lost");
    }

    #[test]
    fn an_altered_body_is_forgotten() {
        let parcels = Arc::new(Parcels::new(1_000));
        let claim = claim(1, &[7; 100]);
        let mut arriving = parcels.arrive(claim, 0).unwrap();
        arriving.take(&[8; 100]).unwrap();
        let more = arriving.take(&[8]);
        assert_eq!(more, Err(Problem::Malformed), "no byte beyond what was claimed");
        assert_eq!(arriving.open(), None);
        assert_eq!(parcels.here(&claim), 0);
    }

    #[test]
    fn the_oldest_make_room() {
        let parcels = Arc::new(Parcels::new(150));
        let bodies = [[1; 100], [2; 100]];
        for (seed, body) in (1u8..).zip(&bodies) {
            let mut arriving = parcels.arrive(claim(seed, body), 0).unwrap();
            arriving.take(&body[..90]).unwrap();
        }
        assert_eq!(parcels.here(&claim(1, &bodies[0])), 0);
        assert_eq!(parcels.here(&claim(2, &bodies[1])), 90);
    }

    #[tokio::test]
    async fn a_connection_that_is_dead_without_knowing_hides_nothing_and_gives_way() {
        let parcels = Arc::new(Parcels::new(1_000));
        let body = [7; 100];
        let claim = claim(1, &body);
        let mut dead = parcels.arrive(claim, 0).unwrap();
        dead.take(&body[..60]).unwrap();
        assert_eq!(
            parcels.here(&claim),
            60,
            "also while the first connection is open"
        );
        let mut alive = parcels.arrive(claim, 60).unwrap();
        dead.taken_over().await;
        assert_eq!(dead.take(&[1]), Err(Problem::ParcelGone));
        alive.take(&body[60..80]).unwrap();
        drop(dead);
        assert_eq!(parcels.here(&claim), 80, "its end takes nothing away");
        alive.take(&body[80..]).unwrap();
        assert_eq!(alive.open().unwrap(), body);
    }

    #[test]
    fn what_arrives_makes_no_room_for_others_and_another_body_of_the_device_ends_it() {
        let parcels = Arc::new(Parcels::new(50));
        let body = [1; 100];
        let mut arriving = parcels.arrive(claim(1, &body), 0).unwrap();
        arriving.take(&body[..90]).unwrap();
        let mut other = parcels.arrive(claim(2, &[2; 40]), 0).unwrap();
        other.take(&[2; 40]).unwrap();
        drop(other);
        assert_eq!(parcels.here(&claim(1, &body)), 90);
        let next = [3; 30];
        let mut another = parcels.arrive(claim(1, &next), 0).unwrap();
        another.take(&next).unwrap();
        assert_eq!(arriving.take(&[1]), Err(Problem::ParcelGone));
        assert_eq!(parcels.here(&claim(1, &body)), 0);
        assert_eq!(another.open().unwrap(), next);
    }
}
