//! In which life the province's server confirms: what it said in an earlier one it may have lost since.

use std::collections::BTreeMap;

use cotmoc_core::exchange::Epoch;
use cotmoc_core::journal::{DeviceKey, LogId, Receipt, ServerLife, SignedLife};
use cotmoc_ledger::{Ledger, LedgerError, set_holds};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::held;
use super::remote::{PROVINCE, kept};

const LIFE: &str = "life";
/// So many lives that are over are remembered.
const REMEMBERED: usize = 64;

#[derive(Serialize, Deserialize)]
struct StoredLife {
    began: u64,
    id: Uuid,
    #[serde(default)]
    over: Vec<Uuid>,
}

/// What is known of the lives of the province's server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lives {
    pub newest: Option<ServerLife>,
    /// Lives that others came after, the last one at the end. A server whose clock is behind begins its life before
    /// the one that it follows.
    over: Vec<Uuid>,
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
    /// A life that was not known to be the newest one.
    pub begun: Option<ServerLife>,
}

impl Lives {
    /// With lives that were named by what was carried.
    fn newest_among(&self, named: impl Iterator<Item = ServerLife>) -> Option<ServerLife> {
        let named = named.filter(|life| !self.over.contains(&life.id));
        named.chain(self.newest).max()
    }
}

/// What this device knows of the lives of the province's server.
pub(crate) fn known(ledger: &Ledger) -> Result<Lives, LedgerError> {
    let bytes = ledger.meta(&kept(PROVINCE, LIFE))?;
    let stored = bytes.and_then(|bytes| serde_json::from_slice::<StoredLife>(&bytes).ok());
    Ok(stored.map_or_else(Lives::default, |stored| Lives {
        newest: Some(ServerLife {
            began: stored.began,
            id: stored.id,
        }),
        over: stored.over,
    }))
}

/// Which of these receipts count, all of them valid. One that was carried counts in the newest life alone; without a
/// life it counts until the province has named one.
pub(crate) fn believed<'a>(known: &Lives, receipts: Vec<&'a Receipt>, way: Way) -> Believed<'a> {
    let lives = receipts
        .iter()
        .filter_map(|receipt| receipt.life.as_ref().map(life_of));
    let (newest, receipts) = match way {
        // Whatever its clock says: this is the life it lives.
        Way::Direct => (lives.max().or(known.newest), receipts),
        Way::Carried => {
            let newest = known.newest_among(lives);
            let mut receipts = receipts;
            receipts.retain(|receipt| receipt.life.as_ref().map(life_of) == newest);
            (newest, receipts)
        }
    };
    Believed {
        receipts,
        begun: newest.filter(|_| newest != known.newest),
    }
}

/// Whether what the province wrote in this life, and was carried here, still says what it holds; then the life, when it
/// was not known to be the newest one. `began` is absent when an older program wrote it.
pub(crate) fn speaks_of_today(known: &Lives, epoch: Epoch, began: Option<u64>) -> (bool, Option<ServerLife>) {
    let id = epoch.0;
    let newest = known.newest_among(began.map(|began| ServerLife { began, id }).into_iter());
    let speaks = newest.is_none_or(|newest| newest.id == id);
    (speaks, newest.filter(|_| speaks && newest != known.newest))
}

/// A life has begun that was not known: it is the newest one, and what was known of an earlier one is over. What the
/// province confirmed in that it may have lost; own entries count as confirmed again once it says so.
pub(crate) fn begin(
    transaction: &Transaction<'_>,
    known: &Lives,
    begun: ServerLife,
    own: (DeviceKey, &BTreeMap<LogId, u64>),
) -> Result<(), LedgerError> {
    let mut over = known.over.clone();
    if let Some(before) = known.newest {
        over.push(before.id);
        let (device, confirmed) = own;
        held::withdraw_receipts(transaction, device)?;
        held::forget_receipts_of_others(transaction, device)?;
        for log in confirmed.keys() {
            set_holds(transaction, PROVINCE, log, 0)?;
        }
    }
    over.retain(|id| *id != begun.id);
    over.drain(..over.len().saturating_sub(REMEMBERED));
    let stored = StoredLife {
        began: begun.began,
        id: begun.id,
        over,
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
