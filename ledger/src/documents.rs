//! The documents that a pack brings: read here where that says all there is to say, tried in the checking process
//! otherwise. Nothing is locked meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Pack, PackedRecord};
use cotmoc_core::record::{Examined, Job, JobInput, read_saved};

use crate::error::LedgerError;
use crate::gauntlet::NotExamined;
use crate::incoming::CameWhole;
use crate::journal::Ledger;

/// As many documents are worth a second thread.
const MANY: usize = 64;

/// The documents of a pack after their trial.
#[derive(Default)]
pub(crate) struct Documents {
    /// By place in the pack's records.
    pub whole: BTreeMap<usize, CameWhole>,
    /// Those whose check was cut short.
    pub unchecked: BTreeSet<usize>,
}

impl Ledger {
    /// Reads or tries every document of the pack.
    pub(crate) fn try_documents(&self, pack: &Pack) -> Result<Documents, LedgerError> {
        let mut documents = Documents::default();
        let mut unread = Vec::new();
        for ((index, record), read) in pack.records.iter().enumerate().zip(read(&pack.records)) {
            match (read, &record.document) {
                (Some(examined), _) => {
                    documents
                        .whole
                        .insert(index, CameWhole::new(record.kind, examined));
                }
                (None, Some(saved)) => {
                    let input = JobInput::Document(saved.clone());
                    let (kind, held) = (record.kind, None);
                    unread.push((index, Job { kind, held, input }));
                }
                (None, None) => {}
            }
        }
        let (indexes, jobs): (Vec<usize>, Vec<Job>) = unread.into_iter().unzip();
        let results = self.gauntlet().run(&jobs)?;
        for ((index, job), result) in indexes.into_iter().zip(jobs).zip(results) {
            match result {
                Ok(examined) => drop(documents.whole.insert(index, CameWhole::new(job.kind, examined))),
                Err(NotExamined::Interrupted) => drop(documents.unchecked.insert(index)),
                Err(NotExamined::Refused(_)) => {}
            }
        }
        Ok(documents)
    }
}

/// What each record's document says by itself. Many are read by two threads, where the machine has room for them.
fn read(records: &[PackedRecord]) -> Vec<Option<Examined>> {
    let read_part = |part: &[PackedRecord]| -> Vec<Option<Examined>> {
        let documents = part
            .iter()
            .map(|record| (record.kind, record.document.as_deref()));
        documents
            .map(|(kind, saved)| saved.and_then(|saved| read_saved(kind, saved)))
            .collect()
    };
    if records.len() < MANY || std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return read_part(records);
    }
    let (these, those) = records.split_at(records.len() / 2);
    std::thread::scope(|scope| {
        let others = scope.spawn(|| read_part(those));
        let mut read = read_part(these);
        // A thread that did not end well has read nothing: the checking process has the word.
        read.extend(others.join().unwrap_or_else(|_| vec![None; those.len()]));
        read
    })
}
