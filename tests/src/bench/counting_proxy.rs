//! A proxy that counts the bytes of both directions outside both processes, HTTP included.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use super::replay::Passed;

/// What was counted since the last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Bytes from the device to the server.
    pub up: u64,
    /// Bytes from the server to the device.
    pub down: u64,
    /// Requests that began.
    pub requests: u64,
    /// Connections that were made.
    pub connections: u64,
}

impl Counted {
    /// Bytes of both directions.
    pub fn both(self) -> u64 {
        self.up + self.down
    }
}

/// Counts what passes.
#[derive(Debug, Default)]
pub struct Counters {
    up: AtomicU64,
    down: AtomicU64,
    requests: AtomicU64,
    connections: AtomicU64,
}

impl Counters {
    /// A connection was made.
    pub fn connected(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
    }

    /// From the device to the server.
    pub fn up(&self, read: &[u8]) {
        self.up.fetch_add(read.len() as u64, Ordering::SeqCst);
        if begins_request(read) {
            self.requests.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// From the server to the device.
    pub fn down(&self, read: &[u8]) {
        self.down.fetch_add(read.len() as u64, Ordering::SeqCst);
    }

    /// What was counted since the last call, and starts over.
    pub fn take(&self) -> Counted {
        // The last bytes of an answer are counted before the device reads them.
        Counted {
            up: self.up.swap(0, Ordering::SeqCst),
            down: self.down.swap(0, Ordering::SeqCst),
            requests: self.requests.swap(0, Ordering::SeqCst),
            connections: self.connections.swap(0, Ordering::SeqCst),
        }
    }
}

/// A device sends its next request when it has the last answer, so a request begins where what was read begins.
fn begins_request(read: &[u8]) -> bool {
    read.starts_with(b"POST ") || read.starts_with(b"GET ")
}

/// A running proxy; its threads end with their connections.
pub struct CountingProxy {
    address: SocketAddr,
    seen: Seen,
}

/// What the connections tell.
#[derive(Clone, Default)]
struct Seen {
    counters: Arc<Counters>,
    last: Arc<Mutex<Passed>>,
}

impl Seen {
    fn up(&self, read: &[u8]) {
        self.counters.up(read);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if begins_request(read) {
            *last = Passed::default();
        }
        last.asked(read);
    }

    fn down(&self, read: &[u8]) {
        self.counters.down(read);
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .answered(read);
    }
}

impl CountingProxy {
    /// Forwards a free loopback port to `server`.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn before(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let seen = Seen::default();
        let shared = seen.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect(server) else {
                    continue;
                };
                shared.counters.connected();
                forward(client, upstream, &shared);
            }
        });
        Ok(Self { address, seen })
    }

    /// Where devices connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was counted since the last call, and starts over.
    pub fn take(&self) -> Counted {
        self.seen.counters.take()
    }

    /// The last request with its answer, when nothing is underway; absent when it is too long to be kept.
    pub fn last(&self) -> Option<Passed> {
        let last = self.seen.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_whole().then(|| last.clone())
    }
}

fn forward(client: TcpStream, upstream: TcpStream, seen: &Seen) {
    let pairs = [
        (client.try_clone(), upstream.try_clone(), true),
        (Ok(upstream), Ok(client), false),
    ];
    for (from, to, is_up) in pairs {
        let (Ok(from), Ok(to)) = (from, to) else { continue };
        let seen = seen.clone();
        std::thread::spawn(move || {
            copy(from, to, |read| {
                if is_up {
                    seen.up(read);
                } else {
                    seen.down(read);
                }
            });
        });
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, count: impl Fn(&[u8])) {
    let mut buffer = [0u8; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 {
            break;
        }
        count(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_request_is_counted_once_however_its_bytes_arrive_and_an_answer_is_none() {
        let answering = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = CountingProxy::before(answering.local_addr().unwrap()).unwrap();
        let mut device = TcpStream::connect(proxy.address()).unwrap();
        let (mut server, _) = answering.accept().unwrap();
        let mut taken = [0u8; 64];
        for _ in 0..2 {
            for part in [&b"POST /v1/exchange "[..], &b"POST inside a body"[1..]] {
                device.write_all(part).unwrap();
                server.read_exact(&mut taken[..part.len()]).unwrap();
            }
            server.write_all(b"POST is no answer").unwrap();
            device.read_exact(&mut taken[..17]).unwrap();
        }
        let counted = proxy.take();
        assert_eq!((counted.requests, counted.connections), (2, 1));
        assert_eq!((counted.up, counted.down), (70, 34));
        assert_eq!(proxy.take(), Counted::default());
    }
}
