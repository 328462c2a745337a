//! Where a person's profiles are on this machine.

use std::path::PathBuf;

/// The folder of this user's profiles, the same for every door: `cotmoc` below `XDG_DATA_HOME`; else below
/// `LOCALAPPDATA` (Windows), `~/Library/Application Support` (macOS) or `~/.local/share`.
///
/// Nothing when the user has no home folder. A relative `XDG_DATA_HOME` does not count, as the XDG Base
/// Directory Specification says.
pub fn machine_folder() -> Option<PathBuf> {
    let below_home = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/share"
    };
    let data = named("XDG_DATA_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| Some(named("HOME")?.join(below_home)))?;
    Some(data.join("cotmoc"))
}

/// The folder of this user in which devices note where they live, outside of their own folders: `cotmoc-places`
/// below `XDG_STATE_HOME`; else below `LOCALAPPDATA` (Windows), `~/Library/Application Support` (macOS) or
/// `~/.local/state`. Nothing when the user has no home folder.
pub fn state_folder() -> Option<PathBuf> {
    let below_home = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/state"
    };
    let state = named("XDG_STATE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| Some(named("HOME")?.join(below_home)))?;
    Some(state.join("cotmoc-places"))
}

fn named(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}
