//! A device's folder that was copied, put back from an older copy, or restored without any sign: nothing that was
//! written is lost, and no log is written from two places once that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cotmoc_core::access::{Holder, Refusal, Role, RosterAct};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{LogId, OwnLog, Scope, compare_own_log};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Ledger, LedgerError, LifeReason, RunProblem, Write};
use tempfile::TempDir;

use crate::support::{
    NOW, Province, Store, open, over_the_wire, province as province_id, record, unit, unit_scope,
    written_after,
};

/// A post's machine: its device's folder, and the user's state outside it.
struct Machine {
    folder: TempDir,
    state: TempDir,
}

impl Machine {
    /// Enrolled in the province, with the roster of that moment.
    fn enrolled(province: &Province) -> Self {
        Self::enrolled_as(province, Role::Post, Holder::Unit(unit(11)))
    }

    fn enrolled_as(province: &Province, role: Role, holder: Holder) -> Self {
        let this = Self {
            folder: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
        };
        let ledger = this.open();
        ledger
            .join_province(province_id(), province.authority.device())
            .unwrap();
        let author = ledger.author().unwrap();
        province.enrol(&author, role, holder);
        ledger.receive(&province.roster()).unwrap();
        this
    }

    fn open(&self) -> Ledger {
        self.open_and_settle().0
    }

    fn open_and_settle(&self) -> (Ledger, Option<LifeReason>) {
        settle(self.folder.path(), Some(self.state.path()))
    }

    /// The contents of the folder as they are now, the device being closed.
    fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        put(self.folder.path(), copy.path());
        copy
    }

    /// Writes an older copy over the files in place, so that no file is another one.
    fn put_back(&self, copy: &TempDir) {
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if !copy.path().join(path.file_name().unwrap()).exists() {
                fs::remove_file(path).unwrap();
            }
        }
        put(copy.path(), self.folder.path());
    }
}

fn put(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::write(to.join(path.file_name().unwrap()), fs::read(&path).unwrap()).unwrap();
    }
}

fn settle(folder: &Path, state: Option<&Path>) -> (Ledger, Option<LifeReason>) {
    let ledger = open(folder).unwrap();
    let reason = ledger.settle_in(state, NOW).unwrap();
    (ledger, reason)
}

fn name(ledger: &Ledger, id: RecordId, name: &str) {
    edit(ledger, id, vec![Edit::line("name", name)]);
}

fn edit(ledger: &Ledger, id: RecordId, edits: Vec<Edit>) {
    let write = Write::Edit {
        scope: unit_scope(11),
        record: id,
        kind: RecordKind::Registration,
        edits,
    };
    ledger.write(&ledger.author().unwrap(), NOW, &[write]).unwrap();
}

/// Everything that this device has written in any of its lives.
fn owed(ledger: &Ledger) -> Vec<Pack> {
    let device = ledger.author().unwrap().device();
    let lives = ledger.own_incarnations().unwrap();
    let pack = |life| over_the_wire(&written_after(ledger, (device, life), &BTreeMap::new()));
    lives
        .into_iter()
        .map(pack)
        .filter(|pack| !pack.is_empty())
        .collect()
}

fn send(ledger: &Ledger, to: &Store) {
    for pack in owed(ledger) {
        let received = to.receive(&pack);
        assert_eq!(received.problems, [], "honest devices never fork a log");
        assert_eq!(received.refused, []);
    }
}

fn log_of(ledger: &Ledger) -> LogId {
    let author = ledger.author().unwrap();
    LogId {
        device: author.device(),
        incarnation: author.incarnation,
        scope: unit_scope(11),
    }
}

