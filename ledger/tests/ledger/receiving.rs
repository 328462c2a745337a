//! Entries of other devices: any order, any number of times, in pieces or as documents, and never a
//! forged one.

use cotmoc_core::exchange::{Item, MAX_RUN, Pack, Payload};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{Entry, Incarnation};
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};
use cotmoc_ledger::{Received, RunProblem, WaitingCounts};

use crate::support::{Pen, Province, Store, over_the_wire, record, registration, unit_scope};

/// A post's device with records of one, two and five entries.
fn posts_device(province: &Province) -> (cotmoc_ledger::Author, Store) {
    let post = province.post(1, 11);
    let device = province.store();
    for (number, edits) in [(1, 1), (2, 2), (3, 5), (4, 3)] {
        for edit in 0..edits {
            device.name(
                &post,
                unit_scope(11),
                record(number),
                &format!("Mô hình {number} sửa {edit}"),
            );
        }
    }
    (post, device)
}

fn documents_in(pack: &Pack) -> usize {
    pack.records
        .iter()
        .filter(|record| record.document.is_some())
        .count()
}

#[test]
fn what_one_device_wrote_is_equal_on_another_and_receiving_it_twice_adds_nothing() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let other = province.store();
    let pack = device.outbox(&post);
    let received = other.receive(&pack);
    assert_eq!(received.new_entries, 11);
    assert_eq!(received.records, [1, 2, 3, 4].map(record).into());
    assert!(received.refused.is_empty() && received.problems.is_empty());
    assert_eq!(other.sums(&post), device.sums(&post));

    let before = other.ledger.arrival().unwrap();
    for _ in 0..3 {
        let again = other.receive(&pack);
        assert_eq!(
            (again.new_entries, again.records.len(), again.repeated.len()),
            (0, 0, 1)
        );
    }
    assert_eq!(other.ledger.arrival().unwrap(), before);
    assert_eq!(other.rebuild().changed, 0);
    assert_eq!(other.sums(&post), device.sums(&post));
}

#[test]
fn a_record_with_three_entries_travels_as_its_document_and_its_entries_come_out_of_it_exactly() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let pack = device.outbox(&post);
    assert_eq!(documents_in(&pack), 2, "the records of three and five entries");
    let by_reference = pack.runs.iter().flat_map(|run| &run.items);
    let by_reference = by_reference.filter(|item| {
        matches!(
            item,
            Item::Entry {
                payload: Payload::InDocument,
                ..
            }
        )
    });
    assert_eq!(by_reference.count(), 8);
    let other = province.store();
    other.receive(&pack);
    for number in 1..5 {
        let (ours, theirs) = (
            device.ledger.entries_of(record(number)),
            other.ledger.entries_of(record(number)),
        );
        assert_eq!(ours.unwrap(), theirs.unwrap(), "with payload, place and hash");
    }
    assert_eq!(other.rebuild().entries_hash, device.rebuild().entries_hash);
    // And from there on to a third device, which nobody's word but the author's signature convinces.
    let third = province.store();
    third.receive(&other.everything_for(&post));
    assert_eq!(third.sums(&post), device.sums(&post));
}

#[test]
fn a_document_with_entries_of_two_authors_is_exact_too() {
    let province = Province::new();
    let (one, other) = (province.post(1, 11), province.post(2, 11));
    let (first, second) = (province.store(), province.store());
    first.name(&one, unit_scope(11), record(1), "Một");
    second.receive(&first.outbox(&one));
    for round in 0..3 {
        first.edit(
            &one,
            unit_scope(11),
            record(1),
            RecordKind::Registration,
            vec![Edit::int("year", 2024 + round)],
        );
        second.name(&other, unit_scope(11), record(1), &format!("Hai {round}"));
        first.receive(&second.outbox(&other));
        second.receive(&first.outbox(&one));
    }
    let pack = first.everything_for(&one);
    assert_eq!(documents_in(&pack), 1);
    let third = province.store();
    assert!(third.receive(&pack).problems.is_empty());
    assert_eq!(third.sums(&one), first.sums(&one));
    assert_eq!(second.sums(&one), first.sums(&one));
    assert_eq!(third.rebuild().changed, 0);
}

