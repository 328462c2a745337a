//! The five commands of the peers' harness over the real server, device and ledger, so that its runner
//! measures this exchange beside the others: the same documents, the same twelve commits, its proxy.
//!
//! What differs is said in `docs/benchmarks.md`: devices are enrolled and hold the reference data before
//! anything is measured, and signatures, access checks, checking process and encryption are on.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{Figure, Submission};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::exchange::{count_written, write_all};
use super::server_process::{ServerProcess, processor_of_tree};
use super::workload::{Owner, write};
use crate::fleet::{Player, first_desks, invitation_by, unit};

/// The unit whose registrations are measured.
const UNIT: &str = "don-muong-lan";
/// The devices of the harness.
const DEVICES: [&str; 3] = ["a", "b", "c"];
/// Times a device tries until both sides hold the same.
const TRIES: usize = 3;

/// One document of the harness's workload: groups of operations, a commit each.
#[derive(Deserialize)]
struct Document {
    id: String,
    edits: Vec<Vec<Vec<Value>>>,
}

/// What later commands need to know of the province.
#[derive(Serialize, Deserialize)]
struct Kept {
    province: cotmoc_core::id::ProvinceId,
    cycle: uuid::Uuid,
}

impl Kept {
    fn owner(&self) -> Result<Owner> {
        Ok(Owner {
            province: self.province,
            unit: unit(UNIT).parse()?,
            cycle: self.cycle,
        })
    }

    fn beside(device: &Path) -> Result<Owner> {
        let text = std::fs::read_to_string(run_folder(device)?.join("province.json"))?;
        serde_json::from_str::<Self>(&text)?.owner()
    }
}

/// Founds the province in the run's folder, enrols the harness's three devices, and writes the workload as
/// the first one's, offline. `url` is the address at which the measured server will be reached.
///
/// # Errors
/// When the workload cannot be read or a program does not start.
pub fn create(device: &Path, url: &str, data: &Path, count: usize) -> Result<Value> {
    let run = run_folder(device)?;
    let listen = url.strip_prefix("http://").context("plain HTTP on loopback")?;
    let server = ServerProcess::plain(&run.join("S"), listen, url)?;
    let founding = server
        .founding
        .as_ref()
        .context("this run has a province already")?;
    let desks = run.join("desks");
    let (administrator, compiler) = first_desks(&desks, &server.founding_text()?, "scheme-son-la-2021")?;
    let cycle = compiler.call("cycles.list", Value::Null)["cycles"][0]["id"].clone();
    let kept = Kept {
        province: founding.province,
        cycle: serde_json::from_value(cycle)?,
    };
    std::fs::write(run.join("province.json"), serde_json::to_vec(&kept)?)?;
    let mut first = None;
    for name in DEVICES {
        let request = json!({ "role": "post", "unit": unit(UNIT), "valid_days": 7 });
        let player = Player::open(&run.join(name))?;
        let invitation = invitation_by(&compiler, request);
        player.call(
            "enrolment.accept",
            json!({ "invitation": invitation, "label": name }),
        );
        player.exchange();
        first.get_or_insert(player);
    }
    // The last enrolments are roster acts that the earlier devices have not read.
    for name in DEVICES.iter().skip(1) {
        Player::open(&run.join(name))?.exchange();
    }
    let mut first = first.context("no device")?;
    first.exchange();
    drop((administrator, compiler, server));
    let (began, owner) = (Instant::now(), kept.owner()?);
    let mut failed = None;
    let writes = documents(data, count)?
        .map_while(|document| {
            document
                .and_then(|document| groups(&owner, &document))
                .map_err(|error| failed = Some(error))
                .ok()
        })
        .flatten();
    write_all(&first, writes)?;
    first.close();
    count_written(&run.join(DEVICES[0]))?;
    match failed {
        Some(error) => Err(error),
        None => Ok(
            json!({ "ms": millis(began.elapsed()), "cpu_ms": millis(processor_of_tree(std::process::id())?) }),
        ),
    }
}

