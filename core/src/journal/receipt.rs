//! A receipt: the province's signed word that it holds a log up to an entry, and in which life it said so.

use uuid::Uuid;

use super::keys::{DeviceKey, LogId, Signature, SigningKey};
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;

const RECEIPT_CONTEXT: &[u8] = b"cotmoc/receipt/v1";
const LIFE_CONTEXT: &[u8] = b"cotmoc/receipt-life/v1";

/// The province's authority holds `log` up to `seq`, whose entry has `hash`, after commit and fsync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The log.
    pub log: LogId,
    /// Last entry held.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash32,
    /// All attachments named up to there are held too.
    pub media_complete: bool,
    /// By the authority of the province.
    pub signature: Signature,
    /// In which life of the server it was said; absent from a program that does not say it.
    pub life: Option<SignedLife>,
}

/// A life of a province's server. One that is restored from a backup begins another, in which it may have lost what it
/// confirmed before. The later life is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerLife {
    /// When it began by the server's clock, milliseconds since 1970 UTC; later than every life that its store remembers.
    pub began: u64,
    /// The epoch of its order of arrival.
    pub id: Uuid,
}

/// The life of a receipt, signed together with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLife {
    /// Which.
    pub life: ServerLife,
    /// By the authority of the province.
    pub signature: Signature,
}

impl SignedLife {
    /// Bytes of [`SignedLife::write`].
    pub const BYTES: usize = 16 + 8 + 64;

    /// Appends the life and its signature.
    pub fn write(&self, writer: &mut Writer) {
        writer
            .put(self.life.id.as_bytes())
            .u64(self.life.began)
            .put(&self.signature.0);
    }

    /// Reads [`SignedLife::write`].
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            life: ServerLife {
                id: Uuid::from_bytes(reader.array("life of a receipt")?),
                began: reader.u64("beginning of a life")?,
            },
            signature: Signature(reader.array("signature of a life")?),
        })
    }
}

impl Receipt {
    /// Signs a receipt. Call only after the entries are durable.
    pub fn sign(authority: &SigningKey, log: LogId, seq: u64, hash: Hash32, media_complete: bool) -> Self {
        let message = Self::message(&log, seq, &hash, media_complete);
        Self {
            log,
            seq,
            hash,
            media_complete,
            signature: authority.sign(RECEIPT_CONTEXT, &message),
            life: None,
        }
    }

    /// The same receipt, which says too in which life of the server it is given.
    #[must_use]
    pub fn in_life(mut self, authority: &SigningKey, life: ServerLife) -> Self {
        let signature = authority.sign(LIFE_CONTEXT, &self.life_message(&life));
        self.life = Some(SignedLife { life, signature });
        self
    }

    /// The authority did sign it, with the life if it names one.
    pub fn verify(&self, authority: &DeviceKey) -> bool {
        let message = Self::message(&self.log, self.seq, &self.hash, self.media_complete);
        let is_signed = authority.verify(RECEIPT_CONTEXT, &message, &self.signature);
        let life_fits = self.life.as_ref().is_none_or(|signed| {
            authority.verify(LIFE_CONTEXT, &self.life_message(&signed.life), &signed.signature)
        });
        is_signed && life_fits
    }

    fn life_message(&self, life: &ServerLife) -> Vec<u8> {
        let mut message = Self::message(&self.log, self.seq, &self.hash, self.media_complete);
        message.extend_from_slice(life.id.as_bytes());
        message.extend_from_slice(&life.began.to_le_bytes());
        message
    }

    fn message(log: &LogId, seq: u64, hash: &Hash32, media_complete: bool) -> Vec<u8> {
        let mut writer = Writer::new();
        log.write(&mut writer);
        writer.u64(seq).put(&hash.0).u8(u8::from(media_complete));
        writer.finish()
    }

    /// Appends the receipt without device and incarnation, which both ends of an exchange know.
    pub fn write(&self, writer: &mut Writer) {
        self.log.scope.write(writer);
        self.write_place(writer);
    }

    /// Appends what the receipt says, without the log it is about and without the life it was said in.
    pub fn write_place(&self, writer: &mut Writer) {
        writer
            .varint(self.seq)
            .put(&self.hash.0)
            .u8(u8::from(self.media_complete))
            .put(&self.signature.0);
    }

    /// Reads [`Receipt::write`] for the logs of one device and incarnation.
    pub fn read(reader: &mut Reader<'_>, owner: (DeviceKey, super::Incarnation)) -> Result<Self, Malformed> {
        let scope = super::Scope::decode(reader)?;
        let log = LogId {
            device: owner.0,
            incarnation: owner.1,
            scope,
        };
        Self::read_place(reader, log)
    }

    /// Reads [`Receipt::write_place`] for a log.
    ///
    /// # Errors
    /// When the bytes are not a receipt.
    pub fn read_place(reader: &mut Reader<'_>, log: LogId) -> Result<Self, Malformed> {
        let seq = reader.varint("receipt sequence")?;
        let hash = Hash32(reader.array("receipt hash")?);
        let media_complete = match reader.u8("receipt flag")? {
            0 => false,
            1 => true,
            _ => {
                return Err(Malformed {
                    what: "receipt flag",
                    at: 0,
                });
            }
        };
        Ok(Self {
            log,
            seq,
            hash,
            media_complete,
            signature: Signature(reader.array("receipt signature")?),
            life: None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::id::ProvinceId;
    use crate::journal::{Incarnation, Scope};

    #[test]
    fn a_receipt_holds_only_with_the_life_it_was_signed_in_or_with_none() {
        let authority = SigningKey::from_seed(&[1; 32]);
        let log = LogId {
            device: DeviceKey([2; 32]),
            incarnation: Incarnation(3),
            scope: Scope::province(ProvinceId(Uuid::from_u128(4))),
        };
        let life = |began| ServerLife {
            began,
            id: Uuid::from_u128(5),
        };
        let plain = Receipt::sign(&authority, log, 6, Hash32([7; 32]), true);
        let signed = plain.clone().in_life(&authority, life(8));
        assert!(plain.verify(&authority.device()) && signed.verify(&authority.device()));
        let mut later = signed.clone();
        later.life.as_mut().unwrap().life = life(9);
        assert!(!later.verify(&authority.device()));
        let other = Receipt::sign(&authority, log, 7, Hash32([7; 32]), true);
        let moved = Receipt {
            life: signed.life,
            ..other
        };
        assert!(!moved.verify(&authority.device()), "the life of another receipt");
    }

    #[test]
    fn the_life_that_began_later_is_the_greater_one_whatever_its_id() {
        let life = |began, id| ServerLife {
            began,
            id: Uuid::from_u128(id),
        };
        assert!(life(2, 1) > life(1, 9));
    }
}