/// All orders of a few packs.
fn orders(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => vec![Vec::new()],
        _ => orders(count - 1)
            .into_iter()
            .flat_map(|order| {
                (0..count).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, count - 1);
                    longer
                })
            })
            .collect(),
    }
}

#[test]
fn the_pieces_of_a_log_converge_in_every_order_and_repeated() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut docs = [registration(), registration()];
    let entries: Vec<Entry> = (0..6usize)
        .map(|number| {
            let name = Edit::line("name", format!("Mô hình {number}"));
            pen.edit(
                unit_scope(11),
                record(number as u128 % 2),
                &mut docs[number % 2],
                &[name],
            )
        })
        .collect();
    // Halves, overlapping pieces, and a shorter one that begins where a longer one does.
    let pieces: Vec<Pack> = [0..2, 2..3, 2..6, 4..6, 1..4]
        .map(|range| pen.pack(&entries[range]))
        .into();
    let whole = province.store();
    whole.receive(&pen.pack(&entries));
    let expected = whole.sums(&pen.author);
    for order in orders(pieces.len()) {
        let store = province.store();
        let mut new = 0;
        for at in order.iter().chain(&order[..2]) {
            let received = store.receive(&pieces[*at]);
            assert!(received.problems.is_empty(), "{order:?}: {received:?}");
            new += received.new_entries;
        }
        assert_eq!(new, 6, "{order:?}");
        assert_eq!(store.sums(&pen.author), expected, "{order:?}");
        assert_eq!(
            store.ledger.waiting_counts().unwrap(),
            WaitingCounts::default(),
            "{order:?}"
        );
    }
}

#[test]
fn what_waits_behind_a_gap_is_counted_shown_as_waiting_and_survives_a_restart() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let entries: Vec<Entry> = (0..4)
        .map(|number| {
            pen.edit(
                unit_scope(11),
                record(1),
                &mut doc,
                &[Edit::int("year", 2020 + number)],
            )
        })
        .collect();
    let store = province.store();
    let received = store.receive(&pen.pack(&entries[1..]));
    assert_eq!((received.new_entries, received.waiting), (0, 3));
    assert_eq!(store.ledger.record(record(1)).unwrap(), None);
    let store = store.reopened();
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 3);
    let received = store.receive(&pen.pack(&entries[..1]));
    assert_eq!((received.new_entries, received.waiting), (4, 0));
    assert_eq!(store.state(record(1)).unwrap()["year"], 2023);
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
}

#[test]
fn a_waiting_run_that_was_damaged_does_not_stop_its_log_and_can_be_sent_again() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let entries: Vec<Entry> = (0..3)
        .map(|number| {
            pen.edit(
                unit_scope(11),
                record(1),
                &mut doc,
                &[Edit::int("year", 2020 + number)],
            )
        })
        .collect();
    let store = province.store();
    store.receive(&pen.pack(&entries[1..]));
    store
        .raw()
        .execute("UPDATE detached SET pack = x'00'", [])
        .unwrap();
    assert_eq!(store.receive(&pen.pack(&entries[..1])).new_entries, 1);
    assert_eq!(store.ledger.waiting_counts().unwrap(), WaitingCounts::default());
    assert_eq!(store.receive(&pen.pack(&entries)).new_entries, 2);
    assert_eq!(store.state(record(1)).unwrap()["year"], 2022);
}

#[test]
fn several_runs_of_one_log_in_one_pack_are_taken_in_one_go() {
    let province = Province::new();
    let post = province.post(1, 11);
    let device = province.store();
    for number in 0..(MAX_RUN as u128 + 20) {
        device.name(
            &post,
            unit_scope(11),
            record(number / 4),
            &format!("Mô hình {number}"),
        );
    }
    let pack = device.outbox(&post);
    assert_eq!(pack.runs.len(), 2);
    assert!(documents_in(&pack) > 100);
    let other = province.store();
    let before = other.ledger.arrival().unwrap().position;
    let received = other.receive(&pack);
    assert_eq!((received.new_entries, received.waiting), (MAX_RUN as u64 + 20, 0));
    assert_eq!(other.sums(&post), device.sums(&post));
    assert_eq!(
        other.ledger.arrival().unwrap().position,
        before + MAX_RUN as u64 + 20
    );
    let mut swapped = pack.clone();
    swapped.runs.reverse();
    let third = province.store();
    third.receive(&swapped);
    assert_eq!(third.sums(&post), device.sums(&post));
}

