//! HTTP to the province: TLS pinned to the key of the invitation, so that a wrong clock does not matter.

mod pin;
#[cfg(any(target_os = "android", target_os = "linux"))]
mod way;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::{CarriedAnswer, Enrolled, EnrolmentRequest, ParcelClaim, ServerProblem};
use cotmoc_core::id::Hash32;
use tokio::runtime::Runtime;

use self::pin::tls;
use self::wire::{GivenUp, LONGEST_UNDERWAY, Moved, Wire, watched};
use super::link::{Link, LinkFailure, TakeBytes};
use crate::contract::Problem;

/// Connecting on a 2G link takes its time.
const CONNECT: Duration = Duration::from_secs(30);
/// Connecting to a device on the same table does not.
const NEARBY: Duration = Duration::from_secs(4);
/// Longest silence on the wire. A slow link is not a dead one: there is no limit on the whole request, only on
/// how long nothing may move, in either direction.
const STILL: Duration = Duration::from_secs(60);
/// Longest answer that is not taken as it comes, bytes.
const SHORT: usize = 64 * 1024;
/// Header of a body that may take several connections.
const PARCEL: &str = "cotmoc-parcel";
/// Header in front of a bundle that is carried for the province.
const BUNDLE: &str = "cotmoc-bundle";
/// How often a waiting link looks whether a person wants it to stop.
const LOOK: Duration = Duration::from_millis(100);
/// Between two keep-alive probes while we wait for an answer.
const PROBE: Duration = Duration::from_secs(15);

/// How often the system is asked what has arrived.
#[cfg(any(target_os = "android", target_os = "linux"))]
const HEAR: Duration = Duration::from_secs(1);

/// A server behind a pinned key.
pub(crate) struct Server {
    address: String,
    client: reqwest::Client,
    runtime: Runtime,
    met_another_key: Arc<AtomicBool>,
    moved: Arc<Moved>,
    still: Duration,
    /// How long what the system has taken may need to leave.
    underway: Duration,
    /// Least that is to arrive of what is sent, bytes a second; none where nothing waits behind.
    least: Option<usize>,
    begun: Instant,
}

impl Server {
    /// A client for one server. Plain HTTP is accepted on loopback only, for the benchmark that counts
    /// bytes outside TLS.
    pub fn new(address: &str, pin: Hash32) -> Result<Self, Problem> {
        Self::connecting(address, pin, CONNECT)
    }

    /// A client for a server on the local network, which answers at once or not at all.
    pub fn nearby(address: &str, pin: Hash32) -> Result<Self, Problem> {
        let server = Self::connecting(address, pin, NEARBY)?;
        Ok(Self {
            still: NEARBY,
            ..server
        })
    }

    fn connecting(address: &str, pin: Hash32, connect: Duration) -> Result<Self, Problem> {
        let address = address.trim_end_matches('/').to_owned();
        let builder = reqwest::Client::builder()
            .connect_timeout(connect)
            .pool_idle_timeout(Duration::from_secs(90))
            .tcp_nodelay(true)
            .tcp_keepalive(PROBE)
            .tcp_keepalive_interval(PROBE)
            .tcp_keepalive_retries(3)
            .no_proxy();
        let (config, met_another_key) = tls(pin)?;
        let builder = builder.tls_backend_preconfigured(config);
        let builder = if is_plain_loopback(&address) {
            builder
        } else if address.starts_with("https://") {
            builder.https_only(true)
        } else {
            return Err(Problem::new("server_unreachable").with("server", &address));
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| crate::problems::internal(&error))?;
        let moved = Moved::new();
        #[cfg(not(any(target_os = "android", target_os = "linux")))]
        let underway = LONGEST_UNDERWAY;
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let (builder, underway) = {
            let _on = runtime.enter();
            over_own_way(builder, &address, connect, &moved)
        };
        let client = builder
            .build()
            .map_err(|error| crate::problems::internal(&error))?;
        Ok(Self {
            address,
            client,
            runtime,
            met_another_key,
            moved,
            still: STILL,
            underway,
            least: None,
            begun: Instant::now(),
        })
    }

    /// Gives up when of what is sent less arrives than so many bytes a second, seen over the whole of it.
    pub fn hurried(self, least: usize) -> Self {
        Self {
            least: Some(least),
            ..self
        }
    }

