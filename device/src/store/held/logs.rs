//! Logs as rows of the journal's tables.

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Scope};
use cotmoc_ledger::LedgerError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

/// The id under which a record is noted; roster acts go under their province.
pub(in crate::store) fn record_of(code: Option<[u8; 16]>, scope: &Scope) -> String {
    RecordId(code.map_or(scope.province.0, Uuid::from_bytes)).to_string()
}

/// Row of a log, if it is held.
pub(in crate::store) fn row_of(connection: &Connection, log: &LogId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT log.id FROM log JOIN scope ON scope.id = log.scope
             WHERE log.device = ?1 AND log.incarnation = ?2 AND scope.code = ?3",
        )?
        .query_row(
            params![
                &log.device.0[..],
                log.incarnation.0 as i64,
                &log.scope.encode()[..]
            ],
            |row| row.get(0),
        )
        .optional()
}

/// The logs of this device in all its lives; those of a copy that goes on elsewhere are another's.
pub(in crate::store) fn own_logs(
    transaction: &Transaction<'_>,
    device: DeviceKey,
) -> Result<Vec<(i64, LogId)>, LedgerError> {
    let mut statement = transaction.prepare_cached(
        "SELECT log.id, incarnation, scope.code FROM log JOIN scope ON scope.id = log.scope
         WHERE log.device = ?1 AND incarnation IN (SELECT incarnation FROM life)",
    )?;
    let mut rows = statement.query([&device.0[..]])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        let code: Vec<u8> = row.get(2)?;
        if let Ok(scope) = Scope::decode(&mut cotmoc_core::codec::Reader::new(&code)) {
            let log = LogId {
                device,
                incarnation: Incarnation(row.get::<_, i64>(1)? as u64),
                scope,
            };
            logs.push((row.get(0)?, log));
        }
    }
    Ok(logs)
}
