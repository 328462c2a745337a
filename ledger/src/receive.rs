//! Foreign entries: from a pack to the journal, through every check, in one transaction.
//!
//! Order of the checks: layout and caps (when the pack was read), chain, signature, access for the
//! author, shape and trial in the checking process. Only then is anything stored. A pack is applied
//! whole; what a check refuses inside it is stored set aside with its reason, so the log's chain goes on.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Pack, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, Scope, verify_log_head};
use cotmoc_core::record::{Examined, Job, JobInput, Outcome, RecordKind, begins_record};
use rusqlite::{Transaction, TransactionBehavior};

use crate::detached::{Attached, fork_at, store_detached, store_fork};
use crate::error::LedgerError;
use crate::incoming::{CameWhole, Incoming, IncomingRun, hash_items, in_order};
use crate::index::RecordChange;
use crate::journal::Ledger;
use crate::rows::{
    APPLIED, Arrival, LogHead, NOBODY, NewRow, WAITING, claim_record, count_entries, log_head,
    log_head_or_new, new_record_row, record_row, store_document, store_head,
};
use crate::stored::{settle_stored, waiting_changes};
use crate::trial::{Trial, run_trials};
use crate::verdict::{Claims, Rosters, decide, decide_again, forked, verdict};

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

/// What became of a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Entries that were not held before.
    pub new_entries: u64,
    /// Records that changed.
    pub records: BTreeSet<RecordId>,
    /// Entries set aside, with the reason.
    pub refused: Vec<(Hash32, Refusal)>,
    /// Logs that grew, with the new head.
    pub grown: BTreeMap<LogId, (u64, Hash32)>,
    /// Logs named by the pack whose entries were all held before.
    pub repeated: BTreeMap<LogId, (u64, Hash32)>,
    /// Entries that wait: for a dependency, or behind a gap of their log.
    pub waiting: u64,
    /// Runs that were not taken.
    pub problems: Vec<(LogId, RunProblem)>,
    /// A roster changed.
    pub roster_changed: bool,
}

/// Entries put aside until the gap in front of them is filled, by log and first sequence.
type Gaps = BTreeMap<(LogId, u64), u64>;

impl Ledger {
    /// Takes a pack in. Nothing of it is stored when this fails; what was held before is recognised.
    ///
    /// # Errors
    /// When the database or the checking process fails; never because of what the pack contains.
    pub fn receive(&self, pack: &Pack) -> Result<Received, LedgerError> {
        let mut gaps = Gaps::new();
        let mut received = self.receive_once(pack, None, &mut gaps)?;
        // A run may have filled the gap that others were waiting behind.
        while let Some(next) = self.next_attached(received.grown.iter().map(|(log, head)| (log, head.0)))? {
            gaps.remove(&(next.log, next.first_seq));
            received.absorb(self.receive_once(&next.pack, Some(&next), &mut gaps)?);
        }
        received.waiting += gaps.values().sum::<u64>();
        Ok(received)
    }

