//! A key that signs different entries at one place of its log, in many ways: whatever came first at a store, all
//! of them end alike, before and after somebody has chosen, and nobody else is harmed.

use std::collections::BTreeSet;

use cotmoc_core::access::{LogName, RosterAct};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::Entry;
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};
use cotmoc_ledger::Author;

use crate::forging::Dice;
use crate::support::{Pen, Province, Store, author, over_the_wire, record, registration, unit_scope};

/// Stores that are told everything, by pairs.
const STORES: usize = 4;

/// A branch of the equivocator's log.
struct Branch {
    pen: Pen,
    docs: [RecordDoc; 2],
    entries: Vec<Entry>,
}

impl Branch {
    fn new() -> Self {
        Self {
            pen: Pen::new(author(1)),
            docs: [registration(), registration()],
            entries: Vec::new(),
        }
    }

    fn write(&mut self, name: &str, at: usize) {
        let edits = [Edit::line("name", name)];
        let entry = self
            .pen
            .edit(unit_scope(11), record(at as u128), &mut self.docs[at], &edits);
        self.entries.push(entry);
    }

    /// The same log up to here, to go on from.
    fn twin(&self) -> Self {
        let mut twin = Self::new();
        for entry in &self.entries {
            let at = usize::from(entry.content.record == record(1));
            let change = automerge::Change::from_bytes(entry.content.payload.clone()).unwrap();
            twin.docs[at].apply(change).unwrap();
            let content = &entry.content;
            let again = twin.pen.entry(
                unit_scope(11),
                content.record,
                content.record_kind,
                content.payload.clone(),
            );
            assert_eq!(again.hash(), entry.hash());
            twin.entries.push(again);
        }
        twin
    }

    /// Its entries in pieces of any size.
    fn pieces(&self, dice: &mut Dice, from: usize) -> Vec<Pack> {
        let mut packs = Vec::new();
        let mut rest = &self.entries[from..];
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(1 + dice.roll(rest.len()));
            packs.push(self.pen.pack(piece));
            rest = more;
        }
        packs
    }
}

fn tell(from: &Store, to: &Store, viewer: &Author) {
    to.receive(&from.everything_for(viewer));
    let roster = from.ledger.roster(crate::support::province()).unwrap();
    let visible = from.ledger.visible_to(&roster, &viewer.device()).unwrap();
    for pack in from.ledger.fork_packs(&visible).unwrap() {
        to.receive(&over_the_wire(&pack));
    }
}

fn mark(store: &Store, viewer: &Author) -> Option<Hash32> {
    let roster = store.ledger.roster(crate::support::province()).unwrap();
    let visible = store.ledger.visible_to(&roster, &viewer.device()).unwrap();
    store.ledger.fork_mark(&visible).unwrap()
}

/// Everybody tells everybody, until all know the same of the fork.
fn tell_all(stores: &[Store], viewer: &Author, seed: u64) {
    for _ in 0..3 {
        for (from, to) in (0..STORES).flat_map(|from| (0..STORES).map(move |to| (from, to))) {
            if from != to {
                tell(&stores[from], &stores[to], viewer);
            }
        }
        let marks: BTreeSet<Option<Hash32>> = stores.iter().map(|store| mark(store, viewer)).collect();
        if marks.len() == 1 {
            return;
        }
    }
    panic!("seed {seed}: the stores do not come to know the same of the fork");
}

fn equal(stores: &[Store], viewer: &Author, seed: u64, when: &str) {
    let first = stores[0].sums(viewer);
    for (at, store) in stores.iter().enumerate() {
        assert!(
            store.sums(viewer) == first,
            "seed {seed}: store {at} differs {when}"
        );
        let rebuilt = store.rebuild();
        assert_eq!(
            (rebuilt.changed, rebuilt.state_hash),
            (0, first.1),
            "seed {seed}: store {at} {when}"
        );
    }
}

