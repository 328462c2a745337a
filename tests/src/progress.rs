//! How far long work is, said on standard error. Standard output is for what was found.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_device::contract::session::{ExchangePhase, ExchangeState};
use serde_json::Value;

use crate::fleet::Player;

/// Between two lines about the same work.
const EVERY: Duration = Duration::from_secs(5);

/// One stretch of work that takes long enough for somebody to wonder.
#[derive(Debug)]
pub struct Progress {
    what: Option<String>,
    total: u64,
    done: AtomicU64,
    started: Instant,
    told: Mutex<Instant>,
}

impl Progress {
    /// Says that the work begins. `total` counts the steps to come; without a number to give, 0.
    pub fn begin(what: &str, total: u64) -> Self {
        eprintln!("{what} …");
        Self {
            what: Some(what.to_owned()),
            ..Self::silent(total)
        }
    }

    /// For those who do not want to hear of it.
    pub fn silent(total: u64) -> Self {
        let now = Instant::now();
        Self {
            what: None,
            total,
            done: AtomicU64::new(0),
            started: now,
            told: Mutex::new(now),
        }
    }

    /// One step more is done. Several threads may call it.
    pub fn step(&self) {
        self.steps(1);
    }

    /// Several steps more are done.
    pub fn steps(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        let Some(what) = &self.what else { return };
        // Whoever finds it taken leaves the telling to the other.
        let Ok(mut told) = self.told.try_lock() else {
            return;
        };
        if told.elapsed() >= EVERY {
            *told = Instant::now();
            let seconds = self.started.elapsed().as_secs();
            eprintln!("  {what}: {done} of {}, {seconds} s", self.total);
        }
    }
}

/// Exchanges and demands that both sides hold the same, as [`Player::exchange`], and says what the device
/// tells meanwhile.
///
/// # Panics
/// When it fails or the two sides differ.
#[track_caller]
pub fn exchange_aloud(player: &Player) -> Value {
    let events = player.device().listen();
    let running = Arc::new(());
    // Ends when `running` is gone, however the exchange ends.
    let is_running = Arc::downgrade(&running);
    std::thread::spawn(move || {
        let (started, mut told) = (Instant::now(), Instant::now());
        while is_running.strong_count() > 0 {
            match events.recv_timeout(Duration::from_secs(1)) {
                Ok(DeviceEvent::Exchange {
                    state: ExchangeState::Running { phase, done, total },
                }) if told.elapsed() >= EVERY => {
                    told = Instant::now();
                    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
                    let unit = match phase {
                        ExchangePhase::Sending | ExchangePhase::Receiving => "bytes of this page",
                        ExchangePhase::Applying => "records",
                    };
                    let seconds = started.elapsed().as_secs();
                    eprintln!("  {phase:?}: {done}{of} {unit}, {seconds} s");
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    let outcome = player.exchange();
    drop(running);
    outcome
}
