//! The threads that carry packets from one TUN device to the other.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tun_rs::SyncDevice;

use super::rules::{Fates, Rules, Way};
use super::streams::Streams;

/// Largest packet a TUN device hands over.
const PACKET: usize = 64 * 1024;

/// One direction; its threads end when a device is gone.
pub struct Direction {
    way: Arc<Mutex<Way>>,
    streams: Arc<Mutex<Streams>>,
    began: Instant,
}

impl Direction {
    /// Carries what `from` sends to `to`.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(from: Arc<SyncDevice>, to: Arc<SyncDevice>, seed: u64) -> Result<Self> {
        let (way, began) = (Arc::new(Mutex::new(Way::new(seed))), Instant::now());
        let (sender, receiver) = channel();
        let streams = Arc::new(Mutex::new(Streams::default()));
        let (shared, seen) = (way.clone(), streams.clone());
        let name = || std::thread::Builder::new().name("link".to_owned());
        name().spawn(move || {
            let mut packet = vec![0u8; PACKET];
            while let Ok(length) = from.recv(&mut packet) {
                lock(&seen).see(&packet[..length]);
                let arrives = lock(&shared).offer(began.elapsed(), length);
                let Some(arrives) = arrives else { continue };
                if sender.send((arrives, packet[..length].to_vec())).is_err() {
                    break;
                }
            }
        })?;
        name().spawn(move || deliver(&receiver, &to, began))?;
        Ok(Self { way, streams, began })
    }

    /// Other rules from now on.
    pub fn follow(&self, rules: Rules) {
        let now = self.began.elapsed();
        lock(&self.way).follow(rules, now);
        lock(&self.streams).forget();
    }

    /// What became of the packets since the rules hold.
    pub fn fates(&self) -> Fates {
        lock(&self.way).fates()
    }

    /// Bytes of TCP streams that were sent for the first time since the rules hold.
    pub fn given(&self) -> u64 {
        lock(&self.streams).bytes()
    }
}

fn deliver(packets: &Receiver<(Duration, Vec<u8>)>, to: &SyncDevice, began: Instant) {
    for (arrives, packet) in packets {
        std::thread::sleep(arrives.saturating_sub(began.elapsed()));
        // A device that does not take it is a packet lost; one that is gone ends the other thread too.
        let _ = to.send(&packet);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
