//! Attachment entries of others: decided about like a change of their record, in whatever order they come.

// What is missing is a list of ranges, of one range too.
#![allow(clippy::single_range_in_vec_init)]

use cotmoc_core::access::Refusal;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{Entry, EntryKind};
use cotmoc_core::media::{BlobId, CHUNK, ChunkList, Manifest};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::Taken;

use crate::media::{Town, bytes, photo, removal};
use crate::support::{Pen, Province, named, over_the_wire, record, unit_scope};

fn attach_entry(pen: &mut Pen, record: RecordId, manifest: &Manifest) -> Entry {
    attach_payload(pen, record, manifest.encode().unwrap())
}

fn attach_payload(pen: &mut Pen, record: RecordId, payload: Vec<u8>) -> Entry {
    let named = (record, RecordKind::Registration);
    pen.entry_of(EntryKind::Attachment, unit_scope(11), named, payload)
}

#[test]
fn an_attachment_of_somebody_who_may_not_write_the_record_is_set_aside_until_he_may() {
    let town = Town::new();
    let other = town.other();
    let mut pen = Pen::new(crate::support::author(9));
    let entry = attach_entry(
        &mut pen,
        record(1),
        &Manifest::Added(photo(2, b"small", b"large")),
    );
    let received = other.receive(&pen.pack(std::slice::from_ref(&entry)));
    assert_eq!(received.refused, [(entry.hash(), Refusal::NotEnrolled)]);
    assert_eq!(
        (other.attachments(record(1)).len(), other.missing().len()),
        (1, 2)
    );

    town.province.post(9, 11);
    other.receive(&town.province.roster());
    assert_eq!(
        (other.attachments(record(1)).len(), other.missing().len()),
        (2, 4)
    );
    assert_eq!(other.ledger.waiting_counts().unwrap().set_aside, 0);
    assert_eq!(other.rebuild().changed, 0);
    assert_eq!(
        (other.attachments(record(1)).len(), other.missing().len()),
        (2, 4)
    );
}

#[test]
fn a_manifest_that_cannot_be_read_is_set_aside_with_its_reason_and_what_follows_it_goes_on() {
    let town = Town::new();
    let colleague = town.province.post(3, 11);
    let other = town.other();
    other.receive(&town.province.roster());
    let mut pen = Pen::new(colleague);
    let good = Manifest::Added(photo(2, b"small", b"large")).encode().unwrap();
    let newer = [&[2], &good[1..]].concat();
    let mut long = photo(3, b"small", b"large").name.into_bytes();
    long.truncate(5);
    let entries = [
        attach_payload(&mut pen, record(1), long),
        attach_payload(&mut pen, record(1), good[..good.len() - 1].to_vec()),
        attach_payload(&mut pen, record(1), newer),
        attach_payload(&mut pen, record(1), good),
    ];
    let received = other.receive(&pen.pack(&entries));
    let reasons: Vec<Refusal> = received.refused.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(
        reasons,
        [Refusal::UnknownKind, Refusal::Malformed, Refusal::UnknownKind]
    );
    assert_eq!(received.records, [record(1)].into());
    assert_eq!(other.attachments(record(1)).len(), 2);
    let wrong_kind = pen.entry_of(
        EntryKind::Attachment,
        unit_scope(11),
        (record(1), RecordKind::Model),
        vec![],
    );
    let received = other.receive(&pen.pack(&[wrong_kind]));
    assert_eq!(received.refused.len(), 1);
    assert!(
        !other.ledger.try_again(&entries[2].hash()).unwrap(),
        "this program is no newer"
    );
}