    /// `GET /v1/hello`: somebody with the pinned key answers there.
    pub fn hello(&self) -> Result<(), Problem> {
        let never = Arc::new(AtomicBool::new(false));
        let request = self.client.get(format!("{}/v1/hello", self.address));
        match self.collect(request, Vec::new(), &never) {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.problem),
        }
    }

    /// Sends, and gives the whole of a short answer.
    fn collect(
        &self,
        request: reqwest::RequestBuilder,
        body: Vec<u8>,
        stop: &Arc<AtomicBool>,
    ) -> Result<Vec<u8>, LinkFailure> {
        let mut bytes = Vec::new();
        self.send(request, body, stop, &mut |chunk| {
            bytes.extend_from_slice(chunk);
            if bytes.len() > SHORT {
                return Err(Problem::new("answer_too_large"));
            }
            Ok(())
        })?;
        Ok(bytes)
    }

    fn send(
        &self,
        request: reqwest::RequestBuilder,
        body: Vec<u8>,
        stop: &Arc<AtomicBool>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Problem>,
    ) -> Result<(), LinkFailure> {
        let wire = Wire::new(&self.moved);
        let length = body.len();
        let request = request.body(watched(body, &wire));
        let seconds = |least: usize| Duration::from_secs(length.div_ceil(least.max(1)) as u64);
        let sending = self.least.map(|least| 2 * self.still + seconds(least));
        let refusal = self.runtime.block_on(async {
            tokio::select! {
                answer = self.answer(request, &wire, take) => answer,
                why = wire.watch(self.still, (length, self.underway), sending, stop) => Err(self.given_up(why, &wire)),
            }
        })?;
        let Some(Refusal {
            status,
            retry_after,
            bytes,
        }) = refusal
        else {
            return Ok(());
        };
        let code = serde_json::from_slice::<ServerProblem>(&bytes).map(|problem| problem.code);
        Err(LinkFailure::refused(status, code.ok().as_deref(), retry_after))
    }

    /// Nothing when the answer was taken to its end.
    async fn answer(
        &self,
        request: reqwest::RequestBuilder,
        wire: &Wire,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Problem>,
    ) -> Result<Option<Refusal>, LinkFailure> {
        let sent = request.send().await;
        let mut response = sent.map_err(|error| LinkFailure {
            answer_lost: !error.is_connect() && wire.has_left(),
            ..self.failure(&error)
        })?;
        wire.answered();
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse::<i64>().ok())
            .map(|seconds| seconds.clamp(1, 3_600) * 1_000);
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|error| LinkFailure {
                answer_lost: status == 200,
                ..self.failure(&error)
            })?;
            let Some(chunk) = chunk else { break };
            if status == 200 {
                take(&chunk)?;
            } else if bytes.len() < SHORT {
                bytes.extend_from_slice(&chunk);
            }
            // Also what was stored in between took its time, and the link is not to blame.
            wire.moved();
        }
        Ok((status != 200).then_some(Refusal {
            status,
            retry_after,
            bytes,
        }))
    }

    fn given_up(&self, why: GivenUp, wire: &Wire) -> LinkFailure {
        if why == GivenUp::Still {
            tracing::info!(sync.server = %self.address, "nothing moved for too long");
        }
        let failure = match why {
            GivenUp::Dripped => LinkFailure::of("hub_stalled"),
            GivenUp::Still | GivenUp::Stopped => self.unreachable(),
        };
        LinkFailure {
            answer_lost: wire.has_left(),
            ..failure
        }
    }

    fn failure(&self, error: &reqwest::Error) -> LinkFailure {
        if self.met_another_key.swap(false, Ordering::Relaxed) {
            return LinkFailure::of("server_wrong_key");
        }
        tracing::debug!(error.message = %error, "no connection");
        self.unreachable()
    }

    fn unreachable(&self) -> LinkFailure {
        let problem = Problem::new("server_unreachable").with("server", &self.address);
        LinkFailure {
            problem,
            retry_after: None,
            answer_lost: false,
        }
    }
}

/// With it, how long what was taken may need to leave. The client's own connections do on loopback, where nothing is cut,
/// and where the system has no others.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn over_own_way(
    builder: reqwest::ClientBuilder,
    address: &str,
    connect: Duration,
    moved: &Arc<Moved>,
) -> (reqwest::ClientBuilder, Duration) {
    if is_plain_loopback(address) {
        return (builder, LONGEST_UNDERWAY);
    }
    let tcp = way::Tcp {
        connect,
        probe: PROBE,
        look: HEAR,
    };
    let opened = address.parse().map_err(std::io::Error::other);
    match opened.and_then(|to| way::open(to, tcp, moved.clone())) {
        Ok((way, underway)) => (builder.unix_socket(way), underway),
        Err(error) => {
            tracing::warn!(error.message = %error, "the system's connections are used as they are");
            (builder, LONGEST_UNDERWAY)
        }
    }
}

