use cotmoc_core::access::{Holder, Role};
use cotmoc_core::exchange::Pack;
use cotmoc_core::journal::Scope;
use cotmoc_ledger::{Folder, LedgerError, SetAsideGoes, Unlock};
use cotmoc_sync_server::{Server, ServerError, Settings, backup, write_keys};

use super::support::{Device, Province, contains, gauntlet, new_record, new_unit};

#[test]
fn after_a_restore_the_devices_notice_and_send_again_what_the_backup_does_not_hold() {
    let Province {
        home,
        server,
        founded,
        ..
    } = Province::start();
    let listen = server.addr();
    let mut administrator = Device::new().enrolled(&founded.invitation);
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let scope = Scope::unit(founded.province, unit);
    let record = new_record();
    let saved = post.write(scope, record, "Trước khi sao lưu");
    post.exchange();

    let target = home.path().join("backup.db");
    let done = backup(home.path(), &target, None).unwrap();
    assert_eq!(done.bytes, std::fs::metadata(&target).unwrap().len());
    let bytes = std::fs::read(&target).unwrap();
    assert!(!bytes.starts_with(b"SQLite format 3"), "the copy is encrypted");
    assert!(!contains(&bytes, "Sơn La".as_bytes()));
    assert!(matches!(
        backup(home.path(), &target, None),
        Err(ServerError::BackupExists(_))
    ));

    let lost = post.write(scope, record, "Sau khi sao lưu");
    let answer = post.exchange();
    assert_eq!(answer.receipts[0].seq, 2);
    let old_epoch = answer.cursor.epoch;
    server.stop();

    std::fs::rename(&target, home.path().join("records.db")).unwrap();
    let settings = Settings {
        listen,
        ..Settings::new(home.path(), gauntlet())
    };
    let server = Server::start(settings).unwrap();
    assert_ne!(
        server.state().ledger().epoch(),
        old_epoch,
        "a restored server starts a new life"
    );
    assert_eq!(
        server.address().tls_pin,
        founded.invitation.tls_pin,
        "devices still know it"
    );

    let answer = post.send(post.body(Pack::default())).unwrap();
    assert!(answer.restarted);
    assert_eq!(answer.held.len(), 1);
    assert_eq!(
        (answer.held[0].scope, answer.held[0].seq, answer.held[0].hash),
        (scope, 1, saved)
    );
    assert_eq!(
        answer.receipts.len(),
        1,
        "receipts of the new life for what it holds"
    );
    post.cursor = answer.cursor;
    post.confirmed = answer
        .held
        .iter()
        .map(|held| (post.log(held.scope), held.seq))
        .collect();
    post.exchange();
    assert!(
        server
            .state()
            .ledger()
            .sorted_entry_hashes()
            .unwrap()
            .binary_search(&lost)
            .is_ok()
    );
    assert_eq!(
        server.state().ledger().record(record).unwrap().unwrap().state,
        post.state(record).unwrap()
    );

    // The authority goes on in a new incarnation, and every device follows.
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    compiler.exchange();
    assert_eq!(compiler.state(record), post.state(record));
    let rosters = [&administrator.ledger, &compiler.ledger, server.state().ledger()]
        .map(|ledger| ledger.roster(founded.province).unwrap());
    assert_eq!(rosters[1], rosters[2]);
    administrator.exchange();
    assert_eq!(administrator.ledger.roster(founded.province).unwrap(), rosters[2]);
    server.stop();
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_may_follow_when_the_first_has_stopped() {
    let Province {
        home,
        server,
        founded,
        ..
    } = Province::start();
    let second = Server::start(Settings::new(home.path(), gauntlet()));
    assert!(
        matches!(second, Err(ServerError::Ledger(LedgerError::InUse(_)))),
        "{second:?}"
    );
    server.stop();
    let again = Server::start(Settings::new(home.path(), gauntlet())).unwrap();
    assert_eq!(
        again.state().provinces(),
        [(founded.province, "Tỉnh Sơn La".to_owned())]
    );
    assert_eq!(
        again.address().tls_pin,
        founded.invitation.tls_pin,
        "the key is the same after a restart"
    );
    again.stop();
    Folder::open(home.path(), Unlock::default()).unwrap();
}

#[test]
fn a_folder_whose_key_is_wrapped_opens_with_the_passphrase_only() {
    let home = tempfile::tempdir().unwrap();
    let passphrase = Some("cột mốc 1117".to_owned().into());
    let with = Settings {
        passphrase,
        ..Settings::new(home.path(), gauntlet())
    };
    Server::start(with.clone()).unwrap().stop();
    let without = Server::start(Settings::new(home.path(), gauntlet()));
    assert!(
        matches!(without, Err(ServerError::Ledger(LedgerError::PassphraseNeeded))),
        "{without:?}"
    );
    let target = home.path().join("backup.db");
    assert!(matches!(
        backup(home.path(), &target, Some("sai")),
        Err(ServerError::Ledger(LedgerError::WrongPassphrase))
    ));
    backup(home.path(), &target, Some("cột mốc 1117")).unwrap();
    Server::start(with).unwrap().stop();
}

#[test]
fn a_request_that_the_server_had_no_time_to_answer_is_answered_when_it_starts() {
    let Province {
        home,
        server,
        founded,
        ..
    } = Province::start();
    let mut administrator = Device::new().enrolled(&founded.invitation);
    administrator.exchange();
    // The entry arrives, and the server stops before its desk has seen it.
    let code = super::support::random::<16>();
    administrator.ask(cotmoc_core::access::RosterAct::Invited {
        invitation: cotmoc_core::access::invitation_hash(&code),
        role: Role::Compiler,
        holder: Holder::Province,
        holder_name: "Tỉnh Sơn La".into(),
        expires_at: super::support::FAR_FUTURE,
        asked: None,
    });
    server.state().ledger().receive(&administrator.outbox()).unwrap();
    assert_eq!(
        server
            .state()
            .ledger()
            .roster(founded.province)
            .unwrap()
            .invitations
            .len(),
        1
    );
    server.stop();
    let server = Server::start(Settings::new(home.path(), gauntlet())).unwrap();
    let roster = server.state().ledger().roster(founded.province).unwrap();
    assert!(
        roster
            .invitations
            .contains_key(&cotmoc_core::access::invitation_hash(&code))
    );
    server.stop();
}

#[test]
fn a_server_begun_with_the_keys_alone_founds_nothing_before_a_device_has_brought_what_it_had_founded() {
    let Province {
        home,
        server,
        founded,
        root_unit,
    } = Province::start();
    let administrator = Device::new().enrolled(&founded.invitation);
    let listen = server.addr();
    server.stop();
    let keys = home.path().join("keys");
    assert_eq!(write_keys(home.path(), &keys, None, gauntlet()).unwrap(), 1);
    let settings = Settings {
        listen,
        ..Settings::new(&keys, gauntlet())
    };
    let server = Server::start(settings).unwrap();
    for name in ["Tỉnh Sơn La", "Tỉnh Gia Lai"] {
        let refused = server.found_province(name, root_unit).unwrap_err();
        assert!(
            matches!(refused, ServerError::FoundingAwaited(id) if id == founded.province),
            "{refused}"
        );
    }
    // The device proves its grant with the authority's own acts.
    let logs = administrator
        .ledger
        .logs_of(founded.invitation.authority)
        .unwrap();
    let logs: Vec<_> = logs.into_iter().map(|(log, _, _)| (log, 0)).collect();
    let acts = administrator.ledger.rest_of(&logs, 1 << 20, SetAsideGoes::Whole);
    administrator
        .send(administrator.body(acts.unwrap().pack))
        .unwrap();
    assert!(matches!(
        server.found_province("Tỉnh Sơn La", root_unit),
        Err(ServerError::ProvinceExists(id)) if id == founded.province
    ));
    assert!(server.found_province("Tỉnh Gia Lai", new_unit()).is_ok());
}
