//! What is written comes back, to those it is for, in parts of the size that was asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use cotmoc_ledger::bundle::{
    BundleError, BundleWriter, Extension, MAX_FRAME, MAX_RECIPIENTS, Progress, Stage, Watch, inspect,
    is_bundle_name,
};

use crate::support::{
    NOW, authority, checked, device, frame, frames_of, key, names_in, new_bundle, noise, province,
    recipients, sender, write_to,
};

#[test]
fn frames_come_back_as_they_went_to_each_recipient() {
    let folder = tempfile::tempdir().unwrap();
    let frames = [
        frame(1, "Mô hình dân vận khéo".as_bytes()),
        frame(2, b""),
        frame(255, &noise(1, 200_000)),
    ];
    let written = write_to(folder.path(), &frames, u64::MAX).unwrap();
    assert_eq!((written.files.len(), written.frames), (1, 3));
    assert_eq!(written.bytes, std::fs::metadata(&written.files[0]).unwrap().len());
    let names = names_in(folder.path());
    let id = written.id.short();
    assert_eq!(names, [format!("cotmoc-dienbien-20261122-{id}.cmgoi")]);
    assert!(is_bundle_name(&names[0]));
    for reader in [authority(), device()] {
        assert_eq!(frames_of(&written.files[0], &reader).unwrap(), frames);
    }
}

#[test]
fn anybody_can_see_who_a_part_is_from_and_for_and_check_that_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, recipients) = (sender(), recipients());
    let mut new = new_bundle(&sender, &recipients);
    let unknown = Extension {
        tag: 4_000,
        bytes: b"of a later version".to_vec(),
    };
    new.extensions = vec![unknown.clone()];
    let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
    writer.frame(1, b"x").unwrap();
    let written = writer.finish().unwrap();
    let part = inspect(&written.files[0]).unwrap();
    assert_eq!(part.header.id, written.id);
    assert_eq!(part.header.province, province());
    assert_eq!(part.header.sender, sender.device());
    assert_eq!(part.header.claimed_at, NOW);
    assert_eq!((part.header.number, part.is_last), (1, true));
    assert_eq!(part.header.recipients, recipients);
    assert_eq!(part.header.extensions, [unknown], "what is not known is kept");
    assert_eq!(checked(&written.files[0]).unwrap(), part);
}

#[test]
fn nothing_of_the_frames_stands_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let canary = b"hoang yen 7f3a";
    let frames = [frame(1, &canary.repeat(1000))];
    let written = write_to(folder.path(), &frames, u64::MAX).unwrap();
    let bytes = std::fs::read(&written.files[0]).unwrap();
    assert!(!bytes.windows(canary.len()).any(|window| window == canary));
}

#[test]
fn a_bundle_for_others_says_who_they_are_and_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_to(folder.path(), &[frame(1, b"x")], u64::MAX).unwrap();
    for stranger in [key(9), sender()] {
        match frames_of(&written.files[0], &stranger) {
            Err(BundleError::NotForUs(for_whom)) => assert_eq!(for_whom, recipients()),
            other => panic!("{other:?}"),
        }
    }
    checked(&written.files[0]).expect("it is whole all the same");
}

#[test]
fn parts_keep_to_their_size_and_each_is_read_alone_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..60u8)
        .map(|n| frame(n + 1, &noise(u64::from(n), 3_000)))
        .collect();
    let most = 20_000;
    let written = write_to(folder.path(), &frames, most).unwrap();
    let total = written.files.len();
    assert!((10..=12).contains(&total), "{total} parts for 180 kB");
    for (index, path) in written.files.iter().enumerate() {
        let part = inspect(path).unwrap();
        assert!(part.bytes <= most, "{} bytes", part.bytes);
        assert_eq!(part.header.number as usize, index + 1);
        assert_eq!(part.is_last, index + 1 == total);
        let ending = format!("-{}of{total}.cmgoi", index + 1);
        assert!(path.to_str().unwrap().ends_with(&ending));
    }
    let mut gathered = Vec::new();
    for path in written.files.iter().rev() {
        let mut of_part = frames_of(path, &authority()).unwrap();
        of_part.extend(gathered);
        gathered = of_part;
    }
    assert_eq!(gathered, frames);
}

#[test]
fn a_part_may_be_filled_to_its_last_byte_and_not_beyond() {
    // age's header has a chance length, so every size around the edge of a chunk is met many times.
    for most in (66_000..69_000).step_by(100) {
        let folder = tempfile::tempdir().unwrap();
        let frames: Vec<_> = (0..150).map(|n| frame(1, &noise(n, 450))).collect();
        let written = write_to(folder.path(), &frames, most).unwrap();
        for path in &written.files {
            assert!(inspect(path).unwrap().bytes <= most);
        }
        assert!(written.bytes < most * 2);
    }
}

#[test]
fn a_frame_that_is_larger_than_a_part_gets_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let frames = [
        frame(1, b"before"),
        frame(2, &noise(1, 50_000)),
        frame(3, b"after"),
    ];
    let written = write_to(folder.path(), &frames, 2_000).unwrap();
    let found: Vec<_> = written
        .files
        .iter()
        .map(|path| frames_of(path, &device()).unwrap())
        .collect();
    assert_eq!(found, frames.map(|frame| vec![frame]));
}

