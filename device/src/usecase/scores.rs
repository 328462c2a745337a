//! Scoring: one sheet per assessor slot and model, and what the delegation agrees on.
//!
//! A sheet has one writer, so two assessors who disagree are no differing content but the result; the
//! agreed score is a record of its own and never replaces a sheet (`domain.md` §2, invariants).

mod agreement;
pub(crate) mod criteria;
mod sheet;
pub(crate) mod sheets;

pub(crate) use agreement::{agree, compare, may_agree};
pub(crate) use sheet::{save_scores, sheet};

use cotmoc_core::report::scoring::BadPoints;
use cotmoc_core::text::{Decimal, number_format};

use self::criteria::Pinned;
use crate::contract::Problem;
use crate::contract::session::Language;
use crate::device::Device;

/// Points as people write them in their language: 450 is "4,5".
pub(crate) fn points_text(hundredths: i64, language: Language) -> String {
    let language = match language {
        Language::Vi => number_format::Language::Vi,
        Language::En => number_format::Language::En,
    };
    Decimal::new(hundredths, 2).map_or_else(|_| hundredths.to_string(), |points| points.printed(language))
}

/// Refuses points that the set does not allow.
fn check_points(device: &Device, pinned: &Pinned, code: &str, points: i64) -> Result<(), Problem> {
    let Err(bad) = pinned.rules.check(code, points) else {
        return Ok(());
    };
    let language = device.settings()?.language;
    Err(match bad {
        BadPoints::UnknownCriterion => unknown_criterion(code),
        BadPoints::OutOfRange { max } => Problem::new("points_out_of_range")
            .with("code", code)
            .with("max", points_text(max, language)),
        BadPoints::OffStep { step } => Problem::new("points_step")
            .with("code", code)
            .with("step", points_text(step, language)),
    })
}

fn unknown_criterion(code: &str) -> Problem {
    Problem::new("bad_request").with("what", format!("criterion {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_as_each_language_writes_them() {
        assert_eq!(points_text(450, Language::Vi), "4,5");
        assert_eq!(points_text(450, Language::En), "4.5");
        assert_eq!(points_text(10_000, Language::Vi), "100");
    }
}
