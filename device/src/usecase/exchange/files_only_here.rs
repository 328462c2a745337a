//! The photos and files that are lost with this device, by name.

use std::collections::BTreeMap;

use cotmoc_core::id::RecordId;
use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::State;

use super::title;
use crate::contract::Problem;
use crate::contract::exchange::FileOnlyHere;
use crate::device::Device;
use crate::problems::query;
use crate::store::held;

/// Most files that are named.
const MOST: u32 = 20;

/// The newest own photos and files that the province has not confirmed.
pub(super) fn newest(device: &Device) -> Result<Vec<FileOnlyHere>, Problem> {
    let me = device.author.device();
    let found = device
        .ledger
        .read(|connection| held::newest_own_files(connection, me, MOST).map_err(query))?;
    // Many photos of one record are the usual case.
    let mut of_record = BTreeMap::new();
    for (record, _) in &found {
        if !of_record.contains_key(record) {
            of_record.insert(*record, device.ledger.attachments_of(*record)?);
        }
    }
    let mut files = Vec::with_capacity(found.len());
    for (record, id) in found {
        let mut known = of_record.get(&record).into_iter().flatten();
        let Some(attachment) = known.find(|one| one.id == id) else {
            continue;
        };
        let forms = attachment.renditions.iter();
        let (record, kind) = shown_in(device, record)?;
        files.push(FileOnlyHere {
            id: id.to_string(),
            bytes: forms.map(|form| u64::from(form.rendition.length())).sum(),
            title: title(device, &record)?,
            name: attachment.name.clone(),
            caption: attachment.caption.clone(),
            record,
            kind: kind.name().to_owned(),
        });
    }
    Ok(files)
}

/// The record on whose screen the evidence of a record stands: that of findings is shown with their visit.
fn shown_in(device: &Device, record: RecordId) -> Result<(String, RecordKind), Problem> {
    let held = device.ledger.record(record)?;
    Ok(match held {
        Some(held) if held.kind == RecordKind::Findings => {
            (State::read(&held.state).text("visit"), RecordKind::Visit)
        }
        held => (
            record.to_string(),
            held.map_or(RecordKind::Registration, |held| held.kind),
        ),
    })
}
