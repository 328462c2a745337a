//! What an exchange costs the server, and whether that depends on how much it holds.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::counting_proxy::CountingProxy;
use super::exchange::write_all;
use super::replay::Passed;
use super::server_process::ServerProcess;
use super::workload::{Owner, brief, record};
use super::{Figure, median};
use crate::fleet::{Player, first_desks, invitation_by, unit};
use crate::progress::{Progress, exchange_aloud};

/// Registrations at which a quiet exchange is measured.
pub const QUIET_AT: [u64; 2] = [1_000, 100_000];
/// Registrations of the cold pull.
pub const PULLED: u64 = 50_000;
/// Units in which the compiler has records.
pub const UNITS: u64 = 3_000;

const UNIT: &str = "don-muong-lan";
/// Quiet exchanges of a device, whose bytes and requests are counted.
const RUNS: u32 = 50;
/// Groups of requests made again, of which the median says what the server's work is.
const GROUPS: u32 = 40;
/// Requests of a group, one right after the other.
const AT_ONCE: u32 = 20;
/// Requests of a group that come each after a rest.
const RESTED: u32 = 5;
/// By then a server that has nothing to do rests: what it does next costs more than in the midst of work.
const REST: Duration = Duration::from_millis(10);
/// How much more a quiet exchange may cost than that of a single post, as a factor: what is left for noise where no
/// growth is wanted.
const GROWTH: f64 = 1.5;
const MEGABYTE: f64 = 1_000_000.0;

struct Province {
    folder: TempDir,
    server: Option<ServerProcess>,
    proxy: CountingProxy,
    listen: SocketAddr,
    compiler: Player,
    owner: Owner,
}

impl Province {
    fn open() -> Result<Self> {
        let folder = TempDir::new()?;
        // A port that is free now and stays the server's through its restarts.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let proxy = CountingProxy::before(listen)?;
        let url = format!("http://{}", proxy.address());
        let server = ServerProcess::plain(&folder.path().join("server"), &listen.to_string(), &url)?;
        let invitation = server.founding_text()?;
        let (_, compiler) = first_desks(folder.path(), &invitation, "scheme-son-la-2021")?;
        let cycle = compiler.call("cycles.list", Value::Null)["cycles"][0]["id"].clone();
        let owner = Owner {
            province: server.founding.as_ref().context("founded")?.province,
            unit: unit(UNIT).parse()?,
            cycle: serde_json::from_value(cycle)?,
        };
        Ok(Self {
            folder,
            server: Some(server),
            proxy,
            listen,
            compiler,
            owner,
        })
    }

    /// A post's device; enrolling reads what the province holds for it.
    fn enrol(&self, name: &str) -> Result<Player> {
        let request = json!({ "role": "post", "unit": unit(UNIT), "valid_days": 7 });
        let invitation = invitation_by(&self.compiler, request);
        let player = Player::open(&self.folder.path().join(name))?;
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation, "label": name }),
        );
        Ok(player)
    }

    fn server(&self) -> Result<&ServerProcess> {
        self.server.as_ref().context("the server is stopped")
    }

    /// A process that has served nothing yet.
    fn restart(&mut self) -> Result<()> {
        self.server = None;
        let url = format!("http://{}", self.proxy.address());
        let home = self.folder.path().join("server");
        self.server = Some(ServerProcess::plain(&home, &self.listen.to_string(), &url)?);
        Ok(())
    }

    /// Quiet exchanges of a device: their bytes and requests, and the last of them.
    fn quiet(&self, player: &Player) -> Result<Quiet> {
        // Whatever is still due.
        player.exchange();
        player.exchange();
        self.proxy.take();
        for _ in 0..RUNS {
            player.exchange();
        }
        let counted = self.proxy.take();
        Ok(Quiet {
            bytes: counted.both() as f64 / f64::from(RUNS),
            requests: counted.requests as f64 / f64::from(RUNS),
            passed: self.proxy.last().context("a quiet exchange is long")?,
        })
    }

    /// The server's processor time of one request of a group, microseconds.
    fn group(&self, request: &Passed, requests: u32, rest: Duration) -> Result<f64> {
        let server = self.server()?;
        let before = server.processor()?;
        for _ in 0..requests {
            sleep(rest);
            request.again(self.listen)?;
        }
        // It takes its leave of a connection after the answer.
        sleep(REST);
        let spent = server.processor()?.saturating_sub(before);
        Ok(spent.as_secs_f64() * 1_000_000.0 / f64::from(requests))
    }
}

struct Quiet {
    bytes: f64,
    requests: f64,
    passed: Passed,
}

/// A post of a province that has nothing else: what any quiet exchange is compared with.
struct Single {
    province: Province,
    passed: Passed,
}

impl Single {
    fn open() -> Result<Self> {
        let province = Province::open()?;
        let post = province.enrol("post")?;
        let passed = province.quiet(&post)?.passed;
        Ok(Self { province, passed })
    }

    /// What a quiet exchange costs the server of a large province and, in turn, this one's: whatever else the machine
    /// does falls to both.
    fn beside(&self, province: &Province, quiet: &Quiet) -> Result<[Work; 2]> {
        let both = [(province, &quiet.passed), (&self.province, &self.passed)];
        for (province, request) in both {
            province.group(request, AT_ONCE, Duration::ZERO)?;
        }
        let mut times = [const { (Vec::new(), Vec::new()) }; 2];
        for _ in 0..GROUPS {
            for ((province, request), (at_once, rested)) in both.iter().zip(&mut times) {
                at_once.push(province.group(request, AT_ONCE, Duration::ZERO)?);
                rested.push(province.group(request, RESTED, REST)?);
            }
        }
        let middle = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            median(&times)
        };
        Ok(times.map(|(at_once, rested)| Work {
            at_once: middle(at_once),
            rested: middle(rested),
        }))
    }
}

