//! A receipt: the province's signed word that it holds a log up to an entry.

use super::keys::{DeviceKey, LogId, Signature, SigningKey};
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;

const RECEIPT_CONTEXT: &[u8] = b"cotmoc/receipt/v1";

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
        }
    }

    /// The authority did sign it.
    pub fn verify(&self, authority: &DeviceKey) -> bool {
        let message = Self::message(&self.log, self.seq, &self.hash, self.media_complete);
        authority.verify(RECEIPT_CONTEXT, &message, &self.signature)
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

    /// Appends what the receipt says, without the log it is about.
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
        })
    }
}
