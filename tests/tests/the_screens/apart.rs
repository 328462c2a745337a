//! What two devices of one post see after they wrote one registration while apart.

use cotmoc_tests::fleet::{Player, Town, register, registration};
use serde_json::{Value, json};

/// Two devices of a post that hold a registration of 2024, and the cycle 2025 opened.
struct TwoDevices {
    town: Town,
    one: Player,
    two: Player,
    old: String,
}

impl TwoDevices {
    fn of_a_post() -> Self {
        let town = Town::son_la().unwrap();
        let one = town.post("one", "don-muong-lan").unwrap();
        let two = town.post("two", "don-muong-lan").unwrap();
        let old = register(&one, "Bữa sáng cho em");
        let goals = json!({ "goals": "Mỗi bản một cụm đèn, mỗi quý một buổi." });
        save(&one, &old, goals);
        let both = Self { town, one, two, old };
        both.open_2025();
        both
    }

    fn open_2025(&self) {
        let cycles = self.town.compiler.call("cycles.list", Value::Null);
        let cycle = &cycles["cycles"][0];
        let next = json!({
            "year": 2025, "opens": "2025-01-01", "closes": "2025-10-25", "scheme": cycle["scheme"], "criteria": cycle["criteria"],
        });
        self.town.compiler.call("cycles.open", next);
        self.town.compiler.exchange();
        self.meet();
    }

    fn meet(&self) {
        for device in [&self.one, &self.two, &self.one, &self.town.compiler] {
            device.exchange();
        }
    }

    fn both(&self) -> [&Player; 2] {
        [&self.one, &self.two]
    }
}

fn save(at: &Player, registration: &str, values: Value) -> Value {
    at.call(
        "registrations.save",
        json!({ "registration": registration, "values": values }),
    )
}

fn get(at: &Player, registration: &str) -> Value {
    at.call("registrations.get", json!({ "registration": registration }))
}

fn open_differences(at: &Player) -> Vec<Value> {
    let list = at.call("differences.list", Value::Null);
    let all = list["differences"].as_array().unwrap().clone();
    all.into_iter()
        .filter(|one| one["decided_by"].is_null())
        .collect()
}

#[test]
fn a_model_carried_over_on_two_devices_is_one_registration_with_the_edits_of_both() {
    let post = TwoDevices::of_a_post();
    let carried = post.both().map(|device| {
        let view = device.call("registrations.carry_over", json!({ "registration": post.old }));
        view["registration"].as_str().unwrap().to_owned()
    });
    assert_eq!(carried[0], carried[1], "both arrive at the same registration");
    let id = &carried[0];
    save(
        &post.one,
        id,
        json!({ "name": "Bữa sáng ấm cho em", "goals": "Mỗi bản hai cụm đèn, mỗi quý một buổi." }),
    );
    save(
        &post.two,
        id,
        json!({ "goals": "Mỗi bản một cụm đèn, mỗi tháng một buổi.", "outputs": "Ba cụm đèn" }),
    );
    post.meet();
    for device in post.both() {
        let values = &get(device, id)["values"];
        assert_eq!(values["name"], "Bữa sáng ấm cho em");
        assert_eq!(values["goals"], "Mỗi bản hai cụm đèn, mỗi tháng một buổi.");
        assert_eq!(values["outputs"], "Ba cụm đèn");
        assert_eq!(
            open_differences(device),
            Vec::<Value>::new(),
            "a copy is nobody's other opinion"
        );
    }
    post.one
        .call("registrations.submit", json!({ "registration": id }));
    post.meet();
    let totals = post.town.compiler.call("totals.get", json!({}));
    assert_eq!(
        (&totals["year"], &totals["sum"]["total"]),
        (&json!(2025), &json!(1))
    );
    let listed = post
        .town
        .compiler
        .call("models.list", json!({ "filter": { "cycle": totals["cycle"] } }));
    assert_eq!(
        listed["rows"].as_array().unwrap().len(),
        1,
        "the list behind the figure has one row"
    );
}

