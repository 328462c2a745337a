//! Carried bundles go on to the province over the network, at the end of an exchange, when nothing of this device's
//! own waits.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cotmoc_core::exchange::{CarriedAnswer, ParcelClaim, carried_header, carried_name};
use cotmoc_ledger::LedgerError;
use cotmoc_ledger::bundle::BundlePart;
use serde::{Deserialize, Serialize};

use super::{Teller, carried, recipients};
use crate::contract::Problem;
use crate::contract::sticks::CarriedSent;
use crate::device::Device;
use crate::store::remote::Remote;
use crate::sync::{Link, LinkFailure};

const SENT: &str = "stick.sent_on";
/// So many files that were sent on are remembered, to be shown.
const REMEMBERED: usize = 20;
/// One exchange spends no longer on what others wrote.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Work in a `DeviceEvent::Progress`.
const WORK: &str = "carried_send";

/// A file that was sent on, or that the province does not want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentOn {
    part: String,
    shown: CarriedSent,
}

/// How sending a file ended.
enum Sent {
    Arrived,
    Refused(String),
    /// The rest, or what the province waits for, another time.
    Later,
}

/// Sends carried files of at most `largest` bytes on that the province can read, `piece` bytes at a time. One that the province has taken in is
/// carried no more; of any other the next exchange goes on where this one ends.
///
/// # Errors
/// When the store fails, or the link does.
pub(crate) fn send_on(
    device: &Device,
    remote: &Remote,
    link: &mut dyn Link,
    (piece, largest): (u64, u64),
) -> Result<(), LinkFailure> {
    let until = link.now() + LONGEST;
    for (path, part) in carried::kept(device) {
        if device.stop_exchange.load(Ordering::Relaxed) || link.now() > until {
            break;
        }
        let is_for_province =
            part.header.province == remote.province && part.header.recipients.contains(&remote.authority);
        if !is_for_province || part.bytes > largest || is_refused(device, &part)? {
            continue;
        }
        let problem = match send(device, link, (&path, &part), piece, until)? {
            Sent::Later => continue,
            Sent::Arrived => None,
            Sent::Refused(code) => Some(code),
        };
        if problem.is_none() {
            carried::remove(&path);
        }
        note(device, &path, &part, problem)?;
    }
    Ok(())
}

fn send(
    device: &Device,
    link: &mut dyn Link,
    (path, part): (&Path, &BundlePart),
    piece: u64,
    until: Duration,
) -> Result<Sent, LinkFailure> {
    let named = (part.header.id.0, part.header.number);
    let claim = ParcelClaim::sign_hash(&device.author.current().key, carried_name(named), part.bytes);
    let stop = &device.stop_exchange;
    let began_at = device.ledger.arrival().map_err(Problem::from)?.position;
    let mut told = Teller::new(&device.events);
    let mut answer = link.bundle(Vec::new(), &carried_header(0, &claim, named), stop)?;
    let mut here = None;
    loop {
        match answer {
            CarriedAnswer::Taken => return Ok(Sent::Arrived),
            CarriedAnswer::Refused(code) => return Ok(Sent::Refused(code)),
            // It does not grow: whole, and waiting there, or the server keeps nothing.
            CarriedAnswer::Here(now) if now >= part.bytes || here.is_some_and(|before| now <= before) => {
                return Ok(Sent::Later);
            }
            CarriedAnswer::Here(now) => here = Some(now),
        }
        let from = here.unwrap_or(0);
        told.tell(WORK, from, Some(part.bytes));
        let own_work = device.ledger.arrival().map_err(Problem::from)?.position != began_at;
        if own_work || stop.load(Ordering::Relaxed) || link.now() > until {
            return Ok(Sent::Later);
        }
        let bytes = read(path, from, piece.min(part.bytes - from)).map_err(Problem::from)?;
        answer = link.bundle(bytes, &carried_header(from, &claim, named), stop)?;
    }
}

fn read(path: &Path, from: u64, bytes: u64) -> Result<Vec<u8>, LedgerError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut piece = Vec::new();
    file.take(bytes).read_to_end(&mut piece)?;
    Ok(piece)
}

fn remembered(device: &Device) -> Result<Vec<SentOn>, LedgerError> {
    let kept = device.ledger.meta(SENT)?;
    Ok(kept
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

fn is_refused(device: &Device, part: &BundlePart) -> Result<bool, Problem> {
    let name = carried::name_of(&part.header);
    let remembered = remembered(device)?;
    Ok(remembered
        .iter()
        .any(|one| one.part == name && one.shown.problem.is_some()))
}

fn note(device: &Device, path: &Path, part: &BundlePart, problem: Option<String>) -> Result<(), Problem> {
    let name = carried::name_of(&part.header);
    let mut remembered = remembered(device)?;
    remembered.retain(|one| one.part != name);
    let file = path.file_name().unwrap_or_default();
    let shown = CarriedSent {
        name: file.to_string_lossy().into_owned(),
        bytes: part.bytes,
        sender: recipients::name_of(device, &part.header.sender),
        at: device.now(),
        problem,
    };
    remembered.insert(0, SentOn { part: name, shown });
    remembered.truncate(REMEMBERED);
    let bytes = serde_json::to_vec(&remembered).unwrap_or_default();
    Ok(device.ledger.set_meta(SENT, &bytes)?)
}

/// What was sent on, the newest first, for a person.
pub(super) fn sent_on(device: &Device) -> Vec<CarriedSent> {
    let remembered = remembered(device).unwrap_or_default();
    remembered.into_iter().map(|one| one.shown).collect()
}
