//! Foreign entries: from a pack to the journal, through every check, in one transaction.
//!
//! Order of the checks: layout and caps (when the pack was read), chain, signature, access for the
//! author, shape and trial in the checking process. Only then is anything stored. A pack is applied
//! whole; what a check refuses inside it is stored set aside with its reason, so the log's chain goes on.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Item, LeftOut, Pack, Payload, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Entry, LogId, verify_log_head};
use rusqlite::{Transaction, TransactionBehavior};

use crate::branches::{
    Meeting, follows_a_branch, frozen_from, is_settled, keep_beside, meeting, note_fork, settled_places,
};
use crate::detached::{Attached, store_detached};
use crate::documents::Documents;
use crate::error::LedgerError;
use crate::incoming::{Incoming, IncomingRun, hash_items, in_order};
use crate::journal::Ledger;
use crate::late::withheld_places;
use crate::retry::TriedAgain;
use crate::rosters;
use crate::rows::{LogHead, log_head, log_head_or_new};
use crate::verdict::{Claims, Rosters, decide, decide_again};

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
    /// Logs of which entries were taken back, because a fork was proven or settled for another branch.
    pub taken_back: BTreeSet<LogId>,
    /// A document could not be checked because the checking process was stopped by something else than it.
    /// Entries that it should hold were not taken, without anybody's fault: they are to be asked for again.
    pub unchecked: bool,
}

/// Entries put aside until the gap in front of them is filled, by log and first sequence.
type Gaps = BTreeMap<(LogId, u64), u64>;

