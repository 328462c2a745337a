//! A large bundle with photos: what a device that takes it in needs of memory and time.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Figure;
use super::process::{peak_memory, resident_memory};
use crate::fleet::{Player, Town, register};
use crate::progress::Progress;

/// Megabytes of files that the bar asks for.
pub const MEGABYTES: u64 = 1_000;
/// One file: as large as a photo's original may be, about.
const EACH: u64 = 8_000_000;
const FILES_OF_A_RECORD: u64 = 5;
const MEMORY_BAR: f64 = 96.0;

/// Writes a bundle with this many megabytes of files and takes it in on another device of the same post.
///
/// # Errors
/// When a device cannot be started, or the system does not tell of memory.
pub fn measure(megabytes: u64) -> Result<Vec<Figure>> {
    let town = Town::son_la()?;
    let post = town.post("post", "don-muong-lan")?;
    let mate = town.post("mate", "don-muong-lan")?;
    mate.exchange();
    post.exchange();
    let count = (megabytes * 1_000_000).div_ceil(EACH);
    let progress = Progress::begin(&format!("Bundle: {count} files are added"), count);
    let mut record = String::new();
    for number in 0..count {
        if number % FILES_OF_A_RECORD == 0 {
            record = register(&post, &format!("Mô hình {number}"));
        }
        let upload = post
            .upload(noise(number))
            .map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        let name = format!("tep-{number}.pdf");
        post.call(
            "evidence.add",
            json!({ "record": record, "upload": upload, "name": name }),
        );
        progress.step();
    }
    let stick = tempfile::tempdir()?;
    let (write, written) = timed(|| post.call("sticks.export", json!({ "folder": stick.path() })));
    let bytes = written["bytes"].as_u64().context("bytes")? as f64;
    let this = std::process::id();
    let idle = resident_memory(this)?;
    // "5" forgets the highest figure so far (proc(5), clear_refs).
    fs::write("/proc/self/clear_refs", "5")?;
    let (read, taken) = timed(|| take_in(&mate, stick.path()));
    let peak = peak_memory(this)?;
    ensure!(
        taken["photos"].as_u64() == Some(count),
        "not all files are whole: {taken}"
    );
    Ok(vec![
        Figure::at_least("bundle.bytes", bytes / 1e6, "MB", MEGABYTES as f64),
        Figure::told("bundle.export_and_verify", write, "s"),
        Figure::told("bundle.import", read, "s"),
        Figure::at_most(
            "bundle.import_memory_above_idle",
            peak.saturating_sub(idle) as f64 / 1e6,
            "MB",
            MEMORY_BAR,
        ),
    ])
}

fn take_in(by: &Player, stick: &Path) -> Value {
    by.call("sticks.import", json!({ "paths": [stick] }))
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begun = Instant::now();
    let answer = work();
    (begun.elapsed().as_secs_f64(), answer)
}

/// A file that does not shrink, another one for each number.
fn noise(number: u64) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while (bytes.len() as u64) < EACH {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}
