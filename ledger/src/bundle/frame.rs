//! What stands inside the encrypted stream: the header's hash, then frames of `kind u8, length u32, bytes`,
//! then one of kind 0 with the number of frames, then nothing.

use std::io::{Read, Write};

use cotmoc_core::id::Hash32;

use super::error::BundleError;

/// Longest frame, bytes.
pub const MAX_FRAME: usize = 16 * 1024 * 1024;

/// A piece of a bundle, whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is, for the caller; never 0.
    pub kind: u8,
    /// At most [`MAX_FRAME`].
    pub bytes: Vec<u8>,
}

const END: u8 = 0;
const LEAD: usize = 1 + 4;
const COUNT: usize = 8;

/// Bytes of an encrypted stream before its first frame.
pub(super) const OPENING_BYTES: u64 = 32;
/// Bytes after its last one.
pub(super) const END_BYTES: u64 = (LEAD + COUNT) as u64;

/// Bytes that a frame takes.
pub(super) fn bytes_of(length: usize) -> u64 {
    (LEAD + length) as u64
}

/// What stands before a frame's bytes.
///
/// # Errors
/// [`BundleError::BadFrame`].
pub(super) fn lead_of(kind: u8, length: usize) -> Result<[u8; LEAD], BundleError> {
    let bad = BundleError::BadFrame { kind, length };
    match u32::try_from(length) {
        Ok(fits) if kind != END && length <= MAX_FRAME => Ok(lead(kind, fits)),
        _ => Err(bad),
    }
}

fn lead(kind: u8, length: u32) -> [u8; LEAD] {
    let [a, b, c, d] = length.to_le_bytes();
    [kind, a, b, c, d]
}

pub(super) fn write_end(stream: &mut impl Write, frames: u64) -> std::io::Result<()> {
    stream.write_all(&lead(END, COUNT as u32))?;
    stream.write_all(&frames.to_le_bytes())
}

/// The stream belongs behind this header: nobody put it behind one of their own.
///
/// # Errors
/// [`BundleError::Damaged`].
pub(super) fn read_opening(stream: &mut impl Read, header: &Hash32) -> Result<(), BundleError> {
    let mut opening = [0; OPENING_BYTES as usize];
    stream.read_exact(&mut opening)?;
    if opening == header.0 {
        Ok(())
    } else {
        Err(BundleError::Damaged("encrypted stream of another header"))
    }
}

/// The next frame, or none at a proper end; `before` is how many frames were read.
///
/// # Errors
/// [`BundleError::Damaged`], and what reading gives.
pub(super) fn read_frame(stream: &mut impl Read, before: u64) -> Result<Option<Frame>, BundleError> {
    let mut lead = [0; LEAD];
    stream.read_exact(&mut lead)?;
    let [kind, a, b, c, d] = lead;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if kind == END {
        let mut count = [0; COUNT];
        if length != COUNT {
            return Err(BundleError::Damaged("end frame"));
        }
        stream.read_exact(&mut count)?;
        if u64::from_le_bytes(count) != before {
            return Err(BundleError::Damaged("number of frames"));
        }
        // Reading to the end is what makes sure that the stream was closed and not cut.
        return match stream.read(&mut [0])? {
            0 => Ok(None),
            _ => Err(BundleError::Damaged("more after the end frame")),
        };
    }
    if length > MAX_FRAME {
        return Err(BundleError::Damaged("frame length"));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(Some(Frame { kind, bytes }))
}
