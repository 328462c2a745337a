//! What people, machines and thieves do, one event after another.

use anyhow::{Result, anyhow};
use cotmoc_core::access::RosterAct;
use cotmoc_core::exchange::{Cursor, Item, Pack, PackedRecord, Payload, Request, Run, shrink};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry, Scope};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Write, crash_after};
use serde_json::json;

use super::cast::{NEWCOMER, World, delegation, request_of, unit};
use super::link::{Underway, Weather, arrive_late};
use super::player::{Part, Went};
use super::stick;
use crate::bench::workload::Chance;

const YEAR: i64 = 365 * 86_400_000;
/// Records that a scope's devices share, so that they edit the same ones.
const SHARED: u64 = 4;

/// What happened to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// A device wrote or read.
    To(usize),
    /// Two devices, by a stick.
    Between(usize, usize),
    /// The server.
    AtDesk,
}

/// One event.
pub(super) fn happen(
    world: &mut World,
    chance: &mut Chance,
    copies: &mut Vec<std::path::PathBuf>,
) -> Result<Happened> {
    let who = chance.below(world.players.len() as u64) as usize;
    if !world.players[who].enrolled {
        return match chance.below(3) {
            0 => enrol(world, who, chance),
            _ => Ok(Happened::To(who)),
        };
    }
    match chance.below(1_000) {
        0..=469 => edit(world, who, chance),
        470..=859 => exchange(world, who, chance),
        860..=899 => carry(world, who, chance),
        900..=919 => {
            arrive_late(&mut world.desk, &mut world.underway)?;
            Ok(Happened::AtDesk)
        }
        920..=944 => {
            let jump = chance.below(20) as i64 - 10;
            world.players[who].ahead = jump * YEAR + chance.below(1_000_000) as i64;
            Ok(Happened::To(who))
        }
        945..=959 => {
            world.players[who].stop();
            Ok(Happened::To(who))
        }
        960..=966 => {
            world.desk.stop();
            Ok(Happened::AtDesk)
        }
        967..=974 => forge(world, who, chance),
        975..=980 => grow(world, chance),
        981..=985 => {
            copies.push(world.desk.back_up()?);
            Ok(Happened::AtDesk)
        }
        986..=989 => {
            if !copies.is_empty() {
                let at = chance.below(copies.len() as u64) as usize;
                world.desk.restore(&copies[at])?;
            }
            Ok(Happened::AtDesk)
        }
        990..=993 => {
            world.players[who].take_image()?;
            Ok(Happened::To(who))
        }
        994..=996 => {
            // Of the two desks there is one each; who restores them is asked in `sync-server restore`.
            world.players[who].put_image_back()?;
            Ok(Happened::To(who))
        }
        _ => revoke(world, chance),
    }
}

fn enrol(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let request = request_of(&world.newcomer, &world.players[who].name);
    let weather = weather(chance);
    let (went, _) = world.with_wire(who, chance, weather, |device, wire| {
        device.enrol_through(&request, wire)
    })?;
    debug_assert_eq!(who, NEWCOMER);
    match went {
        Went::Through(Ok(())) => world.players[who].enrolled = true,
        Went::Through(Err(problem)) if problem.code == "already_enrolled" => {
            world.players[who].enrolled = true;
        }
        // Another time, as people do.
        Went::Through(Err(_)) | Went::Crashed => {}
    }
    Ok(Happened::To(who))
}

fn weather(chance: &mut Chance) -> Weather {
    Weather {
        trouble: [0, 10, 30, 60][chance.below(4) as usize],
        rate: 1_000 << chance.below(10),
    }
}

fn maybe_crash(chance: &mut Chance) {
    let crashes = chance.below(10) == 0;
    crash_after(crashes.then(|| chance.below(12) as u32));
}

fn exchange(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let weather = weather(chance);
    maybe_crash(chance);
    let went = world.with_wire(who, chance, weather, |device, wire| device.exchange_through(wire));
    crash_after(None);
    let (went, _) = went?;
    match went {
        Went::Through(Ok(_)) => world.players[who].life_met = world.desk.lives,
        Went::Through(Err(failure)) => may_fail(&failure.problem.code)?,
        Went::Crashed => {}
    }
    Ok(Happened::To(who))
}

