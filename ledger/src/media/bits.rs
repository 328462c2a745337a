//! Which chunks of a blob are held.

use std::ops::Range;

/// A bit for every chunk, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    count: u32,
}

impl Bits {
    pub fn none(count: u32) -> Self {
        Self {
            bytes: vec![0; count.div_ceil(8) as usize],
            count,
        }
    }

    pub fn all(count: u32) -> Self {
        let mut bits = Self::none(count);
        (0..count).for_each(|index| bits.set(index, true));
        bits
    }

    /// What was stored, for so many chunks: bits that are not there are not set.
    pub fn stored(mut bytes: Vec<u8>, count: u32) -> Self {
        bytes.resize(count.div_ceil(8) as usize, 0);
        Self { bytes, count }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn has(&self, index: u32) -> bool {
        index < self.count && self.bytes[index as usize / 8] & (1 << (index % 8)) != 0
    }

    pub fn set(&mut self, index: u32, held: bool) {
        if index >= self.count {
            return;
        }
        let byte = &mut self.bytes[index as usize / 8];
        *byte = if held {
            *byte | 1 << (index % 8)
        } else {
            *byte & !(1 << (index % 8))
        };
    }

    pub fn is_all(&self) -> bool {
        (0..self.count).all(|index| self.has(index))
    }

    /// Number of chunks held.
    pub fn held(&self) -> u32 {
        (0..self.count).filter(|index| self.has(*index)).count() as u32
    }

    /// Chunks that are not held, as ranges.
    pub fn missing(&self) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for index in (0..self.count).filter(|index| !self.has(*index)) {
            match ranges.last_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => ranges.push(index..index + 1),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init)]
    use super::*;

    #[test]
    fn what_is_missing_is_named_as_ranges_until_nothing_is() {
        let mut bits = Bits::none(11);
        assert_eq!(bits.missing(), vec![0..11]);
        for index in [0, 4, 5, 10] {
            bits.set(index, true);
        }
        assert_eq!((bits.missing(), bits.held()), (vec![1..4, 6..10], 4));
        bits.set(5, false);
        assert_eq!(bits.missing(), vec![1..4, 5..10]);
        (0..11).for_each(|index| bits.set(index, true));
        assert!(bits.is_all() && bits.missing().is_empty() && bits == Bits::all(11));
    }

    #[test]
    fn an_index_beyond_the_last_chunk_and_a_short_row_change_nothing() {
        let mut bits = Bits::stored(vec![0xff], 9);
        bits.set(9, true);
        bits.set(u32::MAX, true);
        assert!(!bits.has(8) && !bits.has(9) && !bits.has(u32::MAX) && bits.has(7));
    }
}
