//! Foreign entries: from a pack to the journal, through every check, in one transaction.
//!
//! Order of the checks: layout and caps (when the pack was read), chain, signature, access for the
//! author, shape and trial in the checking process. Only then is anything stored. A pack is applied
//! whole; what a check refuses inside it is stored set aside with its reason, so the log's chain goes on.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Item, LeftOut, Pack, Payload, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, LogId, verify_log_head};
use cotmoc_core::record::{Job, JobInput};
use rusqlite::{Transaction, TransactionBehavior};

use crate::detached::{Attached, fork_at, store_detached, store_fork};
use crate::error::LedgerError;
use crate::gauntlet::NotExamined;
use crate::incoming::{CameWhole, IncomingRun, hash_items, in_order};
use crate::journal::Ledger;
use crate::late::withheld_places;
use crate::retry::TriedAgain;
use crate::rows::{LogHead, log_head, log_head_or_new};
use crate::verdict::{Claims, Rosters, decide, decide_again, forked};

/// Why a whole run was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunProblem {
    /// The signature does not fit: altered on the way, or not by this author.
    Signature,
    /// Another entry stands at this place of the log; the proof is kept.
    Fork,
    /// The province is not one of this store's.
    ForeignProvince,
    /// A record's document does not hold the payloads it should, or was refused.
    Document,
}

impl From<RunProblem> for LeftOut {
    fn from(problem: RunProblem) -> Self {
        match problem {
            RunProblem::Signature => Self::Signature,
            RunProblem::Fork => Self::Fork,
            RunProblem::ForeignProvince => Self::ForeignProvince,
            RunProblem::Document => Self::Document,
        }
    }
}

/// What became of a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Entries that were not held before, or by their hash alone.
    pub new_entries: u64,
    /// Records that changed.
    pub records: BTreeSet<RecordId>,
    /// Entries set aside, with the reason.
    pub refused: Vec<(Hash32, Refusal)>,
    /// Logs that grew, with the new head.
    pub grown: BTreeMap<LogId, (u64, Hash32)>,
    /// Logs named by the pack whose entries were all held before.
    pub repeated: BTreeMap<LogId, (u64, Hash32)>,
    /// Entries that were held before and came whole: their sender has not set them aside, or not any more.
    pub vouched: BTreeSet<Hash32>,
    /// Entries that wait: for a dependency, or behind a gap of their log.
    pub waiting: u64,
    /// Runs that were not taken.
    pub problems: Vec<(LogId, RunProblem)>,
    /// A roster changed.
    pub roster_changed: bool,
    /// A document could not be checked because the checking process was stopped by something else than it.
    /// Entries that it should hold were not taken, without anybody's fault: they are to be asked for again.
    pub unchecked: bool,
}

/// The documents of a pack after their trial.
#[derive(Default)]
struct Documents {
    /// By place in the pack's records.
    whole: BTreeMap<usize, CameWhole>,
    /// Those whose check was cut short.
    unchecked: BTreeSet<usize>,
}

/// Entries put aside until the gap in front of them is filled, by log and first sequence.
type Gaps = BTreeMap<(LogId, u64), u64>;

/// What the runs of a pack say beside the entries that are new.
struct Aside<'a> {
    received: &'a mut Received,
    gaps: &'a mut Gaps,
    /// Entries of which only the hash was held, with the row of their log.
    filled: Vec<(i64, Entry)>,
}

impl Ledger {
    /// Takes a pack in. Nothing of it is stored when this fails; what was held before is recognised. Beside it,
    /// or alone when it is empty, some of what is due to be tried again is: nobody else needs to see to that.
    ///
    /// # Errors
    /// When the database or the checking process fails; never because of what the pack contains.
    pub fn receive(&self, pack: &Pack) -> Result<Received, LedgerError> {
        let mut gaps = Gaps::new();
        let mut received = Received::default();
        if !pack.is_empty() {
            received = self.receive_once(pack, None, &mut gaps)?;
        }
        // A run may have filled the gap that others were waiting behind.
        while let Some(next) = self.next_attached(received.grown.iter().map(|(log, head)| (log, head.0)))? {
            gaps.remove(&(next.log, next.first_seq));
            received.absorb(self.receive_once(&next.pack, Some(&next), &mut gaps)?);
        }
        received.waiting += gaps.values().sum::<u64>();
        received.tried_again(self.try_some_again()?);
        Ok(received)
    }

