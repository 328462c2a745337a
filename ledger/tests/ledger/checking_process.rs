//! The checking process itself: it may end, go deaf or not be one at all, and nobody else suffers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::Pack;
use cotmoc_core::record::{Edit, Job, JobInput, Outcome, RecordKind};
use cotmoc_ledger::{
    Folder, Gauntlet, GauntletProgram, Ledger, LedgerError, NoIndex, NotExamined, PageRequest, Unlock,
};

use crate::forging::{Dice, history, with_a_large_number};
use crate::support::{
    NARRATIVES, Pen, Province, Store, open, over_the_wire, province, record, registration, unit_scope,
};

const KIND: RecordKind = RecordKind::Registration;

/// The checking process behind a script that notes each start.
struct Counted {
    folder: tempfile::TempDir,
}

impl Counted {
    fn new() -> Self {
        Self::with(0, ":")
    }

    /// The first so many starts do something else.
    fn with(first: usize, instead: &str) -> Self {
        let this = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let (child, starts) = (
            env!("CARGO_BIN_EXE_gauntlet-child"),
            this.folder.path().join("starts"),
        );
        let script = format!(
            "#!/bin/sh\necho $$ >>{starts}\n\
             if [ $(wc -l <{starts}) -le {first} ]; then {instead}; exit; fi\n\
             exec {child} \"$@\"\n",
            starts = starts.display()
        );
        fs::write(this.folder.path().join("script"), script).unwrap();
        fs::set_permissions(
            this.folder.path().join("script"),
            fs::Permissions::from_mode(0o755),
        )
        .unwrap();
        this
    }

    fn program(&self) -> GauntletProgram {
        GauntletProgram {
            executable: self.folder.path().join("script"),
        }
    }

    fn gauntlet(&self) -> Gauntlet {
        Gauntlet::new(self.program())
    }

    fn starts(&self) -> usize {
        fs::read_to_string(self.folder.path().join("starts"))
            .unwrap()
            .lines()
            .count()
    }
}

#[test]
fn a_checking_process_that_dies_of_a_job_is_replaced_and_the_jobs_after_it_are_done() {
    // A frame beyond any that it reads ends it, whatever is inside.
    let deadly = Job {
        kind: KIND,
        held: Some(vec![0; 65 << 20]),
        input: JobInput::Changes(Vec::new()),
    };
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
            assert_eq!(result, &Err(NotExamined::Refused(Refusal::Harmful)));
        }
    }
    assert_eq!(counted.starts(), 7, "each of the two did end three processes");
}

#[test]
fn a_change_that_claims_more_operations_than_it_may_have_is_refused_without_being_walked_through() {
    let mut doc = history();
    let changes: Vec<Vec<u8>> = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    let counted = Counted::new();
    let mut gauntlet = counted.gauntlet();
    let mut dice = Dice(6);
    let mut too_large = 0;
    for _ in 0..3_000 {
        let at = dice.roll(changes.len());
        let hostile = with_a_large_number(&mut dice, &changes[at]);
        let job = Job {
            kind: KIND,
            held: None,
            input: JobInput::Changes(vec![hostile]),
        };
        let started = Instant::now();
        let result = gauntlet.run(&[job]).unwrap().pop().unwrap();
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        too_large += usize::from(
            result.is_ok_and(|examined| examined.outcomes == [Outcome::Refused(Refusal::TooLarge)]),
        );
    }
    assert!(too_large > 300, "{too_large}");
    assert_eq!(counted.starts(), 1, "none of them ended the process");
}

/// Answers the greeting.
const GREETS: &str = "printf '\\001\\000\\000\\000\\001'";

fn a_job() -> Job {
    Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(history().save()),
    }
}

#[test]
fn a_checking_process_that_stands_still_is_given_up_in_time_and_the_change_is_checked_by_another() {
    // It never reads again, and the job does not fit into the pipe.
    let counted = Counted::with(1, &format!("{GREETS}; exec sleep 120"));
    let large = Job {
        kind: KIND,
        held: Some(vec![0; 200_000]),
        input: JobInput::Changes(Vec::new()),
    };
    let started = Instant::now();
    let refused = Err(NotExamined::Refused(Refusal::BadChange));
    assert_eq!(counted.gauntlet().run(&[large]).unwrap(), [refused]);
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(counted.starts(), 2);
}

#[test]
fn a_checking_process_that_somebody_kills_condemns_no_change() {
    let counted = Counted::with(1, &format!("{GREETS}; kill -KILL $$"));
    let results = counted.gauntlet().run(&[a_job(), a_job()]).unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(counted.starts(), 2);
    for signal in ["KILL", "TERM", "HUP", "INT"] {
        let counted = Counted::with(2, &format!("{GREETS}; kill -{signal} $$"));
        let results = counted.gauntlet().run(&[a_job(), a_job()]).unwrap();
        assert_eq!(results[0], Err(NotExamined::Interrupted), "{signal}");
        assert!(
            results[1].is_ok(),
            "{signal}: the next one has a child of its own"
        );
        assert_eq!(counted.starts(), 3, "{signal}");
    }
}

