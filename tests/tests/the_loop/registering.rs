//! Registered, counted, returned, accepted, carried over to the next year.

use cotmoc_tests::fleet::{Town, register};
use serde_json::{Value, json};

#[test]
fn a_registration_made_offline_reaches_the_compilers_total_and_its_receipt_comes_back() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    town.stop_server();
    let id = register(&post, "Bữa sáng cho em");
    let status = post.call("status.get", Value::Null);
    assert_eq!(
        status["unsent"], 3,
        "model, registration and submission are three saved groups"
    );
    assert_eq!(post.refuses("exchange.run", Value::Null), "server_unreachable");
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(
        (view["status"].as_str(), view["held"].as_str()),
        (Some("submitted"), Some("this_device")),
        "nothing left this device: there was no connection"
    );
    assert_eq!(post.call("status.get", Value::Null)["sent_unconfirmed"], 0);
    town.start_server().unwrap();
    let outcome = post.exchange();
    assert_eq!(
        (outcome["confirmed"].as_u64(), outcome["round_trips"].as_u64()),
        (Some(3), Some(1))
    );
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["held"], "province", "held only after the province's receipt");
    town.compiler.exchange();
    let totals = town.compiler.call("totals.get", json!({}));
    assert_eq!(totals["sum"]["total"], 1);
    assert_eq!(
        (totals["reported"].as_u64(), totals["expected"].as_u64()),
        (Some(1), Some(1))
    );
    let behind = town
        .compiler
        .call("models.list", json!({ "filter": totals["filter"] }));
    assert_eq!(
        behind["rows"][0]["registration"],
        json!(id),
        "every figure opens to its records"
    );
}

#[test]
fn a_return_travels_back_with_its_reason_and_only_a_new_submission_leaves_it() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Thầy giáo quân hàm xanh");
    post.exchange();
    town.compiler.exchange();
    let refused = town.compiler.refuses(
        "registrations.review",
        json!({ "registration": id, "decision": "returned", "reason": " " }),
    );
    assert_eq!(refused, "reason_needed");
    town.compiler.call(
        "registrations.review",
        json!({ "registration": id, "decision": "returned", "reason": "Thiếu địa chỉ cụ thể" }),
    );
    // The post edits at the same time, without knowing of the return (user story 6).
    post.call(
        "registrations.save",
        json!({ "registration": id, "values": { "goals": "Hỗ trợ học sinh vùng biên" } }),
    );
    town.compiler.exchange();
    post.exchange();
    town.compiler.exchange();
    for device in [&post, &town.compiler] {
        let view = device.call("registrations.get", json!({ "registration": id }));
        assert_eq!(view["status"], "returned");
        assert_eq!(view["returned_reason"], "Thiếu địa chỉ cụ thể");
        assert_eq!(
            view["values"]["goals"], "Hỗ trợ học sinh vùng biên",
            "a return never destroys an edit"
        );
    }
    assert_eq!(
        town.compiler.call("totals.get", json!({}))["sum"]["total"],
        0,
        "a returned one does not count"
    );
    post.call("registrations.submit", json!({ "registration": id }));
    post.exchange();
    town.compiler.exchange();
    town.compiler.call(
        "registrations.review",
        json!({ "registration": id, "decision": "accepted" }),
    );
    town.compiler.exchange();
    post.exchange();
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["status"], "active");
    let history = post.call("registrations.history", json!({ "registration": id }));
    let kinds: Vec<&str> = history["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "review").count(),
        2,
        "both decisions stay in the history"
    );
}

#[test]
fn a_model_carried_over_keeps_its_identity_and_counts_once_as_maintained() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Con nuôi đồn biên phòng");
    post.exchange();
    let next = json!({ "year": 2025, "opens": "2025-01-01", "closes": "2025-10-25", "scheme": "scheme-son-la-2021" });
    town.compiler.call("cycles.open", next);
    town.compiler.exchange();
    post.exchange();
    let before = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(before["may_carry_over"], true);
    let carried = post.call(
        "registrations.carry_over",
        json!({ "registration": id, "cycle": null }),
    );
    assert_eq!(carried["model"], before["model"]);
    assert_eq!(
        (carried["year"].as_i64(), carried["values"]["kind"].as_str()),
        (Some(2025), Some("maintained"))
    );
    assert_eq!(carried["values"]["name"], "Con nuôi đồn biên phòng");
    post.call(
        "registrations.submit",
        json!({ "registration": carried["registration"] }),
    );
    assert_eq!(
        post.refuses(
            "registrations.carry_over",
            json!({ "registration": id, "cycle": null })
        ),
        "already_carried_over"
    );
    post.exchange();
    town.compiler.exchange();
    let sum = town.compiler.call("totals.get", json!({}))["sum"].clone();
    assert_eq!(
        (
            sum["total"].as_u64(),
            sum["maintained"].as_u64(),
            sum["new"].as_u64()
        ),
        (Some(1), Some(1), Some(0))
    );
}
