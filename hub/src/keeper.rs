//! The device as the server's keeper.

use std::sync::Weak;

use cotmoc_core::journal::{DeviceKey, Receipt};
use cotmoc_device::Device;
use cotmoc_ledger::LedgerError;
use cotmoc_sync_server::{Brought, Keeper};

/// A device that keeps a hub. It is closing when it is no more.
pub(crate) struct DeviceKeeper(pub Weak<Device>);

impl Keeper for DeviceKeeper {
    fn took_in(&self, guest: &DeviceKey, brought: &Brought<'_>) -> Result<(), LedgerError> {
        match self.0.upgrade() {
            Some(device) => device.guest_brought(guest, brought.runs, brought.asked, brought.received),
            None => Ok(()),
        }
    }

    fn gave(&self, guest: &DeviceKey, entries: u64) {
        if let Some(device) = self.0.upgrade() {
            device.guest_took(guest, entries);
        }
    }

    fn receipts_of(&self, guest: &DeviceKey) -> Result<Vec<Receipt>, LedgerError> {
        match self.0.upgrade() {
            Some(device) => device.receipts_of_guest(guest),
            None => Ok(Vec::new()),
        }
    }
}
