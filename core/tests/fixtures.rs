//! The messages of version 1 as they were written once: every later program reads them, finds in them what was
//! meant, and writes the same bytes. The files are never made again; what changes them changes the protocol.

#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "fixtures are files")]

use std::path::PathBuf;

use cotmoc_core::access::{FoundBranch, Holder, LogName, Refusal, Role, RosterAct, invitation_hash};
use cotmoc_core::codec::{Reader, Writer};
use cotmoc_core::exchange::{
    Answer, Begun, Buckets, Chunk, Compared, Cursor, Enrolled, EnrolmentProof, EnrolmentRequest, Epoch, Head,
    Holds, Invitation, Item, LeftOut, Load, LogPosition, Pack, PackedRecord, Pages, ParcelClaim, Parts,
    Payload, RESUMABLE_FROM, Refused, Request, Run, ServerProblem, SetDigest, StickFrame, Wanted,
    request_signature_valid, shrink, unshrink, write_part,
};
use cotmoc_core::id::{AttachmentId, DelegationId, Hash32, ProvinceId, RecordId};
use cotmoc_core::journal::{
    DeviceKey, Entry, EntryKind, Incarnation, LogId, NewEntry, Receipt, Scope, ServerLife, SigningKey,
    actor_of, verify_log_head,
};
use cotmoc_core::media::{
    Added, BlobId, GeoPoint, Lane, Manifest, MediaType, Removed, Rendition, Role as MediaRole, Tail,
};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::{
    Edit, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind, examine, genesis_change, read_saved,
};
use uuid::Uuid;

const WHEN: i64 = 1_764_000_000_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn device() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn authority() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn province() -> ProvinceId {
    ProvinceId(Uuid::from_u128(0x84))
}

fn unit() -> UnitId {
    UnitId(Uuid::from_u128(0x11))
}

fn log(of: &SigningKey, scope: Scope) -> LogId {
    LogId {
        device: of.device(),
        incarnation: Incarnation(3),
        scope,
    }
}

fn unit_log() -> LogId {
    log(&device(), Scope::unit(province(), unit()))
}

fn record(number: u128) -> RecordId {
    RecordId(Uuid::from_u128(0xf000 + number))
}

fn cursor() -> Cursor {
    Cursor {
        epoch: Epoch(Uuid::from_u128(0xe9)),
        position: 300,
        chain: Hash32([7; 32]),
    }
}

