//! Edits and photos over a link that is cut again and again: what is sent twice.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};

use super::Figure;
use super::bad_link::WORST;
use super::exchange::write_all;
use super::link::{Cut, FarProvince, LONGEST, Rules, Went};
use super::workload::{record, registration, small_edit};
use crate::fleet::Player;
use crate::photo::detailed_photo;

/// When the first cut comes, seconds after the program's start: in the handshake, in the entries, in the photos.
/// Later cuts come every 30 s.
const CUTS: [u64; 3] = [2, 6, 16];
/// In the long run at other moments too.
const MORE_CUTS: [u64; 3] = [4, 9, 12];

/// What the device carries.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// Edits of a field.
    edits: u64,
    /// Photos, as a camera writes them.
    photos: u64,
    /// About the size of each as the device keeps it, bytes.
    photo_bytes: u32,
    /// A device that takes longer is stopped.
    longest: Duration,
}

const LOAD: Load = Load {
    edits: 50,
    photos: 4,
    photo_bytes: 50_000,
    longest: LONGEST,
};
const LONG_LOAD: Load = Load {
    edits: 200,
    photos: 20,
    photo_bytes: 200_000,
    longest: Duration::from_secs(3 * 60 * 60),
};

/// Sends the load once over the slow link without loss and cuts, which is what has to be sent, and once for each
/// moment of the first cut; what is given to the link beyond the first was sent twice, or is the handshake, the head
/// and the question of one more connection. Each goes over a link of its own, all at the same time: they wait most of
/// it. `long` carries more, at more moments.
///
/// # Errors
/// When it cannot be measured here, or not everything arrives.
pub fn measure(records: u64, seed: u64, long: bool) -> Result<Vec<Figure>> {
    let load = if long { LONG_LOAD } else { LOAD };
    let moments: Vec<u64> = CUTS
        .into_iter()
        .chain(MORE_CUTS.into_iter().filter(|_| long))
        .collect();
    let trips = std::iter::once(None).chain(moments.iter().copied().map(Some));
    let went = std::thread::scope(|scope| {
        let under_way: Vec<_> = trips
            .zip(1..)
            .map(|(first, number)| scope.spawn(move || trip(first, records, load, seed + number)))
            .collect();
        under_way
            .into_iter()
            .map(|trip| trip.join().map_err(|_| anyhow!("a trip ended early"))?)
            .collect::<Result<Vec<Went>>>()
    })?;
    let (whole, cut) = went.split_first().context("the trip without cuts")?;
    let needed = whole.given as f64;
    let mut figures = vec![
        Figure::told("bad_link.cut.needed", needed / 1_000.0, "KB"),
        Figure::told("bad_link.cut.needed.time", whole.took.as_secs_f64(), "s"),
    ];
    let (mut worst, mut slowest) = (f64::NEG_INFINITY, 0.0_f64);
    for (first, went) in moments.iter().zip(cut) {
        let again = (went.given as f64 - needed) / needed * 100.0;
        worst = worst.max(again);
        slowest = slowest.max(went.took.as_secs_f64());
        let name = |what: &str| format!("bad_link.cut_after_{first}_s.{what}");
        figures.extend([
            Figure::told(&name("sent_twice"), again, "%"),
            Figure::told(&name("requests"), went.counted.requests as f64, ""),
            Figure::told(&name("connections"), went.counted.connections as f64, ""),
            Figure::told(&name("programs"), f64::from(went.tries), ""),
            Figure::told(&name("time"), went.took.as_secs_f64(), "s"),
        ]);
    }
    figures.extend([
        Figure::told("bad_link.cut.slowest", slowest, "s"),
        Figure::at_most("bad_link.cut.sent_twice", worst, "%", 5.0),
    ]);
    Ok(figures)
}

/// A province with so many records, and the load on its way to it; without a moment neither loss nor cuts.
fn trip(first: Option<u64>, records: u64, load: Load, seed: u64) -> Result<Went> {
    let far = FarProvince::open(seed)?;
    let mut device = far.post("first")?;
    // Photos would wait for a better link than this one.
    device.call("settings.set", json!({ "originals": "always" }));
    write_all(
        &device,
        (0..records).flat_map(|number| registration(&far.owner, number)),
    )?;
    device.close();
    far.exchange(device.home(), Rules::CLEAR)?;
    device.reopen()?;
    let edited = (0..load.edits).map(|number| number % records.max(1));
    write_all(&device, edited.map(|number| small_edit(&far.owner, number, 1)))?;
    for number in 0..load.photos {
        add_photo(
            &device,
            number % records.max(1),
            load,
            seed * load.photos + number,
        )?;
    }
    let files = device.call("exchange.get", Value::Null)["files"].clone();
    device.close();
    let rules = Rules {
        loss: first.map_or(0.0, |_| WORST.loss),
        cut: first.map(|first| Cut {
            first: Duration::from_secs(first),
            down: Duration::from_secs(10),
            up: Duration::from_secs(20),
        }),
        ..WORST
    };
    eprintln!("Bad link, {rules}: {} edits, photos {files} …", load.edits);
    let went = far.exchange_within(load.longest, device.home(), rules)?;
    device.reopen()?;
    let left = device.call("exchange.get", Value::Null)["files"]["count"].clone();
    ensure!(left == 0, "the province has not got {left} photos");
    Ok(went)
}

/// A photo for a record; the number makes it another picture.
fn add_photo(device: &Player, of: u64, load: Load, number: u64) -> Result<()> {
    let photo = detailed_photo(load.photo_bytes, number);
    let upload = device.upload(photo).map_err(|problem| anyhow!("{problem:?}"))?;
    let belongs_to = record(of).to_string();
    device.call(
        "evidence.add",
        json!({ "record": belongs_to, "upload": upload, "name": format!("anh-{number}.jpg") }),
    );
    Ok(())
}
