//! Somebody who cannot read a bundle carries it on.

use std::fs;

use cotmoc_tests::fleet::{Town, register};
use serde_json::json;

use crate::support::{
    entries, export, export_at_province, files, held, import, import_at_province, standings,
};

#[test]
fn a_post_of_another_unit_carries_a_bundle_to_the_province_and_the_receipts_back() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let courier = town.post("courier", "don-long-sap").unwrap();
    courier.exchange();
    post.exchange();
    town.stop_server();
    let id = register(&post, "Bữa sáng cho em");
    let stick = tempfile::tempdir().unwrap();
    let original = files(&export(&post, stick.path())).remove(0);

    let before = entries(&courier);
    let seen = courier.call("sticks.inspect", json!({ "paths": [original] }));
    assert_eq!(seen["files"][0]["standing"], "carried");
    assert_eq!(standings(&import(&courier, &original)), ["carried"]);
    assert_eq!(standings(&import(&courier, &original)), ["carried"], "kept once");
    assert_eq!(entries(&courier), before, "a courier cannot read");
    let carried = courier.call("sticks.carried", json!({}));
    assert_eq!(carried["files"].as_array().unwrap().len(), 1);
    assert_eq!(carried["files"][0]["sender"], "Máy post");

    let second = tempfile::tempdir().unwrap();
    let written = export(&courier, second.path());
    assert_eq!(written["carried"], 1);
    let copy = files(&written).pop().unwrap();
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&original).unwrap());
    assert!(import_at_province(&town, &files(&written)) > 0);

    let back = tempfile::tempdir().unwrap();
    let news = export_at_province(&town, back.path());
    assert_eq!(news.devices.len(), 2, "{news:?}");
    // The courier's own news say that the carried bundle has arrived; the post's it carries back.
    import(&courier, back.path());
    let carried = courier.call("sticks.carried", json!({}));
    let names: Vec<_> = files(&carried);
    assert_eq!(names.len(), 1, "{carried}");
    assert_eq!(carried["files"][0]["recipients"], json!(["Máy post"]));
    let home = tempfile::tempdir().unwrap();
    export(&courier, home.path());
    import(&post, home.path());
    assert_eq!(held(&post, &id), "province");
    courier.call("sticks.forget", json!({ "names": [carried["files"][0]["name"]] }));
    assert_eq!(courier.call("sticks.carried", json!({}))["files"], json!([]));
}
