//! Where a photo was taken, as its camera noted it. Read only when a person asks to keep it.

use std::io::Cursor;

use exif::{Exif, In, Reader, Tag, Value};

/// A place in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TakenAt {
    /// North is positive.
    pub latitude: i32,
    /// East is positive.
    pub longitude: i32,
}

/// The place in a photo's metadata; none when there is none, or none that can be one.
pub(super) fn taken_at(bytes: &[u8]) -> Option<TakenAt> {
    let exif = Reader::new().read_from_container(&mut Cursor::new(bytes)).ok()?;
    Some(TakenAt {
        latitude: angle(&exif, (Tag::GPSLatitude, Tag::GPSLatitudeRef), b'S', 90.0)?,
        longitude: angle(&exif, (Tag::GPSLongitude, Tag::GPSLongitudeRef), b'W', 180.0)?,
    })
}

/// Degrees, minutes and seconds with the letter of their half of the globe.
fn angle(exif: &Exif, (parts, half): (Tag, Tag), negative: u8, most: f64) -> Option<i32> {
    let Value::Rational(parts) = &exif.get_field(parts, In::PRIMARY)?.value else {
        return None;
    };
    let mut degrees = 0.0;
    for (part, unit) in parts.iter().zip([1.0, 60.0, 3_600.0]) {
        degrees += part.to_f64() / unit;
    }
    // A denominator of zero gives no number; nothing of that is within the globe.
    if parts.is_empty() || !(0.0..=most).contains(&degrees) {
        return None;
    }
    let Value::Ascii(half) = &exif.get_field(half, In::PRIMARY)?.value else {
        return None;
    };
    let sign = if half.first()?.first()? == &negative {
        -1.0
    } else {
        1.0
    };
    Some((sign * degrees * 1e7).round() as i32)
}
