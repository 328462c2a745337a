//! A survey end to end: the campaign, the delegation's visit, its findings and scores, and what happens when
//! two of its members write while apart.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use cotmoc_tests::fleet::{Player, Town, register, unit};
use serde_json::{Value, json};

/// The criteria of `cs-mo-hinh-100` with their maxima, hundredths.
const CRITERIA: [(&str, i64); 13] = [
    ("A1", 500),
    ("A2", 500),
    ("A3", 500),
    ("B1", 500),
    ("B2", 500),
    ("B3", 1_000),
    ("B4", 500),
    ("C1", 1_500),
    ("C2", 1_000),
    ("C3", 1_000),
    ("D1", 1_000),
    ("E1", 500),
    ("E2", 1_000),
];

/// A campaign with delegation no. 2, one registered model, and the delegation's devices.
struct Survey {
    town: Town,
    post: Player,
    campaign: Value,
    delegation: String,
    registration: String,
    secretary: Player,
    head: Player,
    two: Player,
}

impl Survey {
    fn of_son_la() -> Self {
        let town = Town::son_la().unwrap();
        let post = town.post("post", "don-muong-lan").unwrap();
        let registration = register(&post, "Bữa sáng cho em");
        post.exchange();
        let campaign = campaign(&town);
        let row = town.compiler.call("delegations.set", json!({
            "campaign": campaign["id"], "number": 2, "units": [unit("don-muong-lan"), unit("don-long-sap")],
        }));
        let delegation = row["id"].as_str().unwrap().to_owned();
        town.compiler.exchange();
        let enrol = |name: &str, role: &str, slot: u32| {
            let request = json!({ "role": role, "delegation": delegation, "slot": slot, "valid_days": 7 });
            let player = town.enrol(name, request).unwrap();
            player.exchange();
            player
        };
        let (secretary, head, two) = (
            enrol("secretary", "secretary", 1),
            enrol("head", "head", 3),
            enrol("two", "member", 2),
        );
        Self {
            post,
            campaign,
            delegation,
            registration,
            secretary,
            head,
            two,
            town,
        }
    }

    fn of(&self, visit: &Value) -> Value {
        json!({ "visit": visit, "registration": self.registration })
    }

    fn start(&self, by: &Player, day: &str) -> Value {
        by.call(
            "visits.start",
            json!({ "unit": unit("don-muong-lan"), "day": day }),
        )["row"]["visit"]
            .clone()
    }

    fn meet(&self) {
        for _ in 0..2 {
            for player in [&self.secretary, &self.head, &self.two] {
                player.exchange();
            }
        }
    }
}

fn campaign(town: &Town) -> Value {
    let sets = town.compiler.call("criteria.list", Value::Null)["sets"].clone();
    let set = sets
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["code"] == "cs-mo-hinh-100")
        .unwrap()
        .clone();
    town.compiler.call("campaigns.create", json!({
        "year": 2024, "title": "Khảo sát mô hình “Dân vận khéo”", "basis": "Kế hoạch năm", "criteria": set["id"],
    }))
}

/// Full points but for the named criteria.
fn items(changes: &[(&str, i64)]) -> Value {
    let points = |code: &str, max: i64| {
        changes
            .iter()
            .find(|(changed, _)| *changed == code)
            .map_or(max, |(_, value)| *value)
    };
    CRITERIA
        .iter()
        .map(|(code, max)| json!({ "code": code, "points": points(code, *max) }))
        .collect()
}

fn with(mut value: Value, more: Value) -> Value {
    value
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    value
}

