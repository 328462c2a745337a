//! Carrying a bundle on without being able to read it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::BundleError;
use super::header::Prelude;
use super::landing::{Landing, Sink, sync_directory};
use super::name::{PARTIAL, onward_name};
use super::part::{Lap, OpenedPart, open_regular};
use super::watch::{Stage, Watch};
use super::write::verify_kept;

/// Copies a part into a directory, byte for byte, verifying it on the way and reading the copy back from the
/// disk. Needs no key. Says where the copy is; when the directory has the same part already, that is it.
///
/// # Errors
/// [`BundleError::NotABundle`], [`BundleError::Newer`], [`BundleError::Damaged`] of the part that should be
/// copied; [`BundleError::AlreadyThere`] when something else has the copy's name;
/// [`BundleError::NotKept`], [`BundleError::Stopped`], and what the file system says. No copy is left then.
pub fn copy_onward(path: &Path, directory: &Path, watch: &mut Watch<'_>) -> Result<PathBuf, BundleError> {
    let mut opened = OpenedPart::open(path)?;
    let found = path.file_name().and_then(|name| name.to_str());
    let name = onward_name(found.unwrap_or_default(), &opened.prelude.header);
    let target = directory.join(&name);
    if fs::symlink_metadata(&target).is_ok() {
        return match is_whole_copy(&target, &opened, watch) {
            Err(BundleError::Stopped) => Err(BundleError::Stopped),
            Ok(true) => Ok(target),
            _ => Err(BundleError::AlreadyThere(target)),
        };
    }
    let (landing, mut sink) = begin(directory, &format!("{name}{PARTIAL}"), &opened)?;
    let lap = Lap::of_one(Stage::Writing, opened.bytes);
    opened.check_contents(lap, watch, |bytes| Ok(sink.write_all(bytes)?))?;
    sink.finish()?;
    let landed = landing.land(&name)?;
    sync_directory(directory)?;
    let lap = Lap::of_one(Stage::Verifying, opened.bytes);
    verify_kept(&landed, &opened.trailer, lap, watch)?;
    Ok(landed.keep())
}

fn is_whole_copy(target: &Path, of: &OpenedPart, watch: &mut Watch<'_>) -> Result<bool, BundleError> {
    let mut there = OpenedPart::open(target)?;
    if there.prelude.bytes != of.prelude.bytes || there.trailer != of.trailer {
        return Ok(false);
    }
    let lap = Lap::of_one(Stage::Verifying, there.bytes);
    there.check_contents(lap, watch, |_| Ok(()))?;
    Ok(true)
}

/// Begins the copy, in place of an earlier one of the same part that was not finished.
fn begin(directory: &Path, partial: &str, of: &OpenedPart) -> Result<(Landing, Sink), BundleError> {
    match Landing::create(directory, partial) {
        Err(BundleError::AlreadyThere(path)) => {
            let earlier = open_regular(&path).and_then(|mut file| Prelude::read(&mut file));
            if !earlier.is_ok_and(|earlier| earlier.bytes == of.prelude.bytes) {
                return Err(BundleError::AlreadyThere(path));
            }
            fs::remove_file(&path)?;
            Landing::create(directory, partial)
        }
        begun => begun,
    }
}
