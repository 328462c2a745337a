//! The file that says where a folder's database key is: bare in it, wrapped in it by a passphrase, or
//! with a keeper.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::database::DatabaseKey;
use crate::error::LedgerError;
use crate::key_keeper::{KeeperError, KeyKeeper};
use crate::owner_only::owner_only;

/// How the key is kept now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Readable by whoever holds the disk.
    Bare,
    /// Wrapped by a passphrase.
    Wrapped,
    /// With a keeper; the file holds none of it.
    Kept,
}

/// Argon2id cost: 64 MiB, three passes, one lane: about a third of a second on a cheap laptop.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    key: StoredKey,
    /// Name under which a keeper has the key or, when the key is in this file, may still have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The folder has a database: one that is missing is lost, not yet to be made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_store: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StoredKey {
    Bare {
        key: String,
    },
    Wrapped {
        memory_kib: u32,
        passes: u32,
        salt: String,
        nonce: String,
        sealed: String,
    },
    Kept {
        /// Tells the right key from another one before a database is called damaged; see [`check_of`].
        check: String,
    },
}

/// The file that holds a folder's database key, or says who does.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key file of a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("key.json"),
        }
    }

    /// There is none yet.
    pub fn is_missing(&self) -> bool {
        !self.path.exists()
    }

    /// Bare, wrapped or with a keeper.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn state(&self) -> Result<KeyState, LedgerError> {
        Ok(match self.load()?.key {
            StoredKey::Bare { .. } => KeyState::Bare,
            StoredKey::Wrapped { .. } => KeyState::Wrapped,
            StoredKey::Kept { .. } => KeyState::Kept,
        })
    }

    /// The key is in this file, and a keeper may have it as well: it was given it once and could not be
    /// asked to forget it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn may_be_left_with_keeper(&self) -> Result<bool, LedgerError> {
        let stored = self.load()?;
        Ok(stored.entry.is_some() && !matches!(stored.key, StoredKey::Kept { .. }))
    }

    /// Writes the key, wrapped when a passphrase is given; an older file is replaced in one step.
    ///
    /// # Errors
    /// When the file cannot be written or random bytes cannot be had.
    pub fn store(&self, key: &DatabaseKey, passphrase: Option<&str>) -> Result<(), LedgerError> {
        let (entry, has_store) = if self.is_missing() {
            (None, false)
        } else {
            let stored = self.load()?;
            (stored.entry, stored.has_store)
        };
        let key = match passphrase {
            None => StoredKey::Bare {
                key: hex(key.bytes()),
            },
            Some(passphrase) => wrap(key, passphrase)?,
        };
        self.save(&Stored {
            key,
            entry,
            has_store,
        })
    }

    /// The folder of this key had a database once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_had_store(&self) -> Result<bool, LedgerError> {
        Ok(self.load()?.has_store)
    }

    /// Notes that the folder has a database. To be called once the database is durable: the note without
    /// the database says that it was lost.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn note_store(&self) -> Result<(), LedgerError> {
        let mut stored = self.load()?;
        if stored.has_store {
            return Ok(());
        }
        stored.has_store = true;
        self.save(&stored)
    }

    /// Gives the key to a keeper and takes it out of this file, in an order in which it is always in one
    /// of the two: kept, given back, compared, and only then replaced here.
    ///
    /// # Errors
    /// [`LedgerError::Keeper`] when the keeper does not have it for certain: this file still has it.
    pub fn give(&self, key: &DatabaseKey, keeper: &dyn KeyKeeper) -> Result<(), LedgerError> {
        let (name, has_store) = if self.is_missing() {
            (hex(&random::<16>()?), false)
        } else {
            let mut stored = self.load()?;
            let name = match stored.entry.clone() {
                Some(name) => name,
                None => {
                    let name = hex(&random::<16>()?);
                    // Before it is given: a keeper whose answer is lost must be asked to forget it later.
                    stored.entry = Some(name.clone());
                    self.save(&stored)?;
                    name
                }
            };
            (name, stored.has_store)
        };
        let secret = Zeroizing::new(hex(key.bytes()));
        keeper.keep(&name, &secret)?;
        if keeper.give(&name)? != secret {
            return Err(KeeperError::OtherKey.into());
        }
        self.save(&Stored {
            key: StoredKey::Kept { check: check_of(key) },
            entry: Some(name),
            has_store,
        })
    }

    /// Has a keeper forget a key that is in this file again.
    ///
    /// # Errors
    /// [`LedgerError::Keeper`] when it may still have it; it can be asked again.
    pub fn take_back(&self, keeper: &dyn KeyKeeper) -> Result<(), LedgerError> {
        let mut stored = self.load()?;
        if matches!(stored.key, StoredKey::Kept { .. }) {
            return Ok(());
        }
        if let Some(name) = stored.entry.take() {
            keeper.forget(&name)?;
            self.save(&stored)?;
        }
        Ok(())
    }

    /// Reads a key that is in this file.
    ///
    /// # Errors
    /// [`LedgerError::PassphraseNeeded`], [`LedgerError::WrongPassphrase`], a damaged file, or
    /// [`LedgerError::Keeper`] when a keeper has it.
    pub fn read(&self, passphrase: Option<&str>) -> Result<DatabaseKey, LedgerError> {
        self.read_or_ask(passphrase, None)
    }

    /// Reads the key, or asks the keeper for it.
    ///
    /// # Errors
    /// As [`KeyFile::read`]; [`LedgerError::Keeper`] when the keeper does not give this database's key.
    pub fn read_or_ask(
        &self,
        passphrase: Option<&str>,
        keeper: Option<&dyn KeyKeeper>,
    ) -> Result<DatabaseKey, LedgerError> {
        let stored = self.load()?;
        match (stored.key, passphrase) {
            (StoredKey::Bare { key }, _) => key_from(&unhex(&key)?),
            (StoredKey::Wrapped { .. }, None) => Err(LedgerError::PassphraseNeeded),
            (
                StoredKey::Wrapped {
                    memory_kib,
                    passes,
                    salt,
                    nonce,
                    sealed,
                },
                Some(passphrase),
            ) => {
                let wrapping = derive(passphrase, &unhex(&salt)?, memory_kib, passes)?;
                let nonce: [u8; 24] = unhex(&nonce)?.try_into().map_err(|_| damaged("nonce"))?;
                let cipher = XChaCha20Poly1305::new(&Key::from(*wrapping));
                let opened = cipher.decrypt(&XNonce::from(nonce), unhex(&sealed)?.as_slice());
                key_from(&Zeroizing::new(opened.map_err(|_| LedgerError::WrongPassphrase)?))
            }
            (StoredKey::Kept { check }, _) => {
                let name = stored.entry.ok_or_else(|| damaged("entry"))?;
                let secret = keeper.ok_or(KeeperError::Absent)?.give(&name)?;
                let key = unhex(&secret).and_then(|bytes| key_from(&Zeroizing::new(bytes)));
                let key = key.map_err(|_| KeeperError::OtherKey)?;
                if check_of(&key) != check {
                    return Err(KeeperError::OtherKey.into());
                }
                Ok(key)
            }
        }
    }

    fn load(&self) -> Result<Stored, LedgerError> {
        let text = Zeroizing::new(fs::read(&self.path)?);
        serde_json::from_slice(&text).map_err(|error| LedgerError::DamagedKey(error.to_string()))
    }

    fn save(&self, stored: &Stored) -> Result<(), LedgerError> {
        let text =
            serde_json::to_vec_pretty(stored).map_err(|error| LedgerError::DamagedKey(error.to_string()))?;
        let text = Zeroizing::new(text);
        let beside = self.path.with_extension("new");
        let mut file = private_file(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        // Other systems make a rename durable themselves and do not open folders as files.
        #[cfg(unix)]
        if let Some(folder) = self.path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

fn wrap(key: &DatabaseKey, passphrase: &str) -> Result<StoredKey, LedgerError> {
    let salt: [u8; 16] = random()?;
    let nonce: [u8; 24] = random()?;
    let wrapping = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*wrapping));
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), key.bytes().as_slice())
        .map_err(|_| damaged("wrapping"))?;
    let (salt, nonce, sealed) = (hex(&salt), hex(&nonce), hex(&sealed));
    Ok(StoredKey::Wrapped {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        salt,
        nonce,
        sealed,
    })
}

