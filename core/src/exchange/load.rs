//! A load: what one holder hands to another, the same by server, hub and stick.

use super::fields::{Incoming, Outgoing};
use super::pack::Pack;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;
use crate::journal::{Receipt, SignedLife};

/// Bytes of a file that travel and are verified together; the last piece of a file is shorter.
pub const MAX_CHUNK: usize = 64 * 1024;
/// Most pieces a file may have: 10 MiB.
pub const MOST_CHUNKS: u32 = 160;
/// Most files that one message asks for.
pub const MOST_WANTED: usize = 64;

const RECEIPTS: u64 = 1;
const CHUNKS: u64 = 2;
const LIVES: u64 = 3;

/// Entries, receipts for whoever wrote them, and pieces of files. Each part of it proves itself, so whoever
/// carries it needs no trust.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// Entries.
    pub pack: Pack,
    /// Receipts of the province for logs of anybody, carried on.
    pub receipts: Vec<Receipt>,
    /// Pieces of files.
    pub chunks: Vec<Chunk>,
}

/// One piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The file, by its content.
    pub blob: Hash32,
    /// Which piece, from 0.
    pub index: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a holder lacks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The file.
    pub blob: Hash32,
    /// Pieces it lacks, as ranges (first, count), rising.
    pub ranges: Vec<(u32, u32)>,
}

impl Load {
    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.pack.is_empty() && self.receipts.is_empty() && self.chunks.is_empty()
    }

    /// Appends the load.
    pub fn write(&self, writer: &mut Writer) {
        self.pack.write(writer);
        let mut fields = Outgoing::default();
        fields.add_unless(self.receipts.is_empty(), RECEIPTS, |writer| {
            writer.varint(self.receipts.len() as u64);
            for receipt in &self.receipts {
                receipt.log.write(writer);
                receipt.write_place(writer);
            }
        });
        fields.add_unless(self.chunks.is_empty(), CHUNKS, |writer| {
            writer.varint(self.chunks.len() as u64);
            for chunk in &self.chunks {
                writer
                    .put(&chunk.blob.0)
                    .varint(u64::from(chunk.index))
                    .bytes(&chunk.bytes);
            }
        });
        add_lives(&mut fields, LIVES, &self.receipts);
        fields.write(writer);
    }

    /// Reads [`Load::write`].
    ///
    /// # Errors
    /// When the bytes are not a load or exceed a cap.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let pack = Pack::read(reader)?;
        let fields = Incoming::read(reader)?;
        let mut receipts: Vec<Receipt> = fields.get(RECEIPTS, |reader| {
            let count = reader.count(171, "receipts")?;
            (0..count)
                .map(|_| {
                    let log = crate::journal::LogId::read(reader)?;
                    Receipt::read_place(reader, log)
                })
                .collect()
        })?;
        fields.get(LIVES, |reader| read_lives(reader, &mut receipts))?;
        let chunks = fields.get(CHUNKS, |reader| {
            let count = reader.count(34, "chunks")?;
            let mut chunks = Vec::with_capacity(count);
            for _ in 0..count {
                chunks.push(Chunk {
                    blob: Hash32(reader.array("file")?),
                    index: piece(reader)?,
                    bytes: reader.bytes(MAX_CHUNK, "chunk")?.to_vec(),
                });
            }
            Ok(chunks)
        })?;
        Ok(Self {
            pack,
            receipts,
            chunks,
        })
    }

    /// The load as bytes of its own, for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads [`Load::to_bytes`].
    ///
    /// # Errors
    /// As [`Load::read`], and when something follows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let load = Self::read(&mut reader)?;
        reader.end("load")?;
        Ok(load)
    }
}

fn piece(reader: &mut Reader<'_>) -> Result<u32, Malformed> {
    let index = reader.varint("piece")?;
    u32::try_from(index)
        .ok()
        .filter(|index| *index < MOST_CHUNKS)
        .ok_or(Malformed { what: "piece", at: 0 })
}

/// Adds the lives of receipts as a field of its own: whoever does not know it still reads the receipts.
pub(super) fn add_lives(fields: &mut Outgoing, tag: u64, receipts: &[Receipt]) {
    let lives: Vec<(usize, &SignedLife)> = receipts
        .iter()
        .enumerate()
        .filter_map(|(at, receipt)| Some((at, receipt.life.as_ref()?)))
        .collect();
    fields.add_unless(lives.is_empty(), tag, |writer| {
        writer.varint(lives.len() as u64);
        for (at, life) in &lives {
            writer.varint(*at as u64);
            life.write(writer);
        }
    });
}

/// Reads [`add_lives`] into the receipts, each life at its place, rising.
pub(super) fn read_lives(reader: &mut Reader<'_>, receipts: &mut [Receipt]) -> Result<(), Malformed> {
    let malformed = Malformed {
        what: "life of no receipt",
        at: 0,
    };
    let count = reader.count(SignedLife::BYTES + 1, "lives")?;
    let mut next = 0;
    for _ in 0..count {
        let at = usize::try_from(reader.varint("receipt of a life")?).map_err(|_| malformed)?;
        let life = SignedLife::read(reader)?;
        let receipt = receipts.get_mut(at).filter(|_| at >= next).ok_or(malformed)?;
        receipt.life = Some(life);
        next = at + 1;
    }
    Ok(())
}

/// Appends what is lacking.
pub(super) fn write_wanted(writer: &mut Writer, wanted: &[Wanted]) {
    writer.varint(wanted.len() as u64);
    for one in wanted {
        writer.put(&one.blob.0).varint(one.ranges.len() as u64);
        for (first, count) in &one.ranges {
            writer.varint(u64::from(*first)).varint(u64::from(*count));
        }
    }
}

/// Reads [`write_wanted`].
pub(super) fn read_wanted(reader: &mut Reader<'_>) -> Result<Vec<Wanted>, Malformed> {
    let malformed = Malformed {
        what: "wanted files",
        at: 0,
    };
    let count = reader.count(33, "wanted files")?;
    if count > MOST_WANTED {
        return Err(malformed);
    }
    let mut wanted = Vec::with_capacity(count);
    for _ in 0..count {
        let blob = Hash32(reader.array("wanted file")?);
        let ranges = reader.count(2, "ranges")?;
        let mut next = 0;
        let mut read = Vec::with_capacity(ranges.min(MOST_CHUNKS as usize));
        for _ in 0..ranges {
            let first = piece(reader)?;
            let count = u32::try_from(reader.varint("range")?).map_err(|_| malformed)?;
            if first < next || count == 0 || count > MOST_CHUNKS - first {
                return Err(malformed);
            }
            next = first + count;
            read.push((first, count));
        }
        wanted.push(Wanted { blob, ranges: read });
    }
    Ok(wanted)
}