#[test]
fn a_delegation_is_asked_for_at_once_and_in_force_after_the_exchange() {
    let town = Town::son_la().unwrap();
    let made = campaign(&town);
    assert_eq!(
        made["criteria_title"],
        "Bộ tiêu chí thẩm định mô hình “Dân vận khéo” (thang 100 điểm)"
    );
    let compiler = &town.compiler;
    let again =
        json!({ "year": 2024, "title": "khảo sát  mô hình “Dân vận khéo”", "criteria": made["criteria"] });
    assert_eq!(compiler.refuses("campaigns.create", again), "campaign_exists");
    let unknown = json!({ "year": 2024, "title": "Khác", "criteria": made["id"] });
    assert_eq!(compiler.refuses("campaigns.create", unknown), "unknown_criteria");
    let set = |number: i64, units: Value| json!({ "campaign": made["id"], "number": number, "units": units });
    let row = compiler.call("delegations.set", set(2, json!([unit("don-muong-lan")])));
    assert_eq!(
        (row["in_force"].clone(), row["number"].clone()),
        (json!(false), json!(2))
    );
    let listed = compiler.call("campaigns.list", Value::Null)["campaigns"][0]["delegations"].clone();
    assert_eq!(
        listed,
        json!([row]),
        "it is listed before the province has answered"
    );
    assert_eq!(
        compiler.refuses("delegations.set", set(2, json!([]))),
        "delegation_number_taken"
    );
    assert_eq!(
        compiler.refuses("delegations.set", set(3, json!(["x"]))),
        "unknown_unit"
    );
    assert_eq!(
        compiler.refuses("delegations.set", set(0, json!([]))),
        "bad_request"
    );
    compiler.exchange();
    let listed = compiler.call("campaigns.list", Value::Null)["campaigns"][0]["delegations"][0].clone();
    assert_eq!(
        (listed["in_force"].clone(), listed["id"].clone()),
        (json!(true), row["id"].clone())
    );
    let moved = with(
        set(2, json!([unit("don-muong-lan"), unit("don-long-sap")])),
        json!({ "delegation": row["id"] }),
    );
    let row = compiler.call("delegations.set", moved);
    assert_eq!(
        (row["in_force"].clone(), row["units"].as_array().unwrap().len()),
        (json!(false), 2)
    );
    let post = town.post("post", "don-muong-lan").unwrap();
    assert_eq!(post.refuses("delegations.set", set(4, json!([]))), "role_may_not");
    let by_post = json!({ "year": 2025, "title": "x", "criteria": made["criteria"] });
    assert_eq!(post.refuses("campaigns.create", by_post), "role_may_not");
}

#[test]
fn a_visit_is_opened_offline_once_a_day_and_only_at_a_unit_of_the_delegation() {
    let mut survey = Survey::of_son_la();
    survey.town.stop_server();
    let secretary = &survey.secretary;
    let list = secretary.call("visits.list", Value::Null);
    assert_eq!(list["unvisited"].as_array().unwrap().len(), 2);
    let visit = survey.start(secretary, "11/5");
    let view = secretary.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        view["row"]["day"], "--05-11",
        "a day without a year stays without one"
    );
    assert_eq!(
        (
            view["row"]["held"].as_str(),
            view["row"]["delegation_number"].as_u64()
        ),
        (Some("this_device"), Some(2))
    );
    assert_eq!(
        (
            view["missing_parts"].clone(),
            view["models"].as_array().unwrap().len()
        ),
        (json!([]), 1)
    );
    assert_eq!(
        (view["may_edit"].clone(), view["may_agree"].clone()),
        (json!(true), json!(true))
    );
    let start = |unit: String, day: &str| json!({ "unit": unit, "day": day });
    assert_eq!(
        secretary.refuses("visits.start", start(unit("don-muong-lan"), "--05-11")),
        "visit_exists"
    );
    assert_eq!(
        secretary.refuses("visits.start", start(unit("don-muong-lan"), "hôm qua")),
        "bad_request"
    );
    assert_eq!(
        secretary.refuses("visits.start", start(unit("don-chieng-tuong"), "12/5")),
        "unit_not_assigned"
    );
    assert_eq!(
        secretary.refuses("visits.start", start("x".into(), "12/5")),
        "unknown_unit"
    );
    assert_eq!(
        survey
            .post
            .refuses("visits.start", start(unit("don-muong-lan"), "12/5")),
        "role_may_not"
    );
    let second = survey.start(secretary, "12/5/2024");
    let list = secretary.call("visits.list", Value::Null);
    let order: Vec<&Value> = list["visits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["visit"])
        .collect();
    assert_eq!(order, [&second, &visit], "newest first");
    assert_eq!(list["unvisited"].as_array().unwrap().len(), 1);
    let empty = secretary.call("visits.start", start(unit("don-long-sap"), "12/5/2024"));
    assert_eq!(empty["missing_parts"], json!(["registrations"]));
    let saved = secretary.call("visits.save", json!({
        "visit": visit, "day": "11/05/2024", "place": " Phòng họp đồn ", "attendance": "Trưởng đoàn, chỉ huy đồn",
        "agenda": [
            { "id": "", "text": "Trao đổi", "starts": "10h", "ends": "" },
            { "id": "", "text": "Nghe báo cáo", "starts": "8h00", "ends": "9h30" },
        ],
    }));
    assert_eq!(
        (saved["row"]["day"].as_str(), saved["place"].as_str()),
        (Some("2024-05-11"), Some("Phòng họp đồn"))
    );
    assert_eq!(saved["agenda"][0]["text"], "Nghe báo cáo");
    let without = secretary.call(
        "visits.save",
        json!({ "visit": visit, "remove_agenda": [saved["agenda"][0]["id"]] }),
    );
    assert_eq!(without["agenda"].as_array().unwrap().len(), 1);
    assert_eq!(
        secretary.refuses("visits.save", json!({ "visit": second, "day": "11/05/2024" })),
        "visit_exists"
    );
    survey.town.start_server().unwrap();
    survey.secretary.exchange();
    survey.post.exchange();
    let seen = survey.post.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (seen["may_edit"].clone(), seen["place"].as_str()),
        (json!(false), Some("Phòng họp đồn"))
    );
    assert_eq!(
        survey.post.refuses("visits.save", json!({ "visit": visit })),
        "role_may_not"
    );
}

