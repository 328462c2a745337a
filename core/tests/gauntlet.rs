//! Hostile changes and documents that do not stop the process: the trial refuses each with its reason.
//! What does stop a process is tried in the ledger's tests, through a real child.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange, ObjType, ROOT, ScalarValue};
use cotmoc_core::access::Refusal;
use cotmoc_core::journal::MAX_PAYLOAD;
use cotmoc_core::record::{
    Edit, Examined, Job, JobInput, MAX_OPS_PER_CHANGE, MAX_OPS_PER_DOCUMENT, Outcome, RecordDoc, RecordKind,
    Shape, begins_record, check_change, examine, genesis_change,
};

const KIND: RecordKind = RecordKind::Registration;
const GENESIS_ACTOR: &[u8] = b"cotmoc-genesis-1";

fn genesis() -> Change {
    Change::from_bytes(genesis_change(KIND).unwrap().to_vec()).unwrap()
}

/// A change right after genesis, by an ordinary device unless `alter` says otherwise.
fn change_with(operations: Vec<Op>, alter: impl FnOnce(&mut ExpandedChange)) -> Change {
    let genesis = genesis();
    let start = genesis.start_op().get() + genesis.len() as u64;
    let mut change = ExpandedChange {
        operations,
        actor_id: ActorId::from(&[7u8; 16][..]),
        hash: None,
        seq: 1,
        start_op: NonZeroU64::new(start).unwrap(),
        time: 0,
        message: None,
        deps: vec![genesis.hash()],
        extra_bytes: Vec::new(),
        author: None,
    };
    alter(&mut change);
    change.into()
}

fn change(operations: Vec<Op>) -> Change {
    change_with(operations, |_| {})
}

fn op(obj: ObjectId, key: Key, action: OpType) -> Op {
    let insert = matches!((&key, &action), (Key::Seq(_), OpType::Put(_)));
    Op {
        action,
        obj,
        key,
        pred: Vec::new().into(),
        insert,
    }
}

fn at_root(name: &str, action: OpType) -> Op {
    op(ObjectId::Root, Key::Map(name.into()), action)
}

fn text(text: impl Into<String>) -> OpType {
    OpType::Put(ScalarValue::Str(text.into().into()))
}

/// The container that genesis made for a property.
fn container(name: &str) -> ObjectId {
    let made = genesis().decode();
    let start = made.start_op.get();
    let at = made
        .operations
        .iter()
        .position(|op| op.key == Key::Map(name.into()))
        .unwrap();
    ObjectId::Id(OpId::new(start + at as u64, &made.actor_id))
}

fn examined(changes: Vec<Vec<u8>>) -> Examined {
    examine(&Job {
        kind: KIND,
        held: None,
        input: JobInput::Changes(changes),
    })
    .unwrap()
}

/// What becomes of a change between two good ones of another device, which must not suffer from it.
fn outcome_of(bytes: Vec<u8>) -> Outcome {
    let mut doc = RecordDoc::new(KIND).unwrap();
    let before = doc
        .edit([1; 16], &[Edit::line("name", "Thắp sáng đường biên")])
        .unwrap()
        .unwrap();
    let after = doc
        .edit([1; 16], &[Edit::line("place", "bản Pa Tần")])
        .unwrap()
        .unwrap();
    let examined = examined(vec![before, bytes, after]);
    assert_eq!(
        [examined.outcomes[0], examined.outcomes[2]],
        [Outcome::Applied; 2],
        "the good ones are applied"
    );
    if examined.outcomes[1] != Outcome::Applied {
        assert_eq!(
            examined.state,
            doc.canonical_state(),
            "what was refused left no trace"
        );
    }
    RecordDoc::load(KIND, &examined.saved).unwrap();
    examined.outcomes[1]
}

fn refusal_of(change: &Change) -> Refusal {
    match outcome_of(change.raw_bytes().to_vec()) {
        Outcome::Refused(refusal) => refusal,
        other => panic!("not refused but {other:?}"),
    }
}

