//! This device's own log forked, as honest devices do when they were restored: the other branch is taken as
//! the log, and what the abandoned end had changed is written again in a new life.

use std::collections::BTreeMap;

use cotmoc_core::access::{Refusal, RosterAct};
use cotmoc_core::exchange::{Pack, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, verify_log_head};
use cotmoc_core::media::Manifest;
use cotmoc_core::record::{RecordDoc, RecordKind};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::branches::{Meeting, branches_of, frozen_from, meeting};
use crate::error::LedgerError;
use crate::incoming::{CameWhole, Incoming, hash_items};
use crate::journal::{Author, Ledger};
use crate::media::Evidence;
use crate::own::{LifeReason, new_life};
use crate::receive::Received;
use crate::rows::{Arrival, log_by_row, log_head};
use crate::write::{Target, Write, Written, write_act};

/// What came of taking another branch as the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// What the pack brought.
    pub received: Received,
    /// First place at which the own entries gave way; absent when the pack only went on from them.
    pub forked_at: Option<u64>,
}

/// What came of writing edits again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenAgain {
    /// The new entries.
    pub written: Written,
    /// Abandoned entries of which nothing could be written; they are kept with the proof.
    pub left_out: u64,
}

impl Ledger {
    /// Takes what a pack holds of an own log as that log: where it differs from the entries here, those give way,
    /// stay as proof, and are owed to [`Ledger::write_again`]. A log that this store goes on writing ends with
    /// that: a new incarnation has begun when this returns. A pack that begins beyond the place where the branches
    /// part leaves the log short of it: ask for what is missing from the log's head on.
    ///
    /// # Errors
    /// When the log is not of one of this store's lives or the pack does not prove what it says (nothing
    /// changed then), or when the database or the checking process fails.
    pub fn adopt_branch(&self, log: &LogId, pack: &Pack, now: i64) -> Result<Adopted, LedgerError> {
        let own = self.own_author()?;
        let mut adopted = Adopted::default();
        let mut whole = self.try_documents(pack)?.whole;
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if !self.is_own_life(&transaction, log)? {
            return Err(LedgerError::Refused(Refusal::Fork));
        }
        let head = log_head(&transaction, log)?;
        for run in pack.runs.iter().filter(|run| run.log == *log) {
            let items = proven(pack, run, &mut whole)?;
            adopted.forked_at = match meeting(&transaction, run, &items, head.as_ref())? {
                Meeting::Unproven => return Err(LedgerError::Refused(Refusal::Malformed)),
                Meeting::Differs(seq) => Some(seq),
                // The proof may have come before: then the own entries have given way already.
                Meeting::Fits => {
                    let open = match &head {
                        Some(head) => frozen_from(&transaction, head.row)?,
                        None => None,
                    };
                    open.filter(|seq| hash_in_run(run, &items, *seq).is_some())
                }
            };
            if let Some(seq) = adopted.forked_at {
                let keep = hash_in_run(run, &items, seq).ok_or(LedgerError::Refused(Refusal::Malformed))?;
                self.choose(&transaction, log, (seq, &keep, true), &mut adopted.received)?;
                break;
            }
        }
        let life = match self.is_own_current(log) {
            true => {
                let reason = match adopted.forked_at {
                    Some(_) => LifeReason::Forked,
                    None => LifeReason::RemoteAhead,
                };
                Some(new_life(&transaction, Some(now), reason)?)
            }
            false => None,
        };
        transaction.commit()?;
        if let Some(incarnation) = life {
            own.begin(incarnation);
        }
        drop(writer);
        adopted.received = self.receive(pack)?.after(adopted.received);
        Ok(adopted)
    }

