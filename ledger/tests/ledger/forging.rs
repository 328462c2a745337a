//! Changes and documents as a forger makes them: of the right layout, with the right checksums.

use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::record::{Edit, RecordDoc};

use crate::support::registration;

/// A small generator of its own, so that a failure names the number that makes it again.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// What an honest device wrote: registers, letters, objects, removals, a merge of two devices.
pub fn history() -> RecordDoc {
    let (mut doc, mut other) = (registration(), registration());
    let text = |text: &str| Edit::Text {
        property: "goals",
        text: text.into(),
    };
    let figure =
        |key: &str, raw: &str| Edit::put("figures", key, &serde_json::json!({"name": "Số hộ", "raw": raw}));
    doc.edit(
        [1; 16],
        &[
            Edit::line("name", "Thắp sáng đường biên"),
            Edit::int("year", 2026),
        ],
    )
    .unwrap();
    doc.edit(
        [1; 16],
        &[
            text("Mỗi bản một cụm đèn"),
            figure("01", "48/48"),
            figure("02", "trên 200"),
        ],
    )
    .unwrap();
    other
        .edit(
            [2; 16],
            &[
                Edit::line("name", "Đường biên ánh sáng"),
                text("Trồng cây"),
                Edit::flag("demonstration", true),
            ],
        )
        .unwrap();
    for change in other.changes() {
        doc.apply(change).unwrap();
    }
    doc.edit(
        [1; 16],
        &[
            text("Mỗi bản hai cụm đèn"),
            Edit::Remove {
                property: "figures",
                key: "02".into(),
            },
        ],
    )
    .unwrap();
    doc.edit([3; 16], &[Edit::line("name", "Thắp sáng"), text("")])
        .unwrap();
    doc
}

/// A chunk as a forger makes it: whatever the contents, length and checksum are right.
pub fn chunk(kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    let mut length = contents.len();
    while length >= 0x80 {
        hashed.push(length as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
    hashed.extend_from_slice(contents);
    let digest = ring::digest::digest(&ring::digest::SHA256, &hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &digest.as_ref()[..4], &hashed].concat()
}

pub fn contents(bytes: &[u8]) -> &[u8] {
    let length = bytes[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &bytes[9 + length..]
}

/// A number in a column of a change, far larger than honest ones, with the column's length put right: run
/// lengths and counts of what follows are where few bytes ask for much memory.
pub fn with_a_large_number(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    let body = contents(original);
    let mut reader = Reader::new(body);
    let deps = reader.varint("dependencies").unwrap() as usize;
    reader.take(32 * deps, "dependencies").unwrap();
    reader.bytes(64, "actor").unwrap();
    for field in ["sequence", "first operation", "time"] {
        reader.varint(field).unwrap();
    }
    reader.bytes(64, "message").unwrap();
    for _ in 0..reader.varint("other actors").unwrap() {
        reader.bytes(64, "actor").unwrap();
    }
    let before_columns = body.len() - reader.left();
    let count = reader.varint("columns").unwrap();
    let mut columns: Vec<(u64, Vec<u8>)> = (0..count)
        .map(|_| {
            (
                reader.varint("column").unwrap(),
                vec![0; reader.varint("length").unwrap() as usize],
            )
        })
        .collect();
    for (_, data) in &mut columns {
        let length = data.len();
        data.copy_from_slice(reader.take(length, "column data").unwrap());
    }
    let (_, data) = &mut columns[dice.roll(count as usize)];
    if !data.is_empty() {
        let at = dice.roll(data.len());
        let mut number = Writer::new();
        number.varint(1 << (20 + dice.roll(20)));
        data.splice(at..=at, number.finish());
    }
    let mut writer = Writer::new();
    writer.put(&body[..before_columns]).varint(count);
    for (column, data) in &columns {
        writer.varint(*column).varint(data.len() as u64);
    }
    for (_, data) in &columns {
        writer.put(data);
    }
    chunk(original[8], &writer.finish())
}

pub fn mutated(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    if original[8] == 1 && dice.roll(4) == 0 {
        return with_a_large_number(dice, original);
    }
    let mut contents = contents(original).to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(contents.len());
        match dice.roll(6) {
            0 => contents[at] ^= 1 << dice.roll(8),
            1 => contents[at] = dice.roll(256) as u8,
            2 => contents[at] = [0, 1, 0x7f, 0x80, 0xff][dice.roll(5)],
            3 => contents.insert(at, dice.roll(256) as u8),
            4 => drop(contents.remove(at)),
            // A long number where a short one stood.
            _ => drop(contents.splice(at..=at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
        }
        if contents.is_empty() {
            contents.push(0);
        }
    }
    chunk(original[8], &contents)
}

pub fn doc_changes(changes: &[Vec<u8>]) -> Vec<automerge::Change> {
    changes
        .iter()
        .map(|bytes| automerge::Change::from_bytes(bytes.clone()).unwrap())
        .collect()
}

#[test]
fn the_chunks_of_this_forger_are_right_so_that_nothing_is_refused_for_its_checksum() {
    let mut doc = history();
    for change in doc.changes() {
        assert_eq!(chunk(1, contents(change.raw_bytes())), change.raw_bytes());
    }
    let saved = doc.save();
    assert_eq!(chunk(0, contents(&saved)), saved);
}
