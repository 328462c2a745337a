//! Devices that were apart, or began later, come to the same.

use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::{Value, json};

#[test]
fn two_devices_of_a_post_that_change_one_property_while_apart_see_the_same_value_and_the_same_question() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let other = town.post("other", "don-muong-lan").unwrap();
    let id = register(&one, "Nâng bước em tới trường");
    one.exchange();
    other.exchange();
    let save = |device: &Player, place: &str| {
        device.call(
            "registrations.save",
            json!({ "registration": id, "values": { "place": place, "schedule": "Quý I" } }),
        );
    };
    save(&one, "Bản Cáp Ven");
    save(&other, "Bản Nong Phụ");
    one.exchange();
    other.exchange();
    one.exchange();
    let place = |device: &Player| {
        device.call("registrations.get", json!({ "registration": id }))["values"]["place"].clone()
    };
    assert_eq!(place(&one), place(&other));
    let lists =
        [&one, &other].map(|device| device.call("differences.list", Value::Null)["differences"].clone());
    assert_eq!(
        lists[0].as_array().unwrap().len(),
        1,
        "the equal schedule raises nothing: {}",
        lists[0]
    );
    assert_eq!(lists[0][0]["property"], "place");
    assert_eq!(
        lists[0][0]["values"], lists[1][0]["values"],
        "both ask the same question"
    );
    let kept = lists[0][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .find(|value| value["text"] == "Bản Cáp Ven")
        .unwrap();
    let decide = json!({ "record": id, "property": "place", "choice": kept["choice"] });
    one.call("differences.resolve", decide.clone());
    one.exchange();
    other.exchange();
    assert_eq!(
        (place(&one), place(&other)),
        (json!("Bản Cáp Ven"), json!("Bản Cáp Ven"))
    );
    assert_eq!(
        other.refuses("differences.resolve", decide),
        "differs_resolved_already"
    );
    assert_eq!(other.call("status.get", Value::Null)["differences"], 0);
}

#[test]
fn a_device_started_cold_and_one_that_rebuilds_are_equal_to_the_one_that_wrote() {
    let town = Town::son_la().unwrap();
    let first = town.post("first", "don-muong-lan").unwrap();
    let id = register(&first, "Tự chủ, tự quản đường biên cột mốc");
    for goal in ["Một", "Một hai", "Một hai ba"] {
        first.call(
            "registrations.save",
            json!({ "registration": id, "values": { "goals": goal } }),
        );
    }
    first.exchange();
    let cold = town.post("cold", "don-muong-lan").unwrap();
    cold.exchange();
    first.exchange();
    let (ours, theirs) = (first.device(), cold.device());
    assert_eq!(
        ours.ledger().sorted_entry_hashes().unwrap(),
        theirs.ledger().sorted_entry_hashes().unwrap()
    );
    assert_eq!(
        ours.ledger().all_states_hash().unwrap(),
        theirs.ledger().all_states_hash().unwrap()
    );
    for device in [&first, &cold] {
        let before = device.device().ledger().all_states_hash().unwrap().to_string();
        let listed = device.call("models.list", json!({ "filter": {} }));
        let report = device.call("journal.rebuild", Value::Null);
        assert_eq!(report["changed"], 0);
        assert_eq!(report["state_hash"], json!(before));
        assert_eq!(
            device.call("models.list", json!({ "filter": {} })),
            listed,
            "lists come back too"
        );
    }
}
