//! What the writers work on: a province's roster, and packs of three devices for the server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use cotmoc_core::access::{Holder, Role, RosterAct};
use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::Pack;
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Incarnation, LogId, Scope, SigningKey};
use cotmoc_core::org::UnitId;
use cotmoc_ledger::{
    Author, Folder, GauntletProgram, Ledger, LedgerError, NoIndex, SetAsideGoes, Unlock, Write,
};
use uuid::Uuid;

use super::writer::write_next;
use super::{scratch, writer_program};

/// Devices whose packs the server takes in.
const DEVICES: u8 = 3;
/// Packs for the server.
const PACKS: usize = 200;
const CLAIMED_AT: i64 = 1_764_000_000_000;

/// Heads of the logs that the packs grow.
pub(super) type Heads = BTreeMap<LogId, (u64, Hash32)>;

/// The files a writer needs, and what it must come to.
#[derive(Debug)]
pub(super) struct Scene {
    folder: tempfile::TempDir,
    /// Heads after each pack; first of all, before any.
    pub steps: Vec<Heads>,
}

pub(super) fn province() -> ProvinceId {
    ProvinceId(Uuid::from_u128(0x84))
}

/// The device that writes in a unit of its own.
pub(super) fn device(number: u8) -> Author {
    Author {
        key: SigningKey::from_seed(&[number; 32]),
        incarnation: Incarnation(u64::from(number)),
    }
}

pub(super) fn unit_scope(number: u8) -> Scope {
    Scope::unit(province(), UnitId(Uuid::from_u128(u128::from(number))))
}

fn authority() -> Author {
    device(250)
}

/// Opens a folder as a store of the province.
pub(super) fn open(folder: &Path) -> Result<Ledger, LedgerError> {
    let program = GauntletProgram {
        executable: writer_program().map_err(|error| LedgerError::Gauntlet(error.to_string()))?,
    };
    Ledger::open(
        Folder::open(folder, Unlock::default())?,
        Arc::new(NoIndex),
        program,
    )
}

/// Takes part in the province, when the store does not yet.
pub(super) fn join(ledger: &Ledger, scene: &Path) -> Result<()> {
    ledger.join_province(province(), authority().device())?;
    ledger.receive(&read_pack(&scene.join("roster.pack"))?)?;
    Ok(())
}

pub(super) fn read_pack(path: &Path) -> Result<Pack> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(Pack::read(&mut Reader::new(&bytes))?)
}

fn write_pack(path: &Path, pack: &Pack) -> Result<()> {
    let mut writer = Writer::new();
    pack.write(&mut writer);
    Ok(std::fs::write(path, writer.finish())?)
}

/// The pack of a number, from 1.
pub(super) fn pack_path(scene: &Path, number: usize) -> PathBuf {
    scene.join(format!("{number:04}.pack"))
}

impl Scene {
    /// Makes the files in a folder of their own.
    pub fn prepare() -> Result<Self> {
        let mut scene = Self {
            folder: scratch()?,
            steps: vec![Heads::new()],
        };
        enrol(scene.path())?;
        scene.write_packs()?;
        Ok(scene)
    }

    /// Where the files are.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Small packs of one device after the other, some of two devices at once.
    fn write_packs(&mut self) -> Result<()> {
        let mut devices = Vec::new();
        for number in 1..=DEVICES {
            let place = scratch()?;
            let ledger = open(place.path())?;
            join(&ledger, self.path())?;
            devices.push((number, place, ledger));
        }
        let mut heads = Heads::new();
        for number in 1..=PACKS {
            let mut pack = Pack::default();
            for turn in 0..=usize::from(number % 4 == 0) {
                let (device_number, _, ledger) = &devices[(number + turn) % devices.len()];
                let author = device(*device_number);
                for _ in 0..=number % 3 {
                    write_next(ledger, &author, unit_scope(*device_number), number as i64)?;
                }
                let log = (author.device(), author.incarnation);
                add(&mut pack, everything_after(ledger, &author, &heads)?);
                for (log, seq, hash) in ledger.heads_of(log.0, log.1)? {
                    heads.insert(log, (seq, hash));
                }
            }
            write_pack(&pack_path(self.path(), number), &pack)?;
            self.steps.push(heads.clone());
        }
        Ok(())
    }
}

/// Joins two packs of different devices.
fn add(pack: &mut Pack, mut more: Pack) {
    let shift = pack.records.len();
    for item in more.runs.iter_mut().flat_map(|run| &mut run.items) {
        if let cotmoc_core::exchange::Item::Entry { record, .. } = item {
            *record += shift;
        }
    }
    pack.records.append(&mut more.records);
    pack.runs.append(&mut more.runs);
}

/// Founds the province, enrols the devices and keeps the roster as a pack.
fn enrol(scene: &Path) -> Result<()> {
    let place = scratch()?;
    let ledger = open(place.path())?;
    let authority = authority();
    ledger.join_province(province(), authority.device())?;
    let scope = Scope::roster(province());
    let root_unit = UnitId(Uuid::from_u128(1));
    let mut acts = vec![RosterAct::Founded {
        province: province(),
        name: "Tỉnh thử nghiệm".into(),
        root_unit,
    }];
    for number in 1..=DEVICES {
        let invitation = Hash32::of("cotmoc test invitation", &[number]);
        acts.push(RosterAct::Invited {
            invitation,
            role: Role::Post,
            holder: Holder::Unit(UnitId(Uuid::from_u128(u128::from(number)))),
            holder_name: format!("Đồn thử nghiệm {number}"),
            expires_at: CLAIMED_AT + 1,
            asked: None,
        });
        acts.push(RosterAct::Granted {
            device: device(number).device(),
            label: "máy thử nghiệm".into(),
            invitation,
        });
    }
    let writes: Vec<Write> = acts.into_iter().map(|act| Write::Act { scope, act }).collect();
    ledger.write(&authority, CLAIMED_AT, &writes)?;
    write_pack(
        &scene.join("roster.pack"),
        &everything_after(&ledger, &authority, &Heads::new())?,
    )
}

/// What an author has written after these heads.
fn everything_after(ledger: &Ledger, author: &Author, heads: &Heads) -> Result<Pack> {
    let logs: Vec<_> = ledger
        .heads_of(author.device(), author.incarnation)?
        .into_iter()
        .map(|(log, _, _)| (log, heads.get(&log).map_or(0, |(seq, _)| *seq)))
        .collect();
    Ok(ledger.rest_of(&logs, u64::MAX, SetAsideGoes::Whole)?.pack)
}
