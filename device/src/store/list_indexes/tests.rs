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
    let (ledger, away) = (open(home.path()), Away::default());
    let all = indexes(&ledger);
    let mut intake = Intake::begin(&ledger, &away);
    intake.took(MUCH - 1);
    assert_eq!(indexes(&ledger), all, "not much yet");
    intake.took(1);
    let left = indexes(&ledger);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|made_by| all.contains(made_by)));
    intake.took(MUCH);
    intake.end();
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
    let (ledger, away) = (open(home.path()), Away::default());
    list(&ledger, 4 * MUCH + 2);
    let all = indexes(&ledger);
    let mut intake = Intake::begin(&ledger, &away);
    intake.took(MUCH);
    assert_eq!(
        indexes(&ledger),
        all,
        "making them again would cost more than it spares"
    );
    intake.took(MUCH);
    assert_eq!(indexes(&ledger), all);
    intake.took(MUCH * 2);
    assert!(indexes(&ledger).len() < all.len());
    intake.end();
    assert_eq!(indexes(&ledger), all);
}

#[test]
fn what_comes_slowly_finds_them_in_place() {
    let home = tempfile::tempdir().unwrap();
    let (ledger, away) = (open(home.path()), Away::default());
    let all = indexes(&ledger);
    let slowly = |intake: &mut Intake<'_>| intake.latest.0 -= QUICK + Duration::from_secs(1);
    let mut intake = Intake::begin(&ledger, &away);
    intake.took(1);
    slowly(&mut intake);
    intake.took(MUCH);
    assert_eq!(indexes(&ledger), all, "there is time to keep them up");
    intake.took(MUCH);
    assert!(indexes(&ledger).len() < all.len());
    intake.took(1);
    assert!(indexes(&ledger).len() < all.len());
    slowly(&mut intake);
    intake.took(1);
    assert_eq!(indexes(&ledger), all, "the link became slow");
    intake.took(MUCH * 8);
    assert!(indexes(&ledger).len() < all.len());
    intake.pause();
    assert_eq!(indexes(&ledger), all, "the link broke");
}

#[test]
fn a_panic_while_much_comes_in_leaves_none_away() {
    let home = tempfile::tempdir().unwrap();
    let (ledger, away) = (open(home.path()), Away::default());
    let all = indexes(&ledger);
    let panics = std::panic::AssertUnwindSafe(|| {
        let mut intake = Intake::begin(&ledger, &away);
        intake.took(MUCH);
        assert_eq!(indexes(&ledger), all, "this is the panic");
    });
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!(indexes(&ledger), all);
}

#[test]
fn what_another_end_left_away_is_made_and_one_that_cannot_be_made_keeps_none_of_the_others_away() {
    let home = tempfile::tempdir().unwrap();
    let (ledger, away) = (open(home.path()), Away::default());
    let all = indexes(&ledger);
    let mut killed = Intake::begin(&ledger, &away);
    killed.took(MUCH);
    std::mem::forget(killed);
    assert!(indexes(&ledger).len() < all.len());
    let left = "INSERT INTO list_index_away VALUES ('a_damaged_row', 'CREATE INDEX a_damaged_row ON nothing (at_all)');
                CREATE INDEX registration_by_name ON registration (name_key);";
    ledger
        .write_local(|transaction| transaction.execute_batch(left).map_err(LedgerError::from))
        .unwrap();
    assert!(make_again(&ledger, &Away::default()).is_err());
    let made = indexes(&ledger);
    assert_eq!(made.len(), all.len());
    let newer = "CREATE INDEX registration_by_name ON registration (name_key)";
    assert!(
        made.iter().any(|made_by| made_by == newer),
        "what a newer script made stays"
    );
}

#[test]
fn an_import_that_ends_beside_an_exchange_leaves_the_exchange_what_it_has_put_away() {
    let home = tempfile::tempdir().unwrap();
    let (ledger, away) = (open(home.path()), Away::default());
    let all = indexes(&ledger);
    let mut exchange = Intake::begin(&ledger, &away);
    exchange.took(MUCH);
    let spared = indexes(&ledger);
    assert!(spared.len() < all.len());
    let mut small = Intake::begin(&ledger, &away);
    small.took(1);
    small.end();
    assert_eq!(indexes(&ledger), spared);
    let mut large = Intake::begin(&ledger, &away);
    large.took(MUCH);
    exchange.end();
    assert_eq!(indexes(&ledger), spared, "the import still needs them away");
    large.pause();
    assert_eq!(indexes(&ledger), all);
}
