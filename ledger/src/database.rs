//! Opening a database so that saved means saved.

use std::fmt;
use std::path::Path;

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::error::LedgerError;

/// Oldest SQLite that may be used: versions before it can corrupt a WAL database that two connections
/// write (sqlite.org/wal.html, the WAL-reset bug, fixed in 3.51.3).
pub const SQLITE_AT_LEAST: i32 = 3_051_003;

/// Pages in the log of writes, 8 MB, from which on a commit brings them into the database. A large store that takes
/// much in writes the same pages of its indexes with every commit; with 1,000 pages each of them was copied each time.
const CHECKPOINT_PAGES: u32 = 2_000;

/// The raw 256-bit key of a database: opening costs no key derivation.
pub struct DatabaseKey(Zeroizing<[u8; 32]>);

impl DatabaseKey {
    /// From its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey(..)")
    }
}

/// Opens an encrypted database: WAL, `synchronous=FULL`, no memory map (an I/O error must not become a
/// signal), foreign keys on.
///
/// # Errors
/// When the SQLite at hand is too old or not SQLCipher, the key is wrong, or the file is damaged.
pub fn open_connection(path: &Path, key: &DatabaseKey) -> Result<Connection, LedgerError> {
    if rusqlite::version_number() < SQLITE_AT_LEAST {
        let message = format!("SQLite {} is older than {SQLITE_AT_LEAST}", rusqlite::version());
        return Err(LedgerError::DamagedDatabase(message));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that opens a database"
    )]
    let connection = Connection::open(path)?;
    let hex: Zeroizing<String> =
        Zeroizing::new(key.bytes().iter().map(|byte| format!("{byte:02x}")).collect());
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\";", *hex))?;
    let cipher: Option<String> = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .ok();
    if cipher.is_none_or(|version| version.is_empty()) {
        return Err(LedgerError::DamagedDatabase(
            "the database library does not encrypt".to_owned(),
        ));
    }
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    // The first statement that touches the file: a wrong key or a damaged header shows here.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(LedgerError::DamagedDatabase(format!(
            "journal mode is {mode}, not wal"
        )));
    }
    connection.execute_batch(&format!(
        "PRAGMA synchronous = {};
         PRAGMA mmap_size = 0;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16000;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};",
        synchronous()
    ))?;
    connection.set_prepared_statement_cache_capacity(200);
    Ok(connection)
}

/// FULL. The power-cut harness sets the variable to show that it notices the difference: with NORMAL an
/// acknowledged edit is lost when the power goes. A released program does not look: nobody's environment
/// may weaken what saved means.
fn synchronous() -> &'static str {
    match std::env::var("COTMOC_POWER_CUT_PROOF").as_deref() {
        Ok("normal") if cfg!(debug_assertions) => "NORMAL",
        _ => "FULL",
    }
}

/// Brings a database to the newest form: the journal's scripts, counted in `user_version`, then those of
/// the index, counted in `meta`, so that each list can grow without the other. All in one transaction, and
/// nothing is written when nothing is new: a store opens on a disk without room, too.
///
/// # Errors
/// When a script fails (nothing is changed), the store is newer than this program, or it is empty and
/// `is_made` says that it was not.
pub(crate) fn migrate(
    connection: &mut Connection,
    journal: &[&str],
    index: &[&str],
    is_made: bool,
) -> Result<(), LedgerError> {
    const INDEX_VERSION: &str = "index.version";
    let transaction = connection.transaction()?;
    let done: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done == 0 && is_made {
        return Err(LedgerError::DamagedDatabase("nothing is in it".to_owned()));
    }
    let mut is_new = run_after(&transaction, done, journal)?;
    if is_new {
        transaction.pragma_update(None, "user_version", journal.len() as i64)?;
    }
    let done = crate::journal::meta(&transaction, INDEX_VERSION)?;
    let done = done
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, i64::from_le_bytes);
    if run_after(&transaction, done, index)? {
        crate::journal::set_meta(&transaction, INDEX_VERSION, &(index.len() as i64).to_le_bytes())?;
        is_new = true;
    }
    if is_new {
        transaction.commit()?;
    }
    Ok(())
}

/// Says whether there were any to run.
pub(crate) fn run_after(connection: &Connection, done: i64, scripts: &[&str]) -> Result<bool, LedgerError> {
    let skip = usize::try_from(done).unwrap_or(0);
    if skip > scripts.len() {
        return Err(LedgerError::Newer(done));
    }
    for script in &scripts[skip..] {
        connection.execute_batch(script)?;
    }
    Ok(skip < scripts.len())
}
