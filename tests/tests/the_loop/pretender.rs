//! Something else than the province's server at the server's address, over plain HTTP.

use std::io::{Read, Write};
use std::net::TcpListener;

use cotmoc_device::contract::Problem;
use cotmoc_tests::fleet::{Player, Town};
use serde_json::Value;

/// Reads one whole request and goes away, or answers it with `answer` first.
pub fn hear_one_request(listener: &TcpListener, answer: &[u8]) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut heard = Vec::new();
    let mut chunk = [0u8; 4_096];
    while !is_whole(&heard) {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the request ended early");
        heard.extend_from_slice(&chunk[..read]);
    }
    stream.write_all(answer).unwrap();
}

fn is_whole(heard: &[u8]) -> bool {
    let Some(head) = heard.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&heard[..head]).to_lowercase();
    let length = text.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    heard.len() >= head + 4 + length
}

/// One exchange with something else than the server at the server's address.
pub fn exchange_with(
    town: &mut Town,
    post: &Player,
    other: impl FnOnce(&TcpListener) + Send,
) -> Result<Value, Problem> {
    let address = town.server().addr();
    town.stop_server();
    let listener = TcpListener::bind(address).unwrap();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| other(&listener));
        post.try_call("exchange.run", Value::Null)
    });
    drop(listener);
    town.start_server().unwrap();
    outcome
}
