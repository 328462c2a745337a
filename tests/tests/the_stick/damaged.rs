//! Files that are cut off, altered, for others, or no bundles at all.

use std::fs;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::{Item, Load, Pack, Run, StickFrame};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{Incarnation, LogId, Place};
use cotmoc_core::org::Day;
use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_ledger::SetAsideGoes;
use cotmoc_ledger::bundle::{BundleWriter, LARGEST_PART, NewBundle, Watch};
use cotmoc_sync_server::BundleResult;
use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::json;

use crate::support::{entries, export, files, import, province, standings};

#[test]
fn a_file_that_is_cut_off_or_altered_anywhere_brings_nothing_to_a_device_and_to_the_province() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    mate.exchange();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let whole = files(&export(&post, stick.path())).remove(0);
    let bytes = fs::read(&whole).unwrap();
    town.stop_server();
    let state = province(&town);
    let (before, at_province) = (entries(&mate), state.ledger().sorted_entry_hashes().unwrap());
    let broken = stick.path().join("broken.cmgoi");
    let step = bytes.len() / 40;
    for at in (0..bytes.len()).step_by(step) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        for wrong in [&bytes[..at], &flipped] {
            fs::write(&broken, wrong).unwrap();
            let standing = standings(&import(&mate, &broken)).remove(0);
            assert!(
                ["damaged", "not_a_bundle", "newer"].contains(&standing.as_str()),
                "{standing} at byte {at} of {}",
                wrong.len()
            );
            let result = state.import_bundle(&broken).unwrap();
            assert!(
                matches!(result, BundleResult::NotTaken(_)),
                "{result:?} at byte {at}"
            );
        }
    }
    assert_eq!(entries(&mate), before);
    assert_eq!(state.ledger().sorted_entry_hashes().unwrap(), at_province);
    assert_eq!(standings(&import(&mate, &whole)), ["imported"]);
}

#[test]
fn a_bundle_of_another_province_is_not_for_us_and_is_not_carried() {
    let (here, there) = (Town::son_la().unwrap(), Town::son_la().unwrap());
    let post = here.post("post", "don-muong-lan").unwrap();
    let other = there.post("other", "don-muong-lan").unwrap();
    other.exchange();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    export(&post, stick.path());
    let before = entries(&other);
    assert_eq!(standings(&import(&other, stick.path())), ["not_for_us"]);
    assert_eq!(entries(&other), before);
    assert_eq!(other.call("sticks.carried", json!({}))["files"], json!([]));
}

#[test]
fn hostile_names_and_things_that_are_no_files_are_named_and_nothing_else_happens() {
    let town = Town::son_la().unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let whole = files(&export(&post, stick.path())).remove(0);
    let evil = tempfile::tempdir().unwrap();
    let place = |name: &str| evil.path().join(name);
    fs::create_dir(place("cotmoc-a-20261102-00000001.cmgoi")).unwrap();
    fs::write(place("cotmoc-a-20261102-00000002.cmgoi"), b"").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", place("cotmoc-a-20261102-00000003.cmgoi")).unwrap();
        std::os::unix::fs::symlink(&whole, place("cotmoc-a-20261102-00000004.cmgoi")).unwrap();
    }
    fs::copy(&whole, place("; rm -rf ~ \u{202e}.cmgoi")).unwrap();
    let found = import(&mate, evil.path());
    let said = standings(&found);
    // The empty file has one of our names and nothing in it: a copy that was never finished.
    let cut_off = said.iter().filter(|standing| *standing == "damaged").count();
    let no_bundles = said.iter().filter(|standing| *standing == "not_a_bundle").count();
    assert_eq!((cut_off, no_bundles), (1, said.len() - 1), "{found}");
    assert_eq!(found["entries"], 0);
    // Named by a person it is a file like any other: a name says nothing.
    let named = import(&mate, place("; rm -rf ~ \u{202e}.cmgoi"));
    assert_eq!(standings(&named), ["imported"]);
    assert_eq!(standings(&import(&mate, place("absent.cmgoi"))), ["unreadable"]);
    assert_eq!(standings(&import(&mate, place("nul\0.cmgoi"))), ["not_a_bundle"]);
    assert_eq!(
        mate.refuses("sticks.import", json!({ "paths": ["../stick"] })),
        "bad_request"
    );
    mate.call(
        "sticks.forget",
        json!({ "names": ["../records.db", "../key.json"] }),
    );
    assert!(mate.home().join("records.db").exists());
}

/// A bundle of one device for another with nothing but this run.
fn with_run(from: &Player, town: &Town, to: &Player, (folder, run): (&Path, Run)) -> PathBuf {
    let pack = Pack {
        records: Vec::new(),
        runs: vec![run],
    };
    with_frames(from, town, to, (folder, &[of_pack(pack)]))
}

fn of_pack(pack: Pack) -> (u8, Vec<u8>) {
    StickFrame::of_load(&Load {
        pack,
        ..Load::default()
    })
}

/// A bundle of one device for another with nothing but these frames.
fn with_frames(
    from: &Player,
    town: &Town,
    to: &Player,
    (folder, frames): (&Path, &[(u8, Vec<u8>)]),
) -> PathBuf {
    let author = from.device().author();
    let new = NewBundle {
        province: town.founded.province,
        province_short: "son-la",
        sender: &author.key,
        incarnation: author.incarnation,
        // Read in this order.
        claimed_at: frames.len() as i64,
        day: Day::new(2026, 11, 22).unwrap(),
        recipients: &[to.device().key()],
        extensions: Vec::new(),
        max_part_bytes: LARGEST_PART,
    };
    let mut writer = BundleWriter::start(folder, new, Watch::nobody()).unwrap();
    for (kind, bytes) in frames {
        writer.frame(*kind, bytes).unwrap();
    }
    writer.finish().unwrap().files.remove(0)
}

