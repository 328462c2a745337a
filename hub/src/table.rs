//! Hubs on the local network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use cotmoc_core::id::Hash32;
use cotmoc_device::contract::Problem;
use cotmoc_device::{Device, HubHost, OpenedHub, Sighting};
use cotmoc_sync_server::{HubSettings, RunningHub, ServerError, ServerState};

use crate::addresses;
use crate::announcing::Announced;
use crate::keeper::DeviceKeeper;
use crate::seeking::Seeking;

/// Where the port of the last time is kept: who joined then tries it first.
const PORT: &str = "hub.port";

/// Opens hubs on this machine's networks, and finds those of others.
#[derive(Debug, Clone, Copy)]
pub struct LanHubs {
    on_loopback: bool,
}

impl LanHubs {
    /// On all networks of this machine, announced there.
    pub fn on_every_network() -> Self {
        Self { on_loopback: false }
    }

    /// For programs of this machine only, and not announced: for tests, which no network may disturb.
    pub fn on_loopback() -> Self {
        Self { on_loopback: true }
    }

    fn ip(self) -> Ipv4Addr {
        if self.on_loopback {
            Ipv4Addr::LOCALHOST
        } else {
            Ipv4Addr::UNSPECIFIED
        }
    }
}

impl HubHost for LanHubs {
    fn open(&self, device: &Arc<Device>) -> Result<Box<dyn OpenedHub>, Problem> {
        if !self.on_loopback && addresses::of_this_machine().is_empty() {
            return Err(Problem::new("hub_no_network"));
        }
        let ledger = device.ledger();
        let last_port = ledger.meta(PORT)?.and_then(|bytes| bytes.try_into().ok());
        let last_port = last_port.map(u16::from_le_bytes).unwrap_or_default();
        let running = match running(device, self.ip(), last_port) {
            // Somebody else has it now.
            Err(ServerError::Io(_)) if last_port != 0 => running(device, self.ip(), 0),
            opened => opened,
        };
        let running = running.map_err(problem)?;
        let port = running.addr().port();
        if port != last_port {
            ledger.set_meta(PORT, &port.to_le_bytes())?;
        }
        let announced = if self.on_loopback {
            None
        } else {
            Announced::begin(&device.key().fingerprint(), port)
        };
        Ok(Box::new(Table {
            on_loopback: self.on_loopback,
            announced,
            running: Some(running),
            port,
        }))
    }

    fn look_out(&self, sighted: Box<dyn Fn(Sighting) + Send>) -> Option<Box<dyn Send + Sync>> {
        if self.on_loopback {
            return None;
        }
        Seeking::begin(sighted).map(|seeking| Box::new(seeking) as Box<dyn Send + Sync>)
    }
}

fn running(device: &Arc<Device>, ip: Ipv4Addr, port: u16) -> Result<RunningHub, ServerError> {
    RunningHub::open(settings(device, SocketAddr::new(IpAddr::V4(ip), port))?)
}

fn settings(device: &Arc<Device>, listen: SocketAddr) -> Result<HubSettings, ServerError> {
    Ok(HubSettings {
        ledger: device.shared_ledger(),
        province: device.province().ok_or(ServerError::NoProvince)?,
        device: device.key(),
        keeper: Arc::new(DeviceKeeper(Arc::downgrade(device))),
        listen,
        limits: HubSettings::limits(),
    })
}

/// A hub over an open device that is reached without a network, by [`ServerState::exchange_directly`].
///
/// # Errors
/// When the device is of no province yet.
pub fn hub_without_network(device: &Arc<Device>) -> Result<Arc<ServerState>, ServerError> {
    let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    Ok(ServerState::of_hub_directly(&settings(device, nowhere)?))
}

fn problem(error: ServerError) -> Problem {
    match error {
        ServerError::Ledger(error) => error.into(),
        error => {
            tracing::error!(error.message = %error, "the hub does not open");
            Problem::new("hub_does_not_open")
        }
    }
}

/// An open hub.
struct Table {
    on_loopback: bool,
    announced: Option<Announced>,
    running: Option<RunningHub>,
    port: u16,
}

impl OpenedHub for Table {
    fn addresses(&self) -> Vec<SocketAddr> {
        let ips = if self.on_loopback {
            vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]
        } else {
            addresses::of_this_machine()
        };
        ips.into_iter().map(|ip| SocketAddr::new(ip, self.port)).collect()
    }

    fn tls_pin(&self) -> Hash32 {
        Hash32(self.running.as_ref().map(RunningHub::tls_pin).unwrap_or_default())
    }

    fn is_announced(&self) -> bool {
        self.announced.is_some()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // Nobody is to come any more.
        drop(self.announced.take());
        let Some(running) = self.running.take() else {
            return;
        };
        // A door may close it from a thread of its async runtime, on which the server would not wait for its end.
        let closing = std::thread::Builder::new()
            .name("hub-closing".to_owned())
            .spawn(move || drop(running));
        if let Ok(closing) = closing {
            let _ = closing.join();
        }
    }
}
