//! Where the parts of a saved document lie.

use sha2::{Digest, Sha256};

use crate::codec::{Reader, Writer};

/// Chunk type byte of a document.
pub(super) const DOCUMENT: u8 = 0;
/// Chunk type byte of a plain change.
pub(super) const CHANGE: u8 = 1;
/// First bytes of every chunk.
pub(super) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// A column's bytes by its specification: number of the column (four bits up), type (three bits).
pub(super) struct Columns<'a>(Vec<(u64, &'a [u8])>);

/// A saved document, taken apart as far as its columns.
pub(super) struct Layout<'a> {
    /// In the order in which columns number them.
    pub actors: Vec<&'a [u8]>,
    /// Hash of the newest change; there is one.
    pub head: [u8; 32],
    /// Its place among the changes.
    pub head_at: u64,
    pub changes: Columns<'a>,
    pub operations: Columns<'a>,
}

impl<'a> Layout<'a> {
    /// Absent when the bytes are not one whole document chunk of one head with the right checksum, or columns are
    /// there that records do not need.
    pub fn of(saved: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(saved);
        let magic: [u8; 4] = reader.array("magic").ok()?;
        let checksum: [u8; 4] = reader.array("checksum").ok()?;
        let is_document = reader.u8("chunk type").ok()? == DOCUMENT;
        let length = reader.count(1, "chunk length").ok()?;
        let contents = reader.take(length, "chunk").ok()?;
        reader.end("chunk").ok()?;
        let is_whole = magic == MAGIC && is_document && hash(DOCUMENT, contents)[..4] == checksum;
        if !is_whole {
            return None;
        }
        let mut reader = Reader::new(contents);
        let count = reader.count(1, "actors").ok()?;
        let actors = (0..count).map(|_| reader.bytes(usize::MAX, "actor").ok());
        let actors: Vec<&[u8]> = actors.collect::<Option<_>>()?;
        if !actors.is_sorted_by(|one, next| one < next) || reader.count(32, "heads").ok()? != 1 {
            return None;
        }
        let head = reader.array("head").ok()?;
        let (changes, operations) = (named(&mut reader)?, named(&mut reader)?);
        let mut columns = |named: Vec<(u64, usize)>| -> Option<Columns<'a>> {
            let columns = named
                .into_iter()
                .map(|(specification, length)| Some((specification, reader.take(length, "column").ok()?)));
            Some(Columns(columns.collect::<Option<_>>()?))
        };
        let (changes, operations) = (columns(changes)?, columns(operations)?);
        let layout = Self {
            actors,
            head,
            head_at: reader.varint("place of the head").ok()?,
            changes,
            operations,
        };
        reader.end("document").ok()?;
        Some(layout)
    }
}

/// Specifications and lengths, in order, each once, none of them of no bytes.
fn named(reader: &mut Reader<'_>) -> Option<Vec<(u64, usize)>> {
    let columns = super::super::columns::column_lengths(reader)?;
    let in_order = columns.is_sorted_by(|one, next| one.0 < next.0);
    let none_is_empty = columns.iter().all(|(_, length)| *length > 0);
    (in_order && none_is_empty).then_some(columns)
}

impl<'a> Columns<'a> {
    /// The bytes of a column; none when it was left out. Each is asked for once.
    pub fn take(&mut self, specification: u64) -> &'a [u8] {
        let at = self.0.iter().position(|(known, _)| *known == specification);
        at.map_or(&[], |at| self.0.remove(at).1)
    }

    /// All of them were taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hash of a chunk, whose first four bytes are its checksum: SHA-256 over type, length and contents.
pub(super) fn hash(chunk_type: u8, contents: &[u8]) -> [u8; 32] {
    let mut length = Writer::new();
    length.varint(contents.len() as u64);
    let mut hasher = Sha256::new();
    hasher.update([chunk_type]);
    hasher.update(length.finish());
    hasher.update(contents);
    hasher.finalize().into()
}

/// A whole chunk of these contents, and its hash.
pub(super) fn chunk(chunk_type: u8, contents: &[u8]) -> (Vec<u8>, [u8; 32]) {
    let hash = hash(chunk_type, contents);
    let mut chunk = Writer::new();
    chunk.put(&MAGIC).put(&hash[..4]).u8(chunk_type).bytes(contents);
    (chunk.finish(), hash)
}