#[test]
fn findings_of_all_members_stand_together_and_nobody_else_sees_them() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    let put = |by: &Player, kind: &str, text: &str| {
        by.call(
            "findings.put",
            json!({ "visit": visit, "kind": kind, "text": text }),
        )
    };
    put(&survey.secretary, "unit_report", "Đồn báo cáo kết quả");
    put(&survey.two, "strength", "Có kế hoạch cụ thể");
    survey.meet();
    put(&survey.head, "request", "Hoàn chỉnh đăng ký");
    survey.meet();
    let texts = |by: &Player| -> Vec<String> {
        let view = by.call("visits.get", json!({ "visit": visit }));
        view["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(texts(&survey.two).len(), 3);
    assert_eq!(
        texts(&survey.secretary),
        texts(&survey.two),
        "one order on every device"
    );
    assert_eq!(
        texts(&survey.two)[2],
        "Hoàn chỉnh đăng ký",
        "what was written knowing the others comes after them"
    );
    let view = survey.head.call("visits.get", json!({ "visit": visit }));
    let of_two = view["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["by"] == "member:2")
        .unwrap()
        .clone();
    assert_eq!(of_two["mine"], false);
    let edited = survey.head.call(
        "findings.put",
        json!({
            "visit": visit, "id": of_two["id"], "kind": "strength", "text": "Có kế hoạch cụ thể, rõ việc",
            "registration": survey.registration,
        }),
    );
    let after = edited["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == of_two["id"])
        .unwrap()
        .clone();
    assert_eq!(
        (after["by"].as_str(), after["registration"].clone()),
        (Some("member:2"), json!(survey.registration))
    );
    let remove = |reason: Value| json!({ "visit": visit, "id": of_two["id"], "reason": reason });
    assert_eq!(
        survey.head.refuses("findings.remove", remove(json!("  "))),
        "reason_needed"
    );
    let removed = survey.head.call("findings.remove", remove(json!("Trùng")));
    assert_eq!(
        removed["row"]["findings"], 2,
        "a finding that was taken back is not counted"
    );
    let restored = survey.head.call("findings.remove", remove(Value::Null));
    assert_eq!(restored["row"]["findings"], 3);
    let typed = |text: &str, checked: bool| json!({ "visit": visit, "kind": "lesson", "text": text, "personal_data_checked": checked });
    assert_eq!(
        survey.two.refuses("findings.put", typed("Gọi 0912345678", false)),
        "personal_data"
    );
    survey.two.call("findings.put", typed("Gọi 0912345678", true));
    assert_eq!(
        survey.two.refuses("findings.put", typed("TUYỆT MẬT", true)),
        "secrecy_mark"
    );
    assert_eq!(
        survey.two.refuses("findings.put", typed(" ", true)),
        "bad_request"
    );
    survey.meet();
    survey.post.exchange();
    survey.town.compiler.exchange();
    for outside in [&survey.post, &survey.town.compiler] {
        let seen = outside.call("visits.get", json!({ "visit": visit }));
        assert_eq!(
            (seen["findings"].clone(), seen["row"]["findings"].clone()),
            (json!([]), json!(0))
        );
        assert_eq!(outside.refuses("scores.compare", survey.of(&visit)), "no_record");
    }
}

#[test]
fn two_inspectors_who_score_82_and_71_keep_both_sheets_and_only_the_agreed_score_has_a_band() {
    let mut survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    survey.town.stop_server();
    let of = survey.of(&visit);
    let save = |more: Value| with(of.clone(), more);
    assert_eq!(
        survey.post.refuses("scores.save", save(json!({}))),
        "role_may_not"
    );
    let bad = |code: &str, points: i64| save(json!({ "items": [{ "code": code, "points": points }] }));
    let refused = survey.two.try_call("scores.save", bad("C1", 1_550)).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["max"].as_str()),
        ("points_out_of_range", "15")
    );
    let refused = survey.two.try_call("scores.save", bad("C1", 1_425)).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["step"].as_str()),
        ("points_step", "0,5")
    );
    assert_eq!(survey.two.refuses("scores.save", bad("Z1", 0)), "bad_request");
    let empty = survey
        .two
        .call("scores.save", save(json!({ "items": [], "not_eligible": "" })));
    assert_eq!(
        (empty["answered"].clone(), empty["slot"].clone()),
        (json!(0), json!(2))
    );
    // 82 = 100 - 18, 71 = 100 - 29.
    let one = survey.secretary.call(
        "scores.save",
        save(json!({ "items": items(&[("C1", 700), ("E2", 0)]) })),
    );
    assert_eq!(
        (one["total"].clone(), one["band"].clone()),
        (json!(8_200), json!("tot"))
    );
    let two = survey.two.call(
        "scores.save",
        save(json!({ "items": items(&[("C1", 600), ("C2", 0), ("E2", 0)]) })),
    );
    assert_eq!(
        (two["total"].clone(), two["band"].clone(), two["answered"].clone()),
        (json!(7_100), json!("kha"), json!(13))
    );
    survey.town.start_server().unwrap();
    survey.meet();
    for by in [&survey.secretary, &survey.head, &survey.two] {
        let compared = by.call("scores.compare", of.clone());
        let totals: Vec<_> = compared["sheets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sheet| sheet["total"].clone())
            .collect();
        assert_eq!(totals, [json!(8_200), json!(7_100)], "both are intact, by slot");
        assert_eq!(
            (compared["spread"].clone(), compared["agreed_total"].clone()),
            (json!(1_100), Value::Null)
        );
        let row = compared["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["code"] == "C1")
            .unwrap()
            .clone();
        assert_eq!(
            (row["points"].clone(), row["spread"].clone()),
            (json!([700, 600]), json!(100))
        );
    }
    let agree = |code: &str, points: i64, reason: &str| {
        save(json!({ "code": code, "points": points, "reason": reason }))
    };
    assert_eq!(
        survey.two.refuses("scores.agree", agree("C1", 700, "x")),
        "role_may_not"
    );
    assert_eq!(
        survey.secretary.refuses("scores.agree", agree("C1", 700, " ")),
        "reason_needed"
    );
    assert_eq!(
        survey.secretary.refuses("scores.agree", agree("C1", 1_600, "x")),
        "points_out_of_range"
    );
    assert_eq!(
        survey.secretary.refuses("scores.agree", of.clone()),
        "bad_request"
    );
    for (code, max) in CRITERIA {
        let points = match code {
            "C1" => 700,
            "C2" => 900,
            "E2" => 0,
            _ => max,
        };
        let before = survey
            .secretary
            .call("scores.agree", agree(code, points, "Kiểm tra tại chỗ"));
        assert_eq!(
            before["band"].is_null(),
            code != "E2",
            "a band only with the last criterion"
        );
    }
    let agreed = survey.secretary.call("scores.compare", of.clone());
    assert_eq!(
        (agreed["agreed_total"].clone(), agreed["band"].clone()),
        (json!(8_100), json!("tot"))
    );
    assert_eq!(agreed["may_propose_recognition"], true);
    let view = survey.secretary.call("visits.get", json!({ "visit": visit }));
    let model = &view["models"][0];
    assert_eq!(
        (model["my_total"].clone(), model["agreed_total"].clone()),
        (json!(8_200), json!(8_100))
    );
    assert_eq!(
        (model["other_sheets"].clone(), view["row"]["my_complete"].clone()),
        (json!(1), json!(1))
    );
    let out = survey.secretary.call(
        "scores.agree",
        save(json!({ "not_eligible": "Chưa đủ thời gian" })),
    );
    assert_eq!(
        (out["band"].clone(), out["not_eligible"].as_str()),
        (Value::Null, Some("Chưa đủ thời gian"))
    );
    let back = survey
        .secretary
        .call("scores.agree", save(json!({ "not_eligible": "" })));
    assert_eq!(
        (back["band"].clone(), back["not_eligible"].clone()),
        (json!("tot"), Value::Null)
    );
}

#[test]
fn a_registration_that_changes_after_scoring_is_pointed_out_and_the_sheet_stays() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    let of = survey.of(&visit);
    survey.two.call(
        "scores.save",
        with(
            of.clone(),
            json!({ "items": [{ "code": "A1", "points": 450, "note": "rõ" }] }),
        ),
    );
    survey.post.call(
        "registrations.save",
        json!({ "registration": survey.registration, "values": { "place": "Bản Cáp Ven" } }),
    );
    survey.post.exchange();
    survey.meet();
    let sheet = survey.two.call("scores.get", of.clone());
    assert_eq!(
        (sheet["changed_since_scored"].clone(), sheet["items"].clone()),
        (
            json!(true),
            json!([{ "code": "A1", "points": 450, "note": "rõ" }])
        )
    );
    survey.two.call(
        "scores.save",
        with(of.clone(), json!({ "items": [{ "code": "A2", "points": 0 }] })),
    );
    let sheet = survey.two.call("scores.get", of);
    assert_eq!(sheet["changed_since_scored"], true, "going on does not hide it");
    assert_eq!(sheet["mandatory_zero"], json!(["A2"]));
    survey.town.compiler.exchange();
    survey.town.compiler.call(
        "registrations.review",
        json!({
            "registration": survey.registration, "decision": "returned", "reason": "Thiếu thời gian",
        }),
    );
    survey.town.compiler.exchange();
    survey.meet();
    let view = survey.two.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        view["models"].as_array().unwrap().len(),
        1,
        "a scored model stays in sight when it is returned"
    );
}

