//! Cut and altered files are found, always, before anything of them is believed.

use cotmoc_ledger::bundle::{BundleError, inspect, open};

use crate::support::{Scratch, authority, checked, device, frame, frames_of, noise, small_bundle};

fn small() -> Vec<u8> {
    small_bundle(&[frame(1, b"mot"), frame(2, &noise(1, 40)), frame(3, b"ba")])
}

#[test]
fn a_file_cut_at_any_byte_is_damaged_and_gives_no_frame() {
    let (whole, scratch) = (small(), Scratch::new());
    checked(&scratch.with(&whole)).unwrap();
    for length in 0..whole.len() {
        let path = scratch.with(&whole[..length]);
        for found in [
            checked(&path).map(drop),
            inspect(&path).map(drop),
            open(&path, &device()).map(drop),
        ] {
            assert!(
                matches!(found, Err(BundleError::Damaged(_))),
                "at {length}: {found:?}"
            );
        }
    }
}

#[test]
fn a_long_file_cut_at_edges_of_chunks_and_elsewhere_is_damaged_and_gives_no_frame() {
    let whole = small_bundle(&[frame(1, &noise(1, 300_000)), frame(2, &noise(2, 300_000))]);
    let scratch = Scratch::new();
    let edges = (0..9).flat_map(|chunk| (0..800).step_by(7).map(move |byte| chunk * (65_536 + 16) + byte));
    for length in edges.chain(whole.len() - 200..whole.len()) {
        let path = scratch.with(&whole[..length]);
        assert!(
            matches!(checked(&path), Err(BundleError::Damaged(_))),
            "at {length}"
        );
        assert!(open(&path, &device()).is_err(), "at {length}");
    }
}

#[test]
fn every_flipped_bit_is_found_and_none_panics() {
    let (whole, scratch) = (small(), Scratch::new());
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut altered = whole.clone();
            altered[at] ^= 1 << bit;
            let path = scratch.with(&altered);
            let found = checked(&path);
            let as_expected = match (at, &found) {
                (0..8, Err(BundleError::NotABundle)) => true,
                (8, Err(BundleError::Newer(version))) => *version == 1 ^ (1 << bit),
                (8, Err(BundleError::Damaged(_))) => bit == 0,
                (9.., Err(BundleError::Damaged(_))) => true,
                _ => false,
            };
            assert!(as_expected, "byte {at}, bit {bit}: {found:?}");
            if bit == at % 8 {
                assert!(frames_of(&path, &device()).is_err(), "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn bytes_put_in_taken_out_or_added_are_found() {
    let (whole, scratch) = (small(), Scratch::new());
    for at in 0..=whole.len() {
        let mut longer = whole.clone();
        longer.insert(at, 0x5a);
        let mut variants = vec![longer];
        if at < whole.len() {
            let mut shorter = whole.clone();
            shorter.remove(at);
            variants.push(shorter);
        }
        for altered in variants {
            if altered == whole {
                continue;
            }
            let path = scratch.with(&altered);
            assert!(checked(&path).is_err(), "at {at}");
            assert!(frames_of(&path, &device()).is_err(), "at {at}");
        }
    }
}

#[test]
fn halves_of_two_bundles_do_not_make_one() {
    let scratch = Scratch::new();
    let (one, other) = (small(), small());
    for at in (0..one.len().min(other.len())).step_by(5).skip(3) {
        let mixed = [&one[..at], &other[at..]].concat();
        let path = scratch.with(&mixed);
        assert!(matches!(checked(&path), Err(BundleError::Damaged(_))), "at {at}");
        assert!(frames_of(&path, &authority()).is_err());
    }
    let half = one.len() / 2;
    let swapped = [&one[half..], &one[..half]].concat();
    assert!(matches!(
        checked(&scratch.with(&swapped)),
        Err(BundleError::NotABundle)
    ));
}

#[test]
fn an_alteration_after_the_check_is_still_found_when_the_frames_are_read() {
    let scratch = Scratch::new();
    let whole = small_bundle(&[frame(1, &noise(1, 200_000)), frame(2, &noise(2, 200_000))]);
    for at in [1_500, 100_000, 300_000, whole.len() - 120] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        let path = scratch.with(&altered);
        let found: Result<Vec<_>, _> = open(&path, &device()).and_then(|frames| frames.collect());
        assert!(matches!(found, Err(BundleError::Damaged(_))), "at {at}");
    }
}

#[test]
fn other_files_are_no_bundles() {
    let scratch = Scratch::new();
    for bytes in [
        &b"PK\x03\x04 a workbook"[..],
        b"age-encryption.org/v1\n",
        &[0; 4096],
        b"\x89PNG\r\n\x1a\n",
    ] {
        assert!(matches!(
            checked(&scratch.with(bytes)),
            Err(BundleError::NotABundle)
        ));
    }
}
