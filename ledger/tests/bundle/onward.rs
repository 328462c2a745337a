//! A courier carries on what only others can read.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use cotmoc_ledger::bundle::{BundleError, Watch, copy_onward, is_bundle_name};

use crate::support::{device, frame, frames_of, names_in, noise, write_to};

#[test]
fn a_part_is_carried_on_byte_for_byte_under_its_name() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let frames = [frame(1, &noise(1, 900_000)), frame(2, &noise(2, 900_000))];
    let written = write_to(from.path(), &frames, 1_000_000).unwrap();
    for path in &written.files {
        let copy = copy_onward(path, to.path(), &mut Watch::nobody()).unwrap();
        assert_eq!(fs::read(&copy).unwrap(), fs::read(path).unwrap());
        assert_eq!(copy.file_name(), path.file_name());
        let again = copy_onward(path, to.path(), &mut Watch::nobody()).unwrap();
        assert_eq!(again, copy, "a second time is no trouble");
    }
    assert_eq!(names_in(to.path()), names_in(from.path()));
    let copy = to.path().join(written.files[1].file_name().unwrap());
    assert_eq!(frames_of(&copy, &device()).unwrap(), [frames[1].clone()]);
}

#[test]
fn a_damaged_part_is_not_carried_on() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = write_to(from.path(), &[frame(1, &noise(1, 900_000))], u64::MAX).unwrap();
    let whole = fs::read(&written.files[0]).unwrap();
    let mut altered = whole.clone();
    altered[500_000] ^= 1;
    for bytes in [&altered[..], &whole[..500_000], b"", b"other"] {
        fs::write(&written.files[0], bytes).unwrap();
        let refused = copy_onward(&written.files[0], to.path(), &mut Watch::nobody());
        assert!(matches!(
            refused,
            Err(BundleError::Damaged(_) | BundleError::NotABundle)
        ));
        assert_eq!(names_in(to.path()), [""; 0]);
    }
}

#[test]
fn a_stopped_copy_leaves_nothing_behind() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = write_to(from.path(), &[frame(1, &noise(1, 900_000))], u64::MAX).unwrap();
    for stop_after in 0..8 {
        let stop = AtomicBool::new(false);
        let mut steps = 0;
        let mut watch = Watch::new(
            |_| {
                steps += 1;
                stop.store(steps > stop_after, Ordering::Relaxed);
            },
            &stop,
        );
        let stopped = copy_onward(&written.files[0], to.path(), &mut watch);
        assert!(
            matches!(stopped, Err(BundleError::Stopped)),
            "at {stop_after}: {stopped:?}"
        );
        assert_eq!(names_in(to.path()), [""; 0], "at {stop_after}");
    }
}

#[test]
fn a_name_that_is_not_ours_is_not_carried_on() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = write_to(from.path(), &[frame(1, b"x")], u64::MAX).unwrap();
    let whole = fs::read(&written.files[0]).unwrap();
    let mut copies = Vec::new();
    for name in [
        "..\\..\\evil.exe",
        "CON",
        "\u{202e}iogmc.cmgoi",
        "cotmoc-dienbien-20261122-00000000.cmgoi",
        "desktop.ini",
        &"x".repeat(255),
    ] {
        let path = from.path().join(name);
        fs::write(&path, &whole).unwrap();
        copies.push(copy_onward(&path, to.path(), &mut Watch::nobody()).unwrap());
    }
    copies.dedup();
    let id = written.id.short();
    let name = copies[0].file_name().unwrap().to_str().unwrap();
    assert_eq!(copies.len(), 1, "they are one part, whatever they are called");
    assert!(is_bundle_name(name) && name.contains(&id), "{name}");
    assert_eq!(names_in(to.path()), [name]);
}

#[test]
fn an_unfinished_copy_is_begun_anew_and_other_files_of_its_name_stay() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let written = write_to(from.path(), &[frame(1, &noise(1, 100_000))], u64::MAX).unwrap();
    let whole = fs::read(&written.files[0]).unwrap();
    let name = written.files[0].file_name().unwrap().to_str().unwrap();
    let partial = to.path().join(format!("{name}.part"));
    fs::write(&partial, b"somebody's").unwrap();
    let refused = copy_onward(&written.files[0], to.path(), &mut Watch::nobody());
    assert!(matches!(refused, Err(BundleError::AlreadyThere(path)) if path == partial));
    assert_eq!(fs::read(&partial).unwrap(), b"somebody's");

    fs::write(&partial, &whole[..60_000]).unwrap();
    let copy = copy_onward(&written.files[0], to.path(), &mut Watch::nobody()).unwrap();
    assert_eq!(names_in(to.path()), [name]);

    fs::write(&copy, &whole[..60_000]).unwrap();
    let refused = copy_onward(&written.files[0], to.path(), &mut Watch::nobody());
    assert!(matches!(refused, Err(BundleError::AlreadyThere(path)) if path == copy));
}
