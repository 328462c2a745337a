//! Edits of this device: from what a person did to changes that fit into entries.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, ChangeHash, ObjId, ROOT, ReadDoc, ScalarValue, Value};

use super::apart::written_apart;
use super::columns;
use super::document::RecordDoc;
use super::edit::{Edit, EditError, Scalar, check_length};
use super::narrative::{Step, steps};
use super::registers::check_change;
use super::shape::{KEPT_FOR_REGISTERS, MAX_DOCUMENT, MAX_OPS_PER_DOCUMENT, Property, Shape};
use crate::journal::MAX_PAYLOAD;

/// Bytes of new text, as [`Step::weight`] counts them, up to which one change is tried.
const ROOM: usize = MAX_PAYLOAD - 8 * 1024;

/// Why a change was not made; the document is as it was before.
enum Unfit {
    /// An edit does not fit the shape.
    Edit(EditError),
    /// The change is larger than an entry or a change may be: it can be made in parts.
    Change,
    /// The document would grow beyond its caps.
    Document,
}

impl From<EditError> for Unfit {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl From<Unfit> for EditError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Edit(error) => error,
            Unfit::Change | Unfit::Document => Self::TooLarge,
        }
    }
}

impl RecordDoc {
    /// Makes one change of all `edits`, or none when they change nothing.
    ///
    /// Returns the change's bytes, the payload of one entry.
    ///
    /// # Errors
    /// When an edit does not fit the shape, or all of them not into one entry; the document is left as it was.
    pub fn edit(&mut self, actor: [u8; 16], edits: &[Edit]) -> Result<Option<Vec<u8>>, EditError> {
        Ok(self.one_change(actor, edits)?)
    }

    /// Makes as few changes of `edits` as fit into entries: one, unless several long narratives are new at
    /// once. A narrative is only divided when it does not fit by itself.
    ///
    /// Returns the payloads in the order of the entries; none when the edits change nothing.
    ///
    /// # Errors
    /// When an edit does not fit the shape, or the document would grow beyond its caps. The document is of no
    /// use then: some of the changes may have been made.
    pub fn edit_in_parts(&mut self, actor: [u8; 16], edits: &[Edit]) -> Result<Vec<Vec<u8>>, EditError> {
        let mut payloads = Vec::new();
        let (mut begin, mut weight) = (0, 0);
        for (at, edit) in edits.iter().enumerate() {
            let more = self.weight(edit)?;
            if at > begin && weight + more > ROOM {
                self.part(actor, &edits[begin..at], &mut payloads)?;
                (begin, weight) = (at, 0);
            }
            weight += more;
        }
        self.part(actor, &edits[begin..], &mut payloads)?;
        Ok(payloads)
    }

    /// A part; in two when it turns out not to fit.
    fn part(
        &mut self,
        actor: [u8; 16],
        edits: &[Edit],
        payloads: &mut Vec<Vec<u8>>,
    ) -> Result<(), EditError> {
        match (self.one_change(actor, edits), edits) {
            (Ok(payload), _) => payloads.extend(payload),
            (Err(Unfit::Change), [Edit::Text { property, text }]) => {
                let steps = self.narrative_steps(property, text)?;
                self.narrative_part(actor, property, &steps, payloads)?;
            }
            (Err(Unfit::Change), [_, _, ..]) => {
                let (first, second) = edits.split_at(edits.len() / 2);
                self.part(actor, first, payloads)?;
                self.part(actor, second, payloads)?;
            }
            (Err(unfit), _) => return Err(unfit.into()),
        }
        Ok(())
    }

    fn narrative_part(
        &mut self,
        actor: [u8; 16],
        property: &'static str,
        steps: &[Step],
        payloads: &mut Vec<Vec<u8>>,
    ) -> Result<(), EditError> {
        let before = self.begin(actor);
        let made = match self.take_steps(property, steps) {
            Ok(()) => self.finish(&before, true),
            Err(error) => Err(self.undo(error)),
        };
        match made {
            Ok(payload) => payloads.extend(payload),
            Err(Unfit::Change) if steps.len() > 1 => {
                let (first, second) = steps.split_at(steps.len() / 2);
                self.narrative_part(actor, property, first, payloads)?;
                self.narrative_part(actor, property, second, payloads)?;
            }
            Err(unfit) => return Err(unfit.into()),
        }
        Ok(())
    }

    fn one_change(&mut self, actor: [u8; 16], edits: &[Edit]) -> Result<Option<Vec<u8>>, Unfit> {
        let before = self.begin(actor);
        for edit in edits {
            if let Err(error) = self.apply_edit(edit) {
                return Err(self.undo(error));
            }
        }
        let narrates = edits.iter().any(|edit| matches!(edit, Edit::Text { .. }));
        self.finish(&before, narrates)
    }

    fn begin(&mut self, actor: [u8; 16]) -> Vec<ChangeHash> {
        self.doc.set_actor(ActorId::from(&actor[..]));
        self.doc.get_heads()
    }

    fn undo(&mut self, error: EditError) -> Unfit {
        self.doc.rollback();
        Unfit::Edit(error)
    }

    /// Commits what was done since [`RecordDoc::begin`], and takes it back when it does not fit.
    fn finish(&mut self, before: &[ChangeHash], narrates: bool) -> Result<Option<Vec<u8>>, Unfit> {
        if self.doc.pending_ops() == 0 {
            return Ok(None);
        }
        // The claimed time is in the entry: a clock inside the document would only cost bytes.
        self.doc.commit_with(CommitOptions::default().with_time(0));
        let change = self
            .doc
            .get_last_local_change()
            .ok_or_else(|| EditError::Automerge("no change".into()))?;
        let unfit = if !self.has_room(narrates) {
            Unfit::Document
        } else if check_change(self.kind, &change).is_err() || change.raw_bytes().len() > MAX_PAYLOAD {
            Unfit::Change
        } else {
            return Ok(Some(change.raw_bytes().to_vec()));
        };
        self.doc = self.doc.fork_at(before).map_err(refused)?;
        Err(unfit)
    }

