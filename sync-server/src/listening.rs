//! A listener with its threads, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::TcpListener;
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

impl Bound {
    /// Binds the address.
    pub fn bind(listen: SocketAddr) -> Result<Self, ServerError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sync-server")
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(listen))?;
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
