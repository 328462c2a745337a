//! The trial that every foreign change passes before it may touch a document.
//!
//! [`examine`] is the pure part. It must run in a process of its own with limits on memory and time:
//! some inputs abort Automerge and cannot be caught (`reliability-security` §0). The device and the
//! server give it jobs over a pipe; see `cotmoc-ledger`.

use std::collections::BTreeSet;

use automerge::Change;

use super::columns::{self, Claimed};
use super::document::RecordDoc;
use super::genesis::genesis;
use super::kind::RecordKind;
use super::registers::check_change;
use super::shape::{MAX_DOCUMENT, MAX_OPS_PER_CHANGE, MAX_OPS_PER_DOCUMENT};
use crate::access::Refusal;
use crate::codec::{Malformed, Reader, Writer};
use crate::journal::MAX_PAYLOAD;

/// Chunk type byte of a plain change in Automerge's binary format, after magic (4) and checksum (4).
const PLAIN_CHANGE: u8 = 1;
/// Chunk type byte of a document.
const DOCUMENT: u8 = 0;
const CHUNK_TYPE_AT: usize = 8;
/// Most changes in one job.
const MAX_CHANGES: usize = 200_000;

/// What to examine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Kind of the record.
    pub kind: RecordKind,
    /// The document as it is held now; absent for a record not held yet.
    pub held: Option<Vec<u8>>,
    /// What came.
    pub input: JobInput,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobInput {
    /// Changes, each the payload of an entry.
    Changes(Vec<Vec<u8>>),
    /// A whole saved document of a cold transfer; its changes are the payloads of entries.
    Document(Vec<u8>),
}

/// What became of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Part of the document now (or was already).
    Applied,
    /// It follows a change that is not here yet.
    Waiting,
    /// It may not be applied.
    Refused(Refusal),
}

/// The result of a job that did not stop the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The document with every applied change, saved, loaded again and found equal.
    pub saved: Vec<u8>,
    /// Its canonical state.
    pub state: String,
    /// Properties with differing content.
    pub differing: Vec<String>,
    /// Per change, in the order of the input; of a document, in causal order.
    pub outcomes: Vec<Outcome>,
    /// Of a document: actor and bytes of each change in causal order, without the genesis.
    pub changes: Vec<([u8; 16], Vec<u8>)>,
}

/// Runs a job.
///
/// # Errors
/// When the whole input is refused: the document is not one, or the result cannot be saved and loaded.
pub fn examine(job: &Job) -> Result<Examined, Refusal> {
    match &job.input {
        JobInput::Document(saved) if job.kind.is_newer() => changes_of_newer(saved),
        JobInput::Changes(_) if job.kind.is_newer() => Err(Refusal::UnknownKind),
        JobInput::Changes(changes) => examine_changes(job, changes),
        JobInput::Document(saved) => examine_document(job.kind, saved),
    }
}

fn examine_changes(job: &Job, changes: &[Vec<u8>]) -> Result<Examined, Refusal> {
    let mut doc = match &job.held {
        Some(saved) => RecordDoc::load(job.kind, saved),
        None => RecordDoc::new(job.kind),
    }
    .map_err(|_| Refusal::BadChange)?;
    let mut outcomes = vec![Outcome::Waiting; changes.len()];
    let mut open: Vec<(usize, Change)> = Vec::new();
    for (index, bytes) in changes.iter().enumerate() {
        match read_change(job.kind, bytes) {
            Ok(change) if doc.has(&change) => outcomes[index] = Outcome::Applied,
            Ok(change) => open.push((index, change)),
            Err(refusal) => outcomes[index] = Outcome::Refused(refusal),
        }
    }
    let mut new = Vec::new();
    // Whatever order they came in, each is applied once what it follows is here.
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, change)| doc.has_deps_of(change));
        open = rest;
        if ready.is_empty() {
            break;
        }
        for (index, change) in ready {
            let applied = doc.apply(change.clone()).is_ok() && doc.has(&change);
            outcomes[index] = if applied {
                Outcome::Applied
            } else {
                Outcome::Refused(Refusal::BadChange)
            };
            new.extend(applied.then_some(change));
        }
    }
    finish(job.kind, doc, outcomes, New::Added(&new))
}

/// The changes of a document of a kind that this program does not know, so that its entries come out with
/// their hashes. They are set aside and no document is kept.
fn changes_of_newer(saved: &[u8]) -> Result<Examined, Refusal> {
    check_document(saved)?;
    let mut doc = automerge::AutoCommit::load(saved).map_err(|_| Refusal::BadChange)?;
    let mut changes = Vec::new();
    for change in doc.get_changes(&[]) {
        let actor = change.actor_id().to_bytes();
        let actor = actor.try_into().map_err(|_| Refusal::BadShape)?;
        if actor == *super::genesis::GENESIS_ACTOR {
            continue;
        }
        if change.raw_bytes().len() > MAX_PAYLOAD {
            return Err(Refusal::TooLarge);
        }
        changes.push((actor, change.raw_bytes().to_vec()));
    }
    Ok(Examined {
        saved: Vec::new(),
        state: String::new(),
        differing: Vec::new(),
        outcomes: vec![Outcome::Refused(Refusal::UnknownKind); changes.len()],
        changes,
    })
}

