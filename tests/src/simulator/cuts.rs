//! An exchange of 64 KB that is cut at every byte: each connection carries a few bytes further than the one before
//! it and breaks. The real driver and the real answering code, real stores, no socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use cotmoc_core::exchange::{Enrolled, EnrolmentRequest, ParcelClaim};
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_device::{Link, LinkFailure, TakeBytes};
use cotmoc_ledger::Write;

use super::cast::{Template, World, unit};
use super::desk::Desk;
use super::player::Went;
use super::promises::{held, nothing_is_lost, nothing_twice, roster};
use crate::bench::workload::Chance;

/// Content of the exchange before compression, bytes: letters that do not compress below 64 KB.
const CONTENT: usize = 92 * 1024;
/// Two devices of one unit: one writes, the other reads.
const WRITER: usize = 2;
const READER: usize = 3;
/// More connections than this for each byte is a link that never gets on.
const PATIENCE: u64 = 8;

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
    /// Connections that were cut.
    pub cuts: u64,
    /// Bytes that went the way that was cut, each counted once.
    pub stream: u64,
    /// Most bytes that one cut made go again, the request that asks for the rest included.
    pub most_repeated: u64,
}

/// A link that is cut `step` bytes further each time.
struct Saw<'a> {
    desk: &'a mut Desk,
    way: Way,
    step: usize,
    sawn: Sawn,
    /// How far a body or a part got that cannot be resumed within, by its bytes.
    small: BTreeMap<[u8; 32], usize>,
    /// Content of the running part that has come, and its length.
    part: (usize, usize),
    /// Bytes of the running body that have gone.
    body: u64,
    clock: Duration,
}

impl Saw<'_> {
    fn cut(&mut self, moved: usize, repeated: u64) -> LinkFailure {
        self.sawn.cuts += 1;
        self.sawn.most_repeated = self.sawn.most_repeated.max(repeated);
        self.clock += Duration::from_millis(50 + moved as u64);
        LinkFailure {
            answer_lost: self.way == Way::Coming,
            ..LinkFailure::of("server_unreachable")
        }
    }

    /// Where the next cut of something goes that begins anew each time; absent when it may pass.
    fn next_cut(&mut self, bytes: &[u8], until: usize) -> Option<usize> {
        let at = self.small.entry(*blake3::hash(bytes).as_bytes()).or_default();
        let cut = *at;
        *at += self.step;
        (cut < until).then_some(cut)
    }

    /// Takes a part up to the next cut.
    fn pass_part(&mut self, part: &[u8], request: u64, take: &mut TakeBytes<'_>) -> Result<(), LinkFailure> {
        let Some(head) = head_of(part) else {
            // A small one comes again whole.
            if let Some(at) = self.next_cut(part, part.len()) {
                take(&part[..at])?;
                return Err(self.cut(at, at as u64 + request));
            }
            self.sawn.stream += part.len() as u64;
            return Ok(take(part)?);
        };
        let rest = part.len() - head.bytes;
        if head.is_whole {
            // Whatever came of it before comes again.
            let again = self.part.0 as u64;
            if let Some(at) = self.next_cut(&part[..head.bytes], head.bytes) {
                take(&part[..at])?;
                return Err(self.cut(at, at as u64 + again + request));
            }
            self.part = (0, rest);
            self.sawn.most_repeated = self.sawn.most_repeated.max(again + request);
        } else if self.part.0 + rest != self.part.1 {
            return Err(LinkFailure::of("rest_of_another_part"));
        }
        if rest > self.step {
            let until = head.bytes + self.step;
            take(&part[..until])?;
            self.part.0 += self.step;
            self.sawn.stream += self.step as u64;
            return Err(self.cut(until, head.bytes as u64 + request));
        }
        self.part = (0, 0);
        self.sawn.stream += rest as u64;
        Ok(take(part)?)
    }
}

struct PartHead {
    bytes: usize,
    is_whole: bool,
}

/// What stands in front of a part that can be resumed; see `core/src/exchange/part.rs`.
fn head_of(part: &[u8]) -> Option<PartHead> {
    let varint = part.iter().skip(1).position(|byte| byte & 0x80 == 0)? + 1;
    match part.first()? {
        1 => Some(PartHead {
            bytes: 1 + varint + 16,
            is_whole: true,
        }),
        2 => Some(PartHead {
            bytes: 1 + varint,
            is_whole: false,
        }),
        _ => None,
    }
}

fn refusal(problem: cotmoc_sync_server::Problem) -> LinkFailure {
    LinkFailure::refused(problem.status().as_u16(), Some(problem.code()), None)
}

