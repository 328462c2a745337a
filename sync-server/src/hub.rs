//! A hub on the table: this server inside a device's own process, over the device's open store.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::Ledger;

use crate::error::ServerError;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::listening::{Bound, Listening};
use crate::routes::{self, Desk};
use crate::state::ServerState;
use crate::tls;

/// What a hub is opened over.
pub struct HubSettings {
    /// The device's open store.
    pub ledger: Arc<Ledger>,
    /// The province it exchanges for.
    pub province: ProvinceId,
    /// The device.
    pub device: DeviceKey,
    /// Who is told of guests.
    pub keeper: Arc<dyn Keeper>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Caps.
    pub limits: Limits,
}

/// An open hub. It closes when it is dropped: requests under way finish first, unless that happens on a thread of
/// an async runtime.
#[derive(Debug)]
pub struct RunningHub {
    tls_pin: [u8; 32],
    listening: Listening,
}

impl HubSettings {
    /// A table's worth of guests on a laptop that has other things to do: what they may take of it is small.
    pub fn limits() -> Limits {
        Limits {
            connections: 64,
            exchanges_at_once: 2,
            exchanges_waiting: 32,
            bodies_in_memory: 32 * 1024 * 1024,
            parcels_in_memory: 16 * 1024 * 1024,
            page_bytes: 1024 * 1024,
            drain: Duration::from_secs(3),
            ..Limits::default()
        }
    }
}

impl RunningHub {
    /// Binds the address and answers guests. The TLS key is made at the first time and kept in the device's
    /// store, so that a guest who joined once knows the hub again.
    ///
    /// # Errors
    /// When the address is taken or the store cannot be written.
    pub fn open(settings: HubSettings) -> Result<Self, ServerError> {
        let identity = tls::own_identity(&settings.ledger, || vec!["localhost".to_owned()])?;
        let bound = Bound::bind(settings.listen)?;
        let state = Arc::new(ServerState::of_hub(&settings));
        let desk = Desk {
            state,
            behind_proxy: false,
        };
        Ok(Self {
            tls_pin: identity.pin,
            listening: bound.serve(routes::of_hub(desk), identity.config, settings.limits),
        })
    }

    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.listening.address
    }

    /// SHA-256 of the SubjectPublicKeyInfo of its TLS key.
    pub fn tls_pin(&self) -> [u8; 32] {
        self.tls_pin
    }
}