    /// The document is within its caps, and after a narrative there is room left for the rest of its life.
    fn has_room(&mut self, narrates: bool) -> bool {
        let saved = self.doc.save_nocompress();
        let operations = columns::of_document(&saved).map_or(u64::MAX, |(_, operations)| operations.total());
        let room = |cap: usize| {
            if narrates {
                cap - cap / KEPT_FOR_REGISTERS
            } else {
                cap
            }
        };
        saved.len() <= room(MAX_DOCUMENT) && operations <= room(MAX_OPS_PER_DOCUMENT) as u64
    }

    fn weight(&self, edit: &Edit) -> Result<usize, EditError> {
        const REGISTER: usize = 64;
        Ok(match edit {
            Edit::Text { property, text } => self
                .narrative_steps(property, text)?
                .iter()
                .map(Step::weight)
                .sum(),
            Edit::Put { key, json, .. } => REGISTER + key.len() + json.len(),
            Edit::Set {
                value: Scalar::Str(text),
                ..
            } => REGISTER + text.len(),
            Edit::Set { .. } | Edit::Remove { .. } => REGISTER,
        })
    }

    fn property(&self, name: &'static str) -> Result<Property, EditError> {
        Shape::of(self.kind)
            .property(name)
            .ok_or(EditError::Property(name))
    }

    fn apply_edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Set { property, value } => {
                let kind = self.property(property)?;
                let scalar = match (kind, value) {
                    (Property::Line(_) | Property::Whole(_), Scalar::Str(text)) => {
                        check_length(property, text.len(), kind)?;
                        ScalarValue::Str(text.as_str().into())
                    }
                    (Property::Int, Scalar::Int(number)) => ScalarValue::Int(*number),
                    (Property::Flag, Scalar::Bool(flag)) => ScalarValue::Boolean(*flag),
                    _ => return Err(EditError::Property(property)),
                };
                self.put_if_changed(&ROOT, property, scalar)
            }
            Edit::Text { property, text } => {
                let steps = self.narrative_steps(property, text)?;
                if steps.is_empty() && self.is_asked_about(property) {
                    return self.confirm(property);
                }
                self.take_steps(property, &steps)
            }
            Edit::Put { property, key, json } => {
                let kind = self.property(property)?;
                check_length(property, json.len(), kind)?;
                let container = self.container(property)?;
                if let Property::WholeMap { most, .. } = kind {
                    let known = self.doc.get(&container, key.as_str()).map_err(refused)?.is_some();
                    if !known && self.doc.length(&container) >= most {
                        return Err(EditError::TooMany { property, most });
                    }
                }
                self.put_if_changed(&container, key, ScalarValue::Str(json.as_str().into()))
            }
            Edit::Remove { property, key } => {
                let container = self.container(property)?;
                if self.doc.get(&container, key.as_str()).map_err(refused)?.is_some() {
                    self.doc.delete(&container, key.as_str()).map_err(refused)?;
                }
                Ok(())
            }
        }
    }

    fn narrative_steps(&self, property: &'static str, text: &str) -> Result<Vec<Step>, EditError> {
        check_length(property, text.len(), self.property(property)?)?;
        let container = self.container(property)?;
        let held = self.doc.text(&container).map_err(refused)?;
        Ok(steps(&held, text))
    }

    fn take_steps(&mut self, property: &'static str, steps: &[Step]) -> Result<(), EditError> {
        let container = self.container(property)?;
        for step in steps {
            let delete = isize::try_from(step.delete).unwrap_or(isize::MAX);
            self.doc
                .splice_text(&container, step.at, delete, &step.insert)
                .map_err(refused)?;
        }
        Ok(())
    }

    /// Devices wrote this narrative while apart and a person is asked to look at it.
    fn is_asked_about(&self, property: &str) -> bool {
        let apart = written_apart(self.kind, &self.doc);
        apart
            .get(property)
            .is_some_and(|apart| !apart.versions.is_empty())
    }

    /// A change of the narrative that leaves it as it is: whoever makes it has seen what it follows.
    fn confirm(&mut self, property: &'static str) -> Result<(), EditError> {
        let container = self.container(property)?;
        self.doc.splice_text(&container, 0, 0, " ").map_err(refused)?;
        self.doc.splice_text(&container, 0, 1, "").map_err(refused)
    }

    /// Automerge would record an equal value again; that would be an edit nobody made.
    fn put_if_changed(&mut self, object: &ObjId, key: &str, value: ScalarValue) -> Result<(), EditError> {
        let held = self.doc.get_all(object, key).map_err(refused)?;
        if let [(Value::Scalar(held), _)] = held.as_slice()
            && held.as_ref() == &value
        {
            return Ok(());
        }
        // A decision for the shown value must be a value of its own. Automerge would only take the others
        // away, and a decision for another value, made elsewhere meanwhile, would silently win over it.
        if held.len() > 1 {
            self.doc.delete(object, key).map_err(refused)?;
        }
        self.doc.put(object, key, value).map_err(refused)
    }

    fn container(&self, property: &'static str) -> Result<ObjId, EditError> {
        match self.doc.get(ROOT, property).map_err(refused)? {
            Some((Value::Object(_), id)) => Ok(id),
            _ => Err(EditError::Property(property)),
        }
    }
}

fn refused(error: automerge::AutomergeError) -> EditError {
    EditError::Automerge(error.to_string())
}
