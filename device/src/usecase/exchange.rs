//! The exchange as a person sees and starts it, and the rebuild from the journal.

use cotmoc_core::access::Refusal;
use cotmoc_core::id::Hash32;
use cotmoc_core::record::view::{RegistrationRecord, State};
use rusqlite::Connection;

use crate::contract::exchange::{
    DeviceEvent, ExchangeOutcome, ExchangeView, HeldGroup, HeldRow, RebuildReport, RetrySetAside, SetAsideRow,
};
use crate::contract::models::Held;
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::problems::query;
use crate::store::remote;
use crate::sync::{Wake, exchange_once};

const ROWS: usize = 20;

pub(crate) fn run(device: &Device, _: Nothing) -> Result<ExchangeOutcome, Problem> {
    let result = exchange_once(device);
    device.wake(Wake::Exchanged(result.is_ok()));
    result.map_err(|failure| failure.problem)
}

pub(crate) fn view(device: &Device, _: Nothing) -> Result<ExchangeView, Problem> {
    let contact = remote::last_contact(&device.ledger)?;
    let (local, sent) = device.ledger.read(|connection| {
        Ok::<_, Problem>((
            own_group(connection, false).map_err(query)?,
            own_group(connection, true).map_err(query)?,
        ))
    })?;
    let bytes_to_send = local.bytes + sent.bytes;
    Ok(ExchangeView {
        state: super::session::status(device, Nothing {})?.exchange,
        server: device.remote()?.map(|remote| remote.server),
        last_contact: contact.answered_at,
        last_problem: contact.problem,
        province: province_group(device)?,
        local: titled(device, local)?,
        sent: titled(device, sent)?,
        waiting: device.ledger.waiting_counts()?.waiting,
        set_aside: set_aside(device)?,
        bytes_to_send,
    })
}

/// Own records that are not confirmed, by whether they were sent.
fn own_group(connection: &Connection, sent: bool) -> rusqlite::Result<HeldGroup> {
    let (records, bytes): (i64, i64) = connection
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM own_change WHERE is_sent = ?1")?
        .query_row([sent], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection.prepare_cached(
        "SELECT record, kind FROM own_change WHERE is_sent = ?1 ORDER BY last_seq DESC LIMIT 20",
    )?;
    let held = if sent { Held::Sent } else { Held::ThisDevice };
    let rows = statement.query_map([sent], |row| {
        Ok(HeldRow {
            record: row.get(0)?,
            kind: row.get(1)?,
            title: String::new(),
            held,
        })
    })?;
    Ok(HeldGroup {
        records: records as u64,
        bytes: bytes as u64,
        rows: rows.collect::<Result<_, _>>()?,
    })
}

/// What the province holds of what this device shows: the newest registrations.
fn province_group(device: &Device) -> Result<HeldGroup, Problem> {
    device.ledger.read(|connection| {
        let records: i64 = connection
            .prepare_cached(
                "SELECT count(*) FROM registration WHERE code NOT IN (SELECT record FROM own_change)",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(query)?;
        let mut statement = connection
            .prepare_cached(
                "SELECT code, name FROM registration WHERE code NOT IN (SELECT record FROM own_change)
                 ORDER BY id DESC LIMIT 20",
            )
            .map_err(query)?;
        let rows = statement
            .query_map([], |row| {
                Ok(HeldRow {
                    record: row.get(0)?,
                    kind: "registration".to_owned(),
                    title: row.get(1)?,
                    held: Held::Province,
                })
            })
            .map_err(query)?;
        let rows = rows.collect::<Result<_, _>>().map_err(query)?;
        Ok(HeldGroup {
            records: records as u64,
            bytes: 0,
            rows,
        })
    })
}

fn titled(device: &Device, mut group: HeldGroup) -> Result<HeldGroup, Problem> {
    group.rows.truncate(ROWS);
    for row in &mut group.rows {
        row.title = title(device, &row.record)?;
    }
    Ok(group)
}

/// What a record is called on screen; empty when its kind says enough.
pub(crate) fn title(device: &Device, record: &str) -> Result<String, Problem> {
    let Ok(id) = record_id(record) else {
        return Ok(String::new());
    };
    let Some(held) = device.ledger.record(id)? else {
        return Ok(String::new());
    };
    let state = State::read(&held.state);
    Ok(match held.kind {
        cotmoc_core::record::RecordKind::Registration => RegistrationRecord::from(&state).name,
        cotmoc_core::record::RecordKind::Campaign => state.text("title"),
        cotmoc_core::record::RecordKind::Cycle => {
            state.int("year").map(|year| year.to_string()).unwrap_or_default()
        }
        _ => match held.scope.place {
            cotmoc_core::journal::Place::Unit(unit) => {
                super::registrations::unit_name(device, &unit.to_string())
            }
            _ => String::new(),
        },
    })
}

fn set_aside(device: &Device) -> Result<Vec<SetAsideRow>, Problem> {
    let mut rows: Vec<SetAsideRow> = device
        .ledger
        .set_aside(50)?
        .into_iter()
        .map(|entry| SetAsideRow {
            entry: entry.hash.to_string(),
            record: entry.record.map(|record| record.to_string()).unwrap_or_default(),
            reason: entry.reason.name().to_owned(),
            author: device.label_of(&entry.author).0,
            by_province: false,
            at: entry.claimed_at,
        })
        .collect();
    let own = device.label_of(&device.author.device()).0;
    let refused = device
        .ledger
        .read(|connection| -> Result<Vec<(Hash32, u8, i64)>, Problem> {
            let mut statement = connection
                .prepare_cached("SELECT entry, reason, at FROM refused ORDER BY at DESC LIMIT 50")
                .map_err(query)?;
            let rows = statement
                .query_map([], |row| {
                    let entry: Vec<u8> = row.get(0)?;
                    Ok((
                        Hash32::from_slice(&entry).unwrap_or_default(),
                        row.get(1)?,
                        row.get(2)?,
                    ))
                })
                .map_err(query)?;
            rows.collect::<Result<_, _>>().map_err(query)
        })?;
    for (entry, reason, at) in refused {
        let record = device.ledger.record_of_entry(&entry)?;
        rows.push(SetAsideRow {
            entry: entry.to_string(),
            record: record.map(|record| record.to_string()).unwrap_or_default(),
            reason: Refusal::from_code(reason)
                .unwrap_or(Refusal::Malformed)
                .name()
                .to_owned(),
            author: own.clone(),
            by_province: true,
            at,
        });
    }
    Ok(rows)
}

pub(crate) fn retry(device: &Device, request: RetrySetAside) -> Result<ExchangeView, Problem> {
    let entry =
        Hash32::from_hex(&request.entry).ok_or_else(|| Problem::new("bad_request").with("what", "entry"))?;
    device.ledger.try_again(&entry)?;
    device.reload_units()?;
    view(device, Nothing {})
}

pub(crate) fn rebuild(device: &Device, _: Nothing) -> Result<RebuildReport, Problem> {
    let rebuilt = device.ledger.rebuild(|done, total| {
        device.events.tell(&DeviceEvent::Progress {
            work: "rebuild".to_owned(),
            done,
            total: Some(total),
        });
    })?;
    device.reload_units()?;
    Ok(RebuildReport {
        documents: rebuilt.documents,
        entries: rebuilt.entries,
        changed: rebuilt.changed,
        state_hash: rebuilt.state_hash.to_string(),
        entries_hash: rebuilt.entries_hash.to_string(),
    })
}
