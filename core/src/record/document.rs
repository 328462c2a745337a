//! A record's document in memory.

use automerge::{
    AutoCommit, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, ScalarValueRef, Value,
    ValueRef,
};
use serde_json::{Map, Value as Json};

use super::apart::{WrittenApart, written_apart};
use super::genesis::genesis;
use super::kind::RecordKind;
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
    /// Hash of the Automerge change that wrote it; [`NOBODYS`] for the text that narratives written apart give
    /// together.
    pub change: [u8; 32],
}

/// Most earlier values of a register that are looked at.
const MOST_EARLIER: usize = 16;

/// Stands for a change where a text was written by nobody: it is what several texts give together.
pub const NOBODYS: [u8; 32] = [0; 32];

/// A record's Automerge document. Load only what this device saved itself or what has passed the
/// gauntlet: foreign bytes can stop the process (`reliability-security` §0).
pub struct RecordDoc {
    pub(super) kind: RecordKind,
    pub(super) doc: AutoCommit,
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
        hash.is_none_or(|hash| self.doc.get_change_meta_by_hash(&hash).is_some())
    }

    /// All changes that `change` follows are here.
    pub fn has_deps_of(&mut self, change: &Change) -> bool {
        change
            .deps()
            .iter()
            .all(|dep| self.doc.get_change_meta_by_hash(dep).is_some())
    }

    /// This change is here already.
    pub fn has(&mut self, change: &Change) -> bool {
        self.doc.get_change_meta_by_hash(&change.hash()).is_some()
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
        self.apply_all([change])
    }

    /// Applies changes, each behind what it follows.
    ///
    /// # Errors
    /// When Automerge refuses one.
    pub fn apply_all(&mut self, changes: impl IntoIterator<Item = Change> + Clone) -> Result<(), BadRecord> {
        self.doc.apply_changes(changes).map_err(bad)
    }

    /// The state as plain JSON: texts as strings, maps as objects of strings. A narrative written apart is shown
    /// as its texts give it together.
    pub fn state(&self) -> Json {
        let mut state = Map::new();
        let apart = written_apart(self.kind, &self.doc);
        for item in self.doc.map_range(ROOT, ..) {
            let json = match &item.value {
                ValueRef::Object(ObjType::Text) => Json::String(match apart.get(item.key.as_ref()) {
                    Some(apart) => apart.shown.clone(),
                    None => self.doc.text(item.id()).unwrap_or_default(),
                }),
                ValueRef::Object(_) => {
                    let mut object = Map::new();
                    for inner in self.doc.map_range(item.id(), ..) {
                        if let ValueRef::Scalar(scalar) = &inner.value {
                            object.insert(inner.key.to_string(), plain_ref(scalar));
                        }
                    }
                    Json::Object(object)
                }
                ValueRef::Scalar(scalar) => plain_ref(scalar),
            };
            state.insert(item.key.to_string(), json);
        }
        Json::Object(state)
    }

    /// [`RecordDoc::state`] as canonical JSON.
    pub fn canonical_state(&self) -> String {
        canonical_json(&self.state())
    }

    /// What `property` or `property/key` held once a change was made, for a record's history: null where nothing
    /// stood, or where the change is not here.
    pub fn value_after(&self, change: [u8; 32], property: &str) -> Json {
        let heads = [ChangeHash(change)];
        let (root, key) = property.split_once('/').unwrap_or((property, ""));
        let found = match self.doc.get(ROOT, root) {
            Ok(Some((Value::Object(automerge::ObjType::Text), id))) => {
                return self.doc.text_at(&id, &heads).map_or(Json::Null, Json::String);
            }
            Ok(Some((Value::Object(_), id))) => self.doc.get_at(&id, key, &heads),
            _ => self.doc.get_at(ROOT, root, &heads),
        };
        match found {
            Ok(Some((Value::Scalar(scalar), _))) => plain(&scalar),
            _ => Json::Null,
        }
    }

    /// The properties whose content differs between devices. Equal values are none. A narrative is one of them
    /// when several devices wrote at the same place of it and nobody has saved it since: the first version is the
    /// text they give together.
    pub fn differences(&self) -> Vec<DifferingProperty> {
        let apart = written_apart(self.kind, &self.doc);
        let mut differing: Vec<DifferingProperty> = apart
            .into_iter()
            .filter_map(|(name, apart)| merged_text(name, apart))
            .collect();
        for item in self.doc.map_range(ROOT, ..) {
            if item.conflict {
                self.difference_at(&ROOT, &item.key, &item.key, &mut differing);
            }
            if let ValueRef::Object(ObjType::Map) = item.value {
                let id = item.id();
                for inner in self.doc.map_range(&id, ..).filter(|inner| inner.conflict) {
                    let name = format!("{}/{}", item.key, inner.key);
                    self.difference_at(&id, &inner.key, &name, &mut differing);
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
        if let Some(shown) = versions.first().cloned() {
            let was_before = |version: &VersionOf| self.was_before(object, key, &shown, &version.value);
            versions.retain(|version| *version == shown || !was_before(version));
        }
        if versions.len() > 1 {
            differing.push(DifferingProperty {
                property: name.to_owned(),
                versions,
            });
        }
    }

    /// The author of the shown version had written the other value before it: two devices that carried a model
    /// over, or wrote the same, and of which one went on, do not differ.
    fn was_before(&self, object: &ObjId, key: &str, shown: &VersionOf, other: &Json) -> bool {
        let mut newer = ChangeHash(shown.change);
        for _ in 0..MOST_EARLIER {
            let Some(change) = self.doc.get_change_by_hash(&newer) else {
                return false;
            };
            let before = self
                .doc
                .get_all_at(object, key, change.deps())
                .unwrap_or_default();
            let [(Value::Scalar(value), id)] = before.as_slice() else {
                return false;
            };
            if plain(value) == *other {
                return true;
            }
            let Some(hash) = self.doc.hash_for_opid(id) else {
                return false;
            };
            newer = hash;
        }
        false
    }
}

fn merged_text(name: &str, apart: WrittenApart) -> Option<DifferingProperty> {
    let mut versions = apart.versions;
    if versions.is_empty() {
        return None;
    }
    let shown = Json::String(apart.shown);
    match versions.iter().position(|version| version.value == shown) {
        Some(at) => versions[..=at].rotate_right(1),
        None => versions.insert(
            0,
            VersionOf {
                value: shown,
                change: NOBODYS,
            },
        ),
    }
    Some(DifferingProperty {
        property: name.to_owned(),
        versions,
    })
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

fn plain_ref(scalar: &ScalarValueRef<'_>) -> Json {
    match scalar {
        ScalarValueRef::Str(text) => Json::String(text.to_string()),
        ScalarValueRef::Int(number) => Json::from(*number),
        ScalarValueRef::Uint(number) => Json::from(*number),
        ScalarValueRef::Boolean(flag) => Json::Bool(*flag),
        _ => Json::Null,
    }
}

fn bad(error: automerge::AutomergeError) -> BadRecord {
    BadRecord(error.to_string())
}
