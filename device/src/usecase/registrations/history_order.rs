//! The order in which a history is read.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::record::{change_hash, followed_changes};
use cotmoc_ledger::EntryRow;

/// Newest first: a change stands above all that it follows, in its record or in its device's log, and among those
/// that do not follow one another the later claimed time stands above. A wrong clock therefore never turns round
/// what is known.
pub(super) fn newest_first(entries: Vec<EntryRow>) -> Vec<EntryRow> {
    let mut by_change = BTreeMap::new();
    let mut by_log: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let payload = entry.payload.as_deref().unwrap_or_default();
        if let Some(hash) = change_hash(payload) {
            by_change.insert(hash, at);
        }
        by_log.entry(entry.log).or_default().push(at);
    }
    let mut follows: Vec<BTreeSet<usize>> = entries
        .iter()
        .map(|entry| {
            let payload = entry.payload.as_deref().unwrap_or_default();
            let known = followed_changes(payload).into_iter();
            known.filter_map(|hash| by_change.get(&hash).copied()).collect()
        })
        .collect();
    for own in by_log.values_mut() {
        own.sort_by_key(|at| entries[*at].seq);
        for pair in own.windows(2) {
            follows[pair[1]].insert(pair[0]);
        }
    }
    let mut followers = vec![0_usize; entries.len()];
    for before in follows.iter().flatten() {
        followers[*before] += 1;
    }
    // The place of arrival only makes the order one and the same each time it is asked for.
    let key = |at: usize| (entries[at].claimed_at, at);
    let mut ready: BTreeSet<(i64, usize)> = (0..entries.len())
        .filter(|at| followers[*at] == 0)
        .map(key)
        .collect();
    let mut order = Vec::with_capacity(entries.len());
    while let Some((_, at)) = ready.pop_last() {
        order.push(at);
        for before in &follows[at] {
            followers[*before] -= 1;
            if followers[*before] == 0 {
                ready.insert(key(*before));
            }
        }
    }
    // Changes that claim to follow each other are no history of honest devices, but nothing is left out.
    let placed: BTreeSet<usize> = order.iter().copied().collect();
    order.extend((0..entries.len()).rev().filter(|at| !placed.contains(at)));
    let mut entries: Vec<Option<EntryRow>> = entries.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| entries[at].take()).collect()
}
