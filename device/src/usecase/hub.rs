//! The hub on the table as a person opens, watches, closes and joins it.

use std::time::Duration;

use cotmoc_core::exchange::{HubInvitation, InvitationError};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;

use super::enrolment::qr;
use super::remotes::row;
use crate::contract::hub::{HubGuest, HubStatus, JoinHub, OpenHub, OpenHubView};
use crate::contract::remotes::RemoteRow;
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::hub::https;
use crate::store::routes::{Route, RouteKind, hub_name};
use crate::sync::{Wake, hex};

/// How long a hub stays open when nobody says otherwise, minutes.
const MINUTES: u32 = 60;
/// Longest that it stays open, minutes: a working day.
const MOST_MINUTES: u32 = 480;

pub(crate) fn open(device: &Device, request: OpenHub) -> Result<HubStatus, Problem> {
    let minutes = request.minutes.unwrap_or(MINUTES);
    if !(1..=MOST_MINUTES).contains(&minutes) {
        return Err(Problem::new("bad_request").with("what", "minutes"));
    }
    device.open_hub(Duration::from_secs(u64::from(minutes) * 60))?;
    status(device, Nothing {})
}

pub(crate) fn close(device: &Device, _: Nothing) -> Result<HubStatus, Problem> {
    device.close_hub();
    status(device, Nothing {})
}

pub(crate) fn status(device: &Device, _: Nothing) -> Result<HubStatus, Problem> {
    let found = device.with_hub(|open| {
        open.map(|open| {
            (
                open.hub.addresses(),
                open.hub.tls_pin(),
                open.hub.is_announced(),
                open.until,
                open.guests.clone(),
            )
        })
    });
    let Some((addresses, pin, announced, until, guests)) = found else {
        return Ok(HubStatus {
            can_open: device.can_keep_hub(),
            open: None,
        });
    };
    let me = device.me()?;
    let this = device.author.device();
    let invitation = HubInvitation {
        addresses: addresses.clone(),
        tls_pin: pin.0,
        device: this,
        province: me.province,
    };
    // A machine that has just lost its network has nothing to show until it has one again.
    let text = if addresses.is_empty() {
        String::new()
    } else {
        invitation.to_text()
    };
    let mut rows: Vec<HubGuest> = guests
        .iter()
        .map(|(key, guest)| {
            let (label, role, holder_name) = device.label_of(key);
            HubGuest {
                device: key.to_string(),
                label,
                role,
                holder_name,
                last_seen: guest.last_seen,
                taken: guest.taken,
                given: guest.given,
            }
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.last_seen));
    let view = OpenHubView {
        qr_svg: if text.is_empty() {
            String::new()
        } else {
            qr(&text)?
        },
        invitation: text,
        addresses: addresses.iter().map(https).collect(),
        tls_pin: hex(&pin.0),
        device: this.to_string(),
        fingerprint: this.fingerprint(),
        province_name: me.province_name,
        until,
        announced,
        taken: guests.values().map(|guest| guest.taken).sum(),
        given: guests.values().map(|guest| guest.given).sum(),
        guests: rows,
    };
    Ok(HubStatus {
        can_open: true,
        open: Some(view),
    })
}

/// Keeps the hub as a remote. Whoever shows an invitation proves nothing with it, so the roster says who keeps it.
pub(crate) fn join(device: &Device, request: JoinHub) -> Result<RemoteRow, Problem> {
    let hub = HubInvitation::from_text(&request.text).map_err(not_a_hub)?;
    let me = device.me()?;
    if hub.province != me.province {
        return Err(Problem::new("hub_other_province").with("province", me.province_name));
    }
    if hub.device == device.author.device() {
        return Err(Problem::new("hub_is_this"));
    }
    let label = keeper_label(device, &me, &hub.device)?;
    let addresses: Vec<String> = hub.addresses.iter().map(https).collect();
    let route = Route {
        name: hub_name(&hub.device),
        kind: RouteKind::Hub,
        label,
        address: addresses.first().cloned(),
        addresses,
        tls_pin: Hash32(hub.tls_pin),
        device: Some(hub.device),
        added_at: device.now(),
    };
    route.keep(&device.ledger)?;
    device.look_out();
    device.wake(Wake::Hub);
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    row(device, &remote, &route)
}

fn keeper_label(device: &Device, me: &crate::device::Me, keeper: &DeviceKey) -> Result<String, Problem> {
    let active = device.ledger.with_roster(me.province, |roster| {
        let roster = roster?;
        let known = roster.grants.get(keeper)?;
        Some(roster.active_grant(keeper).map(|_| known.label.clone()))
    });
    match active {
        Some(Some(label)) => Ok(label),
        Some(None) => Err(Problem::new("hub_revoked").with("fingerprint", keeper.fingerprint())),
        None => Err(Problem::new("hub_unknown").with("fingerprint", keeper.fingerprint())),
    }
}

fn not_a_hub(error: InvitationError) -> Problem {
    Problem::new(match error {
        InvitationError::NotOne => "hub_text_not_one",
        InvitationError::Damaged => "hub_text_damaged",
        InvitationError::Newer => "invitation_newer",
    })
}
