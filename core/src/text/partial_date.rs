//! Dates that may lack a year, a month or a day: "Ngày 11/5" of seed 000 has no year, and none is ever
//! inferred (seed I6).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::measure::is_word;
use super::nfc::keep;

/// A date as far as it is known: a year, a month of a year, a whole day, or a day or month without its year.
///
/// Stored as text in EDTF style: "2021", "2021-05", "2021-05-11", "--05", "--05-11". Shown as dd/MM/yyyy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PartialDateError {
    /// None of the known forms.
    #[error("not written as a date")]
    NotADate,
    /// Written as a date, but the calendar has no such day, or a day lacks its month.
    #[error("no such day in the calendar")]
    NoSuchDay,
}

impl PartialDate {
    /// A date from its known parts. The year runs from 1000 to 9999.
    ///
    /// # Errors
    /// [`PartialDateError::NoSuchDay`] when nothing is known, a day has no month, a year has a day but no
    /// month, or the calendar has no such day. 29 February stands when the year is unknown.
    pub fn new(year: Option<u16>, month: Option<u8>, day: Option<u8>) -> Result<Self, PartialDateError> {
        let known = year.is_some() || month.is_some();
        let year_fits = year.is_none_or(|year| (1000..=9999).contains(&year));
        let day_fits = match (month, day) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(month), day) => {
                // A leap year stands for the unknown one.
                let length = days_in_month(year.unwrap_or(2000), month);
                length.is_some_and(|length| day.is_none_or(|day| (1..=length).contains(&day)))
            }
        };
        if known && year_fits && day_fits {
            Ok(Self { year, month, day })
        } else {
            Err(PartialDateError::NoSuchDay)
        }
    }

    /// The year, when known.
    pub fn year(self) -> Option<u16> {
        self.year
    }

    /// The month from 1 to 12, when known.
    pub fn month(self) -> Option<u8> {
        self.month
    }

    /// The day of the month, when known.
    pub fn day(self) -> Option<u8> {
        self.day
    }

    /// Whether year, month and day are all known.
    pub fn is_complete(self) -> bool {
        self.year.is_some() && self.month.is_some() && self.day.is_some()
    }

    /// The stored form: "--05-11", "2021-05".
    pub fn to_iso(self) -> String {
        let year = self
            .year
            .map_or_else(|| "-".to_owned(), |year| format!("{year:04}"));
        let month = self.month.map(|month| format!("-{month:02}")).unwrap_or_default();
        let day = self.day.map(|day| format!("-{day:02}")).unwrap_or_default();
        format!("{year}{month}{day}")
    }

    /// Reads the stored form, and what the field writes: "11/5", "5/2021", "11/05/2021", "11.5.2021", "ngày
    /// 11 tháng 5 năm 2021".
    ///
    /// # Errors
    /// [`PartialDateError`] when the text is in no such form or names no day of the calendar. A year of two
    /// digits is refused, because its century would be a guess.
    pub fn parse(text: &str) -> Result<Self, PartialDateError> {
        let text = keep(text);
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("--") {
            let numbers = numbers(rest, '-')?;
            return match numbers[..] {
                [
                    Part {
                        value: month,
                        digits: 2,
                    },
                ] => Self::without_year(month, None),
                [
                    Part {
                        value: month,
                        digits: 2,
                    },
                    Part {
                        value: day,
                        digits: 2,
                    },
                ] => Self::without_year(month, Some(day)),
                _ => Err(PartialDateError::NotADate),
            };
        }
        if text.starts_with(|ch: char| ch.is_alphabetic()) {
            return Self::parse_words(text);
        }
        let sign = text
            .chars()
            .find(|ch| matches!(ch, '/' | '-' | '.'))
            .unwrap_or('/');
        let numbers = numbers(text, sign)?;
        match (sign, &numbers[..]) {
            (_, [year]) if year.digits == 4 => Self::of(Some(year.value), None, None),
            ('-', [year, month]) if year.digits == 4 => Self::of(Some(year.value), Some(month.value), None),
            ('-', [year, month, day]) if year.digits == 4 => {
                Self::of(Some(year.value), Some(month.value), Some(day.value))
            }
            (_, [month, year]) if year.digits == 4 => Self::of(Some(year.value), Some(month.value), None),
            // Without a year only the slash is a date: "11-5" is a range and "11.5" a number.
            ('/', [day, month]) => Self::without_year(month.value, Some(day.value)),
            (_, [day, month, year]) if year.digits == 4 => {
                Self::of(Some(year.value), Some(month.value), Some(day.value))
            }
            _ => Err(PartialDateError::NotADate),
        }
    }

    /// "ngày 11 tháng 5 năm 2021", any leading part left out, or one of the words before a form in figures
    /// ("ngày 11/5").
    fn parse_words(text: &str) -> Result<Self, PartialDateError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if let [word, figures] = words[..]
            && figures.contains(['/', '-', '.'])
            && (is_word(word, "ngày") || is_word(word, "tháng"))
        {
            return Self::parse(figures);
        }
        let (mut day, mut month, mut year) = (None, None, None);
        for pair in words.chunks(2) {
            let [word, number] = pair else {
                return Err(PartialDateError::NotADate);
            };
            let part = part(number)?;
            let place = if is_word(word, "ngày") && month.is_none() && year.is_none() {
                &mut day
            } else if is_word(word, "tháng") && year.is_none() {
                &mut month
            } else if is_word(word, "năm") && part.digits == 4 {
                &mut year
            } else {
                return Err(PartialDateError::NotADate);
            };
            if place.replace(part.value).is_some() {
                return Err(PartialDateError::NotADate);
            }
        }
        Self::of(year, month, day)
    }

    fn without_year(month: u16, day: Option<u16>) -> Result<Self, PartialDateError> {
        Self::of(None, Some(month), day)
    }

    fn of(year: Option<u16>, month: Option<u16>, day: Option<u16>) -> Result<Self, PartialDateError> {
        let small = |number: Option<u16>| {
            number
                .map(u8::try_from)
                .transpose()
                .map_err(|_| PartialDateError::NoSuchDay)
        };
        Self::new(year, small(month)?, small(day)?)
    }
}

