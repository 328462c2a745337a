//! A province with its authority, and stores and pens that take part in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cotmoc_core::access::{Holder, Role, RosterAct};
use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::{Item, Pack, PackedRecord, Payload, Run, SetDigest};
use cotmoc_core::id::{DelegationId, Hash32, ProvinceId, RecordId};
use cotmoc_core::journal::{DeviceKey, Entry, EntryKind, Incarnation, LogId, NewEntry, Scope, SigningKey};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};
use cotmoc_ledger::{
    Author, Folder, GauntletProgram, Index, Ledger, LedgerError, NoIndex, PageRequest, Rebuilt, Received,
    SetAsideGoes, Unlock, Write,
};
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

/// The narratives of a registration.
pub const NARRATIVES: [&str; 7] = [
    "rationale",
    "goals",
    "approach",
    "forces",
    "resources",
    "outputs",
    "sustainability",
];
pub const NOW: i64 = 1_764_000_000_000;

pub fn program() -> GauntletProgram {
    GauntletProgram {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_gauntlet-child")),
    }
}

pub fn author(number: u8) -> Author {
    Author {
        key: SigningKey::from_seed(&[number; 32]),
        incarnation: Incarnation(u64::from(number)),
    }
}

pub fn province() -> ProvinceId {
    ProvinceId(Uuid::from_u128(0x84))
}

pub fn unit(number: u128) -> UnitId {
    UnitId(Uuid::from_u128(number))
}

pub fn unit_scope(number: u128) -> Scope {
    Scope::unit(province(), unit(number))
}

pub fn delegation() -> DelegationId {
    DelegationId(Uuid::from_u128(0xd1))
}

pub fn delegation_scope() -> Scope {
    Scope::delegation(province(), delegation())
}

pub fn record(number: u128) -> RecordId {
    RecordId(Uuid::from_u128(0xf000 + number))
}

/// An open store in a folder of its own.
pub struct Store {
    pub folder: TempDir,
    pub ledger: Ledger,
}

pub fn open(folder: &Path) -> Result<Ledger, LedgerError> {
    open_with(folder, Arc::new(NoIndex))
}

pub fn open_with(folder: &Path, index: Arc<dyn Index>) -> Result<Ledger, LedgerError> {
    Ledger::open(Folder::open(folder, Unlock::default())?, index, program())
}

impl Store {
    pub fn new() -> Self {
        Self::with(Arc::new(NoIndex))
    }

    pub fn with(index: Arc<dyn Index>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_with(folder.path(), index).unwrap();
        Self { folder, ledger }
    }

    /// Closes and opens it again, as another start of the program does.
    pub fn reopened(self) -> Self {
        let Self { folder, ledger } = self;
        drop(ledger);
        let ledger = open(folder.path()).unwrap();
        Self { folder, ledger }
    }

    /// A connection of its own, past every check, for doing damage.
    pub fn raw(&self) -> Connection {
        cotmoc_ledger::open_connection(&self.ledger.database_path(), self.ledger.folder().key()).unwrap()
    }

    pub fn state(&self, id: RecordId) -> Option<serde_json::Value> {
        let held = self.ledger.record(id).unwrap()?;
        Some(serde_json::from_str(&held.state).unwrap())
    }

    pub fn rebuild(&self) -> Rebuilt {
        self.ledger.rebuild(|_, _| {}).unwrap()
    }

    pub fn edit(
        &self,
        author: &Author,
        scope: Scope,
        id: RecordId,
        kind: RecordKind,
        edits: Vec<Edit>,
    ) -> Hash32 {
        let write = Write::Edit {
            scope,
            record: id,
            kind,
            edits,
        };
        let written = self.ledger.write(author, NOW, &[write]).unwrap();
        written.entries[0]
    }

    /// A registration's name, as its unit writes it.
    pub fn name(&self, author: &Author, scope: Scope, id: RecordId, name: &str) -> Hash32 {
        self.edit(
            author,
            scope,
            id,
            RecordKind::Registration,
            vec![Edit::line("name", name)],
        )
    }

