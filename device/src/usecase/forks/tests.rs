#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What an administrator sees and chooses, on a real device.

use std::path::Path;
use std::sync::Arc;

use cotmoc_core::access::Holder;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::SigningKey;
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Author, GauntletProgram, Index, RecordChange, Unlock};
use uuid::Uuid;

use super::*;
use crate::DeviceOptions;
use crate::clock::SystemClock;
use crate::store::DeviceIndex;
use crate::store::remote::Remote;

const NOW: i64 = 1_795_323_600_000;

fn province() -> ProvinceId {
    ProvinceId(Uuid::from_u128(14))
}

fn authority() -> Author {
    Author {
        key: SigningKey::from_seed(&[7; 32]),
        incarnation: Incarnation(1),
    }
}

fn enter(device: &Device, acts: Vec<RosterAct>) {
    let scope = Scope::roster(province());
    let acts: Vec<Write> = acts.into_iter().map(|act| Write::Act { scope, act }).collect();
    device.ledger.write(&authority(), NOW, &acts).unwrap();
}

fn device(home: &Path, role: Role, holder: Holder) -> Device {
    let options = DeviceOptions {
        clock: Arc::new(SystemClock),
        gauntlet: GauntletProgram::this_program().unwrap(),
        state: Some(home.join("state")),
    };
    let device = Device::open(&home.join("device"), Unlock { passphrase: None }, options).unwrap();
    device
        .ledger
        .join_province(province(), authority().device())
        .unwrap();
    let invitation = Hash32([1; 32]);
    enter(
        &device,
        vec![
            RosterAct::Founded {
                province: province(),
                name: "Tỉnh thử nghiệm".into(),
                root_unit: UnitId::from_slug("tinh"),
            },
            RosterAct::Invited {
                invitation,
                role,
                holder,
                holder_name: "Đơn vị thử nghiệm".into(),
                expires_at: i64::MAX,
                asked: None,
            },
            RosterAct::Granted {
                device: device.author.device(),
                label: "Máy thử".into(),
                invitation,
            },
        ],
    );
    let remote = Remote {
        server: String::new(),
        tls_pin: Hash32::ZERO,
        province: province(),
        province_name: String::new(),
        authority: authority().device(),
    };
    remote.store(&device.ledger).unwrap();
    device
}

/// A post's log of its unit forked at its third entry, as the authority tells of it.
fn told() -> (LogId, RosterAct) {
    let log = LogId {
        device: SigningKey::from_seed(&[9; 32]).device(),
        incarnation: Incarnation(u64::MAX),
        scope: Scope::unit(province(), UnitId::from_slug("don")),
    };
    let branch = |number| FoundBranch {
        hash: Hash32([number; 32]),
        entries: u64::from(number),
        claimed: Some((NOW, NOW + 1)),
    };
    let act = RosterAct::ForkFound {
        log: LogName::of(&log),
        seq: 3,
        branches: vec![branch(4), branch(5)],
    };
    (log, act)
}

#[test]
fn an_administrator_sees_a_fork_that_the_authority_told_of_and_chooses_once() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Administrator, Holder::Province);
    assert_eq!(list(&device, Nothing {}).unwrap().forks, []);
    let (log, act) = told();
    enter(&device, vec![act]);
    let row = list(&device, Nothing {}).unwrap().forks.remove(0);
    assert_eq!((row.log.seq, row.place.as_str(), row.is_own), (3, "unit", false));
    assert_eq!(
        row.log.incarnation,
        u64::MAX.to_string(),
        "a number that JSON would round"
    );
    assert_eq!(row.branches.len(), 2);
    let request = |keep: Hash32| SettleFork {
        log: row.log.clone(),
        keep: keep.to_string(),
    };
    let unknown = settle(&device, request(Hash32([6; 32]))).unwrap_err();
    assert_eq!(unknown.code, "bad_request");
    let after = settle(&device, request(Hash32([5; 32]))).unwrap();
    assert!(after.forks[0].is_pending && after.forks[0].settled.is_none());
    let twice = settle(&device, request(Hash32([4; 32]))).unwrap_err();
    assert_eq!(twice.code, "fork_settled");

    // The authority answers.
    let roster = device.ledger.roster(province()).unwrap();
    let requests = device
        .ledger
        .roster_requests(&roster.scope(), &roster.authority)
        .unwrap();
    let (hash, payload) = &requests[0];
    enter(
        &device,
        vec![RosterAct::decode(payload).unwrap().answering(*hash)],
    );
    let row = list(&device, Nothing {}).unwrap().forks.remove(0);
    assert_eq!(
        (row.settled, row.is_pending),
        (Some(Hash32([5; 32]).to_string()), false)
    );
    let roster = device.ledger.roster(province()).unwrap();
    assert_eq!(roster.settled_fork(&log, 3), Some(Hash32([5; 32])));
    // A second word changes nothing.
    enter(
        &device,
        vec![RosterAct::ForkSettled {
            log: LogName::of(&log),
            seq: 3,
            keep: Hash32([4; 32]),
            asked: None,
        }],
    );
    let roster = device.ledger.roster(province()).unwrap();
    assert_eq!(roster.settled_fork(&log, 3), Some(Hash32([5; 32])));
}

