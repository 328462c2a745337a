//! The indexes of the lists, and how they are spared while much comes in quickly.
//!
//! Their keys are names and hashes: rows that arrive together fall on pages all over each of them, and in a large store
//! every part that is taken in would write most of those pages again. While more comes in than half of what is there
//! they are away, and made again from the whole when it is over, or when it comes slowly: then there is time for them.
//! Lists are right in the meantime, and slower. Whatever fails here is said in the log and no more: it concerns how quick
//! lists are, not what came in.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::Connection;

/// Records in one go from which on it may be worth while.
const MUCH: usize = 2_000;

/// So many in this time come quickly.
const QUICK: Duration = Duration::from_secs(20);

/// Between two indexes, so that what a person saves meanwhile finds its turn.
const TURN: Duration = Duration::from_millis(10);

/// Asked for with every record that comes in, or by their name: they stay.
const STAYING: &str = "('registration_by_model', 'registration_duplicates')";

/// How many of the intakes under way have put indexes away. The last of them makes them again.
#[derive(Debug, Default)]
pub(crate) struct Away(AtomicUsize);

/// What comes in during one exchange or import. Dropped, it ends.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    ledger: &'a Ledger,
    away: &'a Away,
    came: usize,
    /// When so many have come it is looked at what is there.
    next_look: usize,
    /// Since when the latest are counted, from the first on, and how many they are.
    latest: (Instant, usize),
    is_away: bool,
}

impl<'a> Intake<'a> {
    /// Before anything came.
    pub fn begin(ledger: &'a Ledger, away: &'a Away) -> Self {
        Self {
            ledger,
            away,
            came: 0,
            next_look: MUCH,
            latest: (Instant::now(), 0),
            is_away: false,
        }
    }

    /// So many records came with one transaction, which is over.
    pub fn took(&mut self, records: usize) {
        if self.came == 0 {
            self.latest.0 = Instant::now();
        }
        self.came += records;
        self.latest.1 += records;
        let is_quick = self.latest.0.elapsed() <= QUICK;
        if is_quick && self.latest.1 < MUCH {
            return;
        }
        self.latest = (Instant::now(), 0);
        if !is_quick {
            self.pause();
        } else if !self.is_away && self.came >= self.next_look {
            self.next_look = self.came * 2;
            let listed = self.ledger.read(|connection| -> Result<i64, LedgerError> {
                Ok(connection.query_row("SELECT count(*) FROM registration", [], |row| row.get(0))?)
            });
            if listed.is_ok_and(|listed| self.came as i64 >= listed / 2) {
                self.is_away = true;
                self.away.0.fetch_add(1, Ordering::SeqCst);
                warn(put_away(self.ledger));
            }
        }
    }

    /// Nothing comes for a while: what this has put away is made again, unless another needs it away.
    pub fn pause(&mut self) {
        if std::mem::take(&mut self.is_away) && self.away.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            warn(make_again(self.ledger, self.away));
        }
    }

    /// Nothing more comes. Also what could not be made again before is tried.
    pub fn end(&mut self) {
        self.pause();
        warn(make_again(self.ledger, self.away));
    }
}

/// However it ends, also by a panic in one thread of a program that goes on.
impl Drop for Intake<'_> {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Makes the indexes that are away: a program may have ended, or found no room.
pub(crate) fn make_left_over(ledger: &Ledger) {
    warn(make_again(ledger, &Away::default()));
}

fn warn(result: Result<(), LedgerError>) {
    if let Err(error) = result {
        tracing::warn!(error.message = %error, "indexes of lists are still to be made");
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

/// Each in a transaction of its own, as long as nobody needs them away. One that cannot be made does not keep the others
/// from it.
fn make_again(ledger: &Ledger, needed: &Away) -> Result<(), LedgerError> {
    let mut made = Ok(());
    for (name, made_by) in ledger.read(|connection| away(connection).map_err(LedgerError::from))? {
        if needed.0.load(Ordering::SeqCst) > 0 {
            break;
        }
        let result = ledger.write_local(|transaction| -> Result<(), LedgerError> {
            let is_away = transaction.execute("DELETE FROM list_index_away WHERE name = ?1", [&name])? > 0;
            // A script of a newer program may have made it in another form.
            if is_away && !is_there(transaction, &name)? {
                transaction.execute_batch(&made_by)?;
            }
            Ok(())
        });
        made = made.and(result);
        std::thread::sleep(TURN);
    }
    made
}

fn is_there(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1")?
        .exists([name])
}

/// Names, and the statements that make them.
fn away(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT name, made_by FROM list_index_away ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests;