fn names(ledger: &Ledger, id: RecordId) -> BTreeSet<String> {
    let mut doc = ledger.document(id).unwrap();
    let shown = doc.state()["name"].as_str().unwrap().to_owned();
    let differing = doc.differences();
    let versions = differing
        .iter()
        .filter(|one| one.property == "name")
        .flat_map(|one| &one.versions);
    let _ = doc.heads();
    versions
        .filter_map(|version| version.value.as_str().map(str::to_owned))
        .chain([shown])
        .collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn a_device_that_stays_where_it_is_keeps_its_life() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let ledger = machine.open();
    let before = ledger.own_incarnations().unwrap();
    name(&ledger, record(1), "Một");
    drop(ledger);
    for _ in 0..3 {
        let (ledger, reason) = machine.open_and_settle();
        assert_eq!(
            (reason, ledger.own_incarnations().unwrap()),
            (None, before.clone())
        );
        name(
            &ledger,
            record(1),
            &format!("Lần {:?}", ledger.arrival().unwrap().position),
        );
    }
    // A start that ended before the twin outside was renewed.
    let twin = fs::read_dir(machine.state.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let old = fs::read(&twin).unwrap();
    drop(machine.open());
    fs::write(&twin, old).unwrap();
    assert_eq!(machine.open_and_settle().1, None);
}

#[test]
fn a_folder_that_was_copied_goes_on_beside_the_original_without_a_fork() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let ledger = machine.open();
    name(&ledger, record(1), "Chung");
    drop(ledger);
    let copy = machine.copy();
    let (original, same) = machine.open_and_settle();
    let (copied, other) = settle(copy.path(), Some(machine.state.path()));
    assert_eq!((same, other), (None, Some(LifeReason::OtherPlace)));
    let lives = copied.own_lives().unwrap();
    assert_eq!(lives.len(), 2);
    assert_eq!(
        (lives[1].reason, lives[1].began_at, lives[1].is_told),
        (LifeReason::OtherPlace, Some(NOW), false)
    );
    copied.lives_told().unwrap();
    assert!(copied.own_lives().unwrap().iter().all(|life| life.is_told));
    assert_ne!(
        original.author().unwrap().actor(),
        copied.author().unwrap().actor(),
        "two lives can never issue the same operation"
    );
    name(&original, record(1), "Bản gốc");
    name(&copied, record(1), "Bản sao");
    name(&copied, record(2), "Chỉ bản sao");
    // Both owe what was written before the copy; the province takes it once.
    send(&copied, &province.server);
    send(&original, &province.server);
    assert_eq!(province.server.ledger.forks().unwrap(), []);
    assert_eq!(
        names(&province.server.ledger, record(1)),
        set(["Bản gốc", "Bản sao"])
    );
    assert_eq!(names(&province.server.ledger, record(2)), set(["Chỉ bản sao"]));
    // The next start of either is quiet: each has a twin of its own.
    drop((original, copied));
    assert_eq!(machine.open_and_settle().1, None);
    assert_eq!(settle(copy.path(), Some(machine.state.path())).1, None);
}

#[test]
fn a_folder_put_back_from_an_older_copy_is_noticed_by_what_lies_outside_it() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let ledger = machine.open();
    name(&ledger, record(1), "Một");
    drop(ledger);
    let older = machine.copy();
    let ledger = machine.open();
    name(&ledger, record(1), "Hai");
    send(&ledger, &province.server);
    drop(ledger);
    machine.put_back(&older);
    let (ledger, reason) = machine.open_and_settle();
    assert_eq!(reason, Some(LifeReason::OlderCopy));
    name(&ledger, record(1), "Hai, sau khi khôi phục");
    send(&ledger, &province.server);
    assert_eq!(province.server.ledger.forks().unwrap(), []);
    assert_eq!(
        names(&province.server.ledger, record(1)),
        set(["Hai", "Hai, sau khi khôi phục"])
    );
}

#[test]
fn a_copy_of_the_same_session_is_noticed_when_the_device_wrote_after_it() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let ledger = machine.open();
    name(&ledger, record(1), "Một");
    // A backup that runs while the program is open for days: copied in one moment, the log of the database too.
    let older = machine.copy();
    name(&ledger, record(1), "Hai");
    drop(ledger);
    machine.put_back(&older);
    assert_eq!(machine.open_and_settle().1, Some(LifeReason::OlderCopy));
}

#[test]
fn a_state_folder_that_cannot_be_written_is_no_reason_for_new_lives() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let file = machine.state.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let nowhere = file.join("state");
    assert_eq!(
        settle(machine.folder.path(), Some(&nowhere)).1,
        Some(LifeReason::OlderCopy),
        "the twin was there and is gone"
    );
    for _ in 0..3 {
        assert_eq!(settle(machine.folder.path(), Some(&nowhere)).1, None);
    }
}