    /// Everything this author has written here.
    pub fn outbox(&self, author: &Author) -> Pack {
        let author = (author.device(), author.incarnation);
        over_the_wire(&written_after(&self.ledger, author, &BTreeMap::new()))
    }

    /// Everything here, as the device of this author receives it.
    pub fn everything_for(&self, author: &Author) -> Pack {
        let roster = self.ledger.roster(province()).unwrap();
        let visible = self.ledger.visible_to(&roster, &author.device()).unwrap();
        let request = PageRequest {
            visible: &visible,
            after: 0,
            page_bytes: u64::MAX,
            except: None,
            have: &BTreeMap::new(),
            set_aside: cotmoc_ledger::SetAsideGoes::ByHash,
        };
        over_the_wire(&self.ledger.page(&request).unwrap().pack)
    }

    pub fn receive(&self, pack: &Pack) -> Received {
        self.ledger.receive(pack).unwrap()
    }

    /// What two stores compare: all entries, all documents, and the digest of what a device sees.
    pub fn sums(&self, viewer: &Author) -> (Vec<Hash32>, Hash32, SetDigest) {
        let roster = self.ledger.roster(province()).unwrap();
        let visible = self.ledger.visible_to(&roster, &viewer.device()).unwrap();
        let digest = self.ledger.digest(&visible).unwrap();
        (
            self.ledger.sorted_entry_hashes().unwrap(),
            self.ledger.all_states_hash().unwrap(),
            digest,
        )
    }
}

pub fn over_the_wire(pack: &Pack) -> Pack {
    let mut writer = Writer::new();
    pack.write(&mut writer);
    Pack::read(&mut Reader::new(&writer.finish())).unwrap()
}

/// A province: its authority and the store in which it enters grants.
pub struct Province {
    pub server: Store,
    pub authority: Author,
}

impl Province {
    pub fn new() -> Self {
        let authority = author(250);
        let server = Store::new();
        server
            .ledger
            .join_province(province(), authority.device())
            .unwrap();
        let this = Self { server, authority };
        let name = "Tỉnh thử nghiệm".to_owned();
        this.act(RosterAct::Founded {
            province: province(),
            name,
            root_unit: unit(1),
        });
        let units = [unit(11), unit(12)].into();
        let campaign = Uuid::from_u128(0xca);
        this.act(RosterAct::DelegationSet {
            delegation: delegation(),
            campaign,
            number: 1,
            units,
            asked: None,
        });
        this
    }

    pub fn act(&self, act: RosterAct) {
        let write = Write::Act {
            scope: Scope::roster(province()),
            act,
        };
        self.server.ledger.write(&self.authority, NOW, &[write]).unwrap();
    }

    /// Enrols a device, as one invitation and one grant.
    pub fn enrol(&self, author: &Author, role: Role, holder: Holder) {
        let invitation = Hash32::of("cotmoc test invitation", &author.device().0);
        let holder_name = "Đơn vị thử nghiệm".to_owned();
        let expires_at = NOW + 1;
        self.act(RosterAct::Invited {
            invitation,
            role,
            holder,
            holder_name,
            expires_at,
            asked: None,
        });
        self.act(RosterAct::Granted {
            device: author.device(),
            label: "máy thử nghiệm".into(),
            invitation,
        });
    }

    pub fn post(&self, number: u8, of_unit: u128) -> Author {
        let author = author(number);
        self.enrol(&author, Role::Post, Holder::Unit(unit(of_unit)));
        author
    }

    pub fn compiler(&self, number: u8) -> Author {
        let author = author(number);
        self.enrol(&author, Role::Compiler, Holder::Province);
        author
    }

    pub fn secretary(&self, number: u8, slot: u32) -> Author {
        let author = author(number);
        self.enrol(&author, Role::Secretary, Holder::Delegation(delegation(), slot));
        author
    }

    /// A new store that knows the roster as it is now.
    pub fn store(&self) -> Store {
        self.store_with(Arc::new(NoIndex))
    }

    pub fn store_with(&self, index: Arc<dyn Index>) -> Store {
        let store = Store::with(index);
        store
            .ledger
            .join_province(province(), self.authority.device())
            .unwrap();
        store.receive(&self.roster());
        store
    }

