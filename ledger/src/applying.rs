//! Which changes of a pack apply, and what the documents become.

use std::collections::BTreeMap;

use cotmoc_core::exchange::Pack;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::EntryKind;
use cotmoc_core::record::{Examined, Outcome};
use rusqlite::Transaction;

use crate::error::LedgerError;
use crate::incoming::{CameWhole, IncomingRun};
use crate::journal::Ledger;
use crate::rows::{APPLIED, record_row};
use crate::stored::waiting_changes;
use crate::trial::{Trial, run_trials};
use crate::verdict::{Claims, Rosters, verdict};

/// What a record's document becomes.
pub(crate) struct Document {
    /// Absent when no change was applied.
    pub examined: Option<Examined>,
    /// Entries that were waiting, by position.
    pub settled: Vec<(i64, Outcome)>,
}

impl Ledger {
    /// Tries the changes of every record that was let through, and says what its document becomes.
    pub(crate) fn try_changes(
        &self,
        transaction: &Transaction<'_>,
        runs: &mut [IncomingRun],
        whole: BTreeMap<usize, CameWhole>,
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
        let mut by_id: BTreeMap<RecordId, CameWhole> = whole
            .into_iter()
            .filter_map(|(index, came)| Some((pack.records.get(index)?.id, came)))
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
            if let (None, Some(came)) = (&held, by_id.remove(&record))
                && came.kind == kind
                && came.holds_exactly(entries.clone().map(|entry| entry.content.payload.as_slice()))
            {
                documents.insert(
                    record,
                    Document {
                        examined: Some(came.examined),
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
            if tried.interrupted {
                self.note_interrupted(transaction, record)?;
            }
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
}
