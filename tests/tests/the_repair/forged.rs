//! Somebody who holds a device's key signs a second entry at a place of its log.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use cotmoc_core::exchange::{Cursor, Request, shrink};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::Place;
use cotmoc_ledger::{Folder, Index, Ledger, RecordChange, SetAsideGoes, Unlock};
use cotmoc_tests::fleet::{Town, gauntlet, register};
use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use crate::support::{forks, heal, total};

/// A program that opens a device's store without knowing its tables. More steps than there will be: it makes nothing.
struct AnyTables;

impl Index for AnyTables {
    fn migrations(&self) -> &'static [&'static str] {
        &[""; 64]
    }

    fn prepare(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn record_changed(&self, _: &Transaction<'_>, _: &RecordChange<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn record_gone(&self, _: &Transaction<'_>, _: &RecordChange<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn clear(&self, _: &Transaction<'_>) -> rusqlite::Result<()> {
        Ok(())
    }
}

/// Sends everything that a device's folder holds of its own unit log, as a program that does not ask first.
fn send_all(town: &Town, home: &std::path::Path) {
    let folder = Folder::open(home, Unlock { passphrase: None }).unwrap();
    let ledger = Ledger::open(folder, Arc::new(AnyTables), gauntlet()).unwrap();
    let author = ledger.author().unwrap();
    let logs = ledger.logs_of(author.device()).unwrap();
    let own: Vec<_> = logs
        .iter()
        .filter(|(log, _, _)| matches!(log.scope.place, Place::Unit(_)))
        .map(|(log, _, _)| (*log, 0))
        .collect();
    let rest = ledger.rest_of(&own, u64::MAX, SetAsideGoes::Whole).unwrap();
    let mut request = Request::of(
        (author.device(), author.incarnation),
        town.founded.province,
        Cursor::START,
        1_024,
    );
    request.load.pack = rest.pack;
    request.forks = Some(Hash32([1; 32]));
    let body = shrink(&request.sign(&author.key));
    let mut stream = TcpStream::connect(town.server().addr()).unwrap();
    let head = format!(
        "POST /v1/exchange HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[test]
fn a_forged_branch_is_shown_to_all_and_counts_nowhere_until_the_administrator_has_chosen() {
    let town = Town::for_counting().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    post.leave_alone().unwrap();
    register(&post, "Trước khi sao chép");
    post.exchange();
    let copy = post.copy().unwrap();
    register(&post, "Nhánh thật");
    post.exchange();
    town.compiler.exchange();
    assert_eq!(total(&town.compiler), 2);
    let real = post.copy().unwrap();
    // The other branch, made with the same key from the older copy.
    post.put_back(&copy).unwrap();
    register(&post, "Nhánh giả");
    post.close();
    send_all(&town, post.home());
    post.put_back(&real).unwrap();
    assert_eq!(forks(&town), 1, "the province holds both entries as proof");

    heal(&town.compiler);
    heal(&town.administrator);
    for player in [&town.compiler, &town.administrator] {
        let list = player.call("forks.list", Value::Null);
        assert_eq!(list["forks"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(
            list["forks"][0]["branches"].as_array().unwrap().len(),
            2,
            "{list}"
        );
        assert_eq!(list["forks"][0]["settled"], Value::Null);
    }
    assert_eq!(total(&town.compiler), 1, "nothing from the fork on counts");

    // The honest device learns of it and writes its edits again in a new life.
    heal(&post);
    heal(&town.compiler);
    assert_eq!(total(&town.compiler), 2, "what the post typed is there again");

    let list = town.administrator.call("forks.list", Value::Null);
    let fork = &list["forks"][0];
    let keep = &fork["branches"][0]["entry"];
    town.administrator
        .call("forks.settle", json!({ "log": fork["log"], "keep": keep }));
    for _ in 0..2 {
        for player in [&town.administrator, &town.compiler, &post] {
            heal(player);
        }
    }
    for player in [&town.administrator, &town.compiler, &post] {
        let list = player.call("forks.list", Value::Null);
        assert_eq!(list["forks"][0]["settled"], *keep, "{list}");
        player.exchange();
    }
}
