//! What a newer program adds stops nobody: unknown fields, numbers, kinds and properties, message by message.

#![allow(clippy::unwrap_used)]

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, ROOT};
use cotmoc_core::access::Refusal;
use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::{Answer, Cursor, Load, Pages, Refused, Request, request_signature_valid};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Incarnation, Signature, SigningKey};
use cotmoc_core::record::{
    Edit, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind, canonical_json, examine,
};
use uuid::Uuid;

/// Puts one more field behind a message that has none.
fn with_field(message: &[u8], tag: u64) -> Vec<u8> {
    let (count, before) = message.split_last().unwrap();
    assert_eq!(*count, 0, "a message without fields ends with their number");
    let mut writer = Writer::new();
    writer
        .put(before)
        .varint(1)
        .varint(tag)
        .bytes(b"what nobody knows here");
    writer.finish()
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn request() -> Request {
    let province = ProvinceId(Uuid::from_u128(4));
    Request::of((key().device(), Incarnation(3)), province, Cursor::START, 1_000)
}

#[test]
fn a_request_with_a_field_and_a_wish_that_nobody_knows_is_read_and_its_signature_covers_them() {
    let mut body = with_field(&request().sign(&key())[64..], 900);
    let pages_at = 1 + 32 + 8 + 16 + (16 + 1 + 32) + 2;
    assert_eq!(body[pages_at], 1);
    body[pages_at] = 7;
    let Signature(signature) = key().sign(b"cotmoc/exchange-request/v1", &body);
    let bytes = [&signature[..], &body].concat();
    let read = Request::read(&bytes).unwrap();
    assert_eq!(read, request());
    assert_eq!(read.pages, Pages::All);
    assert!(request_signature_valid(&bytes, &key().device()));
}

#[test]
fn an_answer_with_a_field_a_flag_and_a_reason_that_nobody_knows_is_read() {
    let mut answer = Answer::of(Cursor::START);
    answer.refused = vec![Refused {
        entry: Hash32([5; 32]),
        reason: Refusal::Fork,
    }];
    let mut bytes = with_field(&answer.write(), 900);
    let flags_at = 1 + 16 + 1 + 32;
    assert_eq!(bytes[flags_at], 0);
    bytes[flags_at] = 0b1010_0010;
    let reason_at = flags_at + 1 + 1 + 1 + 1 + 32;
    assert_eq!(bytes[reason_at], Refusal::Fork.code());
    bytes[reason_at] = 240;
    let read = Answer::read(&bytes, (key().device(), Incarnation(3))).unwrap();
    assert!(read.more && !read.restarted);
    assert_eq!(read.refused[0].entry, Hash32([5; 32]));
    assert_eq!(read.refused[0].reason, Refusal::Malformed);
}

#[test]
fn a_load_with_a_field_that_nobody_knows_is_read() {
    let bytes = with_field(&Load::default().to_bytes(), 900);
    assert_eq!(Load::read(&mut Reader::new(&bytes)).unwrap(), Load::default());
}

/// What a newer device writes: a property that this version does not know, beside one that it does.
fn coloured(doc: &mut RecordDoc, actor: [u8; 16]) -> Vec<u8> {
    let mut newer = AutoCommit::load(&doc.save())
        .unwrap()
        .with_actor(ActorId::from(&actor[..]));
    newer.put(ROOT, "colour", "xanh").unwrap();
    newer.put(ROOT, "name", "Tên của máy mới").unwrap();
    newer.commit_with(CommitOptions::default().with_time(0));
    newer.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn taken(held: Option<Vec<u8>>, changes: &[Vec<u8>]) -> Examined {
    let job = Job {
        kind: RecordKind::Registration,
        held,
        input: JobInput::Changes(changes.to_vec()),
    };
    let examined = examine(&job).unwrap();
    assert!(
        examined
            .outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
    examined
}

#[test]
fn a_property_that_this_version_does_not_know_stays_through_edits_and_merges() {
    let mut first = RecordDoc::new(RecordKind::Registration).unwrap();
    let begun = first
        .edit([1; 16], &[Edit::line("name", "Tên")])
        .unwrap()
        .unwrap();
    let mut elsewhere = RecordDoc::load(RecordKind::Registration, &first.save()).unwrap();
    let newer = coloured(&mut first, [2; 16]);
    let here = taken(Some(first.save()), std::slice::from_ref(&newer));
    let mut here = RecordDoc::load(RecordKind::Registration, &here.saved).unwrap();
    let edited = here
        .edit([1; 16], &[Edit::line("place", "Mường Lạn")])
        .unwrap()
        .unwrap();
    let apart = elsewhere
        .edit([3; 16], &[Edit::line("schedule", "quý II")])
        .unwrap()
        .unwrap();

    let merged = taken(Some(here.save()), std::slice::from_ref(&apart));
    let anew = taken(None, &[apart, edited, newer, begun]);
    assert_eq!(merged.state, anew.state, "whatever the order");
    let state: serde_json::Value = serde_json::from_str(&merged.state).unwrap();
    assert_eq!(state["colour"], "xanh");
    assert_eq!(state["name"], "Tên của máy mới");
    assert_eq!(state["place"], "Mường Lạn");
    assert_eq!(state["schedule"], "quý II");
    assert_eq!(canonical_json(&state), merged.state);
    let whole = Job {
        kind: RecordKind::Registration,
        held: None,
        input: JobInput::Document(merged.saved),
    };
    assert_eq!(examine(&whole).unwrap().state, anew.state, "also as a document");
}

#[test]
fn a_document_of_a_kind_that_nobody_knows_gives_its_changes_back_and_nothing_else() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    let changes: Vec<Vec<u8>> = ["Một", "Hai"]
        .iter()
        .map(|name| doc.edit([1; 16], &[Edit::line("name", *name)]).unwrap().unwrap())
        .collect();
    let kind = RecordKind::from_code(200);
    let job = |input| Job {
        kind,
        held: None,
        input,
    };
    let job_of_document = job(JobInput::Document(doc.save()));
    let encoded = Job::decode(&job_of_document.encode()).unwrap();
    assert_eq!(encoded, job_of_document);
    let examined = examine(&encoded).unwrap();
    let found: Vec<Vec<u8>> = examined
        .changes
        .iter()
        .map(|(_, change)| change.clone())
        .collect();
    assert_eq!(found, changes);
    assert!(examined.saved.is_empty());
    assert_eq!(
        examine(&job(JobInput::Changes(changes))),
        Err(Refusal::UnknownKind)
    );
    assert!(examine(&job(JobInput::Document(b"no document".to_vec()))).is_err());
}
