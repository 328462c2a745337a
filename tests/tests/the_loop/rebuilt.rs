//! A whole new server, begun with the keys alone, is filled by the devices and proved to hold what the old one held.

use std::path::Path;
use std::process::Command;

use cotmoc_sync_server::{inventory_of, write_inventory, write_keys};
use cotmoc_tests::fleet::{Player, Town, gauntlet, program, register};
use cotmoc_tests::photo::photo;
use serde_json::{Value, json};

/// What `sync-server rebuild --check` says, and whether it found everything.
fn rebuild(home: &Path, against: &Path) -> (bool, Vec<Value>) {
    let run = Command::new(program("sync-server"))
        .args(["rebuild", "--json", "--home"])
        .arg(home)
        .arg("--check")
        .arg(against)
        .output()
        .unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    let told = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    (run.status.success(), told.collect())
}

fn missing(told: &[Value]) -> u64 {
    let scopes = told.iter().filter(|line| line["event"] == "compared");
    let runs = scopes.flat_map(|line| line["missing"].as_array().unwrap().clone());
    runs.map(|run| run["last"].as_u64().unwrap() - run["first"].as_u64().unwrap() + 1)
        .sum()
}

fn add_photo(by: &Player, record: &str) {
    let upload = by.upload(photo(70)).unwrap();
    by.call(
        "evidence.add",
        json!({ "record": record, "upload": upload, "name": "anh.jpg" }),
    );
}

#[test]
fn a_new_server_with_the_keys_alone_is_filled_by_the_devices_and_proved_equal() {
    let mut town = Town::son_la().unwrap();
    let first = town.post("first", "don-muong-lan").unwrap();
    let second = town.post("second", "don-long-sap").unwrap();
    let record = register(&first, "Bữa sáng cho em");
    add_photo(&first, &record);
    register(&second, "Thắp sáng đường biên");
    for device in [
        &first,
        &second,
        &town.compiler,
        &town.administrator,
        &first,
        &second,
    ] {
        device.exchange();
    }
    let (home, keys) = (town.folder("server"), town.folder("keys"));
    let (inventory, lost) = (town.folder("inventory.jsonl"), town.folder("lost"));
    assert_eq!(write_keys(&home, &keys, None, gauntlet()).unwrap(), 1);
    write_inventory(&inventory_of(&home, None).unwrap(), &inventory).unwrap();
    let pin = town.server().address().tls_pin;
    town.stop_server();
    let entries = inventory_of(&home, None).unwrap();
    let entries: u64 = entries.scopes.values().map(|holding| holding.entries).sum();
    std::fs::rename(&home, &lost).unwrap();
    std::fs::rename(&keys, &home).unwrap();

    let (complete, told) = rebuild(&home, &inventory);
    assert!(!complete, "nothing is here yet");
    assert_eq!(
        missing(&told),
        entries,
        "everything is missing by name: {told:#?}"
    );

    town.start_server().unwrap();
    assert_eq!(town.server().address().tls_pin, pin, "devices know it");
    for device in [&first, &second, &town.compiler, &town.administrator] {
        device.exchange();
    }
    let stock = town.server().state().ledger().media_stock().unwrap();
    assert_eq!(stock.blobs_missing, 0, "photos came too");
    assert!(stock.bytes_held > 0);
    // Life goes on: what is written since is counted and changes nothing about the proof.
    register(&first, "Ba bám, bốn cùng");
    first.exchange();
    town.stop_server();
    for against in [&inventory, &lost] {
        let (complete, told) = rebuild(&home, against);
        assert!(complete, "{told:#?}");
        assert_eq!(missing(&told), 0);
        assert_eq!(told[0]["changed"], 0);
        let since: u64 = told[1..].iter().map(|line| line["since"].as_u64().unwrap()).sum();
        assert!(since > 0);
    }
}

