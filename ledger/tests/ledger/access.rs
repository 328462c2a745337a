//! The author's right counts: what it may not write is set aside with the reason, and stops nobody.

use std::collections::BTreeSet;

use cotmoc_core::access::{Cut, Refusal, RosterAct};
use cotmoc_core::exchange::{Item, Pack};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, LogId, Scope};
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};
use cotmoc_ledger::{LedgerError, RunProblem, SetAsideGoes};
use rusqlite::params;

use crate::support::{
    Pen, Province, Store, author, delegation_scope, named, province as province_id, record, registration,
    unit, unit_scope,
};

fn reasons(store: &Store) -> Vec<Refusal> {
    store
        .ledger
        .set_aside(100)
        .unwrap()
        .into_iter()
        .map(|aside| aside.reason)
        .collect()
}

#[test]
fn entries_of_a_device_that_is_not_enrolled_are_set_aside_and_kept() {
    let province = Province::new();
    let mut stranger = Pen::new(author(9));
    let entry = named(&mut stranger, unit_scope(11), record(1), "Lạ");
    let store = province.store();
    let received = store.receive(&stranger.pack(std::slice::from_ref(&entry)));
    assert_eq!(received.refused, [(entry.hash(), Refusal::NotEnrolled)]);
    assert_eq!((received.new_entries, received.records.len()), (1, 0));
    let aside = store.reopened().ledger.set_aside(10).unwrap();
    assert_eq!(
        (aside[0].hash, aside[0].author, aside[0].reason),
        (entry.hash(), stranger.author.device(), Refusal::NotEnrolled)
    );
}

#[test]
fn a_refused_entry_does_not_stop_the_good_ones_after_it_in_its_log() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let good = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    // A kind that this role may not write, in its own log; then a good one again.
    let mut review = RecordDoc::new(RecordKind::Review).unwrap();
    let bad = pen.edit(
        unit_scope(11),
        record(2),
        &mut review,
        &[Edit::line("registration", "x")],
    );
    let next = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Hai")]);
    let store = province.store();
    let received = store.receive(&pen.pack(&[good, bad.clone(), next.clone()]));
    assert_eq!(received.refused, [(bad.hash(), Refusal::RoleMayNotWrite)]);
    assert_eq!(store.state(record(1)).unwrap()["name"], "Hai");
    assert_eq!(
        received.grown.values().next(),
        Some(&(3, next.hash())),
        "the log goes on behind it"
    );

    // Sent on, the bad one travels as its hash only, and the log is whole there too.
    let other = province.store();
    let pack = store.everything_for(&pen.author);
    let withheld = pack
        .runs
        .iter()
        .flat_map(|run| &run.items)
        .filter(|item| matches!(item, Item::Withheld(_)));
    assert_eq!(withheld.count(), 1);
    other.receive(&pack);
    assert_eq!(other.sums(&pen.author), store.sums(&pen.author));
}

#[test]
fn an_entry_goes_on_once_though_its_log_is_asked_for_twice_and_a_run_that_names_it_twice_is_not_taken() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut review = RecordDoc::new(RecordKind::Review).unwrap();
    let edit = [Edit::line("registration", "x")];
    let bad = pen.edit(unit_scope(11), record(2), &mut review, &edit);
    let store = province.store();
    let received = store.receive(&pen.pack(std::slice::from_ref(&bad)));
    assert_eq!(received.refused, [(bad.hash(), Refusal::RoleMayNotWrite)]);
    let logs = [(bad.log, 1), (bad.log, 0), (bad.log, 0)];
    let rest = store
        .ledger
        .rest_of(&logs, u64::MAX, SetAsideGoes::ByHash)
        .unwrap();
    assert_eq!(rest.pack.runs.len(), 1);
    assert_eq!(rest.pack.runs[0].items, [Item::Withheld(bad.hash())]);

    // The signature is of the last hash alone, and it is the right one.
    let twice = |first_seq, prev, items: &[Item]| {
        let mut pack = rest.pack.clone();
        (pack.runs[0].first_seq, pack.runs[0].prev) = (first_seq, prev);
        pack.runs[0].items = items.to_vec();
        pack
    };
    let withheld = Item::Withheld(bad.hash());
    let other = province.store();
    let doubled = twice(1, Hash32::ZERO, &[withheld.clone(), withheld.clone()]);
    assert_eq!(
        other.receive(&doubled).problems,
        [(bad.log, RunProblem::Signature)]
    );
    assert_eq!(other.receive(&rest.pack).new_entries, 1);
    let again = twice(2, bad.hash(), &[withheld]);
    assert_eq!(other.receive(&again).problems, [(bad.log, RunProblem::Signature)]);
}

