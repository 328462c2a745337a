//! The connection under the HTTP client. The client does not let anybody reach its socket, so on Linux it is given a
//! socket of this process instead of the network's, and what goes through that is carried over a TCP connection with
//! settings for links that come and go.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
#[cfg(target_os = "linux")]
use nix::sys::socket::sockopt::TcpCongestion;
use nix::sys::socket::{getsockopt, setsockopt, sockopt::TcpUserTimeout};
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream};
use tower::Service;

use super::wire::Moved;

/// Longest wait of the system before it sends again what it has not heard of. By itself it doubles it up to two minutes,
/// so that over a link that is cut for 10 s in every 30 it lets one good moment after the other pass.
const TRIES_AGAIN: Duration = Duration::from_secs(4);
/// Then nothing has got through that could have.
const UNHEARD: Duration = Duration::from_secs(60);
/// On a system that cannot be told how soon to try again: one of its tries should still find a good moment.
const UNHEARD_OF_OLD: Duration = Duration::from_secs(240);
/// What the system takes before it has left, bytes. With more, a slow link's queue overflows before the first loss is
/// heard of; also, where the system says no more, that something was handed to it is to mean that it moves.
const UNDERWAY: usize = 48 * 1024;
/// How long that may need to leave, on a system that does not say what of it arrives.
const LONGEST_UNDERWAY: Duration = Duration::from_secs(60);
/// A server that takes longer to be connected to is far away.
#[cfg(target_os = "linux")]
const FAR: Duration = Duration::from_millis(100);
/// Takes a loss for a loss, not for a link that is full: on a mobile link packets are lost without that.
#[cfg(target_os = "linux")]
const FOR_FAR_LINKS: &str = "bbr";
/// Read at once, bytes.
const PIECE: usize = 8 * 1024;

/// `TCP_RTO_MAX_MS`, since Linux 6.15; milliseconds.
const TCP_RTO_MAX_MS: i32 = 44;
sockopt_impl!(
    /// How long the system waits at most before it sends again, milliseconds.
    LongestWait,
    SetOnly,
    libc::IPPROTO_TCP,
    TCP_RTO_MAX_MS,
    u32
);

/// The beginning of the `tcp_info` of Linux, which grows at its end only.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct TcpInfo {
    state_and_times: [u8; 104],
    pacing_rates: [u64; 2],
    /// Bytes that the other end has confirmed.
    acknowledged: u64,
    /// Bytes that came from it.
    received: u64,
}

sockopt_impl!(
    /// What the system counts of a connection. Systems that know [`LongestWait`] know all of it.
    Counted,
    GetOnly,
    libc::IPPROTO_TCP,
    libc::TCP_INFO,
    TcpInfo
);

/// How to make TCP connections.
#[derive(Debug, Clone)]
pub(super) struct Tcp {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Silence between two signs of life while an answer is awaited.
    pub probe: Duration,
    /// How often it is looked whether something has arrived.
    pub look: Duration,
}

/// Begins to carry, on the runtime of the caller: what connects to the returned address speaks with the server `to`.
/// Beside the address, how long what the system has taken may need to leave: no time where the system says what of it
/// arrives.
///
/// # Errors
/// When the system has no such sockets.
pub(super) fn open(to: http::Uri, tcp: Tcp, moved: Arc<Moved>) -> io::Result<(String, Duration)> {
    let mut name = [0u8; 16];
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    // Not a file: nothing is left behind, whatever happens.
    let address = format!("\0cotmoc-{:032x}", u128::from_le_bytes(name));
    let listener = UnixListener::bind(&address)?;
    tokio::spawn(accept(listener, to, tcp, moved));
    let says = TcpSocket::new_v4().is_ok_and(|socket| tries_again_soon(&socket));
    let underway = if says { Duration::ZERO } else { LONGEST_UNDERWAY };
    Ok((address, underway))
}

/// Whether the system does as it is told.
fn tries_again_soon(socket: &impl AsFd) -> bool {
    let millis = u32::try_from(TRIES_AGAIN.as_millis()).unwrap_or(u32::MAX);
    setsockopt(socket, LongestWait, &millis).is_ok()
}

/// Ends with the runtime.
async fn accept(listener: UnixListener, to: http::Uri, tcp: Tcp, moved: Arc<Moved>) {
    let own = i32::try_from(std::process::id()).ok();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Without descriptors there is no connection either; the client gives up by its own time.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Any program of this machine may connect there.
        if client.peer_cred().ok().and_then(|peer| peer.pid()) != own {
            continue;
        }
        let (to, tcp, moved) = (to.clone(), tcp.clone(), moved.clone());
        tokio::spawn(async move {
            // The client sees that its connection ends.
            if let Err(error) = carry(client, to, &tcp, &moved).await {
                tracing::debug!(error.message = %error, "a connection to the server ended");
            }
        });
    }
}

