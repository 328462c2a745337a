use cotmoc_core::exchange::{Item, LeftOut, MAX_BODY, MAX_UNPACKED, Pack, Payload, shrink};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::Scope;

use super::support::{Device, Province, new_record, new_unit};

#[test]
fn a_request_signed_by_another_key_is_refused_and_many_of_them_are_not_even_looked_at() {
    let province = Province::start();
    let administrator = province.administrator();
    let stranger = Device::new();
    let forged = shrink(&administrator.request(Pack::default()).sign(&stranger.author.key));
    for _ in 0..10 {
        let refusal = administrator.send(forged.clone()).unwrap_err();
        assert!(refusal.is(401, "bad_signature"), "{refusal:?}");
    }
    let refusal = administrator.send(forged).unwrap_err();
    assert!(refusal.is(429, "too_many_attempts"), "{refusal:?}");
    assert!(refusal.retry_after.is_some(), "{refusal:?}");
}

#[test]
fn a_request_changed_in_any_place_on_the_way_is_refused() {
    let province = Province::start_with(|settings| settings.limits.failures_per_minute = 1_000);
    let mut administrator = province.administrator();
    administrator.exchange();
    let bytes = administrator
        .request(Pack::default())
        .sign(&administrator.author.key);
    let held = province.entries();
    for at in (0..bytes.len()).step_by(3) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let refusal = administrator.send(shrink(&altered)).unwrap_err();
        assert!(
            [400, 401, 403, 404, 426].contains(&refusal.status),
            "byte {at}: {refusal:?}"
        );
    }
    assert_eq!(province.entries(), held);
}

#[test]
fn a_device_that_was_never_enrolled_is_refused() {
    let province = Province::start();
    let stranger = Device::new().joined(&province.founded.invitation);
    let refusal = stranger.send(stranger.body(Pack::default())).unwrap_err();
    assert!(refusal.is(403, "not_enrolled"), "{refusal:?}");
}

#[test]
fn a_body_beyond_the_cap_is_refused_whether_it_says_so_or_not() {
    let province = Province::start();
    let refusal = province.post("/v1/exchange", vec![7; MAX_BODY + 1]).unwrap_err();
    assert!(refusal.is(413, "too_large"), "{refusal:?}");
    let address = province.server.address();
    let endless = std::io::Read::take(std::io::repeat(7), MAX_BODY as u64 + 1_000);
    let body = reqwest::blocking::Body::new(endless);
    let url = format!("{}/v1/exchange", address.url);
    let response = super::pinned::client(address.tls_pin)
        .post(url)
        .body(body)
        .send()
        .unwrap();
    assert_eq!(response.status().as_u16(), 413);
    province.administrator().exchange();
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let province = Province::start();
    let administrator = province.administrator();
    let whole = administrator
        .request(Pack::default())
        .sign(&administrator.author.key);
    let mut bodies = vec![Vec::new(), vec![0], vec![1, 2, 3], vec![9; 500], shrink(&[0; 63])];
    bodies.extend((66..whole.len()).step_by(7).map(|cut| shrink(&whole[..cut])));
    for body in bodies {
        let refusal = administrator.send(body).unwrap_err();
        assert!(refusal.is(400, "malformed"), "{refusal:?}");
    }
}

#[test]
fn a_small_body_that_unpacks_beyond_the_cap_is_refused() {
    let province = Province::start();
    let administrator = province.administrator();
    let bomb = shrink(&vec![0; MAX_UNPACKED + 1]);
    assert!(bomb.len() < 10_000, "the bomb must be small to be one");
    let refusal = administrator.send(bomb).unwrap_err();
    assert!(refusal.is(400, "malformed"), "{refusal:?}");
}

#[test]
fn a_request_of_a_newer_version_is_told_so() {
    let province = Province::start();
    let administrator = province.administrator();
    let mut bytes = administrator
        .request(Pack::default())
        .sign(&administrator.author.key);
    bytes[64] = 2;
    let refusal = administrator.send(shrink(&bytes)).unwrap_err();
    assert!(refusal.is(426, "protocol_version"), "{refusal:?}");
}

#[test]
fn a_run_that_cannot_be_taken_is_named_with_the_reason_and_a_good_one_beside_it_is_taken() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    let entry = post.write(scope, new_record(), "Mô hình");
    let good = post.outbox();

    let mut altered = good.clone();
    if let Item::Entry {
        payload: Payload::Inline(bytes),
        ..
    } = &mut altered.runs[0].items[0]
    {
        bytes[20] ^= 1;
    }
    let answer = post.send(post.body(altered.clone())).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::Signature);

    let mut withheld = good.clone();
    withheld.runs[0].items[0] = Item::Withheld(entry);
    let answer = post.send(post.body(withheld.clone())).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::Document);

    let mut missing = good.clone();
    if let Item::Entry { payload, .. } = &mut missing.runs[0].items[0] {
        *payload = Payload::InDocument;
    }
    let answer = post.send(post.body(missing)).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::Document);

    let mut both = good.clone();
    both.runs.insert(0, withheld.runs[0].clone());
    let answer = post.send(post.body(both)).unwrap();
    assert_eq!(answer.receipts.len(), 1);
    assert_eq!(answer.receipts[0].hash, entry);
    post.exchange();
}

#[test]
fn a_forked_log_is_not_followed() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    let record = new_record();
    post.write(scope, record, "Mô hình");
    let change = post.ledger.entries_of(record).unwrap()[0]
        .payload
        .clone()
        .unwrap();
    post.exchange();
    let held = province.entries();
    let second_life = post.forged(scope, (1, Hash32::ZERO), &change);
    let answer = post.send(post.body(second_life)).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::Fork);
    assert_eq!(province.entries(), held);
}

#[test]
fn a_run_that_no_page_could_carry_is_left_out_before_it_is_stored() {
    let province = Province::start_with(|settings| settings.limits.run_bytes = 1_000);
    let mut administrator = province.administrator();
    let unit = new_unit();
    let post = administrator.invite_post(unit);
    let scope = Scope::unit(province.id(), unit);
    post.write(scope, new_record(), &"ạ".repeat(300));
    let mut large = post.forged(scope, (1, Hash32::ZERO), &[1; 1_001]);
    let answer = post.send(post.body(large.clone())).unwrap();
    assert_eq!(answer.left_out[0].1, LeftOut::TooLarge);
    large.runs.clear();
    assert!(post.send(post.body(large)).unwrap().left_out.is_empty());
}

#[test]
fn an_overloaded_server_says_when_to_come_back() {
    let province = Province::start_with(|settings| settings.limits.bodies_in_memory = 0);
    let refusal = province.post("/v1/exchange", vec![0; 10]).unwrap_err();
    assert!(refusal.is(503, "busy"), "{refusal:?}");
    assert!(
        refusal
            .retry_after
            .is_some_and(|seconds| (5..=20).contains(&seconds)),
        "{refusal:?}"
    );
}
