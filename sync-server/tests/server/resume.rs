//! What a broken connection costs: never more than a few bytes twice, in either direction.

use std::io::Read;

use cotmoc_core::exchange::{Cursor, MAX_BODY, Pack, ParcelClaim, Parts, shrink};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::Scope;
use reqwest::blocking::Body;

use super::support::{DeviceIn, Province, new_record, new_unit};

/// Text that does not compress, so that bodies are large.
fn noise(seed: u64, length: usize) -> String {
    let mut text = String::new();
    let mut hash = Hash32::of("cotmoc test", &seed.to_le_bytes());
    while text.len() < length {
        text.push_str(&hash.to_string());
        hash = Hash32::of("cotmoc test", &hash.0);
    }
    text
}

fn a_lot(post: &DeviceIn, scope: Scope) {
    for number in 0..40 {
        post.write(scope, new_record(), &noise(number, 900));
    }
}

/// A body that breaks off after some bytes.
struct Breaking(std::io::Cursor<Vec<u8>>);

impl Read for Breaking {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(std::io::ErrorKind::BrokenPipe.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn a_request_that_was_cut_anywhere_is_finished_with_the_rest_only() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut post = administrator.invite_post(unit);
    a_lot(&post, Scope::unit(province.id(), unit));
    let body = shrink(&post.request(post.outbox()).sign(&post.author.key));
    assert!(body.len() > ParcelClaim::FROM);
    let claim = ParcelClaim::sign(&post.author.key, &body);
    let mut here = 0;
    for cut in (1_000..body.len()).step_by(body.len() / 5) {
        let piece = body[here..cut].to_vec();
        let broken = post.send_parcel(&claim, here, Body::new(Breaking(std::io::Cursor::new(piece))));
        assert!(broken.is_err(), "the connection broke at {cut}");
        assert!(
            post.parcel_reaches(&claim, cut),
            "every byte that arrived is kept"
        );
        here = cut;
    }
    let stream = post
        .send_parcel(&claim, here, body[here..].to_vec().into())
        .unwrap();
    for part in post.read_answer(&stream) {
        post.apply(&part);
    }
    assert!(post.outbox().is_empty(), "everything is confirmed");

    // The answer got lost: nothing is sent again, and the same is said again.
    assert_eq!(post.parcel(&claim), body.len());
    let again = post.send_parcel(&claim, body.len(), Body::from("")).unwrap();
    assert_eq!(post.read_answer(&again)[0].receipts.len(), 1);
}

#[test]
fn an_answer_that_was_cut_anywhere_is_finished_with_the_rest_only() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let mut first = administrator.invite_post(unit);
    a_lot(&first, Scope::unit(province.id(), unit));
    first.exchange();
    let mut second = administrator.invite_post(unit);
    second.page_bytes = 8_000;
    second.cursor = Cursor::START;
    let whole = second.stream(&second.request(Pack::default()));
    let mut received = 0;
    let mut left = None;
    for cut in [0, 10, 5_000, 5_001, 9_000, usize::MAX] {
        let mut request = second.request(Pack::default());
        request.begun = left.as_ref().and_then(cotmoc_core::exchange::Unfinished::begun);
        let stream = second.stream(&request);
        let came = &stream[..cut.min(stream.len())];
        received += came.len();
        let mut parts = Parts::new(MAX_BODY, left.take());
        for part in parts.take(came).unwrap() {
            second.apply_part(&part);
        }
        left = parts.unfinished();
    }
    first.exchange();
    assert_eq!(second.digest(), first.digest());
    let twice = received - whole.len();
    assert!(twice < 1_024, "{twice} of {} bytes came twice", whole.len());
}

#[test]
fn pieces_of_a_body_are_kept_for_devices_of_the_province_only_and_an_altered_one_is_refused() {
    let province = Province::start();
    let mut administrator = province.administrator();
    let unit = new_unit();
    let post = administrator.invite_post(unit);
    a_lot(&post, Scope::unit(province.id(), unit));
    let mut body = shrink(&post.request(post.outbox()).sign(&post.author.key));
    let stranger = cotmoc_core::journal::SigningKey::from_seed(&[77; 32]);
    let claim = ParcelClaim::sign(&stranger, &body);
    let refusal = post.send_parcel(&claim, 0, body.clone().into()).unwrap_err();
    assert!(refusal.is(403, "not_enrolled"), "{refusal:?}");
    let claim = ParcelClaim::sign(&post.author.key, &body);
    let refusal = post.send_parcel(&claim, 7, body.clone().into()).unwrap_err();
    assert!(refusal.is(409, "parcel_gone"), "{refusal:?}");
    body[100] ^= 1;
    let refusal = post.send_parcel(&claim, 0, body.into()).unwrap_err();
    assert!(refusal.is(400, "malformed"), "{refusal:?}");
    assert_eq!(post.parcel(&claim), 0, "nothing of it is kept");
}
