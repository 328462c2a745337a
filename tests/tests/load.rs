//! A province that comes at once, in small; `make bench-exchange` has it in full size.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::Invitation;
use cotmoc_core::id::Hash32;
use cotmoc_core::org::UnitId;
use cotmoc_ledger::Ledger;
use cotmoc_sync_server::{RunningServer, Server, Settings, Transport};
use cotmoc_tests::bench::exchange::write_all;
use cotmoc_tests::bench::load::{Found, Load, Province, Shape};
use cotmoc_tests::bench::workload::{Owner, registration};
use cotmoc_tests::fleet::{Player, first_desks, gauntlet, invitation_by, unit};
use serde_json::{Value, json};

const LONGEST: Duration = Duration::from_secs(180);

#[test]
fn devices_that_come_together_over_slow_links_are_all_acknowledged_and_nothing_is_lost() {
    let mut province = Province::open(12).unwrap();
    let load = Load { edits: 10, photos: 1 };
    province.enter(12, load).unwrap();
    for (number, device) in province.devices.iter().enumerate() {
        device.follow(Shape {
            rate: 400_000 + 50_000 * number as u64,
            delay: Duration::from_millis(40),
        });
    }
    province.told().unwrap();
    let took = province.exchange_all(Duration::from_secs(2), LONGEST).unwrap();
    assert_eq!(took.len(), 12);
    let told = province.told().unwrap();
    assert!(told.times.len() >= 12, "{told:?}");
    assert_eq!(told.turned_away, 0);
    let nothing = Found {
        entries_lost: 0,
        files_lost: 0,
    };
    assert_eq!(province.look_into_the_store().unwrap(), nothing);
}

#[test]
fn what_was_never_sent_is_found_to_be_lacking() {
    let mut province = Province::open(1).unwrap();
    let load = Load { edits: 3, photos: 1 };
    province.enter(1, load).unwrap();
    let found = province.look_into_the_store().unwrap();
    assert!(found.entries_lost >= 4, "{found:?}");
    assert_eq!(found.files_lost, 2, "a photo and its thumbnail");
}

/// What passed between a device and the server, as the two said it in plain HTTP.
#[derive(Debug, Clone, Copy)]
enum Heard {
    Asked(Instant),
    /// With the seconds of its Retry-After.
    Busy(Instant, u64),
}

/// Hears a device talk to the server.
struct Ear {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Ear {
    fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ear = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
        };
        let heard = Arc::clone(&ear.heard);
        std::thread::spawn(move || {
            for device in listener.incoming().flatten() {
                let upstream = TcpStream::connect(server).unwrap();
                let (up, down) = (device.try_clone().unwrap(), upstream.try_clone().unwrap());
                let asked = Arc::clone(&heard);
                std::thread::spawn(move || {
                    pass(up, upstream, |read| {
                        if read.starts_with(b"POST /v1/exchange") {
                            asked.lock().unwrap().push(Heard::Asked(Instant::now()));
                        }
                    });
                });
                let answered = Arc::clone(&heard);
                std::thread::spawn(move || {
                    pass(down, device, |read| {
                        if read.starts_with(b"HTTP/1.1 503") {
                            let head = String::from_utf8_lossy(read).to_lowercase();
                            let (_, rest) = head.split_once("retry-after: ").expect("when to come back");
                            let seconds = rest.lines().next().unwrap().trim().parse().unwrap();
                            answered
                                .lock()
                                .unwrap()
                                .push(Heard::Busy(Instant::now(), seconds));
                        }
                    });
                });
            }
        });
        ear
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, hear: impl Fn(&[u8])) {
    let mut buffer = [0u8; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        hear(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// The server has all that a device holds.
fn has_all_of(server: &RunningServer, player: &Player) -> bool {
    let here: BTreeSet<_> = hashes(server.state().ledger());
    hashes(player.device().ledger()).is_subset(&here)
}

fn hashes(ledger: &Ledger) -> BTreeSet<Hash32> {
    ledger.sorted_entry_hashes().unwrap().into_iter().collect()
}

#[test]
fn a_server_with_one_place_says_when_to_come_back_and_devices_do_so_and_get_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(folder.path().join("server"), gauntlet());
    settings.transport = Transport::PlainForBenchmark;
    settings.limits.exchanges_at_once = 1;
    settings.limits.exchanges_waiting = 0;
    let server = Server::start(settings).unwrap();
    let founded = server
        .found_province("Tỉnh Sơn La", UnitId::from_slug("tinh-son-la"))
        .unwrap();
    let founding = founded.invitation.to_text();
    let (_, compiler) = first_desks(folder.path(), &founding, "scheme-son-la-2021").unwrap();
    let cycle = compiler.call("cycles.list", Value::Null)["cycles"][0]["id"].clone();
    let mut devices = Vec::new();
    // Nobody reads what another one sent.
    let units = ["don-muong-lan", "don-long-sap", "don-chieng-tuong"];
    for (number, slug) in (0u64..).zip(units) {
        let owner = Owner {
            province: founded.province,
            unit: unit(slug).parse().unwrap(),
            cycle: serde_json::from_value(cycle.clone()).unwrap(),
        };
        let request = json!({ "role": "post", "unit": unit(slug), "valid_days": 7 });
        let ear = Ear::before(server.addr());
        let mut invitation = Invitation::from_text(&invitation_by(&compiler, request)).unwrap();
        invitation.server = format!("http://{}", ear.address);
        let player = Player::open(&folder.path().join(format!("post-{number}"))).unwrap();
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation.to_text(), "label": format!("Máy {number}") }),
        );
        player.exchange();
        // The first one brings so much that the others find the place taken.
        let count = if number == 0 { 250 } else { 3 };
        let first = number * 1_000;
        write_all(
            &player,
            (first..first + count).flat_map(|number| registration(&owner, number)),
        )
        .unwrap();
        ear.heard.lock().unwrap().clear();
        devices.push((player, ear));
    }
    let began = Instant::now();
    devices[0].0.device().exchange_by_itself();
    while devices[0].1.heard().is_empty() {
        assert!(began.elapsed() < LONGEST, "the first one never asked");
        std::thread::sleep(Duration::from_millis(5));
    }
    for (player, _) in &devices[1..] {
        player.device().exchange_by_itself();
    }
    while !devices.iter().all(|(player, _)| has_all_of(&server, player)) {
        assert!(
            began.elapsed() < LONGEST,
            "{:?}",
            devices.iter().map(|(_, ear)| ear.heard()).collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    let (mut turned_away, mut came_back) = (0, 0);
    for (_, ear) in &devices {
        let heard = ear.heard();
        for (at, what) in heard.iter().enumerate() {
            let Heard::Busy(told, seconds) = what else {
                continue;
            };
            turned_away += 1;
            assert!((5..=20).contains(seconds), "{seconds}");
            let next = heard[at..].iter().find_map(|next| match next {
                Heard::Asked(next) => Some(*next),
                Heard::Busy(..) => None,
            });
            // One that asked for news when all was there may still wait.
            let Some(next) = next else { continue };
            came_back += 1;
            let waited = next.duration_since(*told);
            assert!(
                waited >= Duration::from_secs(*seconds),
                "{waited:?} of {seconds} s"
            );
        }
    }
    let heard: Vec<_> = devices.iter().map(|(_, ear)| ear.heard()).collect();
    assert!(turned_away > 0, "nobody was turned away: {heard:?}");
    assert!(came_back > 0, "nobody came back: {heard:?}");
}
