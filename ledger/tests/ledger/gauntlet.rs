//! Hostile changes through the real checking process: it may die of them, this one may not, and the
//! changes around them are taken.

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::Item;
use cotmoc_core::journal::Entry;
use cotmoc_core::record::{Edit, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind};
use cotmoc_ledger::{Gauntlet, NotExamined, RunProblem, WaitingCounts};

use crate::forging::{Dice, doc_changes, history, mutated};
use crate::support::{Pen, Province, program, record, registration, unit_scope};

const KIND: RecordKind = RecordKind::Registration;
const HARMFUL: NotExamined = NotExamined::Refused(Refusal::Harmful);

#[derive(Debug, Default)]
struct Tally {
    harmful: usize,
    refused: usize,
    waiting: usize,
    applied: usize,
}

/// Runs mutations between honest jobs and checks every result.
fn run_mutations(count: usize, seed: u64, make: impl Fn(&mut Dice) -> Job) -> Tally {
    let mut dice = Dice(seed);
    let mut gauntlet = Gauntlet::new(program());
    let mut tally = Tally::default();
    let mut honest_doc = registration();
    let payload = honest_doc
        .edit([8; 16], &[Edit::line("name", "Thật")])
        .unwrap()
        .unwrap();
    let honest = Job {
        kind: KIND,
        held: None,
        input: JobInput::Changes(vec![payload]),
    };
    let mut done = 0;
    while done < count {
        let batch: Vec<Job> = (0..50)
            .flat_map(|number| {
                let hostile = make(&mut dice);
                if number % 5 == 0 {
                    vec![hostile, honest.clone()]
                } else {
                    vec![hostile]
                }
            })
            .collect();
        let results = gauntlet
            .run(&batch)
            .expect("the checking process is there again after each that stopped it");
        assert_eq!(results.len(), batch.len());
        for (job, result) in batch.iter().zip(results) {
            if *job == honest {
                let examined = result.expect("an honest change among hostile ones is taken");
                assert_eq!(examined.outcomes, [Outcome::Applied]);
                continue;
            }
            done += 1;
            match result {
                Err(HARMFUL) => tally.harmful += 1,
                Err(_) => tally.refused += 1,
                Ok(examined) => check(&mut tally, job, &examined),
            }
        }
    }
    tally
}

fn check(tally: &mut Tally, job: &Job, examined: &Examined) {
    let mut loaded = RecordDoc::load(job.kind, &examined.saved).expect("what was accepted can be read again");
    assert_eq!(loaded.canonical_state(), examined.state);
    for (at, outcome) in examined.outcomes.iter().enumerate() {
        match outcome {
            Outcome::Refused(_) => tally.refused += 1,
            Outcome::Waiting => tally.waiting += 1,
            Outcome::Applied => {
                tally.applied += 1;
                if let JobInput::Changes(changes) = &job.input {
                    let given_back = loaded
                        .changes()
                        .iter()
                        .any(|change| change.raw_bytes() == changes[at]);
                    assert!(
                        given_back,
                        "an accepted change comes out of the document byte for byte"
                    );
                }
            }
        }
    }
}

#[test]
fn thousands_of_forged_changes_stop_nobody_and_none_is_taken_that_cannot_be_saved_and_read_again() {
    let mut doc = history();
    let changes: Vec<Vec<u8>> = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    let tally = run_mutations(4_000, 1, |dice| {
        let at = dice.roll(changes.len());
        let mut held = registration();
        for change in doc_changes(&changes[..at]) {
            held.apply(change).unwrap();
        }
        let hostile = mutated(dice, &changes[at]);
        Job {
            kind: KIND,
            held: Some(held.save()),
            input: JobInput::Changes(vec![hostile]),
        }
    });
    assert!(
        tally.harmful > 0,
        "none of them was harmful, so this proves nothing: {tally:?}"
    );
    assert!(tally.refused > 1_000 && tally.waiting > 0, "{tally:?}");
    println!("{tally:?}");
}

#[test]
fn thousands_of_forged_documents_stop_nobody_and_none_is_taken_that_cannot_be_saved_and_read_again() {
    let saved = history().save();
    let tally = run_mutations(2_000, 2, |dice| Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(mutated(dice, &saved)),
    });
    assert!(tally.harmful > 0 && tally.refused > 1_000, "{tally:?}");
    println!("{tally:?}");
}

/// The first forged change, in order of the dice, that the checking process answers as harmful on a new
/// record, for a device's own actor.
fn harmful_change(original: &[u8], actor: [u8; 16]) -> Vec<u8> {
    let mut gauntlet = Gauntlet::new(program());
    let mut dice = Dice(3);
    for _ in 0..20_000 {
        let hostile = mutated(&mut dice, original);
        if cotmoc_core::record::change_actor(&hostile) != Some(actor) {
            continue;
        }
        let job = Job {
            kind: KIND,
            held: None,
            input: JobInput::Changes(vec![hostile.clone()]),
        };
        if gauntlet.run(&[job]).unwrap() == [Err(HARMFUL)] {
            return hostile;
        }
    }
    panic!("no harmful change was found");
}

