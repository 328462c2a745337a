//! Connections that look alive and are not, and requests that wait behind others of their device.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use cotmoc_core::access::RosterAct;
use cotmoc_core::exchange::{Cursor, Pack, ParcelClaim, shrink};
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write as EntryOf;
use cotmoc_sync_server::Transport;

use super::support::{DeviceIn, Province, new_record, new_unit, random};

fn plain(change: impl FnOnce(&mut cotmoc_sync_server::Limits)) -> Province {
    Province::start_with(|settings| {
        settings.transport = Transport::PlainForBenchmark;
        change(&mut settings.limits);
    })
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let bytes: Vec<String> = (0..length / 2)
        .map(|_| format!("{:02x}", random::<1>()[0]))
        .collect();
    bytes.concat()
}

/// Sends the head of an exchange and the beginning of its body, and leaves the connection open.
fn begin(province: &Province, claim: Option<&ParcelClaim>, body: &[u8], sent: usize) -> TcpStream {
    let mut stream = narrow(province.server.addr());
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let claim = claim.map_or_else(String::new, |claim| {
        format!("cotmoc-parcel: 0 {}\r\n", claim.to_text())
    });
    let length = body.len();
    write!(
        stream,
        "POST /v1/exchange HTTP/1.1\r\nhost: x\r\n{claim}content-length: {length}\r\n\r\n"
    )
    .unwrap();
    stream.write_all(&body[..sent]).unwrap();
    stream
}

/// A connection of which the system takes little before it is read.
fn narrow(server: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let stream = runtime.unwrap().block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.connect(server).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream
}

/// Writes so many records at once.
fn lot(post: &DeviceIn, scope: Scope, count: usize) {
    let write = |_| EntryOf::Edit {
        scope,
        record: new_record(),
        kind: RecordKind::Registration,
        edits: vec![Edit::line("name", noise(900))],
    };
    let writes: Vec<EntryOf> = (0..count).map(write).collect();
    post.ledger
        .write(&post.author, 1_770_000_000_000, &writes)
        .unwrap();
}

#[test]
fn what_came_over_a_connection_that_nobody_knows_is_dead_need_not_come_again() {
    let province = plain(|_| {});
    let unit = new_unit();
    let mut post = province.administrator().invite_post(unit);
    lot(&post, Scope::unit(province.id(), unit), 40);
    let body = shrink(&post.request(post.outbox()).sign(&post.author.key));
    let claim = ParcelClaim::sign(&post.author.key, &body);
    let half = body.len() / 2;
    let mut dead = begin(&province, Some(&claim), &body, half);
    while post.parcel(&claim) < half {
        std::thread::sleep(Duration::from_millis(10));
    }
    let rest = body[half..].to_vec();
    let stream = post.send_parcel(&claim, half, rest.into()).unwrap();
    for part in post.read_answer(&stream) {
        post.apply(&part);
    }
    assert!(post.outbox().is_empty(), "everything is confirmed");
    let mut answer = [0u8; 12];
    dead.read_exact(&mut answer).unwrap();
    assert_eq!(
        &answer, b"HTTP/1.1 409",
        "and the server does not wait for the first one to fall silent"
    );
}

#[test]
fn an_answer_that_is_not_read_any_more_ends_when_its_device_asks_again() {
    let province = plain(|_| {});
    let unit = new_unit();
    let mut administrator = province.administrator();
    let mut first = administrator.invite_post(unit);
    // More than what the sockets take without a reader.
    lot(&first, Scope::unit(province.id(), unit), 3_000);
    first.exchange();
    let mut second = administrator.invite_post(unit);
    second.cursor = Cursor::START;
    second.page_bytes = 128 * 1024;
    let body = second.body(Pack::default());
    let mut unread = begin(&province, None, &body, body.len());
    let mut head = [0u8; 12];
    unread.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    std::thread::sleep(Duration::from_millis(500));
    let whole = second.stream(&second.request(Pack::default()));
    assert!(whole.len() > 1_000_000, "{}", whole.len());
    let mut rest = Vec::new();
    // A connection that is cut may say so.
    let _ = unread.read_to_end(&mut rest);
    assert!(rest.len() < whole.len(), "{} of {}", rest.len(), whole.len());
    assert!(!rest.ends_with(b"0\r\n\r\n"), "it does not look whole");
}

#[test]
fn a_request_that_waits_for_its_devices_earlier_one_takes_no_place_from_others() {
    let province = plain(|limits| limits.exchanges_at_once = 2);
    let unit = new_unit();
    let mut administrator = province.administrator();
    let busy = administrator.invite_post(unit);
    let other = administrator.invite_post(new_unit());
    lot(&busy, Scope::unit(province.id(), unit), 3_000);
    let (long, quiet, others) = (
        busy.body(busy.outbox()),
        busy.body(Pack::default()),
        other.body(Pack::default()),
    );
    let order = Mutex::new(Vec::new());
    let note = |who: &'static str| order.lock().unwrap().push(who);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            busy.send(long).unwrap();
            note("long");
        });
        std::thread::sleep(Duration::from_millis(150));
        scope.spawn(|| {
            busy.send(quiet).unwrap();
            note("waited");
        });
        std::thread::sleep(Duration::from_millis(150));
        scope.spawn(|| {
            other.send(others).unwrap();
            note("other");
        });
    });
    // Which of the two that end together is heard of first, is chance.
    assert_eq!(order.into_inner().unwrap()[0], "other");
}

#[test]
fn a_revoked_device_may_hold_no_more_of_the_memory_for_bodies_than_strangers_do() {
    let province = plain(|limits| limits.bodies_in_memory = 1024 * 1024);
    let mut administrator = province.administrator();
    let unit = new_unit();
    let lost = administrator.invite_post(unit);
    let mut other = administrator.invite_post(unit);
    let claimed = |device: &DeviceIn, pack| {
        let body = device.body(pack);
        (ParcelClaim::sign(&device.author.key, &body), body)
    };
    for device in [&lost, &other] {
        lot(device, Scope::unit(province.id(), unit), 700);
    }
    administrator.ask(RosterAct::Revoked {
        device: lost.author.device(),
        reason: "mất máy".into(),
        cuts: Vec::new(),
        asked: None,
    });
    administrator.exchange();

    let (claim, body) = claimed(&lost, lost.outbox());
    assert!((300_000..500_000).contains(&body.len()), "{}", body.len());
    // No byte more than shows it: a connection that is cut while data is underway may lose its answer.
    let mut large = begin(&province, Some(&claim), &body, 256 * 1024 + 1);
    let mut answer = [0u8; 12];
    large.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");
    let (claim, body) = claimed(&lost, Pack::default());
    assert!(
        lost.send_parcel(&claim, 0, body.into()).is_ok(),
        "what fits into the strangers' share is answered: so it learns what became of it"
    );

    let (claim, body) = claimed(&other, other.outbox());
    let answer = other.send_parcel(&claim, 0, body.into()).unwrap();
    for part in other.read_answer(&answer) {
        other.apply(&part);
    }
    assert!(other.outbox().is_empty(), "everything is confirmed");
}
