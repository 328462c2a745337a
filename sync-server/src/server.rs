//! A running server: its listener, its threads, its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cotmoc_core::id::ProvinceId;
use cotmoc_core::org::UnitId;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::accept::{self, Door};
use crate::address::PublicAddress;
use crate::error::ServerError;
use crate::founding::Founded;
use crate::routes::{self, Desk};
use crate::settings::{Settings, Transport};
use crate::state::ServerState;
use crate::tls::{self, TlsIdentity};

/// Starts servers.
#[derive(Debug, Clone, Copy)]
pub struct Server;

/// A server that listens until [`RunningServer::stop`]. It brings its own threads, so it can stand in a
/// process without any; call its functions from a thread that is not one of an async runtime's.
#[derive(Debug)]
pub struct RunningServer {
    listening: SocketAddr,
    address: PublicAddress,
    state: Arc<ServerState>,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
    drain: Duration,
}

impl Server {
    /// Opens the folder, binds the address and serves.
    ///
    /// # Errors
    /// When the settings contradict each other, the folder cannot be opened, the certificate cannot be
    /// used, or the address is taken.
    pub fn start(settings: Settings) -> Result<RunningServer, ServerError> {
        settings.check()?;
        let passphrase = settings.passphrase.as_ref().map(|passphrase| passphrase.as_str());
        let limits = settings.limits.clone();
        let state = ServerState::open(
            &settings.home,
            settings.gauntlet.clone(),
            passphrase,
            limits.clone(),
        )?;
        let TlsIdentity { config, pin } = tls::identity(state.ledger(), &settings)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sync-server")
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(settings.listen))?;
        let listening = listener.local_addr()?;
        let address = PublicAddress {
            url: settings.url_for(listening)?,
            tls_pin: pin,
        };
        state.remember_address(&address)?;
        let state = Arc::new(state);
        let behind_proxy = matches!(settings.transport, Transport::BehindProxy { .. });
        let router = routes::router(Desk {
            state: Arc::clone(&state),
            behind_proxy,
        });
        let drain = limits.drain;
        let door = Door {
            router,
            tls: config.map(TlsAcceptor::from),
            limits,
        };
        let (stop, stopped) = watch::channel(false);
        let accepting = Some(runtime.spawn(accept::serve(listener, door, stopped)));
        Ok(RunningServer {
            listening,
            address,
            state,
            stop,
            accepting,
            runtime: Some(runtime),
            drain,
        })
    }
}

impl RunningServer {
    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.listening
    }

    /// How devices reach it, as its invitations say.
    pub fn address(&self) -> &PublicAddress {
        &self.address
    }

    /// The open store.
    pub fn state(&self) -> &ServerState {
        &self.state
    }

    /// Founds a province and invites its administrator.
    ///
    /// # Errors
    /// As [`ServerState::found_province`].
    pub fn found_province(&self, name: &str, root_unit: UnitId) -> Result<Founded, ServerError> {
        self.state.found_province(name, root_unit, &self.address)
    }

    /// A fresh administrator's invitation.
    ///
    /// # Errors
    /// As [`ServerState::invite_administrator`].
    pub fn invite_administrator(&self, province: ProvinceId) -> Result<Founded, ServerError> {
        self.state.invite_administrator(province, &self.address)
    }

    /// Lets requests under way finish, then closes the store: another process can open it afterwards.
    pub fn stop(self) {
        drop(self);
    }
}

/// Ends like [`RunningServer::stop`]: a process that ended while a thread still worked in the store would
/// take the encryption library away from under it.
impl Drop for RunningServer {
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
