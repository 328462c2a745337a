//! The province in which every simulation begins: founded once, then copied for each seed.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use cotmoc_core::access::{Holder, Role, RosterAct, invitation_hash};
use cotmoc_core::exchange::Invitation;
use cotmoc_core::id::{DelegationId, ProvinceId};
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::org::UnitId;
use cotmoc_device::contract::enrolment::Enrol;
use cotmoc_ledger::{Write, simulate, simulate_time};
use cotmoc_sync_server::PublicAddress;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::desk::Desk;
use super::link::{Far, Underway, Weather, Wire};
use super::player::{Part, Player, copy_folder};
use crate::bench::workload::Chance;

/// When every simulation begins: 2026-11-22, milliseconds since 1970.
pub(super) const BEGINS: i64 = 1_795_300_000_000;
const DAY: i64 = 86_400_000;
/// The last of the cast enrols in the middle of a simulation.
pub(super) const NEWCOMER: usize = 7;

/// Devices in the beginning.
pub(super) const DEVICES: usize = 8;

const CAST: [(&str, Part); DEVICES] = [
    ("administrator", Part::Administrator),
    ("compiler", Part::Compiler),
    ("post-a", Part::Post(0)),
    ("post-a-second", Part::Post(0)),
    ("post-b", Part::Post(1)),
    ("secretary", Part::Member(1)),
    ("member", Part::Member(2)),
    ("post-b-second", Part::Post(1)),
];

/// A unit by its number.
pub(super) fn unit(number: usize) -> UnitId {
    UnitId::from_slug(["don-mot", "don-hai", "don-ba"][number % 3])
}

/// The only delegation.
pub(super) fn delegation() -> DelegationId {
    DelegationId(Uuid::from_u128(0x0dee))
}

/// A province with its server, its devices and what is underway between them.
pub(super) struct World {
    pub desk: Desk,
    pub players: Vec<Player>,
    pub province: ProvinceId,
    pub authority: DeviceKey,
    pub newcomer: String,
    pub underway: Vec<Underway>,
    /// Copies of the server's store.
    pub backups: Vec<PathBuf>,
    /// The true time.
    pub now: i64,
    pub folder: PathBuf,
}

impl World {
    /// Sets all clocks.
    pub fn at(&mut self, now: i64) {
        self.now = now;
        simulate_time(now);
        for player in &self.players {
            player.watch.set(now.saturating_add(player.ahead));
        }
    }

    /// A run of the exchange of one device.
    pub fn with_wire<T>(
        &mut self,
        who: usize,
        chance: &mut Chance,
        weather: Weather,
        work: impl FnOnce(&cotmoc_device::Device, &mut Wire<'_>) -> T,
    ) -> Result<(super::player::Went<T>, u64)> {
        let mut wire = Wire {
            far: Far::Province(&mut self.desk),
            chance,
            underway: Some(&mut self.underway),
            weather,
            clock: std::time::Duration::ZERO,
            moved: 0,
        };
        let went = self.players[who].attempt(|device| work(device, &mut wire))?;
        Ok((went, wire.moved))
    }
}

/// A province from which simulations begin.
pub struct Template {
    folder: TempDir,
    province: ProvinceId,
    authority: DeviceKey,
    newcomer: String,
}

impl Template {
    /// Founds it, in memory where the system has a disk of memory.
    ///
    /// # Errors
    /// When a store cannot be made.
    pub fn found() -> Result<Self> {
        simulate(0xc07, BEGINS);
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => TempDir::with_prefix_in("cotmoc-sim-", memory)?,
            false => TempDir::with_prefix("cotmoc-sim-")?,
        };
        let home = folder.path().join("template");
        std::fs::create_dir(&home)?;
        let mut desk = Desk::of(home.join("server"));
        let address = PublicAddress {
            url: "https://simulated.example".to_owned(),
            tls_pin: [7; 32],
        };
        let founded = desk.state()?.found_province("Tỉnh mô phỏng", unit(2), &address)?;
        let mut world = World {
            desk,
            players: players(&home),
            province: founded.province,
            authority: founded.invitation.authority,
            newcomer: String::new(),
            underway: Vec::new(),
            backups: Vec::new(),
            now: BEGINS,
            folder: home,
        };
        world.at(BEGINS);
        let mut chance = Chance::new(1);
        world.enrol(0, &founded.invitation.to_text(), &mut chance)?;
        let delegation = RosterAct::DelegationSet {
            delegation: delegation(),
            campaign: Uuid::from_u128(0xca),
            number: 1,
            units: [unit(0)].into(),
            asked: None,
        };
        for who in 1..CAST.len() {
            let by = usize::from(who > 1);
            let (act, invitation) = invitation_for(&founded.invitation, who);
            let mut acts = vec![act];
            if who == 2 {
                acts.push(delegation.clone());
            }
            let scope = Scope::roster(founded.province);
            let writes: Vec<Write> = acts.into_iter().map(|act| Write::Act { scope, act }).collect();
            let device = world.players[by].device()?;
            let entered = device.enter(&writes);
            entered.map_err(|problem| anyhow!("inviting {who}: {problem:?}"))?;
            world.exchange(by, &mut chance)?;
            if who == NEWCOMER {
                world.newcomer = invitation.to_text();
            } else {
                world.enrol(who, &invitation.to_text(), &mut chance)?;
            }
        }
        for player in &mut world.players {
            player.stop();
        }
        world.desk.stop();
        Ok(Self {
            folder,
            province: world.province,
            authority: world.authority,
            newcomer: world.newcomer,
        })
    }

