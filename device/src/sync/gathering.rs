//! What is owed to a remote: entries it is not known to hold, of whoever wrote them.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Head, Load, MOST_WANTED, Wanted};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use cotmoc_core::media::Lane;
use cotmoc_ledger::{LedgerError, SetAsideGoes, Visible};

use super::ahead::{Ahead, Going, after};
use crate::contract::Problem;
use crate::device::Device;
use crate::store::held;
use crate::store::remote::{self, Gaps, Remote};
use crate::store::routes::{Route, RouteKind};

/// Most logs that one request asks about.
const MOST_ASKED: usize = 1_000;

/// What goes with the next request.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Entries.
    pub load: Load,
    /// Last place of each log that is in the load.
    pub reached: BTreeMap<LogId, u64>,
    /// Logs the remote is asked about first: it may have them by another route.
    pub have: Vec<Head>,
    /// Of which logs entries go, as far as the remote lacks them, and about how much was asked for.
    pub going: Going,
    pub bytes: u64,
    /// What the remote is asked about with the last request.
    pub ask: Vec<Head>,
    /// More is owed.
    pub more: bool,
    /// Files of this lane the remote may lack.
    pub brings: Option<Lane>,
    /// What the remote will still lack of what it said it lacks; absent when files were not looked at.
    pub lacks: Option<Vec<Wanted>>,
    /// Files this device lacks.
    pub wanted: Vec<Wanted>,
}

impl Gathered {
    /// Nothing to bring and nothing to ask about.
    pub fn is_empty(&self) -> bool {
        self.load.is_empty() && self.have.is_empty() && !self.speaks_of_files()
    }

    /// It brings files, asks for some or asks what the remote lacks.
    pub fn speaks_of_files(&self) -> bool {
        self.moves_files() || self.brings.is_some()
    }

    /// It brings files or asks for some.
    pub fn moves_files(&self) -> bool {
        !self.load.chunks.is_empty() || !self.wanted.is_empty()
    }
}

/// Scopes that this device may exchange over a route: what it may see itself, and on a teammate's hub what the
/// teammate may see too.
pub(super) fn visible_over(
    device: &Device,
    remote: &Remote,
    route: &Route,
) -> Result<Option<Visible>, LedgerError> {
    let Some(roster) = device.ledger.roster(remote.province) else {
        return Ok(None);
    };
    let mine = device.ledger.visible_to(&roster, &device.author.device())?;
    let Some(keeper) = route.device else {
        return Ok(Some(mine));
    };
    let theirs = device.ledger.visible_to(&roster, &keeper)?;
    Ok(Some(mine.and(&theirs)))
}

/// Entries that a remote may have and is not known to hold, and about how many bytes they are.
pub(crate) fn owed_over(device: &Device, remote: &Remote, route: &Route) -> Result<(u64, u64), Problem> {
    match visible_over(device, remote, route)? {
        Some(visible) => Ok(device.ledger.owed_size(&route.name, &visible)?),
        None => Ok((0, 0)),
    }
}

/// Own logs that the province has not confirmed to their end, as far as it has: a hub that asks carries receipts
/// beyond that.
fn unconfirmed(
    device: &Device,
    visible: &Visible,
    asked: &BTreeSet<LogId>,
    is_own: impl Fn(&LogId) -> bool,
) -> Result<BTreeMap<LogId, Head>, LedgerError> {
    let ledger = &device.ledger;
    let confirmed = held::confirmed(ledger, device.author.device())?;
    let mut logs = BTreeMap::new();
    for Head { log, seq: head, .. } in ledger.heads(visible)? {
        let seq = confirmed.get(&log).copied().unwrap_or(0);
        if is_own(&log) && seq < head && !asked.contains(&log) {
            let hash = ledger.hash_at(&log, seq)?.unwrap_or(Hash32::ZERO);
            logs.insert(log, Head { log, seq, hash });
        }
    }
    Ok(logs)
}

