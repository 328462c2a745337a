//! Two entries at one place of a log: the first one stays, the other is proof, nothing beyond is applied.

use cotmoc_core::access::Refusal;
use cotmoc_ledger::RunProblem;

use crate::support::{Pen, Province, Store, author, named, record, unit_scope};

#[test]
fn two_entries_at_one_place_of_a_log_are_kept_as_proof_and_nothing_beyond_them_is_applied() {
    let province = Province::new();
    let post = province.post(1, 11);
    // The same key and the same life of the store on two machines, as no honest program does it.
    let (one, twin) = (province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Chung");
    twin.receive(&one.outbox(&post));
    one.name(&post, unit_scope(11), record(1), "Máy một");
    twin.name(&post, unit_scope(11), record(1), "Máy hai");
    let store = province.store();
    store.receive(&one.outbox(&post));
    let before = store.sums(&post);
    let received = store.receive(&twin.outbox(&post));
    assert_eq!(
        received
            .problems
            .iter()
            .map(|(_, problem)| *problem)
            .collect::<Vec<_>>(),
        [RunProblem::Fork]
    );
    assert_eq!((received.new_entries, store.sums(&post)), (0, before));
    let head = |store: &Store| store.ledger.heads_of(post.device(), post.incarnation).unwrap()[0].2;
    let proof = |store: &Store| {
        let raw = store.raw();
        let mut statement = raw
            .prepare("SELECT seq, held_hash, other_hash, length(pack) FROM fork")
            .unwrap();
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Vec<u8>>(1)?,
                row.get::<_, Vec<u8>>(2)?,
                row.get::<_, i64>(3)?,
            ))
        });
        rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    let proofs = proof(&store);
    let [(seq, held, other, length)] = proofs.as_slice() else {
        panic!("one proof is kept: {proofs:?}")
    };
    assert_eq!(
        (*seq, held.as_slice(), other.as_slice()),
        (2, &head(&one).0[..], &head(&twin).0[..])
    );
    assert!(*length > 100, "with the other entry and its signature");
    store.receive(&twin.outbox(&post));
    assert_eq!(proof(&store).len(), 1, "the same proof is kept once");

    // Beyond the fork both branches are set aside until someone has chosen.
    let state = store.state(record(1)).unwrap();
    one.name(&post, unit_scope(11), record(1), "Máy một, tiếp");
    let received = store.receive(&one.outbox(&post));
    assert_eq!(
        received
            .refused
            .iter()
            .map(|(_, reason)| *reason)
            .collect::<Vec<_>>(),
        [Refusal::Fork]
    );
    assert_eq!(store.state(record(1)).unwrap(), state);
    assert!(!store.ledger.try_again(&received.refused[0].0).unwrap());

    // Other logs, of this author too, are not concerned.
    let mut colleague = Pen::new(province.post(2, 11));
    store.receive(&province.roster());
    let entry = named(&mut colleague, unit_scope(11), record(2), "Đồng đội");
    assert!(store.receive(&colleague.pack(&[entry])).refused.is_empty());
}

#[test]
fn a_fork_that_arrives_within_one_pack_is_noticed_too() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (mut one, mut twin) = (Pen::new(post), Pen::new(author(1)));
    let first = named(&mut one, unit_scope(11), record(1), "Máy một");
    let second = named(&mut twin, unit_scope(11), record(1), "Máy hai");
    let mut pack = one.pack(&[first]);
    pack.runs.extend(twin.pack(&[second]).runs);
    let store = province.store();
    let received = store.receive(&pack);
    assert_eq!(received.new_entries, 1);
    assert_eq!(
        received
            .problems
            .iter()
            .map(|(_, problem)| *problem)
            .collect::<Vec<_>>(),
        [RunProblem::Fork]
    );
    assert_eq!(
        store.ledger.waiting_counts().unwrap(),
        cotmoc_ledger::WaitingCounts::default()
    );
}
