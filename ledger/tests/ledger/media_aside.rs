//! Photos whose entry stepped aside after their bytes had come: it can come back, and finds them.

use cotmoc_core::access::{Cut, LogName, RosterAct};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::EntryKind;
use cotmoc_core::media::{BlobId, CHUNK, Manifest};
use cotmoc_core::record::RecordKind;

use crate::media::{bytes, photo};
use crate::support::{Pen, Province, Store, named, record, unit_scope};

/// The tables beside the journal made again of what is applied, and the two files put in step by it.
fn rebuilt_and_opened(store: Store) -> Store {
    store.rebuild();
    store.reopened()
}

fn settle_fork(province: &Province, store: &Store, keep: Hash32) {
    let fork = store.ledger.forks().unwrap().remove(0);
    province.act(RosterAct::ForkSettled {
        log: LogName::of(&fork.log),
        seq: fork.seq,
        keep,
        asked: None,
    });
    store.receive(&province.roster());
}

#[test]
fn pieces_of_a_photo_that_a_revocation_set_aside_stay_as_far_as_they_came_whatever_is_made_again() {
    let province = Province::new();
    let (small, large) = (bytes(1, 100), bytes(2, CHUNK + 9));
    let mut pen = Pen::new(province.post(1, 11));
    let begun = named(&mut pen, unit_scope(11), record(1), "Thắp sáng");
    let payload = Manifest::Added(photo(1, &small, &large)).encode().unwrap();
    let named = (record(1), RecordKind::Registration);
    let added = pen.entry_of(EntryKind::Attachment, unit_scope(11), named, payload);
    let store = province.store();
    store.receive(&province.roster());
    store.receive(&pen.pack(&[begun.clone(), added]));
    let (thumbnail, original) = (BlobId::of(&small), BlobId::of(&large));
    store.ledger.take_chunk(thumbnail, 0, &small).unwrap();
    store.ledger.take_chunk(original, 0, &large[..CHUNK]).unwrap();

    province.act(RosterAct::Revoked {
        device: begun.log.device,
        reason: "Mất máy".to_owned(),
        cuts: vec![Cut::of(&begun.log, begun.seq, begun.hash())],
        asked: None,
    });
    store.receive(&province.roster());
    assert_eq!((store.attachments(record(1)), store.missing()), (vec![], vec![]));
    let mut store = store.reopened();
    for _ in 0..2 {
        assert_eq!(store.ledger.blob(thumbnail).unwrap(), Some(small.clone()));
        assert_eq!(
            store.ledger.chunk(original, 0).unwrap().as_deref(),
            Some(&large[..CHUNK])
        );
        assert_eq!(
            store.ledger.media_stock().unwrap().bytes_held,
            (small.len() + CHUNK) as u64
        );
        store = rebuilt_and_opened(store);
    }
}

#[test]
fn a_photo_of_a_branch_is_whole_when_the_branch_is_chosen_after_a_rebuild_and_a_new_start() {
    let province = Province::new();
    let post = province.post(1, 11);
    let (small, large) = (bytes(1, 100), bytes(2, CHUNK + 9));
    let (one, twin, store) = (province.store(), province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Chung");
    twin.receive(&one.outbox(&post));
    one.add_photo(&post, record(1), 1, &small, &large);
    twin.name(&post, unit_scope(11), record(1), "Máy hai");
    store.receive(&one.outbox(&post));
    store.fetch_all(&one);
    store.receive(&twin.outbox(&post));
    assert_eq!(store.attachments(record(1)), []);

    let store = rebuilt_and_opened(store);
    let fork = store.ledger.forks().unwrap().remove(0);
    let keep = one.ledger.hash_at(&fork.log, fork.seq).unwrap().unwrap();
    settle_fork(&province, &store, keep);
    assert_eq!(store.attachments(record(1)).len(), 1);
    assert_eq!(store.missing(), []);
    assert_eq!(store.ledger.blob(BlobId::of(&large)).unwrap(), Some(large));
}

#[test]
fn an_own_photo_that_waits_for_its_record_again_outlives_a_rebuild_and_a_new_start() {
    let province = Province::new();
    let (post, colleague) = (province.post(1, 11), province.post(2, 11));
    let (small, large) = (bytes(1, 100), bytes(2, CHUNK + 9));
    let (one, twin, device) = (province.store(), province.store(), province.store());
    one.name(&post, unit_scope(11), record(1), "Máy một");
    twin.name(&post, unit_scope(11), record(2), "Máy hai");
    device.receive(&one.outbox(&post));
    device.add_photo(&colleague, record(1), 1, &small, &large);
    device.receive(&twin.outbox(&post));
    assert_eq!(device.attachments(record(1)), []);
    assert_eq!(device.ledger.waiting_counts().unwrap().waiting, 1);

    let device = rebuilt_and_opened(device);
    for whole in [&small, &large] {
        assert_eq!(
            device.ledger.blob(BlobId::of(whole)).unwrap().as_ref(),
            Some(whole)
        );
    }
    let fork = device.ledger.forks().unwrap().remove(0);
    let keep = one.ledger.hash_at(&fork.log, fork.seq).unwrap().unwrap();
    settle_fork(&province, &device, keep);
    assert_eq!(device.attachments(record(1)).len(), 1);
    assert_eq!(device.missing(), []);
}
