//! The open store: one writer, readers beside it, the rosters, the gauntlet.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cotmoc_core::access::Roster;
use cotmoc_core::exchange::{Cursor, Epoch};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{DeviceKey, Incarnation, ServerLife, SigningKey, actor_of};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::chance::time_of_day;
use crate::database::{migrate, open_connection};
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::gauntlet::{Gauntlet, GauntletProgram};
use crate::index::Index;
use crate::interrupted::Interrupted;
use crate::key_file::random;
use crate::kinds::judge_with_known_kinds;
use crate::media::{MediaFile, match_files};
use crate::own::OwnAuthor;
use crate::place::Twin;
use crate::retry::SECOND_TRIES;
use crate::room::{give_up_reserve, keep_reserve, why_refused};
use crate::rosters;
use crate::rows::hash_at;

const JOURNAL_MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_journal.sql"),
    include_str!("../migrations/0002_late.sql"),
    include_str!("../migrations/0003_media.sql"),
    include_str!("../migrations/0004_forks.sql"),
    include_str!("../migrations/0005_peers.sql"),
];
/// Readers kept open beside the writer.
const READERS: usize = 2;

/// Who writes: a device's key in one life of its store.
#[derive(Debug)]
pub struct Author {
    /// The key.
    pub key: SigningKey,
    /// The incarnation.
    pub incarnation: Incarnation,
}

impl Author {
    /// Public key.
    pub fn device(&self) -> DeviceKey {
        self.key.device()
    }

    /// Automerge actor.
    pub fn actor(&self) -> [u8; 16] {
        actor_of(&self.key.device(), self.incarnation)
    }
}

/// A journal on disk with the documents made from it.
pub struct Ledger {
    folder: Folder,
    pub(crate) index: Arc<dyn Index>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    pub(crate) gauntlet: Mutex<Gauntlet>,
    pub(crate) rosters: RwLock<BTreeMap<ProvinceId, Roster>>,
    /// Entries that were set aside are to be tried again; see [`Ledger::try_some_again`].
    pub(crate) second_tries: AtomicBool,
    /// Records whose check was cut short are to be tried again.
    pub(crate) interrupted: Interrupted,
    /// Known once this store has an author.
    pub(crate) own: Mutex<Option<OwnAuthor>>,
    /// What lies outside the folder so that a copy is noticed.
    pub(crate) twin: Mutex<Option<Twin>>,
    pub(crate) media: MediaFile,
    life: ServerLife,
}

/// What opening a store makes, before anybody may use it.
struct Opened {
    writer: Connection,
    readers: Vec<Connection>,
    life: ServerLife,
    rosters: BTreeMap<ProvinceId, Roster>,
    second_tries: bool,
    interrupted: Interrupted,
    media: MediaFile,
}

impl Opened {
    fn of(folder: &Folder, index: &dyn Index) -> Result<Self, LedgerError> {
        let mut writer = open_connection(&folder.database(), folder.key())?;
        let is_made = folder.has_had_store()?;
        migrate(&mut writer, JOURNAL_MIGRATIONS, index.migrations(), is_made)?;
        index.prepare(&writer)?;
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let reader = open_connection(&folder.database(), folder.key())?;
            index.prepare(&reader)?;
            readers.push(reader);
        }
        let life = stored_or_new_life(&mut writer)?;
        judge_with_known_kinds(&mut writer)?;
        let rosters = rosters::load_all(&writer)?;
        let second_tries = meta(&writer, SECOND_TRIES)?.is_some();
        let interrupted = Interrupted::load(&writer)?;
        let media = MediaFile::open(folder.path(), folder.key())?;
        match match_files(&mut writer, &media, folder.key()) {
            // What is held can be read without it; the next opening does it.
            Err(LedgerError::DiskFull) => tracing::warn!("no room to put the two files in step"),
            matched => matched?,
        }
        Ok(Self {
            writer,
            readers,
            life,
            rosters,
            second_tries,
            interrupted,
            media,
        })
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({})", self.folder.path().display())
    }
}

