//! Entries of kinds that this program does not know: kept whole, set aside, handed on unchanged, and judged
//! again by a program that knows them.

use cotmoc_core::access::{Holder, Refusal, Role, RosterAct};
use cotmoc_core::exchange::{Item, Pack, PackedRecord, Payload};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, Scope};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Author, Received};

use crate::support::{
    NOW, Pen, Province, Store, author, named, over_the_wire, province, record, registration, unit, unit_scope,
};

/// As the meta of a store says that was last opened by a program that knew less.
const KNOWN: &str = "kinds.known";

fn newer_record() -> RecordKind {
    RecordKind::from_code(200)
}

fn newer_entry() -> EntryKind {
    EntryKind::from_code(77).unwrap()
}

/// A name, something of a newer program beside it, a record of a newer program, and a name again.
fn mixed(pen: &mut Pen) -> [Entry; 4] {
    let mut doc = registration();
    let id = record(1);
    let first = pen.edit(unit_scope(11), id, &mut doc, &[Edit::line("name", "Cũ")]);
    let beside = (id, RecordKind::Registration);
    let beside = pen.entry_of(
        newer_entry(),
        unit_scope(11),
        beside,
        b"seal of a newer program".to_vec(),
    );
    let of_its_own = pen.entry_of(
        EntryKind::Change,
        unit_scope(11),
        (record(2), newer_record()),
        first.content.payload.clone(),
    );
    let last = pen.edit(unit_scope(11), id, &mut doc, &[Edit::line("name", "Mới")]);
    [first, beside, of_its_own, last]
}

fn unknown(entries: &[Entry]) -> Vec<(Hash32, Refusal)> {
    let mut expected: Vec<(Hash32, Refusal)> = entries
        .iter()
        .map(|entry| (entry.hash(), Refusal::UnknownKind))
        .collect();
    expected.sort_unstable();
    expected
}

fn refused(received: &Received) -> Vec<(Hash32, Refusal)> {
    let mut refused = received.refused.clone();
    refused.sort_unstable();
    refused
}

fn whole_items(pack: &Pack) -> usize {
    let items = pack.runs.iter().flat_map(|run| &run.items);
    items.filter(|item| matches!(item, Item::Entry { .. })).count()
}

#[test]
fn entries_of_newer_kinds_stop_nobody_and_travel_whole_through_stores_that_do_not_know_them() {
    let town = Province::new();
    let compiler = town.compiler(40);
    let mut pen = Pen::new(town.post(1, 11));
    let entries = mixed(&mut pen);
    let first = town.store();
    let received = first.receive(&pen.pack(&entries));
    assert_eq!((received.new_entries, received.problems.len()), (4, 0));
    assert_eq!(refused(&received), unknown(&entries[1..3]));
    assert_eq!(first.state(record(1)).unwrap()["name"], "Mới");
    assert_eq!(first.state(record(2)), None);

    let (second, third) = (town.store(), town.store());
    let handed_on = first.everything_for(&compiler);
    let received = second.receive(&handed_on);
    assert_eq!(refused(&received), unknown(&entries[1..3]));
    third.receive(&second.everything_for(&compiler));
    assert_eq!(first.sums(&compiler), third.sums(&compiler));
    let of_author = |store: &Store| {
        let mut pack = store.outbox(&pen.author);
        pack.runs.retain(|run| run.log == entries[0].log);
        pack
    };
    assert_eq!(whole_items(&of_author(&third)), 4, "nothing by its hash alone");
    let items = &of_author(&third).runs[0].items;
    assert!(
        items.iter().any(|item| matches!(
            item,
            Item::Entry { kind, payload: Payload::Inline(bytes), .. }
                if *kind == newer_entry() && *bytes == entries[1].content.payload
        )),
        "{items:?}"
    );
    assert_eq!(third.rebuild().changed, 0);
    assert_eq!(third.reopened().ledger.waiting_counts().unwrap().set_aside, 2);
}