impl Link for Saw<'_> {
    fn enrol(&mut self, _: &EnrolmentRequest) -> Result<Enrolled, LinkFailure> {
        Err(LinkFailure::of("server_refused"))
    }

    fn parcel(&mut self, claim: &ParcelClaim, _: &Arc<AtomicBool>) -> Result<u64, LinkFailure> {
        let state = self.desk.state().map_err(|_| LinkFailure::of("internal"))?;
        state.parcel_directly(claim).map_err(refusal)
    }

    fn exchange(
        &mut self,
        body: Vec<u8>,
        claim: Option<(&ParcelClaim, u64)>,
        _: &Arc<AtomicBool>,
        take: &mut TakeBytes<'_>,
    ) -> Result<(), LinkFailure> {
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let state = self.desk.state().map_err(|_| LinkFailure::of("internal"))?;
        if self.way == Way::Going {
            let cut = match claim {
                Some((_, from)) => {
                    let again = self.body.saturating_sub(from);
                    self.body = from + self.step as u64;
                    (body.len() > self.step).then_some((self.step, again))
                }
                None => self.next_cut(&body, body.len()).map(|at| (at, at as u64)),
            };
            if let Some((at, again)) = cut {
                let came = state.exchange_directly((&body[..at], false), claim, peer);
                came.map_err(refusal)?;
                self.sawn.stream += if claim.is_some() { at as u64 } else { 0 };
                return Err(self.cut(at, again));
            }
            self.body = 0;
            self.sawn.stream += body.len() as u64;
        }
        let answers = state.exchange_directly((&body, true), claim, peer);
        let mut answers = answers
            .map_err(refusal)?
            .ok_or_else(|| LinkFailure::of("internal"))?;
        while let Some(part) = answers.next_part().map_err(refusal)? {
            match self.way {
                Way::Going => take(&part)?,
                Way::Coming => self.pass_part(&part, body.len() as u64, take)?,
            }
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock
    }

    fn wait(&mut self, how_long: Duration, _: &Arc<AtomicBool>) {
        self.clock += how_long;
    }
}

/// Saws an exchange of 64 KB at every `step`th byte of one way, and demands that nothing is lost or doubled.
///
/// # Errors
/// When it never gets through, something is lost or doubled, or a store fails.
pub fn saw(template: &Template, way: Way, step: usize) -> Result<Sawn> {
    let mut world = template.copy(u64::from(way == Way::Coming))?;
    let mut chance = Chance::new(9);
    for who in [WRITER, READER] {
        world.exchange(who, &mut chance)?;
    }
    write(&mut world, &mut chance)?;
    let who = match way {
        Way::Going => WRITER,
        Way::Coming => {
            world.exchange(WRITER, &mut chance)?;
            READER
        }
    };
    let (sawn, outcome) = through(&mut world, who, way, step)?;
    ensure!(outcome["equal"] == true, "in the end they differ: {outcome}");
    let sound = compare(&mut world, who);
    let folder = world.folder.clone();
    drop(world);
    std::fs::remove_dir_all(folder)?;
    sound.map(|()| sawn)
}

fn through(world: &mut World, who: usize, way: Way, step: usize) -> Result<(Sawn, serde_json::Value)> {
    let mut saw = Saw {
        desk: &mut world.desk,
        way,
        step,
        sawn: Sawn::default(),
        small: BTreeMap::new(),
        part: (0, 0),
        body: 0,
        clock: Duration::ZERO,
    };
    for _ in 0..PATIENCE * CONTENT as u64 {
        match world.players[who].attempt(|device| device.exchange_through(&mut saw))? {
            Went::Through(Ok(outcome)) => return Ok((saw.sawn, serde_json::to_value(outcome)?)),
            // Nothing moved four times, as when a body is cut before its first byte: the schedule tries again.
            Went::Through(Err(failure)) if failure.problem.code == "server_unreachable" => {}
            Went::Through(Err(failure)) => return Err(anyhow!("{failure:?}")),
            Went::Crashed => return Err(anyhow!("crashed")),
        }
    }
    Err(anyhow!("it never got through: {:?}", saw.sawn))
}

fn write(world: &mut World, chance: &mut Chance) -> Result<()> {
    const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    const EACH: usize = 2 * 1024;
    let scope = Scope::unit(world.province, unit(0));
    for number in 0..CONTENT / EACH {
        let text = (0..EACH)
            .map(|_| char::from(LETTERS[chance.below(64) as usize]))
            .collect();
        let write = Write::Edit {
            scope,
            record: RecordId::derived("sawn", &[&number.to_le_bytes()]),
            kind: RecordKind::Registration,
            edits: vec![Edit::Text {
                property: "goals",
                text,
            }],
        };
        let entered = world.players[WRITER].device()?.enter(&[write]);
        let written = entered.map_err(|problem| anyhow!("{problem:?}"))?;
        world.players[WRITER].saved.extend(written.entries);
    }
    Ok(())
}

/// What was written is at the server and at the device, once.
fn compare(world: &mut World, who: usize) -> Result<()> {
    let (saved, province) = (world.players[WRITER].saved.clone(), world.province);
    let desk = world.desk.state()?;
    let device = world.players[who].device()?;
    let me = device.author().device();
    for (whose, ledger) in [("device", device.ledger()), ("server", desk.ledger())] {
        for found in [nothing_is_lost(ledger, &saved)?, nothing_twice(ledger)?] {
            ensure!(found.is_none(), "{whose}: {}", found.unwrap_or_default());
        }
    }
    let known = roster(desk.ledger(), province).context("roster")?;
    let (here, there) = (
        held(device.ledger(), &known, &me)?,
        held(desk.ledger(), &known, &me)?,
    );
    ensure!(here == there, "device and server hold different entries");
    Ok(())
}