#[test]
fn a_harmful_change_is_set_aside_alone_and_the_record_goes_on_for_everybody_else() {
    let province = Province::new();
    let (mut bad, mut good) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 11)));
    let mut doc = registration();
    let honest = doc
        .edit(
            bad.author.actor(),
            &[Edit::line("name", "Một"), Edit::int("year", 2026)],
        )
        .unwrap()
        .unwrap();
    let hostile = harmful_change(&honest, bad.author.actor());
    let hostile = bad.entry(unit_scope(11), record(1), KIND, hostile);
    let mut doc = registration();
    let entries: Vec<Entry> = (0..3)
        .map(|year| {
            good.edit(
                unit_scope(11),
                record(1),
                &mut doc,
                &[Edit::int("year", 2020 + year)],
            )
        })
        .collect();
    let after = bad.edit(
        unit_scope(11),
        record(2),
        &mut registration(),
        &[Edit::line("name", "Hai")],
    );

    // In one pack, so that all changes of the record are one job.
    let mut pack = bad.pack(&[hostile.clone(), after]);
    let more = good.pack(&entries);
    let shift = pack.records.len();
    pack.records.extend(more.records);
    pack.runs.extend(more.runs.into_iter().map(|mut run| {
        for item in &mut run.items {
            if let Item::Entry { record, .. } = item {
                *record += shift;
            }
        }
        run
    }));
    let store = province.store();
    let received = store.receive(&pack);
    assert_eq!(received.refused, [(hostile.hash(), Refusal::Harmful)]);
    assert_eq!(store.state(record(1)).unwrap()["year"], 2022);
    assert_eq!(store.state(record(2)).unwrap()["name"], "Hai");
    assert_eq!(
        store.ledger.waiting_counts().unwrap(),
        WaitingCounts {
            waiting: 0,
            set_aside: 1
        }
    );
    assert!(!store.ledger.try_again(&hostile.hash()).unwrap());
    assert_eq!(store.rebuild().changed, 0);
}

#[test]
fn a_harmful_change_that_had_to_wait_does_not_take_the_one_it_waited_for_down_with_it() {
    let province = Province::new();
    let (mut bad, mut good) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 11)));
    // It follows a change of a colleague that this store does not hold yet.
    let mut doc = registration();
    let first = good.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let honest = doc
        .edit(
            bad.author.actor(),
            &[Edit::int("year", 2026), Edit::line("place", "Pa Tần")],
        )
        .unwrap()
        .unwrap();
    let held = {
        let mut held = registration();
        for change in doc_changes(std::slice::from_ref(&first.content.payload)) {
            held.apply(change).unwrap();
        }
        held.save()
    };
    let mut gauntlet = Gauntlet::new(program());
    let mut dice = Dice(4);
    let hostile = std::iter::repeat_with(|| mutated(&mut dice, &honest))
        .take(20_000)
        .filter(|hostile| cotmoc_core::record::change_actor(hostile) == Some(bad.author.actor()))
        .find(|hostile| {
            let run = |held: Option<Vec<u8>>, gauntlet: &mut Gauntlet| {
                let job = Job {
                    kind: KIND,
                    held,
                    input: JobInput::Changes(vec![hostile.clone()]),
                };
                gauntlet.run(&[job]).unwrap().pop().unwrap()
            };
            run(Some(held.clone()), &mut gauntlet) == Err(HARMFUL)
                && run(None, &mut gauntlet).is_ok_and(|examined| examined.outcomes == [Outcome::Waiting])
        })
        .expect("a change that waits first and is harmful then");
    let hostile = bad.entry(unit_scope(11), record(1), KIND, hostile);
    let second = good.edit(
        unit_scope(11),
        record(1),
        &mut RecordDoc::load(KIND, &held).unwrap(),
        &[Edit::line("name", "Hai")],
    );
    let store = province.store();
    assert_eq!(
        store.receive(&bad.pack(std::slice::from_ref(&hostile))).waiting,
        1
    );
    let received = store.receive(&good.pack(std::slice::from_ref(&first)));
    assert_eq!((received.refused.len(), received.records.len()), (0, 1));
    assert_eq!(store.ledger.set_aside(10).unwrap()[0].reason, Refusal::Harmful);
    store.receive(&good.pack(&[second]));
    assert_eq!(store.state(record(1)).unwrap()["name"], "Hai");
}

#[test]
fn a_harmful_document_costs_its_sender_that_run_and_nobody_else_anything() {
    let province = Province::new();
    let (bad, mut good) = (province.post(1, 11), Pen::new(province.post(2, 11)));
    let device = province.store();
    for year in 0..3 {
        device.edit(
            &bad,
            unit_scope(11),
            record(1),
            KIND,
            vec![Edit::int("year", 2020 + year)],
        );
    }
    let mut pack = device.outbox(&bad);
    let whole = pack.records[0]
        .document
        .clone()
        .expect("the record travels as its document");
    let mut gauntlet = Gauntlet::new(program());
    let mut dice = Dice(7);
    let hostile = std::iter::repeat_with(|| mutated(&mut dice, &whole))
        .take(20_000)
        .find(|hostile| {
            let job = Job {
                kind: KIND,
                held: None,
                input: JobInput::Document(hostile.clone()),
            };
            gauntlet.run(&[job]).unwrap() == [Err(HARMFUL)]
        });
    pack.records[0].document = Some(hostile.expect("a harmful document"));
    let entry = good.edit(
        unit_scope(11),
        record(2),
        &mut registration(),
        &[Edit::line("name", "Hai")],
    );
    let more = good.pack(&[entry]);
    pack.records.extend(more.records);
    for mut run in more.runs {
        if let Item::Entry { record, .. } = &mut run.items[0] {
            *record += 1;
        }
        pack.runs.push(run);
    }
    let store = province.store();
    let received = store.receive(&pack);
    assert_eq!(
        received
            .problems
            .iter()
            .map(|(_, problem)| *problem)
            .collect::<Vec<_>>(),
        [RunProblem::Document]
    );
    assert_eq!((received.new_entries, received.records), (1, [record(2)].into()));
    assert_eq!(
        store.receive(&device.outbox(&bad)).new_entries,
        3,
        "its true document is still welcome"
    );
}