    pub fn roster(&self) -> Pack {
        self.server.outbox(&self.authority)
    }
}

/// Writes entries without a store, as a program that keeps no rule could.
pub struct Pen {
    pub author: Author,
    heads: BTreeMap<Scope, (u64, Hash32)>,
}

impl Pen {
    pub fn new(author: Author) -> Self {
        Self {
            author,
            heads: BTreeMap::new(),
        }
    }

    pub fn entry(&mut self, scope: Scope, id: RecordId, kind: RecordKind, payload: Vec<u8>) -> Entry {
        let entry_kind = if kind == RecordKind::Roster {
            EntryKind::RosterAct
        } else {
            EntryKind::Change
        };
        self.entry_of(entry_kind, scope, (id, kind), payload)
    }

    pub fn entry_of(
        &mut self,
        entry_kind: EntryKind,
        scope: Scope,
        (id, kind): (RecordId, RecordKind),
        payload: Vec<u8>,
    ) -> Entry {
        let (seq, prev) = self.heads.get(&scope).copied().unwrap_or((0, Hash32::ZERO));
        let log = LogId {
            device: self.author.device(),
            incarnation: self.author.incarnation,
            scope,
        };
        let content = NewEntry {
            record: id,
            record_kind: kind,
            kind: entry_kind,
            payload,
            claimed_at: NOW,
        };
        let entry = Entry {
            log,
            seq: seq + 1,
            prev,
            content,
        };
        self.heads.insert(scope, (entry.seq, entry.hash()));
        entry
    }

    /// An edit of a document that this author has in hand.
    pub fn edit(&mut self, scope: Scope, id: RecordId, doc: &mut RecordDoc, edits: &[Edit]) -> Entry {
        let payload = doc
            .edit(self.author.actor(), edits)
            .unwrap()
            .expect("an edit that changes something");
        self.entry(scope, id, doc.kind(), payload)
    }

    /// Entries of one of its logs as a pack.
    pub fn pack(&self, entries: &[Entry]) -> Pack {
        let (first, last) = (&entries[0], &entries[entries.len() - 1]);
        let mut pack = Pack::default();
        let mut items = Vec::new();
        for entry in entries {
            let content = &entry.content;
            let named = PackedRecord {
                id: content.record,
                kind: content.record_kind,
                document: None,
            };
            let record = pack
                .records
                .iter()
                .position(|known| *known == named)
                .unwrap_or_else(|| {
                    pack.records.push(named);
                    pack.records.len() - 1
                });
            let payload = Payload::Inline(content.payload.clone());
            items.push(Item::Entry {
                record,
                kind: content.kind,
                claimed_at: content.claimed_at,
                payload,
            });
        }
        let signature = self.author.key.sign_log_head(&last.hash());
        pack.runs.push(Run {
            log: first.log,
            first_seq: first.seq,
            prev: first.prev,
            items,
            signature,
        });
        over_the_wire(&pack)
    }

    pub fn packs(&self, entries: &[Entry]) -> Vec<Pack> {
        entries
            .iter()
            .map(|entry| self.pack(std::slice::from_ref(entry)))
            .collect()
    }
}

pub fn registration() -> RecordDoc {
    RecordDoc::new(RecordKind::Registration).unwrap()
}

/// A registration of its own with nothing but a name.
pub fn named(pen: &mut Pen, scope: Scope, id: RecordId, name: &str) -> Entry {
    pen.edit(scope, id, &mut registration(), &[Edit::line("name", name)])
}

/// What an author has written here after these places of its logs.
pub fn written_after(
    ledger: &Ledger,
    (device, incarnation): (DeviceKey, Incarnation),
    after: &BTreeMap<LogId, u64>,
) -> Pack {
    let heads = ledger.heads_of(device, incarnation).unwrap();
    let logs: Vec<_> = heads
        .into_iter()
        .map(|(log, _, _)| (log, after.get(&log).copied().unwrap_or(0)))
        .collect();
    ledger
        .rest_of(&logs, u64::MAX, SetAsideGoes::ByHash)
        .unwrap()
        .pack
}
