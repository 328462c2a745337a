//! An exchange says about how long it takes and can be stopped without harm.

use std::time::Duration;

use cotmoc_tests::fleet::{Town, register, registration};
use serde_json::{Value, json};

#[test]
fn about_how_long_is_said_once_a_run_was_large_enough_to_measure() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let before = post.call("exchange.get", Value::Null);
    assert_eq!(before["bytes_to_send"], 0);
    assert_eq!(before["seconds_to_send"], Value::Null, "nothing waits");
    town.stop_server();
    for number in 0..40 {
        register(&post, &format!("Mô hình minh họa số {number}"));
    }
    town.start_server().unwrap();
    post.exchange();
    town.stop_server();
    register(&post, "Bữa sáng cho em");
    let waiting = post.call("exchange.get", Value::Null);
    assert!(waiting["bytes_to_send"].as_u64().unwrap() > 0);
    assert!(waiting["seconds_to_send"].as_u64().unwrap() >= 1, "{waiting}");
}

#[test]
fn a_stopped_exchange_keeps_what_went_before_and_the_next_one_brings_the_rest() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    town.stop_server();
    // Several pages of text that does not compress, so that there is time to stop in between.
    let (mut written, mut last) = (0u64, Value::Null);
    for _ in 0..3 {
        last = post.call("registrations.start", registration("Nhiều chữ"))["registration"].clone();
        written += 2;
        for _ in 0..120 {
            let [name, place, schedule, area] = [(); 4].map(|()| random_letters(330));
            let values =
                json!({ "name": name, "place": place, "schedule": schedule, "area_and_target": area });
            post.call(
                "registrations.save",
                json!({ "registration": last, "values": values }),
            );
            written += 1;
        }
    }
    town.start_server().unwrap();
    let outcome = std::thread::scope(|scope| {
        let running = scope.spawn(|| post.call("exchange.run", Value::Null));
        loop {
            let state = post.call("exchange.get", Value::Null)["state"]["state"].clone();
            if state == "running" {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        post.call("exchange.stop", Value::Null);
        running.join().unwrap()
    });
    assert_eq!(outcome["stopped"], true, "{outcome}");
    let confirmed = outcome["confirmed"].as_u64().unwrap();
    let status = post.call("status.get", Value::Null);
    assert_eq!(
        status["unsent"].as_u64().unwrap(),
        written - confirmed,
        "what was confirmed is kept and the rest waits"
    );
    assert_eq!(
        post.call("exchange.get", Value::Null)["last_problem"],
        Value::Null,
        "stopping is no fault"
    );
    // The province may still be working on the page that was broken off, and says so.
    let rest = loop {
        match post.try_call("exchange.run", Value::Null) {
            Err(problem) if problem.code == "server_busy" => std::thread::sleep(Duration::from_millis(100)),
            rest => break rest.unwrap(),
        }
    };
    assert_eq!((&rest["stopped"], &rest["equal"]), (&json!(false), &json!(true)));
    assert_eq!(
        confirmed + rest["confirmed"].as_u64().unwrap(),
        written,
        "nothing is lost or counted twice"
    );
    town.compiler.exchange();
    let at_province = town
        .compiler
        .call("registrations.get", json!({ "registration": last }));
    let here = post.call("registrations.get", json!({ "registration": last }));
    assert_eq!(at_province["values"], here["values"]);
}

/// Letters that no compression makes shorter by much.
fn random_letters(count: usize) -> String {
    use std::hash::{BuildHasher, RandomState};
    let letter = |at: usize| {
        let mixed = RandomState::new().hash_one(at) % 20_000;
        char::from_u32(0x4E00 + u32::try_from(mixed).unwrap()).unwrap()
    };
    (0..count).map(letter).collect()
}

#[test]
fn a_wish_to_stop_while_nothing_runs_stops_nothing_later() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Bữa sáng cho em");
    post.call("exchange.stop", Value::Null);
    let outcome = post.exchange();
    assert_eq!(
        (&outcome["stopped"], &outcome["confirmed"]),
        (&json!(false), &json!(3))
    );
}
