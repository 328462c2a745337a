//! A change's operations read off its columns: what each writes to, under which key, and how much. Automerge
//! decodes a change into operations that own all they name, which costs as much as the rest of a document's trial.
//!
//! Only what a record may contain is read here. Whatever else a change holds gives nothing, and Automerge's own
//! decoding has the word.

use super::columns::{after_header, column_lengths, number, signed, skip_number};
use crate::codec::Reader;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operation<'a> {
    /// Actor and counter of the operation that made the object written to; absent for the root.
    pub object: Option<(&'a [u8], u64)>,
    /// Name of the property or key of the map; absent in a text.
    pub key: Option<&'a str>,
    /// What it does there.
    pub action: Action,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Puts a string of so many bytes.
    Text(usize),
    /// Puts a whole number.
    Int,
    /// Puts true or false.
    Flag,
    /// Removes.
    Delete,
    /// Anything else.
    Other,
}

impl Action {
    /// Of its number and of the type of its value, whose lower four bits are the type, the others the length.
    pub fn of(action: u64, value: u64) -> Self {
        match (action, value & 0xf) {
            (DELETE, _) => Self::Delete,
            (PUT, 1 | 2) => Self::Flag,
            (PUT, 4) => Self::Int,
            (PUT, 6) => usize::try_from(value >> 4).map_or(Self::Other, Self::Text),
            _ => Self::Other,
        }
    }
}

// Column specifications: number of the column (four bits up), type (three bits). Those of what follows what and
// of where in a text are not read.
pub(super) const OBJECT_ACTOR: u64 = 0x01;
pub(super) const OBJECT_COUNTER: u64 = 0x02;
pub(super) const KEY_ACTOR: u64 = 0x11;
pub(super) const KEY_COUNTER: u64 = 0x13;
pub(super) const KEY: u64 = 0x15;
pub(super) const INSERT: u64 = 0x34;
pub(super) const ACTION: u64 = 0x42;
pub(super) const VALUE_TYPE: u64 = 0x56;
pub(super) const VALUE: u64 = 0x57;
pub(super) const PREDECESSORS: [u64; 3] = [0x70, 0x71, 0x73];

pub(super) const MAKE_MAP: u64 = 0;
const PUT: u64 = 1;
pub(super) const DELETE: u64 = 3;
pub(super) const MAKE_TEXT: u64 = 4;

/// Operations of a plain change chunk, in order. The caller knows how many there are.
pub(super) struct Operations<'a> {
    /// The change's own actor first.
    actors: Vec<&'a [u8]>,
    object_actor: Column<'a, u64>,
    object_counter: Column<'a, u64>,
    key: Column<'a, &'a str>,
    action: Column<'a, u64>,
    value_type: Column<'a, u64>,
}

impl<'a> Operations<'a> {
    /// Absent when the chunk has another layout, or columns that no operation of a record needs.
    pub fn of_change(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = after_header(bytes)?;
        let deps = reader.count(32, "dependencies").ok()?;
        reader.take(deps * 32, "dependencies").ok()?;
        let mut actors = vec![reader.bytes(usize::MAX, "actor").ok()?];
        for _sequence_start_and_time in 0..3 {
            skip_number(&mut reader)?;
        }
        reader.bytes(usize::MAX, "message").ok()?;
        for _ in 0..reader.count(1, "actors").ok()? {
            actors.push(reader.bytes(usize::MAX, "actor").ok()?);
        }
        let mut operations = Self {
            actors,
            object_actor: Column::empty(number),
            object_counter: Column::empty(number),
            key: Column::empty(text),
            action: Column::empty(number),
            value_type: Column::empty(number),
        };
        let mut before = None;
        for (specification, length) in column_lengths(&mut reader)? {
            // In order, each once: with two columns of one name it would matter which is read.
            if before.is_some_and(|before| specification <= before) {
                return None;
            }
            before = Some(specification);
            let column = reader.take(length, "column").ok()?;
            match specification {
                OBJECT_ACTOR => operations.object_actor = Column::of(column, number),
                OBJECT_COUNTER => operations.object_counter = Column::of(column, number),
                KEY => operations.key = Column::of(column, text),
                ACTION => operations.action = Column::of(column, number),
                VALUE_TYPE => operations.value_type = Column::of(column, number),
                KEY_ACTOR | KEY_COUNTER | INSERT | VALUE => {}
                other if PREDECESSORS.contains(&other) => {}
                _ => return None,
            }
        }
        Some(operations)
    }

