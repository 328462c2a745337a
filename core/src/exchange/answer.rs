//! What a remote answers: receipts, refusals, and what is new for the asking device, part by part.

use super::compare::Compared;
use super::cursor::{Cursor, Head, LogPosition, read_heads, write_heads};
use super::digest::SetDigest;
use super::fields::{Incoming, Outgoing};
use super::load::{Load, Wanted, add_lives, read_lives, read_wanted, write_wanted};
use super::request::PROTOCOL_VERSION;
use crate::access::Refusal;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;
use crate::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope};

const COMPARED: u64 = 1;
const POSITIONS: u64 = 2;
const WANTED: u64 = 3;
const LEFT_OUT: u64 = 4;
const FORKS: u64 = 5;
const LIVES: u64 = 6;
const WAITING: u64 = 7;

/// Most photos and files that one answer names as waiting.
pub const MOST_WAITING: usize = 1_000;

/// One entry that the remote refused; it keeps it with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Hash of the entry.
    pub entry: Hash32,
    /// Reason.
    pub reason: Refusal,
}

/// Why a whole run of a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum LeftOut {
    /// The signature does not fit: altered on the way, or not by this author.
    Signature = 1,
    /// Another entry stands at this place of the log; the remote keeps the proof.
    Fork = 2,
    /// The province is not one of the remote's.
    ForeignProvince = 3,
    /// A record's document does not hold the entries it should, or entries were sent by their hash alone.
    Document = 4,
    /// More is under one signature than a page could carry on.
    TooLarge = 5,
    /// The keeper of the remote may not hold entries of this scope.
    OutsideScope = 6,
    /// A reason of a newer version.
    Other = 255,
}

impl LeftOut {
    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Signature,
            2 => Self::Fork,
            3 => Self::ForeignProvince,
            4 => Self::Document,
            5 => Self::TooLarge,
            6 => Self::OutsideScope,
            _ => Self::Other,
        }
    }
}

/// One part of an answer, applied as a whole when it has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where to go on next time.
    pub cursor: Cursor,
    /// The cursor of the request was unknown: this answer carries no news, and the sets are to be compared.
    pub restarted: bool,
    /// Another part follows, or what is new was not asked for.
    pub more: bool,
    /// How far the remote holds the device's logs; always sent after a restart.
    pub held: Vec<LogPosition>,
    /// Receipts for the logs that grew, and after a restart for all.
    pub receipts: Vec<Receipt>,
    /// Entries of this request that were refused.
    pub refused: Vec<Refused>,
    /// Digest of everything the device may see up to the cursor; on the last part.
    pub digest: Option<SetDigest>,
    /// What is new, and what the remote carries for the device.
    pub load: Load,
    /// The remote's word on the buckets of the request.
    pub compared: Option<Compared>,
    /// How far the remote holds logs of others that the request brought or asked about.
    pub positions: Vec<Head>,
    /// Files the remote lacks.
    pub wanted: Vec<Wanted>,
    /// Logs of which a run of the request was not taken; the other runs were.
    pub left_out: Vec<(LogId, LeftOut)>,
    /// Mark of the forks the remote knows within what the device may see, zero for none; only when it differs from
    /// the request's. The proofs come with the answer.
    pub forks: Option<Hash32>,
    /// Entries of photos and files that wait at the remote for the change that begins their record. Of a log with a
    /// receipt here of which any is named, every other file up to the receipt is there.
    pub waiting: Vec<Hash32>,
}

impl Answer {
    /// A part that says nothing but where to go on.
    pub fn of(cursor: Cursor) -> Self {
        Self {
            cursor,
            restarted: false,
            more: false,
            held: Vec::new(),
            receipts: Vec::new(),
            refused: Vec::new(),
            digest: None,
            load: Load::default(),
            compared: None,
            positions: Vec::new(),
            wanted: Vec::new(),
            left_out: Vec::new(),
            forks: None,
            waiting: Vec::new(),
        }
    }

