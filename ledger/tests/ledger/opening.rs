//! Opening a folder: one process, the right key, a database that is what it should be.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cotmoc_ledger::{Folder, KeyFile, KeyState, Ledger, LedgerError, SQLITE_AT_LEAST, Unlock};

use crate::support::{Province, Store, open, record, unit_scope};

fn open_folder(path: &Path, passphrase: Option<&str>) -> Result<Folder, LedgerError> {
    Folder::open(path, Unlock { passphrase })
}

#[test]
fn a_folder_that_is_open_in_this_process_is_refused_with_its_id() {
    let store = Store::new();
    let refused = open(store.folder.path()).unwrap_err();
    assert!(
        matches!(&refused, LedgerError::InUse(holder) if *holder == std::process::id().to_string()),
        "{refused}"
    );
    let folder = store.folder;
    drop(store.ledger);
    open(folder.path()).expect("a folder that was closed can be opened");
}

#[test]
fn a_folder_that_another_process_has_open_is_refused_until_that_process_ends_however_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    for killed in [false, true] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gauntlet-child"))
            .arg("hold")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "held\n");
        let refused = open_folder(folder.path(), None).unwrap_err();
        assert!(
            matches!(&refused, LedgerError::InUse(holder) if *holder == child.id().to_string()),
            "{refused}"
        );
        if killed {
            child.kill().unwrap();
        } else {
            drop(child.stdin.take());
        }
        child.wait().unwrap();
        open_folder(folder.path(), None).expect("the lock goes with its process");
    }
}

#[test]
fn a_wrapped_key_needs_its_passphrase_and_no_other_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        open_folder(folder.path(), Some("biên cương"))
            .unwrap()
            .key_state()
            .unwrap(),
        KeyState::Wrapped
    );
    assert!(matches!(
        open_folder(folder.path(), None),
        Err(LedgerError::PassphraseNeeded)
    ));
    assert!(matches!(
        open_folder(folder.path(), Some("biên cuơng")),
        Err(LedgerError::WrongPassphrase)
    ));
    open_folder(folder.path(), Some("biên cương")).unwrap();
}

#[test]
fn changing_the_passphrase_keeps_the_records_and_leaves_no_other_way_in() {
    let province = Province::new();
    let post = province.post(1, 11);
    let Store { folder, ledger } = {
        let store = province.store();
        store.name(&post, unit_scope(11), record(1), "Thắp sáng đường biên");
        store
    };
    assert_eq!(ledger.folder().key_state().unwrap(), KeyState::Bare);
    ledger.folder().change_passphrase(None, Some("một")).unwrap();
    let wrong = ledger.folder().change_passphrase(Some("hai"), Some("ba"));
    assert!(matches!(wrong, Err(LedgerError::WrongPassphrase)));
    ledger
        .folder()
        .change_passphrase(Some("một"), Some("hai"))
        .unwrap();
    drop(ledger);
    assert!(matches!(
        open_folder(folder.path(), Some("một")),
        Err(LedgerError::WrongPassphrase)
    ));
    let opened = open_folder(folder.path(), Some("hai")).unwrap();
    let ledger = Ledger::open(
        opened,
        std::sync::Arc::new(cotmoc_ledger::NoIndex),
        crate::support::program(),
    )
    .unwrap();
    assert!(
        ledger
            .record(record(1))
            .unwrap()
            .unwrap()
            .state
            .contains("Thắp sáng đường biên")
    );
    ledger.folder().change_passphrase(Some("hai"), None).unwrap();
    drop(ledger);
    open(folder.path()).expect("a bare key opens without a passphrase");
}

#[test]
fn a_database_without_its_key_file_is_not_taken_for_a_new_folder() {
    let Store { folder, ledger } = Store::new();
    drop(ledger);
    let database = fs::read(folder.path().join("records.db")).unwrap();
    fs::remove_file(folder.path().join("key.json")).unwrap();
    assert!(matches!(
        open_folder(folder.path(), None),
        Err(LedgerError::DamagedKey(_))
    ));
    assert!(
        !folder.path().join("key.json").exists(),
        "no new key is made for an old database"
    );
    assert_eq!(fs::read(folder.path().join("records.db")).unwrap(), database);
}

