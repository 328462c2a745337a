//! Hostile changes through the real checking process: it may die of them, this one may not, and the
//! changes around them are taken.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use cotmoc_core::access::Refusal;
use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::Item;
use cotmoc_core::journal::Entry;
use cotmoc_core::record::{Edit, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind};
use cotmoc_ledger::{Gauntlet, GauntletProgram, LedgerError, RunProblem, WaitingCounts};

use crate::support::{Pen, Province, program, record, registration, unit_scope};

const KIND: RecordKind = RecordKind::Registration;

/// A small generator of its own, so that a failure names the number that makes it again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// What an honest device wrote: registers, letters, objects, removals, a merge of two devices.
fn history() -> RecordDoc {
    let (mut doc, mut other) = (registration(), registration());
    let text = |text: &str| Edit::Text {
        property: "goals",
        text: text.into(),
    };
    let figure =
        |key: &str, raw: &str| Edit::put("figures", key, &serde_json::json!({"name": "Số hộ", "raw": raw}));
    doc.edit(
        [1; 16],
        &[
            Edit::line("name", "Thắp sáng đường biên"),
            Edit::int("year", 2026),
        ],
    )
    .unwrap();
    doc.edit(
        [1; 16],
        &[
            text("Mỗi bản một cụm đèn"),
            figure("01", "48/48"),
            figure("02", "trên 200"),
        ],
    )
    .unwrap();
    other
        .edit(
            [2; 16],
            &[
                Edit::line("name", "Đường biên ánh sáng"),
                text("Trồng cây"),
                Edit::flag("demonstration", true),
            ],
        )
        .unwrap();
    for change in other.changes() {
        doc.apply(change).unwrap();
    }
    doc.edit(
        [1; 16],
        &[
            text("Mỗi bản hai cụm đèn"),
            Edit::Remove {
                property: "figures",
                key: "02".into(),
            },
        ],
    )
    .unwrap();
    doc.edit([3; 16], &[Edit::line("name", "Thắp sáng"), text("")])
        .unwrap();
    doc
}

