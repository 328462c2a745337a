//! Links of a rate and a delay of their own, one for each device, all in one thread. What goes over them is the real
//! HTTPS of both ends; nothing is lost, so that what is measured behind them is the server.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What goes over the air at once, bytes.
const PIECE: usize = 1_400;
/// Pieces that are underway in one direction; the sender waits for the others.
const UNDERWAY: usize = 48;
/// What the kernel takes off a sender before a link has moved it. Without this it would take megabytes.
const KERNEL: u32 = 8 * 1024;

/// How a link is, the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Bits per second; 0 for as fast as it goes.
    pub rate: u64,
    /// One way.
    pub delay: Duration,
}

impl Shape {
    /// No delay, no limit.
    pub const CLEAR: Self = Self {
        rate: 0,
        delay: Duration::ZERO,
    };
}

/// Makes links to one server; they end with it.
pub struct Links {
    runtime: Runtime,
    server: SocketAddr,
}

/// A device's link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where the device connects.
    pub address: SocketAddr,
    air: Arc<Air>,
}

#[derive(Debug, Default)]
struct Air {
    rate: AtomicU64,
    delay_millis: AtomicU64,
    /// When it is free again: towards the server, towards the device.
    free: [Mutex<Option<Instant>>; 2],
    connections: AtomicU64,
}

impl Links {
    /// Links to this address.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn to(server: SocketAddr) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("links")
            .enable_all()
            .build()?;
        Ok(Self { runtime, server })
    }

    /// A clear link.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn link(&self) -> Result<Link> {
        let _inside = self.runtime.enter();
        let socket = TcpSocket::new_v4()?;
        // What is accepted gets it too.
        socket.set_recv_buffer_size(KERNEL)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(64)?;
        let link = Link {
            address: listener.local_addr()?,
            air: Arc::default(),
        };
        self.runtime
            .spawn(accept(listener, self.server, Arc::clone(&link.air)));
        Ok(link)
    }
}

impl Link {
    /// Is like this from now on.
    pub fn follow(&self, shape: Shape) {
        let millis = u64::try_from(shape.delay.as_millis()).unwrap_or(u64::MAX);
        self.air.delay_millis.store(millis, Ordering::Relaxed);
        self.air.rate.store(shape.rate, Ordering::Relaxed);
    }

    /// Connections that were made over it.
    pub fn connections(&self) -> u64 {
        self.air.connections.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, air: Arc<Air>) {
    while let Ok((device, _)) = listener.accept().await {
        air.connections.fetch_add(1, Ordering::Relaxed);
        let air = Arc::clone(&air);
        tokio::spawn(async move {
            // One of the two is gone: the other end notices.
            let _ = join(device, server, air).await;
        });
    }
}

async fn join(device: TcpStream, server: SocketAddr, air: Arc<Air>) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(KERNEL)?;
    let upstream = socket.connect(server).await?;
    upstream.set_nodelay(true)?;
    device.set_nodelay(true)?;
    let (from_device, to_device) = device.into_split();
    let (from_server, to_server) = upstream.into_split();
    tokio::join!(
        carry(from_device, to_server, Arc::clone(&air), 0),
        carry(from_server, to_device, air, 1),
    );
    Ok(())
}

async fn carry(mut from: OwnedReadHalf, to: OwnedWriteHalf, air: Arc<Air>, direction: usize) {
    let (sender, receiver) = mpsc::channel(UNDERWAY);
    let delivering = tokio::spawn(deliver(receiver, to));
    let mut piece = vec![0u8; PIECE];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let sent = air.send(direction, read);
        sleep_until(sent).await;
        let delay = Duration::from_millis(air.delay_millis.load(Ordering::Relaxed));
        if sender.send((sent + delay, piece[..read].to_vec())).await.is_err() {
            break;
        }
    }
    drop(sender);
    let _ = delivering.await;
}

async fn deliver(mut pieces: mpsc::Receiver<(Instant, Vec<u8>)>, mut to: OwnedWriteHalf) {
    while let Some((arrives, piece)) = pieces.recv().await {
        sleep_until(arrives).await;
        if to.write_all(&piece).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

impl Air {
    /// When so many bytes have left, after what is before them.
    fn send(&self, direction: usize, bytes: usize) -> Instant {
        let now = Instant::now();
        let rate = self.rate.load(Ordering::Relaxed);
        if rate == 0 {
            return now;
        }
        let takes = Duration::from_secs_f64(bytes as f64 * 8.0 / rate as f64);
        let mut free = self.free[direction]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sent = free.unwrap_or(now).max(now) + takes;
        *free = Some(sent);
        sent
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn bytes_take_their_time_over_a_link_and_arrive_whole() {
        let listening = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let links = Links::to(listening.local_addr().unwrap()).unwrap();
        let link = links.link().unwrap();
        link.follow(Shape {
            rate: 400_000,
            delay: Duration::from_millis(100),
        });
        let began = std::time::Instant::now();
        let mut device = std::net::TcpStream::connect(link.address).unwrap();
        let (mut server, _) = listening.accept().unwrap();
        let sent: Vec<u8> = (0..50_000u32).map(|at| at as u8).collect();
        device.write_all(&sent).unwrap();
        device.shutdown(std::net::Shutdown::Write).unwrap();
        let mut came = Vec::new();
        server.read_to_end(&mut came).unwrap();
        assert_eq!(came, sent);
        // 50,000 bytes are a second at this rate, and a tenth later they are there.
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(1_090), "{took:?}");
        assert_eq!(link.connections(), 1);
    }
}
