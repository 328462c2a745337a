use cotmoc_core::access::{Holder, Refusal, Role};
use cotmoc_core::exchange::{Answer, Cursor, Pack, shrink};
use cotmoc_core::id::{AttachmentId, Hash32};
use cotmoc_core::journal::Scope;
use cotmoc_core::media::{Added, Manifest, MediaType, Rendition, Role as Form, Tail};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::Write;

use super::pinned::client;
use super::support::{Device, Province, new_record, new_unit};

#[test]
fn a_photo_that_waits_for_its_record_is_named_to_its_author_until_the_record_comes() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let (mut mate, post) = (administrator.invite_post(unit), administrator.invite_post(unit));
    let scope = Scope::unit(province.id(), unit);
    let record = new_record();
    mate.write(scope, record, "Thắp sáng đường biên");
    post.ledger.receive(&mate.outbox()).unwrap();
    let bytes = b"a small picture";
    post.ledger.store_blob(bytes).unwrap();
    let manifest = Manifest::Added(Added {
        id: AttachmentId(new_record().0),
        name: "anh.webp".into(),
        media_type: MediaType::Webp,
        caption: String::new(),
        place: None,
        renditions: vec![Rendition::of(Form::Thumbnail, (320, 240), bytes).unwrap()],
        tail: Tail::default(),
    });
    let kind = RecordKind::Registration;
    let attach = Write::Attach {
        scope,
        record,
        kind,
        manifest,
    };
    let photo = post
        .ledger
        .write(&post.author, 1_770_000_000_000, &[attach])
        .unwrap()
        .entries;

    let answer = post.send(post.body(post.outbox())).unwrap();
    let said = |answer: &Answer| (answer.receipts.len(), answer.receipts[0].media_complete);
    assert_eq!((said(&answer), &answer.waiting), ((1, false), &photo));
    let asked = || {
        let mut request = post.request(Pack::default());
        request.have = vec![post.ledger.head(&post.log(scope)).unwrap().unwrap()];
        post.send(shrink(&request.sign(&post.author.key))).unwrap()
    };
    assert_eq!(asked().waiting, photo);
    mate.exchange();
    let answer = asked();
    assert_eq!(
        (said(&answer), answer.waiting.len()),
        ((1, false), 0),
        "now its bytes are what is lacking"
    );
}

#[test]
fn what_a_post_registers_reaches_the_compiler_in_one_exchange_each() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let (record, scope) = (new_record(), Scope::unit(province.id(), unit));
    let entry = post.write(scope, record, "Mô hình (nguồn không nêu tên) 01");
    let answer = post.exchange();
    assert!(
        answer
            .receipts
            .iter()
            .any(|receipt| receipt.log == post.log(scope) && receipt.hash == entry)
    );
    assert!(!answer.more);
    let answer = compiler.exchange();
    assert!(!answer.restarted);
    assert_eq!(compiler.state(record), post.state(record));
    assert!(compiler.state(record).unwrap().contains("nguồn không nêu tên"));
}

#[test]
fn nothing_new_on_either_side_is_one_round_trip_of_a_few_hundred_bytes() {
    let province = Province::start();
    let mut administrator = province.administrator();
    administrator.exchange();
    let request = administrator.body(Pack::default());
    let answer = administrator.send(request.clone()).unwrap();
    assert!(answer.load.pack.is_empty() && answer.receipts.is_empty() && !answer.more);
    assert!(answer.digest.is_some(), "a silent difference would be found");
    let bytes = request.len() + shrink(&answer.write()).len();
    assert!(bytes < 400, "{bytes} bytes");
}

#[test]
fn a_first_large_exchange_does_not_send_a_device_its_own_entries_back() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let invitation = administrator.invite(Role::Post, Holder::Unit(unit));
    let mut post = Device::new().enrolled(&invitation);
    // The grant has to be known before this device can write; the cursor goes back to where it began.
    post.exchange();
    post.cursor = Cursor::START;
    let scope = Scope::unit(province.id(), unit);
    let own: Vec<Hash32> = (0..5)
        .map(|_| post.write(scope, new_record(), "Mô hình"))
        .collect();
    let answer = post.exchange();
    assert!(!answer.restarted, "a device that begins has lost nothing");
    assert!(own.iter().all(|entry| post.holds(*entry)));
    assert!(
        answer
            .load
            .pack
            .runs
            .iter()
            .all(|run| run.log.device != post.author.device())
    );
    assert_eq!(answer.receipts.len(), 1);
}

#[test]
fn the_same_body_sent_again_gives_the_receipts_again_and_doubles_nothing() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    post.write(scope, new_record(), "Mô hình 01");
    post.write(scope, new_record(), "Mô hình 02");
    let body = post.body(post.outbox());
    let first = post.send(body.clone()).unwrap();
    let held = province.entries();
    for _ in 0..3 {
        let again = post.send(body.clone()).unwrap();
        assert_eq!(again.receipts, first.receipts);
        assert_eq!(again.cursor, first.cursor);
        assert_eq!(province.entries(), held);
    }
    assert_eq!(first.receipts[0].seq, 2);
}

