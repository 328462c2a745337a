//! Documents and index tables are caches: damage to them is found on reading and mended from the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cotmoc_core::record::{Edit, RecordKind, state_hash};
use cotmoc_ledger::{Index, LedgerError, RecordChange};
use rusqlite::{Connection, Transaction, params};

use crate::support::{Province, Store, author, open_with, record, unit_scope};

/// Counts per record how often it changed, and keeps its state hash.
#[derive(Debug, Default)]
struct Counting {
    cleared: AtomicU64,
    fails: std::sync::atomic::AtomicBool,
}

impl Index for Counting {
    fn migrations(&self) -> &'static [&'static str] {
        &["CREATE TABLE seen (record BLOB PRIMARY KEY, changes INTEGER NOT NULL, state BLOB NOT NULL) STRICT"]
    }

    fn prepare(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn record_changed(
        &self,
        transaction: &Transaction<'_>,
        change: &RecordChange<'_>,
    ) -> rusqlite::Result<()> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(rusqlite::Error::InvalidQuery);
        }
        transaction.execute(
            "INSERT INTO seen VALUES (?1, 1, ?2) ON CONFLICT (record) DO UPDATE SET changes = changes + 1, state = ?2",
            params![change.record.0.as_bytes().as_slice(), &state_hash(change.state).0[..]],
        )?;
        Ok(())
    }

    fn record_gone(&self, transaction: &Transaction<'_>, was: &RecordChange<'_>) -> rusqlite::Result<()> {
        transaction
            .execute(
                "DELETE FROM seen WHERE record = ?1",
                [was.record.0.as_bytes().as_slice()],
            )
            .map(|_| ())
    }

    fn clear(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        self.cleared.fetch_add(1, Ordering::SeqCst);
        transaction.execute("DELETE FROM seen", [])?;
        Ok(())
    }
}

