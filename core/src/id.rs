//! Ids and hashes: newtypes, so that one kind of record can never stand in for another.

use std::fmt;
use std::sync::OnceLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What many hashes are made for: [`Hash32::of`] with the key of its context kept, which is a third of the work for a
/// short entry.
#[derive(Debug)]
pub struct Purpose {
    context: &'static str,
    key: OnceLock<ContextKey>,
}

impl Purpose {
    /// Of this context string.
    pub const fn new(context: &'static str) -> Self {
        Self {
            context,
            key: OnceLock::new(),
        }
    }

    /// Hash of all parts, one behind the other.
    pub fn hash(&self, parts: &[&[u8]]) -> Hash32 {
        let key = self.key.get_or_init(|| hash_derive_key_context(self.context));
        let mut hasher = blake3::Hasher::new_from_context_key(key);
        for part in parts {
            hasher.update(part);
        }
        Hash32(*hasher.finalize().as_bytes())
    }
}

/// A BLAKE3 hash, or another 32-byte value compared as a whole. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// All zero: the hash before the first entry of a log.
    pub const ZERO: Self = Self([0; 32]);

    /// Hash of `bytes` under a context string of its own, so that a hash made for one purpose can
    /// never be used for another. What is hashed for every entry has a [`Purpose`].
    pub fn of(context: &str, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(bytes);
        Self(*hasher.finalize().as_bytes())
    }

    /// Reads a slice of exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The first 16 hexadecimal digits in groups of four, as two people compare it aloud.
    pub fn short(&self) -> String {
        let hex = self.to_string();
        [&hex[0..4], &hex[4..8], &hex[8..12], &hex[12..16]].join(" ")
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A province: a root of units with its own roster, scope and compilers.
    ProvinceId
);
uuid_id!(
    /// A survey delegation.
    DelegationId
);
uuid_id!(
    /// A record, which is one Automerge document.
    RecordId
);
uuid_id!(
    /// A photo or file that is evidence for a record.
    AttachmentId
);

impl RecordId {
    /// The id of a record that two devices can create offline without knowing of each other, such as
    /// the agreed score of a visit and a model: both arrive at the same id from the same `parts`.
    pub fn derived(purpose: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("cotmoc 2026-11 derived record id");
        hasher.update(purpose.as_bytes());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