/// What can be said of a saved document before Automerge reads it.
fn check_document(saved: &[u8]) -> Result<(), Refusal> {
    if saved.len() > MAX_DOCUMENT {
        return Err(Refusal::TooLarge);
    }
    if !is_one_document_chunk(saved) {
        return Err(Refusal::Malformed);
    }
    let (changes, operations) = columns::of_document(saved).ok_or(Refusal::Malformed)?;
    if operations.total() > MAX_OPS_PER_DOCUMENT as u64 || changes.total() > MAX_CHANGES as u64 {
        return Err(Refusal::TooLarge);
    }
    Ok(())
}

/// A document that Automerge has to read. Only its changes are taken: it loads rows in any order, so they are put
/// together anew.
fn examine_document(kind: RecordKind, saved: &[u8]) -> Result<Examined, Refusal> {
    check_document(saved)?;
    let mut came = RecordDoc::load(kind, saved).map_err(|_| Refusal::BadChange)?;
    if !came.has_genesis() {
        return Err(Refusal::BadShape);
    }
    let new = came.changes();
    let mut changes = Vec::with_capacity(new.len());
    for change in &new {
        check_change(kind, change)?;
        let actor = change.actor_id().to_bytes().try_into();
        changes.push((actor.map_err(|_| Refusal::BadShape)?, change.raw_bytes().to_vec()));
    }
    // Each of them may be large.
    drop(came);
    let mut doc = RecordDoc::new(kind).map_err(|_| Refusal::BadChange)?;
    doc.apply_all(new.iter().cloned())
        .map_err(|_| Refusal::BadChange)?;
    Ok(Examined {
        changes,
        ..finish(kind, doc, vec![Outcome::Applied; new.len()], New::All(&new))?
    })
}

/// Automerge reads on after the first chunk: behind a document, a compressed change or a change that
/// still waits for another could come along, which no entry vouches for.
fn is_one_document_chunk(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let read = reader
        .take(CHUNK_TYPE_AT, "chunk")
        .and_then(|_| reader.u8("chunk type"));
    read == Ok(DOCUMENT) && reader.varint("chunk length") == Ok(reader.left() as u64)
}

fn read_change(kind: RecordKind, bytes: &[u8]) -> Result<Change, Refusal> {
    if bytes.len() > MAX_PAYLOAD {
        return Err(Refusal::TooLarge);
    }
    // Compressed chunks would inflate without a limit, and document chunks would smuggle in history.
    if bytes.get(CHUNK_TYPE_AT) != Some(&PLAIN_CHANGE) {
        return Err(Refusal::Malformed);
    }
    let Claimed { rows, references } = columns::of_change(bytes).ok_or(Refusal::Malformed)?;
    if rows > MAX_OPS_PER_CHANGE as u64 || references > 2 * MAX_OPS_PER_CHANGE as u64 {
        return Err(Refusal::TooLarge);
    }
    let change = Change::from_bytes(bytes.to_vec()).map_err(|_| Refusal::Malformed)?;
    // Automerge does not look at the checksum and reads some contents in more than one form. A document
    // gives every change back in one form only, and entries by reference rely on their exact bytes.
    if Change::from(change.decode()).raw_bytes() != bytes || change.actor_id().to_bytes().len() != 16 {
        return Err(Refusal::Malformed);
    }
    let is_genesis = genesis(kind)
        .change
        .as_ref()
        .is_some_and(|genesis| genesis.hash() == change.hash());
    if is_genesis || change.actor_id().to_bytes() == super::genesis::GENESIS_ACTOR {
        return Err(Refusal::BadShape);
    }
    check_change(kind, &change)?;
    Ok(change)
}

