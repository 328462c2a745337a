//! What each device was last shown: what it is shown next begins there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cotmoc_core::access::Reach;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::{Ledger, LedgerError, Seen};

/// Devices that are remembered. One of all units takes 24 KB for 3,000 of them, a post's some bytes.
const MOST: usize = 1_024;

type Holder = (ProvinceId, DeviceKey);

/// What is remembered; it is right or of no use, never wrong.
#[derive(Debug, Default)]
pub(crate) struct Sights {
    last: Mutex<BTreeMap<Holder, Arc<Seen>>>,
}

impl Sights {
    /// What the device sees now, as these rights have it.
    pub fn now(
        &self,
        ledger: &Ledger,
        holder: Holder,
        reaches: Vec<Reach<'static>>,
    ) -> Result<Arc<Seen>, LedgerError> {
        let known = self.last().get(&holder).cloned();
        let seen = ledger.seen(holder.0, reaches, known.as_ref())?;
        let mut last = self.last();
        if last.len() >= MOST && !last.contains_key(&holder) {
            // Whoever was here longest ago has most to make up for anyway.
            let longest_ago = last.iter().min_by_key(|(_, seen)| seen.position());
            if let Some(longest_ago) = longest_ago.map(|(holder, _)| *holder) {
                last.remove(&longest_ago);
            }
        }
        last.insert(holder, Arc::clone(&seen));
        Ok(seen)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, BTreeMap<Holder, Arc<Seen>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
