//! From rows of the journal to packs: runs that each end at a signature, and entries as references into the
//! documents of their records.

use std::collections::{BTreeMap, VecDeque};

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry, Signature};
use rusqlite::{Connection, Row, params};

use crate::error::LedgerError;
use crate::rows::{APPLIED, SET_ASIDE, WITHHELD, entry_kind, hash_at, log_by_row, record_row, uuid_of};

/// A record with at least this many entries travels as its document: below, the bare changes are smaller
/// once the whole pack is compressed.
const BY_REFERENCE_FROM: u64 = 3;

/// Whose word decides about an entry that this store has set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAsideGoes {
    /// The receiver's: it gets the content and judges for itself.
    Whole,
    /// This store's: the receiver gets the hash.
    ByHash,
}

pub(crate) const COLUMNS: &str = "entry.position AS at, entry.position AS position, log, seq, hash, record, kind, claimed_at, payload, signature, standing, reason";

/// A row on its way into a pack.
pub(crate) struct PackRow {
    /// Place in the arrival order: its position, or the one at which it was let through.
    pub at: u64,
    position: u64,
    pub log: i64,
    pub seq: u64,
    hash: Hash32,
    record: Option<i64>,
    kind: Option<EntryKind>,
    claimed_at: i64,
    payload: Option<Vec<u8>>,
    pub signature: Option<Signature>,
    standing: i64,
    /// It is set aside because this program does not know its kind.
    pub newer: bool,
}

impl PackRow {
    /// Of a query for [`COLUMNS`], by their places: names are looked up anew for each row.
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let signature = row.get_ref(9)?.as_blob_or_null()?;
        Ok(Self {
            at: row.get::<_, i64>(0)? as u64,
            position: row.get::<_, i64>(1)? as u64,
            log: row.get(2)?,
            seq: row.get::<_, i64>(3)? as u64,
            hash: hash_at(row, 4)?,
            record: row.get(5)?,
            kind: entry_kind(row.get(6)?),
            claimed_at: row.get(7)?,
            payload: row.get(8)?,
            signature: signature.and_then(|bytes| bytes.try_into().ok()).map(Signature),
            standing: row.get(10)?,
            newer: row.get::<_, Option<u8>>(11)? == Some(Refusal::UnknownKind.code()),
        })
    }

    /// About how many bytes it adds to a page.
    pub fn weight(&self) -> u64 {
        self.payload
            .as_ref()
            .map_or(32, |payload| payload.len() as u64 + 8)
    }

    /// It was read before by its hash and is let through now.
    pub fn late(&self) -> bool {
        self.at != self.position
    }

    /// Only its hash is handed on.
    pub fn withheld(&self, set_aside: SetAsideGoes) -> bool {
        // What this program cannot judge, the receiver may be able to.
        (self.standing == SET_ASIDE && set_aside == SetAsideGoes::ByHash && !self.newer)
            || self.standing == WITHHELD
            || self.payload.is_none()
            || self.kind.is_none()
    }
}