    /// Bytes of the part.
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(PROTOCOL_VERSION);
        self.cursor.write(&mut writer);
        let flags =
            u8::from(self.restarted) | u8::from(self.more) << 1 | u8::from(self.digest.is_some()) << 2;
        writer.u8(flags);
        writer.varint(self.held.len() as u64);
        for position in &self.held {
            position.scope.write(&mut writer);
            writer.varint(position.seq).put(&position.hash.0);
        }
        writer.varint(self.receipts.len() as u64);
        self.receipts
            .iter()
            .for_each(|receipt| receipt.write(&mut writer));
        writer.varint(self.refused.len() as u64);
        for refused in &self.refused {
            writer.put(&refused.entry.0).u8(refused.reason.code());
        }
        if let Some(digest) = &self.digest {
            writer.put(&digest.0);
        }
        self.load.write(&mut writer);
        let mut fields = Outgoing::default();
        if let Some(compared) = &self.compared {
            fields.add(COMPARED, |writer| compared.write(writer));
        }
        fields.add_unless(self.positions.is_empty(), POSITIONS, |writer| {
            write_heads(writer, &self.positions);
        });
        fields.add_unless(self.wanted.is_empty(), WANTED, |writer| {
            write_wanted(writer, &self.wanted);
        });
        fields.add_unless(self.left_out.is_empty(), LEFT_OUT, |writer| {
            writer.varint(self.left_out.len() as u64);
            for (log, why) in &self.left_out {
                log.write(writer);
                writer.u8(*why as u8);
            }
        });
        if let Some(mark) = &self.forks {
            fields.add(FORKS, |writer| {
                writer.put(&mark.0);
            });
        }
        add_lives(&mut fields, LIVES, &self.receipts);
        fields.add_unless(self.waiting.is_empty(), WAITING, |writer| {
            writer.varint(self.waiting.len() as u64);
            for entry in &self.waiting {
                writer.put(&entry.0);
            }
        });
        fields.write(&mut writer);
        writer.finish()
    }

    /// Reads [`Answer::write`] as the device that asked.
    ///
    /// # Errors
    /// When the bytes are not an answer of a known version.
    pub fn read(bytes: &[u8], asker: (DeviceKey, Incarnation)) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.u8("protocol version")? != PROTOCOL_VERSION {
            return Err(Malformed {
                what: "protocol version",
                at: 0,
            });
        }
        let cursor = Cursor::read(&mut reader)?;
        let flags = reader.u8("flags")?;
        let count = reader.count(66, "held logs")?;
        let mut held = Vec::with_capacity(count);
        for _ in 0..count {
            held.push(LogPosition {
                scope: Scope::decode(&mut reader)?,
                seq: reader.varint("held sequence")?,
                hash: Hash32(reader.array("held hash")?),
            });
        }
        let count = reader.count(131, "receipts")?;
        let mut receipts = (0..count)
            .map(|_| Receipt::read(&mut reader, asker))
            .collect::<Result<Vec<_>, _>>()?;
        let count = reader.count(33, "refusals")?;
        let mut refused = Vec::with_capacity(count);
        for _ in 0..count {
            let entry = Hash32(reader.array("refused entry")?);
            let code = reader.u8("refusal")?;
            // A reason of a newer version is still a refusal.
            refused.push(Refused {
                entry,
                reason: Refusal::from_code(code).unwrap_or(Refusal::Malformed),
            });
        }
        let digest = if flags & 4 != 0 {
            Some(SetDigest(reader.array("digest")?))
        } else {
            None
        };
        let load = Load::read(&mut reader)?;
        let fields = Incoming::read(&mut reader)?;
        reader.end("answer")?;
        fields.get(LIVES, |reader| read_lives(reader, &mut receipts))?;
        Ok(Self {
            cursor,
            restarted: flags & 1 != 0,
            more: flags & 2 != 0,
            held,
            receipts,
            refused,
            digest,
            load,
            compared: fields.get(COMPARED, |reader| Compared::read(reader).map(Some))?,
            positions: fields.get(POSITIONS, read_heads)?,
            wanted: fields.get(WANTED, read_wanted)?,
            left_out: fields.get(LEFT_OUT, |reader| {
                let count = reader.count(74, "runs left out")?;
                (0..count)
                    .map(|_| Ok((LogId::read(reader)?, LeftOut::from_code(reader.u8("reason")?))))
                    .collect()
            })?,
            forks: fields.get(FORKS, |reader| Ok(Some(Hash32(reader.array("mark of forks")?))))?,
            waiting: fields.get(WAITING, |reader| {
                let count = reader.count(32, "waiting files")?;
                if count > MOST_WAITING {
                    return Err(Malformed {
                        what: "waiting files",
                        at: 0,
                    });
                }
                (0..count)
                    .map(|_| Ok(Hash32(reader.array("waiting file")?)))
                    .collect()
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::*;
    use crate::exchange::{Chunk, Epoch};
    use crate::id::ProvinceId;
    use crate::journal::SigningKey;

    #[test]
    fn an_answer_comes_back_as_it_went() {
        let key = SigningKey::from_seed(&[1; 32]);
        let log = LogId {
            device: key.device(),
            incarnation: Incarnation(3),
            scope: Scope::roster(ProvinceId(Uuid::from_u128(4))),
        };
        let foreign = LogId {
            device: SigningKey::from_seed(&[2; 32]).device(),
            ..log
        };
        let head = Head {
            log: foreign,
            seq: 4,
            hash: Hash32([6; 32]),
        };
        let answer = Answer {
            restarted: true,
            held: vec![LogPosition {
                scope: log.scope,
                seq: 9,
                hash: Hash32([2; 32]),
            }],
            receipts: vec![Receipt::sign(&key, log, 9, Hash32([2; 32]), true)],
            refused: vec![Refused {
                entry: Hash32([5; 32]),
                reason: Refusal::OutsideScope,
            }],
            digest: Some(SetDigest([4; 32])),
            load: Load {
                receipts: vec![Receipt::sign(&key, foreign, 3, Hash32([3; 32]), false)],
                chunks: vec![Chunk {
                    blob: Hash32([7; 32]),
                    index: 2,
                    bytes: vec![1, 2, 3],
                }],
                ..Load::default()
            },
            compared: Some(Compared {
                buckets: vec![3, 200],
                heads: vec![head],
            }),
            positions: vec![head],
            wanted: vec![Wanted {
                blob: Hash32([7; 32]),
                ranges: vec![(0, 160)],
            }],
            left_out: vec![(foreign, LeftOut::TooLarge)],
            forks: Some(Hash32([8; 32])),
            ..Answer::of(Cursor {
                epoch: Epoch(Uuid::from_u128(5)),
                position: 6,
                chain: Hash32([7; 32]),
            })
        };
        let bytes = answer.write();
        assert_eq!(
            Answer::read(&bytes, (key.device(), Incarnation(3))).unwrap(),
            answer
        );
        for cut in 0..bytes.len() {
            assert!(Answer::read(&bytes[..cut], (key.device(), Incarnation(3))).is_err());
        }
    }
}