/// Restored without any sign, and written after that: the province holds more, and other entries.
fn restored_without_a_sign(province: &Province) -> (Machine, Ledger) {
    let machine = Machine::enrolled(province);
    let (ledger, _) = settle(machine.folder.path(), None);
    edit(
        &ledger,
        record(1),
        vec![Edit::line("name", "Một"), Edit::line("place", "Bản Lùng")],
    );
    name(&ledger, record(2), "Bản ghi hai");
    drop(ledger);
    let older = machine.copy();
    let (ledger, _) = settle(machine.folder.path(), None);
    name(&ledger, record(1), "Hai");
    name(&ledger, record(3), "Mất rồi trở lại");
    name(&ledger, record(1), "Ba");
    send(&ledger, &province.server);
    drop(ledger);
    machine.put_back(&older);
    let (ledger, reason) = settle(machine.folder.path(), None);
    assert_eq!(reason, None, "nothing shows it");
    (machine, ledger)
}

#[test]
fn a_restored_device_that_wrote_nothing_fetches_its_own_entries_and_goes_on_in_a_new_life() {
    let province = Province::new();
    let (_machine, ledger) = restored_without_a_sign(&province);
    let log = log_of(&ledger);
    let server = &province.server.ledger;
    let theirs = server.heads_of(log.device, log.incarnation).unwrap()[0];
    let own = ledger.heads_of(log.device, log.incarnation).unwrap()[0];
    let decided = compare_own_log(
        (own.1, own.2),
        |seq| ledger.hash_at(&log, seq).unwrap(),
        (theirs.1, theirs.2),
    );
    assert_eq!(decided, OwnLog::TheyAreAhead);
    let pack = written_after(server, (log.device, log.incarnation), &[(log, own.1)].into());
    let adopted = ledger.adopt_branch(&log, &over_the_wire(&pack), NOW).unwrap();
    assert_eq!((adopted.forked_at, adopted.received.new_entries), (None, 3));
    assert_eq!(ledger.own_lives().unwrap()[1].reason, LifeReason::RemoteAhead);
    assert!(!ledger.owes_edits().unwrap());
    name(&ledger, record(1), "Bốn");
    send(&ledger, &province.server);
    assert_eq!(
        names(server, record(1)),
        set(["Bốn"]),
        "written after what came back"
    );
}

#[test]
fn a_restored_device_that_went_on_writing_takes_its_lost_entries_back_and_writes_the_new_ones_again() {
    let province = Province::new();
    let (_machine, ledger) = restored_without_a_sign(&province);
    let log = log_of(&ledger);
    name(&ledger, record(1), "Hai, khác");
    edit(
        &ledger,
        record(2),
        vec![Edit::line("place", "Bản Mới"), Edit::int("year", 2026)],
    );
    name(&ledger, record(4), "Chỉ sau khi khôi phục");
    let server = &province.server;
    let theirs = server.ledger.heads_of(log.device, log.incarnation).unwrap()[0];
    let own = ledger.heads_of(log.device, log.incarnation).unwrap()[0];
    let decided = compare_own_log(
        (own.1, own.2),
        |seq| ledger.hash_at(&log, seq).unwrap(),
        (theirs.1, theirs.2),
    );
    assert_eq!(decided, OwnLog::Forked { at_most: 5 });

    let pack = written_after(&server.ledger, (log.device, log.incarnation), &BTreeMap::new());
    let adopted = ledger.adopt_branch(&log, &over_the_wire(&pack), NOW).unwrap();
    assert_eq!(adopted.forked_at, Some(3));
    assert_eq!(names(&ledger, record(1)), set(["Ba"]));
    assert_eq!(names(&ledger, record(3)), set(["Mất rồi trở lại"]));
    assert!(ledger.record(record(4)).unwrap().is_none(), "to be written again");
    assert!(ledger.owes_edits().unwrap());
    let mut noted = Vec::new();
    let again = ledger
        .write_again(NOW, |_, author, writes| {
            noted = writes.to_vec();
            assert_ne!(author.incarnation, log.incarnation);
            Ok(())
        })
        .unwrap();
    assert_eq!(
        (again.written.entries.len(), again.left_out, noted.len()),
        (3, 0, 3)
    );
    assert!(!ledger.owes_edits().unwrap());
    assert_eq!(
        ledger.write_again(NOW, |_, _, _| Ok(())).unwrap(),
        Default::default()
    );

    // Nothing that was typed is lost, and what differs is asked about.
    assert_eq!(names(&ledger, record(1)), set(["Ba", "Hai, khác"]));
    let two = ledger.document(record(2)).unwrap().state();
    assert_eq!(
        (&two["name"], &two["place"], &two["year"]),
        (&"Bản ghi hai".into(), &"Bản Mới".into(), &2026.into())
    );
    assert_eq!(names(&ledger, record(4)), set(["Chỉ sau khi khôi phục"]));
    let forks = ledger.forks().unwrap();
    assert_eq!(
        (forks.len(), forks[0].seq, forks[0].branches.len()),
        (1, 3, 2),
        "the abandoned entries are shown"
    );
    let kept: u64 = forks[0].branches.iter().map(|branch| branch.entries).sum();
    assert_eq!(kept, 6);

    // The province never hears of the fork, and both hold the same.
    send(&ledger, server);
    assert_eq!(server.ledger.forks().unwrap(), []);
    for id in [1, 2, 3, 4].map(record) {
        assert_eq!(server.ledger.record(id).unwrap(), ledger.record(id).unwrap());
    }
    assert_eq!(ledger.rebuild(|_, _| {}).unwrap().changed, 0);
    let visible = |of: &Ledger| {
        let roster = of.roster(province_id()).unwrap();
        let visible = of.visible_to(&roster, &log.device).unwrap();
        (
            of.fork_packs(&visible).unwrap().len(),
            of.fork_mark(&visible).unwrap(),
        )
    };
    ledger.receive(&province.roster()).unwrap();
    assert_eq!(visible(&ledger), visible(&server.ledger));
    name(&ledger, record(1), "Xong");
    send(&ledger, server);
    assert_eq!(names(&server.ledger, record(1)), set(["Xong"]));
}

