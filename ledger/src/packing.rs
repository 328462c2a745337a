//! From the journal to packs: pages of the arrival order for others, and a device's own outbox.

use std::collections::{BTreeMap, VecDeque};

use cotmoc_core::access::{Refusal, Roster, may_receive};
use cotmoc_core::exchange::{Item, MAX_RUN, Pack, PackedRecord, Payload, Run, SetDigest};
use cotmoc_core::id::{Hash32, ProvinceId, RecordId};
use cotmoc_core::journal::{DeviceKey, Entry, EntryKind, Incarnation, LogId, NewEntry, Signature};
use rusqlite::{Connection, Row, params};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{
    APPLIED, Arrival, SET_ASIDE, WITHHELD, entry_kind, hash_at, log_by_row, log_head, record_row, scope_of,
    uuid_of,
};

/// A record with at least this many entries travels as its document: below, the bare changes are smaller
/// once the whole pack is compressed.
const BY_REFERENCE_FROM: u64 = 3;

/// What a holder may see of a province.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visible {
    pub(crate) scopes: Vec<i64>,
}

/// Which part of the arrival order to pack.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// Whose view.
    pub visible: &'a Visible,
    /// Entries after this position.
    pub after: u64,
    /// About how many bytes of payload.
    pub page_bytes: u64,
    /// Leave out the entries of this author; those of its other lives may be of a copy that goes on elsewhere.
    pub except: Option<(DeviceKey, Incarnation)>,
    /// Leave out entries of these logs up to these places: the holder has them by another route.
    pub have: &'a BTreeMap<LogId, u64>,
    /// How entries go that are set aside here.
    pub set_aside: SetAsideGoes,
}

/// Entries of named logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The entries.
    pub pack: Pack,
    /// The last place of each log that is in the pack.
    pub reached: BTreeMap<LogId, u64>,
    /// More follows.
    pub more: bool,
}

/// Whose word decides about an entry that this store has set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAsideGoes {
    /// The receiver's: it gets the content and judges for itself.
    Whole,
    /// This store's: the receiver gets the hash.
    ByHash,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub pack: Pack,
    /// Position up to which the holder has now read.
    pub position: u64,
    /// More follows.
    pub more: bool,
}

struct PackRow {
    /// Place in the arrival order: its position, or the one at which it was let through.
    at: u64,
    position: u64,
    log: i64,
    seq: u64,
    hash: Hash32,
    record: Option<i64>,
    kind: Option<EntryKind>,
    claimed_at: i64,
    payload: Option<Vec<u8>>,
    signature: Option<Signature>,
    standing: i64,
    /// It is set aside because this program does not know its kind.
    newer: bool,
}

impl Visible {
    /// A scope, by its row, is one of these.
    pub(crate) fn has(&self, scope_row: i64) -> bool {
        self.scopes.contains(&scope_row)
    }

    /// The scopes' rows, for a query.
    pub(crate) fn list(&self) -> String {
        let rows: Vec<String> = self.scopes.iter().map(i64::to_string).collect();
        rows.join(",")
    }

    /// What is visible to both.
    pub fn and(&self, other: &Self) -> Self {
        let both = self.scopes.iter().filter(|scope| other.scopes.contains(scope));
        Self {
            scopes: both.copied().collect(),
        }
    }
}

impl PackRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let signature: Option<Vec<u8>> = row.get("signature")?;
        Ok(Self {
            at: row.get::<_, i64>("at")? as u64,
            position: row.get::<_, i64>("position")? as u64,
            log: row.get("log")?,
            seq: row.get::<_, i64>("seq")? as u64,
            hash: hash_at(row, "hash")?,
            record: row.get("record")?,
            kind: entry_kind(row.get("kind")?),
            claimed_at: row.get("claimed_at")?,
            payload: row.get("payload")?,
            signature: signature.and_then(|bytes| bytes.try_into().ok()).map(Signature),
            standing: row.get("standing")?,
            newer: row.get::<_, Option<u8>>("reason")? == Some(Refusal::UnknownKind.code()),
        })
    }

    /// About how many bytes it adds to a page.
    fn weight(&self) -> u64 {
        self.payload
            .as_ref()
            .map_or(32, |payload| payload.len() as u64 + 8)
    }

    /// It was read before by its hash and is let through now.
    fn late(&self) -> bool {
        self.at != self.position
    }

    fn withheld(&self, set_aside: SetAsideGoes) -> bool {
        // What this program cannot judge, the receiver may be able to.
        (self.standing == SET_ASIDE && set_aside == SetAsideGoes::ByHash && !self.newer)
            || self.standing == WITHHELD
            || self.payload.is_none()
            || self.kind.is_none()
    }
}

