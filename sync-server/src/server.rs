//! A running server: its listener, its threads, its end.

use std::net::SocketAddr;
use std::sync::Arc;

use cotmoc_core::id::ProvinceId;
use cotmoc_core::org::UnitId;

use crate::address::PublicAddress;
use crate::error::ServerError;
use crate::founding::Founded;
use crate::listening::{Bound, Listening};
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
    // Ends first: requests under way use what follows.
    listening: Listening,
    address: PublicAddress,
    state: Arc<ServerState>,
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
        let bound = Bound::bind(settings.listen)?;
        let address = PublicAddress {
            url: settings.url_for(bound.address)?,
            tls_pin: pin,
        };
        state.remember_address(&address)?;
        let state = Arc::new(state);
        let behind_proxy = matches!(settings.transport, Transport::BehindProxy { .. });
        let router = routes::router(Desk {
            state: Arc::clone(&state),
            behind_proxy,
        });
        Ok(RunningServer {
            listening: bound.serve(router, config, limits),
            address,
            state,
        })
    }
}

impl RunningServer {
    /// Where it listens, with the port that was taken.
    pub fn addr(&self) -> SocketAddr {
        self.listening.address
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
