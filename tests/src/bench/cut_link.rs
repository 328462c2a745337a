//! Edits and photos over a link that is cut again and again: what is sent twice.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use serde_json::{Value, json};

use super::Figure;
use super::bad_link::{RUNS, WORST};
use super::exchange::write_all;
use super::link::{Cut, FarProvince, Rules, Went};
use super::workload::{record, small_edit};
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
}

const LOAD: Load = Load {
    edits: 50,
    photos: 4,
    photo_bytes: 50_000,
};
const LONG_LOAD: Load = Load {
    edits: 200,
    photos: 20,
    photo_bytes: 200_000,
};

/// Sends the load once over the slow link without loss and cuts, which is what has to be sent, and once for each
/// moment of the first cut; what is given to the link beyond the first was sent twice, or is the handshake, the head
/// and the question of one more connection.
pub(super) fn measure(
    far: &FarProvince,
    device: &mut Player,
    records: u64,
    long: bool,
) -> Result<Vec<Figure>> {
    let load = if long { LONG_LOAD } else { LOAD };
    // Photos would wait for a better link than this one.
    device.call("settings.set", json!({ "originals": "always" }));
    let mut trip = Trip {
        far,
        device,
        records,
        load,
        round: 0,
    };
    let whole = trip.make(Rules { loss: 0.0, ..WORST })?;
    let needed = whole.given as f64;
    let mut figures = vec![
        Figure::told("bad_link.cut.needed", needed / 1_000.0, "KB"),
        Figure::told("bad_link.cut.needed.time", whole.took.as_secs_f64(), "s"),
    ];
    let (mut worst, mut slowest) = (f64::NEG_INFINITY, 0.0_f64);
    for first in CUTS.iter().chain(MORE_CUTS.iter().filter(|_| long)) {
        let cut = Cut {
            first: Duration::from_secs(*first),
            down: Duration::from_secs(10),
            up: Duration::from_secs(20),
        };
        let went = trip.make(Rules {
            cut: Some(cut),
            ..WORST
        })?;
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

/// The same way with a new load each time.
struct Trip<'a> {
    far: &'a FarProvince,
    device: &'a mut Player,
    records: u64,
    load: Load,
    round: u64,
}

impl Trip<'_> {
    fn make(&mut self, rules: Rules) -> Result<Went> {
        self.round += 1;
        self.device.reopen()?;
        let edited = (0..self.load.edits).map(|number| number % self.records.max(1));
        // The cold part made edits of its own.
        let round = RUNS + self.round;
        write_all(
            self.device,
            edited.map(|number| small_edit(&self.far.owner, number, round)),
        )?;
        for number in 0..self.load.photos {
            self.add_photo(number)?;
        }
        let files = self.device.call("exchange.get", Value::Null)["files"].clone();
        eprintln!("Bad link, {rules}: {} edits, photos {files} …", self.load.edits);
        self.device.close();
        let went = self.far.exchange(self.device.home(), rules)?;
        self.device.reopen()?;
        let left = self.device.call("exchange.get", Value::Null)["files"]["count"].clone();
        self.device.close();
        ensure!(left == 0, "the province has not got {left} photos");
        Ok(went)
    }

    fn add_photo(&self, number: u64) -> Result<()> {
        let photo = detailed_photo(self.load.photo_bytes, self.round * self.load.photos + number);
        let upload = self.device.upload(photo);
        let upload = upload.map_err(|problem| anyhow!("{problem:?}"))?;
        let belongs_to = record(number % self.records.max(1)).to_string();
        let name = format!("anh-{}-{number}.jpg", self.round);
        self.device.call(
            "evidence.add",
            json!({ "record": belongs_to, "upload": upload, "name": name }),
        );
        Ok(())
    }
}
