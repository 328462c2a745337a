//! A unit: an id, and what was true of it when.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::day::{Day, covers};
use crate::text::fold::identity_key;

/// The namespace of ids that are derived from a slug of a published list of units. Changing it would orphan
/// every record.
const SLUG_NAMESPACE: Uuid = Uuid::from_u128(0x6f1f_7b1e_3c52_4c0a_9d43_5a1e_86c0_27d4);

/// The identity of a unit through renames, new codes and new parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct UnitId(pub Uuid);

impl UnitId {
    /// The id of a unit that a published list names by a slug ("don-muong-lan"): the same on every device
    /// that imports the list.
    pub fn from_slug(slug: &str) -> Self {
        Self(Uuid::new_v5(&SLUG_NAMESPACE, slug.as_bytes()))
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for UnitId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What kind of unit it is. A kind does not change in a unit's life; a unit that becomes another kind has a
/// successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Tỉnh, thành phố trực thuộc trung ương.
    Province,
    /// Huyện, quận, thị xã, thành phố thuộc tỉnh: until 30 June 2025.
    District,
    /// Xã, phường, thị trấn, đặc khu.
    Commune,
    /// Thôn, làng, bản.
    Village,
    /// Bộ Chỉ huy, from 1 July 2025 Ban Chỉ huy BĐBP tỉnh.
    BorderGuardCommand,
    /// Bộ Chỉ huy Quân sự tỉnh, Ban Chỉ huy Quân sự huyện.
    MilitaryCommand,
    /// Đồn Biên phòng.
    BorderPost,
    /// Đồn Biên phòng cửa khẩu.
    BorderGatePost,
    /// Several posts that a source counts without naming them.
    BorderPostGroup,
    /// Trạm biên phòng, trạm kiểm soát biên phòng: below a post.
    BorderStation,
    /// Tổ công tác, đội vận động quần chúng.
    WorkTeam,
    /// Tỉnh ủy, Huyện ủy, Đảng ủy xã.
    PartyCommittee,
    /// Ban Dân vận, Ban Tuyên giáo và Dân vận.
    PartyAdvisoryBody,
    /// Ban Chỉ đạo.
    SteeringCommittee,
    /// Mặt trận Tổ quốc.
    Front,
    /// Lực lượng vũ trang of a province as a whole.
    ArmedForces,
}

impl Level {
    /// Every level, in the order of the declaration.
    pub const ALL: [Self; 16] = [
        Self::Province,
        Self::District,
        Self::Commune,
        Self::Village,
        Self::BorderGuardCommand,
        Self::MilitaryCommand,
        Self::BorderPost,
        Self::BorderGatePost,
        Self::BorderPostGroup,
        Self::BorderStation,
        Self::WorkTeam,
        Self::PartyCommittee,
        Self::PartyAdvisoryBody,
        Self::SteeringCommittee,
        Self::Front,
        Self::ArmedForces,
    ];

    /// The stored word: "border_post".
    pub fn code(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Commune => "commune",
            Self::Village => "village",
            Self::BorderGuardCommand => "border_guard_command",
            Self::MilitaryCommand => "military_command",
            Self::BorderPost => "border_post",
            Self::BorderGatePost => "border_gate_post",
            Self::BorderPostGroup => "border_post_group",
            Self::BorderStation => "border_station",
            Self::WorkTeam => "work_team",
            Self::PartyCommittee => "party_committee",
            Self::PartyAdvisoryBody => "party_advisory_body",
            Self::SteeringCommittee => "steering_committee",
            Self::Front => "front",
            Self::ArmedForces => "armed_forces",
        }
    }

    /// The level of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }
}

/// A name and when it was the unit's name. The end is exclusive; an absent bound is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The name as published, in NFC.
    pub name: String,
    /// First day.
    pub from: Option<Day>,
    /// First day on which it no longer was the name.
    pub until: Option<Day>,
}

/// A code of the General Statistics Office and when it was the unit's code. Codes are given to other units
/// later (`domain.md` §0.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coded {
    /// The code with its leading zeros.
    pub code: String,
    /// First day.
    pub from: Option<Day>,
    /// First day on which it no longer was the code.
    pub until: Option<Day>,
}

