//! Receipts that came, by whatever route: which of them count, and what becomes of those.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::journal::{DeviceKey, LogId, Receipt, ServerLife};
use cotmoc_ledger::{LedgerError, note_holds};
use rusqlite::Transaction;

use crate::device::Device;
use crate::store::held;
use crate::store::lives::{self, Believed, Lives, Way};
use crate::store::remote::PROVINCE;

/// What receipts say that came together.
pub(crate) struct Confirming<'a> {
    /// Those that count.
    pub receipts: Vec<&'a Receipt>,
    /// Of the authority, for other entries than this device holds.
    pub of_other_entries: Vec<&'a Receipt>,
    /// How far the province had confirmed own logs before.
    pub before: BTreeMap<LogId, u64>,
    known: Lives,
    begun: Option<ServerLife>,
    way: Way,
    me: DeviceKey,
}

impl<'a> Confirming<'a> {
    /// Looks at receipts by this authority.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(
        device: &Device,
        authority: &DeviceKey,
        receipts: impl Iterator<Item = &'a Receipt>,
        way: Way,
    ) -> Result<Self, LedgerError> {
        let mut valid = Vec::new();
        let mut of_other_entries = Vec::new();
        for receipt in receipts {
            let ours = device.ledger.hash_at(&receipt.log, receipt.seq)?;
            // A receipt counts for exactly this entry, signed by exactly this authority.
            if !receipt.verify(authority) {
                tracing::warn!("a receipt that the authority did not sign was not taken");
            } else if ours == Some(receipt.hash) {
                valid.push(receipt);
            } else {
                of_other_entries.push(receipt);
            }
        }
        let me = device.author.device();
        let known = lives::known(&device.ledger)?;
        let Believed { receipts, begun } = lives::believed(&known, valid, way);
        Ok(Self {
            receipts,
            of_other_entries,
            before: held::confirmed(&device.ledger, me)?,
            known,
            begun,
            way,
            me,
        })
    }

    /// How far the province had confirmed this log before.
    pub fn before(&self, log: &LogId) -> u64 {
        self.before.get(log).copied().unwrap_or(0)
    }

    /// Entries of these logs that were not confirmed before.
    pub fn news(&self, counts: impl Fn(&LogId) -> bool) -> u64 {
        let counted = self.receipts.iter().filter(|receipt| counts(&receipt.log));
        counted
            .map(|receipt| receipt.seq.saturating_sub(self.before(&receipt.log)))
            .sum()
    }

    /// They are in a life after the one that was known: what was confirmed in that is withdrawn.
    pub fn ends_life(&self) -> bool {
        self.begun.is_some() && self.known.newest.is_some()
    }

    /// Notes them, after what was confirmed in an earlier life was withdrawn. Gives the rows of the logs of which they are
    /// the newest now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note(&self, transaction: &Transaction<'_>, now: i64) -> Result<BTreeSet<i64>, LedgerError> {
        if let Some(begun) = self.begun {
            lives::begin(transaction, &self.known, begun, (self.me, &self.before))?;
        }
        let mut logs = BTreeSet::new();
        for receipt in &self.receipts {
            logs.extend(held::note_receipt(transaction, receipt, (self.way, now))?);
            note_holds(transaction, PROVINCE, &receipt.log, receipt.seq)?;
        }
        Ok(logs)
    }
}
