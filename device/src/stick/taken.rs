//! Which parts of bundles this device has taken in: said in the clear on its own bundles, so that whoever
//! carries one of them may stop.

use cotmoc_core::exchange::{MOST_TAKEN, TakenPart, read_taken, write_taken};
use cotmoc_ledger::{Ledger, LedgerError};

const TAKEN: &str = "stick.taken";

/// The newest first.
pub(super) fn taken(ledger: &Ledger) -> Result<Vec<TakenPart>, LedgerError> {
    Ok(ledger.meta(TAKEN)?.map(|bytes| read_taken(&bytes)).unwrap_or_default())
}

/// Notes a part.
pub(super) fn note_taken(ledger: &Ledger, part: TakenPart) -> Result<(), LedgerError> {
    let mut parts = taken(ledger)?;
    if parts.first() == Some(&part) {
        return Ok(());
    }
    parts.retain(|known| *known != part);
    parts.insert(0, part);
    parts.truncate(MOST_TAKEN);
    ledger.set_meta(TAKEN, &write_taken(&parts))
}