/// Most scopes whose entries are read side by side.
const SIDE_BY_SIDE: usize = 50;

const COLUMNS: &str = "entry.position AS at, entry.position AS position, log, seq, hash, record, kind, claimed_at, payload, signature, standing, reason";
/// What was let through late, for whoever has read past it by its hash.
const LATE: &str =
    "late.position AS at, entry.position AS position, log, seq, hash, record, kind, claimed_at, payload,
     signature, standing, reason FROM late JOIN entry ON entry.position = late.entry";

impl Ledger {
    /// The scopes a device may see now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visible_to(&self, roster: &Roster, device: &DeviceKey) -> Result<Visible, LedgerError> {
        self.read(|connection| {
            let scopes = scopes_of_province(connection, roster.province)?;
            let seen = scopes
                .into_iter()
                .filter(|(_, scope)| may_receive(roster, device, scope));
            Ok(Visible {
                scopes: seen.map(|(row, _)| row).collect(),
            })
        })
    }

    /// A page of what a holder has not read yet.
    ///
    /// A page ends right after a signed entry, so that every run in it can be verified by itself.
    ///
    /// # Errors
    /// When the database cannot be read, or an entry does not match its hash.
    pub fn page(&self, request: &PageRequest<'_>) -> Result<Page, LedgerError> {
        self.read(|connection| {
            let end = Arrival::begin(connection)?.position;
            let mut rows = Vec::new();
            let mut bytes = 0;
            let mut more = false;
            if end > request.after && !request.visible.scopes.is_empty() {
                let own = match request.except {
                    Some(author) => logs_of_author(connection, author)?,
                    None => Vec::new(),
                };
                let mut have = BTreeMap::new();
                for (log, seq) in request.have {
                    have.extend(log_head(connection, log)?.map(|head| (head.row, *seq)));
                }
                let list = request.visible.list();
                let mut sql = entries_of(&request.visible.scopes);
                if is_late_after(connection, request.after)? {
                    // What was not read yet is packed as it stands now.
                    sql += &format!(
                        " UNION ALL SELECT {LATE} WHERE late.position > ?1 AND late.entry <= ?1 AND late.scope IN ({list})"
                    );
                }
                sql += " ORDER BY at";
                let mut statement = connection.prepare(&sql)?;
                let mut found = statement.query([request.after as i64])?;
                while let Some(row) = found.next()? {
                    let row = PackRow::read(row)?;
                    // Of its own entries an author is told only that one was let through.
                    let passed_over = if row.late() {
                        row.withheld(SetAsideGoes::ByHash) || (row.newer && own.contains(&row.log))
                    } else {
                        own.contains(&row.log) || have.get(&row.log).is_some_and(|seq| row.seq <= *seq)
                    };
                    if passed_over {
                        continue;
                    }
                    let closes = row.late() || row.signature.is_some();
                    bytes += row.weight();
                    rows.push(row);
                    if closes && bytes >= request.page_bytes {
                        more = found.next()?.is_some();
                        break;
                    }
                }
            }
            let position = match rows.last() {
                Some(last) if more => last.at,
                _ => end,
            };
            Ok(Page {
                pack: build(connection, rows, request.set_aside)?,
                position,
                more,
            })
        })
    }

    /// Entries of the named logs after the named places, log by log, about `page_bytes` of payload. Of a log
    /// that goes on with an entry whose content may not or cannot be handed on, a receiver that judges for
    /// itself ([`SetAsideGoes::Whole`]) gets what stands before it.
    ///
    /// # Errors
    /// When the database cannot be read, or an entry does not match its hash.
    pub fn rest_of(
        &self,
        logs: &[(LogId, u64)],
        page_bytes: u64,
        set_aside: SetAsideGoes,
    ) -> Result<Rest, LedgerError> {
        self.read(|connection| {
            let mut rows = Vec::new();
            let (mut bytes, mut more) = (0, false);
            let mut reached = BTreeMap::new();
            for (log, after) in logs {
                let Some(head) = log_head(connection, log)?.filter(|head| head.seq > *after) else {
                    continue;
                };
                if bytes >= page_bytes {
                    more = true;
                    break;
                }
                let sql = format!("SELECT {COLUMNS} FROM entry WHERE log = ?1 AND seq > ?2 ORDER BY seq");
                let mut statement = connection.prepare_cached(&sql)?;
                let mut found =
                    statement.query(params![head.row, i64::try_from(*after).unwrap_or(i64::MAX)])?;
                // Rows that no signature closes yet.
                let mut open = Vec::new();
                while let Some(row) = found.next()? {
                    if bytes >= page_bytes && open.is_empty() {
                        more = true;
                        break;
                    }
                    let row = PackRow::read(row)?;
                    if set_aside == SetAsideGoes::Whole && row.withheld(set_aside) {
                        break;
                    }
                    let (closes, seq) = (row.signature.is_some(), row.seq);
                    bytes += row.weight();
                    open.push(row);
                    if closes {
                        rows.append(&mut open);
                        reached.insert(*log, seq);
                    }
                }
            }
            Ok(Rest {
                pack: build(connection, rows, set_aside)?,
                reached,
                more,
            })
        })
    }

    /// Digest of everything in the visible scopes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn digest(&self, visible: &Visible) -> Result<SetDigest, LedgerError> {
        self.read(|connection| {
            let mut sum = SetDigest::default();
            let mut statement = connection.prepare_cached("SELECT digest FROM scope WHERE id = ?1")?;
            for scope in &visible.scopes {
                let digest = statement.query_row([scope], |row| hash_at(row, "digest"))?;
                sum.add_all(&SetDigest(digest.0));
            }
            Ok(sum)
        })
    }
}

