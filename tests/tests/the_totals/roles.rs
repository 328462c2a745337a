//! A total is for who holds all that it speaks of.

use cotmoc_tests::fleet::{Town, register, unit};
use serde_json::{Value, json};

use super::opening::open_all;

#[test]
fn a_delegation_and_an_administrator_are_not_shown_a_part_as_the_whole() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Bữa sáng cho em");
    post.exchange();
    town.compiler.exchange();
    let criteria = town.compiler.call("criteria.list", Value::Null);
    let sets = criteria["sets"].as_array().unwrap();
    let set = sets.iter().find(|set| set["code"] == "cs-mo-hinh-100").unwrap();
    let campaign = town.compiler.call(
        "campaigns.create",
        json!({ "title": "Khảo sát", "year": 2024, "criteria": set["id"], "basis": "" }),
    );
    let delegation = town.compiler.call(
        "delegations.set",
        json!({ "campaign": campaign["id"], "number": 1, "units": [unit("don-muong-lan")] }),
    );
    town.compiler.exchange();
    let request = json!({ "role": "member", "delegation": delegation["id"], "slot": 2, "valid_days": 7 });
    let member = town.enrol("member", request).unwrap();
    member.exchange();
    town.administrator.exchange();
    for device in [&member, &town.administrator] {
        assert_eq!(device.refuses("totals.get", json!({})), "role_may_not");
        let home = device.call("home.get", Value::Null);
        assert_eq!((&home["sum"], &home["missing"]), (&Value::Null, &json!([])));
    }
}

#[test]
fn a_units_device_counts_its_unit_alone_and_waits_for_nobody() {
    let town = Town::son_la().unwrap();
    let command = town.post("command", "bdbp-son-la").unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&command, "Mô hình riêng của Bộ Chỉ huy");
    register(&post, "Bữa sáng cho em");
    post.exchange();
    command.exchange();
    let totals = command.call("totals.get", json!({}));
    assert_eq!(
        (&totals["unit"], &totals["sum"]["total"]),
        (&json!(unit("bdbp-son-la")), &json!(1))
    );
    assert_eq!(
        (&totals["reported"], &totals["expected"], &totals["missing"]),
        (&json!(1), &json!(1), &json!([])),
        "what its posts registered does not come to it, so it cannot say that they have not"
    );
    open_all(&command, &totals);
    let own = post.call(
        "totals.get",
        json!({ "unit": unit("don-muong-lan"), "day": "2026-11-22" }),
    );
    assert_eq!((&own["reported"], &own["sum"]["total"]), (&json!(1), &json!(1)));
    assert_eq!(
        post.refuses("totals.get", json!({ "unit": unit("tinh-son-la") })),
        "not_my_unit"
    );
}
