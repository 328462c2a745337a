//! Kill and power: what survives when the process or the machine goes in the middle of its work.

use anyhow::{Result, ensure};

use super::Figure;
use crate::powercut::{Side, Syncing, kill_nine, power_cut};

/// Any seed does; a fixed one makes a run comparable with the one before.
const SEED: u64 = 2_026;
const SIDES: [(Side, &str); 2] = [(Side::Device, "device"), (Side::Server, "server")];

/// Replays power cuts at `points` moments in each of three modes and kills each side `kills` times.
///
/// # Errors
/// When the recording cannot be made (it needs `strace`), or when the same harness notices no loss with
/// `synchronous=NORMAL`: then it would prove nothing about FULL.
pub fn measure(points: u64, kills: u64) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (side, name) in SIDES {
        let cut = power_cut(side, Syncing::Full, points, SEED)?;
        let of = |what: &str| format!("power_cut.{name}.{what}");
        figures.push(Figure::told(&of("points"), cut.points as f64, ""));
        figures.push(Figure::at_most(
            &of("acknowledged_lost"),
            cut.lost as f64,
            "",
            0.0,
        ));
        figures.push(Figure::at_most(&of("half_edits"), cut.half as f64, "", 0.0));
        figures.push(Figure::at_most(&of("unreadable"), cut.unreadable as f64, "", 0.0));
        let proof = power_cut(side, Syncing::Normal, points, SEED)?;
        ensure!(
            proof.points_with_loss > 0,
            "{name}: NORMAL lost nothing, so the harness proves nothing"
        );
        figures.push(Figure::told(
            &of("normal_points_with_loss"),
            proof.points_with_loss as f64,
            "",
        ));
        let killed = kill_nine(side, kills, SEED)?;
        let of = |what: &str| format!("kill_9.{name}.{what}");
        figures.push(Figure::told(&of("kills"), killed.kills as f64, ""));
        figures.push(Figure::told(&of("acknowledged"), killed.acknowledged as f64, ""));
        figures.push(Figure::at_most(
            &of("acknowledged_lost"),
            killed.lost as f64,
            "",
            0.0,
        ));
        figures.push(Figure::at_most(&of("half_edits"), killed.half as f64, "", 0.0));
    }
    Ok(figures)
}
