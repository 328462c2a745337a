//! Receipts for the asking device's logs, signed after the commit that made them true.

use std::collections::BTreeMap;

use cotmoc_core::exchange::{MOST_WAITING, Refused, Request, Run};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{LogId, Receipt};
use cotmoc_ledger::{Author, Ledger, LedgerError, Received};

use crate::keeper::Kept;

/// Heads of the asking device's logs, of all its lives, in the province it asks about.
pub(crate) fn own_heads(
    ledger: &Ledger,
    request: &Request,
) -> Result<BTreeMap<LogId, (u64, Hash32)>, LedgerError> {
    let heads = ledger.logs_of(request.device)?;
    let here = heads
        .into_iter()
        .filter(|(log, _, _)| log.scope.province == request.province);
    Ok(here.map(|(log, seq, hash)| (log, (seq, hash))).collect())
}

/// The heads to give receipts for: of every log that grew or was repeated, whoever wrote it. The courier takes
/// the receipts of others back to them.
pub(crate) fn due(received: &Received) -> BTreeMap<LogId, (u64, Hash32)> {
    let logs = received.repeated.iter().chain(&received.grown);
    logs.map(|(log, head)| (*log, *head)).collect()
}

/// Signs receipts, which also say whether every file that the log names is here, and in which life of the server.
pub(crate) fn sign(
    ledger: &Ledger,
    author: &Author,
    heads: &BTreeMap<LogId, (u64, Hash32)>,
) -> Result<Vec<Receipt>, LedgerError> {
    let signed = heads.iter().map(|(log, (seq, hash))| {
        let complete = ledger.media_complete(log, *seq)?;
        Ok(Receipt::sign(&author.key, *log, *seq, *hash, complete).in_life(&author.key, ledger.life()))
    });
    signed.collect()
}

/// Photos and files for the sake of which alone these receipts do not say that all are here. A log of which more wait
/// than an answer may name is not spoken of.
pub(crate) fn waiting_files(ledger: &Ledger, receipts: &[Receipt]) -> Result<Vec<Hash32>, LedgerError> {
    let mut named = Vec::new();
    for receipt in receipts.iter().filter(|receipt| !receipt.media_complete) {
        let room = MOST_WAITING - named.len();
        let waiting = ledger.only_waiting(&receipt.log, receipt.seq, room + 1)?;
        if waiting.len() <= room {
            named.extend(waiting);
        }
    }
    Ok(named)
}

/// The province's receipts that a hub carries for the asking device: for the logs it asked about, beyond what it
/// says is confirmed.
pub(crate) fn carried(kept: &Kept, request: &Request) -> Result<Vec<Receipt>, LedgerError> {
    let confirmed: BTreeMap<LogId, u64> = request
        .have
        .iter()
        .filter(|head| head.log.device == request.device)
        .map(|head| (head.log, head.seq))
        .collect();
    if confirmed.is_empty() {
        return Ok(Vec::new());
    }
    let mut receipts = kept.keeper.receipts_of(&request.device)?;
    receipts.retain(|receipt| {
        receipt.log.scope.province == request.province
            && confirmed.get(&receipt.log).is_some_and(|seq| receipt.seq > *seq)
    });
    Ok(receipts)
}

/// Entries that are set aside here: those the request named, now or in an earlier try whose answer was
/// lost, and those of `all_of`.
pub(crate) fn refused(
    ledger: &Ledger,
    runs: &[Run],
    received: &Received,
    all_of: &BTreeMap<LogId, (u64, Hash32)>,
) -> Result<Vec<Refused>, LedgerError> {
    let mut refused: BTreeMap<Hash32, _> = received.refused.iter().copied().collect();
    for run in runs {
        let last = run.first_seq.saturating_add(run.items.len() as u64 - 1);
        refused.extend(ledger.refused_between(&run.log, run.first_seq, last)?);
    }
    for (log, (seq, _)) in all_of {
        refused.extend(ledger.refused_between(log, 1, *seq)?);
    }
    Ok(refused
        .into_iter()
        .map(|(entry, reason)| Refused { entry, reason })
        .collect())
}

/// Own entries of the asking device that were tried again since it last read, and are refused for another
/// reason now.
pub(crate) fn refused_again(
    ledger: &Ledger,
    request: &Request,
    (after, until): (u64, u64),
) -> Result<Vec<Refused>, LedgerError> {
    let again = ledger.refused_again(request.device, after, until)?;
    Ok(again
        .into_iter()
        .filter(|(log, _, _)| log.scope.province == request.province)
        .map(|(_, entry, reason)| Refused { entry, reason })
        .collect())
}

/// Entries of the asking device that came between two positions, whoever brought them, and were refused: it has
/// a receipt for them that the courier took back, and no word of this.
pub(crate) fn refused_between(
    ledger: &Ledger,
    request: &Request,
    (after, until): (u64, u64),
) -> Result<Vec<Refused>, LedgerError> {
    let aside = ledger.refused_at(request.device, after, until)?;
    Ok(aside
        .into_iter()
        .filter(|(log, _, _)| log.scope.province == request.province)
        .map(|(_, entry, reason)| Refused { entry, reason })
        .collect())
}
