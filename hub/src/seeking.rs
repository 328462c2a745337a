//! Looks for hubs on the local network until it is dropped.

use std::net::{IpAddr, SocketAddr};

use cotmoc_device::Sighting;
use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};

use crate::addresses::nearest_first;
use crate::{FINGERPRINT, SERVICE, fingerprint};

/// Looking.
pub(crate) struct Seeking {
    daemon: ServiceDaemon,
}

impl Seeking {
    /// Tells of every hub that is announced from now on; nothing where the network does not carry it.
    pub fn begin(sighted: Box<dyn Fn(Sighting) + Send>) -> Option<Self> {
        match seek(sighted) {
            Ok(seeking) => Some(seeking),
            Err(error) => {
                tracing::warn!(%error, "hubs cannot be found on this network");
                None
            }
        }
    }
}

fn seek(sighted: Box<dyn Fn(Sighting) + Send>) -> Result<Seeking, Box<dyn std::error::Error>> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let listen = move || {
        // Ends with the daemon.
        while let Ok(event) = events.recv() {
            if let Some(sighting) = sighting(&event) {
                sighted(sighting);
            }
        }
    };
    std::thread::Builder::new()
        .name("hub-lookout".to_owned())
        .spawn(listen)?;
    Ok(Seeking { daemon })
}

fn sighting(event: &ServiceEvent) -> Option<Sighting> {
    match event {
        ServiceEvent::ServiceResolved(service) => here(service),
        ServiceEvent::ServiceRemoved(_, name) => {
            let fingerprint = fingerprint::heard(name.strip_suffix(&format!(".{SERVICE}"))?)?;
            Some(Sighting::Gone { fingerprint })
        }
        _ => None,
    }
}

fn here(service: &ResolvedService) -> Option<Sighting> {
    let fingerprint = fingerprint::heard(service.get_property_val_str(FINGERPRINT)?)?;
    let mut addresses: Vec<SocketAddr> = service
        .get_addresses_v4()
        .into_iter()
        .map(|ip| SocketAddr::new(IpAddr::V4(ip), service.get_port()))
        .collect();
    nearest_first(&mut addresses);
    (!addresses.is_empty()).then_some(Sighting::Here {
        fingerprint,
        addresses,
    })
}

impl Drop for Seeking {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}
