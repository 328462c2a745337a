//! What a device makes of records: its own tables, kept in step inside the same transaction.

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Scope;
use cotmoc_core::record::RecordKind;
use rusqlite::{Connection, Transaction};

/// A record that was created or changed.
#[derive(Debug, Clone, Copy)]
pub struct RecordChange<'a> {
    /// Its id.
    pub record: RecordId,
    /// Its row in `record`.
    pub row: i64,
    /// Its kind.
    pub kind: RecordKind,
    /// Its scope.
    pub scope: Scope,
    /// Its canonical state.
    pub state: &'a str,
    /// Properties with differing content.
    pub differing: &'a [String],
    /// Newest claimed time among its entries just applied.
    pub claimed_at: i64,
}

/// Tables derived from records.
pub trait Index: Send + Sync {
    /// Scripts that make the tables, one per version; append only.
    fn migrations(&self) -> &'static [&'static str];

    /// Prepares a connection, for example with functions that the tables' triggers or queries use.
    ///
    /// # Errors
    /// When the connection refuses.
    fn prepare(&self, connection: &Connection) -> rusqlite::Result<()>;

    /// Brings the tables in step with one record.
    ///
    /// # Errors
    /// When a statement fails; the whole transaction is then undone.
    fn record_changed(
        &self,
        transaction: &Transaction<'_>,
        change: &RecordChange<'_>,
    ) -> rusqlite::Result<()>;

    /// Takes a record out of the tables of which no entry is applied any more. `was` is what it was last.
    ///
    /// # Errors
    /// When a statement fails; the whole transaction is then undone.
    fn record_gone(&self, transaction: &Transaction<'_>, was: &RecordChange<'_>) -> rusqlite::Result<()>;

    /// Empties the tables before a rebuild.
    ///
    /// # Errors
    /// When a statement fails.
    fn clear(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()>;
}

/// No tables of its own (the server).
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIndex;

impl Index for NoIndex {
    fn migrations(&self) -> &'static [&'static str] {
        &[]
    }

    fn prepare(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn record_changed(&self, _: &Transaction<'_>, _: &RecordChange<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn record_gone(&self, _: &Transaction<'_>, _: &RecordChange<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn clear(&self, _: &Transaction<'_>) -> rusqlite::Result<()> {
        Ok(())
    }
}
