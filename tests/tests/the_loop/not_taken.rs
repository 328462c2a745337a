//! What comes from the province and cannot be taken is shown, not only logged.

use cotmoc_core::exchange::{Answer, Cursor, Item, Pack, Run, SetDigest, shrink, write_part};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Incarnation, LogId, Scope, Signature, SigningKey};
use cotmoc_tests::fleet::Town;
use serde_json::{Value, json};

use crate::pretender::{exchange_with, hear_one_request};

/// An answer with one run whose signature is not its author's.
fn altered(province: ProvinceId) -> Vec<u8> {
    let log = LogId {
        device: SigningKey::from_seed(&[9; 32]).device(),
        incarnation: Incarnation(1),
        scope: Scope::province(province),
    };
    let run = Run {
        log,
        first_seq: 1,
        prev: Hash32::ZERO,
        items: vec![Item::Withheld(Hash32([1; 32]))],
        signature: Signature([0; 64]),
    };
    let mut answer = Answer::of(Cursor::START);
    answer.digest = Some(SetDigest([3; 32]));
    answer.load.pack = Pack {
        records: Vec::new(),
        runs: vec![run],
    };
    let body = write_part(&shrink(&answer.write()), None);
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

#[test]
fn a_run_that_was_altered_on_the_way_is_shown_until_both_sides_hold_the_same() {
    let mut town = Town::for_counting().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let answer = altered(town.founded.province);
    let outcome = exchange_with(&mut town, &post, |listener| {
        // The two sides differ, and comparing them twice does not help.
        for _ in 0..3 {
            hear_one_request(listener, &answer);
        }
    });
    assert_eq!(outcome.unwrap()["equal"], false);
    let not_taken = || post.call("exchange.get", Value::Null)["not_taken"].clone();
    let rows = not_taken();
    assert_eq!(rows.as_array().unwrap().len(), 1, "said once: {rows}");
    assert_eq!(rows[0]["problem"], "signature");
    post.exchange();
    assert_eq!(not_taken(), json!([]));
}
