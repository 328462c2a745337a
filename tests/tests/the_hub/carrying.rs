//! What teammates write reaches each other over the hub, and the province by one laptop, once.

use serde_json::{Value, json};

use crate::table::{Table, entries, findings, join, long_text, over, unconfirmed, visit_with};

#[test]
fn one_laptop_carries_the_work_of_a_whole_table_to_the_province_and_the_receipts_back() {
    let mut table = Table::laid();
    table.town.stop_server();

    let visit = visit_with(&table.two, &long_text(1));
    let registration = cotmoc_tests::fleet::register(&table.post, "Bữa sáng cho em");
    let text = table.open();
    let guests = [&table.two, &table.head, &table.post];
    let hubs: Vec<String> = guests.iter().map(|guest| join(guest, &text)).collect();
    let meet = || {
        for _ in 0..2 {
            for (guest, hub) in guests.iter().zip(&hubs) {
                over(guest, hub);
            }
        }
    };
    meet();
    assert_eq!(findings(&table.head, &visit), [long_text(1)]);
    table.head.call(
        "findings.put",
        json!({ "visit": visit, "kind": "request", "text": long_text(2) }),
    );
    meet();
    for player in [&table.laptop, &table.two, &table.head] {
        assert_eq!(
            findings(player, &visit).len(),
            2,
            "everybody at the table has both"
        );
        let view = player.call("registrations.get", json!({ "registration": registration }));
        assert_eq!(view["values"]["name"], "Bữa sáng cho em");
    }
    for guest in guests {
        assert!(unconfirmed(guest) > 0, "a hub is not the province");
    }
    let quiet = over(&table.two, &hubs[0]);
    assert_eq!(
        (&quiet["received"], &quiet["round_trips"]),
        (&json!(0), &json!(1))
    );
    let status = table.laptop.call("hub.status", Value::Null);
    assert_eq!(status["open"]["guests"].as_array().unwrap().len(), 3);
    assert!(status["open"]["taken"].as_u64().unwrap() > 0);

    table.town.start_server().unwrap();
    let carried = table.laptop.exchange();
    assert!(carried["bytes_sent"].as_u64().unwrap() > 7_000, "{carried}");
    let at_province = table
        .town
        .server()
        .state()
        .ledger()
        .sorted_entry_hashes()
        .unwrap();
    for player in [&table.laptop, &table.two, &table.head, &table.post] {
        for entry in entries(player) {
            assert!(
                at_province.binary_search(&entry).is_ok(),
                "the province holds every entry"
            );
        }
    }
    let again = table.laptop.exchange();
    assert!(again["bytes_sent"].as_u64().unwrap() < 1_000, "{again}");

    // Two and the post learn of it at the table, the head at home.
    for (guest, hub) in [(&table.two, &hubs[0]), (&table.post, &hubs[2])] {
        let outcome = over(guest, hub);
        assert!(outcome["confirmed"].as_u64().unwrap() > 0, "{outcome}");
        assert_eq!(unconfirmed(guest), 0, "the province has confirmed everything");
    }
    let view = table
        .post
        .call("registrations.get", json!({ "registration": registration }));
    assert_eq!(view["held"], "province");
    for guest in [&table.two, &table.head, &table.post] {
        let outcome = guest.exchange();
        assert_eq!(outcome["received"], 0, "nothing comes twice: {outcome}");
        let sent = outcome["bytes_sent"].as_u64().unwrap();
        let received = outcome["bytes_received"].as_u64().unwrap();
        assert!(
            sent < 3_000 && received < 3_000,
            "twelve thousand letters go neither up nor down again: {outcome}"
        );
        assert_eq!(unconfirmed(guest), 0);
    }
    let before = at_province.len();
    let after = table.town.server().state().ledger().sorted_entry_hashes();
    assert_eq!(after.unwrap().len(), before);
}

#[test]
fn the_page_of_remotes_says_what_each_is_owed_and_what_came_by_a_hub_stays_when_it_is_forgotten() {
    let mut table = Table::laid();
    table.town.stop_server();
    let visit = visit_with(&table.two, "Có kế hoạch cụ thể");
    let hub = join(&table.two, &table.open());
    let remotes = |list: &Value| -> Vec<(String, u64)> {
        let rows = list["remotes"].as_array().unwrap();
        rows.iter()
            .map(|row| {
                (
                    row["kind"].as_str().unwrap().to_owned(),
                    row["owed_entries"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    let before = remotes(&table.two.call("remotes.list", Value::Null));
    assert_eq!(before[0].0, "province");
    assert!(before[0].1 > 0 && before[1].1 >= before[0].1, "{before:?}");
    over(&table.two, &hub);
    let list = table.two.call("remotes.list", Value::Null);
    let after = remotes(&list);
    assert_eq!(after[1], ("hub".to_owned(), 0), "the hub is owed nothing more");
    assert_eq!(after[0].1, before[0].1, "the province is owed as much as before");
    assert_eq!(list["remotes"][1]["label"], "Máy laptop");
    assert!(list["remotes"][1]["last_contact"].is_i64());
    assert_eq!(
        table.two.refuses("remotes.forget", json!({ "name": "province" })),
        "remote_is_province"
    );
    // The label is enough for a person.
    let left = table.two.call("remotes.forget", json!({ "name": "Máy laptop" }));
    assert_eq!(left["remotes"].as_array().unwrap().len(), 1);
    assert_eq!(
        table.two.refuses("remotes.exchange", json!({ "name": hub })),
        "no_remote"
    );
    assert_eq!(findings(&table.two, &visit), ["Có kế hoạch cụ thể"]);
}

#[test]
fn a_device_that_was_granted_while_the_laptop_was_away_proves_its_grant_to_the_hub() {
    let mut table = Table::laid();
    let new = table.town.post("new", "don-muong-lan").unwrap();
    new.exchange();
    table.town.stop_server();
    let registration = cotmoc_tests::fleet::register(&new, "Tổ dân vận bản");
    let hub = join(&new, &table.open());
    over(&new, &hub);
    over(&new, &hub);
    let view = table
        .laptop
        .call("registrations.get", json!({ "registration": registration }));
    assert_eq!(view["values"]["name"], "Tổ dân vận bản");
}

#[test]
fn what_a_teammate_holds_its_author_still_brings_to_the_province() {
    let table = Table::laid();
    let visit = visit_with(&table.two, "Có kế hoạch cụ thể");
    table.two.exchange();
    table.two.call(
        "findings.put",
        json!({ "visit": visit, "kind": "request", "text": "Bổ sung kinh phí" }),
    );
    let hub = join(&table.two, &table.open());
    over(&table.two, &hub);
    // The laptop never comes to the province.
    let outcome = table.two.exchange();
    assert!(outcome["confirmed"].as_u64().unwrap() > 0, "{outcome}");
    assert_eq!(unconfirmed(&table.two), 0);
    assert_eq!(
        table.two.exchange()["round_trips"],
        1,
        "and then there is nothing new"
    );
}