#[test]
fn an_entry_outside_the_grant_is_kept_with_its_reason_which_comes_back_with_every_try() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let post = administrator.invite_post(new_unit());
    let elsewhere = Scope::unit(province.id(), new_unit());
    let body = post.body(post.forged(elsewhere, (1, Hash32::ZERO), b"\0"));
    for _ in 0..2 {
        let answer = post.send(body.clone()).unwrap();
        assert_eq!(answer.refused.len(), 1);
        assert_eq!(answer.refused[0].reason, Refusal::Malformed);
        assert_eq!(answer.receipts.len(), 1, "it is held, though set aside");
    }
    // A real change, signed and well formed, of a unit that is not this post's.
    let unit = new_unit();
    let genuine = administrator.invite_post(unit);
    let record = new_record();
    genuine.write(Scope::unit(province.id(), unit), record, "Mô hình");
    let change = genuine.ledger.entries_of(record).unwrap()[0]
        .payload
        .clone()
        .unwrap();
    let answer = genuine
        .send(genuine.body(genuine.forged(elsewhere, (1, Hash32::ZERO), &change)))
        .unwrap();
    assert_eq!(answer.refused[0].reason, Refusal::OutsideScope);
}

#[test]
fn bytes_that_are_no_change_are_set_aside_and_the_server_serves_on() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    let record = new_record();
    let good = post.write(scope, record, "Mô hình");
    let mut change = post.ledger.entries_of(record).unwrap()[0]
        .payload
        .clone()
        .unwrap();
    // The actor stays, so that the entry gets as far as the checking process.
    let end = change.len() - 1;
    change[end] ^= 0xff;
    let hostile = administrator.invite_post(unit);
    let mut theirs = hostile.forged(scope, (1, Hash32::ZERO), &change);
    theirs
        .runs
        .extend(post.outbox().runs.iter().cloned().map(|mut run| {
            for item in &mut run.items {
                if let cotmoc_core::exchange::Item::Entry { record, .. } = item {
                    *record += 1;
                }
            }
            run
        }));
    theirs.records.extend(post.outbox().records);
    let answer = hostile.send(hostile.body(theirs)).unwrap();
    assert_eq!(answer.refused.len(), 1, "{:?}", answer.refused);
    let answer = hostile.send(hostile.body(Pack::default())).unwrap();
    hostile.ledger.receive(&answer.load.pack).unwrap();
    assert!(
        hostile.holds(good),
        "what the courier carried for the other post was taken"
    );
    let answer = post.exchange();
    assert_eq!(
        answer.receipts.len(),
        1,
        "its author gets the receipt though another brought the entry"
    );
}

#[test]
fn a_slow_link_gets_small_pages_and_ends_with_the_same_entries() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    for number in 0..15 {
        let record = new_record();
        for edit in 0..4 {
            post.write(scope, record, &format!("Mô hình {number}, lần sửa {edit}"));
        }
        // What is signed together travels together: a page can end where an exchange of the author ended.
        post.exchange();
    }
    let mut second = administrator.invite_post(unit);
    second.page_bytes = 1;
    second.cursor = Cursor::START;
    let pages = second.send_for_parts(second.body(Pack::default())).unwrap();
    for page in &pages {
        second.apply(page);
    }
    let pages = pages.len();
    assert!(pages > 3, "{pages} pages");
    post.exchange();
    assert_eq!(second.digest(), post.digest());
}

#[test]
fn posts_that_exchange_in_the_same_moment_are_all_confirmed_and_the_compiler_gets_everything() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let mut compiler = administrator.invite_device(Role::Compiler, Holder::Province);
    let posts: Vec<_> = (0..8)
        .map(|_| {
            let unit = new_unit();
            (unit, administrator.invite_post(unit))
        })
        .collect();
    let id = province.id();
    let entries: Vec<Hash32> = std::thread::scope(|threads| {
        let working: Vec<_> = posts
            .into_iter()
            .map(|(unit, mut post)| {
                threads.spawn(move || {
                    let mut entries = Vec::new();
                    for round in 0..3 {
                        let scope = Scope::unit(id, unit);
                        entries.push(post.write(scope, new_record(), &format!("Mô hình {round}")));
                        post.exchange();
                    }
                    assert_eq!(post.confirmed[&post.log(Scope::unit(id, unit))], 3);
                    entries
                })
            })
            .collect();
        // The compiler reads while the posts write: no page may pass over an entry.
        for _ in 0..6 {
            compiler.exchange();
        }
        working
            .into_iter()
            .flat_map(|post| post.join().unwrap())
            .collect()
    });
    compiler.exchange();
    assert!(entries.iter().all(|entry| compiler.holds(*entry)));
}

#[test]
fn an_unknown_path_and_a_wrong_method_are_problems_like_any_other() {
    let province = Province::start();
    assert!(
        province
            .post("/v2/exchange", Vec::new())
            .unwrap_err()
            .is(404, "no_such_path")
    );
    let address = province.server.address();
    let response = client(address.tls_pin)
        .get(format!("{}/v1/exchange", address.url))
        .send()
        .unwrap();
    assert_eq!(response.status().as_u16(), 405);
}