    fn receive_once(
        &self,
        pack: &Pack,
        attached: Option<&Attached>,
        gaps: &mut Gaps,
    ) -> Result<Received, LedgerError> {
        let mut received = Received::default();
        let mut whole = self.try_documents(pack)?;
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(attached) = attached {
            attached.forget(&transaction)?;
        }
        let mut rosters = Rosters::new();
        let mut runs = Vec::new();
        let mut ends: BTreeMap<LogId, LogHead> = BTreeMap::new();
        let mut claims = Claims::new();
        for run in in_order(pack, self) {
            let end = ends.get(&run.log).copied();
            let read = self.read_run(&transaction, pack, run, end, &mut whole, (&mut received, gaps))?;
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
        decide_again(&mut runs, &rosters, &claims);
        let documents = self.try_changes(&transaction, &mut runs, &whole, (pack, &rosters, &claims))?;
        self.store(&transaction, runs, documents, &mut received)?;
        transaction.commit()?;
        received.roster_changed = rosters.values().any(|(_, changed)| *changed);
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
    fn try_documents(&self, pack: &Pack) -> Result<BTreeMap<usize, CameWhole>, LedgerError> {
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
        let mut whole = BTreeMap::new();
        for ((index, job), result) in indexes.into_iter().zip(jobs).zip(results) {
            let Ok(examined) = result else { continue };
            whole.insert(index, CameWhole::new(job.kind, examined));
        }
        Ok(whole)
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
        whole: &mut BTreeMap<usize, CameWhole>,
        (received, gaps): (&mut Received, &mut Gaps),
    ) -> Result<Option<IncomingRun>, LedgerError> {
        if self.roster(run.log.scope.province).is_none() {
            received.problems.push((run.log, RunProblem::ForeignProvince));
            return Ok(None);
        }
        let Some(items) = hash_items(pack, run, whole) else {
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
            gaps.insert((run.log, run.first_seq), items.len() as u64);
            return Ok(None);
        }
        let known = usize::try_from(held_seq + 1 - run.first_seq).unwrap_or(usize::MAX);
        if let Some((seq, held, other)) = fork_at(transaction, run, &items, head.as_ref(), known)? {
            store_fork(transaction, head.as_ref(), (seq, held, other), pack, run, &items)?;
            received.problems.push((run.log, RunProblem::Fork));
            return Ok(None);
        }
        if known >= items.len() {
            received.repeated.insert(run.log, (held_seq, held_hash));
            return Ok(None);
        }
        let items = items.into_iter().skip(known).collect();
        let head = match end {
            Some(end) => end,
            None => log_head_or_new(transaction, &run.log)?,
        };
        Ok(Some(IncomingRun {
            log: run.log,
            head,
            items,
            signature: run.signature,
        }))
    }

    /// Tries the changes of every record that was let through, and says what its document becomes.
    fn try_changes(
        &self,
        transaction: &Transaction<'_>,
        runs: &mut [IncomingRun],
        whole: &BTreeMap<usize, CameWhole>,
        (pack, rosters, claims): (&Pack, &Rosters, &Claims),
    ) -> Result<BTreeMap<RecordId, Document>, LedgerError> {
        let mut accepted: BTreeMap<RecordId, Vec<(usize, usize)>> = BTreeMap::new();
        for (run_at, run) in runs.iter().enumerate() {
            for (item_at, item) in run.items.iter().enumerate() {
                let Some(entry) = &item.entry else { continue };
                if item.standing == APPLIED && entry.content.kind == EntryKind::Change {
                    accepted
                        .entry(entry.content.record)
                        .or_default()
                        .push((run_at, item_at));
                }
            }
        }
        let by_id: BTreeMap<RecordId, &CameWhole> = whole
            .iter()
            .filter_map(|(index, came)| Some((pack.records.get(*index)?.id, came)))
            .collect();
        let mut documents = BTreeMap::new();
        let mut trials = Vec::new();
        let mut of_trial = Vec::new();
        for (record, places) in accepted {
            // Whose record it is says the change that begins it; without that one none can be applied.
            let Some(claim) = claims.get(&record).copied().flatten() else {
                for (run, item) in places {
                    runs[run].items[item].settle(Outcome::Waiting);
                }
                continue;
            };
            let held = record_row(transaction, record)?;
            let held = match held {
                Some(row) if !row.intact => Some(self.mend(transaction, record, row)?),
                held => held,
            };
            let entries = places
                .iter()
                .filter_map(|(run, item)| runs[*run].items[*item].entry.as_ref());
            let kind = claim.kind;
            if let (None, Some(came)) = (&held, by_id.get(&record))
                && came.kind == kind
                && came.holds_exactly(entries.clone().map(|entry| entry.content.payload.as_slice()))
            {
                documents.insert(
                    record,
                    Document {
                        examined: Some(came.examined.clone()),
                        settled: Vec::new(),
                    },
                );
                continue;
            }
            let mut waiting = Vec::new();
            let mut settled = Vec::new();
            for other in held
                .as_ref()
                .map_or(Ok(Vec::new()), |row| waiting_changes(transaction, row.row))?
            {
                // Whose record it is was not known when it came.
                let Some((roster, _)) = rosters.get(&other.entry.log.scope.province) else {
                    continue;
                };
                match verdict(roster, &other.entry, Some(claim), None) {
                    Ok(()) => waiting.push(other),
                    Err(refusal) => settled.push((other.position, Outcome::Refused(refusal))),
                }
            }
            let mut changes: Vec<Vec<u8>> = waiting
                .iter()
                .map(|other| other.entry.content.payload.clone())
                .collect();
            changes.extend(entries.map(|entry| entry.content.payload.clone()));
            trials.push(Trial {
                kind,
                held: held.and_then(|row| row.saved),
                changes,
            });
            of_trial.push((record, places, waiting, settled));
        }
        let tried = run_trials(&mut self.gauntlet(), trials)?;
        for ((record, places, waiting, mut settled), tried) in of_trial.into_iter().zip(tried) {
            let (was_waiting, new) = tried.outcomes.split_at(waiting.len());
            for ((run, item), outcome) in places.iter().zip(new) {
                runs[*run].items[*item].settle(*outcome);
            }
            settled.extend(
                waiting
                    .iter()
                    .zip(was_waiting)
                    .map(|(other, outcome)| (other.position, *outcome)),
            );
            documents.insert(
                record,
                Document {
                    examined: tried.examined,
                    settled,
                },
            );
        }
        Ok(documents)
    }

    fn store(
        &self,
        transaction: &Transaction<'_>,
        runs: Vec<IncomingRun>,
        documents: BTreeMap<RecordId, Document>,
        received: &mut Received,
    ) -> Result<(), LedgerError> {
        let mut arrival = Arrival::begin(transaction)?;
        let mut touched: BTreeMap<RecordId, Touched> = BTreeMap::new();
        for mut run in runs {
            let last = run.items.len().saturating_sub(1);
            for (at, item) in run.items.iter().enumerate() {
                let record = match &item.entry {
                    Some(entry) if entry.content.kind == EntryKind::Change => {
                        Some(touch(transaction, &mut touched, &run, item, entry)?)
                    }
                    _ => None,
                };
                let new = NewRow {
                    hash: item.hash,
                    record,
                    kind: item.entry.as_ref().map_or(0, |entry| entry.content.kind as u8),
                    claimed_at: item.entry.as_ref().map_or(0, |entry| entry.content.claimed_at),
                    payload: item.entry.as_ref().map(|entry| entry.content.payload.as_slice()),
                    signature: (at == last).then_some(&run.signature),
                    standing: item.standing,
                    reason: item.reason.map(Refusal::code),
                };
                arrival.append(transaction, &mut run.head, &new)?;
                received.new_entries += 1;
                received.waiting += u64::from(item.standing == WAITING);
                received
                    .refused
                    .extend(item.reason.map(|reason| (item.hash, reason)));
            }
            store_head(transaction, &run.head)?;
            received.grown.insert(run.log, (run.head.seq, run.head.hash));
        }
        for (record, touched) in touched {
            count_entries(transaction, touched.row, touched.entries)?;
            let Some(document) = documents.get(&record) else {
                continue;
            };
            for (position, outcome) in &document.settled {
                settle_stored(transaction, *position, *outcome)?;
            }
            let Some(examined) = &document.examined else {
                continue;
            };
            self.store_examined(transaction, record, &touched, examined)?;
            received.records.insert(record);
        }
        Ok(arrival.finish(transaction)?)
    }

    /// Stores a record's new document and brings the index in step.
    pub(crate) fn store_examined(
        &self,
        transaction: &Transaction<'_>,
        record: RecordId,
        touched: &Touched,
        examined: &Examined,
    ) -> Result<(), LedgerError> {
        let (state, differing) = (examined.state.as_str(), examined.differing.as_slice());
        store_document(
            transaction,
            touched.row,
            record,
            (&examined.saved, state, differing),
        )?;
        let change = RecordChange {
            record,
            row: touched.row,
            kind: touched.kind,
            scope: touched.scope,
            state,
            differing,
            claimed_at: touched.claimed_at,
        };
        Ok(self.index.record_changed(transaction, &change)?)
    }
}

impl Received {
    fn absorb(&mut self, more: Self) {
        self.new_entries += more.new_entries;
        self.records.extend(more.records);
        self.refused.extend(more.refused);
        self.grown.extend(more.grown);
        self.repeated.extend(more.repeated);
        self.waiting += more.waiting;
        self.problems.extend(more.problems);
        self.roster_changed |= more.roster_changed;
    }
}

/// What a record's document becomes.
struct Document {
    /// Absent when no change was applied.
    examined: Option<Examined>,
    /// Entries that were waiting, by position.
    settled: Vec<(i64, Outcome)>,
}

/// A record that entries on their way in belong to.
pub(crate) struct Touched {
    pub row: i64,
    pub kind: RecordKind,
    pub scope: Scope,
    pub claimed: bool,
    pub claimed_at: i64,
    pub entries: u64,
}

/// Row of the entry's record. An entry that is set aside has a row too, so that it can be tried again,
/// but it settles nothing about the record: else whoever may not write it could take its place.
fn touch(
    transaction: &Transaction<'_>,
    touched: &mut BTreeMap<RecordId, Touched>,
    run: &IncomingRun,
    item: &Incoming,
    entry: &Entry,
) -> Result<i64, LedgerError> {
    let content = &entry.content;
    let known = match touched.entry(content.record) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(vacant) => {
            let (kind, scope) = (content.record_kind, run.log.scope);
            let known = match record_row(transaction, content.record)? {
                Some(row) => {
                    let claimed = row.claim().is_some();
                    Touched {
                        row: row.row,
                        kind: row.kind,
                        scope: row.scope,
                        claimed,
                        claimed_at: i64::MIN,
                        entries: 0,
                    }
                }
                None => {
                    let row = new_record_row(transaction, content.record, kind, run.head.scope_row, &NOBODY)?;
                    Touched {
                        row,
                        kind,
                        scope,
                        claimed: false,
                        claimed_at: i64::MIN,
                        entries: 0,
                    }
                }
            };
            vacant.insert(known)
        }
    };
    let applied = item.standing == APPLIED;
    if applied && !known.claimed && begins_record(content.record_kind, &content.payload) {
        claim_record(
            transaction,
            known.row,
            content.record_kind,
            run.head.scope_row,
            &run.log.device,
        )?;
        (known.kind, known.scope, known.claimed) = (content.record_kind, run.log.scope, true);
    }
    if applied {
        known.claimed_at = known.claimed_at.max(content.claimed_at);
    }
    known.entries += 1;
    Ok(known.row)
}
