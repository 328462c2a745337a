//! Columns read row by row, in the one form in which Automerge writes them.
//!
//! Bytes that say the same in another form (a run cut in two, a number padded) are damaged here: what is read in one
//! form only can be stored as it came, because nobody would write it differently.

use crate::codec::Reader;

/// What a cell of a run-length column holds.
pub(super) trait Cell<'a>: Copy + PartialEq {
    /// The next one. Absent when it is damaged.
    fn read(reader: &mut Reader<'a>) -> Option<Self>;
}

impl Cell<'_> for u64 {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.varint("number").ok()
    }
}

impl Cell<'_> for i64 {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        signed(reader)
    }
}

impl<'a> Cell<'a> for &'a str {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        reader.text(usize::MAX, "text").ok()
    }
}

/// A signed LEB128 number in its shortest form.
pub(super) fn signed(reader: &mut Reader<'_>) -> Option<i64> {
    let first = reader.u8("number").ok()?;
    if first & 0x80 == 0 {
        // Seven bits, the uppermost of them the sign.
        return Some(i64::from((first << 1) as i8) >> 1);
    }
    let (mut value, mut before) = (i64::from(first & 0x7f), first);
    for shift in (7..64).step_by(7) {
        let byte = reader.u8("number").ok()?;
        value |= i64::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 != 0 {
            before = byte;
            continue;
        }
        let negative = byte & 0x40 != 0;
        let says_nothing = byte == if negative { 0x7f } else { 0 } && (before & 0x40 != 0) == negative;
        let beyond = shift == 63 && byte != 0 && byte != 0x7f;
        if says_nothing || beyond {
            return None;
        }
        return Some(match shift + 7 {
            bits @ ..64 if negative => value | (-1i64 << bits),
            _ => value,
        });
    }
    None
}

enum Run<T> {
    Nothing,
    Same(T),
    /// Each row with a value of its own.
    Each,
}

/// A run-length column.
pub(super) struct Runs<'a, T> {
    reader: Reader<'a>,
    left: u64,
    run: Run<T>,
    /// The value in the row before, which the next run may not begin with.
    last: Option<T>,
    holds_value: bool,
    begun: bool,
}

impl<'a, T: Cell<'a>> Runs<'a, T> {
    /// Without bytes it is a column that was left out: every row is empty.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            left: 0,
            run: Run::Nothing,
            last: None,
            holds_value: bytes.is_empty(),
            begun: false,
        }
    }

    fn begin_run(&mut self) -> Option<()> {
        let length = signed(&mut self.reader)?;
        let (after_nothing, after_each) = match self.run {
            Run::Nothing => (self.begun, false),
            Run::Same(_) => (false, false),
            Run::Each => (false, true),
        };
        self.begun = true;
        (self.left, self.run) = match length {
            0 if after_nothing => return None,
            0 => {
                self.last = None;
                (self.reader.varint("run").ok()?, Run::Nothing)
            }
            // A single value is written as a list of one.
            1 => return None,
            2.. => {
                let value = T::read(&mut self.reader)?;
                self.differs(value)?;
                (length.unsigned_abs(), Run::Same(value))
            }
            _ if after_each => return None,
            _ => (length.unsigned_abs(), Run::Each),
        };
        (self.left > 0).then_some(())
    }

    fn differs(&mut self, value: T) -> Option<()> {
        (self.last != Some(value)).then(|| {
            self.last = Some(value);
            self.holds_value = true;
        })
    }

    /// The next row. Absent when the column is damaged or has ended.
    pub fn next(&mut self) -> Option<Option<T>> {
        if self.left == 0 {
            if self.reader.left() == 0 {
                return (!self.begun).then_some(None);
            }
            self.begin_run()?;
        }
        self.left -= 1;
        Some(match self.run {
            Run::Nothing => None,
            Run::Same(value) => Some(value),
            Run::Each => {
                let value = T::read(&mut self.reader)?;
                self.differs(value)?;
                Some(value)
            }
        })
    }

    /// No row is left, and a column that is there has a value.
    pub fn has_ended(&self) -> bool {
        self.left == 0 && self.reader.left() == 0 && self.holds_value
    }
}

/// A run-length column of differences, each to the last value before.
pub(super) struct Differences<'a> {
    runs: Runs<'a, i64>,
    value: i64,
}

impl<'a> Differences<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            runs: Runs::of(bytes),
            value: 0,
        }
    }

    /// The next row. Absent when the column is damaged, has ended or leaves the numbers that are.
    pub fn next(&mut self) -> Option<Option<i64>> {
        let Some(difference) = self.runs.next()? else {
            return Some(None);
        };
        self.value = self.value.checked_add(difference)?;
        Some(Some(self.value))
    }

    pub fn has_ended(&self) -> bool {
        self.runs.has_ended()
    }
}

