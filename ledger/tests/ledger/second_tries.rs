//! Entries that were set aside and are let through later: by themselves once the right is there, a few at a
//! time, and everybody who knew only their hash learns of it.

use cotmoc_core::access::{Holder, Refusal, Role};
use cotmoc_core::exchange::{Item, Pack};
use cotmoc_core::journal::Entry;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Author, PageRequest, WaitingCounts};

use crate::support::{
    Pen, Province, Store, author, over_the_wire, province, record, registration, unit, unit_scope,
};

/// What this device has not read yet, and up to where it has read then.
fn page(from: &Store, reader: &Author, after: u64) -> (Pack, u64) {
    let roster = from.ledger.roster(province()).unwrap();
    let visible = from.ledger.visible_to(&roster, &reader.device()).unwrap();
    let page = from
        .ledger
        .page(&PageRequest {
            visible: &visible,
            after,
            page_bytes: u64::MAX,
            except: Some((reader.device(), reader.incarnation)),
            have: &std::collections::BTreeMap::new(),
            set_aside: cotmoc_ledger::SetAsideGoes::ByHash,
        })
        .unwrap();
    (over_the_wire(&page.pack), page.position)
}

fn whole_entries(pack: &Pack) -> usize {
    let items = pack.runs.iter().flat_map(|run| &run.items);
    items.filter(|item| matches!(item, Item::Entry { .. })).count()
}

fn names(pen: &mut Pen, number: u128, names: &[&str]) -> Vec<Entry> {
    let mut doc = registration();
    let edits = names.iter().map(|name| [Edit::line("name", *name)]);
    edits
        .map(|edit| pen.edit(unit_scope(11), record(number), &mut doc, &edit))
        .collect()
}

#[test]
fn an_entry_known_by_its_hash_alone_gets_its_content_once_its_sender_lets_it_through() {
    let province = Province::new();
    let mut pen = Pen::new(author(1));
    let colleague = province.post(2, 11);
    let (server, device) = (province.store(), province.store());
    // In one run, so that one signature covers both, and the first is in its middle.
    let entries = names(&mut pen, 1, &["Một", "Hai"]);
    server.receive(&pen.pack(&entries));
    let (pack, read) = page(&server, &colleague, 0);
    device.receive(&pack);
    assert_eq!(device.ledger.record(record(1)).unwrap(), None);
    assert_eq!(
        device.sums(&colleague).0,
        server.sums(&colleague).0,
        "the hashes are there"
    );

    province.enrol(&pen.author, Role::Post, Holder::Unit(unit(11)));
    let received = server.receive(&province.roster());
    assert_eq!(received.records, [record(1)].into(), "nobody had to ask");
    let (pack, read) = page(&server, &colleague, read);
    let received = device.receive(&pack);
    assert_eq!((received.problems.len(), received.refused.len()), (0, 0));
    assert!(received.records.contains(&record(1)));
    assert_eq!(device.state(record(1)).unwrap()["name"], "Hai");
    assert_eq!(device.sums(&colleague), server.sums(&colleague));

    // It is not sent again, and would change nothing.
    let (again, end) = page(&server, &colleague, read);
    assert_eq!((again.is_empty(), end), (true, read));
    let received = device.receive(&pack);
    assert_eq!((received.new_entries, received.records.len()), (0, 0));
    for store in [&device, &server] {
        assert_eq!(store.rebuild().changed, 0);
    }
    // Whoever begins now gets it whole, once.
    let cold = province.store();
    let (pack, _) = page(&server, &colleague, 0);
    cold.receive(&pack);
    assert_eq!(cold.sums(&colleague), server.sums(&colleague));
    let of_roster = whole_entries(&province.roster());
    assert_eq!(whole_entries(&pack), of_roster + 2);
    // And a store that got it late hands it on like any other.
    let third = province.store();
    third.receive(&page(&device, &colleague, 0).0);
    assert_eq!(third.sums(&colleague), server.sums(&colleague));
}

#[test]
fn what_waited_for_an_entry_known_by_its_hash_alone_is_applied_with_it_in_a_store_opened_anew() {
    let province = Province::new();
    let mut pen = Pen::new(author(1));
    let mut colleague = Pen::new(province.post(2, 11));
    let reader = province.compiler(3);
    let mut doc = registration();
    let first = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let follows = colleague.edit(
        unit_scope(11),
        record(1),
        &mut doc,
        &[Edit::line("place", "Pa Tần")],
    );
    let (server, device) = (province.store(), province.store());
    server.receive(&pen.pack(&[first]));
    server.receive(&colleague.pack(&[follows]));
    let (pack, read) = page(&server, &reader, 0);
    assert_eq!(device.receive(&pack).waiting, 1);
    let (server, device) = (server.reopened(), device.reopened());
    province.enrol(&pen.author, Role::Post, Holder::Unit(unit(11)));
    server.receive(&province.roster());
    device.receive(&page(&server, &reader, read).0);
    assert_eq!(device.state(record(1)).unwrap()["place"], "Pa Tần");
    assert_eq!(device.sums(&reader), server.sums(&reader));
    assert_eq!(device.ledger.waiting_counts().unwrap(), WaitingCounts::default());
}

