use cotmoc_core::access::{Holder, Refusal, Role, RosterAct};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::{DelegationId, Hash32, RecordId};
use cotmoc_core::journal::Scope;
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};

use super::support::{Device, DeviceIn, Province, new_delegation, new_record, new_unit, uuid};

fn assign(compiler: &mut DeviceIn, delegation: DelegationId, units: &[UnitId]) {
    compiler.ask(RosterAct::DelegationSet {
        delegation,
        campaign: uuid(),
        number: 1,
        units: units.iter().copied().collect(),
        asked: None,
    });
    compiler.exchange();
}

/// A visit as a delegation's device writes it, before its right to do so is known.
fn visit(device: &DeviceIn, scope: Scope, record: RecordId) -> Pack {
    let payload = RecordDoc::new(RecordKind::Visit)
        .unwrap()
        .edit(device.author.actor(), &[Edit::line("place", "Bản Pa Tần")])
        .unwrap()
        .unwrap();
    device.run_of(scope, (1, Hash32::ZERO), (record, RecordKind::Visit), &payload)
}

fn states(device: &DeviceIn) -> Hash32 {
    device.ledger.all_states_hash().unwrap()
}

#[test]
fn work_refused_for_a_missing_right_is_accepted_once_the_right_is_there_and_reaches_everybody() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let (delegation, unit, elsewhere) = (new_delegation(), new_unit(), new_unit());
    assign(&mut compiler, delegation, &[elsewhere]);
    let mut head = administrator.invite_device(Role::Head, Holder::Delegation(delegation, 1));
    let mut post = administrator.invite_post(unit);
    let (scope, record) = (Scope::unit(province.id(), unit), new_record());
    let run = visit(&head, scope, record);
    head.ledger.receive(&run).unwrap();
    let entry = head.ledger.set_aside(1).unwrap()[0].hash;
    let answer = head.send(head.body(run)).unwrap();
    assert_eq!(
        answer
            .refused
            .iter()
            .map(|refused| (refused.entry, refused.reason))
            .collect::<Vec<_>>(),
        [(entry, Refusal::OutsideScope)]
    );
    head.apply(&answer);
    for device in [&mut compiler, &mut post] {
        device.exchange();
        assert!(device.holds(entry), "its hash is known");
        assert_eq!(device.state(record), None);
    }

    // The delegation is sent to the unit: whoever asks first, the server has tried it again by then.
    assign(&mut compiler, delegation, &[unit, elsewhere]);
    let state = province
        .server
        .state()
        .ledger()
        .record(record)
        .unwrap()
        .unwrap()
        .state;
    assert!(state.contains("Pa Tần"));
    assert_eq!(compiler.state(record), Some(state.clone()), "in the very answer");
    let answer = head.send(head.body(Pack::default())).unwrap();
    assert!(answer.refused.is_empty());
    let received = head.apply(&answer);
    assert!(
        received.vouched.contains(&entry),
        "its author learns that it is accepted"
    );
    assert_eq!(
        head.state(record),
        Some(state.clone()),
        "and its own device has tried it again"
    );
    post.exchange();
    assert_eq!(post.state(record), Some(state));
    assert_eq!(states(&post), states(&head));

    // Nobody is told twice.
    for device in [&mut compiler, &mut head, &mut post] {
        let answer = device.send(device.body(Pack::default())).unwrap();
        assert!(answer.load.pack.is_empty() && answer.refused.is_empty());
        device.apply(&answer);
    }
}

#[test]
fn work_that_a_courier_brought_before_its_author_was_enrolled_counts_once_the_author_is() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let unit = new_unit();
    let mut courier = administrator.invite_post(unit);
    let (scope, record) = (Scope::unit(province.id(), unit), new_record());
    let author = Device::new();
    let payload = RecordDoc::new(RecordKind::Registration)
        .unwrap()
        .edit(
            author.author.actor(),
            &[Edit::line("name", "Thắp sáng đường biên")],
        )
        .unwrap()
        .unwrap();
    let author = author.joined(&administrator.invitation);
    let run = author.run_of(
        scope,
        (1, Hash32::ZERO),
        (record, RecordKind::Registration),
        &payload,
    );
    courier.ledger.receive(&run).unwrap();
    let answer = courier.send(courier.body(run)).unwrap();
    assert_eq!(answer.refused[0].reason, Refusal::NotEnrolled);
    let entry = answer.refused[0].entry;
    compiler.exchange();
    assert!(compiler.holds(entry) && compiler.state(record).is_none());

    let invitation = administrator.invite(Role::Post, Holder::Unit(unit));
    author.enrol(&invitation, "Máy tính trực ban").unwrap();
    compiler.exchange();
    assert!(compiler.state(record).unwrap().contains("Thắp sáng"));
    let mut author = author;
    let answer = author.exchange();
    assert!(answer.refused.is_empty(), "{:?}", answer.refused);
    assert_eq!(author.state(record), compiler.state(record));
    courier.exchange();
    assert_eq!(states(&courier), states(&author));
}
