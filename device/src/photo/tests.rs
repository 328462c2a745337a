#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use image::{ImageFormat, RgbImage};

use super::testing::{PLANTED, from_a_camera, jpeg, noise, picture, png, tiff};
use super::{LARGEST_DOCUMENT, LARGEST_FILE, Photo, Prepared, Rendition, TakenAt, Unusable, prepare};

fn photo(bytes: &[u8], keep_place: bool) -> Photo {
    match prepare(bytes, keep_place).unwrap() {
        Prepared::Photo(photo) => photo,
        Prepared::Document => panic!("a photo was taken for a document"),
    }
}

fn opened(rendition: &Rendition) -> RgbImage {
    let opened = image::load_from_memory_with_format(&rendition.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!(
        (opened.width(), opened.height()),
        (rendition.width, rendition.height)
    );
    opened.into_rgb8()
}

fn holds(bytes: &[u8], planted: &str) -> bool {
    bytes
        .windows(planted.len())
        .any(|window| window == planted.as_bytes())
}

/// Which colour prevails at a place, given in eighths of the sides.
fn colour(picture: &RgbImage, x: u32, y: u32) -> char {
    let [red, green, blue] = picture
        .get_pixel(picture.width() * x / 8, picture.height() * y / 8)
        .0;
    match (red > 150, green > 150, blue > 150) {
        (true, false, false) => 'r',
        (false, true, false) => 'g',
        (false, false, true) => 'b',
        _ => '-',
    }
}

fn corners(picture: &RgbImage) -> String {
    [(1, 1), (7, 1), (1, 7), (7, 7)]
        .map(|(x, y)| colour(picture, x, y))
        .iter()
        .collect()
}

#[test]
fn nothing_that_a_camera_wrote_beside_the_picture_is_left() {
    let bytes = from_a_camera(&picture(2_400, 1_800), 1);
    for planted in PLANTED {
        assert!(holds(&bytes, planted), "{planted} is in the photo to begin with");
    }
    for keep_place in [false, true] {
        let photo = photo(&bytes, keep_place);
        for rendition in [&photo.working, &photo.thumbnail] {
            for planted in PLANTED {
                assert!(!holds(&rendition.bytes, planted), "{planted} is left");
            }
            for mark in [
                "Exif",
                "http://ns.adobe.com",
                "Photoshop",
                "8BIM",
                "ICC_PROFILE",
                "MPF",
            ] {
                assert!(!holds(&rendition.bytes, mark), "{mark} is left");
            }
            let read = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&rendition.bytes));
            assert!(read.is_err(), "there is metadata");
        }
    }
}

#[test]
fn the_place_is_kept_only_when_a_person_asks_for_it() {
    let bytes = from_a_camera(&picture(64, 48), 1);
    assert_eq!(photo(&bytes, false).taken_at, None);
    let kept = photo(&bytes, true).taken_at.unwrap();
    assert_eq!(
        kept,
        TakenAt {
            latitude: 228_233_000,
            longitude: 1_049_833_000
        }
    );
    assert_eq!(
        photo(&jpeg(&picture(64, 48)), true).taken_at,
        None,
        "a photo without a place"
    );
}