#[test]
fn secretary_and_head_who_agree_differently_while_apart_are_both_asked_and_one_decides() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    let agree = |by: &Player, code: &str, points: i64, reason: &str| {
        by.call(
            "scores.agree",
            with(
                survey.of(&visit),
                json!({ "code": code, "points": points, "reason": reason }),
            ),
        )
    };
    agree(&survey.secretary, "C1", 1_200, "Đủ minh chứng");
    agree(&survey.secretary, "A1", 500, "");
    agree(&survey.head, "C1", 1_050, "Thiếu một phần");
    agree(&survey.head, "A1", 500, "");
    survey.meet();
    let rows = [&survey.secretary, &survey.head, &survey.two].map(|by| {
        let compared = by.call("scores.compare", survey.of(&visit));
        compared["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["code"] == "C1")
            .unwrap()
            .clone()
    });
    assert!(
        rows.iter().all(|row| *row == rows[0]),
        "everyone sees the same value"
    );
    assert_eq!(rows[0]["differs"], true);
    let list = |by: &Player| by.call("differences.list", Value::Null)["differences"].clone();
    let asked = list(&survey.head);
    assert_eq!(
        asked.as_array().unwrap().len(),
        1,
        "equal points raise nothing: {asked}"
    );
    assert_eq!(list(&survey.secretary), asked);
    let difference = &asked[0];
    assert_eq!(
        (difference["kind"].as_str(), difference["property"].as_str()),
        (Some("agreed_score"), Some("items/C1"))
    );
    assert_eq!(
        (difference["title"].as_str(), difference["may_resolve"].clone()),
        (Some("Bữa sáng cho em"), json!(true))
    );
    let mut said: Vec<_> = difference["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| {
            (
                value["text"].as_str().unwrap().to_owned(),
                value["who"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            ("10,5 điểm – Thiếu một phần".to_owned(), "Máy head".to_owned()),
            ("12 điểm – Đủ minh chứng".to_owned(), "Máy secretary".to_owned()),
        ]
    );
    assert_eq!(
        list(&survey.two)[0]["may_resolve"],
        false,
        "a member may look, not decide"
    );
    let choice = |points: &str| {
        difference["values"]
            .as_array()
            .unwrap()
            .iter()
            .find(|value| value["text"].as_str().unwrap().starts_with(points))
            .unwrap()["choice"]
            .clone()
    };
    let decide =
        |choice: Value| json!({ "record": difference["record"], "property": "items/C1", "choice": choice });
    assert_eq!(
        survey.two.refuses("differences.resolve", decide(choice("12"))),
        "role_may_not"
    );
    assert_eq!(
        survey.head.refuses("differences.resolve", decide(json!("x"))),
        "bad_request"
    );
    let after = survey.head.call("differences.resolve", decide(choice("10,5")))["differences"][0].clone();
    assert_eq!(
        (after["decided_by"].as_str(), after["may_resolve"].clone()),
        (Some("Máy head"), json!(false))
    );
    assert_eq!(after["values"][0]["text"], "10,5 điểm – Thiếu một phần");
    survey.meet();
    assert_eq!(
        survey
            .secretary
            .refuses("differences.resolve", decide(choice("12"))),
        "differs_resolved_already"
    );
    assert_eq!(list(&survey.secretary)[0]["decided_by"], "Máy head");
    assert_eq!(survey.secretary.call("status.get", Value::Null)["differences"], 0);
}

#[test]
fn another_delegation_may_not_write_in_the_visit() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.secretary.exchange();
    let compiler = &survey.town.compiler;
    let other = compiler.call(
        "delegations.set",
        json!({
            "campaign": survey.campaign["id"], "number": 3, "units": [unit("don-muong-lan")],
        }),
    );
    compiler.exchange();
    let request = json!({ "role": "head", "delegation": other["id"], "slot": 1, "valid_days": 7 });
    let stranger = survey.town.enrol("stranger", request).unwrap();
    stranger.exchange();
    let view = stranger.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (view["may_edit"].clone(), view["may_agree"].clone()),
        (json!(false), json!(false))
    );
    let finding = json!({ "visit": visit, "kind": "strength", "text": "x" });
    assert_eq!(stranger.refuses("findings.put", finding), "not_your_visit");
    assert_eq!(
        stranger.refuses("visits.save", json!({ "visit": visit, "place": "x" })),
        "not_your_visit"
    );
    let sheet = stranger.call("scores.get", survey.of(&visit));
    assert_eq!(
        (sheet["may_edit"].clone(), sheet["answered"].clone()),
        (json!(false), json!(0))
    );
    assert_eq!(
        stranger.refuses("scores.save", survey.of(&visit)),
        "not_your_visit"
    );
    let own = stranger.call(
        "visits.start",
        json!({ "unit": unit("don-muong-lan"), "day": "11/5/2024" }),
    );
    assert_eq!(
        own["row"]["delegation_number"], 3,
        "two delegations may come on one day"
    );
    assert!(!survey.delegation.is_empty());
}