    fn receive_once(
        &self,
        pack: &Pack,
        attached: Option<&Attached>,
        gaps: &mut Gaps,
    ) -> Result<Received, LedgerError> {
        let mut received = Received::default();
        let mut documents = self.try_documents(pack)?;
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(attached) = attached {
            attached.forget(&transaction)?;
        }
        let mut rosters = Rosters::new();
        let mut runs = Vec::new();
        let mut ends: BTreeMap<LogId, LogHead> = BTreeMap::new();
        let mut claims = Claims::new();
        let mut aside = Aside {
            received: &mut received,
            gaps,
            filled: Vec::new(),
        };
        for run in in_order(pack, self) {
            let end = ends.get(&run.log).copied();
            let read = self.read_run(&transaction, pack, run, end, &mut documents, &mut aside)?;
            let Some(mut incoming) = read else { continue };
            let province = incoming.log.scope.province;
            if let std::collections::btree_map::Entry::Vacant(vacant) = rosters.entry(province) {
                let Some(roster) = self.roster(province) else {
                    continue;
                };
                vacant.insert((roster, false));
            }
            let frozen = forked(&transaction, incoming.head.row, incoming.head.seq + 1)?;
            if let Some((roster, changed)) = rosters.get_mut(&province) {
                for item in &mut incoming.items {
                    if frozen {
                        item.refuse(Refusal::Fork);
                    } else {
                        decide(&transaction, roster, changed, item, &mut claims)?;
                    }
                }
            }
            ends.insert(incoming.log, incoming.end());
            runs.push(incoming);
        }
        let filled = aside.filled;
        decide_again(&mut runs, &rosters, &claims);
        let whole = documents.whole;
        let documents = self.try_changes(&transaction, &mut runs, whole, (pack, &rosters, &claims))?;
        self.store(&transaction, runs, documents, &rosters, &mut received)?;
        self.fill(&transaction, &rosters, filled, &mut received)?;
        received.roster_changed = rosters.values().any(|(_, changed)| *changed);
        if received.roster_changed {
            self.begin_second_tries(&transaction)?;
        }
        transaction.commit()?;
        // Before the writer is given back: the next one starts from the rosters as they are now.
        self.replace_rosters(
            rosters
                .into_values()
                .filter(|(_, changed)| *changed)
                .map(|(roster, _)| roster)
                .collect(),
        );
        drop(writer);
        Ok(received)
    }

    /// Tries every document of the pack before anything is locked.
    fn try_documents(&self, pack: &Pack) -> Result<Documents, LedgerError> {
        let with_document = pack.records.iter().enumerate().filter_map(|(index, record)| {
            let input = JobInput::Document(record.document.clone()?);
            Some((
                index,
                Job {
                    kind: record.kind,
                    held: None,
                    input,
                },
            ))
        });
        let (indexes, jobs): (Vec<usize>, Vec<Job>) = with_document.unzip();
        let results = self.gauntlet().run(&jobs)?;
        let mut documents = Documents::default();
        for ((index, job), result) in indexes.into_iter().zip(jobs).zip(results) {
            match result {
                Ok(examined) => drop(documents.whole.insert(index, CameWhole::new(job.kind, examined))),
                Err(NotExamined::Interrupted) => drop(documents.unchecked.insert(index)),
                Err(NotExamined::Refused(_)) => {}
            }
        }
        Ok(documents)
    }

