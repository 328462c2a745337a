//! The documents that a pack brings: read here where that says all there is to say, tried in the checking process
//! otherwise. The store is not locked meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::exchange::{Item, Pack, PackedRecord, Payload};
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
        for ((index, record), read) in pack.records.iter().enumerate().zip(read(pack)) {
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
fn read(pack: &Pack) -> Vec<Option<Examined>> {
    let named = entries_by_reference(pack);
    let records: Vec<(&PackedRecord, u64)> = pack.records.iter().zip(named).collect();
    let read_part = |part: &[(&PackedRecord, u64)]| -> Vec<Option<Examined>> {
        part.iter()
            .map(|(record, named)| read_saved(record.kind, record.document.as_deref()?, *named))
            .collect()
    };
    if records.len() < MANY || std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return read_part(&records);
    }
    let (these, those) = records.split_at(records.len() / 2);
    std::thread::scope(|scope| {
        let others = std::thread::Builder::new().spawn_scoped(scope, || read_part(those));
        let mut read = read_part(these);
        // Where the system gives no thread, or one that does not end well, the checking process has the word.
        let others = others.ok().and_then(|others| others.join().ok());
        read.extend(others.unwrap_or_else(|| vec![None; those.len()]));
        read
    })
}

/// How many entries of each record say that their payload is in its document: a document of more changes holds some that
/// nobody signed.
fn entries_by_reference(pack: &Pack) -> Vec<u64> {
    let mut named = vec![0; pack.records.len()];
    for item in pack.runs.iter().flat_map(|run| &run.items) {
        if let Item::Entry {
            record,
            payload: Payload::InDocument,
            ..
        } = item
            && let Some(count) = named.get_mut(*record)
        {
            *count += 1;
        }
    }
    named
}
