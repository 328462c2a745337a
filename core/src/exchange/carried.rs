//! What a courier and the province say about a part of a bundle that the courier sends on without reading it.

use super::parcel::ParcelClaim;
use super::stick::TakenPart;
use crate::codec::Malformed;
use crate::id::Hash32;

const CONTEXT: &str = "cotmoc 2026-11 carried part";
/// A refusal's code has no more letters.
const LONGEST_CODE: usize = 40;

/// Names a part in its courier's claim: a claim that is signed for one part is none for another.
pub fn carried_name((bundle, number): TakenPart) -> Hash32 {
    let bytes = [&bundle.as_bytes()[..], &number.to_le_bytes()].concat();
    Hash32::of(CONTEXT, &bytes)
}

/// The value of the header in front of a part: the byte from which it goes on, the claim, the bundle and the part's
/// number.
pub fn carried_header(from: u64, claim: &ParcelClaim, (bundle, number): TakenPart) -> String {
    format!("{from} {} {bundle} {number}", claim.to_text())
}

/// Reads [`carried_header`]; the claim's signature is not checked yet.
///
/// # Errors
/// When the text is none.
pub fn read_carried_header(text: &str) -> Result<(u64, ParcelClaim, TakenPart), Malformed> {
    let malformed = || Malformed {
        what: "header of a carried part",
        at: 0,
    };
    let words: Vec<&str> = text.splitn(5, ' ').collect();
    let [from, claim, bundle, number] = words[..] else {
        return Err(malformed());
    };
    Ok((
        from.parse().map_err(|_| malformed())?,
        ParcelClaim::from_text(claim)?,
        (
            bundle.parse().map_err(|_| malformed())?,
            number.parse().map_err(|_| malformed())?,
        ),
    ))
}

/// What the province says of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedAnswer {
    /// So many bytes from its beginning are here. All of them: it waits there for what it belongs to.
    Here(u64),
    /// It was taken in: carrying it is done.
    Taken,
    /// It is of no use there, and why: `damaged`, `newer`, `not_for_us`, `unknown_sender`, or a later version's word.
    Refused(String),
}

impl CarriedAnswer {
    /// As the body of an answer.
    pub fn to_text(&self) -> String {
        match self {
            Self::Here(bytes) => bytes.to_string(),
            Self::Taken => "taken".to_owned(),
            Self::Refused(code) => format!("refused {code}"),
        }
    }

    /// Reads [`CarriedAnswer::to_text`].
    ///
    /// # Errors
    /// When the text is no answer.
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed {
            what: "answer about a carried part",
            at: 0,
        };
        if text == "taken" {
            return Ok(Self::Taken);
        }
        match text.strip_prefix("refused ") {
            Some(code) if code.len() <= LONGEST_CODE && code.bytes().all(is_of_code) => {
                Ok(Self::Refused(code.to_owned()))
            }
            Some(_) => Err(malformed),
            None => text.parse().map(Self::Here).map_err(|_| malformed),
        }
    }
}

fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::*;
    use crate::journal::SigningKey;

    #[test]
    fn header_and_answers_are_read_as_they_were_written() {
        let part = (Uuid::from_u128(7), 3);
        let claim = ParcelClaim::sign_hash(&SigningKey::from_seed(&[1; 32]), carried_name(part), 1_000);
        let read = read_carried_header(&carried_header(60, &claim, part)).unwrap();
        assert_eq!(read, (60, claim, part));
        assert!(read.1.verify());
        assert_ne!(carried_name(part), carried_name((part.0, 4)));
        for answer in [
            CarriedAnswer::Here(0),
            CarriedAnswer::Here(u64::MAX),
            CarriedAnswer::Taken,
            CarriedAnswer::Refused("damaged".to_owned()),
        ] {
            assert_eq!(CarriedAnswer::from_text(&answer.to_text()).unwrap(), answer);
        }
    }

    #[test]
    fn what_is_neither_is_an_error() {
        let long = format!("refused {}", "x".repeat(41));
        for text in ["", "-1", "taken ", "refused <b>", &long] {
            assert!(CarriedAnswer::from_text(text).is_err(), "{text}");
        }
        for text in ["", "0", "0 a b", "0 a b c d", "x y z 1"] {
            assert!(read_carried_header(text).is_err(), "{text}");
        }
    }
}
