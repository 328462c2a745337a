//! Where a holder stands in a remote's order of arrival, and in the logs.

use uuid::Uuid;

use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;
use crate::journal::{LogId, Scope};

/// Names one life of a remote's arrival order; a server restored from a backup starts a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub Uuid);

/// How far a holder has read a remote's arrival order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Life of the remote.
    pub epoch: Epoch,
    /// Last position read.
    pub position: u64,
    /// Chain hash of the arrival order at that position: an order that was rewritten shows here.
    pub chain: Hash32,
}

impl Cursor {
    /// Nothing read yet.
    pub const START: Self = Self {
        epoch: Epoch(Uuid::nil()),
        position: 0,
        chain: Hash32::ZERO,
    };

    /// Appends the cursor.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .put(self.epoch.0.as_bytes())
            .varint(self.position)
            .put(&self.chain.0);
    }

    /// Reads [`Cursor::write`].
    ///
    /// # Errors
    /// When bytes are missing.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            epoch: Epoch(Uuid::from_bytes(reader.array("epoch")?)),
            position: reader.varint("position")?,
            chain: Hash32(reader.array("chain hash")?),
        })
    }
}

/// How far a remote holds one of the asking device's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPosition {
    /// Scope of the log; device and incarnation are those of the request.
    pub scope: Scope,
    /// Last entry held.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash32,
}

/// How far somebody holds a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The log.
    pub log: LogId,
    /// Last entry held; 0 for none.
    pub seq: u64,
    /// Its hash; zero for none.
    pub hash: Hash32,
}

/// Bytes of a head at least: log 73, sequence 1, hash 32.
const LEAST_HEAD: usize = 106;

/// Appends a list of heads.
pub(super) fn write_heads(writer: &mut Writer, heads: &[Head]) {
    writer.varint(heads.len() as u64);
    for head in heads {
        head.log.write(writer);
        writer.varint(head.seq).put(&head.hash.0);
    }
}

/// Reads [`write_heads`].
pub(super) fn read_heads(reader: &mut Reader<'_>) -> Result<Vec<Head>, Malformed> {
    let count = reader.count(LEAST_HEAD, "heads")?;
    let mut heads = Vec::with_capacity(count);
    for _ in 0..count {
        heads.push(Head {
            log: LogId::read(reader)?,
            seq: reader.varint("sequence of a head")?,
            hash: Hash32(reader.array("hash of a head")?),
        });
    }
    Ok(heads)
}
