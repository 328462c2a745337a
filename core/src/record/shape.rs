//! What each kind of record may contain.

use super::kind::RecordKind;

/// Largest saved document, bytes.
pub const MAX_DOCUMENT: usize = 1024 * 1024;

/// Most operations in one change: a narrative at its cap is replaced by another one in one entry (2 × 64 Ki
/// letters), and the rest of its field group with it. `reliability-security` §5.4 starts with 5,000; what a
/// change at this cap costs the checking process is measured in the ledger's tests.
pub const MAX_OPS_PER_CHANGE: usize = 140_000;

/// Most operations in one document, deletions included: whatever is written over again stays in its history.
/// Bytes do not bound them, because runs of letters deleted take none. At this cap a document is made again
/// within the memory of the checking process; the 100,000 of `reliability-security` §5.4 would not hold the
/// seven narratives of a registration.
pub const MAX_OPS_PER_DOCUMENT: usize = 1_000_000;

/// What a narrative leaves free of a document's bytes and operations, as a fraction of both: a record that is
/// full of rewritten text can still be submitted, returned, answered and closed.
pub(super) const KEPT_FOR_REGISTERS: usize = 16;

const LINE: Property = Property::Line(1_000);
const TEXT: Property = Property::Text(64 * 1024);
const ID: Property = Property::Line(64);

/// A property at the root of a document. Sizes are bytes of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// A short text, one register: two devices that change it while apart are asked.
    Line(usize),
    /// A narrative in which two people may really write: it merges letter by letter.
    Text(usize),
    /// A whole number.
    Int,
    /// True or false.
    Flag,
    /// An object that only ever changes as a whole, kept as canonical JSON in one register, so that no
    /// merge can put one author's value beside another's unit.
    Whole(usize),
    /// Such objects by id.
    WholeMap {
        /// Bytes of one object.
        each: usize,
        /// Most objects.
        most: usize,
    },
}

impl Property {
    /// It is an Automerge object, made in the genesis change.
    pub fn is_container(self) -> bool {
        matches!(self, Self::Text(_) | Self::WholeMap { .. })
    }
}

/// The properties of a kind of record, by name.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Name and property, in the order of the genesis change: append only.
    pub properties: &'static [(&'static str, Property)],
}

impl Shape {
    /// The shape of a kind.
    pub fn of(kind: RecordKind) -> Self {
        let properties: &'static [(&'static str, Property)] = match kind {
            RecordKind::Roster | RecordKind::Newer(_) => &[],
            RecordKind::Unit => &[("unit", Property::Whole(16 * 1024))],
            RecordKind::Scheme => &[("scheme", Property::Whole(16 * 1024))],
            RecordKind::Mapping => &[("mapping", Property::Whole(16 * 1024))],
            RecordKind::CriteriaSet => &[("set", Property::Whole(64 * 1024))],
            RecordKind::Cycle => &[
                ("year", Property::Int),
                ("opens", ID),
                ("closes", ID),
                ("scheme", ID),
                ("criteria", ID),
                ("expected", Property::Whole(64 * 1024)),
            ],
            RecordKind::Campaign => &[
                ("year", Property::Int),
                ("title", LINE),
                ("basis", Property::Line(4_000)),
                ("criteria", ID),
            ],
            RecordKind::Model => &[
                ("model_kind", ID),
                ("family", ID),
                ("start_year", Property::Int),
                ("closed", Property::Whole(4_000)),
                ("demonstration", Property::Flag),
            ],
            RecordKind::Registration => &[
                ("model", ID),
                ("cycle", ID),
                ("year", Property::Int),
                ("name", LINE),
                ("kind", ID),
                ("field", ID),
                ("place", LINE),
                ("schedule", LINE),
                ("area_and_target", LINE),
                ("rationale", TEXT),
                ("goals", TEXT),
                ("approach", TEXT),
                ("forces", TEXT),
                ("resources", TEXT),
                ("outputs", TEXT),
                ("sustainability", TEXT),
                (
                    "figures",
                    Property::WholeMap {
                        each: 4_000,
                        most: 200,
                    },
                ),
                ("submission", Property::Whole(1_000)),
                ("discarded", Property::Flag),
                ("carried_from", ID),
                ("demonstration", Property::Flag),
            ],
            RecordKind::Review => &[
                ("registration", ID),
                (
                    "decisions",
                    Property::WholeMap {
                        each: 8_000,
                        most: 500,
                    },
                ),
            ],
            RecordKind::UnitFigures => &[
                ("cycle", ID),
                (
                    "figures",
                    Property::WholeMap {
                        each: 4_000,
                        most: 500,
                    },
                ),
                ("demonstration", Property::Flag),
            ],
            RecordKind::Visit => &[
                ("delegation", ID),
                ("campaign", ID),
                ("day", ID),
                ("place", LINE),
                ("attendance", TEXT),
                (
                    "agenda",
                    Property::WholeMap {
                        each: 4_000,
                        most: 200,
                    },
                ),
            ],
            RecordKind::Findings => &[
                ("visit", ID),
                (
                    "findings",
                    Property::WholeMap {
                        each: 16 * 1024,
                        most: 1_000,
                    },
                ),
            ],
            RecordKind::ScoreSheet => &[
                ("visit", ID),
                ("registration", ID),
                ("criteria", ID),
                ("slot", Property::Int),
                ("scored_state", Property::Line(64)),
                ("not_eligible", Property::Line(4_000)),
                (
                    "items",
                    Property::WholeMap {
                        each: 4_000,
                        most: 200,
                    },
                ),
            ],
            RecordKind::AgreedScore => &[
                ("visit", ID),
                ("registration", ID),
                ("not_eligible", Property::Line(4_000)),
                (
                    "items",
                    Property::WholeMap {
                        each: 4_000,
                        most: 200,
                    },
                ),
            ],
        };
        Self { properties }
    }

    /// A property by name.
    pub fn property(&self, name: &str) -> Option<Property> {
        self.named(name).map(|(_, property)| property)
    }

    /// The property of this name, with the name as edits carry it.
    pub fn named(&self, name: &str) -> Option<(&'static str, Property)> {
        self.properties.iter().find(|(known, _)| *known == name).copied()
    }
}