impl Ledger {
    /// Opens the store of a folder, making it when it is new.
    ///
    /// # Errors
    /// When the database cannot be opened, is damaged, lost or newer, or the disk is full even without the
    /// [reserve](crate::room).
    pub fn open(
        folder: Folder,
        index: Arc<dyn Index>,
        program: GauntletProgram,
    ) -> Result<Self, LedgerError> {
        let open =
            || Opened::of(&folder, index.as_ref()).map_err(|error| why_refused(&folder.database(), error));
        let opened = match open() {
            Err(LedgerError::DiskFull) if give_up_reserve(folder.path()) => open(),
            opened => opened,
        }?;
        if let Err(error) = folder.note_store() {
            tracing::warn!(error.message = %error, "that the folder has a database is not noted yet");
        }
        keep_reserve(folder.path());
        Ok(Self {
            folder,
            index,
            writer: Mutex::new(opened.writer),
            readers: Mutex::new(opened.readers),
            gauntlet: Mutex::new(Gauntlet::new(program)),
            rosters: RwLock::new(opened.rosters),
            second_tries: AtomicBool::new(opened.second_tries),
            interrupted: opened.interrupted,
            own: Mutex::new(None),
            twin: Mutex::new(None),
            media: opened.media,
            life: opened.life,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where the database file is.
    pub fn database_path(&self) -> PathBuf {
        self.folder.database()
    }

    /// The life of this store as a remote for others.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.life.id)
    }

    /// The same life with its beginning, as receipts name it.
    pub fn life(&self) -> ServerLife {
        self.life
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        #[cfg(feature = "simulation")]
        crate::chance::step();
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query on a connection that does not wait for the writer.
    ///
    /// # Errors
    /// What the query returns.
    pub fn read<T, E: From<LedgerError>>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => {
                let connection = open_connection(&self.folder.database(), self.folder.key())?;
                self.index.prepare(&connection).map_err(LedgerError::from)?;
                connection
            }
        };
        let result = query(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    /// Runs statements on the writer in one transaction of their own, for tables outside the journal.
    ///
    /// # Errors
    /// What the statements return; nothing is changed then.
    pub fn write_local<T, E: From<LedgerError>>(
        &self,
        statements: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(LedgerError::from)?;
        let result = statements(&transaction)?;
        transaction.commit().map_err(LedgerError::from)?;
        Ok(result)
    }

    /// A named value outside the journal.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.read(|connection| meta(connection, name).map_err(LedgerError::from))
    }

    /// Sets a named value outside the journal.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), LedgerError> {
        self.write_local(|transaction| set_meta(transaction, name, value).map_err(LedgerError::from))
    }

    /// Takes part in a province: from now on the authority's log is its roster here.
    ///
    /// # Errors
    /// When the province is known under another authority, or the database cannot be written.
    pub fn join_province(&self, province: ProvinceId, authority: DeviceKey) -> Result<(), LedgerError> {
        self.write_local(|transaction| -> Result<(), LedgerError> {
            let known: Option<Vec<u8>> = transaction
                .query_row(
                    "SELECT authority FROM province WHERE code = ?1",
                    [province.0.as_bytes().as_slice()],
                    |row| row.get(0),
                )
                .optional()?;
            match known {
                Some(known) if known != authority.0 => Err(LedgerError::DamagedDatabase(
                    "the province has another authority here".to_owned(),
                )),
                Some(_) => Ok(()),
                None => {
                    transaction.execute(
                        "INSERT INTO province (code, authority) VALUES (?1, ?2)",
                        params![province.0.as_bytes().as_slice(), &authority.0[..]],
                    )?;
                    Ok(())
                }
            }
        })?;
        let mut rosters = self.rosters.write().unwrap_or_else(PoisonError::into_inner);
        rosters
            .entry(province)
            .or_insert_with(|| Roster::new(province, authority));
        Ok(())
    }

    /// The roster of a province, as folded so far.
    pub fn roster(&self, province: ProvinceId) -> Option<Roster> {
        self.rosters
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&province)
            .cloned()
    }

    /// Runs something over a roster without copying it.
    pub fn with_roster<T>(&self, province: ProvinceId, look: impl FnOnce(Option<&Roster>) -> T) -> T {
        look(
            self.rosters
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&province),
        )
    }

    /// The provinces this store takes part in.
    pub fn provinces(&self) -> Vec<ProvinceId> {
        self.rosters
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .copied()
            .collect()
    }

    /// Where the arrival order stands, as a cursor for others.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn arrival(&self) -> Result<Cursor, LedgerError> {
        self.read(|connection| {
            let arrival = crate::rows::Arrival::begin(connection)?;
            Ok(Cursor {
                epoch: self.epoch(),
                position: arrival.position,
                chain: arrival.chain,
            })
        })
    }

    /// Chain hash of the arrival order at a position; zero at the start, absent beyond the end.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn chain_at(&self, position: u64) -> Result<Option<Hash32>, LedgerError> {
        if position == 0 {
            return Ok(Some(Hash32::ZERO));
        }
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT chain FROM entry WHERE position = ?1 UNION ALL SELECT chain FROM late WHERE position = ?1
                     UNION ALL SELECT chain FROM vacated WHERE position = ?1",
                )?
                .query_row([position as i64], |row| hash_at(row, "chain"))
                .optional()
                .map_err(LedgerError::from)
        })
    }
}

/// A named value.
pub(crate) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Sets a named value.
pub(crate) fn set_meta(connection: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        )?
        .execute(params![name, value])?;
    Ok(())
}

/// A copy of this store is given no epoch and keeps the beginning of the life it was taken in: what is opened from it
/// begins later, also by a clock that was put back.
fn stored_or_new_life(connection: &mut Connection) -> Result<ServerLife, LedgerError> {
    let stored = meta(connection, "epoch_began")?;
    let stored = stored.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    let id = meta(connection, "epoch")?
        .map(|bytes| {
            Uuid::from_slice(&bytes).map_err(|error| LedgerError::DamagedDatabase(error.to_string()))
        })
        .transpose()?;
    if let (Some(id), Some(began)) = (id, stored) {
        return Ok(ServerLife { began, id });
    }
    let now = u64::try_from(time_of_day()).unwrap_or(0);
    let life = ServerLife {
        began: stored.map_or(now, |stored| now.max(stored.saturating_add(1))),
        id: match id {
            Some(id) => id,
            None => uuid::Builder::from_random_bytes(random()?).into_uuid(),
        },
    };
    let transaction = connection.transaction()?;
    set_meta(&transaction, "epoch", life.id.as_bytes())?;
    set_meta(&transaction, "epoch_began", &life.began.to_le_bytes())?;
    transaction.commit()?;
    Ok(life)
}
