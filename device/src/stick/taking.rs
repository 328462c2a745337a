//! One part that this device can open: frame by frame, through the same checks as what a server sends.

use std::collections::BTreeSet;
use std::path::Path;

use cotmoc_core::exchange::{Holds, Load, Pack, Refused, Run, StickFrame};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Place};
use cotmoc_ledger::bundle::{BundleError, BundleHeader, open};
use cotmoc_ledger::{LedgerError, Received, RunProblem, note_holds};

use super::Teller;
use super::recipients::peer_of;
use crate::contract::Problem;
use crate::device::Device;
use crate::store::list_indexes::Intake;
use crate::store::lives::{self, Way};
use crate::store::remote::{self, PROVINCE, Remote};
use crate::store::{held, refused};
use crate::sync::{Confirming, adopt, beyond_own_ends};

/// Frames in which a sender that is not known has to bring the roster that names it. It goes first.
const FRAMES_TO_KNOW: usize = 64;

/// What came out of a part.
#[derive(Debug, Default)]
pub(super) struct Brought {
    pub entries: u64,
    pub records: BTreeSet<RecordId>,
    /// Own entries that the province confirms.
    pub confirmed: u64,
    pub photos: u64,
    /// Anything that was not here before.
    pub is_news: bool,
    /// Something is to come again: the entries that name a file were not here yet.
    pub is_to_come_again: bool,
    pub stopped: bool,
    /// What the sender holds, if this was the part that says it.
    pub holds: Option<Holds>,
}

