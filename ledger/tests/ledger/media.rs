//! Photos and files: named by entries like any other, their bytes verified piece by piece, by whatever way they come.

// What is missing is a list of ranges, of one range too.
#![allow(clippy::single_range_in_vec_init)]

use cotmoc_core::access::Refusal;
use cotmoc_core::id::{AttachmentId, RecordId};
use cotmoc_core::journal::LogId;
use cotmoc_core::media::{
    Added, BlobId, CHUNK, ChunkList, GeoPoint, Lane, MAX_BLOB, Manifest, MediaType, Removed, Rendition, Role,
    Tail,
};
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Attachment, Author, Chunk, LedgerError, MediaStock, Taken, Write};
use uuid::Uuid;

use crate::support::{NOW, Province, Store, record, unit_scope};

/// Bytes that no two seeds have in common.
pub fn bytes(seed: u8, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at as u32).wrapping_mul(31).to_le_bytes()[at % 3] ^ seed)
        .collect()
}

pub fn id(number: u128) -> AttachmentId {
    AttachmentId(Uuid::from_u128(0xa77a_0000 + number))
}

/// A photo with a small and a working form.
pub fn photo(number: u128, small: &[u8], working: &[u8]) -> Added {
    Added {
        id: id(number),
        name: format!("Ảnh {number}.webp"),
        media_type: MediaType::Webp,
        caption: "Đèn đường bản Nậm Lạn".to_owned(),
        place: None,
        renditions: vec![
            Rendition::of(Role::Thumbnail, (320, 240), small).unwrap(),
            Rendition::of(Role::Working, (2048, 1536), working).unwrap(),
        ],
        tail: Tail::default(),
    }
}

pub fn removal(number: u128) -> Manifest {
    Manifest::Removed(Removed {
        id: id(number),
        tail: Tail::default(),
    })
}

fn attachment(record: RecordId, manifest: Manifest) -> Write {
    Write::Attach {
        scope: unit_scope(11),
        record,
        kind: RecordKind::Registration,
        manifest,
    }
}

impl Store {
    pub fn attach(&self, author: &Author, record: RecordId, manifest: Manifest) {
        let written = self
            .ledger
            .write(author, NOW, &[attachment(record, manifest)])
            .unwrap();
        assert_eq!((written.entries.len(), written.records), (1, vec![record]));
    }

    pub fn add_photo(&self, author: &Author, record: RecordId, number: u128, small: &[u8], working: &[u8]) {
        for bytes in [small, working] {
            assert_eq!(self.ledger.store_blob(bytes).unwrap(), BlobId::of(bytes));
        }
        self.attach(author, record, Manifest::Added(photo(number, small, working)));
    }

    pub fn attachments(&self, record: RecordId) -> Vec<Attachment> {
        self.ledger.attachments_of(record).unwrap()
    }

    /// Chunks missing of every blob, by its length.
    pub fn missing(&self) -> Vec<(u32, Vec<std::ops::Range<u32>>)> {
        let missing = self.ledger.missing_media(None, None, 100).unwrap();
        missing
            .into_iter()
            .map(|missing| (missing.length, missing.chunks))
            .collect()
    }

    /// Takes from another store whatever is missing here, chunk by chunk.
    pub fn fetch_all(&self, from: &Store) {
        for missing in self.ledger.missing_media(None, None, 100).unwrap() {
            for index in missing.chunks.into_iter().flatten() {
                let chunk = from.ledger.chunk(missing.blob, index).unwrap().unwrap();
                self.ledger.take_chunk(missing.blob, index, &chunk).unwrap();
            }
        }
    }
}

/// A post's device with a registration that has one photo: 100 bytes small, two and a half chunks large.
pub struct Town {
    pub province: Province,
    pub post: Author,
    pub device: Store,
    pub small: Vec<u8>,
    pub working: Vec<u8>,
}

impl Town {
    pub fn new() -> Self {
        let province = Province::new();
        let post = province.post(1, 11);
        let device = province.store();
        device.name(&post, unit_scope(11), record(1), "Thắp sáng đường biên");
        let (small, working) = (bytes(1, 100), bytes(2, 2 * CHUNK + CHUNK / 2));
        device.add_photo(&post, record(1), 1, &small, &working);
        Self {
            province,
            post,
            device,
            small,
            working,
        }
    }

