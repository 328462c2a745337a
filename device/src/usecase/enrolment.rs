//! Joining a province, and the devices that have joined.

use cotmoc_core::access::{Holder, Role, RosterAct, invitation_hash};
use cotmoc_core::exchange::{EnrolmentProof, Invitation};
use cotmoc_core::id::{DelegationId, Hash32};
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::org::UnitId;
use cotmoc_core::text::keep;
use cotmoc_ledger::Write;

use super::session;
use crate::contract::enrolment::{
    DeviceList, DeviceRow, Enrol, InvitationMade, InvitationText, InvitationView, Invite, Revoke,
};
use crate::contract::session::Status;
use crate::contract::{Nothing, Problem};
use crate::device::{Device, role_name, role_of};
use crate::store::remote::Remote;
use crate::sync::{Link, Server, Wake};

pub(crate) fn inspect(_: &Device, request: InvitationText) -> Result<InvitationView, Problem> {
    Ok(view(&Invitation::from_text(&request.invitation)?))
}

fn view(invitation: &Invitation) -> InvitationView {
    InvitationView {
        server: invitation.server.clone(),
        fingerprint: invitation.authority.fingerprint(),
        province_name: invitation.province_name.clone(),
        role: role_name(invitation.role),
        holder_name: invitation.holder_name.clone(),
        slot: Some(invitation.slot).filter(|slot| *slot > 0),
        expires_at: invitation.expires_at,
    }
}

pub(crate) fn enrol(device: &Device, request: Enrol) -> Result<Status, Problem> {
    let invitation = Invitation::from_text(&request.invitation)?;
    let mut server = Server::new(&invitation.server, Hash32(invitation.tls_pin))?;
    enrol_through(device, &request, &mut server)
}

/// [`enrol`] over a link that is opened already.
pub(crate) fn enrol_through(
    device: &Device,
    request: &Enrol,
    link: &mut dyn Link,
) -> Result<Status, Problem> {
    let invitation = Invitation::from_text(&request.invitation)?;
    let label = keep(request.label.trim());
    if label.is_empty() || label.chars().count() > 100 {
        return Err(Problem::new("profile_name_needed"));
    }
    if let Some(joined) = device.remote()? {
        if device.me().is_ok() {
            return Err(Problem::new("already_enrolled"));
        }
        // An answer that was lost on the way: the same province may be asked again, another may not.
        if joined.province != invitation.province {
            return Err(Problem::new("invitation_other_province").with("province", joined.province_name));
        }
    }
    let remote = Remote {
        server: invitation.server.clone(),
        tls_pin: Hash32(invitation.tls_pin),
        province: invitation.province,
        province_name: invitation.province_name.clone(),
        authority: invitation.authority,
    };
    let mut body = EnrolmentProof::request(
        &device.author.current().key,
        invitation.province,
        &invitation.code,
        &label,
    );
    body.authority = Some(invitation.authority);
    let enrolled = link.enrol(&body).map_err(|failure| failure.problem)?;
    if enrolled.authority != invitation.authority {
        return Err(Problem::new("server_wrong_fingerprint"));
    }
    device.ledger.join_province(remote.province, remote.authority)?;
    remote.store(&device.ledger)?;
    // The grant itself comes with the first exchange; until it is here the device is not enrolled.
    device.exchange_through(link).map_err(|failure| failure.problem)?;
    device.wake(Wake::Settings);
    session::status(device, Nothing {})
}

pub(crate) fn invite(device: &Device, request: Invite) -> Result<InvitationMade, Problem> {
    let me = device.me()?;
    me.require(&[Role::Administrator, Role::Compiler])?;
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    if !(1..=60).contains(&request.valid_days) {
        return Err(Problem::new("bad_request").with("what", "valid_days"));
    }
    let role = role_of(request.role);
    let (holder, holder_name, slot) = holder(device, &me, role, &request)?;
    let mut code = [0u8; 16];
    cotmoc_ledger::fill_random(&mut code).map_err(|error| crate::problems::internal(&error))?;
    let expires_at = device.now() + i64::from(request.valid_days) * 86_400_000;
    let act = RosterAct::Invited {
        invitation: invitation_hash(&code),
        role,
        holder,
        holder_name: holder_name.clone(),
        expires_at,
        asked: None,
    };
    device.write(&[Write::Act {
        scope: Scope::roster(me.province),
        act,
    }])?;
    let invitation = Invitation {
        server: remote.server,
        tls_pin: remote.tls_pin.0,
        authority: remote.authority,
        province: me.province,
        province_name: me.province_name.clone(),
        role,
        holder_name,
        slot,
        expires_at,
        code,
    };
    let text = invitation.to_text();
    Ok(InvitationMade {
        qr_svg: qr(&text)?,
        view: view(&invitation),
        needs_exchange: true,
        invitation: text,
    })
}