/// Reads what is owed, about `bytes` of it, or takes what was read `ahead`. A log that somebody else may have brought
/// already is asked about once (`asked`) before it is sent. Logs in `left_out` were refused as a whole and wait.
pub(super) fn gather(
    device: &Device,
    remote: &Remote,
    route: &Route,
    bytes: u64,
    (asked, left_out): (&BTreeSet<LogId>, &BTreeSet<LogId>),
    ahead: Option<&mut Ahead>,
) -> Result<Gathered, Problem> {
    let Some(visible) = visible_over(device, remote, route)? else {
        return Ok(Gathered::default());
    };
    let me = device.author.device();
    let lives = device.ledger.own_incarnations()?;
    let is_own = |log: &LogId| log.device == me && lives.contains(&log.incarnation);
    let gaps: BTreeMap<LogId, u64> = device.ledger.with_gaps(&visible)?.into_iter().collect();
    let mut going = Going::new();
    let mut ask: BTreeMap<LogId, Head> = BTreeMap::new();
    for owed in device.ledger.owed(&route.name, &visible)? {
        let log = owed.head.log;
        if left_out.contains(&log) {
            continue;
        }
        let elsewhere = !is_own(&log) || owed.held_elsewhere > owed.held;
        if elsewhere && !asked.contains(&log) {
            ask.insert(log, up_to_gap(device, owed.head, &gaps)?);
        } else {
            going.push((log, owed.held, owed.head.seq));
        }
    }
    if route.kind == RouteKind::Hub {
        ask.extend(unconfirmed(device, &visible, asked, is_own)?);
    } else if route.is_province() {
        // What came from there again is held there: only the receipt is missing.
        for log in held::unconfirmed_logs(&device.ledger, me)? {
            if let Some(head) = device.ledger.head(&log)?
                && device.ledger.held_by(&route.name, &log)? >= head.seq
                && !asked.contains(&log)
            {
                ask.insert(log, head);
            }
        }
    }
    let rest = match ahead.and_then(|ahead| ahead.rest(&going, bytes)) {
        Some(rest) => rest,
        None => device
            .ledger
            .rest_of(&after(&going), bytes, SetAsideGoes::Whole)?,
    };
    // Asked about with the last request, whose answer carries the news: so what it has by another route is not
    // sent to it again.
    let ask: Vec<Head> = ask.into_values().take(MOST_ASKED).collect();
    let have = if rest.more { Vec::new() } else { ask.clone() };
    Ok(Gathered {
        load: Load {
            pack: rest.pack,
            ..Load::default()
        },
        reached: rest.reached,
        going,
        bytes,
        ask,
        have,
        more: rest.more,
        ..Gathered::default()
    })
}

/// What a log holds without a gap: what is named here will not be sent to this device.
fn up_to_gap(device: &Device, head: Head, gaps: &BTreeMap<LogId, u64>) -> Result<Head, LedgerError> {
    let Some(seq) = gaps.get(&head.log).copied().filter(|seq| *seq < head.seq) else {
        return Ok(head);
    };
    let hash = device.ledger.hash_at(&head.log, seq)?.unwrap_or(Hash32::ZERO);
    Ok(Head { seq, hash, ..head })
}

/// Files of a lane: pieces that the remote has said it lacks (`lacks`), about `bytes` of them, the question what
/// else it lacks, and what this device lacks itself, unless the remote has shown that it has not got it either
/// (`absent`).
pub(super) fn gather_files(
    device: &Device,
    remote: &Remote,
    route: &Route,
    (lane, bytes): (Lane, u64),
    (lacks, asked, absent): (&[Wanted], bool, &BTreeSet<Hash32>),
) -> Result<Gathered, Problem> {
    let Some(visible) = visible_over(device, remote, route)? else {
        return Ok(Gathered::default());
    };
    let mut lacks = lacks.to_vec();
    let chunks = device.ledger.chunks_for(&visible, &mut lacks, bytes)?;
    let may_lack = !chunks.is_empty() || (!asked && remote_may_lack(device, route, lane)?);
    let mut wanted = device
        .ledger
        .wanted_media(&visible, Some(lane), MOST_WANTED as u32)?;
    wanted.retain(|one| !absent.contains(&one.blob));
    Ok(Gathered {
        load: Load {
            chunks,
            ..Load::default()
        },
        brings: may_lack.then_some(lane),
        lacks: Some(lacks),
        wanted,
        ..Gathered::default()
    })
}

/// The province's receipts say so, or it was restored: then it may lack what only others wrote and this device holds. Of
/// a teammate's hub nobody knows.
fn remote_may_lack(device: &Device, route: &Route, lane: Lane) -> Result<bool, Problem> {
    if route.is_province() {
        let was_restored = match remote::gaps(&device.ledger, &route.name)? {
            Some(Gaps::All) => true,
            Some(Gaps::Originals) => lane == Lane::Original,
            None => false,
        };
        return Ok(was_restored || device.ledger.read(held::lacks_files)?);
    }
    Ok(device.ledger.media_stock()?.bytes_held > 0)
}
