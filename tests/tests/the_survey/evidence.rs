//! Photos of a visit: the delegation's own, as its findings are.

use cotmoc_tests::fleet::Player;
use cotmoc_tests::photo::photo;
use serde_json::{Value, json};

use crate::support::Survey;

fn request(by: &Player, record: &Value, name: &str, shade: u8) -> Value {
    let upload = by.upload(photo(shade)).unwrap();
    json!({ "record": record, "upload": upload, "name": name, "caption": "Buổi làm việc" })
}

fn names(by: &Player, record: &Value) -> Vec<String> {
    let list = by.call("evidence.list", json!({ "record": record }));
    let rows = list["rows"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn members_share_the_photos_of_a_visit_before_any_finding_and_nobody_else_has_them() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    survey
        .two
        .call("evidence.add", request(&survey.two, &visit, "hai.jpg", 20));
    survey.head.call(
        "evidence.add",
        request(&survey.head, &visit, "truong-doan.jpg", 30),
    );
    survey.meet();
    for device in [&survey.two, &survey.head, &survey.secretary] {
        let mut shown = names(device, &visit);
        shown.sort();
        assert_eq!(shown, ["hai.jpg", "truong-doan.jpg"]);
    }
    let finding = json!({ "visit": visit, "kind": "strength", "text": "Có kế hoạch" });
    let view = survey.secretary.call("findings.put", finding);
    assert_eq!(
        view["findings"].as_array().unwrap().len(),
        1,
        "findings go on in the same record"
    );

    survey.post.exchange();
    survey.town.compiler.exchange();
    for device in [&survey.post, &survey.town.compiler] {
        let list = device.call("evidence.list", json!({ "record": visit }));
        assert_eq!(list, json!({ "rows": [], "may_edit": false }));
        let foreign = request(device, &visit, "ngoai.jpg", 40);
        assert_eq!(device.refuses("evidence.add", foreign), "role_may_not");
    }
    let of_the_model = request(&survey.two, &json!(survey.registration), "mo-hinh.jpg", 50);
    assert_eq!(survey.two.refuses("evidence.add", of_the_model), "role_may_not");
}

#[test]
fn a_photo_that_is_lost_with_a_device_is_named_with_the_visit_it_was_taken_on() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let adding = request(&survey.secretary, &visit, "hop-dan.jpg", 20);
    survey.secretary.call("evidence.add", adding);
    let view = survey.secretary.call("exchange.get", Value::Null);
    let file = &view["only_here"]["newest_files"][0];
    assert_eq!(
        (&file["name"], &file["caption"], &file["kind"], &file["record"]),
        (
            &json!("hop-dan.jpg"),
            &json!("Buổi làm việc"),
            &json!("visit"),
            &visit
        )
    );
    let title = file["title"].as_str().unwrap();
    assert!(title.contains("Mường Lạn"), "{title}");
}
