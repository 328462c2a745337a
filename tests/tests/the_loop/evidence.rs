//! Photos and files as evidence for a registration.

use cotmoc_tests::fleet::{Player, Town, register};
use cotmoc_tests::photo::{PLANTED, photo};
use serde_json::{Value, json};

fn add_as(by: &Player, record: &str, name: &str, bytes: Vec<u8>, caption: &str) -> Value {
    by.call("evidence.add", request(by, record, name, bytes, caption))
}

fn request(by: &Player, record: &str, name: &str, bytes: Vec<u8>, caption: &str) -> Value {
    let upload = by.upload(bytes).unwrap();
    json!({ "record": record, "upload": upload, "name": name, "caption": caption })
}

fn rows(by: &Player, record: &str) -> Vec<Value> {
    let list = by.call("evidence.list", json!({ "record": record }));
    list["rows"].as_array().unwrap().clone()
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[test]
fn a_photo_is_kept_without_what_the_camera_noted_and_is_there_after_a_restart_and_a_rebuild() {
    let town = Town::son_la().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let original = photo(200);
    assert!(holds(&original, PLANTED));
    let added = add_as(
        &post,
        &record,
        "C:\\DCIM\\Bữa sáng 1.JPG",
        original,
        "Bữa sáng ở điểm trường",
    );
    let row = &added["row"];
    assert_eq!(added["list"]["rows"], json!([row]));
    assert_eq!(row["name"], "Bữa sáng 1.JPG");
    assert_eq!(row["caption"], "Bữa sáng ở điểm trường");
    assert_eq!(
        (&row["kind"], &row["held"]),
        (&json!("photo"), &json!("this_device"))
    );
    assert_eq!(
        (&row["width"], &row["height"], &row["complete"]),
        (&json!(640), &json!(480), &json!(true))
    );
    assert_eq!(row["place"], Value::Null);
    for form in ["blob", "thumbnail"] {
        let file = post.media(row[form].as_str().unwrap()).unwrap();
        assert_eq!((file.media_type, file.is_picture), ("image/jpeg", true));
        assert!(!holds(&file.bytes, PLANTED), "{form}");
    }

    post.close();
    post.reopen().unwrap();
    assert_eq!(rows(&post, &record), vec![row.clone()]);
    post.call("journal.rebuild", Value::Null);
    assert_eq!(rows(&post, &record), vec![row.clone()]);
    let file = post.media(row["blob"].as_str().unwrap()).unwrap();
    assert_eq!(file.bytes.len() as u64, row["bytes"]);
}

#[test]
fn a_pdf_is_kept_byte_for_byte_and_handed_over_for_saving_only() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let document = b"%PDF-1.4\n1 0 obj << /Author (demo) >> endobj\n%%EOF\n".to_vec();
    let row = add_as(&post, &record, "ke-hoach.pdf", document.clone(), "")["row"].clone();
    assert_eq!(
        (&row["kind"], &row["thumbnail"]),
        (&json!("document"), &Value::Null)
    );
    let file = post.media(row["blob"].as_str().unwrap()).unwrap();
    assert_eq!(
        (file.bytes, file.media_type, file.is_picture),
        (document, "application/pdf", false)
    );
}

#[test]
fn a_file_that_cannot_be_evidence_is_refused_by_its_name_and_nothing_is_written() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    post.exchange();
    let mut cut = photo(90);
    cut.truncate(cut.len() / 2);
    let mut vast = b"%PDF-1.4\n".to_vec();
    vast.resize(11 * 1024 * 1024, b' ');
    for (name, bytes, code) in [
        ("bao-cao.docx", b"PK\x03\x04".to_vec(), "evidence_not_accepted"),
        (
            "trang.html",
            b"<script>alert(1)</script>".to_vec(),
            "evidence_not_accepted",
        ),
        ("cut.jpg", cut, "evidence_damaged"),
        ("vast.pdf", vast, "evidence_too_large"),
    ] {
        let refused = post
            .try_call("evidence.add", request(&post, &record, name, bytes, ""))
            .unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.params["name"].as_str()),
            (code, name)
        );
    }
    assert_eq!(rows(&post, &record), Vec::<Value>::new());
    assert_eq!(post.call("status.get", Value::Null)["unsent"], 0);
    assert_eq!(
        post.upload(vec![0; 21 * 1024 * 1024]).unwrap_err().code,
        "evidence_too_large"
    );
}

