//! A local network of whole machines, as a phone's hotspot makes one of laptops: network namespaces, each with one
//! interface, joined by a bridge in a namespace of its own. Nobody on it has a way out, nor a default route.

use std::cell::Cell;
use std::net::Ipv4Addr;

use anyhow::Result;

use crate::namespace::{Namespace, ip};

const BRIDGE: &str = "table";
/// Named like a laptop's radio: each is alone in its namespace.
const INTERFACE: &str = "wlan0";

/// What joins the machines.
pub struct Lan {
    bridge: Namespace,
    machines: Cell<u32>,
}

/// A machine's network.
pub struct Machine {
    /// Where its programs run.
    pub inside: Namespace,
}

impl Lan {
    /// One without machines.
    ///
    /// # Errors
    /// When this process may not make namespaces or bridges, or `ip` is not installed.
    pub fn new() -> Result<Self> {
        let bridge = Namespace::new()?;
        bridge.run(|| -> Result<()> {
            ip(&format!("link add name {BRIDGE} type bridge"))?;
            ip(&format!("link set dev {BRIDGE} up"))
        })??;
        let machines = Cell::new(0);
        Ok(Self { bridge, machines })
    }

    /// Another machine, which has no address yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn machine(&self) -> Result<Machine> {
        let inside = Namespace::new()?;
        let port = format!("port{}", self.machines.get());
        self.machines.set(self.machines.get() + 1);
        let name = inside.name();
        self.bridge.run(|| -> Result<()> {
            ip(&format!(
                "link add name {port} type veth peer name {INTERFACE} netns {name}"
            ))?;
            ip(&format!("link set dev {port} master {BRIDGE} up"))
        })??;
        Ok(Machine { inside })
    }
}

impl Machine {
    /// Has this address from now on, and no other.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn is_at(&self, address: Ipv4Addr) -> Result<()> {
        self.inside.run(|| -> Result<()> {
            ip(&format!("-4 address flush dev {INTERFACE}"))?;
            ip(&format!("address add {address}/24 dev {INTERFACE}"))?;
            ip(&format!("link set dev {INTERFACE} up"))
        })?
    }

    /// Is on no network until it has an address again.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn is_away(&self) -> Result<()> {
        self.inside.run(|| -> Result<()> {
            ip(&format!("-4 address flush dev {INTERFACE}"))?;
            ip(&format!("link set dev {INTERFACE} down"))
        })?
    }
}