#[test]
fn a_checking_process_that_was_killed_while_it_had_nothing_to_do_is_replaced() {
    let counted = Counted::new();
    let mut gauntlet = counted.gauntlet();
    assert!(gauntlet.run(&[a_job()]).unwrap()[0].is_ok());
    let child = fs::read_to_string(counted.folder.path().join("starts")).unwrap();
    let killed = Command::new("kill")
        .args(["-KILL", child.trim()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(gauntlet.run(&[a_job()]).unwrap()[0].is_ok());
    assert_eq!(counted.starts(), 2);
}

#[test]
fn a_change_is_harmful_when_it_crashes_or_exhausts_a_fresh_process_again_and_again() {
    let endings = [
        ("kill -ABRT $$", 3),
        ("kill -SEGV $$", 3),
        ("exit 1", 3),
        // Processor time is the job's own, whatever its process has done before.
        ("ulimit -S -t 1; while :; do :; done", 2),
    ];
    for (ending, starts) in endings {
        let counted = Counted::with(9, &format!("ulimit -c 0; {GREETS}; {ending}"));
        let harmful = NotExamined::Refused(Refusal::Harmful);
        assert_eq!(
            counted.gauntlet().run(&[a_job()]).unwrap(),
            [Err(harmful)],
            "{ending}"
        );
        assert_eq!(counted.starts(), starts, "{ending}");
    }
    // Once is not enough.
    let counted = Counted::with(2, &format!("ulimit -c 0; {GREETS}; kill -ABRT $$"));
    assert!(counted.gauntlet().run(&[a_job()]).unwrap()[0].is_ok());
}

#[test]
fn the_checking_process_limits_its_own_memory_and_processor_time() {
    let counted = Counted::new();
    let mut gauntlet = counted.gauntlet();
    gauntlet.run(&[a_job()]).unwrap();
    let child = fs::read_to_string(counted.folder.path().join("starts")).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.trim())).unwrap();
    for limit in ["Max cpu time", "Max address space"] {
        let row = limits.lines().find(|row| row.starts_with(limit)).unwrap();
        assert!(!row[limit.len()..].trim_start().starts_with("unlimited"), "{row}");
    }
}

#[test]
fn changes_whose_check_was_cut_short_wait_and_are_tried_again_later() {
    let province = Province::new();
    let (mut pen, mut colleague) = (Pen::new(province.post(1, 11)), Pen::new(province.post(2, 11)));
    let mut doc = registration();
    let first = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Một")]);
    let second = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", "Hai")]);
    let other = colleague.edit(
        unit_scope(11),
        record(2),
        &mut registration(),
        &[Edit::line("name", "Ba")],
    );
    let store = province.store();
    let folder = store.folder;
    drop(store.ledger);
    let counted = Counted::with(2, &format!("{GREETS}; kill -KILL $$"));
    let open_killed = |counted: &Counted| {
        let folder = Folder::open(folder.path(), Unlock::default()).unwrap();
        Ledger::open(folder, Arc::new(NoIndex), counted.program()).unwrap()
    };
    let ledger = open_killed(&counted);
    let pack = pen.pack(&[first.clone(), second]);
    let received = ledger.receive(&pack).unwrap();
    assert_eq!(
        (received.new_entries, received.waiting, received.refused.len()),
        (2, 2, 0)
    );
    assert_eq!(ledger.set_aside(10).unwrap().len(), 0);
    // The rest goes on, and nobody is in a hurry.
    let received = ledger.receive(&colleague.pack(&[other])).unwrap();
    assert_eq!(received.records, [record(2)].into());
    assert_eq!(ledger.waiting_counts().unwrap().waiting, 2);
    assert!(!ledger.has_second_tries());
    drop(ledger);

    // Cut short once more, after a restart: they go on waiting.
    let counted = Counted::with(9, &format!("{GREETS}; kill -KILL $$"));
    let ledger = open_killed(&counted);
    assert!(ledger.has_second_tries());
    assert!(ledger.try_some_again().unwrap().records.is_empty());
    assert_eq!(ledger.waiting_counts().unwrap().waiting, 2);
    drop(ledger);

    let store = Store {
        ledger: open(folder.path()).unwrap(),
        folder,
    };
    let received = store.receive(&Pack::default());
    assert_eq!(received.records, [record(1)].into());
    assert_eq!(store.state(record(1)).unwrap()["name"], "Hai");
    assert_eq!(store.ledger.waiting_counts().unwrap().waiting, 0);
    let held = store.ledger.record(record(1)).unwrap().unwrap();
    assert_eq!(held.first_author, pen.author.device());
    assert!(!store.ledger.has_second_tries());
    assert_eq!(store.rebuild().changed, 0);
    let untouched = province.store();
    untouched.receive(&pack);
    assert_eq!(untouched.state(record(1)), store.state(record(1)));
}

