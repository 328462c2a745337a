//! Speed of a device that holds 50,000 registrations, with encryption and full durability on.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use serde_json::{Value, json};

use super::exchange::write_all;
use super::workload::{Owner, brief, record};
use super::{Figure, median, p95, times};
use crate::fleet::{Player, Town, unit};
use crate::progress::{Progress, exchange_aloud};

/// Registrations that the bars ask for.
pub const REGISTRATIONS: u64 = 50_000;
const RUNS: usize = 200;
/// Of somebody who looks while records arrive.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Searches, folded and not, for words that are in many registrations.
const WORDS: [&str; 5] = ["bien phong", "mô hình", "thon", "nguoi", "muong lan"];
const POSTS: [&str; 3] = ["don-muong-lan", "don-chieng-tuong", "don-long-sap"];

/// Fills a province with `count` registrations through the exchange and measures the compiler's device.
///
/// # Errors
/// When a device or the server cannot be started.
pub fn measure(count: u64) -> Result<Vec<Figure>> {
    let town = Town::son_la()?;
    let cycles = town.compiler.call("cycles.list", Value::Null);
    let cycle = cycles["cycles"][0]["id"].as_str().context("cycle")?.parse()?;
    let progress = Progress::begin(&format!("Store: {count} registrations are signed"), count);
    let mut post = None;
    for (at, slug) in (0u64..).zip(POSTS) {
        let player = town.post(slug, slug)?;
        let owner = Owner {
            province: town.founded.province,
            unit: unit(slug).parse()?,
            cycle,
        };
        write_all(
            &player,
            (0..count)
                .filter(|number| number % 3 == at)
                .map(|number| brief(&owner, number))
                .inspect(|_| progress.step()),
        )?;
        eprintln!("  {slug} sends them to the province");
        exchange_aloud(&player);
        post = Some((player, owner));
    }
    eprintln!("Store: they arrive at the compiler's device …");
    let started = Instant::now();
    let (outcome, looked) = with_somebody_looking_on(&town.compiler);
    let arrival = started.elapsed().as_secs_f64();
    let held = town.compiler.call("models.facets", json!({}))["total"]
        .as_u64()
        .unwrap_or_default();
    anyhow::ensure!(held == count, "the compiler holds {held} of {count}: {outcome}");
    let mut figures = vec![
        Figure::at_least("store.registrations", held as f64, "", REGISTRATIONS as f64),
        Figure::told("store.arrival_through_one_exchange", arrival, "s"),
    ];
    figures.extend(looked);
    eprintln!("Store: reading and saving, {RUNS} times each …");
    for query in WORDS {
        let found = town
            .compiler
            .call("models.list", json!({ "filter": { "query": query } }));
        anyhow::ensure!(
            found["rows"].as_array().is_some_and(|rows| !rows.is_empty()),
            "a search that finds nothing would be no measure: {query}"
        );
    }
    figures.extend(reading(&town.compiler, count));
    let (post, owner) = post.context("no post")?;
    figures.extend(saving(&post, &owner)?);
    Ok(figures)
}

/// Ends the looking on, also when the exchange fails.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Exchanges while a person opens the list, searches and totals again and again: some indexes are away meanwhile.
fn with_somebody_looking_on(compiler: &Player) -> (Value, Vec<Figure>) {
    let views = [
        ("first_page", "models.list", json!({ "filter": {} })),
        (
            "folded_search",
            "models.list",
            json!({ "filter": { "query": WORDS[0] } }),
        ),
        ("province_totals", "totals.get", json!({})),
    ];
    let exchanging = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut seen = vec![Vec::new(); views.len()];
            while exchanging.load(Ordering::Relaxed) {
                for ((_, method, asked), seen) in views.iter().zip(&mut seen) {
                    seen.extend(times(1, |_| drop(compiler.call(method, asked.clone()))));
                }
                std::thread::sleep(BETWEEN_LOOKS);
            }
            seen
        });
        let ended = Ended(&exchanging);
        let outcome = exchange_aloud(compiler);
        drop(ended);
        let seen = looking
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let figures = views.iter().zip(seen).flat_map(|((name, ..), mut seen)| {
            seen.sort_by(f64::total_cmp);
            let longest = seen.last().copied().unwrap_or(f64::NAN);
            [
                ("median", median(&seen)),
                ("p95", p95(&seen)),
                ("longest", longest),
            ]
            .map(|(what, ms)| Figure::told(&format!("store.while_they_arrive.{name}.{what}"), ms, "ms"))
        });
        (outcome, figures.collect())
    })
}