fn holder(
    device: &Device,
    me: &crate::device::Me,
    role: Role,
    request: &Invite,
) -> Result<(Holder, String, u32), Problem> {
    match role {
        Role::Compiler | Role::Administrator => Ok((Holder::Province, me.province_name.clone(), 0)),
        Role::Post => {
            let named = request.unit.as_deref().unwrap_or_default();
            let unknown = || Problem::new("unknown_unit").with("unit", named);
            let unit: UnitId = named.parse().map_err(|_| unknown())?;
            let units = device.units();
            let unit = units.get(unit).ok_or_else(unknown)?;
            Ok((Holder::Unit(unit.id), unit.name_on(device.today()).to_owned(), 0))
        }
        Role::Member | Role::Secretary | Role::Head => {
            let named = request.delegation.as_deref().unwrap_or_default();
            let unknown = || Problem::new("bad_request").with("what", format!("delegation {named}"));
            let delegation: DelegationId = named.parse().map_err(|_| unknown())?;
            let known = super::delegations::all(device)?;
            let number = known.get(&delegation).ok_or_else(unknown)?.roster.number;
            let slot = request.slot.unwrap_or(1).clamp(1, 99);
            // The number alone: screens have the words for it, in either language.
            Ok((Holder::Delegation(delegation, slot), number.to_string(), slot))
        }
    }
}

/// A QR code of a text in base32, an SVG image.
pub(super) fn qr(text: &str) -> Result<String, Problem> {
    // Upper case is the alphabet that a QR code stores most tightly.
    let code = qrcode::QrCode::with_error_correction_level(text.to_uppercase(), qrcode::EcLevel::L)
        .map_err(|error| crate::problems::internal(&error))?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}

pub(crate) fn devices(device: &Device, _: Nothing) -> Result<DeviceList, Problem> {
    let me = device.me()?;
    me.require(&[Role::Administrator, Role::Compiler])?;
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let scope = Scope::roster(me.province);
    let mut pending = std::collections::BTreeSet::new();
    for (hash, payload) in device.ledger.roster_requests(&scope, &remote.authority)? {
        let answered = device.ledger.with_roster(me.province, |roster| {
            roster.is_some_and(|roster| roster.answered.contains(&hash))
        });
        if let (false, Some(RosterAct::Revoked { device, .. })) = (answered, RosterAct::decode(&payload)) {
            pending.insert(device);
        }
    }
    let this = device.author.device();
    let mut devices: Vec<DeviceRow> = device.ledger.with_roster(me.province, |roster| {
        let grants = roster.map(|roster| roster.grants.iter()).into_iter().flatten();
        grants
            .map(|(key, grant)| DeviceRow {
                device: key.to_string(),
                label: grant.label.clone(),
                role: role_name(grant.role),
                holder_name: grant.holder_name.clone(),
                slot: match grant.holder {
                    Holder::Delegation(_, slot) => Some(slot),
                    _ => None,
                },
                granted_at: grant.granted_at,
                revoked: grant.cuts.is_some(),
                revocation_pending: pending.contains(key),
                is_this: *key == this,
            })
            .collect()
    });
    devices.sort_by(|one, other| (one.granted_at, &one.device).cmp(&(other.granted_at, &other.device)));
    Ok(DeviceList { devices })
}

pub(crate) fn revoke(device: &Device, request: Revoke) -> Result<Nothing, Problem> {
    let me = device.me()?;
    me.require(&[Role::Administrator])?;
    let named: DeviceKey = request
        .device
        .parse()
        .map_err(|_| Problem::new("bad_request").with("what", "device"))?;
    // A province must not lose its last administrator by a slip.
    if named == device.author.device() {
        return Err(Problem::new("own_device"));
    }
    let reason = keep(request.reason.trim());
    if reason.is_empty() {
        return Err(Problem::new("reason_needed"));
    }
    crate::usecase::personal_data::check_one("reason", &reason, request.personal_data_checked)?;
    let known = device.ledger.with_roster(me.province, |roster| {
        roster.is_some_and(|roster| roster.grants.contains_key(&named))
    });
    if !known {
        return Err(Problem::new("bad_request").with("what", "device"));
    }
    let act = RosterAct::Revoked {
        device: named,
        reason,
        cuts: Vec::new(),
        asked: None,
    };
    device.write(&[Write::Act {
        scope: Scope::roster(me.province),
        act,
    }])?;
    Ok(Nothing {})
}