#[test]
fn a_damaged_key_file_is_said_to_be_so_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_folder(folder.path(), Some("một")).unwrap());
    let path = folder.path().join("key.json");
    let good = fs::read_to_string(&path).unwrap();
    let damages = [
        String::new(),
        "{}".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"salt\": \"", "\"salt\": \"zz"),
        good.replace("\"nonce\": \"", "\"nonce\": \"00"),
    ];
    for damaged in damages {
        fs::write(&path, &damaged).unwrap();
        let refused = open_folder(folder.path(), Some("một")).unwrap_err();
        assert!(
            matches!(refused, LedgerError::DamagedKey(_)),
            "{damaged:?}: {refused}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
    let sealed = good.find("\"sealed\": \"").unwrap() + 11;
    let flipped = if &good[sealed..=sealed] == "0" { "1" } else { "0" };
    fs::write(
        &path,
        format!("{}{flipped}{}", &good[..sealed], &good[sealed + 1..]),
    )
    .unwrap();
    assert!(matches!(
        open_folder(folder.path(), Some("một")),
        Err(LedgerError::WrongPassphrase)
    ));
}

#[test]
fn a_damaged_database_is_said_to_be_so_and_nothing_is_written_over_it() {
    let province = Province::new();
    let post = province.post(1, 11);
    let Store { folder, ledger } = {
        let store = province.store();
        for number in 0..30 {
            store.name(&post, unit_scope(11), record(number), "Thắp sáng đường biên");
        }
        store
    };
    drop(ledger);
    let path = folder.path().join("records.db");
    let good = fs::read(&path).unwrap();
    let mut header = good.clone();
    header[..64].fill(0xa5);
    let mut salt = good.clone();
    salt[3] ^= 1;
    let another = b"this is not a database".repeat(500);
    for damaged in [header, salt, good[..1_000].to_vec(), another] {
        fs::write(&path, &damaged).unwrap();
        let refused = open(folder.path()).unwrap_err();
        assert!(matches!(refused, LedgerError::DamagedDatabase(_)), "{refused}");
        assert_eq!(
            fs::read(&path).unwrap(),
            damaged,
            "what is left of it may still be rescued"
        );
    }
    fs::write(&path, &good).unwrap();
    assert!(open(folder.path()).unwrap().record(record(29)).unwrap().is_some());
}

/// Name and bytes of everything but the file that says who has the folder open.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .filter(|(name, _)| name != "in-use")
        .collect();
    files.sort();
    files
}

#[test]
fn a_folder_whose_database_is_gone_is_damaged_and_not_a_new_one() {
    let province = Province::new();
    let post = province.post(1, 11);
    let Store { folder, ledger } = {
        let store = province.store();
        store.name(&post, unit_scope(11), record(1), "Thắp sáng đường biên");
        store
    };
    // As after a crash: the newest entries are in the write-ahead log alone.
    let crashed = tempfile::tempdir().unwrap();
    for (name, bytes) in files(folder.path()) {
        fs::write(crashed.path().join(name), bytes).unwrap();
    }
    drop(ledger);
    assert!(fs::metadata(crashed.path().join("records.db-wal")).unwrap().len() > 0);
    let database = |folder: &Path| folder.join("records.db");
    let gone = |folder: &Path| fs::remove_file(database(folder)).unwrap();
    let empty = |folder: &Path| fs::write(database(folder), "").unwrap();
    for folder in [folder.path(), crashed.path()] {
        let good = files(folder);
        for damage in [&gone as &dyn Fn(&Path), &empty] {
            damage(folder);
            let before = files(folder);
            for _ in 0..2 {
                let refused = open(folder).unwrap_err();
                assert!(matches!(refused, LedgerError::DamagedDatabase(_)), "{refused}");
                assert_eq!(files(folder), before, "what is left may still be rescued");
            }
            for (name, bytes) in &good {
                fs::write(folder.join(name), bytes).unwrap();
            }
        }
        let ledger = open(folder).unwrap();
        assert!(ledger.record(record(1)).unwrap().is_some());
    }
}

#[test]
fn a_write_ahead_log_without_its_database_is_never_thrown_away() {
    for key in [None, Some("{\"kind\":\"bare\",\"key\":\"KEY\"}")] {
        let folder = tempfile::tempdir().unwrap();
        // A folder of before it was noted that it has a database, and one that lost its key as well.
        if let Some(key) = key {
            fs::write(
                folder.path().join("key.json"),
                key.replace("KEY", &"ab".repeat(32)),
            )
            .unwrap();
        }
        fs::write(folder.path().join("records.db-wal"), "entries").unwrap();
        let before = files(folder.path());
        let refused = open(folder.path()).unwrap_err();
        match key {
            Some(_) => assert!(matches!(refused, LedgerError::DamagedDatabase(_)), "{refused}"),
            None => assert!(matches!(refused, LedgerError::DamagedKey(_)), "{refused}"),
        }
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn a_database_in_which_there_is_nothing_is_not_filled_again_where_one_had_been() {
    let Store { folder, ledger } = Store::new();
    drop(ledger);
    let path = folder.path().join("records.db");
    fs::remove_file(&path).unwrap();
    let key = KeyFile::in_folder(folder.path()).read(None).unwrap();
    drop(cotmoc_ledger::open_connection(&path, &key).unwrap());
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let refused = open(folder.path()).unwrap_err();
    assert!(matches!(refused, LedgerError::DamagedDatabase(_)), "{refused}");
}

#[test]
fn a_start_that_was_cut_short_before_there_was_a_database_is_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_folder(folder.path(), Some("biên cương")).unwrap());
    let opened = open_folder(folder.path(), Some("biên cương")).unwrap();
    let index = std::sync::Arc::new(cotmoc_ledger::NoIndex);
    let ledger = Ledger::open(opened, index, crate::support::program()).unwrap();
    // And a change of the passphrase does not forget that there is one now.
    ledger
        .folder()
        .change_passphrase(Some("biên cương"), None)
        .unwrap();
    drop(ledger);
    fs::remove_file(folder.path().join("records.db")).unwrap();
    assert!(matches!(
        open(folder.path()),
        Err(LedgerError::DamagedDatabase(_))
    ));
}