#[test]
fn an_ordinary_change_made_by_hand_is_applied_so_the_refusals_below_are_for_their_reason() {
    let good = change(vec![
        at_root("name", text("Đường biên ánh sáng")),
        op(container("goals"), Key::Seq(ElementId::Head), text("x")),
        op(container("figures"), Key::Map("01".into()), text("{}")),
    ]);
    assert_eq!(outcome_of(good.raw_bytes().to_vec()), Outcome::Applied);
}

#[test]
fn a_change_that_creates_an_object_is_refused() {
    for kind in [ObjType::Map, ObjType::List, ObjType::Text, ObjType::Table] {
        assert_eq!(
            refusal_of(&change(vec![at_root("name", OpType::Make(kind))])),
            Refusal::BadShape
        );
        let inside = op(container("figures"), Key::Map("01".into()), OpType::Make(kind));
        assert_eq!(refusal_of(&change(vec![inside])), Refusal::BadShape);
    }
}

#[test]
fn an_operation_on_an_object_that_genesis_did_not_make_is_refused() {
    let device = ActorId::from(&[7u8; 16][..]);
    let maker = ActorId::from(GENESIS_ACTOR);
    for id in [
        OpId::new(1, &device),
        OpId::new(999, &maker),
        OpId::new(u64::from(u32::MAX), &maker),
    ] {
        let foreign = op(ObjectId::Id(id), Key::Map("01".into()), text("{}"));
        assert_eq!(refusal_of(&change(vec![foreign])), Refusal::BadShape);
    }
}

#[test]
fn a_container_is_neither_replaced_nor_removed() {
    for property in ["goals", "figures"] {
        for action in [text("x"), OpType::Delete, OpType::Put(ScalarValue::Null)] {
            assert_eq!(
                refusal_of(&change(vec![at_root(property, action)])),
                Refusal::BadShape
            );
        }
    }
}

#[test]
fn a_value_of_another_sort_than_the_property_is_refused() {
    let sorts = [
        at_root("name", OpType::Put(ScalarValue::Int(1))),
        at_root("year", text("2026")),
        at_root("year", OpType::Put(ScalarValue::F64(2026.0))),
        at_root("year", OpType::Increment(1)),
        at_root("year", OpType::Put(ScalarValue::counter(1))),
        at_root("demonstration", OpType::Put(ScalarValue::Int(1))),
        at_root("name", OpType::Put(ScalarValue::Bytes(vec![1, 2, 3]))),
        at_root("name", OpType::Put(ScalarValue::Timestamp(1))),
        at_root("name", OpType::Put(ScalarValue::Null)),
        at_root("of_a_newer_version", OpType::Put(ScalarValue::Bytes(vec![0; 10]))),
        op(
            container("figures"),
            Key::Map("01".into()),
            OpType::Put(ScalarValue::Int(1)),
        ),
        op(container("figures"), Key::Seq(ElementId::Head), text("{}")),
        op(
            container("goals"),
            Key::Seq(ElementId::Head),
            OpType::Put(ScalarValue::Int(1)),
        ),
        op(ObjectId::Root, Key::Seq(ElementId::Head), text("x")),
    ];
    for operation in sorts {
        assert_eq!(
            refusal_of(&change(vec![operation.clone()])),
            Refusal::BadShape,
            "{operation:?}"
        );
    }
}

#[test]
fn texts_beyond_their_caps_are_refused() {
    let oversize = [
        at_root("name", text("x".repeat(1_001))),
        at_root("kind", text("x".repeat(65))),
        at_root("submission", text("x".repeat(1_001))),
        at_root("of_a_newer_version", text("x".repeat(4 * 1024 + 1))),
        at_root(&"p".repeat(65), text("x")),
        op(
            container("figures"),
            Key::Map("01".into()),
            text("x".repeat(4_001)),
        ),
        op(container("figures"), Key::Map("k".repeat(65).into()), text("{}")),
        op(
            container("goals"),
            Key::Seq(ElementId::Head),
            text("x".repeat(64 * 1024 + 1)),
        ),
    ];
    for operation in oversize {
        assert_eq!(refusal_of(&change(vec![operation])), Refusal::BadShape);
    }
}

