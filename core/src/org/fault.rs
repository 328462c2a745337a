//! What is wrong with data about units, said by row and column so that someone can mend it in the sheet it
//! came from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::day::Day;

/// A column of the list of units. A sheet shows it under its own heading; the JSON list uses the word itself
/// as the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The row as a whole.
    Row,
    /// The slug.
    Id,
    /// The name.
    Name,
    /// The level.
    Level,
    /// The unit above.
    Parent,
    /// The unit above after the reorganisation.
    ParentAfter,
    /// The statistical code.
    GsoCode,
    /// The statistical code after the reorganisation.
    GsoCodeAfter,
    /// The first day.
    ValidFrom,
    /// The first day after the last.
    ValidUntil,
    /// The units that took over.
    Successors,
    /// Other names.
    Aliases,
    /// A later name.
    RenamedTo,
    /// The day of the renaming.
    RenameDate,
    /// Whether it is demonstration data.
    Demonstration,
    /// Whether a public source confirms the row.
    Verified,
    /// That source.
    Evidence,
    /// A remark.
    Note,
}

impl Column {
    /// The field of the JSON list.
    pub fn field(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Id => "id",
            Self::Name => "name",
            Self::Level => "level",
            Self::Parent => "parent",
            Self::ParentAfter => "parent_after",
            Self::GsoCode => "gso_code",
            Self::GsoCodeAfter => "gso_code_after",
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::Successors => "successors",
            Self::Aliases => "aliases",
            Self::RenamedTo => "renamed_to",
            Self::RenameDate => "rename_date",
            Self::Demonstration => "demonstration",
            Self::Verified => "verified",
            Self::Evidence => "evidence",
            Self::Note => "note",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Problem {
    /// A required value is absent.
    #[error("is missing")]
    Missing,
    /// The value is of another kind than the column holds.
    #[error("is not {expected}")]
    WrongKind {
        /// What the column holds: "text", "a list", "true or false".
        expected: String,
    },
    /// No day, month or year of the calendar.
    #[error("“{value}” is not a date")]
    NotADate {
        /// As written.
        value: String,
    },
    /// No level of the product.
    #[error("“{value}” is not a level")]
    UnknownLevel {
        /// As written.
        value: String,
    },
    /// Neither "full" nor "partial".
    #[error("“{value}” is neither full nor partial")]
    UnknownShare {
        /// As written.
        value: String,
    },
    /// A code holds digits only.
    #[error("“{value}” is not a statistical code")]
    NotACode {
        /// As written.
        value: String,
    },
    /// The unit referred to is not in the list.
    #[error("“{value}” is no unit of the list")]
    UnknownUnit {
        /// The slug or id as written.
        value: String,
    },
    /// The unit referred to has a row that cannot be used.
    #[error("“{value}” has a faulty row")]
    FaultyUnit {
        /// The slug as written.
        value: String,
    },
    /// The unit refers to itself.
    #[error("refers to the unit itself")]
    RefersToItself,
    /// The same unit is listed as successor twice.
    #[error("“{value}” is listed twice")]
    ListedTwice {
        /// The slug, name or id.
        value: String,
    },
    /// The end is not after the beginning.
    #[error("ends on {until}, not after it begins on {from}")]
    EndsBeforeItBegins {
        /// The beginning.
        from: Day,
        /// The end, exclusive.
        until: Day,
    },
    /// Two rows of one unit are in force on the same day.
    #[error("overlaps row {other_row} of the same unit")]
    OverlapsRow {
        /// The other row.
        other_row: u32,
    },
    /// Two rows of one unit give it two levels.
    #[error("differs from row {other_row} of the same unit")]
    DiffersFromRow {
        /// The other row.
        other_row: u32,
    },
    /// The rows of one unit leave days without a row.
    #[error("leaves a gap from {from} to {until}")]
    LeavesAGap {
        /// First day without a row.
        from: Day,
        /// First day with a row again.
        until: Day,
    },
    /// Two values of one column are in force on the same day.
    #[error("has two values on {day}")]
    TwoAtOnce {
        /// A day on which both are in force.
        day: Day,
    },
    /// A change "after" is given but the day of the change cannot be told, because the parent before it has
    /// no end.
    #[error("says what came after, but not from which day")]
    NoDayOfChange,
    /// Another unit of the level holds the code on the same day.
    #[error("code {gso_code} is also held by “{other}” on {day}")]
    CodeHeldTwice {
        /// The code.
        gso_code: String,
        /// The other unit's slug or name.
        other: String,
        /// A day on which both hold it.
        day: Day,
    },
    /// There are successors but the unit has no end.
    #[error("has successors but no end")]
    SuccessorsWithoutEnd,
    /// A successor begins after the unit has ended, so that nobody holds the place between.
    #[error("“{successor}” begins on {begins}, after the unit ended on {ended}")]
    SuccessorBeginsLate {
        /// The successor's slug or name.
        successor: String,
        /// Its beginning.
        begins: Day,
        /// The unit's end.
        ended: Day,
    },
    /// A successor has ended before the unit does.
    #[error("“{successor}” had ended on {ended} already")]
    SuccessorEndedBefore {
        /// The successor's slug or name.
        successor: String,
        /// Its end.
        ended: Day,
    },
    /// A successor that takes over the whole unit begins while the unit still exists. An absorbing unit may;
    /// a new one may not.
    #[error("“{successor}” begins on {begins}, before the unit ends on {ends}")]
    SuccessorBeginsEarly {
        /// The successor's slug or name.
        successor: String,
        /// Its beginning.
        begins: Day,
        /// The unit's end.
        ends: Day,
    },
    /// Following the successors leads back to the unit.
    #[error("leads back to the unit through {path}")]
    GoesInCircles {
        /// The units of the circle, by slug or name.
        path: String,
    },
    /// The unit above does not exist on a day on which it is named as such.
    #[error("“{parent}” does not exist on {day}")]
    ParentNotThere {
        /// The parent's slug or name.
        parent: String,
        /// Such a day.
        day: Day,
    },
    /// The unit exists without a unit above; only a province may. It would be missing from every total.
    #[error("has no unit above on {day}")]
    NoParent {
        /// Such a day.
        day: Day,
    },
}

impl Problem {
    /// Whether a list with this in it must not be used: the rest would be counted wrongly or twice. What does
    /// not block is shown for a person to judge.
    pub fn blocks(&self) -> bool {
        !matches!(
            self,
            Self::LeavesAGap { .. }
                | Self::SuccessorBeginsEarly { .. }
                | Self::NoParent { .. }
                | Self::ParentNotThere { .. }
        )
    }
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize, JsonSchema)]
#[error("row {row}, unit “{unit}”, column {}: {problem}", column.field())]
pub struct Fault {
    /// The row: the place in the list, from 1, or the row of the sheet.
    pub row: u32,
    /// The unit by slug, or by name or id when it has no slug.
    pub unit: String,
    /// The column.
    pub column: Column,
    /// What is wrong.
    pub problem: Problem,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_fault_names_row_unit_and_column() {
        let fault = Fault {
            row: 7,
            unit: "xa-ia-mo".into(),
            column: Column::ValidUntil,
            problem: Problem::NotADate {
                value: "hôm qua".into(),
            },
        };
        assert_eq!(
            fault.to_string(),
            "row 7, unit “xa-ia-mo”, column valid_until: “hôm qua” is not a date"
        );
        let json = serde_json::to_value(&fault).unwrap();
        assert_eq!(json["problem"]["code"], "not_a_date");
        assert_eq!(json["column"], Column::ValidUntil.field());
    }
}
