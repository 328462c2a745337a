//! A hub over a device's own open store: the same checks, and no authority.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use cotmoc_core::access::{Holder, Role, RosterAct};
use cotmoc_core::exchange::{Cursor, EnrolmentProof, LeftOut, Pack};
use cotmoc_core::journal::{DeviceKey, Receipt, Scope};
use cotmoc_ledger::LedgerError;
use cotmoc_sync_server::{Brought, HubSettings, Keeper, RunningHub};

use super::support::{
    Device, DeviceIn, Province, new_delegation, new_record, new_unit, send_enrolment, uuid,
};

/// Notes who came and how many new entries came with them.
#[derive(Default)]
struct Noting(Mutex<Vec<(DeviceKey, u64)>>);

impl Keeper for Noting {
    fn took_in(&self, guest: &DeviceKey, brought: &Brought<'_>) -> Result<(), LedgerError> {
        self.0
            .lock()
            .unwrap()
            .push((*guest, brought.received.new_entries));
        Ok(())
    }

    fn gave(&self, _: &DeviceKey, _: u64) {}

    fn receipts_of(&self, _: &DeviceKey) -> Result<Vec<Receipt>, LedgerError> {
        Ok(Vec::new())
    }
}

fn hub_of(device: &DeviceIn) -> (RunningHub, Arc<Noting>) {
    let keeper = Arc::new(Noting::default());
    let settings = HubSettings {
        ledger: Arc::clone(&device.ledger),
        province: device.province(),
        device: device.author.device(),
        keeper: keeper.clone(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        limits: HubSettings::limits(),
    };
    (RunningHub::open(settings).unwrap(), keeper)
}

#[test]
fn a_stranger_with_a_key_of_its_own_gets_nothing_and_cannot_enrol_at_a_hub() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    post.write(Scope::unit(province.id(), unit), new_record(), "Mô hình của đồn");
    post.exchange();
    let (hub, keeper) = hub_of(&post);
    let mut stranger = Device::new().joined(&administrator.invitation);
    stranger.at_hub(&hub);
    let held = post.ledger.sorted_entry_hashes().unwrap();
    let own = stranger.forged(Scope::unit(province.id(), unit), (1, Default::default()), b"x");
    for pack in [Pack::default(), own] {
        let refusal = stranger.send(stranger.body(pack)).unwrap_err();
        assert!(refusal.is(403, "not_enrolled"), "{refusal:?}");
    }
    let invitation = stranger.invitation.clone();
    let proof = EnrolmentProof::request(&stranger.author.key, province.id(), &invitation.code, "Máy lạ");
    let refusal = send_enrolment(&invitation, &proof).unwrap_err();
    assert!(refusal.is(404, "no_such_path"), "{refusal:?}");
    assert_eq!(post.ledger.sorted_entry_hashes().unwrap(), held);
    assert!(keeper.0.lock().unwrap().is_empty(), "nobody was let in");
}

#[test]
fn a_hub_takes_in_and_hands_out_what_keeper_and_guest_may_both_see_and_signs_nothing() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let (unit, elsewhere) = (new_unit(), new_unit());
    let mut keeper = administrator.invite_post(unit);
    let mut teammate = administrator.invite_post(unit);
    let mut foreign = administrator.invite_post(elsewhere);
    for device in [&mut keeper, &mut teammate, &mut foreign] {
        device.exchange();
    }
    let scope = Scope::unit(province.id(), unit);
    let there = Scope::unit(province.id(), elsewhere);
    let by_keeper = keeper.write(scope, new_record(), "Viết ở máy giữ trạm");
    let by_teammate = teammate.write(scope, new_record(), "Viết ở máy cùng đồn");
    let by_foreign = foreign.write(there, new_record(), "Viết ở đồn khác");
    let (hub, noted) = hub_of(&keeper);
    for device in [&mut teammate, &mut foreign] {
        device.at_hub(&hub);
    }
    let answer = teammate.send(teammate.body(teammate.outbox())).unwrap();
    assert!(answer.receipts.is_empty() && answer.load.receipts.is_empty());
    assert!(
        answer
            .positions
            .iter()
            .any(|head| head.log == teammate.log(scope))
    );
    teammate.apply(&answer);
    assert!(keeper.holds(by_teammate) && teammate.holds(by_keeper));

    let answer = foreign.send(foreign.body(foreign.outbox())).unwrap();
    let left_out: Vec<_> = answer
        .left_out
        .iter()
        .map(|(log, why)| (log.scope, *why))
        .collect();
    assert_eq!(left_out, [(there, LeftOut::OutsideScope)]);
    assert!(!keeper.holds(by_foreign), "the keeper may not see that unit");
    foreign.cursor = Cursor::START;
    let answer = foreign.send(foreign.body(Pack::default())).unwrap();
    foreign.ledger.receive(&answer.load.pack).unwrap();
    assert!(!foreign.holds(by_keeper) && !foreign.holds(by_teammate));
    let brought: Vec<_> = noted.0.lock().unwrap().clone();
    assert_eq!(brought[0], (teammate.author.device(), 1));
    assert_eq!(brought[1], (foreign.author.device(), 0));
}

#[test]
fn a_guest_that_is_revoked_learns_so_at_the_hub_and_nothing_else() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let (delegation, unit) = (new_delegation(), new_unit());
    compiler.ask(RosterAct::DelegationSet {
        delegation,
        number: 2,
        campaign: uuid(),
        units: BTreeSet::from([unit]),
        asked: None,
    });
    compiler.exchange();
    let mut keeper = compiler.invite_device(Role::Head, Holder::Delegation(delegation, 1));
    let mut guest = compiler.invite_device(Role::Member, Holder::Delegation(delegation, 2));
    guest.exchange();
    administrator.exchange();
    administrator.ask(RosterAct::Revoked {
        device: guest.author.device(),
        reason: "Máy thất lạc".to_owned(),
        cuts: Vec::new(),
        asked: None,
    });
    administrator.exchange();
    keeper.exchange();
    let secret = keeper.write_kind(
        Scope::delegation(province.id(), delegation),
        new_record(),
        cotmoc_core::record::RecordKind::Findings,
        cotmoc_core::record::Edit::line("visit", new_record().to_string()),
    );
    let (hub, _) = hub_of(&keeper);
    guest.at_hub(&hub);
    guest.cursor = Cursor::START;
    let answer = guest.send(guest.body(Pack::default())).unwrap();
    assert!(
        answer
            .load
            .pack
            .runs
            .iter()
            .all(|run| run.log.scope == Scope::roster(province.id()))
    );
    guest.apply(&answer);
    assert!(!guest.holds(secret));
    let roster = guest.ledger.roster(province.id()).unwrap();
    assert!(roster.active_grant(&guest.author.device()).is_none());
}