#[test]
fn runs_stay_within_their_cap_however_often_they_are_sent_on() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let mut entry = |year| pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::int("year", year)]);
    let entries: Vec<Entry> = (0..(MAX_RUN as i64 + 249)).map(&mut entry).collect();
    let first = province.store();
    for alone in pen.packs(&entries[..249]) {
        first.receive(&alone);
    }
    // One signature over as many entries as a run may have: it cannot be cut.
    first.receive(&pen.pack(&entries[249..]));
    let second = province.store();
    let pack = first.everything_for(&pen.author);
    assert!(
        pack.runs.iter().all(|run| run.items.len() <= MAX_RUN),
        "the other side reads no longer ones"
    );
    second.receive(&pack);
    assert_eq!(second.sums(&pen.author), first.sums(&pen.author));
}

/// What becomes of a pack that was altered on the way: nothing of it may be stored.
fn refused(province: &Province, pack: &Pack) -> Vec<RunProblem> {
    let store = province.store();
    let before = (
        store.ledger.arrival().unwrap(),
        store.ledger.waiting_counts().unwrap(),
    );
    let received: Received = store.receive(&over_the_wire(pack));
    assert_eq!(received.new_entries, 0, "{received:?}");
    assert_eq!(
        (
            store.ledger.arrival().unwrap(),
            store.ledger.waiting_counts().unwrap()
        ),
        before
    );
    received
        .problems
        .into_iter()
        .map(|(_, problem)| problem)
        .collect()
}

fn inline(pack: &mut Pack, at: usize) -> &mut Vec<u8> {
    let payloads = pack.runs[0].items.iter_mut().filter_map(|item| match item {
        Item::Entry {
            payload: Payload::Inline(bytes),
            ..
        } => Some(bytes),
        _ => None,
    });
    payloads.into_iter().nth(at).unwrap()
}

#[test]
fn a_pack_altered_on_the_way_is_not_taken() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let good = device.outbox(&post);
    let altered = |alter: fn(&mut Pack)| {
        let mut pack = good.clone();
        alter(&mut pack);
        match refused(&province, &pack).as_slice() {
            // Under another name or kind the changes do not come out of the document at all.
            [RunProblem::Document] => [RunProblem::Signature],
            problems => problems.try_into().unwrap(),
        }
    };
    let signature = [RunProblem::Signature];
    assert_eq!(altered(|pack| inline(pack, 0)[60] ^= 1), signature);
    assert_eq!(altered(|pack| inline(pack, 2).push(0)), signature);
    assert_eq!(altered(|pack| pack.runs[0].signature.0[9] ^= 1), signature);
    assert_eq!(altered(|pack| pack.runs[0].prev = Hash32([1; 32])), signature);
    assert_eq!(
        altered(|pack| pack.runs[0].log.incarnation = Incarnation(99)),
        signature
    );
    assert_eq!(altered(|pack| pack.runs[0].log.scope = unit_scope(12)), signature);
    assert_eq!(altered(|pack| pack.records[0].id = record(77)), signature);
    assert_eq!(
        altered(|pack| pack.records[0].kind = RecordKind::Model),
        signature
    );
    assert_eq!(altered(|pack| pack.runs[0].items.swap(0, 1)), signature);
    assert_eq!(
        altered(|pack| {
            pack.runs[0].items.pop();
        }),
        signature
    );
    assert_eq!(altered(|pack| pack.runs[0].first_seq = 2), signature);
    let claim = |pack: &mut Pack| {
        let Item::Entry { claimed_at, .. } = &mut pack.runs[0].items[0] else {
            panic!()
        };
        *claimed_at += 1;
    };
    assert_eq!(altered(claim), signature);
}

