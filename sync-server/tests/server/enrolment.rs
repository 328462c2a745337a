use cotmoc_core::access::{Holder, Role, RosterAct};
use cotmoc_core::exchange::EnrolmentProof;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use serde_json::json;

use super::support::{
    Device, FAR_FUTURE, Province, contains, files_below, new_record, new_unit, random, send_enrolment, uuid,
};

#[test]
fn a_founded_province_enrols_its_administrator_whose_entry_gets_a_receipt_that_verifies() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let scope = Scope::province(province.id());
    let unit = json!({"name": "Đồn Biên phòng (dữ liệu minh họa)"});
    let entry = administrator.write_kind(scope, new_record(), RecordKind::Unit, Edit::whole("unit", &unit));
    let answer = administrator.exchange();
    assert_eq!(answer.receipts.len(), 1);
    let receipt = &answer.receipts[0];
    assert_eq!(
        (receipt.log, receipt.seq, receipt.hash),
        (administrator.log(scope), 1, entry)
    );
    assert!(receipt.verify(&province.founded.invitation.authority));
    let roster = administrator.ledger.roster(province.id()).unwrap();
    assert_eq!(roster.name, "Tỉnh Sơn La");
    assert_eq!(roster.root_unit, Some(province.root_unit));
    assert_eq!(
        roster.grants[&administrator.author.device()].role,
        Role::Administrator
    );
}

#[test]
fn an_invitation_text_carries_everything_a_device_needs() {
    let province = Province::start();
    let text = province.founded.invitation.to_text();
    let read = cotmoc_core::exchange::Invitation::from_text(&text).unwrap();
    assert_eq!(read, province.founded.invitation);
    assert_eq!(read.server, province.server.address().url);
    assert_eq!(read.tls_pin, province.server.address().tls_pin);
    Device::new().enrolled(&read);
}

#[test]
fn the_second_device_with_the_same_invitation_is_refused() {
    let province = Province::start();
    Device::new()
        .enrol(&province.founded.invitation, "Máy 1")
        .unwrap();
    let refusal = Device::new()
        .enrol(&province.founded.invitation, "Máy 2")
        .unwrap_err();
    assert!(refusal.is(409, "invitation_used"), "{refusal:?}");
}

#[test]
fn many_devices_that_use_one_invitation_in_the_same_moment_yield_one_grant() {
    let province = Province::start();
    let devices: Vec<Device> = (0..6).map(|_| Device::new()).collect();
    let won = std::thread::scope(|threads| {
        let tries: Vec<_> = devices
            .iter()
            .map(|device| threads.spawn(|| device.enrol(&province.founded.invitation, "Máy").is_ok()))
            .collect();
        tries
            .into_iter()
            .map(|attempt| attempt.join().unwrap())
            .filter(|won| *won)
            .count()
    });
    assert_eq!(won, 1);
    let roster = province.server.state().ledger().roster(province.id()).unwrap();
    assert_eq!(roster.grants.len(), 1);
}

#[test]
fn a_device_whose_answer_was_lost_asks_again_and_is_told_the_same() {
    let province = Province::start();
    let device = Device::new();
    let first = device
        .enrol(&province.founded.invitation, "Máy tính trực ban")
        .unwrap();
    let held = province.entries();
    let second = device
        .enrol(&province.founded.invitation, "Máy tính trực ban")
        .unwrap();
    assert_eq!(first, second);
    assert_eq!(province.entries(), held, "the grant was not entered twice");
}

#[test]
fn an_enrolled_device_cannot_take_another_grant_with_the_same_key() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let invitation = administrator.invite(Role::Compiler, Holder::Province);
    let refusal = administrator.enrol(&invitation, "Máy").unwrap_err();
    assert!(refusal.is(409, "already_enrolled"), "{refusal:?}");
    Device::new().enrolled(&invitation);
}

