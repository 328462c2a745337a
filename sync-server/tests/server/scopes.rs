use std::collections::BTreeSet;

use cotmoc_core::access::{Holder, Refusal, Role, RosterAct};
use cotmoc_core::exchange::{Cursor, LeftOut, Pack};
use cotmoc_core::journal::{Place, Scope};

use super::support::{Province, new_delegation, new_record, new_unit, uuid};

#[test]
fn a_post_never_receives_what_another_post_wrote() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let (unit_a, unit_b) = (new_unit(), new_unit());
    let (mut post_a, mut post_b) = (
        administrator.invite_post(unit_a),
        administrator.invite_post(unit_b),
    );
    let (record_a, record_b) = (new_record(), new_record());
    let entry_a = post_a.write(Scope::unit(province.id(), unit_a), record_a, "Mô hình của đồn A");
    let entry_b = post_b.write(Scope::unit(province.id(), unit_b), record_b, "Mô hình của đồn B");
    post_b.exchange();
    post_a.exchange();
    post_b.exchange();
    assert!(!post_a.holds(entry_b) && !post_b.holds(entry_a));
    post_a.cursor = Cursor::START;
    post_a.exchange();
    assert!(!post_a.holds(entry_b), "nor when it starts from the beginning");
}

#[test]
fn a_device_of_one_province_neither_reads_nor_writes_another_province_of_the_same_server() {
    let province = Province::start();
    let other = province
        .server
        .found_province("Tỉnh Lào Cai", new_unit())
        .unwrap();
    let mut administrator = province.administrator();
    administrator.exchange();
    let mut theirs = super::support::Device::new().enrolled(&other.invitation);
    theirs.exchange();
    let mut request = administrator.request(Pack::default());
    request.province = other.province;
    let body = cotmoc_core::exchange::shrink(&request.sign(&administrator.author.key));
    let refusal = administrator.send(body).unwrap_err();
    assert!(refusal.is(403, "not_enrolled"), "{refusal:?}");
    let held = province.entries();
    let foreign = administrator.forged(Scope::province(other.province), (1, Default::default()), b"x");
    let answer = administrator.send(administrator.body(foreign)).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::ForeignProvince);
    assert_eq!(province.entries(), held, "nothing of it was stored");
    let scopes = |device: &super::support::DeviceIn| -> BTreeSet<_> {
        device.ledger.provinces().into_iter().collect()
    };
    assert!(scopes(&administrator).is_disjoint(&scopes(&theirs)));
}

#[test]
fn what_a_revoked_device_writes_later_is_kept_aside_and_it_learns_so_from_the_roster() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut lost = administrator.invite_post(unit);
    let mut colleague = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    let record = new_record();
    let before = lost.write(scope, record, "Trước khi mất máy");
    lost.exchange();
    let device = lost.author.device();
    administrator.ask(RosterAct::Revoked {
        device,
        reason: "mất máy".into(),
        cuts: Vec::new(),
        asked: None,
    });
    administrator.exchange();
    let roster = administrator.ledger.roster(province.id()).unwrap();
    let cuts = roster.grants[&device]
        .cuts
        .clone()
        .expect("the authority has entered the revocation");
    assert_eq!(cuts.len(), 1, "it cuts at the one log the server holds");
    assert_eq!((cuts[0].seq, cuts[0].hash), (1, before));

    let after = lost.write(scope, record, "Sau khi mất máy");
    let news = colleague.write(scope, new_record(), "Việc của đồn");
    colleague.exchange();
    let answer = lost.exchange();
    assert_eq!(answer.refused.len(), 1);
    assert_eq!(
        (answer.refused[0].entry, answer.refused[0].reason),
        (after, Refusal::Revoked)
    );
    assert!(!lost.holds(news), "a revoked device receives the roster only");
    assert!(
        answer
            .load
            .pack
            .runs
            .iter()
            .all(|run| run.log.scope.place == Place::Roster)
    );
    let its_roster = lost.ledger.roster(province.id()).unwrap();
    assert!(
        its_roster.grants[&device].cuts.is_some(),
        "it learns what became of it"
    );
    let kept = province.server.state().ledger().set_aside(10).unwrap();
    assert!(
        kept.iter()
            .any(|entry| entry.hash == after && entry.reason == Refusal::Revoked)
    );
    colleague.exchange();
    assert!(
        colleague.state(record).unwrap().contains("Trước khi mất máy"),
        "honest work before stays"
    );
}

#[test]
fn only_administrators_and_compilers_are_answered_by_the_authority() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    // A compiler invites posts, and devices of delegations once a delegation stands.
    let post = compiler.invite_post(unit);
    let delegation = new_delegation();
    compiler.ask(RosterAct::DelegationSet {
        delegation,
        campaign: uuid(),
        number: 1,
        units: BTreeSet::from([unit]),
        asked: None,
    });
    let head = compiler.invite_device(Role::Head, Holder::Delegation(delegation, 1));
    let roster = head.ledger.roster(province.id()).unwrap();
    assert_eq!(roster.delegations[&delegation].units, BTreeSet::from([unit]));
    assert_eq!(roster.grants[&post.author.device()].holder, Holder::Unit(unit));
    // A compiler may not revoke; its own store refuses, and so would the server.
    let device = post.author.device();
    let act = RosterAct::Revoked {
        device,
        reason: String::new(),
        cuts: Vec::new(),
        asked: None,
    };
    let scope = Scope::roster(province.id());
    let write = cotmoc_ledger::Write::Act { scope, act };
    assert!(compiler.ledger.write(&compiler.author, 0, &[write]).is_err());
}

#[test]
fn a_delegation_that_is_given_a_unit_later_finds_the_difference_and_gets_its_records_from_the_beginning() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let (unit, delegation) = (new_unit(), new_delegation());
    let mut post = administrator.invite_post(unit);
    let entry = post.write(
        Scope::unit(province.id(), unit),
        new_record(),
        "Mô hình có từ trước",
    );
    post.exchange();
    let mut head = administrator.invite_device(Role::Head, Holder::Delegation(delegation, 1));
    assert!(!head.holds(entry));
    let units = BTreeSet::from([unit]);
    administrator.ask(RosterAct::DelegationSet {
        delegation,
        campaign: uuid(),
        number: 1,
        units,
        asked: None,
    });
    administrator.exchange();
    let answer = head.send(head.body(Pack::default())).unwrap();
    head.ledger.receive(&answer.load.pack).unwrap();
    assert_ne!(
        answer.digest,
        Some(head.digest()),
        "the digest names what the cursor has passed over"
    );
    head.cursor = Cursor::START;
    head.exchange();
    assert!(head.holds(entry));
}
