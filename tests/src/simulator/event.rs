//! What people, machines and thieves do, one event after another.

use anyhow::{Result, anyhow};
use cotmoc_ledger::crash_after;

use super::cast::{NEWCOMER, World, request_of};
use super::forging::forge;
use super::link::{Weather, arrive_late};
use super::player::Went;
use super::stick::{carry, carry_to_desk};
use super::table::meet;
use super::writing::{edit, grow, photograph, revoke, settle};
use crate::bench::workload::Chance;

const YEAR: i64 = 365 * 86_400_000;
/// Most copies of folders that go on on a machine of their own.
const COPIES: usize = 2;

/// What happened to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// A device wrote or read.
    To(usize),
    /// Two devices, by a stick or at a table.
    Between(usize, usize),
    /// The server.
    AtDesk,
}

/// One event.
pub(super) fn happen(world: &mut World, chance: &mut Chance) -> Result<Happened> {
    let who = chance.below(world.players.len() as u64) as usize;
    if !world.players[who].enrolled {
        return match chance.below(3) {
            0 => enrol(world, who, chance),
            _ => Ok(Happened::To(who)),
        };
    }
    match chance.below(1_000) {
        0..=429 => edit(world, who, chance),
        430..=454 => photograph(world, who, chance),
        455..=799 => exchange(world, who, chance),
        800..=834 => carry(world, who, chance),
        835..=849 => carry_to_desk(world, who, chance),
        850..=889 => meet(world, who, chance),
        890..=904 => {
            arrive_late(&mut world.desk, &mut world.underway)?;
            Ok(Happened::AtDesk)
        }
        905..=924 => {
            let jump = chance.below(20) as i64 - 10;
            world.players[who].ahead = jump * YEAR + chance.below(1_000_000) as i64;
            Ok(Happened::To(who))
        }
        925..=939 => {
            world.players[who].stop();
            Ok(Happened::To(who))
        }
        940..=946 => {
            world.desk.stop();
            Ok(Happened::AtDesk)
        }
        947..=954 => forge(world, who, chance),
        955..=960 => grow(world, chance),
        961..=965 => {
            let copy = world.desk.back_up()?;
            world.backups.push(copy);
            Ok(Happened::AtDesk)
        }
        966..=969 => restore_desk(world, chance),
        970..=979 => {
            world.players[who].take_image(chance.below(2) == 0)?;
            Ok(Happened::To(who))
        }
        980..=987 => {
            // Of the two desks there is one each; who restores them is asked in `sync-server restore`.
            world.players[who].put_image_back()?;
            Ok(Happened::To(who))
        }
        988..=989 => copy(world, who),
        990..=996 => settle(world, chance),
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

pub(super) fn weather(chance: &mut Chance) -> Weather {
    Weather {
        trouble: [0, 10, 30, 60][chance.below(4) as usize],
        rate: 1_000 << chance.below(10),
    }
}

pub(super) fn maybe_crash(chance: &mut Chance) {
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
pub(super) fn may_fail(code: &str) -> Result<()> {
    match code {
        "server_unreachable"
        | "hub_unreachable"
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

fn restore_desk(world: &mut World, chance: &mut Chance) -> Result<Happened> {
    if !world.backups.is_empty() {
        let at = chance.below(world.backups.len() as u64) as usize;
        let with_photos = chance.below(2) == 0;
        world.desk.restore(&world.backups[at], with_photos)?;
    }
    Ok(Happened::AtDesk)
}

/// A folder is copied to a second machine, and both go on.
fn copy(world: &mut World, who: usize) -> Result<Happened> {
    let number = world.players.len();
    if number < super::cast::DEVICES + COPIES {
        let name = format!("{}-copy-{number}", world.players[who].name);
        let home = world.folder.join(&name);
        let copied = world.players[who].copied(&name, home)?;
        copied.watch.set(world.now);
        world.players.push(copied);
    }
    Ok(Happened::To(who))
}
