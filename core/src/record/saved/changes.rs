//! The changes of a saved document by one author, made again from its rows.

use super::super::genesis::{GENESIS_ACTOR, genesis};
use super::super::kind::RecordKind;
use super::super::operations::{
    ACTION, INSERT, KEY, KEY_ACTOR, KEY_COUNTER, OBJECT_ACTOR, OBJECT_COUNTER, PREDECESSORS, VALUE,
    VALUE_TYPE,
};
use super::super::shape::{MAX_OPS_PER_CHANGE, MAX_OPS_PER_DOCUMENT};
use super::column::{Differences, Runs};
use super::encode;
use super::layout::{CHANGE, Columns, chunk};
use super::rows::{Actors, Counter, Place, Row};
use crate::codec::{Reader, Writer};

const ACTOR: u64 = 0x01;
const SEQUENCE: u64 = 0x03;
const LAST_OPERATION: u64 = 0x13;
const TIME: u64 = 0x23;
const FOLLOWS_COUNT: u64 = 0x40;
const FOLLOWS: u64 = 0x43;
const EXTRA_TYPE: u64 = 0x56;
/// Type of no bytes at all.
const NO_BYTES: u64 = 7;

/// What a document says of one of its author's changes.
#[derive(Debug, Clone, Copy)]
struct Meta {
    sequence: u64,
    last_operation: Counter,
}

/// The author's changes as they stand in the document, and the last operation of the genesis.
///
/// Absent when the genesis is not the first, or a change follows another than the one before it, or says anything
/// else.
fn metas(kind: RecordKind, actors: &Actors<'_>, mut columns: Columns<'_>) -> Option<(Counter, Vec<Meta>)> {
    let mut actor = Runs::<u64>::of(columns.take(ACTOR));
    let mut sequence = Differences::of(columns.take(SEQUENCE));
    let mut last_operation = Differences::of(columns.take(LAST_OPERATION));
    let mut time = Differences::of(columns.take(TIME));
    let mut follows_count = Runs::<u64>::of(columns.take(FOLLOWS_COUNT));
    let mut follows = Differences::of(columns.take(FOLLOWS));
    let mut extra = Runs::<u64>::of(columns.take(EXTRA_TYPE));
    if !columns.is_empty() {
        return None;
    }
    let mut metas: Vec<Meta> = Vec::new();
    let mut genesis_ends = 0;
    let mut number = 0;
    while !actor.has_ended() {
        let by = actor.next()??;
        let meta = Meta {
            sequence: u64::try_from(sequence.next()??).ok()?,
            last_operation: u64::try_from(last_operation.next()??).ok()?,
        };
        // No device says a time here. Automerge adds up others in another way and may not read them at all.
        if time.next()?? != 0 {
            return None;
        }
        let follows_the_last = match follows_count.next()?? {
            0 => number == 0,
            1 => follows.next()?? == number - 1,
            _ => false,
        };
        if !follows_the_last || extra.next()?? != NO_BYTES {
            return None;
        }
        match &genesis(kind).change {
            Some(change) if number == 0 => {
                let is_it = Some(by) == actors.genesis
                    && (meta.sequence, meta.last_operation) == (change.seq(), change.max_op());
                genesis_ends = is_it.then_some(meta.last_operation)?;
            }
            _ => {
                let before = metas.last().copied().unwrap_or(Meta {
                    sequence: 0,
                    last_operation: genesis_ends,
                });
                let is_next = by == actors.author
                    && meta.sequence == before.sequence + 1
                    && meta.last_operation > before.last_operation
                    && meta.last_operation - before.last_operation <= MAX_OPS_PER_CHANGE as u64
                    && meta.last_operation <= MAX_OPS_PER_DOCUMENT as u64;
                metas.push(is_next.then_some(meta)?);
            }
        }
        number += 1;
    }
    let have_ended = [sequence, last_operation, time, follows]
        .iter()
        .all(Differences::has_ended)
        && follows_count.has_ended()
        && extra.has_ended();
    have_ended.then_some((genesis_ends, metas))
}

