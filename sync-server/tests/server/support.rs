//! A server in this process and devices with stores of their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cotmoc_core::access::{Holder, Role, RosterAct, invitation_hash};
use cotmoc_core::exchange::{
    Answer, Buckets, Cursor, Differs, Enrolled, EnrolmentProof, EnrolmentRequest, Invitation, Item, MAX_BODY,
    Pack, PackedRecord, ParcelClaim, Parts, Payload, Request, Run, ServerProblem, differences, shrink,
    unshrink,
};
use cotmoc_core::id::{DelegationId, Hash32, ProvinceId, RecordId};
use cotmoc_core::journal::{Entry, EntryKind, LogId, NewEntry, Scope};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{
    Author, Folder, GauntletProgram, Ledger, NoIndex, Received, SetAsideGoes, Unlock, Write,
};
use cotmoc_sync_server::{Founded, RunningServer, Server, Settings};
use reqwest::blocking::Client;
use tempfile::TempDir;
use uuid::Uuid;

use super::pinned::client;

pub const FAR_FUTURE: i64 = 4_000_000_000_000;

pub fn gauntlet() -> GauntletProgram {
    GauntletProgram {
        executable: env!("CARGO_BIN_EXE_sync-server").into(),
    }
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(random()).into_uuid()
}

/// A refusal as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// The connection broke before there was an answer.
    fn broken() -> Self {
        Self {
            status: 0,
            code: String::new(),
            retry_after: None,
        }
    }

    pub fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.code == code
    }
}

fn body_of(response: reqwest::blocking::Response) -> Result<Vec<u8>, Refusal> {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get("retry-after")
        .map(|value| value.to_str().unwrap().parse().unwrap());
    let bytes = response.bytes().unwrap().to_vec();
    if status == 200 {
        return Ok(bytes);
    }
    let problem: ServerProblem = serde_json::from_slice(&bytes).expect("every refusal is a ServerProblem");
    Err(Refusal {
        status,
        code: problem.code,
        retry_after,
    })
}

/// A server with one province and the invitation of its administrator.
pub struct Province {
    pub home: TempDir,
    pub server: RunningServer,
    pub founded: Founded,
    pub root_unit: UnitId,
}

impl Province {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(home.path(), gauntlet());
        change(&mut settings);
        let server = Server::start(settings).unwrap();
        let root_unit = UnitId(uuid());
        let founded = server.found_province("Tỉnh Sơn La", root_unit).unwrap();
        Self {
            home,
            server,
            founded,
            root_unit,
        }
    }

    pub fn id(&self) -> ProvinceId {
        self.founded.province
    }

    pub fn administrator(&self) -> DeviceIn {
        let device = Device::new();
        device.enrolled(&self.founded.invitation)
    }

    /// Entries the server holds.
    pub fn entries(&self) -> usize {
        self.server.state().ledger().sorted_entry_hashes().unwrap().len()
    }

    pub fn post(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let address = self.server.address();
        body_of(
            client(address.tls_pin)
                .post(format!("{}{path}", address.url))
                .body(body)
                .send()
                .unwrap(),
        )
    }
}

/// A device with a key and a store of its own.
pub struct Device {
    _folder: TempDir,
    pub ledger: Ledger,
    pub author: Author,
}

impl Device {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_ledger(folder.path());
        let author = ledger.author().unwrap();
        Self {
            _folder: folder,
            ledger,
            author,
        }
    }

    pub fn enrol(&self, invitation: &Invitation, label: &str) -> Result<Enrolled, Refusal> {
        let request = EnrolmentProof::request(&self.author.key, invitation.province, &invitation.code, label);
        send_enrolment(invitation, &request)
    }

    /// Enrols, takes part in the province and learns of its grant by a first exchange.
    pub fn enrolled(self, invitation: &Invitation) -> DeviceIn {
        let enrolled = self.enrol(invitation, "Máy tính trực ban").unwrap();
        assert_eq!(enrolled.authority, invitation.authority);
        let mut device = self.joined(invitation);
        device.exchange();
        device
    }

    /// Takes part in the province without asking.
    pub fn joined(self, invitation: &Invitation) -> DeviceIn {
        self.ledger
            .join_province(invitation.province, invitation.authority)
            .unwrap();
        DeviceIn {
            device: self,
            client: client(invitation.tls_pin),
            invitation: invitation.clone(),
            cursor: Cursor::START,
            confirmed: BTreeMap::new(),
            page_bytes: 1 << 20,
        }
    }
}

