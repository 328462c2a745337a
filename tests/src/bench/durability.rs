//! Kill and power: what survives when the process or the machine goes in the middle of its work.

use anyhow::Result;

use super::{Bar, Figure};
use crate::powercut::{Side, Syncing, kill_nine, power_cut};
use crate::progress::Progress;

/// Moments of the power-cut replay that the bars ask for, per mode, and kills per side.
pub const POINTS: u64 = 200;
/// Moments at which each side is killed.
pub const KILLS: u64 = 50;
/// What is left of unsynced writes: nothing, some, some torn.
const MODES: u64 = 3;
const SIDES: [(Side, &str); 2] = [(Side::Device, "device"), (Side::Server, "server")];

/// Replays power cuts at `points` moments in each of three modes and kills each side `kills` times.
///
/// # Errors
/// When the recording cannot be made (it needs `strace`) or a writer fails by itself.
pub fn measure(points: u64, kills: u64, seed: u64) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (side, name) in SIDES {
        figures.extend(power(side, name, points, seed)?);
        figures.extend(kill(side, name, kills, seed)?);
    }
    Ok(figures)
}

fn power(side: Side, name: &str, points: u64, seed: u64) -> Result<Vec<Figure>> {
    let of = |what: &str| format!("power_cut.{name}.{what}");
    let progress = Progress::begin(&format!("Power cut, {name}"), MODES * points);
    let cut = power_cut(side, Syncing::Full, points, seed, &progress)?;
    let progress = Progress::begin(&format!("Power cut, {name}, synchronous=NORMAL"), MODES * points);
    let proof = power_cut(side, Syncing::Normal, points, seed, &progress)?;
    let none = |what: &str, value: u64| Figure::at_most(&of(what), value as f64, "", 0.0);
    Ok(vec![
        Figure::at_least(&of("points"), cut.points as f64, "", (MODES * POINTS) as f64),
        none("acknowledged_lost", cut.lost),
        none("half_edits", cut.half),
        none("unreadable", cut.unreadable),
        // The same harness must notice a database that syncs less, or it proves nothing about FULL.
        Figure::with_bar(
            &of("normal_points_with_loss"),
            proof.points_with_loss as f64,
            "",
            Bar::Over(0.0),
        ),
    ])
}

fn kill(side: Side, name: &str, kills: u64, seed: u64) -> Result<Vec<Figure>> {
    let of = |what: &str| format!("kill_9.{name}.{what}");
    let progress = Progress::begin(&format!("Kill -9, {name}"), kills);
    let killed = kill_nine(side, kills, seed, &progress)?;
    let none = |what: &str, value: u64| Figure::at_most(&of(what), value as f64, "", 0.0);
    Ok(vec![
        Figure::at_least(&of("kills"), killed.kills as f64, "", KILLS as f64),
        Figure::told(&of("acknowledged"), killed.acknowledged as f64, ""),
        none("acknowledged_lost", killed.lost),
        none("half_edits", killed.half),
    ])
}
