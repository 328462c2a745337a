//! What the province does not accept is said to be so, wherever the record is shown.

use cotmoc_tests::fleet::{Player, Town, register, unit};
use serde_json::{Value, json};

use crate::restored::{back_up, restore};

/// Revokes the device of a post whose label is "Máy post".
fn revoke(town: &Town) {
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
}

fn to_look_at(player: &Player) -> Value {
    player.call("status.get", Value::Null)["set_aside"].clone()
}

fn group(view: &Value, name: &str) -> (u64, Vec<String>) {
    let titles = view[name]["rows"].as_array().unwrap().iter();
    let titles = titles.map(|row| row["title"].as_str().unwrap().to_owned());
    (view[name]["records"].as_u64().unwrap(), titles.collect())
}

#[test]
fn what_a_revoked_device_wrote_is_nowhere_said_to_be_held_by_the_province() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let early = register(&post, "Trước khi thu hồi");
    post.exchange();
    revoke(&town);
    let late = register(&post, "Sau khi thu hồi");
    assert_eq!(post.call("exchange.run", Value::Null)["refused"], 3);

    let held = |id: &str| post.call("registrations.get", json!({ "registration": id }))["held"].clone();
    assert_eq!((held(&early), held(&late)), (json!("province"), json!("refused")));
    let listed = post.call("models.list", json!({ "filter": {} }))["rows"].clone();
    let of_list = |id: &str| {
        let rows = listed.as_array().unwrap().iter();
        let row = rows.clone().find(|row| row["registration"] == id).unwrap();
        row["held"].clone()
    };
    assert_eq!(
        (of_list(&early), of_list(&late)),
        (json!("province"), json!("refused"))
    );
    let history = post.call("registrations.history", json!({ "registration": late }))["changes"].clone();
    for change in history.as_array().unwrap() {
        assert_eq!(
            (&change["held"], &change["refused_for"]),
            (&json!("refused"), &json!("revoked"))
        );
    }
    assert_eq!(post.call("home.get", Value::Null)["not_held"], 1);

    let view = post.call("exchange.get", Value::Null);
    assert_eq!(
        group(&view, "province"),
        (1, vec!["Trước khi thu hồi".to_owned()])
    );
    let of_late = vec!["Sau khi thu hồi".to_owned(); 2];
    assert_eq!(
        group(&view, "refused"),
        (2, of_late),
        "the model and its registration"
    );
    assert_eq!((group(&view, "local").0, group(&view, "sent").0), (0, 0));
}

#[test]
fn a_refusal_names_its_record_and_is_not_counted_any_more_once_a_person_has_looked_at_it() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    revoke(&town);
    let late = register(&post, "Sau khi thu hồi");
    post.call("exchange.run", Value::Null);
    assert_eq!(to_look_at(&post), 3);
    let rows = post.call("exchange.get", Value::Null)["set_aside"].clone();
    for row in rows.as_array().unwrap() {
        assert_eq!(
            (
                &row["title"],
                &row["reason"],
                &row["by_province"],
                &row["acknowledged"]
            ),
            (
                &json!("Sau khi thu hồi"),
                &json!("revoked"),
                &json!(true),
                &json!(false)
            )
        );
    }
    let of_registration = rows.as_array().unwrap().iter().find(|row| row["record"] == late);
    assert_eq!(of_registration.unwrap()["kind"], "registration");

    let one = json!({ "entries": [rows[0]["entry"]] });
    let view = post.call("exchange.acknowledge", one);
    let left: Vec<&Value> = view["set_aside"].as_array().unwrap().iter().collect();
    let acknowledged: Vec<bool> = left.iter().map(|row| row["acknowledged"] == true).collect();
    assert_eq!(
        acknowledged,
        [false, false, true],
        "kept, after what waits for a look"
    );
    assert_eq!(to_look_at(&post), 2);
    let all: Vec<&Value> = left.iter().map(|row| &row["entry"]).collect();
    post.call("exchange.acknowledge", json!({ "entries": all }));
    assert_eq!(to_look_at(&post), 0);
    // The province says the same again, and nothing new is to be looked at.
    post.call("exchange.run", Value::Null);
    assert_eq!(to_look_at(&post), 0);
    assert_eq!(
        post.call("registrations.get", json!({ "registration": late }))["held"],
        "refused",
        "looked at is not accepted"
    );
    assert_eq!(
        post.refuses("exchange.acknowledge", json!({ "entries": ["không phải"] })),
        "bad_request"
    );
}

#[test]
fn a_refusal_clears_by_itself_once_the_province_has_the_right_back_that_it_lost() {
    let mut town = Town::son_la().unwrap();
    let sets = town.compiler.call("criteria.list", Value::Null)["sets"].clone();
    let set = sets
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["code"] == "cs-mo-hinh-100")
        .unwrap();
    let campaign = town.compiler.call(
        "campaigns.create",
        json!({ "year": 2024, "title": "Khảo sát", "basis": "Kế hoạch năm", "criteria": set["id"] }),
    );
    let send = |town: &Town, delegation: &Value, units: &[&str]| {
        let units: Vec<String> = units.iter().map(|slug| unit(slug)).collect();
        let row = town.compiler.call(
            "delegations.set",
            json!({ "campaign": campaign["id"], "delegation": delegation, "number": 1, "units": units }),
        );
        town.compiler.exchange();
        row["id"].clone()
    };
    let delegation = send(&town, &Value::Null, &["don-long-sap"]);
    let head = json!({ "role": "head", "delegation": delegation, "slot": 1, "valid_days": 7 });
    let head = town.enrol("head", head).unwrap();
    head.exchange();
    // The delegation is sent to another unit, and the province loses that by a restore.
    back_up(&town);
    send(&town, &delegation, &["don-muong-lan", "don-long-sap"]);
    head.exchange();
    restore(&mut town);
    let visit = head.call(
        "visits.start",
        json!({ "unit": unit("don-muong-lan"), "day": "11/5/2024" }),
    )["row"]["visit"]
        .clone();
    let outcome = head.call("exchange.run", Value::Null);
    assert_eq!(outcome["refused"], 1, "{outcome}");
    let held = || head.call("visits.get", json!({ "visit": visit }))["row"]["held"].clone();
    // In the same run the device brought the act that its work needs.
    assert_eq!((to_look_at(&head), held()), (json!(0), json!("province")));
    assert_eq!(outcome["equal"], true, "{outcome}");
}
