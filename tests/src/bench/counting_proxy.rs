//! A proxy that counts the bytes of both directions outside both processes, HTTP included.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

/// Bytes counted since the last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// From the device to the server.
    pub up: u64,
    /// From the server to the device.
    pub down: u64,
}

impl Counted {
    /// Both directions.
    pub fn both(self) -> u64 {
        self.up + self.down
    }
}

#[derive(Default)]
struct Counters {
    up: AtomicU64,
    down: AtomicU64,
}

/// A running proxy; its threads end with their connections.
pub struct CountingProxy {
    address: SocketAddr,
    counters: Arc<Counters>,
}

impl CountingProxy {
    /// Forwards a free loopback port to `server`.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn before(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let shared = counters.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect(server) else {
                    continue;
                };
                forward(client, upstream, &shared);
            }
        });
        Ok(Self { address, counters })
    }

    /// Where devices connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was counted since the last call, and starts over.
    pub fn take(&self) -> Counted {
        // The last bytes of an answer are counted before the device reads them.
        let (up, down) = (&self.counters.up, &self.counters.down);
        Counted {
            up: up.swap(0, Ordering::SeqCst),
            down: down.swap(0, Ordering::SeqCst),
        }
    }
}

fn forward(client: TcpStream, upstream: TcpStream, counters: &Arc<Counters>) {
    let pairs = [
        (client.try_clone(), upstream.try_clone(), true),
        (Ok(upstream), Ok(client), false),
    ];
    for (from, to, is_up) in pairs {
        let (Ok(from), Ok(to)) = (from, to) else { continue };
        let counters = counters.clone();
        std::thread::spawn(move || copy(from, to, if is_up { &counters.up } else { &counters.down }));
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, counter: &AtomicU64) {
    let mut buffer = [0u8; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 {
            break;
        }
        counter.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
