//! What the search over everything promises.

use cotmoc_tests::fleet::{Player, register, unit};
use serde_json::{Value, json};

#[path = "../the_survey/support.rs"]
#[allow(dead_code, reason = "the other tests of a survey use the rest")]
mod support;
use support::Survey;

fn hits(at: &Player, query: &str, kind: &str) -> Vec<Value> {
    let found = at.call("search.everywhere", json!({ "query": query }));
    let hits = found["hits"].as_array().unwrap();
    hits.iter().filter(|hit| hit["kind"] == kind).cloned().collect()
}

#[test]
fn models_units_and_visits_are_found_without_marks_and_ended_units_say_so() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "2024-05-11");
    let of_unit = hits(&survey.secretary, "muong lan", "visit");
    assert_eq!(of_unit[0]["id"], visit);
    assert_eq!(of_unit[0]["detail"], "11/05/2024");
    for day in ["11/5/2024", "muong lan 11/05/2024"] {
        assert_eq!(hits(&survey.secretary, day, "visit")[0]["id"], visit, "{day}");
    }
    assert_eq!(
        hits(&survey.secretary, "long sap 11/05/2024", "visit"),
        Vec::<Value>::new()
    );
    register(&survey.post, "Vườn rau chung");
    assert_eq!(hits(&survey.post, "vuon rau", "registration").len(), 1);
    let units = hits(&survey.town.compiler, "sop cop", "unit");
    let found: Vec<(&str, &Value)> = units
        .iter()
        .map(|hit| (hit["title"].as_str().unwrap(), &hit["ended"]))
        .collect();
    assert_eq!(
        found,
        [
            ("Xã Sốp Cộp", &Value::Null),
            ("Huyện Sốp Cộp", &json!("2025-07-01"))
        ]
    );
    assert_eq!(units[1]["id"], unit("huyen-sop-cop"));
}
