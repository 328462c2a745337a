//! Founding a province: its authority's key, its first act, its first invitation.

use cotmoc_core::access::{Holder, Role, RosterAct, invitation_hash};
use cotmoc_core::exchange::Invitation;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{Incarnation, Scope, SigningKey};
use cotmoc_core::org::UnitId;
use cotmoc_core::text::nfc;
use cotmoc_ledger::{Author, Write};
use zeroize::Zeroizing;

use crate::address::PublicAddress;
use crate::error::{ServerError, random};
use crate::state::ServerState;

/// Days for which an administrator's first invitation is valid.
pub const INVITATION_DAYS: i64 = 7;

const DAY: i64 = 24 * 60 * 60 * 1_000;
const NAME_LETTERS: usize = 200;

/// A province and the invitation that enrols its administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founded {
    /// The province.
    pub province: ProvinceId,
    /// The invitation. Its code exists nowhere else: the roster holds a hash of it.
    pub invitation: Invitation,
}

impl Founded {
    /// Fingerprint of the province's key, as people compare it.
    pub fn fingerprint(&self) -> String {
        self.invitation.authority.fingerprint()
    }
}

/// The server's clock, milliseconds since 1970.
pub(crate) fn now() -> i64 {
    cotmoc_ledger::time_of_day().max(0)
}

/// A life of an authority's log. The time in front makes a later life sort behind an earlier one: a roster
/// is folded in that order, and a server restored from a backup goes on in a new life.
pub(crate) fn new_incarnation(now: i64) -> Result<Incarnation, ServerError> {
    let random = u16::from_le_bytes(random()?);
    Ok(Incarnation((now.max(0) as u64) << 16 | u64::from(random)))
}

impl ServerState {
    /// Founds a province and invites its administrator.
    ///
    /// # Errors
    /// When the name does not serve, a province of this name exists here, the founding of one whose key is here has
    /// not come back yet (it may be the one of this name), or the store cannot be written.
    pub fn found_province(
        &self,
        name: &str,
        root_unit: UnitId,
        address: &PublicAddress,
    ) -> Result<Founded, ServerError> {
        let name = nfc::keep(name.trim());
        let letters = name.chars().count();
        if letters == 0 || letters > NAME_LETTERS || name.chars().any(char::is_control) {
            return Err(ServerError::ProvinceName);
        }
        let _turn = self.roster_turn();
        if let Some(known) = self.province_named(&name) {
            return Err(ServerError::ProvinceExists(known));
        }
        if let Some(awaited) = self.awaits_founding()? {
            return Err(ServerError::FoundingAwaited(awaited));
        }
        let now = now();
        let id = uuid::Builder::from_unix_timestamp_millis(now.max(0) as u64, &random()?).into_uuid();
        let province = ProvinceId(id);
        let seed = Zeroizing::new(random::<32>()?);
        let author = Author {
            key: SigningKey::from_seed(&seed),
            incarnation: new_incarnation(now)?,
        };
        self.note_founding(province)?;
        // The key first: acts of an authority whose key was lost would bind the province to nobody.
        self.store_authority(province, &author)?;
        self.ledger().join_province(province, author.device())?;
        let (act, invitation) = administrator_invitation(&author, province, &name, now, address)?;
        let scope = Scope::roster(province);
        let founded = Write::Act {
            scope,
            act: RosterAct::Founded {
                province,
                name,
                root_unit,
            },
        };
        self.ledger()
            .write(&author, now, &[founded, Write::Act { scope, act }])?;
        self.add_authority(province, author);
        tracing::info!(province.id = %province, "province founded");
        Ok(Founded { province, invitation })
    }

    /// A fresh administrator's invitation, when the first is lost, used up or expired.
    ///
    /// # Errors
    /// [`ServerError::NoProvince`], or when the store cannot be written.
    pub fn invite_administrator(
        &self,
        province: ProvinceId,
        address: &PublicAddress,
    ) -> Result<Founded, ServerError> {
        let author = self.authority(province).ok_or(ServerError::NoProvince)?;
        let _turn = self.roster_turn();
        let name = self
            .ledger()
            .with_roster(province, |roster| roster.map(|roster| roster.name.clone()));
        let now = now();
        let (act, invitation) =
            administrator_invitation(&author, province, &name.unwrap_or_default(), now, address)?;
        self.ledger().write(
            &author,
            now,
            &[Write::Act {
                scope: Scope::roster(province),
                act,
            }],
        )?;
        tracing::info!(province.id = %province, "administrator invited");
        Ok(Founded { province, invitation })
    }
}

fn administrator_invitation(
    author: &Author,
    province: ProvinceId,
    name: &str,
    now: i64,
    address: &PublicAddress,
) -> Result<(RosterAct, Invitation), ServerError> {
    let code: [u8; 16] = random()?;
    let expires_at = now.saturating_add(INVITATION_DAYS * DAY);
    let act = RosterAct::Invited {
        invitation: invitation_hash(&code),
        role: Role::Administrator,
        holder: Holder::Province,
        holder_name: name.to_owned(),
        expires_at,
        asked: None,
    };
    let invitation = Invitation {
        server: address.url.clone(),
        tls_pin: address.tls_pin,
        authority: author.device(),
        province,
        province_name: name.to_owned(),
        role: Role::Administrator,
        holder_name: name.to_owned(),
        slot: 0,
        expires_at,
        code,
    };
    Ok((act, invitation))
}
