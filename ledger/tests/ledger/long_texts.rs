//! Narratives up to their cap: saved, exchanged, rebuilt, written over again, and what is beyond the caps.

use std::time::{Duration, Instant};

use cotmoc_core::access::Refusal;
use cotmoc_core::journal::MAX_PAYLOAD;
use cotmoc_core::record::{
    Edit, EditError, Examined, Job, JobInput, MAX_OPS_PER_CHANGE, Outcome, RecordDoc, RecordKind,
};
use cotmoc_ledger::{Gauntlet, LedgerError, NotExamined, Write};

use crate::support::{NARRATIVES, NOW, Province, program, record, registration, unit_scope};

const KIND: RecordKind = RecordKind::Registration;
const CAP: usize = 64 * 1024;

/// A text of Vietnamese words with exactly so many bytes; another seed gives another text.
fn narrative(seed: u64, bytes: usize) -> String {
    const WORDS: [&str; 20] = [
        "đồn",
        "biên",
        "phòng",
        "phối",
        "hợp",
        "cấp",
        "ủy",
        "chính",
        "quyền",
        "địa",
        "phương",
        "vận",
        "động",
        "nhân",
        "dân",
        "thắp",
        "sáng",
        "đường",
        "bản",
        "đèn",
    ];
    let mut dice = seed;
    let mut text = String::new();
    loop {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let word = WORDS[(dice >> 33) as usize % WORDS.len()];
        if text.len() + word.len() + 1 > bytes {
            break;
        }
        text.push_str(word);
        text.push(' ');
    }
    let rest = ".".repeat(bytes - text.len());
    text + &rest
}

fn edit(property: &'static str, text: String) -> Edit {
    Edit::Text { property, text }
}

fn all_seven(seed: u64, bytes: usize) -> Vec<Edit> {
    let numbered = NARRATIVES.into_iter().zip(seed..);
    numbered
        .map(|(property, seed)| edit(property, narrative(seed, bytes)))
        .collect()
}

#[test]
fn a_narrative_of_20_pages_is_saved_exchanged_and_rebuilt_and_replaced_by_another() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (device, other) = (province.store(), province.store());
    for seed in [1, 2] {
        let text = narrative(seed, 60 * 1024);
        let write = Write::Edit {
            scope: unit_scope(11),
            record: record(1),
            kind: KIND,
            edits: vec![
                Edit::line("name", "Thắp sáng đường biên"),
                edit("goals", text.clone()),
            ],
        };
        let started = Instant::now();
        let written = device.ledger.write(&post, NOW, &[write]).unwrap();
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(written.entries.len(), 1, "one field group is one entry");
        let received = other.receive(&device.outbox(&post));
        assert_eq!((received.refused, received.waiting), (Vec::new(), 0));
        assert_eq!(other.state(record(1)).unwrap()["goals"], text.as_str());
    }
    assert_eq!(device.sums(&post), other.sums(&post));
    for store in [&device, &other] {
        assert_eq!(store.rebuild().changed, 0);
    }
}

