//! Forked logs as a person sees them, and an administrator's choice.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::{FoundBranch, LogName, Role, RosterAct};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Incarnation, LogId, Place, Scope};
use cotmoc_ledger::{ForkBranch, Write};

use super::titles::title;
use crate::contract::forks::{ForkBranchRow, ForkList, ForkRow, ForkedLog, SettleFork};
use crate::contract::{Nothing, Problem};
use crate::device::Device;

/// Most titles that are shown of a branch.
const TITLES: usize = 10;

/// A fork from what is proven here and what the authority told.
#[derive(Default)]
struct Known {
    branches: Vec<ForkBranchRow>,
    settled: Option<Hash32>,
}

pub(crate) fn list(device: &Device, _: Nothing) -> Result<ForkList, Problem> {
    let pending = pending(device)?;
    let mut forks: Vec<ForkRow> = known(device)?
        .into_iter()
        .map(|((log, seq), known)| {
            let (label, _, holder_name) = device.label_of(&log.device);
            ForkRow {
                log: named(&log, seq),
                label,
                holder_name,
                is_own: log.device == device.author.device(),
                place: place_name(&log.scope).to_owned(),
                unit_name: match log.scope.place {
                    Place::Unit(unit) => device
                        .units()
                        .get(unit)
                        .map(|unit| unit.name_on(device.today()).to_owned())
                        .unwrap_or_default(),
                    _ => String::new(),
                },
                branches: known.branches,
                is_pending: known.settled.is_none() && pending.contains(&(log, seq)),
                settled: known.settled.map(|hash| hash.to_string()),
            }
        })
        .collect();
    forks.sort_by_key(|row| row.settled.is_some());
    Ok(ForkList { forks })
}

pub(crate) fn settle(device: &Device, request: SettleFork) -> Result<ForkList, Problem> {
    let me = device.me()?;
    me.require(&[Role::Administrator])?;
    let unknown = || Problem::new("bad_request").with("what", "fork");
    let (log, seq) = read(&request.log).ok_or_else(unknown)?;
    let keep = Hash32::from_hex(&request.keep).ok_or_else(unknown)?;
    let mut forks = known(device)?;
    let fork = forks.remove(&(log, seq)).ok_or_else(unknown)?;
    if !fork
        .branches
        .iter()
        .any(|branch| branch.entry == keep.to_string())
    {
        return Err(unknown());
    }
    if fork.settled.is_some() || pending(device)?.contains(&(log, seq)) {
        return Err(Problem::new("fork_settled"));
    }
    let act = RosterAct::ForkSettled {
        log: LogName::of(&log),
        seq,
        keep,
        asked: None,
    };
    device.write(&[Write::Act {
        scope: Scope::roster(me.province),
        act,
    }])?;
    list(device, Nothing {})
}

/// Every fork that is proven here or that the authority told of.
fn known(device: &Device) -> Result<BTreeMap<(LogId, u64), Known>, Problem> {
    let province = device.me()?.province;
    let mut forks: BTreeMap<(LogId, u64), Known> = BTreeMap::new();
    device.ledger.with_roster(province, |roster| {
        for (log, places) in roster.iter().flat_map(|roster| &roster.found_forks) {
            for (seq, branches) in places {
                let known = Known {
                    branches: branches.iter().map(told).collect(),
                    settled: roster.and_then(|roster| roster.settled_fork(log, *seq)),
                };
                forks.insert((*log, *seq), known);
            }
        }
    });
    for proof in device.ledger.forks()? {
        if proof.log.scope.province != province {
            continue;
        }
        let known = forks.entry((proof.log, proof.seq)).or_default();
        known.settled = known.settled.or(proof.settled);
        for branch in &proof.branches {
            let row = proven(device, branch)?;
            match known.branches.iter_mut().find(|known| known.entry == row.entry) {
                Some(known) => *known = row,
                None => known.branches.push(row),
            }
        }
    }
    Ok(forks)
}

fn told(branch: &FoundBranch) -> ForkBranchRow {
    ForkBranchRow {
        entry: branch.hash.to_string(),
        entries: branch.entries,
        from: branch.claimed.map(|(from, _)| from),
        to: branch.claimed.map(|(_, to)| to),
        titles: Vec::new(),
    }
}

fn proven(device: &Device, branch: &ForkBranch) -> Result<ForkBranchRow, Problem> {
    let mut titles = Vec::new();
    for record in &branch.records {
        titles.extend(title_of(device, *record)?.filter(|title| !title.is_empty()));
        if titles.len() == TITLES {
            break;
        }
    }
    Ok(ForkBranchRow {
        entry: branch.hash.to_string(),
        entries: branch.entries,
        from: branch.claimed.map(|(from, _)| from),
        to: branch.claimed.map(|(_, to)| to),
        titles,
    })
}

fn title_of(device: &Device, record: RecordId) -> Result<Option<String>, Problem> {
    match device.ledger.record(record)? {
        Some(held) => title(device, record, &held).map(Some),
        None => Ok(None),
    }
}

/// Forks that somebody has asked to settle and of which the authority has not entered the answer.
fn pending(device: &Device) -> Result<BTreeSet<(LogId, u64)>, Problem> {
    let province = device.me()?.province;
    let Some(roster) = device.ledger.roster(province) else {
        return Ok(BTreeSet::new());
    };
    let mut pending = BTreeSet::new();
    for (hash, payload) in device
        .ledger
        .roster_requests(&roster.scope(), &roster.authority)?
    {
        let is_answered = roster.answered.contains(&hash);
        if let (false, Some(RosterAct::ForkSettled { log, seq, .. })) =
            (is_answered, RosterAct::decode(&payload))
        {
            pending.extend(log.log().map(|log| (log, seq)));
        }
    }
    Ok(pending)
}

fn named(log: &LogId, seq: u64) -> ForkedLog {
    let name = LogName::of(log);
    ForkedLog {
        device: name.device.to_string(),
        incarnation: name.incarnation.0.to_string(),
        scope: name.scope,
        seq,
    }
}

fn read(named: &ForkedLog) -> Option<(LogId, u64)> {
    let name = LogName {
        device: named.device.parse().ok()?,
        incarnation: Incarnation(named.incarnation.parse().ok()?),
        scope: named.scope.clone(),
    };
    Some((name.log()?, named.seq))
}

fn place_name(scope: &Scope) -> &'static str {
    match scope.place {
        Place::Roster => "roster",
        Place::Province => "province",
        Place::Unit(_) => "unit",
        Place::Delegation(_) => "delegation",
    }
}

#[cfg(test)]
mod tests;