/// The bytes of the author's changes, each behind the one that it follows, and the hash of the last.
///
/// Absent when an operation is missing or there twice, or a change says what [`metas`] does not read.
pub(super) fn changes(
    kind: RecordKind,
    actors: &Actors<'_>,
    columns: Columns<'_>,
    rows: &[Row<'_>],
) -> Option<(Vec<Vec<u8>>, [u8; 32])> {
    let (genesis_ends, metas) = metas(kind, actors, columns)?;
    let count = usize::try_from(metas.last()?.last_operation - genesis_ends).ok()?;
    if rows.len() != count {
        return None;
    }
    let mut by_id: Vec<Option<&Row<'_>>> = vec![None; count];
    for row in rows {
        let at = usize::try_from(row.id.checked_sub(genesis_ends + 1)?).ok()?;
        let place = by_id.get_mut(at)?;
        if place.replace(row).is_some() {
            return None;
        }
    }
    let by_id: Vec<&Row<'_>> = by_id.into_iter().collect::<Option<_>>()?;
    let mut follows = genesis(kind).change.as_ref().map(|change| change.hash().0);
    let mut changes = Vec::with_capacity(metas.len());
    let mut first = 0;
    for meta in metas {
        let end = usize::try_from(meta.last_operation - genesis_ends).ok()?;
        let contents = contents(actors, &meta, follows.as_ref(), by_id.get(first..end)?);
        let (bytes, hash) = chunk(CHANGE, &contents);
        follows = Some(hash);
        changes.push(bytes);
        first = end;
    }
    Some((changes, follows?))
}

/// Numbers of actors in a change: its own, and behind it the others that it names.
const OWN: u64 = 0;
const GENESIS: u64 = 1;

fn contents(actors: &Actors<'_>, meta: &Meta, follows: Option<&[u8; 32]>, rows: &[&Row<'_>]) -> Vec<u8> {
    let mut object_actor = encode::Runs::new();
    let mut object_counter = encode::Runs::new();
    let mut key_actor = encode::Runs::new();
    let mut key_counter = encode::Differences::new();
    let mut key = encode::Runs::new();
    let mut insert = encode::Flags::new();
    let mut action = encode::Runs::new();
    let mut value_type = encode::Runs::new();
    let mut values = Vec::new();
    let mut previous_count = encode::Runs::new();
    let mut previous_actor = encode::Runs::new();
    let mut previous_counter = encode::Differences::new();
    let mut names_genesis = false;
    for row in rows {
        let object = (row.object > 0).then_some(row.object);
        names_genesis |= object.is_some();
        object_actor.push(object.map(|_| GENESIS));
        object_counter.push(object);
        let (name, letter) = match row.place {
            Place::Key(name) => (Some(name), None),
            Place::Letter(letter) => (None, Some(letter)),
        };
        key_actor.push(letter.filter(|letter| *letter > 0).map(|_| OWN));
        key_counter.push(letter.map(|letter| letter as i64));
        key.push(name);
        insert.push(row.puts_letter());
        action.push(Some(row.action));
        value_type.push(Some(row.value_type));
        values.extend_from_slice(row.value);
        previous_count.push(Some(u64::from(row.previous > 0)));
        if row.previous > 0 {
            previous_actor.push(Some(OWN));
            previous_counter.push(Some(row.previous as i64));
        }
    }
    let [previous_count_at, previous_actor_at, previous_counter_at] = PREDECESSORS;
    let columns = [
        (OBJECT_ACTOR, object_actor.finish_unless_empty()),
        (OBJECT_COUNTER, object_counter.finish_unless_empty()),
        (KEY_ACTOR, key_actor.finish_unless_empty()),
        (KEY_COUNTER, key_counter.finish_unless_empty()),
        (KEY, key.finish_unless_empty()),
        (INSERT, insert.finish()),
        (ACTION, action.finish()),
        (VALUE_TYPE, value_type.finish()),
        (VALUE, values),
        (previous_count_at, previous_count.finish()),
        (previous_actor_at, previous_actor.finish()),
        (previous_counter_at, previous_counter.finish_unless_empty()),
    ];
    let mut contents = Writer::new();
    contents.varint(u64::from(follows.is_some()));
    follows.map(|hash| contents.put(hash));
    contents
        .bytes(actors.author_id)
        .varint(meta.sequence)
        .varint(rows.first().map_or(0, |row| row.id));
    // Its time, and no message.
    contents.u8(0).bytes(&[]).varint(u64::from(names_genesis));
    if names_genesis {
        contents.bytes(GENESIS_ACTOR);
    }
    let written = || columns.iter().filter(|(_, bytes)| !bytes.is_empty());
    contents.varint(written().count() as u64);
    for (specification, bytes) in written() {
        contents.varint(*specification).varint(bytes.len() as u64);
    }
    for (_, bytes) in written() {
        contents.put(bytes);
    }
    contents.finish()
}

/// An integer as a value holds it.
pub(super) fn integer(value: &[u8]) -> Option<i64> {
    let mut reader = Reader::new(value);
    let number = super::column::signed(&mut reader)?;
    reader.end("integer").ok().map(|()| number)
}
