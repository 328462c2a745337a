//! Columns written as Automerge writes them.

use crate::codec::Writer;

/// What a cell of a run-length column holds.
pub(super) trait Cell: Copy + PartialEq {
    fn write(self, to: &mut Writer);
}

impl Cell for u64 {
    fn write(self, to: &mut Writer) {
        to.varint(self);
    }
}

impl Cell for i64 {
    fn write(self, to: &mut Writer) {
        signed(self, to);
    }
}

impl Cell for &str {
    fn write(self, to: &mut Writer) {
        to.bytes(self.as_bytes());
    }
}

/// Signed LEB128, which is not the zigzag of [`Writer::signed`].
fn signed(mut value: i64, to: &mut Writer) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == if byte & 0x40 == 0 { 0 } else { -1 } {
            to.u8(byte);
            return;
        }
        to.u8(byte | 0x80);
    }
}

/// A run-length column that grows row by row.
pub(super) struct Runs<T> {
    bytes: Writer,
    /// Values before the open one that stand in a list of values that differ.
    list: Vec<T>,
    /// The open run: so many rows of the same.
    open: Option<(u64, Option<T>)>,
    holds_value: bool,
}

impl<T: Cell> Runs<T> {
    pub fn new() -> Self {
        Self {
            bytes: Writer::new(),
            list: Vec::new(),
            open: None,
            holds_value: false,
        }
    }

    pub fn push(&mut self, value: Option<T>) {
        self.holds_value |= value.is_some();
        match &mut self.open {
            Some((count, open)) if *open == value => *count += 1,
            _ => {
                self.close();
                self.open = Some((1, value));
            }
        }
    }

    fn close(&mut self) {
        match self.open.take() {
            None => {}
            Some((1, Some(value))) => self.list.push(value),
            Some((count, value)) => {
                self.write_list();
                match value {
                    Some(value) => {
                        signed(count as i64, &mut self.bytes);
                        value.write(&mut self.bytes);
                    }
                    None => {
                        self.bytes.u8(0).varint(count);
                    }
                }
            }
        }
    }

    fn write_list(&mut self) {
        if !self.list.is_empty() {
            signed(-(self.list.len() as i64), &mut self.bytes);
            for value in self.list.drain(..) {
                value.write(&mut self.bytes);
            }
        }
    }

    /// The column's bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.close();
        self.write_list();
        self.bytes.finish()
    }

    /// The column's bytes; none when no row has a value, for columns that are left out then.
    pub fn finish_unless_empty(self) -> Vec<u8> {
        if self.holds_value {
            self.finish()
        } else {
            Vec::new()
        }
    }
}

/// A run-length column of differences, each to the last value before.
pub(super) struct Differences {
    runs: Runs<i64>,
    value: i64,
}

impl Differences {
    pub fn new() -> Self {
        Self {
            runs: Runs::new(),
            value: 0,
        }
    }

    pub fn push(&mut self, value: Option<i64>) {
        self.runs.push(value.map(|value| value - self.value));
        self.value = value.unwrap_or(self.value);
    }

    pub fn finish_unless_empty(self) -> Vec<u8> {
        self.runs.finish_unless_empty()
    }
}

/// A column of true and false.
pub(super) struct Flags {
    bytes: Writer,
    count: u64,
    flag: bool,
}

impl Flags {
    pub fn new() -> Self {
        Self {
            bytes: Writer::new(),
            count: 0,
            flag: false,
        }
    }

    pub fn push(&mut self, flag: bool) {
        if flag != self.flag {
            self.bytes.varint(self.count);
            (self.count, self.flag) = (0, flag);
        }
        self.count += 1;
    }

    pub fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.varint(self.count);
        }
        self.bytes.finish()
    }
}