/// Sets one short field of the documents `low..high`, offline.
///
/// # Errors
/// When the device cannot be opened or the edit is refused.
pub fn edit(device: &Path, data: &Path, (low, high): (usize, usize), tag: &str) -> Result<Value> {
    let (began, owner) = (Instant::now(), Kept::beside(device)?);
    let mut player = Player::open(device)?;
    let wanted = documents(data, high)?.skip(low).collect::<Result<Vec<_>>>()?;
    let edits = wanted
        .iter()
        .map(|document| write(&owner, id_of(document), vec![Edit::line("schedule", tag)]));
    write_all(&player, edits)?;
    player.close();
    count_written(device)?;
    Ok(json!({ "ms": millis(began.elapsed()) }))
}

/// Exchanges until both sides hold the same.
///
/// # Errors
/// When they do not after a few tries, or no exchange works.
pub fn sync(device: &Path) -> Result<Value> {
    let began = Instant::now();
    let player = Player::open(device)?;
    let (loaded, load) = (processor_of_tree(std::process::id())?, began.elapsed());
    let began = Instant::now();
    let (mut round_trips, mut received, mut equal) = (0, 0, false);
    for _ in 0..TRIES {
        let outcome = player
            .try_call("exchange.run", Value::Null)
            .map_err(|problem| anyhow!("{problem:?}"))?;
        round_trips += outcome["round_trips"].as_u64().unwrap_or_default();
        received += outcome["received"].as_u64().unwrap_or_default();
        equal = outcome["equal"] == true;
        if equal {
            break;
        }
    }
    anyhow::ensure!(equal, "device and province differ after {TRIES} exchanges");
    let (took, spent) = (began.elapsed(), processor_of_tree(std::process::id())?);
    Ok(json!({
        "load_ms": millis(load), "sync_ms": millis(took), "round_trips": round_trips, "got": received,
        "cpu_load_ms": millis(loaded), "cpu_sync_ms": millis(spent.saturating_sub(loaded)),
    }))
}

/// One hash over the state of every document that the device holds.
///
/// # Errors
/// When the device cannot be opened or read.
pub fn digest(device: &Path) -> Result<Value> {
    let player = Player::open(device)?;
    let (device, mut conflicts) = (player.device(), 0u64);
    let registrations = device.ledger().records_of_kind(RecordKind::Registration)?;
    for (record, _, _) in &registrations {
        let held = device.ledger().record(*record)?.context("a listed record")?;
        conflicts += u64::from(!held.differing.is_empty());
    }
    let hash = device.ledger().all_states_hash()?;
    Ok(json!({ "digest": hash.to_string(), "docs": registrations.len(), "conflicts": conflicts }))
}

fn run_folder(device: &Path) -> Result<&Path> {
    device.parent().context("the device's folder stands in the run's")
}

fn id_of(document: &Document) -> RecordId {
    RecordId::derived("benchmark registration", &[document.id.as_bytes()])
}

/// The first `count` documents of the smallest workload that has them.
fn documents(data: &Path, count: usize) -> Result<impl Iterator<Item = Result<Document>>> {
    let size = [1_000, 10_000, 50_000].into_iter().find(|size| *size >= count);
    let file = data.join(format!("w{}.jsonl", size.context("no workload is that large")?));
    let lines = BufReader::new(std::fs::File::open(&file).with_context(|| file.display().to_string())?);
    Ok(lines
        .lines()
        .take(count)
        .map(|line| Ok(serde_json::from_str(&line?)?)))
}

/// A document's groups as writes of a registration: what is one commit there is one saved group here.
fn groups(owner: &Owner, document: &Document) -> Result<Vec<Write>> {
    let record = id_of(document);
    let mut texts = BTreeMap::new();
    let mut writes = Vec::new();
    for (at, group) in document.edits.iter().enumerate() {
        let mut edits = Vec::new();
        let mut rest = Vec::new();
        for operation in group {
            edits.extend(edit_of(operation, &mut texts, &mut rest)?);
        }
        if at == 0 {
            let model = RecordId::derived("benchmark model", &[document.id.as_bytes()]);
            edits.push(Edit::line("model", model.to_string()));
            edits.push(Edit::line("cycle", owner.cycle.to_string()));
            edits.push(Edit::int("year", 2024));
            edits.push(Edit::line("field", "VHXH"));
            edits.push(Edit::line("area_and_target", rest.join("; ")));
        } else if !rest.is_empty() {
            let declared = "2026-03-01".to_owned();
            edits.push(Edit::whole("submission", &Submission { number: 1, declared }));
        }
        writes.push(write(owner, record, edits));
    }
    Ok(writes)
}

