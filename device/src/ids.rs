//! Fresh ids. The random part comes from the operating system, the time part from the device's clock and
//! is only there to keep neighbours together in an index.

use cotmoc_core::id::RecordId;
use uuid::{Builder, Uuid};

use crate::contract::Problem;

/// A UUIDv7.
pub(crate) fn fresh(now: i64) -> Result<Uuid, Problem> {
    let mut random = [0u8; 10];
    getrandom::fill(&mut random).map_err(|error| crate::problems::internal(&error))?;
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

/// Reads a record id of a request.
pub(crate) fn record_id(text: &str) -> Result<RecordId, Problem> {
    text.parse()
        .map_err(|_| Problem::new("no_record").with("record", text))
}
