//! How fast the link is, so that a person can be told about how long something takes.

use std::time::Duration;

/// Below this a run measures waiting, not speed: a request without content takes as long as the way there and
/// back.
const LEAST: u64 = 8 * 1024;

/// What was moved in one run, and how long the link took for it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Speed {
    bytes: u64,
    took: Duration,
}

impl Speed {
    /// One request and its answer.
    pub fn add(&mut self, bytes: u64, took: Duration) {
        self.bytes += bytes;
        self.took += took;
    }

    /// Bytes a second, at least 1; nothing when too little was moved to tell.
    pub fn measured(&self) -> Option<u64> {
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        (self.bytes >= LEAST).then(|| (self.bytes.saturating_mul(1_000) / millis).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_says_nothing_about_the_speed() {
        let mut speed = Speed::default();
        speed.add(475, Duration::from_millis(1_200));
        assert_eq!(speed.measured(), None);
        speed.add(LEAST, Duration::from_millis(1_000));
        assert_eq!(speed.measured(), Some((475 + LEAST) * 1_000 / 2_200));
    }

    #[test]
    fn a_link_too_fast_or_too_slow_to_time_is_still_a_number() {
        let of = |bytes, took| {
            let mut speed = Speed::default();
            speed.add(bytes, took);
            speed.measured()
        };
        assert_eq!(of(LEAST, Duration::ZERO), Some(LEAST * 1_000));
        assert_eq!(of(LEAST, Duration::from_secs(100_000)), Some(1));
    }
}
