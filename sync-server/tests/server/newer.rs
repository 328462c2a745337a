//! A device of a newer version talks to this server and to devices of this version, both ways.

use cotmoc_core::access::{Holder, Refusal, Role};
use cotmoc_core::codec::Writer;
use cotmoc_core::exchange::{Answer, Item, Pack, PackedRecord, Payload, Request, Run, shrink};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, NewEntry, Scope};
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};

use super::support::{DeviceIn, Province, new_record, new_unit};

/// One run as a newer program writes it: a registration, something beside it that only that program knows, and
/// a record of a kind that only that program knows.
fn by_a_newer_program(device: &DeviceIn, scope: Scope, record: RecordId) -> (Pack, Vec<Hash32>) {
    let payload = RecordDoc::new(RecordKind::Registration)
        .unwrap()
        .edit(device.author.actor(), &[Edit::line("name", "Của máy mới")])
        .unwrap()
        .unwrap();
    let newer = (new_record(), RecordKind::from_code(200));
    let contents = [
        (
            (record, RecordKind::Registration),
            EntryKind::Change,
            payload.clone(),
        ),
        (
            (record, RecordKind::Registration),
            EntryKind::from_code(77).unwrap(),
            b"con dau".to_vec(),
        ),
        (newer, EntryKind::Change, payload),
    ];
    let log = device.log(scope);
    let (mut prev, mut items, mut hashes) = (Hash32::ZERO, Vec::new(), Vec::new());
    let mut records: Vec<PackedRecord> = Vec::new();
    for (at, ((id, record_kind), kind, payload)) in contents.into_iter().enumerate() {
        let named = PackedRecord {
            id,
            kind: record_kind,
            document: None,
        };
        if !records.contains(&named) {
            records.push(named);
        }
        let content = NewEntry {
            record: id,
            record_kind,
            kind,
            payload: payload.clone(),
            claimed_at: 5,
        };
        let entry = Entry {
            log,
            seq: at as u64 + 1,
            prev,
            content,
        };
        prev = entry.hash();
        hashes.push(prev);
        items.push(Item::Entry {
            record: records.len() - 1,
            kind,
            claimed_at: 5,
            payload: Payload::Inline(payload),
        });
    }
    let signature = device.author.key.sign_log_head(&prev);
    let run = Run {
        log,
        first_seq: 1,
        prev: Hash32::ZERO,
        items,
        signature,
    };
    (
        Pack {
            records,
            runs: vec![run],
        },
        hashes,
    )
}

/// A message with one more field than this version knows.
fn with_field(message: &[u8]) -> Vec<u8> {
    let (count, before) = message.split_last().unwrap();
    assert_eq!(*count, 0, "a message without fields ends with their number");
    let mut writer = Writer::new();
    writer
        .put(before)
        .varint(1)
        .varint(900)
        .bytes(b"of a newer program");
    writer.finish()
}

/// The body of a request with a field that this version does not know.
fn newer_body(device: &DeviceIn, request: &Request) -> Vec<u8> {
    let body = with_field(&request.sign(&device.author.key)[64..]);
    let signature = device.author.key.sign(b"cotmoc/exchange-request/v1", &body);
    shrink(&[&signature.0[..], &body].concat())
}

fn unknown_kinds(device: &DeviceIn) -> Vec<Hash32> {
    let aside = device.ledger.set_aside(10).unwrap();
    assert!(aside.iter().all(|one| one.reason == Refusal::UnknownKind));
    let mut hashes: Vec<Hash32> = aside.into_iter().map(|one| one.hash).collect();
    hashes.sort_unstable();
    hashes
}

#[test]
fn what_a_newer_device_writes_reaches_everybody_whole_and_stops_nobody() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut newer = administrator.invite_post(unit);
    let mut colleague = administrator.invite_post(unit);
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    newer.exchange();
    let (scope, record) = (Scope::unit(province.id(), unit), new_record());
    let (pack, hashes) = by_a_newer_program(&newer, scope, record);
    let mut expected = hashes[1..].to_vec();
    expected.sort_unstable();

    let answer = newer
        .send(newer_body(&newer, &newer.request(pack.clone())))
        .unwrap();
    let mut refused: Vec<Hash32> = answer.refused.iter().map(|refused| refused.entry).collect();
    refused.sort_unstable();
    assert_eq!(refused, expected);
    assert!(
        answer
            .refused
            .iter()
            .all(|one| one.reason == Refusal::UnknownKind)
    );
    assert!(answer.left_out.is_empty());
    let receipt = &answer.receipts[0];
    assert_eq!((receipt.seq, receipt.hash), (3, hashes[2]), "held is held");
    newer.ledger.receive(&pack).unwrap();

    for device in [&mut colleague, &mut compiler] {
        device.exchange();
        assert!(device.state(record).unwrap().contains("Của máy mới"));
        assert_eq!(unknown_kinds(device), expected, "whole, so that each may judge");
    }

    // The other way, from a newer server too.
    colleague.write(scope, record, "Của máy cũ");
    colleague.exchange();
    let answer = newer.send(newer.body(Pack::default())).unwrap();
    assert!(answer.compared.is_none() && answer.left_out.is_empty());
    let bytes = with_field(&answer.write());
    let asker = (newer.author.device(), newer.author.incarnation);
    assert_eq!(Answer::read(&bytes, asker).unwrap(), answer);
    newer.apply(&Answer::read(&bytes, asker).unwrap());
    assert!(newer.state(record).unwrap().contains("Của máy cũ"));
    assert_eq!(newer.digest(), colleague.digest());
}