fn derive(
    passphrase: &str,
    salt: &[u8],
    memory: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, LedgerError> {
    // A damaged file must not ask for all memory there is.
    let memory = memory.min(1024 * 1024);
    let params = Params::new(memory, passes.min(100), 1, Some(32)).map_err(|_| damaged("cost"))?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| damaged("salt"))?;
    Ok(key)
}

fn key_from(bytes: &[u8]) -> Result<DatabaseKey, LedgerError> {
    bytes
        .try_into()
        .map(DatabaseKey::new)
        .map_err(|_| damaged("key length"))
}

/// A fingerprint of a key. A random key of 256 bits cannot be found from it.
fn check_of(key: &DatabaseKey) -> String {
    hex(&blake3::derive_key("cotmoc 2026-11 database key check", key.bytes())[..16])
}

fn damaged(what: &str) -> LedgerError {
    LedgerError::DamagedKey(what.to_owned())
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], LedgerError> {
    let mut bytes = [0u8; N];
    crate::chance::fill_random(&mut bytes)
        .map_err(|error| LedgerError::Io(std::io::Error::other(error.to_string())))?;
    Ok(bytes)
}

fn private_file(path: &Path) -> std::io::Result<fs::File> {
    owner_only(fs::OpenOptions::new().write(true).create(true).truncate(true)).open(path)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, LedgerError> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(damaged("hexadecimal"));
    }
    let digits = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16));
    digits
        .collect::<Result<_, _>>()
        .map_err(|_| damaged("hexadecimal"))
}