#[test]
fn a_document_that_is_not_the_one_its_entries_came_from_is_not_taken() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let good = device.outbox(&post);
    let at = good
        .records
        .iter()
        .position(|record| record.document.is_some())
        .unwrap();
    let with = |document: Option<Vec<u8>>| {
        let mut pack = good.clone();
        pack.records[at].document = document;
        refused(&province, &pack)
    };
    let mut forged = registration();
    for year in 0..5 {
        forged.edit(post.actor(), &[Edit::int("year", year)]).unwrap();
    }
    let whole = good.records[at].document.clone().unwrap();
    assert_eq!(
        with(Some(forged.save())),
        [RunProblem::Signature],
        "changes of the right actor that it never signed"
    );
    assert_eq!(
        with(Some(registration().save())),
        [RunProblem::Document],
        "no changes at all"
    );
    assert_eq!(
        with(Some(whole[..whole.len() / 2].to_vec())),
        [RunProblem::Document]
    );
    assert_eq!(with(Some(vec![0; 64])), [RunProblem::Document]);
    assert_eq!(with(None), [RunProblem::Document]);
}

#[test]
fn a_change_that_no_entry_vouches_for_does_not_come_along_inside_a_document() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let mut pack = device.outbox(&post);
    let at = pack
        .records
        .iter()
        .position(|packed| packed.id == record(3))
        .unwrap();
    let mut doc = RecordDoc::load(
        RecordKind::Registration,
        pack.records[at].document.as_ref().unwrap(),
    )
    .unwrap();
    // The courier takes one entry out of the document's care and puts a change of its own in, so that
    // the numbers are right: as many changes as entries.
    let own = doc.changes();
    let mut smuggled = registration();
    for change in &own[..4] {
        smuggled.apply(change.clone()).unwrap();
    }
    smuggled
        .edit([0x66; 16], &[Edit::line("name", "Tên của người mang hộ")])
        .unwrap();
    let places: Vec<usize> = (0..pack.runs[0].items.len())
        .filter(|place| matches!(&pack.runs[0].items[*place], Item::Entry { record, .. } if *record == at))
        .collect();
    let Item::Entry { payload, .. } = &mut pack.runs[0].items[places[4]] else {
        panic!()
    };
    *payload = Payload::Inline(own[4].raw_bytes().to_vec());
    pack.records[at].document = Some(smuggled.save());
    let other = province.store();
    let received = other.receive(&over_the_wire(&pack));
    assert!(
        received.problems.is_empty(),
        "the entries themselves are good: {received:?}"
    );
    assert_eq!(
        other.sums(&post),
        device.sums(&post),
        "and nothing else came with them"
    );
    assert_eq!(other.rebuild().changed, 0);
}

#[test]
fn entries_of_another_province_are_not_taken() {
    let province = Province::new();
    let (post, device) = posts_device(&province);
    let elsewhere = Store::new();
    elsewhere
        .ledger
        .join_province(
            cotmoc_core::id::ProvinceId(uuid::Uuid::from_u128(0x99)),
            post.device(),
        )
        .unwrap();
    let received = elsewhere.receive(&device.outbox(&post));
    assert_eq!((received.new_entries, received.problems.len()), (0, 1));
    assert_eq!(received.problems[0].1, RunProblem::ForeignProvince);
}

#[test]
fn an_entry_that_arrives_before_the_one_it_follows_waits_and_is_applied_after_it() {
    let province = Province::new();
    let (mut one, mut other) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 11)));
    let mut doc = registration();
    let first = one.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let second = other.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Hai")]);
    let third = one.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Ba")]);
    let store = province.store();
    let received = store.receive(&other.pack(std::slice::from_ref(&second)));
    assert_eq!(
        (received.new_entries, received.waiting, received.records.len()),
        (1, 1, 0)
    );
    assert_eq!(
        store.ledger.record(record(1)).unwrap(),
        None,
        "nothing is shown of a record that only waits"
    );
    assert_eq!(store.rebuild().documents, 0);
    let store = store.reopened();
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 1);
    store.receive(&one.pack(std::slice::from_ref(&first)));
    assert_eq!(store.state(record(1)).unwrap()["name"], "Hai");
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
    store.receive(&one.pack(std::slice::from_ref(&third)));
    assert_eq!(store.state(record(1)).unwrap()["name"], "Ba");

    let in_order = province.store();
    for (pen, entry) in [(&one, first), (&other, second), (&one, third)] {
        in_order.receive(&pen.pack(&[entry]));
    }
    assert_eq!(store.sums(&one.author), in_order.sums(&one.author));
    assert_eq!(store.rebuild().changed, 0);
}
