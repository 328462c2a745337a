//! The bytes of photos and files on their way to a door.

use cotmoc_core::id::Hash32;
use cotmoc_core::media::{BlobId, MediaType};

use crate::contract::Problem;
use crate::device::Device;

/// A photo or file, whole and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What they are in HTTP's words. Said by the bytes themselves, which a manifest written elsewhere may lie
    /// about; what is none of the kinds that are evidence is `application/octet-stream`.
    pub media_type: &'static str,
    /// A picture, which a page may show. Anything else is only handed over for saving.
    pub is_picture: bool,
}

/// The file of a name.
pub(crate) fn of(device: &Device, blob: &str) -> Result<MediaFile, Problem> {
    let missing = || Problem::new("no_media").with("blob", blob.chars().take(64).collect::<String>());
    let blob = BlobId(Hash32::from_hex(blob).ok_or_else(missing)?);
    let bytes = device.ledger.blob(blob)?.ok_or_else(missing)?;
    let kind = kind_of(&bytes);
    Ok(MediaFile {
        media_type: kind.map_or("application/octet-stream", MediaType::mime),
        is_picture: matches!(kind, Some(MediaType::Jpeg | MediaType::Webp)),
        bytes,
    })
}

fn kind_of(bytes: &[u8]) -> Option<MediaType> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(MediaType::Jpeg)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(MediaType::Webp)
    } else if bytes.starts_with(b"%PDF-") {
        Some(MediaType::Pdf)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_its_bytes_say() {
        assert_eq!(kind_of(&[0xff, 0xd8, 0xff, 0xe0]), Some(MediaType::Jpeg));
        assert_eq!(kind_of(b"RIFF\0\0\0\0WEBPVP8 "), Some(MediaType::Webp));
        assert_eq!(kind_of(b"%PDF-1.7"), Some(MediaType::Pdf));
        for other in [
            b"".as_slice(),
            b"<html>",
            b"<svg onload=alert(1)>",
            b"RIFF\0\0\0\0WAVE",
        ] {
            assert_eq!(kind_of(other), None);
        }
    }
}
