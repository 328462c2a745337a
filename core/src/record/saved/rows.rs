//! The operations of a saved document by one author, in the order in which the document has them.

use std::cmp::Ordering;

use super::super::genesis::{GENESIS_ACTOR, genesis};
use super::super::kind::RecordKind;
use super::super::operations::{
    ACTION, DELETE, INSERT, KEY, KEY_ACTOR, KEY_COUNTER, MAKE_MAP, MAKE_TEXT, OBJECT_ACTOR, OBJECT_COUNTER,
    VALUE, VALUE_TYPE,
};
use super::super::shape::Property;
use super::column::{Differences, Flags, Runs};
use super::layout::{Columns, Layout};
use crate::codec::Reader;

const ID_ACTOR: u64 = 0x21;
const ID_COUNTER: u64 = 0x23;
const NEXT_COUNT: u64 = 0x80;
const NEXT_ACTOR: u64 = 0x81;
const NEXT_COUNTER: u64 = 0x83;

/// Counter of an operation; in a record by one author each has another, from one on.
pub(super) type Counter = u64;

/// Where an operation writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A property of the root, or a key of a map.
    Key(&'a str),
    /// In a text: the letter that is deleted, or behind which another is put. Zero is the beginning.
    Letter(Counter),
}

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub id: Counter,
    /// The operation of the genesis that made the object written to; zero is the root.
    pub object: Counter,
    pub place: Place<'a>,
    pub action: u64,
    /// Length (from the fifth bit on) and type.
    pub value_type: u64,
    pub value: &'a [u8],
    /// What wrote over it or deleted it; zero when nothing did.
    pub next: Counter,
    /// What it wrote over or deleted; zero when nothing stood there.
    pub previous: Counter,
}

impl Row<'_> {
    /// What it wrote is there.
    pub fn is_shown(&self) -> bool {
        self.next == 0 && self.action != DELETE
    }

    /// It puts a letter into a text.
    pub fn puts_letter(&self) -> bool {
        matches!(self.place, Place::Letter(_)) && self.action != DELETE
    }

    /// The deletion that came next, which a document tells by its name alone.
    pub fn deletion(&self) -> Self {
        Self {
            id: self.next,
            place: match self.place {
                Place::Letter(_) => Place::Letter(self.id),
                key @ Place::Key(_) => key,
            },
            action: DELETE,
            value_type: 0,
            value: &[],
            next: 0,
            previous: self.id,
            ..*self
        }
    }
}

/// Who is numbered how in a document's columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Actors<'a> {
    /// Number of the genesis actor, for kinds that have a genesis.
    pub genesis: Option<u64>,
    /// Number of the only author.
    pub author: u64,
    pub author_id: &'a [u8; 16],
}

impl<'a> Actors<'a> {
    /// Absent when the document has no author, or several.
    pub fn of(kind: RecordKind, layout: &Layout<'a>) -> Option<Self> {
        let has_genesis = genesis(kind).change.is_some();
        let (genesis, author, author_id) = match *layout.actors.as_slice() {
            [author] if !has_genesis => (None, 0, author),
            [first, author] if has_genesis && first == GENESIS_ACTOR => (Some(0), 1, author),
            [author, last] if has_genesis && last == GENESIS_ACTOR => (Some(1), 0, author),
            _ => return None,
        };
        Some(Self {
            genesis,
            author,
            author_id: author_id.try_into().ok()?,
        })
    }
}

/// The rows of a document by one author, and behind each that was deleted its deletion. The genesis is not among
/// them: it is the one of its kind.
///
/// Absent when anything else is written down, or in another order than Automerge's: objects and keys in theirs, what
/// was written under a key one after the other, letters as it follows from what each was put behind.
pub(super) fn rows<'a>(kind: RecordKind, actors: &Actors<'a>, columns: Columns<'a>) -> Option<Vec<Row<'a>>> {
    let mut cells = Cells::of(columns)?;
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut before: Option<Row<'a>> = None;
    let mut letters = Letters::default();
    let mut made = 0;
    while !cells.id_actor.has_ended() {
        let (mut row, is_genesis) = cells.next(actors)?;
        let in_object = before.filter(|before| before.object == row.object);
        if in_object.is_none() {
            let is_later = before.is_none_or(|before| before.object < row.object);
            let is_text = matches!(container(kind, row.object)?, Some(Property::Text(_)));
            if !is_later || is_text != matches!(row.place, Place::Letter(_)) {
                return None;
            }
            letters = Letters::default();
        }
        let over = match (in_object.map(|before| before.place), row.place) {
            (_, Place::Letter(behind)) => letters.put(behind, row.id).map(|()| None)?,
            (Some(Place::Key(before)), Place::Key(key)) => match before.cmp(key) {
                Ordering::Less => None,
                Ordering::Equal => in_object,
                Ordering::Greater => return None,
            },
            (Some(Place::Letter(_)), Place::Key(_)) => return None,
            (None, Place::Key(_)) => None,
        };
        match over {
            Some(over) if over.next == row.id => row.previous = over.id,
            // Two values beside each other are not of one author who saw the first.
            Some(over) if over.next == 0 || over.next > row.id => return None,
            _ => rows.extend(
                before
                    .filter(|before| before.next != 0)
                    .map(|before| before.deletion()),
            ),
        }
        if row.next != 0 && row.next <= row.id {
            return None;
        }
        if is_genesis {
            made += usize::from(is_of_genesis(kind, &row)?);
        } else {
            rows.push(row);
        }
        before = Some(row);
    }
    rows.extend(
        before
            .filter(|before| before.next != 0)
            .map(|before| before.deletion()),
    );
    (cells.have_ended() && made == genesis(kind).containers.len()).then_some(rows)
}

