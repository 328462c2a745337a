//! Time, processor and memory of a cold transfer, whole processes at both ends: `sync-server serve` and
//! `cotmoc exchange`, each with its checking process, over plain HTTP on loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Figure;
use super::exchange::{count_written, write_all};
use super::process::{Processor, peak_memory, processor, resident_memory, wait_until_ended};
use super::workload::{Owner, registration};
use crate::fleet::{Player, Town, program, unit};
use crate::progress::Progress;

/// Registrations that the bars ask for.
pub const REGISTRATIONS: [u64; 2] = [1_000, 10_000];

/// What a document of the largest run may cost of one of the smallest, that the cost counts as flat.
const FLAT: f64 = 1.2;

const POST: &str = "don-muong-lan";
const MB: f64 = 1_000_000.0;

/// What the peers took (`sync-baselines.md` §7), as bars for ours. Other sizes are told without one.
struct Bars {
    push_seconds: f64,
    push_processor: f64,
    pull_seconds: f64,
    pull_processor: f64,
}

impl Bars {
    fn of(count: u64) -> Option<Self> {
        match count {
            // A fifth of automerge-repo: push 3.74 s and 5.38 + 5.00 s of processor, pull 5.71 s and 6.10 + 4.89 s.
            1_000 => Some(Self {
                push_seconds: 0.748,
                push_processor: 2.076,
                pull_seconds: 1.142,
                pull_processor: 2.198,
            }),
            // PouchDB: half of 13.49 s and 8.59 + 7.74 s for the push; 6.50 s and 3.86 + 5.18 s for the pull.
            10_000 => Some(Self {
                push_seconds: 6.745,
                push_processor: 8.165,
                pull_seconds: 6.5,
                pull_processor: 9.04,
            }),
            _ => None,
        }
    }
}

/// One transfer.
struct Transfer {
    seconds: f64,
    client: Processor,
    server: Processor,
    /// Bytes above what the server held before it.
    server_memory: u64,
}

/// Measures one cold push and one cold pull of so many registrations each, and of several numbers how the processor
/// time for each document grows from the smallest to the largest.
///
/// # Errors
/// When a process cannot be started or an exchange fails.
pub fn measure_all(counts: &[u64]) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut costs = Vec::new();
    for count in counts {
        let (push, pull) = measure(*count, &mut figures)?;
        costs.push((*count, push.cost(*count), pull.cost(*count)));
    }
    costs.sort_by_key(|(count, ..)| *count);
    if let [(few, push, pull), .., (many, most_push, most_pull)] = costs[..] {
        let flat = |what: &str, ratio| {
            Figure::at_most(
                &format!("transfer.{few}_to_{many}.{what}.growth"),
                ratio,
                "x",
                FLAT,
            )
        };
        figures.push(flat("cold_push", most_push / push));
        figures.push(flat("cold_pull", most_pull / pull));
    }
    Ok(figures)
}

