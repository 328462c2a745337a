//! Photos go with the exchange, after the records, and are said to be held once they are.

use std::time::{SystemTime, UNIX_EPOCH};

use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
use cotmoc_tests::fleet::{Player, Town, register};
use cotmoc_tests::photo::{add, first_row};
use serde_json::{Value, json};

use crate::restored::{back_up, restore};

/// Forms of photos whose entry the server holds without their bytes.
fn lacks(town: &Town) -> u64 {
    let stock = town.server().state().ledger().media_stock();
    stock.unwrap().blobs_missing
}

#[test]
fn a_photo_reaches_the_province_and_everybody_who_may_see_its_record_byte_for_byte() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let elsewhere = town.post("elsewhere", "don-long-sap").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let added = add(&post, &record, 120);
    post.exchange();
    let stock = town.server().state().ledger().media_stock().unwrap();
    assert_eq!((stock.blobs_missing, stock.bytes_missing), (0, 0));
    assert!(stock.bytes_held > 0);
    assert_eq!(first_row(&post, &record)["held"], "province");

    town.compiler.exchange();
    assert_eq!(first_row(&town.compiler, &record)["complete"], true);
    for form in ["blob", "thumbnail"] {
        let blob = added[form].as_str().unwrap();
        let sent = post.media(blob).unwrap().bytes;
        assert_eq!(town.compiler.media(blob).unwrap().bytes, sent, "{form}");
    }
    elsewhere.exchange();
    let stock = elsewhere.device().ledger().media_stock().unwrap();
    assert_eq!(
        stock.bytes_held + stock.bytes_missing,
        0,
        "another post gets nothing of it"
    );

    // Everything is where it should be: a quiet exchange has no word about photos.
    let quiet = post.exchange();
    assert_eq!(quiet["round_trips"], 1);
    assert!(quiet["bytes_sent"].as_u64().unwrap() < 300, "{quiet}");
}

#[test]
fn a_photo_that_the_province_has_lost_is_brought_again_by_whoever_has_it() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add(&post, &record, 90);
    post.exchange();
    town.compiler.exchange();
    town.stop_server();
    for name in ["media.db", "media.db-wal", "media.db-shm"] {
        let file = town.folder("server").join(name);
        if file.exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
    town.start_server().unwrap();
    assert_eq!(lacks(&town), 2, "thumbnail and photo");
    // Anything new brings the two to speak of photos again.
    register(&post, "Thắp sáng đường biên");
    post.exchange();
    assert_eq!(lacks(&town), 0);
}

#[test]
fn a_photo_whose_record_never_comes_keeps_no_other_from_being_confirmed_and_is_not_asked_about_each_time() {
    let town = Town::son_la().unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let own = register(&post, "Bữa sáng cho em");
    for player in [&mate, &post] {
        player.exchange();
    }
    // The mate's record comes on a stick, and its device is revoked before the province has heard of it.
    let theirs = register(&mate, "Thắp sáng đường biên");
    let stick = tempfile::tempdir().unwrap();
    mate.call("sticks.export", json!({ "folder": stick.path() }));
    post.call("sticks.import", json!({ "paths": [stick.path()] }));
    let mate = mate.device().key();
    let reason = json!({ "device": mate, "reason": "Máy thất lạc" });
    town.administrator.exchange();
    town.administrator.call("devices.revoke", reason);
    town.administrator.exchange();

    let waits = add(&post, &theirs, 120);
    let goes = add(&post, &own, 90);
    post.exchange();
    let at_server = |blob: &Value| {
        let blob: Hash32 = serde_json::from_value(blob["blob"].clone()).unwrap();
        let server = town.server();
        server.state().ledger().chunk(BlobId(blob), 0).unwrap().is_some()
    };
    assert_eq!((at_server(&goes), at_server(&waits)), (true, false));
    assert_eq!(first_row(&post, &own)["held"], "province");
    assert_eq!(post.exchange()["round_trips"], 1);
}