#[test]
fn a_rebuild_does_not_blame_the_records_for_a_checking_process_that_is_killed() {
    let province = Province::new();
    let post = province.post(1, 11);
    let store = province.store();
    store.name(&post, unit_scope(11), record(1), "Một");
    let folder = store.folder;
    drop(store.ledger);
    let counted = Counted::with(9, &format!("{GREETS}; kill -KILL $$"));
    let opened = Folder::open(folder.path(), Unlock::default()).unwrap();
    let ledger = Ledger::open(opened, Arc::new(NoIndex), counted.program()).unwrap();
    let failed = ledger.rebuild(|_, _| {}).unwrap_err();
    assert!(matches!(failed, LedgerError::Gauntlet(_)), "{failed}");
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

#[test]
fn a_document_whose_check_was_cut_short_is_taken_when_it_comes_again_and_nobody_is_blamed() {
    let of = Province::new();
    // Of two devices: what one wrote alone is read without the checking process.
    let mut pens = [Pen::new(of.post(1, 11)), Pen::new(of.post(2, 11))];
    let reader = of.compiler(3);
    let mut doc = registration();
    let (server, cold) = (of.store(), of.store());
    for (pen, name) in [(0, "Một"), (1, "Hai"), (0, "Ba")] {
        let pen = &mut pens[pen];
        let entry = pen.edit(unit_scope(11), record(1), &mut doc, &[Edit::line("name", name)]);
        server.receive(&pen.pack(&[entry]));
    }
    let roster = server.ledger.roster(province()).unwrap();
    let visible = server.ledger.visible_to(&roster, &reader.device()).unwrap();
    let page = server.ledger.page(&PageRequest {
        visible: &visible,
        after: 0,
        page_bytes: u64::MAX,
        have: &std::collections::BTreeMap::new(),
        set_aside: cotmoc_ledger::SetAsideGoes::ByHash,
        except: None,
    });
    let pack = over_the_wire(&page.unwrap().pack);
    assert!(pack.records.iter().any(|record| record.document.is_some()));

    let folder = cold.folder;
    drop(cold.ledger);
    let counted = Counted::with(2, &format!("{GREETS}; kill -KILL $$"));
    let ledger = Ledger::open(
        Folder::open(folder.path(), Unlock::default()).unwrap(),
        Arc::new(NoIndex),
        counted.program(),
    )
    .unwrap();
    let received = ledger.receive(&pack).unwrap();
    assert!(received.unchecked, "{received:?}");
    assert_eq!((received.new_entries, received.problems.len()), (0, 0));
    assert!(received.grown.is_empty(), "so nobody gives a receipt for it");
    let received = ledger.receive(&pack).unwrap();
    assert_eq!((received.new_entries, received.unchecked), (3, false));
    assert_eq!(
        ledger.all_states_hash().unwrap(),
        server.ledger.all_states_hash().unwrap()
    );
}

#[test]
fn a_document_of_two_devices_that_is_full_passes_within_the_memory_of_the_checking_process() {
    let mut doc = registration();
    let mut written = 0;
    for number in 0..40u8 {
        let letters = (0..60_000).map(|at| char::from(b'a' + ((at + usize::from(number) * 7) % 23) as u8));
        let edit = Edit::Text {
            property: NARRATIVES[usize::from(number) % NARRATIVES.len()],
            text: letters.collect(),
        };
        if doc.edit([7 + number % 2; 16], &[edit]).is_err() {
            break;
        }
        written += 1;
    }
    assert!(
        (NARRATIVES.len()..40).contains(&written),
        "{written}: no more fits into it"
    );
    let job = Job {
        kind: KIND,
        held: None,
        input: JobInput::Document(doc.save()),
    };
    let results = Counted::new().gauntlet().run(&[job]).unwrap();
    let examined = results[0].as_ref().unwrap();
    assert_eq!(
        (examined.changes.len(), examined.state == doc.canonical_state()),
        (written, true)
    );
}

#[test]
fn many_jobs_are_shared_by_two_processes_and_answered_in_their_order() {
    let jobs: Vec<Job> = (0..40)
        .map(|number| {
            let mut doc = registration();
            let edits = [Edit::line("name", "Bản ".repeat(number + 1))];
            doc.edit([7; 16], &edits).unwrap();
            Job {
                kind: KIND,
                held: None,
                input: JobInput::Document(doc.save()),
            }
        })
        .collect();
    let counted = Counted::new();
    let mut gauntlet = counted.gauntlet();
    let results = gauntlet.run(&jobs).unwrap();
    for (number, result) in results.iter().enumerate() {
        let state = &result.as_ref().unwrap().state;
        assert!(
            state.contains(&format!("\"{}\"", "Bản ".repeat(number + 1))),
            "{state}"
        );
    }
    assert_eq!(results.len(), jobs.len());
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(counted.starts(), cores.min(2));
}