#[test]
fn all_narratives_full_at_once_become_entries_that_each_fit_and_are_written_together_or_not_at_all() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (device, other) = (province.store(), province.store());
    let save = |edits: Vec<Edit>| {
        let write = Write::Edit {
            scope: unit_scope(11),
            record: record(1),
            kind: KIND,
            edits,
        };
        device.ledger.write(&post, NOW, &[write])
    };
    // What is wrong comes last, after six texts that would each fill an entry.
    let mut one_byte_more = all_seven(1, CAP);
    one_byte_more[6] = edit(NARRATIVES[6], narrative(9, CAP) + "x");
    match save(one_byte_more) {
        Err(LedgerError::Edit(EditError::TooLong { property, cap })) => {
            assert_eq!((property, cap), ("sustainability", CAP));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(device.ledger.record(record(1)).unwrap(), None);
    assert!(device.outbox(&post).is_empty(), "nothing was written");

    let written = save(all_seven(1, CAP)).unwrap();
    assert_eq!(written.entries.len(), 7, "each of them fills an entry");
    assert_eq!(written.records, [record(1)]);
    for entry in device.ledger.entries_of(record(1)).unwrap() {
        assert!(entry.payload.unwrap().len() <= MAX_PAYLOAD);
    }
    // As a document, because it has three entries and more.
    let pack = device.outbox(&post);
    assert!(pack.records[0].document.is_some());
    assert!(other.receive(&pack).refused.is_empty());
    assert_eq!(device.sums(&post), other.sums(&post));
    let state = other.state(record(1)).unwrap();
    for (property, seed) in NARRATIVES.into_iter().zip(1..) {
        assert_eq!(state[property], narrative(seed, CAP).as_str());
    }
    assert_eq!(other.rebuild().changed, 0);
    assert!(
        save(all_seven(1, CAP)).unwrap().entries.is_empty(),
        "nothing is new"
    );
}

#[test]
fn a_small_change_in_several_full_narratives_is_one_small_entry() {
    let province = Province::new();
    let post = province.post(1, 11);
    let device = province.store();
    let save = |edits: Vec<Edit>| device.edit(&post, unit_scope(11), record(1), KIND, edits);
    let texts: Vec<String> = (0..4).map(|seed| narrative(seed, 50_000)).collect();
    let edits = |change: fn(&str) -> String| {
        let changed = NARRATIVES.into_iter().zip(&texts);
        changed
            .map(|(property, text)| edit(property, change(text)))
            .collect()
    };
    save(edits(str::to_owned));
    let before = device.ledger.entries_of(record(1)).unwrap().len();
    save(edits(|text| {
        format!(
            "Đoạn thêm ở đầu. {}",
            text.replacen("đèn", "đèn năng lượng mặt trời", 3)
        )
    }));
    let entries = device.ledger.entries_of(record(1)).unwrap();
    assert_eq!(entries.len(), before + 1);
    assert!(entries[before].payload.as_ref().unwrap().len() < 4_000);
}

#[test]
fn a_narrative_written_over_again_and_again_is_refused_in_time_and_the_record_can_still_be_submitted() {
    let mut doc = registration();
    let mut versions = 0;
    let refusal = loop {
        match doc.edit_in_parts([1; 16], &[edit("goals", narrative(versions, CAP))]) {
            Ok(payloads) => assert_eq!(payloads.len(), 1, "version {versions}"),
            Err(refusal) => break refusal,
        }
        versions += 1;
    };
    assert_eq!(refusal, EditError::TooLarge);
    assert!(versions >= 8, "only {versions} versions of a whole narrative");
    let submission = Edit::whole(
        "submission",
        &serde_json::json!({"number": 1, "declared": "2026-11-20"}),
    );
    doc.edit([1; 16], &[submission, Edit::line("place", "Pa Tần")])
        .unwrap()
        .expect("a change");
}

fn examine(
    gauntlet: &mut Gauntlet,
    held: Option<Vec<u8>>,
    changes: Vec<Vec<u8>>,
) -> Result<Examined, NotExamined> {
    let job = Job {
        kind: KIND,
        held,
        input: JobInput::Changes(changes),
    };
    gauntlet.run(&[job]).unwrap().pop().unwrap()
}

#[test]
fn the_largest_changes_on_the_fullest_record_stay_within_the_checking_process() {
    let mut gauntlet = Gauntlet::new(program());
    let mut doc = registration();
    // Letters of one byte: the most operations that a document's bytes can hold.
    let letters = |seed: u8, count: usize| -> String {
        (0..count)
            .map(|at| char::from(b'a' + ((at * 7 + usize::from(seed)) % 26) as u8))
            .collect()
    };
    let mut changes = Vec::new();
    for (property, seed) in NARRATIVES.into_iter().zip(0..) {
        changes.extend(doc.edit([1; 16], &[edit(property, letters(seed, CAP))]).unwrap());
    }
    for (property, seed) in NARRATIVES.into_iter().zip(7..).take(2) {
        changes.extend(doc.edit([1; 16], &[edit(property, letters(seed, CAP))]).unwrap());
    }
    let held = doc.save();
    // A change that is all deletions takes no bytes to speak of, and it can be made by two devices at once.
    let empty = |actor: u8| {
        let mut doc = RecordDoc::load(KIND, &held).unwrap();
        let less = edit("approach", letters(2, CAP - 8_000));
        let edits = [
            edit("rationale", String::new()),
            edit("goals", String::new()),
            less,
        ];
        doc.edit([actor; 16], &edits).unwrap().unwrap()
    };
    let hostile = [empty(2), empty(3)];
    for change in &hostile {
        assert!(change.len() < 500, "{} bytes", change.len());
        let deleted = 2 * CAP + 8_000;
        assert!(deleted > MAX_OPS_PER_CHANGE * 99 / 100);
        let alone = examine(&mut gauntlet, Some(held.clone()), vec![change.clone()]).unwrap();
        assert_eq!(alone.outcomes, [Outcome::Applied]);
    }
    let both = examine(&mut gauntlet, Some(held), hostile.to_vec());
    assert!(
        matches!(both, Ok(_) | Err(NotExamined::Refused(Refusal::TooLarge))),
        "not {both:?}"
    );
    // As a rebuild makes it again, from nothing.
    changes.push(hostile[0].clone());
    let rebuilt = examine(&mut gauntlet, None, changes).unwrap();
    assert!(
        rebuilt
            .outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
}
