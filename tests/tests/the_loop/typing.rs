//! What is typed and not saved yet, and what is asked before it is.

use cotmoc_tests::fleet::{Player, Town, registration};
use serde_json::{Value, json};

#[test]
fn typing_survives_a_crash_and_a_discarded_draft_can_be_taken_back() {
    let town = Town::son_la().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    let draft = post.call("registrations.start", registration("Bản nháp"));
    let id = draft["registration"].clone();
    post.call(
        "typing.keep",
        json!({ "record": id, "contents": { "goals": "Đang gõ dở" } }),
    );
    post.reopen().unwrap();
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["unfinished"]["contents"]["goals"], "Đang gõ dở");
    post.call(
        "registrations.save",
        json!({ "registration": id, "values": { "goals": "Đã gõ xong" } }),
    );
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(view["unfinished"], Value::Null, "saving forgets the typing");
    post.call(
        "registrations.discard",
        json!({ "registration": id, "discarded": true }),
    );
    let listed = |post: &Player| {
        post.call("models.list", json!({ "filter": {} }))["rows"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(listed(&post), 0);
    post.call(
        "registrations.discard",
        json!({ "registration": id, "discarded": false }),
    );
    assert_eq!(listed(&post), 1);
    post.call("registrations.submit", json!({ "registration": id }));
    assert_eq!(
        post.refuses(
            "registrations.discard",
            json!({ "registration": id, "discarded": true })
        ),
        "registration_not_draft"
    );
}

#[test]
fn personal_data_are_warned_of_before_they_are_saved_and_marks_of_secrecy_are_never_taken() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = post.call("registrations.start", registration("Hỗ trợ học sinh"))["registration"].clone();
    let save = |text: &str, checked: bool| json!({ "registration": id, "values": { "outputs": text }, "personal_data_checked": checked });
    let text = "Liên hệ qua số 0912 345 678";
    assert_eq!(
        post.refuses("registrations.save", save(text, false)),
        "personal_data"
    );
    let view = post.call("registrations.get", json!({ "registration": id }));
    assert_eq!(
        view["values"]["outputs"], "",
        "nothing was saved before the warning"
    );
    post.call("registrations.save", save(text, true));
    assert_eq!(
        post.refuses("registrations.save", save("Tài liệu TỐI MẬT", true)),
        "secrecy_mark"
    );
}
