//! The agreed score when secretary and head write it while apart.

use cotmoc_tests::fleet::Player;
use serde_json::{Value, json};

use crate::support::{Survey, with};

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