#[test]
fn a_bundle_without_frames_is_one_whole_part() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_to(folder.path(), &[], u64::MAX).unwrap();
    assert_eq!(frames_of(&written.files[0], &device()).unwrap(), []);
}

#[test]
fn the_longest_frame_is_taken_and_a_longer_one_or_one_of_kind_0_is_refused_without_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, recipients) = (sender(), recipients());
    let new = new_bundle(&sender, &recipients);
    let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
    let longest = vec![7; MAX_FRAME];
    writer.frame(1, &longest).unwrap();
    let refused = writer.frame(1, &vec![7; MAX_FRAME + 1]);
    assert!(matches!(refused, Err(BundleError::BadFrame { kind: 1, .. })));
    assert!(matches!(
        writer.frame(0, b"x"),
        Err(BundleError::BadFrame { kind: 0, length: 1 })
    ));
    let written = writer.finish().unwrap();
    assert_eq!(
        frames_of(&written.files[0], &device()).unwrap(),
        [frame(1, &longest)]
    );
}

#[test]
fn as_many_recipients_as_are_allowed_can_each_open_it_and_no_more_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let sender = sender();
    let keys: Vec<_> = (0..=MAX_RECIPIENTS as u16)
        .map(|n| {
            let mut seed = [0x5a; 32];
            seed[..2].copy_from_slice(&n.to_le_bytes());
            cotmoc_core::journal::SigningKey::from_seed(&seed)
        })
        .collect();
    let all: Vec<_> = keys.iter().map(|key| key.device()).collect();
    let refused = BundleWriter::start(folder.path(), new_bundle(&sender, &all), Watch::nobody());
    assert!(matches!(refused.err(), Some(BundleError::RecipientCount(257))));
    let refused = BundleWriter::start(folder.path(), new_bundle(&sender, &[]), Watch::nobody());
    assert!(matches!(refused.err(), Some(BundleError::RecipientCount(0))));
    // One who is named twice counts once.
    let named = [&all[..MAX_RECIPIENTS], &all[..1]].concat();
    let mut writer =
        BundleWriter::start(folder.path(), new_bundle(&sender, &named), Watch::nobody()).unwrap();
    writer.frame(1, b"x").unwrap();
    let written = writer.finish().unwrap();
    for key in [&keys[0], &keys[MAX_RECIPIENTS - 1]] {
        assert_eq!(frames_of(&written.files[0], key).unwrap(), [frame(1, b"x")]);
    }
}

#[test]
fn progress_is_told_through_writing_and_reading_back() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, recipients) = (sender(), recipients());
    let mut seen: Vec<Progress> = Vec::new();
    let never = AtomicBool::new(false);
    let watch = Watch::new(|progress| seen.push(progress), &never);
    let mut new = new_bundle(&sender, &recipients);
    new.max_part_bytes = 2_000_000;
    let mut writer = BundleWriter::start(folder.path(), new, watch).unwrap();
    for n in 0..5 {
        writer.frame(1, &noise(n, 1_000_000)).unwrap();
    }
    let written = writer.finish().unwrap();
    let of = |stage| seen.iter().filter(move |progress| progress.stage == stage);
    assert_eq!(of(Stage::Writing).next_back().unwrap().bytes, 5_000_000);
    assert!(of(Stage::Writing).count() >= 20);
    let last = of(Stage::Verifying).next_back().unwrap();
    assert_eq!((last.bytes, last.of), (written.bytes, Some(written.bytes)));
    assert!(seen.is_sorted_by_key(|progress| (progress.stage == Stage::Verifying, progress.bytes)));
}

#[test]
fn a_stop_at_any_step_leaves_nothing_behind() {
    for stop_after in 0..60 {
        let folder = tempfile::tempdir().unwrap();
        let (sender, recipients) = (sender(), recipients());
        let stop = AtomicBool::new(false);
        let mut steps = 0;
        let watch = Watch::new(
            |_| {
                steps += 1;
                stop.store(steps > stop_after, Ordering::Relaxed);
            },
            &stop,
        );
        let mut new = new_bundle(&sender, &recipients);
        new.max_part_bytes = 300_000;
        let mut writer = BundleWriter::start(folder.path(), new, watch).unwrap();
        let given = (0..10).try_for_each(|n| writer.frame(1, &noise(n, 290_000)));
        match given.and_then(|()| writer.finish()) {
            Err(BundleError::Stopped) => assert_eq!(names_in(folder.path()), [""; 0], "at {stop_after}"),
            Err(other) => panic!("{other}"),
            Ok(written) => {
                assert!(stop_after >= 50, "every step before the end can be stopped");
                assert_eq!(names_in(folder.path()).len(), written.files.len());
            }
        }
    }
}

#[test]
fn a_writing_that_is_dropped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, recipients) = (sender(), recipients());
    let mut new = new_bundle(&sender, &recipients);
    new.max_part_bytes = 10_000;
    let mut writer = BundleWriter::start(folder.path(), new, Watch::nobody()).unwrap();
    for n in 0..5 {
        writer.frame(1, &noise(n, 9_000)).unwrap();
    }
    assert_eq!(names_in(folder.path()).len(), 5);
    drop(writer);
    assert_eq!(names_in(folder.path()), [""; 0]);
}
