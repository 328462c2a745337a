//! A pack: entries of many logs in few bytes, the same on every route.
//!
//! An entry's header can be computed from its place: the log, the sequence and the previous hash are
//! those of the run, the payload's hash is that of the payload. What is left are columns (record, kind,
//! claimed time, payload length), which compress well. When every entry of a record is in the pack, the
//! record travels as its saved document and its entries carry no payload: the document contains their
//! changes exactly, so the receiver takes each payload out of it and recomputes every hash. One
//! signature closes each run.

use crate::codec::{Malformed, Reader, Writer};
use crate::id::{Hash32, RecordId};
use crate::journal::{EntryKind, LogId, MAX_PAYLOAD, Signature};
use crate::record::{MAX_DOCUMENT, RecordKind};

/// Most entries under one signature, so that a page can end soon after any entry.
pub const MAX_RUN: usize = 500;

const VERSION: u8 = 1;
const IN_DOCUMENT: u64 = 0;
/// Stands where an entry's kind would; no kind has this code.
const WITHHELD: u8 = 0;

/// Entries of several logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pack {
    /// The records that the entries name.
    pub records: Vec<PackedRecord>,
    /// The entries.
    pub runs: Vec<Run>,
}

/// A record named by a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedRecord {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// Its saved document, when all its entries are in this pack.
    pub document: Option<Vec<u8>>,
}

/// Consecutive entries of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The log.
    pub log: LogId,
    /// Sequence of the first entry.
    pub first_seq: u64,
    /// Hash of the entry before it.
    pub prev: Hash32,
    /// The entries, at most [`MAX_RUN`].
    pub items: Vec<Item>,
    /// The author's signature over the hash of the last one.
    pub signature: Signature,
}

/// One entry of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An entry.
    Entry {
        /// Index into [`Pack::records`].
        record: usize,
        /// Kind of entry.
        kind: EntryKind,
        /// The author's clock.
        claimed_at: i64,
        /// Its payload.
        payload: Payload,
    },
    /// An entry that the sender has set aside: only its hash, so that the chain stays whole.
    Withheld(Hash32),
}

/// Where an entry's payload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Here.
    Inline(Vec<u8>),
    /// In the record's document: the next change of this log's actor.
    InDocument,
}

impl Pack {
    /// Nothing to send.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Entries in it.
    pub fn entries(&self) -> usize {
        self.runs.iter().map(|run| run.items.len()).sum()
    }

    /// About how many bytes it takes before compression.
    pub fn weight(&self) -> u64 {
        let documents = self.records.iter().map(|record| {
            let document = record.document.as_ref().map_or(0, Vec::len);
            document as u64 + 17
        });
        let items = self
            .runs
            .iter()
            .flat_map(|run| &run.items)
            .map(|item| match item {
                Item::Entry {
                    payload: Payload::Inline(bytes),
                    ..
                } => bytes.len() as u64 + 16,
                Item::Entry { .. } => 16,
                Item::Withheld(_) => 32,
            });
        documents.sum::<u64>() + items.sum::<u64>() + 200 * self.runs.len() as u64
    }

    /// Takes another pack in behind this one.
    pub fn append(&mut self, other: Self) {
        let before = self.records.len();
        self.records.extend(other.records);
        self.runs.extend(other.runs.into_iter().map(|mut run| {
            for item in &mut run.items {
                if let Item::Entry { record, .. } = item {
                    *record += before;
                }
            }
            run
        }));
    }

    /// Appends the pack. Columns of all runs first, then inline payloads, then documents, so that like
    /// stands beside like for the compressor.
    pub fn write(&self, writer: &mut Writer) {
        writer.u8(VERSION).varint(self.records.len() as u64);
        for record in &self.records {
            writer.put(record.id.0.as_bytes());
        }
        for record in &self.records {
            writer.u8(record.kind.code());
        }
        for record in &self.records {
            // Zero is no document: a saved document is never empty.
            writer.varint(
                record
                    .document
                    .as_ref()
                    .map_or(0, |document| document.len() as u64),
            );
        }
        writer.varint(self.runs.len() as u64);
        for run in &self.runs {
            run.write_columns(writer);
        }
        for run in &self.runs {
            for item in &run.items {
                if let Item::Entry {
                    payload: Payload::Inline(bytes),
                    ..
                } = item
                {
                    writer.put(bytes);
                }
            }
        }
        for document in self.records.iter().filter_map(|record| record.document.as_ref()) {
            writer.put(document);
        }
    }

