//! A record's document in memory.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ObjId, ROOT, ReadDoc, ScalarValue, Value};
use serde_json::{Map, Value as Json};

use super::edit::{Edit, EditError, Scalar, check_length};
use super::genesis::genesis;
use super::kind::RecordKind;
use super::shape::{MAX_DOCUMENT, Property, Shape};
use super::state::canonical_json;

/// A saved document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable record: {0}")]
pub struct BadRecord(pub String);

/// A property whose content differs between devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingProperty {
    /// `property` or `property/key`.
    pub property: String,
    /// The values, without repetition; the first is the one every device shows.
    pub versions: Vec<VersionOf>,
}

/// One of the values of a differing property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOf {
    /// The value; absent when this side removed it.
    pub value: Json,
    /// Hash of the Automerge change that wrote it.
    pub change: [u8; 32],
}

/// A record's Automerge document. Load only what this device saved itself or what has passed the
/// gauntlet: foreign bytes can stop the process (`reliability-security` §0).
pub struct RecordDoc {
    kind: RecordKind,
    doc: AutoCommit,
}

impl RecordDoc {
    /// A new record: its genesis and nothing else.
    ///
    /// # Errors
    /// When the genesis cannot be applied, which would be a fault of this program.
    pub fn new(kind: RecordKind) -> Result<Self, BadRecord> {
        let mut doc = AutoCommit::new();
        if let Some(change) = &genesis(kind).change {
            doc.apply_changes([change.clone()]).map_err(bad)?;
        }
        Ok(Self { kind, doc })
    }

    /// Reads what [`RecordDoc::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are not a saved document.
    pub fn load(kind: RecordKind, saved: &[u8]) -> Result<Self, BadRecord> {
        Ok(Self {
            kind,
            doc: AutoCommit::load(saved).map_err(bad)?,
        })
    }

    /// The saved form, uncompressed: batches of documents compress far better as a whole.
    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// Kind of record.
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// Hashes of the newest changes, sorted.
    pub fn heads(&mut self) -> Vec<ChangeHash> {
        let mut heads = self.doc.get_heads();
        heads.sort_unstable();
        heads
    }

    /// All changes but the genesis, in causal order.
    pub fn changes(&mut self) -> Vec<Change> {
        let genesis_hash = genesis(self.kind).change.as_ref().map(Change::hash);
        let changes = self.doc.get_changes(&[]);
        changes
            .into_iter()
            .filter(|change| Some(change.hash()) != genesis_hash)
            .collect()
    }

    /// The genesis of its kind is part of the document (always so for a kind without containers).
    pub fn has_genesis(&mut self) -> bool {
        let hash = genesis(self.kind).change.as_ref().map(Change::hash);
        hash.is_none_or(|hash| self.doc.get_change_by_hash(&hash).is_some())
    }

    /// All changes that `change` follows are here.
    pub fn has_deps_of(&mut self, change: &Change) -> bool {
        change
            .deps()
            .iter()
            .all(|dep| self.doc.get_change_by_hash(dep).is_some())
    }

    /// This change is here already.
    pub fn has(&mut self, change: &Change) -> bool {
        self.doc.get_change_by_hash(&change.hash()).is_some()
    }

    /// This change is here, and the document gives it back byte for byte.
    pub fn gives_back(&mut self, change: &Change) -> bool {
        let held = self.doc.get_change_by_hash(&change.hash());
        held.is_some_and(|held| held.raw_bytes() == change.raw_bytes())
    }

    /// Applies a change whose dependencies are here.
    ///
    /// # Errors
    /// When Automerge refuses it.
    pub fn apply(&mut self, change: Change) -> Result<(), BadRecord> {
        self.doc.apply_changes([change]).map_err(bad)
    }