/// What `sync-server missing` says.
fn missing_files(home: &Path) -> Vec<Value> {
    let run = Command::new(program("sync-server"))
        .args(["missing", "--json", "--home"])
        .arg(home)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_server_that_lost_a_photo_is_not_equal_and_names_it_until_it_has_come_again() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add_photo(&post, &record);
    let (home, inventory) = (town.folder("server"), town.folder("inventory.jsonl"));
    for _ in 0..2 {
        post.exchange();
    }
    let told = missing_files(&home);
    assert_eq!(
        told.len(),
        1,
        "asked while it runs, nothing is missing: {told:#?}"
    );
    assert_eq!(told[0]["files"], 0);
    write_inventory(&inventory_of(&home, None).unwrap(), &inventory).unwrap();
    town.stop_server();
    for name in ["media.db", "media.db-wal", "media.db-shm"] {
        let _ = std::fs::remove_file(home.join(name));
    }

    let told = missing_files(&home);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(told[0]["event"], "missing_file");
    assert_eq!(
        (&told[0]["name"], &told[0]["record"]),
        (&json!("anh.jpg"), &json!(record))
    );
    let author = post.device().ledger().author().unwrap().device();
    assert_eq!(told[0]["device"], json!(author));
    assert!(told[0]["scope"].as_str().unwrap().starts_with("đơn vị · unit "));
    assert!(told[0]["missing"].as_u64().unwrap() > 0);
    assert_eq!(told[0]["missing"], told[0]["bytes"]);
    assert_eq!(
        (&told[1]["files"], &told[1]["bytes"]),
        (&json!(1), &told[0]["missing"])
    );
    let (complete, told) = rebuild(&home, &inventory);
    assert!(
        !complete,
        "every entry and document is there, the photo is not: {told:#?}"
    );
    let unequal: Vec<&Value> = told[1..].iter().filter(|line| line["equal"] == false).collect();
    assert_eq!(unequal.len(), 1);
    assert_eq!(missing(&told), 0);
    assert_eq!(
        unequal[0]["photos"].as_u64(),
        Some(unequal[0]["missing_photos"].as_array().unwrap().len() as u64)
    );

    town.start_server().unwrap();
    for name in ["Ba bám, bốn cùng", "Thắp sáng đường biên"] {
        // With something to say the post hears what the server lacks.
        register(&post, name);
        post.exchange();
    }
    town.stop_server();
    assert_eq!(missing_files(&home)[0]["files"], 0);
    let (complete, told) = rebuild(&home, &inventory);
    assert!(complete, "{told:#?}");
}

/// As a server of the version before wrote it, which named no photos.
fn of_the_version_before(inventory: &Path) {
    let text = std::fs::read_to_string(inventory).unwrap();
    let mut lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("{\"photo\""))
        .collect();
    assert!(lines.len() < text.lines().count());
    assert_eq!(lines[0], r#"{"inventory":{"version":2}}"#);
    let end = json!({ "end": { "lines": lines.len() - 1 } }).to_string();
    lines[0] = r#"{"inventory":{"version":1}}"#;
    *lines.last_mut().unwrap() = &end;
    std::fs::write(inventory, lines.join("\n") + "\n").unwrap();
}

#[test]
fn an_inventory_of_the_version_before_proves_entries_and_documents_and_is_said_to_say_nothing_of_photos() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add_photo(&post, &record);
    post.exchange();
    let (home, inventory) = (town.folder("server"), town.folder("inventory.jsonl"));
    write_inventory(&inventory_of(&home, None).unwrap(), &inventory).unwrap();
    of_the_version_before(&inventory);
    town.stop_server();
    let (complete, told) = rebuild(&home, &inventory);
    assert!(complete, "{told:#?}");
    assert_eq!(told[1]["event"], "no_photos_named", "{told:#?}");
    let compared = &told[2..];
    assert!(!compared.is_empty());
    assert!(
        compared
            .iter()
            .all(|line| line["event"] == "compared" && line["photos"].is_null())
    );

    std::fs::rename(&home, town.folder("lost")).unwrap();
    write_keys(&town.folder("lost"), &home, None, gauntlet()).unwrap();
    let (complete, told) = rebuild(&home, &inventory);
    assert!(!complete, "an empty server is not taken for it: {told:#?}");
}

#[test]
fn what_no_device_has_any_more_is_named_by_log() {
    let mut town = Town::son_la().unwrap();
    let gone = town.post("gone", "don-long-sap").unwrap();
    register(&gone, "Thắp sáng đường biên");
    gone.exchange();
    let (home, keys) = (town.folder("server"), town.folder("keys"));
    let lost = town.folder("lost");
    write_keys(&home, &keys, None, gauntlet()).unwrap();
    town.stop_server();
    std::fs::rename(&home, &lost).unwrap();
    std::fs::rename(&keys, &home).unwrap();
    town.start_server().unwrap();
    // Nobody but the device that is gone held what it wrote since the compiler's last exchange.
    town.compiler.exchange();
    town.administrator.exchange();
    town.stop_server();
    let (complete, told) = rebuild(&home, &lost);
    assert!(!complete);
    let key = gone.device().ledger().author().unwrap().device();
    let named: Vec<&Value> = told
        .iter()
        .filter(|line| {
            line["event"] == "compared"
                && line["missing"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|run| run["device"] == json!(key))
        })
        .collect();
    assert_eq!(named.len(), 1, "{told:#?}");
    assert_eq!(named[0]["equal"], false);
    assert_eq!(
        named[0]["differing"].as_array().unwrap().len() as u64,
        named[0]["documents"].as_u64().unwrap()
    );
}
