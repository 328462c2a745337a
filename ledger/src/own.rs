//! This store's own author, and the lives in which it has written.
//!
//! A store that was copied or restored goes on under a new incarnation, so that no log is ever written
//! from two places. What earlier lives wrote stays this device's own: it is still owed to the province.

use std::sync::{Arc, PoisonError, RwLock};

use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, SigningKey};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::LedgerError;
use crate::journal::{Author, Ledger, meta, set_meta};
use crate::key_file::random;

const SEED: &str = "author.seed";
const INCARNATION: &str = "author.incarnation";

/// This store's author as it is now: the key stays, the incarnation may change while the store is open.
#[derive(Debug, Clone)]
pub struct OwnAuthor(Arc<RwLock<Arc<Author>>>);

impl OwnAuthor {
    fn new(author: Author) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(author))))
    }

    /// Key and incarnation as of now.
    pub fn current(&self) -> Arc<Author> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Public key.
    pub fn device(&self) -> DeviceKey {
        self.current().device()
    }

    /// The incarnation as of now.
    pub fn incarnation(&self) -> Incarnation {
        self.current().incarnation
    }

    pub(crate) fn begin(&self, incarnation: Incarnation) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(Author {
            key: SigningKey::from_seed(&current.key.seed()),
            incarnation,
        });
    }
}

/// Why a life of the store began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeReason {
    /// The store is new, or older than the list of lives.
    First,
    /// The folder is on another machine than it was.
    OtherMachine,
    /// The folder is at another place than it was.
    OtherPlace,
    /// The folder holds less than it held when it was last used here.
    OlderCopy,
    /// A remote holds entries of this device that it does not have.
    RemoteAhead,
    /// Two different entries of this device stand at one place of a log.
    Forked,
}

impl LifeReason {
    const ALL: [Self; 6] = [
        Self::First,
        Self::OtherMachine,
        Self::OtherPlace,
        Self::OlderCopy,
        Self::RemoteAhead,
        Self::Forked,
    ];

    /// The name under which it is stored and the screens hold the words.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::OtherMachine => "other_machine",
            Self::OtherPlace => "other_place",
            Self::OlderCopy => "older_copy",
            Self::RemoteAhead => "remote_ahead",
            Self::Forked => "forked",
        }
    }
}

/// One life of this store's author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Its incarnation.
    pub incarnation: Incarnation,
    /// When it began by this device's clock, milliseconds; absent when that is not known.
    pub began_at: Option<i64>,
    /// Why it began.
    pub reason: LifeReason,
    /// A person was told.
    pub is_told: bool,
}

impl Ledger {
    /// This store's author, made on first use: a fresh key and a random incarnation.
    ///
    /// # Errors
    /// When random bytes cannot be had or the database cannot be written.
    pub fn own_author(&self) -> Result<OwnAuthor, LedgerError> {
        if let Some(own) = self.known_own() {
            return Ok(own);
        }
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let author = stored_or_new(&transaction)?;
        transaction.commit()?;
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(own.get_or_insert_with(|| OwnAuthor::new(author)).clone())
    }

    /// [`Ledger::own_author`] as it is at this moment.
    ///
    /// # Errors
    /// As there.
    pub fn author(&self) -> Result<Author, LedgerError> {
        let current = self.own_author()?.current();
        Ok(Author {
            key: SigningKey::from_seed(&current.key.seed()),
            incarnation: current.incarnation,
        })
    }

    pub(crate) fn known_own(&self) -> Option<OwnAuthor> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The log is one that this store itself goes on writing.
    pub(crate) fn is_own_current(&self, log: &LogId) -> bool {
        self.known_own().is_some_and(|own| {
            let own = own.current();
            (own.device(), own.incarnation) == (log.device, log.incarnation)
        })
    }

