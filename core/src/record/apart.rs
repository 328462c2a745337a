//! Narratives that several devices wrote while apart.
//!
//! Automerge brings letters together wherever they were typed, so two new texts would stand in one another
//! without a seam and nobody would be told. Here the texts as their authors left them are brought together by
//! words, against the text that both began with; where both wrote at the same place, the reader is asked.
//! Everything follows from the changes alone: every device shows the same text and asks the same question.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutoCommit, ChangeHash, ObjId, ROOT, ReadDoc, Value};

use super::document::VersionOf;
use super::kind::RecordKind;
use super::narrative::{Hunk, compare};
use super::registers::changed_properties;
use super::shape::{Property, Shape};

/// Most texts of one narrative that are brought together; more are shown as Automerge has them, and asked
/// about.
const MOST_SIDES: usize = 6;
/// Most earlier meetings that are followed back to find what a text began with.
const MOST_MEETINGS: usize = 16;
/// Most earlier texts of one side that are looked at for one that the other side had too.
const MOST_EARLIER: usize = 64;

/// A narrative whose newest texts do not know of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenApart {
    /// The text that is shown.
    pub shown: String,
    /// The texts as their authors left them, when a person has to look; none when nothing was lost or doubled.
    pub versions: Vec<VersionOf>,
}

/// The narratives of a record that were written apart and not since.
pub(super) fn written_apart(kind: RecordKind, doc: &AutoCommit) -> BTreeMap<&'static str, WrittenApart> {
    let narratives: Vec<&'static str> = Shape::of(kind)
        .properties
        .iter()
        .filter(|(_, property)| matches!(property, Property::Text(_)))
        .map(|(name, _)| *name)
        .collect();
    // Genesis has an actor of its own: two are the record of a single device, which is never apart from itself.
    if narratives.is_empty() || doc.stats().num_actors <= 2 {
        return BTreeMap::new();
    }
    let Some(history) = History::of(kind, doc) else {
        return BTreeMap::new();
    };
    let everything = vec![true; history.nodes.len()];
    narratives
        .into_iter()
        .filter_map(|name| {
            let Ok(Some((Value::Object(_), object))) = doc.get(ROOT, name) else {
                return None;
            };
            let reading = Reading {
                doc,
                history: &history,
                name,
                object,
            };
            Some((name, reading.of(&everything, MOST_MEETINGS)?))
        })
        .collect()
}

struct Node {
    hash: ChangeHash,
    follows: Vec<usize>,
    /// Properties it touches. Not read for what lies before the first parting, because everything follows it.
    touches: BTreeSet<String>,
}

/// The changes of a record, each behind what it follows.
struct History {
    nodes: Vec<Node>,
}

impl History {
    /// Absent when every change follows the one before it.
    fn of(kind: RecordKind, doc: &AutoCommit) -> Option<Self> {
        let mut doc = doc.clone();
        let mut places = BTreeMap::new();
        let mut nodes: Vec<Node> = Vec::new();
        let mut parted_at = None;
        for (at, change) in doc.get_changes_meta(&[]).into_iter().enumerate() {
            let follows: Vec<usize> = change
                .deps
                .iter()
                .filter_map(|dep| places.get(dep).copied())
                .collect();
            let follows_the_last = at == 0 || follows == [at - 1];
            if !follows_the_last && parted_at.is_none() {
                parted_at = Some(follows.iter().copied().min().unwrap_or(0));
            } else if let (Some(parted), Some(first)) = (parted_at, follows.iter().copied().min()) {
                parted_at = Some(parted.min(first));
            }
            places.insert(change.hash, at);
            nodes.push(Node {
                hash: change.hash,
                follows,
                touches: BTreeSet::new(),
            });
        }
        let parted_at = parted_at?;
        for node in nodes.iter_mut().skip(parted_at) {
            if let Some(change) = doc.get_change_by_hash(&node.hash) {
                node.touches = changed_properties(kind, &change);
            }
        }
        Some(Self { nodes })
    }

    /// A change and all that it follows.
    fn past(&self, at: usize) -> Vec<bool> {
        let mut past = vec![false; self.nodes.len()];
        past[at] = true;
        for place in (0..=at).rev() {
            if past[place] {
                for follows in &self.nodes[place].follows {
                    past[*follows] = true;
                }
            }
        }
        past
    }

    /// The changes of a past that nothing in it follows.
    fn heads(&self, past: &[bool]) -> Vec<ChangeHash> {
        let mut is_followed = vec![false; past.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            if past[place] {
                node.follows
                    .iter()
                    .for_each(|follows| is_followed[*follows] = true);
            }
        }
        (0..past.len())
            .filter(|place| past[*place] && !is_followed[*place])
            .map(|place| self.nodes[place].hash)
            .collect()
    }

    /// The changes of a past that touch a property and that no other of them follows, by hash.
    fn newest(&self, past: &[bool], property: &str) -> Vec<usize> {
        let mut is_known = vec![false; past.len()];
        let mut newest = Vec::new();
        for place in (0..past.len()).rev().filter(|place| past[*place]) {
            let node = &self.nodes[place];
            let touches = node.touches.contains(property);
            if touches && !is_known[place] {
                newest.push(place);
            }
            if touches || is_known[place] {
                node.follows.iter().for_each(|follows| is_known[*follows] = true);
            }
        }
        newest.sort_by_key(|place| self.nodes[*place].hash);
        newest
    }
}