/// Groups rows by log and closes a run at a signed entry.
pub(crate) fn build(
    connection: &Connection,
    rows: Vec<PackRow>,
    set_aside: SetAsideGoes,
) -> Result<Pack, LedgerError> {
    let (mut late, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(PackRow::late);
    let mut in_pack: BTreeMap<i64, u64> = BTreeMap::new();
    for row in &rows {
        if let Some(record) = row.record {
            *in_pack.entry(record).or_default() += u64::from(row.standing == APPLIED);
        }
    }
    let mut pack = Pack::default();
    let mut index_of = Indexes::new();
    let mut by_log: BTreeMap<i64, Vec<PackRow>> = BTreeMap::new();
    let mut order = Vec::new();
    for row in rows {
        if !by_log.contains_key(&row.log) {
            order.push(row.log);
        }
        by_log.entry(row.log).or_default().push(row);
    }
    for log_row in order {
        let log = log_by_row(connection, log_row)?;
        let rows = by_log.remove(&log_row).unwrap_or_default();
        let mut run: Vec<PackRow> = Vec::new();
        let mut unsigned: Vec<PackRow> = Vec::new();
        for row in rows {
            let closes = row.signature.is_some();
            unsigned.push(row);
            if !closes {
                continue;
            }
            // A run may end at any signed entry; it must end before it grows beyond the cap.
            if run.len() + unsigned.len() > MAX_RUN {
                push_run(
                    connection,
                    &mut pack,
                    &mut index_of,
                    &in_pack,
                    log,
                    (std::mem::take(&mut run), set_aside),
                )?;
            }
            run.append(&mut unsigned);
        }
        push_run(
            connection,
            &mut pack,
            &mut index_of,
            &in_pack,
            log,
            (run, set_aside),
        )?;
    }
    late.sort_by_key(|row| (row.log, row.seq));
    let mut late: VecDeque<PackRow> = late.into();
    while let Some(row) = late.pop_front() {
        let log = log_by_row(connection, row.log)?;
        let run = until_signed(connection, row, &mut late)?;
        push_run(
            connection,
            &mut pack,
            &mut index_of,
            &in_pack,
            log,
            (run, set_aside),
        )?;
    }
    Ok(pack)
}

/// An entry with what stands between it and the signature that covers it. Those others were read before, so
/// their hashes are enough, unless they are late too and next in `late`.
fn until_signed(
    connection: &Connection,
    row: PackRow,
    late: &mut VecDeque<PackRow>,
) -> Result<Vec<PackRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq > ?2 ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params![row.log, row.seq as i64])?;
    let mut run = vec![row];
    while run.last().is_some_and(|last| last.signature.is_none()) {
        let Some(next) = found.next()? else { break };
        let next = PackRow::read(next)?;
        let is_late = late
            .front()
            .is_some_and(|other| (other.log, other.seq) == (next.log, next.seq));
        match is_late.then(|| late.pop_front()).flatten() {
            Some(whole) => run.push(whole),
            None => run.push(PackRow {
                standing: WITHHELD,
                ..next
            }),
        }
    }
    Ok(run)
}

fn push_run(
    connection: &Connection,
    pack: &mut Pack,
    index_of: &mut Indexes,
    in_pack: &BTreeMap<i64, u64>,
    log: LogId,
    (rows, set_aside): (Vec<PackRow>, SetAsideGoes),
) -> Result<(), LedgerError> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let first_seq = first.seq;
    let prev = if first_seq == 1 {
        Hash32::ZERO
    } else {
        connection
            .prepare_cached("SELECT hash FROM entry WHERE log = ?1 AND seq = ?2")?
            .query_row(params![first.log, first_seq as i64 - 1], |row| {
                hash_at(row, "hash")
            })?
    };
    let mut items = Vec::with_capacity(rows.len());
    let mut closed = None;
    let mut before = prev;
    for row in rows {
        let prev = std::mem::replace(&mut before, row.hash);
        let (hash, closes) = (row.hash, row.signature);
        let item = if row.withheld(set_aside) {
            Some(Item::Withheld(hash))
        } else {
            pack_row(connection, pack, index_of, in_pack, (&log, prev), row)?
        };
        let item = match (item, set_aside) {
            (Some(item), _) => item,
            // Sent on, it would be refused as a forgery, and the run with it.
            (None, SetAsideGoes::ByHash) => Item::Withheld(hash),
            (None, SetAsideGoes::Whole) => break,
        };
        items.push(item);
        closed = closes.map(|signature| (items.len(), signature)).or(closed);
    }
    let Some((whole, signature)) = closed else {
        return Ok(());
    };
    items.truncate(whole);
    pack.runs.push(Run {
        log,
        first_seq,
        prev,
        items,
        signature,
    });
    Ok(())
}

