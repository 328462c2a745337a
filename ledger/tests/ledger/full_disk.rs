//! A full disk loses nothing that was confirmed, says so, and is no end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{LedgerError, Write};

use crate::support::{NOW, Province, open, record, unit_scope};

/// A file system of a few megabytes.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Absent where mounting is not allowed.
    fn mount() -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(at.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(at))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Room for the write-ahead log beside what is in it.
    fn grow(&self) {
        let grown = Command::new("mount")
            .args(["-o", "remount,size=16m"])
            .arg(self.path())
            .status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn copy_folder(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        // The shared memory of the write-ahead log is made again by whoever opens it.
        if path.is_file() && !path.to_string_lossy().ends_with("-shm") {
            fs::copy(&path, to.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    to
}

#[test]
fn a_disk_that_fills_up_loses_nothing_confirmed_and_takes_edits_again_once_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        return a_file_that_may_not_grow_loses_nothing_confirmed();
    };
    let province = Province::new();
    let post = province.post(1, 11);
    let folder = disk.path().join("device");
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![0u8; 512 * 1024]).unwrap();
    let ledger = open(&folder).unwrap();
    ledger
        .join_province(crate::support::province(), province.authority.device())
        .unwrap();
    ledger.receive(&province.roster()).unwrap();
    let write = |number: u128| {
        let edits = vec![
            Edit::line("name", format!("Mô hình {number}")),
            Edit::line("place", "bản biên giới ".repeat(20)),
        ];
        let write = Write::Edit {
            scope: unit_scope(11),
            record: record(number),
            kind: RecordKind::Registration,
            edits,
        };
        ledger.write(&post, NOW, &[write])
    };
    let mut confirmed = Vec::new();
    let refused = loop {
        match write(confirmed.len() as u128) {
            Ok(written) => confirmed.extend(written.entries),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, LedgerError::DiskFull), "{refused}");
    assert!(confirmed.len() > 50, "{} edits found room", confirmed.len());
    for _ in 0..3 {
        assert!(
            matches!(write(1 << 64), Err(LedgerError::DiskFull)),
            "and it goes on saying so"
        );
    }

    let complete = |ledger: &cotmoc_ledger::Ledger| {
        for (number, hash) in confirmed.iter().enumerate() {
            let held = ledger
                .record(record(number as u128))
                .unwrap()
                .expect("every confirmed edit is there");
            assert!(held.state.contains(&format!("\"Mô hình {number}\"")));
            assert_eq!(ledger.entries_of(record(number as u128)).unwrap()[0].hash, *hash);
        }
        assert_eq!(
            ledger.record(record(1 << 64)).unwrap(),
            None,
            "nothing of a refused one"
        );
    };
    complete(&ledger);
    let elsewhere = copy_folder(&folder);
    let there = open(elsewhere.path()).unwrap();
    complete(&there);
    assert_eq!(there.rebuild(|_, _| {}).unwrap().changed, 0);

    fs::remove_file(&ballast).unwrap();
    write(1 << 65).expect("there is room again");
    complete(&ledger);
    drop(ledger);
    complete(&open(&folder).unwrap());
}

#[test]
fn a_full_disk_is_named_when_a_folder_is_opened_on_it() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = disk.path().join("device");
    fs::create_dir(&folder).unwrap();
    let mut ballast = PathBuf::from(disk.path());
    ballast.push("ballast");
    let _ = fs::write(&ballast, vec![0u8; 8 * 1024 * 1024]);
    let refused = open(&folder).unwrap_err();
    assert!(matches!(refused, LedgerError::DiskFull), "{refused}");
    fs::remove_file(&ballast).unwrap();
    open(&folder).expect("and it opens once there is room");
}

/// Takes all room that is left.
fn fill_up(disk: &SmallDisk) -> PathBuf {
    let ballast = disk.path().join("rest");
    let _ = fs::write(&ballast, vec![0u8; 8 * 1024 * 1024]);
    let mut more = fs::OpenOptions::new().append(true).open(&ballast).unwrap();
    while std::io::Write::write(&mut more, &[0; 512]).is_ok_and(|written| written > 0) {}
    ballast
}