#[test]
fn a_record_of_a_newer_kind_that_comes_as_its_document_is_kept_entry_by_entry() {
    let town = Province::new();
    let mut pen = Pen::new(town.post(1, 11));
    let mut doc = registration();
    let mut entries = Vec::new();
    for name in ["Một", "Hai", "Ba"] {
        let payload = doc
            .edit(pen.author.actor(), &[Edit::line("name", name)])
            .unwrap()
            .unwrap();
        let of = (record(2), newer_record());
        entries.push(pen.entry_of(EntryKind::Change, unit_scope(11), of, payload));
    }
    let mut pack = pen.pack(&entries);
    pack.records[0].document = Some(doc.save());
    for item in &mut pack.runs[0].items {
        if let Item::Entry { payload, .. } = item {
            *payload = Payload::InDocument;
        }
    }
    let store = town.store();
    let received = store.receive(&over_the_wire(&pack));
    assert!(received.problems.is_empty(), "{:?}", received.problems);
    assert_eq!(refused(&received), unknown(&entries));
    let handed_on = store.outbox(&pen.author);
    let next = town.store();
    next.receive(&handed_on);
    assert_eq!(
        next.ledger.sorted_entry_hashes().unwrap(),
        store.ledger.sorted_entry_hashes().unwrap()
    );
}

#[test]
fn what_is_handed_on_is_only_of_authors_who_may_write_there_at_all() {
    let town = Province::new();
    let compiler = town.compiler(40);
    let post = town.post(1, 11);
    let (mut stranger, mut elsewhere) = (Pen::new(author(9)), Pen::new(town.post(2, 12)));
    let mut of_post = Pen::new(post);
    let store = town.store();
    let of = (record(3), newer_record());
    let by_stranger = stranger.entry_of(EntryKind::Change, unit_scope(11), of, vec![1]);
    let outside = elsewhere.entry_of(newer_entry(), unit_scope(11), of, vec![2]);
    let in_roster = of_post.entry_of(newer_entry(), Scope::roster(province()), of, vec![3]);
    for (pen, entry, reason) in [
        (&stranger, by_stranger, Refusal::NotEnrolled),
        (&elsewhere, outside, Refusal::OutsideScope),
        (&of_post, in_roster, Refusal::RoleMayNotWrite),
    ] {
        let received = store.receive(&pen.pack(std::slice::from_ref(&entry)));
        // A change whose author its payload does not name is no change at all, of whatever kind.
        let reason = match entry.content.kind {
            EntryKind::Change => Refusal::Malformed,
            _ => reason,
        };
        assert_eq!(received.refused, [(entry.hash(), reason)]);
        let pack = store.everything_for(&compiler);
        let of_log = pack.runs.iter().find(|run| run.log == entry.log).unwrap();
        assert_eq!(of_log.items, [Item::Withheld(entry.hash())]);
    }
}

#[test]
fn one_record_named_by_several_kinds_can_still_be_handed_on() {
    let town = Province::new();
    let compiler = town.compiler(40);
    let mut pen = Pen::new(town.post(1, 11));
    let of_kind = |pen: &mut Pen, code: u8| {
        let of = (record(4), RecordKind::from_code(code));
        pen.entry_of(newer_entry(), unit_scope(11), of, vec![code])
    };
    let mut entries = vec![of_kind(&mut pen, 201), of_kind(&mut pen, 202)];
    entries.push(named(&mut pen, unit_scope(11), record(4), "Tên"));
    entries.push(of_kind(&mut pen, 203));
    let store = town.store();
    let received = store.receive(&pen.pack(&entries));
    assert_eq!(received.records, [record(4)].into());
    let next = town.store();
    next.receive(&store.everything_for(&compiler));
    assert_eq!(next.sums(&compiler), store.sums(&compiler));
    assert_eq!(next.state(record(4)).unwrap()["name"], "Tên");
    assert_eq!(
        whole_items(&next.outbox(&pen.author)),
        3,
        "the last contradicts the record"
    );
}

/// As an older program has left the store: it did not know the kind of this record.
fn by_an_older_program(store: &Store, id: RecordId) {
    let raw = store.raw();
    let code = id.0.as_bytes().as_slice();
    raw.execute(
        "UPDATE entry SET standing = 2, reason = 12 WHERE record = (SELECT id FROM record WHERE code = ?1)",
        [code],
    )
    .unwrap();
    raw.execute(
        "UPDATE record SET saved = NULL, state = '{}', differing = '[]', first_author = zeroblob(32)
         WHERE code = ?1",
        [code],
    )
    .unwrap();
    store.ledger.set_meta(KNOWN, &[1, 2, 0, 10]).unwrap();
}

