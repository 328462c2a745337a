//! Photos cross the table too, and reach the province by the laptop that keeps the hub.

use cotmoc_tests::fleet::register;
use cotmoc_tests::photo::{add, first_row};

use crate::table::{Table, join, over};

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
        assert_eq!(first_row(teammate, &record)["complete"], true);
        for form in ["blob", "thumbnail"] {
            let blob = added[form].as_str().unwrap();
            let own = table.post.media(blob).unwrap().bytes;
            assert_eq!(teammate.media(blob).unwrap().bytes, own, "{form}");
        }
    }
    assert_ne!(
        first_row(&table.post, &record)["held"],
        "province",
        "a hub is not the province"
    );

    table.town.start_server().unwrap();
    table.laptop.exchange();
    let stock = table.town.server().state().ledger().media_stock().unwrap();
    assert_eq!((stock.blobs_missing, stock.bytes_missing), (0, 0));
    assert!(stock.bytes_held > 0);
    let sent_before = table.post.exchange();
    assert_eq!(first_row(&table.post, &record)["held"], "province");
    assert!(
        sent_before["bytes_sent"].as_u64().unwrap() < 3_000,
        "the province has it by the laptop: {sent_before}"
    );

    let quiet = over(&table.head, &head);
    let bytes = quiet["bytes_sent"].as_u64().unwrap() + quiet["bytes_received"].as_u64().unwrap();
    assert!(bytes < 1_500, "no photo goes twice: {quiet}");
}