#[test]
fn a_discarded_draft_that_was_carried_over_is_taken_back_with_what_was_written_in_it() {
    let post = TwoDevices::of_a_post();
    let carry = || {
        post.one
            .call("registrations.carry_over", json!({ "registration": post.old }))
    };
    let id = carry()["registration"].as_str().unwrap().to_owned();
    save(&post.one, &id, json!({ "outputs": "Ba cụm đèn" }));
    assert_eq!(
        post.one
            .refuses("registrations.carry_over", json!({ "registration": post.old })),
        "already_carried_over"
    );
    post.one.call(
        "registrations.discard",
        json!({ "registration": id, "discarded": true }),
    );
    let again = carry();
    assert_eq!(again["registration"], json!(id));
    assert_eq!(
        (&again["status"], &again["values"]["outputs"]),
        (&json!("draft"), &json!("Ba cụm đèn"))
    );
}

#[test]
fn texts_brought_together_are_asked_about_with_both_versions_until_someone_keeps_one_or_the_whole() {
    for kept in 0..3 {
        let town = Town::son_la().unwrap();
        let one = town.post("one", "don-muong-lan").unwrap();
        let two = town.post("two", "don-muong-lan").unwrap();
        let id = register(&one, "Thắp sáng đường biên");
        one.exchange();
        two.exchange();
        save(&one, &id, json!({ "goals": "Mục tiêu một" }));
        save(&two, &id, json!({ "goals": "Mục tiêu hai khác" }));
        for device in [&one, &two, &one] {
            device.exchange();
        }
        assert_eq!(
            get(&one, &id)["values"]["goals"],
            get(&two, &id)["values"]["goals"]
        );
        assert_eq!(get(&one, &id)["differing"], json!(["goals"]));
        let asked = open_differences(&one);
        assert_eq!(asked, open_differences(&two), "both ask the same question");
        let values = asked[0]["values"].as_array().unwrap();
        assert_eq!((&asked[0]["merged"], values.len()), (&json!(true), 3));
        assert_eq!(values[0]["who"], "", "nobody wrote what they give together");
        assert_eq!(values[0]["text"], get(&one, &id)["values"]["goals"]);
        let choice = json!({ "record": id, "property": "goals", "choice": values[kept]["choice"] });
        two.call("differences.resolve", choice);
        for device in [&two, &one] {
            device.exchange();
            assert_eq!(get(device, &id)["values"]["goals"], values[kept]["text"]);
            assert_eq!(get(device, &id)["differing"], json!([]));
            assert!(open_differences(device).is_empty());
        }
        let report = one.call("journal.rebuild", Value::Null);
        assert_eq!(report["changed"], 0, "a rebuild shows the same");
    }
}

#[test]
fn a_differing_figure_is_called_by_its_name() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let two = town.post("two", "don-muong-lan").unwrap();
    let id = register(&one, "Thắp sáng đường biên");
    let figures = save(
        &one,
        &id,
        json!({ "figures": [{ "name": "Số cụm đèn", "raw": "10" }] }),
    )["figures"]
        .clone();
    let figure = figures[0]["id"].clone();
    one.exchange();
    two.exchange();
    for (device, raw) in [(&one, "12"), (&two, "13")] {
        save(
            device,
            &id,
            json!({ "figures": [{ "id": figure, "name": "Số cụm đèn", "raw": raw }] }),
        );
    }
    for device in [&one, &two, &one] {
        device.exchange();
    }
    assert_eq!(open_differences(&one)[0]["name"], "Số cụm đèn");
}

