//! There and back.

use cotmoc_tests::fleet::{Town, register};
use serde_json::{Value, json};

use crate::support::{
    export, export_as, export_at_province, files, held, import, import_at_province, province, standings,
};

#[test]
fn what_a_post_writes_reaches_the_province_by_stick_and_its_receipts_come_back_on_one() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    town.stop_server();
    let id = register(&post, "Bữa sáng cho em");
    assert_eq!(held(&post, &id), "this_device");

    let stick = tempfile::tempdir().unwrap();
    let written = export(&post, stick.path());
    assert_eq!(
        files(&written).len(),
        1,
        "province and own unit see the same: {written}"
    );
    assert_eq!(held(&post, &id), "carried", "copied is not sent");
    let view = post.call("exchange.get", Value::Null);
    assert_eq!(view["carried"]["records"], 2, "{view}");
    assert_eq!(
        (&view["local"]["records"], &view["sent"]["records"]),
        (&json!(0), &json!(0))
    );
    let history = post.call("registrations.history", json!({ "registration": id }));
    assert_eq!(history["changes"][0]["held"], "carried");

    assert!(import_at_province(&town, &files(&written)) > 0);
    let back = tempfile::tempdir().unwrap();
    let news = export_at_province(&town, back.path());
    assert!(news.receipts > 0);
    assert_eq!(news.devices, ["Máy post"]);
    let taken = import(&post, back.path());
    assert_eq!(standings(&taken), ["imported"]);
    assert!(taken["confirmed"].as_u64().unwrap() > 0, "{taken}");
    assert_eq!(held(&post, &id), "province");
    let again = import(&post, back.path());
    assert_eq!(standings(&again), ["nothing_new"]);

    // What came by stick does not go by the network as well, in either direction.
    town.start_server().unwrap();
    let outcome = post.exchange();
    assert_eq!(outcome["received"], 0, "{outcome}");
    assert!(outcome["bytes_sent"].as_u64().unwrap() < 1_500, "{outcome}");
    assert!(outcome["bytes_received"].as_u64().unwrap() < 1_500, "{outcome}");
    town.compiler.exchange();
    let seen = town
        .compiler
        .call("registrations.get", json!({ "registration": id }));
    assert_eq!(seen["values"]["name"], "Bữa sáng cho em");
}

#[test]
fn what_went_by_stick_is_asked_about_before_it_goes_by_the_server() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    town.stop_server();
    let ids: Vec<String> = (0..20)
        .map(|n| register(&post, &format!("Mô hình {n}")))
        .collect();
    let stick = tempfile::tempdir().unwrap();
    let written = export(&post, stick.path());
    import_at_province(&town, &files(&written));
    town.start_server().unwrap();
    let outcome = post.exchange();
    let (sent, on_stick) = (
        outcome["bytes_sent"].as_u64().unwrap(),
        written["bytes"].as_u64().unwrap(),
    );
    assert!(
        sent < 2_500 && sent < on_stick / 4,
        "{sent} bytes by the server, {on_stick} on the stick"
    );
    for id in ids {
        assert_eq!(held(&post, &id), "province");
    }
}

#[test]
fn a_stick_that_got_lost_costs_nothing_the_server_gets_everything() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    export(&post, stick.path());
    drop(stick);
    post.exchange();
    assert_eq!(held(&post, &id), "province");
}

#[test]
fn exporting_again_writes_the_same_again_unless_only_the_newest_is_asked_for() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let first = export(&post, stick.path());
    let second = export(&post, stick.path());
    assert_eq!(first["entries"], second["entries"]);
    let since = export_as(&post, stick.path(), json!({ "since_last": true }));
    assert_eq!(since["entries"], 0);
    register(&post, "Nước sạch cho bản");
    let since = export_as(&post, stick.path(), json!({ "since_last": true }));
    assert!(since["entries"].as_u64().unwrap() > 0);
    assert!(since["entries"].as_u64() < export(&post, stick.path())["entries"].as_u64());
}

#[test]
fn the_province_hears_from_a_bundle_what_its_sender_holds_and_does_not_write_it_again() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let written = export(&post, stick.path());
    town.stop_server();
    import_at_province(&town, &files(&written));
    let back = tempfile::tempdir().unwrap();
    let news = export_at_province(&town, back.path());
    assert_eq!(news.entries, 0, "the post holds all of it");
    assert!(news.receipts > 0);
}

#[test]
fn news_of_the_province_reach_a_post_that_never_has_a_connection() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let written = export(&post, stick.path());
    town.stop_server();
    import_at_province(&town, &files(&written));
    town.start_server().unwrap();
    town.compiler.exchange();
    town.compiler.call(
        "registrations.review",
        json!({
            "registration": id, "decision": "returned", "reason": "Thiếu thời gian thực hiện",
        }),
    );
    town.compiler.exchange();
    town.stop_server();
    let back = tempfile::tempdir().unwrap();
    let news = province(&town)
        .export_bundles(town.founded.province, back.path(), &["Máy post".to_owned()], true)
        .unwrap();
    assert!(news.entries > 0);
    let taken = import(&post, back.path());
    assert_eq!(standings(&taken), ["imported"]);
    let seen = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(seen["returned_reason"], "Thiếu thời gian thực hiện");
    assert_eq!(seen["held"], "province");
}
