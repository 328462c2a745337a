//! Proven forks, to be shown and handed on.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::access::{FoundBranch, LogName, RosterAct};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::{Hash32, ProvinceId, RecordId};
use cotmoc_core::journal::LogId;
use rusqlite::{Connection, params};

use crate::branches::{branches_of, vouched_places};
use crate::error::LedgerError;
use crate::incoming::{Incoming, hash_items};
use crate::journal::Ledger;
use crate::parting::runs_from;
use crate::rows::{log_by_row, log_head};
use crate::visible::Visible;

/// Most records of a branch that are named.
const MOST_RECORDS: usize = 200;
/// Entries before a fork that go along when what is held does not show that the branches part right there.
const BEFORE: u64 = 400;

/// Two or more different entries at one place of a log, each signed by its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkProof {
    /// The log.
    pub log: LogId,
    /// The first place at which different entries are known.
    pub seq: u64,
    /// The branches that begin there, by the hash of their first entry.
    pub branches: Vec<ForkBranch>,
    /// The entry that counts, once that is settled.
    pub settled: Option<Hash32>,
}

impl ForkProof {
    fn told(self) -> RosterAct {
        let branches = self.branches.into_iter().map(|branch| FoundBranch {
            hash: branch.hash,
            entries: branch.entries,
            claimed: branch.claimed,
        });
        RosterAct::ForkFound {
            log: LogName::of(&self.log),
            seq: self.seq,
            branches: branches.collect(),
        }
    }
}

/// One branch of a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkBranch {
    /// Hash of its entry at the fork.
    pub hash: Hash32,
    /// Entries known of it.
    pub entries: u64,
    /// Records that they change, the first 200 by id.
    pub records: Vec<RecordId>,
    /// Earliest and latest time that they claim, milliseconds; absent when no entry is held whole.
    pub claimed: Option<(i64, i64)>,
}

/// An entry of a branch.
struct Node {
    seq: u64,
    record: Option<RecordId>,
    claimed_at: Option<i64>,
    next: BTreeSet<Hash32>,
}

/// What is known of a log from some place on, of all branches.
#[derive(Default)]
struct Tree(BTreeMap<Hash32, Node>);

impl Tree {
    /// The log from the last signature before `first` on, and all that stands beside it.
    fn of(connection: &Connection, log_row: i64, first: u64) -> Result<Self, LedgerError> {
        let mut tree = Self::beside(connection, log_row)?;
        for pack in runs_from(connection, log_row, first, usize::MAX)? {
            tree.add_pack(&pack);
        }
        Ok(tree)
    }

    fn beside(connection: &Connection, log_row: i64) -> Result<Self, LedgerError> {
        let mut tree = Self::default();
        for branch in branches_of(connection, log_row)? {
            tree.add_pack(&branch.pack);
        }
        Ok(tree)
    }

    fn add_pack(&mut self, pack: &Pack) {
        for run in &pack.runs {
            let items = hash_items(pack, run, &mut BTreeMap::new()).unwrap_or_default();
            let vouched: BTreeMap<u64, Hash32> = vouched_places(run, &items).into_iter().collect();
            if run.first_seq > 1 && vouched.contains_key(&(run.first_seq - 1)) {
                self.add(run.first_seq - 1, run.prev, None);
            }
            let mut prev = run.prev;
            for (seq, item) in (run.first_seq..).zip(&items) {
                if vouched.contains_key(&seq) {
                    self.add(seq, item.hash, Some(item));
                    if item.entry.is_some()
                        && let Some(before) = self.0.get_mut(&prev)
                    {
                        before.next.insert(item.hash);
                    }
                }
                prev = item.hash;
            }
        }
    }

    fn add(&mut self, seq: u64, hash: Hash32, item: Option<&Incoming>) {
        let node = self.0.entry(hash).or_insert(Node {
            seq,
            record: None,
            claimed_at: None,
            next: BTreeSet::new(),
        });
        if let Some(entry) = item.and_then(|item| item.entry.as_ref()) {
            node.record = Some(entry.content.record);
            node.claimed_at = Some(entry.content.claimed_at);
        }
    }

