//! What others are known to hold, so that nobody is sent what has come to him by another route.

use cotmoc_core::exchange::Head;
use cotmoc_core::journal::LogId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{WITHHELD, hash_at, log_by_row, log_head};
use crate::visible::Visible;

/// A log of which a peer is not known to hold everything that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// How far it is held here.
    pub head: Head,
    /// How far the peer is known to hold it.
    pub held: u64,
    /// How far any other peer is known to hold it: from there the peer may have it already.
    pub held_elsewhere: u64,
}

impl Ledger {
    /// Logs within what is visible of which `peer` is not known to hold everything. Entries whose content is
    /// not here cannot be handed on, and a log that goes on with one is not owed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn owed(&self, peer: &str, visible: &Visible) -> Result<Vec<Owed>, LedgerError> {
        self.read(|connection| {
            let peer = peer_row(connection, peer)?.unwrap_or(0);
            let sql = format!(
                "SELECT log.id AS id, head_seq, head_hash, coalesce(holds.seq, 0) AS held,
                   coalesce((SELECT max(other.seq) FROM holds AS other WHERE other.log = log.id AND other.peer <> ?1), 0)
                     AS elsewhere
                 FROM log LEFT JOIN holds ON holds.log = log.id AND holds.peer = ?1
                 WHERE head_seq > coalesce(holds.seq, 0) AND log.scope IN ({})
                   AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.log = log.id AND entry.seq = coalesce(holds.seq, 0) + 1
                     AND entry.standing = {WITHHELD})
                 ORDER BY log.id",
                visible.list()
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([peer])?;
            let mut owed = Vec::new();
            while let Some(row) = rows.next()? {
                owed.push(Owed {
                    head: Head {
                        log: log_by_row(connection, row.get("id")?)?,
                        seq: row.get::<_, i64>("head_seq")? as u64,
                        hash: hash_at(row, "head_hash")?,
                    },
                    held: row.get::<_, i64>("held")? as u64,
                    held_elsewhere: row.get::<_, i64>("elsewhere")? as u64,
                });
            }
            Ok(owed)
        })
    }

    /// How many entries within what is visible `peer` is not known to hold, and about how many bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn owed_size(&self, peer: &str, visible: &Visible) -> Result<(u64, u64), LedgerError> {
        /// About how many bytes an entry takes beside its payload.
        const AROUND: i64 = 100;
        self.read(|connection| {
            let peer = peer_row(connection, peer)?.unwrap_or(0);
            let sql = format!(
                "SELECT count(*), coalesce(sum(coalesce(length(entry.payload), 0) + ?2), 0)
                 FROM log LEFT JOIN holds ON holds.log = log.id AND holds.peer = ?1
                   JOIN entry ON entry.log = log.id AND entry.seq > coalesce(holds.seq, 0)
                 WHERE head_seq > coalesce(holds.seq, 0) AND log.scope IN ({})",
                visible.list()
            );
            let (entries, bytes): (i64, i64) = connection
                .prepare(&sql)?
                .query_row(params![peer, AROUND], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((entries as u64, bytes as u64))
        })
    }

    /// The heads of every log within what is visible.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn heads(&self, visible: &Visible) -> Result<Vec<Head>, LedgerError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT id, head_seq, head_hash FROM log WHERE head_seq > 0 AND scope IN ({}) ORDER BY id",
                visible.list()
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut heads = Vec::new();
            while let Some(row) = rows.next()? {
                heads.push(Head {
                    log: log_by_row(connection, row.get("id")?)?,
                    seq: row.get::<_, i64>("head_seq")? as u64,
                    hash: hash_at(row, "head_hash")?,
                });
            }
            Ok(heads)
        })
    }

    /// The head of one log, if anything of it is held.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn head(&self, log: &LogId) -> Result<Option<Head>, LedgerError> {
        self.read(|connection| {
            let head = log_head(connection, log)?.filter(|head| head.seq > 0);
            Ok(head.map(|head| Head {
                log: *log,
                seq: head.seq,
                hash: head.hash,
            }))
        })
    }

    /// How far a peer is known to hold a log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn held_by(&self, peer: &str, log: &LogId) -> Result<u64, LedgerError> {
        self.read(|connection| {
            let (Some(peer), Some(head)) = (peer_row(connection, peer)?, log_head(connection, log)?) else {
                return Ok(0);
            };
            let seq: Option<i64> = connection
                .prepare_cached("SELECT seq FROM holds WHERE peer = ?1 AND log = ?2")?
                .query_row([peer, head.row], |row| row.get(0))
                .optional()?;
            Ok(seq.unwrap_or(0) as u64)
        })
    }

    /// Names of the peers of which something is known and that begin so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn peers_named(&self, prefix: &str) -> Result<Vec<String>, LedgerError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT name FROM peer WHERE substr(name, 1, length(?1)) = ?1")?;
            let names = statement.query_map([prefix], |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
    }

    /// Logs within what is visible that hold an entry by its hash alone, with the place before the first one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn with_gaps(&self, visible: &Visible) -> Result<Vec<(LogId, u64)>, LedgerError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT log, min(seq) FROM entry WHERE standing = {WITHHELD} AND standing <> 0 AND scope IN ({})
                 GROUP BY log",
                visible.list()
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut gaps = Vec::new();
            while let Some(row) = rows.next()? {
                let seq: i64 = row.get(1)?;
                gaps.push((log_by_row(connection, row.get(0)?)?, seq as u64 - 1));
            }
            Ok(gaps)
        })
    }
}

fn peer_row(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM peer WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// A peer is known to hold a log up to `seq`, or more.
///
/// # Errors
/// When the database refuses.
pub fn note_holds(
    transaction: &Transaction<'_>,
    peer: &str,
    log: &LogId,
    seq: u64,
) -> Result<(), LedgerError> {
    put_holds(transaction, peer, log, seq, "WHERE excluded.seq > seq")
}

/// A peer is known to hold a log up to `seq` and no more: it was restored, or has said so.
///
/// # Errors
/// When the database refuses.
pub fn set_holds(
    transaction: &Transaction<'_>,
    peer: &str,
    log: &LogId,
    seq: u64,
) -> Result<(), LedgerError> {
    put_holds(transaction, peer, log, seq, "")
}

fn put_holds(
    transaction: &Transaction<'_>,
    peer: &str,
    log: &LogId,
    seq: u64,
    only: &str,
) -> Result<(), LedgerError> {
    // What is not held here at all is not owed either.
    let Some(head) = log_head(transaction, log)? else {
        return Ok(());
    };
    transaction
        .prepare_cached("INSERT OR IGNORE INTO peer (name) VALUES (?1)")?
        .execute([peer])?;
    let sql = format!(
        "INSERT INTO holds (peer, log, seq) VALUES ((SELECT id FROM peer WHERE name = ?1), ?2, ?3)
         ON CONFLICT (peer, log) DO UPDATE SET seq = excluded.seq {only}"
    );
    transaction
        .prepare_cached(&sql)?
        .execute(params![peer, head.row, seq.min(head.seq) as i64])?;
    Ok(())
}

/// Nothing is known any more of what a peer holds.
///
/// # Errors
/// When the database refuses.
pub fn forget_peer(transaction: &Transaction<'_>, peer: &str) -> Result<(), LedgerError> {
    transaction.execute(
        "DELETE FROM holds WHERE peer = (SELECT id FROM peer WHERE name = ?1)",
        [peer],
    )?;
    transaction.execute("DELETE FROM peer WHERE name = ?1", [peer])?;
    Ok(())
}
