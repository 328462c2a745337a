#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::super::document::RecordDoc;
use super::super::edit::Edit;
use super::super::gauntlet::{Job, JobInput, examine};
use super::layout::{DOCUMENT, chunk};
use super::*;
use crate::access::Refusal;
use crate::codec::{Reader, Writer};

const KIND: RecordKind = RecordKind::Registration;
const DEVICE: [u8; 16] = [7; 16];

fn text(text: &str) -> Edit {
    Edit::Text {
        property: "goals",
        text: text.to_owned(),
    }
}

fn written(kind: RecordKind, groups: &[Vec<Edit>]) -> RecordDoc {
    let mut doc = RecordDoc::new(kind).unwrap();
    for edits in groups {
        doc.edit(DEVICE, edits).unwrap();
    }
    doc
}

/// What the trial by Automerge says.
fn tried(kind: RecordKind, saved: &[u8]) -> Result<Examined, Refusal> {
    examine(&Job {
        kind,
        held: None,
        input: JobInput::Document(saved.to_vec()),
    })
}

fn read(kind: RecordKind, saved: &[u8]) -> Option<Examined> {
    read_saved(kind, saved, u64::MAX)
}

/// What is read is what Automerge says, whatever it is.
fn is_read_as_automerge_reads_it(kind: RecordKind, saved: &[u8]) {
    assert_eq!(read(kind, saved), Some(tried(kind, saved).unwrap()));
}

/// What is read is what Automerge says, loads and saves.
fn says_what_automerge_says(kind: RecordKind, saved: &[u8]) -> bool {
    let Some(examined) = read(kind, saved) else {
        return false;
    };
    let mut loaded = RecordDoc::load(kind, saved).unwrap();
    assert_eq!(loaded.canonical_state(), examined.state);
    assert_eq!(loaded.save(), saved);
    assert_eq!(Ok(examined), tried(kind, saved));
    true
}

/// The document with the head that its changes have, whatever it named: an author may sign anything.
fn with_true_head(kind: RecordKind, saved: Vec<u8>) -> Vec<u8> {
    let head = || -> Option<[u8; 32]> {
        let layout = Layout::of(&saved)?;
        let actors = Actors::of(kind, &layout)?;
        let rows = rows::rows(kind, &actors, layout.operations)?;
        Some(changes::changes(kind, &actors, layout.changes, &rows)?.1)
    };
    let Some(head) = head() else { return saved };
    let mut reader = Reader::new(&saved[9..]);
    let mut contents = reader.bytes(usize::MAX, "contents").unwrap().to_vec();
    let mut reader = Reader::new(&contents);
    for _ in 0..reader.count(1, "actors").unwrap() {
        reader.bytes(16, "actor").unwrap();
    }
    reader.count(32, "heads").unwrap();
    let at = contents.len() - reader.left();
    contents[at..at + 32].copy_from_slice(&head);
    chunk(DOCUMENT, &contents).0
}

