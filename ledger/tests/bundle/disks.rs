//! Disks that are full, locked, gone, or lie; and names that somebody else has.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use cotmoc_ledger::bundle::{BundleError, BundleWriter, Stage, Watch, copy_onward, inspect};

use crate::craft::Craft;
use crate::support::{
    authority, checked, device, frame, frames_of, names_in, new_bundle, noise, recipients, sender, write_to,
};

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

    fn remount(&self, how: &str) {
        let mut mount = Command::new("mount");
        assert!(
            mount
                .args(["-o", how])
                .arg(self.path())
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_named_and_nothing_stays_on_it_wherever_the_writing_is() {
    let Some(disk) = SmallDisk::mount() else { return };
    let frames: Vec<_> = (0..4).map(|n| frame(1, &noise(n, 300_000))).collect();
    // From a disk on which not even a header has room to one that just lacks the last page.
    let page = 4096;
    let mut refused = 0;
    for free in (0..340).step_by(3) {
        let ballast = disk.path().join("ballast");
        fs::write(&ballast, vec![1; 4 * 1024 * 1024 - free * page]).unwrap();
        match write_to(disk.path(), &frames, 500_000) {
            Ok(written) => {
                for path in written.files {
                    checked(&path).unwrap();
                    fs::remove_file(path).unwrap();
                }
            }
            Err(error) => {
                assert!(matches!(error, BundleError::DiskFull), "{free} pages: {error:?}");
                refused += 1;
            }
        }
        assert_eq!(names_in(disk.path()), ["ballast"], "{free} pages");
    }
    assert!((90..114).contains(&refused), "{refused} refused");
    fs::remove_file(disk.path().join("ballast")).unwrap();
    write_to(disk.path(), &frames, u64::MAX).expect("and with room it is written");
}

#[test]
fn a_copy_that_finds_no_room_is_named_and_leaves_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    let from = tempfile::tempdir().unwrap();
    let written = write_to(from.path(), &[frame(1, &noise(1, 5_000_000))], u64::MAX).unwrap();
    let refused = copy_onward(&written.files[0], disk.path(), &mut Watch::nobody());
    assert!(matches!(refused, Err(BundleError::DiskFull)), "{refused:?}");
    assert_eq!(names_in(disk.path()), [""; 0]);
}

#[test]
fn a_stick_that_may_only_be_read_is_named_as_such_and_is_read() {
    let Some(disk) = SmallDisk::mount() else { return };
    let written = write_to(disk.path(), &[frame(1, b"x")], u64::MAX).unwrap();
    disk.remount("remount,ro");
    let refused = write_to(disk.path(), &[frame(1, b"y")], u64::MAX);
    assert!(matches!(refused, Err(BundleError::ReadOnly)), "{refused:?}");
    assert_eq!(frames_of(&written.files[0], &device()).unwrap(), [frame(1, b"x")]);
}

#[test]
fn a_stick_that_is_not_there_is_named_as_gone() {
    let folder = tempfile::tempdir().unwrap();
    let away = folder.path().join("stick");
    let refused = write_to(&away, &[], u64::MAX);
    assert!(matches!(refused, Err(BundleError::Gone(_))), "{refused:?}");
    let refused = inspect(&away.join("bundle.cmgoi"));
    assert!(matches!(refused, Err(BundleError::Gone(_))), "{refused:?}");
}

#[test]
fn a_stick_whose_files_vanish_while_it_is_written_is_named_as_gone() {
    let folder = tempfile::tempdir().unwrap();
    let stick = folder.path().join("stick");
    fs::create_dir(&stick).unwrap();
    let (sender, recipients) = (sender(), recipients());
    let new = new_bundle(&sender, &recipients);
    let mut writer = BundleWriter::start(&stick, new, Watch::nobody()).unwrap();
    writer.frame(1, b"x").unwrap();
    fs::remove_dir_all(&stick).unwrap();
    let refused = writer.finish();
    assert!(matches!(refused, Err(BundleError::Gone(_))), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn what_the_system_says_of_a_stick_pulled_out_is_told_from_other_errors() {
    use rustix::io::Errno;
    for errno in [Errno::IO, Errno::NODEV, Errno::NXIO] {
        let error = BundleError::from(std::io::Error::from(errno));
        assert!(matches!(error, BundleError::Gone(_)), "{error:?}");
    }
    assert!(matches!(
        BundleError::from(std::io::Error::from(Errno::DQUOT)),
        BundleError::DiskFull
    ));
    assert!(matches!(
        BundleError::from(std::io::Error::from(Errno::FBIG)),
        BundleError::PartTooLarge
    ));
    assert!(matches!(
        BundleError::from(std::io::Error::from(Errno::MFILE)),
        BundleError::Io(_)
    ));
}

#[test]
fn a_disk_that_does_not_give_back_what_it_took_is_found_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, recipients) = (sender(), recipients());
    let never = AtomicBool::new(false);
    let mut altered = false;
    // While the first part is read back, the second changes on the disk.
    let watch = Watch::new(
        |progress| {
            if progress.stage == Stage::Verifying && !altered {
                let second = names_in(folder.path())
                    .into_iter()
                    .find(|name| name.contains("-2of"))
                    .unwrap();
                let path = folder.path().join(second);
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs::write(path, bytes).unwrap();
                altered = true;
            }
        },
        &never,
    );
    let mut new = new_bundle(&sender, &recipients);
    new.max_part_bytes = 100_000;
    let mut writer = BundleWriter::start(folder.path(), new, watch).unwrap();
    for n in 0..3 {
        writer.frame(1, &noise(n, 90_000)).unwrap();
    }
    let refused = writer.finish();
    assert!(matches!(refused, Err(BundleError::NotKept)), "{refused:?}");
    assert_eq!(names_in(folder.path()), [""; 0]);
}

#[test]
fn what_a_killed_writing_left_is_removed_by_the_next_of_the_same_sender_only() {
    let folder = tempfile::tempdir().unwrap();
    let recipients = recipients();
    let leave = |sender: &cotmoc_core::journal::SigningKey| {
        let mut new = new_bundle(sender, &recipients);
        new.max_part_bytes = 10_000;
        let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
        for n in 0..3 {
            writer.frame(1, &noise(n, 9_000)).unwrap();
        }
        let id = writer.id();
        // A process that is killed runs no destructor.
        std::mem::forget(writer);
        id.short()
    };
    let (ours, theirs) = (leave(&sender()), leave(&authority()));
    let strange = "cotmoc-dienbien-20261122-00000000-1.cmgoi.part";
    fs::write(folder.path().join(strange), b"no bundle").unwrap();
    fs::write(folder.path().join("thesis.part"), b"not ours").unwrap();
    // It names us, and we did not sign it.
    let forged = "cotmoc-dienbien-20261122-11111111-1.cmgoi.part";
    let mut craft = Craft::new(authority(), &recipients, Vec::new());
    craft.header = crate::craft::header(&sender(), 1, &recipients);
    fs::write(folder.path().join(forged), craft.bytes()).unwrap();
    assert_eq!(names_in(folder.path()).len(), 9);
    let written = write_to(folder.path(), &[frame(1, b"x")], u64::MAX).unwrap();
    let names = names_in(folder.path());
    assert!(!names.iter().any(|name| name.contains(&ours)));
    assert_eq!(names.iter().filter(|name| name.contains(&theirs)).count(), 3);
    for stays in [strange, "thesis.part", forged] {
        assert!(names.contains(&stays.to_owned()), "{stays}");
    }
    assert_eq!(names.len(), 7, "{names:?}");
    checked(&written.files[0]).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_that_has_the_name_of_a_part_is_neither_followed_nor_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, b"precious").unwrap();
    let dangling = elsewhere.path().join("new");
    let (sender, recipients) = (sender(), recipients());
    for target in [&victim, &dangling] {
        // The name of the complete file.
        let new = new_bundle(&sender, &recipients);
        let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
        writer.frame(1, b"x").unwrap();
        let name = format!("cotmoc-dienbien-20261122-{}.cmgoi", writer.id().short());
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(target, &link).unwrap();
        let refused = writer.finish();
        assert!(
            matches!(&refused, Err(BundleError::AlreadyThere(path)) if *path == link),
            "{refused:?}"
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&link).unwrap();

        // The name of an unfinished one.
        let mut new = new_bundle(&sender, &recipients);
        new.max_part_bytes = 2_000;
        let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
        writer.frame(1, &noise(1, 1_500)).unwrap();
        let name = format!("cotmoc-dienbien-20261122-{}-2.cmgoi.part", writer.id().short());
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(target, &link).unwrap();
        let refused = writer.frame(1, &noise(1, 1_500));
        assert!(
            matches!(&refused, Err(BundleError::AlreadyThere(path)) if *path == link),
            "{refused:?}"
        );
        assert!(
            matches!(writer.frame(1, b"x"), Err(BundleError::Stopped)),
            "an error ends the writing"
        );
        assert!(matches!(writer.finish(), Err(BundleError::Stopped)));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&link).unwrap();
        assert_eq!(names_in(folder.path()), [""; 0]);
    }
    // And a copy's.
    let written = write_to(folder.path(), &[frame(1, b"x")], u64::MAX).unwrap();
    let stick = tempfile::tempdir().unwrap();
    let name = written.files[0].file_name().unwrap().to_str().unwrap();
    for name in [name.to_owned(), format!("{name}.part")] {
        let link = stick.path().join(&name);
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        let refused = copy_onward(&written.files[0], stick.path(), &mut Watch::nobody());
        assert!(
            matches!(&refused, Err(BundleError::AlreadyThere(path)) if *path == link),
            "{refused:?}"
        );
        assert_eq!(names_in(stick.path()), [name]);
        fs::remove_file(&link).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(names_in(elsewhere.path()), ["victim"]);
}
