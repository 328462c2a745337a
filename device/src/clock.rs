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

/// The calendar day in Viet Nam (UTC+7, no summer time) of a moment.
pub(crate) fn day_of(moment: i64) -> Day {
    let days = (moment + 7 * 3_600_000).div_euclid(86_400_000);
    // Howard Hinnant's algorithm for the proleptic Gregorian calendar, days since 1970-01-01.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let clamped = |value: i64| u16::try_from(value.clamp(1, 9_999)).unwrap_or(1);
    Day::new(
        clamped(year),
        u8::try_from(month).unwrap_or(1),
        u8::try_from(day).unwrap_or(1),
    )
    .unwrap_or_else(|_| first_day())
}

fn first_day() -> Day {
    Day::new(1970, 1, 1).unwrap_or_else(|_| unreachable!("1970-01-01 is a day"))
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
