//! Writing: per recipient what it is not known to hold, receipts for others, photos, and what is carried on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::{Holds, TAKEN_FIELD, write_taken};
use cotmoc_core::journal::{DeviceKey, LogId};
use cotmoc_ledger::bundle::{BundleWriter, Extension, LARGEST_PART, MAX_RECIPIENTS, NewBundle, inspect};
use cotmoc_ledger::{FillError, Filled, Filling, LedgerError, Owed, SetAsideGoes, Visible, note_holds};

use super::carried::carry_along;
use super::recipients::{Recipient, everyone};
use super::{file_of, watch};
use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::contract::sticks::{ExportSticks, StickExported, StickStanding};
use crate::device::Device;
use crate::store::held;
use crate::store::remote::Remote;

/// Smallest file that a person may ask for: the longest header fits twice.
const LEAST_FILE: u64 = 64 * 1024;

/// Recipients who may see the same: one bundle for all of them.
struct Audience {
    recipients: Vec<Recipient>,
    visible: Visible,
}

/// What was written so far. Files of an export that fails are removed.
#[derive(Default)]
struct Progress {
    files: Vec<PathBuf>,
    filled: Filled,
    /// What each recipient was written.
    noted: Vec<(String, BTreeMap<LogId, u64>)>,
}

/// Writes bundles and carries along; answers when everything was read back.
pub(crate) fn export(device: &Device, request: &ExportSticks) -> Result<StickExported, Problem> {
    let _one_at_a_time = device.sticks.begin()?;
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let folder = PathBuf::from(request.folder.trim());
    if !folder.is_absolute() || !folder.is_dir() {
        return Err(Problem::new("stick_not_a_folder").with("path", folder.display()));
    }
    let mut progress = Progress::default();
    if let Err(problem) = write_all(device, &remote, request, &folder, &mut progress) {
        for file in &progress.files {
            // The stick may be gone: what stays on it is a whole bundle, and importing it does no harm.
            if let Err(error) = fs::remove_file(file) {
                tracing::warn!(error.message = %error, "a bundle stays on the stick");
            }
        }
        return Err(problem);
    }
    let carried = carry_along(device, &folder, &mut watch(device))?;
    device.ledger.write_local(|transaction| {
        for (name, reached) in &progress.noted {
            for (log, seq) in reached {
                note_holds(transaction, name, log, *seq)?;
            }
        }
        Ok::<_, LedgerError>(())
    })?;
    device.events.tell(&DeviceEvent::Changed {
        records: Vec::new(),
        foreign: false,
    });
    let mut files = Vec::new();
    for path in &progress.files {
        files.push(file_of(device, path, &inspect(path)?, StickStanding::Own));
    }
    let of_others = carried.iter();
    files.extend(of_others.map(|(path, part)| file_of(device, path, part, StickStanding::Carried)));
    Ok(StickExported {
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        entries: progress.filled.entries,
        receipts: progress.filled.receipts,
        chunks: progress.filled.chunks,
        carried: carried.len() as u64,
    })
}

fn write_all(
    device: &Device,
    remote: &Remote,
    request: &ExportSticks,
    folder: &Path,
    progress: &mut Progress,
) -> Result<(), Problem> {
    for audience in audiences(device, remote, request)? {
        write(device, remote, request, (folder, &audience), progress)?;
    }
    Ok(())
}

/// The chosen recipients by what they may see.
fn audiences(device: &Device, remote: &Remote, request: &ExportSticks) -> Result<Vec<Audience>, Problem> {
    let me = device.me()?;
    let mut everyone = everyone(device, remote, &me);
    for id in &request.recipients {
        if !everyone.iter().any(|one| one.id == *id) {
            return Err(Problem::new("bad_request").with("what", format!("recipient {id}")));
        }
    }
    everyone.retain(|one| match request.recipients.is_empty() {
        true => one.by_default,
        false => request.recipients.contains(&one.id),
    });
    let mut audiences: Vec<Audience> = Vec::new();
    for recipient in everyone {
        let visible = recipient.visible(device, remote)?;
        let fits = |audience: &&mut Audience| {
            audience.visible == visible && audience.recipients.len() < MAX_RECIPIENTS
        };
        match audiences.iter_mut().find(fits) {
            Some(audience) => audience.recipients.push(recipient),
            None => audiences.push(Audience {
                recipients: vec![recipient],
                visible,
            }),
        }
    }
    Ok(audiences)
}