    fn at(&self, seq: u64) -> Vec<Hash32> {
        let here = self.0.iter().filter(|(_, node)| node.seq == seq);
        here.map(|(hash, _)| *hash).collect()
    }

    fn branch(&self, hash: Hash32) -> ForkBranch {
        let mut branch = ForkBranch {
            hash,
            entries: 0,
            records: Vec::new(),
            claimed: None,
        };
        let mut records = BTreeSet::new();
        let mut next = vec![hash];
        while let Some(node) = next.pop().and_then(|hash| self.0.get(&hash)) {
            branch.entries += 1;
            records.extend(node.record);
            if let Some(at) = node.claimed_at {
                let (first, last) = branch.claimed.unwrap_or((at, at));
                branch.claimed = Some((first.min(at), last.max(at)));
            }
            next.extend(&node.next);
        }
        branch.records = records.into_iter().take(MOST_RECORDS).collect();
        branch
    }
}

/// Where the branch of an entry parts again, by what stands beside its log.
pub(crate) fn forks_again(
    connection: &Connection,
    log_row: i64,
    from: &Hash32,
) -> Result<Option<u64>, LedgerError> {
    let tree = Tree::beside(connection, log_row)?;
    let mut next = tree.0.get(from);
    while let Some(node) = next {
        if node.next.len() > 1 {
            return Ok(Some(node.seq + 1));
        }
        next = node.next.first().and_then(|hash| tree.0.get(hash));
    }
    Ok(None)
}

