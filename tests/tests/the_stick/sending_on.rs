//! A courier with a connection sends on to the province what it cannot read.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::{ParcelClaim, carried_header, carried_name};
use cotmoc_core::journal::SigningKey;
use cotmoc_ledger::bundle::inspect;
use cotmoc_tests::fleet::{Player, Town, register};
use cotmoc_tests::photo::detailed_photo;
use serde_json::{Value, json};

use crate::support::{export, files, held, import, standings};

fn add_photo(by: &Player, record: &str) {
    let upload = by.upload(detailed_photo(80_000, 1)).unwrap();
    by.call(
        "evidence.add",
        json!({ "record": record, "upload": upload, "name": "anh.jpg" }),
    );
}

/// A post without a connection, whose bundle lies with a courier of another post.
struct Errand {
    town: Town,
    post: Player,
    courier: Player,
    record: String,
    file: PathBuf,
    _stick: tempfile::TempDir,
}

fn errand() -> Errand {
    let town = Town::for_counting().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let courier = town.post("courier", "don-long-sap").unwrap();
    courier.exchange();
    post.exchange();
    let record = register(&post, "Bữa sáng cho em");
    add_photo(&post, &record);
    let stick = tempfile::tempdir().unwrap();
    let file = files(&export(&post, stick.path())).remove(0);
    assert_eq!(standings(&import(&courier, &file)), ["carried"]);
    Errand {
        town,
        post,
        courier,
        record,
        file,
        _stick: stick,
    }
}

fn carried(by: &Player) -> Value {
    by.call("sticks.carried", json!({}))
}

