//! The merge laws over the schema's own edits: whatever devices do while apart, and in whatever order
//! and however often it reaches them, they hold the same record and are asked the same questions.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ROOT, ReadDoc};
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{AgreedScoreRecord, Figure, RegistrationRecord, State};
use cotmoc_core::record::{
    DifferingProperty, Edit, Examined, Job, JobInput, MAX_OPS_PER_CHANGE, Outcome, RecordDoc, RecordKind,
    canonical_json, examine,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

/// Generated cases per kind of record; four kinds make the 10,000 of one run.
const CASES_PER_KIND: u32 = 2_500;
const DEVICES: usize = 3;

/// What devices do while apart.
#[derive(Debug, Clone)]
enum Step {
    Edit(usize, Vec<Edit>),
    /// The first changes of one device, in its order, reach another.
    Send {
        from: usize,
        to: usize,
        share: Index,
    },
}

/// Everything by which two devices compare a record.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    state: String,
    hashes: Vec<[u8; 32]>,
    differences: Vec<DifferingProperty>,
}

fn seen(kind: RecordKind, saved: &[u8]) -> Seen {
    let mut doc = RecordDoc::load(kind, saved).unwrap();
    let mut hashes: Vec<[u8; 32]> = doc.changes().iter().map(|change| change.hash().0).collect();
    hashes.sort_unstable();
    Seen {
        state: doc.canonical_state(),
        hashes,
        differences: doc.differences(),
    }
}

fn changes_of(kind: RecordKind, saved: &[u8]) -> Vec<Vec<u8>> {
    let mut doc = RecordDoc::load(kind, saved).unwrap();
    doc.changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect()
}

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

fn replay(kind: RecordKind, steps: &[Step]) -> Vec<Vec<u8>> {
    let mut devices: Vec<RecordDoc> = (0..DEVICES).map(|_| RecordDoc::new(kind).unwrap()).collect();
    for step in steps {
        match step {
            Step::Edit(device, edits) => {
                devices[*device].edit([*device as u8 + 1; 16], edits).unwrap();
            }
            Step::Send { from, to, share } => {
                let changes = devices[*from].changes();
                let count = share.index(changes.len() + 1);
                for change in changes.into_iter().take(count) {
                    if !devices[*to].has(&change) {
                        devices[*to].apply(change).unwrap();
                    }
                }
            }
        }
    }
    devices.iter_mut().map(RecordDoc::save).collect()
}

fn laws_hold(kind: RecordKind, steps: &[Step], order: &[Index]) {
    let [a, b, c] = replay(kind, steps).try_into().unwrap();
    let [of_a, of_b, of_c] = [&a, &b, &c].map(|saved| changes_of(kind, saved));

    let a_then_b = merged(kind, Some(&a), of_b.clone());
    let b_then_a = merged(kind, Some(&b), of_a.clone());
    let (left, right) = (seen(kind, &a_then_b.saved), seen(kind, &b_then_a.saved));
    assert_eq!(left, right, "commutative");

    let ab_then_c = merged(kind, Some(&a_then_b.saved), of_c.clone());
    let b_then_c = merged(kind, Some(&b), of_c.clone());
    let bc = changes_of(kind, &b_then_c.saved);
    let a_then_bc = merged(kind, Some(&a), bc);
    let all = seen(kind, &ab_then_c.saved);
    assert_eq!(all, seen(kind, &a_then_bc.saved), "associative");

    let again = merged(
        kind,
        Some(&ab_then_c.saved),
        [of_a.clone(), of_b.clone()].concat(),
    );
    assert_eq!(all, seen(kind, &again.saved), "idempotent");

    // From nothing, in any order, some of it twice: what is early waits and is applied after all.
    let mut shuffled = [of_a, of_b, of_c].concat();
    for (at, other) in order.iter().enumerate().take(shuffled.len()) {
        let other = other.index(shuffled.len());
        shuffled.swap(at, other);
    }
    let cold = merged(kind, None, shuffled);
    assert_eq!(all, seen(kind, &cold.saved), "any order, any number of times");
    assert_eq!(cold.state, all.state, "what the trial reports is what was saved");

    let reloaded = RecordDoc::load(kind, &ab_then_c.saved).unwrap().save();
    assert_eq!(all, seen(kind, &reloaded), "save and reload equal");

    let shown: Json = serde_json::from_str(&all.state).unwrap();
    for difference in &all.differences {
        let path = format!("/{}", difference.property);
        assert_eq!(
            shown.pointer(&path),
            Some(&difference.versions[0].value),
            "the shown value is the first version"
        );
        for (at, version) in difference.versions.iter().enumerate() {
            let repeated = difference.versions[..at]
                .iter()
                .any(|earlier| earlier.value == version.value);
            assert!(!repeated, "equal values are no difference");
        }
    }
    let named: Vec<String> = all
        .differences
        .into_iter()
        .map(|difference| difference.property)
        .collect();
    assert_eq!(
        cold.differing, named,
        "what the trial reports is what a reader of the record finds"
    );
}

