//! How the figures came to the compiler: entered by the units, in the cycle's year and in time.

use std::collections::BTreeSet;

use cotmoc_core::journal::Place;
use cotmoc_tests::fleet::{Player, unit};
use serde_json::{Value, json};

/// What a province's cycle must look like.
pub struct Cycle {
    pub year: i64,
    /// Day on which every registration is declared.
    pub declared: String,
    /// Units that must register.
    pub expected: &'static [&'static str],
}

/// Every registration is of the cycle's year, declared on the day and not late; nobody is missing.
pub fn in_time(compiler: &Player, cycle: &Cycle) {
    let totals = compiler.call("totals.get", json!({}));
    assert_eq!(totals["year"], cycle.year);
    assert_eq!(totals["expected"], cycle.expected.len(), "{}", totals["missing"]);
    assert_eq!(totals["reported"], totals["expected"], "{}", totals["missing"]);
    assert_eq!(totals["missing"], json!([]));
    let cycles = compiler.call("cycles.list", Value::Null);
    let opened = &cycles["cycles"][0];
    let expected: BTreeSet<&str> = texts(&opened["expected_units"]).collect();
    let units: Vec<String> = cycle.expected.iter().map(|slug| unit(slug)).collect();
    assert_eq!(expected, units.iter().map(String::as_str).collect());
    let day = cycle.declared.as_str();
    assert!(opened["opens"].as_str().unwrap() <= day && day <= opened["closes"].as_str().unwrap());

    let rows = registrations(compiler);
    assert_eq!(
        totals["sum"]["total"],
        rows.len(),
        "each registration counts once"
    );
    for row in &rows {
        let view = compiler.call(
            "registrations.get",
            json!({ "registration": row["registration"] }),
        );
        let said = (&view["year"], &view["declared"], &view["late"]);
        assert_eq!(
            said,
            (&json!(cycle.year), &json!(day), &json!(false)),
            "{}",
            row["name"]
        );
    }
}

/// The compiler's device wrote no entry about any unit: what it adds up came by exchange, from posts.
pub fn by_others(compiler: &Player) {
    let device = compiler.device();
    let ledger = device.ledger();
    let logs = ledger.logs_of(ledger.author().unwrap().device()).unwrap();
    let of_units: Vec<_> = logs
        .iter()
        .filter(|(log, ..)| matches!(log.scope.place, Place::Unit(_)))
        .collect();
    assert!(of_units.is_empty(), "{of_units:?}");
    let of_province = logs.iter().any(|(log, ..)| log.scope.place == Place::Province);
    assert!(of_province, "its own work, the cycle, is in the province's scope");
    let row = &registrations(compiler)[0];
    let history = compiler.call(
        "registrations.history",
        json!({ "registration": row["registration"] }),
    );
    let changes = history["changes"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|change| change["role"] == "post"));
}

/// Every registration that the device holds.
pub fn registrations(compiler: &Player) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = Value::Null;
    loop {
        let request = json!({ "filter": {}, "limit": 200, "after": after });
        let page = compiler.call("models.list", request);
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
        if after.is_null() {
            return rows;
        }
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}
