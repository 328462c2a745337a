//! A program that is killed while it exchanges goes on at the byte when it is started again.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cotmoc_core::id::Hash32;
use cotmoc_ledger::LifeReason;
use cotmoc_tests::fleet::{Player, Town, program, registration};
use serde_json::Value;

/// How far bytes go in one direction until nothing moves any more.
#[derive(Clone, Copy)]
struct Lets {
    bytes: usize,
    /// Milliseconds for each 2 KB.
    pause: u64,
}

const ALL: Lets = Lets {
    bytes: usize::MAX,
    pause: 0,
};

/// A link in front of the server that can stand still with the connection open.
struct Link {
    address: SocketAddr,
    up: Arc<Mutex<Vec<u8>>>,
    down: Arc<Mutex<Vec<u8>>>,
    stands_still: Receiver<()>,
}

impl Link {
    fn to(server: SocketAddr, up: Lets, down: Lets) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, stands_still) = channel();
        let passed: [Arc<Mutex<Vec<u8>>>; 2] = Default::default();
        let [uppers, downers] = passed.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = TcpStream::connect(server).unwrap();
                let pairs = [
                    (&client, &upstream, up, &uppers),
                    (&upstream, &client, down, &downers),
                ];
                for (from, to, lets, passed) in pairs {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (passed, tell) = (passed.clone(), tell.clone());
                    std::thread::spawn(move || pass(from, to, lets, &passed, &tell));
                }
            }
        });
        let [up, down] = passed;
        Self {
            address,
            up,
            down,
            stands_still,
        }
    }

    /// Bytes that have passed up and down, HTTP included.
    fn passed(&self) -> (usize, usize) {
        (self.up.lock().unwrap().len(), self.down.lock().unwrap().len())
    }

    fn asked_how_much_is_there(&self) -> bool {
        let up = self.up.lock().unwrap();
        up.windows(14).any(|window| window == b"GET /v1/parcel")
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, lets: Lets, passed: &Mutex<Vec<u8>>, tell: &Sender<()>) {
    let mut piece = [0; 2_048];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        let room = lets.bytes.saturating_sub(passed.lock().unwrap().len());
        let goes = &piece[..read.min(room)];
        passed.lock().unwrap().extend_from_slice(goes);
        if to.write_all(goes).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(lets.pause));
        if room <= read {
            let _ = tell.send(());
            // Nothing goes on until the other end gives up.
            while matches!(from.read(&mut piece), Ok(1..)) {}
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// From now on the device finds the server at this address.
fn behind(player: &Player, address: SocketAddr) {
    let device = player.device();
    let stored = device.ledger().meta("remote").unwrap().unwrap();
    let mut remote: Value = serde_json::from_slice(&stored).unwrap();
    remote["server"] = format!("http://{address}").into();
    let stored = serde_json::to_vec(&remote).unwrap();
    device.ledger().set_meta("remote", &stored).unwrap();
}

/// `cotmoc exchange` of the device's folder, killed when the link stands still.
fn exchange_until_killed(player: &mut Player, link: &Link) {
    behind(player, link.address);
    player.close();
    let mut child = Command::new(program("cotmoc"))
        .arg("--home")
        .arg(player.home())
        .arg("exchange")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stood_still = link.stands_still.recv_timeout(Duration::from_secs(60));
    child.kill().unwrap();
    child.wait().unwrap();
    stood_still.unwrap();
}

/// `cotmoc exchange` of the device's folder, to its end.
fn exchange(player: &mut Player, link: &Link) {
    behind(player, link.address);
    player.close();
    let output = Command::new(program("cotmoc"))
        .arg("--home")
        .arg(player.home())
        .arg("exchange")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    player.reopen().unwrap();
}

/// Registrations with texts that do not compress.
fn write_a_lot(post: &Player) {
    for number in 0..100u64 {
        // No digits: a number of nine might be that of a person.
        let noise = |at: u64| -> String {
            let hash = Hash32::of("cotmoc test", &(number * 8 + at).to_le_bytes()).to_string();
            let letters = hash.chars().filter_map(|digit| digit.to_digit(16));
            letters
                .filter_map(|digit| char::from_u32(u32::from('a') + digit))
                .collect()
        };
        let mut contents = registration(&format!("Mô hình {}", noise(0)));
        contents["values"]["place"] = noise(1).into();
        contents["values"]["schedule"] = noise(2).into();
        post.call("registrations.start", contents);
    }
}

fn server(town: &Town) -> SocketAddr {
    town.server().addr()
}

/// A post's device with much to say, killed in the middle of saying it, and how much of it had gone.
fn killed_while_sending(town: &Town) -> (Player, usize) {
    let mut post = town.post("post", "don-muong-lan").unwrap();
    write_a_lot(&post);
    let up = Lets {
        bytes: 9_000,
        pause: 0,
    };
    let link = Link::to(server(town), up, ALL);
    exchange_until_killed(&mut post, &link);
    post.reopen().unwrap();
    let (gone, _) = link.passed();
    (post, gone)
}

#[test]
fn a_program_that_is_killed_while_it_sends_sends_the_rest_when_it_is_started_again() {
    let town = Town::for_counting().unwrap();
    // What the whole costs, by another post with as much to say.
    let mut other = town.post("other", "don-muong-lan").unwrap();
    write_a_lot(&other);
    let whole = Link::to(server(&town), ALL, ALL);
    exchange(&mut other, &whole);
    let (whole, _) = whole.passed();
    assert!(whole > 14_000, "{whole} bytes");

    let (mut post, gone) = killed_while_sending(&town);
    let rest = Link::to(server(&town), ALL, ALL);
    exchange(&mut post, &rest);
    assert!(rest.asked_how_much_is_there());
    let (rest, _) = rest.passed();
    let twice = (gone + rest).saturating_sub(whole);
    assert!(
        twice < 3_000,
        "{gone} of {whole} bytes had gone, and {rest} went after them"
    );
    // Nothing of it is left behind either.
    let kept = post.device().ledger().meta("remote.unfinished").unwrap();
    assert!(kept.is_none());
    post.exchange();
}

#[test]
fn a_program_that_is_killed_while_it_receives_asks_for_the_rest_when_it_is_started_again() {
    let town = Town::for_counting().unwrap();
    let mut whole = town.post("whole", "don-muong-lan").unwrap();
    let mut cut = town.post("cut", "don-muong-lan").unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    for player in [&whole, &cut] {
        player.exchange();
    }
    write_a_lot(&post);
    post.exchange();
    let link = Link::to(server(&town), ALL, ALL);
    exchange(&mut whole, &link);
    let (_, whole) = link.passed();
    assert!(whole > 14_000, "{whole} bytes");

    // Slowly, so that it is worth keeping; the last two seconds of it may be lost.
    let slow = Lets {
        bytes: 11_000,
        pause: 400,
    };
    let link = Link::to(server(&town), ALL, slow);
    exchange_until_killed(&mut cut, &link);
    let (_, gone) = link.passed();
    cut.reopen().unwrap();
    let link = Link::to(server(&town), ALL, ALL);
    exchange(&mut cut, &link);
    let (_, rest) = link.passed();
    assert!(
        rest < whole - gone / 2,
        "{gone} of {whole} bytes had come, and {rest} came after them"
    );
    cut.exchange();
}

/// A server that fails whatever is asked of it.
fn ill() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body = r#"{"code":"internal"}"#;
    let head = "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length:";
    let answer = format!("{head} {}\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 4_096]);
            let _ = client.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn what_was_left_outlasts_a_server_that_is_ill_but_not_one_that_stays_so() {
    for (failures, is_kept) in [(2, true), (3, false)] {
        let town = Town::for_counting().unwrap();
        let (mut post, gone) = killed_while_sending(&town);
        behind(&post, ill());
        for _ in 0..failures {
            assert_eq!(post.refuses("exchange.run", Value::Null), "server_failed");
            // The next one is by a program that was started anew.
            post.close();
            post.reopen().unwrap();
        }
        let kept = post.device().ledger().meta("remote.unfinished").unwrap();
        assert_eq!(kept.is_some(), is_kept, "after {failures} failures");
        let rest = Link::to(server(&town), ALL, ALL);
        exchange(&mut post, &rest);
        assert_eq!(rest.asked_how_much_is_there(), is_kept);
        let (rest, _) = rest.passed();
        // The whole is more than 14,000 bytes.
        assert_eq!(rest < 14_000, is_kept, "{rest} bytes after {gone}");
    }
}

#[test]
fn what_was_left_is_not_sent_on_in_another_life_of_the_device_or_of_the_server() {
    let lives: [fn(&Player); 2] = [
        |post| {
            let device = post.device();
            let ledger = device.ledger();
            ledger.begin_new_incarnation(0, LifeReason::OlderCopy).unwrap();
        },
        |post| {
            let device = post.device();
            let stored = device.ledger().meta("remote.cursor").unwrap().unwrap();
            let mut cursor: Value = serde_json::from_slice(&stored).unwrap();
            cursor["epoch"] = "00000000-0000-4000-8000-000000000001".into();
            let stored = serde_json::to_vec(&cursor).unwrap();
            device.ledger().set_meta("remote.cursor", &stored).unwrap();
        },
    ];
    for begins_another in lives {
        let town = Town::for_counting().unwrap();
        let (mut post, _) = killed_while_sending(&town);
        let kept = post.device().ledger().meta("remote.unfinished").unwrap();
        assert!(kept.is_some());
        begins_another(&post);
        let link = Link::to(server(&town), ALL, ALL);
        exchange(&mut post, &link);
        assert!(!link.asked_how_much_is_there());
        let kept = post.device().ledger().meta("remote.unfinished").unwrap();
        assert!(kept.is_none());
        post.exchange();
    }
}
