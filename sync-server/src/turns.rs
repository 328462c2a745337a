//! One exchange of a device at a time: a device cannot occupy every worker.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cotmoc_core::journal::DeviceKey;

/// How long a request waits for the one before it. A device that broke one off asks again at once, and the
/// broken one is still worked on here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose exchanges are worked on, and who waits behind them.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The devices at work; true when another request of the device waits.
    at_work: Mutex<BTreeMap<DeviceKey, bool>>,
    ended: Condvar,
}

/// Held while an exchange of a device is worked on.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    device: DeviceKey,
}

impl Turns {
    /// The device's turn, once its earlier request has ended. Absent when that takes too long, or when another
    /// request of the device is waiting already.
    pub fn take(&self, device: DeviceKey) -> Option<Turn<'_>> {
        self.take_within(device, PATIENCE)
    }

    fn take_within(&self, device: DeviceKey, patience: Duration) -> Option<Turn<'_>> {
        let mut at_work = self.at_work();
        if let Some(someone_waits) = at_work.get_mut(&device) {
            if *someone_waits {
                return None;
            }
            *someone_waits = true;
            let is_busy = |at_work: &mut BTreeMap<DeviceKey, bool>| at_work.contains_key(&device);
            let (held, waited) = self
                .ended
                .wait_timeout_while(at_work, patience, is_busy)
                .unwrap_or_else(PoisonError::into_inner);
            at_work = held;
            if waited.timed_out()
                && let Some(someone_waits) = at_work.get_mut(&device)
            {
                *someone_waits = false;
                return None;
            }
        }
        at_work.insert(device, false);
        Some(Turn { turns: self, device })
    }

    fn at_work(&self) -> MutexGuard<'_, BTreeMap<DeviceKey, bool>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.at_work().remove(&self.device);
        self.turns.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(number: u8) -> DeviceKey {
        DeviceKey([number; 32])
    }

    #[test]
    fn a_request_waits_for_the_devices_earlier_one_and_a_third_is_sent_away() {
        let turns = Turns::default();
        let first = turns.take(device(1)).unwrap();
        assert!(turns.take(device(2)).is_some(), "other devices do not wait");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| turns.take(device(1)).is_some());
            while !turns.at_work()[&device(1)] {
                std::thread::yield_now();
            }
            assert!(turns.take(device(1)).is_none());
            drop(first);
            assert!(second.join().unwrap());
        });
        assert!(turns.at_work().is_empty());
    }

    #[test]
    fn a_request_that_waited_too_long_leaves_the_earlier_one_its_turn() {
        let turns = Turns::default();
        let first = turns.take(device(1)).unwrap();
        assert!(turns.take_within(device(1), Duration::from_millis(10)).is_none());
        assert_eq!(turns.at_work().get(&device(1)), Some(&false));
        drop(first);
        assert!(turns.take(device(1)).is_some());
    }
}
