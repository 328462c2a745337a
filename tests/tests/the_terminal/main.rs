//! `cotmoc` as a process: what a script sees of `call` and `schema`, which profile it chooses, and what
//! `serve` shows when something is in the way.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod calling;
mod profiles;
mod serving;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cotmoc_tests::fleet::program;
use serde_json::Value;

/// `cotmoc` of a user whose data folder is this one, without a keyring.
fn cotmoc(data: &Path) -> Command {
    let mut command = Command::new(program("cotmoc"));
    for name in ["COTMOC_HOME", "COTMOC_PASSPHRASE", "COTMOC_LOG"] {
        command.env_remove(name);
    }
    command
        .env("XDG_DATA_HOME", data)
        .env("COTMOC_KEY_FILE", "1")
        .stdin(Stdio::null());
    command
}

/// `cotmoc --home`.
fn cotmoc_at(home: &Path) -> Command {
    let mut command = cotmoc(home);
    command.arg("--home").arg(home);
    command
}

/// Runs it with something on standard input.
fn with_input(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn json_of(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "standard output is not one JSON value ({error}): {text:?}\n{}",
            errors_of(output)
        )
    })
}

fn errors_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The answer of a call that must end with 0.
#[track_caller]
fn answered(output: &Output) -> Value {
    let answer = json_of(output);
    assert_eq!(output.status.code(), Some(0), "{answer}");
    answer
}

/// The problem of a call that must end with 1.
#[track_caller]
fn refused(output: &Output) -> Value {
    let problem = json_of(output);
    assert_eq!(output.status.code(), Some(1), "{problem}");
    assert!(problem["code"].is_string(), "{problem}");
    problem
}

/// Makes nonsense of the database of a closed folder.
fn damage(home: &Path) {
    let database = home.join("records.db");
    let long = std::fs::metadata(&database).unwrap().len();
    std::fs::write(&database, vec![0xab; usize::try_from(long).unwrap()]).unwrap();
    let _ = std::fs::remove_file(home.join("records.db-wal"));
}