fn line(property: &'static str) -> BoxedStrategy<Edit> {
    const TEXTS: &[&str] = &[
        "",
        "Thắp sáng đường biên",
        "Nâng bước em tới trường",
        "Con nuôi đồn Biên phòng",
    ];
    prop::sample::select(TEXTS)
        .prop_map(move |text| Edit::line(property, text))
        .boxed()
}

fn narrative(property: &'static str) -> BoxedStrategy<Edit> {
    const WORDS: &[&str] = &[
        "",
        "Đồn ",
        "vận động ",
        "48/48 hộ ",
        "đèn ",
        "ổ ",
        "😀",
        "e\u{301}",
    ];
    prop::collection::vec(prop::sample::select(WORDS), 0..5)
        .prop_map(move |words| Edit::Text {
            property,
            text: words.concat(),
        })
        .boxed()
}

fn object(property: &'static str, objects: &'static [&'static str]) -> BoxedStrategy<Edit> {
    let key = prop::sample::select(&["01", "02", "03"][..]);
    let json = prop::sample::select(objects);
    prop_oneof![
        4 => (key.clone(), json).prop_map(move |(key, json)| {
            let object: Json = serde_json::from_str(json).unwrap();
            Edit::Put { property, key: key.to_owned(), json: canonical_json(&object) }
        }),
        1 => key.prop_map(move |key| Edit::Remove { property, key: key.to_owned() }),
    ]
    .boxed()
}

fn registration_edit() -> BoxedStrategy<Edit> {
    prop_oneof![
        line("name"),
        line("place"),
        line("kind"),
        (2024i64..2027).prop_map(|year| Edit::int("year", year)),
        any::<bool>().prop_map(|flag| Edit::flag("demonstration", flag)),
        (1u32..3).prop_map(|number| Edit::whole(
            "submission",
            &json!({"number": number, "declared": "2026-03-01"})
        )),
        narrative("rationale"),
        narrative("goals"),
        object(
            "figures",
            &[
                r#"{"name":"Số hộ","raw":"48/48","unit":"hộ"}"#,
                r#"{"name":"Số hộ","raw":"trên 200","unit":"hộ"}"#,
                r#"{"name":"Mức hỗ trợ","raw":"500.000đ/cháu/tháng"}"#,
            ]
        ),
    ]
    .boxed()
}

fn review_edit() -> BoxedStrategy<Edit> {
    let decisions = object(
        "decisions",
        &[
            r#"{"submission":1,"after":0,"decision":"returned","reason":"thiếu thời gian"}"#,
            r#"{"submission":1,"after":0,"decision":"accepted","reason":""}"#,
            r#"{"submission":1,"after":1,"decision":"accepted","reason":""}"#,
        ],
    );
    prop_oneof![1 => line("registration").prop_filter("an id is short", fits_an_id), 4 => decisions].boxed()
}

fn agreed_score_edit() -> BoxedStrategy<Edit> {
    let items = object(
        "items",
        &[
            r#"{"points":1450}"#,
            r#"{"points":1500,"reason":"theo biên bản"}"#,
            r#"{"points":0,"reason":"chưa có"}"#,
        ],
    );
    prop_oneof![1 => line("not_eligible"), 1 => line("visit").prop_filter("an id is short", fits_an_id), 4 => items]
        .boxed()
}

fn findings_edit() -> BoxedStrategy<Edit> {
    let findings = object(
        "findings",
        &[
            r#"{"kind":"strength","text":"Duy trì thường xuyên","by":"1"}"#,
            r#"{"kind":"limitation","text":"Hồ sơ còn thiếu","by":"2"}"#,
            r#"{"kind":"limitation","text":"Hồ sơ còn thiếu","by":"2","removed":"ghi trùng"}"#,
        ],
    );
    prop_oneof![1 => line("visit").prop_filter("an id is short", fits_an_id), 4 => findings].boxed()
}

fn fits_an_id(edit: &Edit) -> bool {
    !matches!(edit, Edit::Set { value: cotmoc_core::record::Scalar::Str(text), .. } if text.len() > 64)
}

fn steps(edit: BoxedStrategy<Edit>) -> impl Strategy<Value = Vec<Step>> {
    let edits = prop::collection::vec(edit, 1..3);
    let step = prop_oneof![
        3 => (0..DEVICES, edits).prop_map(|(device, edits)| Step::Edit(device, edits)),
        1 => (0..DEVICES, 0..DEVICES, any::<Index>()).prop_map(|(from, to, share)| Step::Send { from, to, share }),
    ];
    prop::collection::vec(step, 1..=12)
}

fn order() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 36)
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES_PER_KIND,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn registrations_edited_on_three_devices_obey_the_merge_laws(steps in steps(registration_edit()), order in order()) {
        laws_hold(RecordKind::Registration, &steps, &order);
    }

    #[test]
    fn reviews_edited_on_three_devices_obey_the_merge_laws(steps in steps(review_edit()), order in order()) {
        laws_hold(RecordKind::Review, &steps, &order);
    }

    #[test]
    fn agreed_scores_edited_on_three_devices_obey_the_merge_laws(steps in steps(agreed_score_edit()), order in order()) {
        laws_hold(RecordKind::AgreedScore, &steps, &order);
    }

    #[test]
    fn findings_edited_on_three_devices_obey_the_merge_laws(steps in steps(findings_edit()), order in order()) {
        laws_hold(RecordKind::Findings, &steps, &order);
    }
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

