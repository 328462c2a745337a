//! Typing on score sheets and unit figures outlives a crash, as in a registration.

use serde_json::{Value, json};

use crate::support::{Survey, with};

#[test]
fn points_and_notes_typed_on_a_sheet_are_there_after_a_crash_and_forgotten_when_they_are_saved() {
    let mut survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    let of = survey.of(&visit);
    let sheet = survey.secretary.call("scores.get", of.clone());
    assert_eq!(sheet["unfinished"], Value::Null);
    survey.secretary.call(
        "typing.keep",
        json!({
            "record": sheet["sheet"], "contents": { "items/C1/points": "700", "items/C1/note": "Đang gõ dở" },
        }),
    );
    survey.secretary.reopen().unwrap();
    let after = survey.secretary.call("scores.get", of.clone());
    assert_eq!(after["unfinished"]["contents"]["items/C1/note"], "Đang gõ dở");
    assert_eq!(after["answered"], 0, "typing is no answer yet");
    let saved = survey.secretary.call(
        "scores.save",
        with(of, json!({ "items": [{ "code": "C1", "points": 700 }] })),
    );
    assert_eq!(saved["unfinished"], Value::Null);
}

#[test]
fn who_has_no_sheet_of_its_own_has_no_typing_on_one() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/05/2024");
    survey.secretary.exchange();
    survey.town.compiler.exchange();
    let seen = survey.town.compiler.call("scores.get", survey.of(&visit));
    assert_eq!((&seen["sheet"], &seen["may_edit"]), (&Value::Null, &json!(false)));
}

#[test]
fn figures_of_a_unit_that_were_being_typed_are_there_after_a_crash() {
    let mut survey = Survey::of_son_la();
    let figures = survey.post.call("unit_figures.get", json!({}));
    let typed = json!({ "figures/new-1/name": "Tổng số mô hình", "figures/new-1/raw": "trên 200" });
    survey.post.call(
        "typing.keep",
        json!({ "record": figures["record"], "contents": typed }),
    );
    survey.post.reopen().unwrap();
    let after = survey.post.call("unit_figures.get", json!({}));
    assert_eq!(after["unfinished"]["contents"], typed);
    survey.post.exchange();
    survey.town.compiler.exchange();
    let read = survey.town.compiler.call(
        "unit_figures.get",
        json!({ "unit": after["unit"], "cycle": after["cycle"] }),
    );
    assert_eq!(read["unfinished"], Value::Null, "typing never leaves its device");
    let figure = json!({ "name": "Tổng số mô hình", "raw": "trên 200" });
    let saved = survey
        .post
        .call("unit_figures.save", json!({ "figures": [figure] }));
    assert_eq!(saved["unfinished"], Value::Null);
}
