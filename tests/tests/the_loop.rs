//! The main job end to end: a registration from a post's device to the compiler's total and back.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use cotmoc_tests::fleet::{Town, register, registration, unit};
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
        (Some("submitted"), Some("sent"))
    );
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
fn two_devices_of_a_post_that_change_one_property_while_apart_see_the_same_value_and_the_same_question() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let other = town.post("other", "don-muong-lan").unwrap();
    let id = register(&one, "Nâng bước em tới trường");
    one.exchange();
    other.exchange();
    let save = |device: &cotmoc_tests::fleet::Player, place: &str| {
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
    let place = |device: &cotmoc_tests::fleet::Player| {
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

#[test]
fn typing_survives_a_crash_and_a_discarded_draft_can_be_taken_back() {
    let town = Town::son_la().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    let draft = post.call("registrations.start", registration("Bản nháp"));
    let id = draft["registration"].clone();
    post.call(
        "typing.keep",
        json!({ "record": id, "contents": { "goals": "Đang gõ dở" } }),
    );
    post.reopen().unwrap();
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["unfinished"]["contents"]["goals"], "Đang gõ dở");
    post.call(
        "registrations.save",
        json!({ "registration": id, "values": { "goals": "Đã gõ xong" } }),
    );
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["unfinished"], Value::Null, "saving forgets the typing");
    post.call(
        "registrations.discard",
        json!({ "registration": id, "discarded": true }),
    );
    let listed = |post: &cotmoc_tests::fleet::Player| {
        post.call("models.list", json!({ "filter": {} }))["rows"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(listed(&post), 0);
    post.call(
        "registrations.discard",
        json!({ "registration": id, "discarded": false }),
    );
    assert_eq!(listed(&post), 1);
    post.call("registrations.submit", json!({ "registration": id }));
    assert_eq!(
        post.refuses(
            "registrations.discard",
            json!({ "registration": id, "discarded": true })
        ),
        "registration_not_draft"
    );
}

#[test]
fn personal_data_are_warned_of_before_they_are_saved_and_marks_of_secrecy_are_never_taken() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = post.call("registrations.start", registration("Hỗ trợ học sinh"))["registration"].clone();
    let save = |text: &str, checked: bool| json!({ "registration": id, "values": { "outputs": text }, "personal_data_checked": checked });
    let text = "Liên hệ qua số 0912 345 678";
    assert_eq!(
        post.refuses("registrations.save", save(text, false)),
        "personal_data"
    );
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(
        view["values"]["outputs"], "",
        "nothing was saved before the warning"
    );
    post.call("registrations.save", save(text, true));
    assert_eq!(
        post.refuses("registrations.save", save("Tài liệu TỐI MẬT", true)),
        "secrecy_mark"
    );
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

#[test]
fn one_post_never_receives_what_another_wrote_and_cannot_write_there() {
    let town = Town::son_la().unwrap();
    let here = town.post("here", "don-muong-lan").unwrap();
    let there = town.post("there", "don-long-sap").unwrap();
    let id = register(&here, "Bữa sáng cho em");
    here.exchange();
    there.exchange();
    assert_eq!(
        there.refuses("registrations.get", json!({ "registration": id })),
        "no_record"
    );
    let listed = there.call(
        "models.list",
        json!({ "filter": { "unit": unit("don-muong-lan") } }),
    );
    assert_eq!(listed["rows"], json!([]));
}

#[test]
fn a_revoked_device_keeps_its_work_and_the_province_keeps_what_came_too_late_with_the_reason() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Trước khi thu hồi");
    post.exchange();
    town.administrator.exchange();
    let devices = town.administrator.call("devices.list", Value::Null)["devices"].clone();
    let row = devices
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["label"] == "Máy post")
        .unwrap()
        .clone();
    town.administrator.call(
        "devices.revoke",
        json!({ "device": row["device"], "reason": "Máy thất lạc" }),
    );
    town.administrator.exchange();
    let late = register(&post, "Sau khi thu hồi");
    let outcome = post.call("exchange.run", Value::Null);
    assert_eq!(outcome["refused"], 3);
    let view = post.call("exchange.get", Value::Null);
    assert!(
        view["set_aside"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["reason"] == "revoked")
    );
    assert_eq!(
        post.call("registrations.get", json!({ "registration": late }))["values"]["name"],
        "Sau khi thu hồi"
    );
    town.compiler.exchange();
    let totals = town.compiler.call("totals.get", json!({}));
    assert_eq!(
        totals["sum"]["total"], 1,
        "what was written before the cut counts, what came after waits"
    );
}

#[test]
fn a_folder_that_is_open_is_refused_to_a_second_process_and_says_which_holds_it() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let output = std::process::Command::new(cotmoc_tests::fleet::program("cotmoc"))
        .arg("--home")
        .arg(post.home())
        .args(["call", "status.get"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problem["code"], "home_in_use");
    assert_eq!(
        problem["params"]["process"],
        json!(std::process::id().to_string())
    );
}