struct Reading<'a> {
    doc: &'a AutoCommit,
    history: &'a History,
    name: &'static str,
    object: ObjId,
}

/// One of the texts, and what its author knew.
struct Side {
    version: VersionOf,
    text: String,
    past: Vec<bool>,
}

impl Reading<'_> {
    fn text_at(&self, heads: &[ChangeHash]) -> String {
        self.doc.text_at(&self.object, heads).unwrap_or_default()
    }

    /// Absent when one text knows of all others: it is as its author left it.
    fn of(&self, past: &[bool], meetings: usize) -> Option<WrittenApart> {
        let newest = self.history.newest(past, self.name);
        if newest.len() < 2 {
            return None;
        }
        let sides: Vec<Side> = newest
            .iter()
            .take(MOST_SIDES)
            .map(|place| self.side(*place))
            .collect();
        if newest.len() > MOST_SIDES {
            return Some(WrittenApart {
                shown: self.text_at(&self.history.heads(past)),
                versions: sides.into_iter().map(|side| side.version).collect(),
            });
        }
        let common: Vec<bool> = (0..past.len())
            .map(|place| sides.iter().all(|side| side.past[place]))
            .collect();
        let began = match self.had_by_all(&sides, &common) {
            Some(text) => text,
            None => self.began(&common, meetings),
        };
        let mut distinct: Vec<&Side> = Vec::new();
        for side in &sides {
            if distinct.iter().all(|known| known.text != side.text) {
                distinct.push(side);
            }
        }
        let texts: Vec<&str> = distinct.iter().map(|side| side.text.as_str()).collect();
        let (shown, asks) = meet(&began, &texts);
        let versions = match asks {
            true => distinct.into_iter().map(|side| side.version.clone()).collect(),
            false => Vec::new(),
        };
        Some(WrittenApart { shown, versions })
    }

    fn side(&self, place: usize) -> Side {
        let hash = self.history.nodes[place].hash;
        let text = self.text_at(&[hash]);
        Side {
            version: VersionOf {
                value: serde_json::Value::String(text.clone()),
                change: hash.0,
            },
            text,
            past: self.history.past(place),
        }
    }

    /// The text that all sides began with.
    fn began(&self, common: &[bool], meetings: usize) -> String {
        let earlier = match meetings {
            0 => None,
            _ => self.of(common, meetings - 1),
        };
        match earlier {
            Some(apart) => apart.shown,
            None => self.text_at(&self.history.heads(common)),
        }
    }

    /// The latest text that every side had by itself: two devices that carried a model over, or typed the same,
    /// went on from there, although neither knew of the other.
    fn had_by_all(&self, sides: &[Side], common: &[bool]) -> Option<String> {
        let mut all: Option<BTreeMap<String, usize>> = None;
        for side in sides {
            let mut own: BTreeMap<String, usize> = BTreeMap::new();
            let places = (0..side.past.len()).rev().filter(|place| {
                side.past[*place] && !common[*place] && self.history.nodes[*place].touches.contains(self.name)
            });
            for place in places.take(MOST_EARLIER) {
                let known = self
                    .history
                    .past(place)
                    .into_iter()
                    .filter(|known| *known)
                    .count();
                let age = own
                    .entry(self.text_at(&[self.history.nodes[place].hash]))
                    .or_default();
                *age = (*age).max(known);
            }
            all = Some(match all {
                None => own,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(text, age)| Some((age + own.get(&text)?, text)))
                    .map(|(age, text)| (text, age))
                    .collect(),
            });
        }
        all?.into_iter()
            .max_by(|(one, age), (other, other_age)| age.cmp(other_age).then_with(|| one.cmp(other)))
            .map(|(text, _)| text)
    }
}

/// Brings texts together that began as one, and says whether some of them differ at the same place. There both
/// stand, one under the other.
fn meet(began: &str, texts: &[&str]) -> (String, bool) {
    let old: Vec<char> = began.chars().collect();
    let new: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let mut hunks: Vec<(Hunk, usize)> = Vec::new();
    for (side, text) in new.iter().enumerate() {
        hunks.extend(word_hunks(&old, text).into_iter().map(|hunk| (hunk, side)));
    }
    hunks.sort_by_key(|(hunk, side)| (hunk.old, hunk.old_end, *side));
    let (mut shown, mut asks, mut done) = (String::new(), false, 0);
    let mut hunks = hunks.into_iter().peekable();
    while let Some(first) = hunks.next() {
        let mut place = vec![first];
        while let Some(next) =
            hunks.next_if(|(next, _)| place.iter().any(|(known, _)| is_same_place(known, next)))
        {
            place.push(next);
        }
        let (from, to) = place.iter().fold((usize::MAX, 0), |(from, to), (hunk, _)| {
            (from.min(hunk.old), to.max(hunk.old_end))
        });
        shown.extend(&old[done..from]);
        let mut written: Vec<String> = Vec::new();
        for (side, text) in new.iter().enumerate() {
            let of_side = place.iter().filter(|(_, by)| *by == side).map(|(hunk, _)| hunk);
            if let Some(text) = within(&old, text, (from, to), of_side)
                && !written.contains(&text)
            {
                written.push(text);
            }
        }
        asks |= written.len() > 1;
        shown.push_str(&one_under_the_other(&written));
        done = to;
    }
    shown.extend(&old[done..]);
    (shown, asks)
}