/// A chunk as a forger makes it: whatever the contents, length and checksum are right.
fn chunk(kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    let mut length = contents.len();
    while length >= 0x80 {
        hashed.push(length as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
    hashed.extend_from_slice(contents);
    let digest = ring::digest::digest(&ring::digest::SHA256, &hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &digest.as_ref()[..4], &hashed].concat()
}

fn contents(bytes: &[u8]) -> &[u8] {
    let length = bytes[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &bytes[9 + length..]
}

/// A number in a column of a change, far larger than honest ones, with the column's length put right: run
/// lengths and counts of what follows are where few bytes ask for much memory.
fn with_a_large_number(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    let body = contents(original);
    let mut reader = Reader::new(body);
    let deps = reader.varint("dependencies").unwrap() as usize;
    reader.take(32 * deps, "dependencies").unwrap();
    reader.bytes(64, "actor").unwrap();
    for field in ["sequence", "first operation", "time"] {
        reader.varint(field).unwrap();
    }
    reader.bytes(64, "message").unwrap();
    for _ in 0..reader.varint("other actors").unwrap() {
        reader.bytes(64, "actor").unwrap();
    }
    let before_columns = body.len() - reader.left();
    let count = reader.varint("columns").unwrap();
    let mut columns: Vec<(u64, Vec<u8>)> = (0..count)
        .map(|_| {
            (
                reader.varint("column").unwrap(),
                vec![0; reader.varint("length").unwrap() as usize],
            )
        })
        .collect();
    for (_, data) in &mut columns {
        let length = data.len();
        data.copy_from_slice(reader.take(length, "column data").unwrap());
    }
    let (_, data) = &mut columns[dice.roll(count as usize)];
    if !data.is_empty() {
        let at = dice.roll(data.len());
        let mut number = Writer::new();
        number.varint(1 << (20 + dice.roll(20)));
        data.splice(at..=at, number.finish());
    }
    let mut writer = Writer::new();
    writer.put(&body[..before_columns]).varint(count);
    for (column, data) in &columns {
        writer.varint(*column).varint(data.len() as u64);
    }
    for (_, data) in &columns {
        writer.put(data);
    }
    chunk(original[8], &writer.finish())
}

fn mutated(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    if original[8] == 1 && dice.roll(4) == 0 {
        return with_a_large_number(dice, original);
    }
    let mut contents = contents(original).to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(contents.len());
        match dice.roll(6) {
            0 => contents[at] ^= 1 << dice.roll(8),
            1 => contents[at] = dice.roll(256) as u8,
            2 => contents[at] = [0, 1, 0x7f, 0x80, 0xff][dice.roll(5)],
            3 => contents.insert(at, dice.roll(256) as u8),
            4 => drop(contents.remove(at)),
            // A long number where a short one stood.
            _ => drop(contents.splice(at..=at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
        }
        if contents.is_empty() {
            contents.push(0);
        }
    }
    chunk(original[8], &contents)
}

#[test]
fn the_chunks_of_the_forger_below_are_right_so_that_nothing_is_refused_for_its_checksum() {
    let mut doc = history();
    for change in doc.changes() {
        assert_eq!(chunk(1, contents(change.raw_bytes())), change.raw_bytes());
    }
    let saved = doc.save();
    assert_eq!(chunk(0, contents(&saved)), saved);
}

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
                Err(Refusal::Harmful) => tally.harmful += 1,
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

fn doc_changes(changes: &[Vec<u8>]) -> Vec<automerge::Change> {
    changes
        .iter()
        .map(|bytes| automerge::Change::from_bytes(bytes.clone()).unwrap())
        .collect()
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
        if gauntlet.run(&[job]).unwrap() == [Err(Refusal::Harmful)] {
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
            run(Some(held.clone()), &mut gauntlet) == Err(Refusal::Harmful)
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

/// The checking process behind a script that notes each start.
struct Counted {
    folder: tempfile::TempDir,
}

impl Counted {
    fn new() -> Self {
        let this = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let (child, starts) = (
            env!("CARGO_BIN_EXE_gauntlet-child"),
            this.folder.path().join("starts"),
        );
        let script = format!(
            "#!/bin/sh\necho started >>{}\nexec {child} \"$@\"\n",
            starts.display()
        );
        fs::write(this.folder.path().join("script"), script).unwrap();
        fs::set_permissions(
            this.folder.path().join("script"),
            fs::Permissions::from_mode(0o755),
        )
        .unwrap();
        this
    }

    fn gauntlet(&self) -> Gauntlet {
        Gauntlet::new(GauntletProgram {
            executable: self.folder.path().join("script"),
        })
    }

    fn starts(&self) -> usize {
        fs::read_to_string(self.folder.path().join("starts"))
            .unwrap()
            .lines()
            .count()
    }
}

#[test]
fn a_checking_process_that_dies_of_a_change_is_replaced_and_the_jobs_after_it_are_done() {
    let mut doc = history();
    let changes: Vec<Vec<u8>> = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    let counted = Counted::new();
    let mut gauntlet = counted.gauntlet();
    let mut dice = Dice(6);
    let deadly = (0..20_000)
        .find_map(|_| {
            let at = dice.roll(changes.len());
            let mut held = registration();
            for change in doc_changes(&changes[..at]) {
                held.apply(change).unwrap();
            }
            let hostile = with_a_large_number(&mut dice, &changes[at]);
            let job = Job {
                kind: KIND,
                held: Some(held.save()),
                input: JobInput::Changes(vec![hostile]),
            };
            let harmful = gauntlet.run(std::slice::from_ref(&job)).unwrap() == [Err(Refusal::Harmful)];
            let starts = counted.starts();
            let greeting = Job {
                kind: KIND,
                held: None,
                input: JobInput::Changes(Vec::new()),
            };
            let died = harmful && gauntlet.run(&[greeting]).is_ok() && counted.starts() > starts;
            died.then_some(job)
        })
        .expect("a change of which the process dies, not only panics");
    let good = Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(history().save()),
    };
    let counted = Counted::new();
    let jobs = [
        good.clone(),
        deadly.clone(),
        good.clone(),
        good.clone(),
        deadly,
        good.clone(),
    ];
    let results = counted.gauntlet().run(&jobs).unwrap();
    for (job, result) in jobs.iter().zip(&results) {
        if *job == good {
            assert_eq!(result.as_ref().unwrap().state, history().canonical_state());
        } else {
            assert_eq!(result, &Err(Refusal::Harmful));
        }
    }
    assert_eq!(counted.starts(), 3, "each of the two did end its process");
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
            gauntlet.run(&[job]).unwrap() == [Err(Refusal::Harmful)]
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

#[test]
fn a_checking_process_that_stops_reading_is_given_up_in_time_even_with_large_jobs_on_their_way() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("deaf");
    // It answers the greeting and never reads again.
    fs::write(
        &script,
        "#!/bin/sh\nprintf '\\001\\000\\000\\000\\001'\nexec sleep 60\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let large = Job {
        kind: KIND,
        held: Some(vec![0; 900_000]),
        input: JobInput::Changes(Vec::new()),
    };
    let started = Instant::now();
    let mut gauntlet = Gauntlet::new(GauntletProgram { executable: script });
    assert_eq!(gauntlet.run(&[large]).unwrap(), [Err(Refusal::Harmful)]);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_program_that_is_no_checking_process_is_named_instead_of_blaming_the_changes() {
    for executable in ["/nonexistent/program", "/bin/true", "/bin/cat"] {
        let mut gauntlet = Gauntlet::new(GauntletProgram {
            executable: executable.into(),
        });
        let job = Job {
            kind: KIND,
            held: None,
            input: JobInput::Changes(Vec::new()),
        };
        match gauntlet.run(&[job]) {
            Err(LedgerError::Gauntlet(_)) => {}
            other => panic!("{executable}: {other:?}"),
        }
    }
}
