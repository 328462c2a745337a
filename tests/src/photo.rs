//! Photos for tests.

use jpeg_encoder::{ColorType, Encoder};

/// What a camera wrote beside the picture of [`photo`].
pub const PLANTED: &str = "SN-20261122-0042 22.8233N 104.9833E";

/// A photo of one colour with a darker field, and a mark that its camera wrote beside it. Another `shade` is another
/// photo.
///
/// # Panics
/// Never with these sizes.
#[must_use]
pub fn photo(shade: u8) -> Vec<u8> {
    let (width, height) = (640_u16, 480_u16);
    let pixels: Vec<u8> = (0..u32::from(height))
        .flat_map(|y| (0..u32::from(width)).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            if x < 200 && y < 150 {
                [40, 40, shade]
            } else {
                [shade, 160, 90]
            }
        })
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
