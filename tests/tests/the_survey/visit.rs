//! A visit: opened offline, and saved only when something changed.

use cotmoc_tests::fleet::unit;
use serde_json::{Value, json};

use crate::support::{Survey, with};

#[test]
fn a_visit_is_opened_offline_once_a_day_and_only_at_a_unit_of_the_delegation() {
    let mut survey = Survey::of_son_la();
    survey.town.stop_server();
    let secretary = &survey.secretary;
    let list = secretary.call("visits.list", Value::Null);
    assert_eq!(list["unvisited"].as_array().unwrap().len(), 2);
    let missing_at = |slug: &str| {
        let readiness = list["readiness"].as_array().unwrap();
        let of_unit = readiness.iter().find(|one| one["unit"] == unit(slug)).unwrap();
        of_unit["missing_parts"].clone()
    };
    assert_eq!(
        missing_at("don-muong-lan"),
        json!([]),
        "ready before the visit is begun"
    );
    assert_eq!(
        missing_at("don-long-sap"),
        json!(["registrations"]),
        "nothing is registered there"
    );
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
