//! Reading: every file is checked whole before anything of it is taken in; what is for others is carried on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cotmoc_core::exchange::Holds;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::bundle::{self, BundleError, BundlePart, check, is_bundle_name};

use super::carried::{keep, note_arrived};
use super::taking::{Brought, knows_sender, note_sender_holds, take};
use super::{file_of, unread, watch};
use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::contract::sticks::{StickFile, StickFiles, StickImported, StickPaths, StickStanding};
use crate::device::Device;
use crate::store::list_indexes::Intake;
use crate::store::remote::Remote;

/// Most files of one import.
const MOST_FILES: usize = 1_000;
/// Bundles of one import whose first frame is kept in mind until their other parts are here.
const MOST_HOLDS: usize = 8;

/// What an import has brought so far.
struct Import<'a> {
    device: &'a Device,
    remote: Remote,
    answer: StickImported,
    records: BTreeSet<RecordId>,
    holds: Vec<(DeviceKey, Holds)>,
    intake: Intake<'a>,
}

/// Takes files in.
pub(crate) fn import(device: &Device, request: &StickPaths) -> Result<StickImported, Problem> {
    let _one_at_a_time = device.sticks.begin()?;
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let mut import = Import {
        device,
        remote,
        answer: StickImported {
            files: Vec::new(),
            entries: 0,
            records: 0,
            confirmed: 0,
            photos: 0,
            stopped: false,
        },
        records: BTreeSet::new(),
        holds: Vec::new(),
        intake: Intake::begin(&device.ledger, &device.indexes_away),
    };
    let taken = import.files(files(&request.paths)?);
    import.intake.end();
    // What was taken in before a fault is shown on every screen.
    import.tell()?;
    taken?;
    import.answer.records = import.records.len() as u64;
    Ok(import.answer)
}

type Looked = Result<BundlePart, BundleError>;

/// Parts in the order in which they were made, files that are none at the end.
fn in_order(paths: Vec<PathBuf>) -> Vec<(PathBuf, Looked)> {
    let looked = paths.into_iter().map(|path| {
        let looked = bundle::inspect(&path);
        (path, looked)
    });
    let mut files: Vec<(PathBuf, Looked)> = looked.collect();
    files.sort_by_key(|(path, looked)| {
        let order = looked
            .as_ref()
            .ok()
            .map(|part| (part.header.claimed_at, part.header.id, part.header.number));
        (order.is_none(), order, path.clone())
    });
    files
}

impl Import<'_> {
    fn files(&mut self, paths: Vec<PathBuf>) -> Result<(), Problem> {
        for (path, looked) in in_order(paths) {
            let file = self.file(&path, looked)?;
            self.answer.files.push(file);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, looked: Looked) -> Result<StickFile, Problem> {
        if self.device.sticks.is_stopped() {
            self.answer.stopped = true;
            return Ok(self.shown(path, looked.ok().as_ref(), StickStanding::Stopped));
        }
        let part = match looked {
            Ok(part) => part,
            Err(error) => return Ok(unread(path, standing_of(&error))),
        };
        let standing = match self.part(path, &part) {
            Ok(standing) => standing,
            Err(Fault::Bundle(BundleError::Stopped)) => {
                self.answer.stopped = true;
                StickStanding::Stopped
            }
            Err(Fault::Bundle(error)) => standing_of(&error),
            Err(Fault::Device(problem)) => return Err(problem),
        };
        Ok(self.shown(path, Some(&part), standing))
    }

    fn shown(&self, path: &Path, part: Option<&BundlePart>, standing: StickStanding) -> StickFile {
        match part {
            Some(part) => file_of(self.device, path, part, standing),
            None => unread(path, standing),
        }
    }

    fn part(&mut self, path: &Path, part: &BundlePart) -> Result<StickStanding, Fault> {
        let (device, header) = (self.device, &part.header);
        let me = device.author.device();
        if header.province != self.remote.province {
            return Ok(StickStanding::NotForUs);
        }
        // All of it before any of it: "nothing was imported" has to be true.
        check(path, &mut watch(device)).map_err(Fault::Bundle)?;
        if header.sender == me {
            return Ok(StickStanding::Own);
        }
        if !header.recipients.contains(&me) {
            let kept = keep(device, path, part, &mut watch(device)).map_err(Fault::Bundle)?;
            note_arrived(device, header, &self.remote.authority).map_err(Problem::from)?;
            return Ok(match kept {
                true => StickStanding::Carried,
                false => StickStanding::NotForUs,
            });
        }
        if !knows_sender(device, &self.remote, path, &header.sender)? {
            return Ok(StickStanding::UnknownSender);
        }
        note_arrived(device, header, &self.remote.authority).map_err(Problem::from)?;
        let mut brought = Brought::default();
        let taken = take(device, &self.remote, path, &mut self.intake, &mut brought);
        self.answer.entries += brought.entries;
        self.answer.confirmed += brought.confirmed;
        self.answer.photos += brought.photos;
        self.records.extend(brought.records);
        taken?;
        if let Some(holds) = brought.holds {
            self.holds.insert(0, (header.sender, holds));
            self.holds.truncate(MOST_HOLDS);
        }
        if brought.stopped {
            self.answer.stopped = true;
            return Ok(StickStanding::Stopped);
        }
        // Also those of earlier parts: with this one, more of it may be here.
        for (sender, holds) in &self.holds {
            note_sender_holds(device, &self.remote, sender, holds)?;
        }
        if !brought.is_to_come_again {
            let part = (header.id.0, header.number);
            device.ledger.note_part_taken(part).map_err(Problem::from)?;
        }
        Ok(match brought.is_news {
            true => StickStanding::Imported,
            false => StickStanding::NothingNew,
        })
    }

    fn tell(&self) -> Result<(), Problem> {
        self.device.reload_units()?;
        let records = match self.records.len() {
            0..=50 => self.records.iter().map(RecordId::to_string).collect(),
            _ => Vec::new(),
        };
        self.device.events.tell(&DeviceEvent::Changed {
            records,
            foreign: true,
        });
        Ok(())
    }
}

