//! Exact decimals: figures are never floats, so that a total adds up to what is printed.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An exact decimal, `units / 10^scale`: 75,6 is 756 at scale 1. Always in lowest terms, so equal values are
/// equal objects and raise no conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawDecimal")]
#[schemars(!try_from)]
pub struct Decimal {
    units: i64,
    scale: u8,
}

/// The stored shape before it is checked.
#[derive(Deserialize)]
struct RawDecimal {
    units: i64,
    scale: u8,
}

/// The figure is larger or finer than the product counts: more than 2^53 − 1 units or more than nine
/// decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the figure is out of range")]
pub struct OutOfRange;

impl Decimal {
    /// The largest count of units either way: the whole numbers that survive JSON in a browser unchanged.
    pub const MAX_UNITS: i64 = (1 << 53) - 1;
    /// The most decimals kept.
    pub const MAX_SCALE: u8 = 9;
    /// Nothing counted.
    pub const ZERO: Self = Self { units: 0, scale: 0 };

    /// `units / 10^scale`, brought to lowest terms.
    ///
    /// # Errors
    /// [`OutOfRange`] when that exceeds [`Self::MAX_UNITS`] or [`Self::MAX_SCALE`].
    pub fn new(units: i64, scale: u8) -> Result<Self, OutOfRange> {
        Self::reduced(i128::from(units), u32::from(scale))
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond [`Self::MAX_UNITS`].
    pub fn whole(number: i64) -> Result<Self, OutOfRange> {
        Self::new(number, 0)
    }

    fn reduced(mut units: i128, mut scale: u32) -> Result<Self, OutOfRange> {
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        let units = i64::try_from(units).map_err(|_| OutOfRange)?;
        let scale = u8::try_from(scale).map_err(|_| OutOfRange)?;
        if units.unsigned_abs() > Self::MAX_UNITS.unsigned_abs() || scale > Self::MAX_SCALE {
            return Err(OutOfRange);
        }
        Ok(Self { units, scale })
    }

    /// The mantissa: 756 for 75,6.
    pub fn units(self) -> i64 {
        self.units
    }

    /// The number of decimals: 1 for 75,6.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The value as a whole number, if it is one.
    pub fn to_whole(self) -> Option<i64> {
        (self.scale == 0).then_some(self.units)
    }

    /// The exact sum.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum is.
    pub fn checked_add(self, other: Self) -> Result<Self, OutOfRange> {
        let scale = self.scale.max(other.scale);
        Self::reduced(self.at_scale(scale) + other.at_scale(scale), u32::from(scale))
    }

    /// The value times ten to the power `exponent`: "45 triệu" is 45 shifted by 6, 90 % is 90 shifted by −2.
    ///
    /// # Errors
    /// [`OutOfRange`] when the result is.
    pub fn shifted(self, exponent: i8) -> Result<Self, OutOfRange> {
        let units = i128::from(self.units);
        let scale = u32::from(self.scale);
        let by = u32::from(exponent.unsigned_abs());
        if exponent < 0 {
            return Self::reduced(units, scale + by);
        }
        let power = 10_i128.checked_pow(by.saturating_sub(scale)).ok_or(OutOfRange)?;
        let units = units.checked_mul(power).ok_or(OutOfRange)?;
        Self::reduced(units, scale.saturating_sub(by))
    }

    /// `part` of `whole` in per cent, rounded half away from zero to `decimals` places; nothing when the
    /// whole is zero or the result is out of range. 1.274 of 2.011 at two places is 63,35.
    pub fn percentage(part: Self, whole: Self, decimals: u8) -> Option<Self> {
        let scale = part.scale.max(whole.scale);
        let (part, whole) = (part.at_scale(scale), whole.at_scale(scale));
        if whole == 0 {
            return None;
        }
        let scaled = part
            .checked_mul(whole.signum())?
            .checked_mul(10_i128.checked_pow(u32::from(decimals) + 2)?)?;
        let whole = whole.abs();
        let rounded = (scaled + scaled.signum() * (whole / 2)) / whole;
        Self::reduced(rounded, u32::from(decimals)).ok()
    }

    fn at_scale(self, scale: u8) -> i128 {
        i128::from(self.units) * 10_i128.pow(u32::from(scale - self.scale))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.at_scale(scale).cmp(&other.at_scale(scale))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TryFrom<RawDecimal> for Decimal {
    type Error = OutOfRange;

    fn try_from(raw: RawDecimal) -> Result<Self, OutOfRange> {
        Self::new(raw.units, raw.scale)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn decimal(units: i64, scale: u8) -> Decimal {
        Decimal::new(units, scale).unwrap()
    }

    #[test]
    fn equal_values_are_one_object() {
        assert_eq!(decimal(7560, 2), decimal(756, 1));
        assert_eq!(decimal(0, 5), Decimal::ZERO);
        assert!(decimal(756, 1) < decimal(76, 0));
        assert!(decimal(-1, 0) < Decimal::ZERO);
    }

    #[test]
    fn sums_are_exact() {
        let tenth = decimal(1, 1);
        let sum = (0..10).fold(Decimal::ZERO, |sum, _| sum.checked_add(tenth).unwrap());
        assert_eq!(sum, decimal(1, 0));
        assert!(decimal(Decimal::MAX_UNITS, 0).checked_add(decimal(1, 0)).is_err());
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        let share = |part, whole| Decimal::percentage(decimal(part, 0), decimal(whole, 0), 2);
        assert_eq!(
            share(1274, 2011),
            Some(decimal(6335, 2)),
            "the published share of seed 001"
        );
        assert_eq!(
            Decimal::percentage(decimal(1, 0), decimal(8, 0), 0),
            Some(decimal(13, 0))
        );
        assert_eq!(
            Decimal::percentage(decimal(-1, 0), decimal(8, 0), 0),
            Some(decimal(-13, 0))
        );
        assert_eq!(
            Decimal::percentage(decimal(1, 0), decimal(-8, 0), 0),
            Some(decimal(-13, 0))
        );
        assert_eq!(share(3, 0), None);
    }

    #[test]
    fn stored_decimals_are_checked_and_reduced_when_read() {
        let read: Decimal = serde_json::from_str(r#"{"units":7560,"scale":2}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"units":756,"scale":1}"#
        );
        assert!(serde_json::from_str::<Decimal>(r#"{"units":1,"scale":10}"#).is_err());
        assert!(serde_json::from_str::<Decimal>(r#"{"units":9007199254740992,"scale":0}"#).is_err());
        assert!(serde_json::from_str::<Decimal>(r#"{"units":-9223372036854775808,"scale":0}"#).is_err());
    }

    #[test]
    fn the_schema_names_its_two_parts() {
        let schema = serde_json::to_value(schemars::schema_for!(Decimal)).unwrap();
        assert!(schema["properties"]["units"].is_object() && schema["properties"]["scale"].is_object());
    }

    proptest! {
        #[test]
        fn shifting_forth_and_back_changes_nothing(units in -1_000_000_i64..1_000_000, scale in 0_u8..4, by in 0_i8..5) {
            let value = decimal(units, scale);
            prop_assert_eq!(value.shifted(by).unwrap().shifted(-by).unwrap(), value);
        }

        #[test]
        fn no_input_panics(units in any::<i64>(), scale in any::<u8>(), by in any::<i8>(), other in any::<i64>(), places in any::<u8>()) {
            if let (Ok(a), Ok(b)) = (Decimal::new(units, scale % 10), Decimal::new(other >> 11, 3)) {
                let _ = (a.shifted(by), a.checked_add(b), a.cmp(&b), Decimal::percentage(a, b, places));
            }
            let _ = Decimal::new(units, scale);
        }
    }
}