/// Whether the sender is known, also by what the bundle itself brings of the roster.
pub(super) fn knows_sender(
    device: &Device,
    remote: &Remote,
    path: &Path,
    sender: &DeviceKey,
) -> Result<bool, Problem> {
    if is_known(device, remote, sender) {
        return Ok(true);
    }
    for frame in open(path, &device.author.current().key)?.take(FRAMES_TO_KNOW) {
        let frame = frame?;
        let Ok(StickFrame::Load(load)) = StickFrame::read(frame.kind, &frame.bytes) else {
            continue;
        };
        let mut acts = Pack {
            records: load.pack.records,
            runs: load.pack.runs,
        };
        acts.runs.retain(|run| {
            run.log.device == remote.authority
                && run.log.scope.place == Place::Roster
                && run.log.scope.province == remote.province
                && run.is_whole()
        });
        if acts.runs.is_empty() {
            continue;
        }
        device.ledger.receive(&acts)?;
        if is_known(device, remote, sender) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_known(device: &Device, remote: &Remote, sender: &DeviceKey) -> bool {
    *sender == remote.authority
        || device.ledger.with_roster(remote.province, |roster| {
            roster.is_some_and(|roster| roster.grants.contains_key(sender))
        })
}

/// Takes the frames of a part in, each whole or not at all. What came before a fault has come.
pub(super) fn take(
    device: &Device,
    remote: &Remote,
    path: &Path,
    intake: &mut Intake<'_>,
    brought: &mut Brought,
) -> Result<(), Problem> {
    let mut frames = open(path, &device.author.current().key)?;
    let header = frames.part().header.clone();
    let (bytes, mut told) = (frames.part().bytes, Teller::new(&device.events));
    let from_province = header.sender == remote.authority;
    let mut refused = Vec::new();
    while let Some(frame) = frames.next() {
        if device.sticks.is_stopped() {
            brought.stopped = true;
            return Ok(());
        }
        let frame = frame?;
        let read = StickFrame::read(frame.kind, &frame.bytes);
        match read.map_err(|error| BundleError::Damaged(error.what))? {
            StickFrame::Holds(mut holds) => {
                if from_province {
                    refused = std::mem::take(&mut holds.refused);
                    take_refused(device, &refused, brought)?;
                }
                brought.holds = Some(holds);
            }
            StickFrame::Load(load) => {
                let before = brought.records.len();
                take_load(device, remote, (&header, &refused), &load, brought)?;
                intake.took(brought.records.len() - before);
            }
            StickFrame::Newer => {}
        }
        told.tell("stick_import", frames.bytes_read(), Some(bytes));
    }
    Ok(())
}

fn take_refused(device: &Device, refused: &[Refused], brought: &mut Brought) -> Result<(), Problem> {
    let (me, now) = (device.author.device(), device.now());
    let news = device
        .ledger
        .write_local(|transaction| refused::note_refused(transaction, me, refused, now))?;
    brought.is_news |= news > 0;
    Ok(())
}

fn take_load(
    device: &Device,
    remote: &Remote,
    (header, refused): (&BundleHeader, &[Refused]),
    load: &Load,
    brought: &mut Brought,
) -> Result<(), Problem> {
    let lost = beyond_own_ends(device, &load.pack)?;
    let (own, rest) = adopt(device, &load.pack, (&lost, header.sender == remote.authority))?;
    let received = if header.sender == remote.authority {
        device.ledger.receive(&rest)?
    } else {
        receive_whole(device, rest)?
    };
    let received = received.after(own);
    device.after_taking(&received)?;
    for (log, problem) in &received.problems {
        tracing::warn!(log.device = %log.device.fingerprint(), run.problem = ?problem, "a run of a bundle was not taken");
    }
    brought.entries += received.new_entries;
    brought.records.extend(received.records.iter().copied());
    brought.is_news |= received.new_entries > 0 || !received.records.is_empty();
    take_receipts(device, remote, (header, refused), (load, &received), brought)?;
    let chunks = device.ledger.take_load_chunks(&load.chunks)?;
    brought.photos += chunks.completed;
    brought.is_news |= chunks.stored > 0;
    brought.is_to_come_again |= chunks.not_wanted > 0;
    Ok(())
}

/// Takes a teammate's pack in without runs that name entries by their hash alone: a hash does not say in which log it
/// stands, so it would take the place of another entry.
fn receive_whole(device: &Device, pack: Pack) -> Result<Received, LedgerError> {
    let (runs, withheld): (Vec<Run>, Vec<Run>) = pack.runs.into_iter().partition(Run::is_whole);
    let records = pack.records;
    let mut received = device.ledger.receive(&Pack { records, runs })?;
    let left = withheld.iter().map(|run| (run.log, RunProblem::Document));
    received.problems.extend(left);
    Ok(received)
}

fn take_receipts(
    device: &Device,
    remote: &Remote,
    (header, refused): (&BundleHeader, &[Refused]),
    (load, received): (&Load, &Received),
    brought: &mut Brought,
) -> Result<(), Problem> {
    let from_province = header.sender == remote.authority;
    let me = device.author.device();
    let confirming = Confirming::of(device, &remote.authority, load.receipts.iter(), Way::Carried)?;
    let confirmed = confirming.news(|log| log.device == me);
    brought.confirmed += confirmed;
    brought.is_news |= confirmed > 0;
    if confirming.receipts.is_empty() && (!from_province || received.vouched.is_empty()) {
        return Ok(());
    }
    let refused: BTreeSet<Hash32> = refused.iter().map(|refused| refused.entry).collect();
    let now = device.now();
    device.ledger.write_local(|transaction| {
        confirming.note(transaction, now)?;
        // Only the province itself says with its receipts what it has not accepted.
        for receipt in confirming.receipts.iter().filter(|_| from_province) {
            refused::forget_accepted(transaction, &receipt.log, (0, receipt.seq), &refused)?;
        }
        if confirming.ends_life() {
            // Of what it confirms anew, only what is beyond is not confirmed.
            held::recount(transaction, me, None)?;
        }
        if from_province {
            refused::forget_refused(transaction, received.vouched.iter())?;
        }
        Ok::<_, LedgerError>(())
    })?;
    Ok(())
}

/// What the sender holds it need not be sent again. With everything that the province holds for this device here,
/// its order of arrival is read up to there as well.
pub(super) fn note_sender_holds(
    device: &Device,
    remote: &Remote,
    sender: &DeviceKey,
    holds: &Holds,
) -> Result<(), Problem> {
    let from_province = *sender == remote.authority;
    let peer = if from_province {
        PROVINCE.to_owned()
    } else {
        peer_of(sender)
    };
    let lives = lives::known(&device.ledger)?;
    let begun = match holds.cursor.filter(|_| from_province) {
        Some(cursor) => match lives::speaks_of_today(&lives, cursor.epoch, holds.began) {
            (true, begun) => begun,
            // Written in another life, perhaps an earlier one: what it held then it may have lost.
            (false, _) => return Ok(()),
        },
        None => None,
    };
    let mut agreed = Vec::new();
    let mut has_all = true;
    for head in &holds.heads {
        match device.ledger.hash_at(&head.log, head.seq)? {
            Some(hash) if hash == head.hash => agreed.push((head.log, head.seq)),
            // Another entry stands here at that place: the proof has to reach the sender.
            Some(_) => has_all = false,
            None => {
                has_all = false;
                agreed.push((head.log, head.seq));
            }
        }
    }
    let cursor = holds.cursor.filter(|_| from_province && has_all);
    let known = remote::cursor(&device.ledger, PROVINCE)?;
    let cursor = cursor.filter(|cursor| {
        known == cotmoc_core::exchange::Cursor::START
            || (known.epoch == cursor.epoch && known.position < cursor.position)
    });
    let me = device.author.device();
    let before = held::confirmed(&device.ledger, me)?;
    device.ledger.write_local(|transaction| {
        if let Some(begun) = begun {
            lives::begin(transaction, &lives, begun, (me, &before))?;
            // Nothing is confirmed in it yet.
            held::recount(transaction, me, None)?;
        }
        for (log, seq) in &agreed {
            note_holds(transaction, &peer, log, *seq)?;
        }
        match &cursor {
            Some(cursor) => remote::set_cursor(transaction, PROVINCE, cursor),
            None => Ok(()),
        }
    })?;
    Ok(())
}