/// The changes of a registration, one per line, hexadecimal.
fn changes() -> Vec<Vec<u8>> {
    let text = String::from_utf8(fixture("registration.changes.hex")).unwrap();
    text.lines().map(unhex).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// Entries of every kind, one after the other in one log: two changes of a record that travels as its document,
/// one entry that is withheld, a change, an attachment and an entry of a kind that version 1 does not know.
fn entries() -> Vec<Entry> {
    let changes = changes();
    let content = |number, kind, payload: &[u8]| NewEntry {
        record: record(number),
        record_kind: RecordKind::Registration,
        kind,
        payload: payload.to_vec(),
        claimed_at: WHEN,
    };
    let mut newer = content(3, EntryKind::from_code(200).unwrap(), b"of a newer program");
    newer.record_kind = RecordKind::from_code(201);
    newer.claimed_at = -5;
    let contents = [
        content(1, EntryKind::Change, &changes[0]),
        content(1, EntryKind::Change, &changes[1]),
        content(1, EntryKind::Change, &changes[2]),
        content(2, EntryKind::Change, &changes[0]),
        content(2, EntryKind::Change, &changes[1]),
        content(2, EntryKind::Attachment, &fixture("manifest-added.bin")),
        newer,
    ];
    let mut prev = Hash32::ZERO;
    let chain = |(at, content)| {
        let entry = Entry {
            log: unit_log(),
            seq: at as u64 + 1,
            prev,
            content,
        };
        prev = entry.hash();
        entry
    };
    contents.into_iter().enumerate().map(chain).collect()
}

fn act_entry() -> Entry {
    Entry {
        log: log(&authority(), Scope::roster(province())),
        seq: 1,
        prev: Hash32::ZERO,
        content: NewEntry {
            record: RecordId(province().0),
            record_kind: RecordKind::Roster,
            kind: EntryKind::RosterAct,
            payload: acts()[0].encode(),
            claimed_at: WHEN,
        },
    }
}

fn pack() -> Pack {
    let packed = |number, kind, document| PackedRecord {
        id: record(number),
        kind,
        document,
    };
    let item = |entry: &Entry, record, payload| Item::Entry {
        record,
        kind: entry.content.kind,
        claimed_at: entry.content.claimed_at,
        payload,
    };
    let inline = |entry: &Entry| Payload::Inline(entry.content.payload.clone());
    let entries = entries();
    let items = vec![
        item(&entries[0], 0, Payload::InDocument),
        item(&entries[1], 0, Payload::InDocument),
        item(&entries[2], 0, Payload::InDocument),
        Item::Withheld(entries[3].hash()),
        item(&entries[4], 1, inline(&entries[4])),
        item(&entries[5], 1, inline(&entries[5])),
        item(&entries[6], 2, inline(&entries[6])),
    ];
    let act = act_entry();
    Pack {
        records: vec![
            packed(
                1,
                RecordKind::Registration,
                Some(fixture("registration.document.bin")),
            ),
            packed(2, RecordKind::Registration, None),
            packed(3, RecordKind::from_code(201), None),
            PackedRecord {
                id: RecordId(province().0),
                kind: RecordKind::Roster,
                document: None,
            },
        ],
        runs: vec![
            Run {
                log: unit_log(),
                first_seq: 1,
                prev: Hash32::ZERO,
                items,
                signature: device().sign_log_head(&entries[6].hash()),
            },
            Run {
                log: act.log,
                first_seq: 1,
                prev: Hash32::ZERO,
                items: vec![item(&act, 3, inline(&act))],
                signature: authority().sign_log_head(&act.hash()),
            },
        ],
    }
}

fn receipt() -> Receipt {
    let last = entries().pop().unwrap();
    Receipt::sign(&authority(), unit_log(), last.seq, last.hash(), true)
}

fn load() -> Load {
    let bytes = b"a small picture".to_vec();
    Load {
        pack: pack(),
        receipts: vec![receipt()],
        chunks: vec![Chunk {
            blob: BlobId::of(&bytes).0,
            index: 0,
            bytes,
        }],
    }
}

fn wanted() -> Vec<Wanted> {
    vec![Wanted {
        blob: Hash32([9; 32]),
        ranges: vec![(0, 2), (5, 1)],
    }]
}

fn head_of_last() -> Head {
    let last = entries().pop().unwrap();
    Head {
        log: unit_log(),
        seq: last.seq,
        hash: last.hash(),
    }
}

fn plain_request() -> Request {
    Request::of((device().device(), Incarnation(3)), province(), cursor(), 65_536)
}

fn full_request() -> Request {
    Request {
        pages: Pages::None,
        load: load(),
        compare: Some(Buckets::of(&[head_of_last()])),
        wants: vec![(unit_log(), 4)],
        have: vec![head_of_last()],
        begun: Some(Begun {
            hash: [8; 16],
            bytes: 700,
        }),
        wanted: wanted(),
        brings: Some(Lane::Original),
        ..plain_request()
    }
}

fn full_answer() -> Answer {
    Answer {
        restarted: true,
        more: true,
        held: vec![LogPosition {
            scope: unit_log().scope,
            seq: 7,
            hash: head_of_last().hash,
        }],
        receipts: vec![receipt()],
        refused: vec![Refused {
            entry: head_of_last().hash,
            reason: Refusal::UnknownKind,
        }],
        digest: Some(SetDigest([6; 32])),
        load: load(),
        compared: Some(Compared {
            buckets: vec![3, 200],
            heads: vec![head_of_last()],
        }),
        positions: vec![head_of_last()],
        wanted: wanted(),
        left_out: vec![(unit_log(), LeftOut::Fork)],
        ..Answer::of(cursor())
    }
}

fn receipt_in_life() -> Receipt {
    let life = ServerLife {
        began: 1_780_000_000_000,
        id: Uuid::from_u128(0x77),
    };
    receipt().in_life(&authority(), life)
}

fn load_with_lives() -> Load {
    Load {
        receipts: vec![receipt(), receipt_in_life()],
        ..Load::default()
    }
}

fn answer_with_lives() -> Answer {
    Answer {
        receipts: vec![receipt_in_life()],
        ..Answer::of(cursor())
    }
}

fn request_with_forks() -> Request {
    Request {
        forks: Some(Hash32([6; 32])),
        ..plain_request()
    }
}

fn answer_with_forks() -> Answer {
    Answer {
        forks: Some(Hash32([8; 32])),
        ..Answer::of(cursor())
    }
}

fn answer_with_waiting() -> Answer {
    Answer {
        receipts: vec![Receipt::sign(
            &authority(),
            unit_log(),
            7,
            head_of_last().hash,
            false,
        )],
        waiting: vec![head_of_last().hash],
        ..Answer::of(cursor())
    }
}

fn fork_acts() -> Vec<RosterAct> {
    vec![
        RosterAct::ForkFound {
            log: LogName::of(&unit_log()),
            seq: 3,
            branches: vec![
                FoundBranch {
                    hash: Hash32([3; 32]),
                    entries: 2,
                    claimed: Some((WHEN, WHEN + 60_000)),
                },
                FoundBranch {
                    hash: Hash32([4; 32]),
                    entries: 1,
                    claimed: None,
                },
            ],
        },
        RosterAct::ForkSettled {
            log: LogName::of(&unit_log()),
            seq: 3,
            keep: Hash32([3; 32]),
            asked: Some(Hash32([5; 32])),
        },
    ]
}

fn acts() -> Vec<RosterAct> {
    let code = [4; 16];
    let invitation = invitation_hash(&code);
    let delegation = DelegationId(Uuid::from_u128(0xd1));
    vec![
        RosterAct::Founded {
            province: province(),
            name: "Tỉnh Sơn La".to_owned(),
            root_unit: unit(),
        },
        RosterAct::Invited {
            invitation,
            role: Role::Secretary,
            holder: Holder::Delegation(delegation, 2),
            holder_name: "Đoàn khảo sát số 1".to_owned(),
            expires_at: WHEN,
            asked: Some(Hash32([5; 32])),
        },
        RosterAct::Granted {
            device: device().device(),
            label: "Máy đồn".to_owned(),
            invitation,
        },
        RosterAct::Revoked {
            device: device().device(),
            reason: "mất máy".to_owned(),
            cuts: vec![cotmoc_core::access::Cut::of(&unit_log(), 7, head_of_last().hash)],
            asked: None,
        },
        RosterAct::DelegationSet {
            delegation,
            campaign: Uuid::from_u128(0xca),
            number: 1,
            units: [unit()].into(),
            asked: None,
        },
    ]
}

fn invitation() -> Invitation {
    Invitation {
        server: "https://192.0.2.7:8443".to_owned(),
        tls_pin: [1; 32],
        authority: authority().device(),
        province: province(),
        province_name: "Tỉnh Sơn La".to_owned(),
        role: Role::Post,
        holder_name: "Đồn Biên phòng Mường Lạn".to_owned(),
        slot: 0,
        expires_at: WHEN,
        code: [4; 16],
    }
}

fn enrolment() -> EnrolmentRequest {
    let request = EnrolmentProof::request(&device(), province(), &[4; 16], "Máy đồn");
    EnrolmentRequest {
        authority: Some(authority().device()),
        ..request
    }
}

fn manifests() -> [(&'static str, Manifest); 2] {
    let rendition = |role, sides, bytes: &[u8]| Rendition::of(role, sides, bytes).unwrap();
    let id = AttachmentId(Uuid::from_u128(0xa1));
    let added = Added {
        id,
        name: "ruong-bac-thang.webp".to_owned(),
        media_type: MediaType::Webp,
        caption: "Ruộng bậc thang".to_owned(),
        place: Some(GeoPoint {
            lat: 209_000_000,
            lon: 1_036_000_000,
        }),
        renditions: vec![
            rendition(MediaRole::Thumbnail, (160, 120), b"a small picture"),
            rendition(MediaRole::Working, (1_600, 1_200), &[7; 70_000]),
        ],
        tail: Tail::read(&mut Reader::new(&[9, 2, 0xab, 0xcd])).unwrap(),
    };
    let removed = Removed {
        id,
        tail: Tail::default(),
    };
    [
        ("manifest-added.bin", Manifest::Added(added)),
        ("manifest-removed.bin", Manifest::Removed(removed)),
    ]
}

fn entry_lines() -> String {
    let line = |entry: &Entry| {
        let content = &entry.content;
        let payload = hex(&content.payload);
        serde_json::json!({
            "device": entry.log.device.to_string(),
            "incarnation": entry.log.incarnation.0,
            "scope": hex(&entry.log.scope.encode()),
            "seq": entry.seq,
            "prev": entry.prev.to_string(),
            "record": content.record.to_string(),
            "record_kind": content.record_kind.code(),
            "kind": content.kind.code(),
            "claimed_at": content.claimed_at,
            "payload": payload,
            "hash": entry.hash().to_string(),
        })
        .to_string()
    };
    let all: Vec<String> = entries().iter().chain([&act_entry()]).map(line).collect();
    all.join("\n") + "\n"
}

fn genesis_lines() -> String {
    let line = |kind: RecordKind| {
        let change = genesis_change(kind).map_or(String::new(), hex);
        format!("{} {change}\n", kind.code())
    };
    RecordKind::ALL.into_iter().map(line).collect()
}

fn act_lines(acts: &[RosterAct]) -> String {
    let line = |act: &RosterAct| String::from_utf8(act.encode()).unwrap() + "\n";
    acts.iter().map(line).collect()
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.finish()
}

fn receipt_bytes() -> Vec<u8> {
    written(|writer| {
        receipt().log.write(writer);
        receipt().write_place(writer);
    })
}

fn body() -> Vec<u8> {
    plain_request().sign(&device()).repeat(40)
}

/// First frames of bundles: of a device, and of the province, which says more.
fn holds() -> [(&'static str, Holds); 2] {
    let of_a_device = Holds {
        heads: vec![Head {
            log: unit_log(),
            seq: 9,
            hash: Hash32([4; 32]),
        }],
        ..Holds::default()
    };
    let of_the_province = Holds {
        refused: vec![Refused {
            entry: Hash32([5; 32]),
            reason: Refusal::OutsideScope,
        }],
        cursor: Some(cursor()),
        began: Some(1_770_000_000_000),
        ..of_a_device.clone()
    };
    [
        ("stick-holds.bin", of_a_device),
        ("stick-holds-province.bin", of_the_province),
    ]
}

/// The contents of a frame before compression, which may be another with another version of zstd.
fn frame(holds: &Holds) -> Vec<u8> {
    unshrink(&holds.to_frame().1).unwrap().into_owned()
}

/// Every file that follows from the fixed seeds, with its bytes.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let json = |value: serde_json::Value| serde_json::to_vec(&value).unwrap();
    let mut all: Vec<(&'static str, Vec<u8>)> = manifests()
        .into_iter()
        .map(|(name, manifest)| (name, manifest.encode().unwrap()))
        .collect();
    let small = Answer::of(cursor()).write();
    let large = [5; RESUMABLE_FROM + 10];
    let hash: [u8; 16] = blake3_of(&large)[..16].try_into().unwrap();
    let begun = Begun { hash, bytes: 4_000 };
    all.extend([
        ("log.bin", written(|writer| unit_log().write(writer))),
        ("entries.jsonl", entry_lines().into_bytes()),
        ("genesis.txt", genesis_lines().into_bytes()),
        ("roster-acts.jsonl", act_lines(&acts()).into_bytes()),
        ("fork-acts.jsonl", act_lines(&fork_acts()).into_bytes()),
        ("pack.bin", written(|writer| pack().write(writer))),
        ("load.bin", load().to_bytes()),
        ("receipt.bin", receipt_bytes()),
        ("request-plain.bin", plain_request().sign(&device())),
        ("request-full.bin", full_request().sign(&device())),
        ("request-forks.bin", request_with_forks().sign(&device())),
        ("answer-plain.bin", small.clone()),
        ("answer-full.bin", full_answer().write()),
        ("answer-forks.bin", answer_with_forks().write()),
        ("answer-lives.bin", answer_with_lives().write()),
        ("answer-waiting.bin", answer_with_waiting().write()),
        ("load-lives.bin", load_with_lives().to_bytes()),
        ("part-small.bin", write_part(&shrink(&small), None)),
        ("part-rest.bin", write_part(&large, Some(&begun))),
        ("invitation.txt", invitation().to_text().into_bytes()),
        (
            "parcel-claim.txt",
            ParcelClaim::sign(&device(), &body()).to_text().into_bytes(),
        ),
        (
            "enrolment-request.json",
            json(serde_json::to_value(enrolment()).unwrap()),
        ),
        (
            "enrolled.json",
            json(serde_json::json!({"version": 1, "authority": authority().device()})),
        ),
        (
            "problem.json",
            json(serde_json::json!({"code": "invitation_used"})),
        ),
    ]);
    all.extend(holds().map(|(name, holds)| (name, frame(&holds))));
    all
}

fn blake3_of(bytes: &[u8]) -> [u8; 32] {
    BlobId::of(bytes).0.0
}

/// Made once for each version. Run again after an accident: what differs from the committed files is the accident.
#[test]
#[ignore = "writes the fixtures of this version; the others read them"]
fn write_the_fixtures() {
    std::fs::create_dir_all(folder()).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder().join(name), bytes).unwrap();
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    let actor = actor_of(&device().device(), Incarnation(3));
    let edits = [
        vec![
            Edit::line("name", "Thắp sáng đường biên"),
            Edit::int("year", 2026),
        ],
        vec![Edit::Text {
            property: "goals",
            text: "Sáng đường, sạch bản".to_owned(),
        }],
        vec![Edit::line("name", "Thắp sáng đường biên giới")],
    ];
    let lines: Vec<String> = edits
        .iter()
        .map(|edits| hex(&doc.edit(actor, edits).unwrap().unwrap()))
        .collect();
    put("registration.changes.hex", (lines.join("\n") + "\n").as_bytes());
    put("registration.document.bin", &doc.save());
    put("registration.state.json", doc.canonical_state().as_bytes());
    put("body-zstd.bin", &shrink(&body()));
    for (name, manifest) in manifests() {
        put(name, &manifest.encode().unwrap());
    }
    for (name, bytes) in all() {
        put(name, &bytes);
    }
    let page = std::fs::read_to_string(protocol()).unwrap();
    std::fs::write(protocol(), with_vectors(&page)).unwrap();
}

#[test]
fn every_message_of_version_1_is_still_written_byte_for_byte() {
    for (name, bytes) in all() {
        assert_eq!(hex(&bytes), hex(&fixture(name)), "{name}");
    }
}

#[test]
fn every_message_of_version_1_still_means_what_it_meant() {
    let asker = (device().device(), Incarnation(3));
    for (name, meant) in [
        ("request-plain.bin", plain_request()),
        ("request-full.bin", full_request()),
        ("request-forks.bin", request_with_forks()),
    ] {
        let bytes = fixture(name);
        assert_eq!(Request::read(&bytes).unwrap(), meant, "{name}");
        assert!(request_signature_valid(&bytes, &device().device()));
    }
    for (name, meant) in [
        ("answer-plain.bin", Answer::of(cursor())),
        ("answer-full.bin", full_answer()),
        ("answer-forks.bin", answer_with_forks()),
        ("answer-lives.bin", answer_with_lives()),
        ("answer-waiting.bin", answer_with_waiting()),
    ] {
        assert_eq!(Answer::read(&fixture(name), asker).unwrap(), meant, "{name}");
    }
    for (name, meant) in holds() {
        let (kind, _) = meant.to_frame();
        let plain = [&[0][..], &fixture(name)].concat();
        assert_eq!(
            StickFrame::read(kind, &plain).unwrap(),
            StickFrame::Holds(meant),
            "{name}"
        );
    }
    assert_eq!(Load::from_bytes(&fixture("load.bin")).unwrap(), load());
    let load = Load::from_bytes(&fixture("load-lives.bin")).unwrap();
    assert_eq!(load, load_with_lives());
    assert!(
        load.receipts
            .iter()
            .all(|receipt| receipt.verify(&authority().device()))
    );
    let bytes = fixture("pack.bin");
    let mut reader = Reader::new(&bytes);
    assert_eq!(Pack::read(&mut reader).unwrap(), pack());
    reader.end("pack").unwrap();
    let bytes = fixture("receipt.bin");
    let mut reader = Reader::new(&bytes);
    let log = LogId::read(&mut reader).unwrap();
    let read = Receipt::read_place(&mut reader, log).unwrap();
    assert_eq!(read, receipt());
    assert!(read.verify(&authority().device()));
    for (name, meant) in manifests() {
        assert_eq!(Manifest::decode(&fixture(name)).unwrap(), meant, "{name}");
    }
    for (name, meant) in [("roster-acts.jsonl", acts()), ("fork-acts.jsonl", fork_acts())] {
        let read: Vec<RosterAct> = fixture(name)
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| RosterAct::decode(line).unwrap())
            .collect();
        assert_eq!(read, meant, "{name}");
    }
    let text = String::from_utf8(fixture("invitation.txt")).unwrap();
    assert_eq!(Invitation::from_text(&text).unwrap(), invitation());
    let text = String::from_utf8(fixture("parcel-claim.txt")).unwrap();
    let claim = ParcelClaim::from_text(&text).unwrap();
    assert_eq!(claim, ParcelClaim::sign(&device(), &body()));
    assert!(claim.verify());
    let read: EnrolmentRequest = serde_json::from_slice(&fixture("enrolment-request.json")).unwrap();
    assert_eq!(read, enrolment());
    assert_eq!(EnrolmentProof::check(&read), Some([4; 16]));
    let read: Enrolled = serde_json::from_slice(&fixture("enrolled.json")).unwrap();
    assert_eq!((read.version, read.authority), (1, authority().device()));
    let read: ServerProblem = serde_json::from_slice(&fixture("problem.json")).unwrap();
    assert_eq!(read.code, "invitation_used");
}

#[test]
fn a_body_and_parts_of_version_1_are_still_unpacked() {
    assert_eq!(unshrink(&fixture("body-zstd.bin")).unwrap().as_ref(), body());
    let mut parts = Parts::new(1 << 20, None);
    let got = parts.take(&fixture("part-small.bin")).unwrap();
    assert_eq!(got.len(), 1);
    assert_eq!(unshrink(&got[0]).unwrap().as_ref(), fixture("answer-plain.bin"));
    let large = [5; RESUMABLE_FROM + 10];
    let mut cut = Parts::new(1 << 20, None);
    cut.take(&write_part(&large, None)[..4_000 + 19]).unwrap();
    let unfinished = cut.unfinished().unwrap();
    assert_eq!(unfinished.begun().unwrap().bytes, 4_000);
    let mut resumed = Parts::new(1 << 20, Some(unfinished));
    assert_eq!(resumed.take(&fixture("part-rest.bin")).unwrap(), [large.to_vec()]);
}

#[test]
fn entries_and_documents_of_version_1_still_come_out_with_their_hashes_and_their_state() {
    let entries = entries();
    let run = &pack().runs[0];
    let last = entries.last().unwrap().hash();
    assert!(verify_log_head(&device().device(), &last, &run.signature));
    let job = Job {
        kind: RecordKind::Registration,
        held: None,
        input: JobInput::Document(fixture("registration.document.bin")),
    };
    let examined = examine(&job).unwrap();
    let read = read_saved(RecordKind::Registration, &fixture("registration.document.bin"), 3);
    assert_eq!(read.as_ref(), Some(&examined), "also without Automerge");
    let Examined {
        state,
        changes: found,
        ..
    } = examined;
    assert_eq!(state.as_bytes(), fixture("registration.state.json"));
    let found: Vec<Vec<u8>> = found.into_iter().map(|(_, change)| change).collect();
    assert_eq!(found, changes());
    let job = Job {
        kind: RecordKind::Registration,
        held: None,
        input: JobInput::Changes(changes()),
    };
    let examined = examine(&job).unwrap();
    assert_eq!(examined.outcomes, [Outcome::Applied; 3]);
    assert_eq!(examined.state.as_bytes(), fixture("registration.state.json"));
    let key: DeviceKey = hex(&device().device().0).parse().unwrap();
    assert_eq!(key, device().device());
}

fn protocol() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")
}

/// The page with the vectors of the fixtures between their marks, 32 bytes a line.
fn with_vectors(page: &str) -> String {
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out += line;
        out.push('\n');
        let name = line.strip_prefix("<!-- vector: ");
        let Some(name) = name.and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let bytes = fixture(name);
        let is_text = !name.ends_with(".bin");
        let shown = if is_text {
            String::from_utf8(bytes).unwrap().trim_end().to_owned() + "\n"
        } else {
            bytes.chunks(32).map(|row| hex(row) + "\n").collect()
        };
        out += &format!("```text\n{shown}```\n");
        // What stood there before.
        let mut old = lines.clone();
        if old.next() == Some("```text") {
            lines = old;
            for line in lines.by_ref() {
                if line == "```" {
                    break;
                }
            }
        }
    }
    out
}

#[test]
fn the_vectors_in_the_description_of_the_protocol_are_those_of_the_fixtures() {
    let page = std::fs::read_to_string(protocol()).unwrap();
    assert!(page.matches("<!-- vector: ").count() >= 6, "vectors are missing");
    assert_eq!(with_vectors(&page), page);
}
