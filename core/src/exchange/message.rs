//! The two messages of an exchange.

use uuid::Uuid;

use super::digest::SetDigest;
use super::pack::Pack;
use crate::access::Refusal;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::{Hash32, ProvinceId};
use crate::journal::{DeviceKey, Incarnation, Receipt, Scope, Signature, SigningKey};

/// Version of the messages; a server answers the version it was asked in.
pub const PROTOCOL_VERSION: u8 = 1;

const REQUEST_CONTEXT: &[u8] = b"cotmoc/exchange-request/v1";

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

    fn write(&self, writer: &mut Writer) {
        writer
            .put(self.epoch.0.as_bytes())
            .varint(self.position)
            .put(&self.chain.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
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

/// `POST /v1/exchange`: my new entries and my cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The asking device.
    pub device: DeviceKey,
    /// Its incarnation.
    pub incarnation: Incarnation,
    /// Province it asks about.
    pub province: ProvinceId,
    /// How far it has read.
    pub cursor: Cursor,
    /// About how many bytes of entries the answer may carry, before compression.
    pub page_bytes: u64,
    /// New entries.
    pub pack: Pack,
}

impl Request {
    /// The bytes of the request with the device's signature over all of them; the signature covers the
    /// remote's epoch and the cursor, so a replay changes nothing and names what it was made for.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .u8(PROTOCOL_VERSION)
            .put(&self.device.0)
            .u64(self.incarnation.0);
        writer.put(self.province.0.as_bytes());
        self.cursor.write(&mut writer);
        writer.varint(self.page_bytes);
        self.pack.write(&mut writer);
        let body = writer.finish();
        let signature = key.sign(REQUEST_CONTEXT, &body);
        [&signature.0[..], &body].concat()
    }

    /// Reads [`Request::sign`]; the caller checks the signature with [`request_signature_valid`]
    /// before it believes anything.
    ///
    /// # Errors
    /// When the bytes are not a request of a known version.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.take(64, "request signature")?;
        if reader.u8("protocol version")? != PROTOCOL_VERSION {
            return Err(Malformed {
                what: "protocol version",
                at: 64,
            });
        }
        let request = Self {
            device: DeviceKey(reader.array("device")?),
            incarnation: Incarnation(reader.u64("incarnation")?),
            province: ProvinceId(Uuid::from_bytes(reader.array("province")?)),
            cursor: Cursor::read(&mut reader)?,
            page_bytes: reader.varint("page bytes")?,
            pack: Pack::read(&mut reader)?,
        };
        reader.end("request")?;
        Ok(request)
    }
}

/// The signature in front of a request is the one of the device it names.
pub fn request_signature_valid(bytes: &[u8], device: &DeviceKey) -> bool {
    let Some((signature, body)) = bytes.split_first_chunk::<64>() else {
        return false;
    };
    device.verify(REQUEST_CONTEXT, body, &Signature(*signature))
}

/// One entry that the remote refused; it keeps it with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Hash of the entry.
    pub entry: Hash32,
    /// Reason.
    pub reason: Refusal,
}

/// The answer: receipts, refusals, and what is new for the asking device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where to go on next time.
    pub cursor: Cursor,
    /// The cursor of the request was unknown: this answer starts from the beginning.
    pub restarted: bool,
    /// Another page follows.
    pub more: bool,
    /// How far the remote holds the device's logs; always sent after a restart.
    pub held: Vec<LogPosition>,
    /// Receipts for the logs that grew, and after a restart for all.
    pub receipts: Vec<Receipt>,
    /// Entries of this request that were refused.
    pub refused: Vec<Refused>,
    /// Digest of everything the device may see up to the cursor; on the last page.
    pub digest: Option<SetDigest>,
    /// New entries.
    pub pack: Pack,
}

impl Answer {
    /// Bytes of the answer.
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
        self.pack.write(&mut writer);
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
        let receipts = (0..count)
            .map(|_| Receipt::read(&mut reader, asker))
            .collect::<Result<_, _>>()?;
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
        let pack = Pack::read(&mut reader)?;
        reader.end("answer")?;
        let (restarted, more) = (flags & 1 != 0, flags & 2 != 0);
        Ok(Self {
            cursor,
            restarted,
            more,
            held,
            receipts,
            refused,
            digest,
            pack,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request() -> (SigningKey, Request) {
        let key = SigningKey::from_seed(&[1; 32]);
        let request = Request {
            device: key.device(),
            incarnation: Incarnation(3),
            province: ProvinceId(Uuid::from_u128(4)),
            cursor: Cursor {
                epoch: Epoch(Uuid::from_u128(5)),
                position: 6,
                chain: Hash32([7; 32]),
            },
            page_bytes: 1_000,
            pack: Pack::default(),
        };
        (key, request)
    }

    #[test]
    fn a_request_with_nothing_new_is_small() {
        let (key, request) = request();
        assert!(
            request.sign(&key).len() < 200,
            "the whole no-change exchange has to fit 500 bytes"
        );
    }

    #[test]
    fn no_byte_of_a_signed_request_can_be_changed() {
        let (key, request) = request();
        let bytes = request.sign(&key);
        assert_eq!(Request::read(&bytes).unwrap(), request);
        assert!(request_signature_valid(&bytes, &request.device));
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(
                !request_signature_valid(&altered, &request.device),
                "byte {at} is not covered"
            );
        }
    }

    #[test]
    fn an_answer_comes_back_as_it_went() {
        let (key, request) = request();
        let log = crate::journal::LogId {
            device: key.device(),
            incarnation: Incarnation(3),
            scope: Scope::roster(request.province),
        };
        let answer = Answer {
            cursor: request.cursor,
            restarted: true,
            more: false,
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
            pack: Pack::default(),
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
