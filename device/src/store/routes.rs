//! The routes by which this device exchanges: the province's server, hubs it has joined, sticks.

use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::{Ledger, LedgerError};
use serde::{Deserialize, Serialize};

use super::remote::{PROVINCE, Remote, forget_route};
use crate::contract::Problem;

const ROUTES: &str = "routes";

/// What a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RouteKind {
    /// The province's server.
    Province,
    /// A teammate's device on the table.
    Hub,
    /// Files on a stick.
    Stick,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// Its name in the journal's list of peers: `province`, `hub:` or `stick:` and an id.
    pub name: String,
    /// What it is.
    pub kind: RouteKind,
    /// What a person calls it.
    pub label: String,
    /// Where it was last; absent for sticks.
    pub address: Option<String>,
    /// SHA-256 of its TLS key.
    pub tls_pin: Hash32,
    /// The device that keeps the hub, or for whom a stick was written.
    pub device: Option<DeviceKey>,
    /// When it was added, by this device's clock.
    pub added_at: i64,
}

impl Route {
    /// The route to the province's own server.
    pub fn province(remote: &Remote) -> Self {
        Self {
            name: PROVINCE.to_owned(),
            kind: RouteKind::Province,
            label: remote.province_name.clone(),
            address: Some(remote.server.clone()),
            tls_pin: remote.tls_pin,
            device: None,
            added_at: 0,
        }
    }

    /// It is the one to the province.
    pub fn is_province(&self) -> bool {
        self.kind == RouteKind::Province
    }

    /// All routes beside the one to the province, in the order they were added.
    pub fn others(ledger: &Ledger) -> Result<Vec<Self>, LedgerError> {
        let stored = ledger.meta(ROUTES)?;
        Ok(stored
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Keeps the route, in the place of one of the same name.
    pub fn keep(&self, ledger: &Ledger) -> Result<(), Problem> {
        let mut routes = Self::others(ledger)?;
        match routes.iter_mut().find(|route| route.name == self.name) {
            Some(known) => *known = self.clone(),
            None => routes.push(self.clone()),
        }
        Ok(ledger.set_meta(ROUTES, &serde_json::to_vec(&routes).unwrap_or_default())?)
    }

    /// Forgets the route and everything that is known of it. What was received by it stays.
    pub fn forget(ledger: &Ledger, name: &str) -> Result<(), Problem> {
        let mut routes = Self::others(ledger)?;
        let before = routes.len();
        routes.retain(|route| route.name != name);
        if routes.len() == before {
            return Err(Problem::new("no_remote").with("remote", name));
        }
        ledger.set_meta(ROUTES, &serde_json::to_vec(&routes).unwrap_or_default())?;
        Ok(ledger.write_local(|transaction| forget_route(transaction, name))?)
    }
}