#[test]
fn two_copies_used_at_once_without_a_sign_both_heal_when_they_learn_of_each_other() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let (ledger, _) = settle(machine.folder.path(), None);
    name(&ledger, record(1), "Chung");
    drop(ledger);
    let copy = machine.copy();
    // Opened past the check, as a program from before it would.
    let (one, two) = (open(machine.folder.path()).unwrap(), open(copy.path()).unwrap());
    one.own_author().unwrap();
    two.own_author().unwrap();
    name(&one, record(1), "Máy một");
    name(&one, record(2), "Của máy một");
    name(&two, record(1), "Máy hai");
    name(&two, record(3), "Của máy hai");
    let log = log_of(&one);
    let server = &province.server;
    for ledger in [&one, &two] {
        for pack in owed(ledger) {
            server.receive(&pack);
        }
    }
    assert_eq!(server.ledger.forks().unwrap().len(), 1);
    assert!(server.ledger.record(record(2)).unwrap().is_none());
    let roster = server.ledger.roster(province_id()).unwrap();
    let visible = server.ledger.visible_to(&roster, &log.device).unwrap();
    for pack in server.ledger.fork_packs(&visible).unwrap() {
        for ledger in [&one, &two] {
            ledger.receive(&over_the_wire(&pack)).unwrap();
        }
    }
    for (ledger, other) in [(&one, &two), (&two, &one)] {
        assert!(ledger.owes_edits().unwrap());
        let lives = ledger.own_lives().unwrap();
        assert_eq!(lives.last().unwrap().reason, LifeReason::Forked);
        let again = ledger.write_again(NOW, |_, _, _| Ok(())).unwrap();
        assert_eq!((again.written.entries.len(), again.left_out), (2, 0));
        assert_ne!(
            ledger.own_incarnations().unwrap().last(),
            other.own_incarnations().unwrap().last()
        );
        let new = ledger.author().unwrap();
        let pack = written_after(ledger, (new.device(), new.incarnation), &BTreeMap::new());
        let received = server.receive(&over_the_wire(&pack));
        assert_eq!((received.problems, received.refused), (vec![], vec![]));
    }
    assert_eq!(names(&server.ledger, record(1)), set(["Máy một", "Máy hai"]));
    assert_eq!(names(&server.ledger, record(2)), set(["Của máy một"]));
    assert_eq!(names(&server.ledger, record(3)), set(["Của máy hai"]));
}

