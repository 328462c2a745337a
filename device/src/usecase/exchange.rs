//! The exchange as a person sees and starts it, and the rebuild from the journal.

mod files_only_here;

use std::sync::atomic::Ordering;

use cotmoc_core::exchange::Pace;
use cotmoc_core::id::Hash32;
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::LedgerError;
use rusqlite::{Connection, OptionalExtension};

use super::titles::title as title_of;
use crate::contract::exchange::{
    AcknowledgeSetAside, DeviceEvent, ExchangeOutcome, ExchangeView, FilesToFetch, FilesToSend, HeldGroup,
    HeldRow, LinkSeen, NewLife, NotTakenRow, OnlyHere, RebuildReport, RetrySetAside, RunExchange,
    SetAsideRow,
};
use crate::contract::models::Held;
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::problems::query;
use crate::store::held::{self, WHERE_IT_IS};
use crate::store::left_out;
use crate::store::refused;
use crate::store::remote::{self, Differing, NotTaken, PROVINCE};
use crate::store::routes::Route;
use crate::sync::{Wake, exchange_once, originals_wait};

/// Most entries that wait for a look and are shown.
const TO_LOOK_AT: usize = 200;
/// Most entries that were looked at and are shown.
const LOOKED_AT: usize = 50;
/// Most entries that are read for both.
const SET_ASIDE_READ: u32 = 2_000;

pub(crate) fn run(device: &Device, request: RunExchange) -> Result<ExchangeOutcome, Problem> {
    let result = exchange_once(device, request.with_originals);
    device.wake(Wake::Exchanged(result.is_ok()));
    result.map_err(|failure| failure.problem)
}

/// Asks the running exchange to stop. It ends after the page that is being stored, or in the middle of one
/// that is still on the wire: such a page is exchanged again as a whole.
pub(crate) fn stop(device: &Device, _: Nothing) -> Result<Nothing, Problem> {
    device.stop_exchange.store(true, Ordering::Relaxed);
    Ok(Nothing {})
}

/// There may be a connection again: a failure's long wait is cut short.
pub(crate) fn wake(device: &Device, _: Nothing) -> Result<Nothing, Problem> {
    device.wake(Wake::Connection);
    Ok(Nothing {})
}

pub(crate) fn view(device: &Device, _: Nothing) -> Result<ExchangeView, Problem> {
    let contact = remote::last_contact(&device.ledger, PROVINCE)?;
    let me = device.author.device();
    let (local, carried, teammate, sent, refused, bytes_to_send, here, files) =
        device.ledger.read(|connection| -> Result<_, LedgerError> {
            let bytes: i64 = connection
                .prepare_cached("SELECT coalesce(sum(bytes), 0) FROM own_change")?
                .query_row([], |row| row.get(0))?;
            Ok((
                own_group(connection, Held::ThisDevice)?,
                own_group(connection, Held::Carried)?,
                own_group(connection, Held::Teammate)?,
                own_group(connection, Held::Sent)?,
                refused_group(connection)?,
                bytes as u64,
                held::only_here(connection)?,
                held::own_files(connection, me)?,
            ))
        })?;
    let remote = device.remote()?;
    let pace = Pace::new(remote::speed(&device.ledger, PROVINCE)?);
    let files = FilesToSend {
        count: files.0,
        thumbnail_bytes: files.1,
        original_bytes: files.2,
        originals_wait: match &remote {
            Some(remote) => originals_wait(device, &Route::province(remote), &pace)?,
            None => None,
        },
    };
    let originals = match files.originals_wait {
        Some(_) => 0,
        None => files.original_bytes,
    };
    let going = bytes_to_send + files.thumbnail_bytes + originals;
    let missing = device.ledger.missing_originals()?;
    let not_taken = NotTaken::load(&device.ledger, PROVINCE)?;
    Ok(ExchangeView {
        state: super::session::status(device, Nothing {})?.exchange,
        server: remote.map(|remote| remote.server),
        last_contact: contact.answered_at,
        last_problem: contact.problem,
        province: province_group(device)?,
        local: titled(device, local)?,
        carried: titled(device, carried)?,
        teammate: titled(device, teammate)?,
        sent: titled(device, sent)?,
        refused: titled(device, refused)?,
        waiting: device.ledger.waiting_counts()?.waiting,
        set_aside: set_aside(device)?,
        differing_since: Differing::load(&device.ledger, PROVINCE)?.map(|differing| differing.since),
        not_taken: not_taken
            .into_iter()
            .map(|run| NotTakenRow {
                author: device.label_of(&run.author).0,
                problem: run.problem,
                at: run.at,
            })
            .collect(),
        left_out: left_out::load(&device.ledger, PROVINCE)?
            .into_iter()
            .map(|log| NotTakenRow {
                author: device.label_of(&log.author).0,
                problem: log.reason,
                at: log.since,
            })
            .collect(),
        only_here: OnlyHere {
            entries: here.0,
            files: files.count,
            bytes: here.1 + files.thumbnail_bytes + files.original_bytes,
            newest_files: files_only_here::newest(device)?,
        },
        files,
        files_to_fetch: FilesToFetch {
            count: missing.0,
            bytes: missing.1,
        },
        link: LinkSeen {
            metering: device.link_cost.metering(),
            slow: pace.is_slow(),
        },
        new_lives: new_lives(device)?,
        forks: open_forks(device)?,
        bytes_to_send,
        seconds_to_send: pace.seconds(going).filter(|_| going > 0),
    })
}

