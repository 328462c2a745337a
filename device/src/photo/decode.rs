//! Decoding under limits: the picture upright, small enough to work with, without transparency.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use super::{MOST_PIXELS, Unusable};

/// Most memory that decoding one picture may take, in bytes: 40 megapixels of four bytes and room beside.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// Long side, in pixels, up to which a large picture is first brought down by plain averaging, which takes a
/// fraction of the time and memory of the careful filter used from there on.
const ROUGH_SIDE: u32 = 3_200;

/// The picture of a photo, in red, green and blue of eight bits.
///
/// # Errors
/// When it is of no accepted kind, too large to decode, or damaged.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, Unusable> {
    let format = format_of(bytes).ok_or(Unusable::NotAccepted)?;
    // The decoder fills what is missing with grey and says nothing.
    if format == ImageFormat::Jpeg && !has_end(bytes) {
        return Err(Unusable::Damaged);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unusable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(Unusable::TooManyPixels);
    }
    if pixels == 0 {
        return Err(Unusable::Damaged);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unusable)?;
    if width.max(height) > ROUGH_SIDE {
        picture = picture.thumbnail(ROUGH_SIDE, ROUGH_SIDE);
    }
    picture.apply_orientation(orientation);
    Ok(on_white(picture))
}

fn unusable(error: image::ImageError) -> Unusable {
    match error {
        image::ImageError::Limits(_) => Unusable::TooManyPixels,
        _ => Unusable::Damaged,
    }
}

fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(ImageFormat::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(ImageFormat::WebP)
    } else {
        None
    }
}

/// A JPEG's picture data comes to its end mark. Within the data a mark cannot be mistaken: a byte `ff` there is
/// followed by zero.
fn has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, mark]) = bytes.get(at..at + 2) {
        at += 2;
        match mark {
            // Fill bytes before a mark.
            0xff => at -= 1,
            // Start of the picture data; what comes before may hold a small picture with an end of its own.
            0xda => return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]),
            0x01 | 0xd0..=0xd7 => {}
            _ => match bytes.get(at..at + 2) {
                Some(&[high, low]) => at += usize::from(u16::from_be_bytes([high, low])).max(2),
                _ => return false,
            },
        }
    }
    false
}

/// JPEG has no transparency: what was behind the picture is white, as on paper.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into();
    }
    let seen = picture.into_rgba8();
    let paper = RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [red, green, blue, opaque] = seen.get_pixel(x, y).0;
        let over = |colour: u8| {
            let mixed = u16::from(colour) * u16::from(opaque) + 255 * (255 - u16::from(opaque));
            (mixed / 255) as u8
        };
        image::Rgb([over(red), over(green), over(blue)])
    });
    paper.into()
}
