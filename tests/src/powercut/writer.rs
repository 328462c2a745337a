//! What the writers do until they are stopped.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Author, Ledger, LedgerError, Write};
use serde_json::json;
use uuid::Uuid;

use super::Side;
use super::scene::{device, join, open, pack_path, province, read_pack, unit_scope};

/// Begins a line that acknowledges; what follows says how far.
pub const ACK: &str = "ack ";
/// Transactions or packs of a writer whose power is cut.
pub(super) const WORK_FOR_CUTS: u64 = 900;
/// More than a writer can do before it is killed.
pub(super) const WORK_FOR_KILLS: u64 = 1_000_000;
/// Registrations among which the edits go round.
const RECORDS: u64 = 12;

/// Command line of a writer.
pub(super) fn arguments(side: Side, folder: &Path, scene: &Path, work: u64) -> [OsString; 4] {
    let side = match side {
        Side::Device => "device",
        Side::Server => "server",
    };
    [side.into(), folder.into(), scene.into(), work.to_string().into()]
}

/// Runs a writer with [`arguments`] as its command line.
///
/// # Errors
/// When the command line is another, or the store refuses.
pub fn run(arguments: &[String]) -> Result<()> {
    let [side, folder, scene, work] = arguments else {
        bail!("power-writer device|server FOLDER SCENE WORK")
    };
    let (folder, scene, work) = (Path::new(folder), Path::new(scene), work.parse()?);
    match side.as_str() {
        "device" => save_edits(folder, scene, work),
        "server" => take_packs(folder, scene, work),
        other => bail!("no such writer: {other}"),
    }
}

fn save_edits(folder: &Path, scene: &Path, work: u64) -> Result<()> {
    let ledger = open(folder)?;
    join(&ledger, scene)?;
    let author = device(1);
    for _ in 0..work {
        let (seq, hash) = write_next(&ledger, &author, unit_scope(1), 0)?;
        acknowledge(&format!("{seq} {hash}"))?;
    }
    Ok(())
}

fn take_packs(folder: &Path, scene: &Path, work: u64) -> Result<()> {
    let ledger = open(folder)?;
    join(&ledger, scene)?;
    for number in 1..=usize::try_from(work)? {
        let path = pack_path(scene, number);
        if !path.exists() {
            break;
        }
        ledger.receive(&read_pack(&path)?)?;
        acknowledge(&number.to_string())?;
    }
    Ok(())
}

/// One line in one call of `write`, after what it says is durable.
fn acknowledge(what: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{ACK}{what}\n").as_bytes())?;
    output.flush()
}

/// How many entries the transaction after this head has: now and then several records at once.
pub(super) fn entries_after(head: u64) -> u64 {
    if head % 7 == 3 { 3 } else { 1 }
}

/// The next transaction of a device; says the head of its log after it.
pub(super) fn write_next(
    ledger: &Ledger,
    author: &Author,
    scope: Scope,
    now: i64,
) -> Result<(u64, cotmoc_core::id::Hash32), LedgerError> {
    let heads = ledger.heads_of(author.device(), author.incarnation)?;
    let head = heads.first().map_or(0, |(_, seq, _)| *seq);
    let writes: Vec<Write> = (0..entries_after(head))
        .map(|offset| edit(author, scope, head + 1 + offset))
        .collect();
    let written = ledger.write(author, now, &writes)?;
    let seq = head + written.entries.len() as u64;
    Ok((seq, written.entries.last().copied().unwrap_or_default()))
}

/// The edit that becomes the entry of this sequence.
fn edit(author: &Author, scope: Scope, seq: u64) -> Write {
    let id = Uuid::new_v5(
        &province().0,
        &[&author.device().0[..], &(seq % RECORDS).to_le_bytes()].concat(),
    );
    let mut edits = vec![Edit::line("name", format!("Mô hình thử nghiệm, sửa lần {seq}"))];
    match seq % 3 {
        0 => {
            let text = format!("Mỗi bản một cụm đèn, sửa lần {seq}. ").repeat(4);
            edits.push(Edit::Text {
                property: "goals",
                text,
            });
        }
        1 => {
            let figure = json!({"name": "Số hộ tham gia", "raw": format!("trên {seq}"), "unit": "hộ"});
            edits.push(Edit::put("figures", format!("{:02}", seq % 5), &figure));
        }
        _ => edits.push(Edit::int("year", seq as i64)),
    }
    Write::Edit {
        scope,
        record: RecordId(id),
        kind: RecordKind::Registration,
        edits,
    }
}
