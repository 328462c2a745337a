//! An exchange of 64 KB, cut at the bytes of either way: nothing lost, nothing doubled, little sent again.

#![allow(clippy::unwrap_used)]

use cotmoc_tests::simulator::Template;
use cotmoc_tests::simulator::cuts::{Sawn, Way, saw};

/// The exchange, bytes.
const STREAM: u64 = 64 * 1024;
/// The most that one cut may make go again: a chunk and what asks for the rest.
const REPEATED: u64 = 16 * 1024 + 1024;

fn sawn(way: Way, step: usize) -> Sawn {
    let sawn = saw(&Template::found().unwrap(), way, step).unwrap();
    eprintln!("{way:?}, every {step}: {sawn:?}");
    assert!(
        sawn.stream >= STREAM,
        "the exchange is as large as it says: {sawn:?}"
    );
    assert!(
        sawn.cuts >= STREAM / step as u64,
        "it was cut that often: {sawn:?}"
    );
    assert!(
        sawn.most_repeated <= REPEATED,
        "a cut repeats a chunk at most: {sawn:?}"
    );
    sawn
}

#[test]
fn a_request_cut_at_every_64th_byte_arrives_once() {
    sawn(Way::Going, 64);
}

#[test]
fn an_answer_cut_at_every_64th_byte_arrives_once() {
    sawn(Way::Coming, 64);
}

#[test]
#[ignore = "make test-long"]
fn a_request_cut_at_every_byte_arrives_once() {
    sawn(Way::Going, 1);
}

#[test]
#[ignore = "make test-long"]
fn an_answer_cut_at_every_byte_arrives_once() {
    sawn(Way::Coming, 1);
}
