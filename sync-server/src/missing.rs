//! The photos and files that devices announced and whose bytes have not come.

use anyhow::Result;
use clap::Args;
use cotmoc_sync_server::missing_files_of;
use serde_json::json;

use crate::commands::{Home, passphrase, print};
use crate::words;

#[derive(Debug, Args)]
pub(crate) struct Missing {
    #[command(flatten)]
    home: Home,
}

/// Lists them, by scope and record, and says how many there are.
///
/// # Errors
/// When the folder cannot be read or the output not be written.
pub(crate) fn list(missing: &Missing) -> Result<()> {
    let (as_json, passphrase) = (missing.home.json, passphrase(&missing.home)?);
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let (mut files, mut bytes) = (0u64, 0u64);
    missing_files_of(&missing.home.home, passphrase, |file| {
        files += 1;
        bytes += file.missing;
        let line = json!({
            "event": "missing_file", "name": file.name, "record": file.record,
            "scope": words::of_scope(&file.scope), "device": file.author,
            "bytes": file.bytes, "missing": file.missing,
        });
        print(as_json, &line, &words::of_missing_file(&file))
    })?;
    let line = json!({ "event": "missing", "files": files, "bytes": bytes });
    print(as_json, &line, &words::of_missing(files, bytes))
}
