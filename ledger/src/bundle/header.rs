//! The part of a bundle that anybody may read, signed by its sender.

use std::fmt;
use std::io::Read;

use cotmoc_core::codec::{Malformed, Reader, Writer};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{DeviceKey, Incarnation, Signature, SigningKey};
use uuid::Uuid;

use super::error::BundleError;

/// Most recipients of one bundle. The parser of age headers takes time by the square of them.
pub const MAX_RECIPIENTS: usize = 256;

/// First bytes of every part. Not text, and with a line end that careless copying changes.
const MAGIC: [u8; 8] = *b"\x89CMGOI\r\n";
const VERSION: u8 = 1;
const MAX_HEADER: usize = 32 * 1024;
/// Bytes before the header: magic, version, length.
const LEAD: usize = MAGIC.len() + 1 + 4;

const SIGNATURE_CONTEXT: &[u8] = b"cotmoc/bundle-header/v1";
const HASH_CONTEXT: &str = "cotmoc 2026-11 bundle header";

/// Which bundle a part belongs to: 16 random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId(pub Uuid);

impl BundleId {
    /// The first eight hexadecimal digits, as in file names.
    pub fn short(&self) -> String {
        let mut hex = self.0.simple().to_string();
        hex.truncate(8);
        hex
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A field that later versions may add to the header; an unknown one is kept and has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Which field.
    pub tag: u64,
    /// Its contents, in the clear.
    pub bytes: Vec<u8>,
}

/// What a part says of itself in the clear. The sender signed it; whether the sender is known, and what its
/// word is worth, is for the caller to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHeader {
    /// The bundle.
    pub id: BundleId,
    /// Whose records it carries.
    pub province: ProvinceId,
    /// Who wrote it.
    pub sender: DeviceKey,
    /// In which life of its store.
    pub incarnation: Incarnation,
    /// The sender's clock, milliseconds since 1970 UTC: a claim.
    pub claimed_at: i64,
    /// From 1.
    pub number: u32,
    /// Devices and authorities that can open it, 1 to [`MAX_RECIPIENTS`].
    pub recipients: Vec<DeviceKey>,
    /// Fields that this version does not know.
    pub extensions: Vec<Extension>,
}

impl BundleHeader {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .put(self.id.0.as_bytes())
            .put(self.province.0.as_bytes())
            .put(&self.sender.0)
            .u64(self.incarnation.0)
            .u64(self.claimed_at as u64)
            .varint(u64::from(self.number))
            .varint(self.recipients.len() as u64);
        for recipient in &self.recipients {
            writer.put(&recipient.0);
        }
        for extension in &self.extensions {
            writer.varint(extension.tag).bytes(&extension.bytes);
        }
        writer.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let id = BundleId(Uuid::from_bytes(reader.array("bundle id")?));
        let province = ProvinceId(Uuid::from_bytes(reader.array("bundle province")?));
        let sender = DeviceKey(reader.array("bundle sender")?);
        let incarnation = Incarnation(reader.u64("bundle incarnation")?);
        let claimed_at = reader.u64("bundle time")? as i64;
        let malformed = |what| Malformed { what, at: 0 };
        let number = u32::try_from(reader.varint("part number")?).unwrap_or(0);
        if number == 0 {
            return Err(malformed("part number"));
        }
        let count = reader.count(32, "bundle recipients")?;
        if count == 0 || count > MAX_RECIPIENTS {
            return Err(malformed("bundle recipients"));
        }
        let recipients = (0..count)
            .map(|_| reader.array("bundle recipient").map(DeviceKey))
            .collect::<Result<_, _>>()?;
        let mut extensions = Vec::new();
        while reader.left() > 0 {
            extensions.push(Extension {
                tag: reader.varint("header extension")?,
                bytes: reader.bytes(MAX_HEADER, "header extension")?.to_vec(),
            });
        }
        Ok(Self {
            id,
            province,
            sender,
            incarnation,
            claimed_at,
            number,
            recipients,
            extensions,
        })
    }
}

/// A header as it stands in a file: everything before the encrypted stream.
#[derive(Debug, Clone)]
pub(super) struct Prelude {
    pub(super) header: BundleHeader,
    /// What the signature covers. The encrypted stream and the trailer repeat it, so that neither can be put
    /// behind another header.
    pub(super) hash: Hash32,
    pub(super) bytes: Vec<u8>,
}

impl Prelude {
    /// Signs a header.
    ///
    /// # Errors
    /// [`BundleError::HeaderTooLong`].
    pub(super) fn sign(header: BundleHeader, sender: &SigningKey) -> Result<Self, BundleError> {
        let encoded = header.encode();
        let length = u32::try_from(encoded.len()).unwrap_or(u32::MAX);
        if encoded.len() > MAX_HEADER {
            return Err(BundleError::HeaderTooLong);
        }
        let mut bytes = [&MAGIC[..], &[VERSION], &length.to_le_bytes(), &encoded].concat();
        let hash = Hash32::of(HASH_CONTEXT, &bytes);
        bytes.extend_from_slice(&sender.sign(SIGNATURE_CONTEXT, &hash.0).0);
        Ok(Self { header, hash, bytes })
    }

    /// Reads and verifies what [`Prelude::sign`] made.
    ///
    /// # Errors
    /// [`BundleError::NotABundle`], [`BundleError::Newer`], [`BundleError::Damaged`].
    pub(super) fn read(file: &mut impl Read) -> Result<Self, BundleError> {
        let mut lead = Vec::with_capacity(LEAD);
        file.by_ref().take(LEAD as u64).read_to_end(&mut lead)?;
        let of_magic = lead.len().min(MAGIC.len());
        if lead[..of_magic] != MAGIC[..of_magic] {
            return Err(BundleError::NotABundle);
        }
        let mut reader = Reader::new(&lead[of_magic..]);
        match reader.u8("bundle version")? {
            VERSION => {}
            newer if newer > VERSION => return Err(BundleError::Newer(newer)),
            _ => return Err(BundleError::Damaged("bundle version")),
        }
        let length = u32::from_le_bytes(reader.array("header length")?) as usize;
        if length > MAX_HEADER {
            return Err(BundleError::Damaged("header length"));
        }
        let mut bytes = lead;
        bytes.resize(LEAD + length + 64, 0);
        file.read_exact(&mut bytes[LEAD..])?;
        let (signed, signature) = bytes.split_at(LEAD + length);
        let hash = Hash32::of(HASH_CONTEXT, signed);
        let header = BundleHeader::decode(&signed[LEAD..])?;
        let signature = Signature(Reader::new(signature).array("header signature")?);
        if !header.sender.verify(SIGNATURE_CONTEXT, &hash.0, &signature) {
            return Err(BundleError::Damaged("header signature"));
        }
        Ok(Self { header, hash, bytes })
    }
}
