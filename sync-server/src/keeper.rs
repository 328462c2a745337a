//! A hub: the same server over the open store of a device, which has no authority and signs nothing. Who keeps the
//! device learns here what its guests brought and took.

use cotmoc_core::exchange::Head;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, LogId, Receipt};
use cotmoc_ledger::{LedgerError, Received};

/// What a guest's request told of what the guest holds.
#[derive(Debug)]
pub struct Brought<'a> {
    /// How far the runs reach that it brought and that were taken in.
    pub runs: &'a [(LogId, u64)],
    /// Heads it asked about.
    pub asked: &'a [Head],
    /// What became of the entries.
    pub received: &'a Received,
}

/// Who keeps a hub.
pub trait Keeper: Send + Sync {
    /// A guest asked and its entries were taken in, durably; also when it brought none.
    ///
    /// # Errors
    /// When the keeper's store cannot be written; the guest is then told that the hub failed, and asks again.
    fn took_in(&self, guest: &DeviceKey, brought: &Brought<'_>) -> Result<(), LedgerError>;

    /// A part of an answer was made for a guest: entries in it.
    fn gave(&self, guest: &DeviceKey, entries: u64);

    /// The province's receipts that the keeper has for the logs of a guest.
    ///
    /// # Errors
    /// When the keeper's store cannot be read.
    fn receipts_of(&self, guest: &DeviceKey) -> Result<Vec<Receipt>, LedgerError>;
}

/// Whose hub a server is.
pub(crate) struct Kept {
    /// The province it exchanges for.
    pub province: ProvinceId,
    /// The device whose store it is.
    pub device: DeviceKey,
    /// Who is told.
    pub keeper: std::sync::Arc<dyn Keeper>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({})", self.device.fingerprint())
    }
}
