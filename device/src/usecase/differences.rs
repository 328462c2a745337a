//! Differing content: what waits for a decision, and deciding it.
//!
//! Nobody's value is dropped: every device shows the same one first and keeps the others until someone who
//! may write the record chooses. The choice is an edit like any other (design §4, "Conflicts are data").

mod reader;
mod words;

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use cotmoc_core::access::{Writing, may_write};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, EntryKind, LogId};
use cotmoc_core::record::{
    DifferingProperty, Edit, NOBODYS, Property, RecordKind, Scalar, Shape, VersionOf, change_hash,
    properties_of_payload,
};
use cotmoc_ledger::HeldRecord;
use rusqlite::OptionalExtension;
use serde_json::Value;

pub(crate) use self::words::day;

use self::words::Reader;
use super::titles::title;
use crate::contract::differences::{Difference, DifferenceList, DifferingValue, ResolveDifference};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::problems::query;

/// How many decided ones are shown.
const DECIDED: usize = 50;

/// A row of the device's table.
struct Noted {
    record: RecordId,
    property: String,
    is_open: bool,
    /// Arrival of the record's newest entry: what is new here comes first, whatever clocks claim.
    position: i64,
}

pub(crate) fn list_differences(device: &Device, _: Nothing) -> Result<DifferenceList, Problem> {
    let (open, mut decided): (Vec<Noted>, Vec<Noted>) =
        noted(device)?.into_iter().partition(|noted| noted.is_open);
    decided.truncate(DECIDED);
    let mut records: BTreeMap<RecordId, Option<Shown>> = BTreeMap::new();
    let mut differences = Vec::with_capacity(open.len() + decided.len());
    for noted in open.iter().chain(&decided) {
        let shown = match records.entry(noted.record) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unread) => unread.insert(Shown::read(device, noted.record)?),
        };
        differences.extend(shown.as_ref().and_then(|shown| shown.difference(device, noted)));
    }
    Ok(DifferenceList { differences })
}

fn noted(device: &Device) -> Result<Vec<Noted>, Problem> {
    let mut noted: Vec<Noted> = device.ledger.read(|connection| {
        let mut statement = connection
            .prepare_cached("SELECT record, property, is_open FROM difference")
            .map_err(query)?;
        let rows = statement.query_map([], |row| {
            let (record, property, is_open): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let record = record.parse().ok();
            Ok(record.map(|record| Noted {
                record,
                property,
                is_open,
                position: 0,
            }))
        });
        rows.and_then(|rows| rows.filter_map(Result::transpose).collect())
            .map_err(query)
    })?;
    for noted in &mut noted {
        noted.position = newest_position(device, noted.record)?;
    }
    noted.sort_by(|one, other| {
        let key = |noted: &Noted| (std::cmp::Reverse(noted.position), noted.record);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.property.cmp(&other.property))
    });
    Ok(noted)
}

fn newest_position(device: &Device, record: RecordId) -> Result<i64, Problem> {
    device.ledger.read(|connection| {
        connection
            .prepare_cached(
                "SELECT position FROM entry JOIN record ON record.id = entry.record
                 WHERE record.code = ?1 ORDER BY position DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([record.0.as_bytes()], |row| row.get(0))
                    .optional()
            })
            .map(Option::unwrap_or_default)
            .map_err(query)
    })
}

/// One entry of a record, as far as a difference names it.
struct Wrote {
    change: [u8; 32],
    author: DeviceKey,
    claimed_at: i64,
    properties: BTreeSet<String>,
}

/// A record with differing content, read once for all its properties.
struct Shown {
    record: RecordId,
    held: HeldRecord,
    title: String,
    reader: Reader,
    differing: Vec<DifferingProperty>,
    wrote: Vec<Wrote>,
    may_resolve: bool,
}

impl Shown {
    fn read(device: &Device, record: RecordId) -> Result<Option<Self>, Problem> {
        let Some(held) = device.ledger.record(record)? else {
            return Ok(None);
        };
        let entries = device.ledger.entries_of(record)?;
        let wrote = entries.iter().filter_map(|entry| {
            let payload = entry.payload.as_deref()?;
            Some(Wrote {
                change: change_hash(payload)?,
                author: entry.log.device,
                claimed_at: entry.claimed_at,
                properties: properties_of_payload(held.kind, payload),
            })
        });
        Ok(Some(Self {
            record,
            title: title(device, record, &held)?,
            reader: reader::reader_of(device, &held)?,
            differing: device.ledger.document(record)?.differences(),
            wrote: wrote.collect(),
            may_resolve: may_resolve(device, &held)?,
            held,
        }))
    }

