//! For whom a bundle can be written, what each may see, and what it is not known to hold.

use cotmoc_core::access::{Grant, Holder};
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::{LedgerError, Owed, Visible};

use crate::contract::Problem;
use crate::contract::sticks::StickRecipient;
use crate::device::{Device, Me, role_name};
use crate::store::held::exported_for;
use crate::store::remote::{PROVINCE, Remote};
use crate::store::routes::Route;

/// One who can open a bundle.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    /// `province`, or the device's key.
    pub id: String,
    /// The key to which it is encrypted.
    pub key: DeviceKey,
    /// The province's authority.
    pub is_province: bool,
    pub by_default: bool,
    grant: Option<Grant>,
}

impl Recipient {
    /// Its name in the journal's list of peers.
    fn peer(&self) -> String {
        if self.is_province {
            PROVINCE.to_owned()
        } else {
            peer_of(&self.key)
        }
    }

    /// Under which its exports are noted.
    pub fn exported(&self) -> String {
        exported_for(&self.id)
    }

    /// What it may see of what this device may see: the province all of it.
    pub fn visible(&self, device: &Device, remote: &Remote) -> Result<Visible, LedgerError> {
        let roster = device.ledger.roster(remote.province);
        let Some(roster) = roster else {
            return Ok(Visible::default());
        };
        let mine = device.ledger.visible_to(&roster, &device.author.device())?;
        if self.is_province {
            return Ok(mine);
        }
        Ok(mine.and(&device.ledger.visible_to(&roster, &self.key)?))
    }

    /// Logs of which it is not known to hold everything.
    pub fn owed(
        &self,
        device: &Device,
        visible: &Visible,
        since_last: bool,
    ) -> Result<Vec<Owed>, LedgerError> {
        let mut owed = device.ledger.owed(&self.peer(), visible)?;
        let mut others: Vec<String> = Route::others(&device.ledger)?
            .into_iter()
            .filter(|route| route.device == Some(self.key))
            .map(|route| route.name)
            .collect();
        if since_last {
            others.push(self.exported());
        }
        for one in &mut owed {
            for name in &others {
                one.held = one.held.max(device.ledger.held_by(name, &one.head.log)?);
            }
        }
        // Its own work it has, unless it said itself that it holds less.
        owed.retain(|one| one.held < one.head.seq && (one.head.log.device != self.key || one.held > 0));
        Ok(owed)
    }
}

/// Name of a device in the journal's list of peers, by what its bundles say.
pub(super) fn peer_of(key: &DeviceKey) -> String {
    format!("stick:{key}")
}

/// Everyone, the province first.
pub(super) fn everyone(device: &Device, remote: &Remote, me: &Me) -> Vec<Recipient> {
    let this = device.author.device();
    let mut everyone = vec![Recipient {
        id: PROVINCE.to_owned(),
        key: remote.authority,
        is_province: true,
        by_default: true,
        grant: None,
    }];
    device.ledger.with_roster(remote.province, |roster| {
        let grants = roster.map(|roster| roster.grants.iter()).into_iter().flatten();
        let active = grants.filter(|(key, grant)| grant.cuts.is_none() && **key != this);
        everyone.extend(active.map(|(key, grant)| Recipient {
            id: key.to_string(),
            key: *key,
            is_province: false,
            by_default: is_own(&me.grant.holder, &grant.holder),
            grant: Some(grant.clone()),
        }));
    });
    everyone
}

/// Of the same unit or delegation.
fn is_own(mine: &Holder, other: &Holder) -> bool {
    match (mine, other) {
        (Holder::Unit(mine), Holder::Unit(other)) => mine == other,
        (Holder::Delegation(mine, _), Holder::Delegation(other, _)) => mine == other,
        _ => false,
    }
}

/// Everyone as a person sees them.
pub(crate) fn recipients(device: &Device) -> Result<Vec<StickRecipient>, Problem> {
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let me = device.me()?;
    let shown = |recipient: Recipient| -> Result<StickRecipient, Problem> {
        let visible = recipient.visible(device, &remote)?;
        let owed = recipient.owed(device, &visible, false)?;
        let grant = recipient.grant.as_ref();
        Ok(StickRecipient {
            label: name_of(device, &recipient.key),
            holder_name: grant.map(|grant| grant.holder_name.clone()).unwrap_or_default(),
            role: grant.map(|grant| role_name(grant.role)),
            by_default: recipient.by_default,
            owed: owed.iter().map(|owed| owed.head.seq - owed.held).sum(),
            id: recipient.id,
        })
    };
    everyone(device, &remote, &me).into_iter().map(shown).collect()
}

/// What a person calls the holder of a key.
pub(super) fn name_of(device: &Device, key: &DeviceKey) -> String {
    match device.remote() {
        Ok(Some(remote)) if remote.authority == *key => device
            .me()
            .map(|me| me.province_name)
            .ok()
            .filter(|name| !name.is_empty())
            .unwrap_or(remote.province_name),
        _ => device.label_of(key).0,
    }
}
