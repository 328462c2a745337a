//! Why an entry was refused or set aside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reason code of a refusal; it travels on the wire, is kept with the entry and shown to its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Refusal {
    /// The author's device is not enrolled in this province.
    NotEnrolled = 1,
    /// The device was revoked before this entry of its log.
    Revoked = 2,
    /// The author's role may not write this kind of record.
    RoleMayNotWrite = 3,
    /// The author's grant does not reach this unit or delegation.
    OutsideScope = 4,
    /// The score sheet belongs to another assessor.
    NotYourSlot = 5,
    /// This kind of record does not live in this scope.
    WrongScope = 6,
    /// The entry or its change is larger than the caps.
    TooLarge = 7,
    /// The change does not fit the record's shape.
    BadShape = 8,
    /// The change cannot be applied, or the result cannot be saved and loaded again.
    BadChange = 9,
    /// The change stopped the checking process (a crash, too much memory or time).
    Harmful = 10,
    /// Another entry stands at this place of the log.
    Fork = 11,
    /// This version of the program does not know the kind of record, entry, act or manifest. The entry is kept
    /// whole, handed on, and tried again by a program that knows it.
    UnknownKind = 12,
    /// A roster act that cannot take effect.
    BadAct = 13,
    /// Bytes that do not have the layout they claim.
    Malformed = 14,
}

impl Refusal {
    /// All codes, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::NotEnrolled,
        Self::Revoked,
        Self::RoleMayNotWrite,
        Self::OutsideScope,
        Self::NotYourSlot,
        Self::WrongScope,
        Self::TooLarge,
        Self::BadShape,
        Self::BadChange,
        Self::Harmful,
        Self::Fork,
        Self::UnknownKind,
        Self::BadAct,
        Self::Malformed,
    ];

    /// Code on the wire and in the database.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// From its code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    /// The name under which the screens hold the words.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::Revoked => "revoked",
            Self::RoleMayNotWrite => "role_may_not_write",
            Self::OutsideScope => "outside_scope",
            Self::NotYourSlot => "not_your_slot",
            Self::WrongScope => "wrong_scope",
            Self::TooLarge => "too_large",
            Self::BadShape => "bad_shape",
            Self::BadChange => "bad_change",
            Self::Harmful => "harmful",
            Self::Fork => "fork",
            Self::UnknownKind => "unknown_kind",
            Self::BadAct => "bad_act",
            Self::Malformed => "malformed",
        }
    }
}
