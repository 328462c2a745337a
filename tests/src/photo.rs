//! Photos for tests.

use jpeg_encoder::{ColorType, Encoder};

use crate::bench::workload::Chance;

const WIDTH: u16 = 640;
const HEIGHT: u16 = 480;

/// What a camera wrote beside the picture of [`photo`].
pub const PLANTED: &str = "SN-20261122-0042 22.8233N 104.9833E";

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