#[test]
fn an_expired_invitation_is_refused_by_the_servers_clock() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let invitation = administrator.invite_until(Role::Post, Holder::Unit(new_unit()), 1);
    let refusal = Device::new().enrol(&invitation, "Máy").unwrap_err();
    assert!(refusal.is(410, "invitation_expired"), "{refusal:?}");
}

#[test]
fn an_inviter_whose_clock_is_behind_makes_an_invitation_that_can_be_used() {
    let province = Province::start();
    let mut administrator = province.administrator();
    // Devices of these tests claim February 2026: a week later is long past.
    let a_week_later = 1_770_000_000_000 + 7 * 86_400_000;
    let invitation = administrator.invite_until(Role::Post, Holder::Unit(new_unit()), a_week_later);
    Device::new().enrolled(&invitation);
}

#[test]
fn what_a_revoked_device_has_invited_ends_with_it() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let prepared = compiler.invite(Role::Post, Holder::Unit(new_unit()));
    administrator.ask(RosterAct::Revoked {
        device: compiler.author.device(),
        reason: "mất máy".to_owned(),
        cuts: Vec::new(),
        asked: None,
    });
    administrator.exchange();
    let refusal = Device::new().enrol(&prepared, "Máy").unwrap_err();
    assert!(refusal.is(404, "invitation_unknown"), "{refusal:?}");
}

#[test]
fn a_server_with_another_authority_refuses_before_the_invitation_is_spent() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let invitation = administrator.invite(Role::Post, Holder::Unit(new_unit()));
    let device = Device::new();
    let mut request =
        EnrolmentProof::request(&device.author.key, invitation.province, &invitation.code, "Máy");
    request.authority = Some(Device::new().author.device());
    let refusal = send_enrolment(&invitation, &request).unwrap_err();
    assert!(refusal.is(409, "wrong_authority"), "{refusal:?}");
    Device::new().enrolled(&invitation);
}

#[test]
fn a_lost_administrators_invitation_is_replaced_by_a_fresh_one() {
    let province = Province::start();
    let fresh = province.server.invite_administrator(province.id()).unwrap();
    assert_eq!(fresh.invitation.role, Role::Administrator);
    assert_ne!(fresh.invitation.code, province.founded.invitation.code);
    Device::new().enrolled(&fresh.invitation).exchange();
}

#[test]
fn a_role_that_does_not_fit_its_holder_is_never_invited() {
    let province = Province::start();
    let mut administrator = province.administrator();
    for (role, holder) in [
        (Role::Post, Holder::Province),
        (Role::Compiler, Holder::Unit(new_unit())),
    ] {
        let invitation = administrator.invite_until(role, holder, FAR_FUTURE);
        let refusal = Device::new().enrol(&invitation, "Máy").unwrap_err();
        assert!(refusal.is(404, "invitation_unknown"), "{refusal:?}");
    }
}

#[test]
fn an_unknown_code_is_refused_and_guessing_soon_stops_being_answered() {
    let province = Province::start();
    let mut invitation = province.founded.invitation.clone();
    let device = Device::new();
    for _ in 0..10 {
        invitation.code = random();
        let refusal = device.enrol(&invitation, "Máy").unwrap_err();
        assert!(refusal.is(404, "invitation_unknown"), "{refusal:?}");
    }
    let refusal = device.enrol(&province.founded.invitation, "Máy").unwrap_err();
    assert!(refusal.is(429, "too_many_attempts"), "{refusal:?}");
    assert!(
        refusal
            .retry_after
            .is_some_and(|seconds| (1..=66).contains(&seconds)),
        "{refusal:?}"
    );
}

#[test]
fn an_invitation_of_another_server_is_told_apart_from_an_unknown_code() {
    let province = Province::start();
    let mut invitation = province.founded.invitation.clone();
    invitation.province = ProvinceId(uuid());
    let refusal = Device::new().enrol(&invitation, "Máy").unwrap_err();
    assert!(refusal.is(404, "province_unknown"), "{refusal:?}");
}

