//! Device keys, logs and their signatures.

use std::fmt;

use ed25519_dalek::{Signer, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::scope::Scope;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::{Hash32, Purpose};

static ACTOR: Purpose = Purpose::new("cotmoc 2026-11 automerge actor");

/// Signatures of log heads carry this context, so that no other signature of a device can pass for one.
const LOG_CONTEXT: &[u8] = b"cotmoc/log-head/v1";

/// The Ed25519 public key of a device or of a province's authority: its name in every log and grant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceKey(pub [u8; 32]);

impl DeviceKey {
    /// Fingerprint that people compare: BLAKE3 of the key, shortened.
    pub fn fingerprint(&self) -> String {
        Hash32::of("cotmoc 2026-11 key fingerprint", &self.0).short()
    }

    /// Checks a signature made with [`SigningKey::sign`] under the same context; strict, so that a
    /// signature has one form and weak keys are refused.
    pub fn verify(&self, context: &[u8], message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else {
            return false;
        };
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&[context, message].concat(), &signature)
            .is_ok()
    }
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash32(self.0).fmt(f)
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for DeviceKey {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Hash32::from_hex(text).map(|hash| Self(hash.0)).ok_or(Malformed {
            what: "device key",
            at: 0,
        })
    }
}

impl Serialize for DeviceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeviceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A 64-byte Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// The secret half of a device's key. Made from 32 random bytes that the caller supplies.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// From the 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes, for storing in the encrypted database.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn device(&self) -> DeviceKey {
        DeviceKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `context` followed by `message`.
    pub fn sign(&self, context: &[u8], message: &[u8]) -> Signature {
        Signature(self.0.sign(&[context, message].concat()).to_bytes())
    }

    /// Signs a log up to the entry of this hash.
    pub fn sign_log_head(&self, head: &Hash32) -> Signature {
        self.sign(LOG_CONTEXT, &head.0)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.device())
    }
}

/// Checks a signature over a log's head. The hash covers the log's identity, the sequence and the whole
/// chain before it, so one signature vouches for every entry up to that head.
pub fn verify_log_head(device: &DeviceKey, head: &Hash32, signature: &Signature) -> bool {
    device.verify(LOG_CONTEXT, &head.0, signature)
}

/// Which life of a device's store wrote a log. A store that was restored from a backup or copied to a
/// second machine draws a new random one before its first entry, so honest users never fork a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(pub u64);

/// A log: one device's entries of one scope in one incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// Who writes it.
    pub device: DeviceKey,
    /// In which life of its store.
    pub incarnation: Incarnation,
    /// Whose records it changes.
    pub scope: Scope,
}

impl LogId {
    /// Appends the fixed layout: device, incarnation, scope (73 bytes).
    pub fn write(&self, writer: &mut Writer) {
        writer.put(&self.device.0).u64(self.incarnation.0);
        self.scope.write(writer);
    }

    /// Reads [`LogId::write`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            device: DeviceKey(reader.array("log device")?),
            incarnation: Incarnation(reader.u64("log incarnation")?),
            scope: Scope::decode(reader)?,
        })
    }
}

/// The Automerge actor under which a device writes: one per device and incarnation, never copied with a
/// database, so two lives of a device can never issue the same operation id.
pub fn actor_of(device: &DeviceKey, incarnation: Incarnation) -> [u8; 16] {
    let hash = ACTOR.hash(&[&device.0, &incarnation.0.to_le_bytes()]);
    let mut actor = [0u8; 16];
    actor.copy_from_slice(&hash.0[..16]);
    actor
}
