//! Two entries at one place of a log: both are proof, and nothing from there on counts until somebody chose.

use std::collections::BTreeSet;

use cotmoc_core::access::{LogName, Refusal, RosterAct};
use cotmoc_core::id::Hash32;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{LedgerError, Received, RunProblem, Write};

use crate::support::{NOW, Pen, Province, Store, author, named, record, unit_scope, written_after};

fn problems(received: &Received) -> Vec<RunProblem> {
    received.problems.iter().map(|(_, problem)| *problem).collect()
}

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
    assert_eq!(store.state(record(1)).unwrap()["name"], "Máy một");
    let received = store.receive(&twin.outbox(&post));
    assert_eq!(problems(&received), [RunProblem::Fork]);
    assert_eq!(received.taken_back.len(), 1);
    assert_eq!(store.state(record(1)).unwrap()["name"], "Chung");
    let head = |store: &Store| store.ledger.heads_of(post.device(), post.incarnation).unwrap()[0].2;
    let forks = store.ledger.forks().unwrap();
    let [fork] = forks.as_slice() else {
        panic!("one fork is proven: {forks:?}")
    };
    assert_eq!((fork.seq, fork.settled), (2, None));
    let branches: BTreeSet<Hash32> = fork.branches.iter().map(|branch| branch.hash).collect();
    assert_eq!(branches, [head(&one), head(&twin)].into());
    for branch in &fork.branches {
        assert_eq!(branch.entries, 1);
        assert_eq!(branch.records, [record(1)]);
        assert_eq!(branch.claimed, Some((NOW, NOW)));
    }
    let again = store.receive(&twin.outbox(&post));
    assert_eq!(problems(&again), [], "a proof that is known is no news");
    store.receive(&one.outbox(&post));
    assert_eq!(store.ledger.forks().unwrap(), forks);

    // Beyond the fork nothing of either branch is applied until someone has chosen.
    one.name(&post, unit_scope(11), record(1), "Máy một, tiếp");
    let received = store.receive(&one.outbox(&post));
    assert_eq!(
        (problems(&received), received.new_entries),
        (vec![RunProblem::Fork], 0)
    );
    assert_eq!(store.state(record(1)).unwrap()["name"], "Chung");
    let refused = store.ledger.write(
        &post,
        NOW,
        &[Write::Edit {
            scope: unit_scope(11),
            record: record(1),
            kind: RecordKind::Registration,
            edits: vec![Edit::line("name", "Máy ba")],
        }],
    );
    assert!(
        matches!(refused, Err(LedgerError::Refused(Refusal::Fork))),
        "{refused:?}"
    );
    store.rebuild();
    assert_eq!(store.state(record(1)).unwrap()["name"], "Chung");

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
    assert_eq!(problems(&received), [RunProblem::Fork]);
    assert_eq!(
        store.state(record(1)),
        None,
        "the first entry of the log is in doubt"
    );
    assert_eq!(store.ledger.forks().unwrap()[0].branches.len(), 2);
    assert_eq!(
        store.ledger.waiting_counts().unwrap(),
        cotmoc_ledger::WaitingCounts::default()
    );
}

#[test]
fn a_settled_fork_applies_the_chosen_branch_whichever_came_first() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (one, twin) = (province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Chung");
    twin.receive(&one.outbox(&post));
    for name in ["Máy một", "Máy một, tiếp"] {
        one.name(&post, unit_scope(11), record(1), name);
    }
    for name in ["Máy hai", "Máy hai, tiếp", "Máy hai, nữa"] {
        twin.name(&post, unit_scope(11), record(1), name);
    }
    let stores = [province.store(), province.store(), province.store()];
    // One has seen both branches, one only the other, one only the chosen one.
    stores[0].receive(&one.outbox(&post));
    stores[0].receive(&twin.outbox(&post));
    stores[1].receive(&one.outbox(&post));
    stores[2].receive(&twin.outbox(&post));
    let fork = stores[0].ledger.forks().unwrap().remove(0);
    let keep = twin.ledger.hash_at(&fork.log, 2).unwrap().unwrap();
    province.act(RosterAct::ForkSettled {
        log: LogName::of(&fork.log),
        seq: fork.seq,
        keep,
        asked: None,
    });
    for store in &stores {
        store.receive(&province.roster());
    }
    assert_eq!(stores[0].state(record(1)).unwrap()["name"], "Máy hai, nữa");
    assert_eq!(
        stores[1].state(record(1)).unwrap()["name"],
        "Chung",
        "what counts is not here yet"
    );
    assert_eq!(stores[2].state(record(1)).unwrap()["name"], "Máy hai, nữa");
    let settled = stores[0].ledger.forks().unwrap();
    assert_eq!(settled.len(), 1, "the other branch stays as proof");
    assert_eq!((settled[0].settled, settled[0].branches.len()), (Some(keep), 2));

    stores[1].receive(&stores[0].everything_for(&post));
    stores[1].receive(&one.outbox(&post));
    for store in &stores {
        assert_eq!(store.sums(&post), stores[0].sums(&post));
        assert_eq!(
            problems(&store.receive(&one.outbox(&post))),
            [],
            "the other branch is known and settled"
        );
        assert_eq!(store.state(record(1)).unwrap()["name"], "Máy hai, nữa");
    }
    // The log goes on.
    twin.name(&post, unit_scope(11), record(1), "Máy hai, xong");
    for store in &stores {
        store.receive(&twin.outbox(&post));
        assert_eq!(store.state(record(1)).unwrap()["name"], "Máy hai, xong");
    }
}

