//! What a run leaves when it breaks off: a request that was not answered and half a part of an answer, kept in the
//! store for the next run over the same route, so that a program that was closed or killed goes on at the byte.
//!
//! Nothing but bytes on the link depends on it. What is damaged, of another life of this device or older than what
//! was read of the remote since is passed over, and what cannot be kept is sent once more.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::codec::{Malformed, Reader, Writer};
use cotmoc_core::exchange::{Cursor, MAX_BODY, ParcelClaim, Unfinished as HalfPart, Wanted};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{Incarnation, LogId, SigningKey};
use cotmoc_core::media;
use cotmoc_ledger::LedgerError;

use super::taking::Asked;
use crate::device::Device;
use crate::store::remote;

/// Of the form below; another one is passed over.
const FORM: u8 = 2;
/// Bytes of a log in it at least: the log 73, a place 1.
const LEAST_LOG: usize = 74;
/// How often a remote may fail on a request before it is made anew: the failure may be of the request after all.
const MOST_FAILURES: u8 = 3;

/// What the last run over a route left.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub request: Option<Sending>,
    pub part: Option<HalfPart>,
}

/// A request that is to be sent, or was sent and not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sending {
    pub body: Vec<u8>,
    pub claim: Option<ParcelClaim>,
    /// Bytes before compression.
    pub raw: u64,
    /// It carries entries or files.
    pub brings: bool,
    /// How far the remote was known to hold the logs of which it carries entries.
    pub before: BTreeMap<LogId, u64>,
    /// What it asks.
    pub asked: Asked,
    /// Logs and the lane of files that it asks about, and what the remote lacks beyond it. Not kept: whoever does not know
    /// asks again.
    pub about: (Vec<LogId>, Option<media::Lane>, Option<Vec<Wanted>>),
    /// From where it asks for news.
    pub cursor: Cursor,
    /// How often the remote failed when it was sent, with no word of what is wrong with it.
    pub failures: u8,
    /// Bytes that are known to have arrived.
    pub here: u64,
}

impl Unfinished {
    /// What is kept of a route, as far as it is still of use.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(device: &Device, route: &str) -> Result<Self, LedgerError> {
        let Some(kept) = remote::unfinished(&device.ledger, route)? else {
            return Ok(Self::default());
        };
        let current = device.author.current();
        let Ok(mut left) = read(&kept, &current.key) else {
            tracing::info!("what the last run left cannot be read and is sent again");
            return Ok(Self::default());
        };
        // Once something of its answer was taken in, asking again would bring that again.
        let cursor = remote::cursor(&device.ledger, route)?;
        let author = (current.device(), current.incarnation);
        left.request
            .take_if(|request| request.cursor != cursor || request.asked.author != author);
        Ok(left)
    }
}

/// Keeps what a run has to leave, in the place of what was kept before. That it cannot be kept is no reason not to
/// exchange.
pub(super) fn keep(device: &Device, route: &str, request: Option<&Sending>, part: Option<&HalfPart>) {
    let kept = match (request, part) {
        (None, None) => remote::forget_unfinished(&device.ledger, route),
        left => remote::keep_unfinished(&device.ledger, route, &write(left)),
    };
    if let Err(error) = kept {
        tracing::warn!(error.message = %error, "what a run left could not be kept");
    }
}

fn write((request, part): (Option<&Sending>, Option<&HalfPart>)) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(FORM).u8(u8::from(request.is_some()));
    if let Some(request) = request {
        request.write(&mut writer);
    }
    writer.u8(u8::from(part.is_some()));
    if let Some(part) = part {
        part.write(&mut writer);
    }
    let bytes = writer.finish();
    [&seal(&bytes).0[..], &bytes].concat()
}

fn read(kept: &[u8], key: &SigningKey) -> Result<Unfinished, Malformed> {
    let mut reader = Reader::new(kept);
    let hash: [u8; 32] = reader.array("hash of what was left")?;
    let bytes = kept.get(32..).unwrap_or_default();
    let damaged = Malformed {
        what: "what a run left",
        at: 0,
    };
    if hash != seal(bytes).0 || reader.u8("form")? != FORM {
        return Err(damaged);
    }
    let request = match reader.u8("request left")? {
        0 => None,
        _ => Some(Sending::read(&mut reader, key)?),
    };
    let part = match reader.u8("part left")? {
        0 => None,
        _ => Some(HalfPart::read(&mut reader, MAX_BODY)?),
    };
    reader.end("what a run left")?;
    Ok(Unfinished { request, part })
}

fn seal(bytes: &[u8]) -> Hash32 {
    Hash32::of("cotmoc 2026-11 what a run left", bytes)
}

impl Sending {
    /// Whether it is to be sent again after a refusal of this code. What the remote does not want is made anew; another
    /// key is a network's that is not the remote, and a disk that is full or a server that is ill says nothing of the
    /// request, nor does a hub that took it too slowly: it has a part of it.
    pub fn outlasts(&mut self, code: &str) -> bool {
        match code {
            "parcel_gone" => self.here = 0,
            "server_failed" => self.failures = self.failures.saturating_add(1),
            "server_unreachable" | "server_busy" | "server_full" | "server_wrong_key" | "hub_stalled" => {}
            _ => return false,
        }
        self.failures < MOST_FAILURES
    }