#[test]
fn a_folder_that_is_a_file_or_lies_below_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    for path in [file.clone(), file.join("below")] {
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, LedgerError::NotAFolder), "{refused}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

#[test]
fn a_database_that_another_program_keeps_to_itself_is_said_to_be_busy_and_opens_afterwards() {
    let store = Store::new();
    let (path, key) = (
        store.ledger.database_path(),
        KeyFile::in_folder(store.folder.path()).read(None).unwrap(),
    );
    let Store { folder, ledger } = store;
    drop(ledger);
    let other = cotmoc_ledger::open_connection(&path, &key).unwrap();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")
        .unwrap();
    let refused = open(folder.path()).unwrap_err();
    assert!(matches!(refused, LedgerError::Busy), "{refused}");
    drop(other);
    open(folder.path()).expect("it opens once the other one is done");
}

#[test]
fn any_bit_that_flips_in_the_database_file_is_noticed_and_never_read_as_data() {
    let province = Province::new();
    let post = province.post(1, 11);
    let Store { folder, ledger } = {
        let store = province.store();
        for number in 0..40 {
            store.name(
                &post,
                unit_scope(11),
                record(number),
                &format!("Mô hình {number}"),
            );
        }
        store
    };
    drop(ledger);
    let path = folder.path().join("records.db");
    let good = fs::read(&path).unwrap();
    let (mut refused, mut unused) = (0, 0);
    for sample in 0..100usize {
        let at = (sample * 7_919 + 13) * good.len() / 800_000 % good.len();
        let mut damaged = good.clone();
        damaged[at] ^= 1 << (sample % 8);
        fs::write(&path, &damaged).unwrap();
        match open(folder.path()) {
            Err(error) => {
                assert!(
                    matches!(error, LedgerError::DamagedDatabase(_)),
                    "byte {at}: {error}"
                );
                refused += 1;
            }
            Ok(ledger) => {
                let mut met = false;
                for number in 0..40 {
                    match ledger.record(record(number)) {
                        Ok(held) => {
                            let state = held.unwrap().state;
                            assert!(
                                state.contains(&format!("\"Mô hình {number}\"")),
                                "byte {at}: {state}"
                            );
                        }
                        Err(LedgerError::DamagedDatabase(_)) => met = true,
                        Err(error) => panic!("byte {at}: {error}"),
                    }
                }
                refused += usize::from(met);
                unused += usize::from(!met);
            }
        }
    }
    assert!(
        refused > 20,
        "{refused} of 100 were noticed, {unused} lay where no record is read"
    );
    fs::write(&path, &good).unwrap();
}

#[test]
fn a_store_of_a_newer_version_is_not_opened_and_not_changed() {
    let store = Store::new();
    let raw = store.raw();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let Store { folder, ledger } = store;
    drop(ledger);
    let before = fs::read(folder.path().join("records.db")).unwrap();
    assert!(matches!(open(folder.path()), Err(LedgerError::Newer(99))));
    assert_eq!(fs::read(folder.path().join("records.db")).unwrap(), before);
}

#[test]
fn the_database_library_is_new_enough_and_encrypts() {
    assert!(
        rusqlite::version_number() >= SQLITE_AT_LEAST,
        "{}",
        rusqlite::version()
    );
    const {
        assert!(
            SQLITE_AT_LEAST >= 3_051_003,
            "older ones can corrupt a WAL database"
        )
    };
    let raw = Store::new().raw();
    let cipher: String = raw
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .unwrap();
    assert!(cipher.starts_with("4."), "{cipher}");
    for (pragma, expected) in [("synchronous", 2), ("mmap_size", 0), ("foreign_keys", 1)] {
        let value: i64 = raw
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            .unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let mode: String = raw
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn nothing_that_was_typed_can_be_read_in_any_file_of_the_folder() {
    const CANARY: &str = "CanaryThapSangDuongBien";
    let province = Province::new();
    let post = province.post(1, 11);
    let store = province.store();
    for number in 0..50 {
        store.name(
            &post,
            unit_scope(11),
            record(number),
            &format!("{CANARY} {number}"),
        );
    }
    store.ledger.set_meta("note", CANARY.as_bytes()).unwrap();
    let seed = store.ledger.author().unwrap().key.seed();
    let scan = |when: &str| {
        let mut scanned = Vec::new();
        for entry in fs::read_dir(store.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for secret in [
                CANARY.as_bytes(),
                b"SQLite format 3",
                &seed,
                "Đơn vị thử nghiệm".as_bytes(),
            ] {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{when}: {} holds plain text", path.display());
            }
            scanned.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        scanned
    };
    let open_files = scan("while open");
    assert!(
        open_files.contains(&"records.db-wal".to_owned()),
        "the write-ahead log was scanned too: {open_files:?}"
    );
    store
        .raw()
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    scan("after a checkpoint");
    assert!(
        store.state(record(7)).unwrap()["name"]
            .as_str()
            .unwrap()
            .starts_with(CANARY)
    );
}