    pub fn log(&self) -> LogId {
        LogId {
            device: self.post.device(),
            incarnation: self.post.incarnation,
            scope: unit_scope(11),
        }
    }

    /// Another device that has received the entries.
    pub fn other(&self) -> Store {
        let other = self.province.store();
        other.receive(&self.device.outbox(&self.post));
        other
    }
}

#[test]
fn a_photo_is_listed_with_all_that_was_said_of_it_until_it_is_taken_back() {
    let town = Town::new();
    let (device, post) = (&town.device, &town.post);
    let file = bytes(3, 3000);
    let mut pdf = photo(2, &file, &file);
    pdf.media_type = MediaType::Pdf;
    pdf.place = Some(GeoPoint {
        lat: 209_876_543,
        lon: 1_041_234_567,
    });
    pdf.renditions = vec![Rendition::of(Role::Original, (0, 0), &file).unwrap()];
    device.ledger.store_blob(&file).unwrap();
    device.attach(post, record(1), Manifest::Added(pdf.clone()));

    let listed = device.attachments(record(1));
    assert_eq!(listed.len(), 2);
    let (first, second) = (&listed[0], &listed[1]);
    assert_eq!(
        (first.id, first.name.as_str(), first.author, first.claimed_at),
        (id(1), "Ảnh 1.webp", post.device(), NOW)
    );
    assert_eq!((first.place, second.place), (None, pdf.place));
    assert_eq!(second.renditions[0].rendition, pdf.renditions[0]);
    assert!(
        listed
            .iter()
            .flat_map(|one| &one.renditions)
            .all(|rendition| rendition.complete)
    );
    assert_eq!(
        device.ledger.blob(BlobId::of(&town.working)).unwrap().unwrap(),
        town.working
    );
    assert_eq!(device.ledger.blob(BlobId::of(&file)).unwrap().unwrap(), file);
    assert_eq!(device.ledger.blob(BlobId::of(b"other")).unwrap(), None);

    device.attach(post, record(1), removal(1));
    let left: Vec<_> = device
        .attachments(record(1))
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(left, [id(2)]);
    let again = device
        .ledger
        .write(post, NOW, &[attachment(record(1), removal(1))])
        .unwrap();
    assert!(
        again.entries.is_empty(),
        "what is not there is taken back by no entry"
    );
    assert_eq!(
        device.ledger.entries_of(record(1)).unwrap().len(),
        1,
        "its document has one change"
    );
}

#[test]
fn no_entry_names_bytes_that_are_not_stored_nor_a_record_that_is_not_held() {
    let town = Town::new();
    let stranger = town.province.post(2, 12);
    town.device.receive(&town.province.roster());
    let before = town.device.ledger.arrival().unwrap();
    let write = |record, manifest| {
        town.device
            .ledger
            .write(&town.post, NOW, &[attachment(record, manifest)])
    };
    let absent = photo(2, &bytes(7, 10), &town.working);
    let blob = BlobId::of(&bytes(7, 10));
    assert!(
        matches!(write(record(1), Manifest::Added(absent)), Err(LedgerError::NoBlob(named)) if named == blob)
    );
    let mut lying = photo(2, &town.small, &town.working);
    lying.renditions[1].chunks = ChunkList::of(&bytes(8, 200)).unwrap();
    assert!(matches!(
        write(record(1), Manifest::Added(lying)),
        Err(LedgerError::NoBlob(_))
    ));
    let fine = || Manifest::Added(photo(2, &town.small, &town.working));
    assert!(matches!(write(record(9), fine()), Err(LedgerError::NoRecord(_))));
    let mut long = photo(2, &town.small, &town.working);
    long.caption = "x".repeat(2000);
    let refused = write(record(1), Manifest::Added(long));
    assert!(matches!(refused, Err(LedgerError::Refused(Refusal::Malformed))));
    let refused = town
        .device
        .ledger
        .write(&stranger, NOW, &[attachment(record(1), fine())]);
    assert!(matches!(
        refused,
        Err(LedgerError::Refused(Refusal::OutsideScope))
    ));
    for bytes in [vec![], vec![0; MAX_BLOB + 1]] {
        let refused = town.device.ledger.store_blob(&bytes);
        assert!(matches!(refused, Err(LedgerError::Refused(Refusal::TooLarge))));
    }
    assert_eq!(
        town.device.ledger.arrival().unwrap(),
        before,
        "nothing was written"
    );
}