fn seen(store: &Store) -> Vec<(Vec<u8>, i64, Vec<u8>)> {
    store
        .ledger
        .read(|connection| -> Result<_, LedgerError> {
            let mut statement =
                connection.prepare("SELECT record, changes, state FROM seen ORDER BY record")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

/// Flips one bit of a column of a cached record.
fn flip(store: &Store, id: cotmoc_core::id::RecordId, column: &str) {
    let raw = store.raw();
    let code = id.0.as_bytes().as_slice();
    let select = format!("SELECT CAST({column} AS BLOB) FROM record WHERE code = ?1");
    let mut bytes: Vec<u8> = raw.query_row(&select, [code], |row| row.get(0)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    let column_type = if column == "saved" { "BLOB" } else { "TEXT" };
    let update = format!("UPDATE record SET {column} = CAST(?2 AS {column_type}) WHERE code = ?1");
    assert_eq!(raw.execute(&update, params![code, bytes]).unwrap(), 1);
}

fn with_registrations(count: u128) -> (Province, cotmoc_ledger::Author, Store) {
    let province = Province::new();
    let post = province.post(1, 11);
    let store = province.store();
    for number in 0..count {
        store.name(
            &post,
            unit_scope(11),
            record(number),
            &format!("Mô hình {number}"),
        );
        let goals = Edit::Text {
            property: "goals",
            text: "Mỗi bản một cụm đèn".into(),
        };
        store.edit(
            &post,
            unit_scope(11),
            record(number),
            RecordKind::Registration,
            vec![goals],
        );
    }
    (province, post, store)
}

#[test]
fn a_flipped_bit_in_a_cached_record_is_detected_on_reading_and_mended_from_the_journal() {
    let (_province, _post, store) = with_registrations(3);
    let before = store.ledger.record(record(1)).unwrap().unwrap();
    for column in ["saved", "state", "differing", "row_hash"] {
        if column == "row_hash" {
            store
                .raw()
                .execute("UPDATE record SET row_hash = zeroblob(32)", [])
                .unwrap();
        } else {
            flip(&store, record(1), column);
        }
        assert_eq!(
            store.ledger.record(record(1)).unwrap().unwrap(),
            before,
            "a flipped {column} is never shown"
        );
        let mended: String = store
            .raw()
            .query_row(
                "SELECT state FROM record WHERE code = ?1",
                [record(1).0.as_bytes().as_slice()],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(mended, before.state, "and the row itself is mended");
    }
    flip(&store, record(2), "saved");
    assert_eq!(
        store.ledger.document(record(2)).unwrap().state()["name"],
        "Mô hình 2"
    );
    assert_eq!(store.rebuild().changed, 1, "row 0 was damaged and not read yet");
}

#[test]
fn a_damaged_record_is_mended_before_it_is_edited_or_receives_a_change() {
    let (province, post, store) = with_registrations(1);
    flip(&store, record(0), "saved");
    store.name(&post, unit_scope(11), record(0), "Tên mới");
    assert_eq!(store.state(record(0)).unwrap()["goals"], "Mỗi bản một cụm đèn");

    let colleague = province.post(2, 11);
    let other = province.store();
    store.receive(&province.roster());
    other.receive(&store.outbox(&post));
    other.edit(
        &colleague,
        unit_scope(11),
        record(0),
        RecordKind::Registration,
        vec![Edit::line("place", "Pa Tần")],
    );
    flip(&store, record(0), "state");
    store.receive(&other.outbox(&colleague));
    assert_eq!(store.sums(&post), other.sums(&post));
    assert_eq!(store.state(record(0)).unwrap()["place"], "Pa Tần");
}

#[test]
fn a_rebuild_makes_the_same_documents_again_whatever_became_of_the_caches() {
    let (_province, post, store) = with_registrations(10);
    let before = (store.sums(&post), store.ledger.all_states_hash().unwrap());
    let intact = store.rebuild();
    assert_eq!(
        (intact.documents, intact.changed, intact.state_hash),
        (10, 0, before.1)
    );

    flip(&store, record(3), "saved");
    flip(&store, record(4), "state");
    store
        .raw()
        .execute(
            "UPDATE record SET saved = x'00', state = '{}' WHERE id % 2 = 0",
            [],
        )
        .unwrap();
    let rebuilt = store.rebuild();
    assert!(rebuilt.changed >= 5, "{rebuilt:?}");
    assert_eq!(
        (rebuilt.state_hash, rebuilt.entries_hash),
        (intact.state_hash, intact.entries_hash)
    );
    assert_eq!(
        (store.sums(&post), store.ledger.all_states_hash().unwrap()),
        before
    );
}

#[test]
fn a_rebuild_empties_the_index_and_fills_it_again() {
    let province = Province::new();
    let post = province.post(1, 11);
    let index = Arc::new(Counting::default());
    let store = province.store_with(index.clone());
    for number in 0..6 {
        store.name(
            &post,
            unit_scope(11),
            record(number % 3),
            &format!("Mô hình {number}"),
        );
    }
    let before = seen(&store);
    assert_eq!(before.iter().map(|row| row.1).collect::<Vec<_>>(), [2, 2, 2]);
    store
        .raw()
        .execute("INSERT INTO seen VALUES (x'ff', 9, x'00')", [])
        .unwrap();
    store.rebuild();
    let after = seen(&store);
    assert_eq!(index.cleared.load(Ordering::SeqCst), 1);
    assert_eq!(
        after.iter().map(|row| row.1).collect::<Vec<_>>(),
        [1, 1, 1],
        "once for each record"
    );
    let states = |rows: &[(Vec<u8>, i64, Vec<u8>)]| rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>();
    assert_eq!(states(&after), states(&before));
}

#[test]
fn what_the_index_refuses_changes_nothing() {
    let province = Province::new();
    let post = province.post(1, 11);
    let index = Arc::new(Counting::default());
    let colleague = province.post(2, 11);
    let store = province.store_with(index.clone());
    store.name(&post, unit_scope(11), record(0), "Mô hình");
    let before = (store.sums(&post), seen(&store));
    index.fails.store(true, Ordering::SeqCst);
    let edit = cotmoc_ledger::Write::Edit {
        scope: unit_scope(11),
        record: record(0),
        kind: RecordKind::Registration,
        edits: vec![Edit::line("name", "Khác")],
    };
    store.ledger.write(&post, 0, &[edit]).unwrap_err();
    store.ledger.rebuild(|_, _| {}).unwrap_err();
    let other = province.store();
    other.name(&colleague, unit_scope(11), record(1), "Ở máy khác");
    store.ledger.receive(&other.outbox(&colleague)).unwrap_err();
    assert_eq!((store.sums(&post), seen(&store)), before);
}

#[test]
fn an_index_of_a_newer_version_is_not_opened() {
    let province = Province::new();
    let Store { folder, ledger } = province.store_with(Arc::new(Counting::default()));
    drop(ledger);
    let older = open_with(folder.path(), Arc::new(cotmoc_ledger::NoIndex));
    assert!(matches!(older, Err(LedgerError::Newer(1))));
    open_with(folder.path(), Arc::new(Counting::default())).unwrap();
}

#[test]
fn a_damaged_entry_is_never_rebuilt_into_a_record_that_lacks_it_nor_sent_on() {
    let (_province, post, store) = with_registrations(2);
    let before = store.ledger.record(record(1)).unwrap().unwrap();
    let raw = store.raw();
    let (position, mut payload): (i64, Vec<u8>) = raw
        .query_row(
            "SELECT position, payload FROM entry WHERE kind = 1 ORDER BY position DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let last = payload.len() - 1;
    payload[last] ^= 1;
    raw.execute(
        "UPDATE entry SET payload = ?2 WHERE position = ?1",
        params![position, payload],
    )
    .unwrap();
    let damaged = |error: LedgerError| matches!(error, LedgerError::DamagedRecord(id) if id == record(1));
    assert!(damaged(store.ledger.rebuild(|_, _| {}).unwrap_err()));
    assert_eq!(
        store.ledger.record(record(1)).unwrap().unwrap(),
        before,
        "the document stays as it was"
    );
    let heads = store.ledger.heads_of(post.device(), post.incarnation).unwrap();
    let written: u64 = heads.iter().map(|(_, seq, _)| seq).sum();
    let logs: Vec<_> = heads.into_iter().map(|(log, _, _)| (log, 0)).collect();
    let sent = store
        .ledger
        .rest_of(&logs, u64::MAX, cotmoc_ledger::SetAsideGoes::Whole);
    assert_eq!(
        sent.unwrap().pack.entries() as u64,
        written - 1,
        "the province would take it for a forgery; what stands before it goes on"
    );
}

#[test]
fn a_record_of_which_every_entry_is_set_aside_is_not_shown_before_or_after_a_rebuild() {
    let province = Province::new();
    let post = province.post(1, 11);
    let stranger = author(9);
    let index = Arc::new(Counting::default());
    let store = province.store_with(index);
    store.name(&post, unit_scope(11), record(0), "Mô hình");
    let mut pen = crate::support::Pen::new(stranger);
    let entry = pen.edit(
        unit_scope(11),
        record(1),
        &mut crate::support::registration(),
        &[Edit::line("name", "Lạ")],
    );
    store.receive(&pen.pack(&[entry]));
    let before = (store.sums(&post), seen(&store).len());
    assert_eq!(before.1, 1);
    for _ in 0..2 {
        assert_eq!(store.ledger.record(record(1)).unwrap(), None);
        assert!(matches!(
            store.ledger.document(record(1)),
            Err(LedgerError::NoRecord(_))
        ));
        assert_eq!(
            store
                .ledger
                .records_of_kind(RecordKind::Registration)
                .unwrap()
                .len(),
            1
        );
        assert_eq!(store.ledger.set_aside(10).unwrap()[0].record, Some(record(1)));
        let rebuilt = store.rebuild();
        assert_eq!((rebuilt.documents, rebuilt.changed), (1, 0));
        assert_eq!((store.sums(&post), seen(&store).len()), before);
    }
}