#[test]
fn two_members_who_change_one_finding_while_apart_are_asked_and_any_member_decides() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let put = |by: &Player, id: Value, text: &str| {
        by.call(
            "findings.put",
            json!({ "visit": visit, "id": id, "kind": "limitation", "text": text }),
        )
    };
    let id = put(&survey.secretary, Value::Null, "Chưa kiểm tra")["findings"][0]["id"].clone();
    survey.meet();
    put(&survey.secretary, id.clone(), "Chưa kiểm tra định kỳ");
    put(&survey.two, id.clone(), "Chưa kiểm tra quý I");
    survey.meet();
    let view = survey.head.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (
            view["findings"][0]["differs"].clone(),
            view["findings"][0]["by"].as_str()
        ),
        (json!(true), Some("secretary"))
    );
    let difference = survey.two.call("differences.list", Value::Null)["differences"][0].clone();
    assert_eq!(
        difference["property"],
        json!(format!("findings/{}", id.as_str().unwrap()))
    );
    assert_eq!(
        (difference["title"].as_str(), difference["may_resolve"].clone()),
        (Some("Đồn Biên phòng Mường Lạn, 11/05/2024"), json!(true))
    );
    let choice = difference["values"]
        .as_array()
        .unwrap()
        .iter()
        .find(|value| value["text"] == "Hạn chế: Chưa kiểm tra quý I")
        .unwrap()["choice"]
        .clone();
    survey.two.call(
        "differences.resolve",
        json!({ "record": difference["record"], "property": difference["property"], "choice": choice }),
    );
    survey.meet();
    for by in [&survey.secretary, &survey.head, &survey.two] {
        let view = by.call("visits.get", json!({ "visit": visit }));
        assert_eq!(
            (
                view["findings"][0]["differs"].clone(),
                view["findings"][0]["text"].as_str()
            ),
            (json!(false), Some("Chưa kiểm tra quý I"))
        );
    }
}

