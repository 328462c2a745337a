//! A revocation that a store hears of after it has taken in what the revoked device wrote beyond the cut.

use cotmoc_core::access::{Cut, Holder, Refusal, Role, RosterAct};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{Entry, Incarnation, Scope};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Author;

use crate::support::{Pen, Province, author, province, record, registration, unit, unit_scope};

fn revoked(at: &Entry) -> RosterAct {
    RosterAct::Revoked {
        device: at.log.device,
        reason: "Mất máy".to_owned(),
        cuts: vec![Cut::of(&at.log, at.seq, at.hash())],
        asked: None,
    }
}

fn revoke(province: &Province, at: &Entry) {
    province.act(revoked(at));
}

/// The same by the authority in another life of its server, which a restored one begins.
fn revoked_in(life: u64, at: &Entry) -> Pack {
    let mut pen = Pen::new(Author {
        incarnation: Incarnation(life),
        ..author(250)
    });
    let roster = RecordId(province().0);
    let act = revoked(at).encode();
    let entry = pen.entry(Scope::roster(province()), roster, RecordKind::Roster, act);
    pen.pack(&[entry])
}

#[test]
fn what_came_by_another_route_before_the_revocation_is_set_aside_as_it_is_at_the_province() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let reader = province.compiler(3);
    let mut doc = registration();
    let names = ["Một", "Hai", "Ba"];
    let entries: Vec<Entry> = names
        .iter()
        .map(|name| pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", *name)]))
        .collect();
    let (server, device) = (province.store(), province.store());
    server.receive(&pen.pack(&entries[..1]));
    device.receive(&pen.pack(&entries));
    assert_eq!(device.state(record(1)).unwrap()["name"], "Ba");

    revoke(&province, &entries[0]);
    server.receive(&province.roster());
    let received = device.receive(&province.roster());
    assert!(received.records.contains(&record(1)), "the screens are told");
    assert_eq!(device.state(record(1)).unwrap()["name"], "Một");
    let late = server.receive(&pen.pack(&entries));
    assert!(late.refused.iter().all(|(_, reason)| *reason == Refusal::Revoked));
    assert_eq!(device.sums(&reader), server.sums(&reader));
    assert_eq!(device.rebuild().changed, 0);
}

#[test]
fn of_two_revocations_the_one_of_the_earlier_life_counts_in_whatever_order_they_are_heard_of() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let names = ["Một", "Hai", "Ba"];
    let entries: Vec<Entry> = names
        .iter()
        .map(|name| pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", *name)]))
        .collect();
    let written = pen.pack(&entries);
    for (first_cut, second_cut) in [(0, 1), (1, 0)] {
        let first = revoked_in(1_001, &entries[first_cut]);
        let second = revoked_in(1_002, &entries[second_cut]);
        for heard in [[&first, &second], [&second, &first]] {
            let store = province.store();
            store.receive(&written);
            for revocation in heard {
                store.receive(revocation);
            }
            assert_eq!(store.state(record(1)).unwrap()["name"], names[first_cut]);
            assert_eq!(store.rebuild().changed, 0);
            let store = store.reopened();
            store.receive(&written);
            assert_eq!(store.state(record(1)).unwrap()["name"], names[first_cut]);
        }
    }
}

#[test]
fn own_changes_that_follow_a_revoked_one_wait_and_the_next_ones_are_of_another_life() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let device = province.store();
    let me = device.ledger.own_author().unwrap();
    province.enrol(&me.current(), Role::Post, Holder::Unit(unit(11)));
    device.receive(&province.roster());
    let mut doc = registration();
    let first = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let beyond = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Hai")]);
    device.receive(&pen.pack(&[first.clone(), beyond]));
    device.name(&me.current(), unit_scope(11), record(1), "Ba");
    let life = me.incarnation();

    revoke(&province, &first);
    device.receive(&province.roster());
    assert_eq!(device.state(record(1)).unwrap()["name"], "Một");
    assert_eq!(device.ledger.waiting_counts().unwrap().waiting, 1);
    assert_ne!(
        me.incarnation(),
        life,
        "no change takes the place of the waiting one"
    );
    device.name(&me.current(), unit_scope(11), record(1), "Bốn");
    assert_eq!(device.state(record(1)).unwrap()["name"], "Bốn");
    assert_eq!(device.rebuild().changed, 0);
    // Elsewhere, where only the cut is known, the same comes of it in any order.
    let other = province.store();
    other.receive(&device.everything_for(&me.current()));
    assert_eq!(other.state(record(1)).unwrap()["name"], "Bốn");
}