#[test]
fn what_is_held_can_be_read_on_a_disk_on_which_nothing_is_left() {
    let Some(disk) = SmallDisk::mount() else { return };
    let province = Province::new();
    let post = province.post(1, 11);
    let folder = disk.path().join("device");
    let ledger = open(&folder).unwrap();
    ledger
        .join_province(crate::support::province(), province.authority.device())
        .unwrap();
    ledger.receive(&province.roster()).unwrap();
    let write = |ledger: &cotmoc_ledger::Ledger, number: u128, text: &str| {
        let write = Write::Edit {
            scope: unit_scope(11),
            record: record(number),
            kind: RecordKind::Registration,
            edits: vec![Edit::line("name", text)],
        };
        ledger.write(&post, NOW, &[write])
    };
    write(&ledger, 1, "Một").unwrap();
    drop(ledger);
    let ballast = fill_up(&disk);
    for _ in 0..3 {
        let ledger = open(&folder).expect("the room put aside is enough to read");
        assert!(ledger.record(record(1)).unwrap().unwrap().state.contains("Một"));
    }
    // Edits are taken as long as there is room, and refused by name then; reading goes on.
    let ledger = open(&folder).unwrap();
    let refused = (2..100_000)
        .find_map(|number| write(&ledger, number, &"bản biên giới ".repeat(20)).err())
        .expect("the disk is full in the end");
    assert!(matches!(refused, LedgerError::DiskFull), "{refused}");
    assert!(ledger.record(record(1)).unwrap().unwrap().state.contains("Một"));
    drop(ledger);
    fs::remove_file(&ballast).unwrap();
    let ledger = open(&folder).unwrap();
    write(&ledger, 1 << 64, "Ba").unwrap();
    drop(ledger);
    // And room is put aside again.
    fill_up(&disk);
    open(&folder).unwrap();
}

#[test]
fn an_existing_folder_that_cannot_be_opened_for_want_of_room_says_so() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = disk.path().join("device");
    drop(open(&folder).unwrap());
    // Somebody took the room that was put aside as well.
    fs::remove_file(folder.join("reserve")).unwrap();
    let ballast = fill_up(&disk);
    let refused = open(&folder).unwrap_err();
    assert!(matches!(refused, LedgerError::DiskFull), "{refused}");
    fs::remove_file(&ballast).unwrap();
    open(&folder).expect("and it opens once there is room");
}

#[test]
fn a_folder_on_a_disk_that_may_only_be_read_is_named_as_such() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = disk.path().join("device");
    drop(open(&folder).unwrap());
    let remount = |how: &str| {
        let mut mount = Command::new("mount");
        assert!(
            mount
                .args(["-o", how])
                .arg(disk.path())
                .status()
                .unwrap()
                .success()
        );
    };
    remount("remount,ro");
    for path in [folder.clone(), disk.path().join("new")] {
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, LedgerError::ReadOnly), "{refused}");
    }
    remount("remount,rw");
    open(&folder).expect("and opens once it may be written");
}

/// Where nothing can be mounted: the same with a limit on the size of files.
fn a_file_that_may_not_grow_loses_nothing_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$0\" fill \"$1\"";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_gauntlet-child")])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success(), "the limit is met in the end");
    let confirmed = String::from_utf8(output.stdout).unwrap().lines().count() as u64;
    assert!(
        confirmed > 50,
        "{confirmed} acts found room: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let ledger = open(folder.path()).unwrap();
    let author = ledger.author().unwrap();
    let heads = ledger.heads_of(author.device(), author.incarnation).unwrap();
    assert_eq!(
        heads[0].1, confirmed,
        "every confirmed act is there, and nothing else"
    );
    let acts = ledger.acts_of_authority(ledger.provinces()[0]).unwrap();
    assert_eq!(acts.len() as u64, confirmed);
}

#[test]
fn a_file_system_that_refuses_to_grow_a_file_loses_nothing_confirmed() {
    a_file_that_may_not_grow_loses_nothing_confirmed();
}

#[test]
fn photos_that_fill_the_disk_are_refused_with_its_name_and_those_confirmed_are_held() {
    let Some(disk) = SmallDisk::mount() else { return };
    let province = Province::new();
    let folder = disk.path().join("device");
    let ledger = open(&folder).unwrap();
    ledger
        .join_province(crate::support::province(), province.authority.device())
        .unwrap();
    ledger.receive(&province.roster()).unwrap();
    let photo = |seed: u8| crate::media::bytes(seed, 100_000);
    let mut confirmed = Vec::new();
    let refused = loop {
        match ledger.store_blob(&photo(confirmed.len() as u8)) {
            Ok(blob) => confirmed.push(blob),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, LedgerError::DiskFull), "{refused}");
    assert!(confirmed.len() > 3, "{} photos found room", confirmed.len());
    for (seed, blob) in confirmed.iter().enumerate() {
        assert_eq!(ledger.blob(*blob).unwrap().unwrap(), photo(seed as u8));
    }
    let held = ledger.media_stock().unwrap().bytes_held;
    assert_eq!(
        held,
        confirmed.len() as u64 * 100_000,
        "nothing of the refused one"
    );
    drop(ledger);
    // Nothing names them, and there is no room to drop them: the store opens all the same.
    let ledger = open(&folder).unwrap();
    assert!(ledger.store_blob(&photo(200)).is_err() || ledger.media_stock().unwrap().bytes_held < held);
    drop(ledger);
    disk.grow();
    let ledger = open(&folder).unwrap();
    assert_eq!(
        ledger.media_stock().unwrap().bytes_held,
        0,
        "dropped once there is room"
    );
    ledger.store_blob(&photo(1)).unwrap();
}
