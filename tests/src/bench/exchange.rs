//! Bytes and round trips of the exchange, counted outside both processes.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use cotmoc_core::exchange::Invitation;
use serde_json::{Value, json};

use super::Figure;
use super::counting_proxy::{Counted, CountingProxy};
use super::workload::{Owner, record, registration, small_edit};
use crate::fleet::{Player, Town, unit};
use crate::progress::Progress;

/// Registrations of the two runs that the bars ask for.
pub const REGISTRATIONS: [u64; 2] = [1_000, 10_000];

/// Bytes of a cold pull that may cost one request more.
const REQUEST: f64 = 2_000_000.0;

/// The compression of the floor: the bare documents in one stream (`design.md` §8).
const FLOOR_LEVEL: i32 = 12;

/// A town whose devices reach the server through a counting proxy.
struct Counting {
    town: Town,
    proxy: CountingProxy,
    owner: Owner,
}

impl Counting {
    fn open() -> Result<Self> {
        let town = Town::for_counting()?;
        let proxy = CountingProxy::before(town.server().addr())?;
        let cycles = town.compiler.call("cycles.list", Value::Null);
        let cycle = cycles["cycles"][0]["id"].as_str().context("cycle")?.parse()?;
        let province = town.founded.province;
        let owner = Owner {
            province,
            unit: unit("don-muong-lan").parse()?,
            cycle,
        };
        Ok(Self { town, proxy, owner })
    }

    fn post(&self, name: &str) -> Result<Player> {
        let invitation = self
            .town
            .invite(json!({ "role": "post", "unit": unit("don-muong-lan"), "valid_days": 7 }));
        let invitation = through(&invitation, self.proxy.address())?;
        let player = Player::open(&self.town.folder(name))?;
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation, "label": name }),
        );
        Ok(player)
    }

    fn counted_exchange(&self, player: &Player) -> Counted {
        self.proxy.take();
        player.exchange();
        self.proxy.take()
    }
}

/// The same invitation with the proxy's address.
fn through(invitation: &str, proxy: SocketAddr) -> Result<String> {
    let mut invitation = Invitation::from_text(invitation)?;
    invitation.server = format!("http://{proxy}");
    Ok(invitation.to_text())
}

/// Measures the exchange at each of these sizes.
///
/// # Errors
/// As [`measure`].
pub fn measure_all(counts: &[u64]) -> Result<Vec<Figure>> {
    let most = counts.iter().max().copied().unwrap_or_default() as f64;
    let asked = REGISTRATIONS.iter().max().copied().unwrap_or_default() as f64;
    let mut figures = vec![Figure::at_least("exchange.registrations", most, "", asked)];
    for count in counts {
        figures.extend(measure(*count)?);
    }
    Ok(figures)
}

