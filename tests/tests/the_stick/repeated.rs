//! Any order, any number of times.

use std::path::PathBuf;

use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::{Value, json};

use crate::support::{entries, export, export_as, files, hashes, import, import_at_province, standings};

/// A post with two devices that hold the same, and three bundles of the first one's newer work.
fn three_bundles() -> (Town, Player, Player, tempfile::TempDir, Vec<PathBuf>) {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    mate.exchange();
    post.exchange();
    let stick = tempfile::tempdir().unwrap();
    let mut bundles = Vec::new();
    for name in ["Bữa sáng cho em", "Nước sạch cho bản", "Con nuôi đồn"] {
        register(&post, name);
        let written = export_as(&post, stick.path(), json!({ "since_last": true }));
        bundles.extend(files(&written));
    }
    assert_eq!(bundles.len(), 3);
    (town, post, mate, stick, bundles)
}

#[test]
fn a_hundred_imports_in_every_order_give_the_same_records_and_nothing_twice() {
    let (_town, post, mate, stick, bundles) = three_bundles();
    let before = entries(&mate).len();
    let orders = [[2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1], [1, 0, 2], [0, 1, 2]];
    let mut new = 0;
    for n in 0..100 {
        let order = orders[n % orders.len()];
        for at in order {
            new += import(&mate, &bundles[at])["entries"].as_u64().unwrap();
        }
    }
    assert_eq!(entries(&mate), entries(&post));
    assert_eq!(new, (entries(&mate).len() - before) as u64);
    assert_eq!(hashes(&mate), hashes(&post));
    let whole = import(&mate, stick.path());
    assert_eq!(standings(&whole), ["nothing_new"; 3]);
    let list = mate.call("models.list", json!({}));
    assert_eq!(list["rows"].as_array().unwrap().len(), 3, "{list}");
}

#[test]
fn the_province_takes_the_same_bundles_in_backwards_and_twice() {
    let (mut town, post, _mate, _stick, mut bundles) = three_bundles();
    town.stop_server();
    bundles.reverse();
    assert!(import_at_province(&town, &bundles) > 0);
    assert_eq!(import_at_province(&town, &bundles), 0);
    town.start_server().unwrap();
    post.exchange();
    town.compiler.exchange();
    let list = town.compiler.call("models.list", json!({}));
    assert_eq!(list["rows"].as_array().unwrap().len(), 3, "{list}");
}

#[test]
fn an_older_bundle_after_a_newer_one_takes_nothing_back() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    mate.exchange();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let older = files(&export(&post, stick.path()));
    let mut changed = cotmoc_tests::fleet::registration("Bữa sáng cho em ở Mường Lạn");
    changed["registration"] = json!(id);
    post.call("registrations.save", changed);
    let newer = files(&export(&post, stick.path()));
    import(&mate, &newer[0]);
    assert_eq!(standings(&import(&mate, &older[0])), ["nothing_new"]);
    let seen = mate.call("registrations.get", json!({ "registration": id }));
    assert_eq!(seen["values"]["name"], "Bữa sáng cho em ở Mường Lạn");
    assert_eq!(
        mate.call("differences.list", Value::Null)["differences"],
        json!([])
    );
}

#[test]
fn a_mate_that_gives_its_own_stick_back_is_not_written_the_same_again() {
    let (_town, post, mate, stick, _) = three_bundles();
    import(&mate, stick.path());
    let back = tempfile::tempdir().unwrap();
    export(&mate, back.path());
    import(&post, back.path());
    let places = post.call("sticks.places", Value::Null);
    let recipients = places["recipients"].as_array().unwrap();
    let owed = recipients.iter().find(|one| one["label"] == "Máy mate").unwrap();
    assert_eq!(
        (&owed["owed"], &owed["by_default"]),
        (&json!(0), &json!(true)),
        "{places}"
    );
    assert!(
        recipients[0]["owed"].as_u64().unwrap() > 0,
        "of the province nobody knows yet"
    );
}

#[test]
fn a_bundle_of_a_device_that_nobody_has_heard_of_brings_the_proof_of_its_grant() {
    let town = Town::son_la().unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    mate.exchange();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    export(&post, stick.path());
    let seen = mate.call("sticks.inspect", json!({ "paths": [stick.path()] }));
    assert_eq!(standings(&seen), ["ready"]);
    assert_eq!(standings(&import(&mate, stick.path())), ["imported"]);
    assert_eq!(entries(&mate), entries(&post));
    let seen = mate.call("sticks.inspect", json!({ "paths": [stick.path()] }));
    assert_eq!(seen["files"][0]["sender"], "Máy post");
}
