//! Which of different entries counts is chosen among what is proven, and nowhere else.

use cotmoc_core::access::{LogName, RosterAct};
use cotmoc_core::exchange::shrink;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{LogId, Scope};
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};

use super::support::{DeviceIn, Province, new_record, new_unit};

fn choice(log: &LogId, seq: u64, keep: Hash32) -> RosterAct {
    RosterAct::ForkSettled {
        log: LogName::of(log),
        seq,
        keep,
        asked: None,
    }
}

fn settled(province: &Province, log: &LogId) -> Option<Hash32> {
    let roster = province.server.state().ledger().roster(province.id()).unwrap();
    roster.settled_fork(log, 1)
}

/// Sends an entry at the first place of the device's log, whatever it sent before.
fn send_first(post: &DeviceIn, scope: Scope, name: &str) {
    let payload = RecordDoc::new(RecordKind::Registration)
        .unwrap()
        .edit(post.author.actor(), &[Edit::line("name", name)])
        .unwrap()
        .unwrap();
    let record = (new_record(), RecordKind::Registration);
    let mut request = post.request(post.run_of(scope, (1, Hash32::ZERO), record, &payload));
    request.forks = Some(Hash32([1; 32]));
    post.send(shrink(&request.sign(&post.author.key))).unwrap();
}

#[test]
fn nobody_settles_a_fork_that_is_not_proven_or_for_an_entry_that_nobody_wrote() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    let log = post.log(scope);
    let random = Hash32([9; 32]);
    administrator.ask(choice(&log, 1, random));
    let of_authority = LogId {
        device: province.founded.invitation.authority,
        incarnation: administrator.author.incarnation,
        scope: Scope::roster(province.id()),
    };
    administrator.ask(choice(&of_authority, 1, random));
    administrator.exchange();
    assert_eq!(settled(&province, &log), None, "nothing stands there yet");
    assert_eq!(settled(&province, &of_authority), None);

    send_first(&post, scope, "Máy một");
    let ledger = province.server.state().ledger();
    let one = ledger.hash_at(&log, 1).unwrap().unwrap();
    administrator.ask(choice(&log, 1, one));
    administrator.exchange();
    assert_eq!(settled(&province, &log), None, "there is one entry only");

    send_first(&post, scope, "Máy hai");
    assert_eq!(ledger.forks().unwrap()[0].branches.len(), 2);
    assert_eq!(
        settled(&province, &log),
        Some(one),
        "a choice that came before the proof counts with it"
    );
}
