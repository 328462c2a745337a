//! The database key in a file: bare, or wrapped by a passphrase.

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

/// How the key is kept now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Readable by whoever holds the disk.
    Bare,
    /// Wrapped by a passphrase.
    Wrapped,
}

/// Argon2id cost: 64 MiB, three passes, one lane: about a third of a second on a cheap laptop.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Stored {
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
}

/// The file that holds a folder's database key.
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

    /// Bare or wrapped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn state(&self) -> Result<KeyState, LedgerError> {
        Ok(match self.load()? {
            Stored::Bare { .. } => KeyState::Bare,
            Stored::Wrapped { .. } => KeyState::Wrapped,
        })
    }

    /// Writes the key, wrapped when a passphrase is given; an older file is replaced in one step.
    ///
    /// # Errors
    /// When the file cannot be written or random bytes cannot be had.
    pub fn store(&self, key: &DatabaseKey, passphrase: Option<&str>) -> Result<(), LedgerError> {
        let stored = match passphrase {
            None => Stored::Bare {
                key: hex(key.bytes()),
            },
            Some(passphrase) => wrap(key, passphrase)?,
        };
        let text =
            serde_json::to_vec_pretty(&stored).map_err(|error| LedgerError::DamagedKey(error.to_string()))?;
        let beside = self.path.with_extension("new");
        let mut file = private_file(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        if let Some(folder) = self.path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Reads the key.
    ///
    /// # Errors
    /// [`LedgerError::PassphraseNeeded`], [`LedgerError::WrongPassphrase`] or a damaged file.
    pub fn read(&self, passphrase: Option<&str>) -> Result<DatabaseKey, LedgerError> {
        match (self.load()?, passphrase) {
            (Stored::Bare { key }, _) => key_from(&unhex(&key)?),
            (Stored::Wrapped { .. }, None) => Err(LedgerError::PassphraseNeeded),
            (
                Stored::Wrapped {
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
        }
    }

    fn load(&self) -> Result<Stored, LedgerError> {
        let text = fs::read(&self.path)?;
        serde_json::from_slice(&text).map_err(|error| LedgerError::DamagedKey(error.to_string()))
    }
}

fn wrap(key: &DatabaseKey, passphrase: &str) -> Result<Stored, LedgerError> {
    let salt: [u8; 16] = random()?;
    let nonce: [u8; 24] = random()?;
    let wrapping = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*wrapping));
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), key.bytes().as_slice())
        .map_err(|_| damaged("wrapping"))?;
    let (salt, nonce, sealed) = (hex(&salt), hex(&nonce), hex(&sealed));
    Ok(Stored::Wrapped {
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

fn damaged(what: &str) -> LedgerError {
    LedgerError::DamagedKey(what.to_owned())
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], LedgerError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|error| LedgerError::Io(std::io::Error::other(error.to_string())))?;
    Ok(bytes)
}

fn private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