#[test]
fn a_change_with_too_many_operations_is_refused_however_few_bytes_they_take() {
    let operation = at_root("demonstration", OpType::Put(ScalarValue::Boolean(true)));
    let change = change(vec![operation; MAX_OPS_PER_CHANGE + 1]);
    assert!(
        change.raw_bytes().len() < 1_000,
        "run-length columns hide how much it is"
    );
    assert_eq!(refusal_of(&change), Refusal::TooLarge);
}

#[test]
fn letters_of_no_bytes_are_refused_because_any_number_of_them_takes_none() {
    let head = Key::Seq(ElementId::Head);
    let nothing = op(container("goals"), head, text(""));
    let change = change(vec![nothing; 1_000]);
    assert!(change.raw_bytes().len() < 1_000);
    assert_eq!(refusal_of(&change), Refusal::BadShape);
}

#[test]
fn a_change_whose_counter_leaves_no_room_for_the_ones_after_it_is_refused() {
    for start in [MAX_OPS_PER_DOCUMENT as u64 + 1, u64::from(u32::MAX) - 1] {
        let change = change_with(vec![at_root("place", text("Pa Tần"))], |change| {
            change.start_op = NonZeroU64::new(start).unwrap();
        });
        assert_eq!(refusal_of(&change), Refusal::TooLarge, "{start}");
    }
}

#[test]
fn a_payload_beyond_the_cap_is_refused_before_it_is_read() {
    let change = change_with(Vec::new(), |change| {
        change.message = Some("x".repeat(MAX_PAYLOAD))
    });
    assert_eq!(refusal_of(&change), Refusal::TooLarge);
}

#[test]
fn a_compressed_change_is_refused_because_it_could_inflate_without_a_limit() {
    let mut honest = change(vec![at_root("place", text("x".repeat(900)))]);
    let compressed = honest.bytes().into_owned();
    assert_eq!(compressed[8], 2, "this is the chunk type of a compressed change");
    assert_eq!(outcome_of(compressed), Outcome::Refused(Refusal::Malformed));
}

#[test]
fn a_document_is_refused_as_a_change() {
    let mut doc = RecordDoc::new(KIND).unwrap();
    doc.edit([7; 16], &[Edit::line("name", "A")]).unwrap();
    assert_eq!(outcome_of(doc.save()), Outcome::Refused(Refusal::Malformed));
}

#[test]
fn a_change_followed_by_more_bytes_is_refused() {
    let good = change(vec![at_root("name", text("A"))]);
    for tail in [vec![0], good.raw_bytes().to_vec()] {
        let bytes = [good.raw_bytes(), &tail].concat();
        assert_eq!(outcome_of(bytes), Outcome::Refused(Refusal::Malformed));
    }
}

#[test]
fn a_change_by_an_actor_of_another_length_is_refused() {
    for length in [0usize, 1, 15, 17, 64] {
        let actor = ActorId::from(vec![7u8; length]);
        let operation = at_root("name", text("A"));
        let change = change_with(vec![operation], |change| change.actor_id = actor);
        assert_eq!(refusal_of(&change), Refusal::Malformed, "{length} bytes");
    }
}

#[test]
fn nobody_may_write_as_genesis_nor_send_it_as_an_entry() {
    assert_eq!(refusal_of(&genesis()), Refusal::BadShape);
    let as_genesis = change_with(vec![at_root("name", text("A"))], |change| {
        change.actor_id = ActorId::from(GENESIS_ACTOR);
        change.seq = 2;
    });
    assert_eq!(refusal_of(&as_genesis), Refusal::BadShape);
}

#[test]
fn a_change_that_follows_one_not_here_waits_and_is_applied_when_it_comes() {
    let mut doc = RecordDoc::new(KIND).unwrap();
    let first = doc.edit([1; 16], &[Edit::line("name", "A")]).unwrap().unwrap();
    let second = doc.edit([1; 16], &[Edit::line("name", "B")]).unwrap().unwrap();
    let third = doc.edit([1; 16], &[Edit::line("name", "C")]).unwrap().unwrap();
    let alone = examined(vec![third.clone(), second.clone()]);
    assert_eq!(alone.outcomes, [Outcome::Waiting; 2]);
    assert_eq!(
        examined(vec![third, second, first]).outcomes,
        [Outcome::Applied; 3]
    );

    let never = change_with(vec![at_root("name", text("A"))], |change| {
        change.deps = vec![ChangeHash([9; 32])]
    });
    assert_eq!(outcome_of(never.raw_bytes().to_vec()), Outcome::Waiting);
}

