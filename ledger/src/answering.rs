//! What an answering remote reads back out of the journal.

use cotmoc_core::access::{Refusal, RosterAct};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::LogId;
use rusqlite::params;

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{APPLIED, SET_ASIDE, hash_at, log_head};

impl Ledger {
    /// Entries of a log from `first` to `last` that are set aside here, with the reason. A repeated pack
    /// says nothing new, but its sender may have lost the answer that named the refusals.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn refused_between(
        &self,
        log: &LogId,
        first: u64,
        last: u64,
    ) -> Result<Vec<(Hash32, Refusal)>, LedgerError> {
        let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        self.read(|connection| {
            let Some(head) = log_head(connection, log)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT hash, reason FROM entry WHERE log = ?1 AND seq BETWEEN ?2 AND ?3 AND standing = ?4 ORDER BY seq",
            )?;
            let rows = statement.query_map(params![head.row, place(first), place(last), SET_ASIDE], |row| {
                let reason: Option<u8> = row.get("reason")?;
                Ok((hash_at(row, "hash")?, reason.and_then(Refusal::from_code).unwrap_or(Refusal::Malformed)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The acts that a province's authority has entered, in the order of its log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn acts_of_authority(&self, province: ProvinceId) -> Result<Vec<RosterAct>, LedgerError> {
        let known = self.with_roster(province, |roster| {
            roster.map(|roster| (roster.authority, roster.scope()))
        });
        let Some((authority, scope)) = known else {
            return Ok(Vec::new());
        };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT payload FROM entry JOIN log ON log.id = entry.log JOIN scope ON scope.id = entry.scope
                 WHERE log.device = ?1 AND scope.code = ?2 AND standing = ?3 AND payload IS NOT NULL
                 ORDER BY log.id, seq",
            )?;
            let payloads = statement
                .query_map(params![&authority.0[..], &scope.encode()[..], APPLIED], |row| {
                    row.get::<_, Vec<u8>>(0)
                })?;
            let mut acts = Vec::new();
            for payload in payloads {
                acts.extend(RosterAct::decode(&payload?));
            }
            Ok(acts)
        })
    }
}