fn reading(compiler: &Player, count: u64) -> Vec<Figure> {
    let under = |name: &str, bar: f64, mut call: Box<dyn FnMut(usize) + '_>| {
        call(0);
        Figure::under(name, p95(&times(RUNS, call)), "ms", bar)
    };
    let statuses = ["submitted", "draft", "active", "returned"];
    let fields = ["KT", "VHXH", "QPAN", "HTCT"];
    vec![
        under(
            "store.first_page.p95",
            50.0,
            Box::new(|_| drop(compiler.call("models.list", json!({ "filter": {} })))),
        ),
        under(
            "store.folded_search.p95",
            50.0,
            Box::new(|run| {
                let filter = json!({ "filter": { "query": WORDS[run % WORDS.len()] } });
                compiler.call("models.list", filter);
            }),
        ),
        under(
            "store.filter_change.p95",
            50.0,
            Box::new(|run| {
                let filter = json!({ "status": statuses[run % 4], "field": fields[run / 4 % 4] });
                compiler.call("models.list", json!({ "filter": filter }));
            }),
        ),
        under(
            "store.province_totals.p95",
            100.0,
            Box::new(|_| drop(compiler.call("totals.get", json!({})))),
        ),
        under(
            "store.open_one_record.p95",
            20.0,
            Box::new(|run| {
                let id = record(run as u64 * 7_919 % count).to_string();
                compiler.call("registrations.get", json!({ "registration": id }));
            }),
        ),
    ]
}

/// A saved edit against one bare fsync of the same disk.
fn saving(post: &Player, owner: &Owner) -> Result<Vec<Figure>> {
    let number = (POSTS.len() - 1) as u64;
    let id = record(number).to_string();
    let edits = times(RUNS, |run| {
        let values = json!({ "place": format!("Bản số {run}") });
        post.call(
            "registrations.save",
            json!({ "registration": id, "values": values }),
        );
    });
    let device = post.device();
    let author = device.ledger().author()?;
    let scope = Scope::unit(owner.province, owner.unit);
    let mut outcome = Ok(());
    let bare = times(RUNS, |run| {
        let edits = vec![Edit::line("schedule", format!("Quý {run}"))];
        let write = cotmoc_ledger::Write::Edit {
            scope,
            record: record(number),
            kind: RecordKind::Registration,
            edits,
        };
        if let Err(error) = device.ledger().write(&author, 0, &[write]) {
            outcome = Err(error);
        }
    });
    outcome?;
    let mut file = std::fs::File::create(post.home().join("fsync-probe"))?;
    let mut outcome = Ok(());
    let syncs = times(RUNS, |_| {
        if let Err(error) = file.write_all(&[7; 4_096]).and_then(|()| file.sync_data()) {
            outcome = Err(error);
        }
    });
    outcome?;
    Ok(vec![
        Figure::under("store.saved_edit.p95", p95(&edits), "ms", 30.0),
        Figure::told("store.journal_write.median", median(&bare), "ms"),
        Figure::told("store.one_fsync.median", median(&syncs), "ms"),
        Figure::told(
            "store.saved_edit.of_one_fsync",
            median(&edits) / median(&syncs).max(0.000_1),
            "x",
        ),
    ])
}