#[test]
fn only_an_own_log_takes_another_branch_and_only_with_proof() {
    let province = Province::new();
    let (_machine, ledger) = restored_without_a_sign(&province);
    let log = log_of(&ledger);
    name(&ledger, record(1), "Hai, khác");
    let before = (
        ledger.sorted_entry_hashes().unwrap(),
        ledger.own_incarnations().unwrap(),
    );
    let server = &province.server.ledger;
    let pack = written_after(server, (log.device, log.incarnation), &BTreeMap::new());
    let foreign = LogId {
        device: province.authority.device(),
        ..log
    };
    let mut forged = pack.clone();
    forged.runs[0].signature.0[3] ^= 1;
    for (log, pack, reason) in [
        (foreign, &pack, Refusal::Fork),
        (log, &forged, Refusal::Malformed),
    ] {
        let refused = ledger.adopt_branch(&log, pack, NOW);
        assert!(
            matches!(refused, Err(LedgerError::Refused(found)) if found == reason),
            "{refused:?}"
        );
    }
    assert_eq!(
        (
            ledger.sorted_entry_hashes().unwrap(),
            ledger.own_incarnations().unwrap()
        ),
        before
    );
}

#[test]
fn a_request_to_the_authority_in_an_abandoned_end_is_made_again() {
    let province = Province::new();
    let machine = Machine::enrolled_as(&province, Role::Administrator, Holder::Province);
    let older = machine.copy();
    let ask = |ledger: &Ledger, number: u32| {
        let act = RosterAct::DelegationSet {
            delegation: crate::support::delegation(),
            campaign: uuid::Uuid::from_u128(0xca),
            number,
            units: [unit(11)].into(),
            asked: None,
        };
        let scope = Scope::roster(province_id());
        ledger
            .write(&ledger.author().unwrap(), NOW, &[Write::Act { scope, act }])
            .unwrap();
    };
    let (ledger, _) = settle(machine.folder.path(), None);
    ask(&ledger, 2);
    send(&ledger, &province.server);
    drop(ledger);
    machine.put_back(&older);
    let (ledger, _) = settle(machine.folder.path(), None);
    ask(&ledger, 3);
    let log = LogId {
        scope: Scope::roster(province_id()),
        ..log_of(&ledger)
    };
    let pack = written_after(
        &province.server.ledger,
        (log.device, log.incarnation),
        &BTreeMap::new(),
    );
    ledger.adopt_branch(&log, &over_the_wire(&pack), NOW).unwrap();
    let again = ledger.write_again(NOW, |_, _, _| Ok(())).unwrap();
    assert_eq!((again.written.entries.len(), again.left_out), (1, 0));
    send(&ledger, &province.server);
    let roster = province.server.ledger.roster(province_id()).unwrap();
    let requests = province
        .server
        .ledger
        .roster_requests(&roster.scope(), &roster.authority)
        .unwrap();
    let numbers: Vec<u32> = requests
        .iter()
        .filter_map(|(_, payload)| match RosterAct::decode(payload) {
            Some(RosterAct::DelegationSet { number, .. }) => Some(number),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn a_write_that_races_a_new_life_is_in_the_new_life() {
    let province = Province::new();
    let machine = Machine::enrolled(&province);
    let ledger = machine.open();
    let before = ledger.author().unwrap();
    ledger
        .begin_new_incarnation(NOW, LifeReason::RemoteAhead)
        .unwrap();
    let write = Write::Edit {
        scope: unit_scope(11),
        record: record(1),
        kind: RecordKind::Registration,
        edits: vec![Edit::line("name", "Một")],
    };
    ledger.write(&before, NOW, &[write]).unwrap();
    assert_eq!(ledger.heads_of(before.device(), before.incarnation).unwrap(), []);
    let after = ledger.author().unwrap();
    assert_eq!(
        ledger.heads_of(after.device(), after.incarnation).unwrap().len(),
        1
    );
    let problems: Vec<RunProblem> = owed(&ledger)
        .iter()
        .flat_map(|pack| province.server.receive(pack).problems)
        .map(|(_, problem)| problem)
        .collect();
    assert_eq!(problems, []);
}