fn open_ledger(path: &Path) -> Ledger {
    Ledger::open(
        Folder::open(path, Unlock::default()).unwrap(),
        Arc::new(NoIndex),
        gauntlet(),
    )
    .unwrap()
}

pub fn send_enrolment(invitation: &Invitation, request: &EnrolmentRequest) -> Result<Enrolled, Refusal> {
    let response = client(invitation.tls_pin)
        .post(format!("{}/v1/enrol", invitation.server))
        .body(serde_json::to_vec(request).unwrap())
        .send()
        .unwrap();
    body_of(response).map(|body| serde_json::from_slice(&body).unwrap())
}

/// A device that takes part in a province.
pub struct DeviceIn {
    device: Device,
    client: Client,
    pub invitation: Invitation,
    pub cursor: Cursor,
    pub confirmed: BTreeMap<LogId, u64>,
    pub page_bytes: u64,
}

impl std::ops::Deref for DeviceIn {
    type Target = Device;
    fn deref(&self) -> &Device {
        &self.device
    }
}

impl DeviceIn {
    pub fn province(&self) -> ProvinceId {
        self.invitation.province
    }

    pub fn log(&self, scope: Scope) -> LogId {
        LogId {
            device: self.author.device(),
            incarnation: self.author.incarnation,
            scope,
        }
    }

    /// Writes a registration with one line, or changes its line.
    pub fn write(&self, scope: Scope, record: RecordId, text: &str) -> Hash32 {
        self.write_kind(scope, record, RecordKind::Registration, Edit::line("name", text))
    }

    pub fn write_kind(&self, scope: Scope, record: RecordId, kind: RecordKind, edit: Edit) -> Hash32 {
        let write = Write::Edit {
            scope,
            record,
            kind,
            edits: vec![edit],
        };
        self.ledger
            .write(&self.author, 1_770_000_000_000, &[write])
            .unwrap()
            .entries[0]
    }

    pub fn ask(&self, act: RosterAct) -> Hash32 {
        let write = Write::Act {
            scope: Scope::roster(self.province()),
            act,
        };
        self.ledger
            .write(&self.author, 1_770_000_000_000, &[write])
            .unwrap()
            .entries[0]
    }

    /// Asks for an invitation and brings it to the province.
    pub fn invite(&mut self, role: Role, holder: Holder) -> Invitation {
        self.invite_until(role, holder, FAR_FUTURE)
    }

    pub fn invite_until(&mut self, role: Role, holder: Holder, expires_at: i64) -> Invitation {
        let code: [u8; 16] = random();
        let holder_name = "Đồn Biên phòng (dữ liệu minh họa)".to_owned();
        self.ask(RosterAct::Invited {
            invitation: invitation_hash(&code),
            role,
            holder,
            holder_name: holder_name.clone(),
            expires_at,
            asked: None,
        });
        self.exchange();
        let slot = if let Holder::Delegation(_, slot) = holder {
            slot
        } else {
            0
        };
        Invitation {
            role,
            holder_name,
            slot,
            expires_at,
            code,
            ..self.invitation.clone()
        }
    }

    /// Invites a device of this role and enrols it.
    pub fn invite_device(&mut self, role: Role, holder: Holder) -> DeviceIn {
        let invitation = self.invite(role, holder);
        Device::new().enrolled(&invitation)
    }

    pub fn invite_post(&mut self, unit: UnitId) -> DeviceIn {
        self.invite_device(Role::Post, Holder::Unit(unit))
    }

    pub fn outbox(&self) -> Pack {
        let heads = self
            .ledger
            .heads_of(self.author.device(), self.author.incarnation);
        let after = |log: &LogId| self.confirmed.get(log).copied().unwrap_or(0);
        let logs: Vec<_> = heads
            .unwrap()
            .into_iter()
            .map(|(log, _, _)| (log, after(&log)))
            .collect();
        self.ledger
            .rest_of(&logs, 8 << 20, SetAsideGoes::Whole)
            .unwrap()
            .pack
    }

    pub fn request(&self, pack: Pack) -> Request {
        let author = (self.author.device(), self.author.incarnation);
        let mut request = Request::of(author, self.province(), self.cursor, self.page_bytes);
        request.load.pack = pack;
        request
    }