#[derive(Clone, Copy)]
struct Part {
    value: u16,
    digits: usize,
}

fn numbers(text: &str, sign: char) -> Result<Vec<Part>, PartialDateError> {
    text.split(sign).map(|number| part(number.trim())).collect()
}

fn part(number: &str) -> Result<Part, PartialDateError> {
    let digits = number.len();
    if !(1..=4).contains(&digits) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PartialDateError::NotADate);
    }
    let value = number.parse().map_err(|_| PartialDateError::NotADate)?;
    Ok(Part { value, digits })
}

/// The length of a month of the Gregorian calendar; nothing when there is no such month.
pub(crate) fn days_in_month(year: u16, month: u8) -> Option<u8> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// dd/MM/yyyy, without the parts that are not known: "11/05/2021", "11/05", "05/2021", "2021". A month alone
/// is "tháng 05".
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.day, self.month, self.year) {
            (Some(day), Some(month), Some(year)) => write!(f, "{day:02}/{month:02}/{year}"),
            (Some(day), Some(month), None) => write!(f, "{day:02}/{month:02}"),
            (None, Some(month), Some(year)) => write!(f, "{month:02}/{year}"),
            (None, Some(month), None) => write!(f, "tháng {month:02}"),
            (_, None, Some(year)) => write!(f, "{year}"),
            (_, None, None) => Ok(()),
        }
    }
}

impl FromStr for PartialDate {
    type Err = PartialDateError;

    fn from_str(text: &str) -> Result<Self, PartialDateError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = PartialDateError;

