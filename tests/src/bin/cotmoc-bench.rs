//! `make bench`: prints every figure with its bar, one per line. How far it is goes to standard error.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use cotmoc_tests::bench::{Figure, durability, exchange, laws, store, transfer};
use cotmoc_tests::laws::{AsDevicesDo, CASES, CaseName, SEED, explain};

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
    /// Registrations of the exchange workload.
    #[arg(long, default_value_t = exchange::REGISTRATIONS)]
    exchange: u64,
    /// Registrations of the cold transfers.
    #[arg(long, default_value_t = transfer::REGISTRATIONS)]
    transfer: u64,
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
    /// Power cuts and kills.
    Durability,
    /// The large store.
    Store,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
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
        Part::Exchange => exchange::measure(arguments.exchange),
        Part::Transfer => transfer::measure(arguments.transfer),
        Part::Durability => durability::measure(arguments.power, arguments.kill, arguments.seed),
        Part::Store => store::measure(arguments.store),
    }
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