    /// Reads [`Pack::write`].
    ///
    /// # Errors
    /// When the bytes are not a pack or exceed the caps; nothing is trusted beyond its length.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let malformed = |what| Malformed { what, at: 0 };
        if reader.u8("pack version")? != VERSION {
            return Err(malformed("pack version"));
        }
        let count = reader.count(18, "records")?;
        let mut records = Vec::with_capacity(count);
        for _ in 0..count {
            let id = RecordId(uuid::Uuid::from_bytes(reader.array("record id")?));
            records.push(PackedRecord {
                id,
                kind: RecordKind::Roster,
                document: None,
            });
        }
        for record in &mut records {
            let code = reader.u8("record kind")?;
            record.kind = RecordKind::from_code(code);
        }
        let mut document_lengths = Vec::with_capacity(count);
        for _ in 0..count {
            document_lengths.push(bounded(
                reader.varint("document length")?,
                MAX_DOCUMENT,
                "document length",
            )?);
        }
        let run_count = reader.count(170, "runs")?;
        let mut runs = Vec::with_capacity(run_count);
        let mut lengths = Vec::with_capacity(run_count);
        for _ in 0..run_count {
            let (run, payload_lengths) = Run::read_columns(reader, count)?;
            runs.push(run);
            lengths.push(payload_lengths);
        }
        for (run, payload_lengths) in runs.iter_mut().zip(lengths) {
            for (item, length) in run.items.iter_mut().zip(payload_lengths) {
                if let Item::Entry {
                    payload: payload @ Payload::Inline(_),
                    ..
                } = item
                {
                    *payload = Payload::Inline(reader.take(length, "payload")?.to_vec());
                }
            }
        }
        for (record, length) in records.iter_mut().zip(document_lengths) {
            if length > 0 {
                record.document = Some(reader.take(length, "document")?.to_vec());
            }
        }
        Ok(Self { records, runs })
    }
}

impl Run {
    /// No entry of it is named by its hash alone. Such a hash does not say where it stands: only the province is
    /// believed in that.
    pub fn is_whole(&self) -> bool {
        !self.items.iter().any(|item| matches!(item, Item::Withheld(_)))
    }

    fn write_columns(&self, writer: &mut Writer) {
        self.log.write(writer);
        writer
            .varint(self.first_seq)
            .put(&self.prev.0)
            .put(&self.signature.0);
        writer.varint(self.items.len() as u64);
        for item in &self.items {
            writer.u8(match item {
                Item::Entry { kind, .. } => kind.code(),
                Item::Withheld(_) => WITHHELD,
            });
        }
        let mut before = 0i64;
        for item in &self.items {
            match item {
                Item::Entry { record, .. } => {
                    writer.signed(*record as i64 - before);
                    before = *record as i64;
                }
                Item::Withheld(hash) => {
                    writer.put(&hash.0);
                }
            }
        }
        let mut before = 0i64;
        for item in &self.items {
            if let Item::Entry { claimed_at, .. } = item {
                writer.signed(claimed_at.wrapping_sub(before));
                before = *claimed_at;
            }
        }
        for item in &self.items {
            if let Item::Entry { payload, .. } = item {
                // Shifted by one: zero says that the document holds it.
                writer.varint(match payload {
                    Payload::InDocument => IN_DOCUMENT,
                    Payload::Inline(bytes) => bytes.len() as u64 + 1,
                });
            }
        }
    }