fn write(
    device: &Device,
    remote: &Remote,
    request: &ExportSticks,
    (folder, audience): (&Path, &Audience),
    progress: &mut Progress,
) -> Result<(), Problem> {
    let filling = filling(device, request, audience)?;
    let keys: Vec<DeviceKey> = audience.recipients.iter().map(|one| one.key).collect();
    let author = device.author.current();
    let new = NewBundle {
        province: remote.province,
        province_short: &short(&device.me()?.province_name),
        sender: &author.key,
        incarnation: author.incarnation,
        claimed_at: device.now(),
        day: device.today(),
        recipients: &keys,
        extensions: vec![Extension {
            tag: TAKEN_FIELD,
            bytes: write_taken(&device.ledger.parts_taken()?),
        }],
        max_part_bytes: request
            .max_file_bytes
            .unwrap_or(LARGEST_PART)
            .clamp(LEAST_FILE, LARGEST_PART),
    };
    let mut writer = BundleWriter::start(folder, new, watch(device))?;
    let filled = device.ledger.fill_bundle(&mut writer, filling)?;
    let written = writer.finish()?;
    progress.files.extend(written.files);
    progress.filled.entries += filled.entries;
    progress.filled.receipts += filled.receipts;
    progress.filled.chunks += filled.chunks;
    for recipient in &audience.recipients {
        progress
            .noted
            .push((recipient.exported(), filled.reached.clone()));
    }
    Ok(())
}

/// What nobody may lack: of each log the longest that some recipient is not known to hold.
fn filling(device: &Device, request: &ExportSticks, audience: &Audience) -> Result<Filling, Problem> {
    let heads = device.ledger.heads(&audience.visible)?;
    let mut owed: BTreeMap<LogId, Owed> = BTreeMap::new();
    for recipient in &audience.recipients {
        for one in recipient.owed(device, &audience.visible, request.since_last)? {
            let known = owed.entry(one.head.log).or_insert(one);
            known.held = known.held.min(one.held);
        }
    }
    let for_devices = audience.recipients.iter().any(|one| !one.is_province);
    let mut receipts = held::receipts(&device.ledger)?;
    receipts.retain(|receipt| heads.iter().any(|head| head.log == receipt.log));
    let mut media_after: BTreeMap<LogId, u64> = owed.iter().map(|(log, one)| (*log, one.held)).collect();
    if audience.recipients.iter().any(|one| one.is_province) {
        // The entries of a photo may be at the province for days before its bytes are.
        for head in heads
            .iter()
            .filter(|head| head.log.device == device.author.device())
        {
            let receipt = receipts.iter().find(|receipt| receipt.log == head.log);
            let whole = receipt
                .filter(|receipt| receipt.media_complete)
                .map_or(0, |receipt| receipt.seq);
            let after = media_after.entry(head.log).or_insert(whole);
            *after = whole.min(*after);
        }
    }
    if !for_devices {
        receipts.clear();
    }
    Ok(Filling {
        holds: Holds {
            heads,
            ..Holds::default()
        },
        owed: owed.into_values().collect(),
        set_aside: SetAsideGoes::Whole,
        receipts,
        media_after: media_after.into_iter().collect(),
        originals: !request.without_originals,
    })
}

/// A province's name in a few ASCII letters, for the files' names: "Tỉnh Sơn La" is `sonla`.
fn short(name: &str) -> String {
    let folded = cotmoc_core::text::fold(name);
    let plain = folded.strip_prefix("tinh ").unwrap_or(&folded);
    plain.chars().filter(char::is_ascii_alphanumeric).collect()
}

impl From<FillError> for Problem {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Ledger(error) => error.into(),
            FillError::Bundle(error) => error.into(),
        }
    }
}