    /// The lives of this store's author, the first one first; the last one is the current one. Logs of the
    /// same key in other incarnations are of copies of this store that go on elsewhere.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn own_lives(&self) -> Result<Vec<Life>, LedgerError> {
        self.own_author()?;
        self.read(lives)
    }

    /// The incarnations of [`Ledger::own_lives`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn own_incarnations(&self) -> Result<Vec<Incarnation>, LedgerError> {
        Ok(self
            .own_lives()?
            .into_iter()
            .map(|life| life.incarnation)
            .collect())
    }

    /// Notes that a person was told of every life that has begun.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn lives_told(&self) -> Result<(), LedgerError> {
        self.write_local(|transaction| {
            transaction.execute("UPDATE life SET is_told = 1 WHERE is_told = 0", [])?;
            Ok(())
        })
    }

    /// From now on this store writes under a new random incarnation: no entry is added to its logs any more.
    /// Durable when it returns; a write that is going on ends before, the next one is in the new life.
    ///
    /// # Errors
    /// When random bytes cannot be had or the database cannot be written; then nothing changed.
    pub fn begin_new_incarnation(&self, now: i64, reason: LifeReason) -> Result<Incarnation, LedgerError> {
        let own = self.own_author()?;
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let incarnation = new_life(&transaction, Some(now), reason)?;
        transaction.commit()?;
        // Before the writer is given back: the next write must not see the old one.
        own.begin(incarnation);
        drop(writer);
        Ok(incarnation)
    }
}

/// Notes a new life; the caller tells [`OwnAuthor::begin`] after the commit.
pub(crate) fn new_life(
    transaction: &Transaction<'_>,
    now: Option<i64>,
    reason: LifeReason,
) -> Result<Incarnation, LedgerError> {
    let incarnation: [u8; 8] = random()?;
    set_meta(transaction, INCARNATION, &incarnation)?;
    let incarnation = Incarnation(u64::from_le_bytes(incarnation));
    note(transaction, incarnation, now, reason)?;
    tracing::info!(
        life.reason = reason.name(),
        "the store goes on in a new incarnation"
    );
    Ok(incarnation)
}

fn note(
    transaction: &Transaction<'_>,
    incarnation: Incarnation,
    now: Option<i64>,
    reason: LifeReason,
) -> Result<(), LedgerError> {
    transaction.execute(
        "INSERT OR IGNORE INTO life (incarnation, began_at, reason, is_told) VALUES (?1, ?2, ?3, ?4)",
        params![
            incarnation.0 as i64,
            now,
            reason.name(),
            reason == LifeReason::First
        ],
    )?;
    Ok(())
}

fn stored_or_new(transaction: &Transaction<'_>) -> Result<Author, LedgerError> {
    let stored = (meta(transaction, SEED)?, meta(transaction, INCARNATION)?);
    let author = match stored {
        (Some(seed), Some(incarnation)) => {
            let damaged = || LedgerError::DamagedDatabase("author key".to_owned());
            let seed: [u8; 32] = seed.try_into().map_err(|_| damaged())?;
            let incarnation: [u8; 8] = incarnation.try_into().map_err(|_| damaged())?;
            Author {
                key: SigningKey::from_seed(&seed),
                incarnation: Incarnation(u64::from_le_bytes(incarnation)),
            }
        }
        _ => {
            let (seed, incarnation): ([u8; 32], [u8; 8]) = (random()?, random()?);
            set_meta(transaction, SEED, &seed)?;
            set_meta(transaction, INCARNATION, &incarnation)?;
            Author {
                key: SigningKey::from_seed(&seed),
                incarnation: Incarnation(u64::from_le_bytes(incarnation)),
            }
        }
    };
    note(transaction, author.incarnation, None, LifeReason::First)?;
    Ok(author)
}

fn lives(connection: &Connection) -> Result<Vec<Life>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT incarnation, began_at, reason, is_told FROM life ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let reason: String = row.get("reason")?;
        Ok(Life {
            incarnation: Incarnation(row.get::<_, i64>("incarnation")? as u64),
            began_at: row.get("began_at")?,
            reason: LifeReason::ALL
                .into_iter()
                .find(|known| known.name() == reason)
                .unwrap_or(LifeReason::First),
            is_told: row.get("is_told")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
