//! Hubs that were joined and are found on the local network, and at which address one answers.

use std::net::SocketAddr;
use std::sync::PoisonError;

use super::host::Sighting;
use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::device::Device;
use crate::store::routes::{Route, RouteKind};
use crate::sync::{Server, Wake};

/// Most hubs that are kept in mind: what is said on a network is not proven.
const MOST_SIGHTED: usize = 64;
/// Most addresses of one hub.
const MOST_ADDRESSES: usize = 8;

impl Device {
    /// Begins to look for hubs, once one was joined: a device that never did says nothing on the network.
    pub(crate) fn look_out(&self) {
        let Some((host, device)) = self.hubs.host.get() else {
            return;
        };
        let joined = Route::others(&self.ledger).unwrap_or_default();
        if !joined.iter().any(|route| route.kind == RouteKind::Hub) {
            return;
        }
        let mut look_out = self.hubs.look_out.lock().unwrap_or_else(PoisonError::into_inner);
        if look_out.is_none() {
            let device = device.clone();
            *look_out = host.look_out(Box::new(move |sighting| {
                if let Some(device) = device.upgrade() {
                    device.sighted(sighting);
                }
            }));
        }
    }

    /// Ends looking for hubs.
    pub(crate) fn stop_looking(&self) {
        let mut look_out = self.hubs.look_out.lock().unwrap_or_else(PoisonError::into_inner);
        drop(look_out.take());
    }

    /// Somebody said that a hub is there, or has gone.
    fn sighted(&self, sighting: Sighting) {
        let mut sighted = self.hubs.sighted.lock().unwrap_or_else(PoisonError::into_inner);
        let (fingerprint, is_news) = match sighting {
            Sighting::Here {
                fingerprint,
                mut addresses,
            } => {
                addresses.truncate(MOST_ADDRESSES);
                let room = sighted.len() < MOST_SIGHTED || sighted.contains_key(&fingerprint);
                if addresses.is_empty() || !room {
                    return;
                }
                let before = sighted.insert(fingerprint.clone(), addresses.clone());
                (fingerprint, before != Some(addresses))
            }
            Sighting::Gone { fingerprint } => {
                let was_here = sighted.remove(&fingerprint).is_some();
                (fingerprint, was_here)
            }
        };
        drop(sighted);
        let joined = Route::others(&self.ledger).unwrap_or_default();
        let is_ours = joined.iter().any(|route| is_kept_by(route, &fingerprint));
        if is_news && is_ours {
            self.events.tell(&DeviceEvent::Remotes {});
            self.wake(Wake::Hub);
        }
    }

    /// The hub was seen on this network and has not gone.
    pub(crate) fn is_here(&self, route: &Route) -> bool {
        !self.seen_at(route).is_empty()
    }

    /// Where the hub was seen on this network, if it has not gone.
    pub(crate) fn seen_at(&self, route: &Route) -> Vec<SocketAddr> {
        let sighted = self.hubs.sighted.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = route.device.map(|device| device.fingerprint());
        fingerprint
            .and_then(|fingerprint| sighted.get(&fingerprint).cloned())
            .unwrap_or_default()
    }

    /// The route with an address at which the hub answers now; it is kept, so that it is tried first next time.
    ///
    /// # Errors
    /// `hub_unreachable` when it answers at none.
    pub(crate) fn reached(&self, route: &Route) -> Result<Route, Problem> {
        let mut candidates: Vec<String> = self.seen_at(route).iter().map(https).collect();
        candidates.extend(route.address.clone());
        candidates.extend(route.addresses.iter().cloned());
        let mut tried: Vec<&String> = Vec::new();
        for address in &candidates {
            if tried.contains(&address) {
                continue;
            }
            tried.push(address);
            let answers = Server::nearby(address, route.tls_pin).and_then(|server| server.hello());
            if answers.is_ok() {
                let reached = Route {
                    address: Some(address.clone()),
                    ..route.clone()
                };
                if reached.address != route.address {
                    reached.keep(&self.ledger)?;
                }
                return Ok(reached);
            }
        }
        Err(Problem::new("hub_unreachable").with("hub", &route.label))
    }
}

fn is_kept_by(route: &Route, fingerprint: &str) -> bool {
    route
        .device
        .is_some_and(|device| device.fingerprint() == fingerprint)
}

/// How a hub at an address is asked.
pub(crate) fn https(address: &SocketAddr) -> String {
    format!("https://{address}")
}
