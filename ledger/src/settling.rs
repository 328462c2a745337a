//! What a proven fork does to its log, and what it does when somebody has chosen.

use std::collections::BTreeMap;

use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{Incarnation, LogId, Place};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::branches::{forget_open_after, note_fork, note_settled};
use crate::error::LedgerError;
use crate::forks::forks_again;
use crate::journal::Ledger;
use crate::own::{LifeReason, new_life};
use crate::receive::Received;
use crate::rows::{LogHead, hash_at, log_head};

impl Ledger {
    /// Takes back what stands at and beyond each fork that was just proven. When this store itself goes on writing
    /// one of the logs, it begins a new life, which is returned: the caller tells the author after the commit.
    pub(crate) fn part(
        &self,
        transaction: &Transaction<'_>,
        forked: BTreeMap<LogId, u64>,
        received: &mut Received,
    ) -> Result<Option<Incarnation>, LedgerError> {
        let mut life = None;
        for (log, seq) in forked {
            if self.is_of_authority(&log) {
                continue;
            }
            let is_owed = self.is_own_life(transaction, &log)?;
            received
                .records
                .extend(self.take_back(transaction, &log, seq, is_owed)?);
            received.grown.remove(&log);
            received.repeated.remove(&log);
            received.taken_back.insert(log);
            if self.is_own_current(&log) && life.is_none() {
                life = Some(new_life(transaction, None, LifeReason::Forked)?);
            }
        }
        Ok(life)
    }

    /// The log makes a roster. Nothing of it is taken back: every right rests on it, and only the authority
    /// itself could choose. From the fork on it does not grow.
    fn is_of_authority(&self, log: &LogId) -> bool {
        log.scope.place == Place::Roster
            && self.with_roster(log.scope.province, |roster| {
                roster.is_some_and(|roster| roster.authority == log.device)
            })
    }

    /// Brings every fork that the rosters say is settled to that end here. Says whether a log may go on now: its
    /// runs beside it are to be attached.
    pub(crate) fn settle_forks(&self, received: &mut Received) -> Result<bool, LedgerError> {
        let mut chosen = Vec::new();
        for province in self.provinces() {
            self.with_roster(province, |roster| {
                for (log, places) in roster.iter().flat_map(|roster| &roster.settled_forks) {
                    chosen.extend(places.iter().map(|(seq, keep)| (*log, *seq, *keep)));
                }
            });
        }
        let mut goes_on = false;
        for (log, seq, keep) in chosen {
            if self.read(|connection| is_done(connection, &log, seq, &keep))? {
                continue;
            }
            let mut writer = self.writer();
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(head) = self.choose(&transaction, &log, (seq, &keep, false), received)? {
                received.grown.insert(log, (head.seq, head.hash));
                goes_on = true;
            }
            let own_life = self.life_after_waiting(&transaction)?;
            transaction.commit()?;
            if let (Some(incarnation), Some(own)) = (own_life, self.known_own()) {
                own.begin(incarnation);
            }
            drop(writer);
        }
        Ok(goes_on)
    }

    /// From now on the branch of `keep` counts here, as far as it does not fork again.
    pub(crate) fn choose(
        &self,
        transaction: &Transaction<'_>,
        log: &LogId,
        (seq, keep, is_own_choice): (u64, &Hash32, bool),
        received: &mut Received,
    ) -> Result<Option<LogHead>, LedgerError> {
        let Some(head) = log_head(transaction, log)? else {
            return Ok(None);
        };
        if hash_in_order(transaction, &head, seq)?.is_some_and(|held| held != *keep)
            && !self.is_of_authority(log)
        {
            let is_owed = self.is_own_life(transaction, log)?;
            received
                .records
                .extend(self.take_back(transaction, log, seq, is_owed)?);
            received.taken_back.insert(*log);
        }
        note_settled(transaction, head.row, seq, keep, is_own_choice)?;
        forget_open_after(transaction, head.row, seq)?;
        if let Some(next) = forks_again(transaction, head.row, keep)? {
            note_fork(transaction, head.row, next)?;
        }
        Ok(log_head(transaction, log)?)
    }

    /// A log of one of this store's own lives.
    pub(crate) fn is_own_life(&self, connection: &Connection, log: &LogId) -> Result<bool, LedgerError> {
        if self.known_own().is_none_or(|own| own.device() != log.device) {
            return Ok(false);
        }
        let is_life = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM life WHERE incarnation = ?1)")?
            .query_row([log.incarnation.0 as i64], |row| row.get(0))?;
        Ok(is_life)
    }
}

/// Hash of the entry that stands at a place in the order of its log.
fn hash_in_order(connection: &Connection, head: &LogHead, seq: u64) -> rusqlite::Result<Option<Hash32>> {
    connection
        .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
        .query_row(params![head.row, seq as i64], |row| hash_at(row, "hash"))
        .optional()
}

/// The choice was brought to its end here: nothing else stands at the place, and it is noted.
fn is_done(connection: &Connection, log: &LogId, seq: u64, keep: &Hash32) -> Result<bool, LedgerError> {
    let Some(head) = log_head(connection, log)? else {
        return Ok(true);
    };
    let noted: Option<Vec<u8>> = connection
        .prepare_cached("SELECT settled FROM fork WHERE log = ?1 AND seq = ?2 AND is_own_choice = 0")?
        .query_row(params![head.row, seq as i64], |row| row.get(0))
        .optional()?
        .flatten();
    let fits = hash_in_order(connection, &head, seq)?.is_none_or(|held| held == *keep);
    Ok(fits && noted.as_deref() == Some(&keep.0[..]))
}