#[test]
fn what_others_wrote_after_a_fork_waits_and_comes_back_when_its_branch_is_chosen() {
    let province = Province::new();
    let (post, colleague) = (province.post(1, 11), province.post(2, 11));
    let (one, twin, other) = (province.store(), province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Chung");
    twin.receive(&one.outbox(&post));
    one.name(&post, unit_scope(11), record(1), "Máy một");
    twin.name(&post, unit_scope(11), record(2), "Máy hai");
    other.receive(&one.outbox(&post));
    other.edit(
        &colleague,
        unit_scope(11),
        record(1),
        RecordKind::Registration,
        vec![Edit::line("place", "Bản Lùng")],
    );
    let store = province.store();
    store.receive(&other.everything_for(&post));
    assert_eq!(store.state(record(1)).unwrap()["place"], "Bản Lùng");
    store.receive(&twin.outbox(&post));
    assert_eq!(store.state(record(1)).unwrap().get("place"), None);
    assert_eq!(store.state(record(2)), None);
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 1);
    let fork = store.ledger.forks().unwrap().remove(0);
    province.act(RosterAct::ForkSettled {
        log: LogName::of(&fork.log),
        seq: fork.seq,
        keep: one.ledger.hash_at(&fork.log, 2).unwrap().unwrap(),
        asked: None,
    });
    store.receive(&province.roster());
    let state = store.state(record(1)).unwrap();
    assert_eq!(
        (&state["name"], &state["place"]),
        (&"Máy một".into(), &"Bản Lùng".into())
    );
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
    let rebuilt = store.rebuild();
    assert_eq!(rebuilt.changed, 0);
}

#[test]
fn the_authority_tells_of_a_fork_once_and_without_contents() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (one, twin) = (province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Máy một");
    twin.name(&post, unit_scope(11), record(1), "Máy hai");
    for store in [&one, &twin] {
        province.server.receive(&store.outbox(&post));
    }
    let server = &province.server.ledger;
    let told = server.forks_to_tell(crate::support::province()).unwrap();
    assert_eq!(told.len(), 1);
    let text = String::from_utf8(told[0].encode()).unwrap();
    assert!(
        !text.contains("Máy") && !text.contains(&record(1).to_string()),
        "{text}"
    );
    province.act(told[0].clone());
    assert_eq!(server.forks_to_tell(crate::support::province()).unwrap(), []);
    // An administrator receives the roster and not the unit's log.
    let away = province.store();
    let roster = away.ledger.roster(crate::support::province()).unwrap();
    assert_eq!(away.ledger.forks().unwrap(), []);
    let log = server.forks().unwrap()[0].log;
    let hashes: BTreeSet<Hash32> = roster.found_forks[&log][&1]
        .iter()
        .map(|branch| branch.hash)
        .collect();
    let proven: BTreeSet<Hash32> = server.forks().unwrap()[0]
        .branches
        .iter()
        .map(|branch| branch.hash)
        .collect();
    assert_eq!(hashes, proven);
    // Nobody but the authority tells, and only an administrator asks for a choice.
    let administrator = author(5);
    province.enrol(
        &administrator,
        cotmoc_core::access::Role::Administrator,
        cotmoc_core::access::Holder::Province,
    );
    let settle = RosterAct::ForkSettled {
        log: LogName::of(&log),
        seq: 1,
        keep: *proven.first().unwrap(),
        asked: None,
    };
    let ask = |author: &cotmoc_ledger::Author, act: &RosterAct| {
        let store = province.store();
        let scope = roster.scope();
        let act = act.clone();
        store
            .ledger
            .write(author, NOW, &[Write::Act { scope, act }])
            .map(drop)
    };
    ask(&administrator, &settle).unwrap();
    for (author, act) in [
        (&administrator, &told[0]),
        (&post, &settle),
        (&province.compiler(6), &settle),
    ] {
        let refused = ask(author, act);
        assert!(
            matches!(refused, Err(LedgerError::Refused(Refusal::RoleMayNotWrite))),
            "{refused:?}"
        );
    }
}

#[test]
fn a_run_of_the_other_branch_that_waited_behind_a_gap_stays_aside_when_the_choice_comes_first() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (one, twin) = (province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Chung");
    twin.receive(&one.outbox(&post));
    one.name(&post, unit_scope(11), record(1), "Máy một");
    twin.name(&post, unit_scope(11), record(1), "Máy hai");
    let log = one.ledger.logs_of(post.device()).unwrap()[0].0;
    let last = |store: &Store| {
        let after = [(log, 1)].into();
        let pack = written_after(&store.ledger, (post.device(), post.incarnation), &after);
        crate::support::over_the_wire(&pack)
    };
    let store = province.store();
    store.receive(&last(&twin));
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 1);
    province.act(RosterAct::ForkSettled {
        log: LogName::of(&log),
        seq: 2,
        keep: one.ledger.hash_at(&log, 2).unwrap().unwrap(),
        asked: None,
    });
    // The choice, and with it the entry for which the other branch's run was waiting.
    let mut pack = province.roster();
    let offset = pack.records.len();
    let first = twin.outbox(&post);
    pack.records.extend(first.records.clone());
    for mut run in first.runs {
        run.items.truncate(1);
        run.signature = post
            .key
            .sign_log_head(&one.ledger.hash_at(&log, 1).unwrap().unwrap());
        for item in &mut run.items {
            if let cotmoc_core::exchange::Item::Entry { record, .. } = item {
                *record += offset;
            }
        }
        pack.runs.push(run);
    }
    store.receive(&pack);
    assert_eq!(store.state(record(1)).unwrap()["name"], "Chung");
    store.receive(&last(&one));
    assert_eq!(store.state(record(1)).unwrap()["name"], "Máy một");
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
}