/// Entries of these scopes after a position, in order. Few scopes are read side by side by their index; of many
/// the order of arrival itself is read, so that no page sorts everything that is left.
fn entries_of(scopes: &[i64]) -> String {
    if scopes.len() <= SIDE_BY_SIDE {
        let each = scopes
            .iter()
            .map(|scope| format!("SELECT {COLUMNS} FROM entry WHERE scope = {scope} AND position > ?1"));
        return each.collect::<Vec<_>>().join(" UNION ALL ");
    }
    let list: Vec<String> = scopes.iter().map(i64::to_string).collect();
    format!(
        "SELECT {COLUMNS} FROM entry WHERE position > ?1 AND +scope IN ({})",
        list.join(",")
    )
}

fn scopes_of_province(
    connection: &Connection,
    province: ProvinceId,
) -> Result<Vec<(i64, cotmoc_core::journal::Scope)>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id, code FROM scope WHERE province = ?1 ORDER BY id")?;
    let rows = statement.query_map([province.0.as_bytes().as_slice()], |row| {
        Ok((row.get::<_, i64>(0)?, scope_of(&row.get::<_, Vec<u8>>(1)?)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn logs_of_author(
    connection: &Connection,
    (device, incarnation): (DeviceKey, Incarnation),
) -> Result<Vec<i64>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM log WHERE device = ?1 AND incarnation = ?2 ORDER BY id")?;
    let rows = statement.query_map(params![&device.0[..], incarnation.0 as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Groups rows by log and closes a run at a signed entry.
fn build(connection: &Connection, rows: Vec<PackRow>, set_aside: SetAsideGoes) -> Result<Pack, LedgerError> {
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

/// Something was let through after this position.
fn is_late_after(connection: &Connection, after: u64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM late WHERE position > ?1)")?
        .query_row([after as i64], |row| row.get(0))
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