/// The property that an object is; nothing for the root. Absent when records have no such object.
fn container(kind: RecordKind, object: Counter) -> Option<Option<Property>> {
    match object {
        0 => Some(None),
        made => genesis(kind)
            .containers
            .get(&made)
            .map(|(_, property)| Some(*property)),
    }
}

/// It makes the container that this operation of the genesis makes, and nothing wrote over it.
fn is_of_genesis(kind: RecordKind, row: &Row<'_>) -> Option<bool> {
    let (name, property) = genesis(kind).containers.get(&row.id)?;
    let action = match property {
        Property::Text(_) => MAKE_TEXT,
        _ => MAKE_MAP,
    };
    let is_the_one = row.object == 0
        && row.place == Place::Key(name)
        && (row.action, row.value_type, row.next, row.previous) == (action, 0, 0, 0);
    is_the_one.then_some(true)
}

/// The order of a text: behind a letter stand those that were put there, the newest first, each with what was put
/// behind it.
#[derive(Default)]
struct Letters {
    /// The letter before and those that it stands behind, one behind the other.
    path: Vec<Counter>,
}

impl Letters {
    /// Absent when the letter does not stand here.
    fn put(&mut self, behind: Counter, letter: Counter) -> Option<()> {
        let mut newer = None;
        while self.path.last().is_some_and(|last| *last != behind) {
            newer = self.path.pop();
        }
        let follows = behind == self.path.last().copied().unwrap_or(0);
        let in_turn = newer.is_none_or(|newer| newer > letter);
        if !follows || !in_turn || letter <= behind {
            return None;
        }
        self.path.push(letter);
        Some(())
    }
}

pub(super) struct Cells<'a> {
    pub id_actor: Runs<'a, u64>,
    id_counter: Differences<'a>,
    object_actor: Runs<'a, u64>,
    object_counter: Runs<'a, u64>,
    key_actor: Runs<'a, u64>,
    key_counter: Differences<'a>,
    key: Runs<'a, &'a str>,
    insert: Flags<'a>,
    action: Runs<'a, u64>,
    value_type: Runs<'a, u64>,
    values: Reader<'a>,
    next_count: Runs<'a, u64>,
    next_actor: Runs<'a, u64>,
    next_counter: Differences<'a>,
}

impl<'a> Cells<'a> {
    /// Absent when there is a column that records do not need.
    pub fn of(mut columns: Columns<'a>) -> Option<Self> {
        let cells = Self {
            id_actor: Runs::of(columns.take(ID_ACTOR)),
            id_counter: Differences::of(columns.take(ID_COUNTER)),
            object_actor: Runs::of(columns.take(OBJECT_ACTOR)),
            object_counter: Runs::of(columns.take(OBJECT_COUNTER)),
            key_actor: Runs::of(columns.take(KEY_ACTOR)),
            key_counter: Differences::of(columns.take(KEY_COUNTER)),
            key: Runs::of(columns.take(KEY)),
            insert: Flags::of(columns.take(INSERT)),
            action: Runs::of(columns.take(ACTION)),
            value_type: Runs::of(columns.take(VALUE_TYPE)),
            values: Reader::new(columns.take(VALUE)),
            next_count: Runs::of(columns.take(NEXT_COUNT)),
            next_actor: Runs::of(columns.take(NEXT_ACTOR)),
            next_counter: Differences::of(columns.take(NEXT_COUNTER)),
        };
        columns.is_empty().then_some(cells)
    }

    fn have_ended(&self) -> bool {
        let differences = [&self.id_counter, &self.key_counter, &self.next_counter];
        let numbers = [
            &self.id_actor,
            &self.object_actor,
            &self.object_counter,
            &self.key_actor,
            &self.action,
            &self.value_type,
            &self.next_count,
            &self.next_actor,
        ];
        differences.into_iter().all(Differences::has_ended)
            && numbers.into_iter().all(Runs::has_ended)
            && self.key.has_ended()
            && self.insert.has_ended()
            && self.values.left() == 0
    }

