//! Opening every figure of a total.

use cotmoc_tests::fleet::Player;
use serde_json::{Value, json};

/// How many models a filter lists; the chips above the list must say the same.
pub fn listed(at: &Player, filter: &Value) -> u64 {
    let page = at.call("models.list", json!({ "filter": filter, "limit": 200 }));
    let rows = page["rows"].as_array().unwrap().len() as u64;
    let facets = at.call("models.facets", filter.clone());
    assert_eq!(
        facets["total"], rows,
        "the chips count what the list shows: {filter}"
    );
    rows
}

pub fn narrowed(filter: &Value, more: Value) -> Value {
    let mut filter = filter.clone();
    filter
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    filter
}

/// The filter of a row, as the screen makes it.
pub fn filter_of(totals: &Value, row: &Value) -> Value {
    let narrow =
        json!({ "unit": row["unit"], "own_only": row["own_only"], "unallocated": row["unallocated"] });
    narrowed(&totals["filter"], narrow)
}

pub fn total(of: &Value) -> u64 {
    of["total"].as_u64().unwrap()
}

/// Demands that rows add up to the whole and that the whole, each row, each note and everything below opens to
/// exactly what it counts.
pub fn open_all(at: &Player, totals: &Value) {
    let whole = total(&totals["sum"]);
    assert_eq!(whole, listed(at, &totals["filter"]), "{totals}");
    let rows = totals["rows"].as_array().unwrap();
    assert_eq!(
        rows.iter().map(|row| total(&row["cell"])).sum::<u64>(),
        whole,
        "{totals}"
    );
    for row in rows {
        let cell = &row["cell"];
        let by_field: u64 = cell["by_field"]
            .as_array()
            .unwrap()
            .iter()
            .map(|count| count.as_u64().unwrap())
            .sum();
        assert_eq!(by_field + cell["unclassified"].as_u64().unwrap(), total(cell));
        assert_eq!(total(cell), listed(at, &filter_of(totals, row)), "{row}");
        if row["has_children"] == true {
            let below = json!({ "cycle": totals["cycle"], "unit": row["unit"], "day": totals["day"] });
            let below = at.call("totals.get", below);
            assert_eq!(
                total(&below["sum"]),
                total(cell),
                "a row holds what its unit's own totals hold"
            );
            open_all(at, &below);
        }
    }
    for note in totals["footnotes"].as_array().unwrap() {
        if note["filter"] != Value::Null {
            assert_eq!(note["count"], listed(at, &note["filter"]), "{}", note["code"]);
        }
    }
}

pub fn row_of(totals: &Value, unit: &str) -> Value {
    let rows = totals["rows"].as_array().unwrap();
    let found = rows
        .iter()
        .find(|row| row["unit"] == unit && row["unallocated"] == false);
    found.unwrap_or_else(|| panic!("no row {unit}: {totals}")).clone()
}

pub fn unallocated(totals: &Value) -> Option<Value> {
    let rows = totals["rows"].as_array().unwrap();
    rows.iter().find(|row| row["unallocated"] == true).cloned()
}
