//! One exchange of a device at a time: a device cannot occupy every worker.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cotmoc_core::journal::DeviceKey;
use tokio::sync::Notify;

/// How long a request waits for the one before it. A device that broke one off asks again at once, and the
/// broken one is still worked on here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose exchanges are worked on, and who waits behind them.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Devices of which a request is worked on or waits.
    busy: Mutex<BTreeMap<DeviceKey, Requests>>,
    ended: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Requests {
    one_at_work: bool,
    one_waits: bool,
}

/// Held while an exchange of a device is worked on.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    device: DeviceKey,
}

/// A request that waits; it may go away at any time.
struct Waiting<'a> {
    turns: &'a Arc<Turns>,
    device: DeviceKey,
    has_turn: bool,
}

impl Turns {
    /// The device's turn, if no other request of it is worked on or waits.
    pub fn take(self: &Arc<Self>, device: DeviceKey) -> Option<Turn> {
        let mut busy = self.busy();
        if busy.contains_key(&device) {
            return None;
        }
        busy.insert(
            device,
            Requests {
                one_at_work: true,
                one_waits: false,
            },
        );
        Some(self.turn(device))
    }

    /// The device's turn, once its earlier request has ended; no thread waits for it. Absent when that takes too
    /// long, or when another request of the device is waiting already.
    pub async fn wait(self: &Arc<Self>, device: DeviceKey) -> Option<Turn> {
        self.wait_within(device, PATIENCE).await
    }

    async fn wait_within(self: &Arc<Self>, device: DeviceKey, patience: Duration) -> Option<Turn> {
        let mut waiting = Waiting::begin(self, device)?;
        let turn = async {
            loop {
                let mut ended = pin!(self.ended.notified());
                // From here on no end is missed.
                ended.as_mut().enable();
                if let Some(turn) = waiting.turn() {
                    return turn;
                }
                ended.await;
            }
        };
        tokio::time::timeout(patience, turn).await.ok()
    }

    fn turn(self: &Arc<Self>, device: DeviceKey) -> Turn {
        Turn {
            turns: Arc::clone(self),
            device,
        }
    }

    fn busy(&self) -> MutexGuard<'_, BTreeMap<DeviceKey, Requests>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of a device, and forgets it when nothing is left.
    fn change(&self, device: DeviceKey, change: impl FnOnce(&mut Requests)) {
        let mut busy = self.busy();
        let Some(requests) = busy.get_mut(&device) else {
            return;
        };
        change(requests);
        if !requests.one_at_work && !requests.one_waits {
            busy.remove(&device);
        }
    }
}

impl<'a> Waiting<'a> {
    fn begin(turns: &'a Arc<Turns>, device: DeviceKey) -> Option<Self> {
        let mut busy = turns.busy();
        let requests = busy.entry(device).or_insert(Requests {
            one_at_work: false,
            one_waits: false,
        });
        if std::mem::replace(&mut requests.one_waits, true) {
            return None;
        }
        Some(Self {
            turns,
            device,
            has_turn: false,
        })
    }

    fn turn(&mut self) -> Option<Turn> {
        let mut busy = self.turns.busy();
        let requests = busy.get_mut(&self.device)?;
        if requests.one_at_work {
            return None;
        }
        *requests = Requests {
            one_at_work: true,
            one_waits: false,
        };
        self.has_turn = true;
        Some(self.turns.turn(self.device))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.has_turn {
            self.turns
                .change(self.device, |requests| requests.one_waits = false);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns
            .change(self.device, |requests| requests.one_at_work = false);
        self.turns.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(number: u8) -> DeviceKey {
        DeviceKey([number; 32])
    }

    fn one_waits(turns: &Turns) -> bool {
        turns
            .busy()
            .get(&device(1))
            .is_some_and(|requests| requests.one_waits)
    }

    #[tokio::test]
    async fn a_request_waits_for_the_devices_earlier_one_and_a_third_is_sent_away() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(device(1)).unwrap();
        assert!(turns.take(device(2)).is_some(), "other devices do not wait");
        let waiting = Arc::clone(&turns);
        let second = tokio::spawn(async move { waiting.wait(device(1)).await.is_some() });
        while !one_waits(&turns) {
            tokio::task::yield_now().await;
        }
        assert!(turns.take(device(1)).is_none());
        assert!(turns.wait(device(1)).await.is_none());
        drop(first);
        assert!(turns.take(device(1)).is_none(), "whoever waited is next");
        assert!(second.await.unwrap());
        assert!(turns.busy().is_empty());
    }

    #[tokio::test]
    async fn a_request_that_waited_too_long_or_went_away_leaves_the_earlier_one_its_turn() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(device(1)).unwrap();
        let short = Duration::from_millis(10);
        assert!(turns.wait_within(device(1), short).await.is_none());
        assert!(!one_waits(&turns));
        let waiting = Arc::clone(&turns);
        let gone = tokio::spawn(async move { waiting.wait(device(1)).await.is_some() });
        while !one_waits(&turns) {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        assert!(!one_waits(&turns));
        drop(first);
        assert!(turns.take(device(1)).is_some());
    }
}
