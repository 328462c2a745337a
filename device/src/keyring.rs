//! The operating system's keyring as a keeper of database keys: Secret Service on Linux, Credential
//! Manager on Windows, Keychain on macOS.
//!
//! Asking it never blocks a start: it is asked in a thread of its own and counts as absent when no answer
//! comes in time. Nothing here unlocks anything, because that opens a dialog and waits for a person.

#[cfg(any(windows, target_os = "macos"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use cotmoc_ledger::{KeeperError, Keeping, KeyKeeper};
use zeroize::Zeroizing;

#[cfg(any(windows, target_os = "macos"))]
use native as system;
#[cfg(target_os = "linux")]
use secret_service as system;

/// For what can also be done without the keyring.
const PATIENCE: Duration = Duration::from_secs(2);

/// For a key that nobody else has: a service that the session has just begun to start takes longer.
const PATIENCE_FOR_A_KEY: Duration = Duration::from_secs(5);

/// Where a device keeps a key that no passphrase wraps. Said by the door; where the key of an existing
/// folder is, its key file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the operating system's keyring, and in the key file when none answers: for a person's own
    /// profiles.
    Keyring,
    /// In the key file: for a folder given by hand, which may be one of many on a machine.
    File,
}

impl KeyPlace {
    /// The keyring, unless the environment variable `COTMOC_KEY_FILE` is set (and is not `0`).
    pub fn of_environment() -> Self {
        match std::env::var_os("COTMOC_KEY_FILE") {
            Some(value) if !value.is_empty() && value != "0" => Self::File,
            _ => Self::Keyring,
        }
    }

    pub(crate) fn keeping(self) -> Keeping {
        Keeping {
            keeper: Arc::new(Keyring),
            by_itself: self == Self::Keyring,
        }
    }
}

/// The keyring of the session this program runs in.
struct Keyring;

impl KeyKeeper for Keyring {
    fn keep(&self, name: &str, secret: &Zeroizing<String>) -> Result<(), KeeperError> {
        let (name, secret) = (name.to_owned(), secret.clone());
        within(PATIENCE, move || system::keep(&name, &secret))
    }

    fn give(&self, name: &str) -> Result<Zeroizing<String>, KeeperError> {
        let name = name.to_owned();
        within(PATIENCE_FOR_A_KEY, move || system::give(&name))
    }

    fn forget(&self, name: &str) -> Result<(), KeeperError> {
        let name = name.to_owned();
        within(PATIENCE, move || system::forget(&name))
    }
}

/// Waits this long. What answers later is left alone: the thread ends when the keyring does answer.
fn within<T: Send + 'static>(
    patience: Duration,
    ask: impl FnOnce() -> Result<T, KeeperError> + Send + 'static,
) -> Result<T, KeeperError> {
    let (tell, told) = mpsc::sync_channel(1);
    let asking = move || {
        // Nobody hears an answer that comes too late.
        let _ = tell.send(ask());
    };
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(asking)
        .map_err(|error| KeeperError::Failed(error.to_string()))?;
    told.recv_timeout(patience).unwrap_or(Err(KeeperError::Absent))
}

/// Systems without a keyring that this program knows.
#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
mod system {
    use cotmoc_ledger::KeeperError;
    use zeroize::Zeroizing;

    pub fn keep(_: &str, _: &Zeroizing<String>) -> Result<(), KeeperError> {
        Err(KeeperError::Absent)
    }

    pub fn give(_: &str) -> Result<Zeroizing<String>, KeeperError> {
        Err(KeeperError::Absent)
    }

    pub fn forget(_: &str) -> Result<(), KeeperError> {
        Err(KeeperError::Absent)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::time::Instant;

    use super::*;

    #[test]
    fn a_keyring_that_does_not_answer_counts_as_absent_after_the_wait() {
        let begun = Instant::now();
        let (release, held) = mpsc::channel::<()>();
        let answer = within(Duration::from_millis(50), move || {
            let _ = held.recv();
            Ok(())
        });
        assert_eq!(answer, Err(KeeperError::Absent));
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        drop(release);
    }

    #[test]
    fn a_keyring_that_breaks_while_answering_counts_as_absent() {
        let answer: Result<(), _> = within(PATIENCE, || std::panic::resume_unwind(Box::new("broken")));
        assert_eq!(answer, Err(KeeperError::Absent));
    }
}
