//! What is taken of a pack that a teammate's hub hands out. It needs no trust, and gets none.

use cotmoc_core::access::may_receive;
use cotmoc_core::exchange::{Pack, Run};
use cotmoc_core::journal::Place;
use cotmoc_ledger::{Received, RunProblem};

use super::taking::With;
use crate::contract::Problem;
use crate::device::Device;

/// Takes the pack in without what only the province's word could bring: entries named by their hash alone, whose
/// places would be taken before their content comes, and entries of scopes that this device may not see. The
/// roster comes first, because it decides.
pub(super) fn receive(device: &Device, with: With<'_>, pack: &Pack) -> Result<Received, Problem> {
    let (roster, others): (Vec<Run>, Vec<Run>) = pack
        .runs
        .iter()
        .cloned()
        .partition(|run| run.log.scope.place == Place::Roster);
    let mut received = Received::default();
    for runs in [roster, others] {
        let (runs, withheld): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(Run::is_whole);
        let runs: Vec<Run> = runs.into_iter().filter(|run| is_for(device, with, run)).collect();
        if !runs.is_empty() {
            let records = pack.records.clone();
            received.absorb(device.ledger.receive(&Pack { records, runs })?);
        }
        let left = withheld.iter().map(|run| (run.log, RunProblem::Document));
        received.problems.extend(left);
    }
    Ok(received)
}

fn is_for(device: &Device, with: With<'_>, run: &Run) -> bool {
    let me = device.author.device();
    device.ledger.with_roster(with.remote.province, |roster| {
        roster.is_some_and(|roster| may_receive(roster, &me, &run.log.scope))
    })
}