#[test]
fn a_caption_that_may_hold_personal_data_is_asked_about_once_and_the_file_waits_meanwhile() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let mut request = request(&post, &record, "a.jpg", photo(10), "Gọi 0912345678");
    let refused = post.try_call("evidence.add", request.clone()).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["property"].as_str()),
        ("personal_data", "caption")
    );
    request["personal_data_checked"] = json!(true);
    assert_eq!(
        post.call("evidence.add", request.clone())["row"]["caption"],
        "Gọi 0912345678"
    );
    assert_eq!(
        post.refuses("evidence.add", request.clone()),
        "upload_gone",
        "a file is added once"
    );
    request["caption"] = json!("TUYỆT MẬT");
    assert_eq!(post.refuses("evidence.add", request), "secrecy_mark");
}

#[test]
fn evidence_that_was_taken_back_is_not_shown_and_can_be_added_again_but_never_twice() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let first = add_as(&post, &record, "a.jpg", photo(10), "")["row"].clone();
    let again = request(&post, &record, "b.jpg", photo(10), "");
    let refused = post.try_call("evidence.add", again.clone()).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["name"].as_str()),
        ("evidence_already", "a.jpg")
    );

    let taking_back = json!({ "record": record, "attachment": first["id"] });
    assert_eq!(
        post.call("evidence.remove", taking_back.clone())["rows"],
        json!([])
    );
    assert_eq!(post.refuses("evidence.remove", taking_back), "no_record");
    assert_eq!(rows(&post, &record), Vec::<Value>::new());
    let second = post.call("evidence.add", again)["row"].clone();
    assert_eq!(rows(&post, &record), vec![second]);
}

#[test]
fn the_other_devices_learn_of_evidence_by_name_and_only_the_unit_adds_to_it() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let record = register(&post, "Bữa sáng cho em");
    let own = add_as(&post, &record, "a.jpg", photo(10), "Bếp ăn")["row"].clone();
    post.exchange();
    let other = town.post("other", "don-muong-lan").unwrap();
    let neighbour = town.post("neighbour", "don-long-sap").unwrap();
    for device in [&other, &neighbour, &town.compiler] {
        device.exchange();
    }
    for device in [&other, &town.compiler] {
        let shown = rows(device, &record);
        assert_eq!(shown.len(), 1);
        for part in ["id", "name", "caption", "blob", "bytes"] {
            assert_eq!(shown[0][part], own[part], "{part}");
        }
        let opened = device.media(own["blob"].as_str().unwrap());
        assert_eq!(
            json!(opened.is_ok()),
            shown[0]["complete"],
            "what is said to be here can be opened"
        );
    }
    assert_eq!(
        neighbour.refuses("evidence.list", json!({ "record": record })),
        "no_record"
    );

    let list = town.compiler.call("evidence.list", json!({ "record": record }));
    assert_eq!(list["may_edit"], false);
    let foreign = request(&town.compiler, &record, "c.jpg", photo(30), "");
    assert_eq!(town.compiler.refuses("evidence.add", foreign), "role_may_not");
    let taking_back = json!({ "record": record, "attachment": own["id"] });
    assert_eq!(
        town.compiler.refuses("evidence.remove", taking_back.clone()),
        "role_may_not"
    );
    assert_eq!(
        other.call("evidence.remove", taking_back)["rows"],
        json!([]),
        "the unit's other device may"
    );
}

#[test]
fn a_registration_of_which_nothing_is_saved_yet_has_no_evidence() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let prepared = post.call("registrations.prepare", Value::Null)["registration"].clone();
    let record = prepared.as_str().unwrap();
    let list = post.call("evidence.list", json!({ "record": record }));
    assert_eq!(list, json!({ "rows": [], "may_edit": false }));
    let early = request(&post, record, "a.jpg", photo(10), "");
    assert_eq!(post.refuses("evidence.add", early), "evidence_needs_record");
    assert_eq!(post.media("../../key.json").unwrap_err().code, "no_media");
}