/// One operation; fields without a place of their own in a registration go to `rest`.
fn edit_of(
    operation: &[Value],
    texts: &mut BTreeMap<&'static str, String>,
    rest: &mut Vec<String>,
) -> Result<Option<Edit>> {
    let (Some(sort), Some(name)) = (
        operation.first().and_then(Value::as_str),
        operation.get(1).and_then(Value::as_str),
    ) else {
        return Err(anyhow!("an operation without a name"));
    };
    if sort == "t" {
        let property = if name == "nhanXet" { "rationale" } else { "goals" };
        let text = texts.entry(property).or_default();
        splice(text, operation)?;
        return Ok(Some(Edit::Text {
            property,
            text: text.clone(),
        }));
    }
    let value = match operation.get(2) {
        Some(Value::String(text)) => text.clone(),
        Some(number) => number.to_string(),
        None => return Err(anyhow!("an operation without a value")),
    };
    Ok(match name {
        "ten" => Some(Edit::line("name", value)),
        "loai" => Some(Edit::line("kind", "new")),
        "diaChi" => Some(Edit::line("place", value)),
        "ghiChu" => Some(Edit::line("schedule", value)),
        score if score.starts_with("diem") => {
            let figure = Figure {
                name: score.to_owned(),
                raw: value,
                ..Figure::default()
            };
            Some(Edit::put("figures", score, &figure))
        }
        _ => {
            rest.push(value);
            None
        }
    })
}

/// `[_, _, position, deleted, inserted]`, in letters.
fn splice(text: &mut String, operation: &[Value]) -> Result<()> {
    let number = |at: usize| operation.get(at).and_then(Value::as_u64).context("a position");
    let (position, deleted) = (usize::try_from(number(2)?)?, usize::try_from(number(3)?)?);
    let inserted = operation.get(4).and_then(Value::as_str).context("a text")?;
    let head: String = text.chars().take(position).collect();
    let tail: String = text.chars().skip(position + deleted).collect();
    *text = head + inserted + &tail;
    Ok(())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn owner() -> Owner {
        Kept {
            province: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            cycle: uuid::Uuid::nil(),
        }
        .owner()
        .unwrap()
    }

    #[test]
    fn every_commit_of_the_harness_becomes_one_saved_group() {
        let line = r#"{"id":"VN-1","edits":[[["s","ma","VN-1"],["s","ten","Mô hình"],["s","diaChi","Xã An Phú"]],
            [["s","diemHoSo",7.5]],[["t","nhanXet",0,0,"Được lòng dân"]],[["t","nhanXet",5,2,"quý "]],
            [["s","trangThai","hoan_thanh"],["s","ghiChu","đã xong"]]]}"#;
        let document: Document = serde_json::from_str(line).unwrap();
        let writes = groups(&owner(), &document).unwrap();
        assert_eq!(writes.len(), 5);
        let Write::Edit { edits, .. } = &writes[3] else {
            panic!("not an edit")
        };
        assert_eq!(
            edits,
            &[Edit::Text {
                property: "rationale",
                text: "Được quý ng dân".to_owned()
            }]
        );
    }

    #[test]
    fn an_operation_without_its_parts_is_an_error() {
        for line in [
            r#"{"id":"x","edits":[[["t","nhanXet",0]]]}"#,
            r#"{"id":"x","edits":[[["s","ma"]]]}"#,
            r#"{"id":"x","edits":[[[]]]}"#,
        ] {
            let document: Document = serde_json::from_str(line).unwrap();
            assert!(groups(&owner(), &document).is_err(), "{line}");
        }
    }
}
