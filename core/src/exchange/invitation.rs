//! An invitation as text or QR code.

use uuid::Uuid;

use crate::access::Role;
use crate::codec::{Malformed, Reader, Writer};
use crate::id::{Hash32, ProvinceId};
use crate::journal::DeviceKey;

const PREFIX: &str = "cotmoc1:";
const CHECK_BYTES: usize = 4;

/// What an invitation carries: where the province is, how to know it, and a code that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Server address, `https://host:port`.
    pub server: String,
    /// BLAKE3-independent pin of the server's TLS key: SHA-256 of its SubjectPublicKeyInfo.
    pub tls_pin: [u8; 32],
    /// Key of the province's authority.
    pub authority: DeviceKey,
    /// The province.
    pub province: ProvinceId,
    /// Its name.
    pub province_name: String,
    /// Role that will be granted.
    pub role: Role,
    /// Name of the unit or delegation.
    pub holder_name: String,
    /// Assessor slot; 0 where there is none.
    pub slot: u32,
    /// End of validity by the server's clock, milliseconds.
    pub expires_at: i64,
    /// The one-time code.
    pub code: [u8; 16],
}

/// Text that is not an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    /// It does not begin like one.
    #[error("not an invitation")]
    NotOne,
    /// It was cut or mistyped.
    #[error("damaged invitation")]
    Damaged,
    /// It was made by a newer version.
    #[error("invitation of a newer version")]
    Newer,
}

impl From<Malformed> for InvitationError {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

impl Invitation {
    /// The text: prefix and base32 in upper case, which a QR code stores most tightly and a person can
    /// read aloud; its last bytes check the rest, so that a mistyped letter is found before anything is
    /// sent.
    pub fn to_text(&self) -> String {
        let mut writer = Writer::new();
        writer
            .bytes(self.server.as_bytes())
            .put(&self.tls_pin)
            .put(&self.authority.0);
        writer
            .put(self.province.0.as_bytes())
            .bytes(self.province_name.as_bytes());
        writer
            .u8(role_code(self.role))
            .bytes(self.holder_name.as_bytes())
            .varint(u64::from(self.slot));
        writer.signed(self.expires_at).put(&self.code);
        let mut bytes = writer.finish();
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        format!("{PREFIX}{}", base32(&bytes))
    }

    /// Reads [`Invitation::to_text`]; white space and line breaks of a message are passed over.
    ///
    /// # Errors
    /// When it is not an invitation, was damaged, or is of a newer version.
    pub fn from_text(text: &str) -> Result<Self, InvitationError> {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let lower = text.to_lowercase();
        let Some(rest) = lower.strip_prefix(PREFIX) else {
            // A hub's text is another thing and not a newer one.
            let newer = lower.starts_with("cotmoc") && !lower.starts_with("cotmochub") && lower.contains(':');
            return Err(if newer {
                InvitationError::Newer
            } else {
                InvitationError::NotOne
            });
        };
        let bytes = unbase32(rest).ok_or(InvitationError::Damaged)?;
        let length = bytes
            .len()
            .checked_sub(CHECK_BYTES)
            .ok_or(InvitationError::Damaged)?;
        let (body, check) = bytes.split_at(length);
        if check != check_of(body) {
            return Err(InvitationError::Damaged);
        }
        let mut reader = Reader::new(body);
        let invitation = Self {
            server: reader.text(500, "server")?.to_owned(),
            tls_pin: reader.array("tls pin")?,
            authority: DeviceKey(reader.array("authority")?),
            province: ProvinceId(Uuid::from_bytes(reader.array("province")?)),
            province_name: reader.text(500, "province name")?.to_owned(),
            role: role_from(reader.u8("role")?).ok_or(InvitationError::Newer)?,
            holder_name: reader.text(500, "holder name")?.to_owned(),
            slot: u32::try_from(reader.varint("slot")?).map_err(|_| InvitationError::Damaged)?,
            expires_at: reader.signed("expiry")?,
            code: reader.array("code")?,
        };
        reader.end("invitation")?;
        Ok(invitation)
    }
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Hash32::of("cotmoc 2026-11 invitation check", bytes);
    [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
}

fn role_code(role: Role) -> u8 {
    match role {
        Role::Post => 1,
        Role::Member => 2,
        Role::Secretary => 3,
        Role::Head => 4,
        Role::Compiler => 5,
        Role::Administrator => 6,
    }
}

fn role_from(code: u8) -> Option<Role> {
    let all = [
        Role::Post,
        Role::Member,
        Role::Secretary,
        Role::Head,
        Role::Compiler,
        Role::Administrator,
    ];
    all.into_iter().find(|role| role_code(*role) == code)
}

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits) & 31) as usize]));
    }
    text
}

pub(super) fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        buffer = (buffer << 5 | value as u32) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            server: "https://127.0.0.1:8443".into(),
            tls_pin: [1; 32],
            authority: DeviceKey([2; 32]),
            province: ProvinceId(Uuid::from_u128(3)),
            province_name: "Tỉnh Sơn La".into(),
            role: Role::Post,
            holder_name: "Đồn Biên phòng Mường Lạn".into(),
            slot: 0,
            expires_at: 1_800_000_000_000,
            code: [4; 16],
        }
    }

    #[test]
    fn an_invitation_survives_a_message_that_breaks_its_lines_and_changes_its_case() {
        let text = invitation().to_text().to_uppercase();
        let broken: String = text
            .chars()
            .enumerate()
            .flat_map(|(at, c)| [Some(c), (at % 40 == 0).then_some('\n')])
            .flatten()
            .collect();
        assert_eq!(Invitation::from_text(&broken).unwrap(), invitation());
    }

    #[test]
    fn a_mistyped_letter_is_found_before_anything_is_sent() {
        let text = invitation().to_text();
        for at in PREFIX.len()..text.len() {
            let mut letters: Vec<char> = text.chars().collect();
            letters[at] = if letters[at] == 'a' { 'b' } else { 'a' };
            let altered: String = letters.into_iter().collect();
            // The last letter may carry only padding bits.
            let read = Invitation::from_text(&altered);
            assert!(
                read == Err(InvitationError::Damaged) || at == text.len() - 1,
                "letter {at}: {read:?}"
            );
        }
    }

    #[test]
    fn other_text_is_told_apart_from_a_damaged_or_newer_invitation() {
        assert_eq!(Invitation::from_text("xin chào"), Err(InvitationError::NotOne));
        assert_eq!(Invitation::from_text("cotmoc1:"), Err(InvitationError::Damaged));
        assert_eq!(Invitation::from_text("cotmoc2:abc"), Err(InvitationError::Newer));
    }
}