#[test]
fn figures_come_back_in_the_order_they_were_entered_also_after_a_merge_and_a_rebuild() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let two = town.post("two", "don-muong-lan").unwrap();
    let id = register(&one, "Trình diễn lúa nước");
    let named = |names: &[&str]| -> Value {
        let figures = names.iter().map(|name| json!({ "name": name, "raw": "5" }));
        json!({ "figures": figures.collect::<Vec<_>>() })
    };
    let names = |at: &Player| -> Vec<String> {
        let figures = get(at, &id)["figures"].as_array().unwrap().clone();
        figures
            .iter()
            .map(|figure| figure["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = [
        "Trình diễn",
        "Nhân rộng",
        "Hộ tham gia",
        "Năng suất",
        "Sản lượng",
        "Lượt tập huấn",
        "Điểm nhân rộng",
    ];
    save(&one, &id, named(&first));
    save(&one, &id, named(&["Bổ sung"]));
    let entered: Vec<&str> = first.into_iter().chain(["Bổ sung"]).collect();
    assert_eq!(names(&one), entered);
    one.exchange();
    two.exchange();
    save(&two, &id, named(&["Của máy hai"]));
    two.exchange();
    one.exchange();
    one.call("journal.rebuild", Value::Null);
    assert_eq!(names(&one), [&entered[..], &["Của máy hai"]].concat());
    assert_eq!(names(&one), names(&two));
}

#[test]
fn a_doubtful_figure_says_so_and_a_telephone_number_is_no_figure() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let read = |raw: &str| one.call("figures.read", json!({ "raw": raw }));
    assert_eq!(read("1,200")["doubt"], "comma_may_be_thousands");
    let about = read("khoảng trên dưới 200");
    assert_eq!(
        (&about["qualifier"], &about["value"], &about["doubt"]),
        (&json!("approx"), &json!("200"), &Value::Null)
    );
    let telephone = read("0912 345 678");
    assert_eq!(
        (&telephone["value"], &telephone["doubt"]),
        (&Value::Null, &json!("may_be_telephone"))
    );
    let id = register(&one, "Trình diễn lúa nước");
    for figure in [
        json!({ "name": "Liên hệ", "raw": "0912 345 678" }),
        json!({ "name": "Liên hệ", "raw": "5", "unit": "0912345678" }),
    ] {
        let values = json!({ "registration": id, "values": { "figures": [figure] } });
        assert_eq!(one.refuses("registrations.save", values), "personal_data");
    }
    let kept = save(
        &one,
        &id,
        json!({ "figures": [{ "name": "Diện tích", "raw": "1,200", "unit": "ha" }] }),
    );
    assert_eq!(
        kept["figures"][0]["doubt"], "comma_may_be_thousands",
        "it stays with the figure"
    );
}

#[test]
fn the_history_shows_what_each_change_wrote_and_what_follows_stands_above() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let id = register(&one, "Thắp sáng đường biên");
    save(&one, &id, json!({ "goals": "Mười cụm đèn" }));
    save(
        &one,
        &id,
        json!({ "goals": "Mười hai cụm đèn", "place": "Bản Nong Phụ" }),
    );
    let changes = one.call("registrations.history", json!({ "registration": id }))["changes"].clone();
    let changes = changes.as_array().unwrap();
    let wrote = |row: &Value, property: &str| -> Option<String> {
        let values = row["values"].as_array().unwrap();
        let found = values.iter().find(|value| value["property"] == property)?;
        Some(found["text"].as_str().unwrap().to_owned())
    };
    assert_eq!(wrote(&changes[0], "goals").as_deref(), Some("Mười hai cụm đèn"));
    assert_eq!(wrote(&changes[0], "place").as_deref(), Some("Bản Nong Phụ"));
    assert_eq!(
        wrote(&changes[1], "goals").as_deref(),
        Some("Mười cụm đèn"),
        "an older text can still be read"
    );
    assert_eq!(
        changes.last().unwrap()["kind"],
        "model",
        "the model was begun first"
    );
    let all = changes.iter().flat_map(|row| row["values"].as_array().unwrap());
    assert!(
        all.clone()
            .all(|value| value["property"] != "cycle" && value["property"] != "model"),
        "no ids to read"
    );
}

#[test]
fn a_field_that_the_cycle_does_not_know_is_refused() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let id = register(&one, "Thắp sáng đường biên");
    let values = json!({ "registration": id, "values": { "field": "KHONGCO" } });
    assert_eq!(one.refuses("registrations.save", values), "unknown_field");
    let mut request = registration("Khác");
    request["values"]["field"] = json!("KHONGCO");
    assert_eq!(one.refuses("registrations.start", request), "unknown_field");
    assert_eq!(
        save(&one, &id, json!({ "field": "" }))["values"]["field"],
        "",
        "none is a field not chosen yet"
    );
}

#[test]
fn what_a_post_changes_after_the_acceptance_is_kept_and_the_province_is_told() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let id = register(&one, "Thắp sáng đường biên");
    one.exchange();
    town.compiler.exchange();
    town.compiler.call(
        "registrations.review",
        json!({ "registration": id, "decision": "accepted" }),
    );
    town.compiler.exchange();
    one.exchange();
    let told = |at: &Player| {
        let listed = at.call("models.list", json!({ "filter": {} }));
        let (view, row) = (get(at, &id), listed["rows"][0].clone());
        assert_eq!(view["status"], "active");
        assert_eq!(view["changed_since_accepted"], row["changed_since_accepted"]);
        view["changed_since_accepted"] == json!(true)
    };
    save(
        &one,
        &id,
        json!({ "figures": [{ "name": "Số cụm đèn", "raw": "12" }] }),
    );
    assert!(!told(&one), "figures are stated through the year");
    save(
        &one,
        &id,
        json!({ "name": "Đường biên ánh sáng", "kind": "maintained" }),
    );
    one.exchange();
    town.compiler.exchange();
    assert!(told(&one) && told(&town.compiler));
    town.compiler.call("journal.rebuild", Value::Null);
    assert!(told(&town.compiler));
    town.compiler.call(
        "registrations.review",
        json!({ "registration": id, "decision": "accepted" }),
    );
    assert!(!told(&town.compiler), "it was accepted as it is now");
}