#[test]
fn saving_what_is_there_already_leaves_nothing_to_send() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey
        .secretary
        .call("visits.save", json!({ "visit": visit, "place": "Phòng họp" }));
    let score = with(
        survey.of(&visit),
        json!({ "items": [{ "code": "A1", "points": 450 }] }),
    );
    survey.secretary.call("scores.save", score.clone());
    survey.secretary.exchange();
    assert_eq!(survey.secretary.call("status.get", Value::Null)["unsent"], 0);
    survey
        .secretary
        .call("visits.save", json!({ "visit": visit, "place": "Phòng họp" }));
    survey.secretary.call("scores.save", score.clone());
    assert_eq!(
        survey.secretary.call("status.get", Value::Null)["unsent"],
        0,
        "after the receipt"
    );
    survey.secretary.call(
        "scores.save",
        with(
            survey.of(&visit),
            json!({ "items": [{ "code": "A2", "points": 450 }] }),
        ),
    );
    survey.secretary.call(
        "scores.agree",
        with(survey.of(&visit), json!({ "code": "A2", "points": 450 })),
    );
    assert_eq!(survey.secretary.call("status.get", Value::Null)["unsent"], 2);
    survey.secretary.call("scores.save", score);
    survey.secretary.call(
        "scores.agree",
        with(survey.of(&visit), json!({ "code": "A2", "points": 450 })),
    );
    assert_eq!(
        survey.secretary.call("status.get", Value::Null)["unsent"],
        2,
        "before the receipt"
    );
}

