//! What the import of one file would do, decided before anything is written.

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, Property, RecordKind, Scalar, Shape};
use cotmoc_ledger::Write;

use crate::contract::reference::{ImportRemark, ImportReport, RefusedRow};

/// How an imported record stands to what this device holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is no such record.
    New,
    /// There is one with other content.
    Changed,
    /// There is one with this content; nothing is written.
    Same,
}

impl Standing {
    /// Compares with what is held.
    pub fn of<T: PartialEq>(held: Option<&T>, imported: &T) -> Self {
        match held {
            None => Self::New,
            Some(held) if held == imported => Self::Same,
            Some(_) => Self::Changed,
        }
    }
}

/// What to do with a file, and what of it cannot be used.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Rows that are good.
    pub good: u64,
    created: u64,
    changed: u64,
    /// Rows that are not.
    pub refused: Vec<RefusedRow>,
    /// What is doubtful about good rows.
    pub remarks: Vec<ImportRemark>,
    /// The file bears a secrecy mark: nothing of it is taken, whatever the user accepts.
    pub marked: bool,
    records: Vec<(RecordId, RecordKind, Edit)>,
}

impl Plan {
    /// Takes a record in; `rows` good rows of the file made it.
    pub fn take(&mut self, rows: u64, standing: Standing, record: RecordId, kind: RecordKind, edit: Edit) {
        self.good += rows;
        match standing {
            Standing::New => self.created += 1,
            Standing::Changed => self.changed += 1,
            Standing::Same => return,
        }
        self.records.push((record, kind, edit));
    }

    /// Whether the plan may be carried out: one bad row stops the whole file unless the user takes the good
    /// ones.
    pub fn may_be_applied(&self, accept_good_rows: bool) -> bool {
        self.good > 0 && !self.marked && (self.refused.is_empty() || accept_good_rows)
    }

    /// The entries to write, one per record that changes.
    pub fn writes(&self, scope: Scope) -> Vec<Write> {
        let write = |(record, kind, edit): &(RecordId, RecordKind, Edit)| Write::Edit {
            scope,
            record: *record,
            kind: *kind,
            edits: vec![edit.clone()],
        };
        self.records.iter().map(write).collect()
    }

    /// What was done, or would be.
    pub fn report(self, applied: bool) -> ImportReport {
        ImportReport {
            applied,
            good: self.good,
            created: self.created,
            changed: self.changed,
            refused: self.refused,
            remarks: self.remarks,
        }
    }
}

/// Whether an object is small enough for its property.
pub(super) fn fits(kind: RecordKind, edit: &Edit) -> bool {
    let Edit::Set {
        property,
        value: Scalar::Str(json),
    } = edit
    else {
        return true;
    };
    match Shape::of(kind).property(property) {
        Some(Property::Whole(cap)) => json.len() <= cap,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::reference::item::refusal;

    fn plan() -> Plan {
        let mut plan = Plan::default();
        let record = RecordId::derived("test", &[b"a"]);
        plan.take(
            2,
            Standing::New,
            record,
            RecordKind::Unit,
            Edit::whole("unit", &"a"),
        );
        plan.take(
            1,
            Standing::Same,
            record,
            RecordKind::Unit,
            Edit::whole("unit", &"a"),
        );
        plan
    }

    #[test]
    fn a_record_that_is_held_already_counts_as_good_and_writes_nothing() {
        let plan = plan();
        assert_eq!(plan.records.len(), 1);
        let report = plan.report(true);
        assert_eq!((report.good, report.created, report.changed), (3, 1, 0));
    }

    #[test]
    fn one_bad_row_stops_the_file_unless_the_good_rows_are_accepted() {
        let mut plan = plan();
        assert!(plan.may_be_applied(false));
        plan.refused.push(refusal(4, "name", "missing", ""));
        assert!(!plan.may_be_applied(false));
        assert!(plan.may_be_applied(true));
        plan.marked = true;
        assert!(!plan.may_be_applied(true), "a marked document is never taken");
    }

    #[test]
    fn a_remark_stops_nothing_and_is_told() {
        let mut plan = plan();
        plan.remarks.push(ImportRemark {
            row: 4,
            column: "valid_from".into(),
            code: "leaves_a_gap".into(),
            params: Default::default(),
        });
        assert!(plan.may_be_applied(false));
        assert_eq!(plan.report(false).remarks.len(), 1);
    }

    #[test]
    fn an_object_beyond_its_cap_does_not_fit() {
        assert!(fits(RecordKind::Unit, &Edit::whole("unit", &"a".repeat(16_000))));
        assert!(!fits(RecordKind::Unit, &Edit::whole("unit", &"a".repeat(17_000))));
    }
}
