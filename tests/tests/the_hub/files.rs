//! Photos cross the table too, and reach the province by the laptop that keeps the hub.

use cotmoc_tests::fleet::{Player, register};
use cotmoc_tests::photo::photo;
use serde_json::{Value, json};

use crate::table::{Table, join, over};

fn add(by: &Player, record: &str, shade: u8) -> Value {
    let upload = by.upload(photo(shade)).unwrap();
    let name = format!("anh-{shade}.jpg");
    let request = json!({ "record": record, "upload": upload, "name": name, "caption": "" });
    by.call("evidence.add", request)["row"].clone()
}

fn row(by: &Player, record: &str) -> Value {
    by.call("evidence.list", json!({ "record": record }))["rows"][0].clone()
}

#[test]
fn a_photo_crosses_the_table_byte_for_byte_and_reaches_the_province_by_the_laptop() {
    let mut table = Table::laid();
    table.town.stop_server();
    let record = register(&table.post, "Bữa sáng cho em");
    let added = add(&table.post, &record, 120);
    let text = table.open();
    let (post, head) = (join(&table.post, &text), join(&table.head, &text));
    over(&table.post, &post);
    over(&table.head, &head);
    for teammate in [&table.laptop, &table.head] {
        assert_eq!(row(teammate, &record)["complete"], true);
        for form in ["blob", "thumbnail"] {
            let blob = added[form].as_str().unwrap();
            let own = table.post.media(blob).unwrap().bytes;
            assert_eq!(teammate.media(blob).unwrap().bytes, own, "{form}");
        }
    }
    assert_ne!(
        row(&table.post, &record)["held"],
        "province",
        "a hub is not the province"
    );

    table.town.start_server().unwrap();
    table.laptop.exchange();
    let stock = table.town.server().state().ledger().media_stock().unwrap();
    assert_eq!((stock.blobs_missing, stock.bytes_missing), (0, 0));
    assert!(stock.bytes_held > 0);
    let sent_before = table.post.exchange();
    assert_eq!(row(&table.post, &record)["held"], "province");
    assert!(
        sent_before["bytes_sent"].as_u64().unwrap() < 3_000,
        "the province has it by the laptop: {sent_before}"
    );

    let quiet = over(&table.head, &head);
    let bytes = quiet["bytes_sent"].as_u64().unwrap() + quiet["bytes_received"].as_u64().unwrap();
    assert!(bytes < 1_500, "no photo goes twice: {quiet}");
}
