//! "Đã gửi" is said of what has left this device, and of nothing else.

use std::io::Write;
use std::net::TcpStream;

use cotmoc_sync_server::{Server, Settings};
use cotmoc_tests::fleet::{Player, Town, gauntlet, register};
use serde_json::{Value, json};

use crate::pretender::{exchange_with, hear_one_request};

fn held(player: &Player, id: &str) -> Value {
    player.call("registrations.get", json!({ "registration": id }))["held"].clone()
}

#[test]
fn a_request_whose_answer_is_lost_was_sent() {
    let mut town = Town::for_counting().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Bữa sáng cho em");
    let problem = exchange_with(&mut town, &post, |listener| hear_one_request(listener, b""));
    assert_eq!(problem.unwrap_err().code, "server_unreachable");
    assert_eq!(held(&post, &id), "sent");
    let view = post.call("exchange.get", Value::Null);
    assert_eq!(
        (&view["sent"]["records"], &view["local"]["records"]),
        (&json!(2), &json!(0))
    );
    let history = post.call("registrations.history", json!({ "registration": id }));
    assert_eq!(history["changes"][0]["held"], "sent");
    post.exchange();
    assert_eq!(held(&post, &id), "province");
}

#[test]
fn a_request_that_is_answered_with_a_refusal_of_the_whole_is_not_sent() {
    let mut town = Town::for_counting().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Bữa sáng cho em");
    let busy = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
    let problem = exchange_with(&mut town, &post, |listener| hear_one_request(listener, busy));
    assert_eq!(problem.unwrap_err().code, "server_busy");
    assert_eq!(held(&post, &id), "this_device");
}

#[test]
fn a_server_that_speaks_no_tls_was_sent_nothing() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Bữa sáng cho em");
    let answered = exchange_with(&mut town, &post, |listener| {
        let mut stream: TcpStream = listener.accept().unwrap().0;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert!(answered.is_err());
    assert_eq!(held(&post, &id), "this_device");
}

#[test]
fn a_server_with_another_key_is_named_as_such_and_was_sent_nothing() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Bữa sáng cho em");
    let address = town.server().address().url.clone();
    town.stop_server();
    // Another server, with a key of its own, stands where the province's stood.
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(folder.path(), gauntlet());
    settings.listen = address.trim_start_matches("https://").parse().unwrap();
    let other = Server::start(settings).unwrap();
    for _ in 0..2 {
        assert_eq!(post.refuses("exchange.run", Value::Null), "server_wrong_key");
    }
    assert_eq!(held(&post, &id), "this_device");
    other.stop();
    town.start_server().unwrap();
    post.exchange();
    assert_eq!(held(&post, &id), "province");
}
