//! Personal data are asked about wherever words are kept for good, once for each text.

use serde_json::{Value, json};

use crate::support::{Survey, with};

const PHONE: &str = "Hỏi lại theo số 0912 345 678";

fn checked(request: &Value) -> Value {
    with(request.clone(), json!({ "personal_data_checked": true }))
}

#[test]
fn attendance_place_and_agenda_of_a_visit_wait_for_a_persons_word() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    let item = json!({ "id": "", "text": PHONE, "starts": "08:00", "ends": "" });
    for (property, change) in [
        ("attendance", json!({ "attendance": PHONE })),
        ("place", json!({ "place": PHONE })),
        ("agenda", json!({ "agenda": [item] })),
    ] {
        let request = with(json!({ "visit": visit }), change);
        let asked = survey
            .secretary
            .try_call("visits.save", request.clone())
            .unwrap_err();
        assert_eq!(
            (asked.code.as_str(), asked.params["property"].as_str()),
            ("personal_data", property)
        );
        assert!(asked.params["excerpt"].contains("0912"), "{property}");
        let before = survey.secretary.call("visits.get", json!({ "visit": visit }));
        assert!(
            !before.to_string().contains("0912") || property != "attendance",
            "nothing was saved"
        );
        survey.secretary.call("visits.save", checked(&request));
    }
    let kept = survey.secretary.call("visits.get", json!({ "visit": visit }));
    assert_eq!(
        (
            kept["attendance"].as_str(),
            kept["place"].as_str(),
            kept["agenda"][0]["text"].as_str()
        ),
        (Some(PHONE), Some(PHONE), Some(PHONE))
    );
    // The time of an item may change without asking again about words that were decided on.
    let moved = with(kept["agenda"][0].clone(), json!({ "starts": "09:00" }));
    survey.secretary.call(
        "visits.save",
        json!({ "visit": visit, "attendance": PHONE, "agenda": [moved] }),
    );
    let secret = json!({ "visit": visit, "attendance": "TUYỆT MẬT", "personal_data_checked": true });
    assert_eq!(survey.secretary.refuses("visits.save", secret), "secrecy_mark");
}

#[test]
fn a_note_on_a_score_sheet_waits_and_its_criterion_is_named() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    let save = |points: i64| {
        let items = json!([{ "code": "C1", "points": points, "note": PHONE }]);
        with(survey.of(&visit), json!({ "items": items }))
    };
    let asked = survey.two.try_call("scores.save", save(700)).map(drop);
    assert_eq!(asked.unwrap_err().code, "no_record", "the visit is not here yet");
    survey.meet();
    let asked = survey.two.try_call("scores.save", save(700)).unwrap_err();
    assert_eq!(
        (
            asked.code.as_str(),
            asked.params["property"].as_str(),
            asked.params["code"].as_str()
        ),
        ("personal_data", "note", "C1")
    );
    let sheet = survey.two.call("scores.get", survey.of(&visit));
    assert_eq!(sheet["answered"], 0, "nothing was saved");
    survey.two.call("scores.save", checked(&save(700)));
    let other_points = survey.two.call("scores.save", save(750));
    assert_eq!(other_points["total"], 750, "the note was decided on before");
    let reason = with(survey.of(&visit), json!({ "not_eligible": PHONE }));
    assert_eq!(survey.two.refuses("scores.save", reason.clone()), "personal_data");
    let saved = survey.two.call("scores.save", checked(&reason));
    assert_eq!(saved["not_eligible"], PHONE);
}

#[test]
fn the_reason_of_agreed_points_waits_too() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    let agree = with(
        survey.of(&visit),
        json!({ "code": "C1", "points": 700, "reason": PHONE }),
    );
    let asked = survey
        .secretary
        .try_call("scores.agree", agree.clone())
        .unwrap_err();
    assert_eq!(
        (asked.code.as_str(), asked.params["code"].as_str()),
        ("personal_data", "C1")
    );
    let agreed = survey.secretary.call("scores.agree", checked(&agree));
    let row = agreed["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["code"] == "C1");
    assert_eq!(row.unwrap()["reason"], PHONE);
    let not_eligible = with(survey.of(&visit), json!({ "not_eligible": PHONE }));
    assert_eq!(
        survey.secretary.refuses("scores.agree", not_eligible.clone()),
        "personal_data"
    );
    survey.secretary.call("scores.agree", checked(&not_eligible));
}

#[test]
fn the_reasons_of_a_return_a_closing_and_a_finding_taken_back_wait_as_well() {
    let survey = Survey::of_son_la();
    survey.town.compiler.exchange();
    let review = json!({ "registration": survey.registration, "decision": "returned", "reason": PHONE });
    assert_eq!(
        survey
            .town
            .compiler
            .refuses("registrations.review", review.clone()),
        "personal_data"
    );
    survey
        .town
        .compiler
        .call("registrations.review", checked(&review));
    let model = survey.post.call(
        "registrations.get",
        json!({ "registration": survey.registration }),
    )["model"]
        .clone();
    let close = json!({ "model": model, "closed": true, "reason": PHONE });
    assert_eq!(
        survey.post.refuses("models.close", close.clone()),
        "personal_data"
    );
    survey.post.call("models.close", checked(&close));
    let visit = survey.start(&survey.secretary, "11/05/2024");
    let put = survey.secretary.call(
        "findings.put",
        json!({ "visit": visit, "kind": "strength", "text": "Có kế hoạch" }),
    );
    let remove = json!({ "visit": visit, "id": put["findings"][0]["id"], "reason": PHONE });
    assert_eq!(
        survey.secretary.refuses("findings.remove", remove.clone()),
        "personal_data"
    );
    survey.secretary.call("findings.remove", checked(&remove));
}

#[test]
fn a_unit_can_keep_a_figure_that_only_looked_like_personal_data() {
    let survey = Survey::of_son_la();
    let figure = json!({ "name": "Đường dây nóng 0912 345 678", "raw": "12 cuộc" });
    let save = json!({ "figures": [figure] });
    assert_eq!(
        survey.post.refuses("unit_figures.save", save.clone()),
        "personal_data"
    );
    let saved = survey.post.call("unit_figures.save", checked(&save));
    assert_eq!(saved["figures"].as_array().unwrap().len(), 1);
}
