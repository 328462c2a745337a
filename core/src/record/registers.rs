//! Reading a change's operations: which properties it touches, and whether it keeps to the shape.

use std::collections::BTreeSet;

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{Change, ScalarValue};

use super::genesis::{GENESIS_ACTOR, genesis};
use super::kind::RecordKind;
use super::operations::{Action, Operation, Operations};
use super::shape::{MAX_OPS_PER_CHANGE, MAX_OPS_PER_DOCUMENT, Property, Shape};
use crate::access::Refusal;

/// Largest value of a property this version does not know: it is kept for the version that does.
const UNKNOWN_CAP: usize = 4 * 1024;
/// Longest key of a map.
const KEY_CAP: usize = 64;

/// Checks that a change does only what the shape of its kind allows: set registers at the root, put and
/// remove registers of the maps, insert and delete letters of the narratives. It may not create objects.
///
/// # Errors
/// [`Refusal::TooLarge`] or [`Refusal::BadShape`].
pub fn check_change(kind: RecordKind, change: &Change) -> Result<(), Refusal> {
    // Counters go on from the highest of the document, so one beyond it is of a document that is full; at the
    // end of 32 bits nobody could edit the record any more.
    if change.len() > MAX_OPS_PER_CHANGE || change.max_op() > MAX_OPS_PER_DOCUMENT as u64 {
        return Err(Refusal::TooLarge);
    }
    // What the columns say is enough to let a change through; what they cannot say, Automerge decodes.
    if reads_as_fitting(kind, change) || change.decode().operations.iter().all(|op| decoded_fits(kind, op)) {
        return Ok(());
    }
    Err(Refusal::BadShape)
}

fn reads_as_fitting(kind: RecordKind, change: &Change) -> bool {
    let Some(mut operations) = Operations::of_change(change.raw_bytes()) else {
        return false;
    };
    let shape = Shape::of(kind);
    (0..change.len()).all(|_| operations.next().is_some_and(|op| fits(kind, &shape, &op)))
}

fn decoded_fits(kind: RecordKind, op: &Op) -> bool {
    let object = match &op.obj {
        ObjectId::Root => None,
        ObjectId::Id(id) => Some((id.actor().to_bytes(), id.counter())),
    };
    let key = match &op.key {
        Key::Map(key) => Some(key.as_str()),
        Key::Seq(_) => None,
    };
    let action = match &op.action {
        OpType::Put(ScalarValue::Str(text)) => Action::Text(text.len()),
        OpType::Put(ScalarValue::Int(_)) => Action::Int,
        OpType::Put(ScalarValue::Boolean(_)) => Action::Flag,
        OpType::Delete => Action::Delete,
        _ => Action::Other,
    };
    fits(kind, &Shape::of(kind), &Operation { object, key, action })
}

/// An operation does what the shape of its kind allows.
pub(super) fn fits(kind: RecordKind, shape: &Shape, op: &Operation<'_>) -> bool {
    match op.object {
        None => root_op_fits(shape, op.key, op.action),
        Some((actor, counter)) if actor == GENESIS_ACTOR => match genesis(kind).containers.get(&counter) {
            Some((_, Property::Text(cap))) => text_op_fits(*cap, op.action),
            Some((_, Property::WholeMap { each, .. })) => map_op_fits(*each, op.key, op.action),
            _ => false,
        },
        Some(_) => false,
    }
}

fn root_op_fits(shape: &Shape, key: Option<&str>, action: Action) -> bool {
    let Some(name) = key else { return false };
    match (shape.property(name), action) {
        (Some(Property::Line(cap) | Property::Whole(cap)), Action::Text(bytes)) => bytes <= cap,
        (Some(Property::Int), Action::Int) => true,
        (Some(Property::Flag), Action::Flag) => true,
        (Some(property), Action::Delete) => !property.is_container(),
        (None, Action::Text(bytes)) => name.len() <= KEY_CAP && bytes <= UNKNOWN_CAP,
        (None, Action::Int | Action::Flag | Action::Delete) => name.len() <= KEY_CAP,
        _ => false,
    }
}

