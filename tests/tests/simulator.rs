//! Lives of simulated fleets: no seed may break a promise.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cotmoc_tests::simulator::{Broken, EVENTS, LIVES_THAT_BROKE, Lived, Template, live};

/// Lives on two threads; gives what they were like.
fn live_all(all: &[(u64, u32)]) -> Vec<Result<Lived, Broken>> {
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    let lives: Vec<Result<Lived, Broken>> = std::thread::scope(|scope| {
        let work = || {
            let template = Template::found().unwrap();
            let mut lives = Vec::new();
            while let Some((seed, events)) = all.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                lives.push(live(&template, *seed, *events));
            }
            lives
        };
        let other = scope.spawn(work);
        let mut lives = work();
        lives.extend(other.join().unwrap());
        lives
    });
    let took = begun.elapsed();
    let sum = |of: fn(&Lived) -> u64| lives.iter().flatten().map(of).sum::<u64>();
    eprintln!(
        "{} lives, {} events in {:.1} s: {:.0} events per second; {} entries, {} restores, {} images and copies, {} forks, {} photos",
        lives.len(),
        sum(|lived| u64::from(lived.events)),
        took.as_secs_f64(),
        sum(|lived| u64::from(lived.events)) as f64 / took.as_secs_f64(),
        sum(|lived| lived.entries as u64),
        sum(|lived| u64::from(lived.restores)),
        sum(|lived| u64::from(lived.images)),
        sum(|lived| lived.forks as u64),
        sum(|lived| lived.photos as u64),
    );
    lives
}

fn demand_no_breach(lives: &[(u64, u32)]) {
    let broken: Vec<String> = live_all(lives)
        .into_iter()
        .filter_map(|life| Some(life.err()?.to_string()))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_hundred_fleets_keep_every_promise_and_become_equal() {
    let lives: Vec<(u64, u32)> = (1..=100).map(|seed| (seed, EVENTS)).collect();
    demand_no_breach(&lives);
}

#[test]
fn lives_that_once_broke_a_promise_keep_it() {
    demand_no_breach(LIVES_THAT_BROKE);
}

#[test]
#[ignore = "make test-long"]
fn a_thousand_fleets_keep_every_promise_through_five_hundred_events() {
    let lives: Vec<(u64, u32)> = (1..=1_000).map(|seed| (seed, EVENTS)).collect();
    demand_no_breach(&lives);
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let template = Template::found().unwrap();
    assert_eq!(live(&template, 7, EVENTS), live(&template, 7, EVENTS));
}
