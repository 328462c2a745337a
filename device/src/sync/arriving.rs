//! An answer while it arrives: each part is taken in when it is whole, while the next one is underway.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cotmoc_core::exchange::{Answer, Event, Parts, RunOfExchange, Wanted, unshrink};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::LogId;
use cotmoc_core::media;
use cotmoc_ledger::LedgerError;

use super::patience::Patience;
use super::run::{running, set_state};
use super::taking::{Asked, Wants, With, take_in};
use super::unfinished::keep;
use crate::contract::Problem;
use crate::contract::exchange::ExchangeOutcome;
use crate::contract::session::ExchangePhase;
use crate::device::Device;
use crate::store::list_indexes::Intake;
use crate::store::remote::Differing;

/// What the parts of one answer said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Bytes.
    pub received: u64,
    /// Whole parts.
    pub whole: u32,
    /// Logs to ask for.
    pub wants: Wants,
    /// Logs of which a run was not taken.
    pub left_out: BTreeSet<LogId>,
    /// Files the remote lacks, if it said so.
    pub lacks: Option<Vec<Wanted>>,
    /// The remote knows other forks than this device.
    pub other_forks: bool,
    /// Files of which pieces came.
    pub came: BTreeSet<Hash32>,
    /// What the remote holds beyond this device.
    pub differs_by: Option<Hash32>,
    /// Records that changed.
    pub changed: BTreeSet<RecordId>,
}

/// Takes an answer in while it arrives.
pub(super) struct Arriving<'a, 'b> {
    pub device: &'a Device,
    pub with: With<'a>,
    pub intake: &'b mut Intake<'a>,
    pub asked: Asked,
    pub known_difference: Option<Differing>,
    pub patience: Option<Patience>,
    pub machine: &'b mut RunOfExchange,
    /// This device's proofs of forks went with the request, or before.
    pub told_forks: bool,
    pub parts: Parts,
    pub outcome: ExchangeOutcome,
    pub heard: Heard,
    /// A fault of this device's own store, which is no matter of the link.
    pub problem: Option<Problem>,
    pub kept: Kept,
}

/// How much of the part that is coming in was kept, and when: a program that is killed asks for the rest of it.
pub(super) struct Kept {
    at: Instant,
    bytes: u64,
}

/// On a link where this takes long enough to matter.
const KEEP_EVERY: Duration = Duration::from_secs(2);
/// Least that a part grows by before it is kept again, bytes.
const KEEP_GROWTH: u64 = 4 * 1024;

impl Kept {
    pub fn new() -> Self {
        Self {
            at: Instant::now(),
            bytes: 0,
        }
    }

    /// So many bytes of a part are here: whether it is time to keep them. Each time a quarter more at least, so that
    /// all writing together stays within five times the part.
    fn is_due(&mut self, bytes: u64, now: Instant) -> bool {
        if bytes < self.bytes {
            self.bytes = 0;
        }
        let due = now.saturating_duration_since(self.at) >= KEEP_EVERY
            && bytes - self.bytes >= KEEP_GROWTH.max(self.bytes / 4);
        if due {
            (self.at, self.bytes) = (now, bytes);
        }
        due
    }
}

impl Arriving<'_, '_> {
    /// The next bytes; an error ends the request.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.heard.received += bytes.len() as u64;
        if let Some(patience) = &mut self.patience {
            patience.took(bytes.len(), Instant::now())?;
        }
        set_state(
            self.device,
            running(ExchangePhase::Receiving, self.heard.received, None),
        );
        let nonsense = |_| Problem::new("server_nonsense");
        for part in self.parts.take(bytes).map_err(nonsense)? {
            let unpacked = unshrink(&part).map_err(nonsense)?;
            let answer = Answer::read(&unpacked, self.asked.author).map_err(nonsense)?;
            self.heard.whole += 1;
            let entries = answer.load.pack.entries() as u64;
            set_state(self.device, running(ExchangePhase::Applying, 0, Some(entries)));
            let is_news = self.take_part(&answer).inspect_err(|problem| {
                self.problem = Some(problem.clone());
            })?;
            if let Some(patience) = &mut self.patience {
                patience.part(is_news, Instant::now())?;
            }
        }
        self.keep_half_part();
        Ok(())
    }

    /// With a part of its answer here the request is not sent again: what is still to come is asked for from where
    /// this device stands.
    fn keep_half_part(&mut self) {
        if let Some(open) = self.parts.open()
            && let Some(begun) = open.begun()
            && self.kept.is_due(begun.bytes, Instant::now())
        {
            keep(self.device, &self.with.route.name, None, Some(open));
        }
    }

    /// Whether it brought something that was not here.
    fn take_part(&mut self, answer: &Answer) -> Result<bool, Problem> {
        let taken = take_in(self.device, self.with, answer, &self.asked, &mut self.outcome)?;
        self.intake.took(taken.records.len());
        let differs_by = taken.differs_by;
        let is_news = taken.is_news || taken.pieces > 0;
        self.heard
            .came
            .extend(answer.load.chunks.iter().map(|chunk| chunk.blob));
        let mut files = taken.pieces > 0;
        if !answer.wanted.is_empty() {
            files |= has_some(self.device, &answer.wanted)?;
            self.heard.lacks = Some(answer.wanted.clone());
        }
        self.machine.on(
            Event::Part {
                more: answer.more,
                restarted: answer.restarted,
                found: taken.found || (taken.other_forks && !self.told_forks),
                equal: differs_by.map(|by| by == Hash32::ZERO),
                compare: differs_by.is_some_and(|by| {
                    by != Hash32::ZERO && Differing::asks_to_compare(self.known_difference.as_ref(), by)
                }),
                files,
            },
            0,
        );
        self.heard.differs_by = differs_by.or(self.heard.differs_by);
        self.heard.other_forks |= taken.other_forks;
        self.heard.wants.add(taken.wants.iter());
        self.heard.left_out.extend(taken.left_out);
        self.heard.changed.extend(taken.records);
        Ok(is_news)
    }
}

/// This device holds a piece of what is wanted.
fn has_some(device: &Device, wanted: &[Wanted]) -> Result<bool, LedgerError> {
    for one in wanted {
        for (first, count) in &one.ranges {
            for index in *first..first + count {
                if device.ledger.chunk(media::BlobId(one.blob), index)?.is_some() {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}
