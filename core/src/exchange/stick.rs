//! What stands in the frames of a bundle: how far its sender holds what it writes about, then loads, the same
//! as on any other route.

use uuid::Uuid;

use super::answer::Refused;
use super::compress::{as_is, shrink, unshrink};
use super::cursor::{Cursor, Head, read_heads, write_heads};
use super::fields::{Incoming, Outgoing};
use super::load::Load;
use crate::access::Refusal;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;

/// Most logs that one bundle says something about: what is read of it is kept in memory.
const MOST_HEADS: usize = 100_000;
/// Most parts that a sender names as taken in.
pub const MOST_TAKEN: usize = 500;
/// Field of a bundle's header, in the clear: parts of other bundles that its sender has taken in.
pub const TAKEN_FIELD: u64 = 1;

const HOLDS: u8 = 1;
const LOAD: u8 = 2;

const REFUSED: u64 = 1;
const CURSOR: u64 = 2;
const BEGAN: u64 = 3;

/// A part of a bundle, by the bundle's id and the part's number.
pub type TakenPart = (Uuid, u32);

/// The first frame of a bundle: what its sender holds, so that nobody sends it that again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// Heads of every log in the scopes that all recipients may see.
    pub heads: Vec<Head>,
    /// Entries of the recipients that the province has not accepted. Counts from the province alone.
    pub refused: Vec<Refused>,
    /// Where the province's order of arrival ends for whoever holds all these heads. From the province alone.
    pub cursor: Option<Cursor>,
    /// When the life began whose epoch the cursor names: [`ServerLife::began`](crate::journal::ServerLife). From the
    /// province alone.
    pub began: Option<u64>,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StickFrame {
    /// What the sender holds.
    Holds(Holds),
    /// Entries, receipts, pieces of files.
    Load(Load),
    /// Of a kind that a newer version knows.
    Newer,
}

impl Holds {
    /// Kind and bytes of its frame.
    pub fn to_frame(&self) -> (u8, Vec<u8>) {
        let mut writer = Writer::new();
        write_heads(&mut writer, &self.heads);
        let mut fields = Outgoing::default();
        fields.add_unless(self.refused.is_empty(), REFUSED, |writer| {
            writer.varint(self.refused.len() as u64);
            for refused in &self.refused {
                writer.put(&refused.entry.0).u8(refused.reason.code());
            }
        });
        if let Some(cursor) = &self.cursor {
            fields.add(CURSOR, |writer| cursor.write(writer));
        }
        if let Some(began) = self.began {
            fields.add(BEGAN, |writer| {
                writer.u64(began);
            });
        }
        fields.write(&mut writer);
        (HOLDS, shrink(&writer.finish()))
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let heads = read_heads(&mut reader)?;
        if heads.len() > MOST_HEADS {
            return Err(Malformed { what: "heads", at: 0 });
        }
        let fields = Incoming::read(&mut reader)?;
        reader.end("first frame")?;
        Ok(Self {
            heads,
            refused: fields.get(REFUSED, |reader| {
                let count = reader.count(33, "refusals")?;
                let refused = (0..count).map(|_| {
                    let entry = Hash32(reader.array("refused entry")?);
                    let code = reader.u8("refusal")?;
                    let reason = Refusal::from_code(code).unwrap_or(Refusal::Malformed);
                    Ok(Refused { entry, reason })
                });
                refused.collect()
            })?,
            cursor: fields.get(CURSOR, |reader| Cursor::read(reader).map(Some))?,
            began: fields.get(BEGAN, |reader| reader.u64("beginning of a life").map(Some))?,
        })
    }
}

