//! From the bytes of a chosen file to what is kept of it as evidence.
//!
//! A photo is decoded and written anew, so nothing that a camera put beside the picture is left: no place, no
//! serial number, no embedded small picture. A PDF is kept as it is.

mod decode;
mod place;
mod write;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use place::TakenAt;
pub(crate) use write::Rendition;

/// Largest file that is read at all, in bytes.
pub(crate) const LARGEST_FILE: usize = 20 * 1024 * 1024;

/// Largest document that is kept as it is, in bytes.
pub(crate) const LARGEST_DOCUMENT: usize = 10 * 1024 * 1024;

/// Most pixels of a photo.
pub(crate) const MOST_PIXELS: u64 = 40_000_000;

/// What a file becomes.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// A photo, written anew.
    Photo(Photo),
    /// A PDF; its bytes are kept as they came, with what its maker wrote into them.
    Document,
}

/// A photo without anything but its picture.
#[derive(Debug)]
pub(crate) struct Photo {
    /// What people look at: at most 1,600 pixels on the long side.
    pub working: Rendition,
    /// What lists show: at most 256 pixels on the long side.
    pub thumbnail: Rendition,
    /// Where it was taken; only when it was asked for and the camera had noted it.
    pub taken_at: Option<TakenAt>,
}

/// Why a file cannot be evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// More bytes than are taken of its kind.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// More pixels than a small machine can decode.
    #[error("more than {MOST_PIXELS} pixels, or too deep ones")]
    TooManyPixels,
    /// Neither JPEG, PNG, WebP nor PDF.
    #[error("not of an accepted kind")]
    NotAccepted,
    /// Of an accepted kind, but cut short or broken.
    #[error("damaged")]
    Damaged,
}

/// Prepares a file. What kind it is, its first bytes say, never its name.
///
/// # Errors
/// Why the file cannot be evidence. Limits are checked before anything is decoded.
pub(crate) fn prepare(bytes: &[u8], keep_place: bool) -> Result<Prepared, Unusable> {
    if bytes.len() > LARGEST_FILE {
        return Err(Unusable::TooLarge(LARGEST_FILE));
    }
    if bytes.starts_with(b"%PDF-") {
        return if bytes.len() > LARGEST_DOCUMENT {
            Err(Unusable::TooLarge(LARGEST_DOCUMENT))
        } else {
            Ok(Prepared::Document)
        };
    }
    let picture = decode::decode(bytes)?;
    Ok(Prepared::Photo(Photo {
        thumbnail: write::thumbnail(&picture)?,
        working: write::working(&picture)?,
        taken_at: if keep_place { place::taken_at(bytes) } else { None },
    }))
}
