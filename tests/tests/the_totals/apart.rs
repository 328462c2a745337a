//! Two compilers who open the same year apart from each other.

use cotmoc_tests::fleet::{Town, register};
use serde_json::{Value, json};

fn open(by: &cotmoc_tests::fleet::Player, closes: &str) -> Value {
    let cycles = by.call("cycles.list", Value::Null);
    let earlier = &cycles["cycles"][0];
    let next = json!({
        "year": 2025, "opens": "2025-01-01", "closes": closes,
        "scheme": earlier["scheme"], "criteria": earlier["criteria"],
    });
    by.call("cycles.open", next)["id"].clone()
}

#[test]
fn a_year_opened_twice_while_apart_is_one_cycle_and_what_differs_is_asked() {
    let town = Town::son_la().unwrap();
    let second = town
        .enrol("second", json!({ "role": "compiler", "valid_days": 7 }))
        .unwrap();
    second.exchange();
    let (first, other) = (open(&town.compiler, "2025-10-25"), open(&second, "2025-11-15"));
    assert_eq!(first, other, "a year of a province has one id");
    town.compiler.exchange();
    second.exchange();
    town.compiler.exchange();
    let lists = [&town.compiler, &second].map(|compiler| {
        let years = compiler.call("cycles.list", Value::Null);
        let years = years["cycles"].as_array().unwrap().clone();
        assert_eq!(
            years.iter().filter(|cycle| cycle["year"] == 2025).count(),
            1,
            "{years:?}"
        );
        let differences = compiler.call("differences.list", Value::Null)["differences"].clone();
        assert_eq!(
            differences
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["property"])
                .collect::<Vec<_>>(),
            [&json!("closes")],
            "what both said alike raises nothing"
        );
        (years[0].clone(), differences)
    });
    assert_eq!(lists[0].0, lists[1].0, "both show the same cycle");
    let kept = &lists[0].1[0]["values"][1];
    town.compiler.call(
        "differences.resolve",
        json!({ "record": first, "property": "closes", "choice": kept["choice"] }),
    );
    town.compiler.exchange();
    second.exchange();
    assert_eq!(second.call("status.get", Value::Null)["differences"], 0);
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Bữa sáng cho em");
    post.exchange();
    second.exchange();
    let totals = second.call("totals.get", json!({}));
    assert_eq!(
        (&totals["year"], &totals["sum"]["total"]),
        (&json!(2025), &json!(1))
    );
}
