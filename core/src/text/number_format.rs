//! Numbers as each language prints them: 1.354 and 75,6 in Vietnamese, 1,354 and 75.6 in English (`domain.md`
//! §4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;

/// The language of a screen or a printed page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Vietnamese, the language of the field and of every printed document.
    #[default]
    Vi,
    /// English.
    En,
}

impl Decimal {
    /// The number as `language` prints it, exact, with thousands grouped.
    pub fn printed(self, language: Language) -> String {
        let (thousands, point) = match language {
            Language::Vi => ('.', ','),
            Language::En => (',', '.'),
        };
        let scale = usize::from(self.scale());
        let digits = format!("{:0>width$}", self.units().unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let mut printed = String::with_capacity(digits.len() + digits.len() / 3 + 2);
        if self.units() < 0 {
            printed.push('-');
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                printed.push(thousands);
            }
            printed.push(digit);
        }
        if !fraction.is_empty() {
            printed.push(point);
            printed.push_str(fraction);
        }
        printed
    }

    /// As printed in Vietnamese: "1.354", "75,6".
    pub fn vi(self) -> String {
        self.printed(Language::Vi)
    }

    /// As printed in English: "1,354", "75.6".
    pub fn en(self) -> String {
        self.printed(Language::En)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::text::figure::read;
    use proptest::prelude::*;

    #[test]
    fn each_language_groups_and_points_its_own_way() {
        let both = |units, scale| {
            let number = Decimal::new(units, scale).unwrap();
            (number.vi(), number.en())
        };
        assert_eq!(both(1354, 0), ("1.354".into(), "1,354".into()));
        assert_eq!(both(756, 1), ("75,6".into(), "75.6".into()));
        assert_eq!(
            both(-1_234_567_891, 3),
            ("-1.234.567,891".into(), "-1,234,567.891".into())
        );
        assert_eq!(both(5, 3), ("0,005".into(), "0.005".into()));
        assert_eq!(both(0, 0), ("0".into(), "0".into()));
        assert_eq!(both(999, 0).0, "999");
    }

    proptest! {
        #[test]
        fn what_is_printed_in_vietnamese_reads_back_as_itself(units in 0_i64..=Decimal::MAX_UNITS, scale in 0_u8..=9) {
            let number = Decimal::new(units, scale).unwrap();
            prop_assert_eq!(read(&number.vi()).value, Some(number));
        }
    }
}