    /// Makes one change of all `edits`, or none when they change nothing.
    ///
    /// Returns the change's bytes, the payload of one entry.
    ///
    /// # Errors
    /// When an edit does not fit the shape; the document is left as it was.
    pub fn edit(&mut self, actor: [u8; 16], edits: &[Edit]) -> Result<Option<Vec<u8>>, EditError> {
        self.doc.set_actor(ActorId::from(&actor[..]));
        let before = self.doc.get_heads();
        for edit in edits {
            if let Err(error) = self.apply_edit(edit) {
                self.doc.rollback();
                return Err(error);
            }
        }
        if self.doc.pending_ops() == 0 {
            return Ok(None);
        }
        // The claimed time is in the entry: a clock inside the document would only cost bytes.
        self.doc.commit_with(CommitOptions::default().with_time(0));
        let change = self
            .doc
            .get_last_local_change()
            .ok_or_else(|| EditError::Automerge("no change".into()))?;
        let fits = super::registers::check_change(self.kind, &change).is_ok();
        if !fits || self.doc.save_nocompress().len() > MAX_DOCUMENT {
            self.doc = self.doc.fork_at(&before).map_err(refused)?;
            return Err(EditError::TooLarge);
        }
        Ok(Some(change.raw_bytes().to_vec()))
    }

    fn apply_edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        let shape = Shape::of(self.kind);
        match edit {
            Edit::Set { property, value } => {
                let kind = shape.property(property).ok_or(EditError::Property(property))?;
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
                let kind = shape.property(property).ok_or(EditError::Property(property))?;
                check_length(property, text.len(), kind)?;
                let container = self.container(property)?;
                self.doc.update_text(&container, text).map_err(refused)
            }
            Edit::Put { property, key, json } => {
                let kind = shape.property(property).ok_or(EditError::Property(property))?;
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

    /// The state as plain JSON: texts as strings, maps as objects of strings.
    pub fn state(&self) -> Json {
        let mut state = Map::new();
        for key in self.doc.keys(ROOT) {
            let Ok(Some((value, id))) = self.doc.get(ROOT, key.as_str()) else {
                continue;
            };
            let json = match value {
                Value::Object(automerge::ObjType::Text) => {
                    Json::String(self.doc.text(&id).unwrap_or_default())
                }
                Value::Object(_) => {
                    let mut object = Map::new();
                    for inner in self.doc.keys(&id) {
                        if let Ok(Some((Value::Scalar(scalar), _))) = self.doc.get(&id, inner.as_str()) {
                            object.insert(inner, plain(&scalar));
                        }
                    }
                    Json::Object(object)
                }
                Value::Scalar(scalar) => plain(&scalar),
            };
            state.insert(key, json);
        }
        Json::Object(state)
    }

    /// [`RecordDoc::state`] as canonical JSON.
    pub fn canonical_state(&self) -> String {
        canonical_json(&self.state())
    }

    /// The properties whose content differs between devices. Equal values are none.
    pub fn differences(&self) -> Vec<DifferingProperty> {
        let mut differing = Vec::new();
        for key in self.doc.keys(ROOT) {
            self.difference_at(&ROOT, &key, &key, &mut differing);
            if let Ok(Some((Value::Object(automerge::ObjType::Map), id))) = self.doc.get(ROOT, key.as_str()) {
                for inner in self.doc.keys(&id) {
                    self.difference_at(&id, &inner, &format!("{key}/{inner}"), &mut differing);
                }
            }
        }
        differing
    }

    fn difference_at(&self, object: &ObjId, key: &str, name: &str, differing: &mut Vec<DifferingProperty>) {
        let Ok(held) = self.doc.get_all(object, key) else {
            return;
        };
        if held.len() < 2 {
            return;
        }
        // Automerge lists the shown value last.
        let mut versions: Vec<VersionOf> = Vec::new();
        for (value, id) in held.into_iter().rev() {
            let Value::Scalar(scalar) = value else { continue };
            let value = plain(&scalar);
            if versions.iter().any(|version| version.value == value) {
                continue;
            }
            let change = self.doc.hash_for_opid(&id).map(|hash| hash.0).unwrap_or_default();
            versions.push(VersionOf { value, change });
        }
        if versions.len() > 1 {
            differing.push(DifferingProperty {
                property: name.to_owned(),
                versions,
            });
        }
    }
}

fn plain(scalar: &ScalarValue) -> Json {
    match scalar {
        ScalarValue::Str(text) => Json::String(text.to_string()),
        ScalarValue::Int(number) => Json::from(*number),
        ScalarValue::Uint(number) => Json::from(*number),
        ScalarValue::Boolean(flag) => Json::Bool(*flag),
        _ => Json::Null,
    }
}

fn bad(error: automerge::AutomergeError) -> BadRecord {
    BadRecord(error.to_string())
}

fn refused(error: automerge::AutomergeError) -> EditError {
    EditError::Automerge(error.to_string())
}