    fn difference(&self, device: &Device, noted: &Noted) -> Option<Difference> {
        let open = self
            .differing
            .iter()
            .find(|differing| differing.property == noted.property);
        let last = self
            .wrote
            .iter()
            .rev()
            .find(|wrote| wrote.properties.contains(&noted.property));
        let (values, decided_by) = match open {
            Some(differing) => {
                let values = differing
                    .versions
                    .iter()
                    .map(|version| self.value(device, &noted.property, version));
                (values.collect(), None)
            }
            None => {
                // Decided: the value that stands, and who set it last.
                let last = last?;
                let version = VersionOf {
                    value: self.current(&noted.property),
                    change: last.change,
                };
                (
                    vec![self.value(device, &noted.property, &version)],
                    Some(device.label_of(&last.author).0),
                )
            }
        };
        let current = self.current(&noted.property);
        let written = open.map(|differing| &differing.versions[..]).unwrap_or_default();
        let name = std::iter::once(&current)
            .chain(written.iter().map(|version| &version.value))
            .map(|value| self.reader.row_name(self.held.kind, &noted.property, value))
            .find(|name| !name.is_empty());
        Some(Difference {
            name: name.unwrap_or_default(),
            merged: written.first().is_some_and(|first| first.change == NOBODYS),
            record: self.record.to_string(),
            kind: self.held.kind.name().to_owned(),
            title: self.title.clone(),
            property: noted.property.clone(),
            values,
            may_resolve: self.may_resolve && decided_by.is_none(),
            decided_by,
        })
    }

    fn value(&self, device: &Device, property: &str, version: &VersionOf) -> DifferingValue {
        let wrote = self.wrote.iter().find(|wrote| wrote.change == version.change);
        DifferingValue {
            choice: Hash32(version.change).to_string(),
            text: self.reader.text(self.held.kind, property, &version.value),
            who: wrote.map_or_else(String::new, |wrote| device.label_of(&wrote.author).0),
            claimed_at: wrote.map_or(0, |wrote| wrote.claimed_at),
        }
    }

    /// The value as it is now; null where it was removed.
    fn current(&self, property: &str) -> Value {
        let state: Value = serde_json::from_str(&self.held.state).unwrap_or_default();
        let (root, key) = split(property);
        let value = state.get(root);
        let value = if key.is_empty() {
            value
        } else {
            value.and_then(|map| map.get(key))
        };
        value.cloned().unwrap_or_default()
    }
}

/// Reads the values of records without scores in this profile's language.
pub(crate) fn value_words(device: &Device) -> Result<impl Fn(RecordKind, &str, &Value) -> String, Problem> {
    let reader = Reader {
        language: device.settings()?.language,
        is_met_or_not: false,
    };
    Ok(move |kind: RecordKind, property: &str, value: &Value| reader.text(kind, property, value))
}

/// `property/key` in its parts; the key is empty for a register at the root.
fn split(property: &str) -> (&str, &str) {
    property.split_once('/').unwrap_or((property, ""))
}

/// The same decision that the journal and the province make about the entry.
fn may_resolve(device: &Device, held: &HeldRecord) -> Result<bool, Problem> {
    let (this, incarnation) = (device.author.device(), device.author.incarnation());
    let log = LogId {
        device: this,
        incarnation,
        scope: held.scope,
    };
    let heads = device.ledger.heads_of(this, incarnation)?;
    let seq = heads
        .iter()
        .find(|(known, ..)| *known == log)
        .map_or(0, |(_, seq, _)| *seq);
    let writing = Writing {
        log: &log,
        seq: seq + 1,
        record_kind: held.kind,
        entry_kind: EntryKind::Change,
        first_author: Some(&held.first_author),
        act: None,
    };
    Ok(device.ledger.with_roster(held.scope.province, |roster| {
        roster.is_some_and(|roster| may_write(roster, &writing).is_ok())
    }))
}

pub(crate) fn resolve(device: &Device, request: ResolveDifference) -> Result<DifferenceList, Problem> {
    let bad = |what: &str| Problem::new("bad_request").with("what", what);
    let choice = Hash32::from_hex(&request.choice).ok_or_else(|| bad("choice"))?;
    let record = record_id(&request.record)?;
    let missing = || Problem::new("no_record").with("record", record);
    let held = device.ledger.record(record)?.ok_or_else(missing)?;
    let differing = device.ledger.document(record)?.differences();
    let versions = differing
        .iter()
        .find(|differing| differing.property == request.property);
    // A value that no longer stands was decided against meanwhile, on this device or another.
    let version =
        versions.and_then(|differing| differing.versions.iter().find(|known| known.change == choice.0));
    let decided = || Problem::new("differs_resolved_already").with("property", &request.property);
    let version = version.ok_or_else(decided)?;
    let edit = keeping(held.kind, &request.property, &version.value).ok_or_else(|| bad("property"))?;
    device.write(&[Device::edit(held.scope, record, held.kind, vec![edit])])?;
    list_differences(device, Nothing {})
}

