//! The device's clock: a claim, never an order.

use cotmoc_core::org::Day;

/// Milliseconds since 1970 by this device's clock, whatever it is worth.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> i64;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        cotmoc_ledger::time_of_day()
    }
}

/// The calendar day in Viet Nam of a moment.
pub(crate) fn day_of(moment: i64) -> Day {
    Day::in_viet_nam(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_belongs_to_the_day_in_viet_nam() {
        assert_eq!(day_of(0).to_string(), "1970-01-01");
        assert_eq!(
            day_of(1_795_366_799_999).to_string(),
            "2026-11-22",
            "23:59:59 in Ha Noi"
        );
        assert_eq!(
            day_of(1_795_366_800_000).to_string(),
            "2026-11-23",
            "midnight in Ha Noi"
        );
        assert_eq!(day_of(951_782_400_000).to_string(), "2000-02-29");
        assert_eq!(day_of(-86_400_000).to_string(), "1969-12-31");
    }
}
