#![allow(clippy::unwrap_used)]
//! When indexes of lists are away, and that they come back.

use std::path::Path;
use std::sync::Arc;

use cotmoc_ledger::{Folder, GauntletProgram, Unlock};

use super::*;
use crate::store::DeviceIndex;

fn open(home: &Path) -> Ledger {
    let folder = Folder::open(home, Unlock { passphrase: None }).unwrap();
    let program = GauntletProgram::this_program().unwrap();
    Ledger::open(folder, Arc::new(DeviceIndex), program).unwrap()
}

/// The statements that made the indexes of registrations.
fn indexes(ledger: &Ledger) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_schema
               WHERE type = 'index' AND tbl_name = 'registration' AND sql IS NOT NULL ORDER BY name";
    ledger
        .read(|connection| -> Result<_, LedgerError> {
            let mut statement = connection.prepare(sql)?;
            let found = statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(found)
        })
        .unwrap()
}

fn list(ledger: &Ledger, registrations: usize) {
    let sql = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
               INSERT INTO registration
               SELECT n, 'code ' || n, 'model', 'unit', 'cycle', 2026, 'name', x'00', 'name', '', '', 'new', '', 'draft',
                      0, 0, 0, 0, 0, x'00'
               FROM numbers";
    ledger
        .write_local(|transaction| -> Result<(), LedgerError> {
            transaction.execute(sql, [registrations as i64])?;
            Ok(())
        })
        .unwrap();
}

#[test]
fn while_much_comes_into_a_small_store_only_what_every_record_needs_is_kept_up() {
    let home = tempfile::tempdir().unwrap();
    let ledger = open(home.path());
    let all = indexes(&ledger);
    let mut intake = Intake::begin();
    intake.took(&ledger, MUCH - 1).unwrap();
    assert_eq!(indexes(&ledger), all, "not much yet");
    intake.took(&ledger, 1).unwrap();
    let left = indexes(&ledger);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|made_by| all.contains(made_by)));
    intake.took(&ledger, MUCH).unwrap();
    intake.end(&ledger).unwrap();
    assert_eq!(indexes(&ledger), all);
    let rows_left = "SELECT count(*) FROM list_index_away";
    let rows_left: i64 = ledger
        .read(|connection| -> Result<_, LedgerError> {
            Ok(connection.query_row(rows_left, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(rows_left, 0);
}

#[test]
fn in_a_large_store_they_stay_until_as_much_has_come_as_was_there() {
    let home = tempfile::tempdir().unwrap();
    let ledger = open(home.path());
    list(&ledger, 4 * MUCH + 2);
    let all = indexes(&ledger);
    let mut intake = Intake::begin();
    intake.took(&ledger, MUCH).unwrap();
    assert_eq!(
        indexes(&ledger),
        all,
        "making them again would cost more than it spares"
    );
    intake.took(&ledger, MUCH).unwrap();
    assert_eq!(indexes(&ledger), all);
    intake.took(&ledger, MUCH * 2).unwrap();
    assert!(indexes(&ledger).len() < all.len());
    intake.end(&ledger).unwrap();
    assert_eq!(indexes(&ledger), all);
}

#[test]
fn a_program_that_ends_while_they_are_away_makes_them_when_it_starts_again() {
    let home = tempfile::tempdir().unwrap();
    let ledger = open(home.path());
    let all = indexes(&ledger);
    Intake::begin().took(&ledger, MUCH).unwrap();
    assert!(indexes(&ledger).len() < all.len());
    // One of them was made before the end.
    let name: String = ledger
        .write_local(|transaction| -> Result<_, LedgerError> {
            let (name, made_by) = away(transaction)?.remove(0);
            transaction.execute_batch(&made_by)?;
            transaction.execute("DELETE FROM list_index_away WHERE name = ?1", [&name])?;
            Ok(name)
        })
        .unwrap();
    drop(ledger);
    let ledger = open(home.path());
    make_again(&ledger).unwrap();
    assert_eq!(indexes(&ledger), all, "beside {name}");
    // Two at once: what one puts away while the other ends comes back with its own end.
    let (mut exchange, mut import) = (Intake::begin(), Intake::begin());
    exchange.took(&ledger, MUCH).unwrap();
    import.took(&ledger, MUCH).unwrap();
    exchange.end(&ledger).unwrap();
    import.end(&ledger).unwrap();
    assert_eq!(indexes(&ledger), all);
}