#[test]
fn nobody_else_chooses() {
    let home = tempfile::tempdir().unwrap();
    let unit = Holder::Unit(UnitId::from_slug("don"));
    let device = device(home.path(), Role::Post, unit);
    enter(&device, vec![told().1]);
    let row = list(&device, Nothing {}).unwrap().forks.remove(0);
    let keep = row.branches[0].entry.clone();
    let refused = settle(&device, SettleFork { log: row.log, keep }).unwrap_err();
    assert_eq!(refused.code, "role_may_not");
}

#[test]
fn a_device_that_was_copied_opens_in_a_new_life_and_one_that_was_not_in_the_same() {
    let home = tempfile::tempdir().unwrap();
    let unit = Holder::Unit(UnitId::from_slug("don"));
    let first = device(home.path(), Role::Post, unit);
    let before = first.author.incarnation();
    drop(first);
    let open = |folder: &Path| {
        let options = DeviceOptions {
            clock: Arc::new(SystemClock),
            gauntlet: GauntletProgram::this_program().unwrap(),
            state: Some(home.path().join("state")),
        };
        Device::open(folder, Unlock { passphrase: None }, options).unwrap()
    };
    let same = open(&home.path().join("device"));
    assert_eq!(same.author.incarnation(), before);
    drop(same);
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(home.path().join("device")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    let copied = open(&copy);
    assert_ne!(copied.author.incarnation(), before);
    assert_eq!(copied.ledger.own_incarnations().unwrap().len(), 2);
}

#[test]
fn a_record_that_is_gone_leaves_the_lists() {
    let home = tempfile::tempdir().unwrap();
    let unit = UnitId::from_slug("don");
    let device = device(home.path(), Role::Post, Holder::Unit(unit));
    let scope = Scope::unit(province(), unit);
    let record = RecordId(Uuid::from_u128(1));
    let edit = Device::edit(
        scope,
        record,
        RecordKind::Registration,
        vec![Edit::line("name", "Ánh sáng")],
    );
    device.write(&[edit]).unwrap();
    let rows = |sql: &str| -> i64 {
        let count = |connection: &rusqlite::Connection| connection.query_row(sql, [], |row| row.get(0));
        device
            .ledger
            .read(|connection| count(connection).map_err(cotmoc_ledger::LedgerError::from))
            .unwrap()
    };
    let listed = "SELECT count(*) FROM registration";
    let found = "SELECT count(*) FROM registration_words WHERE registration_words MATCH 'anh'";
    assert_eq!((rows(listed), rows(found)), (1, 1));
    let held = device.ledger.record(record).unwrap().unwrap();
    let row = rows("SELECT id FROM record");
    device
        .ledger
        .write_local(|transaction| {
            let was = RecordChange {
                record,
                row,
                kind: held.kind,
                scope,
                state: &held.state,
                differing: &[],
                claimed_at: NOW,
            };
            DeviceIndex
                .record_gone(transaction, &was)
                .map_err(cotmoc_ledger::LedgerError::from)
        })
        .unwrap();
    assert_eq!((rows(listed), rows(found)), (0, 0));
}