/// Says whether the stores were dealt different branches.
fn equivocate(seed: u64) -> bool {
    let dice = &mut Dice(seed);
    let province = Province::new();
    province.post(1, 11);
    let (colleague, viewer) = (province.post(2, 11), province.compiler(3));
    let mut trunk = Branch::new();
    for at in 0..dice.roll(5) {
        trunk.write(&format!("Chung {at}"), dice.roll(2));
    }
    let parts_at = trunk.entries.len();
    let branches: Vec<Branch> = (0..2 + dice.roll(2))
        .map(|number| {
            let mut branch = trunk.twin();
            for at in 0..1 + dice.roll(5) {
                branch.write(&format!("Nhánh {number}, {at}"), dice.roll(2));
            }
            branch
        })
        .collect();
    let stores: Vec<Store> = (0..STORES).map(|_| province.store()).collect();
    // An honest colleague writes a record of its own, and one that follows the trunk.
    let mut honest = Pen::new(colleague);
    let mut doc = trunk.twin().docs[0].clone_of();
    let mut entries = vec![crate::support::named(
        &mut honest,
        unit_scope(11),
        record(7),
        "Đồng đội",
    )];
    if trunk
        .entries
        .iter()
        .any(|entry| entry.content.record == record(0))
    {
        let edits = [Edit::line("place", "Bản Lùng")];
        entries.push(honest.edit(unit_scope(11), record(0), &mut doc, &edits));
    }
    for (at, store) in stores.iter().enumerate() {
        let mut packs = branches[(at + dice.roll(2)) % branches.len()].pieces(dice, 0);
        if dice.roll(2) == 0 {
            let other = &branches[dice.roll(branches.len())];
            let from = dice.roll(parts_at + 1);
            packs.extend(other.pieces(dice, from));
        }
        packs.push(honest.pack(&entries));
        while !packs.is_empty() {
            let next = dice.roll(packs.len());
            store.receive(&packs.swap_remove(next));
        }
    }
    tell_all(&stores, &viewer, seed);
    equal(&stores, &viewer, seed, "before somebody chose");
    for store in &stores {
        assert_eq!(store.state(record(7)).unwrap()["name"], "Đồng đội", "seed {seed}");
        if entries.len() > 1 {
            assert_eq!(
                store.state(record(0)).unwrap()["place"],
                "Bản Lùng",
                "seed {seed}"
            );
        }
        let log = honest.pack(&entries).runs[0].log;
        assert_eq!(
            store.ledger.hash_at(&log, entries.len() as u64).unwrap(),
            Some(entries[entries.len() - 1].hash())
        );
    }
    let forks = stores[0].ledger.forks().unwrap();
    let known: BTreeSet<Hash32> = branches
        .iter()
        .map(|branch| branch.entries[parts_at].hash())
        .collect();
    let Some(fork) = forks.first() else {
        // Every store was dealt the same branch.
        let states: BTreeSet<Hash32> = stores.iter().map(|store| store.sums(&viewer).1).collect();
        assert_eq!(states.len(), 1, "seed {seed}: a silent choice");
        return false;
    };
    assert_eq!(fork.seq, parts_at as u64 + 1, "seed {seed}");
    for store in &stores {
        let forks = store.ledger.forks().unwrap();
        assert_eq!((forks.len(), forks[0].seq), (1, fork.seq), "seed {seed}");
        assert!(
            forks[0].branches.len() >= 2,
            "seed {seed}: the proof is kept everywhere"
        );
        assert!(
            forks[0]
                .branches
                .iter()
                .all(|branch| known.contains(&branch.hash)),
            "seed {seed}"
        );
        let held = store
            .ledger
            .heads_of(author(1).device(), author(1).incarnation)
            .unwrap();
        assert!(
            held.iter().all(|(_, seq, _)| *seq == parts_at as u64),
            "seed {seed}: nothing beyond counts"
        );
    }

    let chosen = &fork.branches[dice.roll(fork.branches.len())].hash;
    province.act(RosterAct::ForkSettled {
        log: LogName::of(&fork.log),
        seq: fork.seq,
        keep: *chosen,
        asked: None,
    });
    for store in &stores {
        store.receive(&province.roster());
    }
    let chosen = branches
        .iter()
        .find(|branch| branch.entries[parts_at].hash() == *chosen)
        .unwrap();
    // The author's own store has the rest of its branch, whoever got how much of it before.
    stores[dice.roll(STORES)].receive(&chosen.pen.pack(&chosen.entries));
    tell_all(&stores, &viewer, seed);
    equal(&stores, &viewer, seed, "after somebody chose");
    for store in &stores {
        for (at, doc) in [(0, &chosen.docs[0]), (1, &chosen.docs[1])] {
            let name = doc.state().get("name").cloned();
            let shown = store
                .state(record(at))
                .and_then(|state| state.get("name").cloned());
            assert_eq!(shown, name, "seed {seed}: the chosen branch is applied");
        }
        let forks = store.ledger.forks().unwrap();
        assert!(
            forks[0].settled.is_some() && forks[0].branches.len() >= 2,
            "seed {seed}"
        );
    }
    true
}

trait CloneOf {
    fn clone_of(&mut self) -> RecordDoc;
}

impl CloneOf for RecordDoc {
    fn clone_of(&mut self) -> RecordDoc {
        RecordDoc::load(RecordKind::Registration, &self.save()).unwrap()
    }
}

fn all(seeds: std::ops::Range<u64>) {
    let forked = seeds.clone().filter(|seed| equivocate(*seed)).count();
    assert!(
        forked * 10 >= seeds.count() * 8,
        "only {forked} seeds forked a log"
    );
}

#[test]
fn equivocations_end_alike_on_every_store_seeds_0_to_14() {
    all(0..15);
}

#[test]
fn equivocations_end_alike_on_every_store_seeds_15_to_29() {
    all(15..30);
}

#[test]
#[ignore = "make test-long: minutes"]
fn long_equivocations_end_alike_on_every_store_seeds_30_to_239() {
    all(30..240);
}
