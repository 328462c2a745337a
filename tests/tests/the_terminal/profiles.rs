//! Which of a machine's profiles the terminal works with.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{answered, cotmoc, cotmoc_at, damage, refused};

/// Adds a profile and gives its folder.
fn add(data: &Path, name: &str, passphrase: Option<&str>) -> PathBuf {
    let request = json!({ "name": name, "passphrase": passphrase }).to_string();
    let output = cotmoc(data).args(["call", "profiles.add", &request]).output();
    let added = answered(&output.unwrap());
    data.join("cotmoc").join(added["open"].as_str().unwrap())
}

/// The device that a folder is.
fn device_of(home: &Path) -> Value {
    answered(&cotmoc_at(home).args(["call", "status.get"]).output().unwrap())["device"].clone()
}

#[test]
fn a_profile_is_chosen_by_its_name_however_the_name_was_typed() {
    let data = tempfile::tempdir().unwrap();
    let duty = add(data.path(), "Trực ban", None);
    let secretary = add(data.path(), "Thư ký đoàn", None);

    let without = cotmoc(data.path()).args(["call", "status.get"]).output().unwrap();
    assert_eq!(refused(&without)["code"], "no_profile_open");
    for (name, home) in [
        ("Trực ban", &duty),
        // Each tone mark a character of its own, as some input methods type it.
        ("Tru\u{31b}\u{323}c ban", &duty),
        (" Thư ký đoàn ", &secretary),
    ] {
        let output = cotmoc(data.path())
            .args(["--profile", name, "call", "status.get"])
            .output()
            .unwrap();
        assert_eq!(answered(&output)["device"], device_of(home), "{name:?}");
    }
}

#[test]
fn a_name_that_no_profile_has_opens_none_and_is_named() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "Trực ban", None);
    let output = cotmoc(data.path())
        .args(["--profile", "Trực", "call", "status.get"])
        .output()
        .unwrap();
    assert_eq!(
        refused(&output),
        json!({ "code": "profile_unknown", "params": { "name": "Trực" } })
    );
}

#[test]
fn a_locked_profile_opens_with_the_passphrase_of_the_environment() {
    let data = tempfile::tempdir().unwrap();
    add(data.path(), "Trực ban", Some("biên cương"));
    let call = |passphrase: Option<&str>, profile: &[&str]| {
        let mut command = cotmoc(data.path());
        if let Some(passphrase) = passphrase {
            command.env("COTMOC_PASSPHRASE", passphrase);
        }
        command
            .args(profile)
            .args(["call", "status.get"])
            .output()
            .unwrap()
    };
    let named = &["--profile", "Trực ban"][..];
    assert_eq!(refused(&call(None, named))["code"], "passphrase_needed");
    assert_eq!(
        refused(&call(Some("đồng bằng"), named))["code"],
        "wrong_passphrase"
    );
    let device = answered(&call(Some("biên cương"), named))["device"].clone();
    let alone = answered(&call(Some("biên cương"), &[]));
    assert_eq!(alone["device"], device, "the only profile needs no name");
}

#[test]
fn a_folder_and_a_profile_are_not_given_together() {
    let data = tempfile::tempdir().unwrap();
    let home = data.path().join("device");
    let output = cotmoc_at(&home)
        .args(["--profile", "Trực ban", "call", "status.get"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!home.exists());
}

#[test]
fn a_damaged_only_profile_is_named_as_damaged_and_another_can_be_added() {
    let data = tempfile::tempdir().unwrap();
    let damaged = add(data.path(), "Trực ban", None);
    damage(&damaged);
    let output = cotmoc(data.path()).args(["call", "status.get"]).output().unwrap();
    assert_eq!(refused(&output)["code"], "damaged_database");
    add(data.path(), "Trực ban 2", None);
    let list = cotmoc(data.path())
        .args(["call", "profiles.list"])
        .output()
        .unwrap();
    assert_eq!(answered(&list)["profiles"].as_array().map(Vec::len), Some(2));
    let output = cotmoc(data.path())
        .args(["--profile", "Trực ban 2", "call", "status.get"])
        .output()
        .unwrap();
    answered(&output);
}
