//! Sticks, and a province whose server has no network.

use std::path::{Path, PathBuf};

use cotmoc_sync_server::{BundleResult, Limits, NewsWritten, ServerState};
use cotmoc_tests::fleet::{Player, Town, gauntlet};
use serde_json::{Value, json};

/// Writes for the recipients by default.
#[track_caller]
pub fn export(by: &Player, stick: &Path) -> Value {
    export_as(by, stick, json!({}))
}

/// Writes with more wishes.
#[track_caller]
pub fn export_as(by: &Player, stick: &Path, wishes: Value) -> Value {
    let mut request = wishes;
    request["folder"] = json!(stick);
    by.call("sticks.export", request)
}

/// Takes in what lies on a stick, or one file.
#[track_caller]
pub fn import(by: &Player, path: impl AsRef<Path>) -> Value {
    by.call("sticks.import", json!({ "paths": [path.as_ref()] }))
}

/// Paths of the files in an answer.
pub fn files(answer: &Value) -> Vec<PathBuf> {
    let files = answer["files"].as_array().unwrap().iter();
    files
        .map(|file| PathBuf::from(file["path"].as_str().unwrap()))
        .collect()
}

/// What each file of an answer is to the device.
pub fn standings(answer: &Value) -> Vec<String> {
    let files = answer["files"].as_array().unwrap().iter();
    files
        .map(|file| file["standing"].as_str().unwrap().to_owned())
        .collect()
}

/// Hash of all document states, and of all entries.
pub fn hashes(of: &Player) -> (Value, Value) {
    let report = of.call("journal.rebuild", Value::Null);
    assert_eq!(report["changed"], 0);
    (report["state_hash"].clone(), report["entries_hash"].clone())
}

/// Every entry that a device holds.
pub fn entries(of: &Player) -> Vec<cotmoc_core::id::Hash32> {
    of.device().ledger().sorted_entry_hashes().unwrap()
}

pub fn held(player: &Player, id: &str) -> Value {
    player.call("registrations.get", json!({ "registration": id }))["held"].clone()
}

/// The province's store while its server does not run.
pub fn province(town: &Town) -> ServerState {
    ServerState::open(&town.folder("server"), gauntlet(), None, Limits::default()).unwrap()
}

/// Takes files in at the province; each must be taken.
#[track_caller]
pub fn import_at_province(town: &Town, files: &[PathBuf]) -> u64 {
    let state = province(town);
    let mut entries = 0;
    for file in files {
        match state.import_bundle(file).unwrap() {
            BundleResult::Taken(taken) => entries += taken.entries,
            BundleResult::NotTaken(why) => panic!("{}: {why}", file.display()),
        }
    }
    entries
}

/// Writes news at the province for whoever has sent a bundle.
pub fn export_at_province(town: &Town, stick: &Path) -> NewsWritten {
    write_news(town, stick, &[])
}

/// Writes news at the province for the device with this name.
pub fn export_at_province_for(town: &Town, stick: &Path, name: &str) -> NewsWritten {
    write_news(town, stick, &[name.to_owned()])
}

fn write_news(town: &Town, stick: &Path, names: &[String]) -> NewsWritten {
    let state = province(town);
    state
        .export_bundles(town.founded.province, stick, names, true)
        .unwrap()
}
