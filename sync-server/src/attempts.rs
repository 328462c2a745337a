//! Counting failed tries, so that guessing codes or sending forged requests soon stops being answered.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cotmoc_core::journal::DeviceKey;

const WINDOW: Duration = Duration::from_secs(60);
/// Peers remembered at once; when there are more, the oldest windows are forgotten.
const MOST: usize = 10_000;

/// Who failed. A device is counted together with the address it was named from: its key is public, and a
/// stranger who names it must not be able to lock it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trier {
    /// Enrolment from an address.
    Peer(IpAddr),
    /// An exchange in a device's name from an address.
    Device(IpAddr, DeviceKey),
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    failures: u32,
}

/// Failures within the last minute.
#[derive(Debug)]
pub(crate) struct Attempts {
    most: u32,
    windows: Mutex<BTreeMap<Trier, Window>>,
}

impl Attempts {
    pub fn new(most: u32) -> Self {
        Self {
            most,
            windows: Mutex::default(),
        }
    }

    /// Seconds to wait when this one has failed too often.
    pub fn wait(&self, trier: Trier, now: Instant) -> Option<u64> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(&trier)?;
        let left = WINDOW.checked_sub(now.duration_since(window.began))?;
        (window.failures >= self.most).then(|| left.as_secs() + 1)
    }

    /// Counts a failure.
    pub fn failed(&self, trier: Trier, now: Instant) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST {
            windows.retain(|_, window| now.duration_since(window.began) < WINDOW);
        }
        if windows.len() >= MOST {
            let oldest = windows
                .iter()
                .min_by_key(|(_, window)| window.began)
                .map(|(trier, _)| *trier);
            oldest.and_then(|oldest| windows.remove(&oldest));
        }
        let window = windows.entry(trier).or_insert(Window {
            began: now,
            failures: 0,
        });
        if now.duration_since(window.began) >= WINDOW {
            *window = Window {
                began: now,
                failures: 0,
            };
        }
        window.failures = window.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn peer(last: u8) -> Trier {
        Trier::Peer(IpAddr::from([10, 0, 0, last]))
    }

    #[test]
    fn the_tenth_failure_in_a_minute_closes_the_door_for_the_rest_of_it_and_for_nobody_else() {
        let attempts = Attempts::new(10);
        let start = Instant::now();
        for _ in 0..9 {
            attempts.failed(peer(1), start);
        }
        assert_eq!(attempts.wait(peer(1), start), None);
        attempts.failed(peer(1), start);
        let wait = attempts.wait(peer(1), start + Duration::from_secs(20)).unwrap();
        assert!((40..=41).contains(&wait), "{wait}");
        assert_eq!(attempts.wait(peer(2), start), None);
        assert_eq!(attempts.wait(peer(1), start + Duration::from_secs(61)), None);
        attempts.failed(peer(1), start + Duration::from_secs(61));
        assert_eq!(
            attempts.wait(peer(1), start + Duration::from_secs(62)),
            None,
            "a new minute counts anew"
        );
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let attempts = Attempts::new(10);
        let start = Instant::now();
        for number in 0..(MOST as u32 + 50) {
            attempts.failed(Trier::Peer(IpAddr::from(number.to_be_bytes())), start);
        }
        assert!(attempts.windows.lock().unwrap().len() <= MOST);
    }
}