#[test]
fn the_change_that_begins_a_record_is_known_by_what_it_follows() {
    for kind in RecordKind::ALL
        .into_iter()
        .filter(|kind| *kind != RecordKind::Roster)
    {
        let property = match kind {
            RecordKind::Cycle | RecordKind::Campaign => Edit::int("year", 2026),
            RecordKind::Model => Edit::int("start_year", 2026),
            RecordKind::Unit => Edit::line("unit", "{}"),
            RecordKind::Scheme => Edit::line("scheme", "{}"),
            RecordKind::Mapping => Edit::line("mapping", "{}"),
            RecordKind::CriteriaSet => Edit::line("set", "{}"),
            RecordKind::Registration => Edit::line("name", "A"),
            RecordKind::Review => Edit::line("registration", "x"),
            RecordKind::UnitFigures => Edit::line("cycle", "x"),
            _ => Edit::line("visit", "x"),
        };
        let property = if kind == RecordKind::Visit {
            Edit::line("place", "A")
        } else {
            property
        };
        let mut doc = RecordDoc::new(kind).unwrap();
        let first = doc.edit([1; 16], &[property]).unwrap().unwrap();
        assert!(begins_record(kind, &first), "{kind:?}");
        let undo = doc.state().as_object().unwrap().iter().find_map(|(name, value)| {
            let (name, _) = Shape::of(kind)
                .properties
                .iter()
                .find(|(known, _)| known == name)?;
            match value {
                serde_json::Value::Number(_) => Some(Edit::int(name, 1)),
                serde_json::Value::String(text) if !text.is_empty() => Some(Edit::line(name, "[]")),
                _ => None,
            }
        });
        let second = doc.edit([2; 16], &[undo.unwrap()]).unwrap().unwrap();
        assert!(!begins_record(kind, &second), "{kind:?}");
    }
}

#[test]
fn two_different_changes_at_one_place_of_an_actor_are_not_both_applied() {
    let [one, other] = ["A", "B"].map(|name| change(vec![at_root("name", text(name))]).raw_bytes().to_vec());
    let examined = examined(vec![one, other]);
    assert_eq!(
        examined.outcomes,
        [Outcome::Applied, Outcome::Refused(Refusal::BadChange)]
    );
}

#[test]
fn a_change_cut_short_at_any_byte_or_with_any_bit_flipped_is_refused() {
    let good = change(vec![at_root("name", text("Đường biên ánh sáng"))])
        .raw_bytes()
        .to_vec();
    let mut damaged: Vec<Vec<u8>> = (0..good.len()).map(|cut| good[..cut].to_vec()).collect();
    for bit in 0..good.len() * 8 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        damaged.push(flipped);
    }
    // The four bytes of checksum catch every one of these; a forger who mends them is for the child process.
    let examined = examined(damaged);
    let refused = |outcome: &&Outcome| **outcome == Outcome::Refused(Refusal::Malformed);
    assert_eq!(
        examined.outcomes.iter().filter(refused).count(),
        examined.outcomes.len()
    );
}

fn refusal_of_document(saved: Vec<u8>) -> Refusal {
    examine(&Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(saved),
    })
    .expect_err("the document is refused")
}

fn document() -> RecordDoc {
    let mut doc = RecordDoc::new(KIND).unwrap();
    doc.edit([1; 16], &[Edit::line("name", "A")]).unwrap();
    doc.edit([2; 16], &[Edit::line("place", "B")]).unwrap();
    doc
}

#[test]
fn a_document_gives_back_exactly_the_changes_it_was_made_of() {
    let mut doc = document();
    let examined = examine(&Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(doc.save()),
    })
    .unwrap();
    let changes: Vec<_> = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    assert_eq!(
        examined
            .changes
            .iter()
            .map(|(_, bytes)| bytes.clone())
            .collect::<Vec<_>>(),
        changes
    );
    assert_eq!(
        examined
            .changes
            .iter()
            .map(|(actor, _)| actor[0])
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(examined.state, doc.canonical_state());
}

