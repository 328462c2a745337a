//! Reading and writing the fixed layouts: little-endian integers, LEB128 lengths, bounded everything.
//!
//! Nothing here trusts a length: a reader never hands out more than it holds, so a foreign byte string
//! cannot make the program reserve memory it does not have.

/// Bytes that do not have the layout they claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {what} at byte {at}")]
pub struct Malformed {
    /// What was being read.
    pub what: &'static str,
    /// Offset from the start of the input.
    pub at: usize,
}

/// Reads a byte slice from front to back.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes not read yet.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.malformed(what))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let mut array = [0u8; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    /// One byte.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        Ok(self.take(1, what)?[0])
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    /// An unsigned LEB128 number of at most 64 bits, in its shortest form only.
    pub fn varint(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in 0..10 {
            let byte = self.u8(what)?;
            let part = u64::from(byte & 0x7f);
            if shift == 9 && part > 1 {
                return Err(self.malformed(what));
            }
            value |= part << (7 * shift);
            if byte & 0x80 == 0 {
                let padded = byte == 0 && shift > 0;
                return if padded {
                    Err(self.malformed(what))
                } else {
                    Ok(value)
                };
            }
        }
        Err(self.malformed(what))
    }

    /// A signed number in zigzag LEB128.
    pub fn signed(&mut self, what: &'static str) -> Result<i64, Malformed> {
        let zigzag = self.varint(what)?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// A count of things that each take at least `least` bytes, so it can be trusted for reserving.
    pub fn count(&mut self, least: usize, what: &'static str) -> Result<usize, Malformed> {
        let count = self.varint(what)?;
        let fits = usize::try_from(count)
            .ok()
            .filter(|count| count.saturating_mul(least) <= self.left());
        fits.ok_or_else(|| self.malformed(what))
    }

    /// Length-prefixed bytes of at most `cap`.
    pub fn bytes(&mut self, cap: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let length = self.count(1, what)?;
        if length > cap {
            return Err(self.malformed(what));
        }
        self.take(length, what)
    }

    /// Length-prefixed UTF-8 of at most `cap` bytes.
    pub fn text(&mut self, cap: usize, what: &'static str) -> Result<&'a str, Malformed> {
        let start = self.at;
        std::str::from_utf8(self.bytes(cap, what)?).map_err(|_| Malformed { what, at: start })
    }

    /// Nothing may follow.
    pub fn end(&self, what: &'static str) -> Result<(), Malformed> {
        if self.left() == 0 {
            Ok(())
        } else {
            Err(self.malformed(what))
        }
    }
}

/// Writes what [`Reader`] reads.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Nothing written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&[value])
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    /// Unsigned LEB128.
    pub fn varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.bytes.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
        self
    }

    /// Zigzag LEB128.
    pub fn signed(&mut self, value: i64) -> &mut Self {
        self.varint(((value << 1) ^ (value >> 63)) as u64)
    }

    /// Length-prefixed bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.varint(bytes.len() as u64).put(bytes)
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_come_back_as_they_went() {
        let mut writer = Writer::new();
        for value in [0, 1, 127, 128, 300, u64::MAX] {
            writer.varint(value);
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            writer.signed(value);
        }
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        for value in [0, 1, 127, 128, 300, u64::MAX] {
            assert_eq!(reader.varint("n").unwrap(), value);
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(reader.signed("n").unwrap(), value);
        }
        reader.end("end").unwrap();
    }

    #[test]
    fn a_length_larger_than_the_input_is_refused_before_anything_is_reserved() {
        let mut writer = Writer::new();
        writer.varint(u64::MAX);
        let bytes = writer.finish();
        assert!(Reader::new(&bytes).bytes(usize::MAX, "payload").is_err());
        assert!(Reader::new(&bytes).count(1, "entries").is_err());
    }

    #[test]
    fn a_number_written_longer_than_needed_is_refused_so_that_every_message_has_one_form() {
        assert!(Reader::new(&[0x80, 0x00]).varint("n").is_err());
        assert!(Reader::new(&[0xff; 11]).varint("n").is_err());
    }
}