/// The unit above, and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParentLink {
    /// The unit above.
    pub parent: UnitId,
    /// First day.
    pub from: Option<Day>,
    /// First day on which it no longer was the parent.
    pub until: Option<Day>,
}

/// How a successor's territory relates to the unit before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// The whole unit went to the successor or successors listed.
    Full,
    /// The successor also holds territory of other units, so nothing can be allocated to it by this list
    /// alone.
    Partial,
}

/// A unit that took over when this one ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Successor {
    /// The unit that took over.
    pub unit: UnitId,
    /// Wholly or in part.
    pub share: Share,
    /// What the source says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where the statements about a unit come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Whether a public source confirms them.
    pub verified: bool,
    /// That source, or the lack of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Remarks of the source, and what was inferred on import and from what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whatever else the source says about the unit, by its column, as written there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// A unit of the organisation through time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    /// Its identity.
    pub id: UnitId,
    /// The word by which a published list names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Its names through time, at least one.
    pub names: Vec<Named>,
    /// Names it is also known or found by; without dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What kind of unit it is.
    pub level: Level,
    /// Its statistical codes through time.
    #[serde(default)]
    pub codes: Vec<Coded>,
    /// The units above it through time; a province has none.
    #[serde(default)]
    pub parents: Vec<ParentLink>,
    /// First day of its existence; absent when that lies before the period of interest.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// First day on which it no longer existed; absent while it does.
    #[serde(default)]
    pub valid_until: Option<Day>,
    /// The units that took over when it ended.
    #[serde(default)]
    pub successors: Vec<Successor>,
    /// Whether it is demonstration data and no real unit.
    #[serde(default)]
    pub demonstration: bool,
    /// Where this comes from.
    #[serde(default)]
    pub provenance: Provenance,
}

impl Unit {
    /// Whether the unit existed on `day`.
    pub fn is_valid_on(&self, day: Day) -> bool {
        covers(self.valid_from, self.valid_until, day)
    }

    /// `day` when the unit existed on it, else the nearest day on which it did: its last or its first.
    pub fn nearest_day(&self, day: Day) -> Day {
        if self.is_valid_on(day) {
            return day;
        }
        let first = self.valid_from.filter(|from| day < *from);
        let last = || self.valid_until.and_then(Day::previous);
        first.or_else(last).unwrap_or(day)
    }

    /// Its name on `day`; the nearest earlier one when none was in force then (a unit that has ended keeps
    /// its last name).
    pub fn name_on(&self, day: Day) -> &str {
        let in_force = self
            .names
            .iter()
            .filter(|named| covers(named.from, named.until, day))
            .max_by_key(|named| named.from);
        let begun = || {
            self.names
                .iter()
                .filter(|named| named.from.is_none_or(|from| from <= day))
                .max_by_key(|named| named.from)
        };
        in_force
            .or_else(begun)
            .or_else(|| self.names.first())
            .map_or("", |named| named.name.as_str())
    }

    /// Its code on `day`.
    pub fn code_on(&self, day: Day) -> Option<&str> {
        self.codes
            .iter()
            .find(|coded| covers(coded.from, coded.until, day))
            .map(|coded| coded.code.as_str())
    }

    /// The unit above on `day`. When the data name two, the one that began later, then the smaller id: the
    /// same on every device.
    pub fn parent_on(&self, day: Day) -> Option<UnitId> {
        self.parents
            .iter()
            .filter(|link| covers(link.from, link.until, day))
            .min_by_key(|link| (std::cmp::Reverse(link.from), link.parent))
            .map(|link| link.parent)
    }

