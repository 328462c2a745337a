//! A body that may take several connections to arrive: named by its content, resumed at any byte.

use crate::codec::Malformed;
use crate::id::Hash32;
use crate::journal::{DeviceKey, Signature, SigningKey};

const CONTEXT: &[u8] = b"cotmoc/parcel/v1";

/// Who sends a body, of what content and length. It goes in front of the body, signed, so that a remote keeps
/// pieces of unfinished bodies for devices it knows and for nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParcelClaim {
    /// The sender.
    pub device: DeviceKey,
    /// BLAKE3 of the body.
    pub hash: Hash32,
    /// Its length, bytes.
    pub length: u64,
    signature: Signature,
}

impl ParcelClaim {
    /// Bodies from this length on go as parcels, bytes.
    pub const FROM: usize = 8 * 1024;

    /// Claims a body.
    pub fn sign(key: &SigningKey, body: &[u8]) -> Self {
        Self::sign_hash(key, Hash32(*blake3::hash(body).as_bytes()), body.len() as u64)
    }

    /// Claims what has this name and length, bytes.
    pub fn sign_hash(key: &SigningKey, hash: Hash32, length: u64) -> Self {
        Self {
            device: key.device(),
            hash,
            length,
            signature: key.sign(CONTEXT, &message(&hash, length)),
        }
    }

    /// The device it names did sign it.
    pub fn verify(&self) -> bool {
        self.device
            .verify(CONTEXT, &message(&self.hash, self.length), &self.signature)
    }

    /// As the value of a header: device, hash, length, signature.
    pub fn to_text(&self) -> String {
        let signature: String = self
            .signature
            .0
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{}.{}.{}.{signature}", self.device, self.hash, self.length)
    }

    /// Reads [`ParcelClaim::to_text`]; the signature is not checked yet.
    ///
    /// # Errors
    /// When the text is no claim.
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed {
            what: "parcel claim",
            at: 0,
        };
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(malformed);
        let (device, hash, length, signature) = (next()?, next()?, next()?, next()?);
        let half = |at: usize| signature.get(at..at + 64).and_then(Hash32::from_hex);
        let (Some(first), Some(second), 128) = (half(0), half(64), signature.len()) else {
            return Err(malformed);
        };
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&first.0);
        bytes[32..].copy_from_slice(&second.0);
        Ok(Self {
            device: device.parse()?,
            hash: Hash32::from_hex(hash).ok_or(malformed)?,
            length: length.parse().map_err(|_| malformed)?,
            signature: Signature(bytes),
        })
    }
}

fn message(hash: &Hash32, length: u64) -> Vec<u8> {
    [&hash.0[..], &length.to_le_bytes()].concat()
}

/// A claimed body of which some bytes are here.
#[derive(Debug, Clone)]
pub struct Parcel {
    claim: ParcelClaim,
    bytes: Vec<u8>,
}

impl Parcel {
    /// Nothing of it is here.
    pub fn new(claim: ParcelClaim) -> Self {
        Self {
            claim,
            bytes: Vec::new(),
        }
    }

    /// Bytes from its beginning that are here.
    pub fn here(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Makes room for bytes that begin at `from`: those that are here beyond it come again.
    ///
    /// # Errors
    /// When bytes before `from` are missing.
    pub fn resume(&mut self, from: u64) -> Result<(), Malformed> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        if from > self.bytes.len() {
            return Err(Malformed {
                what: "beginning of a parcel",
                at: from,
            });
        }
        self.bytes.truncate(from);
        Ok(())
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When there are more than were claimed.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if self.here() + bytes.len() as u64 > self.claim.length {
            return Err(Malformed {
                what: "length of a parcel",
                at: self.bytes.len(),
            });
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// All of it is here.
    pub fn is_whole(&self) -> bool {
        self.here() == self.claim.length
    }

    /// The body, when it is whole and what was claimed. What is not is of no use and gone.
    ///
    /// # Errors
    /// When bytes are missing or altered.
    pub fn open(self) -> Result<Vec<u8>, Malformed> {
        let fits = self.is_whole() && blake3::hash(&self.bytes).as_bytes() == &self.claim.hash.0;
        if fits {
            Ok(self.bytes)
        } else {
            Err(Malformed {
                what: "parcel",
                at: self.bytes.len(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn body() -> Vec<u8> {
        (0..ParcelClaim::FROM).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn a_body_that_came_in_pieces_opens_as_it_was_sent() {
        let (key, body) = (SigningKey::from_seed(&[1; 32]), body());
        let claim = ParcelClaim::from_text(&ParcelClaim::sign(&key, &body).to_text()).unwrap();
        assert!(claim.verify());
        for cut in 0..body.len() {
            let mut parcel = Parcel::new(claim);
            parcel.take(&body[..cut]).unwrap();
            assert!(!parcel.is_whole());
            assert!(parcel.clone().open().is_err());
            parcel.resume(parcel.here()).unwrap();
            parcel.take(&body[cut..]).unwrap();
            assert_eq!(parcel.open().unwrap(), body);
        }
    }

    #[test]
    fn a_piece_may_be_repeated_and_none_may_be_left_out_or_added() {
        let (key, body) = (SigningKey::from_seed(&[1; 32]), body());
        let claim = ParcelClaim::sign(&key, &body);
        let mut parcel = Parcel::new(claim);
        parcel.take(&body[..900]).unwrap();
        assert!(parcel.resume(901).is_err());
        parcel.resume(500).unwrap();
        parcel.take(&body[500..]).unwrap();
        assert!(parcel.take(&[0]).is_err());
        assert_eq!(parcel.open().unwrap(), body);
    }

    #[test]
    fn another_body_and_another_sender_are_noticed() {
        let (key, mut body) = (SigningKey::from_seed(&[1; 32]), body());
        let mut claim = ParcelClaim::sign(&key, &body);
        body[7] ^= 1;
        let mut parcel = Parcel::new(claim);
        parcel.take(&body).unwrap();
        assert!(parcel.open().is_err());
        claim.device = SigningKey::from_seed(&[2; 32]).device();
        assert!(!claim.verify());
        for text in ["", "a.b.c.d", "..", &"0".repeat(300)] {
            assert!(ParcelClaim::from_text(text).is_err());
        }
    }
}