/// Why a part was not taken in: the file's fault is said of the file, and the others go on.
enum Fault {
    Bundle(BundleError),
    Device(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        // A part that changes or goes while it is read.
        match problem.code.as_str() {
            "stick_failed" => Self::Bundle(BundleError::Damaged("contents")),
            "stick_gone" | "stick_not_allowed" => Self::Bundle(BundleError::Gone(std::io::Error::from(
                std::io::ErrorKind::NotFound,
            ))),
            _ => Self::Device(problem),
        }
    }
}

fn standing_of(error: &BundleError) -> StickStanding {
    match error {
        BundleError::NotABundle => StickStanding::NotABundle,
        BundleError::Newer(_) => StickStanding::Newer,
        BundleError::NotForUs(_) => StickStanding::NotForUs,
        BundleError::Gone(_) | BundleError::NotAllowed | BundleError::Io(_) => StickStanding::Unreadable,
        _ => StickStanding::Damaged,
    }
}

/// What files are, without reading more than their headers.
pub(crate) fn inspect(device: &Device, request: &StickPaths) -> Result<StickFiles, Problem> {
    let me = device.author.device();
    let remote = device.remote()?;
    let shown = in_order(files(&request.paths)?)
        .into_iter()
        .map(|(path, looked)| match looked {
            Ok(part) => {
                let header = &part.header;
                let standing = match &remote {
                    Some(remote) if remote.province != header.province => StickStanding::NotForUs,
                    None => StickStanding::NotForUs,
                    _ if header.sender == me => StickStanding::Own,
                    _ if header.recipients.contains(&me) => StickStanding::Ready,
                    _ => StickStanding::Carried,
                };
                file_of(device, &path, &part, standing)
            }
            Err(error) => unread(&path, standing_of(&error)),
        });
    Ok(StickFiles {
        files: shown.collect(),
    })
}

/// The files that are meant: those named, and of a folder those with names of ours.
fn files(paths: &[String]) -> Result<Vec<PathBuf>, Problem> {
    let mut files = BTreeSet::new();
    for path in paths.iter().map(|path| PathBuf::from(path.trim())) {
        if !path.is_absolute() {
            return Err(Problem::new("bad_request").with("what", path.display()));
        }
        if !path.is_dir() {
            files.insert(path);
            continue;
        }
        let entries = fs::read_dir(&path).map_err(|error| Problem::from(BundleError::from(error)))?;
        let named = entries
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(is_bundle_name));
        files.extend(named.take(MOST_FILES).map(|entry| entry.path()));
    }
    if files.len() > MOST_FILES {
        return Err(Problem::new("bad_request").with("what", "too many files"));
    }
    Ok(files.into_iter().collect())
}
