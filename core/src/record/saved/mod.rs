//! Saved documents read without Automerge: those that one device wrote alone, which nearly all are when they travel
//! whole ([`super::gauntlet`] tries the others).
//!
//! Automerge makes each change of a document again when it loads one, once more when it is asked for them, and does
//! not look whether letters and keys stand in their order: a document of true changes in a false order would show
//! another text than the changes write. Here the columns are read once, in the one form and order in which Automerge
//! writes them; the changes come out of that, and their hashes, each over the one before it, must end in the head that
//! the document names. What is read here is therefore exactly what Automerge would have saved, and may be loaded in
//! any process. What is not read here says nothing of the document.
//!
//! All of it is safe code without recursion; its time and memory are bounded by [`MOST_ROWS`].

mod changes;
mod column;
mod encode;
mod layout;
mod rows;

use serde_json::{Map, Value as Json};

use self::layout::Layout;
use self::rows::{Actors, Counter, Place, Row};
use super::columns;
use super::gauntlet::{Examined, Outcome};
use super::genesis::{GENESIS_ACTOR, genesis};
use super::kind::RecordKind;
use super::operations::{Action, Operation};
use super::registers::fits;
use super::shape::{MAX_DOCUMENT, Property, Shape};
use super::state::canonical_json;
use crate::journal::MAX_PAYLOAD;

/// Most operations, deletions included, that a document may claim: about 10 MB while it is read. A registration whose
/// narratives are all at their caps has more and is tried.
const MOST_ROWS: u64 = 100_000;

/// What [`super::examine`] says of a document of at most `most_changes` beside its genesis, if it can be said without
/// Automerge.
pub fn read_saved(kind: RecordKind, saved: &[u8], most_changes: u64) -> Option<Examined> {
    if kind.is_newer() || saved.len() > MAX_DOCUMENT {
        return None;
    }
    let (changes, operations) = columns::of_document(saved)?;
    // Runs claim much in a few bytes. What devices write takes a byte for each letter and none for its deletion, so that
    // the work stays in proportion to what came.
    let most_rows = MOST_ROWS.min(2 * saved.len() as u64);
    let genesis = u64::from(genesis(kind).change.is_some());
    if operations.total() > most_rows || changes.rows > most_changes.saturating_add(genesis) {
        return None;
    }
    let layout = Layout::of(saved)?;
    let actors = Actors::of(kind, &layout)?;
    let author = *actors.author_id;
    let rows = rows::rows(kind, &actors, layout.operations)?;
    let shape = Shape::of(kind);
    if !rows.iter().all(|row| may_stand(kind, &shape, row)) {
        return None;
    }
    let (changes, head) = changes::changes(kind, &actors, layout.changes, &rows)?;
    let before = u64::from(actors.genesis.is_some());
    let head_is_last = layout.head_at == before + changes.len() as u64 - 1;
    if head != layout.head || !head_is_last || changes.iter().any(|change| change.len() > MAX_PAYLOAD) {
        return None;
    }
    Some(Examined {
        saved: saved.to_vec(),
        state: canonical_json(&state(kind, &rows)?),
        differing: Vec::new(),
        outcomes: vec![Outcome::Applied; changes.len()],
        changes: changes.into_iter().map(|change| (author, change)).collect(),
    })
}

fn may_stand(kind: RecordKind, shape: &Shape, row: &Row<'_>) -> bool {
    let operation = Operation {
        object: (row.object > 0).then_some((&GENESIS_ACTOR[..], row.object)),
        key: match row.place {
            Place::Key(key) => Some(key),
            Place::Letter(_) => None,
        },
        action: Action::of(row.action, row.value_type),
    };
    fits(kind, shape, &operation)
}

/// The state as [`super::RecordDoc::state`] has it. Absent when a value is not what its type says.
fn state(kind: RecordKind, rows: &[Row<'_>]) -> Option<Json> {
    let mut state = Map::new();
    let containers = &genesis(kind).containers;
    let mut at = 0;
    let of_object = |object: Counter, at: &mut usize| {
        let first = *at;
        *at += rows[first..]
            .iter()
            .take_while(|row| row.object == object)
            .count();
        &rows[first..*at]
    };
    put_shown(of_object(0, &mut at), &mut state)?;
    for (object, (name, property)) in containers {
        let written = of_object(*object, &mut at);
        let held = match property {
            Property::Text(_) => Json::String(letters(written)?),
            _ => {
                let mut map = Map::new();
                put_shown(written, &mut map)?;
                Json::Object(map)
            }
        };
        state.insert((*name).to_owned(), held);
    }
    Some(Json::Object(state))
}

fn put_shown(rows: &[Row<'_>], object: &mut Map<String, Json>) -> Option<()> {
    for row in rows {
        let value = plain(row)?;
        if let (true, Place::Key(key)) = (row.is_shown(), row.place) {
            object.insert(key.to_owned(), value);
        }
    }
    Some(())
}

fn letters(rows: &[Row<'_>]) -> Option<String> {
    let mut text = String::new();
    for row in rows {
        let letter = std::str::from_utf8(row.value).ok()?;
        if row.is_shown() {
            text.push_str(letter);
        }
    }
    Some(text)
}

fn plain(row: &Row<'_>) -> Option<Json> {
    match (Action::of(row.action, row.value_type), row.value_type) {
        (Action::Delete, _) => Some(Json::Null),
        (Action::Text(_), _) => Some(Json::String(std::str::from_utf8(row.value).ok()?.to_owned())),
        (Action::Int, _) => changes::integer(row.value).map(Json::from),
        (Action::Flag, 1) => Some(Json::Bool(false)),
        (Action::Flag, 2) => Some(Json::Bool(true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
