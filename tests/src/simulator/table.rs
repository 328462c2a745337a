//! The hub on the table: one device keeps it in its own process, another one is its guest.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use cotmoc_core::exchange::HubInvitation;
use cotmoc_hub::hub_without_network;
use cotmoc_ledger::crash_after;
use serde_json::json;

use super::cast::World;
use super::event::{Happened, may_fail, maybe_crash, weather};
use super::link::{Far, Wire};
use super::player::Went;
use crate::bench::workload::Chance;

/// Two devices at a table.
pub(super) fn meet(world: &mut World, keeper: usize, chance: &mut Chance) -> Result<Happened> {
    let guest = chance.below(world.players.len() as u64) as usize;
    if guest == keeper || !world.players[guest].enrolled {
        return Ok(Happened::To(keeper));
    }
    let device = world.players[keeper].shared()?;
    let Ok(hub) = hub_without_network(&device) else {
        return Ok(Happened::To(keeper));
    };
    let key = device.key();
    let invitation = HubInvitation {
        addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 1))],
        tls_pin: [8; 32],
        device: key,
        province: world.province,
    };
    let text = invitation.to_text();
    drop(device);
    let joined = world.players[guest].attempt(|device| device.call("hub.join", json!({ "text": text })))?;
    match joined {
        Went::Through(Ok(_)) => {}
        // Not of the roster as the guest knows it, or a copy of the guest itself.
        Went::Through(Err(problem)) => {
            let is_known = ["hub_unknown", "hub_revoked", "hub_is_this", "not_enrolled"];
            let fits = is_known.contains(&problem.code.as_str());
            return match fits {
                true => Ok(Happened::To(guest)),
                false => Err(anyhow!("joining a hub ended with {problem:?}")),
            };
        }
        Went::Crashed => return Ok(Happened::To(guest)),
    }
    let weather = weather(chance);
    maybe_crash(chance);
    let mut wire = Wire {
        far: Far::Hub(Some(Arc::clone(&hub))),
        chance,
        underway: None,
        weather,
        clock: Duration::ZERO,
        moved: 0,
    };
    let went = world.players[guest].attempt(|device| device.exchange_at_hub(&key, &mut wire));
    crash_after(None);
    let is_open = matches!(wire.far, Far::Hub(Some(_)));
    drop(wire);
    drop(hub);
    if !is_open {
        world.players[keeper].stop();
    }
    if let Went::Through(Err(failure)) = went? {
        may_fail(&failure.problem.code)?;
    }
    Ok(Happened::Between(keeper, guest))
}