/// Measures the exchange of `count` registrations with 12 saved groups each.
///
/// # Errors
/// When a device or the server cannot be started.
pub fn measure(count: u64) -> Result<Vec<Figure>> {
    let counting = Counting::open()?;
    let (first, owner) = (counting.post("first")?, &counting.owner);
    // Enrolled before anything was written: its cold pull is the records and nothing else.
    let second = counting.post("second")?;
    let progress = Progress::begin(
        &format!("Exchange: {count} registrations of 12 saved groups are signed"),
        count,
    );
    let writes = (0..count).flat_map(|number| {
        progress.step();
        registration(owner, number)
    });
    write_all(&first, writes)?;
    eprintln!("Exchange: floor, cold push, cold pull, nothing new, edits …");
    let floor = floor(&first, count)? as f64;
    let push = counting.counted_exchange(&first);
    let pull = counting.counted_exchange(&second);
    demand_equal(&first, &second)?;
    let quiet = counting.counted_exchange(&second);
    write_all(&first, (0..10).map(|number| small_edit(owner, number, 1)))?;
    first.exchange();
    write_all(&second, (10..20).map(|number| small_edit(owner, number, 2)))?;
    let edits = counting.counted_exchange(&second);
    let bytes = |of: u64| of as f64;
    let kb = |of: u64| of as f64 / 1_000.0;
    let name = |what: &str| format!("exchange.{count}.{what}");
    let mut figures = vec![
        Figure::told(&name("floor"), floor / 1_000.0, "KB"),
        Figure::told(&name("cold_push.up"), kb(push.up), "KB"),
        Figure::told(&name("cold_push.down"), kb(push.down), "KB"),
        Figure::told(&name("cold_push.requests"), bytes(push.requests), ""),
        Figure::at_most(&name("cold_push.of_floor"), bytes(push.both()) / floor, "x", 1.35),
        Figure::told(&name("cold_pull.up"), kb(pull.up), "KB"),
        Figure::told(&name("cold_pull.down"), kb(pull.down), "KB"),
        Figure::at_most(
            &name("cold_pull.requests"),
            bytes(pull.requests),
            "",
            2.0 + (bytes(pull.both()) / REQUEST).ceil(),
        ),
        Figure::at_most(&name("cold_pull.of_floor"), bytes(pull.both()) / floor, "x", 1.15),
        Figure::told(&name("nothing_new.up"), bytes(quiet.up), "B"),
        Figure::told(&name("nothing_new.down"), bytes(quiet.down), "B"),
        Figure::at_most(&name("nothing_new.both"), bytes(quiet.both()), "B", 500.0),
        Figure::at_most(&name("nothing_new.round_trips"), bytes(quiet.requests), "", 1.0),
        Figure::told(&name("10_and_10_edits.up"), bytes(edits.up), "B"),
        Figure::told(&name("10_and_10_edits.down"), bytes(edits.down), "B"),
        Figure::at_most(&name("10_and_10_edits.both"), bytes(edits.both()), "B", 3_000.0),
        Figure::at_most(
            &name("10_and_10_edits.round_trips"),
            bytes(edits.requests),
            "",
            1.0,
        ),
    ];
    figures.extend(concurrent(&counting, &first, &second, &name)?);
    Ok(figures)
}

/// Both devices edit the same documents while apart. The first exchanges before and after the second does.
fn concurrent(
    counting: &Counting,
    first: &Player,
    second: &Player,
    name: &impl Fn(&str) -> String,
) -> Result<Vec<Figure>> {
    first.exchange();
    for (player, round) in [(first, 3), (second, 4)] {
        let edits = (100..200).map(|number| small_edit(&counting.owner, number, round));
        write_all(player, edits)?;
    }
    let sent = counting.counted_exchange(first);
    let both = counting.counted_exchange(second);
    let back = counting.counted_exchange(first);
    demand_equal(first, second)?;
    let bytes = sent.both() + both.both() + back.both();
    let trips = |requests: u64| requests as f64;
    Ok(vec![
        Figure::told(&name("100_and_100_edits.both"), bytes as f64 / 1_000.0, "KB"),
        Figure::at_most(
            &name("100_and_100_edits.first.round_trips"),
            trips(sent.requests + back.requests),
            "",
            2.0,
        ),
        Figure::at_most(
            &name("100_and_100_edits.second.round_trips"),
            trips(both.requests),
            "",
            2.0,
        ),
    ])
}

fn demand_equal(first: &Player, second: &Player) -> Result<()> {
    let of = |player: &Player| player.device().ledger().all_states_hash();
    anyhow::ensure!(of(first)? == of(second)?, "the two devices are not equal");
    Ok(())
}

/// Writes as the device's own author, many groups in one transaction: the entries are the same as if
/// each had been saved alone.
pub fn write_all(player: &Player, writes: impl Iterator<Item = cotmoc_ledger::Write>) -> Result<()> {
    let device = player.device();
    let author = device.ledger().author()?;
    let mut chunk = Vec::new();
    for write in writes {
        chunk.push(write);
        if chunk.len() == 2_000 {
            device.ledger().write(&author, NOW, &chunk)?;
            chunk.clear();
        }
    }
    device.ledger().write(&author, NOW, &chunk)?;
    Ok(())
}

/// What [`write_all`] signed below a device is counted by the device's next start, as its own writing would have
/// done; that is not part of the exchange that follows.
pub fn count_written(folder: &Path) -> Result<()> {
    Player::open(folder)?.close();
    Ok(())
}

/// Claimed time of benchmark entries.
const NOW: i64 = 1_710_000_000_000;

fn floor(player: &Player, count: u64) -> Result<u64> {
    let mut all = Vec::new();
    for number in 0..count {
        all.extend(player.device().ledger().document(record(number))?.save());
    }
    Ok(zstd::bulk::compress(&all, FLOOR_LEVEL)?.len() as u64)
}
