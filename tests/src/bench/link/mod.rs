//! A bad link between two network namespaces: two TUN devices, joined packet by packet in this process, so
//! that the real TCP of both ends sees delay, rate, loss, a queue that overflows, and cuts. Kernels without
//! `sch_netem` need nothing else.

mod province;
mod relay;
mod rules;
mod streams;
mod tls_front;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tun_rs::{DeviceBuilder, SyncDevice};

pub use province::{FarProvince, LONGEST, Went};
use relay::Direction;
pub use rules::{Cut, Fates, Rules};

use crate::namespace::{Namespace, ip};

/// What is printed of the means.
pub const MEANS: &str = "two TUN devices in two network namespaces, joined in user space, 64 KB queue, MTU 1400; TCP reno, or bbr where the kernel has it: the device asks for it, the server is set to it";

/// The device's end.
const DEVICE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// The server's end.
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const MTU: u16 = 1_400;
/// Name of both TUN devices: each is alone in its namespace.
const TUN: &str = "bad";

/// Of the namespace that the writing thread is in.
const CONGESTION_CONTROL: &str = "/proc/sys/net/ipv4/tcp_congestion_control";

/// Datagrams that may be lost before the link counts as broken.
const PINGS: usize = 10;
/// A datagram that took longer is lost.
const LOST: Duration = Duration::from_secs(3);

/// Both ends and what joins them.
pub struct Link {
    /// Where devices are.
    pub device_side: Namespace,
    /// Where the server is.
    pub server_side: Namespace,
    up: Direction,
    down: Direction,
}

impl Link {
    /// A clear link; its losses will come from the seed.
    ///
    /// # Errors
    /// When this process may not make namespaces or TUN devices.
    pub fn new(seed: u64) -> Result<Self> {
        let (device_side, near) = end(DEVICE)?;
        let (server_side, far) = end(SERVER)?;
        // As `docs/operations.md` asks for; a kernel without it goes on with the other.
        if let Err(error) = server_side.run(|| fs::write(CONGESTION_CONTROL, "bbr"))? {
            eprintln!("The server's end has no bbr: {error}");
        }
        Ok(Self {
            up: Direction::start(near.clone(), far.clone(), seed.wrapping_mul(2))?,
            down: Direction::start(far, near, seed.wrapping_mul(2) + 1)?,
            device_side,
            server_side,
        })
    }

    /// The server's address on the link.
    pub fn server(&self) -> Ipv4Addr {
        SERVER
    }

    /// Other rules from now on, for both directions.
    pub fn follow(&self, rules: Rules) {
        self.up.follow(rules);
        self.down.follow(rules);
    }

    /// Time of a datagram to the server's end and back, by the sockets of both ends.
    ///
    /// # Errors
    /// When none comes back.
    pub fn round_trip(&self) -> Result<Duration> {
        let far = self.server_side.run(|| UdpSocket::bind((SERVER, 7)))??;
        let near = self.device_side.run(|| UdpSocket::bind((DEVICE, 0)))??;
        near.connect((SERVER, 7))?;
        for socket in [&far, &near] {
            socket.set_read_timeout(Some(LOST))?;
        }
        for _ in 0..PINGS {
            let (began, mut datagram) = (Instant::now(), [0u8; 8]);
            near.send(b"are you?")?;
            let Ok((_, from)) = far.recv_from(&mut datagram) else {
                continue;
            };
            far.send_to(&datagram, from)?;
            if near.recv(&mut datagram).is_ok() {
                return Ok(began.elapsed());
            }
        }
        bail!("none of {PINGS} datagrams came back")
    }

    /// What became of the packets since the rules hold: from the device, and to it.
    pub fn fates(&self) -> (Fates, Fates) {
        (self.up.fates(), self.down.fates())
    }

    /// Bytes that the programs of both ends gave to the link since the rules hold, TLS included: each place of a TCP
    /// stream counts when it is sent for the first time.
    pub fn given(&self) -> u64 {
        self.up.given() + self.down.given()
    }
}

impl Drop for Link {
    /// Without its device a direction's thread ends.
    fn drop(&mut self) {
        for side in [&self.device_side, &self.server_side] {
            if let Err(error) | Ok(Err(error)) = side.run(|| ip(&format!("link del dev {TUN}"))) {
                eprintln!("the link's TUN device stays until this program ends: {error:#}");
            }
        }
    }
}

/// A namespace with a TUN device.
fn end(address: Ipv4Addr) -> Result<(Namespace, Arc<SyncDevice>)> {
    let namespace = Namespace::new()?;
    let device = namespace.run(|| -> Result<SyncDevice> {
        // Every kernel allows reno here; with so few packets underway cubic, the usual one, does the same.
        fs::write(CONGESTION_CONTROL, "reno").context(CONGESTION_CONTROL)?;
        let device = DeviceBuilder::new()
            .name(TUN)
            .enable(false)
            .build_sync()
            .context("/dev/net/tun")?;
        ip(&format!("address add {address}/24 dev {TUN}"))?;
        ip(&format!("link set dev {TUN} mtu {MTU} up"))?;
        Ok(device)
    })??;
    Ok((namespace, Arc::new(device)))
}