    fn read_columns(reader: &mut Reader<'_>, records: usize) -> Result<(Self, Vec<usize>), Malformed> {
        let malformed = |what| Malformed { what, at: 0 };
        let log = LogId::read(reader)?;
        let first_seq = reader.varint("first sequence")?;
        let prev = Hash32(reader.array("previous hash")?);
        let signature = Signature(reader.array("signature")?);
        let count = reader.count(1, "entries")?;
        // A sequence that no store can hold as a signed number would come out of it as another one.
        let ends = first_seq
            .checked_add(count as u64)
            .and_then(|end| i64::try_from(end).ok());
        if count == 0 || count > MAX_RUN || first_seq == 0 || ends.is_none() {
            return Err(malformed("run"));
        }
        let kinds = reader.take(count, "entry kinds")?;
        let mut items = Vec::with_capacity(count);
        let mut before = 0i64;
        for code in kinds {
            let Some(kind) = EntryKind::from_code(*code) else {
                items.push(Item::Withheld(Hash32(reader.array("withheld hash")?)));
                continue;
            };
            before = before.wrapping_add(reader.signed("record index")?);
            let record = usize::try_from(before).ok().filter(|index| *index < records);
            let record = record.ok_or(malformed("record index"))?;
            items.push(Item::Entry {
                record,
                kind,
                claimed_at: 0,
                payload: Payload::InDocument,
            });
        }
        let mut before = 0i64;
        for item in &mut items {
            if let Item::Entry { claimed_at, .. } = item {
                before = before.wrapping_add(reader.signed("claimed time")?);
                *claimed_at = before;
            }
        }
        let mut lengths = Vec::with_capacity(count);
        for item in &mut items {
            let mut length = 0;
            if let Item::Entry { payload, .. } = item {
                let code = reader.varint("payload length")?;
                if code != IN_DOCUMENT {
                    length = bounded(code - 1, MAX_PAYLOAD, "payload length")?;
                    *payload = Payload::Inline(Vec::new());
                }
            }
            lengths.push(length);
        }
        Ok((
            Self {
                log,
                first_seq,
                prev,
                items,
                signature,
            },
            lengths,
        ))
    }
}

fn bounded(value: u64, cap: usize, what: &'static str) -> Result<usize, Malformed> {
    usize::try_from(value)
        .ok()
        .filter(|value| *value <= cap)
        .ok_or(Malformed { what, at: cap })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::*;
    use crate::id::ProvinceId;
    use crate::journal::{DeviceKey, Incarnation, Scope};

    fn sample() -> Pack {
        let entry = |record, claimed_at, payload| Item::Entry {
            record,
            kind: EntryKind::Change,
            claimed_at,
            payload,
        };
        let record = |id, document| PackedRecord {
            id: RecordId(Uuid::from_u128(id)),
            kind: RecordKind::Registration,
            document,
        };
        Pack {
            records: vec![record(1, Some(vec![5; 40])), record(2, None)],
            runs: vec![Run {
                log: LogId {
                    device: DeviceKey([3; 32]),
                    incarnation: Incarnation(77),
                    scope: Scope::province(ProvinceId(Uuid::from_u128(9))),
                },
                first_seq: 4,
                prev: Hash32([8; 32]),
                items: vec![
                    entry(0, 1_000, Payload::InDocument),
                    Item::Withheld(Hash32([1; 32])),
                    entry(1, -5, Payload::Inline(vec![1, 2, 3])),
                    entry(0, i64::MAX, Payload::InDocument),
                    entry(1, i64::MIN, Payload::Inline(vec![])),
                ],
                signature: Signature([6; 64]),
            }],
        }
    }

    #[test]
    fn a_pack_comes_back_as_it_went() {
        let mut writer = Writer::new();
        sample().write(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(Pack::read(&mut reader).unwrap(), sample());
        reader.end("pack").unwrap();
    }

    #[test]
    fn a_run_with_a_sequence_that_no_store_can_hold_is_refused() {
        for first_seq in [0, i64::MAX as u64, u64::MAX] {
            let mut pack = sample();
            pack.runs[0].first_seq = first_seq;
            let mut writer = Writer::new();
            pack.write(&mut writer);
            assert!(
                Pack::read(&mut Reader::new(&writer.finish())).is_err(),
                "{first_seq}"
            );
        }
    }

    #[test]
    fn a_pack_cut_at_any_byte_is_refused_and_never_panics() {
        let mut writer = Writer::new();
        sample().write(&mut writer);
        let bytes = writer.finish();
        for cut in 0..bytes.len() {
            assert!(
                Pack::read(&mut Reader::new(&bytes[..cut])).is_err(),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_pack_with_any_byte_flipped_is_read_without_a_panic() {
        let mut writer = Writer::new();
        sample().write(&mut writer);
        let bytes = writer.finish();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                let _ = Pack::read(&mut Reader::new(&damaged));
            }
        }
    }
}
