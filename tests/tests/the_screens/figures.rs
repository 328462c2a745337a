//! Every figure of a total opens to exactly the models behind it.

use cotmoc_tests::fleet::{Player, Town, register, registration, unit};
use serde_json::{Value, json};

/// Registers a model with other contents than usual, and gives its registration.
fn register_with(post: &Player, name: &str, values: Value) -> String {
    let mut request = registration(name);
    let contents = request["values"].as_object_mut().unwrap();
    contents.extend(values.as_object().unwrap().clone());
    let started = post.call("registrations.start", request);
    post.call(
        "registrations.submit",
        json!({ "registration": started["registration"] }),
    );
    started["registration"].as_str().unwrap().to_owned()
}

fn listed(at: &Player, filter: &Value) -> u64 {
    let page = at.call("models.list", json!({ "filter": filter, "limit": 200 }));
    let rows = page["rows"].as_array().unwrap().len() as u64;
    let facets = at.call("models.facets", filter.clone());
    assert_eq!(
        facets["total"], rows,
        "the chips count what the list shows: {filter}"
    );
    rows
}

fn narrowed(filter: &Value, more: Value) -> Value {
    let mut filter = filter.clone();
    filter
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    filter
}

/// Opens every figure of a total, its rows' and its footnotes', and what is below.
fn open_all(at: &Player, totals: &Value) -> usize {
    let filter = &totals["filter"];
    let mut opened = check_cell(at, totals, &totals["sum"], filter);
    for row in totals["rows"].as_array().unwrap() {
        let of_row = narrowed(
            filter,
            json!({ "unit": row["unit"], "own_only": row["own_only"] }),
        );
        opened += check_cell(at, totals, &row["cell"], &of_row);
        if row["has_children"] == true {
            let below = at.call(
                "totals.get",
                json!({ "cycle": totals["cycle"], "unit": row["unit"], "day": totals["day"] }),
            );
            opened += open_all(at, &below);
        }
    }
    for note in totals["footnotes"].as_array().unwrap() {
        if note["filter"] != Value::Null {
            assert_eq!(note["count"], listed(at, &note["filter"]), "{}", note["code"]);
            opened += 1;
        }
    }
    opened
}

fn check_cell(at: &Player, totals: &Value, cell: &Value, filter: &Value) -> usize {
    let mut figures = vec![
        (cell["total"].clone(), json!({})),
        (cell["new"].clone(), json!({ "kind": "new" })),
        (cell["maintained"].clone(), json!({ "kind": "maintained" })),
        (cell["not_split"].clone(), json!({ "kind": "not_split" })),
        (cell["unclassified"].clone(), json!({ "field": "KHAC" })),
    ];
    let fields = totals["fields"].as_array().unwrap();
    for (field, count) in fields.iter().zip(cell["by_field"].as_array().unwrap()) {
        if field["code"] != "KHAC" {
            figures.push((count.clone(), json!({ "field": field["code"] })));
        }
    }
    for (count, narrow) in &figures {
        let opens_to = narrowed(filter, narrow.clone());
        assert_eq!(*count, listed(at, &opens_to), "{opens_to}");
    }
    figures.len()
}

#[test]
fn every_figure_of_the_totals_opens_to_exactly_its_models() {
    let town = Town::son_la().unwrap();
    let command = town.post("command", "bdbp-son-la").unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let other = town.post("other", "don-long-sap").unwrap();
    let silent = town.post("silent", "don-chieng-tuong").unwrap();
    register(&command, "Mô hình riêng của Bộ Chỉ huy");
    register(&post, "Bữa sáng cho em");
    register_with(&post, "Bữa  SÁNG cho em", json!({ "kind": "maintained" }));
    register_with(
        &post,
        "Không lĩnh vực",
        json!({ "field": "", "kind": "not_split" }),
    );
    register_with(&other, "Khác", json!({ "field": "KHAC" }));
    let returned = register(&other, "Trả lại");
    let mut labelled = registration("Dữ liệu minh họa");
    labelled["demonstration"] = json!(true);
    let labelled = other.call("registrations.start", labelled)["registration"].clone();
    other.call("registrations.submit", json!({ "registration": labelled }));
    silent.call("registrations.start", registration("Mới là bản nháp"));
    for device in [&command, &post, &other, &silent] {
        device.exchange();
    }
    town.compiler.exchange();
    town.compiler.call(
        "registrations.review",
        json!({ "registration": returned, "decision": "returned", "reason": "Thiếu mục tiêu" }),
    );
    let totals = town.compiler.call("totals.get", json!({}));
    assert_eq!(
        (&totals["sum"]["total"], &totals["sum"]["unclassified"]),
        (&json!(6), &json!(2)),
        "no field, and the scheme's other"
    );
    assert!(open_all(&town.compiler, &totals) > 40);
    let notes: Vec<&str> = totals["footnotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        notes,
        [
            "not_split",
            "unclassified",
            "returned",
            "possible_duplicates",
            "demonstration"
        ]
    );
    let of_command = town
        .compiler
        .call("totals.get", json!({ "unit": unit("bdbp-son-la") }));
    let own = &of_command["rows"][0];
    assert_eq!(
        (&own["own_only"], &own["cell"]["total"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(totals["missing"][0]["unit"], unit("don-chieng-tuong"));
    let begun = json!({ "cycle": totals["cycle"], "unit": unit("don-chieng-tuong"), "own_only": true });
    assert_eq!(
        listed(&town.compiler, &begun),
        1,
        "a missing unit opens to what it has begun"
    );
}

#[test]
fn a_model_carried_over_on_two_devices_is_listed_once_where_totals_count_it_once() {
    let town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let two = town.post("two", "don-muong-lan").unwrap();
    let old = register(&one, "Bữa sáng cho em");
    one.exchange();
    two.exchange();
    let cycles = town.compiler.call("cycles.list", Value::Null);
    let cycle = &cycles["cycles"][0];
    let next = json!({
        "year": 2025, "opens": "2025-01-01", "closes": "2025-10-25", "scheme": cycle["scheme"], "criteria": cycle["criteria"],
    });
    town.compiler.call("cycles.open", next);
    town.compiler.exchange();
    one.exchange();
    two.exchange();
    let waiting = json!({ "to_carry_over": true });
    assert_eq!(
        one.call("home.get", Value::Null)["to_carry_over"],
        listed(&one, &waiting)
    );
    assert_eq!(listed(&one, &waiting), 1);
    for device in [&one, &two] {
        let carried = device.call("registrations.carry_over", json!({ "registration": old }));
        device.call(
            "registrations.submit",
            json!({ "registration": carried["registration"] }),
        );
        assert_eq!(listed(device, &waiting), 0, "it is carried over");
    }
    one.exchange();
    two.exchange();
    one.exchange();
    town.compiler.exchange();
    let totals = town.compiler.call("totals.get", json!({}));
    assert_eq!(
        (&totals["year"], &totals["sum"]["total"]),
        (&json!(2025), &json!(1))
    );
    open_all(&town.compiler, &totals);
    let twins = json!({ "cycle": totals["cycle"], "possible_duplicate": true, "counted": true });
    assert_eq!(
        listed(&town.compiler, &twins),
        0,
        "it is one registration on both devices"
    );
}