/// What the runs of a pack say beside the entries that are new.
struct Aside<'a> {
    received: &'a mut Received,
    gaps: &'a mut Gaps,
    /// Entries of which only the hash was held, with the row of their log.
    filled: Vec<(i64, Entry)>,
    /// Logs that turned out to be forked: nothing from this place on counts.
    forked: BTreeMap<LogId, u64>,
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
            self.attach(&mut received, &mut gaps)?;
        }
        if self.settle_forks(&mut received)? {
            self.attach(&mut received, &mut gaps)?;
        }
        received.waiting += gaps.values().sum::<u64>();
        received.tried_again(self.try_some_again()?);
        Ok(received)
    }

    /// Logs of a device of which a run of the pack names another entry than is held where both have one. Nothing is
    /// stored: an honest device that was restored learns of it first and writes its edits anew, and its log does
    /// not stop for everybody.
    ///
    /// # Errors
    /// When the database or the checking process fails.
    pub fn other_branches(&self, pack: &Pack, device: &DeviceKey) -> Result<BTreeSet<LogId>, LedgerError> {
        let mut other = BTreeSet::new();
        let mut overlap = false;
        for run in pack.runs.iter().filter(|run| run.log.device == *device) {
            let head = self.head(&run.log)?.map_or(0, |head| head.seq);
            overlap |= run.first_seq <= head;
            let follows = run.first_seq == 1 || self.hash_at(&run.log, run.first_seq - 1)? == Some(run.prev);
            if run.first_seq <= head + 1 && !follows {
                other.insert(run.log);
            }
        }
        if !overlap {
            return Ok(other);
        }
        let mut whole = self.try_documents(pack)?.whole;
        for run in in_order(pack, self) {
            // All of them: a document gives its changes out one after the other.
            let Some(items) = hash_items(pack, run, &mut whole).filter(|_| run.log.device == *device) else {
                continue;
            };
            let head = self.head(&run.log)?.map_or(0, |head| head.seq);
            let last = (run.first_seq..=head).zip(&items).last();
            if let Some((seq, item)) = last
                && self.hash_at(&run.log, seq)? != Some(item.hash)
            {
                other.insert(run.log);
            }
        }
        Ok(other)
    }

    /// Brings settled forks to their end outside of an exchange.
    pub(crate) fn settle_now(&self) -> Result<(), LedgerError> {
        let mut received = Received::default();
        if self.settle_forks(&mut received)? {
            self.attach(&mut received, &mut Gaps::new())?;
        }
        Ok(())
    }

    /// A run may have filled the gap that others were waiting behind.
    fn attach(&self, received: &mut Received, gaps: &mut Gaps) -> Result<(), LedgerError> {
        let mut stuck = BTreeSet::new();
        loop {
            let grown = received.grown.iter().filter(|(log, _)| !stuck.contains(*log));
            let grown = grown.map(|(log, head)| (*log, head.0)).collect();
            let Some(next) = self.next_attached(&grown)? else {
                return Ok(());
            };
            gaps.remove(&(next.log, next.first_seq));
            let more = self.receive_once(&next.pack, Some(&next), gaps)?;
            if !more.grown.contains_key(&next.log) && next.was_beside() {
                // It stands beside its log again: whatever keeps it there, the same try would end alike.
                stuck.insert(next.log);
            }
            received.absorb(more);
        }
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
            forked: BTreeMap::new(),
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
            if let Some((roster, changed)) = rosters.get_mut(&province) {
                for item in &mut incoming.items {
                    decide(&transaction, roster, changed, item, &mut claims)?;
                }
            }
            ends.insert(incoming.log, incoming.end());
            runs.push(incoming);
        }
        let (filled, forked) = (aside.filled, aside.forked);
        decide_again(&mut runs, &rosters, &claims);
        let whole = documents.whole;
        let documents = self.try_changes(&transaction, &mut runs, whole, (pack, &rosters, &claims))?;
        self.store(&transaction, runs, documents, &rosters, &mut received)?;
        self.fill(&transaction, &rosters, filled, &mut received)?;
        let mut own_life = self.part(&transaction, forked, &mut received)?;
        for (roster, _) in rosters.values_mut().filter(|(_, changed)| *changed) {
            // Acts of an earlier life of the authority's server may have come after those of a later one.
            *roster = rosters::load(&transaction, roster.province, roster.authority)?;
        }
        received.roster_changed = rosters.values().any(|(_, changed)| *changed);
        let mut has_cut = false;
        if received.roster_changed {
            self.begin_second_tries(&transaction)?;
            has_cut = self.cut_off(&transaction, &rosters, &mut received)?;
        }
        if own_life.is_none() && (has_cut || !received.taken_back.is_empty()) {
            own_life = self.life_after_waiting(&transaction)?;
        }
        transaction.commit()?;
        if let (Some(incarnation), Some(own)) = (own_life, self.known_own()) {
            own.begin(incarnation);
        }
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
        let settled = self.with_roster(run.log.scope.province, |roster| {
            roster.map(|roster| roster.settled_forks.get(&run.log).cloned().unwrap_or_default())
        });
        let Some(mut settled) = settled else {
            received.problems.push((run.log, RunProblem::ForeignProvince));
            return Ok(None);
        };
        if needs_any(run, &documents.unchecked) {
            received.unchecked = true;
            return Ok(None);
        }
        let Some(mut items) = hash_items(pack, run, &mut documents.whole) else {
            received.problems.push((run.log, RunProblem::Document));
            return Ok(None);
        };
        let last = items.last().map_or(run.prev, |item| item.hash);
        if names_again(run, &items) || !verify_log_head(&run.log.device, &last, &run.signature) {
            received.problems.push((run.log, RunProblem::Signature));
            return Ok(None);
        }
        let head = match end {
            Some(end) => Some(end),
            None => log_head(transaction, &run.log)?,
        };
        let (held_seq, held_hash) = head.map_or((0, Hash32::ZERO), |head| (head.seq, head.hash));
        let last_seq = run.first_seq + items.len() as u64 - 1;
        // What does not simply follow a run of this very pack is compared with it once that one is stored.
        let is_beside = run.first_seq <= held_seq || (run.first_seq == held_seq + 1 && run.prev != held_hash);
        if end.is_some() && is_beside {
            store_detached(transaction, pack, run, &items)?;
            aside.gaps.insert((run.log, run.first_seq), items.len() as u64);
            return Ok(None);
        }
        let mut frozen = None;
        if let Some(head) = &head {
            frozen = frozen_from(transaction, head.row)?;
            settled.extend(settled_places(transaction, head.row)?);
        }
        match (meeting(transaction, run, &items, head.as_ref())?, head) {
            (Meeting::Unproven, _) => {
                received.problems.push((run.log, RunProblem::Signature));
                return Ok(None);
            }
            (Meeting::Differs(seq), Some(head)) => {
                let is_chosen = is_settled(transaction, head.row, seq)?
                    || (seq < run.first_seq && follows_a_branch(transaction, head.row, run)?);
                let is_first = !is_chosen && frozen.is_none_or(|from| seq < from);
                let is_news = keep_beside(transaction, head.row, (pack, run, &items), is_first, 0)?;
                if is_first {
                    note_fork(transaction, head.row, seq)?;
                    aside.forked.insert(run.log, seq);
                }
                if is_news && !is_chosen {
                    received.problems.push((run.log, RunProblem::Fork));
                }
                return Ok(None);
            }
            (Meeting::Differs(_) | Meeting::Fits, _) => {}
        }
        let mut signature = Some(run.signature);
        if let (Some(from), Some(head)) = (frozen, &head)
            && last_seq >= from
            && last_seq > held_seq
        {
            // Up to the fork the run is like any other; what is beyond waits beside the log.
            if keep_beside(transaction, head.row, (pack, run, &items), false, 0)? {
                received.problems.push((run.log, RunProblem::Fork));
            }
            if run.first_seq > held_seq + 1 || from <= held_seq + 1 {
                return Ok(None);
            }
            items.truncate(usize::try_from(from - run.first_seq).unwrap_or(usize::MAX));
            signature = None;
        }
        if run.first_seq > held_seq + 1 {
            store_detached(transaction, pack, run, &items)?;
            aside.gaps.insert((run.log, run.first_seq), items.len() as u64);
            return Ok(None);
        }
        let is_of_another = |(seq, keep): (&u64, &Hash32)| {
            let at = seq
                .checked_sub(run.first_seq)
                .and_then(|at| usize::try_from(at).ok());
            let item = at.and_then(|at| items.get(at));
            *seq > held_seq && item.is_some_and(|item| item.hash != *keep)
        };
        if settled.iter().any(is_of_another) {
            let head = match head {
                Some(head) => head,
                None => log_head_or_new(transaction, &run.log)?,
            };
            keep_beside(transaction, head.row, (pack, run, &items), false, 0)?;
            return Ok(None);
        }
        let known = usize::try_from(held_seq + 1 - run.first_seq).unwrap_or(usize::MAX);
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
            signature,
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
    /// What this brought after something had come before.
    #[must_use]
    pub fn after(self, mut before: Self) -> Self {
        before.absorb(self);
        before
    }

    /// Adds what another pack said.
    pub fn absorb(&mut self, more: Self) {
        // What was said of such a log before is not true any more.
        self.grown.retain(|log, _| !more.taken_back.contains(log));
        self.repeated.retain(|log, _| !more.taken_back.contains(log));
        self.new_entries += more.new_entries;
        self.records.extend(more.records);
        self.refused.extend(more.refused);
        self.grown.extend(more.grown);
        self.repeated.extend(more.repeated);
        self.vouched.extend(more.vouched);
        self.waiting += more.waiting;
        self.problems.extend(more.problems);
        self.roster_changed |= more.roster_changed;
        self.taken_back.extend(more.taken_back);
        self.unchecked |= more.unchecked;
    }

    /// What was tried again beside this pack is no longer refused.
    pub fn tried_again(&mut self, tried: TriedAgain) {
        self.records.extend(tried.records);
        self.refused
            .retain(|(entry, _)| !tried.let_through.contains(entry));
    }
}

/// A hash stands at two places of the run, or again at the one before it: no two entries have the same. Of entries that
/// came whole the chain says so.
fn names_again(run: &Run, items: &[Incoming]) -> bool {
    if items.iter().all(|item| item.entry.is_some()) {
        return false;
    }
    let mut named = BTreeSet::from([run.prev]);
    items.iter().any(|item| !named.insert(item.hash))
}