fn new_lives(device: &Device) -> Result<Vec<NewLife>, Problem> {
    let lives = device.ledger.own_lives()?;
    Ok(lives
        .into_iter()
        .filter(|life| !life.is_told)
        .map(|life| NewLife {
            began_at: life.began_at,
            reason: life.reason.name().to_owned(),
        })
        .collect())
}

fn open_forks(device: &Device) -> Result<u64, Problem> {
    // Before its grant has come a device knows of none.
    let Ok(list) = super::forks::list(device, Nothing {}) else {
        return Ok(0);
    };
    Ok(list.forks.iter().filter(|fork| fork.settled.is_none()).count() as u64)
}

/// The next exchange sends the province again what it did not take as a whole.
pub(crate) fn retry_left_out(device: &Device, _: Nothing) -> Result<ExchangeView, Problem> {
    left_out::try_again(&device.ledger, PROVINCE)?;
    view(device, Nothing {})
}

/// A person has read of the new lives.
pub(crate) fn lives_seen(device: &Device, _: Nothing) -> Result<Nothing, Problem> {
    device.ledger.lives_told()?;
    Ok(Nothing {})
}

/// Own records that are not confirmed, by how far they have come. What follows a refused change cannot be taken
/// in at the province before it, so such a record stands among the refused ones.
fn own_group(connection: &Connection, held: Held) -> rusqlite::Result<HeldGroup> {
    let place = match held {
        Held::Sent => 3,
        Held::Teammate => 2,
        Held::Carried => 1,
        _ => 0,
    };
    let there = format!("{WHERE_IT_IS} = ?1 AND record NOT IN (SELECT record FROM refused)");
    let (records, bytes): (i64, i64) = connection
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM own_change WHERE {there}"
        ))?
        .query_row([place], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT record, kind FROM own_change WHERE {there} ORDER BY last_seq DESC LIMIT 20"
    ))?;
    let rows = statement.query_map([place], |row| {
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

/// Records of which the province did not accept a change.
fn refused_group(connection: &Connection) -> rusqlite::Result<HeldGroup> {
    let records: i64 = connection
        .prepare_cached("SELECT count(DISTINCT record) FROM refused")?
        .query_row([], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT record FROM refused GROUP BY record ORDER BY max(at) DESC, max(seq) DESC LIMIT 20",
    )?;
    let found: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let row = |record: String| -> rusqlite::Result<HeldRow> {
        Ok(HeldRow {
            kind: kind_of(connection, &record)?,
            record,
            title: String::new(),
            held: Held::Refused,
        })
    };
    Ok(HeldGroup {
        records: records as u64,
        bytes: 0,
        rows: found.into_iter().map(row).collect::<Result<_, _>>()?,
    })
}

/// Kind of a record, also of one of which nothing is applied; acts of the roster are no record.
fn kind_of(connection: &Connection, record: &str) -> rusqlite::Result<String> {
    let Ok(id) = record_id(record) else {
        return Ok(String::new());
    };
    let kind: Option<u8> = connection
        .prepare_cached("SELECT kind FROM record WHERE code = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let kind = kind.map_or(RecordKind::Roster, RecordKind::from_code);
    Ok(kind.name().to_owned())
}

/// What the province holds of what this device shows: the newest registrations.
fn province_group(device: &Device) -> Result<HeldGroup, Problem> {
    device.ledger.read(|connection| {
        let records: i64 = connection
            .prepare_cached(
                "SELECT count(*) FROM registration
                 WHERE code NOT IN (SELECT record FROM own_change UNION ALL SELECT record FROM refused)",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(query)?;
        let mut statement = connection
            .prepare_cached(
                "SELECT code, name FROM registration
                 WHERE code NOT IN (SELECT record FROM own_change UNION ALL SELECT record FROM refused)
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
    for row in &mut group.rows {
        row.title = title(device, &row.record)?;
    }
    Ok(group)
}

/// What a record is called on screen; empty when its kind says enough.
fn title(device: &Device, record: &str) -> Result<String, Problem> {
    let Ok(id) = record_id(record) else {
        return Ok(String::new());
    };
    let Some(held) = device.ledger.record(id)? else {
        return Ok(String::new());
    };
    title_of(device, id, &held)
}

fn set_aside(device: &Device) -> Result<Vec<SetAsideRow>, Problem> {
    let (seen, refused) = device.ledger.read(|connection| -> Result<_, LedgerError> {
        Ok((
            refused::acknowledged(connection)?,
            refused_rows(device, connection)?,
        ))
    })?;
    let here = device.ledger.set_aside(SET_ASIDE_READ)?.into_iter();
    let here = here.map(|entry| SetAsideRow {
        acknowledged: seen.contains(&entry.hash),
        entry: entry.hash.to_string(),
        record: entry.record.map(|record| record.to_string()).unwrap_or_default(),
        kind: String::new(),
        title: String::new(),
        reason: entry.reason.name().to_owned(),
        author: device.label_of(&entry.author).0,
        by_province: false,
        at: entry.claimed_at,
    });
    let refused = refused.into_iter().map(|(entry, row)| SetAsideRow {
        acknowledged: seen.contains(&entry),
        ..row
    });
    let (looked_at, to_look_at): (Vec<_>, Vec<_>) = refused.chain(here).partition(|row| row.acknowledged);
    let mut rows: Vec<SetAsideRow> = to_look_at.into_iter().take(TO_LOOK_AT).collect();
    rows.extend(looked_at.into_iter().take(LOOKED_AT));
    for row in &mut rows {
        row.kind = device
            .ledger
            .read(|connection| kind_of(connection, &row.record).map_err(query))?;
        row.title = title(device, &row.record)?;
    }
    Ok(rows)
}

/// Own entries that the province did not accept, newest first.
fn refused_rows(device: &Device, connection: &Connection) -> rusqlite::Result<Vec<(Hash32, SetAsideRow)>> {
    let own = device.label_of(&device.author.device()).0;
    connection
        .prepare_cached(
            "SELECT entry, record, reason, at FROM refused ORDER BY at DESC, seq DESC LIMIT 2000",
        )?
        .query_map([], |row| {
            let entry = refused::hash(row, 0)?;
            let shown = SetAsideRow {
                entry: entry.to_string(),
                record: row.get(1)?,
                kind: String::new(),
                title: String::new(),
                reason: refused::refusal(row.get(2)?).name().to_owned(),
                author: own.clone(),
                by_province: true,
                at: row.get(3)?,
                acknowledged: false,
            };
            Ok((entry, shown))
        })?
        .collect()
}

fn entry_of(hexadecimal: &str) -> Result<Hash32, Problem> {
    Hash32::from_hex(hexadecimal).ok_or_else(|| Problem::new("bad_request").with("what", "entry"))
}

pub(crate) fn acknowledge(device: &Device, request: AcknowledgeSetAside) -> Result<ExchangeView, Problem> {
    let entries: Vec<Hash32> = request
        .entries
        .iter()
        .map(|entry| entry_of(entry))
        .collect::<Result<_, _>>()?;
    let now = device.now();
    device.ledger.write_local(|transaction| {
        entries
            .iter()
            .try_for_each(|entry| refused::acknowledge(transaction, entry, now))
    })?;
    view(device, Nothing {})
}

pub(crate) fn retry(device: &Device, request: RetrySetAside) -> Result<ExchangeView, Problem> {
    device.ledger.try_again(&entry_of(&request.entry)?)?;
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
