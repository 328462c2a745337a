//! Compression of bodies, with a hard cap on what may come out.

use std::borrow::Cow;
use std::io::Read;

use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use crate::codec::Malformed;

/// Largest body on the wire, bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Largest body after decompression, bytes; 1 GiB of zeros would be 33 KB on the wire.
pub const MAX_UNPACKED: usize = 64 * 1024 * 1024;

/// Below this a frame header costs more than it saves.
const WORTH_IT: usize = 160;
/// -12 is within a fifth of the best at a tenth of its processor time (`sync-baselines.md` §5).
const LEVEL: i32 = 12;

/// Entries of the compressor's two tables, as powers of two: 1 MiB and 4 MiB. The level's own take up to 48 MiB for each
/// part, of a server that answers several at once, and save 12 bytes of a thousand (`docs/benchmarks.md`).
const HASH_LOG: u32 = 18;
const CHAIN_LOG: u32 = 20;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// Compresses when that makes it smaller; the first byte says which.
pub fn shrink(body: &[u8]) -> Vec<u8> {
    if body.len() >= WORTH_IT
        && let Ok(packed) = compress(body)
        && packed.len() < body.len()
    {
        return [&[ZSTD], packed.as_slice()].concat();
    }
    as_is(body)
}

fn compress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::HashLog(HASH_LOG))?;
    compressor.set_parameter(CParameter::ChainLog(CHAIN_LOG))?;
    compressor.compress(body)
}

/// The form of [`shrink`] for what does not get smaller.
pub(super) fn as_is(body: &[u8]) -> Vec<u8> {
    [&[PLAIN], body].concat()
}

/// Reads [`shrink`], never making more than [`MAX_UNPACKED`] bytes.
///
/// # Errors
/// When the first byte is unknown, the frame is damaged, or it would grow beyond the cap.
pub fn unshrink(packed: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    let malformed = Malformed {
        what: "compressed body",
        at: 0,
    };
    match packed.split_first() {
        Some((&PLAIN, body)) => Ok(Cow::Borrowed(body)),
        Some((&ZSTD, frame)) => {
            let decoder = zstd::stream::read::Decoder::new(frame).map_err(|_| malformed)?;
            let mut body = Vec::new();
            let read = decoder.take(MAX_UNPACKED as u64 + 1).read_to_end(&mut body);
            match read {
                Ok(length) if length <= MAX_UNPACKED => Ok(Cow::Owned(body)),
                _ => Err(malformed),
            }
        }
        _ => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_body_comes_back_as_it_went_whether_or_not_it_was_worth_compressing() {
        for body in [vec![], vec![1, 2, 3], vec![7; 100_000]] {
            assert_eq!(unshrink(&shrink(&body)).unwrap().as_ref(), body.as_slice());
        }
        assert!(shrink(&vec![7; 100_000]).len() < 200);
    }

    #[test]
    fn a_small_frame_that_grows_beyond_the_cap_is_refused() {
        let bomb = shrink(&vec![0; MAX_UNPACKED + 1]);
        assert!(bomb.len() < 10_000, "the bomb must be small to be one");
        assert!(unshrink(&bomb).is_err());
    }

    #[test]
    fn a_damaged_or_unknown_frame_is_refused() {
        let mut frame = shrink(&vec![7; 1_000]);
        let middle = frame.len() / 2;
        frame.truncate(middle);
        assert!(unshrink(&frame).is_err());
        assert!(unshrink(&[9, 1, 2]).is_err());
        assert!(unshrink(&[]).is_err());
    }
}