#[test]
fn a_place_that_cannot_be_on_the_globe_is_none() {
    let bytes = from_a_camera(&picture(64, 48), 1);
    let at = bytes
        .windows(8)
        .position(|window| window == [0, 0, 0, 22, 0, 0, 0, 1])
        .unwrap();
    for wrong in [
        [0, 0, 0, 122, 0, 0, 0, 1],
        [0, 0, 0, 22, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        let mut altered = bytes.clone();
        altered[at..at + 8].copy_from_slice(&wrong);
        assert_eq!(photo(&altered, true).taken_at, None, "{wrong:?}");
    }
}

#[test]
fn a_photo_stands_upright_however_the_camera_was_held() {
    let upright = picture(240, 160);
    // How the picture has to lie in the file for each orientation to stand upright.
    let lying = |orientation: u16| -> RgbImage {
        use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
        match orientation {
            2 => flip_horizontal(&upright),
            3 => rotate180(&upright),
            4 => flip_vertical(&upright),
            5 => rotate270(&flip_horizontal(&upright)),
            6 => rotate270(&upright),
            7 => rotate90(&flip_horizontal(&upright)),
            8 => rotate90(&upright),
            _ => upright.clone(),
        }
    };
    for orientation in 1..=8 {
        let photo = photo(&from_a_camera(&lying(orientation), orientation), false);
        let working = opened(&photo.working);
        assert_eq!(working.dimensions(), (240, 160), "orientation {orientation}");
        assert_eq!(corners(&working), "rgb-", "orientation {orientation}");
        assert_eq!(
            corners(&opened(&photo.thumbnail)),
            "rgb-",
            "orientation {orientation}"
        );
    }
}

#[test]
fn a_photo_becomes_at_most_1600_pixels_and_its_thumbnail_256() {
    for (width, height, working, thumbnail) in [
        (4_000, 3_000, (1_600, 1_200), (256, 192)),
        (900, 3_600, (400, 1_600), (64, 256)),
        (5_000, 3, (1_600, 1), (256, 1)),
        (300, 200, (300, 200), (256, 171)),
        (1, 1, (1, 1), (1, 1)),
    ] {
        let photo = photo(&jpeg(&picture(width, height)), false);
        assert_eq!(opened(&photo.working).dimensions(), working, "{width} x {height}");
        assert_eq!(
            opened(&photo.thumbnail).dimensions(),
            thumbnail,
            "{width} x {height}"
        );
    }
}

#[test]
fn a_picture_that_is_nothing_but_detail_stays_below_600_kilobytes() {
    let photo = photo(&jpeg(&noise(2_000, 2_000)), false);
    assert!(
        photo.working.bytes.len() <= 600_000,
        "{}",
        photo.working.bytes.len()
    );
    assert!(
        photo.thumbnail.bytes.len() <= 15_000,
        "{}",
        photo.thumbnail.bytes.len()
    );
}

#[test]
fn png_and_webp_become_jpeg_and_what_is_transparent_becomes_white() {
    let shown = opened(&photo(&png(&picture(300, 200)), false).working);
    assert_eq!(corners(&shown), "rgb-");

    let mut clear = image::RgbaImage::new(40, 40);
    for (x, _, pixel) in clear.enumerate_pixels_mut() {
        *pixel = image::Rgba([200, 0, 0, if x < 20 { 255 } else { 0 }]);
    }
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        clear.write_to(&mut bytes, format).unwrap();
        let shown = opened(&photo(&bytes.into_inner(), false).working);
        assert_eq!(colour(&shown, 1, 4), 'r', "{format:?}");
        let [red, green, blue] = shown.get_pixel(35, 20).0;
        assert!(red > 240 && green > 240 && blue > 240, "{format:?}");
    }
}

#[test]
fn a_bomb_of_pixels_is_refused_before_it_is_decoded() {
    // 30,000 x 30,000 pixels of one colour: a small file that would fill 2.7 GB.
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend(30_000_u32.to_be_bytes());
    header.extend(30_000_u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut bytes, &header);
    chunk(
        &mut bytes,
        &[b"IDAT".as_slice(), &[0x78, 0x9c, 0xed, 0xc1]].concat(),
    );
    chunk(&mut bytes, b"IEND");
    let begun = Instant::now();
    assert_eq!(prepare(&bytes, false).unwrap_err(), Unusable::TooManyPixels);
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "{:?}",
        begun.elapsed()
    );

    // A JPEG that claims 60,000 x 60,000.
    let mut claims = jpeg(&picture(16, 16));
    let frame = claims.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    claims[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    let begun = Instant::now();
    assert_eq!(prepare(&claims, false).unwrap_err(), Unusable::TooManyPixels);
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "{:?}",
        begun.elapsed()
    );
}

/// A PNG chunk: its name and content, with length and check before and after.
fn chunk(bytes: &mut Vec<u8>, named: &[u8]) {
    bytes.extend((named.len() as u32 - 4).to_be_bytes());
    bytes.extend(named);
    let mut check = u32::MAX;
    for byte in named {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 {
                (check >> 1) ^ 0xedb8_8320
            } else {
                check >> 1
            };
        }
    }
    bytes.extend((!check).to_be_bytes());
}

