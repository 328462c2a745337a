//! Much comes in at once.

use cotmoc_ledger::LedgerError;
use cotmoc_tests::bench::exchange::write_all;
use cotmoc_tests::bench::workload::{Owner, registration};
use cotmoc_tests::fleet::{Player, Town, register, unit};
use serde_json::{Value, json};

/// More than what is in one part, and than what is taken in with every index in place.
const MANY: u64 = 2_400;

fn indexes(player: &Player) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name";
    let read = |connection: &rusqlite::Connection| -> Result<Vec<String>, LedgerError> {
        let mut statement = connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    };
    player.device().ledger().read(read).unwrap()
}

/// Grows whenever an index goes or comes.
fn schema(player: &Player) -> i64 {
    let read = |connection: &rusqlite::Connection| -> Result<i64, LedgerError> {
        Ok(connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?)
    };
    player.device().ledger().read(read).unwrap()
}

/// Writes many registrations of a unit: begun, placed and submitted. What lies between is of no matter here.
fn write_many(town: &Town, post: &Player) {
    let cycles = town.compiler.call("cycles.list", Value::Null);
    let owner = Owner {
        province: town.founded.province,
        unit: unit("don-muong-lan").parse().unwrap(),
        cycle: cycles["cycles"][0]["id"].as_str().unwrap().parse().unwrap(),
    };
    let writes = (0..MANY).flat_map(|number| {
        let mut groups = registration(&owner, number);
        let last = groups.pop();
        groups.truncate(2);
        groups.into_iter().chain(last)
    });
    write_all(post, writes).unwrap();
    register(post, "Thắp sáng đường biên");
}

/// Demands that the lists and totals of both are alike.
#[track_caller]
fn assert_show_the_same(wrote: &Player, took: &Player) {
    for (method, asked) in [
        ("totals.get", json!({})),
        ("models.list", json!({ "filter": {}, "limit": 50 })),
        (
            "models.list",
            json!({ "filter": { "query": "thap sang" }, "limit": 50 }),
        ),
        (
            "models.list",
            json!({ "filter": { "possible_duplicate": true }, "limit": 50 }),
        ),
    ] {
        let seen = |player: &Player| {
            let mut seen = player.call(method, asked.clone());
            // Where a record is held, and who says so, is each device's own.
            for row in seen["rows"].as_array_mut().into_iter().flatten() {
                row["held"] = Value::Null;
            }
            seen
        };
        assert!(seen(wrote) == seen(took), "{method} {asked} differs");
    }
}

#[test]
fn a_device_that_takes_thousands_in_lists_counts_and_finds_them_as_the_one_that_wrote_them() {
    let town = Town::son_la().unwrap();
    let post = town.post("first", "don-muong-lan").unwrap();
    let mut other = town.post("second", "don-muong-lan").unwrap();
    write_many(&town, &post);
    post.exchange();
    let (before, changes) = (indexes(&other), schema(&other));
    let outcome = other.exchange();
    assert!(schema(&other) > changes, "they were away meanwhile");
    assert!(outcome["received"].as_u64() > Some(MANY * 3), "{outcome}");
    assert_eq!(indexes(&other), before);
    assert_show_the_same(&post, &other);
    // As a program leaves them that is killed in the middle.
    let leave =
        "INSERT INTO list_index_away SELECT name, sql FROM sqlite_schema WHERE name = 'registration_by_name';
                 DROP INDEX registration_by_name;";
    let left =
        |transaction: &rusqlite::Transaction<'_>| transaction.execute_batch(leave).map_err(LedgerError::from);
    other.device().ledger().write_local(left).unwrap();
    assert_ne!(indexes(&other), before);
    other.close();
    other.reopen().unwrap();
    assert_eq!(indexes(&other), before);
}

#[test]
fn a_device_that_takes_thousands_in_from_a_stick_lists_counts_and_finds_them_as_the_one_that_wrote_them() {
    let town = Town::son_la().unwrap();
    let post = town.post("first", "don-muong-lan").unwrap();
    let other = town.post("second", "don-muong-lan").unwrap();
    for player in [&post, &other, &post] {
        player.exchange();
    }
    write_many(&town, &post);
    let stick = tempfile::tempdir().unwrap();
    post.call("sticks.export", json!({ "folder": stick.path() }));
    let (before, changes) = (indexes(&other), schema(&other));
    let taken = other.call("sticks.import", json!({ "paths": [stick.path()] }));
    assert!(taken["records"].as_u64() > Some(MANY), "{taken}");
    assert!(schema(&other) > changes, "they were away meanwhile");
    assert_eq!(indexes(&other), before);
    assert_show_the_same(&post, &other);
}
