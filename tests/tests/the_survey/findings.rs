//! Findings: all members write them, together and apart, and nobody else sees them.

use cotmoc_tests::fleet::Player;
use serde_json::{Value, json};

use crate::support::Survey;

#[test]
fn findings_of_all_members_stand_together_and_nobody_else_sees_them() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.meet();
    let put = |by: &Player, kind: &str, text: &str| {
        by.call(
            "findings.put",
            json!({ "visit": visit, "kind": kind, "text": text }),
        )
    };
    put(&survey.secretary, "unit_report", "Đồn báo cáo kết quả");
    put(&survey.two, "strength", "Có kế hoạch cụ thể");
    survey.meet();
    put(&survey.head, "request", "Hoàn chỉnh đăng ký");
    survey.meet();
    let texts = |by: &Player| -> Vec<String> {
        let view = by.call("visits.get", json!({ "visit": visit }));
        view["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(texts(&survey.two).len(), 3);
    assert_eq!(
        texts(&survey.secretary),
        texts(&survey.two),
        "one order on every device"
    );
    assert_eq!(
        texts(&survey.two)[2],
        "Hoàn chỉnh đăng ký",
        "what was written knowing the others comes after them"
    );
    let view = survey.head.call("visits.get", json!({ "visit": visit }));
    let of_two = view["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["by"] == "member:2")
        .unwrap()
        .clone();
    assert_eq!(of_two["mine"], false);
    let edited = survey.head.call(
        "findings.put",
        json!({
            "visit": visit, "id": of_two["id"], "kind": "strength", "text": "Có kế hoạch cụ thể, rõ việc",
            "registration": survey.registration,
        }),
    );
    let after = edited["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == of_two["id"])
        .unwrap()
        .clone();
    assert_eq!(
        (after["by"].as_str(), after["registration"].clone()),
        (Some("member:2"), json!(survey.registration))
    );
    let remove = |reason: Value| json!({ "visit": visit, "id": of_two["id"], "reason": reason });
    assert_eq!(
        survey.head.refuses("findings.remove", remove(json!("  "))),
        "reason_needed"
    );
    let removed = survey.head.call("findings.remove", remove(json!("Trùng")));
    assert_eq!(
        removed["row"]["findings"], 2,
        "a finding that was taken back is not counted"
    );
    let restored = survey.head.call("findings.remove", remove(Value::Null));
    assert_eq!(restored["row"]["findings"], 3);
    let typed = |text: &str, checked: bool| json!({ "visit": visit, "kind": "lesson", "text": text, "personal_data_checked": checked });
    assert_eq!(
        survey.two.refuses("findings.put", typed("Gọi 0912345678", false)),
        "personal_data"
    );
    survey.two.call("findings.put", typed("Gọi 0912345678", true));
    assert_eq!(
        survey.two.refuses("findings.put", typed("TUYỆT MẬT", true)),
        "secrecy_mark"
    );
    assert_eq!(
        survey.two.refuses("findings.put", typed(" ", true)),
        "bad_request"
    );
    survey.meet();
    survey.post.exchange();
    survey.town.compiler.exchange();
    for outside in [&survey.post, &survey.town.compiler] {
        let seen = outside.call("visits.get", json!({ "visit": visit }));
        assert_eq!(
            (seen["findings"].clone(), seen["row"]["findings"].clone()),
            (json!([]), Value::Null),
            "how many there are is not known here, which is not none"
        );
        assert_eq!(seen["is_own"], false);
        assert_eq!(outside.refuses("scores.compare", survey.of(&visit)), "no_record");
    }
}

#[test]
fn two_members_who_change_one_finding_while_apart_are_asked_and_any_member_decides() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let put = |by: &Player, id: Value, text: &str| {
        by.call(
            "findings.put",
            json!({ "visit": visit, "id": id, "kind": "limitation", "text": text }),
        )
    };
    let id = put(&survey.secretary, Value::Null, "Chưa kiểm tra")["findings"][0]["id"].clone();
    survey.meet();
    put(&survey.secretary, id.clone(), "Chưa kiểm tra định kỳ");
    put(&survey.two, id.clone(), "Chưa kiểm tra quý I");
    survey.meet();
    let view = survey.head.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (
            view["findings"][0]["differs"].clone(),
            view["findings"][0]["by"].as_str()
        ),
        (json!(true), Some("secretary"))
    );
    let difference = survey.two.call("differences.list", Value::Null)["differences"][0].clone();
    assert_eq!(
        difference["property"],
        json!(format!("findings/{}", id.as_str().unwrap()))
    );
    assert_eq!(
        (difference["title"].as_str(), difference["may_resolve"].clone()),
        (Some("Đồn Biên phòng Mường Lạn, 11/05/2024"), json!(true))
    );
    let choice = difference["values"]
        .as_array()
        .unwrap()
        .iter()
        .find(|value| value["text"] == "Hạn chế: Chưa kiểm tra quý I")
        .unwrap()["choice"]
        .clone();
    survey.two.call(
        "differences.resolve",
        json!({ "record": difference["record"], "property": difference["property"], "choice": choice }),
    );
    survey.meet();
    for by in [&survey.secretary, &survey.head, &survey.two] {
        let view = by.call("visits.get", json!({ "visit": visit }));
        assert_eq!(
            (
                view["findings"][0]["differs"].clone(),
                view["findings"][0]["text"].as_str()
            ),
            (json!(false), Some("Chưa kiểm tra quý I"))
        );
    }
}

#[test]
fn a_finding_that_is_being_typed_survives_until_it_is_added() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    let put = |id: Value, text: &str| {
        survey.secretary.call(
            "findings.put",
            json!({ "visit": visit, "id": id, "kind": "cause", "text": text }),
        )
    };
    let id = put(Value::Null, "Nguyên nhân một")["findings"][0]["id"].clone();
    survey.secretary.call(
        "typing.keep",
        json!({ "record": visit, "contents": { "text": "Đang gõ" } }),
    );
    let mended = put(id, "Nguyên nhân một, rõ hơn");
    assert_eq!(mended["unfinished"]["contents"]["text"], "Đang gõ");
    assert_eq!(put(Value::Null, "Đang gõ xong")["unfinished"], Value::Null);
}