    /// A copy of it for one seed; its folder is to be removed by the caller.
    pub(super) fn copy(&self, seed: u64) -> Result<World> {
        simulate(seed, BEGINS);
        let folder = self.folder.path().join(format!("seed-{seed}"));
        copy_folder(&self.folder.path().join("template"), &folder)?;
        let mut players = players(&folder);
        players[NEWCOMER].enrolled = false;
        let mut world = World {
            desk: Desk::of(folder.join("server")),
            players,
            province: self.province,
            authority: self.authority,
            newcomer: self.newcomer.clone(),
            underway: Vec::new(),
            backups: Vec::new(),
            now: BEGINS,
            folder,
        };
        world.at(BEGINS + 60_000);
        Ok(world)
    }
}

fn players(home: &Path) -> Vec<Player> {
    let player = |(name, part): (&str, Part)| Player::of(name, part, home.join(name));
    CAST.into_iter().map(player).collect()
}

fn invitation_for(of: &Invitation, who: usize) -> (RosterAct, Invitation) {
    let (name, part) = CAST[who];
    let code = [who as u8; 16];
    let (role, holder, slot) = match part {
        Part::Administrator => (Role::Administrator, Holder::Province, 0),
        Part::Compiler => (Role::Compiler, Holder::Province, 0),
        Part::Post(number) => (Role::Post, Holder::Unit(unit(number)), 0),
        Part::Member(1) => (Role::Secretary, Holder::Delegation(delegation(), 1), 1),
        Part::Member(slot) => (Role::Member, Holder::Delegation(delegation(), slot), slot),
    };
    // The newcomer comes when it comes, also after a clock jumped.
    let expires_at = BEGINS + 20_000 * DAY;
    let act = RosterAct::Invited {
        invitation: invitation_hash(&code),
        role,
        holder,
        holder_name: name.to_owned(),
        expires_at,
        asked: None,
    };
    let invitation = Invitation {
        role,
        holder_name: name.to_owned(),
        slot,
        expires_at,
        code,
        ..of.clone()
    };
    (act, invitation)
}

impl World {
    fn enrol(&mut self, who: usize, invitation: &str, chance: &mut Chance) -> Result<()> {
        let request = request_of(invitation, &self.players[who].name);
        let enrolled = self.with_wire(who, chance, Weather::FINE, |device, wire| {
            device.enrol_through(&request, wire)
        })?;
        match enrolled.0 {
            super::player::Went::Through(Ok(())) => Ok(()),
            super::player::Went::Through(Err(problem)) => Err(anyhow!("enrolling {who}: {problem:?}")),
            super::player::Went::Crashed => Err(anyhow!("enrolling {who}: crashed")),
        }
    }

    /// A run over a link that nothing happens to. Gives the outcome as JSON.
    pub fn exchange(&mut self, who: usize, chance: &mut Chance) -> Result<Value> {
        self.exchange_at(who, chance, Weather::FINE.rate)
    }

    /// The same over a link of so many bytes a second.
    pub fn exchange_at(&mut self, who: usize, chance: &mut Chance, rate: u64) -> Result<Value> {
        let weather = Weather { trouble: 0, rate };
        let went = self.with_wire(who, chance, weather, |device, wire| device.exchange_through(wire))?;
        match went.0 {
            super::player::Went::Through(Ok(outcome)) => Ok(serde_json::to_value(outcome)?),
            super::player::Went::Through(Err(failure)) => {
                Err(anyhow!("{} exchanging: {failure:?}", self.players[who].name))
            }
            super::player::Went::Crashed => Err(anyhow!("crashed without being told to")),
        }
    }
}

/// What a person types to enrol.
pub(super) fn request_of(invitation: &str, name: &str) -> Enrol {
    Enrol {
        invitation: invitation.to_owned(),
        label: format!("Máy {name}"),
    }
}
