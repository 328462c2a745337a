//! `cotmoc call` and `cotmoc schema`.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cotmoc_tests::fleet::{Town, UNITS, registration};
use serde_json::{Value, json};

use crate::{answered, cotmoc, cotmoc_at, errors_of, refused, with_input};

#[test]
fn an_answer_is_one_json_value_and_status_0_a_problem_is_one_and_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    let status = answered(&cotmoc_at(&home).args(["call", "status.get"]).output().unwrap());
    assert!(status["identity"].is_null(), "{status}");

    let problem = refused(&cotmoc_at(&home).args(["call", "exchange.run"]).output().unwrap());
    assert_eq!(problem["code"], "not_enrolled");
    let problem = refused(&cotmoc_at(&home).args(["call", "models.burn"]).output().unwrap());
    assert_eq!(problem["code"], "unknown_method");
}

#[test]
fn a_request_that_is_not_json_or_has_another_shape_is_a_bad_request() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    for request in ["{", "", "status", "{\"a\": 1} {\"b\": 2}", "{\"language\": 7}"] {
        let output = cotmoc_at(&home)
            .args(["call", "settings.set", request])
            .output()
            .unwrap();
        let problem = refused(&output);
        assert_eq!(problem["code"], "bad_request", "{request:?}");
        assert_ne!(problem["params"]["what"], "", "{request:?}");
    }
}

#[test]
fn a_request_comes_from_a_file_or_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    let english = r#"{"language": "en", "sunlight": true, "automatic_exchange": false}"#;
    let file = folder.path().join("yêu cầu.json");
    fs::write(&file, english).unwrap();
    let from_file = format!("@{}", file.display());
    let output = cotmoc_at(&home)
        .args(["call", "settings.set", &from_file])
        .output();
    assert_eq!(answered(&output.unwrap())["language"], "en");

    let vietnamese = english.replace("en", "vi");
    let mut command = cotmoc_at(&home);
    let output = with_input(command.args(["call", "settings.set", "-"]), vietnamese.as_bytes());
    assert_eq!(answered(&output)["language"], "vi");
}

#[test]
fn a_request_that_cannot_be_read_is_said_as_json_and_opens_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("device");
    let missing = format!("@{}", folder.path().join("missing.json").display());
    let problem = refused(
        &cotmoc_at(&home)
            .args(["call", "status.get", &missing])
            .output()
            .unwrap(),
    );
    assert_eq!(problem["code"], "bad_request");
    let what = problem["params"]["what"].as_str().unwrap();
    assert!(what.contains("missing.json"), "{what}");

    let other = folder.path().join("latin.json");
    fs::write(&other, b"{\"query\": \"M\xfc\xfc\"}").unwrap();
    let other = format!("@{}", other.display());
    let problem = refused(
        &cotmoc_at(&home)
            .args(["call", "status.get", &other])
            .output()
            .unwrap(),
    );
    assert_eq!(problem["code"], "bad_request", "a file that is not UTF-8");

    for input in [&b""[..], b"{\"query\": ", b"\xff\xfe"] {
        let mut command = cotmoc_at(&home);
        let problem = refused(&with_input(command.args(["call", "status.get", "-"]), input));
        assert_eq!(problem["code"], "bad_request", "{input:?}");
    }
    assert!(
        !home.exists(),
        "nothing was opened for a request that was not one"
    );
}

#[test]
fn the_schema_is_one_json_value_that_names_the_use_cases() {
    let folder = tempfile::tempdir().unwrap();
    let output = cotmoc(folder.path()).arg("schema").output().unwrap();
    let schema = answered(&output).to_string();
    for method in ["models.list", "totals.get", "exchange.run", "profiles.open"] {
        assert!(schema.contains(method), "{method}");
    }
    assert!(!folder.path().join("cotmoc").exists(), "it opens no profile");
}

#[test]
fn an_import_and_an_exchange_tell_how_far_they_are_on_standard_error_and_answer_on_standard_output() {
    let mut town = Town::son_la().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    let units = json!({ "kind": "units_json", "content_base64": STANDARD.encode(UNITS) });
    town.compiler.close();
    let mut command = cotmoc_at(town.compiler.home());
    let output = with_input(
        command.args(["call", "reference.import", "-"]),
        units.to_string().as_bytes(),
    );
    assert_eq!(answered(&output)["applied"], true);
    assert!(
        errors_of(&output).contains("Đang nhập / importing: "),
        "{}",
        errors_of(&output)
    );

    post.exchange();
    let began = post.call("registrations.start", registration("Bữa sáng cho em"));
    assert!(began["registration"].is_string(), "{began}");
    post.close();
    let output = cotmoc_at(post.home())
        .args(["call", "exchange.run"])
        .output()
        .unwrap();
    assert_eq!(answered(&output)["equal"], true);
    let told = errors_of(&output);
    assert!(told.contains("Đang gửi / sending: "), "{told}");
    assert!(
        !told.contains('\r'),
        "a file gets lines, not a line that is written over: {told:?}"
    );

    let quiet = cotmoc_at(post.home())
        .args(["call", "home.get"])
        .output()
        .unwrap();
    assert_ne!(answered(&quiet), Value::Null);
    assert_eq!(errors_of(&quiet), "", "a short one has nothing to tell");
}
