//! What a part of an answer means for what is kept here: entries, receipts, refusals, how far the remote holds
//! what, and whether both hold the same.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Answer, Compared, Differs, Head, Pack, Refused, SetDigest, differences};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, OwnLog, compare_own_log};
use cotmoc_ledger::{LedgerError, Received, RunProblem, note_holds, set_holds};
use rusqlite::Transaction;

use super::gathering::visible_over;
use super::receipts::Confirming;
use super::{from_hub, own_branch};
use crate::contract::Problem;
use crate::contract::exchange::ExchangeOutcome;
use crate::device::Device;
use crate::store::lives::Way;
use crate::store::remote::{self, Gaps, NotTaken, Remote};
use crate::store::routes::Route;
use crate::store::{held, left_out, refused};

/// With whom it is exchanged.
#[derive(Debug, Clone, Copy)]
pub(super) struct With<'a> {
    pub remote: &'a Remote,
    pub route: &'a Route,
}

/// Logs to ask for, each once: after the first of the places that speak for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Wants(BTreeMap<LogId, u64>);

impl Wants {
    pub fn add(&mut self, more: impl IntoIterator<Item = (LogId, u64)>) {
        for (log, after) in more {
            let place = self.0.entry(log).or_insert(after);
            *place = after.min(*place);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (LogId, u64)> {
        self.0.iter().map(|(log, after)| (*log, *after))
    }
}

/// What a part said.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Records that changed.
    pub records: BTreeSet<RecordId>,
    /// Something is owed or wanted now that was not before.
    pub found: bool,
    /// Logs to ask for.
    pub wants: Wants,
    /// Entries or receipts that were not here before.
    pub is_news: bool,
    /// Pieces of files that were not here before.
    pub pieces: u64,
    /// Runs of the request that were refused as a whole.
    pub left_out: BTreeSet<LogId>,
    /// The remote's mark of forks, when it is another than this device's now.
    pub other_forks: bool,
    /// What the remote holds beyond this device, as digests, when the part could tell; zero when it is the same.
    pub differs_by: Option<Hash32>,
}

/// What the request asked, to understand the answer by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Who asked: another life may have begun since.
    pub author: (DeviceKey, Incarnation),
    /// Last place of each log that went with it.
    pub sent: BTreeMap<LogId, u64>,
    /// Buckets of the comparison.
    pub buckets: usize,
    /// Own logs of which the remote holds another end.
    pub lost: BTreeSet<LogId>,
}

/// Takes a part in.
pub(super) fn take_in(
    device: &Device,
    with: With<'_>,
    answer: &Answer,
    asked: &Asked,
    outcome: &mut ExchangeOutcome,
) -> Result<Taken, Problem> {
    let received = receive(device, with, &answer.load.pack, &asked.lost)?;
    device.after_taking(&received)?;
    // Own entries came: their receipts are asked for, and what was written again goes out.
    let lives = device.ledger.own_incarnations()?;
    let me = device.author.device();
    let moved = received.grown.keys().chain(&received.taken_back);
    let own_came = moved
        .filter(|log| log.device == me)
        .any(|log| lives.contains(&log.incarnation));
    if let Some((log, problem)) = received.problems.first() {
        tracing::warn!(log.device = %log.device.fingerprint(), run.problem = ?problem, "a run was not taken");
    }
    NotTaken::note(&device.ledger, &with.route.name, &received.problems, device.now())?;
    let confirmed_before = outcome.confirmed;
    let mut taken = Taken {
        records: received.records.clone(),
        pieces: match device.ledger.take_pieces(&answer.load.chunks) {
            // Its own files must still go out.
            Err(LedgerError::MediaFull { .. }) => 0,
            pieces => pieces?,
        },
        ..Taken::default()
    };
    let compared = match &answer.compared {
        Some(compared) => Some(compare(device, with, compared, asked.buckets)?),
        None => None,
    };
    keep(
        device,
        with,
        (answer, &received, asked),
        compared.as_ref(),
        &mut taken,
        outcome,
    )?;
    taken.found |= own_came;
    taken.is_news = received.new_entries > 0 || outcome.confirmed > confirmed_before;
    if let Some(theirs) = answer.forks {
        taken.other_forks = own_mark(device, with)?.unwrap_or(Hash32::ZERO) != theirs;
    }
    outcome.received += received.new_entries;
    // A unit may also come of an entry that was held before and was tried again.
    if received.new_entries > 0 || !received.records.is_empty() {
        device.reload_units()?;
    }
    left_out::note(
        &device.ledger,
        &with.route.name,
        (&answer.left_out, &asked.sent),
        device.now(),
    )?;
    taken.left_out = answer.left_out.iter().map(|(log, _)| *log).collect();
    if let Some(theirs) = answer.digest {
        taken.differs_by = Some(difference(device, with, theirs)?);
    }
    Ok(taken)
}