/// The changes that a trial is of.
enum New<'a> {
    /// All of the document.
    All(&'a [Change]),
    /// Some that were added to it.
    Added(&'a [Change]),
}

/// A result counts only if it can be saved and loaded again to the same state: 1.7 % of mutated changes
/// were taken without complaint and then made the saved document unreadable. And it must give the new
/// changes back byte for byte, or their entries could not travel by reference to it.
fn finish(
    kind: RecordKind,
    mut doc: RecordDoc,
    outcomes: Vec<Outcome>,
    new: New<'_>,
) -> Result<Examined, Refusal> {
    let saved = doc.save();
    let operations = columns::of_document(&saved).map_or(u64::MAX, |(_, operations)| operations.total());
    if saved.len() > MAX_DOCUMENT || operations > MAX_OPS_PER_DOCUMENT as u64 {
        return Err(Refusal::TooLarge);
    }
    let state = doc.canonical_state();
    let mut reloaded = reload(kind, &mut doc, &saved, &state)?;
    let gives_back = match new {
        New::All(new) => {
            let bytes = |changes: &[Change]| -> BTreeSet<Vec<u8>> {
                changes.iter().map(|change| change.raw_bytes().to_vec()).collect()
            };
            bytes(&reloaded.changes()) == bytes(new)
        }
        New::Added(new) => new.iter().all(|change| reloaded.gives_back(change)),
    };
    if !gives_back {
        return Err(Refusal::BadChange);
    }
    let differing = doc
        .differences()
        .into_iter()
        .map(|difference| difference.property)
        .collect();
    Ok(Examined {
        saved,
        state,
        differing,
        outcomes,
        changes: Vec::new(),
    })
}

/// The document as the next program to open it will see it.
fn reload(kind: RecordKind, doc: &mut RecordDoc, saved: &[u8], state: &str) -> Result<RecordDoc, Refusal> {
    let mut reloaded = RecordDoc::load(kind, saved).map_err(|_| Refusal::BadChange)?;
    if reloaded.heads() != doc.heads() || reloaded.canonical_state() != state {
        return Err(Refusal::BadChange);
    }
    Ok(reloaded)
}

impl Job {
    /// Bytes of documents and changes in it.
    pub fn size(&self) -> usize {
        let input = match &self.input {
            JobInput::Changes(changes) => changes.iter().map(Vec::len).sum(),
            JobInput::Document(saved) => saved.len(),
        };
        self.held.as_ref().map_or(0, Vec::len) + input
    }

    /// Bytes for the pipe.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(self.kind.code());
        match &self.held {
            Some(saved) => writer.u8(1).bytes(saved),
            None => writer.u8(0),
        };
        match &self.input {
            JobInput::Changes(changes) => {
                writer.u8(0).varint(changes.len() as u64);
                changes.iter().for_each(|change| {
                    writer.bytes(change);
                });
            }
            JobInput::Document(saved) => {
                writer.u8(1).bytes(saved);
            }
        }
        writer.finish()
    }

    /// Reads [`Job::encode`].
    ///
    /// # Errors
    /// When the bytes are not a job.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let kind = RecordKind::from_code(reader.u8("job")?);
        let held = match reader.u8("job")? {
            0 => None,
            _ => Some(reader.bytes(usize::MAX, "held document")?.to_vec()),
        };
        let input = match reader.u8("job")? {
            0 => {
                let count = reader.count(1, "changes")?;
                let changes = (0..count).map(|_| reader.bytes(usize::MAX, "change").map(<[u8]>::to_vec));
                JobInput::Changes(changes.collect::<Result<_, _>>()?)
            }
            _ => JobInput::Document(reader.bytes(usize::MAX, "document")?.to_vec()),
        };
        reader.end("job")?;
        Ok(Self { kind, held, input })
    }
}

impl Examined {
    /// Bytes for the pipe, of a result or of the refusal of the whole.
    pub fn encode(result: &Result<Self, Refusal>) -> Vec<u8> {
        let mut writer = Writer::new();
        let examined = match result {
            Err(refusal) => {
                writer.u8(refusal.code());
                return writer.finish();
            }
            Ok(examined) => examined,
        };
        writer
            .u8(0)
            .bytes(&examined.saved)
            .bytes(examined.state.as_bytes());
        writer.varint(examined.differing.len() as u64);
        for property in &examined.differing {
            writer.bytes(property.as_bytes());
        }
        writer.varint(examined.outcomes.len() as u64);
        for outcome in &examined.outcomes {
            writer.u8(match outcome {
                Outcome::Applied => 0,
                Outcome::Waiting => 255,
                Outcome::Refused(refusal) => refusal.code(),
            });
        }
        writer.varint(examined.changes.len() as u64);
        for (actor, change) in &examined.changes {
            writer.put(actor).bytes(change);
        }
        writer.finish()
    }

    /// Reads [`Examined::encode`].
    ///
    /// # Errors
    /// When the bytes are not a result: the child process is not to be trusted with more than its job.
    pub fn decode(bytes: &[u8]) -> Result<Result<Self, Refusal>, Malformed> {
        let mut reader = Reader::new(bytes);
        let malformed = Malformed {
            what: "result",
            at: 0,
        };
        match reader.u8("result")? {
            0 => {}
            code => return Ok(Err(Refusal::from_code(code).ok_or(malformed)?)),
        }
        let saved = reader.bytes(MAX_DOCUMENT, "saved document")?.to_vec();
        let state = reader.text(usize::MAX, "state")?.to_owned();
        let count = reader.count(1, "differing")?;
        let differing = (0..count).map(|_| reader.text(1_000, "property").map(str::to_owned));
        let differing = differing.collect::<Result<_, _>>()?;
        let count = reader.count(1, "outcomes")?.min(MAX_CHANGES);
        let mut outcomes = Vec::with_capacity(count);
        for _ in 0..count {
            outcomes.push(match reader.u8("outcome")? {
                0 => Outcome::Applied,
                255 => Outcome::Waiting,
                code => Outcome::Refused(Refusal::from_code(code).ok_or(malformed)?),
            });
        }
        let count = reader.count(17, "changes")?;
        let mut changes = Vec::with_capacity(count);
        for _ in 0..count {
            changes.push((
                reader.array("actor")?,
                reader.bytes(usize::MAX, "change")?.to_vec(),
            ));
        }
        reader.end("result")?;
        Ok(Ok(Self {
            saved,
            state,
            differing,
            outcomes,
            changes,
        }))
    }
}
