//! Who changed what, as their devices claim, and where it is held.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::record::view::{Decision, ReviewEntry, ReviewRecord};
use cotmoc_core::record::{RecordDoc, RecordKind, change_hash, properties_of_payload};
use cotmoc_ledger::EntryRow;
use serde_json::Value;

use super::history_order::newest_first;
use super::{load, review_id};
use crate::contract::Problem;
use crate::contract::models::Held;
use crate::contract::registrations::{History, HistoryRow, RegistrationId, ReviewDecision, WrittenValue};
use crate::device::Device;
use crate::ids::record_id;
use crate::problems::query;
use crate::store::remote::PROVINCE;
use crate::store::{held, refused as not_accepted};
use crate::usecase::differences::value_words;

pub(crate) fn history(device: &Device, request: RegistrationId) -> Result<History, Problem> {
    let loaded = load(device, record_id(&request.registration)?)?;
    let mut changes = Vec::new();
    let mut documents = BTreeMap::new();
    let words = value_words(device)?;
    let mut refused = BTreeMap::new();
    let mut sent = BTreeSet::new();
    for record in [
        Some(loaded.id),
        loaded.model_id().ok(),
        Some(review_id(loaded.id)),
    ]
    .into_iter()
    .flatten()
    {
        let entries = device.ledger.entries_of(record)?;
        if !entries.is_empty() {
            documents.insert(record, device.ledger.document(record)?);
        }
        changes.extend(entries);
        let code = record.to_string();
        let (of_record, is_sent) = device.ledger.read(|connection| {
            let refused = not_accepted::refused_of(connection, &code).map_err(query)?;
            Ok::<_, Problem>((refused, held::is_sent(connection, &code).map_err(query)?))
        })?;
        refused.extend(of_record);
        if is_sent {
            sent.insert(record);
        }
    }
    let me = device.author.device();
    let lives = device.ledger.own_incarnations()?;
    let confirmed = held::confirmed(&device.ledger, me)?;
    let for_province = held::exported_for(PROVINCE);
    let mut exported = BTreeMap::new();
    for entry in changes
        .iter()
        .filter(|entry| entry.log.device == me && lives.contains(&entry.log.incarnation))
    {
        exported.insert(entry.log, device.ledger.held_by(&for_province, &entry.log)?);
    }
    let row = |entry: &EntryRow| {
        let (who, role, holder_name) = device.label_of(&entry.log.device);
        let own = entry.log.device == me && lives.contains(&entry.log.incarnation);
        let is_confirmed = confirmed.get(&entry.log).is_some_and(|seq| entry.seq <= *seq);
        let payload = entry.payload.as_deref().unwrap_or_default();
        let properties = properties_of_payload(entry.record_kind, payload);
        let review = (entry.record_kind == RecordKind::Review)
            .then(|| review_in(&loaded.review, &properties))
            .flatten();
        HistoryRow {
            entry: entry.hash.to_string(),
            who,
            role,
            holder_name,
            kind: entry.record_kind.name().to_owned(),
            values: written(documents.get(&entry.record), entry, &properties, &words),
            properties: properties.into_iter().collect(),
            decision: review.map(|review| match review.decision {
                Decision::Returned => ReviewDecision::Returned,
                Decision::Accepted => ReviewDecision::Accepted,
            }),
            reason: review
                .map(|review| review.reason.clone())
                .filter(|reason| !reason.is_empty()),
            claimed_at: entry.claimed_at,
            held: match (refused.contains_key(&entry.hash), own && !is_confirmed) {
                (true, _) => Held::Refused,
                (false, true) if sent.contains(&entry.record) => Held::Sent,
                (false, true) if exported.get(&entry.log).is_some_and(|seq| entry.seq <= *seq) => {
                    Held::Carried
                }
                (false, true) => Held::ThisDevice,
                (false, false) => Held::Province,
            },
            refused_for: refused.get(&entry.hash).map(|reason| reason.name().to_owned()),
        }
    };
    Ok(History {
        changes: newest_first(changes).iter().map(row).collect(),
    })
}

/// Registers that hold the id of another record, or a mark; they say nothing to a reader.
const UNREAD: [&str; 6] = [
    "model",
    "cycle",
    "carried_from",
    "registration",
    "demonstration",
    "family",
];

/// What a change wrote. Reviews are told by their decision and reason.
fn written(
    document: Option<&RecordDoc>,
    entry: &EntryRow,
    properties: &BTreeSet<String>,
    words: &impl Fn(RecordKind, &str, &Value) -> String,
) -> Vec<WrittenValue> {
    let change = entry.payload.as_deref().and_then(change_hash);
    let (Some(document), Some(change), false) = (document, change, entry.record_kind == RecordKind::Review)
    else {
        return Vec::new();
    };
    properties
        .iter()
        .filter(|property| !UNREAD.contains(&property.as_str()))
        .map(|property| WrittenValue {
            property: property.clone(),
            text: words(
                entry.record_kind,
                property,
                &document.value_after(change, property),
            ),
        })
        .collect()
}

/// The decision that a change of the reviews added; decisions are appended and never changed, so what the
/// record says today is what was said then.
fn review_in<'a>(reviews: &'a ReviewRecord, properties: &BTreeSet<String>) -> Option<&'a ReviewEntry> {
    properties
        .iter()
        .filter_map(|property| property.strip_prefix("decisions/"))
        .find_map(|id| reviews.decisions.get(id))
}
