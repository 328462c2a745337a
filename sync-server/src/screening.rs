//! What of a pack goes on to the journal: refused here is what no check of an entry could put right.

use std::collections::BTreeSet;

use cotmoc_core::exchange::{Item, LeftOut, Pack, Payload};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, LogId, Place, Scope};
use cotmoc_ledger::{Ledger, LedgerError};

/// A pack that may go on.
#[derive(Debug, Default)]
pub(crate) struct Screened {
    pub pack: Pack,
    /// Runs left out.
    pub left_out: Vec<(LogId, LeftOut)>,
    /// Some run belongs to the roster.
    pub touches_roster: bool,
}

/// Leaves out runs of other provinces and runs that withhold entries.
///
/// Nothing but totals crosses between provinces, so a grant in one opens no log of another. A courier may
/// have set an entry aside and hand on its hash alone; the journal would then hold the place without the
/// entry, and the author's own copy would come too late. The province waits for the whole. A run that holds more
/// payload than `run_bytes` could not be handed on in a page of an answer. Scopes that the keeper of a hub has no
/// right to see (`may_hold`) have no place in its store.
pub(crate) fn screen(
    mut pack: Pack,
    province: ProvinceId,
    run_bytes: usize,
    may_hold: impl Fn(&Scope) -> bool,
) -> Screened {
    let mut screened = Screened::default();
    for run in std::mem::take(&mut pack.runs) {
        let withholds = run.items.iter().any(|item| matches!(item, Item::Withheld(_)));
        if run.log.scope.province != province {
            screened.left_out.push((run.log, LeftOut::ForeignProvince));
        } else if !may_hold(&run.log.scope) {
            screened.left_out.push((run.log, LeftOut::OutsideScope));
        } else if withholds {
            screened.left_out.push((run.log, LeftOut::Document));
        } else if run.items.iter().map(inline_bytes).sum::<usize>() > run_bytes {
            screened.left_out.push((run.log, LeftOut::TooLarge));
        } else {
            screened.touches_roster |= run.log.scope.place == Place::Roster;
            pack.runs.push(run);
        }
    }
    // A document that no entry points into would be tried for nothing.
    let used: BTreeSet<usize> = pack
        .runs
        .iter()
        .flat_map(|run| &run.items)
        .filter_map(in_document)
        .collect();
    for (index, record) in pack.records.iter_mut().enumerate() {
        if !used.contains(&index) {
            record.document = None;
        }
    }
    screened.pack = pack;
    screened
}

impl Screened {
    /// Leaves out the runs of the asking device's logs that part from what is held: it is to learn of the other
    /// branch before the fork is proven, which stops the log for everybody.
    pub(crate) fn leave_out_branches(
        &mut self,
        ledger: &Ledger,
        device: &DeviceKey,
    ) -> Result<(), LedgerError> {
        let other = ledger.other_branches(&self.pack, device)?;
        if !other.is_empty() {
            self.pack.runs.retain(|run| !other.contains(&run.log));
            self.left_out
                .extend(other.into_iter().map(|log| (log, LeftOut::Fork)));
        }
        Ok(())
    }
}

fn inline_bytes(item: &Item) -> usize {
    match item {
        Item::Entry {
            payload: Payload::Inline(bytes),
            ..
        } => bytes.len(),
        _ => 0,
    }
}

fn in_document(item: &Item) -> Option<usize> {
    match item {
        Item::Entry {
            record,
            payload: Payload::InDocument,
            ..
        } => Some(*record),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::exchange::{PackedRecord, Run};
    use cotmoc_core::id::{Hash32, RecordId};
    use cotmoc_core::journal::{EntryKind, Incarnation, Scope, Signature};
    use cotmoc_core::record::RecordKind;
    use uuid::Uuid;

    use super::*;

    fn run(province: u128, items: Vec<Item>) -> Run {
        let scope = Scope::province(ProvinceId(Uuid::from_u128(province)));
        let log = LogId {
            device: DeviceKey([3; 32]),
            incarnation: Incarnation(1),
            scope,
        };
        Run {
            log,
            first_seq: 1,
            prev: Hash32::ZERO,
            items,
            signature: Signature([0; 64]),
        }
    }

    fn entry(record: usize, payload: Payload) -> Item {
        Item::Entry {
            record,
            kind: EntryKind::Change,
            claimed_at: 0,
            payload,
        }
    }

    fn record(id: u128) -> PackedRecord {
        PackedRecord {
            id: RecordId(Uuid::from_u128(id)),
            kind: RecordKind::Cycle,
            document: Some(vec![1]),
        }
    }

    #[test]
    fn runs_of_another_province_and_runs_that_withhold_are_left_out_and_the_rest_goes_on() {
        let pack = Pack {
            records: vec![record(1), record(2)],
            runs: vec![
                run(9, vec![entry(0, Payload::InDocument)]),
                run(8, vec![entry(1, Payload::InDocument)]),
                run(
                    9,
                    vec![entry(1, Payload::InDocument), Item::Withheld(Hash32::ZERO)],
                ),
            ],
        };
        let screened = screen(pack, ProvinceId(Uuid::from_u128(9)), 1_000, |_| true);
        assert_eq!(screened.pack.runs.len(), 1);
        let left_out: Vec<_> = screened.left_out.iter().map(|(_, why)| *why).collect();
        assert_eq!(left_out, [LeftOut::ForeignProvince, LeftOut::Document]);
        assert!(screened.pack.records[0].document.is_some());
        assert!(
            screened.pack.records[1].document.is_none(),
            "nothing that went on points into it"
        );
        assert!(!screened.touches_roster);
    }

    #[test]
    fn a_run_that_no_page_could_carry_is_left_out() {
        let many = vec![
            entry(0, Payload::Inline(vec![0; 600])),
            entry(0, Payload::Inline(vec![0; 600])),
        ];
        let pack = Pack {
            records: vec![record(1)],
            runs: vec![run(9, many)],
        };
        let province = ProvinceId(Uuid::from_u128(9));
        assert!(
            screen(pack.clone(), province, 1_200, |_| true)
                .left_out
                .is_empty()
        );
        let left_out = screen(pack, province, 1_199, |_| true).left_out;
        assert_eq!(left_out.first().map(|(_, why)| *why), Some(LeftOut::TooLarge));
    }
}
