//! Typing that was not saved: kept within a second, outside the journal, restored after a crash.

use std::collections::BTreeMap;

use cotmoc_ledger::{Ledger, LedgerError};
use rusqlite::{OptionalExtension, params};

use crate::contract::registrations::UnfinishedTyping;

pub(crate) fn keep(
    ledger: &Ledger,
    record: &str,
    contents: &BTreeMap<String, String>,
    now: i64,
) -> Result<(), LedgerError> {
    ledger.write_local(|transaction| {
        if contents.is_empty() {
            transaction.execute("DELETE FROM typing WHERE record = ?1", [record])?;
        } else {
            transaction.execute(
                "INSERT OR REPLACE INTO typing (record, contents, typed_at) VALUES (?1, ?2, ?3)",
                params![record, serde_json::to_string(contents).unwrap_or_default(), now],
            )?;
        }
        Ok(())
    })
}

pub(crate) fn kept(ledger: &Ledger, record: &str) -> Result<Option<UnfinishedTyping>, LedgerError> {
    ledger.read(|connection| {
        let found: Option<(String, i64)> = connection
            .prepare_cached("SELECT contents, typed_at FROM typing WHERE record = ?1")?
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.and_then(|(contents, typed_at)| {
            let contents = serde_json::from_str(&contents).ok()?;
            Some(UnfinishedTyping {
                record: record.to_owned(),
                contents,
                typed_at,
            })
        }))
    })
}
