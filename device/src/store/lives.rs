//! In which life the province's server confirms: what it said in an earlier one it may have lost since.

use cotmoc_core::journal::{Receipt, ServerLife, SignedLife};
use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::remote::{PROVINCE, kept};

const LIFE: &str = "life";

#[derive(Serialize, Deserialize)]
struct StoredLife {
    began: u64,
    id: Uuid,
}

/// How receipts came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the province's own server, which lives the life that they name.
    Direct,
    /// By a teammate or on a stick: nobody knows how old they are.
    Carried,
}

/// Receipts that count, and the newest life that is known with them.
pub(crate) struct Believed<'a> {
    pub receipts: Vec<&'a Receipt>,
    pub newest: Option<ServerLife>,
}

/// The newest life of the province's server that this device knows of.
pub(crate) fn newest(ledger: &Ledger) -> Result<Option<ServerLife>, LedgerError> {
    let bytes = ledger.meta(&kept(PROVINCE, LIFE))?;
    let stored = bytes.and_then(|bytes| serde_json::from_slice::<StoredLife>(&bytes).ok());
    Ok(stored.map(|stored| ServerLife {
        began: stored.began,
        id: stored.id,
    }))
}

/// Which of these receipts count, all of them valid. One that was carried counts in the newest life alone; without a
/// life it counts until the province has named one.
pub(crate) fn believed<'a>(known: Option<ServerLife>, receipts: Vec<&'a Receipt>, way: Way) -> Believed<'a> {
    let lives = receipts
        .iter()
        .filter_map(|receipt| receipt.life.as_ref().map(life_of));
    match way {
        // Whatever its clock says: this is the life it lives.
        Way::Direct => Believed {
            newest: lives.max().or(known),
            receipts,
        },
        Way::Carried => {
            let newest = lives.chain(known).max();
            let mut receipts = receipts;
            receipts.retain(|receipt| receipt.life.as_ref().map(life_of) == newest);
            Believed { receipts, newest }
        }
    }
}

/// Keeps the newest life.
pub(crate) fn note_newest(transaction: &Transaction<'_>, newest: ServerLife) -> Result<(), LedgerError> {
    let stored = StoredLife {
        began: newest.began,
        id: newest.id,
    };
    let bytes = serde_json::to_vec(&stored).unwrap_or_default();
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2",
        rusqlite::params![kept(PROVINCE, LIFE), bytes],
    )?;
    Ok(())
}

fn life_of(signed: &SignedLife) -> ServerLife {
    signed.life
}