#[test]
fn whatever_is_not_one_whole_document_is_refused_as_a_document() {
    let saved = document().save();
    let waiting = change_with(vec![at_root("name", text("smuggled"))], |change| {
        change.deps = vec![ChangeHash([9; 32])]
    });
    let good = change(vec![at_root("name", text("smuggled"))]);
    let mut large = change(vec![at_root("place", text("x".repeat(900)))]);
    assert_eq!(refusal_of_document(Vec::new()), Refusal::Malformed);
    assert_eq!(refusal_of_document(good.raw_bytes().to_vec()), Refusal::Malformed);
    for behind in [
        waiting.raw_bytes(),
        good.raw_bytes(),
        &large.bytes(),
        &saved,
        &[0],
    ] {
        assert_eq!(refusal_of_document([&saved, behind].concat()), Refusal::Malformed);
    }
    for cut in 0..saved.len() {
        let refusal = refusal_of_document(saved[..cut].to_vec());
        assert!(
            matches!(refusal, Refusal::Malformed | Refusal::BadChange),
            "cut at {cut}: {refusal:?}"
        );
    }
}

#[test]
fn a_document_without_its_genesis_is_refused() {
    let mut other = AutoCommit::new().with_actor(ActorId::from(&[7u8; 16][..]));
    other.put(ROOT, "name", "A").unwrap();
    assert_eq!(refusal_of_document(other.save_nocompress()), Refusal::BadShape);
    let mut cycle = RecordDoc::new(RecordKind::Review).unwrap();
    assert_eq!(
        refusal_of_document(cycle.save()),
        Refusal::BadShape,
        "the genesis of another kind is another one"
    );
}

#[test]
fn a_document_with_one_change_that_breaks_the_shape_is_refused_as_a_whole() {
    let mut doc = AutoCommit::load(&document().save())
        .unwrap()
        .with_actor(ActorId::from(&[7u8; 16][..]));
    doc.put_object(ROOT, "smuggled", ObjType::List).unwrap();
    assert_eq!(refusal_of_document(doc.save_nocompress()), Refusal::BadShape);
}

#[test]
fn a_document_with_deflated_columns_is_refused_because_they_could_inflate_without_a_limit() {
    let mut doc = AutoCommit::load(&document().save()).unwrap();
    doc.put(ROOT, "place", "x".repeat(900)).unwrap();
    let (deflated, plain) = (doc.save(), doc.save_nocompress());
    assert!(deflated.len() < plain.len() - 500);
    assert_eq!(refusal_of_document(deflated), Refusal::Malformed);
}

#[test]
fn a_document_beyond_the_cap_is_refused_before_it_is_read() {
    let mut doc = AutoCommit::load(&document().save()).unwrap();
    doc.put(ROOT, "name", "x".repeat(1024 * 1024)).unwrap();
    assert_eq!(refusal_of_document(doc.save_nocompress()), Refusal::TooLarge);
}

#[test]
fn the_shape_of_every_kind_refuses_what_belongs_to_another() {
    let registration = change(vec![op(container("figures"), Key::Map("01".into()), text("{}"))]);
    check_change(KIND, &registration).unwrap();
    assert_eq!(
        check_change(RecordKind::Cycle, &registration),
        Err(Refusal::BadShape)
    );
}

#[test]
fn a_job_and_its_result_cut_at_any_byte_are_refused_and_never_panic() {
    let mut doc = document();
    let changes = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    for input in [JobInput::Changes(changes), JobInput::Document(doc.save())] {
        let job = Job {
            kind: KIND,
            held: Some(document().save()),
            input,
        };
        let result = examine(&job);
        let (job_bytes, result_bytes) = (job.encode(), Examined::encode(&result));
        assert_eq!(Job::decode(&job_bytes).unwrap(), job);
        assert_eq!(Examined::decode(&result_bytes).unwrap(), result);
        for cut in 0..job_bytes.len() {
            assert!(Job::decode(&job_bytes[..cut]).is_err());
        }
        for cut in 0..result_bytes.len() {
            assert!(Examined::decode(&result_bytes[..cut]).is_err());
        }
    }
}