impl StickFrame {
    /// Kind and bytes of the frame of a load. Photos do not shrink, and trying costs a second for each 20 MB.
    pub fn of_load(load: &Load) -> (u8, Vec<u8>) {
        let bytes = load.to_bytes();
        let only_chunks = load.pack.is_empty() && !load.chunks.is_empty();
        (
            LOAD,
            if only_chunks {
                as_is(&bytes)
            } else {
                shrink(&bytes)
            },
        )
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// When the bytes are not what the kind says, or exceed a cap.
    pub fn read(kind: u8, bytes: &[u8]) -> Result<Self, Malformed> {
        match kind {
            HOLDS => Holds::read(&unshrink(bytes)?).map(Self::Holds),
            LOAD => Load::from_bytes(&unshrink(bytes)?).map(Self::Load),
            _ => Ok(Self::Newer),
        }
    }
}

/// Contents of [`TAKEN_FIELD`].
pub fn write_taken(parts: &[TakenPart]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (bundle, part) in parts.iter().take(MOST_TAKEN) {
        writer.put(bundle.as_bytes()).varint(u64::from(*part));
    }
    writer.finish()
}

/// Reads [`write_taken`]; what does not fit is passed over, because nothing but carrying a file longer depends
/// on it.
pub fn read_taken(bytes: &[u8]) -> Vec<TakenPart> {
    let mut reader = Reader::new(bytes);
    let mut parts = Vec::new();
    while reader.left() > 0 && parts.len() < MOST_TAKEN {
        let (Ok(bundle), Ok(part)) = (reader.array("taken bundle"), reader.varint("taken part")) else {
            break;
        };
        parts.push((Uuid::from_bytes(bundle), u32::try_from(part).unwrap_or(0)));
    }
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::exchange::{Chunk, Epoch};
    use crate::id::ProvinceId;
    use crate::journal::{DeviceKey, Incarnation, LogId, Receipt, Scope, SigningKey};

    fn holds() -> Holds {
        let log = LogId {
            device: DeviceKey([3; 32]),
            incarnation: Incarnation(1),
            scope: Scope::roster(ProvinceId(Uuid::from_u128(4))),
        };
        Holds {
            heads: vec![Head {
                log,
                seq: 9,
                hash: Hash32([1; 32]),
            }],
            refused: vec![Refused {
                entry: Hash32([5; 32]),
                reason: Refusal::OutsideScope,
            }],
            cursor: Some(Cursor {
                epoch: Epoch(Uuid::from_u128(5)),
                position: 6,
                chain: Hash32([7; 32]),
            }),
            began: Some(8),
        }
    }

    #[test]
    fn frames_come_back_as_they_went_and_no_cut_frame_is_read() {
        let holds = holds();
        let (kind, bytes) = holds.to_frame();
        assert_eq!(
            StickFrame::read(kind, &bytes).unwrap(),
            StickFrame::Holds(holds.clone())
        );
        let raw = unshrink(&bytes).unwrap().into_owned();
        for cut in 0..raw.len() {
            assert!(StickFrame::read(kind, &as_is(&raw[..cut])).is_err(), "{cut}");
        }
        let key = SigningKey::from_seed(&[1; 32]);
        let load = Load {
            receipts: vec![Receipt::sign(&key, holds.heads[0].log, 9, Hash32([1; 32]), true)],
            chunks: vec![Chunk {
                blob: Hash32([7; 32]),
                index: 2,
                bytes: vec![9; 500],
            }],
            ..Load::default()
        };
        let (kind, bytes) = StickFrame::of_load(&load);
        assert_eq!(StickFrame::read(kind, &bytes).unwrap(), StickFrame::Load(load));
    }

    #[test]
    fn a_frame_of_a_newer_kind_is_passed_over_and_an_empty_one_is_none() {
        assert_eq!(
            StickFrame::read(77, b"of a later year").unwrap(),
            StickFrame::Newer
        );
        assert!(StickFrame::read(HOLDS, b"").is_err());
        assert!(StickFrame::read(LOAD, b"").is_err());
    }

    #[test]
    fn the_parts_that_were_taken_are_named_up_to_a_cap_and_rubbish_names_none() {
        let parts: Vec<TakenPart> = (1..=600).map(|n| (Uuid::from_u128(n), n as u32)).collect();
        let bytes = write_taken(&parts);
        assert_eq!(read_taken(&bytes), parts[..MOST_TAKEN]);
        assert!(bytes.len() < 10_000, "a header holds 32 KiB");
        assert_eq!(read_taken(&bytes[..20]), parts[..1]);
        assert!(read_taken(&[1; 7]).is_empty());
    }
}
