//! This profile: who it is, in what state its records are, its settings and passphrase.

use std::sync::PoisonError;

use cotmoc_core::access::Holder;
use cotmoc_ledger::KeyState;

use crate::contract::session::{
    ChangePassphrase, ExchangeState, Identity, KeyKeeping, KeyKept, Settings, Status,
};
use crate::contract::{Nothing, Problem};
use crate::desk::check_passphrase;
use crate::device::Device;
use crate::problems::query;
use crate::store::remote::{Differing, PROVINCE};
use crate::store::{held, remote};

/// A clock this far behind what others claimed is doubtful.
const BEHIND: i64 = 86_400_000;

pub(crate) fn status(device: &Device, _: Nothing) -> Result<Status, Problem> {
    let counts = device
        .ledger
        .read(|connection| held::counts(connection).map_err(query))?;
    let differences: i64 = device.ledger.read(|connection| {
        connection
            .prepare_cached("SELECT count(*) FROM difference WHERE is_open = 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(query)
    })?;
    let identity = identity(device)?;
    let state = *device
        .exchange_state
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let exchange = if identity.is_none() {
        ExchangeState::NoRemote
    } else {
        state
    };
    Ok(Status {
        device: device.author.device().fingerprint(),
        identity,
        unsent: counts.unsent,
        sent_unconfirmed: counts.sent,
        differences: differences as u64,
        set_aside: counts.to_look_at,
        differs_from_province: Differing::load(&device.ledger, PROVINCE)?.is_some(),
        last_contact: remote::last_contact(&device.ledger, PROVINCE)?.answered_at,
        exchange,
        key_keeping: keeping(device)?,
        clock_doubtful: clock_doubtful(device)?,
        settings: device.settings()?,
        current_cycle: super::registrations::current_cycle(device)?.map(|(id, _)| id),
    })
}

fn identity(device: &Device) -> Result<Option<Identity>, Problem> {
    let Some(remote) = device.remote()? else {
        return Ok(None);
    };
    let Ok(me) = device.me() else { return Ok(None) };
    let (holder_id, slot) = match me.grant.holder {
        Holder::Unit(unit) => (unit.to_string(), None),
        Holder::Delegation(delegation, slot) => (delegation.to_string(), Some(slot)),
        Holder::Province => (me.province.to_string(), None),
    };
    // The unit's name of today when its record has arrived, otherwise the one of the invitation.
    let today = device.units().name(&holder_id, device.today());
    Ok(Some(Identity {
        role: me.role_name(),
        holder_id,
        holder_name: if today.is_empty() {
            me.grant.holder_name.clone()
        } else {
            today
        },
        slot,
        province_id: me.province.to_string(),
        province_name: me.province_name.clone(),
        label: me.grant.label.clone(),
        revoked: me.grant.cuts.is_some(),
        server: remote.server,
    }))
}

/// The device's clock is behind what its own or others' entries claim: a laptop that says 2019.
fn clock_doubtful(device: &Device) -> Result<bool, Problem> {
    let newest: i64 = device.ledger.read(|connection| {
        connection
            .prepare_cached(
                "SELECT coalesce(max(claimed_at), 0) FROM (SELECT claimed_at FROM entry ORDER BY position DESC LIMIT 200)",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(query)
    })?;
    Ok(device.now() < newest - BEHIND)
}

pub(crate) fn set_settings(device: &Device, settings: Settings) -> Result<Settings, Problem> {
    let bytes = serde_json::to_vec(&settings).map_err(|error| crate::problems::internal(&error))?;
    device.ledger.set_meta("settings", &bytes)?;
    device.wake(crate::sync::Wake::Settings);
    Ok(settings)
}

pub(crate) fn change_passphrase(device: &Device, request: ChangePassphrase) -> Result<KeyKept, Problem> {
    check_passphrase(request.new.as_deref())?;
    device
        .ledger
        .folder()
        .change_passphrase(request.current.as_deref(), request.new.as_deref())?;
    kept(device)
}

/// Moves a bare key into the operating system's keyring.
pub(crate) fn key_to_keyring(device: &Device, _: Nothing) -> Result<KeyKept, Problem> {
    device.ledger.folder().give_to_keeper()?;
    kept(device)
}

fn kept(device: &Device) -> Result<KeyKept, Problem> {
    Ok(KeyKept {
        keeping: keeping(device)?,
        left_in_keyring: device.ledger.folder().key_may_be_left_with_keeper()?,
    })
}

fn keeping(device: &Device) -> Result<KeyKeeping, Problem> {
    Ok(match device.ledger.folder().key_state()? {
        KeyState::Bare => KeyKeeping::Bare,
        KeyState::Wrapped => KeyKeeping::Passphrase,
        KeyState::Kept => KeyKeeping::Keyring,
    })
}
