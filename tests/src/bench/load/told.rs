//! What the server says in its log of how long it took.

use std::path::Path;

use anyhow::{Context, Result};

/// What is asked of the server's log.
pub const LOG: &str = "error,cotmoc_sync_server=info";

/// A log, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// Milliseconds from the last byte of a request to the last part of its answer, waiting for a place in them, the
    /// way of the bytes not; sorted.
    pub times: Vec<f64>,
    /// Requests that were answered "busy".
    pub turned_away: u64,
}

impl Told {
    /// Reads a server's log from a byte on.
    ///
    /// # Errors
    /// When it cannot be read, or an answer's time stands in it as no number.
    pub fn read(log: &Path, from: usize) -> Result<Self> {
        let text = std::fs::read(log)?;
        let text = String::from_utf8_lossy(text.get(from..).unwrap_or_default());
        let mut told = Self::default();
        for line in text.lines() {
            told.turned_away += u64::from(line.contains("a device was told to come back"));
            let Some((_, rest)) = line.split_once("answer.micros=") else {
                continue;
            };
            let number = rest.split_whitespace().next().unwrap_or_default();
            let micros: f64 = number.parse().with_context(|| line.to_owned())?;
            told.times.push(micros / 1_000.0);
        }
        told.times.sort_by(f64::total_cmp);
        Ok(told)
    }
}
