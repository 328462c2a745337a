//! Delegations: asked for by the compiler, in force once the province answered, and kept out of others' visits.

use cotmoc_tests::fleet::{Town, unit};
use serde_json::{Value, json};

use crate::support::{Survey, campaign, with};

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
