//! The hub on the table: the server library inside a device's own process, on the local network.
//!
//! Both doors bring [`LanHubs`] to their desk; nothing else of this crate is used outside the tests. It is where the
//! device, which knows no server, and the server, which knows no device, meet. It decides nothing: who may have what is
//! decided by `cotmoc_core::access`, and every entry proves itself.

mod addresses;
mod announcing;
mod fingerprint;
mod keeper;
mod seeking;
mod table;

pub use table::{LanHubs, hub_without_network};

/// The service under which hubs are found.
pub(crate) const SERVICE: &str = "_cotmoc._tcp.local.";
/// The one thing that is said of a hub on the network: the fingerprint of the device that keeps it.
pub(crate) const FINGERPRINT: &str = "d";
