//! Photos and files through crashes, damage and loss: what was confirmed is held, what is damaged is missing.

// What is missing is a list of ranges, of one range too.
#![allow(clippy::single_range_in_vec_init)]

use std::fs;
use std::path::Path;

use cotmoc_core::media::{BlobId, CHUNK};
use cotmoc_ledger::Taken;

use crate::media::{Town, bytes};
use crate::support::{Store, open, record};

/// The files as a crash leaves them: without what only the running process knew.
fn crashed(store: &Store) -> Store {
    let folder = tempfile::tempdir().unwrap();
    copy(store.folder.path(), folder.path(), |_| true);
    reopen(folder)
}

fn reopen(folder: tempfile::TempDir) -> Store {
    let ledger = open(folder.path()).unwrap();
    Store { folder, ledger }
}

fn copy(from: &Path, to: &Path, which: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if which(&name) && !name.ends_with("-shm") && name != "in-use" {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

fn is_media(name: &str) -> bool {
    name.starts_with("media.db")
}

#[test]
fn a_store_without_photos_has_no_file_for_them() {
    let store = Store::new();
    assert_eq!(
        store.ledger.take_chunk(BlobId::of(b"x"), 0, b"x").unwrap(),
        Taken::NotWanted
    );
    assert_eq!(
        (
            store.ledger.blob(BlobId::of(b"x")).unwrap(),
            store.missing().len()
        ),
        (None, 0)
    );
    assert!(!store.folder.path().join("media.db").exists());
    store.ledger.store_blob(b"x").unwrap();
    assert!(store.folder.path().join("media.db").exists());
}

#[test]
fn bytes_are_durable_before_the_entry_that_names_them_and_dropped_at_opening_when_none_came() {
    let town = Town::new();
    let waiting = bytes(7, CHUNK + 1);
    let blob = town.device.ledger.store_blob(&waiting).unwrap();
    // The process died between the two.
    let after = crashed(&town.device);
    assert_eq!(after.ledger.blob(blob).unwrap(), None);
    assert_eq!(
        after.ledger.blob(BlobId::of(&town.working)).unwrap().unwrap(),
        town.working
    );
    let stock = after.ledger.media_stock().unwrap();
    assert_eq!(stock.bytes_held, (town.small.len() + town.working.len()) as u64);
    // Here it lives on, and the entry is written.
    town.device
        .add_photo(&town.post, record(1), 2, &town.small, &waiting);
    let after = crashed(&town.device);
    assert_eq!(after.ledger.blob(blob).unwrap().unwrap(), waiting);
    assert_eq!(after.attachments(record(1)), town.device.attachments(record(1)));
}

#[test]
fn a_crash_between_chunks_keeps_those_that_were_verified() {
    let town = Town::new();
    let other = town.other();
    let blob = BlobId::of(&town.working);
    other
        .ledger
        .take_chunk(blob, 1, &town.working[CHUNK..2 * CHUNK])
        .unwrap();
    let after = crashed(&other);
    assert_eq!(after.missing()[1].1, vec![0..1, 2..3]);
    after.fetch_all(&town.device);
    assert_eq!(after.ledger.blob(blob).unwrap().unwrap(), town.working);
}

#[test]
fn a_crash_after_the_last_chunk_and_before_it_is_noted_is_put_right_at_opening() {
    let town = Town::new();
    let other = town.other();
    let folder = tempfile::tempdir().unwrap();
    copy(other.folder.path(), folder.path(), |name| !is_media(name));
    other.fetch_all(&town.device);
    copy(other.folder.path(), folder.path(), is_media);
    let after = reopen(folder);
    assert_eq!(after.missing(), []);
    assert!(after.ledger.media_complete(&town.log(), 2).unwrap());
    assert_eq!(after.attachments(record(1)), other.attachments(record(1)));
}

#[test]
fn a_rebuild_makes_the_same_of_the_entries_and_keeps_the_bytes() {
    let town = Town::new();
    let other = town.other();
    let blob = BlobId::of(&town.working);
    other.ledger.take_chunk(blob, 0, &town.working[..CHUNK]).unwrap();
    let listed = (
        other.attachments(record(1)),
        other.missing(),
        other.ledger.media_stock().unwrap(),
    );
    assert_eq!(other.rebuild().changed, 0);
    assert_eq!(
        (
            other.attachments(record(1)),
            other.missing(),
            other.ledger.media_stock().unwrap()
        ),
        listed
    );
    assert!(!other.ledger.media_complete(&town.log(), 2).unwrap());
    other.fetch_all(&town.device);
    other.rebuild();
    assert!(other.ledger.media_complete(&town.log(), 2).unwrap());
    assert_eq!(other.missing(), []);
}

fn media_connection(store: &Store) -> rusqlite::Connection {
    let path = store.folder.path().join("media.db");
    cotmoc_ledger::open_connection(&path, store.ledger.folder().key()).unwrap()
}

#[test]
fn a_damaged_chunk_is_never_handed_on_and_is_missing_until_it_comes_again() {
    for whole in [false, true] {
        let town = Town::new();
        let other = town.other();
        other.fetch_all(&town.device);
        let blob = BlobId::of(&town.working);
        let damaged = media_connection(&other)
            .execute(
                "UPDATE chunk SET bytes = zeroblob(65536) WHERE place % 256 = 1",
                [],
            )
            .unwrap();
        assert_eq!(damaged, 1);
        assert_eq!(
            other.ledger.chunk(blob, 0).unwrap().unwrap(),
            &town.working[..CHUNK]
        );
        if whole {
            assert_eq!(other.ledger.blob(blob).unwrap(), None);
        } else {
            assert_eq!(other.ledger.chunk(blob, 1).unwrap(), None);
        }
        assert_eq!(other.missing(), [(town.working.len() as u32, vec![1..2])]);
        assert!(!other.ledger.media_complete(&town.log(), 2).unwrap());
        assert_eq!(other.attachments(record(1))[0].renditions[1].held, 2);
        other.fetch_all(&town.device);
        assert_eq!(other.ledger.blob(blob).unwrap().unwrap(), town.working);
        assert!(other.ledger.media_complete(&town.log(), 2).unwrap());
    }
}

#[test]
fn a_chunk_damaged_before_the_last_one_came_does_not_make_an_honest_manifest_a_lie() {
    let town = Town::new();
    let other = town.other();
    let blob = BlobId::of(&town.working);
    let chunks: Vec<&[u8]> = town.working.chunks(CHUNK).collect();
    other.ledger.take_chunk(blob, 0, chunks[0]).unwrap();
    other.ledger.take_chunk(blob, 1, chunks[1]).unwrap();
    media_connection(&other)
        .execute("UPDATE chunk SET bytes = x'00' WHERE place % 256 = 0", [])
        .unwrap();
    assert_eq!(
        other.ledger.take_chunk(blob, 2, chunks[2]).unwrap(),
        Taken::Stored
    );
    assert_eq!(other.missing()[1].1, vec![0..1]);
    assert_eq!(
        other.ledger.take_chunk(blob, 0, chunks[0]).unwrap(),
        Taken::Completed
    );
    assert_eq!(other.ledger.blob(blob).unwrap().unwrap(), town.working);
}

#[test]
fn a_page_damaged_on_the_disk_is_a_damaged_chunk_and_nothing_else_is_lost() {
    let town = Town::new();
    let other = town.other();
    other.fetch_all(&town.device);
    let blob = BlobId::of(&town.working);
    let Store { folder, ledger } = other;
    drop(ledger);
    // In the middle of the file are pages of chunks.
    let path = folder.path().join("media.db");
    let mut file = fs::read(&path).unwrap();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    fs::write(&path, file).unwrap();
    let other = reopen(folder);
    assert_eq!(other.ledger.blob(blob).unwrap(), None);
    assert_eq!(other.missing(), [(town.working.len() as u32, vec![1..2])]);
    assert_eq!(
        other.ledger.chunk(blob, 2).unwrap().unwrap(),
        &town.working[2 * CHUNK..]
    );
    assert!(other.ledger.blob(BlobId::of(&town.small)).unwrap().is_some());
    other.fetch_all(&town.device);
    assert_eq!(other.ledger.blob(blob).unwrap().unwrap(), town.working);
    let other = other.reopened();
    assert_eq!(other.ledger.blob(blob).unwrap().unwrap(), town.working);
    assert_eq!(other.missing(), []);
}

#[test]
fn a_lost_or_ruined_file_of_bytes_leaves_the_journal_readable_and_everything_comes_again() {
    for ruined in [false, true] {
        let town = Town::new();
        let other = town.other();
        other.fetch_all(&town.device);
        let Store { folder, ledger } = other;
        drop(ledger);
        let path = folder.path().join("media.db");
        if ruined {
            fs::write(&path, vec![0x5a; 8192]).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let other = reopen(folder);
        assert_eq!(other.missing().len(), 2);
        assert!(!other.ledger.media_complete(&town.log(), 2).unwrap());
        assert_eq!(other.attachments(record(1)).len(), 1);
        other.fetch_all(&town.device);
        assert_eq!(
            other.ledger.blob(BlobId::of(&town.working)).unwrap().unwrap(),
            town.working
        );
        assert_eq!(
            other.folder.path().join("media.db.damaged").exists(),
            ruined,
            "it is put aside"
        );
    }
}
