use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cotmoc_sync_server::Transport;

use super::support::Province;

fn impatient() -> Province {
    Province::start_with(|settings| {
        settings.limits.header_timeout = Duration::from_millis(1_500);
        settings.limits.stall_timeout = Duration::from_millis(1_500);
    })
}

/// Reads until the other end closes; what it sent, and how long it took.
fn until_closed(stream: &mut TcpStream) -> (Vec<u8>, Duration) {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let started = Instant::now();
    let mut answer = Vec::new();
    // A reset is a close like any other.
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_ne!(
            error.kind(),
            std::io::ErrorKind::WouldBlock,
            "the server never closed"
        );
    }
    (answer, started.elapsed())
}

#[test]
fn a_connection_that_never_finishes_its_handshake_is_cut() {
    let province = impatient();
    let mut silent = TcpStream::connect(province.server.addr()).unwrap();
    let (answer, took) = until_closed(&mut silent);
    assert!(answer.is_empty());
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn a_head_that_comes_letter_by_letter_is_cut_when_its_time_is_over() {
    let province = Province::start_with(|settings| {
        settings.transport = Transport::PlainForBenchmark;
        settings.limits.header_timeout = Duration::from_millis(1_500);
    });
    let mut slow = TcpStream::connect(province.server.addr()).unwrap();
    slow.write_all(b"POST /v1/exchange HTTP/1.1\r\n").unwrap();
    let started = Instant::now();
    let cut = loop {
        // Progress does not help: a head is short, and its time is for the whole of it.
        if slow.write_all(b"x: y\r\n").is_err() || started.elapsed() > Duration::from_secs(20) {
            break started.elapsed();
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(
        cut > Duration::from_millis(1_000) && cut < Duration::from_secs(15),
        "{cut:?}"
    );
}

#[test]
fn a_body_is_waited_for_as_long_as_it_makes_progress_and_cut_when_it_stops() {
    let province = Province::start_with(|settings| {
        settings.transport = Transport::PlainForBenchmark;
        settings.limits.stall_timeout = Duration::from_millis(1_500);
    });
    let mut slow = TcpStream::connect(province.server.addr()).unwrap();
    slow.write_all(b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\n")
        .unwrap();
    for _ in 0..8 {
        std::thread::sleep(Duration::from_millis(500));
        slow.write_all(&[0]).unwrap();
    }
    let mut answer = [0; 12];
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    slow.read_exact(&mut answer).unwrap();
    assert_eq!(
        &answer, b"HTTP/1.1 400",
        "four seconds of trickle were read to the end and then judged"
    );

    let mut stopped = TcpStream::connect(province.server.addr()).unwrap();
    stopped
        .write_all(b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\n\0")
        .unwrap();
    let (answer, took) = until_closed(&mut stopped);
    assert!(
        answer.starts_with(b"HTTP/1.1 408"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn a_connection_that_asks_nothing_more_is_closed() {
    let province = Province::start_with(|settings| {
        settings.transport = Transport::PlainForBenchmark;
        settings.limits.header_timeout = Duration::from_millis(1_500);
    });
    let mut idle = TcpStream::connect(province.server.addr()).unwrap();
    idle.write_all(b"GET /v1/hello HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let (answer, took) = until_closed(&mut idle);
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn idle_connections_do_not_keep_an_honest_device_waiting() {
    let province = impatient();
    let idle: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(province.server.addr()).unwrap())
        .collect();
    let started = Instant::now();
    province.administrator().exchange();
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    drop(idle);
}

#[test]
fn a_stopping_server_waits_for_idle_connections_no_longer_than_it_must() {
    let province = Province::start();
    let mut administrator = province.administrator();
    administrator.exchange();
    let started = Instant::now();
    province.server.stop();
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
}

/// A request that says it has so many bytes, and sends some.
fn begun(province: &Province, says: usize, sends: usize) -> TcpStream {
    let mut stream = TcpStream::connect(province.server.addr()).unwrap();
    write!(
        stream,
        "POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: {says}\r\n\r\n"
    )
    .unwrap();
    stream.write_all(&vec![0; sends]).unwrap();
    stream
}

/// A large body, sent little by little so that an answer is not lost by a connection that is cut while data is underway.
fn is_turned_away(province: &Province) -> bool {
    let mut stream = begun(province, 100_000, 0);
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut answer = [0; 12];
    (0..90).any(|_| {
        let _ = stream.write_all(&[0; 1_000]);
        stream.read_exact(&mut answer).is_ok() && answer == *b"HTTP/1.1 503"
    })
}

#[test]
fn strangers_who_never_end_do_not_keep_devices_out_and_whoever_drips_among_them_is_ended() {
    let province = Province::start_with(|settings| {
        settings.transport = Transport::PlainForBenchmark;
        settings.limits.bodies_in_memory = 1024 * 1024;
        settings.limits.drip_window = Duration::from_secs(3);
    });
    let mut administrator = province.administrator();
    let mut strangers: Vec<TcpStream> = (0..4).map(|_| begun(&province, 100_000, 60_000)).collect();
    // Until the server has read all of theirs, one more may still find room.
    let turned_away = (0..6).any(|_| is_turned_away(&province));
    assert!(turned_away, "their share is taken");
    administrator.exchange();

    let mut dripping = strangers.pop().unwrap();
    let mut drips = dripping.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..60 {
                if drips.write_all(&[0]).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let (answer, took) = until_closed(&mut dripping);
        let said = String::from_utf8_lossy(&answer);
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(took < Duration::from_secs(20), "{took:?}");
        let _ = dripping.shutdown(std::net::Shutdown::Both);
    });
}
