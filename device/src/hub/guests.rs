//! What guests of an open hub brought and took.

use std::collections::BTreeMap;

use cotmoc_core::exchange::Head;
use cotmoc_core::journal::{DeviceKey, LogId, Receipt};
use cotmoc_ledger::{LedgerError, Received, note_holds};

use crate::contract::exchange::DeviceEvent;
use crate::device::Device;
use crate::store::held;
use crate::store::routes::hub_name;
use crate::sync::Wake;

/// One guest since the hub was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Guest {
    pub last_seen: i64,
    pub taken: u64,
    pub given: u64,
}

/// All guests since the hub was opened.
pub(crate) type Guests = BTreeMap<DeviceKey, Guest>;

impl Device {
    /// A guest of this device's hub asked, and what it brought is stored: `runs` says how far, `asked` what it
    /// says to hold.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn guest_brought(
        &self,
        guest: &DeviceKey,
        runs: &[(LogId, u64)],
        asked: &[Head],
        received: &Received,
    ) -> Result<(), LedgerError> {
        let mut holds: BTreeMap<LogId, u64> = runs.iter().copied().collect();
        for head in asked {
            // What it names with another hash than ours it does not hold as we do.
            if head.seq > 0 && self.ledger.hash_at(&head.log, head.seq)? == Some(head.hash) {
                let known = holds.entry(head.log).or_default();
                *known = head.seq.max(*known);
            }
        }
        let name = hub_name(guest);
        let mut news = BTreeMap::new();
        for (log, seq) in holds {
            if self.ledger.held_by(&name, &log)? < seq {
                news.insert(log, seq);
            }
        }
        if !news.is_empty() {
            self.ledger
                .write_local(|transaction| -> Result<(), LedgerError> {
                    news.iter()
                        .try_for_each(|(log, seq)| note_holds(transaction, &name, log, *seq))
                })?;
        }
        let now = self.now();
        self.with_guest(guest, |guest| {
            guest.last_seen = now;
            guest.taken += received.new_entries;
        });
        if let Err(problem) = self.after_taking(received) {
            tracing::warn!(
                problem.code,
                "what a guest brought of this device's own log was not seen to"
            );
        }
        if received.new_entries > 0 || !received.records.is_empty() {
            if let Err(problem) = self.reload_units() {
                tracing::warn!(problem.code, "the units could not be read again");
            }
            let many = received.records.len() > 50;
            let records = received.records.iter().filter(|_| !many);
            self.events.tell(&DeviceEvent::Changed {
                records: records.map(ToString::to_string).collect(),
                foreign: true,
            });
            // There is something to carry on to the province now.
            self.wake(Wake::Edited);
        }
        self.events.tell(&DeviceEvent::Hub { open: true });
        Ok(())
    }

    /// A guest of this device's hub was handed entries.
    pub fn guest_took(&self, guest: &DeviceKey, entries: u64) {
        if entries > 0 {
            self.with_guest(guest, |guest| guest.given += entries);
            self.events.tell(&DeviceEvent::Hub { open: true });
        }
    }

    /// The province's receipts for a guest's logs, to be handed on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn receipts_of_guest(&self, guest: &DeviceKey) -> Result<Vec<Receipt>, LedgerError> {
        let mut receipts = held::receipts(&self.ledger)?;
        receipts.retain(|receipt| receipt.log.device == *guest);
        Ok(receipts)
    }
}