#[test]
fn a_file_of_another_kind_is_named_as_such_whatever_its_first_bytes_hint_at() {
    let html = b"<html><script>alert(1)</script>".as_slice();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0".as_slice();
    for other in [
        b"".as_slice(),
        b"GIF89a",
        html,
        heic,
        b"RIFF1234WAVE",
        b"\xff\xd8",
        b" %PDF-1.7",
        b"PK\x03\x04",
    ] {
        assert_eq!(
            prepare(other, false).unwrap_err(),
            Unusable::NotAccepted,
            "{other:?}"
        );
    }
}

#[test]
fn a_pdf_is_taken_as_it_is_up_to_ten_mebibytes_and_a_photo_up_to_twenty() {
    let mut document = b"%PDF-1.7\n".to_vec();
    assert!(matches!(prepare(&document, true).unwrap(), Prepared::Document));
    document.resize(LARGEST_DOCUMENT + 1, b' ');
    assert_eq!(
        prepare(&document, false).unwrap_err(),
        Unusable::TooLarge(LARGEST_DOCUMENT)
    );

    let mut photo = jpeg(&picture(64, 64));
    photo.resize(LARGEST_FILE + 1, 0);
    assert_eq!(
        prepare(&photo, false).unwrap_err(),
        Unusable::TooLarge(LARGEST_FILE)
    );
    photo.truncate(LARGEST_FILE);
    assert!(
        matches!(prepare(&photo, false).unwrap(), Prepared::Photo(_)),
        "what follows the picture is let go"
    );
}

#[test]
fn a_photo_cut_short_is_damaged_and_never_half_a_picture() {
    let camera = from_a_camera(&picture(160, 120), 6);
    let png = png(&picture(160, 120));
    let mut webp = std::io::Cursor::new(Vec::new());
    picture(160, 120).write_to(&mut webp, ImageFormat::WebP).unwrap();
    let webp = webp.into_inner();
    // The last 12 bytes of a PNG say only that it ends.
    for (bytes, whole) in [
        (&camera, camera.len()),
        (&png, png.len() - 12),
        (&webp, webp.len() - 1),
    ] {
        for cut in (12..whole).step_by(whole / 97 + 1) {
            let found = prepare(&bytes[..cut], true).map(drop);
            assert_eq!(found.unwrap_err(), Unusable::Damaged, "cut at {cut} of {whole}");
        }
    }
}

#[test]
fn hostile_bytes_give_an_answer_and_never_a_panic() {
    let camera = from_a_camera(&picture(48, 32), 6);
    let png = png(&picture(48, 32));
    let mut webp = std::io::Cursor::new(Vec::new());
    picture(48, 32).write_to(&mut webp, ImageFormat::WebP).unwrap();
    let mut state = 2026_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let begun = Instant::now();
    let mut taken = 0;
    for bytes in [camera, png, webp.into_inner()] {
        for _ in 0..1_500 {
            let mut altered = bytes.clone();
            for _ in 0..=next(6) {
                let at = next(altered.len());
                altered[at] = next(256) as u8;
            }
            if next(4) == 0 {
                altered.truncate(next(altered.len()));
            }
            taken += usize::from(prepare(&altered, true).is_ok());
        }
    }
    assert!(taken > 0, "some alterations only change the picture");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn metadata_of_other_makers_is_read_without_harm() {
    let mut tiff = tiff(1);
    // A directory that names itself as the next one, and a field that claims four thousand million values.
    tiff[4..8].copy_from_slice(&[0, 0, 0, 8]);
    let at = tiff.windows(2).position(|pair| pair == [0x87, 0x69]).unwrap();
    tiff[at + 4..at + 8].copy_from_slice(&[0xff; 4]);
    let plain = jpeg(&picture(32, 32));
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend((tiff.len() as u16 + 8).to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(&tiff);
    bytes.extend(&plain[2..]);
    photo(&bytes, true);
}