#[test]
fn an_entry_outside_the_scope_of_its_author_is_set_aside() {
    let province = Province::new();
    let mut post = Pen::new(province.post(1, 11));
    let outside = named(&mut post, unit_scope(12), record(1), "Đơn vị khác");
    let wrong_home = named(&mut post, Scope::province(province_id()), record(2), "Sai chỗ");
    let store = province.store();
    store.receive(&post.pack(&[outside]));
    store.receive(&post.pack(&[wrong_home]));
    assert_eq!(reasons(&store), [Refusal::WrongScope, Refusal::OutsideScope]);
}

#[test]
fn whoever_may_not_write_a_record_cannot_take_its_place_by_being_first() {
    let province = Province::new();
    let (mut post, mut secretary) = (Pen::new(province.post(1, 11)), Pen::new(province.secretary(2, 1)));
    let mut stranger = Pen::new(author(9));
    let score = RecordId::derived("agreed score", &[b"visit", b"registration"]);
    let sheet = RecordId::derived("score sheet", &[b"visit", b"registration", b"1"]);
    let of = |kind| RecordDoc::new(kind).unwrap();
    let early = post.edit(
        unit_scope(11),
        score,
        &mut of(RecordKind::AgreedScore),
        &[Edit::line("visit", "x")],
    );
    let stolen = stranger.edit(
        delegation_scope(),
        sheet,
        &mut of(RecordKind::ScoreSheet),
        &[Edit::int("slot", 1)],
    );
    let agreed = secretary.edit(
        delegation_scope(),
        score,
        &mut of(RecordKind::AgreedScore),
        &[Edit::line("visit", "v")],
    );
    let own = secretary.edit(
        delegation_scope(),
        sheet,
        &mut of(RecordKind::ScoreSheet),
        &[Edit::int("slot", 1)],
    );
    let good = secretary.pack(&[agreed, own]);
    let bad = [post.pack(&[early]), stranger.pack(&[stolen])];

    let (before, after) = (province.store(), province.store());
    bad.iter().for_each(|pack| drop(before.receive(pack)));
    assert!(
        before.receive(&good).refused.is_empty(),
        "the right author is not refused for their sake"
    );
    after.receive(&good);
    bad.iter().for_each(|pack| drop(after.receive(pack)));
    for store in [&before, &after] {
        assert_eq!(store.state(score).unwrap()["visit"], "v");
        assert_eq!(
            store.ledger.record(sheet).unwrap().unwrap().first_author,
            secretary.author.device()
        );
        assert_eq!(
            store.ledger.record(sheet).unwrap().unwrap().scope,
            delegation_scope()
        );
        assert_eq!(reasons(store).len(), 2);
    }
    assert_eq!(before.sums(&secretary.author), after.sums(&secretary.author));

    // The same for one's own writing, on a device that holds what was refused.
    let device = province.store();
    bad.iter().for_each(|pack| drop(device.receive(pack)));
    device.edit(
        &secretary.author,
        delegation_scope(),
        sheet,
        RecordKind::ScoreSheet,
        vec![Edit::int("slot", 1)],
    );
    assert_eq!(
        device.ledger.record(sheet).unwrap().unwrap().first_author,
        secretary.author.device()
    );
}