#[test]
fn reasons_and_titles_take_no_secrecy_mark_and_ask_about_a_telephone_number() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let id = register(&one, "Thắp sáng đường biên");
    one.exchange();
    town.compiler.exchange();
    let criteria = town.compiler.call("criteria.list", Value::Null)["sets"][0]["id"].clone();
    town.administrator.exchange();
    let devices = town.administrator.call("devices.list", Value::Null);
    let compiler = devices["devices"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["role"] == "compiler")
        .unwrap();
    let model = get(&one, &id)["model"].clone();
    for (text, code) in [
        ("TUYỆT MẬT", "secrecy_mark"),
        ("Gọi 0912 345 678", "personal_data"),
    ] {
        let review = json!({ "registration": id, "decision": "returned", "reason": text });
        assert_eq!(town.compiler.refuses("registrations.review", review), code);
        let campaign = |title: &str, basis: &str| json!({ "year": 2024, "title": title, "basis": basis, "criteria": criteria });
        assert_eq!(
            town.compiler.refuses("campaigns.create", campaign(text, "")),
            code
        );
        assert_eq!(
            town.compiler
                .refuses("campaigns.create", campaign("Khảo sát", text)),
            code
        );
        let close = json!({ "model": model, "closed": true, "reason": text });
        assert_eq!(one.refuses("models.close", close), code);
        let revoke = json!({ "device": compiler["device"], "reason": text });
        assert_eq!(town.administrator.refuses("devices.revoke", revoke), code);
    }
}

#[test]
fn a_registration_that_was_only_opened_is_no_entry_until_its_first_group_is_saved() {
    let town = Town::son_la().unwrap();
    let mut one = town.post("one", "don-muong-lan").unwrap();
    let entries = |at: &Player| at.device().ledger().sorted_entry_hashes().unwrap().len();
    let before = entries(&one);
    let opened = one.call("registrations.prepare", Value::Null);
    let id = opened["registration"].as_str().unwrap().to_owned();
    assert_eq!(
        (&opened["status"], &opened["is_begun"]),
        (&json!("draft"), &json!(false))
    );
    one.call(
        "typing.keep",
        json!({ "record": id, "contents": { "name": "Bữa sáng" } }),
    );
    assert_eq!(entries(&one), before, "nothing is written by opening and typing");
    assert_eq!(
        one.call("models.list", json!({ "filter": {} }))["rows"],
        json!([])
    );
    one.reopen().unwrap();
    let again = one.call("registrations.prepare", Value::Null);
    assert_eq!(again["registration"], json!(id), "what was typed is found again");
    assert_eq!(again["unfinished"]["contents"]["name"], "Bữa sáng");
    assert_eq!(
        one.refuses("registrations.submit", json!({ "registration": id })),
        "registration_incomplete"
    );
    let saved = save(&one, &id, json!({ "name": "Bữa sáng cho em", "field": "VHXH" }));
    assert_eq!(
        (&saved["is_begun"], &saved["year"], &saved["unfinished"]),
        (&json!(true), &json!(2024), &Value::Null)
    );
    assert_eq!(entries(&one), before + 2, "the model and its registration");
    let next = one.call("registrations.prepare", Value::Null);
    assert_ne!(next["registration"], json!(id));
    one.call(
        "typing.keep",
        json!({ "record": next["registration"], "contents": { "name": "Bỏ" } }),
    );
    one.call(
        "registrations.discard",
        json!({ "registration": next["registration"], "discarded": true }),
    );
    assert_eq!(
        get(&one, next["registration"].as_str().unwrap())["unfinished"],
        Value::Null
    );
    assert_eq!(entries(&one), before + 2);
    one.exchange();
}
