//! A listener with its threads, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::accept::{self, Door};
use crate::error::ServerError;
use crate::limits::Limits;

/// A bound address; nobody is answered yet.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    /// Where, with the port that was taken.
    pub address: SocketAddr,
    runtime: Runtime,
}

/// Listens until it is dropped. It brings its own threads.
#[derive(Debug)]
pub(crate) struct Listening {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
    drain: Duration,
}

/// What the system takes of an answer before it has left, bytes. By itself it takes up to some megabytes: over 2G nobody
/// would learn for minutes that a connection is dead, and of thousands of connections the memory would be short.
const SEND_BUFFER: u32 = 256 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

fn listener(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match listen {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that was just stopped must be able to start again at its address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Every connection inherits it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

impl Bound {
    /// Binds the address.
    pub fn bind(listen: SocketAddr) -> Result<Self, ServerError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sync-server")
            .enable_all()
            .build()?;
        let listener = runtime.block_on(async { listener(listen) })?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            runtime,
        })
    }

    /// Answers from now on.
    pub fn serve(self, router: Router, tls: Option<Arc<ServerConfig>>, limits: Limits) -> Listening {
        let drain = limits.drain;
        let door = Door {
            router,
            tls: tls.map(TlsAcceptor::from),
            limits,
        };
        let (stop, stopped) = watch::channel(false);
        let accepting = self.runtime.spawn(accept::serve(self.listener, door, stopped));
        Listening {
            address: self.address,
            stop,
            accepting: Some(accepting),
            runtime: Some(self.runtime),
            drain,
        }
    }
}

/// Lets requests under way finish: a process that ended while a thread still worked in the store would take the
/// encryption library away from under it.
impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        if Handle::try_current().is_ok() {
            // An async runtime's thread may not wait.
            runtime.shutdown_background();
            return;
        }
        if let Some(accepting) = self.accepting.take() {
            let grace = self.drain + Duration::from_secs(1);
            if runtime
                .block_on(async { tokio::time::timeout(grace, accepting).await })
                .is_err()
            {
                tracing::warn!("requests were cut off");
            }
        }
        runtime.shutdown_timeout(self.drain);
    }
}