#[test]
fn one_assessor_on_two_devices_has_one_sheet() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let request = json!({ "role": "member", "delegation": survey.delegation, "slot": 2, "valid_days": 7 });
    let phone = survey.town.enrol("phone", request).unwrap();
    survey.meet();
    phone.exchange();
    let save = |by: &Player, code: &str, points: i64| {
        by.call(
            "scores.save",
            with(
                survey.of(&visit),
                json!({ "items": [{ "code": code, "points": points }] }),
            ),
        )
    };
    save(&survey.two, "A1", 450);
    save(&phone, "A2", 300);
    for by in [&survey.two, &phone, &survey.two] {
        by.exchange();
    }
    for by in [&survey.two, &phone] {
        let sheet = by.call("scores.get", survey.of(&visit));
        assert_eq!(
            (sheet["answered"].clone(), sheet["total"].clone()),
            (json!(2), json!(750))
        );
        assert_eq!(by.call("differences.list", Value::Null)["differences"], json!([]));
    }
    let rebuilt = survey.two.call("journal.rebuild", Value::Null);
    assert_eq!(rebuilt["changed"], 0);
}

#[test]
fn a_finding_that_is_being_typed_survives_until_it_is_added() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let put = |id: Value, text: &str| {
        survey.secretary.call(
            "findings.put",
            json!({ "visit": visit, "id": id, "kind": "cause", "text": text }),
        )
    };
    let id = put(Value::Null, "Nguyên nhân một")["findings"][0]["id"].clone();
    survey.secretary.call(
        "typing.keep",
        json!({ "record": visit, "contents": { "text": "Đang gõ" } }),
    );
    let mended = put(id, "Nguyên nhân một, rõ hơn");
    assert_eq!(mended["unfinished"]["contents"]["text"], "Đang gõ");
    assert_eq!(put(Value::Null, "Đang gõ xong")["unfinished"], Value::Null);
}