/// Takes entries in; of the own logs that were asked for, as the branch that counts.
fn receive(
    device: &Device,
    with: With<'_>,
    pack: &Pack,
    lost: &BTreeSet<LogId>,
) -> Result<Received, Problem> {
    let (received, rest) = own_branch::adopt(device, pack, (lost, with.route.is_province()))?;
    let others = match with.route.is_province() {
        true => device.ledger.receive(&rest)?,
        false => from_hub::receive(device, with, &rest)?,
    };
    Ok(others.after(received))
}

/// What the comparison says of each log, with our heads.
fn compare(
    device: &Device,
    with: With<'_>,
    compared: &Compared,
    buckets: usize,
) -> Result<BTreeMap<LogId, Differs>, Problem> {
    let heads = heads_over(device, with)?;
    let hash_at = |log: &LogId, seq| device.ledger.hash_at(log, seq);
    Ok(differences(buckets, compared, &heads, hash_at)?)
}

/// Our mark of the forks within everything that goes over a route; absent when none is known.
pub(super) fn own_mark(device: &Device, with: With<'_>) -> Result<Option<Hash32>, Problem> {
    if !device.ledger.knows_forks()? {
        return Ok(None);
    }
    match visible_over(device, with.remote, with.route)? {
        Some(visible) => Ok(device.ledger.fork_mark(&visible)?),
        None => Ok(None),
    }
}

/// Our heads of everything that goes over a route.
pub(super) fn heads_over(device: &Device, with: With<'_>) -> Result<Vec<Head>, Problem> {
    match visible_over(device, with.remote, with.route)? {
        Some(visible) => Ok(device.ledger.heads(&visible)?),
        None => Ok(Vec::new()),
    }
}

/// Logs of which the remote once handed something on by its hash alone, while it is to be asked for that.
pub(super) fn gaps(device: &Device, with: With<'_>) -> Result<Vec<(LogId, u64)>, Problem> {
    match visible_over(device, with.remote, with.route)? {
        Some(visible) if remote::gaps(&device.ledger, &with.route.name)? == Some(Gaps::All) => {
            Ok(device.ledger.with_gaps(&visible)?)
        }
        _ => Ok(Vec::new()),
    }
}

