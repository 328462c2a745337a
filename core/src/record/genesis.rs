//! The genesis change: the same for every record of a kind, on every device, made by nobody.
//!
//! Two devices that create the same logical record while apart would otherwise each create its
//! containers, and one of the two would vanish behind the other when they meet.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjType, ROOT};

use super::kind::RecordKind;
use super::shape::{Property, Shape};

/// The actor of every genesis change; no device key hashes to it.
pub(super) const GENESIS_ACTOR: &[u8; 16] = b"cotmoc-genesis-1";

/// A kind's genesis: the change, and which operation made which container.
pub(super) struct Genesis {
    /// Absent for a kind without containers.
    pub change: Option<Change>,
    /// Operation counter of the genesis actor → name and property.
    pub containers: BTreeMap<u64, (&'static str, Property)>,
}

/// The genesis of a kind, computed once.
pub(super) fn genesis(kind: RecordKind) -> &'static Genesis {
    static ALL: OnceLock<BTreeMap<RecordKind, Genesis>> = OnceLock::new();
    static NONE: Genesis = Genesis {
        change: None,
        containers: BTreeMap::new(),
    };
    ALL.get_or_init(|| {
        RecordKind::ALL
            .into_iter()
            .map(|kind| (kind, compute(kind)))
            .collect()
    })
    .get(&kind)
    .unwrap_or(&NONE)
}

fn compute(kind: RecordKind) -> Genesis {
    let mut doc = AutoCommit::new().with_actor(ActorId::from(&GENESIS_ACTOR[..]));
    let mut containers = BTreeMap::new();
    for (name, property) in Shape::of(kind).properties {
        let made = match property {
            Property::Text(_) => doc.put_object(ROOT, *name, ObjType::Text),
            Property::WholeMap { .. } => doc.put_object(ROOT, *name, ObjType::Map),
            _ => continue,
        };
        if let Ok(automerge::ObjId::Id(counter, _, _)) = made {
            containers.insert(counter, (*name, *property));
        }
    }
    doc.commit_with(CommitOptions::default().with_time(0));
    Genesis {
        change: doc.get_last_local_change(),
        containers,
    }
}

/// The bytes of a kind's genesis change, if it has one.
pub fn genesis_change(kind: RecordKind) -> Option<&'static [u8]> {
    genesis(kind).change.as_ref().map(Change::raw_bytes)
}
