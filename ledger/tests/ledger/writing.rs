//! What a device writes is there when it looks again.

use cotmoc_core::access::{Refusal, RosterAct};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, EditError, RecordKind};
use cotmoc_ledger::{LedgerError, Write};

use crate::support::{NOW, Province, province, record, unit, unit_scope};

#[test]
fn what_was_written_is_there_after_closing_and_opening_again() {
    let province = Province::new();
    let post = province.post(1, 11);
    let store = province.store();
    let mut hashes = Vec::new();
    for number in 0..20 {
        hashes.push(store.name(
            &post,
            unit_scope(11),
            record(number % 4),
            &format!("Mô hình {number}"),
        ));
    }
    let before = (
        store.sums(&post),
        store.ledger.arrival().unwrap(),
        store.ledger.epoch(),
    );
    let store = store.reopened();
    assert_eq!(
        (
            store.sums(&post),
            store.ledger.arrival().unwrap(),
            store.ledger.epoch()
        ),
        before
    );
    assert_eq!(store.state(record(3)).unwrap()["name"], "Mô hình 19");
    let entries = store.ledger.entries_of(record(3)).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [4, 8, 12, 16, 20]
    );
    assert_eq!(entries.last().unwrap().hash, hashes[19]);
    let heads = store.ledger.heads_of(post.device(), post.incarnation).unwrap();
    assert_eq!(
        heads
            .iter()
            .map(|(_, seq, hash)| (*seq, *hash))
            .collect::<Vec<_>>(),
        [(20, hashes[19])]
    );
}

#[test]
fn the_author_of_a_store_stays_the_same() {
    let store = crate::support::Store::new();
    let (first, incarnation) = (
        store.ledger.author().unwrap().device(),
        store.ledger.author().unwrap().incarnation,
    );
    let store = store.reopened();
    assert_eq!(store.ledger.author().unwrap().device(), first);
    assert_eq!(store.ledger.author().unwrap().incarnation, incarnation);
    assert_ne!(
        crate::support::Store::new().ledger.author().unwrap().device(),
        first
    );
}

#[test]
fn writes_that_belong_together_are_written_together_or_not_at_all() {
    let province = Province::new();
    let post = province.post(1, 11);
    let store = province.store();
    let before = store.sums(&post);
    let edit = |number, edits| Write::Edit {
        scope: unit_scope(11),
        record: record(number),
        kind: RecordKind::Registration,
        edits,
    };
    let good = edit(1, vec![Edit::line("name", "Thắp sáng đường biên")]);
    let bad = edit(2, vec![Edit::line("name", "x".repeat(1_001))]);
    let refused = store.ledger.write(&post, NOW, &[good.clone(), bad]).unwrap_err();
    assert!(
        matches!(refused, LedgerError::Edit(EditError::TooLong { .. })),
        "{refused}"
    );
    assert_eq!(store.sums(&post), before);
    assert_eq!(store.ledger.record(record(1)).unwrap(), None);

    let beside = store
        .ledger
        .write_beside(&post, NOW, std::slice::from_ref(&good), |_| {
            Err(LedgerError::DiskFull)
        });
    assert!(matches!(beside, Err(LedgerError::DiskFull)));
    assert_eq!(store.sums(&post), before);

    let written = store.ledger.write(&post, NOW, &[good.clone(), good]).unwrap();
    assert_eq!(
        written.entries.len(),
        1,
        "the second changes nothing, so it is no entry"
    );
}

#[test]
fn an_author_may_write_only_what_its_grant_reaches() {
    let province = Province::new();
    let post = province.post(1, 11);
    let stranger = crate::support::author(9);
    let store = province.store();
    let write = |author, scope, kind| {
        let edits = match kind {
            RecordKind::Cycle => vec![Edit::int("year", 2026)],
            _ => vec![Edit::line("name", "Thắp sáng đường biên")],
        };
        let write = Write::Edit {
            scope,
            record: record(1),
            kind,
            edits,
        };
        match store.ledger.write(author, NOW, &[write]) {
            Err(LedgerError::Refused(refusal)) => Some(refusal),
            other => other.map(|_| None).unwrap(),
        }
    };
    let registration = RecordKind::Registration;
    assert_eq!(
        write(&post, unit_scope(12), registration),
        Some(Refusal::OutsideScope)
    );
    assert_eq!(
        write(&stranger, unit_scope(11), registration),
        Some(Refusal::NotEnrolled)
    );
    assert_eq!(
        write(&province.authority, unit_scope(11), registration),
        Some(Refusal::RoleMayNotWrite)
    );
    let common = Scope::province(crate::support::province());
    assert_eq!(
        write(&post, common, RecordKind::Cycle),
        Some(Refusal::RoleMayNotWrite)
    );
    assert_eq!(write(&post, unit_scope(11), registration), None);
    assert_eq!(
        write(&post, unit_scope(11), RecordKind::Model),
        Some(Refusal::WrongScope),
        "it is a registration"
    );
}

#[test]
fn grants_written_at_the_same_moment_are_all_in_force_at_once() {
    let this = Province::new();
    std::thread::scope(|scope| {
        for number in 1..9u8 {
            let this = &this;
            scope.spawn(move || this.post(number, 11));
        }
    });
    let in_force = this.server.ledger.roster(province()).unwrap();
    let Province { server, .. } = this;
    assert_eq!(
        in_force,
        server.reopened().ledger.roster(province()).unwrap(),
        "memory and journal agree"
    );
    assert_eq!(in_force.grants.len(), 8);
}

#[test]
fn an_act_that_cannot_take_effect_is_refused_and_not_written() {
    let province = Province::new();
    let unknown = RosterAct::Granted {
        device: crate::support::author(5).device(),
        label: "máy thử nghiệm".into(),
        invitation: Hash32([1; 32]),
    };
    let founded_again = RosterAct::Founded {
        province: crate::support::province(),
        name: "Tỉnh khác".into(),
        root_unit: unit(2),
    };
    let before = province.server.ledger.arrival().unwrap();
    for act in [unknown, founded_again] {
        let write = Write::Act {
            scope: Scope::roster(crate::support::province()),
            act,
        };
        let refused = province.server.ledger.write(&province.authority, NOW, &[write]);
        assert!(matches!(refused, Err(LedgerError::Refused(Refusal::BadAct))));
    }
    assert_eq!(province.server.ledger.arrival().unwrap(), before);
    assert!(
        province
            .server
            .ledger
            .roster(crate::support::province())
            .unwrap()
            .grants
            .is_empty()
    );
}
