//! What a part of an answer means for what is kept here: entries, receipts, refusals, how far the remote holds
//! what, and whether both hold the same.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Answer, Compared, Differs, Head, Refused, SetDigest, differences};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Received, RunProblem, note_holds, set_holds};
use rusqlite::Transaction;

use super::from_hub;
use super::gathering::visible_over;
use crate::contract::Problem;
use crate::contract::exchange::ExchangeOutcome;
use crate::device::Device;
use crate::store::remote::{self, NotTaken, PROVINCE, Remote};
use crate::store::routes::Route;
use crate::store::{held, refused};

/// With whom it is exchanged.
#[derive(Debug, Clone, Copy)]
pub(super) struct With<'a> {
    pub remote: &'a Remote,
    pub route: &'a Route,
}

/// What a part said.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Records that changed.
    pub records: BTreeSet<RecordId>,
    /// Something is owed or wanted now that was not before.
    pub found: bool,
    /// Logs to ask for, each after this place.
    pub wants: Vec<(LogId, u64)>,
    /// Pieces of files that were not here before.
    pub pieces: u64,
    /// Runs of the request that were refused as a whole.
    pub left_out: BTreeSet<LogId>,
    /// What the remote holds beyond this device, as digests, when the part could tell; zero when it is the same.
    pub differs_by: Option<Hash32>,
}

/// Takes a part in.
pub(super) fn take_in(
    device: &Device,
    with: With<'_>,
    answer: &Answer,
    buckets: usize,
    outcome: &mut ExchangeOutcome,
) -> Result<Taken, Problem> {
    let received = if with.route.is_province() {
        device.ledger.receive(&answer.load.pack)?
    } else {
        from_hub::receive(device, with, &answer.load.pack)?
    };
    if let Some((log, problem)) = received.problems.first() {
        tracing::warn!(log.device = %log.device.fingerprint(), run.problem = ?problem, "a run was not taken");
    }
    NotTaken::note(&device.ledger, &with.route.name, &received.problems, device.now())?;
    let mut taken = Taken {
        records: received.records.clone(),
        pieces: device.ledger.take_pieces(&answer.load.chunks)?,
        ..Taken::default()
    };
    let compared = match &answer.compared {
        Some(compared) => Some(compare(device, with, compared, buckets)?),
        None => None,
    };
    keep(
        device,
        with,
        (answer, &received),
        compared.as_ref(),
        &mut taken,
        outcome,
    )?;
    outcome.received += received.new_entries;
    // A unit may also come of an entry that was held before and was tried again.
    if received.new_entries > 0 || !received.records.is_empty() {
        device.reload_units()?;
    }
    taken.left_out = answer.left_out.iter().map(|(log, _)| *log).collect();
    if let Some(theirs) = answer.digest {
        taken.differs_by = Some(difference(device, with, theirs)?);
    }
    Ok(taken)
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

/// Our heads of everything that goes over a route.
pub(super) fn heads_over(device: &Device, with: With<'_>) -> Result<Vec<Head>, Problem> {
    match visible_over(device, with.remote, with.route)? {
        Some(visible) => Ok(device.ledger.heads(&visible)?),
        None => Ok(Vec::new()),
    }
}

fn keep(
    device: &Device,
    with: With<'_>,
    (answer, received): (&Answer, &Received),
    compared: Option<&BTreeMap<LogId, Differs>>,
    taken: &mut Taken,
    outcome: &mut ExchangeOutcome,
) -> Result<(), Problem> {
    let now = device.now();
    let me = device.author.device();
    let name = with.route.name.as_str();
    let before = held::confirmed(&device.ledger, me)?;
    let mut valid = Vec::new();
    for receipt in answer.receipts.iter().chain(&answer.load.receipts) {
        let ours = device.ledger.hash_at(&receipt.log, receipt.seq)?;
        // A receipt counts for exactly this entry, signed by exactly this authority.
        if ours == Some(receipt.hash) && receipt.verify(&with.remote.authority) {
            valid.push(receipt);
        } else {
            tracing::warn!("a receipt does not fit and was not taken");
        }
    }
    for receipt in valid.iter().filter(|receipt| receipt.log.device == me) {
        let held_before = before.get(&receipt.log).copied().unwrap_or(0);
        outcome.confirmed += receipt.seq.saturating_sub(held_before);
    }
    let at_remote: BTreeMap<LogId, u64> = answer
        .held
        .iter()
        .map(|held| {
            let log = LogId {
                device: me,
                incarnation: device.author.incarnation,
                scope: held.scope,
            };
            (log, held.seq)
        })
        .collect();
    let mut positions = Vec::new();
    for position in &answer.positions {
        let ours = device.ledger.hash_at(&position.log, position.seq)?;
        let agrees = position.seq == 0 || ours == Some(position.hash);
        positions.push((position, agrees));
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
                held::withdraw_receipts(transaction, me, &at_remote)?;
                for log in before.keys() {
                    set_holds(transaction, name, log, at_remote.get(log).copied().unwrap_or(0))?;
                }
            }
            note_what_came(transaction, name, (answer, received))?;
            for receipt in &valid {
                held::note_receipt(transaction, receipt, now)?;
                note_holds(transaction, PROVINCE, &receipt.log, receipt.seq)?;
                // In another life the province names its refusals from the beginning of each log.
                let after = if answer.restarted {
                    0
                } else {
                    before.get(&receipt.log).copied().unwrap_or(0)
                };
                refused::forget_accepted(transaction, &receipt.log, (after, receipt.seq), &refused)?;
            }
            for (position, agrees) in &positions {
                let head = position.seq;
                // Where the two have parted, sending more would be refused: the comparison brings the proof.
                let seq = if *agrees { head } else { u64::MAX };
                set_holds(transaction, name, &position.log, seq)?;
            }
            for (log, differs) in compared.into_iter().flatten() {
                match differs {
                    Differs::TheyLack(after) => set_holds(transaction, name, log, *after)?,
                    Differs::WeLack(after) => {
                        set_holds(transaction, name, log, *after)?;
                        taken.wants.push((*log, *after));
                    }
                    Differs::Forked => {
                        set_holds(transaction, name, log, 0)?;
                        taken.wants.push((*log, 0));
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
    if answer.restarted
        && let Some(visible) = visible_over(device, with.remote, with.route)?
    {
        // Of what it handed on by its hash, nobody will tell this device again.
        taken.wants.extend(device.ledger.with_gaps(&visible)?);
    }
    let lacks = positions.iter().any(|(position, agrees)| {
        *agrees
            && answer.positions.iter().any(|other| other.log == position.log)
            && device
                .ledger
                .head(&position.log)
                .is_ok_and(|head| head.is_some_and(|head| head.seq > position.seq))
    });
    let lost = answer.restarted
        && before
            .iter()
            .any(|(log, seq)| *seq > at_remote.get(log).copied().unwrap_or(0));
    taken.found = lost || lacks || compared.is_some_and(|compared| !compared.is_empty());
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
