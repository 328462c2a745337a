//! What a hub on the table shows: where it is and how to know it. It grants nothing, so it is no secret.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use uuid::Uuid;

use super::invitation::{InvitationError, base32, unbase32};
use crate::codec::{Reader, Writer};
use crate::id::{Hash32, ProvinceId};
use crate::journal::DeviceKey;

const PREFIX: &str = "cotmochub1:";
const CHECK_BYTES: usize = 4;
/// Most addresses of one hub; more would only make the QR code finer.
const MOST_ADDRESSES: usize = 4;

/// How to reach a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubInvitation {
    /// Where it listens, the likeliest first; at most four are written.
    pub addresses: Vec<SocketAddr>,
    /// SHA-256 of the SubjectPublicKeyInfo of its TLS key.
    pub tls_pin: [u8; 32],
    /// The device that keeps it.
    pub device: DeviceKey,
    /// The province it exchanges for.
    pub province: ProvinceId,
}

impl HubInvitation {
    /// The text: prefix and base32 with a check, as an enrolment's invitation.
    pub fn to_text(&self) -> String {
        let mut writer = Writer::new();
        writer
            .put(&self.tls_pin)
            .put(&self.device.0)
            .put(self.province.0.as_bytes());
        let addresses = self.addresses.iter().take(MOST_ADDRESSES);
        writer.u8(addresses.len() as u8);
        for address in addresses {
            match address.ip() {
                IpAddr::V4(ip) => writer.u8(4).put(&ip.octets()),
                IpAddr::V6(ip) => writer.u8(6).put(&ip.octets()),
            };
            writer.put(&address.port().to_le_bytes());
        }
        let mut bytes = writer.finish();
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        format!("{PREFIX}{}", base32(&bytes))
    }

    /// Reads [`HubInvitation::to_text`]; white space, line breaks and case do not matter.
    ///
    /// # Errors
    /// When it is none, was damaged, or is of a newer version.
    pub fn from_text(text: &str) -> Result<Self, InvitationError> {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let lower = text.to_lowercase();
        let Some(rest) = lower.strip_prefix(PREFIX) else {
            let newer = lower.starts_with("cotmochub") && lower.contains(':');
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
        let tls_pin = reader.array("tls pin")?;
        let device = DeviceKey(reader.array("device")?);
        let province = ProvinceId(Uuid::from_bytes(reader.array("province")?));
        let count = usize::from(reader.u8("addresses")?);
        if count == 0 || count > MOST_ADDRESSES {
            return Err(InvitationError::Damaged);
        }
        let mut addresses = Vec::with_capacity(count);
        for _ in 0..count {
            let ip = match reader.u8("address")? {
                4 => IpAddr::V4(Ipv4Addr::from(reader.array::<4>("address")?)),
                6 => IpAddr::V6(Ipv6Addr::from(reader.array::<16>("address")?)),
                _ => return Err(InvitationError::Newer),
            };
            let port = u16::from_le_bytes(reader.array("port")?);
            addresses.push(SocketAddr::new(ip, port));
        }
        reader.end("hub invitation")?;
        Ok(Self {
            addresses,
            tls_pin,
            device,
            province,
        })
    }
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Hash32::of("cotmoc 2026-11 hub invitation check", bytes);
    [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::exchange::Invitation;

    fn hub() -> HubInvitation {
        HubInvitation {
            addresses: vec![
                "192.168.43.1:40123".parse().unwrap(),
                "[fd00::5]:40123".parse().unwrap(),
            ],
            tls_pin: [1; 32],
            device: DeviceKey([2; 32]),
            province: ProvinceId(Uuid::from_u128(3)),
        }
    }

    #[test]
    fn a_hub_s_text_survives_upper_case_and_broken_lines() {
        let text = hub().to_text().to_uppercase();
        let (first, rest) = text.split_at(50);
        assert_eq!(
            HubInvitation::from_text(&format!(" {first}\n{rest} ")).unwrap(),
            hub()
        );
    }

    #[test]
    fn a_mistyped_letter_of_a_hub_s_text_is_found() {
        let text = hub().to_text();
        for at in PREFIX.len()..text.len() - 1 {
            let mut letters: Vec<char> = text.chars().collect();
            letters[at] = if letters[at] == 'a' { 'b' } else { 'a' };
            let altered: String = letters.into_iter().collect();
            assert_eq!(
                HubInvitation::from_text(&altered),
                Err(InvitationError::Damaged),
                "letter {at}"
            );
        }
    }

    #[test]
    fn the_texts_of_a_hub_and_of_an_enrolment_are_not_taken_for_each_other() {
        assert_eq!(
            Invitation::from_text(&hub().to_text()),
            Err(InvitationError::NotOne)
        );
        assert_eq!(
            HubInvitation::from_text("cotmoc1:abc"),
            Err(InvitationError::NotOne)
        );
        assert_eq!(
            HubInvitation::from_text("cotmochub2:abc"),
            Err(InvitationError::Newer)
        );
        assert_eq!(
            HubInvitation::from_text("cotmochub1:"),
            Err(InvitationError::Damaged)
        );
    }

    #[test]
    fn a_hub_with_more_addresses_than_fit_writes_the_likeliest() {
        let mut many = hub();
        many.addresses = vec![many.addresses[0]; 9];
        let read = HubInvitation::from_text(&many.to_text()).unwrap();
        assert_eq!(read.addresses.len(), MOST_ADDRESSES);
    }
}
