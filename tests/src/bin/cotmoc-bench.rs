//! `make bench`: prints every figure with its bar, one per line. How far it is goes to standard error.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use cotmoc_tests::bench::ending::end_children_when_interrupted;
use cotmoc_tests::bench::{
    Figure, bad_link, bundle, cut_link, durability, exchange, laws, load, server_work, store, transfer,
};
use cotmoc_tests::laws::{AsDevicesDo, CASES, CaseName, SEED, explain};
use cotmoc_tests::simulator;

/// Measures the figures. Exit status 1 when one falls short of its bar, be it because less was tried than
/// the bar asks for, or when a part cannot be measured.
#[derive(Parser)]
struct Arguments {
    /// Parts to measure; all of them unless named.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Registrations in the large store.
    #[arg(long, default_value_t = store::REGISTRATIONS)]
    store: u64,
    /// Registrations of the cold transfers; one run each.
    #[arg(long, value_delimiter = ',', default_values_t = transfer::REGISTRATIONS)]
    transfer: Vec<u64>,
    /// Registrations of the exchange workload; one run each.
    #[arg(long, value_delimiter = ',', default_values_t = exchange::REGISTRATIONS)]
    exchange: Vec<u64>,
    /// Registrations that go over the bad link.
    #[arg(long, default_value_t = bad_link::REGISTRATIONS)]
    link: u64,
    /// Registrations at which a quiet exchange is measured, ascending.
    #[arg(long, value_delimiter = ',', default_values_t = server_work::QUIET_AT)]
    quiet: Vec<u64>,
    /// Registrations of the cold pull under which the server's memory is measured.
    #[arg(long, default_value_t = server_work::PULLED)]
    pulled: u64,
    /// Units that the compiler has.
    #[arg(long, default_value_t = server_work::UNITS)]
    units: u64,
    /// Devices that come in the same minute.
    #[arg(long, default_value_t = load::DEVICES)]
    devices: u64,
    /// Megabytes of files in the large bundle.
    #[arg(long, default_value_t = bundle::MEGABYTES)]
    bundle: u64,
    /// Also what takes many minutes.
    #[arg(long)]
    long: bool,
    /// Points of the power-cut replay, per mode.
    #[arg(long, default_value_t = durability::POINTS)]
    power: u64,
    /// Random moments at which device and server are killed.
    #[arg(long, default_value_t = durability::KILLS)]
    kill: u64,
    /// Generated cases of the merge laws.
    #[arg(long, default_value_t = CASES)]
    laws: u64,
    /// Seed of the merge laws and of the moments of power cuts and kills.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Instead of measuring, make one case of the merge laws again (such as registration/123) and say what
    /// it breaks.
    #[arg(long, value_name = "CASE")]
    replay: Option<CaseName>,
    /// Instead of measuring, live the life of a simulated fleet again and say which promise it breaks.
    #[arg(long, value_name = "SEED")]
    simulate: Option<u64>,
    /// Simulate this many seeds, from the named one on.
    #[arg(long, default_value_t = 1)]
    lives: u64,
    /// Events of a simulated life.
    #[arg(long, default_value_t = simulator::EVENTS)]
    events: u32,
}

/// A part of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The merge laws in generated cases.
    Laws,
    /// Bytes and round trips.
    Exchange,
    /// Time, processor and memory of cold transfers.
    Transfer,
    /// The server's work and memory.
    Server,
    /// The exchange over a bad link.
    Link,
    /// The exchange over a link that is cut again and again.
    Cut,
    /// Hundreds of devices in the same minute.
    Load,
    /// A large bundle with photos.
    Bundle,
    /// Power cuts and kills.
    Durability,
    /// The large store.
    Store,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    end_children_when_interrupted()?;
    if let Some(seed) = arguments.simulate {
        return simulate(seed, arguments.lives, arguments.events);
    }
    match arguments.replay {
        Some(case) => replay(arguments.seed, case),
        None => Ok(measure(&arguments)),
    }
}

fn measure(arguments: &Arguments) -> ExitCode {
    tell(&Figure::head());
    let (mut short, mut failed) = (0, 0);
    for part in [
        Part::Laws,
        Part::Exchange,
        Part::Transfer,
        Part::Server,
        Part::Link,
        Part::Cut,
        Part::Load,
        Part::Bundle,
        Part::Durability,
        Part::Store,
    ] {
        if !arguments.only.is_empty() && !arguments.only.contains(&part) {
            continue;
        }
        match figures(part, arguments) {
            Ok(figures) => {
                for figure in figures {
                    short += u32::from(!figure.is_reached());
                    tell(&figure.line());
                }
            }
            // The other parts are still worth knowing.
            Err(error) => {
                failed += 1;
                eprintln!("{part:?} could not be measured: {error:#}");
            }
        }
    }
    match failed {
        0 => tell(&format!("{short} short")),
        _ => tell(&format!("{short} short, {failed} parts not measured")),
    }
    match short + failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn figures(part: Part, arguments: &Arguments) -> Result<Vec<Figure>> {
    match part {
        Part::Laws => laws::measure(arguments.laws, arguments.seed),
        Part::Exchange => exchange::measure_all(&arguments.exchange),
        Part::Transfer => transfer::measure_all(&arguments.transfer),
        Part::Server => server_work::measure(&arguments.quiet, arguments.pulled, arguments.units),
        Part::Link => bad_link::measure(arguments.link, arguments.seed),
        Part::Cut => cut_link::measure(arguments.link, arguments.seed, arguments.long),
        Part::Load => load::measure(arguments.devices),
        Part::Bundle => bundle::measure(arguments.bundle),
        Part::Durability => durability::measure(arguments.power, arguments.kill, arguments.seed),
        Part::Store => store::measure(arguments.store),
    }
}

fn simulate(first: u64, lives: u64, events: u32) -> Result<ExitCode> {
    let template = simulator::Template::found()?;
    let begun = std::time::Instant::now();
    let mut broken = 0;
    for seed in first..first.saturating_add(lives) {
        match simulator::live(&template, seed, events) {
            Ok(lived) => tell(&format!("seed {seed}: {lived:?}")),
            Err(breach) => {
                broken += 1;
                tell(&breach.to_string());
            }
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let done = lives as f64 * f64::from(events);
    tell(&format!(
        "{lives} lives, {broken} broken, {:.0} events per second",
        done / took
    ));
    Ok(match broken {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn replay(seed: u64, case: CaseName) -> Result<ExitCode> {
    let explained = explain(seed, case, &AsDevicesDo)?;
    tell(&explained.to_string());
    Ok(match explained.broken.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
fn tell(line: &str) {
    println!("{line}");
}