/// What the device wrote of its unit after this place, and the place at the end of it.
fn own_after(of: &Player, after: u64) -> (Pack, u64) {
    let device = of.device();
    let ledger = device.ledger();
    let own = ledger.logs_of(device.key()).unwrap();
    let of_unit = own.iter().find(|(log, _, _)| log.scope.place != Place::Roster);
    let (log, seq, _) = *of_unit.unwrap();
    let rest = ledger.rest_of(&[(log, after)], u64::MAX, SetAsideGoes::Whole);
    (rest.unwrap().pack, seq)
}

#[test]
fn what_came_before_a_frame_that_nobody_can_read_is_shown_on_every_screen() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    for player in [&post, &mate, &post] {
        player.exchange();
    }
    let first = register(&post, "Bữa sáng cho em");
    let (pack, end) = own_after(&post, 0);
    let stick = tempfile::tempdir().unwrap();
    let whole = with_frames(&post, &town, &mate, (stick.path(), &[of_pack(pack)]));
    let second = register(&post, "Thắp sáng đường biên");
    let good = of_pack(own_after(&post, end).0);
    let bad = (good.0, vec![0xff; 9]);
    let broken = with_frames(&post, &town, &mate, (stick.path(), &[good, bad]));

    let events = mate.device().listen();
    let taken = mate.call("sticks.import", json!({ "paths": [whole, broken] }));
    let mut standings = standings(&taken);
    standings.sort();
    assert_eq!(standings, ["damaged", "imported"], "{taken}");
    let mut told = events.try_iter().filter_map(|event| match event {
        DeviceEvent::Changed { records, .. } => Some(records),
        _ => None,
    });
    let changed = told.next().unwrap();
    for id in [&first, &second] {
        mate.call("registrations.get", json!({ "registration": id }));
        assert!(changed.is_empty() || changed.contains(id), "{changed:?}");
    }
}

/// The last run of a log as a teammate holds it.
fn last_run(of: &Player, log: &LogId) -> Run {
    let device = of.device();
    let rest = device
        .ledger()
        .rest_of(&[(*log, 0)], u64::MAX, SetAsideGoes::Whole);
    rest.unwrap().pack.runs.pop().unwrap()
}

#[test]
fn a_teammate_cannot_put_a_hash_at_the_end_of_a_devices_own_log_or_of_the_authoritys() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    register(&mate, "Bữa sáng cho em");
    for player in [&mate, &post, &mate] {
        player.exchange();
    }
    let me = mate.device().key();
    let life = mate.device().author().incarnation;
    // Of whom the mate has not heard yet.
    let stranger = town.post("stranger", "don-muong-lan").unwrap();
    let authority = town.founded.invitation.authority;
    let logs = {
        let device = post.device();
        let ledger = device.ledger();
        let own = ledger.logs_of(me).unwrap();
        let of_unit = own.iter().find(|(log, _, _)| log.scope.place != Place::Roster);
        [
            (&post, *of_unit.unwrap()),
            (&stranger, ledger.logs_of(authority).unwrap()[0]),
        ]
    };
    for (from, (log, seq, hash)) in logs {
        // The author did sign this hash, one place before.
        let forged = Run {
            first_seq: seq + 1,
            prev: hash,
            items: vec![Item::Withheld(hash)],
            ..last_run(&post, &log)
        };
        let stick = tempfile::tempdir().unwrap();
        import(&mate, with_run(from, &town, &mate, (stick.path(), forged)));
        let head = mate.device().ledger().head(&log).unwrap().unwrap();
        assert_eq!((head.seq, head.hash), (seq, hash));
    }
    assert_eq!(mate.device().author().incarnation, life, "no new life");
}

#[test]
fn a_teammate_cannot_put_a_hash_in_the_place_of_another_devices_entry() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    let victim = town.post("victim", "don-muong-lan").unwrap();
    register(&victim, "Bữa sáng cho em");
    for player in [&victim, &post, &mate] {
        player.exchange();
    }
    // A hash that the victim did sign, as if it stood first in another of its logs.
    let device = post.device();
    let ledger = device.ledger();
    let theirs = victim.device().key();
    let logs = ledger.logs_of(theirs).unwrap();
    let of_unit = logs
        .iter()
        .find(|(log, _, _)| log.scope.place != Place::Roster)
        .unwrap()
        .0;
    let mut rest = ledger
        .rest_of(&[(of_unit, 0)], u64::MAX, SetAsideGoes::Whole)
        .unwrap();
    let mut run = rest.pack.runs.pop().unwrap();
    let (_, seq, hash) = logs.iter().find(|(log, _, _)| *log == of_unit).unwrap();
    assert_eq!(run.first_seq + run.items.len() as u64 - 1, *seq);
    run.log.incarnation = Incarnation(run.log.incarnation.0 ^ 1);
    (run.first_seq, run.prev) = (1, Hash32::ZERO);
    run.items = vec![Item::Withheld(*hash)];
    let forged = run.log;
    let stick = tempfile::tempdir().unwrap();
    let file = with_run(&post, &town, &mate, (stick.path(), run));
    import(&mate, &file);
    assert_eq!(
        mate.device().ledger().head(&forged).unwrap(),
        None,
        "its place stays free for the entry"
    );
}
