//! Writing edits again that a record lost, because the log they stood in went another way.

use std::collections::BTreeMap;

use automerge::{Change, ChangeHash, ReadDoc};
use serde_json::Value as Json;

use super::document::RecordDoc;
use super::edit::{Edit, EditError, Scalar};
use super::registers::changed_properties;
use super::shape::{Property, Shape};

/// What came of writing edits again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenAgain {
    /// Payloads of the entries that make the edits again, in their order.
    pub payloads: Vec<Vec<u8>>,
    /// Lost changes of which nothing could be written: what they did is with their entries only.
    pub left_out: u64,
}

impl RecordDoc {
    /// Makes the edits of the `lost` changes again under another actor, each at the place it had: after the
    /// changes it followed, beside what others wrote meanwhile. So a value that was written anew elsewhere differs
    /// from the lost one as it would have, and narratives come together as they would have.
    ///
    /// `was` is the record with the lost changes, this document the one without them; `actor` must not have written
    /// in either. Changes are given in the order in which they were made.
    pub fn write_again(&mut self, actor: [u8; 16], was: &RecordDoc, lost: &[Vec<u8>]) -> WrittenAgain {
        let mut again = WrittenAgain::default();
        let mut made: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
        for bytes in lost {
            let Ok(change) = Change::from_bytes(bytes.clone()) else {
                again.left_out += 1;
                continue;
            };
            let place = self.place_of(was, change.deps(), &made);
            match self.write_one_again(actor, was, &change, &place) {
                Ok(payloads) => {
                    let last = payloads
                        .last()
                        .and_then(|bytes| Change::from_bytes(bytes.clone()).ok());
                    made.insert(change.hash(), last.map_or(place, |last| vec![last.hash()]));
                    again.payloads.extend(payloads);
                }
                Err(_) => {
                    made.insert(change.hash(), place);
                    again.left_out += 1;
                }
            }
        }
        again
    }

    /// Where a change that followed `deps` belongs in this document: for a lost one what was made of it, for one
    /// that is not here what it followed itself.
    fn place_of(
        &mut self,
        was: &RecordDoc,
        deps: &[ChangeHash],
        made: &BTreeMap<ChangeHash, Vec<ChangeHash>>,
    ) -> Vec<ChangeHash> {
        let mut place = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut open = deps.to_vec();
        while let Some(dep) = open.pop() {
            if !seen.insert(dep) {
                continue;
            }
            match made.get(&dep) {
                Some(made) => place.extend(made),
                None if self.doc.get_change_meta_by_hash(&dep).is_some() => place.push(dep),
                None => open.extend(
                    was.doc
                        .get_change_by_hash(&dep)
                        .iter()
                        .flat_map(|change| change.deps()),
                ),
            }
        }
        place.sort_unstable();
        place.dedup();
        place
    }

    fn write_one_again(
        &mut self,
        actor: [u8; 16],
        was: &RecordDoc,
        change: &Change,
        place: &[ChangeHash],
    ) -> Result<Vec<Vec<u8>>, EditError> {
        let edits = edits_of(was, change)?;
        let refused = |error: automerge::AutomergeError| EditError::Automerge(error.to_string());
        let mut there = RecordDoc {
            kind: self.kind,
            doc: self.doc.fork_at(place).map_err(refused)?,
        };
        let payloads = there.edit_in_parts(actor, &edits)?;
        for payload in &payloads {
            let change = Change::from_bytes(payload.clone())
                .map_err(|error| EditError::Automerge(error.to_string()))?;
            self.doc.apply_changes([change]).map_err(refused)?;
        }
        Ok(payloads)
    }
}

/// What a change did, as edits: each property that it touched as it stood then.
fn edits_of(was: &RecordDoc, change: &Change) -> Result<Vec<Edit>, EditError> {
    let shape = Shape::of(was.kind);
    let hash = change.hash();
    if was.doc.get_change_by_hash(&hash).is_none() {
        return Err(EditError::Automerge("the change is not there".to_owned()));
    }
    let mut edits = Vec::new();
    for name in changed_properties(was.kind, change) {
        let (root, key) = name.split_once('/').unwrap_or((&name, ""));
        let Some((property, kind)) = shape.named(root) else {
            continue;
        };
        let value = was.value_after(hash.0, &name);
        edits.extend(match (kind, value) {
            (Property::Text(_), Json::String(text)) => Some(Edit::Text { property, text }),
            (Property::Text(_), _) => None,
            (Property::WholeMap { .. }, Json::String(json)) => Some(Edit::Put {
                property,
                key: key.to_owned(),
                json,
            }),
            (Property::WholeMap { .. }, _) => Some(Edit::Remove {
                property,
                key: key.to_owned(),
            }),
            (_, Json::String(text)) => Some(set(property, Scalar::Str(text))),
            (_, Json::Bool(flag)) => Some(set(property, Scalar::Bool(flag))),
            (_, Json::Number(number)) => number.as_i64().map(|number| set(property, Scalar::Int(number))),
            _ => None,
        });
    }
    Ok(edits)
}