/// The server's processor time of a request, microseconds.
struct Work {
    /// One right after the other: all that it needs is in the processor's caches.
    at_once: f64,
    /// After a rest, as devices come.
    rested: f64,
}

impl Quiet {
    fn figures(&self, of: &str, [here, single]: [Work; 2]) -> [Figure; 8] {
        let name = |what: &str| format!("server.quiet.{of}.{what}");
        let growth =
            |what: &str, here: f64, single: f64| Figure::at_most(&name(what), here / single, "x", GROWTH);
        [
            Figure::told(&name("work"), here.at_once, "us"),
            Figure::told(&name("single.work"), single.at_once, "us"),
            growth("of_single", here.at_once, single.at_once),
            Figure::told(&name("work_rested"), here.rested, "us"),
            Figure::told(&name("single.work_rested"), single.rested, "us"),
            growth("of_single_rested", here.rested, single.rested),
            Figure::at_most(&name("both"), self.bytes, "B", 500.0),
            Figure::at_most(&name("round_trips"), self.requests, "", 1.0),
        ]
    }
}

/// Measures quiet exchanges at each of the sizes `quiet_at`, with a compiler over `units` units, and the
/// server's memory while a device pulls `pulled` registrations.
///
/// # Errors
/// When the server or a device cannot be started.
pub fn measure(quiet_at: &[u64], pulled: u64, units: u64) -> Result<Vec<Figure>> {
    let single = Single::open()?;
    let mut province = Province::open()?;
    let post = province.enrol("post")?;
    // Enrolled before there are registrations: its pull is all of them.
    let cold = province.enrol("cold")?;
    post.exchange();
    let mut figures = vec![
        Figure::at_least("server.pulled", pulled as f64, "", PULLED as f64),
        Figure::at_least("server.units", units as f64, "", UNITS as f64),
    ];
    let mut held = 0;
    let mut sizes: Vec<(u64, bool)> = quiet_at.iter().map(|size| (*size, true)).collect();
    sizes.push((pulled, false));
    sizes.sort_unstable();
    for (size, is_quiet) in sizes {
        fill(&post, &province.owner, held..size)?;
        held = held.max(size);
        if is_quiet {
            eprintln!("Server: quiet exchanges of a post at {held} registrations …");
            let quiet = province.quiet(&post)?;
            let works = single.beside(&province, &quiet)?;
            figures.extend(quiet.figures(&held.to_string(), works));
        } else {
            figures.extend(memory(&mut province, &cold, held)?);
        }
    }
    figures.push(Figure::at_least(
        "server.quiet.largest",
        held as f64,
        "",
        QUIET_AT[1] as f64,
    ));
    eprintln!("Server: the compiler reads {held} registrations …");
    exchange_aloud(&province.compiler);
    spread(&province.compiler, &province.owner, units)?;
    exchange_aloud(&province.compiler);
    eprintln!("Server: quiet exchanges of a compiler over {units} units …");
    let quiet = province.quiet(&province.compiler)?;
    let works = single.beside(&province, &quiet)?;
    figures.extend(quiet.figures(&format!("compiler_{units}_units"), works));
    Ok(figures)
}

fn fill(post: &Player, owner: &Owner, numbers: std::ops::Range<u64>) -> Result<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    let count = numbers.end - numbers.start;
    let progress = Progress::begin(&format!("Server: {count} registrations are signed"), count);
    write_all(
        post,
        numbers
            .map(|number| brief(owner, number))
            .inspect(|_| progress.step()),
    )?;
    exchange_aloud(post);
    Ok(())
}

/// A record of the compiler's in each of so many units.
fn spread(compiler: &Player, owner: &Owner, units: u64) -> Result<()> {
    let reviews = (0..units).map(|number| Write::Edit {
        scope: Scope::unit(
            owner.province,
            UnitId::from_slug(&format!("benchmark-unit-{number}")),
        ),
        record: RecordId::derived("benchmark review", &[&number.to_le_bytes()]),
        kind: RecordKind::Review,
        edits: vec![Edit::line("registration", record(number).to_string())],
    });
    write_all(compiler, reviews)
}

/// What a cold pull adds to the memory of a server that did nothing else.
fn memory(province: &mut Province, cold: &Player, held: u64) -> Result<Vec<Figure>> {
    province.restart()?;
    let idle = province.server()?.memory()? as f64;
    province.server()?.forget_peak()?;
    eprintln!("Server: a device pulls {held} registrations …");
    let began = std::time::Instant::now();
    exchange_aloud(cold);
    let took = began.elapsed().as_secs_f64();
    let above = province.server()?.peak_memory()? as f64 - idle;
    Ok(vec![
        Figure::told("server.cold_pull.idle_memory", idle / MEGABYTE, "MB"),
        Figure::at_most("server.cold_pull.memory_above_idle", above / MEGABYTE, "MB", 64.0),
        Figure::told("server.cold_pull.time", took, "s"),
    ])
}
