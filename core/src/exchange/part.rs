//! An answer is a stream of parts, each applied when it has arrived whole, each resumed where it was cut.

use crate::codec::{Malformed, Reader, Writer};

/// Parts from this length on carry their hash in front, so that the rest of one that was cut can be asked for.
pub const RESUMABLE_FROM: usize = 4 * 1024;

const SMALL: u8 = 0;
const WHOLE: u8 = 1;
const REST: u8 = 2;

const HASH: usize = 16;
/// Longest head of a part: kind, length as LEB128 of 32 bits, hash.
const LONGEST_HEAD: usize = 1 + 5 + HASH;

/// A part that came in pieces: its hash (BLAKE3, the first 16 bytes) and how many bytes of it are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Hash of the whole part.
    pub hash: [u8; HASH],
    /// Bytes from its beginning that are here.
    pub bytes: u64,
}

impl Begun {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.put(&self.hash).varint(self.bytes);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            hash: reader.array("part hash")?,
            bytes: reader.varint("bytes of the part")?,
        })
    }
}

fn hash_of(part: &[u8]) -> [u8; HASH] {
    let mut hash = [0; HASH];
    hash.copy_from_slice(&blake3::hash(part).as_bytes()[..HASH]);
    hash
}

/// A part as it goes on the wire: all of it, or the rest when `begun` is of this very part.
pub fn write_part(part: &[u8], begun: Option<&Begun>) -> Vec<u8> {
    let mut writer = Writer::new();
    if part.len() < RESUMABLE_FROM {
        writer.u8(SMALL).bytes(part);
        return writer.finish();
    }
    let hash = hash_of(part);
    let here = begun
        .filter(|begun| begun.hash == hash)
        .and_then(|begun| part.get(usize::try_from(begun.bytes).ok()?..));
    match here {
        Some(rest) => writer.u8(REST).bytes(rest),
        None => writer.u8(WHOLE).varint(part.len() as u64).put(&hash).put(part),
    };
    writer.finish()
}

/// Puts parts together from the bytes of a stream.
#[derive(Debug)]
pub struct Parts {
    cap: usize,
    /// What an earlier stream left.
    begun: Option<Unfinished>,
    head: Vec<u8>,
    open: Option<Unfinished>,
}

/// A part of which the end is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its hash; absent for a small one, which is sent again whole.
    hash: Option<[u8; HASH]>,
    length: usize,
    bytes: Vec<u8>,
}

impl Unfinished {
    /// What to tell the remote, so that it sends the rest only.
    pub fn begun(&self) -> Option<Begun> {
        Some(Begun {
            hash: self.hash?,
            bytes: self.bytes.len() as u64,
        })
    }

    /// Appends it, to be kept: one with a hash, as [`Parts::unfinished`] and [`Parts::open`] give it.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .put(&self.hash.unwrap_or_default())
            .varint(self.length as u64)
            .bytes(&self.bytes);
    }

    /// Reads [`Unfinished::write`] of a part of at most `cap` bytes.
    ///
    /// # Errors
    /// When the bytes are none, or more than the part was to have.
    pub fn read(reader: &mut Reader<'_>, cap: usize) -> Result<Self, Malformed> {
        let hash = reader.array("part hash")?;
        let length = usize::try_from(reader.varint("length of a part")?).unwrap_or(usize::MAX);
        let bytes = reader.bytes(length.min(cap), "bytes of a part")?.to_vec();
        Ok(Self {
            hash: Some(hash),
            length,
            bytes,
        })
    }
}

impl Parts {
    /// Begins to read a stream of parts of at most `cap` bytes each. `begun` is what the stream before it left
    /// and the request named.
    pub fn new(cap: usize, begun: Option<Unfinished>) -> Self {
        Self {
            cap,
            begun,
            head: Vec::new(),
            open: None,
        }
    }

    /// Takes the next bytes of the stream, and gives the parts that are whole now.
    ///
    /// # Errors
    /// When the bytes are no parts, a part is longer than the cap, or its hash does not fit.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut whole = Vec::new();
        loop {
            if self.open.is_none() {
                let Some(rest) = self.take_head(bytes)? else {
                    return Ok(whole);
                };
                bytes = rest;
            }
            let Some(open) = &mut self.open else {
                return Ok(whole);
            };
            let lacks = open.length - open.bytes.len();
            let (now, later) = bytes.split_at(lacks.min(bytes.len()));
            open.bytes.extend_from_slice(now);
            bytes = later;
            if open.bytes.len() < open.length {
                return Ok(whole);
            }
            let part = self.open.take().map(|open| (open.hash, open.bytes));
            if let Some((hash, part)) = part {
                if hash.is_some_and(|hash| hash != hash_of(&part)) {
                    return Err(Malformed {
                        what: "hash of a part",
                        at: 0,
                    });
                }
                whole.push(part);
            }
            if bytes.is_empty() {
                return Ok(whole);
            }
        }
    }

    /// The stream has ended: what is missing of the last part, if anything. Absent when it ended between parts.
    pub fn unfinished(self) -> Option<Unfinished> {
        // What an earlier stream left is still good when this one did not get as far as replacing it.
        self.open.or(self.begun).filter(|left| left.hash.is_some())
    }

    /// The part that is coming in, if the rest of it can be asked for.
    pub fn open(&self) -> Option<&Unfinished> {
        self.open.as_ref().filter(|open| open.hash.is_some())
    }

    /// The stream stands between two parts.
    pub fn is_between(&self) -> bool {
        self.open.is_none() && self.head.is_empty()
    }

    /// Reads the head of a part; absent while it is not whole. Gives the bytes after it.
    fn take_head<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<&'a [u8]>, Malformed> {
        let had = self.head.len();
        self.head
            .extend_from_slice(&bytes[..bytes.len().min(LONGEST_HEAD - had)]);
        let mut reader = Reader::new(&self.head);
        let read = read_head(&mut reader);
        let Some((kind, length, hash)) = read? else {
            return Ok(None);
        };
        let used = self.head.len() - reader.left() - had;
        self.head.clear();
        let too_long = Malformed {
            what: "length of a part",
            at: self.cap,
        };
        let mut open = match kind {
            REST => {
                let begun = self.begun.take().ok_or(Malformed {
                    what: "rest of a part that was not begun",
                    at: 0,
                })?;
                Unfinished {
                    length: begun.bytes.len().saturating_add(length),
                    ..begun
                }
            }
            _ => {
                self.begun = None;
                Unfinished {
                    hash,
                    length,
                    bytes: Vec::new(),
                }
            }
        };
        if open.length > self.cap {
            return Err(too_long);
        }
        open.bytes.reserve(length.min(64 * 1024));
        self.open = Some(open);
        Ok(Some(&bytes[used..]))
    }
}