    /// The body that this device would send now.
    pub fn body(&self, pack: Pack) -> Vec<u8> {
        shrink(&self.request(pack).sign(&self.author.key))
    }

    pub fn send(&self, body: Vec<u8>) -> Result<Answer, Refusal> {
        Ok(self.send_for_parts(body)?.into_iter().reduce(together).unwrap())
    }

    pub fn send_for_parts(&self, body: Vec<u8>) -> Result<Vec<Answer>, Refusal> {
        let url = format!("{}/v1/exchange", self.invitation.server);
        let stream = body_of(self.client.post(url).body(body).send().unwrap())?;
        Ok(self.read_answer(&stream))
    }

    /// The stream that answers a request.
    pub fn stream(&self, request: &Request) -> Vec<u8> {
        let url = format!("{}/v1/exchange", self.invitation.server);
        let body = shrink(&request.sign(&self.author.key));
        body_of(self.client.post(url).body(body).send().unwrap()).unwrap()
    }

    /// Sends the rest of a body that may take several connections; a broken connection is a refusal of its own.
    pub fn send_parcel(
        &self,
        claim: &ParcelClaim,
        from: usize,
        rest: reqwest::blocking::Body,
    ) -> Result<Vec<u8>, Refusal> {
        let url = format!("{}/v1/exchange", self.invitation.server);
        let request = self.client.post(url).body(rest);
        let request = request.header("cotmoc-parcel", format!("{from} {}", claim.to_text()));
        match request.send() {
            Ok(response) => body_of(response),
            Err(_) => Err(Refusal::broken()),
        }
    }

