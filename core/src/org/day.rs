//! A day of the calendar, and the half-open spans that validity is made of.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::partial_date::days_in_month;

/// A calendar day, ordered, stored as "YYYY-MM-DD". As the end of a validity it is exclusive: 2025-07-01
/// means that 30/6/2025 was the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// The text is not "YYYY-MM-DD" of an existing day between the years 1000 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a day written YYYY-MM-DD")]
pub struct DayError;

impl Day {
    /// A day of the calendar.
    ///
    /// # Errors
    /// [`DayError`] when there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DayError> {
        let length = days_in_month(year, month).ok_or(DayError)?;
        if !(1000..=9999).contains(&year) || !(1..=length).contains(&day) {
            return Err(DayError);
        }
        Ok(Self { year, month, day })
    }

    /// The calendar day in Viet Nam (UTC+7, no summer time) of a moment, milliseconds since 1970. Moments before
    /// the year 1 and after 9999 give a day of those years.
    pub fn in_viet_nam(moment: i64) -> Self {
        let days = moment.saturating_add(7 * 3_600_000).div_euclid(86_400_000);
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
        // Of a leap day that is moved to another year by the clamp, the day before is taken.
        let year = u16::try_from(year.clamp(1, 9_999)).unwrap_or(1);
        let month = u8::try_from(month).unwrap_or(1);
        let day = u8::try_from(day).unwrap_or(1);
        Self::new(year, month, day)
            .or_else(|_| Self::new(year, month, 28))
            .unwrap_or_else(|_| unreachable!("the 28th is a day of every month"))
    }

    /// Reads "YYYY-MM-DD".
    ///
    /// # Errors
    /// [`DayError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, DayError> {
        match parts(text)?[..] {
            [year, month, day] => Self::of(year, month, day),
            _ => Err(DayError),
        }
    }

    /// Reads a day, a month or a year, the latter two as their first day: "2021" is 2021-01-01. Some mergers
    /// are known by year only (`org-units.json`), and two neighbours that end and begin in the same year must
    /// meet on the same day.
    ///
    /// # Errors
    /// [`DayError`] for anything else.
    pub fn parse_start(text: &str) -> Result<Self, DayError> {
        match parts(text)?[..] {
            [year] => Self::of(year, 1, 1),
            [year, month] => Self::of(year, month, 1),
            [year, month, day] => Self::of(year, month, day),
            _ => Err(DayError),
        }
    }

    fn of(year: u16, month: u16, day: u16) -> Result<Self, DayError> {
        let small = |number| u8::try_from(number).map_err(|_| DayError);
        Self::new(year, small(month)?, small(day)?)
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day before: the last day of a validity that ends with `self`. The first day of the calendar has
    /// none.
    pub fn previous(self) -> Option<Self> {
        let (year, month, day) = match (self.month, self.day) {
            (1, 1) => (self.year - 1, 12, 31),
            (month, 1) => (self.year, month - 1, days_in_month(self.year, month - 1)?),
            (month, day) => (self.year, month, day - 1),
        };
        Self::new(year, month, day).ok()
    }

    /// As shown and printed: dd/MM/yyyy.
    pub fn printed(self) -> String {
        format!("{:02}/{:02}/{:04}", self.day, self.month, self.year)
    }
}

fn parts(text: &str) -> Result<Vec<u16>, DayError> {
    let mut widths = [4, 2, 2].into_iter();
    text.split('-')
        .map(|part| {
            let digits = widths.next() == Some(part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if !digits {
                return Err(DayError);
            }
            part.parse().map_err(|_| DayError)
        })
        .collect()
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        Self::parse(&text)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// Whether `day` lies in the span from `from` (inclusive; open when absent) to `until` (exclusive; open when
/// absent).
pub fn covers(from: Option<Day>, until: Option<Day>, day: Day) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
}

/// Whether two such spans share a day.
pub(super) fn overlap(a: (Option<Day>, Option<Day>), b: (Option<Day>, Option<Day>)) -> bool {
    let begins_before = |from: Option<Day>, until: Option<Day>| match (from, until) {
        (Some(from), Some(until)) => from < until,
        _ => true,
    };
    begins_before(a.0, b.1) && begins_before(b.0, a.1) && begins_before(a.0, a.1) && begins_before(b.0, b.1)
}

/// The later of two beginnings; an absent one is the earliest of all.
pub(super) fn later_start(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    a.max(b)
}

/// The earlier of two ends; an absent one is the latest of all.
pub(super) fn earlier_end(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (end, None) | (None, end) => end,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for text in ["2025-07-01", "2024-02-29"] {
            assert_eq!(day(text).to_string(), text);
        }
        for text in [
            "2025-7-1",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "01/07/2025",
            "2025",
            "",
            "2025-07-01-01",
            "２０２５-07-01",
        ] {
            assert_eq!(Day::parse(text), Err(DayError), "{text}");
        }
    }

    #[test]
    fn a_year_alone_begins_on_its_first_day() {
        assert_eq!(Day::parse_start("2025"), Ok(day("2025-01-01")));
        assert_eq!(Day::parse_start("2025-03"), Ok(day("2025-03-01")));
        assert_eq!(Day::parse_start("2025-13"), Err(DayError));
        assert_eq!(Day::parse_start("25"), Err(DayError));
    }

    #[test]
    fn the_end_of_a_span_is_exclusive() {
        let (from, until) = (Some(day("2025-01-01")), Some(day("2025-07-01")));
        assert!(covers(from, until, day("2025-01-01")));
        assert!(covers(from, until, day("2025-06-30")));
        assert!(!covers(from, until, day("2025-07-01")));
        assert!(!covers(from, until, day("2024-12-31")));
        assert!(covers(None, None, day("1000-01-01")));
        assert_eq!(until.and_then(Day::previous).unwrap().printed(), "30/06/2025");
        assert!(
            !overlap((None, until), (until, None)),
            "neighbours meet without overlapping"
        );
        assert!(overlap((None, until), (from, None)));
        assert!(
            !overlap((until, from), (None, None)),
            "an empty span overlaps nothing"
        );
    }

    #[test]
    fn the_day_before_crosses_months_and_years() {
        assert_eq!(day("2024-03-01").previous(), Some(day("2024-02-29")));
        assert_eq!(day("2025-01-01").previous(), Some(day("2024-12-31")));
        assert_eq!(day("1000-01-01").previous(), None);
    }

    #[test]
    fn a_day_is_stored_as_its_text() {
        assert_eq!(
            serde_json::to_string(&day("2025-07-01")).unwrap(),
            "\"2025-07-01\""
        );
        assert!(serde_json::from_str::<Day>("\"2025-02-30\"").is_err());
    }

    proptest! {
        #[test]
        fn order_is_the_order_of_the_text(a in (1000_u16..9999, 1_u8..=12, 1_u8..=28), b in (1000_u16..9999, 1_u8..=12, 1_u8..=28)) {
            let (a, b) = (Day::new(a.0, a.1, a.2).unwrap(), Day::new(b.0, b.1, b.2).unwrap());
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn any_text_is_a_day_or_refused(text in ".*") {
            if let Ok(day) = Day::parse_start(&text) {
                prop_assert!(day.to_string().starts_with(&text));
            }
        }
    }
}