/// One cold push and one cold pull of `count` registrations with 12 saved groups each. The writing of them is not
/// part of it.
fn measure(count: u64, figures: &mut Vec<Figure>) -> Result<(Transfer, Transfer)> {
    let mut town = Town::for_counting()?;
    let cycles = town.compiler.call("cycles.list", Value::Null);
    let owner = Owner {
        province: town.founded.province,
        unit: unit(POST).parse()?,
        cycle: cycles["cycles"][0]["id"].as_str().context("cycle")?.parse()?,
    };
    // Enrolled before anything was written: its cold pull is the records and nothing else.
    let invited = |name: &str| {
        let player = town.enrol(
            name,
            json!({ "role": "post", "unit": unit(POST), "valid_days": 7 }),
        )?;
        player.exchange();
        anyhow::Ok(player)
    };
    let (mut first, mut second) = (invited("first")?, invited("second")?);
    let progress = Progress::begin(
        &format!("Transfer: {count} registrations of 12 saved groups are signed"),
        count,
    );
    let writes = (0..count).flat_map(|number| {
        progress.step();
        registration(&owner, number)
    });
    write_all(&first, writes)?;
    first.close();
    second.close();
    count_written(&town.folder("first"))?;
    let address = town.server().addr();
    town.stop_server();
    eprintln!("Transfer: cold push, cold pull …");
    // Each against a server that has just started: what the push left in its memory is not idle.
    let transfer =
        |device: &str| ServerProcess::start(&town.folder("server"), address)?.measured(&town.folder(device));
    let (push, pull) = (transfer("first")?, transfer("second")?);
    let states = |folder: &str| {
        Player::open(&town.folder(folder))?
            .device()
            .ledger()
            .all_states_hash()
            .map_err(anyhow::Error::from)
    };
    anyhow::ensure!(
        states("first")? == states("second")?,
        "the cold device is not equal"
    );
    let bars = Bars::of(count);
    let push_bars = bars.as_ref().map(|bars| (bars.push_seconds, bars.push_processor));
    push.tell(figures, count, "cold_push", push_bars);
    let pull_bars = bars.as_ref().map(|bars| (bars.pull_seconds, bars.pull_processor));
    pull.tell(figures, count, "cold_pull", pull_bars);
    let memory = pull.server_memory as f64 / MB;
    figures.push(Figure::at_most(
        &format!("transfer.{count}.cold_pull.server_memory"),
        memory,
        "MB",
        64.0,
    ));
    Ok((push, pull))
}

impl Transfer {
    /// Processor time of both ends, seconds.
    fn processor(&self) -> f64 {
        self.client.total() + self.server.total()
    }

    /// Processor time for each document, microseconds.
    fn cost(&self, count: u64) -> f64 {
        self.processor() / count.max(1) as f64 * 1e6
    }

    fn tell(&self, figures: &mut Vec<Figure>, count: u64, what: &str, bars: Option<(f64, f64)>) {
        let name = |part: &str| format!("transfer.{count}.{what}.{part}");
        let told = |part: &str, value: f64| Figure::told(&name(part), value, "s");
        let both = self.processor();
        let (seconds, processor) = (name("time"), name("processor"));
        figures.extend(match bars {
            Some((time, cpu)) => [
                Figure::at_most(&seconds, self.seconds, "s", time),
                Figure::at_most(&processor, both, "s", cpu),
            ],
            None => [
                Figure::told(&seconds, self.seconds, "s"),
                Figure::told(&processor, both, "s"),
            ],
        });
        figures.extend([
            told("processor.client", self.client.total()),
            told("processor.client.checking", self.client.children),
            told("processor.server", self.server.total()),
            told("processor.server.checking", self.server.children),
            Figure::told(&name("processor.per_record"), self.cost(count), "us"),
        ]);
    }
}

/// A province server in a process of its own; stopped when it is dropped.
struct ServerProcess(Child);

impl ServerProcess {
    fn start(home: &Path, address: SocketAddr) -> Result<Self> {
        let child = Command::new(program("sync-server"))
            .arg("serve")
            .arg("--home")
            .arg(home)
            .args(["--listen", &address.to_string(), "--plain-http-for-benchmark"])
            .stdout(Stdio::null())
            .spawn()?;
        let server = Self(child);
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            anyhow::ensure!(
                started.elapsed() < Duration::from_secs(20),
                "the server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// One `cotmoc exchange` of a device's folder.
    fn measured(&self, home: &Path) -> Result<Transfer> {
        let server = self.0.id();
        let (before, idle) = (processor(server)?, resident_memory(server)?);
        let started = Instant::now();
        let mut client = Command::new(program("cotmoc"))
            .arg("--home")
            .arg(home)
            .arg("exchange")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let spent = wait_until_ended(client.id())?;
        let seconds = started.elapsed().as_secs_f64();
        let status = client.wait()?;
        anyhow::ensure!(status.success(), "the exchange failed: {status}");
        Ok(Transfer {
            seconds,
            client: spent,
            server: processor(server)?.since(before),
            server_memory: peak_memory(server)?.saturating_sub(idle),
        })
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
