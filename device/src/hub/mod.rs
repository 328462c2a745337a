//! The hub on the table: the device's side of it. What answers on the network is brought by the door
//! ([`HubHost`]), because a device knows no server.

mod guests;
mod host;
mod keeping;
mod sighted;

pub use host::{HubHost, OpenedHub, Sighting};
pub(crate) use keeping::Hubs;
pub(crate) use sighted::https;