/// A column of true and false: lengths of runs that take turns, false first.
pub(super) struct Flags<'a> {
    reader: Reader<'a>,
    left: u64,
    flag: bool,
    begun: bool,
}

impl<'a> Flags<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            left: 0,
            flag: true,
            begun: false,
        }
    }

    /// The next row. Absent when the column is damaged or has ended.
    pub fn next(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.begin_run()?;
            if self.left == 0 {
                // Only the first run may be of none: the column begins with true.
                self.begin_run()?;
                (self.left > 0).then_some(())?;
            }
        }
        self.left -= 1;
        Some(self.flag)
    }

    fn begin_run(&mut self) -> Option<()> {
        let is_first = !self.begun;
        self.begun = true;
        self.left = self.reader.varint("run").ok()?;
        self.flag = !self.flag;
        (self.left > 0 || is_first).then_some(())
    }

    pub fn has_ended(&self) -> bool {
        self.left == 0 && self.reader.left() == 0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(bytes: &[u8]) -> Option<Vec<Option<u64>>> {
        let mut column = Runs::<u64>::of(bytes);
        let mut rows = Vec::new();
        while !column.has_ended() {
            rows.push(column.next()?);
        }
        Some(rows)
    }

    #[test]
    fn a_column_is_read_in_its_only_form() {
        let read = rows(&[0x02, 0x05, 0x00, 0x01, 0x7e, 0x09, 0x08]).unwrap();
        assert_eq!(read, [Some(5), Some(5), None, Some(9), Some(8)]);
        for other_form in [
            &[0x01, 0x05][..],
            &[0x02, 0x05, 0x02, 0x05],
            &[0x02, 0x05, 0x7f, 0x05],
            &[0x7f, 0x05, 0x7f, 0x06],
            &[0x7f, 0x05, 0x02, 0x05],
            &[0x7e, 0x05, 0x05],
            &[0x00, 0x01, 0x00, 0x01, 0x7f, 0x05],
            &[0x00, 0x02],
            &[0x00, 0x00],
            &[0x02, 0x85, 0x00],
            &[0x82, 0x00, 0x05],
            &[0x02],
            &[0x7e, 0x05],
        ] {
            assert_eq!(rows(other_form), None, "{other_form:?}");
        }
        assert_eq!(rows(&[]), Some(vec![]));
        assert_eq!(
            Runs::<u64>::of(&[]).next(),
            Some(None),
            "left out: every row is empty"
        );
    }

    #[test]
    fn signed_numbers_are_read_in_their_shortest_form() {
        let read = |bytes: &[u8]| signed(&mut Reader::new(bytes));
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x3f], 63),
            (&[0x40], -64),
            (&[0x7f], -1),
            (&[0xc0, 0x00], 64),
            (&[0xbf, 0x7f], -65),
            (&[0x80, 0x7f], -128),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
                i64::MAX,
            ),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
                i64::MIN,
            ),
        ] {
            assert_eq!(read(bytes), Some(value), "{bytes:?}");
        }
        for damaged in [
            &[0x80, 0x00][..],
            &[0xff, 0x7f],
            &[0xbf, 0x00],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x80; 11],
            &[0x80],
            &[],
        ] {
            assert_eq!(read(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn differences_add_up_over_empty_rows_and_stay_within_the_numbers() {
        let mut column = Differences::of(&[0x02, 0x03, 0x00, 0x01, 0x7f, 0x7f]);
        let rows: Vec<_> = (0..4).map(|_| column.next().unwrap()).collect();
        assert_eq!(rows, [Some(3), Some(6), None, Some(5)]);
        assert!(column.has_ended());
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00];
        let bytes = [&[0x02][..], &most].concat();
        let mut column = Differences::of(&bytes);
        assert!(column.next().is_some());
        assert_eq!(column.next(), None);
    }

    #[test]
    fn true_and_false_take_turns_and_only_the_first_run_may_be_of_none() {
        let read = |bytes: &[u8]| -> Option<Vec<bool>> {
            let mut column = Flags::of(bytes);
            let mut flags = Vec::new();
            while !column.has_ended() {
                flags.push(column.next()?);
            }
            Some(flags)
        };
        assert_eq!(read(&[1, 2]), Some(vec![false, true, true]));
        assert_eq!(read(&[0, 1, 1]), Some(vec![true, false]));
        assert_eq!(read(&[0]), None);
        assert_eq!(read(&[0, 0, 1]), None);
        assert_eq!(read(&[1, 0, 1]), None);
    }
}
