//! A thief's entry.

use anyhow::Result;
use cotmoc_core::exchange::{Cursor, Item, Pack, PackedRecord, Payload, Request, Run, shrink};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, Incarnation, LogId, NewEntry, Scope};
use cotmoc_core::record::RecordKind;

use super::cast::{World, unit};
use super::event::Happened;
use super::link::{Underway, arrive_late};
use crate::bench::workload::Chance;

/// A device sends an entry that it may not write, and that is no change at all: everybody else goes on.
pub(super) fn forge(world: &mut World, who: usize, chance: &mut Chance) -> Result<Happened> {
    let (province, now) = (world.province, world.now);
    let number = chance.below(1_000);
    let author = world.players[who].device()?.author();
    // A log of its own beside its real one: this is no fork.
    let log = LogId {
        device: author.device(),
        incarnation: Incarnation(7_000 + number),
        scope: Scope::unit(province, unit(chance.below(2) as usize)),
    };
    let record = RecordId::derived(
        "simulated",
        &[&[RecordKind::Registration.code()], &log.scope.encode(), &[0; 8]],
    );
    let payload = chance.prose(40).into_bytes();
    let entry = Entry {
        log,
        seq: 1,
        prev: Hash32::ZERO,
        content: NewEntry {
            record,
            record_kind: RecordKind::Registration,
            kind: EntryKind::Change,
            payload: payload.clone(),
            claimed_at: now,
        },
    };
    let pack = Pack {
        records: vec![PackedRecord {
            id: record,
            kind: RecordKind::Registration,
            document: None,
        }],
        runs: vec![Run {
            log,
            first_seq: 1,
            prev: Hash32::ZERO,
            items: vec![Item::Entry {
                record: 0,
                kind: EntryKind::Change,
                claimed_at: now,
                payload: Payload::Inline(payload),
            }],
            signature: author.key.sign_log_head(&entry.hash()),
        }],
    };
    let mut request = Request::of(
        (author.device(), author.incarnation),
        province,
        Cursor::START,
        1_000,
    );
    request.load.pack = pack;
    let body = shrink(&request.sign(&author.key));
    world.underway.push(Underway::of(body));
    arrive_late(&mut world.desk, &mut world.underway)?;
    Ok(Happened::AtDesk)
}
