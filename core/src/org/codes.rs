//! Which unit a statistical code meant on a day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day::{Day, covers};
use super::unit::{Level, Unit, UnitId};

/// The units a code stands for on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "match", rename_all = "snake_case")]
pub enum CodeMatch {
    /// No unit of the level held the code that day.
    None,
    /// Exactly one did.
    One {
        /// That unit.
        unit: UnitId,
    },
    /// The data give it to several; nobody may choose for the user.
    Several {
        /// Those units, in order of id.
        units: Vec<UnitId>,
    },
}

/// Resolves a statistical code on a day. The key is the code together with the validity, never the code
/// alone: codes are given to other units later (`domain.md` §0.2). 23737 was Xã Ia Mơ Nông until 30/6/2025
/// and is Xã Ia Mơ since.
pub fn resolve_code(units: &[Unit], code: &str, level: Level, day: Day) -> CodeMatch {
    let mut holders: Vec<UnitId> = units
        .iter()
        .filter(|unit| unit.level == level && unit.is_valid_on(day))
        .filter(|unit| {
            unit.codes
                .iter()
                .any(|coded| coded.code == code && covers(coded.from, coded.until, day))
        })
        .map(|unit| unit.id)
        .collect();
    holders.sort();
    holders.dedup();
    match holders[..] {
        [] => CodeMatch::None,
        [unit] => CodeMatch::One { unit },
        _ => CodeMatch::Several { units: holders },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::testing::{day, id, published, unit};

    #[test]
    fn code_23737_never_means_ia_mo_before_july_2025() {
        let units = published();
        let resolve = |code, text| resolve_code(&units, code, Level::Commune, day(text));
        let ia_mo = CodeMatch::One { unit: id("xa-ia-mo") };
        for text in ["2000-01-01", "2024-02-29", "2025-06-30"] {
            assert_eq!(resolve("23737", text), CodeMatch::None, "{text}");
            assert_eq!(resolve("23938", text), ia_mo, "{text}");
        }
        for text in ["2025-07-01", "2026-11-22"] {
            assert_eq!(resolve("23737", text), ia_mo, "{text}");
            assert_eq!(resolve("23938", text), CodeMatch::None, "{text}");
        }
    }

    #[test]
    fn a_province_code_means_another_province_after_the_merger() {
        let units = published();
        let resolve = |code, text| resolve_code(&units, code, Level::Province, day(text));
        let one = |slug| CodeMatch::One { unit: id(slug) };
        assert_eq!(resolve("15", "2025-06-30"), one("tinh-yen-bai"));
        assert_eq!(resolve("15", "2025-07-01"), one("tinh-lao-cai-2025"));
        assert_eq!(resolve("52", "2025-06-30"), one("tinh-binh-dinh"));
        assert_eq!(resolve("52", "2025-07-01"), one("tinh-gia-lai-2025"));
        assert_eq!(resolve("19", "2025-06-30"), one("tinh-thai-nguyen-cu"));
        assert_eq!(resolve("19", "2025-07-01"), one("tinh-thai-nguyen-2025"));
        assert_eq!(
            resolve("04045", "2025-06-30"),
            CodeMatch::None,
            "a commune's code is no province's"
        );
    }

    #[test]
    fn a_code_that_two_units_hold_is_not_chosen_for_the_user() {
        let units = [
            unit("a", Level::Commune).coded("00001"),
            unit("b", Level::Commune).coded("00001"),
        ];
        let mut both = vec![id("a"), id("b")];
        both.sort();
        assert_eq!(
            resolve_code(&units, "00001", Level::Commune, day("2025-07-01")),
            CodeMatch::Several { units: both }
        );
    }
}
