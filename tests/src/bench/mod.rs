//! The figures of `make bench`: one line each, with the bar and whether it is reached.

pub mod counting_proxy;
pub mod durability;
pub mod exchange;
pub mod store;
pub mod workload;

use std::time::{Duration, Instant};

/// One measured figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured, in dotted words.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The largest value that reaches the bar; absent where the issue sets none.
    pub bar: Option<f64>,
}

impl Figure {
    /// A figure that must not exceed `bar`.
    pub fn at_most(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self {
            name: name.to_owned(),
            value,
            unit,
            bar: Some(bar),
        }
    }

    /// A figure that is told without a bar.
    pub fn told(name: &str, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            value,
            unit,
            bar: None,
        }
    }

    /// It reaches its bar.
    pub fn is_reached(&self) -> bool {
        self.bar.is_none_or(|bar| self.value <= bar)
    }

    /// The line: name, value, unit, bar, ok or short.
    pub fn line(&self) -> String {
        let verdict = match (self.bar, self.is_reached()) {
            (None, _) => "-",
            (Some(_), true) => "ok",
            (Some(_), false) => "short",
        };
        let bar = self.bar.map_or_else(|| "-".to_owned(), |bar| format!("{bar}"));
        format!(
            "{:<44} {:>12.3} {:<8} {:>8} {}",
            self.name, self.value, self.unit, bar, verdict
        )
    }
}

/// Times of `runs` calls in milliseconds, sorted.
pub fn times(runs: usize, mut call: impl FnMut(usize)) -> Vec<f64> {
    let mut times: Vec<f64> = (0..runs)
        .map(|run| {
            let started = Instant::now();
            call(run);
            millis(started.elapsed())
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The 95th percentile of sorted times.
pub fn p95(sorted: &[f64]) -> f64 {
    let at = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

/// The median of sorted times.
pub fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