/// What a bad link, an altered message or a revocation may end a run with. Anything else is a fault.
fn may_fail(code: &str) -> Result<()> {
    match code {
        "server_unreachable"
        | "server_busy"
        | "server_refused"
        | "server_nonsense"
        | "parcel_gone"
        | "not_enrolled"
        | "device_revoked"
        | "program_too_old"
        | "invitation_other_province"
        | "body_too_large" => Ok(()),
        _ => Err(anyhow!("a run ended with {code}")),
    }
}

fn scope_and_record(world: &World, part: Part, chance: &mut Chance) -> (Scope, RecordKind, Vec<u8>) {
    let province = world.province;
    let number = chance.below(SHARED).to_le_bytes().to_vec();
    match part {
        Part::Administrator => (Scope::province(province), RecordKind::Mapping, number),
        Part::Compiler => (Scope::province(province), RecordKind::Campaign, number),
        Part::Post(at) => (Scope::unit(province, unit(at)), RecordKind::Registration, number),
        Part::Member(slot) => match chance.below(3) {
            0 => (Scope::unit(province, unit(0)), RecordKind::Visit, number),
            1 => (
                Scope::delegation(province, delegation()),
                RecordKind::Findings,
                number,
            ),
            // One writer each.
            _ => (
                Scope::delegation(province, delegation()),
                RecordKind::ScoreSheet,
                slot.to_le_bytes().to_vec(),
            ),
        },
    }
}

fn edits(kind: RecordKind, chance: &mut Chance) -> Vec<Edit> {
    let line = |property, chance: &mut Chance| Edit::line(property, chance.prose(20));
    // Now and then a text that fills several pieces of a body.
    let length = if chance.below(12) == 0 { 6_000 } else { 80 };
    let key = format!("{:02}", chance.below(5));
    match kind {
        RecordKind::Mapping => vec![Edit::whole("mapping", &json!({ "note": chance.prose(40) }))],
        RecordKind::Campaign => vec![line("title", chance), line("basis", chance)],
        RecordKind::Registration => match chance.below(4) {
            0 => vec![line("name", chance), line("place", chance)],
            1 => vec![line("schedule", chance)],
            2 => vec![Edit::Put {
                property: "figures",
                key,
                json: json!({ "name": chance.prose(10), "raw": "48/48" }).to_string(),
            }],
            _ => vec![Edit::Text {
                property: "goals",
                text: chance.prose(length),
            }],
        },
        RecordKind::Visit => vec![line("place", chance)],
        RecordKind::Findings => vec![Edit::Put {
            property: "findings",
            key,
            json: json!({ "text": chance.prose(length) }).to_string(),
        }],
        _ => vec![Edit::Put {
            property: "items",
            key,
            json: json!({ "points": chance.below(500) }).to_string(),
        }],
    }
}

fn edit(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let part = world.players[who].part;
    let mut writes = Vec::new();
    for _ in 0..=chance.below(2) {
        let (scope, kind, number) = scope_and_record(world, part, chance);
        let record = RecordId::derived("simulated", &[&[kind.code()], &scope.encode(), &number]);
        writes.push(Write::Edit {
            scope,
            record,
            kind,
            edits: edits(kind, chance),
        });
    }
    if chance.below(20) == 0 {
        crash_after(Some(chance.below(2) as u32));
    }
    let went = world.players[who].attempt(|device| device.enter(&writes));
    crash_after(None);
    match went? {
        Went::Through(Ok(written)) => world.players[who].saved.extend(written.entries),
        Went::Through(Err(problem)) if may_not_write(&problem.code) => {}
        Went::Through(Err(problem)) => return Err(anyhow!("an edit ended with {problem:?}")),
        Went::Crashed => {}
    }
    Ok(Happened::To(who))
}

/// Revoked, gone back to a time before its grant, or found out that its log was written twice.
fn may_not_write(code: &str) -> bool {
    matches!(code, "device_revoked" | "not_enrolled" | "store_copied")
}