    /// Whether any of its names or aliases is this name. Marks count; case, spacing and the place of the tone
    /// mark do not. More than one unit may answer to a name (`domain.md` §0.3).
    pub fn answers_to(&self, name: &str) -> bool {
        let key = identity_key(name);
        self.names
            .iter()
            .map(|named| &named.name)
            .chain(&self.aliases)
            .any(|known| identity_key(known) == key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::org::testing::{day, unit};

    #[test]
    fn an_id_from_a_slug_never_changes() {
        assert_eq!(
            UnitId::from_slug("don-muong-lan").to_string(),
            "12b44619-493b-52c2-8adf-55b78ace3215",
            "records of devices in the field carry this id"
        );
        let id = UnitId::from_slug("don-muong-lan");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_ne!(
            UnitId::from_slug("xa-long-sap"),
            UnitId::from_slug("xa-long-sap-cu")
        );
    }

    #[test]
    fn a_level_is_stored_by_its_word() {
        for level in Level::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.code());
            assert_eq!(Level::from_code(level.code()), Some(level));
        }
        assert_eq!(Level::from_code("household"), None);
    }

    #[test]
    fn name_code_and_parent_are_those_of_the_day() {
        let (old, new) = (UnitId::from_slug("cu"), UnitId::from_slug("moi"));
        let change = Some(day("2025-07-01"));
        let mut post = unit("don", Level::BorderPost);
        post.names = vec![
            Named {
                name: "Đồn cũ".into(),
                from: None,
                until: change,
            },
            Named {
                name: "Đồn mới".into(),
                from: change,
                until: None,
            },
        ];
        post.codes = vec![Coded {
            code: "1".into(),
            from: None,
            until: change,
        }];
        post.parents = vec![
            ParentLink {
                parent: old,
                from: None,
                until: change,
            },
            ParentLink {
                parent: new,
                from: change,
                until: None,
            },
        ];
        assert_eq!(post.name_on(day("2025-06-30")), "Đồn cũ");
        assert_eq!(post.name_on(day("2025-07-01")), "Đồn mới");
        assert_eq!(post.code_on(day("2025-06-30")), Some("1"));
        assert_eq!(post.code_on(day("2025-07-01")), None);
        assert_eq!(post.parent_on(day("2025-06-30")), Some(old));
        assert_eq!(post.parent_on(day("2025-07-01")), Some(new));
    }

    #[test]
    fn a_unit_that_ended_keeps_its_last_name() {
        let mut district = unit("huyen", Level::District);
        district.names = vec![
            Named {
                name: "Huyện Mộc Châu".into(),
                from: None,
                until: Some(day("2025-02-01")),
            },
            Named {
                name: "Thị xã Mộc Châu".into(),
                from: Some(day("2025-02-01")),
                until: Some(day("2025-07-01")),
            },
        ];
        assert_eq!(district.name_on(day("2026-01-01")), "Thị xã Mộc Châu");
        assert_eq!(district.name_on(day("2020-01-01")), "Huyện Mộc Châu");
    }

    #[test]
    fn the_nearest_day_of_a_unit_is_its_last_or_its_first_when_it_was_not_there() {
        let mut district = unit("huyen", Level::District);
        district.valid_from = Some(day("2010-03-01"));
        district.valid_until = Some(day("2025-07-01"));
        assert_eq!(district.nearest_day(day("2020-01-01")), day("2020-01-01"));
        assert_eq!(district.nearest_day(day("2025-07-01")), day("2025-06-30"));
        assert_eq!(district.nearest_day(day("2000-01-01")), day("2010-03-01"));
    }

    #[test]
    fn a_unit_answers_to_its_aliases_but_not_to_a_name_with_other_marks() {
        let mut commune = unit("xa", Level::Commune);
        commune.names[0].name = "Xã Mường Lạn".into();
        commune.aliases = vec!["Mường Lạn".into()];
        assert!(commune.answers_to("xã  mường lạn"));
        assert!(commune.answers_to("Mường Lạn"));
        assert!(!commune.answers_to("Xã Mường Lan"));
    }

    #[test]
    fn a_unit_crosses_a_door_unchanged() {
        let mut commune = unit("xa", Level::Commune);
        commune.valid_from = Some(day("2025-07-01"));
        commune
            .provenance
            .other
            .insert("border_force".into(), false.into());
        let json = serde_json::to_string(&commune).unwrap();
        assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), commune);
    }
}
