//! Sticks: the bundles that the use cases write, carried to a device or to the province, which may be cut or altered
//! on the way, read twice, or read by somebody they are not for.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use cotmoc_device::contract::Problem;
use cotmoc_ledger::crash_after;
use serde_json::{Value, json};

use super::cast::World;
use super::event::{Happened, maybe_crash};
use super::player::{Player, Went};
use crate::bench::workload::Chance;

/// Smallest part that may be asked for: now and then a bundle has several.
const SMALL_PART: u64 = 64 * 1024;

/// To a teammate.
pub(super) fn carry(world: &mut World, from: usize, chance: &mut Chance) -> Result<Happened> {
    let to = chance.below(world.players.len() as u64) as usize;
    if to == from || !world.players[to].enrolled {
        return Ok(Happened::To(from));
    }
    let recipient = world.players[to].device()?.author().device().to_string();
    let folder = world.folder.join("stick");
    let files = write(&mut world.players[from], &recipient, &folder, chance)?;
    // Sometimes another one finds it first, and carries it on.
    let reader = match chance.below(5) {
        0 => chance.below(world.players.len() as u64) as usize,
        _ => to,
    };
    let reader = if world.players[reader].enrolled {
        reader
    } else {
        to
    };
    read(&mut world.players[reader], &files, chance)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(Happened::Between(from, reader))
}

/// To the province, whose receipts ride back.
pub(super) fn carry_to_desk(world: &mut World, from: usize, chance: &mut Chance) -> Result<Happened> {
    let folder = world.folder.join("stick");
    let files = write(&mut world.players[from], "province", &folder, chance)?;
    let mut back = Vec::new();
    if !files.is_empty() {
        for file in &files {
            maybe_damage(file, chance)?;
            for _ in 0..=chance.below(2) {
                world.desk.guarded(|state| state.import_bundle(file))?;
            }
        }
        let to = folder.join("back");
        std::fs::create_dir(&to)?;
        let province = world.province;
        let written = world
            .desk
            .guarded(|state| state.export_bundles(province, &to, &[], true))?;
        back.extend(written.into_iter().flat_map(|news| news.files));
    }
    read(&mut world.players[from], &back, chance)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(Happened::To(from))
}

fn write(by: &mut Player, recipient: &str, folder: &Path, chance: &mut Chance) -> Result<Vec<PathBuf>> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let mut wishes = json!({ "folder": folder, "recipients": [recipient] });
    if chance.below(2) == 0 {
        wishes["max_file_bytes"] = json!(SMALL_PART);
    }
    wishes["without_originals"] = json!(chance.below(3) == 0);
    maybe_crash(chance);
    let went = by.attempt(|device| device.call("sticks.export", wishes));
    crash_after(None);
    let written = match went? {
        Went::Through(Ok(written)) => written,
        Went::Through(Err(problem)) => return no_stick(&problem).map(|()| Vec::new()),
        // What stands on the stick then is no whole bundle, or one that nobody noted.
        Went::Crashed => return Ok(left_on(folder)?),
    };
    let files = written["files"].as_array().into_iter().flatten();
    let paths = files.filter_map(|file| file["path"].as_str().map(PathBuf::from));
    Ok(paths.collect())
}

fn left_on(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Its recipient is not known there yet, or it has gone back to a time before its own grant.
fn no_stick(problem: &Problem) -> Result<()> {
    match problem.code.as_str() {
        "bad_request" | "not_enrolled" | "device_revoked" => Ok(()),
        _ => Err(anyhow!("a stick ended with {problem:?}")),
    }
}

fn read(by: &mut Player, files: &[PathBuf], chance: &mut Chance) -> Result<()> {
    for file in files {
        let is_damaged = maybe_damage(file, chance)?;
        for _ in 0..=chance.below(2) {
            maybe_crash(chance);
            let went = by.attempt(|device| device.call("sticks.import", json!({ "paths": [file] })));
            crash_after(None);
            match went? {
                Went::Through(Ok(answer)) => demand_standing(&answer, is_damaged)?,
                Went::Through(Err(problem)) => no_stick(&problem)?,
                Went::Crashed => {}
            }
        }
    }
    Ok(())
}

/// A whole file of this province is never called damaged.
fn demand_standing(answer: &Value, is_damaged: bool) -> Result<()> {
    let standing = answer["files"][0]["standing"].as_str().unwrap_or_default();
    let is_whole = standing != "damaged" && standing != "not_a_bundle";
    anyhow::ensure!(is_whole || is_damaged, "a whole stick was called {standing}");
    Ok(())
}

/// What a pocket does to a stick, one in four.
fn maybe_damage(file: &Path, chance: &mut Chance) -> Result<bool> {
    if chance.below(4) > 0 {
        return Ok(false);
    }
    let mut bytes = std::fs::read(file)?;
    let at = chance.below(bytes.len().max(1) as u64) as usize;
    if chance.below(2) == 0 {
        bytes.truncate(at);
    } else if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
    std::fs::write(file, bytes)?;
    Ok(true)
}
