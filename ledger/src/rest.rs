//! The rest of named logs: what somebody is owed or asks for, whatever the order of arrival.

use std::collections::BTreeMap;

use cotmoc_core::exchange::Pack;
use cotmoc_core::journal::LogId;
use rusqlite::params;

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::packing::{COLUMNS, PackRow, SetAsideGoes, build};
use crate::rows::log_head;

/// Entries of named logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The entries.
    pub pack: Pack,
    /// The last place of each log that is in the pack.
    pub reached: BTreeMap<LogId, u64>,
    /// More follows.
    pub more: bool,
}

impl Ledger {
    /// Entries of the named logs after the named places, log by log, about `page_bytes` of payload; of a log that is
    /// named again, after the first of its places. Of a log
    /// that goes on with an entry whose content may not or cannot be handed on, a receiver that judges for
    /// itself ([`SetAsideGoes::Whole`]) gets what stands before it.
    ///
    /// # Errors
    /// When the database cannot be read, or an entry does not match its hash.
    pub fn rest_of(
        &self,
        logs: &[(LogId, u64)],
        page_bytes: u64,
        set_aside: SetAsideGoes,
    ) -> Result<Rest, LedgerError> {
        let mut first: BTreeMap<LogId, u64> = BTreeMap::new();
        for (log, after) in logs {
            let known = first.entry(*log).or_insert(*after);
            *known = (*known).min(*after);
        }
        self.read(|connection| {
            let mut rows = Vec::new();
            let (mut bytes, mut more) = (0, false);
            let mut reached = BTreeMap::new();
            for (log, _) in logs {
                let Some(after) = first.remove(log) else { continue };
                let Some(head) = log_head(connection, log)?.filter(|head| head.seq > after) else {
                    continue;
                };
                if bytes >= page_bytes {
                    more = true;
                    break;
                }
                let sql = format!("SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq > ?2 ORDER BY seq");
                let mut statement = connection.prepare_cached(&sql)?;
                let mut found =
                    statement.query(params![head.row, i64::try_from(after).unwrap_or(i64::MAX)])?;
                // Rows that no signature closes yet.
                let mut open = Vec::new();
                while let Some(row) = found.next()? {
                    if bytes >= page_bytes && open.is_empty() {
                        more = true;
                        break;
                    }
                    let row = PackRow::read(row)?;
                    if set_aside == SetAsideGoes::Whole && row.withheld(set_aside) {
                        break;
                    }
                    let (closes, seq) = (row.signature.is_some(), row.seq);
                    bytes += row.weight();
                    open.push(row);
                    if closes {
                        rows.append(&mut open);
                        reached.insert(*log, seq);
                    }
                }
            }
            Ok(Rest {
                pack: build(connection, rows, set_aside)?,
                reached,
                more,
            })
        })
    }
}
