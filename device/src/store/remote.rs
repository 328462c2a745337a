//! The province server as this device knows it.

use cotmoc_core::exchange::{Cursor, Epoch};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contract::Problem;

/// Where the province is and how to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remote {
    /// Address.
    pub server: String,
    /// SHA-256 of the server's TLS key, hexadecimal.
    pub tls_pin: Hash32,
    /// The province.
    pub province: ProvinceId,
    /// Its name, until the roster says it.
    pub province_name: String,
    /// Its authority.
    pub authority: DeviceKey,
}

/// How far this device has read the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCursor {
    epoch: Uuid,
    position: u64,
    chain: Hash32,
}

/// How the last try went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastContact {
    /// When the province last answered, by this device's clock.
    pub answered_at: Option<i64>,
    /// Why the last try failed, if it did.
    pub problem: Option<Problem>,
}

const REMOTE: &str = "remote";
const CURSOR: &str = "remote.cursor";
const CONTACT: &str = "remote.contact";

impl Remote {
    pub fn load(ledger: &Ledger) -> Result<Option<Self>, Problem> {
        Ok(ledger
            .meta(REMOTE)?
            .and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub fn store(&self, ledger: &Ledger) -> Result<(), Problem> {
        let bytes = serde_json::to_vec(self).map_err(|error| crate::problems::internal(&error))?;
        Ok(ledger.set_meta(REMOTE, &bytes)?)
    }
}

pub(crate) fn cursor(ledger: &Ledger) -> Result<Cursor, LedgerError> {
    let stored = ledger
        .meta(CURSOR)?
        .and_then(|bytes| serde_json::from_slice::<StoredCursor>(&bytes).ok());
    Ok(stored.map_or(Cursor::START, |stored| Cursor {
        epoch: Epoch(stored.epoch),
        position: stored.position,
        chain: stored.chain,
    }))
}

pub(crate) fn set_cursor(transaction: &Transaction<'_>, cursor: &Cursor) -> Result<(), LedgerError> {
    let stored = StoredCursor {
        epoch: cursor.epoch.0,
        position: cursor.position,
        chain: cursor.chain,
    };
    let bytes = serde_json::to_vec(&stored).unwrap_or_default();
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        rusqlite::params![CURSOR, bytes],
    )?;
    Ok(())
}

pub(crate) fn last_contact(ledger: &Ledger) -> Result<LastContact, LedgerError> {
    Ok(ledger
        .meta(CONTACT)?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

pub(crate) fn set_last_contact(ledger: &Ledger, contact: &LastContact) -> Result<(), LedgerError> {
    ledger.set_meta(CONTACT, &serde_json::to_vec(contact).unwrap_or_default())
}
