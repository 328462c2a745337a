//! What a device asks of a remote: `POST /v1/exchange`.

use uuid::Uuid;

use super::compare::Buckets;
use super::cursor::{Cursor, Head, read_heads, write_heads};
use super::fields::{Incoming, Outgoing};
use super::load::{Load, Wanted, read_wanted, write_wanted};
use super::part::Begun;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::{Hash32, ProvinceId};
use crate::journal::{DeviceKey, Incarnation, LogId, Signature, SigningKey};
use crate::media::Lane;

/// Version of the messages; a server answers the version it was asked in.
pub const PROTOCOL_VERSION: u8 = 1;

const REQUEST_CONTEXT: &[u8] = b"cotmoc/exchange-request/v1";

const COMPARE: u64 = 1;
const WANTS: u64 = 2;
const HAVE: u64 = 3;
const BEGUN: u64 = 4;
const WANTED: u64 = 5;
const BRINGS: u64 = 6;
const FORKS: u64 = 7;

/// My new entries and my cursor.
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
    /// About how many bytes of entries one page of the answer may carry, before compression.
    pub page_bytes: u64,
    /// Most pages the answer may have. With none the device has more to send first: it is told receipts and
    /// refusals only.
    pub pages: Pages,
    /// What it brings.
    pub load: Load,
    /// The sets of both are to be compared, because their digests differ or they share no order of arrival.
    pub compare: Option<Buckets>,
    /// Logs it lacks entries of: everything after this sequence, whatever the cursor says.
    pub wants: Vec<(LogId, u64)>,
    /// Logs it could hand on and asks about first: how far does the remote hold them? What it has of them itself
    /// is not to be sent to it.
    pub have: Vec<Head>,
    /// A page of an earlier answer that came in part.
    pub begun: Option<Begun>,
    /// Files it lacks.
    pub wanted: Vec<Wanted>,
    /// Files of this lane it could bring: what does the remote lack of it?
    pub brings: Option<Lane>,
    /// Mark of the forks it knows within what it may see; absent when it knows none. An end that knows others
    /// sends their proofs.
    pub forks: Option<Hash32>,
}

/// How much of what is new the answer may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pages {
    /// None.
    None,
    /// Everything, page after page in one answer.
    #[default]
    All,
}

impl Request {
    /// A request that brings nothing and asks for everything after the cursor.
    pub fn of(
        (device, incarnation): (DeviceKey, Incarnation),
        province: ProvinceId,
        cursor: Cursor,
        page_bytes: u64,
    ) -> Self {
        Self {
            device,
            incarnation,
            province,
            cursor,
            page_bytes,
            pages: Pages::All,
            load: Load::default(),
            compare: None,
            wants: Vec::new(),
            have: Vec::new(),
            begun: None,
            wanted: Vec::new(),
            brings: None,
            forks: None,
        }
    }

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
        writer.u8(match self.pages {
            Pages::None => 0,
            Pages::All => 1,
        });
        self.load.write(&mut writer);
        let mut fields = Outgoing::default();
        if let Some(buckets) = &self.compare {
            fields.add(COMPARE, |writer| buckets.write(writer));
        }
        fields.add_unless(self.wants.is_empty(), WANTS, |writer| {
            writer.varint(self.wants.len() as u64);
            for (log, after) in &self.wants {
                log.write(writer);
                writer.varint(*after);
            }
        });
        fields.add_unless(self.have.is_empty(), HAVE, |writer| {
            write_heads(writer, &self.have)
        });
        if let Some(begun) = &self.begun {
            fields.add(BEGUN, |writer| begun.write(writer));
        }
        fields.add_unless(self.wanted.is_empty(), WANTED, |writer| {
            write_wanted(writer, &self.wanted);
        });
        if let Some(lane) = self.brings {
            fields.add(BRINGS, |writer| {
                writer.u8(match lane {
                    Lane::Thumbnail => 1,
                    Lane::Original => 2,
                });
            });
        }
        if let Some(mark) = &self.forks {
            fields.add(FORKS, |writer| {
                writer.put(&mark.0);
            });
        }
        fields.write(&mut writer);
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
        let device = DeviceKey(reader.array("device")?);
        let incarnation = Incarnation(reader.u64("incarnation")?);
        let province = ProvinceId(Uuid::from_bytes(reader.array("province")?));
        let cursor = Cursor::read(&mut reader)?;
        let page_bytes = reader.varint("page bytes")?;
        let pages = match reader.u8("pages")? {
            0 => Pages::None,
            // What a newer version may mean by another number is at least "send me something".
            _ => Pages::All,
        };
        let load = Load::read(&mut reader)?;
        let fields = Incoming::read(&mut reader)?;
        reader.end("request")?;
        Ok(Self {
            device,
            incarnation,
            province,
            cursor,
            page_bytes,
            pages,
            load,
            compare: fields.get(COMPARE, |reader| Buckets::read(reader).map(Some))?,
            wants: fields.get(WANTS, |reader| {
                let count = reader.count(74, "wanted logs")?;
                (0..count)
                    .map(|_| Ok((LogId::read(reader)?, reader.varint("wanted sequence")?)))
                    .collect()
            })?,
            have: fields.get(HAVE, read_heads)?,
            begun: fields.get(BEGUN, |reader| Begun::read(reader).map(Some))?,
            wanted: fields.get(WANTED, read_wanted)?,
            brings: fields.get(BRINGS, |reader| {
                Ok(match reader.u8("lane")? {
                    1 => Some(Lane::Thumbnail),
                    2 => Some(Lane::Original),
                    // A lane of a newer version: this one has nothing to ask for.
                    _ => None,
                })
            })?,
            forks: fields.get(FORKS, |reader| Ok(Some(Hash32(reader.array("mark of forks")?))))?,
        })
    }
}

/// The signature in front of a request is the one of the device it names.
pub fn request_signature_valid(bytes: &[u8], device: &DeviceKey) -> bool {
    let Some((signature, body)) = bytes.split_first_chunk::<64>() else {
        return false;
    };
    device.verify(REQUEST_CONTEXT, body, &Signature(*signature))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::exchange::{Cursor, Epoch};
    use crate::journal::Scope;

    fn request() -> (SigningKey, Request) {
        let key = SigningKey::from_seed(&[1; 32]);
        let cursor = Cursor {
            epoch: Epoch(Uuid::from_u128(5)),
            position: 6,
            chain: Hash32([7; 32]),
        };
        let province = ProvinceId(Uuid::from_u128(4));
        let request = Request::of((key.device(), Incarnation(3)), province, cursor, 1_000);
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
        let (key, mut request) = request();
        let log = LogId {
            device: key.device(),
            incarnation: Incarnation(3),
            scope: Scope::roster(request.province),
        };
        request.wants = vec![(log, 4)];
        request.have = vec![Head {
            log,
            seq: 9,
            hash: Hash32([1; 32]),
        }];
        request.begun = Some(Begun {
            hash: [8; 16],
            bytes: 700,
        });
        request.wanted = vec![Wanted {
            blob: Hash32([2; 32]),
            ranges: vec![(0, 3), (5, 1)],
        }];
        request.compare = Some(Buckets(vec![
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        ]));
        request.brings = Some(Lane::Original);
        request.pages = Pages::None;
        request.forks = Some(Hash32([6; 32]));
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
        for cut in 0..bytes.len() {
            assert!(Request::read(&bytes[..cut]).is_err());
        }
    }
}
