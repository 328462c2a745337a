//! `make bench`: prints every figure with its bar, one per line.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use cotmoc_tests::bench::{Figure, durability, exchange, store};

/// Which figures to measure.
#[derive(Parser)]
struct Arguments {
    /// Registrations in the large store.
    #[arg(long, default_value_t = 50_000)]
    store: u64,
    /// Registrations of the exchange workload.
    #[arg(long, default_value_t = 1_000)]
    exchange: u64,
    /// Points of the power-cut replay, per mode.
    #[arg(long, default_value_t = 200)]
    power: u64,
    /// Random moments at which device and server are killed.
    #[arg(long, default_value_t = 50)]
    kill: u64,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut short = 0;
    let mut print = |figures: Vec<Figure>| {
        for figure in figures {
            short += u32::from(!figure.is_reached());
            tell(&figure.line());
        }
    };
    tell(&format!(
        "{:<44} {:>12} {:<8} {:>8} reached",
        "figure", "value", "unit", "bar"
    ));
    print(exchange::measure(arguments.exchange)?);
    print(durability::measure(arguments.power, arguments.kill)?);
    print(store::measure(arguments.store)?);
    tell(&format!("{short} short"));
    Ok(if short == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
fn tell(line: &str) {
    println!("{line}");
}