    /// Own entries were taken back and their edits are not written again yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn owes_edits(&self) -> Result<bool, LedgerError> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM branch WHERE owed_from <> 0)",
                [],
                |row| row.get(0),
            )?)
        })
    }

    /// Writes again what own entries had changed that were taken back, as ordinary edits of the present life, each
    /// at the place it had. `beside` runs in the same transaction with who wrote and what; durable when this
    /// returns. Nothing happens when nothing is owed.
    ///
    /// # Errors
    /// When the database fails; then everything is still owed.
    pub fn write_again(
        &self,
        now: i64,
        beside: impl FnOnce(&Transaction<'_>, &Author, &[Write]) -> Result<(), LedgerError>,
    ) -> Result<WrittenAgain, LedgerError> {
        let mut again = WrittenAgain::default();
        if !self.owes_edits()? {
            return Ok(again);
        }
        let own = self.own_author()?;
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // In a life that has written nothing no change can follow another of the same actor by accident.
        let life = match has_written(&transaction, &own.current())? {
            true => Some(new_life(&transaction, Some(now), LifeReason::Forked)?),
            false => None,
        };
        let current = own.current();
        let author = Author {
            key: cotmoc_core::journal::SigningKey::from_seed(&current.key.seed()),
            incarnation: life.unwrap_or(current.incarnation),
        };
        let mut arrival = Arrival::begin(&transaction)?;
        let mut writes = Vec::new();
        for (log, entries) in owed(&transaction)? {
            let (acts, entries): (Vec<_>, Vec<_>) = entries
                .into_iter()
                .partition(|entry| entry.content.kind == EntryKind::RosterAct);
            let (attachments, changes): (Vec<_>, Vec<_>) = entries
                .into_iter()
                .partition(|entry| entry.content.kind == EntryKind::Attachment);
            for entry in acts {
                match self.ask_again(&transaction, &mut arrival, (&author, now), &entry)? {
                    Some((hash, write)) => {
                        again.written.entries.push(hash);
                        writes.push(write);
                    }
                    None => again.left_out += 1,
                }
            }
            for (target, lost) in by_record(&log, changes) {
                let count = lost.len() as u64;
                let made = self.edit_again(&transaction, &mut arrival, (&author, now), target, &lost);
                match made {
                    Ok((hashes, left_out)) => {
                        again.left_out += left_out;
                        if !hashes.is_empty() {
                            again.written.records.push(target.record);
                            writes.push(Write::Edit {
                                scope: target.scope,
                                record: target.record,
                                kind: target.kind,
                                edits: Vec::new(),
                            });
                        }
                        again.written.entries.extend(hashes);
                    }
                    // Another device's record by now, or the right is gone: the proof keeps it.
                    Err(LedgerError::Refused(_) | LedgerError::Edit(_)) => again.left_out += count,
                    Err(error) => return Err(error),
                }
            }
            // After the edits: one of them may begin the record.
            for entry in attachments {
                match self.attach_again(&transaction, &mut arrival, (&author, now), &entry)? {
                    Some((hash, write)) => {
                        again.written.records.push(entry.content.record);
                        again.written.entries.push(hash);
                        writes.push(write);
                    }
                    None => again.left_out += 1,
                }
            }
        }
        transaction.execute("UPDATE branch SET owed_from = 0 WHERE owed_from <> 0", [])?;
        transaction.execute("DELETE FROM owed_record", [])?;
        beside(&transaction, &author, &writes)?;
        let position = arrival.position;
        arrival.finish(&transaction)?;
        transaction.commit()?;
        if let Some(incarnation) = life {
            own.begin(incarnation);
        }
        self.note_outside(position);
        drop(writer);
        Ok(again)
    }

    /// A request that the authority has not answered is made again.
    fn ask_again(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        (author, now): (&Author, i64),
        entry: &Entry,
    ) -> Result<Option<(Hash32, Write)>, LedgerError> {
        let scope = entry.log.scope;
        let Some(mut roster) = self.roster(scope.province) else {
            return Ok(None);
        };
        let act = RosterAct::decode(&entry.content.payload);
        let Some(act) = act.filter(|_| !roster.answered.contains(&entry.hash())) else {
            return Ok(None);
        };
        match write_act(transaction, arrival, author, now, (&scope, &act), &mut roster) {
            Ok(hash) => Ok(Some((hash, Write::Act { scope, act }))),
            Err(LedgerError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A photo or file is added or removed again; its bytes are here. Nothing to do when it came another way.
    fn attach_again(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        (author, now): (&Author, i64),
        entry: &Entry,
    ) -> Result<Option<(Hash32, Write)>, LedgerError> {
        let (scope, record, kind) = (entry.log.scope, entry.content.record, entry.content.record_kind);
        let Ok(manifest) = Manifest::decode(&entry.content.payload) else {
            return Ok(None);
        };
        let evidence = Evidence {
            scope,
            record,
            kind,
            manifest: &manifest,
        };
        match self.write_attach(transaction, arrival, author, now, evidence) {
            Ok(Some(hash)) => {
                let write = Write::Attach {
                    scope,
                    record,
                    kind,
                    manifest,
                };
                Ok(Some((hash, write)))
            }
            Ok(None) | Err(LedgerError::Refused(_) | LedgerError::NoRecord(_) | LedgerError::NoBlob(_)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn edit_again(
        &self,
        transaction: &Transaction<'_>,
        arrival: &mut Arrival,
        (author, now): (&Author, i64),
        target: Target,
        lost: &[Vec<u8>],
    ) -> Result<(Vec<Hash32>, u64), LedgerError> {
        let saved: Option<Vec<u8>> = transaction
            .prepare_cached("SELECT saved FROM owed_record WHERE code = ?1")?
            .query_row([target.record.0.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        let Some(saved) = saved else {
            return Ok((Vec::new(), lost.len() as u64));
        };
        let was =
            RecordDoc::load(target.kind, &saved).map_err(|_| LedgerError::DamagedRecord(target.record))?;
        let mut begun = self.begin_edit(transaction, author, target)?;
        let again = begun.doc.write_again(author.actor(), &was, lost);
        let hashes = self.finish_edit(transaction, arrival, (author, now), begun, again.payloads)?;
        Ok((hashes, again.left_out))
    }
}

/// Items of a run whose signature fits.
fn proven(
    pack: &Pack,
    run: &Run,
    whole: &mut BTreeMap<usize, CameWhole>,
) -> Result<Vec<Incoming>, LedgerError> {
    let items = hash_items(pack, run, whole).unwrap_or_default();
    let fits = items
        .last()
        .is_some_and(|last| verify_log_head(&run.log.device, &last.hash, &run.signature));
    match fits {
        true => Ok(items),
        false => Err(LedgerError::Refused(Refusal::Malformed)),
    }
}

fn hash_in_run(run: &Run, items: &[Incoming], seq: u64) -> Option<Hash32> {
    if seq + 1 == run.first_seq {
        return Some(run.prev);
    }
    let at = usize::try_from(seq.checked_sub(run.first_seq)?).ok()?;
    items.get(at).map(|item| item.hash)
}

fn has_written(connection: &Connection, author: &Author) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM log WHERE device = ?1 AND incarnation = ?2 AND head_seq > 0)",
        )?
        .query_row(
            params![&author.device().0[..], author.incarnation.0 as i64],
            |row| row.get(0),
        )
}

/// Entries that are still to be written again, by log, in their order.
fn owed(connection: &Connection) -> Result<BTreeMap<LogId, Vec<Entry>>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT id, log, owed_from FROM branch WHERE owed_from <> 0 ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, i64>(2)? as u64,
        ))
    })?;
    let mut owed: BTreeMap<LogId, Vec<Entry>> = BTreeMap::new();
    for row in rows {
        let (id, log_row, from) = row?;
        let entries = owed.entry(log_by_row(connection, log_row)?).or_default();
        let branch = branches_of(connection, log_row)?
            .into_iter()
            .find(|branch| branch.id == id);
        let items = branch.map(|branch| branch.items()).unwrap_or_default();
        entries.extend(
            items
                .into_iter()
                .filter_map(|item| item.entry)
                .filter(|entry| entry.seq >= from),
        );
    }
    for entries in owed.values_mut() {
        entries.sort_by_key(|entry| entry.seq);
    }
    Ok(owed)
}

/// The payloads of each record's entries, in the order in which the records were first touched.
fn by_record(log: &LogId, entries: Vec<Entry>) -> Vec<(Target, Vec<Vec<u8>>)> {
    let mut records: Vec<(Target, Vec<Vec<u8>>)> = Vec::new();
    let mut at: BTreeMap<(RecordId, RecordKind), usize> = BTreeMap::new();
    for entry in entries {
        let content = entry.content;
        let target = Target {
            scope: log.scope,
            record: content.record,
            kind: content.record_kind,
        };
        let place = *at
            .entry((content.record, content.record_kind))
            .or_insert_with(|| {
                records.push((target, Vec::new()));
                records.len() - 1
            });
        records[place].1.push(content.payload);
    }
    records
}
