//! Own entries that come from elsewhere: this device was restored or copied, and what it has lost comes back as the
//! branch that counts ([ADR 0015](../../../docs/adr/0015-copies-and-forks.md)).

use std::collections::BTreeSet;

use cotmoc_core::exchange::{Pack, Run};
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Received};

use crate::contract::Problem;
use crate::device::Device;

/// Own logs of which the pack holds entries beyond the end that is here.
pub(crate) fn beyond_own_ends(device: &Device, pack: &Pack) -> Result<BTreeSet<LogId>, Problem> {
    let me = device.author.device();
    let mut lost = BTreeSet::new();
    if pack.runs.iter().all(|run| run.log.device != me) {
        return Ok(lost);
    }
    let lives = device.ledger.own_incarnations()?;
    for run in &pack.runs {
        let is_own = run.log.device == me && lives.contains(&run.log.incarnation);
        if !is_own || lost.contains(&run.log) {
            continue;
        }
        let ours = device.ledger.head(&run.log)?.map_or(0, |head| head.seq);
        if run.first_seq + run.items.len() as u64 > ours + 1 {
            lost.insert(run.log);
        }
    }
    Ok(lost)
}

/// Takes the `lost` own logs of a pack in, each as the branch that counts, and hands back what is left of the pack. Of
/// anybody but the province (`believed`) what names an entry by its hash alone proves nothing and is left.
pub(crate) fn adopt(
    device: &Device,
    pack: &Pack,
    (lost, believed): (&BTreeSet<LogId>, bool),
) -> Result<(Received, Pack), Problem> {
    let is_own = |run: &Run| lost.contains(&run.log) && (believed || run.is_whole());
    let (own, rest): (Vec<Run>, Vec<Run>) = pack.runs.iter().cloned().partition(is_own);
    let of = |runs: Vec<Run>| Pack {
        records: pack.records.clone(),
        runs,
    };
    let logs: BTreeSet<LogId> = own.iter().map(|run| run.log).collect();
    let mut received = Received::default();
    for log in logs {
        let runs = own.iter().filter(|run| run.log == log).cloned().collect();
        match device.ledger.adopt_branch(&log, &of(runs), device.now()) {
            Ok(taken) => {
                tracing::warn!(log.fork = ?taken.forked_at, "own entries came back from elsewhere");
                received = taken.received.after(received);
            }
            // It does not prove what it says: nothing changed.
            Err(LedgerError::Refused(reason)) => {
                tracing::warn!(log.reason = ?reason, "another end of an own log is not proven");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((received, of(rest)))
}
