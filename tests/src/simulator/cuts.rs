//! An exchange of 64 KB that is cut at every byte. At each whole frame, a request that was answered or a part of an
//! answer that was taken in, the stores of both ends are kept; each cut goes on from the frame before it, in a fork of
//! its own. The real driver and the real answering code, real stores, no socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Write, simulate};

use super::cast::{Template, World, unit};
use super::player::{Went, write_over};
use super::promises::{nothing_is_lost, nothing_twice};
use super::saw::Saw;
use crate::bench::workload::Chance;

/// Content of the exchange before compression, bytes: letters that do not compress below 64 KB.
const CONTENT: usize = 84 * 1024;
/// Content of the exchange before it, which says how slow the link is.
const WARM: usize = 8 * 1024;
/// Bytes a second: so slow that frames are as small as they get.
pub(super) const RATE: u64 = 500;
/// Two devices of one unit: one writes, the other reads.
const WRITER: usize = 2;
const READER: usize = 3;
/// More frames than this for 64 KB is a link that never gets on.
const MOST_FRAMES: usize = 64;

/// More runs than this for one cut is a link that never gets on.
const MOST_RUNS: usize = 3;

/// Which way is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the device to the province.
    Going,
    /// Back.
    Coming,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sawn {
    /// Connections that were cut, each in a fork of its own.
    pub cuts: u64,
    /// Bytes that go the way that is cut when nothing is.
    pub stream: u64,
    /// Whole frames.
    pub frames: u64,
    /// Most bytes that one cut made go again, what asks for the rest included.
    pub most_repeated: u64,
}

/// What both ends hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holding {
    device: Vec<Hash32>,
    server: Vec<Hash32>,
}

/// One device and the server, in folders that are put back before each fork.
struct Bench {
    world: World,
    who: usize,
    way: Way,
}

impl Bench {
    fn folders(&self) -> [PathBuf; 3] {
        let home = &self.world.players[self.who].home;
        [
            self.world.desk.home.clone(),
            home.clone(),
            home.with_extension("state"),
        ]
    }

    fn stop(&mut self) {
        self.world.players[self.who].stop();
        self.world.desk.stop();
    }

    /// Keeps the stores as they are now.
    fn keep(&mut self, at: &Path) -> Result<()> {
        self.stop();
        for (number, folder) in self.folders().iter().enumerate() {
            let kept = at.join(number.to_string());
            std::fs::create_dir_all(&kept)?;
            write_over(folder, &kept)?;
        }
        Ok(())
    }

    fn put_back(&mut self, at: &Path) -> Result<()> {
        self.stop();
        for (number, folder) in self.folders().iter().enumerate() {
            write_over(&at.join(number.to_string()), folder)?;
        }
        Ok(())
    }

    /// One frame from where the stores stand. Gives its length and the bytes that went again.
    fn frame(&mut self, cut: Option<usize>) -> Result<(u64, u64)> {
        simulate(9, self.world.now);
        let mut saw = Saw {
            desk: &mut self.world.desk,
            way: self.way,
            cut,
            frame: None,
            moved: 0,
            asked: 0,
            clock: Duration::ZERO,
        };
        for _ in 0..MOST_RUNS {
            let went = self.world.players[self.who].attempt(|device| device.exchange_through(&mut saw))?;
            match went {
                Went::Through(Ok(outcome)) if outcome.stopped => {
                    let frame = saw.frame.context("nothing went")?;
                    return Ok((frame, (saw.moved + saw.asked).saturating_sub(frame)));
                }
                // Of a run in which nothing got through the schedule makes another one.
                Went::Through(Err(failure)) if failure.problem.code == "server_unreachable" => {}
                Went::Through(other) => return Err(anyhow!("the run ended with {other:?}")),
                Went::Crashed => return Err(anyhow!("crashed")),
            }
        }
        Err(anyhow!("the frame never gets through"))
    }

    /// What both hold, once each.
    fn holding(&mut self) -> Result<Holding> {
        let desk = self.world.desk.state()?;
        let device = self.world.players[self.who].device()?;
        for (whose, ledger) in [("device", device.ledger()), ("server", desk.ledger())] {
            if let Some(found) = nothing_twice(ledger)? {
                return Err(anyhow!("{whose}: {found}"));
            }
        }
        Ok(Holding {
            device: device.ledger().sorted_entry_hashes()?,
            server: desk.ledger().sorted_entry_hashes()?,
        })
    }

