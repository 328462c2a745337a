//! Records that two devices wrote while apart, case by case: what both see then, and what they are asked. The
//! laws behind it run over generated cases in `tests/src/laws`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ROOT, ReadDoc};
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{AgreedScoreRecord, Figure, RegistrationRecord, State};
use cotmoc_core::record::{Edit, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind, examine};
use serde_json::json;

/// Takes changes in as every device does: through the trial.
fn merged(kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Examined {
    let job = Job {
        kind,
        held: held.map(<[u8]>::to_vec),
        input: JobInput::Changes(changes),
    };
    let examined = examine(&job).expect("changes of honest devices are taken");
    assert!(
        examined
            .outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Applied),
        "{:?}",
        examined.outcomes
    );
    examined
}

/// Two devices that each edit the same record while apart, then take in what the other did.
fn meet(kind: RecordKind, ours: &[Edit], theirs: &[Edit]) -> (RecordDoc, RecordDoc) {
    let (mut one, mut other) = (RecordDoc::new(kind).unwrap(), RecordDoc::new(kind).unwrap());
    one.edit([1; 16], ours).unwrap();
    other.edit([2; 16], theirs).unwrap();
    exchange(&mut one, &mut other);
    (one, other)
}

fn exchange(one: &mut RecordDoc, other: &mut RecordDoc) {
    for change in other.changes() {
        if !one.has(&change) {
            one.apply(change).unwrap();
        }
    }
    for change in one.changes() {
        if !other.has(&change) {
            other.apply(change).unwrap();
        }
    }
}

#[test]
fn two_devices_that_change_one_property_while_apart_see_the_same_value_and_the_same_difference() {
    let (one, other) = meet(
        RecordKind::Registration,
        &[
            Edit::line("name", "Thắp sáng đường biên"),
            Edit::line("place", "bản Pa Tần"),
        ],
        &[Edit::line("name", "Đường biên ánh sáng"), Edit::int("year", 2026)],
    );
    assert_eq!(one.canonical_state(), other.canonical_state());
    assert_eq!(one.differences(), other.differences());
    let differences = one.differences();
    let [difference] = differences.as_slice() else {
        panic!("only the name differs: {differences:?}")
    };
    assert_eq!(difference.property, "name");
    let mut values: Vec<&str> = difference
        .versions
        .iter()
        .filter_map(|version| version.value.as_str())
        .collect();
    assert_eq!(
        Some(values[0]),
        one.state()["name"].as_str(),
        "the first version is the one shown"
    );
    values.sort_unstable();
    assert_eq!(
        values,
        ["Thắp sáng đường biên", "Đường biên ánh sáng"],
        "both values are kept"
    );
    let authors: Vec<[u8; 32]> = difference.versions.iter().map(|version| version.change).collect();
    assert!(
        authors[0] != authors[1] && !authors.contains(&[0; 32]),
        "each version names the change that wrote it"
    );
}

#[test]
fn the_same_value_written_on_two_devices_is_no_difference() {
    let figure = Figure {
        name: "Số hộ".into(),
        raw: "48/48".into(),
        ..Figure::default()
    };
    let edits = [
        Edit::line("name", "Con nuôi đồn Biên phòng"),
        Edit::put("figures", "01", &figure),
    ];
    let (one, other) = meet(RecordKind::Registration, &edits, &edits);
    assert!(one.differences().is_empty() && other.differences().is_empty());
    assert_eq!(one.canonical_state(), other.canonical_state());
}

#[test]
fn deciding_for_one_value_removes_the_difference_on_both_devices_even_when_it_is_the_value_shown() {
    for choose_shown in [true, false] {
        let (mut one, mut other) = meet(
            RecordKind::Registration,
            &[Edit::line("name", "A")],
            &[Edit::line("name", "B")],
        );
        let shown = one.state()["name"].as_str().unwrap().to_owned();
        let versions = &one.differences()[0].versions;
        let chosen = if choose_shown {
            shown
        } else {
            versions[1].value.as_str().unwrap().to_owned()
        };
        let decision = one.edit([1; 16], &[Edit::line("name", chosen.clone())]).unwrap();
        assert!(
            decision.is_some(),
            "a decision is a change of its own, also for the value that was shown"
        );
        exchange(&mut one, &mut other);
        for device in [&one, &other] {
            assert!(device.differences().is_empty());
            assert_eq!(device.state()["name"], chosen);
        }
    }
}

#[test]
fn two_devices_that_decide_differently_are_asked_again_with_the_two_decisions() {
    let (mut one, mut other) = meet(
        RecordKind::Registration,
        &[Edit::line("name", "A")],
        &[Edit::line("name", "B")],
    );
    one.edit([1; 16], &[Edit::line("name", "A")]).unwrap();
    other.edit([2; 16], &[Edit::line("name", "B")]).unwrap();
    exchange(&mut one, &mut other);
    assert_eq!(one.differences(), other.differences());
    assert_eq!(one.differences()[0].versions.len(), 2);
}