#[test]
fn a_program_that_knows_the_kind_takes_up_by_itself_what_an_older_one_set_aside() {
    let town = Province::new();
    let compiler = town.compiler(40);
    let mut pen = Pen::new(town.post(1, 11));
    let mut doc = registration();
    let entries: Vec<Entry> = ["Một", "Hai", "Ba"]
        .iter()
        .map(|name| pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", *name)]))
        .collect();
    let (store, other) = (town.store(), town.store());
    store.receive(&pen.pack(&entries));
    by_an_older_program(&store, record(1));
    assert_eq!(store.state(record(1)).map(|state| state["name"].clone()), None);
    // It hands them on whole all the same, and a newer one applies them.
    other.receive(&store.everything_for(&compiler));
    assert_eq!(other.state(record(1)).unwrap()["name"], "Ba");

    let store = store.reopened();
    assert!(store.ledger.has_second_tries());
    while store.ledger.has_second_tries() {
        store.ledger.try_some_again().unwrap();
    }
    assert_eq!(store.state(record(1)).unwrap()["name"], "Ba");
    assert_eq!(store.ledger.waiting_counts().unwrap().set_aside, 0);
    assert_eq!(store.rebuild().changed, 0);
    assert_eq!(store.sums(&compiler), other.sums(&compiler));
    let store = store.reopened();
    assert!(!store.ledger.has_second_tries(), "once for each program");
}

#[test]
fn an_act_of_a_newer_program_waits_and_counts_at_its_place_once_it_is_known() {
    let authority = || author(250);
    let mut pen = Pen::new(authority());
    let scope = Scope::roster(province());
    let mut act = |payload: Vec<u8>| {
        pen.entry_of(
            EntryKind::RosterAct,
            scope,
            (RecordId(province().0), RecordKind::Roster),
            payload,
        )
    };
    let invitation = Hash32([3; 32]);
    let founded = RosterAct::Founded {
        province: province(),
        name: "Tỉnh".to_owned(),
        root_unit: unit(1),
    };
    let invited = RosterAct::Invited {
        invitation,
        role: Role::Post,
        holder: Holder::Unit(unit(11)),
        holder_name: "Đồn".to_owned(),
        expires_at: NOW + 1,
        asked: None,
    };
    let granted = RosterAct::Granted {
        device: author(1).device(),
        label: "Máy".to_owned(),
        invitation,
    };
    let entries = [
        act(founded.encode()),
        act(br#"{"act":"renamed","name":"T\u1ec9nh m\u1edbi"}"#.to_vec()),
        act(invited.encode()),
        act(granted.encode()),
        act(b"no act at all".to_vec()),
    ];
    let store = Store::new();
    store
        .ledger
        .join_province(province(), authority().device())
        .unwrap();
    let received = store.receive(&pen.pack(&entries));
    let mut expected = vec![
        (entries[1].hash(), Refusal::UnknownKind),
        (entries[4].hash(), Refusal::BadAct),
    ];
    expected.sort_unstable();
    assert_eq!(refused(&received), expected);
    let granted_here = |store: &Store| {
        let roster = store.ledger.roster(province()).unwrap();
        roster.grants.contains_key(&author(1).device())
    };
    assert!(granted_here(&store), "what follows goes on");

    // An older program did not know invitations, so the grant could not follow either.
    store
        .raw()
        .execute_batch(
            "UPDATE entry SET standing = 2, reason = 12 WHERE seq = 3;
             UPDATE entry SET standing = 2, reason = 13 WHERE seq = 4;",
        )
        .unwrap();
    let store = store.reopened();
    assert!(!granted_here(&store), "as the older program saw it");
    store.ledger.set_meta(KNOWN, &[1]).unwrap();
    let store = store.reopened();
    assert!(granted_here(&store));
    assert_eq!(store.ledger.waiting_counts().unwrap().set_aside, 2);
}

#[test]
fn a_device_can_write_on_in_a_log_in_which_a_newer_program_has_written() {
    let town = Province::new();
    let post = town.post(1, 11);
    let mut pen = Pen::new(Author {
        key: cotmoc_core::journal::SigningKey::from_seed(&[1; 32]),
        incarnation: post.incarnation,
    });
    let entries = mixed(&mut pen);
    let store = town.store();
    store.receive(&pen.pack(&entries));
    store.name(&post, unit_scope(11), record(1), "Viết tiếp");
    assert_eq!(store.state(record(1)).unwrap()["name"], "Viết tiếp");
    let next = town.store();
    next.receive(&store.outbox(&post));
    assert_eq!(next.state(record(1)).unwrap()["name"], "Viết tiếp");
    let named_by = PackedRecord {
        id: record(2),
        kind: newer_record(),
        document: None,
    };
    assert!(next.outbox(&post).records.contains(&named_by));
}