fn set(property: &'static str, value: Scalar) -> Edit {
    Edit::Set { property, value }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::record::RecordKind;

    const MINE: [u8; 16] = [1; 16];
    const OTHER: [u8; 16] = [2; 16];
    const AGAIN: [u8; 16] = [3; 16];

    fn begun() -> RecordDoc {
        let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
        let goals = Edit::Text {
            property: "goals",
            text: "Mỗi bản một cụm đèn".into(),
        };
        doc.edit(MINE, &[Edit::line("name", "Ánh sáng"), goals]).unwrap();
        doc
    }

    fn copy(doc: &mut RecordDoc) -> RecordDoc {
        RecordDoc::load(doc.kind(), &doc.save()).unwrap()
    }

    fn text(text: &str) -> Edit {
        Edit::Text {
            property: "goals",
            text: text.into(),
        }
    }

    #[test]
    fn what_was_lost_stands_beside_what_others_wrote_meanwhile() {
        let mut was = begun();
        let mut here = copy(&mut was);
        let lost = [
            was.edit(MINE, &[Edit::line("name", "Thắp sáng"), Edit::int("year", 2026)])
                .unwrap(),
            was.edit(
                MINE,
                &[text("Mỗi bản hai cụm đèn"), Edit::put("figures", "01", &"48/48")],
            )
            .unwrap(),
            was.edit(MINE, &[Edit::line("place", "Bản Lùng")]).unwrap(),
        ]
        .map(Option::unwrap);
        here.edit(
            OTHER,
            &[
                Edit::line("name", "Đường biên"),
                text("Mỗi bản một cụm đèn, có người trông"),
            ],
        )
        .unwrap();
        let again = here.write_again(AGAIN, &was, &lost);
        assert_eq!((again.payloads.len(), again.left_out), (3, 0));
        let state = here.state();
        assert_eq!(state["goals"], "Mỗi bản hai cụm đèn, có người trông");
        assert_eq!(
            (&state["year"], &state["place"]),
            (&2026.into(), &"Bản Lùng".into())
        );
        assert_eq!(state["figures"]["01"], "\"48/48\"");
        let differing = here.differences();
        let names: Vec<&str> = differing.iter().map(|one| one.property.as_str()).collect();
        assert_eq!(
            names,
            ["name"],
            "two names were given apart, and a person is asked"
        );
        assert_eq!(differing[0].versions.len(), 2);
    }

    #[test]
    fn a_lost_record_is_written_again_from_its_first_change_on() {
        let mut was = begun();
        was.edit(MINE, &[Edit::line("name", "Thắp sáng")]).unwrap();
        let lost: Vec<Vec<u8>> = was
            .changes()
            .iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect();
        let mut here = RecordDoc::new(RecordKind::Registration).unwrap();
        let again = here.write_again(AGAIN, &was, &lost);
        assert_eq!((again.payloads.len(), again.left_out), (2, 0));
        assert_eq!(here.canonical_state(), was.canonical_state());
        assert!(here.differences().is_empty());
        assert!(crate::record::begins_record(
            RecordKind::Registration,
            &again.payloads[0]
        ));
    }

    #[test]
    fn a_change_that_the_record_never_had_is_left_out() {
        let mut was = begun();
        let mut stranger = copy(&mut was);
        let lost = stranger
            .edit(OTHER, &[Edit::line("name", "Lạ")])
            .unwrap()
            .unwrap();
        let mut here = copy(&mut was);
        let before = here.canonical_state();
        let again = here.write_again(AGAIN, &was, &[lost, vec![1, 2, 3]]);
        assert_eq!((again.payloads.len(), again.left_out), (0, 2));
        assert_eq!(here.canonical_state(), before);
    }

    #[test]
    fn what_the_other_branch_wrote_under_the_same_actor_is_no_hindrance() {
        let mut was = begun();
        let mut here = copy(&mut was);
        let lost = was.edit(MINE, &[Edit::line("name", "Máy một")]).unwrap().unwrap();
        here.edit(MINE, &[Edit::line("name", "Máy hai")]).unwrap();
        let again = here.write_again(AGAIN, &was, &[lost]);
        assert_eq!((again.payloads.len(), again.left_out), (1, 0));
        let versions: Vec<Json> = here.differences()[0]
            .versions
            .iter()
            .map(|one| one.value.clone())
            .collect();
        assert_eq!(versions.len(), 2, "{versions:?}");
    }
}