/// Forks as noted: log row, place, what counts.
fn noted(
    connection: &Connection,
    with_own_choices: bool,
) -> Result<Vec<(i64, u64, Option<Hash32>)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT log, seq, settled FROM fork WHERE is_own_choice = 0 OR ?1 ORDER BY log, seq",
    )?;
    let rows = statement.query_map([with_own_choices], |row| {
        let settled: Option<Vec<u8>> = row.get("settled")?;
        Ok((
            row.get("log")?,
            row.get::<_, i64>("seq")? as u64,
            settled.and_then(|bytes| Hash32::from_slice(&bytes)),
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Ledger {
    /// Every fork that is proven here and still is one: a place above another that is not settled tells nothing
    /// more. What this device chose among its own entries is among them. In the order in which the logs were first met.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn forks(&self) -> Result<Vec<ForkProof>, LedgerError> {
        self.proven(|_, _, _| true)
    }

    /// The proof at one place, when there is one. What is known of other logs costs nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn fork_at(&self, log: &LogId, seq: u64) -> Result<Option<ForkProof>, LedgerError> {
        let row =
            self.read(|connection| Ok::<_, LedgerError>(log_head(connection, log)?.map(|head| head.row)))?;
        let here = |at: i64, place: u64, _: bool| Some(at) == row && place == seq;
        Ok(self.proven(here)?.pop())
    }

    /// The forks that are wanted, by log row, place, and whether they are settled. Only of those the branches are read:
    /// they are as long as the log.
    fn proven(&self, is_wanted: impl Fn(i64, u64, bool) -> bool) -> Result<Vec<ForkProof>, LedgerError> {
        self.read(|connection| {
            let mut forks = Vec::new();
            let mut frozen = None;
            for (row, seq, settled) in noted(connection, true)? {
                if frozen == Some(row) {
                    continue;
                }
                frozen = settled.is_none().then_some(row);
                if !is_wanted(row, seq, settled.is_some()) {
                    continue;
                }
                let tree = Tree::of(connection, row, seq)?;
                let branches: Vec<ForkBranch> =
                    tree.at(seq).into_iter().map(|hash| tree.branch(hash)).collect();
                // Settled in advance: nothing else than the entry that counts was ever seen here.
                if settled.is_some() && branches.len() < 2 {
                    continue;
                }
                forks.push(ForkProof {
                    log: log_by_row(connection, row)?,
                    seq,
                    branches,
                    settled,
                });
            }
            Ok(forks)
        })
    }

    /// The acts by which a province's authority tells of the forks that are proven here and that it has not told of:
    /// whoever is to choose may not receive the forked log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn forks_to_tell(&self, province: ProvinceId) -> Result<Vec<RosterAct>, LedgerError> {
        let mut forks = self.proven(|_, _, is_settled| !is_settled)?;
        self.with_roster(province, |roster| {
            forks.retain(|fork| {
                let told = roster.and_then(|roster| roster.found_forks.get(&fork.log));
                let is_told = told.is_some_and(|places| places.contains_key(&fork.seq));
                fork.log.scope.province == province && !is_told
            });
        });
        Ok(forks.into_iter().map(ForkProof::told).collect())
    }

    /// The proofs of the forks in the visible scopes, as packs that any store takes like others: per log the runs
    /// around the fork, so that whoever receives them sets the same entries aside. What follows on the branches is
    /// left out; once somebody has chosen, the entries that count travel in the order of arrival. A choice of this
    /// device among its own entries concerns nobody else.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn fork_packs(&self, visible: &Visible) -> Result<Vec<Pack>, LedgerError> {
        self.read(|connection| {
            let mut packs = Vec::new();
            for (row, seq, _) in noted(connection, false)? {
                if !visible.has(scope_of_log(connection, row)?) {
                    continue;
                }
                let branches = branches_of(connection, row)?;
                let meets = |first: u64, last: u64| first <= seq + 1 && last >= seq;
                let parts_here = |pack: &Pack| {
                    let run = pack.runs.first();
                    run.is_some_and(|run| run.first_seq <= seq)
                };
                let beside: Vec<Pack> = branches
                    .into_iter()
                    .filter(|branch| meets(branch.first_seq, branch.last_seq))
                    .map(|branch| branch.pack)
                    .collect();
                let is_exact = beside.iter().all(parts_here);
                let first = if is_exact {
                    seq
                } else {
                    seq.saturating_sub(BEFORE).max(1)
                };
                let most = if is_exact { 1 } else { 2 };
                for pack in runs_from(connection, row, first, most)? {
                    let Some(run) = pack.runs.first() else { continue };
                    let last = run.first_seq + run.items.len() as u64 - 1;
                    if run.first_seq <= seq && (last >= seq || !is_exact) {
                        packs.push(pack);
                    }
                }
                packs.extend(beside);
            }
            Ok(packs)
        })
    }

    /// Some fork is known that concerns others too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn knows_forks(&self) -> Result<bool, LedgerError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM fork WHERE is_own_choice = 0)")?
                .query_row([], |row| row.get(0))?)
        })
    }

    /// One hash over the forks in the visible scopes: their logs, places and what counts there; absent when there
    /// are none. Stores that agree in it have nothing to tell each other about forks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn fork_mark(&self, visible: &Visible) -> Result<Option<Hash32>, LedgerError> {
        self.read(|connection| {
            let mut lines = BTreeSet::new();
            let mut frozen = None;
            for (row, seq, settled) in noted(connection, false)? {
                if frozen == Some(row) || !visible.has(scope_of_log(connection, row)?) {
                    continue;
                }
                frozen = settled.is_none().then_some(row);
                let mut writer = cotmoc_core::codec::Writer::new();
                log_by_row(connection, row)?.write(&mut writer);
                writer.u64(seq).put(&settled.unwrap_or(Hash32::ZERO).0);
                lines.insert(writer.finish());
            }
            if lines.is_empty() {
                return Ok(None);
            }
            let bytes: Vec<u8> = lines.into_iter().flatten().collect();
            Ok(Some(Hash32::of("cotmoc 2026-11 forks known", &bytes)))
        })
    }
}

fn scope_of_log(connection: &Connection, row: i64) -> Result<i64, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT scope FROM log WHERE id = ?1")?
        .query_row(params![row], |row| row.get(0))?)
}