#[test]
fn an_entry_refused_for_want_of_a_grant_is_applied_once_the_grant_arrives_and_with_it_what_waited() {
    let province = Province::new();
    let mut pen = Pen::new(author(1));
    let mut colleague = Pen::new(province.post(2, 11));
    let mut doc = registration();
    let first = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let second = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Hai")]);
    let later = colleague.edit(
        unit_scope(11),
        record(1),
        &mut doc,
        &[Edit::line("place", "Pa Tần")],
    );
    let store = province.store();
    store.receive(&pen.pack(&[first.clone(), second]));
    let waits = store.receive(&colleague.pack(&[later]));
    assert_eq!(
        (waits.waiting, waits.refused.len()),
        (1, 0),
        "it follows what is set aside"
    );
    assert!(!store.ledger.try_again(&first.hash()).unwrap());
    assert!(!store.ledger.has_second_tries(), "no roster has changed");

    province.enrol(&pen.author, Role::Post, Holder::Unit(unit(11)));
    store.receive(&province.roster());
    let state = store.state(record(1)).unwrap();
    assert_eq!(
        (state["name"].as_str(), state["place"].as_str()),
        (Some("Hai"), Some("Pa Tần"))
    );
    assert!(
        !store.ledger.try_again(&first.hash()).unwrap(),
        "it is not set aside any more"
    );
    assert_eq!(store.ledger.waiting_counts().unwrap(), WaitingCounts::default());
    assert_eq!(
        store.ledger.record(record(1)).unwrap().unwrap().first_author,
        pen.author.device()
    );

    let granted_first = province.store();
    granted_first.receive(&store.everything_for(&pen.author));
    assert_eq!(granted_first.sums(&pen.author), store.sums(&pen.author));
    assert_eq!(store.rebuild().changed, 0);
}

#[test]
fn only_a_few_are_tried_in_one_go_and_the_rest_later_even_after_a_restart() {
    let province = Province::new();
    let (mut stranger, mut pen) = (Pen::new(author(1)), Pen::new(author(2)));
    let server = province.store();
    let noise: Vec<Entry> = (0..300u128)
        .flat_map(|number| names(&mut stranger, 1_000 + number, &["Của người lạ"]))
        .collect();
    server.receive(&stranger.pack(&noise));
    let entries: Vec<Entry> = (0..30)
        .flat_map(|number| names(&mut pen, number, &["Một"]))
        .collect();
    server.receive(&pen.pack(&entries));
    province.enrol(&pen.author, Role::Post, Holder::Unit(unit(11)));
    let mut server = server;
    let mut applied = server.receive(&province.roster()).records.len();
    let mut goes = 1;
    while server.ledger.has_second_tries() {
        if goes == 6 {
            server = server.reopened();
        }
        let received = server.receive(&Pack::default());
        assert!(
            received.records.len() <= 8,
            "{} in one go",
            received.records.len()
        );
        applied += received.records.len();
        goes += 1;
        assert!(goes < 50, "it comes to an end");
    }
    assert_eq!(applied, 30);
    assert!(goes >= 8, "{goes} goes");
    let counts = server.ledger.waiting_counts().unwrap();
    assert_eq!((counts.waiting, counts.set_aside), (0, 300));
}

#[test]
fn an_author_learns_that_its_entry_was_let_through_or_for_what_other_reason_it_is_refused_now() {
    let province = Province::new();
    let mut pen = Pen::new(author(1));
    let server = province.store();
    let good = names(&mut pen, 1, &["Một"]);
    let mut bad = names(&mut Pen::new(author(1)), 2, &["Hai"])
        .remove(0)
        .content
        .payload;
    let end = bad.len() - 1;
    bad[end] ^= 0xff;
    let bad = pen.entry(unit_scope(11), record(2), RecordKind::Registration, bad);
    let own = [good[0].clone(), bad.clone()];
    let refused = server.receive(&pen.pack(&own)).refused;
    assert_eq!(
        refused.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(),
        [Refusal::NotEnrolled; 2]
    );
    let read = server.ledger.arrival().unwrap().position;
    let logs = (pen.author.device(), pen.author.incarnation);

    province.enrol(&pen.author, Role::Post, Holder::Unit(unit(11)));
    let device = province.store();
    device.receive(&pen.pack(&own));
    server.receive(&province.roster());
    let (pack, until) = page(&server, &pen.author, read);
    let received = device.receive(&pack);
    assert!(received.vouched.contains(&good[0].hash()), "handed back whole");
    assert!(!received.vouched.contains(&bad.hash()));
    assert_eq!(received.new_entries, 0);
    let again = server.ledger.refused_again(logs.0, read, until).unwrap();
    assert_eq!(
        again
            .iter()
            .map(|(_, entry, reason)| (*entry, *reason))
            .collect::<Vec<_>>(),
        [(bad.hash(), server.ledger.set_aside(1).unwrap()[0].reason)]
    );
    assert_ne!(again[0].2, Refusal::NotEnrolled);
    assert!(
        server
            .ledger
            .refused_again(logs.0, until, u64::MAX)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_author_learns_that_what_waited_when_it_came_was_refused_afterwards() {
    let province = Province::new();
    let (owner, other) = (province.post(1, 11), province.post(2, 12));
    let logs = (other.device(), other.incarnation);
    let (mut owner, mut other) = (Pen::new(owner), Pen::new(other));
    let server = province.store();
    let mut doc = registration();
    let begins = owner.edit(unit_scope(11), record(5), &mut doc, &[Edit::line("name", "Một")]);
    let follows = other.edit(unit_scope(12), record(5), &mut doc, &[Edit::line("name", "Hai")]);
    let received = server.receive(&other.pack(std::slice::from_ref(&follows)));
    assert_eq!((received.refused.len(), received.waiting), (0, 1));
    let read = server.ledger.arrival().unwrap().position;
    server.receive(&owner.pack(&[begins]));
    let again = server.ledger.refused_again(logs.0, read, u64::MAX).unwrap();
    assert_eq!(
        again
            .iter()
            .map(|(_, entry, reason)| (*entry, *reason))
            .collect::<Vec<_>>(),
        [(follows.hash(), Refusal::WrongScope)]
    );
}
