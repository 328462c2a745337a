//! Bytes and round trips of the exchange, counted outside both processes.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use cotmoc_core::exchange::Invitation;
use serde_json::{Value, json};

use super::Figure;
use super::counting_proxy::{Counted, CountingProxy};
use super::workload::{Owner, record, registration, small_edit};
use crate::fleet::{Player, Town, unit};
use crate::progress::Progress;

/// Registrations that the bars ask for.
pub const REGISTRATIONS: u64 = 1_000;

/// The same compression the exchange uses, over the bare documents: the floor (`design.md` §8).
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

    fn counted_exchange(&self, player: &Player) -> (Counted, u64) {
        self.proxy.take();
        let outcome = player.exchange();
        (
            self.proxy.take(),
            outcome["round_trips"].as_u64().unwrap_or_default(),
        )
    }
}

/// The same invitation with the proxy's address.
fn through(invitation: &str, proxy: SocketAddr) -> Result<String> {
    let mut invitation = Invitation::from_text(invitation)?;
    invitation.server = format!("http://{proxy}");
    Ok(invitation.to_text())
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
    eprintln!("Exchange: floor, cold push, cold pull, nothing new, 10 and 10 edits …");
    let floor = floor(&first, count)?;
    let (push, push_trips) = counting.counted_exchange(&first);
    let (pull, pull_trips) = counting.counted_exchange(&second);
    anyhow::ensure!(
        first.device().ledger().all_states_hash()? == second.device().ledger().all_states_hash()?,
        "the cold device is not equal"
    );
    let (quiet, quiet_trips) = counting.counted_exchange(&second);
    write_all(&first, (0..10).map(|number| small_edit(owner, number, 1)))?;
    first.exchange();
    write_all(&second, (10..20).map(|number| small_edit(owner, number, 2)))?;
    let (edits, edit_trips) = counting.counted_exchange(&second);
    let kb = |bytes: u64| bytes as f64 / 1_000.0;
    let name = |what: &str| format!("exchange.{count}.{what}");
    Ok(vec![
        Figure::at_least("exchange.registrations", count as f64, "", REGISTRATIONS as f64),
        Figure::told(&name("floor"), kb(floor), "KB"),
        Figure::told(&name("cold_push.up"), kb(push.up), "KB"),
        Figure::told(&name("cold_push.down"), kb(push.down), "KB"),
        Figure::told(&name("cold_push.round_trips"), push_trips as f64, ""),
        Figure::told(&name("cold_push.of_floor"), push.up as f64 / floor as f64, "x"),
        Figure::told(&name("cold_pull.up"), kb(pull.up), "KB"),
        Figure::told(&name("cold_pull.down"), kb(pull.down), "KB"),
        Figure::told(&name("cold_pull.round_trips"), pull_trips as f64, ""),
        Figure::at_most(
            &name("cold_pull.of_floor"),
            pull.both() as f64 / floor as f64,
            "x",
            1.5,
        ),
        Figure::told(&name("nothing_new.up"), quiet.up as f64, "B"),
        Figure::told(&name("nothing_new.down"), quiet.down as f64, "B"),
        Figure::under(&name("nothing_new.both"), quiet.both() as f64, "B", 1_000.0),
        Figure::at_most(&name("nothing_new.round_trips"), quiet_trips as f64, "", 1.0),
        Figure::told(&name("10_and_10_edits.up"), edits.up as f64, "B"),
        Figure::told(&name("10_and_10_edits.down"), edits.down as f64, "B"),
        Figure::under(&name("10_and_10_edits.both"), edits.both() as f64, "B", 8_000.0),
        Figure::at_most(&name("10_and_10_edits.round_trips"), edit_trips as f64, "", 1.0),
    ])
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

/// Claimed time of benchmark entries.
const NOW: i64 = 1_710_000_000_000;

fn floor(player: &Player, count: u64) -> Result<u64> {
    let mut all = Vec::new();
    for number in 0..count {
        all.extend(player.device().ledger().document(record(number))?.save());
    }
    Ok(zstd::bulk::compress(&all, FLOOR_LEVEL)?.len() as u64)
}
