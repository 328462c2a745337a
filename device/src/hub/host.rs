//! What a door brings so that a device can keep a hub and find those of others.

use std::net::SocketAddr;
use std::sync::Arc;

use cotmoc_core::id::Hash32;

use crate::contract::Problem;
use crate::device::Device;

/// Opens hubs and looks for them.
pub trait HubHost: Send + Sync {
    /// Answers guests over the device's store from now on, until the hub is dropped. The device is told of
    /// guests by [`Device::guest_brought`] and [`Device::guest_took`].
    ///
    /// # Errors
    /// `hub_no_network`, `hub_port_taken`, or a problem of the store.
    fn open(&self, device: &Arc<Device>) -> Result<Box<dyn OpenedHub>, Problem>;

    /// Looks for hubs on the local network until what it gives back is dropped; nothing where that is not
    /// possible.
    fn look_out(&self, sighted: Box<dyn Fn(Sighting) + Send>) -> Option<Box<dyn Send + Sync>>;
}

/// An open hub. Dropping it closes it: requests under way finish first.
pub trait OpenedHub: Send + Sync {
    /// Where it is reached now, the likeliest address first.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// SHA-256 of the SubjectPublicKeyInfo of its TLS key.
    fn tls_pin(&self) -> Hash32;

    /// It is announced on the local network.
    fn is_announced(&self) -> bool;
}

/// What somebody said on the local network. Nothing of it is proven: the hub's TLS key and the entries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// A hub is there.
    Here {
        /// Fingerprint of the device that keeps it.
        fingerprint: String,
        /// Where.
        addresses: Vec<SocketAddr>,
    },
    /// It has gone.
    Gone {
        /// Fingerprint of the device that kept it.
        fingerprint: String,
    },
}