#[test]
fn another_device_lists_a_photo_as_missing_and_completes_it_in_any_order_and_however_often_it_comes() {
    let town = Town::new();
    let other = town.other();
    assert_eq!(other.sums(&town.post), town.device.sums(&town.post));
    let listed = other.attachments(record(1));
    assert_eq!(listed[0].name, "Ảnh 1.webp");
    assert!(
        listed[0]
            .renditions
            .iter()
            .all(|one| one.held == 0 && !one.complete)
    );
    assert_eq!(
        other.missing(),
        [(100, vec![0..1]), (town.working.len() as u32, vec![0..3])]
    );
    let lane = |lane| other.ledger.missing_media(None, Some(lane), 9).unwrap();
    assert_eq!(lane(Lane::Thumbnail)[0].length, 100);
    assert_eq!(
        (
            lane(Lane::Original)[0].name.as_str(),
            lane(Lane::Original)[0].record
        ),
        ("Ảnh 1.webp", record(1))
    );
    assert_eq!(other.ledger.missing_media(None, None, 1).unwrap().len(), 1);
    let all = (town.small.len() + town.working.len()) as u64;
    let stock = |bytes_held, blobs_missing| MediaStock {
        bytes_held,
        bytes_missing: all - bytes_held,
        blobs_missing,
    };
    assert_eq!(other.ledger.media_stock().unwrap(), stock(0, 2));

    let blob = BlobId::of(&town.working);
    let chunks: Vec<&[u8]> = town.working.chunks(CHUNK).collect();
    let take = |index: u32, bytes: &[u8]| other.ledger.take_chunk(blob, index, bytes).unwrap();
    assert_eq!(take(2, chunks[2]), Taken::Stored);
    assert_eq!(take(2, chunks[2]), Taken::Known);
    assert_eq!(other.missing()[1].1, vec![0..2]);
    assert_eq!(other.ledger.media_stock().unwrap(), stock(CHUNK as u64 / 2, 2));
    assert_eq!(
        other.ledger.chunk(blob, 2).unwrap().unwrap(),
        chunks[2],
        "handed on before the others are here"
    );
    assert_eq!(
        (
            other.ledger.chunk(blob, 1).unwrap(),
            other.ledger.blob(blob).unwrap()
        ),
        (None, None)
    );

    for (index, wrong) in [
        (0, chunks[1]),
        (0, &chunks[0][1..]),
        (3, chunks[0]),
        (u32::MAX, chunks[0]),
        (0, b""),
    ] {
        assert_eq!(take(index, wrong), Taken::Wrong);
    }
    let nobodys = BlobId::of(b"nobody names this");
    assert_eq!(
        other.ledger.take_chunk(nobodys, 0, b"nobody names this").unwrap(),
        Taken::NotWanted
    );
    assert_eq!(other.missing()[1].1, vec![0..2], "a wrong chunk changes nothing");

    let list =
        [(1, chunks[1]), (0, chunks[0]), (0, chunks[0])].map(|(index, bytes)| Chunk { blob, index, bytes });
    let taken = other.ledger.take_chunks(&list).unwrap();
    assert_eq!(taken, [Taken::Stored, Taken::Completed, Taken::Known]);
    assert_eq!(other.ledger.blob(blob).unwrap().unwrap(), town.working);
    other.fetch_all(&town.device);
    assert_eq!(other.missing(), []);
    assert_eq!(other.ledger.media_stock().unwrap(), stock(all, 0));
    assert_eq!(other.attachments(record(1)), town.device.attachments(record(1)));
}

#[test]
fn equal_bytes_are_stored_once_whoever_names_them() {
    let town = Town::new();
    town.device.name(&town.post, unit_scope(11), record(2), "Hai");
    let before = town.device.ledger.media_stock().unwrap();
    town.device
        .add_photo(&town.post, record(2), 2, &town.small, &town.working);
    assert_eq!(town.device.ledger.media_stock().unwrap(), before);
    let other = town.other();
    assert_eq!(other.missing().len(), 2);
    other.fetch_all(&town.device);
    for number in [1, 2] {
        assert!(
            other.attachments(record(number))[0]
                .renditions
                .iter()
                .all(|one| one.complete)
        );
    }
    assert_eq!(other.ledger.media_stock().unwrap(), before);
}

