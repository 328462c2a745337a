//! Kill and power: nothing that was acknowledged is lost, and the harness that says so would notice.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use cotmoc_tests::powercut::{CutReport, Side, Syncing, kill_nine, power_cut};
use cotmoc_tests::progress::Progress;

/// Moments per mode; the benchmarks try 200.
const POINTS: u64 = 40;
/// Kills per side; the benchmarks try 50.
const KILLS: u64 = 10;

fn nothing_is_lost(side: Side) {
    let report = power_cut(side, Syncing::Full, POINTS, 1, &Progress::silent(3 * POINTS)).unwrap();
    let expected = CutReport {
        points: 3 * POINTS,
        acknowledged: report.acknowledged,
        ..CutReport::default()
    };
    assert_eq!(report, expected);
}

#[test]
fn a_device_whose_power_is_cut_at_any_moment_has_every_edit_it_confirmed_and_no_half_of_one() {
    nothing_is_lost(Side::Device);
}

#[test]
fn a_server_whose_power_is_cut_at_any_moment_has_every_pack_it_confirmed_and_no_half_of_one() {
    nothing_is_lost(Side::Server);
}

#[test]
fn the_same_cuts_lose_confirmed_edits_when_the_database_syncs_less_so_the_harness_does_notice() {
    for side in [Side::Device, Side::Server] {
        let report = power_cut(side, Syncing::Normal, POINTS, 1, &Progress::silent(3 * POINTS)).unwrap();
        assert!(report.points_with_loss > POINTS / 2, "{side:?}: {report:?}");
    }
}

#[test]
fn a_device_killed_at_any_moment_has_every_edit_it_confirmed() {
    let report = kill_nine(Side::Device, KILLS, 2, &Progress::silent(KILLS)).unwrap();
    assert_eq!((report.kills, report.lost, report.half), (KILLS, 0, 0));
    assert!(report.acknowledged > KILLS, "{report:?}");
}

#[test]
fn a_server_killed_at_any_moment_has_every_pack_it_confirmed() {
    let report = kill_nine(Side::Server, KILLS, 3, &Progress::silent(KILLS)).unwrap();
    assert_eq!((report.kills, report.lost, report.half), (KILLS, 0, 0));
    assert!(report.acknowledged > KILLS, "{report:?}");
}