    /// Everything that was written is at both ends.
    fn demand_all(&mut self) -> Result<bool> {
        let saved = self.world.players[WRITER].saved.clone();
        let desk = self.world.desk.state()?;
        let device = self.world.players[self.who].device()?;
        Ok(nothing_is_lost(device.ledger(), &saved)?.is_none()
            && nothing_is_lost(desk.ledger(), &saved)?.is_none())
    }
}

/// Saws an exchange of 64 KB at every `step`th byte of one way, and demands that each fork holds after its frame
/// what the exchange holds that nobody cut.
///
/// # Errors
/// When something is lost or doubled, a run does not get on, or a store fails.
pub fn saw(template: &Template, way: Way, step: usize) -> Result<Sawn> {
    let mut world = template.copy(u64::from(way == Way::Coming))?;
    let mut chance = Chance::new(9);
    for who in [WRITER, READER] {
        world.exchange(who, &mut chance)?;
    }
    let who = match way {
        Way::Going => WRITER,
        Way::Coming => READER,
    };
    let begins = world.folder.join("kept-0");
    write(&mut world, &mut chance, (0, WARM))?;
    world.exchange_at(WRITER, &mut chance, RATE)?;
    world.exchange_at(READER, &mut chance, RATE)?;
    write(&mut world, &mut chance, (WARM, CONTENT))?;
    if way == Way::Coming {
        world.exchange(WRITER, &mut chance)?;
    }
    world.players[WRITER].stop();
    world.players[READER].stop();
    let mut bench = Bench { world, who, way };
    bench.keep(&begins)?;
    let mut sawn = Sawn::default();
    let mut kept = begins;
    while !bench.demand_all()? {
        ensure!(
            sawn.frames < MOST_FRAMES as u64,
            "it never gets through: {sawn:?}"
        );
        let (length, _) = bench.frame(None)?;
        let whole = bench.holding()?;
        let next = bench.world.folder.join(format!("kept-{}", sawn.frames + 1));
        bench.keep(&next)?;
        // The first place of the stream that is to be cut in this frame.
        let first = (step as u64 - sawn.stream % step as u64) % step as u64;
        // With every byte of a request through, its answer can still be lost; a part that is through was taken in.
        let last = length + u64::from(way == Way::Going);
        for at in (first..last).step_by(step) {
            bench.put_back(&kept)?;
            let (again, repeated) = bench.frame(Some(at as usize))?;
            ensure!(again == length, "a frame of {again} bytes instead of {length}");
            let holding = bench.holding()?;
            ensure!(
                holding == whole,
                "cut at byte {at} of {length} of frame {} something else is held",
                sawn.frames
            );
            sawn.cuts += 1;
            sawn.most_repeated = sawn.most_repeated.max(repeated);
        }
        bench.put_back(&next)?;
        std::fs::remove_dir_all(&kept)?;
        kept = next;
        sawn.stream += length;
        sawn.frames += 1;
    }
    let folder = bench.world.folder.clone();
    drop(bench);
    std::fs::remove_dir_all(folder)?;
    Ok(sawn)
}

fn write(world: &mut World, chance: &mut Chance, (from, bytes): (usize, usize)) -> Result<()> {
    const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    const EACH: usize = 3_900;
    let scope = Scope::unit(world.province, unit(0));
    for number in 0..bytes / EACH {
        let text: String = (0..EACH)
            .map(|_| char::from(LETTERS[chance.below(64) as usize]))
            .collect();
        let write = Write::Edit {
            scope,
            record: RecordId::derived("sawn", &[&(from + number).to_le_bytes()]),
            kind: RecordKind::Registration,
            // One register: what a letter of a narrative costs is no matter of the exchange.
            edits: vec![Edit::Put {
                property: "figures",
                key: "01".to_owned(),
                json: serde_json::json!({ "raw": text }).to_string(),
            }],
        };
        let entered = world.players[WRITER].device()?.enter(&[write]);
        let written = entered.map_err(|problem| anyhow!("{problem:?}"))?;
        world.players[WRITER].saved.extend(written.entries);
    }
    Ok(())
}
