//! Says on the local network that a hub is here, until it is dropped.

use mdns_sd::{ServiceDaemon, ServiceInfo};

use crate::{FINGERPRINT, SERVICE, fingerprint};

/// An announced hub.
pub(crate) struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

impl Announced {
    /// Announces the hub of the device with this fingerprint; nothing where the network does not carry it. Neither
    /// the name nor the text says more than the fingerprint, which means something only to who knows the roster.
    pub fn begin(fingerprint: &str, port: u16) -> Option<Self> {
        match announce(&fingerprint::said(fingerprint), port) {
            Ok(announced) => Some(announced),
            Err(error) => {
                tracing::warn!(%error, "the hub is not announced");
                None
            }
        }
    }
}

fn announce(fingerprint: &str, port: u16) -> mdns_sd::Result<Announced> {
    let daemon = ServiceDaemon::new()?;
    let host = format!("cotmoc-{fingerprint}.local.");
    let said = [(FINGERPRINT, fingerprint)];
    let service = ServiceInfo::new(SERVICE, fingerprint, &host, "", port, &said[..])?.enable_addr_auto();
    let name = service.get_fullname().to_owned();
    daemon.register(service)?;
    Ok(Announced { daemon, name })
}

impl Drop for Announced {
    fn drop(&mut self) {
        // The good-bye goes out before the daemon ends.
        if let Ok(gone) = self.daemon.unregister(&self.name) {
            let _ = gone.recv_timeout(std::time::Duration::from_secs(2));
        }
        let _ = self.daemon.shutdown();
    }
}
