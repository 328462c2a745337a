//! What comes from the province and cannot be taken is shown, not only logged.

use cotmoc_core::exchange::{Answer, Cursor, Item, LeftOut, Pack, Run, SetDigest, shrink, write_part};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Incarnation, LogId, Scope, Signature, SigningKey};
use cotmoc_tests::fleet::{Town, register};
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
    over_http(&answer)
}

fn over_http(answer: &Answer) -> Vec<u8> {
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

#[test]
fn what_the_province_leaves_out_as_a_whole_is_shown_waits_and_goes_when_a_person_tries_it_again() {
    let mut town = Town::for_counting().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    register(&post, "Thắp sáng đường biên");
    let log = {
        let device = post.device();
        let me = device.ledger().author().unwrap().device();
        device.ledger().logs_of(me).unwrap().last().unwrap().0
    };
    let mut answer = Answer::of(Cursor::START);
    answer.left_out = vec![(log, LeftOut::TooLarge)];
    let answer = over_http(&answer);
    let outcome = exchange_with(&mut town, &post, |listener| hear_one_request(listener, &answer));
    assert_eq!(outcome.unwrap()["equal"], false);
    let view = || post.call("exchange.get", Value::Null);
    let rows = view()["left_out"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["problem"], "too_large");

    post.exchange();
    assert_eq!(view()["province"]["records"], 0, "it waits");
    post.call("exchange.retry_left_out", Value::Null);
    post.exchange();
    assert_eq!(view()["left_out"], json!([]));
    assert!(view()["province"]["records"].as_u64() > Some(0));
}
