//! How far the registrations of the demonstration are.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::plan::Province;

/// Between two lines where a line cannot be written over.
const EVERY: Duration = Duration::from_secs(5);

/// Counts what the devices have entered, whichever thread they play in.
pub struct Progress {
    done: AtomicU64,
    total: u64,
    started: Instant,
    on_terminal: bool,
    told: Mutex<Option<Instant>>,
}

impl Progress {
    /// Nothing of these provinces was entered yet.
    pub fn of(provinces: &[Province]) -> Self {
        let total = provinces
            .iter()
            .flat_map(|province| &province.units)
            .map(|unit| unit.models.len() as u64)
            .sum();
        Self {
            done: AtomicU64::new(0),
            total,
            started: Instant::now(),
            on_terminal: std::io::stderr().is_terminal(),
            told: Mutex::new(None),
        }
    }

    /// One more registration was entered.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes the progress line over the one before; where that cannot be, a line now and then.
    pub fn tell(&self) {
        if self.on_terminal {
            return eprint!("\r{}   ", self.line());
        }
        // Whoever finds it taken leaves the telling to the other.
        let Ok(mut told) = self.told.try_lock() else {
            return;
        };
        if told.is_none_or(|told| told.elapsed() >= EVERY) {
            *told = Some(Instant::now());
            eprintln!("{}", self.line());
        }
    }

    /// Writes the last line.
    pub fn end(&self) {
        if self.on_terminal {
            self.tell();
            eprintln!();
        } else {
            eprintln!("{}", self.line());
        }
    }

    fn line(&self) -> String {
        format!(
            "Đang nhập qua các thiết bị: {}/{} bản đăng ký, {} giây / entering through devices",
            self.done.load(Ordering::Relaxed),
            self.total,
            self.started.elapsed().as_secs()
        )
    }
}