    pub(crate) fn gauntlet(&self) -> std::sync::MutexGuard<'_, crate::gauntlet::Gauntlet> {
        self.gauntlet
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Chain and signature of one run. `end` is where an earlier run of this pack leaves the log. Absent
    /// when nothing of it is new or it was not taken.
    fn read_run(
        &self,
        transaction: &Transaction<'_>,
        pack: &Pack,
        run: &Run,
        end: Option<LogHead>,
        documents: &mut Documents,
        aside: &mut Aside<'_>,
    ) -> Result<Option<IncomingRun>, LedgerError> {
        let received = &mut *aside.received;
        if self.roster(run.log.scope.province).is_none() {
            received.problems.push((run.log, RunProblem::ForeignProvince));
            return Ok(None);
        }
        if needs_any(run, &documents.unchecked) {
            received.unchecked = true;
            return Ok(None);
        }
        let Some(mut items) = hash_items(pack, run, &mut documents.whole) else {
            received.problems.push((run.log, RunProblem::Document));
            return Ok(None);
        };
        let last = items.last().map_or(run.prev, |item| item.hash);
        if !verify_log_head(&run.log.device, &last, &run.signature) {
            received.problems.push((run.log, RunProblem::Signature));
            return Ok(None);
        }
        let head = match end {
            Some(end) => Some(end),
            None => log_head(transaction, &run.log)?,
        };
        let (held_seq, held_hash) = head.map_or((0, Hash32::ZERO), |head| (head.seq, head.hash));
        // What overlaps a run of this very pack is compared with it once that one is stored.
        let overlaps = end.is_some() && run.first_seq <= held_seq;
        if run.first_seq > held_seq + 1 || overlaps {
            store_detached(transaction, pack, run, &items)?;
            aside.gaps.insert((run.log, run.first_seq), items.len() as u64);
            return Ok(None);
        }
        let known = usize::try_from(held_seq + 1 - run.first_seq).unwrap_or(usize::MAX);
        if let Some((seq, held, other)) = fork_at(transaction, run, &items, head.as_ref(), known)? {
            store_fork(transaction, head.as_ref(), (seq, held, other), pack, run, &items)?;
            received.problems.push((run.log, RunProblem::Fork));
            return Ok(None);
        }
        let new = items.split_off(known.min(items.len()));
        if let Some(head) = head.filter(|_| !items.is_empty()) {
            let places = withheld_places(transaction, head.row, run.first_seq, items.len())?;
            for item in items {
                let Some(entry) = item.entry else { continue };
                received.vouched.insert(item.hash);
                if places.contains(&entry.seq) {
                    aside.filled.push((head.row, entry));
                }
            }
        }
        if new.is_empty() {
            received.repeated.insert(run.log, (held_seq, held_hash));
            return Ok(None);
        }
        let head = match end {
            Some(end) => end,
            None => log_head_or_new(transaction, &run.log)?,
        };
        Ok(Some(IncomingRun {
            log: run.log,
            head,
            items: new,
            signature: run.signature,
        }))
    }
}

/// Payloads of the run are in one of these documents.
fn needs_any(run: &Run, documents: &BTreeSet<usize>) -> bool {
    !documents.is_empty()
        && run.items.iter().any(|item| match item {
            Item::Entry {
                record,
                payload: Payload::InDocument,
                ..
            } => documents.contains(record),
            _ => false,
        })
}

impl Received {
    /// Adds what another pack said.
    pub fn absorb(&mut self, more: Self) {
        self.new_entries += more.new_entries;
        self.records.extend(more.records);
        self.refused.extend(more.refused);
        self.grown.extend(more.grown);
        self.repeated.extend(more.repeated);
        self.vouched.extend(more.vouched);
        self.waiting += more.waiting;
        self.problems.extend(more.problems);
        self.roster_changed |= more.roster_changed;
        self.unchecked |= more.unchecked;
    }

    /// What was tried again beside this pack is no longer refused.
    pub fn tried_again(&mut self, tried: TriedAgain) {
        self.records.extend(tried.records);
        self.refused
            .retain(|(entry, _)| !tried.let_through.contains(entry));
    }
}