/// The item of a row; absent when the row does not come out with its hash: it is damaged here.
fn pack_row(
    connection: &Connection,
    pack: &mut Pack,
    index_of: &mut Indexes,
    in_pack: &BTreeMap<i64, u64>,
    (log, prev): (&LogId, Hash32),
    row: PackRow,
) -> Result<Option<Item>, LedgerError> {
    let (Some(kind), Some(payload)) = (row.kind, row.payload) else {
        return Ok(None);
    };
    let key = match row.record {
        Some(record) => (false, record),
        None => (true, log_key(log)),
    };
    let place = (key, None);
    let index = match index_of.get(&place) {
        Some(index) => *index,
        None => {
            let packed = packed_record(connection, row.record, log, in_pack)?;
            named(pack, index_of, place, packed)
        }
    };
    let (id, own_kind) = (pack.records[index].id, pack.records[index].kind);
    let mut entry = Entry {
        log: *log,
        seq: row.seq,
        prev,
        content: NewEntry {
            record: id,
            record_kind: own_kind,
            kind,
            payload,
            claimed_at: row.claimed_at,
        },
    };
    if entry.hash() != row.hash {
        // Of a record that nobody has begun, two authors may have said different kinds; and an entry of a kind
        // that is not known here may name any.
        if !entry.take_kind_from(&row.hash) {
            tracing::error!(record.id = %id, "an entry is damaged and was not handed on");
            return Ok(None);
        }
        let other = entry.content.record_kind;
        let place = (key, Some(other.code()));
        let index = match index_of.get(&place) {
            Some(index) => *index,
            None => {
                let packed = PackedRecord {
                    id,
                    kind: other,
                    document: None,
                };
                named(pack, index_of, place, packed)
            }
        };
        return Ok(Some(Item::Entry {
            record: index,
            kind,
            claimed_at: row.claimed_at,
            payload: Payload::Inline(entry.content.payload),
        }));
    }
    let payload = match pack.records[index].document {
        Some(_) if kind == EntryKind::Change => Payload::InDocument,
        _ => Payload::Inline(entry.content.payload),
    };
    Ok(Some(Item::Entry {
        record: index,
        kind,
        claimed_at: row.claimed_at,
        payload,
    }))
}

/// Where a pack names a record: roster acts by their province, others by their row; beside the record's own kind
/// it may be named with another.
type Indexes = BTreeMap<((bool, i64), Option<u8>), usize>;

fn named(
    pack: &mut Pack,
    index_of: &mut Indexes,
    place: ((bool, i64), Option<u8>),
    packed: PackedRecord,
) -> usize {
    pack.records.push(packed);
    index_of.insert(place, pack.records.len() - 1);
    pack.records.len() - 1
}

/// Roster acts have no record row; they are told apart by province.
fn log_key(log: &LogId) -> i64 {
    let bytes = log.scope.province.0.as_u64_pair();
    (bytes.0 ^ bytes.1) as i64
}

fn packed_record(
    connection: &Connection,
    record: Option<i64>,
    log: &LogId,
    in_pack: &BTreeMap<i64, u64>,
) -> Result<PackedRecord, LedgerError> {
    let Some(row) = record else {
        let id = RecordId(log.scope.province.0);
        return Ok(PackedRecord {
            id,
            kind: cotmoc_core::record::RecordKind::Roster,
            document: None,
        });
    };
    let code: Vec<u8> = connection
        .prepare_cached("SELECT code FROM record WHERE id = ?1")?
        .query_row([row], |found| found.get(0))?;
    let id = RecordId(uuid_of(&code)?);
    let cached = record_row(connection, id)?.ok_or(LedgerError::NoRecord(id))?;
    let whole =
        in_pack.get(&row) == Some(&cached.entries) && cached.entries >= BY_REFERENCE_FROM && cached.intact;
    let document = if whole { cached.saved } else { None };
    Ok(PackedRecord {
        id,
        kind: cached.kind,
        document,
    })
}
