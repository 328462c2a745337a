//! What holds for every manifest and every string of bytes that claims to be one.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::access::Refusal;
use crate::codec::Writer;
use crate::id::AttachmentId;
use crate::text::keep;

fn image(thumbnail: &[u8], working: &[u8]) -> Added {
    Added {
        id: AttachmentId(Uuid::from_u128(7)),
        name: "Đèn đường bản Nậm Lạn.jpg".to_owned(),
        media_type: MediaType::Jpeg,
        caption: "Cụm đèn số 3".to_owned(),
        place: None,
        renditions: vec![
            Rendition::of(Role::Thumbnail, (320, 240), thumbnail).unwrap(),
            Rendition::of(Role::Working, (2048, 1536), working).unwrap(),
        ],
        tail: Tail::default(),
    }
}

fn encoded(change: impl FnOnce(&mut Added)) -> Result<Vec<u8>, ManifestError> {
    let mut added = image(b"small", &[9; CHUNK + 1]);
    change(&mut added);
    Manifest::Added(added).encode()
}

prop_compose! {
    fn any_added()(
        id in any::<u128>(),
        name in "[a-zA-Zà-ỹ0-9 ._-]{1,40}",
        caption in ".{0,120}",
        pdf in any::<bool>(),
        place in proptest::option::of((-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32)),
        lengths in proptest::collection::vec(1..3 * CHUNK, 2),
        roles in 1..4u8,
        sides in (0..65_536u32, 0..65_536u32),
        tail in proptest::collection::btree_map(any::<u64>(), proptest::collection::vec(any::<u8>(), 0..40), 0..5),
    ) -> (Added, Vec<u8>) {
        let rendition = |role, length: usize| Rendition::of(role, sides, &vec![length as u8; length]).unwrap();
        let mut renditions = Vec::new();
        if pdf {
            renditions.push(rendition(Role::Original, lengths[0]));
        } else {
            if roles & 1 != 0 {
                renditions.push(rendition(Role::Thumbnail, lengths[0]));
            }
            if roles & 2 != 0 {
                renditions.push(rendition(Role::Working, lengths[1]));
            }
        }
        let added = Added {
            id: AttachmentId(Uuid::from_u128(id)),
            name: keep(&name),
            media_type: if pdf { MediaType::Pdf } else { MediaType::Webp },
            caption: keep(&caption),
            place: place.map(|(lat, lon)| GeoPoint { lat, lon }),
            renditions,
            tail: Tail::default(),
        };
        let mut writer = Writer::new();
        for (tag, bytes) in &tail {
            writer.varint(*tag).bytes(bytes);
        }
        (added, writer.finish())
    }
}

proptest! {
    #[test]
    fn a_manifest_comes_back_as_it_went_with_all_that_a_newer_program_added((added, tail) in any_added()) {
        let manifest = Manifest::Added(added);
        let plain = manifest.encode().unwrap();
        prop_assert_eq!(&Manifest::decode(&plain).unwrap(), &manifest);
        let extended = [plain.as_slice(), &tail].concat();
        let read = Manifest::decode(&extended).unwrap();
        prop_assert_eq!(read.id(), manifest.id());
        prop_assert_eq!(read.encode().unwrap(), extended);
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Manifest::decode(&bytes);
        let _ = Manifest::decode(&[&[VERSION, 1], bytes.as_slice()].concat());
        let _ = Manifest::decode(&[&[VERSION, 2], bytes.as_slice()].concat());
    }

    #[test]
    fn a_manifest_altered_anywhere_is_refused_or_another_one_of_one_form(
        (added, tail) in any_added(), at in any::<prop::sample::Index>(), value in any::<u8>(),
    ) {
        let mut bytes = [Manifest::Added(added).encode().unwrap(), tail].concat();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(read) = Manifest::decode(&bytes) {
            prop_assert_eq!(read.encode().unwrap(), bytes);
        }
    }
}

#[test]
fn a_manifest_cut_at_any_byte_is_refused() {
    let bytes = encoded(|added| added.place = Some(GeoPoint { lat: 1, lon: -1 })).unwrap();
    for cut in 0..bytes.len() {
        assert!(Manifest::decode(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn what_a_newer_program_wrote_is_told_from_what_is_broken_so_that_it_can_be_tried_again() {
    let bytes = encoded(|_| ()).unwrap();
    let media_type = 2 + 16 + 1 + "Đèn đường bản Nậm Lạn.jpg".len();
    for newer in [0, 1, media_type] {
        let mut bytes = bytes.clone();
        bytes[newer] = 200;
        let error = Manifest::decode(&bytes).unwrap_err();
        assert_eq!(error.refusal(), Refusal::UnknownKind, "byte {newer}");
    }
    assert_eq!(Manifest::decode(&[]).unwrap_err().refusal(), Refusal::Malformed);
}

#[test]
fn a_name_that_leads_elsewhere_or_is_too_long_is_refused() {
    for name in [
        "",
        "../khóa",
        "a\\b",
        "a\nb",
        "a\0",
        &"x".repeat(MAX_NAME + 1),
        "e\u{301}",
    ] {
        assert!(encoded(|added| added.name = name.to_owned()).is_err(), "{name:?}");
    }
    assert!(encoded(|added| added.name = "x".repeat(MAX_NAME)).is_ok());
}

#[test]
fn captions_places_and_renditions_keep_to_their_caps() {
    assert!(encoded(|added| added.caption = "x".repeat(MAX_CAPTION)).is_ok());
    assert!(encoded(|added| added.caption = "x".repeat(MAX_CAPTION + 1)).is_err());
    assert!(
        encoded(|added| added.place = Some(GeoPoint {
            lat: 900_000_001,
            lon: 0
        }))
        .is_err()
    );
    assert!(
        encoded(|added| added.place = Some(GeoPoint {
            lat: i32::MIN,
            lon: i32::MIN
        }))
        .is_err()
    );
    assert!(encoded(|added| added.renditions.clear()).is_err());
    assert!(encoded(|added| added.renditions.reverse()).is_err());
    assert!(encoded(|added| added.renditions[1] = added.renditions[0].clone()).is_err());
    assert!(encoded(|added| added.renditions[0].width = 65_536).is_err());
    assert!(encoded(|added| added.media_type = MediaType::Pdf).is_err());
    assert!(encoded(|added| added.renditions[1].role = Role::Original).is_err());
}

#[test]
fn a_removal_comes_back_as_it_went() {
    let manifest = Manifest::Removed(Removed {
        id: AttachmentId(Uuid::from_u128(7)),
        tail: Tail::default(),
    });
    let bytes = manifest.encode().unwrap();
    assert_eq!(bytes.len(), 18);
    assert_eq!(Manifest::decode(&bytes).unwrap(), manifest);
}

#[test]
fn the_largest_manifest_fits_an_entry() {
    let whole = vec![1; MAX_BLOB];
    let bytes = encoded(|added| {
        *added = image(&whole, &whole);
        added.caption = "x".repeat(MAX_CAPTION);
    })
    .unwrap();
    assert!(
        bytes.len() + MAX_TAIL < crate::journal::MAX_PAYLOAD,
        "{}",
        bytes.len()
    );
}
