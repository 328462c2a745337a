//! Who gets what of a hub, and who gets nothing.

use cotmoc_core::exchange::HubInvitation;
use cotmoc_tests::fleet::{Town, register, unit};
use serde_json::{Value, json};

use crate::table::{Table, entries, findings, join, over, visit_with};

#[test]
fn a_device_of_another_delegation_gets_nothing_of_this_one_and_leaves_nothing_of_its_own_there() {
    let mut table = Table::laid();
    table.town.stop_server();
    let visit = visit_with(&table.laptop, "Chỉ đoàn số 2 biết");
    let registration = register(&table.post, "Bữa sáng cho em");
    let text = table.open();
    let hub = join(&table.post, &text);
    over(&table.post, &hub);
    let theirs = table.other.call(
        "visits.start",
        json!({ "unit": unit("don-long-sap"), "day": "11/5/2024" }),
    )["row"]["visit"]
        .clone();
    let before = entries(&table.other);
    let at_laptop = entries(&table.laptop);
    let hub = join(&table.other, &text);
    let outcome = over(&table.other, &hub);
    assert_eq!(outcome["received"], 0, "{outcome}");
    assert_eq!(entries(&table.other), before);
    assert_eq!(
        entries(&table.laptop),
        at_laptop,
        "nothing of delegation no. 3 came"
    );
    assert_eq!(
        table.other.refuses("visits.get", json!({ "visit": visit })),
        "no_record"
    );
    assert_eq!(
        table
            .other
            .refuses("registrations.get", json!({ "registration": registration })),
        "no_record"
    );
    assert_eq!(
        table.laptop.refuses("visits.get", json!({ "visit": theirs })),
        "no_record"
    );
}

#[test]
fn a_revoked_device_gets_nothing_of_a_hub_but_the_roster_that_says_so() {
    let mut table = Table::laid();
    table.town.administrator.exchange();
    let devices = table.town.administrator.call("devices.list", Value::Null)["devices"].clone();
    let row = devices
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["label"] == "Máy two");
    let key = row.unwrap_or_else(|| panic!("{devices}"))["device"].clone();
    let reason = json!({ "device": key, "reason": "Máy thất lạc" });
    table.town.administrator.call("devices.revoke", reason);
    table.town.administrator.exchange();
    table.laptop.exchange();
    table.town.stop_server();
    let visit = visit_with(&table.laptop, "Sau khi thu hồi");
    let text = table.open();
    let hub = join(&table.two, &text);
    let before = entries(&table.two).len();
    let _ = table.two.try_call("remotes.exchange", json!({ "name": hub }));
    assert_eq!(
        table.two.refuses("visits.get", json!({ "visit": visit })),
        "no_record"
    );
    let came = entries(&table.two).len() - before;
    assert!((1..=3).contains(&came), "the revocation and no more: {came}");
    assert_eq!(findings(&table.laptop, &visit), ["Sau khi thu hồi"]);
    // It knows now that it is revoked, and keeps no hub either.
    table.two.may_keep_a_hub();
    assert_eq!(table.two.refuses("hub.open", json!({})), "device_revoked");
}

#[test]
fn a_hub_of_another_province_an_unknown_keeper_and_a_broken_text_are_told_apart_before_anything_is_sent() {
    let table = Table::laid();
    let text = table.open();
    let elsewhere = Town::son_la().unwrap();
    let refused = |text: &str| table.two.refuses("hub.join", json!({ "text": text }));
    assert_eq!(
        elsewhere.compiler.refuses("hub.join", json!({ "text": text })),
        "hub_other_province"
    );
    let hub = HubInvitation::from_text(&text).unwrap();
    let unknown = HubInvitation {
        device: cotmoc_core::journal::SigningKey::from_seed(&[9; 32]).device(),
        ..hub
    };
    assert_eq!(refused(&unknown.to_text()), "hub_unknown");
    assert_eq!(
        table.laptop.refuses("hub.join", json!({ "text": text })),
        "hub_is_this"
    );
    assert_eq!(refused("xin chào"), "hub_text_not_one");
    assert_eq!(refused(&text.replace('a', "b")), "hub_text_damaged");
    assert_eq!(
        table
            .two
            .refuses("enrolment.inspect", json!({ "invitation": text })),
        "invitation_not_one"
    );
    let remotes = table.two.call("remotes.list", Value::Null);
    assert_eq!(remotes["remotes"].as_array().unwrap().len(), 1, "none was kept");
}