#[test]
fn a_score_sheet_belongs_to_the_assessor_who_began_it() {
    let province = Province::new();
    let (mut one, mut other) = (
        Pen::new(province.secretary(1, 1)),
        Pen::new(province.secretary(2, 2)),
    );
    let mut doc = RecordDoc::new(RecordKind::ScoreSheet).unwrap();
    let begun = one.edit(delegation_scope(), record(1), &mut doc, &[Edit::int("slot", 1)]);
    let meddled = other.edit(delegation_scope(), record(1), &mut doc, &[Edit::int("slot", 2)]);
    let store = province.store();
    store.receive(&one.pack(&[begun]));
    assert_eq!(
        store.receive(&other.pack(std::slice::from_ref(&meddled))).refused,
        [(meddled.hash(), Refusal::NotYourSlot)]
    );
    assert_eq!(store.state(record(1)).unwrap()["slot"], 1);
}

#[test]
fn a_score_sheet_belongs_to_the_assessor_who_began_it_in_whatever_order_the_entries_come() {
    let province = Province::new();
    let (mut one, mut other) = (
        Pen::new(province.secretary(1, 1)),
        Pen::new(province.secretary(2, 2)),
    );
    let mut doc = RecordDoc::new(RecordKind::ScoreSheet).unwrap();
    let begun = one.edit(delegation_scope(), record(1), &mut doc, &[Edit::int("slot", 1)]);
    let begun = one.pack(&[begun]);
    let meddled = other.edit(delegation_scope(), record(1), &mut doc, &[Edit::int("slot", 2)]);
    let meddled = other.pack(&[meddled]);
    let together = |first: &Pack, second: &Pack| {
        let mut pack = first.clone();
        let mut more = second.clone();
        pack.runs.append(&mut more.runs);
        pack
    };
    let deliveries = [
        vec![begun.clone(), meddled.clone()],
        vec![meddled.clone(), begun.clone()],
        vec![together(&begun, &meddled)],
        vec![together(&meddled, &begun)],
    ];
    for packs in deliveries {
        let store = province.store();
        packs.iter().for_each(|pack| drop(store.receive(pack)));
        assert_eq!(store.state(record(1)).unwrap()["slot"], 1);
        assert_eq!(reasons(&store), [Refusal::NotYourSlot]);
        assert_eq!(
            store.ledger.record(record(1)).unwrap().unwrap().first_author,
            one.author.device()
        );
        assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
    }
}

#[test]
fn trying_again_asks_every_question_again() {
    let province = Province::new();
    let (mut pen, mut other) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 12)));
    // A change under a colleague's actor, and an entry for a record that lives in another unit.
    let payload = registration()
        .edit(other.author.actor(), &[Edit::line("name", "Giả")])
        .unwrap()
        .unwrap();
    let forged = pen.entry(unit_scope(11), record(1), RecordKind::Registration, payload);
    let elsewhere = named(&mut other, unit_scope(12), record(2), "Của đơn vị 12");
    let misplaced = named(&mut pen, unit_scope(11), record(2), "Của đơn vị 11");
    let store = province.store();
    store.receive(&other.pack(&[elsewhere]));
    store.receive(&pen.pack(&[forged.clone(), misplaced.clone()]));
    let expected = [Refusal::WrongScope, Refusal::Malformed];
    assert_eq!(reasons(&store), expected);
    for entry in [&forged, &misplaced] {
        assert!(!store.ledger.try_again(&entry.hash()).unwrap());
    }
    assert_eq!(reasons(&store), expected);
    assert_eq!(store.ledger.record(record(1)).unwrap(), None);
    assert_eq!(store.state(record(2)).unwrap()["name"], "Của đơn vị 12");
}

#[test]
fn an_entry_that_was_damaged_while_set_aside_is_not_tried() {
    let province = Province::new();
    let mut pen = Pen::new(author(1));
    let entry = named(&mut pen, unit_scope(11), record(1), "Một");
    let store = province.store();
    store.receive(&pen.pack(std::slice::from_ref(&entry)));
    store
        .raw()
        .execute(
            "UPDATE entry SET claimed_at = claimed_at + 1 WHERE hash = ?1",
            [&entry.hash().0[..]],
        )
        .unwrap();
    assert!(matches!(
        store.ledger.try_again(&entry.hash()),
        Err(LedgerError::DamagedRecord(_))
    ));
}

