//! Photos and files from the terminal.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use cotmoc_device::contract::Problem;
use cotmoc_device::{Desk, LARGEST_UPLOAD};
use serde_json::{Value, json};

use crate::call::{self, Place};

/// What is the same for all files of one command.
pub struct Adding {
    /// Record id of a registration or a visit.
    pub record: String,
    /// What they show.
    pub caption: String,
    /// Keep where they were taken.
    pub keep_place: bool,
}

/// Adds files one after the other and prints the rows of those that were added. A file that cannot be added stops
/// the command with its problem; those before it stay.
pub fn add(place: &Place, adding: &Adding, files: &[PathBuf]) -> Result<ExitCode> {
    let desk = match place.desk() {
        Ok(desk) => desk,
        Err(problem) => return call::print(Err(problem)),
    };
    let rows: Result<Vec<Value>, Problem> = files.iter().map(|file| add_one(&desk, adding, file)).collect();
    drop(desk);
    call::print(rows.map(|rows| json!({ "added": rows })))
}

fn add_one(desk: &Desk, adding: &Adding, file: &Path) -> Result<Value, Problem> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unread = |error: std::io::Error| {
        Problem::new("bad_request").with("what", format!("{}: {error}", file.display()))
    };
    let mut bytes = Vec::new();
    let mut opened = File::open(file).map_err(unread)?.take(LARGEST_UPLOAD as u64 + 1);
    opened.read_to_end(&mut bytes).map_err(unread)?;
    let upload = desk
        .put_upload(bytes)
        .map_err(|problem| problem.with("name", &name))?;
    let request = json!({
        "record": adding.record,
        "upload": upload,
        "name": name,
        "caption": adding.caption,
        "keep_place": adding.keep_place,
    });
    let added = desk.call("evidence.add", request)?;
    Ok(added["row"].clone())
}