impl Link for Server {
    /// `POST /v1/enrol`.
    fn enrol(&mut self, request: &EnrolmentRequest) -> Result<Enrolled, LinkFailure> {
        let body = serde_json::to_vec(request).map_err(|_| LinkFailure::of("internal"))?;
        let never = Arc::new(AtomicBool::new(false));
        let request = self.client.post(format!("{}/v1/enrol", self.address));
        let request = request.header("content-type", "application/json");
        let answer = self.collect(request, body, &never)?;
        serde_json::from_slice(&answer).map_err(|_| LinkFailure::of("server_nonsense"))
    }

    /// `GET /v1/parcel`.
    fn parcel(&mut self, claim: &ParcelClaim, stop: &Arc<AtomicBool>) -> Result<u64, LinkFailure> {
        let request = self.client.get(format!("{}/v1/parcel", self.address));
        let request = request.header(PARCEL, format!("0 {}", claim.to_text()));
        let answer = self.collect(request, Vec::new(), stop)?;
        let here = std::str::from_utf8(&answer)
            .ok()
            .and_then(|text| text.parse().ok());
        here.ok_or_else(|| LinkFailure::of("server_nonsense"))
    }

    /// `POST /v1/exchange`.
    fn exchange(
        &mut self,
        body: Vec<u8>,
        claim: Option<(&ParcelClaim, u64)>,
        stop: &Arc<AtomicBool>,
        take: &mut TakeBytes<'_>,
    ) -> Result<(), LinkFailure> {
        let request = self.client.post(format!("{}/v1/exchange", self.address));
        let request = match claim {
            Some((claim, from)) => request.header(PARCEL, format!("{from} {}", claim.to_text())),
            None => request,
        };
        self.send(request, body, stop, take)
    }

    /// `GET /v1/bundle` and `POST /v1/bundle`.
    fn bundle(
        &mut self,
        bytes: Vec<u8>,
        header: &str,
        stop: &Arc<AtomicBool>,
    ) -> Result<CarriedAnswer, LinkFailure> {
        let url = format!("{}/v1/bundle", self.address);
        let request = if bytes.is_empty() {
            self.client.get(url)
        } else {
            let request = self.client.post(url);
            request.header("content-type", "application/octet-stream")
        };
        let answer = self.collect(request.header(BUNDLE, header), bytes, stop)?;
        let said = std::str::from_utf8(&answer).ok();
        said.and_then(|text| CarriedAnswer::from_text(text).ok())
            .ok_or_else(|| LinkFailure::of("server_nonsense"))
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn wait(&mut self, how_long: Duration, stop: &Arc<AtomicBool>) {
        let until = Instant::now() + how_long;
        while !stop.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}

/// An answer of another status than 200.
struct Refusal {
    status: u16,
    /// Milliseconds.
    retry_after: Option<i64>,
    bytes: Vec<u8>,
}

/// `http://127.0.0.1…` or `http://localhost…`.
fn is_plain_loopback(address: &str) -> bool {
    let Some(host) = address.strip_prefix("http://") else {
        return false;
    };
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host == "localhost"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(is_plain_loopback("http://127.0.0.1:80/x"));
        assert!(is_plain_loopback("http://localhost:80"));
        assert!(!is_plain_loopback("http://127.0.0.1.example.org"));
        assert!(!is_plain_loopback("http://10.0.0.1"));
        assert!(Server::new("http://10.0.0.1", Hash32::ZERO).is_err());
        assert!(Server::new("ftp://127.0.0.1", Hash32::ZERO).is_err());
    }

    fn never() -> Arc<AtomicBool> {
        Arc::new(AtomicBool::new(false))
    }

    /// A listener that takes one connection, reads what comes and never answers.
    fn silent() -> (String, std::net::TcpListener) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        (format!("http://{}", listener.local_addr().unwrap()), listener)
    }