fn spooled(town: &Town) -> Vec<PathBuf> {
    let folder = town.folder("server").join("carried");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The header that names a file in its courier's claim.
fn header(key: &SigningKey, file: &Path, from: u64) -> String {
    let part = inspect(file).unwrap();
    let named = (part.header.id.0, part.header.number);
    let claim = ParcelClaim::sign_hash(key, carried_name(named), part.bytes);
    carried_header(from, &claim, named)
}

fn client() -> reqwest::blocking::Client {
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder().build().unwrap()
}

fn ask(town: &Town, header: &str) -> (u16, String) {
    let url = format!("http://{}/v1/bundle", town.server().addr());
    let client = client();
    let answer = client.get(url).header("cotmoc-bundle", header).send().unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

fn send(town: &Town, header: &str, body: impl Into<reqwest::blocking::Body>) -> Option<(u16, String)> {
    let url = format!("http://{}/v1/bundle", town.server().addr());
    let client = client();
    let request = client.post(url).header("cotmoc-bundle", header).body(body);
    let answer = request.send().ok()?;
    Some((answer.status().as_u16(), answer.text().unwrap()))
}

/// Sends a part of a body that was announced longer, and then the connection is gone.
fn send_and_break(town: &Town, header: &str, body: &[u8], announced: usize) {
    let mut connection = TcpStream::connect(town.server().addr()).unwrap();
    let head = format!(
        "POST /v1/bundle HTTP/1.1\r\nhost: x\r\ncotmoc-bundle: {header}\r\ncontent-length: {announced}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(body).unwrap();
}

#[test]
fn an_exchange_of_the_courier_brings_it_and_the_author_gets_its_receipt_with_its_own() {
    let errand = errand();
    let Errand {
        town, post, courier, ..
    } = &errand;
    assert_eq!(carried(courier)["files"].as_array().unwrap().len(), 1);
    courier.exchange();
    let list = carried(courier);
    assert_eq!(list["files"], json!([]), "carrying is done");
    assert_eq!(list["sent"][0]["sender"], "Máy post");
    assert_eq!(list["sent"][0]["problem"], Value::Null);
    assert!(
        spooled(town).is_empty(),
        "nothing is left of it on the server's disk"
    );
    let mut here = town.server().state().ledger().sorted_entry_hashes().unwrap();
    here.retain(|hash| {
        post.device()
            .ledger()
            .sorted_entry_hashes()
            .unwrap()
            .contains(hash)
    });
    assert_eq!(
        here,
        post.device().ledger().sorted_entry_hashes().unwrap(),
        "all that the author has"
    );
    let stock = town.server().state().ledger().media_stock().unwrap();
    assert_eq!(stock.blobs_missing, 0, "the photo too");

    let outcome = post.exchange();
    assert_eq!(held(post, &errand.record), "province");
    let sent = outcome["bytes_sent"].as_u64().unwrap();
    assert!(sent < 3_000, "nothing of it is sent again: {outcome}");
}

#[test]
fn what_came_before_a_cut_stays_through_a_restart_and_only_the_rest_is_sent() {
    let mut errand = errand();
    let key = errand.courier.device().ledger().author().unwrap().key;
    let bytes = fs::read(&errand.file).unwrap();
    let half = bytes.len() / 2;
    send_and_break(
        &errand.town,
        &header(&key, &errand.file, 0),
        &bytes[..half],
        bytes.len(),
    );
    let arrived = (0..100)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            ask(&errand.town, &header(&key, &errand.file, 0))
        })
        .find(|(_, text)| text != "0")
        .unwrap();
    let here: u64 = arrived.1.parse().unwrap();
    assert!((1..=half as u64).contains(&here), "{arrived:?}");
    errand.town.stop_server();
    errand.town.start_server().unwrap();
    let after = ask(&errand.town, &header(&key, &errand.file, 0));
    assert_eq!(after, (200, here.to_string()));
    // What is here is not what a fresh sending would have written: only who goes on at this byte makes it whole.
    let spool = spooled(&errand.town).remove(0);
    assert_eq!(fs::read(spool).unwrap(), bytes[..here as usize]);
    errand.courier.exchange();
    assert_eq!(carried(&errand.courier)["files"], json!([]));
    errand.post.exchange();
    assert_eq!(held(&errand.post, &errand.record), "province");
    let again = ask(&errand.town, &header(&key, &errand.file, 0));
    assert_eq!(again, (200, "taken".to_owned()), "also when the answer was lost");
}

#[test]
fn strangers_false_names_and_too_much_are_refused_before_anything_is_kept() {
    let errand = errand();
    let (town, file) = (&errand.town, &errand.file);
    let key = errand.courier.device().ledger().author().unwrap().key;
    let code = |answer: Option<(u16, String)>| answer.map(|(status, _)| status);
    let body = || vec![7_u8; 100];
    let stranger = SigningKey::from_seed(&[9; 32]);
    assert_eq!(code(send(town, &header(&stranger, file, 0), body())), Some(403));
    let part = inspect(file).unwrap();
    let named = (part.header.id.0, part.header.number);
    let another = (named.0, named.1 + 1);
    let claim = ParcelClaim::sign_hash(&key, carried_name(named), part.bytes);
    assert_eq!(
        code(send(town, &carried_header(0, &claim, another), body())),
        Some(400)
    );
    let large = ParcelClaim::sign_hash(&key, carried_name(named), u64::MAX);
    assert_eq!(
        code(send(town, &carried_header(0, &large, named), body())),
        Some(413)
    );
    let text = carried_header(0, &claim, named);
    let forged = text.replace(&format!(".{}.", part.bytes), &format!(".{}.", part.bytes + 1));
    assert_eq!(code(send(town, &forged, body())), Some(401));
    for nonsense in ["", "x", "0 a.b.c.d e 1"] {
        assert_eq!(code(send(town, nonsense, body())), Some(400));
    }
    assert!(spooled(town).is_empty());
    assert_eq!(
        code(send(town, &header(&key, file, 50), body())),
        Some(409),
        "the beginning is missing"
    );
    let longer = vec![7; part.bytes as usize + 1];
    assert_eq!(code(send(town, &header(&key, file, 0), longer)), Some(400));
}

#[test]
fn a_file_that_the_province_cannot_use_is_named_with_its_reason_and_not_sent_again() {
    let errand = errand();
    let courier = &errand.courier;
    let kept = files(&carried(courier)).remove(0);
    let mut bytes = fs::read(&kept).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&kept, bytes).unwrap();
    courier.exchange();
    let list = carried(courier);
    assert_eq!(list["sent"][0]["problem"], "damaged");
    assert_eq!(
        list["files"].as_array().unwrap().len(),
        1,
        "a person may still look into it"
    );
    assert!(spooled(&errand.town).is_empty());
    let at = list["sent"][0]["at"].clone();
    courier.exchange();
    assert_eq!(carried(courier)["sent"][0]["at"], at, "once");
    assert_eq!(
        held(&errand.post, &errand.record),
        "carried",
        "its author knows only what it wrote to the stick"
    );
}
