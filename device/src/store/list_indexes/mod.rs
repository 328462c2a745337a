//! The indexes of the lists, and how they are spared while much comes in.
//!
//! Their keys are names and hashes: rows that arrive together fall on pages all over each of them, and in a large store
//! every part that is taken in would write most of those pages again. While more comes in than half of what is there
//! they are away, and made again from the whole when it is over. Lists are right in the meantime, and slower.

use cotmoc_ledger::{Ledger, LedgerError};

/// Registrations in one go from which on it may be worth while.
const MUCH: usize = 2_000;

/// Asked for with every record that comes in, or by their name: they stay.
const STAYING: &str = "('registration_by_model', 'registration_duplicates')";

/// What comes in during one exchange or import.
#[derive(Debug)]
pub(crate) struct Intake {
    came: usize,
    /// When so many have come it is looked at what is there.
    next_look: usize,
    is_away: bool,
}

impl Intake {
    /// Before anything came.
    pub fn begin() -> Self {
        Self {
            came: 0,
            next_look: MUCH,
            is_away: false,
        }
    }

    /// So many records came with one transaction, which is over.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn took(&mut self, ledger: &Ledger, records: usize) -> Result<(), LedgerError> {
        self.came += records;
        if self.is_away || self.came < self.next_look {
            return Ok(());
        }
        let listed: i64 = ledger.read(|connection| -> Result<_, LedgerError> {
            Ok(connection.query_row("SELECT count(*) FROM registration", [], |row| row.get(0))?)
        })?;
        self.is_away = usize::try_from(listed).is_ok_and(|listed| self.came >= listed.div_ceil(2));
        self.next_look = self.came * 2;
        if self.is_away { put_away(ledger) } else { Ok(()) }
    }

    /// Nothing more comes: what is away is made again.
    ///
    /// # Errors
    /// When the database cannot be written; the next opening of the store tries it again.
    pub fn end(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        match std::mem::take(&mut self.is_away) {
            true => make_again(ledger),
            false => Ok(()),
        }
    }
}

fn put_away(ledger: &Ledger) -> Result<(), LedgerError> {
    ledger.write_local(|transaction| {
        transaction.execute(
            &format!(
                "INSERT OR REPLACE INTO list_index_away (name, made_by)
                 SELECT name, sql FROM sqlite_schema
                 WHERE type = 'index' AND tbl_name = 'registration' AND sql IS NOT NULL AND name NOT IN {STAYING}"
            ),
            [],
        )?;
        for (name, _) in away(transaction)? {
            transaction.execute_batch(&format!("DROP INDEX IF EXISTS {name}"))?;
        }
        Ok(())
    })
}

/// Makes the indexes that are away, each in a transaction of its own: what a person saves waits for one of them at most.
///
/// # Errors
/// When the database cannot be written; those made so far stay.
pub(crate) fn make_again(ledger: &Ledger) -> Result<(), LedgerError> {
    for (name, made_by) in ledger.read(|connection| away(connection).map_err(LedgerError::from))? {
        ledger.write_local(|transaction| -> Result<(), LedgerError> {
            let is_away = transaction.execute("DELETE FROM list_index_away WHERE name = ?1", [&name])? > 0;
            if is_away {
                transaction.execute_batch(&made_by)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Names, and the statements that make them.
fn away(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT name, made_by FROM list_index_away ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests;