fn text_op_fits(cap: usize, action: Action) -> bool {
    match action {
        // Letters of no bytes would be run-length compressed to nothing, however many they are.
        Action::Text(bytes) => (1..=cap).contains(&bytes),
        Action::Delete => true,
        _ => false,
    }
}

fn map_op_fits(each: usize, key: Option<&str>, action: Action) -> bool {
    let Some(key) = key else { return false };
    match action {
        Action::Text(bytes) => key.len() <= KEY_CAP && bytes <= each,
        Action::Delete => key.len() <= KEY_CAP,
        _ => false,
    }
}

/// Names of the properties a change touches, `property` or `property/key`, for a record's history.
/// Operations that do not fit the shape are passed over.
pub fn changed_properties(kind: RecordKind, change: &Change) -> BTreeSet<String> {
    let containers = &genesis(kind).containers;
    let mut properties = BTreeSet::new();
    for op in &change.decode().operations {
        let container = match &op.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => match containers.get(&id.counter()) {
                Some((name, _)) => Some(*name),
                None => continue,
            },
        };
        match (container, &op.key) {
            (None, Key::Map(name)) => properties.insert(name.to_string()),
            (Some(container), Key::Map(key)) => properties.insert(format!("{container}/{key}")),
            (Some(container), Key::Seq(_)) => properties.insert(container.to_owned()),
            (None, Key::Seq(_)) => false,
        };
    }
    properties
}

/// The actor that a change names, read without decoding the change: chunk header (magic, checksum,
/// type, length), dependencies, actor. Absent when the bytes are too short or the actor is not one of ours.
pub fn change_actor(bytes: &[u8]) -> Option<[u8; 16]> {
    let mut reader = crate::codec::Reader::new(bytes);
    reader.take(9, "chunk header").ok()?;
    reader.varint("chunk length").ok()?;
    let deps = reader.count(32, "dependencies").ok()?;
    reader.take(deps * 32, "dependencies").ok()?;
    reader.bytes(16, "actor").ok()?.try_into().ok()
}

/// The change follows nothing but genesis: it begins its record. Read without decoding the change, like
/// [`change_actor`].
pub fn begins_record(kind: RecordKind, bytes: &[u8]) -> bool {
    let read = || -> Option<&[u8]> {
        let mut reader = crate::codec::Reader::new(bytes);
        reader.take(9, "chunk header").ok()?;
        reader.varint("chunk length").ok()?;
        let deps = reader.count(32, "dependencies").ok()?;
        reader.take(deps * 32, "dependencies").ok()
    };
    let genesis = genesis(kind).change.as_ref().map(Change::hash);
    read().is_some_and(|deps| deps == genesis.as_ref().map_or(&[][..], |hash| &hash.0[..]))
}

/// The hash under which Automerge knows a change: SHA-256 over chunk type, length and contents, whose
/// first four bytes are the chunk's checksum. Absent when the bytes are not a plain change.
pub fn change_hash(bytes: &[u8]) -> Option<[u8; 32]> {
    Change::from_bytes(bytes.to_vec())
        .ok()
        .map(|change| change.hash().0)
}

/// The changes that a change follows directly. Empty when the bytes are not a plain change.
pub fn followed_changes(bytes: &[u8]) -> Vec<[u8; 32]> {
    Change::from_bytes(bytes.to_vec())
        .map(|change| change.deps().iter().map(|hash| hash.0).collect())
        .unwrap_or_default()
}

/// [`changed_properties`] of an entry's payload that this store has applied before.
pub fn properties_of_payload(kind: RecordKind, payload: &[u8]) -> BTreeSet<String> {
    Change::from_bytes(payload.to_vec())
        .map(|change| changed_properties(kind, &change))
        .unwrap_or_default()
}