type PartHead = (u8, usize, Option<[u8; HASH]>);

/// Absent while bytes are missing.
fn read_head(reader: &mut Reader<'_>) -> Result<Option<PartHead>, Malformed> {
    let Ok(kind) = reader.u8("kind of a part") else {
        return Ok(None);
    };
    if kind > REST {
        return Err(Malformed {
            what: "kind of a part",
            at: 0,
        });
    }
    let enough = reader.left() >= 5;
    let length = match reader.varint("length of a part") {
        Ok(length) => usize::try_from(length).unwrap_or(usize::MAX),
        Err(error) if enough => return Err(error),
        Err(_) => return Ok(None),
    };
    if kind != WHOLE {
        return Ok(Some((kind, length, None)));
    }
    Ok(reader
        .array("hash of a part")
        .ok()
        .map(|hash| (kind, length, Some(hash))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    #[test]
    fn parts_come_whole_however_the_stream_was_chopped() {
        let parts = [bytes(10), bytes(RESUMABLE_FROM), vec![], bytes(9_999)];
        let stream: Vec<u8> = parts.iter().flat_map(|part| write_part(part, None)).collect();
        for size in [1, 2, 3, 21, 22, 4_000, stream.len()] {
            let mut reading = Parts::new(10_000, None);
            let mut got = Vec::new();
            for piece in stream.chunks(size) {
                got.extend(reading.take(piece).unwrap());
            }
            assert_eq!(got, parts, "in pieces of {size}");
            assert!(reading.is_between());
            assert_eq!(reading.unfinished(), None);
        }
    }

    #[test]
    fn a_part_that_was_cut_anywhere_is_finished_with_the_rest_only() {
        let part = bytes(6_000);
        let stream = write_part(&part, None);
        let head = stream.len() - part.len();
        for cut in 0..stream.len() {
            let mut first = Parts::new(10_000, None);
            assert!(first.take(&stream[..cut]).unwrap().is_empty());
            let left = first.unfinished();
            let begun = left.as_ref().and_then(Unfinished::begun);
            assert_eq!(
                begun.map_or(0, |begun| begun.bytes),
                cut.saturating_sub(head) as u64
            );
            let again = write_part(&part, begun.as_ref());
            let repeated = again.len() as i64 - (stream.len() - cut) as i64;
            assert!(
                repeated <= LONGEST_HEAD as i64,
                "cut at {cut} repeats {repeated} bytes"
            );
            // It may have been put away in between.
            let left = left.map(|left| {
                let mut writer = Writer::new();
                left.write(&mut writer);
                let kept = writer.finish();
                assert!(Unfinished::read(&mut Reader::new(&kept[..kept.len() - 1]), 10_000).is_err());
                Unfinished::read(&mut Reader::new(&kept), 10_000).unwrap()
            });
            let mut second = Parts::new(10_000, left);
            assert_eq!(second.take(&again).unwrap(), vec![part.clone()]);
        }
    }

    #[test]
    fn a_part_that_has_changed_since_comes_whole() {
        let begun = Begun {
            hash: [9; HASH],
            bytes: 100,
        };
        let part = bytes(6_000);
        let left = Unfinished {
            hash: Some([9; HASH]),
            length: 6_000,
            bytes: vec![0; 100],
        };
        let mut reading = Parts::new(10_000, Some(left));
        assert_eq!(
            reading.take(&write_part(&part, Some(&begun))).unwrap(),
            vec![part]
        );
    }

    #[test]
    fn a_part_longer_than_the_cap_or_altered_is_refused() {
        let stream = write_part(&bytes(6_000), None);
        assert!(Parts::new(5_999, None).take(&stream).is_err());
        let mut altered = stream;
        let last = altered.len() - 1;
        altered[last] ^= 1;
        assert!(Parts::new(10_000, None).take(&altered).is_err());
        assert!(Parts::new(10_000, None).take(&[3, 0]).is_err());
        assert!(Parts::new(10_000, None).take(&[REST, 5, 0]).is_err());
        assert!(
            Parts::new(10_000, None)
                .take(&[SMALL, 255, 255, 255, 255, 255, 255])
                .is_err()
        );
    }
}