#[test]
fn an_agreed_score_begun_on_two_devices_at_once_loses_nothing() {
    let visit = RecordId(uuid::Uuid::from_u128(7));
    let id = |_: usize| RecordId::derived("agreed score", &[visit.0.as_bytes(), b"registration"]);
    assert_eq!(id(1), id(2), "both devices arrive at the same record");
    let (one, other) = meet(
        RecordKind::AgreedScore,
        &[
            Edit::line("visit", visit.to_string()),
            Edit::put("items", "1.1", &json!({"points": 1450})),
        ],
        &[
            Edit::line("visit", visit.to_string()),
            Edit::put("items", "2.3", &json!({"points": 900, "reason": "thống nhất"})),
        ],
    );
    for device in [&one, &other] {
        let score = AgreedScoreRecord::from(&State::read(&device.canonical_state()));
        assert_eq!(score.items.len(), 2, "both answers stand: {:?}", score.items);
        assert_eq!(
            (score.items["1.1"].points, score.items["2.3"].points),
            (1450, 900)
        );
        assert!(device.differences().is_empty(), "the same visit on both is none");
    }
}

#[test]
fn a_figure_changed_on_two_devices_keeps_value_and_unit_of_one_author_together() {
    let lamps = Figure {
        name: "Đường điện".into(),
        raw: "75,6".into(),
        unit: "km".into(),
        ..Figure::default()
    };
    let homes = Figure {
        name: "Số hộ".into(),
        raw: "trên 200".into(),
        unit: "hộ".into(),
        qualifier: Some("at_least".into()),
        ..Figure::default()
    };
    let (one, other) = meet(
        RecordKind::Registration,
        &[Edit::put("figures", "01", &lamps)],
        &[Edit::put("figures", "01", &homes)],
    );
    let of = |device: &RecordDoc| {
        RegistrationRecord::from(&State::read(&device.canonical_state())).figures["01"].clone()
    };
    assert_eq!(of(&one), of(&other));
    assert!(
        of(&one) == lamps || of(&one) == homes,
        "never a mixture: {:?}",
        of(&one)
    );
    let differences = one.differences();
    assert_eq!(differences[0].property, "figures/01");
    let versions: Vec<Figure> = differences[0]
        .versions
        .iter()
        .map(|version| serde_json::from_str(version.value.as_str().unwrap()).unwrap())
        .collect();
    assert!(
        versions.contains(&lamps) && versions.contains(&homes),
        "both whole figures are kept: {versions:?}"
    );
}

/// A change as a later version of the program would make it, with a property that this one has no name for.
fn change_of_a_newer_version(doc: &mut RecordDoc) -> Vec<u8> {
    let mut newer = AutoCommit::load(&doc.save())
        .unwrap()
        .with_actor(ActorId::from(&[9u8; 16][..]));
    newer
        .put(ROOT, "lesson_learned", "Phải có người giữ chìa khoá")
        .unwrap();
    newer.put(ROOT, "rank", 3).unwrap();
    newer.commit();
    newer.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn properties_of_a_newer_version_survive_edits_saving_and_loading_here() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    doc.edit([1; 16], &[Edit::line("name", "Thắp sáng đường biên")])
        .unwrap();
    let change = change_of_a_newer_version(&mut doc);
    let examined = merged(RecordKind::Registration, Some(&doc.save()), vec![change.clone()]);

    let mut here = RecordDoc::load(RecordKind::Registration, &examined.saved).unwrap();
    here.edit(
        [1; 16],
        &[
            Edit::line("place", "bản Pa Tần"),
            Edit::Text {
                property: "goals",
                text: "Sáng".into(),
            },
        ],
    )
    .unwrap();
    let mut again = RecordDoc::load(RecordKind::Registration, &here.save()).unwrap();
    assert_eq!(again.state()["lesson_learned"], "Phải có người giữ chìa khoá");
    assert_eq!(again.state()["rank"], 3);

    let newer = AutoCommit::load(&again.save()).unwrap();
    let (value, _) = newer.get(ROOT, "lesson_learned").unwrap().unwrap();
    assert_eq!(
        value.as_str(),
        Some("Phải có người giữ chìa khoá"),
        "and the newer version finds it again"
    );
    let hash = Change::from_bytes(change).unwrap().hash();
    assert!(
        again.changes().iter().any(|change| change.hash() == hash),
        "its change is untouched"
    );
}

#[test]
fn a_property_of_a_newer_version_that_two_devices_change_is_a_difference_here_too() {
    let mut one = RecordDoc::new(RecordKind::Registration).unwrap();
    let mut other = RecordDoc::new(RecordKind::Registration).unwrap();
    for (doc, actor, text) in [(&mut one, 1u8, "một"), (&mut other, 2, "hai")] {
        let mut newer = AutoCommit::load(&doc.save())
            .unwrap()
            .with_actor(ActorId::from(&[actor; 16][..]));
        newer.put(ROOT, "lesson_learned", text).unwrap();
        newer.commit();
        doc.apply(newer.get_last_local_change().unwrap()).unwrap();
    }
    exchange(&mut one, &mut other);
    assert_eq!(one.differences(), other.differences());
    assert_eq!(one.differences()[0].property, "lesson_learned");
}
