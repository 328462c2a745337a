//! Fresh ids. The random part comes from the operating system, the time part from the device's clock and
//! is only there to keep neighbours together in an index.

use cotmoc_core::id::RecordId;
use uuid::{Builder, Uuid};

use crate::contract::Problem;

/// A UUIDv7.
pub(crate) fn fresh(now: i64) -> Result<Uuid, Problem> {
    let mut random = [0u8; 10];
    cotmoc_ledger::fill_random(&mut random).map_err(|error| crate::problems::internal(&error))?;
    let millis = u64::try_from(now).unwrap_or(0) & 0xffff_ffff_ffff;
    Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// The id of a new record.
pub(crate) fn fresh_record(now: i64) -> Result<RecordId, Problem> {
    fresh(now).map(RecordId)
}

/// A key within a map of a record: sorts in order of entry.
pub(crate) fn fresh_key(now: i64) -> Result<String, Problem> {
    fresh(now).map(|id| id.simple().to_string())
}

/// Keys that sort after `last` and in the order they are taken, also when several are made within one
/// millisecond or the clock was set back.
pub(crate) fn keys_after(last: &str, now: i64) -> KeysAfter {
    let of_last = last
        .get(..12)
        .and_then(|digits| i64::from_str_radix(digits, 16).ok());
    KeysAfter {
        next: of_last.map_or(now, |of_last| now.max(of_last + 1)),
    }
}

/// See [`keys_after`].
pub(crate) struct KeysAfter {
    next: i64,
}

impl KeysAfter {
    /// The next key.
    pub(crate) fn next_key(&mut self) -> Result<String, Problem> {
        let key = fresh_key(self.next)?;
        self.next += 1;
        Ok(key)
    }
}

/// Reads a record id of a request.
pub(crate) fn record_id(text: &str) -> Result<RecordId, Problem> {
    text.parse()
        .map_err(|_| Problem::new("no_record").with("record", text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn keys_made_at_once_or_under_a_clock_set_back_sort_in_the_order_they_were_made() {
        let mut keys = Vec::new();
        for now in [1_800_000_000_000, 1_500_000_000_000] {
            let mut after = keys_after(keys.last().map_or("", String::as_str), now);
            for _ in 0..5 {
                keys.push(after.next_key().unwrap());
            }
        }
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(
            keys_after("khoá lạ", 7).next_key().is_ok(),
            "a foreign key is passed over"
        );
    }
}
