//! Pages: what a holder has not read yet, in the order of arrival.

use std::collections::BTreeMap;

use cotmoc_core::exchange::Pack;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId};
use rusqlite::{Connection, Row, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::packing::{COLUMNS, PackRow, SetAsideGoes, build};
use crate::rows::{Arrival, log_head};
use crate::visible::Visible;

/// Which part of the arrival order to pack.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// Whose view.
    pub visible: &'a Visible,
    /// Entries after this position.
    pub after: u64,
    /// About how many bytes of payload.
    pub page_bytes: u64,
    /// Leave out the entries of this author; those of its other lives may be of a copy that goes on elsewhere.
    pub except: Option<(DeviceKey, Incarnation)>,
    /// Leave out entries of these logs up to these places: the holder has them by another route.
    pub have: &'a BTreeMap<LogId, u64>,
    /// How entries go that are set aside here.
    pub set_aside: SetAsideGoes,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub pack: Pack,
    /// Position up to which the holder has now read.
    pub position: u64,
    /// More follows.
    pub more: bool,
}

/// Most scopes whose entries are read side by side.
const SIDE_BY_SIDE: usize = 50;

// Places in these queries of some of [`COLUMNS`], and of the scope behind them.
const AT: usize = 0;
const POSITION_AT: usize = 1;
const LOG_AT: usize = 2;
const SCOPE_AT: usize = 12;

/// What was let through late, for whoever has read past it by its hash.
const LATE: &str =
    "late.position AS at, entry.position AS position, log, seq, hash, record, kind, claimed_at, payload,
     signature, standing, reason, late.scope FROM late JOIN entry ON entry.position = late.entry";

impl Ledger {
    /// A page of what a holder has not read yet.
    ///
    /// A page ends right after a signed entry, so that every run in it can be verified by itself.
    ///
    /// # Errors
    /// When the database cannot be read, or an entry does not match its hash.
    pub fn page(&self, request: &PageRequest<'_>) -> Result<Page, LedgerError> {
        self.read(|connection| {
            let end = Arrival::begin(connection)?.position;
            let mut rows = Vec::new();
            let mut bytes = 0;
            let mut more = false;
            if end > request.after && !request.visible.scopes.is_empty() {
                let own = match request.except {
                    Some(author) => logs_of_author(connection, author)?,
                    None => Vec::new(),
                };
                let mut have = BTreeMap::new();
                for (log, seq) in request.have {
                    have.extend(log_head(connection, log)?.map(|head| (head.row, *seq)));
                }
                let mut sql = entries_of(&request.visible.scopes);
                if is_late_after(connection, request.after)? {
                    // What was not read yet is packed as it stands now.
                    sql += &format!(" UNION ALL SELECT {LATE} WHERE late.position > ?1 AND late.entry <= ?1");
                }
                sql += " ORDER BY at";
                let mut statement = connection.prepare(&sql)?;
                let mut found = statement.query([request.after as i64])?;
                let sees = |row: &Row<'_>| row.get(SCOPE_AT).map(|scope| request.visible.has(scope));
                // Of its own entries an author is told only that one was let through.
                let is_told = |row: &Row<'_>| -> rusqlite::Result<bool> {
                    let is_late = row.get::<_, i64>(AT)? != row.get::<_, i64>(POSITION_AT)?;
                    Ok(is_late || own.binary_search(&row.get(LOG_AT)?).is_err())
                };
                while let Some(row) = found.next()? {
                    if !sees(row)? || !is_told(row)? {
                        continue;
                    }
                    let row = PackRow::read(row)?;
                    let passed_over = if row.late() {
                        row.withheld(SetAsideGoes::ByHash) || (row.newer && own.contains(&row.log))
                    } else {
                        have.get(&row.log).is_some_and(|seq| row.seq <= *seq)
                    };
                    if passed_over {
                        continue;
                    }
                    let closes = row.late() || row.signature.is_some();
                    bytes += row.weight();
                    rows.push(row);
                    if closes && bytes >= request.page_bytes {
                        while !more && let Some(row) = found.next()? {
                            more = sees(row)? && is_told(row)?;
                        }
                        break;
                    }
                }
            }
            let position = match rows.last() {
                Some(last) if more => last.at,
                _ => end,
            };
            Ok(Page {
                pack: build(connection, rows, request.set_aside)?,
                position,
                more,
            })
        })
    }
}

/// Entries after a position, in order. Few scopes are read side by side by their index; of many the order of arrival
/// itself is read, so that no page sorts everything that is left and no query names thousands of scopes.
fn entries_of(scopes: &[i64]) -> String {
    if scopes.len() <= SIDE_BY_SIDE {
        let each = scopes.iter().map(|scope| {
            format!("SELECT {COLUMNS}, scope FROM entry WHERE scope = {scope} AND position > ?1")
        });
        return each.collect::<Vec<_>>().join(" UNION ALL ");
    }
    format!("SELECT {COLUMNS}, scope FROM entry WHERE position > ?1")
}

fn logs_of_author(
    connection: &Connection,
    (device, incarnation): (DeviceKey, Incarnation),
) -> Result<Vec<i64>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM log WHERE device = ?1 AND incarnation = ?2 ORDER BY id")?;
    let rows = statement.query_map(params![&device.0[..], incarnation.0 as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Something was let through after this position.
fn is_late_after(connection: &Connection, after: u64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM late WHERE position > ?1)")?
        .query_row([after as i64], |row| row.get(0))
}