/// What a side made of a part of the text; absent when it left it alone.
fn within<'a>(
    old: &[char],
    new: &[char],
    (from, to): (usize, usize),
    hunks: impl Iterator<Item = &'a Hunk>,
) -> Option<String> {
    let (mut text, mut done, mut any) = (String::new(), from, false);
    for hunk in hunks {
        text.extend(&old[done..hunk.old]);
        text.extend(&new[hunk.new..hunk.new_end]);
        (done, any) = (hunk.old_end, true);
    }
    text.extend(&old[done..to]);
    any.then_some(text)
}

fn one_under_the_other(written: &[String]) -> String {
    let mut all = String::new();
    for text in written {
        if all.trim().is_empty() || text.trim().is_empty() {
            all.push_str(text);
        } else {
            all.truncate(all.trim_end().len());
            all.push('\n');
            all.push_str(text.trim_start());
        }
    }
    all
}

/// Words beside each other can both be changed; what is put in between has no place of its own beside them.
fn is_same_place(one: &Hunk, other: &Hunk) -> bool {
    if one.old == one.old_end || other.old == other.old_end {
        one.old <= other.old_end && other.old <= one.old_end
    } else {
        one.old < other.old_end && other.old < one.old_end
    }
}

/// What differs, in whole words.
fn word_hunks(old: &[char], new: &[char]) -> Vec<Hunk> {
    let mut known = BTreeMap::new();
    let (old_words, old_ends) = pieces(old, &mut known);
    let (new_words, new_ends) = pieces(new, &mut known);
    let Some(hunks) = compare(&old_words, &new_words) else {
        return vec![Hunk {
            old: 0,
            old_end: old.len(),
            new: 0,
            new_end: new.len(),
        }];
    };
    let place = |ends: &[usize], words: usize| if words == 0 { 0 } else { ends[words - 1] };
    hunks
        .into_iter()
        .map(|hunk| Hunk {
            old: place(&old_ends, hunk.old),
            old_end: place(&old_ends, hunk.old_end),
            new: place(&new_ends, hunk.new),
            new_end: place(&new_ends, hunk.new_end),
        })
        .collect()
}

/// Words, and the white space between them, as numbers, and where each ends.
fn pieces<'a>(letters: &'a [char], known: &mut BTreeMap<&'a [char], u32>) -> (Vec<u32>, Vec<usize>) {
    let (mut numbers, mut ends, mut begin) = (Vec::new(), Vec::new(), 0);
    for end in 1..=letters.len() {
        if end == letters.len() || letters[end - 1].is_whitespace() != letters[end].is_whitespace() {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            numbers.push(*known.entry(&letters[begin..end]).or_insert(next));
            ends.push(end);
            begin = end;
        }
    }
    (numbers, ends)
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn what_was_changed_at_different_places_stands_together_and_nobody_is_asked() {
        let (shown, asks) = meet(
            "Mỗi bản một cụm đèn, mỗi quý một buổi",
            &[
                "Mỗi bản hai cụm đèn, mỗi quý một buổi",
                "Mỗi bản một cụm đèn, mỗi tháng một buổi",
            ],
        );
        assert_eq!(shown, "Mỗi bản hai cụm đèn, mỗi tháng một buổi");
        assert!(!asks);
        let (shown, asks) = meet("một hai", &["một HAI", "MỘT hai"]);
        assert_eq!(
            (shown.as_str(), asks),
            ("MỘT HAI", false),
            "words beside each other"
        );
    }

    #[test]
    fn what_was_written_at_the_same_place_stands_one_under_the_other_and_is_asked_about() {
        let cases = [
            (
                "",
                ["Mục tiêu hai khác", "Mục tiêu một"],
                "Mục tiêu hai khác\nMục tiêu một",
            ),
            ("Mở đầu.", ["Mở đầu. Một.", "Mở đầu. Hai."], "Mở đầu. Một.\nHai."),
            ("cũ", ["mới", "khác"], "mới\nkhác"),
            ("bỏ đi", ["", "bỏ lại"], "bỏ lại"),
        ];
        for (began, texts, shown) in cases {
            assert_eq!(meet(began, &texts), (shown.to_owned(), true), "{began}");
        }
    }

    #[test]
    fn the_same_change_twice_is_one_change() {
        let (shown, asks) = meet("một hai", &["một ba", "một ba nữa"]);
        assert!(asks, "{shown}");
        assert_eq!(
            meet("một hai ba", &["một ba", "một ba"]),
            ("một ba".to_owned(), false)
        );
        assert_eq!(meet("một", &["hai"]), ("hai".to_owned(), false));
    }
}
