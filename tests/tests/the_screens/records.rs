//! What a record is called, what its history says, and what does not come to a role.

use cotmoc_tests::fleet::{Town, register, unit};
use serde_json::{Value, json};

use crate::support::Survey;

#[test]
fn the_history_says_why_a_registration_was_returned_each_time() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Thầy giáo quân hàm xanh");
    let review = |decision: &str, reason: &str| {
        post.exchange();
        town.compiler.exchange();
        town.compiler.call(
            "registrations.review",
            json!({ "registration": id, "decision": decision, "reason": reason }),
        );
        town.compiler.exchange();
        post.exchange();
    };
    review("returned", "Thiếu địa chỉ cụ thể");
    post.call("registrations.submit", json!({ "registration": id }));
    review("returned", "Chưa có mục tiêu đo đếm được");
    post.call("registrations.submit", json!({ "registration": id }));
    review("accepted", "");
    let history = post.call("registrations.history", json!({ "registration": id }));
    let said: Vec<(Value, Value)> = history["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["kind"] == "review")
        .map(|change| (change["decision"].clone(), change["reason"].clone()))
        .collect();
    assert_eq!(
        said,
        [
            (json!("accepted"), Value::Null),
            (json!("returned"), json!("Chưa có mục tiêu đo đếm được")),
            (json!("returned"), json!("Thiếu địa chỉ cụ thể")),
        ]
    );
    let others = history["changes"].as_array().unwrap().iter();
    let others = others.filter(|change| change["kind"] != "review");
    assert!(others.clone().count() > 0);
    assert!(others.into_iter().all(|change| change["decision"] == Value::Null));
}

#[test]
fn a_model_that_waits_to_be_sent_is_called_by_its_name() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    town.stop_server();
    register(&post, "Bữa sáng cho em");
    let exchange = post.call("exchange.get", json!({}));
    let titles: Vec<(&str, &str)> = exchange["local"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["title"].as_str().unwrap()))
        .collect();
    assert!(titles.contains(&("model", "Bữa sáng cho em")), "{titles:?}");
}

#[test]
fn who_does_not_receive_a_delegations_scores_is_told_so_and_not_that_there_are_none() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    survey.meet();
    survey.post.exchange();
    survey.town.compiler.exchange();
    for outside in [&survey.post, &survey.town.compiler] {
        let list = outside.call("visits.list", Value::Null);
        let row = &list["visits"][0];
        assert_eq!(
            (&row["findings"], &row["my_complete"]),
            (&Value::Null, &Value::Null)
        );
        let view = outside.call("visits.get", json!({ "visit": visit }));
        assert_eq!(view["is_own"], false);
        assert_eq!(view["models"][0]["other_sheets"], Value::Null);
    }
    let list = survey.two.call("visits.list", Value::Null);
    let row = &list["visits"][0];
    assert_eq!((&row["findings"], &row["my_complete"]), (&json!(0), &json!(0)));
    let view = survey.two.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (&view["is_own"], &view["models"][0]["other_sheets"]),
        (&json!(true), &json!(0))
    );
}

#[test]
fn a_delegations_device_holds_its_number_and_slot_without_words_around_them() {
    let survey = Survey::of_son_la();
    let me = survey.two.call("status.get", Value::Null)["identity"].clone();
    assert_eq!((&me["holder_name"], &me["slot"]), (&json!("2"), &json!(2)));
    survey.town.administrator.exchange();
    let devices = survey.town.administrator.call("devices.list", Value::Null);
    let rows = devices["devices"].as_array().unwrap();
    let two = rows.iter().find(|row| row["label"] == "Máy two").unwrap();
    assert_eq!((&two["holder_name"], &two["slot"]), (&json!("2"), &json!(2)));
}

#[test]
fn an_administrator_is_not_told_that_nobody_registered() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Bữa sáng cho em");
    post.exchange();
    town.administrator.exchange();
    let home = town.administrator.call("home.get", Value::Null);
    assert_eq!((&home["sum"], &home["missing"]), (&Value::Null, &json!([])));
    let none = town.administrator.call(
        "models.list",
        json!({ "filter": { "unit": unit("don-muong-lan") } }),
    );
    assert_eq!(
        none["rows"],
        json!([]),
        "units' records do not come to an administrator"
    );
}
