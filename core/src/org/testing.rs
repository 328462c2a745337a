#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Units for tests: valid for ever, named after their slug; a test states only what matters to it.

use super::*;

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(super) fn id(slug: &str) -> UnitId {
    UnitId::from_slug(slug)
}

pub(super) fn unit(slug: &str, level: Level) -> Unit {
    Unit {
        id: id(slug),
        slug: Some(slug.to_owned()),
        names: vec![Named {
            name: slug.to_owned(),
            from: None,
            until: None,
        }],
        aliases: Vec::new(),
        level,
        codes: Vec::new(),
        parents: Vec::new(),
        valid_from: None,
        valid_until: None,
        successors: Vec::new(),
        demonstration: true,
        provenance: Provenance::default(),
    }
}

impl Unit {
    pub(super) fn under(mut self, parent: &str) -> Self {
        self.parents.push(ParentLink {
            parent: id(parent),
            from: None,
            until: None,
        });
        self
    }

    pub(super) fn from(mut self, text: &str) -> Self {
        self.valid_from = Some(day(text));
        self
    }

    pub(super) fn until(mut self, text: &str) -> Self {
        self.valid_until = Some(day(text));
        self
    }

    pub(super) fn followed_by(mut self, successor: &str, share: Share) -> Self {
        self.successors.push(Successor {
            unit: id(successor),
            share,
            note: None,
        });
        self
    }

    pub(super) fn coded(mut self, code: &str) -> Self {
        self.codes.push(Coded {
            code: code.to_owned(),
            from: self.valid_from,
            until: self.valid_until,
        });
        self
    }
}

/// The published list of units.
pub(super) const PUBLISHED: &str = include_str!("../../testdata/org-units.json");

pub(super) fn published() -> Vec<Unit> {
    let imported = read_units(PUBLISHED, &[]).unwrap();
    assert!(imported.is_clean(), "{:?}", imported.faults);
    imported.units
}
