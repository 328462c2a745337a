//! Writing the sizes that are kept: small enough for a link of the second generation, with nothing in them but the
//! picture.

use image::DynamicImage;
use image::imageops::FilterType;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::Unusable;

/// One size of a photo, as JPEG.
#[derive(Debug, Clone)]
pub(crate) struct Rendition {
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// A way to write a picture, and the size in bytes at which it is good enough to stop.
struct Try {
    side: u32,
    quality: u8,
    enough: usize,
}

const fn attempt(side: u32, quality: u8, enough: usize) -> Try {
    Try {
        side,
        quality,
        enough,
    }
}

/// At most 400 KB where the picture allows it. Faces, boards and papers stay legible at 1,600 pixels; a picture
/// that is nothing but detail gives up quality, then size, and stays below 600 KB.
const WORKING: [Try; 6] = [
    attempt(1_600, 80, 400_000),
    attempt(1_600, 70, 400_000),
    attempt(1_600, 60, 600_000),
    attempt(1_280, 60, 600_000),
    attempt(1_024, 50, 600_000),
    attempt(800, 40, 600_000),
];

/// At most 15 KB.
const THUMBNAIL: [Try; 5] = [
    attempt(256, 72, 15_000),
    attempt(256, 55, 15_000),
    attempt(256, 40, 15_000),
    attempt(192, 40, 15_000),
    attempt(128, 30, 15_000),
];

/// Long side, in pixels, from which a thumbnail is made with care.
const ROUGH_SIDE: u32 = 1_024;

/// The size that people look at.
///
/// # Errors
/// When the picture cannot be written, which no picture that was decoded is known to cause.
pub(super) fn working(picture: &DynamicImage) -> Result<Rendition, Unusable> {
    write(picture, &WORKING)
}

/// The size for lists.
///
/// # Errors
/// As [`working`].
pub(super) fn thumbnail(picture: &DynamicImage) -> Result<Rendition, Unusable> {
    // Plain averaging most of the way: nobody sees the difference in so small a picture, and it takes a tenth.
    let rough = picture.width().max(picture.height()) > ROUGH_SIDE;
    let smaller = rough.then(|| picture.thumbnail(ROUGH_SIDE, ROUGH_SIDE));
    write(smaller.as_ref().unwrap_or(picture), &THUMBNAIL)
}

fn write(picture: &DynamicImage, tries: &[Try]) -> Result<Rendition, Unusable> {
    let mut scaled: Option<(u32, DynamicImage)> = None;
    let mut written = Err(Unusable::Damaged);
    for attempt in tries {
        let small = match scaled.take() {
            Some((side, small)) if side == attempt.side => small,
            _ => scale(picture, attempt.side),
        };
        let rendition = encode(&small, attempt.quality)?;
        let enough = rendition.bytes.len() <= attempt.enough;
        written = Ok(rendition);
        if enough {
            break;
        }
        scaled = Some((attempt.side, small));
    }
    written
}

/// Never larger than it is.
fn scale(picture: &DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let long = width.max(height);
    if long <= side {
        return picture.clone();
    }
    let to = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(long) / 2) / u64::from(long);
        (scaled as u32).max(1)
    };
    picture.resize_exact(to(width), to(height), FilterType::CatmullRom)
}

fn encode(picture: &DynamicImage, quality: u8) -> Result<Rendition, Unusable> {
    let (width, height) = (picture.width(), picture.height());
    let side = |length: u32| u16::try_from(length).map_err(|_| Unusable::TooManyPixels);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    let written = encoder.encode(picture.as_bytes(), side(width)?, side(height)?, ColorType::Rgb);
    written.map_err(|error| {
        tracing::error!(error.message = %error, "writing a photo");
        Unusable::Damaged
    })?;
    Ok(Rendition { bytes, width, height })
}