/// The edit that keeps a value: it is written again, over all that stand beside it. Absent for a property
/// that this version of the program does not know how to write.
fn keeping(kind: RecordKind, property: &str, value: &Value) -> Option<Edit> {
    let (root, key) = split(property);
    let (name, shape) = Shape::of(kind)
        .properties
        .iter()
        .copied()
        .find(|(name, _)| *name == root)?;
    match (shape, value) {
        (Property::Line(_) | Property::Whole(_), Value::String(text)) if key.is_empty() => Some(Edit::Set {
            property: name,
            value: Scalar::Str(text.clone()),
        }),
        (Property::Text(_), Value::String(text)) if key.is_empty() => Some(Edit::Text {
            property: name,
            text: text.clone(),
        }),
        (Property::Int, Value::Number(number)) if key.is_empty() => Some(Edit::int(name, number.as_i64()?)),
        (Property::Flag, Value::Bool(flag)) if key.is_empty() => Some(Edit::flag(name, *flag)),
        (Property::WholeMap { .. }, Value::String(json)) if !key.is_empty() => Some(Edit::Put {
            property: name,
            key: key.to_owned(),
            json: json.clone(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use cotmoc_core::record::RecordDoc;
    use cotmoc_core::record::view::AgreedItem;
    use serde_json::json;

    fn apart(kind: RecordKind, one: &[Edit], other: &[Edit]) -> RecordDoc {
        let mut first = RecordDoc::new(kind).unwrap();
        let mut second = RecordDoc::new(kind).unwrap();
        first.edit([1; 16], one).unwrap().unwrap();
        second.edit([2; 16], other).unwrap().unwrap();
        for change in second.changes() {
            first.apply(change).unwrap();
        }
        first
    }

    fn points(points: i64) -> Edit {
        Edit::put(
            "items",
            "C1",
            &AgreedItem {
                points,
                reason: "đã kiểm tra tại chỗ".into(),
            },
        )
    }

    #[test]
    fn either_value_can_be_kept_and_nothing_differs_afterwards() {
        for choice in 0..2 {
            let mut doc = apart(RecordKind::AgreedScore, &[points(1_200)], &[points(1_000)]);
            let differing = doc.differences();
            assert_eq!((differing.len(), differing[0].property.as_str()), (1, "items/C1"));
            let kept = &differing[0].versions[choice].value;
            let edit = keeping(RecordKind::AgreedScore, "items/C1", kept).unwrap();
            doc.edit([3; 16], &[edit])
                .unwrap()
                .expect("keeping the shown value is a recorded change, too");
            assert!(doc.differences().is_empty());
            assert_eq!(&doc.state()["items"]["C1"], kept);
        }
    }

    #[test]
    fn registers_of_every_sort_can_be_kept() {
        let year = keeping(RecordKind::Campaign, "year", &json!(2026));
        assert_eq!(year, Some(Edit::int("year", 2026)));
        let flag = keeping(RecordKind::Registration, "discarded", &json!(true));
        assert_eq!(flag, Some(Edit::flag("discarded", true)));
        let whole = keeping(RecordKind::Model, "closed", &json!("{\"closed\":true}"));
        assert!(matches!(
            whole,
            Some(Edit::Set {
                property: "closed",
                ..
            })
        ));
        let name = apart(
            RecordKind::Registration,
            &[Edit::line("name", "Lúa nước")],
            &[Edit::line("name", "Lúa")],
        );
        assert_eq!(name.differences()[0].property, "name");
    }

    #[test]
    fn a_text_that_was_brought_together_can_be_kept_and_so_can_either_of_its_parts() {
        let goals = |text: &str| Edit::Text {
            property: "goals",
            text: text.to_owned(),
        };
        for choice in 0..3 {
            let mut doc = apart(RecordKind::Registration, &[goals("Một")], &[goals("Hai")]);
            let differing = doc.differences();
            assert_eq!(
                differing[0].versions.len(),
                3,
                "what they give together, and both"
            );
            let kept = &differing[0].versions[choice].value;
            let edit = keeping(RecordKind::Registration, "goals", kept).unwrap();
            doc.edit([3; 16], &[edit])
                .unwrap()
                .expect("a decision is recorded");
            assert!(doc.differences().is_empty());
            assert_eq!(&doc.state()["goals"], kept);
        }
    }

    #[test]
    fn a_property_this_version_does_not_know_is_not_written() {
        assert_eq!(keeping(RecordKind::Campaign, "sponsor", &json!("x")), None);
        assert_eq!(
            keeping(RecordKind::Campaign, "year", &json!("2026")),
            None,
            "text in a number's place"
        );
        assert_eq!(
            keeping(RecordKind::Campaign, "title/x", &json!("y")),
            None,
            "a register has no keys"
        );
        assert_eq!(
            keeping(RecordKind::AgreedScore, "items", &json!("{}")),
            None,
            "a map has no value of its own"
        );
    }

    #[test]
    fn a_property_is_split_at_its_first_slash() {
        assert_eq!(split("name"), ("name", ""));
        assert_eq!(split("items/C1"), ("items", "C1"));
        assert_eq!(split("items/a/b"), ("items", "a/b"));
    }
}
