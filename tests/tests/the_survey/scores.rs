//! Score sheets: one per assessor, side by side, about the registration as it was.

use cotmoc_tests::fleet::Player;
use serde_json::{Value, json};

use crate::support::{CRITERIA, Survey, items, with};

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
