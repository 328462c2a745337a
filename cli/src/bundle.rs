//! Bundles on a stick from the terminal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::call::{self, Place};

const MEGABYTE: u64 = 1_000_000;

/// What is done with bundles.
#[derive(Subcommand)]
pub enum Bundle {
    /// Writes what the recipients are not known to hold. When it ends well, the stick is safe to remove.
    Export {
        /// Folder on the stick.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// `province` or a device's key as `cotmoc call sticks.places` lists them; the province and the devices
        /// of one's own unit or delegation when absent.
        #[arg(long = "for", value_name = "RECIPIENT")]
        recipients: Vec<String>,
        /// Leave the originals of photos and files out.
        #[arg(long)]
        without_originals: bool,
        /// Only what is new since the last export for the same recipient.
        #[arg(long)]
        since_last: bool,
        /// Largest file, megabytes.
        #[arg(long, value_name = "MB")]
        split: Option<u64>,
    },
    /// Takes files or whole folders in, in any order and any number of times.
    Import {
        /// Files or folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Says whose files are and what they are to this device.
    Inspect {
        /// Files or folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Lists the bundles of others that this device carries on.
    Carried,
}

/// Runs one.
///
/// # Errors
/// When a path cannot be named in full.
pub fn run(place: &Place, command: &Bundle) -> Result<ExitCode> {
    match command {
        Bundle::Export {
            to,
            recipients,
            without_originals,
            since_last,
            split,
        } => {
            let request = json!({
                "folder": whole(to)?,
                "recipients": recipients,
                "without_originals": without_originals,
                "since_last": since_last,
                "max_file_bytes": split.map(|megabytes| megabytes.saturating_mul(MEGABYTE)),
            });
            call::run(place, "sticks.export", request)
        }
        Bundle::Import { paths } => call::run(place, "sticks.import", of(paths)?),
        Bundle::Inspect { paths } => call::run(place, "sticks.inspect", of(paths)?),
        Bundle::Carried => call::run(place, "sticks.carried", Value::Null),
    }
}

fn of(paths: &[PathBuf]) -> Result<Value> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| whole(path)).collect::<Result<_>>()?;
    Ok(json!({ "paths": paths }))
}

fn whole(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}