#[test]
fn over_a_slow_link_an_original_waits_and_is_tried_every_ten_minutes() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    post.exchange();
    let waits = || post.call("exchange.get", Value::Null)["files"]["originals_wait"].clone();
    // As an exchange over 2G leaves it: 2,000 bytes a second, and a part tried just now.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let device = post.device();
    device
        .ledger()
        .set_meta("remote.speed", &2_000_u64.to_le_bytes())
        .unwrap();
    let tried = |at: i64| {
        device
            .ledger()
            .set_meta("remote.originals_tried", &at.to_le_bytes())
            .unwrap()
    };
    tried(now);
    assert_eq!(waits(), "slow");
    add(&post, &record, 90);
    post.call("exchange.run", Value::Null);
    assert_eq!(lacks(&town), 1, "the thumbnail went");

    tried(now - 11 * 60 * 1_000);
    post.exchange();
    assert_eq!(lacks(&town), 0);

    // A clock that was set back does not make it wait for longer.
    device
        .ledger()
        .set_meta("remote.speed", &2_000_u64.to_le_bytes())
        .unwrap();
    tried(now + 86_400_000);
    add(&post, &record, 120);
    post.exchange();
    assert_eq!(lacks(&town), 0);
}

#[test]
fn over_a_slow_link_a_run_in_which_no_original_goes_does_not_make_the_next_one_wait() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add(&post, &record, 90);
    post.exchange();
    back_up(&town);
    register(&post, "Thắp sáng đường biên");
    post.exchange();
    restore(&mut town);
    let device = post.device();
    let slow = || {
        let two_kilobytes_a_second = 2_000_u64.to_le_bytes();
        device
            .ledger()
            .set_meta("remote.speed", &two_kilobytes_a_second)
            .unwrap();
    };
    // The restored server is brought what it lost and asked which files it lacks: none.
    slow();
    post.exchange();
    let slow_still = post.call("exchange.get", Value::Null)["files"]["originals_wait"].clone();
    assert_eq!((lacks(&town), slow_still), (0, json!("slow")));

    slow();
    add(&post, &record, 120);
    post.exchange();
    assert_eq!(lacks(&town), 0, "its try was not spent");
    slow();
    add(&post, &record, 60);
    post.call("exchange.run", Value::Null);
    assert_eq!(lacks(&town), 1, "now it was");
}

#[test]
fn the_photos_that_are_lost_with_a_device_are_named_until_the_province_has_them() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let here = |by: &Player| by.call("exchange.get", Value::Null)["only_here"].clone();
    let record = register(&post, "Bữa sáng cho em");
    assert_eq!(here(&post)["newest_files"], json!([]));
    let first = add(&post, &record, 10);
    let second = add(&post, &record, 60);
    let taken_back = add(&post, &record, 110);
    post.call(
        "evidence.remove",
        json!({ "record": record, "attachment": taken_back["id"] }),
    );

    let lost = here(&post);
    assert_eq!(lost["files"], 2);
    let files = lost["newest_files"].as_array().unwrap();
    for (file, row) in files.iter().zip([&second, &first]) {
        assert_eq!((&file["id"], &file["name"]), (&row["id"], &row["name"]));
        assert_eq!(
            (&file["record"], &file["kind"], &file["title"]),
            (&json!(record), &json!("registration"), &json!("Bữa sáng cho em"))
        );
        let shown = row["bytes"].as_u64().unwrap();
        assert!(
            file["bytes"].as_u64().unwrap() > shown,
            "the thumbnail counts too: {file}"
        );
    }
    assert_eq!(files.len(), 2, "what was taken back is no loss");

    post.exchange();
    assert_eq!(
        (here(&post)["files"].clone(), here(&post)["newest_files"].clone()),
        (json!(0), json!([]))
    );
}

/// Goes on from the backup, without the photos, which no backup holds.
fn restore_without_photos(town: &mut Town) {
    town.restore_with(|server| {
        for name in ["media.db", "media.db-wal", "media.db-shm"] {
            let _ = std::fs::remove_file(server.join(name));
        }
    });
}

#[test]
fn a_server_restored_without_its_photos_confirms_none_before_they_are_there_again() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add(&post, &record, 90);
    post.exchange();
    back_up(&town);
    restore_without_photos(&mut town);
    post.exchange();
    let stock = town.server().state().ledger().media_stock().unwrap();
    assert_eq!(stock.blobs_missing, 0, "the very run that notices brings them");
    assert_eq!(first_row(&post, &record)["held"], "province");
}

#[test]
fn a_server_restored_without_its_photos_gets_them_from_any_device_that_still_has_them() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    add(&post, &record, 90);
    post.exchange();
    town.compiler.exchange();
    back_up(&town);
    restore_without_photos(&mut town);
    assert_eq!(lacks(&town), 2, "thumbnail and photo");
    town.compiler.exchange();
    assert_eq!(lacks(&town), 0, "the post's device may be gone");
    assert_eq!(town.compiler.exchange()["round_trips"], 1, "asked once");
}