#[test]
fn a_request_whose_proof_is_another_keys_is_refused_and_leaves_the_invitation_unused() {
    let province = Province::start();
    let invitation = &province.founded.invitation;
    let (thief, victim) = (Device::new(), Device::new());
    let mut request =
        EnrolmentProof::request(&thief.author.key, invitation.province, &invitation.code, "Máy");
    request.device = victim.author.device();
    let refusal = send_enrolment(invitation, &request).unwrap_err();
    assert!(refusal.is(401, "bad_signature"), "{refusal:?}");
    victim.enrolled(invitation);
}

#[test]
fn a_label_must_be_one_line_of_at_most_100_letters() {
    let province = Province::start();
    let device = Device::new();
    for label in ["", "   ", "hai\ndòng", &"ạ".repeat(101)] {
        let refusal = device.enrol(&province.founded.invitation, label).unwrap_err();
        assert!(refusal.is(400, "label_invalid"), "{label:?}: {refusal:?}");
    }
    device
        .enrol(&province.founded.invitation, &"ạ".repeat(100))
        .unwrap();
}

#[test]
fn an_enrolment_that_is_no_json_too_large_or_of_another_version_is_refused_with_its_reason() {
    let province = Province::start();
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"{\"version\": 1}",
        "{\"version\": \"một\"}".as_bytes(),
    ] {
        let refusal = province.post("/v1/enrol", body.to_vec()).unwrap_err();
        assert!(refusal.is(400, "malformed"), "{refusal:?}");
    }
    let refusal = province.post("/v1/enrol", vec![b' '; 64 * 1024 + 1]).unwrap_err();
    assert!(refusal.is(413, "too_large"), "{refusal:?}");
    let refusal = province
        .post("/v1/enrol", b"{\"version\": 2, \"shape\": \"new\"}".to_vec())
        .unwrap_err();
    assert!(refusal.is(426, "protocol_version"), "{refusal:?}");
}

#[test]
fn a_client_that_pins_another_key_never_sends_the_code() {
    let province = Province::start();
    let address = province.server.address();
    let other = super::pinned::client([7; 32]);
    assert!(other.get(format!("{}/v1/hello", address.url)).send().is_err());
    let hello = super::pinned::client(address.tls_pin)
        .get(format!("{}/v1/hello", address.url))
        .send()
        .unwrap();
    let hello: serde_json::Value = serde_json::from_slice(&hello.bytes().unwrap()).unwrap();
    assert_eq!(hello["version"], 1);
    assert_eq!(
        hello["epoch"],
        province.server.state().ledger().epoch().0.to_string()
    );
}

#[test]
fn no_key_and_no_code_lies_on_the_disk_in_clear() {
    let province = Province::start();
    province.administrator().exchange();
    let ledger = province.server.state().ledger();
    let mut secrets = vec![province.founded.invitation.code.to_vec()];
    for name in ["tls.key".to_owned(), format!("authority.{}.seed", province.id())] {
        secrets.push(ledger.meta(&name).unwrap().expect("the secret is stored"));
    }
    let text = province.founded.invitation.to_text();
    for (path, bytes) in files_below(province.home.path()) {
        for secret in &secrets {
            let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!contains(&bytes, secret), "{path:?}");
            assert!(!contains(&bytes, hex.as_bytes()), "{path:?}");
        }
        assert!(!contains(&bytes, text.as_bytes()), "{path:?}");
        assert!(!contains(&bytes, "Sơn La".as_bytes()), "{path:?}");
    }
}

#[test]
fn two_provinces_of_one_name_are_refused_and_so_is_a_name_that_is_none() {
    let province = Province::start();
    for name in [
        "Tỉnh Sơn La",
        " Tỉnh Sơn La ",
        "",
        "  ",
        "một\ndòng",
        &"x".repeat(201),
    ] {
        assert!(
            province.server.found_province(name, new_unit()).is_err(),
            "{name:?}"
        );
    }
    assert_eq!(province.server.state().provinces().len(), 1);
}
