//! Entries on their way in: a run with its hashes, and the documents that came with it.

use std::collections::{BTreeMap, VecDeque};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Item, Pack, Payload, Run};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Entry, LogId, NewEntry, Place, Signature, actor_of};
use cotmoc_core::record::{Examined, Outcome, RecordKind};

use crate::journal::Ledger;
use crate::rows::{APPLIED, LogHead, SET_ASIDE, WAITING, WITHHELD};

/// An entry on its way in.
pub(crate) struct Incoming {
    pub hash: Hash32,
    /// Absent for a withheld entry.
    pub entry: Option<Entry>,
    pub standing: i64,
    pub reason: Option<Refusal>,
}

/// Consecutive entries of one log that are new here.
pub(crate) struct IncomingRun {
    pub log: LogId,
    pub head: LogHead,
    pub items: Vec<Incoming>,
    /// Absent when the log is frozen before the end of the run.
    pub signature: Option<Signature>,
}

/// A document that came with the pack, after its trial.
pub(crate) struct CameWhole {
    pub kind: RecordKind,
    pub examined: Examined,
    /// Indexes into its changes by actor, next first.
    by_actor: BTreeMap<[u8; 16], VecDeque<usize>>,
}

impl Incoming {
    pub fn settle(&mut self, outcome: Outcome) {
        (self.standing, self.reason) = match outcome {
            Outcome::Applied => (APPLIED, None),
            Outcome::Waiting => (WAITING, None),
            Outcome::Refused(reason) => (SET_ASIDE, Some(reason)),
        };
    }

    /// Sets an entry aside; one that the sender withheld stays so.
    pub fn refuse(&mut self, reason: Refusal) {
        if self.entry.is_some() {
            self.settle(Outcome::Refused(reason));
        }
    }
}

impl IncomingRun {
    /// Head of the log after this run.
    pub fn end(&self) -> LogHead {
        let hash = self.items.last().map_or(self.head.hash, |item| item.hash);
        LogHead {
            seq: self.head.seq + self.items.len() as u64,
            hash,
            ..self.head
        }
    }
}

impl CameWhole {
    pub fn new(kind: RecordKind, examined: Examined) -> Self {
        let mut by_actor: BTreeMap<[u8; 16], VecDeque<usize>> = BTreeMap::new();
        for (at, (actor, _)) in examined.changes.iter().enumerate() {
            by_actor.entry(*actor).or_default().push_back(at);
        }
        Self {
            kind,
            examined,
            by_actor,
        }
    }

    /// Every change of the document is the payload of one of these entries and the other way round: then
    /// its trial was the record's trial. A change more would be one that nobody signed.
    pub fn holds_exactly<'a>(&self, payloads: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut payloads: Vec<&[u8]> = payloads.collect();
        let mut changes: Vec<&[u8]> = self
            .examined
            .changes
            .iter()
            .map(|(_, change)| change.as_slice())
            .collect();
        payloads.sort_unstable();
        changes.sort_unstable();
        payloads == changes
    }
}

/// The authority's roster log first, so that grants that travel with the entries they allow are known.
pub(crate) fn in_order<'a>(pack: &'a Pack, ledger: &Ledger) -> Vec<&'a Run> {
    let authority = |province: ProvinceId| ledger.roster(province).map(|roster| roster.authority);
    let mut runs: Vec<&Run> = pack.runs.iter().collect();
    runs.sort_by_key(|run| {
        let is_roster = run.log.scope.place == Place::Roster;
        let is_authority = is_roster && authority(run.log.scope.province) == Some(run.log.device);
        (!is_authority, !is_roster, run.log, run.first_seq)
    });
    runs
}

/// Entries of a run with their hashes. Absent when a payload is not in the document that should hold it.
pub(crate) fn hash_items(
    pack: &Pack,
    run: &Run,
    whole: &mut BTreeMap<usize, CameWhole>,
) -> Option<Vec<Incoming>> {
    let actor = actor_of(&run.log.device, run.log.incarnation);
    let mut prev = run.prev;
    let mut items = Vec::with_capacity(run.items.len());
    for (offset, item) in run.items.iter().enumerate() {
        let incoming = match item {
            Item::Withheld(hash) => Incoming {
                hash: *hash,
                entry: None,
                standing: WITHHELD,
                reason: None,
            },
            Item::Entry {
                record,
                kind,
                claimed_at,
                payload,
            } => {
                let packed = pack.records.get(*record)?;
                let payload = match payload {
                    Payload::Inline(bytes) => bytes.clone(),
                    Payload::InDocument => {
                        let came = whole.get_mut(record)?;
                        let at = came.by_actor.get_mut(&actor)?.pop_front()?;
                        came.examined.changes[at].1.clone()
                    }
                };
                let content = NewEntry {
                    record: packed.id,
                    record_kind: packed.kind,
                    kind: *kind,
                    payload,
                    claimed_at: *claimed_at,
                };
                let entry = Entry {
                    log: run.log,
                    seq: run.first_seq + offset as u64,
                    prev,
                    content,
                };
                Incoming {
                    hash: entry.hash(),
                    entry: Some(entry),
                    standing: APPLIED,
                    reason: None,
                }
            }
        };
        prev = incoming.hash;
        items.push(incoming);
    }
    Some(items)
}
