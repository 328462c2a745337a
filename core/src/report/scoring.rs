//! What points come to under a criteria set: totals, bands, spread, the recognition line.
//!
//! A pure fold, derived and never stored, so that two devices that hold the same sheets show the same.
//! Points are hundredths of a point, so nothing is ever rounded; nothing is averaged either: assessors who
//! disagree are the result, and only agreed points give a band (user story 12).

use std::collections::BTreeMap;

/// Points of a criterion that is met, on a scale that knows only met and not met.
pub const MET: i64 = 100;

/// How a set counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Points in steps, both in hundredths.
    Points {
        /// Maximum of the whole set; also that of a criterion that names none.
        max: i64,
        /// Step; any hundredth is taken when it is not positive.
        step: i64,
    },
    /// Every criterion is met ([`MET`]) or not (0).
    Met,
}

/// What a set says about one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionRule {
    /// Code, for example `C1`.
    pub code: String,
    /// Maximum, hundredths.
    pub max: Option<i64>,
    /// Zero here rules out recognition.
    pub mandatory: bool,
}

/// A band of the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandRule {
    /// Code, for example `tot`.
    pub code: String,
    /// Lowest total, hundredths.
    pub min: i64,
}

/// A criteria set as far as scoring needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriteriaRules {
    /// How it counts.
    pub scale: Scale,
    /// Criteria in the order of the set.
    pub criteria: Vec<CriterionRule>,
    /// Bands in any order.
    pub bands: Vec<BandRule>,
    /// When recognition may be proposed.
    pub recognition: Recognition,
}

/// When a set lets recognition be proposed. Whatever it says, no mandatory criterion may stand at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// The set says nothing about it, so nothing is proposed.
    Unsaid,
    /// From this total, hundredths (`cs-mo-hinh-100`).
    From(i64),
    /// When every criterion is met (`cs-da-lat-2017`).
    AllMet,
}

/// Points that a set does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPoints {
    /// The set has no such criterion.
    #[error("no such criterion")]
    UnknownCriterion,
    /// Below zero or above the maximum.
    #[error("not from 0 to {max} hundredths")]
    OutOfRange {
        /// Maximum, hundredths.
        max: i64,
    },
    /// Between two steps.
    #[error("not in steps of {step} hundredths")]
    OffStep {
        /// Step, hundredths.
        step: i64,
    },
}

/// Where one set of answers stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Criteria of the set with points.
    pub answered: usize,
    /// Criteria of the set.
    pub criteria: usize,
    /// Sum of the points so far, hundredths.
    pub total: i64,
    /// Code of the band; only of complete answers.
    pub band: Option<String>,
    /// Codes of the mandatory criteria that stand at zero, in the order of the set.
    pub mandatory_zero: Vec<String>,
    /// Complete, what the set asks for recognition is reached, and no mandatory criterion is at zero.
    pub reaches_recognition: bool,
}

impl Standing {
    /// Every criterion has points. An empty set is never complete.
    pub fn is_complete(&self) -> bool {
        self.criteria > 0 && self.answered == self.criteria
    }

    /// The total of complete answers: a sum of some criteria is not a result.
    pub fn complete_total(&self) -> Option<i64> {
        self.is_complete().then_some(self.total)
    }
}

impl CriteriaRules {
    /// Whether the set allows these points for a criterion.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self, code: &str, points: i64) -> Result<(), BadPoints> {
        let criterion = self.criteria.iter().find(|criterion| criterion.code == code);
        let criterion = criterion.ok_or(BadPoints::UnknownCriterion)?;
        let (max, step) = match self.scale {
            Scale::Points { max, step } => (criterion.max.unwrap_or(max), step),
            Scale::Met => (MET, MET),
        };
        if !(0..=max).contains(&points) {
            return Err(BadPoints::OutOfRange { max });
        }
        if step > 0 && points % step != 0 {
            return Err(BadPoints::OffStep { step });
        }
        Ok(())
    }

    /// What the points by criterion code come to. Codes that the set does not have do not count.
    pub fn standing(&self, points: &BTreeMap<String, i64>) -> Standing {
        let given: Vec<(&CriterionRule, i64)> = self
            .criteria
            .iter()
            .filter_map(|criterion| Some((criterion, *points.get(&criterion.code)?)))
            .collect();
        let is_zero_mandatory =
            |(criterion, value): &&(&CriterionRule, i64)| criterion.mandatory && *value == 0;
        let mut standing = Standing {
            answered: given.len(),
            criteria: self.criteria.len(),
            total: given
                .iter()
                .fold(0, |sum: i64, (_, value)| sum.saturating_add(*value)),
            band: None,
            mandatory_zero: given
                .iter()
                .filter(is_zero_mandatory)
                .map(|(rule, _)| rule.code.clone())
                .collect(),
            reaches_recognition: false,
        };
        if standing.is_complete() {
            standing.band = self.band_of(standing.total);
            let reaches = match self.recognition {
                Recognition::Unsaid => false,
                Recognition::From(line) => standing.total >= line,
                Recognition::AllMet => given.iter().all(|(_, value)| *value > 0),
            };
            standing.reaches_recognition = reaches && standing.mandatory_zero.is_empty();
        }
        standing
    }

    fn band_of(&self, total: i64) -> Option<String> {
        let reached = self.bands.iter().filter(|band| band.min <= total);
        reached.max_by_key(|band| band.min).map(|band| band.code.clone())
    }
}

