//! What is found in a folder after the power came back or the process was killed.

use std::path::Path;

use anyhow::{Context, Result};
use cotmoc_core::id::Hash32;
use cotmoc_ledger::{Ledger, LedgerError, WaitingCounts};

use super::Side;
use super::scene::{Heads, Scene, device, open};
use super::writer::entries_after;

/// The comparison of a folder with the last acknowledgement.
#[derive(Debug, Default)]
pub(super) struct Finding {
    /// Acknowledged transactions or packs that are not there.
    pub lost: u64,
    /// A transaction is there in part, or a record is not what its entries make.
    pub half: bool,
    /// The folder does not open.
    pub unreadable: bool,
    /// In words, when something is wrong.
    pub why: Option<String>,
}

/// Opens the folder as the program does and compares it with what was acknowledged.
///
/// # Errors
/// When the acknowledgement cannot be read: a fault of the harness.
pub(super) fn inspect(folder: &Path, scene: &Scene, side: Side, last_ack: Option<&str>) -> Result<Finding> {
    let acked = Acked::read(side, last_ack)?;
    let ledger = match open(folder) {
        Ok(ledger) => ledger,
        Err(error) => {
            let why = Some(format!("does not open: {error}"));
            return Ok(Finding {
                lost: acked.number,
                unreadable: true,
                why,
                ..Finding::default()
            });
        }
    };
    let look = || match side {
        Side::Device => look_at_device(&ledger, &acked),
        Side::Server => look_at_server(&ledger, scene, &acked),
    };
    Ok(look().unwrap_or_else(|error| Finding {
        half: true,
        why: Some(format!("cannot be read: {error}")),
        ..Finding::default()
    }))
}

/// How far the writer said it had come.
#[derive(Debug, Default)]
struct Acked {
    /// Sequence of the device's last entry, or number of the server's last pack.
    number: u64,
    /// Hash of the device's last entry.
    hash: Option<Hash32>,
}

impl Acked {
    fn read(side: Side, line: Option<&str>) -> Result<Self> {
        let Some(line) = line else {
            return Ok(Self::default());
        };
        let mut words = line.split_whitespace();
        let number = words.next().context("a number")?.parse()?;
        let hash = match side {
            Side::Device => Some(words.next().and_then(Hash32::from_hex).context("a hash")?),
            Side::Server => None,
        };
        Ok(Self { number, hash })
    }
}

fn look_at_device(ledger: &Ledger, acked: &Acked) -> Result<Finding, LedgerError> {
    let author = device(1);
    let heads = ledger.heads_of(author.device(), author.incarnation)?;
    let head = heads.first().map_or(0, |(_, seq, _)| *seq);
    let mut finding = Finding {
        lost: acked.number.saturating_sub(head),
        ..Finding::default()
    };
    if finding.lost == 0
        && let (Some((log, ..)), Some(hash)) = (heads.first(), acked.hash)
        && ledger.hash_at(log, acked.number)? != Some(hash)
    {
        finding.lost = 1;
    }
    let mut boundary = 0;
    while boundary < head {
        boundary += entries_after(boundary);
    }
    finding.half = boundary != head;
    finding.say(&format!("acknowledged up to {}, found {head}", acked.number));
    if head > 0 {
        // Every entry comes out with its hash, chained to the one before.
        let heads = ledger.heads_of(author.device(), author.incarnation)?;
        let logs: Vec<_> = heads.into_iter().map(|(log, _, _)| (log, 0)).collect();
        let sent = ledger.rest_of(&logs, u64::MAX, cotmoc_ledger::SetAsideGoes::Whole)?;
        finding.wrong(sent.pack.entries() as u64 != head, "the log has a gap");
    }
    compare_with_rebuild(ledger, &mut finding)?;
    Ok(finding)
}

fn look_at_server(ledger: &Ledger, scene: &Scene, acked: &Acked) -> Result<Finding, LedgerError> {
    let mut held = Heads::new();
    for (log, _) in scene.steps.last().into_iter().flatten() {
        for (log, seq, hash) in ledger.heads_of(log.device, log.incarnation)? {
            held.insert(log, (seq, hash));
        }
    }
    let mut finding = Finding::default();
    match scene.steps.iter().position(|heads| *heads == held) {
        Some(step) => {
            finding.lost = acked.number.saturating_sub(step as u64);
            finding.say(&format!(
                "acknowledged up to pack {}, found up to {step}",
                acked.number
            ));
        }
        None => {
            let is_held = |heads: &Heads| {
                heads
                    .iter()
                    .all(|(log, (seq, _))| held.get(log).is_some_and(|(held, _)| held >= seq))
            };
            let whole = scene.steps.iter().take_while(|heads| is_held(heads)).count() as u64 - 1;
            finding.lost = acked.number.saturating_sub(whole);
            finding.wrong(true, "a pack is there in part");
        }
    }
    compare_with_rebuild(ledger, &mut finding)?;
    Ok(finding)
}

/// Every record is what its entries make of it, and nothing was left waiting.
fn compare_with_rebuild(ledger: &Ledger, finding: &mut Finding) -> Result<(), LedgerError> {
    let before = ledger.all_states_hash()?;
    let rebuilt = ledger.rebuild(|_, _| {})?;
    finding.wrong(
        rebuilt.changed > 0 || rebuilt.state_hash != before,
        "a record differs from its entries",
    );
    finding.wrong(
        ledger.waiting_counts()? != WaitingCounts::default(),
        "something waits or is set aside",
    );
    Ok(())
}

impl Finding {
    fn wrong(&mut self, wrong: bool, why: &str) {
        if wrong {
            self.half = true;
            self.say(why);
        }
    }

    fn say(&mut self, why: &str) {
        if self.lost > 0 || self.half {
            self.why.get_or_insert_with(|| why.to_owned());
        }
    }
}