#[test]
fn a_receipt_can_say_that_media_are_complete_once_every_blob_up_to_there_is_held() {
    let town = Town::new();
    let (device, post, log) = (&town.device, &town.post, town.log());
    device.name(post, unit_scope(11), record(1), "Thắp sáng");
    let late = bytes(5, CHUNK + 1);
    device.add_photo(post, record(1), 2, &town.small, &late);
    let other = town.other();
    let complete = |until| other.ledger.media_complete(&log, until).unwrap();
    assert_eq!(
        [0, 1, 2, 3, 4, u64::MAX].map(complete),
        [true, true, false, false, false, false]
    );
    assert!(device.ledger.media_complete(&log, u64::MAX).unwrap());

    for (index, chunk) in town.working.chunks(CHUNK).enumerate() {
        other
            .ledger
            .take_chunk(BlobId::of(&town.working), index as u32, chunk)
            .unwrap();
    }
    assert!(!complete(2), "the thumbnail is missing");
    other
        .ledger
        .take_chunk(BlobId::of(&town.small), 0, &town.small)
        .unwrap();
    assert_eq!([2, 3, 4].map(complete), [true, true, false]);

    device.attach(post, record(1), removal(2));
    other.receive(&device.outbox(post));
    assert!(complete(5), "what was taken back is not waited for");
    assert_eq!(other.missing(), []);
    let taken = other
        .ledger
        .take_chunk(BlobId::of(&late), 0, &late[..CHUNK])
        .unwrap();
    assert_eq!(taken, Taken::NotWanted);
    let unknown = LogId {
        scope: unit_scope(12),
        ..log
    };
    assert!(other.ledger.media_complete(&unknown, 9).unwrap());
}

#[test]
fn only_the_media_of_visible_scopes_are_named_as_missing_for_a_holder() {
    let town = Town::new();
    let elsewhere = town.province.post(2, 12);
    let other = town.other();
    other.receive(&town.province.roster());
    let roster = other.ledger.roster(crate::support::province()).unwrap();
    let visible = |author: &Author| other.ledger.visible_to(&roster, &author.device()).unwrap();
    let missing = |author| {
        other
            .ledger
            .missing_media(Some(&visible(author)), None, 9)
            .unwrap()
            .len()
    };
    assert_eq!((missing(&town.post), missing(&elsewhere)), (2, 0));
}

#[test]
fn beyond_the_quota_photos_are_refused_with_its_name_and_text_goes_on() {
    let town = Town::new();
    let colleague = town.province.post(3, 11);
    let other = town.other();
    let blob = BlobId::of(&town.working);
    other.ledger.set_media_quota(CHUNK as u64 + 10);
    let chunks: Vec<&[u8]> = town.working.chunks(CHUNK).collect();
    assert_eq!(
        other.ledger.take_chunk(blob, 0, chunks[0]).unwrap(),
        Taken::Stored
    );
    let both = [1, 2].map(|index| Chunk {
        blob,
        index,
        bytes: chunks[index as usize],
    });
    let full = LedgerError::MediaFull {
        held: CHUNK as u64,
        quota: CHUNK as u64 + 10,
    };
    let refused = other.ledger.take_chunks(&both).unwrap_err();
    assert_eq!(refused.to_string(), full.to_string());
    assert!(matches!(
        other.ledger.store_blob(&bytes(4, 11)),
        Err(LedgerError::MediaFull { .. })
    ));
    assert_eq!(other.missing()[1].1, vec![1..3]);
    assert_eq!(other.ledger.media_stock().unwrap().bytes_held, CHUNK as u64);
    other.name(&colleague, unit_scope(11), record(1), "Chữ vẫn ghi được");
    other.ledger.store_blob(&bytes(4, 10)).unwrap();
    other.ledger.set_media_quota(cotmoc_ledger::MEDIA_QUOTA);
    other.fetch_all(&town.device);
    assert_eq!(other.missing(), []);
}
