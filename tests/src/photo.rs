//! Photos for tests.

use jpeg_encoder::{ColorType, Encoder};
use serde_json::{Value, json};

use crate::fleet::Player;

use crate::bench::workload::Chance;

const WIDTH: u16 = 640;
const HEIGHT: u16 = 480;

/// What a camera wrote beside the picture of [`photo`].
pub const PLANTED: &str = "SN-20261122-0042 22.8233N 104.9833E";

/// Adds a photo to a record as a person does; its row.
///
/// # Panics
/// When it is not taken.
pub fn add(by: &Player, record: &str, shade: u8) -> Value {
    let name = format!("anh-{shade}.jpg");
    let upload = match by.upload(photo(shade)) {
        Ok(upload) => upload,
        Err(error) => panic!("{name}: {error:?}"),
    };
    let request = json!({ "record": record, "upload": upload, "name": name, "caption": "" });
    by.call("evidence.add", request)["row"].clone()
}

/// A record's first photo as its page says it; null when there is none.
#[must_use]
pub fn first_row(by: &Player, record: &str) -> Value {
    by.call("evidence.list", json!({ "record": record }))["rows"][0].clone()
}

/// A photo of one colour with a darker field, and a mark that its camera wrote beside it. Another `shade` is another
/// photo.
///
/// # Panics
/// Never with these sizes.
#[must_use]
pub fn photo(shade: u8) -> Vec<u8> {
    picture(|x, y| {
        if x < 200 && y < 150 {
            [40, 40, shade]
        } else {
            [shade, 160, 90]
        }
    })
}

/// A photo as full of detail as one of a village: every number another one.
///
/// # Panics
/// Never with these sizes.
#[must_use]
pub fn busy_photo(number: u64) -> Vec<u8> {
    picture(|x, y| {
        let mut chance = Chance::new(number ^ (u64::from(x / 6) << 40) ^ (u64::from(y / 6) << 20));
        chance.draw();
        let drawn = chance.draw().to_le_bytes();
        [drawn[3], drawn[4], drawn[5]]
    })
}

fn picture(colour: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let (width, height) = (WIDTH, HEIGHT);
    let pixels: Vec<u8> = (0..u32::from(height))
        .flat_map(|y| (0..u32::from(width)).map(move |x| (x, y)))
        .flat_map(|(x, y)| colour(x, y))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    let written = encoder
        .add_app_segment(1, PLANTED.as_bytes().to_vec())
        .and_then(|()| encoder.encode(&pixels, width, height, ColorType::Rgb));
    if let Err(error) = written {
        panic!("a photo for a test: {error}");
    }
    bytes
}

/// A photo full of detail whose working size has about so many bytes; another number is another photo.
///
/// # Panics
/// Never with sizes up to 400,000 bytes.
#[must_use]
pub fn detailed_photo(bytes: u32, number: u64) -> Vec<u8> {
    // Pure noise takes about this many bits a pixel as the device writes it.
    const BITS_A_PIXEL: f64 = 5.7;
    let pixels = f64::from(bytes) * 8.0 / BITS_A_PIXEL;
    let width = (pixels * 4.0 / 3.0).sqrt() as u16;
    let height = (pixels / f64::from(width)) as u16;
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(usize::from(width) * usize::from(height) * 3)
    .collect();
    let mut written = Vec::new();
    if let Err(error) = Encoder::new(&mut written, 95).encode(&noise, width, height, ColorType::Rgb) {
        panic!("a photo for a test: {error}");
    }
    written
}

/// A square photo of `side` pixels of coloured noise, which no encoder makes small; another number is another photo.
///
/// # Panics
/// Never with sides below 65,536.
#[must_use]
pub fn noise(number: u32, side: u16) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9) | 1;
    let count = usize::from(side) * usize::from(side) * 3;
    let pixels: Vec<u8> = (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        })
        .collect();
    let mut bytes = Vec::new();
    if let Err(error) = Encoder::new(&mut bytes, 90).encode(&pixels, side, side, ColorType::Rgb) {
        panic!("a photo for a test: {error}");
    }
    bytes
}