    /// Bytes that are there of a body more than there were, once the server has noticed that the connection is
    /// gone.
    pub fn parcel_after(&self, claim: &ParcelClaim, before: usize) -> usize {
        let mut here = before;
        for _ in 0..500 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            here = self.parcel(claim);
            if here > before {
                break;
            }
        }
        here
    }

    /// Bytes that are there of a body.
    pub fn parcel(&self, claim: &ParcelClaim) -> usize {
        let url = format!("{}/v1/parcel", self.invitation.server);
        let request = self
            .client
            .get(url)
            .header("cotmoc-parcel", format!("0 {}", claim.to_text()));
        let here = body_of(request.send().unwrap()).unwrap();
        String::from_utf8(here).unwrap().parse().unwrap()
    }

    /// Reads and takes in one part.
    pub fn apply_part(&mut self, part: &[u8]) {
        let asker = (self.author.device(), self.author.incarnation);
        let answer = Answer::read(&unshrink(part).unwrap(), asker).unwrap();
        self.apply(&answer);
    }

    /// The parts of an answer.
    pub fn read_answer(&self, stream: &[u8]) -> Vec<Answer> {
        let asker = (self.author.device(), self.author.incarnation);
        let parts = Parts::new(MAX_BODY, None).take(stream).unwrap();
        let read = |part: Vec<u8>| Answer::read(&unshrink(&part).unwrap(), asker).unwrap();
        parts.into_iter().map(read).collect()
    }

    /// Takes an answer in: entries, receipts, cursor.
    pub fn apply(&mut self, answer: &Answer) -> Received {
        let received = self.ledger.receive(&answer.load.pack).unwrap();
        assert!(received.problems.is_empty(), "{:?}", received.problems);
        for receipt in &answer.receipts {
            assert!(
                receipt.verify(&self.invitation.authority),
                "a receipt must carry the province's signature"
            );
            assert_eq!(
                self.ledger.hash_at(&receipt.log, receipt.seq).unwrap(),
                Some(receipt.hash)
            );
            let confirmed = self.confirmed.entry(receipt.log).or_default();
            *confirmed = receipt.seq.max(*confirmed);
        }
        self.cursor = answer.cursor;
        if let Some(digest) = answer.digest {
            assert_eq!(
                digest,
                self.digest(),
                "device and server must agree on what the device may see"
            );
        }
        received
    }

    /// Digest of what this device may see, as it holds it.
    pub fn digest(&self) -> cotmoc_core::exchange::SetDigest {
        let roster = self.ledger.roster(self.province()).unwrap();
        let visible = self.ledger.visible_to(&roster, &self.author.device()).unwrap();
        self.ledger.digest(&visible).unwrap()
    }

    /// Exchanges until nothing more follows; returns the first answer.
    pub fn exchange(&mut self) -> Answer {
        let first = self.send(self.body(self.outbox())).unwrap();
        if first.restarted {
            self.cursor = first.cursor;
            self.compare();
            return first;
        }
        self.apply(&first);
        let mut more = first.more;
        while more {
            let next = self.send(self.body(Pack::default())).unwrap();
            self.apply(&next);
            more = next.more;
        }
        first
    }

    /// Compares what both hold, brings what the server lacks and fetches what this device lacks.
    pub fn compare(&mut self) {
        let roster = self.ledger.roster(self.province()).unwrap();
        let visible = self.ledger.visible_to(&roster, &self.author.device()).unwrap();
        let ours = self.ledger.heads(&visible).unwrap();
        let mut request = self.request(Pack::default());
        let buckets = Buckets::of(&ours);
        let count = buckets.0.len();
        request.compare = Some(buckets);
        let answer = self.send(shrink(&request.sign(&self.author.key))).unwrap();
        let hash_at = |log: &LogId, seq| self.ledger.hash_at(log, seq);
        let compared = answer.compared.unwrap();
        let found = differences(count, &compared, &ours, hash_at).unwrap();
        let mut request = self.request(Pack::default());
        let mut lacks = Vec::new();
        for (log, differs) in found {
            match differs {
                Differs::TheyLack(after) => lacks.push((log, after)),
                Differs::WeLack(after) => request.wants.push((log, after)),
                Differs::Forked => panic!("forked: {log:?}"),
            }
        }
        let rest = self.ledger.rest_of(&lacks, 8 << 20, SetAsideGoes::Whole);
        request.load.pack = rest.unwrap().pack;
        let answer = self.send(shrink(&request.sign(&self.author.key))).unwrap();
        self.apply(&answer);
    }

    pub fn holds(&self, entry: Hash32) -> bool {
        self.ledger
            .sorted_entry_hashes()
            .unwrap()
            .binary_search(&entry)
            .is_ok()
    }

    /// State of a record as this device holds it.
    pub fn state(&self, record: RecordId) -> Option<String> {
        self.ledger.record(record).unwrap().map(|held| held.state)
    }

    /// A signed run with one entry of any content, as a hostile device would make it.
    pub fn forged(&self, scope: Scope, place: (u64, Hash32), payload: &[u8]) -> Pack {
        self.run_of(scope, place, (new_record(), RecordKind::Registration), payload)
    }

    /// A signed run with one entry, whatever this device may write.
    pub fn run_of(
        &self,
        scope: Scope,
        place: (u64, Hash32),
        (id, kind): (RecordId, RecordKind),
        payload: &[u8],
    ) -> Pack {
        let content = NewEntry {
            record: id,
            record_kind: kind,
            kind: EntryKind::Change,
            payload: payload.to_vec(),
            claimed_at: 0,
        };
        let log = self.log(scope);
        let hash = Entry {
            log,
            seq: place.0,
            prev: place.1,
            content,
        }
        .hash();
        let payload = Payload::Inline(payload.to_vec());
        Pack {
            records: vec![PackedRecord {
                id,
                kind,
                document: None,
            }],
            runs: vec![Run {
                log,
                first_seq: place.0,
                prev: place.1,
                items: vec![Item::Entry {
                    record: 0,
                    kind: EntryKind::Change,
                    claimed_at: 0,
                    payload,
                }],
                signature: self.author.key.sign_log_head(&hash),
            }],
        }
    }
}

/// Two parts of an answer as if they had come as one.
fn together(mut first: Answer, next: Answer) -> Answer {
    let before = first.load.pack.records.len();
    first.load.pack.records.extend(next.load.pack.records);
    first
        .load
        .pack
        .runs
        .extend(next.load.pack.runs.into_iter().map(|mut run| {
            for item in &mut run.items {
                if let Item::Entry { record, .. } = item {
                    *record += before;
                }
            }
            run
        }));
    first.refused.extend(next.refused);
    (first.cursor, first.more, first.digest) = (next.cursor, next.more, next.digest);
    first
}

pub fn new_unit() -> UnitId {
    UnitId(uuid())
}

pub fn new_delegation() -> DelegationId {
    DelegationId(uuid())
}

pub fn new_record() -> RecordId {
    RecordId(uuid())
}

/// Every file below a folder, with its bytes.
pub fn files_below(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
    }
    files
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