fn carry(world: &mut World, from: usize, chance: &mut Chance) -> Result<Happened> {
    let to = chance.below(world.players.len() as u64) as usize;
    if to == from || !world.players[to].enrolled {
        return Ok(Happened::To(from));
    }
    let folder = world.folder.join("stick");
    let province = world.province;
    let (first, second) = two(&mut world.players, from, to)?;
    let files = stick::fill(first.device()?, second.device()?, province, &folder)?;
    for file in files {
        let is_damaged = chance.below(4) == 0;
        if is_damaged {
            stick::damage(&file, chance)?;
        }
        let times = 1 + chance.below(2);
        for _ in 0..times {
            let was_whole = stick::empty(second.device()?, &file)?;
            anyhow::ensure!(was_whole || is_damaged, "a whole stick was not taken");
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(Happened::Between(from, to))
}

fn two(
    players: &mut [super::player::Player],
    first: usize,
    second: usize,
) -> Result<(&mut super::player::Player, &mut super::player::Player)> {
    match players.get_disjoint_mut([first, second]) {
        Ok([first, second]) => Ok((first, second)),
        Err(_) => Err(anyhow!("one device is not two")),
    }
}

/// A device sends an entry that it may not write, and that is no change at all: everybody else goes on.
fn forge(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let (province, now) = (world.province, world.now);
    let number = chance.below(1_000);
    let author = world.players[who].device()?.author();
    // A log of its own beside its real one: this is no fork.
    let log = LogId {
        device: author.device(),
        incarnation: cotmoc_core::journal::Incarnation(7_000 + number),
        scope: Scope::unit(province, unit(chance.below(2) as usize)),
    };
    let record = RecordId::derived(
        "simulated",
        &[&[RecordKind::Registration.code()], &log.scope.encode(), &[0; 8]],
    );
    let payload = chance.prose(40).into_bytes();
    let entry = Entry {
        log,
        seq: 1,
        prev: Hash32::ZERO,
        content: NewEntry {
            record,
            record_kind: RecordKind::Registration,
            kind: EntryKind::Change,
            payload: payload.clone(),
            claimed_at: now,
        },
    };
    let pack = Pack {
        records: vec![PackedRecord {
            id: record,
            kind: RecordKind::Registration,
            document: None,
        }],
        runs: vec![Run {
            log,
            first_seq: 1,
            prev: Hash32::ZERO,
            items: vec![Item::Entry {
                record: 0,
                kind: EntryKind::Change,
                claimed_at: now,
                payload: Payload::Inline(payload),
            }],
            signature: author.key.sign_log_head(&entry.hash()),
        }],
    };
    let mut request = Request::of(
        (author.device(), author.incarnation),
        province,
        Cursor::START,
        1_000,
    );
    request.load.pack = pack;
    let body = shrink(&request.sign(&author.key));
    world.forged.insert(log);
    world.underway.push(Underway::of(body));
    arrive_late(&mut world.desk, &mut world.underway)?;
    Ok(Happened::AtDesk)
}

/// The delegation gets another unit, or loses one.
fn grow(world: &mut World, chance: &mut Chance) -> Result<Happened> {
    let by = 1;
    let mut units = std::collections::BTreeSet::from([unit(0)]);
    if chance.below(3) > 0 {
        units.insert(unit(1));
    }
    let act = RosterAct::DelegationSet {
        delegation: delegation(),
        campaign: uuid::Uuid::from_u128(0xca),
        number: 1,
        units,
        asked: None,
    };
    ask(world, by, act)
}

/// Not the two desks: then nobody could ask for anything any more.
fn revoke(world: &mut World, chance: &mut Chance) -> Result<Happened> {
    let whom = 3 + chance.below(4) as usize;
    let device = world.players[whom].device()?.author().device();
    let act = RosterAct::Revoked {
        device,
        reason: "Mất máy".to_owned(),
        cuts: Vec::new(),
        asked: None,
    };
    ask(world, 0, act)
}

fn ask(world: &mut World, by: usize, act: RosterAct) -> Result<Happened> {
    let scope = Scope::roster(world.province);
    let went = world.players[by].attempt(|device| device.enter(&[Write::Act { scope, act }]))?;
    match went {
        Went::Through(Ok(written)) => world.players[by].saved.extend(written.entries),
        Went::Through(Err(problem)) if may_not_write(&problem.code) => {}
        Went::Through(Err(problem)) => return Err(anyhow!("asking ended with {problem:?}")),
        Went::Crashed => {}
    }
    Ok(Happened::To(by))
}