#[test]
fn entries_beyond_the_cut_of_a_revocation_are_set_aside_and_those_before_it_still_count() {
    let province = Province::new();
    let mut pen = Pen::new(province.post(1, 11));
    let mut doc = registration();
    let entries: Vec<Entry> = (0..4)
        .map(|year| {
            pen.edit(
                unit_scope(11),
                record(1),
                &mut doc,
                &[Edit::int("year", 2020 + year)],
            )
        })
        .collect();
    let log: LogId = entries[0].log;
    province.act(RosterAct::Revoked {
        device: pen.author.device(),
        reason: "mất máy".into(),
        cuts: vec![Cut::of(&log, 2, entries[1].hash())],
        asked: None,
    });
    let store = province.store();
    let received = store.receive(&pen.pack(&entries));
    let beyond: Vec<(Hash32, Refusal)> = entries[2..]
        .iter()
        .map(|entry| (entry.hash(), Refusal::Revoked))
        .collect();
    assert_eq!(received.refused, beyond);
    assert_eq!(store.state(record(1)).unwrap()["year"], 2021);
    assert_eq!(
        reasons(&store),
        [Refusal::Revoked; 2],
        "kept for review, not dropped"
    );
    let other_log = named(
        &mut pen,
        Scope::unit(province_id(), unit(12)),
        record(2),
        "Nơi khác",
    );
    assert_eq!(
        store.receive(&pen.pack(&[other_log])).refused[0].1,
        Refusal::Revoked,
        "a log without a cut has none left"
    );
}

#[test]
fn a_grant_that_travels_with_the_entries_it_allows_is_known_in_time_and_kept_after_a_restart() {
    let province = Province::new();
    let compiler = province.compiler(3);
    let empty = Store::new();
    empty
        .ledger
        .join_province(province_id(), province.authority.device())
        .unwrap();
    let post = province.post(1, 11);
    province.server.name(&post, unit_scope(11), record(1), "Một");
    let received = empty.receive(&province.server.everything_for(&compiler));
    assert!(
        received.roster_changed && received.refused.is_empty(),
        "{received:?}"
    );
    assert_eq!(empty.state(record(1)).unwrap()["name"], "Một");
    let in_force = empty.ledger.roster(province_id()).unwrap();
    assert_eq!(empty.reopened().ledger.roster(province_id()).unwrap(), in_force);
}

#[test]
fn a_roster_act_under_another_record_id_is_set_aside_because_it_could_not_be_sent_on() {
    let province = Province::new();
    let mut compiler = Pen::new(province.compiler(1));
    let scope = Scope::roster(province_id());
    let act = RosterAct::DelegationSet {
        delegation: crate::support::delegation(),
        campaign: uuid::Uuid::nil(),
        number: 2,
        units: BTreeSet::new(),
        asked: None,
    };
    let odd = compiler.entry(scope, record(5), RecordKind::Roster, act.encode());
    let good = compiler.entry(scope, RecordId(province_id().0), RecordKind::Roster, act.encode());
    let store = province.store();
    let received = store.receive(&compiler.pack(&[odd.clone(), good.clone()]));
    assert_eq!(received.refused, [(odd.hash(), Refusal::Malformed)]);
    let asked = store
        .ledger
        .roster_requests(&scope, &province.authority.device())
        .unwrap();
    assert_eq!(
        asked.iter().map(|(hash, _)| *hash).collect::<Vec<_>>(),
        [good.hash()]
    );
    let other = province.store();
    assert!(
        other
            .receive(&store.everything_for(&compiler.author))
            .problems
            .is_empty()
    );
    assert_eq!(other.sums(&compiler.author), store.sums(&compiler.author));
}

#[test]
fn the_authority_enters_acts_and_nothing_else() {
    let province = Province::new();
    let mut authority = Pen::new(author(250));
    let entry = named(&mut authority, unit_scope(11), record(1), "Một");
    let store = province.store();
    assert_eq!(
        store.receive(&authority.pack(&[entry])).refused[0].1,
        Refusal::RoleMayNotWrite
    );
    let nonsense = store
        .raw()
        .execute("UPDATE province SET authority = ?1", params![&[7u8; 32][..]]);
    assert_eq!(nonsense.unwrap(), 1);
    let taken_over = store.ledger.join_province(province_id(), author(250).device());
    assert!(
        taken_over.is_err(),
        "a province's authority is not exchanged behind its back"
    );
}
