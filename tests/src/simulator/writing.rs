//! What people write: records of their part, photos beside them, acts for the roster.

use anyhow::{Result, anyhow};
use cotmoc_core::access::RosterAct;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Write, crash_after};
use serde_json::json;

use super::cast::{World, delegation, unit};
use super::event::Happened;
use super::player::{Part, Went};
use crate::bench::workload::Chance;
use crate::photo::noise;

/// Records that a scope's devices share, so that they edit the same ones.
const SHARED: u64 = 4;
/// Photos of a life: few enough that several devices add the same one.
const PHOTOS: u64 = 12;

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

fn record_of(scope: &Scope, kind: RecordKind, number: &[u8]) -> RecordId {
    RecordId::derived("simulated", &[&[kind.code()], &scope.encode(), number])
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

pub(super) fn edit(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let part = world.players[who].part;
    let mut writes = Vec::new();
    for _ in 0..=chance.below(2) {
        let (scope, kind, number) = scope_and_record(world, part, chance);
        writes.push(Write::Edit {
            scope,
            record: record_of(&scope, kind, &number),
            kind,
            edits: edits(kind, chance),
        });
    }
    if chance.below(20) == 0 {
        crash_after(Some(chance.below(2) as u32));
    }
    enter(world, who, &writes)
}

/// Writes, and keeps in mind what was confirmed.
fn enter(world: &mut World, who: usize, writes: &[Write]) -> Result<Happened> {
    let went = world.players[who].attempt(|device| device.enter(writes));
    crash_after(None);
    match went? {
        Went::Through(Ok(written)) => world.players[who].saved.extend(written.entries),
        Went::Through(Err(problem)) if may_not_write(&problem.code) => {}
        Went::Through(Err(problem)) => return Err(anyhow!("writing ended with {problem:?}")),
        Went::Crashed => {}
    }
    Ok(Happened::To(who))
}

/// Revoked, gone back to a time before its grant, or its log is frozen by a fork.
fn may_not_write(code: &str) -> bool {
    matches!(code, "device_revoked" | "not_enrolled" | "log_forked")
}

/// A photo as evidence, beside a record that is here.
pub(super) fn photograph(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let (scope, kind, number) = scope_and_record(world, world.players[who].part, chance);
    if !matches!(kind, RecordKind::Registration | RecordKind::Findings) {
        return Ok(Happened::To(who));
    }
    let record = record_of(&scope, kind, &number);
    let number = chance.below(PHOTOS);
    // One in six needs several chunks.
    let side = if number.is_multiple_of(6) { 320 } else { 24 };
    let bytes = noise(number as u32, side);
    if world.players[who].device()?.ledger().record(record)?.is_none() {
        return Ok(Happened::To(who));
    }
    if chance.below(10) == 0 {
        crash_after(Some(chance.below(4) as u32));
    }
    let went = world.players[who].attempt(|device| device.add_photo((scope, record, kind), &bytes));
    crash_after(None);
    match went? {
        Went::Through(Ok(blobs)) => world.players[who].photos.extend(blobs),
        Went::Through(Err(problem)) if may_not_write(&problem.code) || problem.code == "no_record" => {}
        Went::Through(Err(problem)) => return Err(anyhow!("a photo ended with {problem:?}")),
        Went::Crashed => {}
    }
    Ok(Happened::To(who))
}

/// The delegation gets another unit, or loses one.
pub(super) fn grow(world: &mut World, chance: &mut Chance) -> Result<Happened> {
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
    ask(world, 1, act)
}

/// Not the two desks: then nobody could ask for anything any more.
pub(super) fn revoke(world: &mut World, chance: &mut Chance) -> Result<Happened> {
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
    enter(world, by, &[Write::Act { scope, act }])
}

/// The administrator chooses which branch of a fork counts.
pub(super) fn settle(world: &mut World, chance: &mut Chance) -> Result<Happened> {
    let by = 0;
    let went = world.players[by].attempt(|device| -> Result<(), cotmoc_device::contract::Problem> {
        let list = device.call("forks.list", serde_json::Value::Null)?;
        let open = list["forks"].as_array().into_iter().flatten();
        let open = open.filter(|fork| fork["settled"].is_null() && fork["is_pending"] == false);
        for fork in open {
            let branches = fork["branches"].as_array().map_or(&[][..], Vec::as_slice);
            let Some(keep) = branches.get(chance.below(branches.len().max(1) as u64) as usize) else {
                continue;
            };
            device.call(
                "forks.settle",
                json!({ "log": fork["log"], "keep": keep["entry"] }),
            )?;
        }
        Ok(())
    })?;
    match went {
        Went::Through(Err(problem)) if !may_not_write(&problem.code) && problem.code != "role_may_not" => {
            Err(anyhow!("settling ended with {problem:?}"))
        }
        _ => Ok(Happened::To(by)),
    }
}
