//! Playing the demonstration: each province in a thread of its own.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::plan::Province;
use super::province_server::ProvinceServer;
use super::script;

/// How far the registrations are.
pub struct Progress {
    done: AtomicU64,
    total: u64,
}

impl Progress {
    /// One more registration was entered.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Plays all provinces at once, with one progress line.
pub fn play(data: &Path, provinces: &[Province], server: &ProvinceServer) -> Result<()> {
    let total = provinces
        .iter()
        .flat_map(|province| &province.units)
        .map(|unit| unit.models.len() as u64)
        .sum();
    let progress = Progress {
        done: AtomicU64::new(0),
        total,
    };
    let started = Instant::now();
    let result = std::thread::scope(|scope| {
        let players: Vec<_> = provinces
            .iter()
            .map(|province| {
                let progress = &progress;
                scope.spawn(move || script::province(data, province, &server.invitation(province)?, progress))
            })
            .collect();
        while players.iter().any(|player| !player.is_finished()) {
            tell(&progress, started);
            std::thread::sleep(Duration::from_millis(300));
        }
        players
            .into_iter()
            .try_for_each(|player| player.join().map_err(|_| anyhow!("a player stopped"))?)
    });
    tell(&progress, started);
    eprintln!();
    result
}

fn tell(progress: &Progress, started: Instant) {
    let (done, total) = (progress.done.load(Ordering::Relaxed), progress.total);
    eprint!(
        "\rĐang nhập qua các thiết bị: {done}/{total} bản đăng ký, {} giây / entering through devices   ",
        started.elapsed().as_secs()
    );
}
