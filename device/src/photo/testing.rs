//! Photos as cameras write them, made by hand: a picture with EXIF, XMP and IPTC beside it.

use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};

/// What a camera writes beside a picture, to be searched for afterwards.
pub(crate) const PLANTED: [&str; 20] = [
    "NhaMayAnh-Pvn",
    "Dien thoai X-7741",
    "SN-20261122-0042",
    "PhanMem-v9.1-beta",
    "2026:11:20 08:15:30",
    "Nguoi chup anh Q7",
    "Ban quyen 2026 Q7",
    "ChuMay-8812",
    "OngKinh-35mm-f2",
    "OK-SERIAL-5561",
    "MoTa-bi-mat-114",
    "ID-duy-nhat-9f2c77",
    "GhiChu-rieng-tu-03",
    "CotMoc-XMP-creator",
    "xmp-toado-22.8233",
    "IPTC-lang-Lung-Cu",
    "IPTC-byline-Q7",
    "IPTC-tinh-HaGiang",
    "JPEG-COMMENT-551",
    "ANH-NHO-TRONG-EXIF",
];

/// 22°49'23.88"N 104°58'59.88"E.
pub(crate) const PLACE: [(u32, u32); 6] = [(22, 1), (49, 1), (2388, 100), (104, 1), (58, 1), (5988, 100)];

/// A picture whose top left corner is red, top right green, bottom left blue, the rest a soft pattern.
pub(crate) fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        match (
            x < width / 3,
            x >= width - width / 3,
            y < height / 3,
            y >= height - height / 3,
        ) {
            (true, _, true, _) => Rgb([220, 20, 20]),
            (_, true, true, _) => Rgb([20, 200, 20]),
            (true, _, _, true) => Rgb([20, 20, 220]),
            _ => Rgb([200 + (x % 16) as u8, 200 + (y % 16) as u8, 210]),
        }
    })
}

/// A picture that is nothing but detail.
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9e37_79b9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        Rgb([next(), next(), next()])
    })
}

/// A plain JPEG of a picture.
pub(crate) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    Encoder::new(&mut bytes, 92)
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .unwrap();
    bytes
}

/// A PNG of a picture.
pub(crate) fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A JPEG as a camera writes it, lying the way `orientation` (1 to 8) says, with everything of [`PLANTED`] and the
/// place of [`PLACE`].
pub(crate) fn from_a_camera(picture: &RgbImage, orientation: u16) -> Vec<u8> {
    let plain = jpeg(picture);
    let mut bytes = plain[..2].to_vec();
    let mut exif = b"Exif\0\0".to_vec();
    exif.extend(tiff(orientation));
    bytes.extend(segment(0xe1, &exif));
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><dc:creator>{}</dc:creator><p>{}</p></x:xmpmeta>",
        PLANTED[13], PLANTED[14]
    );
    bytes.extend(segment(0xe1, xmp.as_bytes()));
    bytes.extend(segment(0xed, &iptc()));
    bytes.extend(segment(0xfe, PLANTED[18].as_bytes()));
    bytes.extend(&plain[2..]);
    bytes
}

fn segment(mark: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, mark];
    bytes.extend((content.len() as u16 + 2).to_be_bytes());
    bytes.extend(content);
    bytes
}

fn iptc() -> Vec<u8> {
    let mut records = Vec::new();
    for (set, text) in [(90_u8, PLANTED[15]), (80, PLANTED[16]), (95, PLANTED[17])] {
        records.extend([0x1c, 2, set]);
        records.extend((text.len() as u16).to_be_bytes());
        records.extend(text.as_bytes());
    }
    let mut bytes = b"Photoshop 3.0\x008BIM\x04\x04\0\0".to_vec();
    bytes.extend((records.len() as u32).to_be_bytes());
    bytes.extend(records);
    bytes
}

/// One field of a directory.
enum Field {
    Text(&'static str),
    Short(u16),
    Long(u32),
    Fractions(Vec<(u32, u32)>),
}

/// The bytes of a TIFF with the camera's, the picture's and the place's directory, and a small picture.
pub(crate) fn tiff(orientation: u16) -> Vec<u8> {
    let mut bytes = b"MM\0\x2a\0\0\0\x08".to_vec();
    let text = |at: usize| Field::Text(PLANTED[at]);
    let small = {
        let mut small = jpeg(&picture(16, 16));
        small.splice(2..2, segment(0xfe, PLANTED[19].as_bytes()));
        small
    };
    // The places of the later directories are known once the earlier ones are written: two passes of equal length.
    let mut at = (0, 0, 0, 0);
    for _ in 0..2 {
        bytes.truncate(8);
        let camera = vec![
            (0x010e, text(10)),
            (0x010f, text(0)),
            (0x0110, text(1)),
            (0x0112, Field::Short(orientation)),
            (0x0131, text(3)),
            (0x0132, text(4)),
            (0x013b, text(5)),
            (0x8298, text(6)),
            (0x8769, Field::Long(at.0)),
            (0x8825, Field::Long(at.1)),
        ];
        directory(&mut bytes, &camera, at.2);
        at.0 = bytes.len() as u32;
        let shot = vec![
            (0x9286, text(12)),
            (0xa420, text(11)),
            (0xa430, text(7)),
            (0xa431, text(2)),
            (0xa434, text(8)),
            (0xa435, text(9)),
        ];
        directory(&mut bytes, &shot, 0);
        at.1 = bytes.len() as u32;
        let place = vec![
            (1, Field::Text("N")),
            (2, Field::Fractions(PLACE[..3].to_vec())),
            (3, Field::Text("E")),
            (4, Field::Fractions(PLACE[3..].to_vec())),
        ];
        directory(&mut bytes, &place, 0);
        at.2 = bytes.len() as u32;
        let thumbnail = vec![
            (0x0201, Field::Long(at.3)),
            (0x0202, Field::Long(small.len() as u32)),
        ];
        directory(&mut bytes, &thumbnail, 0);
        at.3 = bytes.len() as u32;
        bytes.extend(&small);
    }
    bytes
}

fn directory(bytes: &mut Vec<u8>, fields: &[(u16, Field)], next: u32) {
    let mut values = bytes.len() + 2 + fields.len() * 12 + 4;
    let mut beside = Vec::new();
    bytes.extend((fields.len() as u16).to_be_bytes());
    for (tag, field) in fields {
        let (kind, count, value) = match field {
            Field::Text(text) => {
                let mut value = text.as_bytes().to_vec();
                value.push(0);
                (2_u16, value.len() as u32, value)
            }
            Field::Short(number) => (3, 1, number.to_be_bytes().to_vec()),
            Field::Long(number) => (4, 1, number.to_be_bytes().to_vec()),
            Field::Fractions(parts) => {
                let value = parts
                    .iter()
                    .flat_map(|(over, under)| [over.to_be_bytes(), under.to_be_bytes()].concat());
                (5, parts.len() as u32, value.collect())
            }
        };
        bytes.extend(tag.to_be_bytes());
        bytes.extend(kind.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        if value.len() <= 4 {
            let mut here = value;
            here.resize(4, 0);
            bytes.extend(here);
        } else {
            bytes.extend((values as u32).to_be_bytes());
            values += value.len();
            beside.extend(value);
        }
    }
    bytes.extend(next.to_be_bytes());
    bytes.extend(beside);
}
