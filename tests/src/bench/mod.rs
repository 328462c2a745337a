//! The figures of `make bench`: one line each, with the bar and whether it is reached.

pub mod bad_link;
pub mod bundle;
pub mod counting_proxy;
pub mod cut_link;
pub mod durability;
pub mod ending;
pub mod exchange;
mod figure;
pub mod laws;
pub mod link;
pub mod load;
pub mod peer;
pub mod process;
pub mod replay;
pub mod server_process;
pub mod server_work;
pub mod store;
pub mod transfer;
pub mod workload;

use std::time::{Duration, Instant};

pub use figure::{Bar, Figure};

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
    quantile(sorted, 95)
}

/// A percentile of sorted times.
pub fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// The median of sorted times.
pub fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