#[test]
fn an_attachment_waits_for_the_change_that_begins_its_record_in_whatever_order_they_come() {
    // Logs are read in the order of their keys: the photo's before the record's and after it.
    for (records, photos) in [(1, 2), (2, 1)] {
        let province = Province::new();
        let (mut records, mut photos) = (
            Pen::new(province.post(records, 11)),
            Pen::new(province.post(photos, 11)),
        );
        let name = named(&mut records, unit_scope(11), record(1), "Thắp sáng");
        let added = attach_entry(
            &mut photos,
            record(1),
            &Manifest::Added(photo(1, b"small", b"large")),
        );
        let (name, added) = (records.pack(&[name]), photos.pack(&[added]));

        let apart = province.store();
        let received = apart.receive(&added);
        assert_eq!(
            (received.waiting, received.refused.len(), received.records.len()),
            (1, 0, 0)
        );
        assert_eq!(
            (apart.attachments(record(1)).len(), apart.missing().len()),
            (0, 0)
        );
        assert_eq!(apart.rebuild().documents, 0);
        let received = apart.receive(&name);
        assert_eq!((received.waiting, received.records.len()), (0, 1));

        let together = province.store();
        let mut pack = name.clone();
        pack.runs.extend(added.runs.iter().cloned().map(|mut run| {
            for item in &mut run.items {
                if let cotmoc_core::exchange::Item::Entry { record, .. } = item {
                    *record = 0;
                }
            }
            run
        }));
        let received = together.receive(&over_the_wire(&pack));
        assert_eq!(
            (received.waiting, received.refused.len(), received.new_entries),
            (0, 0, 2)
        );

        let viewer = &records.author;
        assert_eq!(apart.sums(viewer), together.sums(viewer));
        assert_eq!(apart.attachments(record(1)), together.attachments(record(1)));
        assert_eq!((apart.missing().len(), together.missing().len()), (2, 2));
        assert_eq!(apart.ledger.waiting_counts().unwrap().waiting, 0);
    }
}

#[test]
fn a_log_whose_photo_waits_for_its_record_is_not_called_complete() {
    let province = Province::new();
    let (mut records, mut photos) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 11)));
    let name = named(&mut records, unit_scope(11), record(1), "Thắp sáng");
    let own = named(&mut photos, unit_scope(11), record(2), "Tuyến đường hoa");
    let added = attach_entry(
        &mut photos,
        record(1),
        &Manifest::Added(photo(1, b"small", b"large")),
    );
    let store = province.store();
    let complete = |until| store.ledger.media_complete(&added.log, until).unwrap();
    store.receive(&photos.pack(&[own, added.clone()]));
    assert!(complete(1), "before the photo");
    assert!(!complete(2), "the photo waits");
    store.receive(&records.pack(&[name]));
    assert!(!complete(2), "its bytes are missing");
    for part in [b"small", b"large"] {
        store.ledger.take_chunk(BlobId::of(part), 0, part).unwrap();
    }
    assert!(complete(2));
}

#[test]
fn an_attachment_for_a_record_that_turns_out_to_be_in_another_scope_is_set_aside() {
    let province = Province::new();
    let (mut records, mut photos) = (Pen::new(province.post(1, 12)), Pen::new(province.post(2, 11)));
    let name = named(&mut records, unit_scope(12), record(1), "Của đơn vị khác");
    let added = attach_entry(
        &mut photos,
        record(1),
        &Manifest::Added(photo(1, b"small", b"large")),
    );
    let store = province.store();
    assert_eq!(
        store.receive(&photos.pack(std::slice::from_ref(&added))).waiting,
        1
    );
    let received = store.receive(&records.pack(&[name]));
    assert_eq!(received.refused, [(added.hash(), Refusal::WrongScope)]);
    assert_eq!(
        (store.attachments(record(1)).len(), store.missing().len()),
        (0, 0)
    );
}