fn keep(
    device: &Device,
    with: With<'_>,
    (answer, received, asked): (&Answer, &Received, &Asked),
    compared: Option<&BTreeMap<LogId, Differs>>,
    taken: &mut Taken,
    outcome: &mut ExchangeOutcome,
) -> Result<(), Problem> {
    let now = device.now();
    let me = device.author.device();
    let name = with.route.name.as_str();
    let lives = device.ledger.own_incarnations()?;
    let is_own = |log: &LogId| log.device == me && lives.contains(&log.incarnation);
    let way = if with.route.is_province() {
        Way::Direct
    } else {
        Way::Carried
    };
    let receipts = answer.receipts.iter().chain(&answer.load.receipts);
    let confirming = Confirming::of(device, &with.remote.authority, receipts, way)?;
    let before = &confirming.before;
    outcome.confirmed += confirming.news(is_own);
    // Ends of own logs at the remote.
    let mut ends: BTreeMap<LogId, (u64, Hash32)> = BTreeMap::new();
    for receipt in &confirming.of_other_entries {
        if is_own(&receipt.log) {
            ends.insert(receipt.log, (receipt.seq, receipt.hash));
        }
    }
    let mut at_remote: BTreeMap<LogId, u64> = answer
        .held
        .iter()
        .map(|held| {
            let log = LogId {
                device: me,
                incarnation: asked.author.1,
                scope: held.scope,
            };
            ends.insert(log, (held.seq, held.hash));
            (log, held.seq)
        })
        .collect();
    // Of the logs of its earlier lives the receipts say how far.
    let own_receipts = || confirming.receipts.iter().filter(|receipt| is_own(&receipt.log));
    for receipt in own_receipts() {
        at_remote.entry(receipt.log).or_insert(receipt.seq);
    }
    let mut positions = Vec::new();
    for position in &answer.positions {
        let ours = device.ledger.hash_at(&position.log, position.seq)?;
        let agrees = position.seq == 0 || ours == Some(position.hash);
        if is_own(&position.log) {
            ends.insert(position.log, (position.seq, position.hash));
        }
        positions.push((position, agrees));
    }
    let mut lost_ends = Vec::new();
    for (log, theirs) in &ends {
        let own = device
            .ledger
            .head(log)?
            .map_or((0, Hash32::ZERO), |head| (head.seq, head.hash));
        let at = device.ledger.hash_at(log, theirs.0)?;
        match compare_own_log(own, |_| at, *theirs) {
            OwnLog::Same | OwnLog::IAmAhead => {}
            OwnLog::TheyAreAhead | OwnLog::Forked { .. } => {
                // What both confirmed is common to both ends.
                let common = confirming.before(log);
                lost_ends.push((*log, common.min(own.0).min(theirs.0.saturating_sub(1))));
            }
        }
    }
    // Only the province's refusal says something of a record: a hub may know less than this device.
    let said: &[Refused] = if with.route.is_province() {
        &answer.refused
    } else {
        &[]
    };
    let refused: BTreeSet<Hash32> = said.iter().map(|refused| refused.entry).collect();
    outcome.refused += device
        .ledger
        .write_local(|transaction| -> Result<u64, LedgerError> {
            if answer.restarted && with.route.is_province() {
                held::withdraw_receipts(transaction, me)?;
                held::forget_receipts_of_others(transaction, me)?;
                for log in before.keys() {
                    set_holds(transaction, name, log, at_remote.get(log).copied().unwrap_or(0))?;
                }
            }
            if answer.restarted {
                remote::note_gaps(transaction, name)?;
            }
            note_what_came(transaction, name, (answer, received))?;
            for (log, _) in &lost_ends {
                // Nothing of it is sent before the other end was fetched.
                set_holds(transaction, name, log, u64::MAX)?;
            }
            let confirmed = confirming.note(transaction, now)?;
            if with.route.is_province() {
                held::note_waiting_files(transaction, &answer.waiting, &confirmed)?;
            }
            for receipt in &confirming.receipts {
                // In another life the province names its refusals from the beginning of each log. Otherwise it names
                // those of what the request brought; those of what others brought come with later pages.
                let named = if answer.restarted {
                    (0, receipt.seq)
                } else {
                    let brought = asked.sent.get(&receipt.log).copied().unwrap_or(0);
                    (confirming.before(&receipt.log), receipt.seq.min(brought))
                };
                refused::forget_accepted(transaction, &receipt.log, named, &refused)?;
            }
            if confirming.ends_life() || (answer.restarted && with.route.is_province()) {
                // Of what it confirms anew, only what is beyond is not confirmed.
                held::recount(transaction, me, None)?;
            }
            for (position, agrees) in &positions {
                let head = position.seq;
                // Where the two have parted, sending more would be refused: the comparison brings the proof.
                let seq = if *agrees { head } else { u64::MAX };
                set_holds(transaction, name, &position.log, seq)?;
            }
            for (log, differs) in compared.into_iter().flatten() {
                match differs {
                    Differs::TheyLack(after) => {
                        set_holds(transaction, name, log, *after)?;
                        if with.route.is_province() {
                            held::withdraw_receipt(transaction, me, log, *after)?;
                        }
                    }
                    Differs::WeLack(after) => {
                        set_holds(transaction, name, log, *after)?;
                        taken.wants.add([(*log, *after)]);
                    }
                    Differs::Forked => {
                        // The proofs travel of themselves once both know the fork.
                        set_holds(transaction, name, log, u64::MAX)?;
                        taken.wants.add([(*log, 0)]);
                    }
                }
            }
            if with.route.is_province() {
                refused::forget_refused(transaction, received.vouched.iter())?;
            }
            let news = refused::note_refused(transaction, me, said, now)?;
            remote::set_cursor(transaction, name, &answer.cursor)?;
            Ok(news)
        })?;
    taken.found |= !lost_ends.is_empty();
    taken.wants.add(lost_ends);
    if answer.restarted {
        taken.wants.add(gaps(device, with)?);
    }
    let is_behind = |log: &LogId, seq: u64| {
        let ours = device.ledger.head(log);
        ours.is_ok_and(|head| head.is_some_and(|head| head.seq > seq))
    };
    // Of a log of its own a receipt says how far the province is, also where somebody else might have brought it.
    let lacks = positions
        .iter()
        .any(|(position, agrees)| *agrees && is_behind(&position.log, position.seq))
        || own_receipts().any(|receipt| is_behind(&receipt.log, receipt.seq));
    let lost = answer.restarted
        && before
            .iter()
            .any(|(log, seq)| *seq > at_remote.get(log).copied().unwrap_or(0));
    taken.found |= lost || lacks || compared.is_some_and(|compared| !compared.is_empty());
    Ok(())
}

/// Whoever hands a log on holds it.
fn note_what_came(
    transaction: &Transaction<'_>,
    route: &str,
    (answer, received): (&Answer, &Received),
) -> Result<(), LedgerError> {
    let problems: BTreeMap<&LogId, &RunProblem> = received
        .problems
        .iter()
        .map(|(log, problem)| (log, problem))
        .collect();
    for run in &answer.load.pack.runs {
        if problems.contains_key(&run.log) {
            continue;
        }
        let last = run.first_seq + run.items.len() as u64 - 1;
        note_holds(transaction, route, &run.log, last)?;
    }
    Ok(())
}

/// What the remote's digest has beyond ours without what it cannot have yet; zero when both sides hold the
/// same set.
fn difference(device: &Device, with: With<'_>, mut theirs: SetDigest) -> Result<Hash32, Problem> {
    let Some(visible) = visible_over(device, with.remote, with.route)? else {
        return Ok(Hash32(theirs.0));
    };
    let mut ours = device.ledger.digest(&visible)?;
    for owed in device.ledger.owed(&with.route.name, &visible)? {
        for seq in owed.held + 1..=owed.head.seq {
            if let Some(hash) = device.ledger.hash_at(&owed.head.log, seq)? {
                ours.remove(&hash);
            }
        }
    }
    theirs.remove(&Hash32(ours.0));
    Ok(Hash32(theirs.0))
}