async fn carry(client: UnixStream, to: http::Uri, tcp: &Tcp, moved: &Moved) -> io::Result<()> {
    let (server, says) = connect(to, tcp).await?;
    moved.now();
    let socket = server.as_fd().try_clone_to_owned()?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // The end of one direction ends both: a client that hangs up awaits nothing more.
    tokio::select! {
        ended = copy(from_client, to_server, moved) => ended,
        ended = copy(from_server, to_client, moved) => ended,
        () = hear(socket, tcp.look, moved), if says => Ok(()),
    }
}

/// Notes what arrives at either end, which over a slow link is long after the system has taken it. Never ends.
async fn hear(socket: OwnedFd, look: Duration, moved: &Moved) {
    let mut before = 0;
    loop {
        tokio::time::sleep(look).await;
        let heard = getsockopt(&socket, Counted).map_or(before, |info| info.acknowledged + info.received);
        if heard != before {
            moved.now();
            before = heard;
        }
    }
}

/// With it, whether the system says what arrives.
async fn connect(to: http::Uri, tcp: &Tcp) -> io::Result<(TcpStream, bool)> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(tcp.connect));
    connector.set_send_buffer_size(Some(UNDERWAY));
    connector.set_keepalive(Some(tcp.probe));
    connector.set_keepalive_interval(Some(tcp.probe));
    connector.set_keepalive_retries(Some(3));
    connector.set_tcp_user_timeout(Some(UNHEARD));
    std::future::poll_fn(|context| connector.poll_ready(context))
        .await
        .map_err(io::Error::other)?;
    #[cfg(target_os = "linux")]
    let began = std::time::Instant::now();
    let server = connector.call(to).await.map_err(io::Error::other)?.into_inner();
    #[cfg(target_os = "linux")]
    if began.elapsed() >= FAR
        && let Err(error) = setsockopt(&server, TcpCongestion, &FOR_FAR_LINKS.into())
    {
        tracing::trace!(%error, "the system does not have it, or keeps it for itself");
    }
    let says = tries_again_soon(&server);
    if !says {
        let millis = u32::try_from(UNHEARD_OF_OLD.as_millis()).unwrap_or(u32::MAX);
        setsockopt(&server, TcpUserTimeout, &millis)?;
    }
    Ok((server, says))
}

/// Until the end of what comes, which is handed on.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moved: &Moved,
) -> io::Result<()> {
    let mut piece = vec![0u8; PIECE];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..read]).await?;
        moved.now();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::net::TcpListener;

    use super::*;

    const TCP: Tcp = Tcp {
        connect: Duration::from_secs(5),
        probe: Duration::from_secs(15),
        look: Duration::from_millis(20),
    };

    async fn way_to(port: u16) -> UnixStream {
        watched_way_to(port, Moved::new()).await.0
    }

    /// With it, how long what the system has taken may need to leave.
    async fn watched_way_to(port: u16, moved: Arc<Moved>) -> (UnixStream, Duration) {
        let to = format!("https://127.0.0.1:{port}").parse().unwrap();
        let (way, underway) = open(to, TCP, moved).unwrap();
        (UnixStream::connect(way).await.unwrap(), underway)
    }

    #[tokio::test]
    async fn what_the_system_took_moves_as_long_as_the_other_end_confirms_more_of_it() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let moved = Moved::new();
        let port = listener.local_addr().unwrap().port();
        let (mut client, underway) = watched_way_to(port, moved.clone()).await;
        let (mut server, _) = listener.accept().await.unwrap();
        if !underway.is_zero() {
            eprintln!("this system does not say what arrives");
            return;
        }
        // As much as nothing but the system holds once it was handed over.
        client.write_all(&[7; 60_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let handed_over = moved.silence();
        assert!(handed_over > Duration::from_millis(200), "nobody reads");
        let reading = std::time::Instant::now();
        for _ in 0..10 {
            server.read_exact(&mut [0; 5_000]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What moved last did so while it was read, long after all of it was handed over.
        assert!(moved.silence() < reading.elapsed(), "{:?}", moved.silence());
        let still = Duration::from_millis(400);
        tokio::time::sleep(still * 2).await;
        assert!(moved.silence() > still, "nobody reads any more");
    }

    #[tokio::test]
    async fn both_directions_are_carried_and_end_together() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = way_to(listener.local_addr().unwrap().port()).await;
        let (mut server, _) = listener.accept().await.unwrap();
        let question = vec![7; 300_000];
        let (sent, heard) = tokio::join!(client.write_all(&question), async {
            let mut heard = vec![0; question.len()];
            server.read_exact(&mut heard).await.map(|_| heard)
        });
        sent.unwrap();
        assert!(heard.unwrap() == question);
        server.write_all(b"yes").await.unwrap();
        drop(server);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"yes");
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_ends_the_connection_to_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = way_to(listener.local_addr().unwrap().port()).await;
        let (mut server, _) = listener.accept().await.unwrap();
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn where_nobody_listens_the_client_is_hung_up_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut client = way_to(port).await;
        assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }
}