/// The document with other rows, whole and with the right checksum.
fn with_rows(kind: RecordKind, saved: &[u8], alter: impl FnOnce(&mut Vec<(Row<'_>, bool)>)) -> Vec<u8> {
    let layout = Layout::of(saved).unwrap();
    let actors = Actors::of(kind, &layout).unwrap();
    let mut cells = rows::Cells::of(layout.operations).unwrap();
    let mut rows = Vec::new();
    while !cells.id_actor.has_ended() {
        rows.push(cells.next(&actors).unwrap());
    }
    alter(&mut rows);
    let operations = rows::written(&actors, &rows);
    let mut reader = Reader::new(&saved[9..]);
    let contents = reader.bytes(usize::MAX, "contents").unwrap();
    let mut reader = Reader::new(contents);
    for _ in 0..reader.count(1, "actors").unwrap() {
        reader.bytes(16, "actor").unwrap();
    }
    let heads = reader.count(32, "heads").unwrap();
    reader.take(32 * heads, "heads").unwrap();
    let before = contents.len() - reader.left();
    let changes = columns::column_lengths(&mut reader).unwrap();
    let old = columns::column_lengths(&mut reader).unwrap();
    let length = |columns: &[(u64, usize)]| columns.iter().map(|(_, length)| length).sum::<usize>();
    let change_bytes = reader.take(length(&changes), "changes").unwrap();
    reader.take(length(&old), "operations").unwrap();
    let mut document = Writer::new();
    document.put(&contents[..before]);
    let lengths = |of: &[(u64, usize)], to: &mut Writer| {
        to.varint(of.len() as u64);
        of.iter().for_each(|(specification, length)| {
            to.varint(*specification).varint(*length as u64);
        });
    };
    lengths(&changes, &mut document);
    let new: Vec<(u64, usize)> = operations.iter().map(|(at, bytes)| (*at, bytes.len())).collect();
    lengths(&new, &mut document);
    document.put(change_bytes);
    operations.iter().for_each(|(_, bytes)| {
        document.put(bytes);
    });
    document.put(reader.take(reader.left(), "rest").unwrap());
    chunk(DOCUMENT, &document.finish()).0
}

#[test]
fn what_one_device_wrote_is_read_as_automerge_reads_it() {
    let figure = |raw: &str| serde_json::json!({ "raw": raw });
    let groups = [
        vec![
            Edit::line("name", "Thắp sáng đường biên"),
            Edit::int("year", -2026),
        ],
        vec![
            text("Mỗi bản một cụm đèn"),
            Edit::put("figures", "02", &figure("48/48")),
        ],
        vec![
            text("Mỗi bản hai cụm đèn"),
            Edit::put("figures", "01", &figure("7")),
        ],
        vec![
            Edit::put("figures", "02", &figure("50")),
            Edit::flag("discarded", true),
        ],
        vec![
            Edit::Remove {
                property: "figures",
                key: "02".to_owned(),
            },
            Edit::flag("discarded", false),
            text(""),
        ],
        vec![text("Đèn"), Edit::put("figures", "02", &figure("1"))],
    ];
    for count in 1..=groups.len() {
        let saved = written(KIND, &groups[..count]).save();
        is_read_as_automerge_reads_it(KIND, &saved);
    }
}

#[test]
fn a_record_of_every_kind_is_read_that_has_any_entry() {
    for kind in RecordKind::ALL {
        let first = Shape::of(kind)
            .properties
            .iter()
            .find_map(|(name, property)| match property {
                Property::Line(_) => Some(Edit::line(name, "x")),
                Property::Whole(_) => Some(Edit::whole(name, &serde_json::json!({ "x": 1 }))),
                Property::WholeMap { .. } => Some(Edit::put(name, "k", &serde_json::json!({}))),
                _ => None,
            });
        if let Some(edit) = first {
            is_read_as_automerge_reads_it(kind, &written(kind, &[vec![edit]]).save());
        }
    }
}

#[test]
fn a_long_narrative_is_read_that_was_written_over() {
    let long = "Phối hợp cùng cấp ủy, chính quyền địa phương. ".repeat(400);
    let shorter: String = long.chars().step_by(2).collect();
    let saved = written(KIND, &[vec![text(&long)], vec![text(&shorter)]]).save();
    is_read_as_automerge_reads_it(KIND, &saved);
}

#[test]
fn a_row_that_deletes_is_not_read_though_its_changes_are_true() {
    let groups = [
        vec![Edit::put("figures", "02", &"48/48"), text("ab")],
        vec![
            Edit::Remove {
                property: "figures",
                key: "02".to_owned(),
            },
            text("b"),
        ],
    ];
    let saved = written(KIND, &groups).save();
    for is_letter in [false, true] {
        let told = with_rows(KIND, &saved, |rows| {
            let deleted = |row: &Row<'_>| row.next > 0 && matches!(row.place, Place::Letter(_)) == is_letter;
            let at = rows.iter().position(|(row, _)| deleted(row)).unwrap();
            rows.insert(at + 1, (rows[at].0.deletion(), false));
        });
        assert_eq!(read(KIND, &told), None);
        if let Ok(examined) = tried(KIND, &told) {
            assert_eq!(examined.state, read(KIND, &saved).unwrap().state);
        }
    }
}

#[test]
fn a_change_that_says_its_time_is_left_to_automerge() {
    let genesis =
        automerge::Change::from_bytes(super::super::genesis_change(KIND).unwrap().to_vec()).unwrap();
    let mut doc = automerge::AutoCommit::new().with_actor(automerge::ActorId::from(&DEVICE[..]));
    doc.apply_changes([genesis]).unwrap();
    let mut saved = Vec::new();
    for time in [-1, 1 << 40] {
        automerge::transaction::Transactable::put(&mut doc, automerge::ROOT, "year", time).unwrap();
        doc.commit_with(automerge::transaction::CommitOptions::default().with_time(time));
        saved.push(doc.save_nocompress());
    }
    assert!(saved.iter().all(|saved| read(KIND, saved).is_none()));
}

#[test]
fn a_document_of_more_changes_than_entries_name_is_not_read() {
    let groups = [vec![Edit::line("name", "Đèn")], vec![Edit::line("name", "Nước")]];
    let saved = written(KIND, &groups).save();
    assert!(read_saved(KIND, &saved, 2).is_some());
    assert_eq!(read_saved(KIND, &saved, 1), None);
}

#[test]
fn a_document_that_claims_more_than_is_read_here_is_left_to_automerge() {
    // All its flags take a few bytes: they are of the same key, and each wrote over the one before.
    let mut doc = RecordDoc::new(KIND).unwrap();
    for number in 0..3 {
        let edits = [Edit::flag("discarded", number % 2 == 0)];
        doc.edit(DEVICE, &edits).unwrap();
    }
    let saved = doc.save();
    let many = with_rows(KIND, &saved, |rows| {
        let at = rows.iter().position(|(_, is_genesis)| !is_genesis).unwrap();
        let row = rows[at].0;
        rows.splice(at..at + 1, (0..MOST_ROWS).map(|_| (row, false)));
    });
    assert!(many.len() < saved.len() + 100);
    assert_eq!(read(KIND, &many), None);
}

#[test]
fn a_record_of_two_devices_or_without_any_entry_is_left_to_automerge() {
    let mut doc = written(KIND, &[vec![Edit::line("name", "Đèn")]]);
    doc.edit([8; 16], &[Edit::line("name", "Nước")]).unwrap();
    assert_eq!(read(KIND, &doc.save()), None);
    assert_eq!(read(KIND, &RecordDoc::new(KIND).unwrap().save()), None);
    assert_eq!(read(RecordKind::Newer(200), &doc.save()), None);
}

#[test]
fn a_document_written_anew_row_by_row_is_the_same() {
    let saved = written(
        KIND,
        &[
            vec![text("Đèn và nước")],
            vec![text("Nước"), Edit::line("name", "x")],
        ],
    )
    .save();
    assert_eq!(with_rows(KIND, &saved, |_| {}), saved);
}

#[test]
fn true_changes_in_a_false_order_are_not_read_and_show_what_the_changes_write() {
    let mut doc = written(KIND, &[vec![text("ab")], vec![text("ba")], vec![text("xba")]]);
    let saved = doc.save();
    let honest = tried(KIND, &saved).unwrap();
    let rows = |alter: fn(&mut Vec<(Row<'_>, bool)>)| with_rows(KIND, &saved, alter);
    let (mut compared, mut shows_other) = (0, false);
    for shuffled in [
        rows(|rows| {
            let first = rows.iter().position(|row| row.0.puts_letter()).unwrap();
            rows.swap(first, first + 1);
        }),
        rows(|rows| {
            let first = rows.iter().position(|row| row.0.puts_letter()).unwrap();
            rows[first..].reverse();
        }),
        rows(|rows| {
            let first = rows.iter().position(|row| row.0.puts_letter()).unwrap();
            rows[first..].rotate_left(1);
        }),
    ] {
        assert_ne!(shuffled, saved);
        assert_eq!(read(KIND, &shuffled), None);
        // Where Automerge gives its changes at all, they are what counts.
        if let Ok(examined) = tried(KIND, &shuffled) {
            assert_eq!(
                (examined.state, examined.changes),
                (honest.state.clone(), honest.changes.clone())
            );
            compared += 1;
            let loaded = RecordDoc::load(KIND, &shuffled).unwrap();
            shows_other |= loaded.canonical_state() != honest.state;
        }
    }
    assert!(
        compared > 0 && shows_other,
        "Automerge loads letters in any order"
    );
}

/// Edits of one group.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let words = "[a-zđữ ]{0,12}";
    let edit = prop_oneof![
        words.prop_map(|text| Edit::Text {
            property: "goals",
            text
        }),
        words.prop_map(|text| Edit::Text {
            property: "rationale",
            text
        }),
        words.prop_map(|line| Edit::line("name", line)),
        (-3_000_000_000i64..3_000_000_000).prop_map(|year| Edit::int("year", year)),
        any::<bool>().prop_map(|flag| Edit::flag("discarded", flag)),
        ("[a-d]{1,2}", words).prop_map(|(key, raw)| Edit::put("figures", key, &raw)),
        "[a-d]{1,2}".prop_map(|key| Edit::Remove {
            property: "figures",
            key
        }),
    ];
    prop::collection::vec(edit, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_one_device_writes_is_read_as_automerge_reads_it(groups in prop::collection::vec(edits(), 1..8)) {
        let mut doc = written(KIND, &groups);
        if !doc.changes().is_empty() {
            let saved = doc.save();
            is_read_as_automerge_reads_it(KIND, &saved);
        }
    }

    #[test]
    fn a_damaged_document_is_not_read_unless_automerge_reads_the_same(
        groups in prop::collection::vec(edits(), 1..5),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let saved = written(KIND, &groups).save();
        let mut reader = Reader::new(&saved[9..]);
        let mut contents = reader.bytes(usize::MAX, "contents").unwrap().to_vec();
        for (at, byte) in damage {
            *at.get_mut(&mut contents) = byte;
        }
        let damaged = with_true_head(KIND, chunk(DOCUMENT, &contents).0);
        says_what_automerge_says(KIND, &damaged);
    }

    #[test]
    fn rows_that_no_device_writes_are_not_read_unless_automerge_reads_the_same(
        groups in prop::collection::vec(edits(), 1..6),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..9u8, 0..24u64), 1..3),
    ) {
        let saved = written(KIND, &groups).save();
        if read(KIND, &saved).is_none() {
            return Ok(());
        }
        let damaged = with_rows(KIND, &saved, |rows| {
            for (at, what, number) in damage {
                let at = at.index(rows.len());
                let (before, row) = (rows[at], &mut rows[at].0);
                match what {
                    0 => row.action = number % 8,
                    1 => row.id = number,
                    2 => row.next = number,
                    3 => row.object = number,
                    4 => row.place = Place::Letter(number),
                    5 => row.place = Place::Key("discarded"),
                    // A value of no bytes of another type.
                    6 => (row.value_type, row.value) = (number % 16, &[]),
                    7 => rows.insert(at + 1, (before.0.deletion(), before.1)),
                    _ => rows.insert(at + 1, before),
                }
            }
        });
        says_what_automerge_says(KIND, &with_true_head(KIND, damaged));
    }

    #[test]
    fn rows_in_another_order_are_not_read(
        groups in prop::collection::vec(edits(), 1..6),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let saved = written(KIND, &groups).save();
        let is_empty = Layout::of(&saved).and_then(|layout| Actors::of(KIND, &layout)).is_none();
        if is_empty {
            return Ok(());
        }
        let moved = with_rows(KIND, &saved, |rows| {
            let (from, to) = (from.index(rows.len()), to.index(rows.len()));
            let row = rows.remove(from);
            rows.insert(to, row);
        });
        prop_assert_eq!(read(KIND, &moved).is_some(), moved == saved);
    }
}