    fn write(&self, writer: &mut Writer) {
        self.cursor.write(writer);
        writer
            .put(&self.asked.author.0.0)
            .u64(self.asked.author.1.0)
            .varint(self.asked.buckets as u64)
            .varint(self.raw)
            .u8(u8::from(self.brings))
            .u8(self.failures);
        write_places(writer, &self.asked.sent);
        write_places(writer, &self.before);
        write_places(writer, &self.asked.lost.iter().map(|log| (*log, 0)).collect());
        writer.u8(u8::from(self.claim.is_some())).bytes(&self.body);
    }

    /// How much of it has arrived the remote knows best, so that is not kept. A claim is signed anew.
    fn read(reader: &mut Reader<'_>, key: &SigningKey) -> Result<Self, Malformed> {
        let cursor = Cursor::read(reader)?;
        let author = (
            cotmoc_core::journal::DeviceKey(reader.array("author")?),
            Incarnation(reader.u64("incarnation")?),
        );
        let buckets = usize::try_from(reader.varint("buckets")?).unwrap_or(0);
        let raw = reader.varint("bytes before compression")?;
        let brings = reader.u8("brings")? != 0;
        let failures = reader.u8("failures")?;
        let sent = read_places(reader)?;
        let before = read_places(reader)?;
        let lost: BTreeSet<LogId> = read_places(reader)?.into_keys().collect();
        let is_parcel = reader.u8("parcel")? != 0;
        let body = reader.bytes(MAX_BODY, "body")?.to_vec();
        Ok(Self {
            claim: is_parcel.then(|| ParcelClaim::sign(key, &body)),
            body,
            raw,
            brings,
            before,
            asked: Asked {
                author,
                sent,
                buckets,
                lost,
            },
            about: Default::default(),
            cursor,
            failures,
            here: 0,
        })
    }
}

fn write_places(writer: &mut Writer, places: &BTreeMap<LogId, u64>) {
    writer.varint(places.len() as u64);
    for (log, seq) in places {
        log.write(writer);
        writer.varint(*seq);
    }
}

fn read_places(reader: &mut Reader<'_>) -> Result<BTreeMap<LogId, u64>, Malformed> {
    let count = reader.count(LEAST_LOG, "logs")?;
    (0..count)
        .map(|_| Ok((LogId::read(reader)?, reader.varint("place")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::exchange::{Parts, write_part};
    use cotmoc_core::id::ProvinceId;
    use cotmoc_core::journal::Scope;

    use super::*;

    fn left(key: &SigningKey) -> Unfinished {
        let log = LogId {
            device: key.device(),
            incarnation: Incarnation(7),
            scope: Scope::roster(ProvinceId(uuid::Uuid::from_u128(4))),
        };
        let body = vec![9; 20_000];
        let mut parts = Parts::new(MAX_BODY, None);
        let whole = write_part(&[5; 9_000], None);
        parts.take(&whole[..4_000]).unwrap();
        Unfinished {
            request: Some(Sending {
                claim: Some(ParcelClaim::sign(key, &body)),
                body,
                raw: 70_000,
                brings: true,
                before: BTreeMap::from([(log, 3)]),
                asked: Asked {
                    author: (key.device(), Incarnation(7)),
                    sent: BTreeMap::from([(log, 40)]),
                    buckets: 16,
                    lost: BTreeSet::from([log]),
                },
                about: Default::default(),
                cursor: Cursor::START,
                failures: 2,
                here: 0,
            }),
            part: parts.unfinished(),
        }
    }

    #[test]
    fn what_a_run_left_comes_back_as_it_was_kept() {
        let key = SigningKey::from_seed(&[1; 32]);
        let whole = left(&key);
        assert!(whole.part.is_some());
        let kept = write((whole.request.as_ref(), whole.part.as_ref()));
        assert_eq!(read(&kept, &key).unwrap(), whole);
        let kept = write((None, whole.part.as_ref()));
        assert_eq!(read(&kept, &key).unwrap().part, whole.part);
        assert_eq!(read(&kept, &key).unwrap().request, None);
    }

    #[test]
    fn a_request_that_a_hub_took_too_slowly_goes_on_where_it_is_and_one_that_is_refused_is_made_anew() {
        let mut sending = left(&SigningKey::from_seed(&[1; 32])).request.unwrap();
        sending.here = 8_192;
        assert!(sending.outlasts("hub_stalled"));
        assert_eq!(sending.here, 8_192);
        assert!(sending.outlasts("parcel_gone"));
        assert_eq!(sending.here, 0);
        assert!(!sending.outlasts("malformed"));
    }

    #[test]
    fn what_was_damaged_or_cut_is_not_read() {
        let key = SigningKey::from_seed(&[1; 32]);
        let whole = left(&key);
        let kept = write((whole.request.as_ref(), whole.part.as_ref()));
        for at in (0..kept.len()).step_by(97) {
            let mut altered = kept.clone();
            altered[at] ^= 1;
            assert!(read(&altered, &key).is_err(), "{at}");
            assert!(read(&kept[..at], &key).is_err(), "{at}");
        }
    }
}
