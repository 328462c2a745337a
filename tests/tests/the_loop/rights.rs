//! Who receives and writes what, and who may open a folder.

use cotmoc_tests::fleet::{Town, program, register, unit};
use serde_json::{Value, json};

#[test]
fn one_post_never_receives_what_another_wrote_and_cannot_write_there() {
    let town = Town::son_la().unwrap();
    let here = town.post("here", "don-muong-lan").unwrap();
    let there = town.post("there", "don-long-sap").unwrap();
    let id = register(&here, "Bữa sáng cho em");
    here.exchange();
    there.exchange();
    assert_eq!(
        there.refuses("registrations.get", json!({ "registration": id })),
        "no_record"
    );
    let listed = there.call(
        "models.list",
        json!({ "filter": { "unit": unit("don-muong-lan") } }),
    );
    assert_eq!(listed["rows"], json!([]));
}

#[test]
fn a_revoked_device_keeps_its_work_and_the_province_keeps_what_came_too_late_with_the_reason() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Trước khi thu hồi");
    post.exchange();
    town.administrator.exchange();
    let devices = town.administrator.call("devices.list", Value::Null)["devices"].clone();
    let row = devices
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["label"] == "Máy post")
        .unwrap()
        .clone();
    town.administrator.call(
        "devices.revoke",
        json!({ "device": row["device"], "reason": "Máy thất lạc" }),
    );
    town.administrator.exchange();
    let late = register(&post, "Sau khi thu hồi");
    let outcome = post.call("exchange.run", Value::Null);
    assert_eq!(outcome["refused"], 3);
    let view = post.call("registrations.get", json!({ "registration": late }));
    assert_eq!(view["values"]["name"], "Sau khi thu hồi");
    assert_eq!(view["held"], "refused");
    town.compiler.exchange();
    let totals = town.compiler.call("totals.get", json!({}));
    assert_eq!(
        totals["sum"]["total"], 1,
        "what was written before the cut counts, what came after waits"
    );
}

#[test]
fn a_folder_that_is_open_is_refused_to_a_second_process_and_says_which_holds_it() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let output = std::process::Command::new(program("cotmoc"))
        .arg("--home")
        .arg(post.home())
        .args(["call", "status.get"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problem["code"], "home_in_use");
    assert_eq!(
        problem["params"]["process"],
        json!(std::process::id().to_string())
    );
}
