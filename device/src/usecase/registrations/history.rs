//! Who changed what, as their devices claim, and where it is held.

use cotmoc_core::record::properties_of_payload;
use cotmoc_ledger::EntryRow;

use super::{load, review_id};
use crate::contract::Problem;
use crate::contract::models::Held;
use crate::contract::registrations::{History, HistoryRow, RegistrationId};
use crate::device::Device;
use crate::ids::record_id;
use crate::store::held;

pub(crate) fn history(device: &Device, request: RegistrationId) -> Result<History, Problem> {
    let loaded = load(device, record_id(&request.registration)?)?;
    let mut changes = Vec::new();
    for record in [
        Some(loaded.id),
        loaded.model_id().ok(),
        Some(review_id(loaded.id)),
    ]
    .into_iter()
    .flatten()
    {
        changes.extend(device.ledger.entries_of(record)?);
    }
    let author = (device.author.device(), device.author.incarnation);
    let confirmed = held::confirmed(&device.ledger, author)?;
    let row = |entry: &EntryRow| {
        let (who, role, holder_name) = device.label_of(&entry.log.device);
        let own = entry.log.device == author.0 && entry.log.incarnation == author.1;
        let is_confirmed = confirmed.get(&entry.log).is_some_and(|seq| entry.seq <= *seq);
        let payload = entry.payload.as_deref().unwrap_or_default();
        HistoryRow {
            entry: entry.hash.to_string(),
            who,
            role,
            holder_name,
            kind: entry.record_kind.name().to_owned(),
            properties: properties_of_payload(entry.record_kind, payload)
                .into_iter()
                .collect(),
            claimed_at: entry.claimed_at,
            held: if own && !is_confirmed {
                Held::ThisDevice
            } else {
                Held::Province
            },
        }
    };
    // The entries of one record are in the order they arrived, which respects what follows what; between
    // the records of one registration nothing follows anything, so they stay in blocks.
    Ok(History {
        changes: changes.iter().rev().map(row).collect(),
    })
}