    /// The next row, and whether it is of the genesis. What it wrote over is not known yet.
    pub fn next(&mut self, actors: &Actors<'_>) -> Option<(Row<'a>, bool)> {
        let by = self.id_actor.next()??;
        let is_genesis = Some(by) == actors.genesis;
        if !is_genesis && by != actors.author {
            return None;
        }
        let object = match (self.object_actor.next()?, self.object_counter.next()?) {
            (None, None) => 0,
            (Some(actor), Some(counter @ 1..)) if Some(actor) == actors.genesis => counter,
            _ => return None,
        };
        let place = match (self.key.next()?, self.key_actor.next()?, self.key_counter.next()?) {
            (Some(key), None, None) => Place::Key(key),
            (None, None, Some(0)) => Place::Letter(0),
            (None, Some(actor), Some(counter @ 1..)) if actor == actors.author => {
                Place::Letter(counter.unsigned_abs())
            }
            _ => return None,
        };
        if self.insert.next()? != matches!(place, Place::Letter(_)) {
            return None;
        }
        let value_type = self.value_type.next()??;
        let next = match self.next_count.next()?? {
            0 => 0,
            1 if self.next_actor.next()?? == actors.author => counter(self.next_counter.next()??)?,
            _ => return None,
        };
        let action = self.action.next()??;
        // Deletions are told by their names alone; a row of one would be shown as a value.
        if action == DELETE {
            return None;
        }
        let row = Row {
            id: counter(self.id_counter.next()??)?,
            object,
            place,
            action,
            value_type,
            value: self
                .values
                .take(usize::try_from(value_type >> 4).ok()?, "value")
                .ok()?,
            next,
            previous: 0,
        };
        Some((row, is_genesis))
    }
}

fn counter(value: i64) -> Option<Counter> {
    Counter::try_from(value).ok().filter(|counter| *counter > 0)
}

/// The columns of a document with these rows, for tests of what is not read.
#[cfg(test)]
pub(super) fn written(actors: &Actors<'_>, rows: &[(Row<'_>, bool)]) -> Vec<(u64, Vec<u8>)> {
    use super::encode;

    let by = |is_genesis: bool| {
        if is_genesis {
            actors.genesis
        } else {
            Some(actors.author)
        }
    };
    let letter = |row: &Row<'_>| match row.place {
        Place::Letter(letter) => Some(letter),
        Place::Key(_) => None,
    };
    let numbers = |of: &dyn Fn(&Row<'_>, bool) -> Option<u64>| {
        let mut column = encode::Runs::new();
        rows.iter()
            .for_each(|(row, is_genesis)| column.push(of(row, *is_genesis)));
        column
    };
    let differences = |of: &dyn Fn(&Row<'_>) -> Option<Counter>, only_nexts: bool| {
        let mut column = encode::Differences::new();
        let rows = rows.iter().filter(|(row, _)| !only_nexts || row.next > 0);
        rows.for_each(|(row, _)| column.push(of(row).map(|counter| counter as i64)));
        column
    };
    let mut key = encode::Runs::new();
    let mut insert = encode::Flags::new();
    let mut next_actor = encode::Runs::new();
    for (row, _) in rows {
        key.push(match row.place {
            Place::Key(key) => Some(key),
            Place::Letter(_) => None,
        });
        insert.push(row.puts_letter());
        if row.next > 0 {
            next_actor.push(Some(actors.author));
        }
    }
    let in_object = |row: &Row<'_>| row.object > 0;
    let mut columns = vec![
        (
            OBJECT_ACTOR,
            numbers(&|row, _| actors.genesis.filter(|_| in_object(row))).finish_unless_empty(),
        ),
        (
            OBJECT_COUNTER,
            numbers(&|row, _| Some(row.object).filter(|_| in_object(row))).finish_unless_empty(),
        ),
        (
            KEY_ACTOR,
            numbers(&|row, _| letter(row).filter(|at| *at > 0).map(|_| actors.author)).finish_unless_empty(),
        ),
        (KEY_COUNTER, differences(&letter, false).finish_unless_empty()),
        (KEY, key.finish_unless_empty()),
        (ID_ACTOR, numbers(&|_, is_genesis| by(is_genesis)).finish()),
        (
            ID_COUNTER,
            differences(&|row| Some(row.id), false).finish_unless_empty(),
        ),
        (INSERT, insert.finish()),
        (ACTION, numbers(&|row, _| Some(row.action)).finish()),
        (VALUE_TYPE, numbers(&|row, _| Some(row.value_type)).finish()),
        (
            VALUE,
            rows.iter().flat_map(|(row, _)| row.value.to_vec()).collect(),
        ),
        (
            NEXT_COUNT,
            numbers(&|row, _| Some(u64::from(row.next > 0))).finish(),
        ),
        (NEXT_ACTOR, next_actor.finish()),
        (
            NEXT_COUNTER,
            differences(&|row| Some(row.next), true).finish_unless_empty(),
        ),
    ];
    columns.retain(|(_, bytes)| !bytes.is_empty());
    columns
}