#[test]
fn a_photo_taken_back_is_gone_whichever_of_the_two_entries_comes_first() {
    let town = Town::new();
    let colleague = town.province.post(3, 11);
    let mut pen = Pen::new(colleague);
    let gone = attach_entry(&mut pen, record(1), &removal(1));
    let (gone, added) = (pen.pack(&[gone]), town.device.outbox(&town.post));
    let stores = [[&gone, &added], [&added, &gone]].map(|packs| {
        let store = town.province.store();
        packs.iter().for_each(|pack| drop(store.receive(pack)));
        store
    });
    for store in &stores {
        assert_eq!((store.attachments(record(1)), store.missing().len()), (vec![], 0));
        assert!(store.ledger.media_complete(&town.log(), 2).unwrap());
        store.rebuild();
        assert_eq!((store.attachments(record(1)), store.missing().len()), (vec![], 0));
    }
    assert_eq!(stores[0].sums(&town.post), stores[1].sums(&town.post));
}

#[test]
fn a_record_with_photos_still_travels_as_its_document_and_comes_out_equal() {
    let town = Town::new();
    for year in 0..3 {
        town.device
            .name(&town.post, unit_scope(11), record(1), &format!("Tên {year}"));
    }
    let pack = town.device.outbox(&town.post);
    assert!(pack.records[0].document.is_some());
    let third = town.province.store();
    let received = third.receive(&pack);
    assert!(received.problems.is_empty() && received.refused.is_empty());
    assert_eq!(third.sums(&town.post), town.device.sums(&town.post));
    let again = town.province.store();
    again.receive(&third.everything_for(&town.post));
    assert_eq!(again.attachments(record(1)), third.attachments(record(1)));
    assert_eq!(again.rebuild(), town.device.rebuild());
}

#[test]
fn a_manifest_whose_list_is_of_other_bytes_is_found_out_and_an_honest_one_still_completes() {
    let town = Town::new();
    let mut pen = Pen::new(town.province.post(3, 11));
    let (claimed, given) = (town.working.clone(), bytes(9, town.working.len()));
    let mut lying = photo(2, &town.small, &claimed);
    lying.renditions[1].chunks = ChunkList::of(&given).unwrap();
    let lie = attach_entry(&mut pen, record(1), &Manifest::Added(lying));
    let lie = pen.pack(&[lie]);
    let blob = BlobId::of(&claimed);

    let store = town.province.store();
    store.receive(&town.province.roster());
    // A store that knows the lie only.
    store.receive(&lie);
    let mut pen = Pen::new(town.province.post(4, 11));
    let begun = named(&mut pen, unit_scope(11), record(1), "Thắp sáng");
    store.receive(&town.province.roster());
    store.receive(&pen.pack(&[begun]));
    let take = |bytes: &[u8]| -> Vec<Taken> {
        let chunks = bytes.chunks(CHUNK).enumerate();
        chunks
            .map(|(index, chunk)| store.ledger.take_chunk(blob, index as u32, chunk).unwrap())
            .collect()
    };
    assert_eq!(take(&claimed), [Taken::Wrong; 3]);
    assert_eq!(take(&given), [Taken::Stored, Taken::Stored, Taken::Wrong]);
    assert_eq!(take(&given), [Taken::Wrong; 3], "it is not asked for again");
    assert_eq!(store.missing(), [(100, vec![0..1])]);
    assert_eq!(
        (
            store.ledger.chunk(blob, 0).unwrap(),
            store.ledger.blob(blob).unwrap()
        ),
        (None, None)
    );
    assert_eq!(store.ledger.media_stock().unwrap().bytes_held, 0);

    let store = store.reopened();
    store.rebuild();
    assert_eq!(
        store.missing(),
        [(100, vec![0..1])],
        "also after it was opened and rebuilt"
    );
    let mut honest = photo(3, &town.small, &claimed);
    honest.name = "Ảnh thật.webp".to_owned();
    let honest = attach_entry(&mut pen, record(1), &Manifest::Added(honest));
    store.receive(&pen.pack(&[honest]));
    assert_eq!(store.missing().len(), 2);
    store.fetch_all(&town.device);
    assert_eq!(store.ledger.blob(blob).unwrap().unwrap(), claimed);
    assert_eq!(store.missing(), []);
}
