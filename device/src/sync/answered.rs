//! What an answer of the province means for what is kept here: receipts, refusals, and whether both hold the same.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Answer, SetDigest};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId};
use cotmoc_ledger::{LedgerError, Received};

use crate::contract::Problem;
use crate::contract::exchange::ExchangeOutcome;
use crate::device::Device;
use crate::store::remote::{self, Remote};
use crate::store::{held, refused};

/// Takes receipts and refusals, and moves the cursor, in one transaction. Says whether the province has lost
/// something that it had confirmed, so that this device has more to send.
pub(super) fn accept(
    device: &Device,
    remote: &Remote,
    (answer, received): (&Answer, &Received),
    outcome: &mut ExchangeOutcome,
) -> Result<bool, Problem> {
    let now = device.now();
    let author: (DeviceKey, Incarnation) = (device.author.device(), device.author.incarnation());
    let before = held::confirmed(&device.ledger, author)?;
    let mut valid = Vec::new();
    for receipt in &answer.receipts {
        let ours = device.ledger.hash_at(&receipt.log, receipt.seq)?;
        // A receipt counts for exactly this entry, signed by exactly this authority.
        if ours == Some(receipt.hash) && receipt.verify(&remote.authority) {
            valid.push(receipt);
        } else {
            tracing::warn!("a receipt does not fit and was not taken");
        }
    }
    for receipt in &valid {
        let held_before = before.get(&receipt.log).copied().unwrap_or(0);
        outcome.confirmed += receipt.seq.saturating_sub(held_before);
    }
    let at_province: BTreeMap<_, _> = answer.held.iter().map(|held| (held.scope, held.seq)).collect();
    let holds = |log: &LogId| at_province.get(&log.scope).copied().unwrap_or(0);
    let lost = answer.restarted && before.iter().any(|(log, seq)| *seq > holds(log));
    let refused: BTreeSet<Hash32> = answer.refused.iter().map(|refused| refused.entry).collect();
    outcome.refused += device
        .ledger
        .write_local(|transaction| -> Result<u64, LedgerError> {
            if answer.restarted {
                held::withdraw_receipts(transaction, author, &at_province)?;
            }
            for receipt in &valid {
                held::note_receipt(transaction, receipt, now)?;
                // In another life the province names its refusals from the beginning of each log.
                let after = if answer.restarted {
                    0
                } else {
                    before.get(&receipt.log).copied().unwrap_or(0)
                };
                refused::forget_accepted(transaction, &receipt.log.scope, (after, receipt.seq), &refused)?;
            }
            refused::forget_refused(transaction, received.vouched.iter())?;
            let news = refused::note_refused(transaction, author, &answer.refused, now)?;
            remote::set_cursor(transaction, &answer.cursor)?;
            Ok(news)
        })?;
    Ok(lost)
}

/// What the province's digest has beyond ours without what it cannot have yet; nothing when both sides hold the
/// same set.
pub(super) fn difference(
    device: &Device,
    remote: &Remote,
    answer: &Answer,
) -> Result<Option<Hash32>, Problem> {
    let mut theirs: SetDigest = answer.digest.unwrap_or_default();
    let Some(roster) = device.ledger.roster(remote.province) else {
        return Ok(Some(Hash32(theirs.0)));
    };
    let me = device.author.device();
    let visible = device.ledger.visible_to(&roster, &me)?;
    let mut ours: SetDigest = device.ledger.digest(&visible)?;
    let author = (me, device.author.incarnation());
    let confirmed = held::confirmed(&device.ledger, author)?;
    for (log, seq, _) in device.ledger.heads_of(me, device.author.incarnation())? {
        for unsent in confirmed.get(&log).copied().unwrap_or(0) + 1..=seq {
            if let Some(hash) = device.ledger.hash_at(&log, unsent)? {
                ours.remove(&hash);
            }
        }
    }
    theirs.remove(&Hash32(ours.0));
    Ok((theirs != SetDigest::default()).then_some(Hash32(theirs.0)))
}