    fn take_and_read(listener: std::net::TcpListener) -> std::thread::JoinHandle<()> {
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut taken = [0u8; 4_096];
            while std::io::Read::read(&mut connection, &mut taken).is_ok_and(|read| read > 0) {}
        })
    }

    #[test]
    fn a_server_that_takes_the_request_and_falls_silent_is_given_up() {
        let (address, listener) = silent();
        let reading = take_and_read(listener);
        let mut server = Server::new(&address, Hash32::ZERO).unwrap();
        server.still = Duration::from_millis(300);
        let failure = server
            .exchange(vec![7; 64], None, &never(), &mut |_| Ok(()))
            .unwrap_err();
        assert_eq!(failure.problem.code, "server_unreachable");
        assert!(failure.answer_lost, "what became of the request is not known");
        drop(server);
        reading.join().unwrap();
    }

    #[test]
    fn a_hub_that_takes_what_is_sent_in_drops_is_said_to_be_slow_and_not_to_be_away() {
        let server = Server::new("http://127.0.0.1:9", Hash32::ZERO).unwrap();
        let wire = Wire::new(&server.moved);
        let code = |why| server.given_up(why, &wire).problem.code;
        assert_eq!(code(GivenUp::Dripped), "hub_stalled");
        assert_eq!(code(GivenUp::Still), "server_unreachable");
    }

    #[test]
    fn a_wish_to_stop_ends_a_request_that_waits_for_its_answer() {
        let (address, listener) = silent();
        let reading = take_and_read(listener);
        let mut server = Server::new(&address, Hash32::ZERO).unwrap();
        let stop = never();
        let wish = stop.clone();
        let person = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            wish.store(true, Ordering::Relaxed);
        });
        let failure = server
            .exchange(vec![7; 200_000], None, &stop, &mut |_| Ok(()))
            .unwrap_err();
        assert_eq!(failure.problem.code, "server_unreachable");
        person.join().unwrap();
        drop(server);
        reading.join().unwrap();
    }

    /// The problem that an answer with this head and body is read as.
    fn read_as(answer: &str) -> Problem {
        let (address, listener) = silent();
        let answer = answer.to_owned();
        let answering = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut connection, _) = listener.accept().unwrap();
            let mut taken = [0u8; 4_096];
            assert!(connection.read(&mut taken).unwrap() > 0);
            connection.write_all(answer.as_bytes()).unwrap();
        });
        let mut server = Server::new(&address, Hash32::ZERO).unwrap();
        let failure = server
            .exchange(vec![7; 64], None, &never(), &mut |_| Ok(()))
            .unwrap_err();
        answering.join().unwrap();
        failure.problem
    }

    #[test]
    fn a_server_with_a_full_disk_is_said_to_be_full() {
        let body = r#"{"code":"disk_full"}"#;
        let head = format!(
            "HTTP/1.1 507 Insufficient Storage\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        assert_eq!(read_as(&(head + body)).code, "server_full");
    }

    #[test]
    fn a_gateway_that_does_not_reach_the_server_is_no_network_that_wants_a_login() {
        let answer = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(read_as(answer).code, "server_failed");
        let answer = answer.replace("502 Bad Gateway", "404 Not Found");
        assert_eq!(read_as(&answer).code, "server_nonsense");
    }

    #[test]
    fn a_connection_that_was_never_made_has_sent_nothing() {
        let (plain, listener) = silent();
        drop(listener);
        for address in [plain.replace("http:", "https:"), plain] {
            let mut server = Server::new(&address, Hash32::ZERO).unwrap();
            let failure = server
                .exchange(vec![7; 64], None, &never(), &mut |_| Ok(()))
                .unwrap_err();
            assert_eq!(failure.problem.code, "server_unreachable");
            assert!(!failure.answer_lost, "{address}");
        }
    }

    #[test]
    fn a_large_request_arrives_whole_and_its_answer_comes_back() {
        let (address, listener) = silent();
        let answering = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut taken = Vec::new();
            let mut chunk = [0u8; 4_096];
            while !taken.ends_with(&[9; 8]) {
                let read = std::io::Read::read(&mut connection, &mut chunk).unwrap();
                taken.extend_from_slice(&chunk[..read]);
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes";
            std::io::Write::write_all(&mut connection, answer).unwrap();
            taken.iter().filter(|byte| **byte == 7).count()
        });
        let mut server = Server::new(&address, Hash32::ZERO).unwrap();
        let mut body = vec![7; 1_000_000];
        body.extend([9; 8]);
        let mut answer = Vec::new();
        server
            .exchange(body, None, &never(), &mut |bytes| {
                answer.extend_from_slice(bytes);
                Ok(())
            })
            .unwrap();
        assert_eq!(answer, b"yes");
        assert_eq!(answering.join().unwrap(), 1_000_000);
    }
}
