//! The workload of the peers' harness: registrations of about 1.2 KB of JSON, each saved in 12 groups.
//!
//! The prose is made of Vietnamese syllables drawn by Zipf's law from a vocabulary of 1,500, so its
//! compression is that of the harness's text; it is benchmark data, not a real registration.

use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::journal::Scope;
use cotmoc_core::org::UnitId;
use cotmoc_core::record::view::{Figure, Submission};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write;
use uuid::Uuid;

const ONSETS: [&str; 25] = [
    "b", "c", "ch", "d", "đ", "g", "gi", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "r", "s", "t",
    "th", "tr", "v", "x", "", "k",
];
const RHYMES: [&str; 60] = [
    "a", "à", "á", "ả", "ã", "ạ", "an", "anh", "ang", "ao", "âm", "ân", "ấp", "ất", "ây", "e", "em", "en",
    "ê", "ến", "ết", "i", "iên", "iệm", "iều", "in", "inh", "o", "oa", "oàn", "oi", "ong", "ô", "ôi", "ông",
    "ồng", "ơ", "ơi", "ơn", "u", "ua", "uân", "ui", "ung", "uôi", "uốn", "uộc", "ư", "ưa", "ức", "ưng",
    "ước", "ương", "ười", "y", "ăn", "ắc", "ằng", "ặt", "ợp",
];

/// A small generator of its own, so that the workload is the same in every run.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number (xorshift64*).
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// A syllable: rank r with a chance of about 1/r.
    fn syllable(&mut self) -> String {
        let unit = (self.draw() >> 11) as f64 / (1u64 << 53) as f64;
        let rank = (1_500f64.powf(unit) - 1.0) as usize;
        // Spread neighbouring ranks over onsets and rhymes.
        let mixed = rank.wrapping_mul(7_919) % 1_500;
        format!("{}{}", ONSETS[mixed % 25], RHYMES[mixed / 25])
    }

    /// Prose of about `bytes` bytes.
    pub fn prose(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.syllable());
        }
        text
    }
}

/// Where a generated registration belongs.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// Province.
    pub province: ProvinceId,
    /// Unit.
    pub unit: UnitId,
    /// Cycle.
    pub cycle: Uuid,
}

impl Owner {
    fn scope(&self) -> Scope {
        Scope::unit(self.province, self.unit)
    }
}

/// Id of the registration of a number.
pub fn record(number: u64) -> RecordId {
    RecordId::derived("benchmark registration", &[&number.to_le_bytes()])
}

/// One registration as its saved groups: one write each.
pub fn registration(owner: &Owner, number: u64) -> Vec<Write> {
    let mut chance = Chance::new(number + 1);
    let id = record(number);
    let model = RecordId::derived("benchmark model", &[&number.to_le_bytes()]);
    let fields = ["HTCT", "KT", "VHXH", "QPAN"];
    let field = fields[chance.below(4) as usize];
    let kind = if chance.below(3) == 0 { "maintained" } else { "new" };
    let mut groups = vec![
        vec![
            Edit::line("model", model.to_string()),
            Edit::line("cycle", owner.cycle.to_string()),
            Edit::int("year", 2024),
            Edit::line("name", format!("Mô hình {}", chance.prose(24))),
            Edit::line("kind", kind),
            Edit::line("field", field),
        ],
        vec![
            Edit::line("place", chance.prose(30)),
            Edit::line("schedule", "Cả năm"),
        ],
        vec![Edit::Text {
            property: "rationale",
            text: chance.prose(320),
        }],
        vec![Edit::Text {
            property: "goals",
            text: chance.prose(220),
        }],
    ];
    for at in 0..7 {
        let raw = (chance.below(900) + 1).to_string();
        let figure = Figure {
            name: chance.prose(14),
            raw,
            unit: "hộ".to_owned(),
            ..Figure::default()
        };
        groups.push(vec![Edit::put("figures", format!("{at:02}"), &figure)]);
    }
    groups.push(vec![Edit::whole(
        "submission",
        &Submission {
            number: 1,
            declared: "2024-03-01".to_owned(),
        },
    )]);
    groups.into_iter().map(|edits| write(owner, id, edits)).collect()
}

/// One registration in a single group, for filling a large store.
pub fn brief(owner: &Owner, number: u64) -> Write {
    let mut groups = registration(owner, number);
    let mut edits = Vec::new();
    for group in groups.drain(..) {
        if let Write::Edit { edits: of_group, .. } = group {
            edits.extend(of_group);
        }
    }
    write(owner, record(number), edits)
}

/// A later edit of one field.
pub fn small_edit(owner: &Owner, number: u64, round: u64) -> Write {
    let mut chance = Chance::new(number * 1_000 + round);
    write(owner, record(number), vec![Edit::line("place", chance.prose(40))])
}

/// One saved group of a registration.
pub fn write(owner: &Owner, record: RecordId, edits: Vec<Edit>) -> Write {
    Write::Edit {
        scope: owner.scope(),
        record,
        kind: RecordKind::Registration,
        edits,
    }
}