/// Largest minus smallest; zero for fewer than two.
pub fn spread(points: impl IntoIterator<Item = i64>) -> i64 {
    let range = points.into_iter().fold(None, |range: Option<(i64, i64)>, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    range.map_or(0, |(low, high)| high.saturating_sub(low))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    /// The maxima and bands of `cs-mo-hinh-100`.
    fn hundred_points() -> CriteriaRules {
        let maxima = [
            ("A1", 5),
            ("A2", 5),
            ("A3", 5),
            ("B1", 5),
            ("B2", 5),
            ("B3", 10),
            ("B4", 5),
            ("C1", 15),
            ("C2", 10),
            ("C3", 10),
            ("D1", 10),
            ("E1", 5),
            ("E2", 10),
        ];
        let bands = [
            ("chua_dat", 0),
            ("xuat_sac", 90),
            ("tot", 80),
            ("kha", 65),
            ("trung_binh", 50),
        ];
        CriteriaRules {
            scale: Scale::Points {
                max: 10_000,
                step: 50,
            },
            criteria: maxima
                .iter()
                .map(|(code, max)| CriterionRule {
                    code: (*code).to_owned(),
                    max: Some(max * 100),
                    mandatory: ["A2", "C1"].contains(code),
                })
                .collect(),
            bands: bands
                .iter()
                .map(|(code, min)| BandRule {
                    code: (*code).to_owned(),
                    min: min * 100,
                })
                .collect(),
            recognition: Recognition::From(8_000),
        }
    }

    fn five_standards() -> CriteriaRules {
        let rule = |at: i32| CriterionRule {
            code: format!("T{at}"),
            max: None,
            mandatory: false,
        };
        CriteriaRules {
            scale: Scale::Met,
            criteria: (1..=5).map(rule).collect(),
            bands: Vec::new(),
            recognition: Recognition::AllMet,
        }
    }

    fn full(rules: &CriteriaRules) -> BTreeMap<String, i64> {
        let max = |rule: &CriterionRule| rule.max.unwrap_or(MET);
        rules
            .criteria
            .iter()
            .map(|rule| (rule.code.clone(), max(rule)))
            .collect()
    }

    fn with(mut points: BTreeMap<String, i64>, changes: &[(&str, i64)]) -> BTreeMap<String, i64> {
        points.extend(changes.iter().map(|(code, value)| ((*code).to_owned(), *value)));
        points
    }

    #[test]
    fn a_band_is_given_only_when_every_criterion_has_points() {
        let rules = hundred_points();
        let mut points = full(&rules);
        assert_eq!(rules.standing(&points).band.as_deref(), Some("xuat_sac"));
        points.remove("E2");
        let standing = rules.standing(&points);
        assert_eq!(
            (standing.answered, standing.criteria, standing.total),
            (12, 13, 9_000)
        );
        assert_eq!(standing.band, None, "ninety points so far are not ninety points");
        assert_eq!(standing.complete_total(), None);
        assert!(!standing.reaches_recognition);
    }

    #[test]
    fn a_total_on_the_line_is_in_the_upper_band_and_half_a_point_less_is_not() {
        let rules = hundred_points();
        let on_the_line = with(full(&rules), &[("C2", 0), ("D1", 0)]);
        let standing = rules.standing(&on_the_line);
        assert_eq!((standing.total, standing.band.as_deref()), (8_000, Some("tot")));
        assert!(standing.reaches_recognition);
        let below = with(on_the_line, &[("E1", 450)]);
        let standing = rules.standing(&below);
        assert_eq!((standing.total, standing.band.as_deref()), (7_950, Some("kha")));
        assert!(!standing.reaches_recognition);
    }

    #[test]
    fn a_mandatory_criterion_at_zero_rules_out_recognition_but_not_the_band() {
        let rules = hundred_points();
        let standing = rules.standing(&with(full(&rules), &[("C1", 0)]));
        assert_eq!((standing.total, standing.band.as_deref()), (8_500, Some("tot")));
        assert_eq!(standing.mandatory_zero, ["C1"]);
        assert!(!standing.reaches_recognition);
    }

    #[test]
    fn zero_points_are_an_answer_and_no_points_are_none() {
        let rules = hundred_points();
        let nothing = rules.standing(&BTreeMap::new());
        assert_eq!((nothing.answered, nothing.total), (0, 0));
        assert!(
            nothing.mandatory_zero.is_empty(),
            "a criterion without an answer is not zero"
        );
        let zeros = full(&rules).into_keys().map(|code| (code, 0)).collect();
        let standing = rules.standing(&zeros);
        assert!(standing.is_complete());
        assert_eq!(standing.band.as_deref(), Some("chua_dat"));
        assert_eq!(standing.mandatory_zero, ["A2", "C1"]);
    }

    #[test]
    fn a_pass_fail_set_has_no_band_and_needs_all_standards_for_recognition() {
        let rules = five_standards();
        let standing = rules.standing(&full(&rules));
        assert_eq!(standing.band, None);
        assert!(standing.reaches_recognition);
        assert!(
            !rules
                .standing(&with(full(&rules), &[("T4", 0)]))
                .reaches_recognition
        );
    }

    #[test]
    fn a_set_that_says_nothing_about_recognition_proposes_nothing() {
        let rules = CriteriaRules {
            recognition: Recognition::Unsaid,
            ..hundred_points()
        };
        let standing = rules.standing(&full(&rules));
        assert_eq!(standing.band.as_deref(), Some("xuat_sac"));
        assert!(!standing.reaches_recognition);
    }

    #[test]
    fn points_stay_within_the_maximum_and_on_the_steps() {
        let rules = hundred_points();
        assert_eq!(rules.check("C1", 1_500), Ok(()));
        assert_eq!(rules.check("C1", 0), Ok(()));
        assert_eq!(
            rules.check("C1", 1_550),
            Err(BadPoints::OutOfRange { max: 1_500 })
        );
        assert_eq!(rules.check("C1", -50), Err(BadPoints::OutOfRange { max: 1_500 }));
        assert_eq!(rules.check("C1", 1_425), Err(BadPoints::OffStep { step: 50 }));
        assert_eq!(rules.check("Z9", 0), Err(BadPoints::UnknownCriterion));
        let met = five_standards();
        assert_eq!((met.check("T1", 0), met.check("T1", MET)), (Ok(()), Ok(())));
        assert_eq!(met.check("T1", 50), Err(BadPoints::OffStep { step: MET }));
        assert_eq!(met.check("T1", 200), Err(BadPoints::OutOfRange { max: MET }));
    }

    #[test]
    fn a_criterion_without_a_maximum_of_its_own_is_held_to_that_of_the_set() {
        let mut rules = hundred_points();
        rules.criteria.push(CriterionRule {
            code: "Q11".into(),
            max: None,
            mandatory: false,
        });
        rules.scale = Scale::Points { max: 10_000, step: 0 };
        assert_eq!(rules.check("Q11", 10_000), Ok(()));
        assert_eq!(
            rules.check("Q11", 10_001),
            Err(BadPoints::OutOfRange { max: 10_000 })
        );
        assert_eq!(
            rules.check("Q11", 33),
            Ok(()),
            "a set that names no step takes any hundredth"
        );
    }

    #[test]
    fn answers_under_codes_that_the_set_does_not_have_do_not_count() {
        let rules = five_standards();
        let points = with(BTreeMap::new(), &[("T1", MET), ("C1", 1_500)]);
        let standing = rules.standing(&points);
        assert_eq!((standing.answered, standing.total), (1, MET));
    }

    #[test]
    fn the_spread_of_one_assessor_is_nothing() {
        assert_eq!(spread([]), 0);
        assert_eq!(spread([8_200]), 0);
        assert_eq!(spread([8_200, 7_100]), 1_100, "82 and 71 of user story 12");
        assert_eq!(
            spread([i64::MIN, i64::MAX]),
            i64::MAX,
            "nonsense of a foreign sheet does not stop the program"
        );
    }

    proptest! {
        #[test]
        fn a_total_is_the_sum_of_allowed_points_and_never_beyond_the_maximum(
            halves in prop::collection::vec(0_i64..=30, 13),
        ) {
            let rules = hundred_points();
            let mut points = BTreeMap::new();
            for (rule, halves) in rules.criteria.iter().zip(halves) {
                let value = (halves * 50).min(rule.max.unwrap());
                prop_assert_eq!(rules.check(&rule.code, value), Ok(()));
                points.insert(rule.code.clone(), value);
            }
            let standing = rules.standing(&points);
            prop_assert_eq!(standing.total, points.values().sum::<i64>());
            prop_assert!((0..=10_000).contains(&standing.total));
            prop_assert!(standing.band.is_some());
        }
    }
}