    fn try_from(text: String) -> Result<Self, PartialDateError> {
        Self::parse(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_iso()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_without_a_year_stays_without_a_year() {
        let date = PartialDate::parse("--05-11").unwrap();
        assert_eq!((date.year(), date.month(), date.day()), (None, Some(5), Some(11)));
        assert_eq!(PartialDate::parse("11/5").unwrap(), date);
        assert_eq!(PartialDate::parse("Ngày 11/5").unwrap(), date);
        assert_eq!(date.to_string(), "11/05");
        assert!(!date.is_complete());
    }

    #[test]
    fn the_forms_of_the_field_are_read() {
        let cases = [
            ("2021", "2021", "2021"),
            ("năm 2021", "2021", "2021"),
            ("2021-05", "2021-05", "05/2021"),
            ("5/2021", "2021-05", "05/2021"),
            ("tháng 5 năm 2021", "2021-05", "05/2021"),
            ("tháng 5/2021", "2021-05", "05/2021"),
            ("2021-05-11", "2021-05-11", "11/05/2021"),
            ("11/05/2021", "2021-05-11", "11/05/2021"),
            ("11-5-2021", "2021-05-11", "11/05/2021"),
            ("11.5.2021", "2021-05-11", "11/05/2021"),
            (" 11 / 5 / 2021 ", "2021-05-11", "11/05/2021"),
            ("ngày 11 tháng 5 năm 2021", "2021-05-11", "11/05/2021"),
            ("ngay 11 thang 5", "--05-11", "11/05"),
            ("--05", "--05", "tháng 05"),
            ("29/2", "--02-29", "29/02"),
        ];
        for (text, iso, shown) in cases {
            let date = PartialDate::parse(text).expect(text);
            assert_eq!(date.to_iso(), iso, "{text}");
            assert_eq!(date.to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        use PartialDateError::{NoSuchDay, NotADate};
        let cases = [
            ("", NotADate),
            ("hôm qua", NotADate),
            ("11/5/21", NotADate),
            ("11-5", NotADate),
            ("11.5", NotADate),
            ("1/2/3/2021", NotADate),
            ("21", NotADate),
            ("ngày 11 ngày 12", NotADate),
            ("năm 21", NotADate),
            ("--5-11", NotADate),
            ("32/5", NoSuchDay),
            ("5/13", NoSuchDay),
            ("30/02/2021", NoSuchDay),
            ("29/02/2021", NoSuchDay),
            ("29/02/1900", NoSuchDay),
            ("0/5", NoSuchDay),
            ("0999", NoSuchDay),
            ("ngày 11 năm 2021", NoSuchDay),
        ];
        for (text, error) in cases {
            assert_eq!(PartialDate::parse(text), Err(error), "{text}");
        }
        assert!(PartialDate::parse("29/02/2024").is_ok());
    }

    #[test]
    fn it_is_stored_as_its_text() {
        let date = PartialDate::parse("11/5").unwrap();
        assert_eq!(serde_json::to_string(&date).unwrap(), "\"--05-11\"");
        assert_eq!(serde_json::from_str::<PartialDate>("\"--05-11\"").unwrap(), date);
        assert!(serde_json::from_str::<PartialDate>("\"--13-11\"").is_err());
        let schema = serde_json::to_value(schemars::schema_for!(PartialDate)).unwrap();
        assert_eq!(schema["type"], "string");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(date) = PartialDate::parse(&text) {
                prop_assert_eq!(PartialDate::parse(&date.to_iso()), Ok(date));
            }
        }

        #[test]
        fn the_stored_form_reads_back(year in prop::option::of(1000_u16..=9999), month in prop::option::of(1_u8..=12), day in prop::option::of(1_u8..=31)) {
            if let Ok(date) = PartialDate::new(year, month, day) {
                prop_assert_eq!(PartialDate::parse(&date.to_iso()), Ok(date));
                if month.is_none() == day.is_none() || year.is_some() {
                    prop_assert_eq!(PartialDate::parse(&date.to_string()), Ok(date));
                }
            }
        }
    }
}
