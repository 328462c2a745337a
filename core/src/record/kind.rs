//! The kinds of record and the scope each lives in.

use serde::{Deserialize, Serialize};

/// Kind of record. The code is on the wire and in every entry's hash: never reuse one. A kind whose
/// containers change gets a new code, so an older program sets it aside instead of misreading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Roster acts; has no document.
    Roster,
    /// A unit through time.
    Unit,
    /// A field scheme.
    Scheme,
    /// A mapping between two field schemes.
    Mapping,
    /// A version of a criteria set.
    CriteriaSet,
    /// A yearly registration cycle.
    Cycle,
    /// A survey campaign.
    Campaign,
    /// A model: its identity over the years.
    Model,
    /// A model's registration for one year.
    Registration,
    /// The compiler's reviews of one registration; append-only.
    Review,
    /// Figures that belong to a unit.
    UnitFigures,
    /// Head of a visit: when, where, agenda.
    Visit,
    /// Findings of a visit, before publication.
    Findings,
    /// One assessor's scores of one model at one visit.
    ScoreSheet,
    /// What the delegation agreed on for one model.
    AgreedScore,
    /// A kind of a newer program, by its code: its entries are kept whole, set aside and handed on. Made by
    /// [`RecordKind::from_code`] only, so that no kind has two names.
    Newer(u8),
}

/// Which kind of scope a record lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// The roster scope.
    Roster,
    /// The province scope.
    Province,
    /// A unit's scope.
    Unit,
    /// A delegation's scope.
    Delegation,
}

impl RecordKind {
    /// Every kind that this program knows.
    pub const ALL: [Self; 15] = [
        Self::Roster,
        Self::Unit,
        Self::Scheme,
        Self::Mapping,
        Self::CriteriaSet,
        Self::Cycle,
        Self::Campaign,
        Self::Model,
        Self::Registration,
        Self::Review,
        Self::UnitFigures,
        Self::Visit,
        Self::Findings,
        Self::ScoreSheet,
        Self::AgreedScore,
    ];

    /// Code on the wire.
    pub fn code(self) -> u8 {
        match self {
            Self::Roster => 0,
            Self::Unit => 10,
            Self::Scheme => 11,
            Self::Mapping => 12,
            Self::CriteriaSet => 13,
            Self::Cycle => 14,
            Self::Campaign => 15,
            Self::Model => 20,
            Self::Registration => 21,
            Self::Review => 22,
            Self::UnitFigures => 23,
            Self::Visit => 24,
            Self::Findings => 30,
            Self::ScoreSheet => 31,
            Self::AgreedScore => 32,
            Self::Newer(code) => code,
        }
    }

    /// From its code.
    pub fn from_code(code: u8) -> Self {
        let known = Self::ALL.into_iter().find(|kind| kind.code() == code);
        known.unwrap_or(Self::Newer(code))
    }

    /// This program does not know it.
    pub fn is_newer(self) -> bool {
        matches!(self, Self::Newer(_))
    }

    /// Name in snake case, as screens and logs use it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Unit => "unit",
            Self::Scheme => "scheme",
            Self::Mapping => "mapping",
            Self::CriteriaSet => "criteria_set",
            Self::Cycle => "cycle",
            Self::Campaign => "campaign",
            Self::Model => "model",
            Self::Registration => "registration",
            Self::Review => "review",
            Self::UnitFigures => "unit_figures",
            Self::Visit => "visit",
            Self::Findings => "findings",
            Self::ScoreSheet => "score_sheet",
            Self::AgreedScore => "agreed_score",
            Self::Newer(_) => "newer",
        }
    }

    /// Scope it lives in; absent for a kind of a newer program.
    pub fn home(self) -> Option<Home> {
        Some(match self {
            Self::Newer(_) => return None,
            Self::Roster => Home::Roster,
            Self::Unit | Self::Scheme | Self::Mapping | Self::CriteriaSet | Self::Cycle | Self::Campaign => {
                Home::Province
            }
            Self::Model | Self::Registration | Self::Review | Self::UnitFigures | Self::Visit => Home::Unit,
            Self::Findings | Self::ScoreSheet | Self::AgreedScore => Home::Delegation,
        })
    }
}
