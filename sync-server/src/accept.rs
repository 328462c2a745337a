//! The accept loop: every connection with its time limits, and an end that lets requests finish.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(any(target_os = "android", target_os = "linux"))]
use nix::{setsockopt_impl, sockopt_impl};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::limits::Limits;
use crate::progress::Progress;

/// The other end of a connection, as a request sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

/// Milliseconds. As on devices: by itself the system doubles its wait up to two minutes, and over a link that is cut again
/// and again it lets one good moment after the other pass.
#[cfg(any(target_os = "android", target_os = "linux"))]
const TRIES_AGAIN: u32 = 4_000;
/// `TCP_RTO_MAX_MS`.
#[cfg(any(target_os = "android", target_os = "linux"))]
const TCP_RTO_MAX_MS: i32 = 44;
#[cfg(any(target_os = "android", target_os = "linux"))]
sockopt_impl!(
    /// How long the system waits at most before it sends again, milliseconds.
    LongestWait,
    SetOnly,
    libc::IPPROTO_TCP,
    TCP_RTO_MAX_MS,
    u32
);

/// Everything a connection needs.
#[derive(Clone)]
pub(crate) struct Door {
    pub router: Router,
    pub tls: Option<TlsAcceptor>,
    pub limits: Limits,
}

/// Serves connections until `stop` changes, then lets those under way finish for a while.
pub(crate) async fn serve(listener: TcpListener, door: Door, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(
        door.limits
            .connections
            .min(raise_descriptors(door.limits.connections)),
    ));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = accept(&listener, &places) => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let (door, stop) = (door.clone(), stop.clone());
                connections.spawn(async move {
                    let _place = place;
                    connection(stream, peer, door, stop).await;
                });
            }
            Err(error) => {
                // Out of descriptors, or a connection that broke before it was taken: neither ends the server.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(door.limits.drain, drained).await.is_err() {
        connections.shutdown().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

async fn connection(stream: TcpStream, peer: SocketAddr, door: Door, stop: watch::Receiver<bool>) {
    // Answers are written whole; waiting to fill a segment would only delay the last one.
    let _ = stream.set_nodelay(true);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    if let Err(error) = nix::sys::socket::setsockopt(&stream, LongestWait, &TRIES_AGAIN) {
        // Before Linux 6.15 the system waits as long as it thinks right.
        tracing::trace!(%error, "the system decides when to send again");
    }
    let stream = Progress::new(stream, door.limits.stall_timeout);
    match door.tls.clone() {
        None => http(stream, peer.ip(), door, stop).await,
        Some(tls) => match tokio::time::timeout(door.limits.header_timeout, tls.accept(stream)).await {
            Ok(Ok(stream)) => http(stream, peer.ip(), door, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn http<S>(stream: S, peer: IpAddr, door: Door, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = door.router;
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        tower::Service::call(&mut router.clone(), request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(door.limits.header_timeout)
            .max_buf_size(64 * 1024)
            .max_headers(64)
            // Every byte of a quiet exchange counts, and no device reads the date.
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Lets the process open as many descriptors as it has connections, and says for how many it suffices.
#[cfg(unix)]
fn raise_descriptors(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Databases, pipes and log files.
    const OWN: u64 = 128;
    let wanted = connections as u64 + OWN;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(maximum.map_or(wanted, |most| most.min(wanted))),
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    usize::try_from(allowed.saturating_sub(OWN))
        .unwrap_or(connections)
        .max(16)
}

#[cfg(not(unix))]
fn raise_descriptors(connections: usize) -> usize {
    connections
}
