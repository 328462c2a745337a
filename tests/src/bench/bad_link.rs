//! The exchange as whole processes over a bad link; [`cut_link`] has the link that is cut.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::exchange::write_all;
use super::link::{FarProvince, MEANS, Rules};
use super::workload::{registration, small_edit};
use super::{Figure, median, quantile};
use crate::fleet::Player;

/// Registrations that the bars ask for.
pub const REGISTRATIONS: u64 = 1_000;

/// 2G in a valley.
const SLOW: Rules = Rules {
    delay: Duration::from_millis(300),
    rate: Some(100_000),
    loss: 0.02,
    cut: None,
};
/// 2G behind the mountain.
pub(super) const WORST: Rules = Rules {
    delay: Duration::from_millis(800),
    rate: Some(30_000),
    loss: 0.05,
    cut: None,
};
/// Exchanges of 10 and 10 edits.
const RUNS: u64 = 9;
/// Measures `count` records cold, and small edits.
///
/// # Errors
/// When it cannot be measured here, or an exchange does not come to an end.
pub fn measure(count: u64, seed: u64) -> Result<Vec<Figure>> {
    let far = FarProvince::open(seed)?;
    eprintln!("Bad link by {MEANS}");
    let mut figures = vec![Figure::at_least(
        "bad_link.registrations",
        count as f64,
        "",
        REGISTRATIONS as f64,
    )];
    for (name, rules) in [("slow", SLOW), ("worst", WORST)] {
        far.link.follow(rules);
        let round_trip = far.link.round_trip()?.as_secs_f64() * 1_000.0;
        let least = 2.0 * rules.delay.as_secs_f64() * 1_000.0;
        // If the link did not delay, nothing below would be worth reading.
        figures.push(Figure::at_least(
            &format!("bad_link.{name}.tun_round_trip"),
            round_trip,
            "ms",
            least,
        ));
    }
    let (mut first, mut second) = (far.post("first")?, far.post("second")?);
    figures.extend(cold(&far, &mut first, &mut second, count)?);
    figures.extend(edits(&far, &mut first, &mut second)?);
    Ok(figures)
}

fn cold(far: &FarProvince, first: &mut Player, second: &mut Player, count: u64) -> Result<Vec<Figure>> {
    write_all(
        first,
        (0..count).flat_map(|number| registration(&far.owner, number)),
    )?;
    let mut figures = Vec::new();
    for (name, player) in [("cold_push", first), ("cold_pull", second)] {
        eprintln!("Bad link, {SLOW}: {name} of {count} registrations …");
        player.close();
        let went = far.exchange(player.home(), SLOW)?;
        let bytes = went.counted.up.max(went.counted.down) as f64;
        let at_best = bytes * 8.0 / f64::from(SLOW.rate.unwrap_or(1));
        let took = went.took.as_secs_f64();
        // What a request and its answer overlap is no more than the smaller of the two.
        ensure!(
            took >= at_best,
            "the link let {bytes} bytes through in {took} s: more than its rate"
        );
        let name = |what: &str| format!("bad_link.{count}.{name}.{what}");
        figures.extend([
            Figure::told(&name("bytes"), bytes / 1_000.0, "KB"),
            Figure::told(&name("requests"), went.counted.requests as f64, ""),
            Figure::told(&name("time"), took, "s"),
            Figure::at_most(&name("of_bytes_over_rate"), took / at_best, "x", 1.3),
        ]);
    }
    Ok(figures)
}

fn edits(far: &FarProvince, first: &mut Player, second: &mut Player) -> Result<Vec<Figure>> {
    eprintln!("Bad link, {SLOW}: 10 and 10 edits, {RUNS} times …");
    let mut times = Vec::new();
    for run in 1..=RUNS {
        first.reopen()?;
        second.reopen()?;
        write_all(first, (0..10).map(|number| small_edit(&far.owner, number, run)))?;
        write_all(second, (10..20).map(|number| small_edit(&far.owner, number, run)))?;
        first.close();
        second.close();
        far.exchange(first.home(), Rules::CLEAR)?;
        times.push(far.exchange(second.home(), SLOW)?.took.as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(vec![
        Figure::under("bad_link.10_and_10_edits.median", median(&times), "s", 3.0),
        Figure::told("bad_link.10_and_10_edits.p90", quantile(&times, 90), "s"),
    ])
}