/// More letters than one change may insert, in two narratives that are each within their cap.
fn too_many_letters() -> Vec<Edit> {
    let text = "x".repeat(MAX_OPS_PER_CHANGE / 2 + 1);
    ["goals", "outputs"]
        .map(|property| Edit::Text {
            property,
            text: text.clone(),
        })
        .to_vec()
}

#[test]
fn an_edit_that_is_refused_leaves_the_record_as_it_was() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    doc.edit([1; 16], &[Edit::line("name", "A")]).unwrap();
    let before = (doc.canonical_state(), doc.heads());
    let long_key = Edit::Put {
        property: "figures",
        key: "k".repeat(65),
        json: "{}".into(),
    };
    let refusals = [
        vec![Edit::line("place", "B"), Edit::line("name", "x".repeat(1_001))],
        vec![Edit::line("place", "B"), Edit::int("name", 1)],
        vec![Edit::line("place", "B"), Edit::line("no such property", "x")],
        [vec![Edit::line("place", "B")], too_many_letters()].concat(),
        vec![Edit::line("place", "B"), long_key],
    ];
    for edits in refusals {
        doc.edit([1; 16], &edits).unwrap_err();
        assert_eq!(
            (doc.canonical_state(), doc.heads()),
            before,
            "after {:.80?}",
            edits
        );
    }
    let payload = doc
        .edit([1; 16], &[Edit::line("place", "B")])
        .unwrap()
        .expect("and it can be edited again");
    let examined = merged(RecordKind::Registration, None, {
        let mut all: Vec<Vec<u8>> = doc
            .changes()
            .iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect();
        assert_eq!(all.pop(), Some(payload));
        all.push(doc.changes().last().unwrap().raw_bytes().to_vec());
        all
    });
    assert_eq!(examined.state, doc.canonical_state());
}

#[test]
fn a_new_record_whose_first_edit_is_refused_is_as_new_as_before() {
    for kind in [RecordKind::Registration, RecordKind::Cycle] {
        let mut doc = RecordDoc::new(kind).unwrap();
        let (state, heads) = (doc.canonical_state(), doc.heads());
        let edit = match kind {
            RecordKind::Registration => too_many_letters(),
            _ => vec![Edit::line("opens", "x".repeat(65))],
        };
        doc.edit([1; 16], &edit).unwrap_err();
        assert_eq!((doc.canonical_state(), doc.heads()), (state, heads));
    }
}

#[test]
fn setting_a_property_to_what_it_holds_is_no_edit() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    let edits = [
        Edit::line("name", "A"),
        Edit::int("year", 2026),
        Edit::Text {
            property: "goals",
            text: "Mục tiêu".into(),
        },
        Edit::put("figures", "01", &json!({"raw": "48/48"})),
    ];
    assert!(doc.edit([1; 16], &edits).unwrap().is_some());
    assert_eq!(doc.edit([1; 16], &edits).unwrap(), None);
    assert_eq!(
        doc.edit([2; 16], &edits).unwrap(),
        None,
        "nor from another device"
    );
    assert_eq!(
        doc.edit(
            [1; 16],
            &[Edit::Remove {
                property: "figures",
                key: "99".into()
            }]
        )
        .unwrap(),
        None
    );
}