    /// The next operation. Absent when its columns cannot be read.
    pub fn next(&mut self) -> Option<Operation<'a>> {
        let object = match (self.object_actor.next()?, self.object_counter.next()?) {
            (None, None) => None,
            (Some(actor), Some(counter)) => Some((*self.actors.get(usize::try_from(actor).ok()?)?, counter)),
            _ => return None,
        };
        let key = self.key.next()?;
        let value = self.value_type.next()?;
        let action = Action::of(self.action.next()??, value.unwrap_or(0));
        Some(Operation { object, key, action })
    }
}

/// A run-length column, row by row.
struct Column<'a, T> {
    reader: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Option<T>,
    left: u64,
    of: Run<T>,
}

enum Run<T> {
    Nothing,
    Same(T),
    /// Each row with a value of its own.
    Each,
}

impl<'a, T: Copy> Column<'a, T> {
    fn of(bytes: &'a [u8], read: fn(&mut Reader<'a>) -> Option<T>) -> Self {
        Self {
            reader: Reader::new(bytes),
            read,
            left: 0,
            of: Run::Nothing,
        }
    }

    fn empty(read: fn(&mut Reader<'a>) -> Option<T>) -> Self {
        Self::of(&[], read)
    }

    /// The value of the next row, if it has one. A column that has ended has none. Absent when it is damaged.
    fn next(&mut self) -> Option<Option<T>> {
        if self.left == 0 {
            if self.reader.left() == 0 {
                return Some(None);
            }
            let length = signed(&mut self.reader)?;
            (self.left, self.of) = match length {
                0 => (number(&mut self.reader)?, Run::Nothing),
                1.. => (length.unsigned_abs(), Run::Same((self.read)(&mut self.reader)?)),
                _ => (length.unsigned_abs(), Run::Each),
            };
            if self.left == 0 {
                return None;
            }
        }
        self.left -= 1;
        Some(match self.of {
            Run::Nothing => None,
            Run::Same(value) => Some(value),
            Run::Each => Some((self.read)(&mut self.reader)?),
        })
    }
}

fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    reader.text(usize::MAX, "key").ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use automerge::legacy::{Key, ObjectId, OpType};
    use automerge::{Change, ScalarValue};

    use super::super::document::RecordDoc;
    use super::super::edit::Edit;
    use super::super::kind::RecordKind;
    use super::*;

    /// What is read off the columns is what Automerge decodes.
    fn is_read_as_decoded(bytes: &[u8]) {
        let change = Change::from_bytes(bytes.to_vec()).unwrap();
        let decoded = change.decode().operations;
        let mut operations = Operations::of_change(bytes).unwrap();
        for op in &decoded {
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
            assert_eq!(operations.next(), Some(Operation { object, key, action }));
        }
    }

    #[test]
    fn a_change_reads_as_automerge_decodes_it() {
        let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
        let goals = |text: &str| Edit::Text {
            property: "goals",
            text: text.to_owned(),
        };
        let figure = |raw: &str| Edit::put("figures", "01", &serde_json::json!({ "raw": raw }));
        let edits = [
            vec![
                goals("Thắp sáng đường biên"),
                Edit::int("year", -2026),
                Edit::line("name", "Đèn"),
            ],
            vec![
                goals("Thắp sáng bản"),
                figure("48/48"),
                Edit::put("figures", "02", &serde_json::json!({})),
            ],
            vec![goals(""), figure(&"9".repeat(300)), Edit::line("place", "")],
        ];
        for (at, edits) in edits.iter().enumerate() {
            let payload = doc.edit([at as u8 + 1; 16], edits).unwrap().unwrap();
            is_read_as_decoded(&payload);
        }
        for change in doc.changes() {
            is_read_as_decoded(change.raw_bytes());
        }
        for kind in RecordKind::ALL {
            if let Some(genesis) = super::super::genesis::genesis_change(kind) {
                is_read_as_decoded(genesis);
            }
        }
    }

    #[test]
    fn a_column_that_names_a_run_of_none_or_ends_in_the_middle_is_damaged() {
        let next = |bytes: &[u8]| Column::of(bytes, number).next();
        assert_eq!(next(&[]), Some(None), "no column, no values");
        assert_eq!(next(&[0x00, 0x00]), None);
        assert_eq!(next(&[0x02]), None);
        assert_eq!(next(&[0x7f]), None);
        let mut column = Column::of(&[0x02, 0x05, 0x00, 0x01, 0x7f, 0x09], number);
        let rows: Vec<_> = (0..5).map(|_| column.next()).collect();
        assert_eq!(
            rows,
            [
                Some(Some(5)),
                Some(Some(5)),
                Some(None),
                Some(Some(9)),
                Some(None)
            ]
        );
    }
}
