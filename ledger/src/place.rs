//! Where a store lives, so that a copy of it is noticed when it is opened.
//!
//! The database carries a mark: the machine, the birth of the folder and of the database file, and a random
//! token that is renewed at each opening. The token's twin lies outside the folder, with the position that
//! the order of arrival had reached at the last own write: a folder that was copied elsewhere has other
//! files, and one that was put back from an older copy has another token or lies behind its twin. A mark
//! that does not fit costs a new incarnation, which is harmless, also when the folder was only moved.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use cotmoc_core::id::Hash32;
use cotmoc_core::journal::DeviceKey;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::key_file::random;
use crate::own::LifeReason;
use crate::rows::Arrival;

const MARK: &str = "place";
/// Of a token.
const TOKEN: usize = 16;
/// Digits of a position in a twin: always as many, so that it is written over in place.
const DIGITS: usize = 20;

/// What tells a file or folder from a copy of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Birth {
    /// Number within its file system; zero where there is none.
    number: u64,
    /// When it was made, nanoseconds; absent where the file system does not say.
    born: Option<u64>,
}

impl Birth {
    fn of(path: &Path) -> std::io::Result<Self> {
        let found = fs::metadata(path)?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&found);
        #[cfg(not(unix))]
        let number = 0;
        let born = found.created().ok();
        let born = born.and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(Self {
            number,
            born: born.map(|born| born.as_nanos() as u64),
        })
    }

    /// The same file. Where both births are known they decide: some file systems number anew when they are
    /// mounted.
    fn is(&self, other: &Self) -> bool {
        match (self.born, other.born) {
            (Some(one), Some(other)) => one == other,
            _ => self.number == other.number,
        }
    }
}

/// The mark in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    machine: Option<Hash32>,
    folder: Birth,
    database: Birth,
    token: [u8; TOKEN],
    /// The one before: a start that ended before the twin was renewed fits too.
    before: Option<[u8; TOKEN]>,
    /// A twin was written outside.
    has_twin: bool,
}

/// The twin outside, open for writing the position over.
#[derive(Debug)]
pub(crate) struct Twin {
    file: File,
    head: String,
}

impl Twin {
    /// Notes how far the order of arrival has come. Not synced: a twin that lies behind its store fits.
    fn note(&mut self, position: u64) -> std::io::Result<()> {
        use std::io::Seek;
        self.file.rewind()?;
        self.file.write_all(twin_text(&self.head, position).as_bytes())
    }
}

fn twin_text(head: &str, position: u64) -> String {
    format!("{head} {position:0DIGITS$}\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Ledger {
    /// Compares where the store lives with where it lived, and begins a new incarnation when it may be a
    /// copy or was put back from one. `state` is a folder of this user outside the store's, absent where
    /// there is none. Call it once, right after opening and before anything is written.
    ///
    /// Returns why a new incarnation began, if one did. A mark or twin that cannot be renewed is no error: the
    /// store opens on a full disk.
    ///
    /// # Errors
    /// When the folder cannot be looked at, or a new incarnation is due and cannot be written.
    pub fn settle_in(&self, state: Option<&Path>, now: i64) -> Result<Option<LifeReason>, LedgerError> {
        let device = self.own_author()?.device();
        let here = Mark {
            machine: machine(),
            folder: Birth::of(self.folder().path())?,
            database: Birth::of(&self.database_path())?,
            token: random()?,
            before: None,
            has_twin: state.is_some(),
        };
        let known: Option<Mark> = self
            .meta(MARK)?
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let path = state.map(|state| twin_path(state, &device, &here));
        let twin = path.as_deref().and_then(read_twin);
        let position = self.read(|connection| Arrival::begin(connection).map_err(LedgerError::from))?;
        let reason = why_not(known.as_ref(), &here, state.is_some(), twin, position.position);
        if let Some(reason) = reason {
            self.begin_new_incarnation(now, reason)?;
        }
        let mark = Mark {
            before: known.map(|known| known.token),
            ..here
        };
        if let Err(error) = self.renew(path.as_deref(), mark, position.position) {
            // On a full disk, say. Mark and twin still fit as they are.
            tracing::warn!(error.message = %error, "where the store lives is not noted anew");
        }
        Ok(reason)
    }

    fn renew(&self, path: Option<&Path>, mark: Mark, position: u64) -> Result<(), LedgerError> {
        let stored = |mark: &Mark| serde_json::to_vec(mark).unwrap_or_default();
        self.set_meta(MARK, &stored(&mark))?;
        let Some(path) = path else { return Ok(()) };
        match write_twin(path, &mark.token, position) {
            Ok(twin) => *self.twin.lock().unwrap_or_else(PoisonError::into_inner) = Some(twin),
            Err(error) => {
                tracing::warn!(error.message = %error, "a copy put back here may go unnoticed");
                let mark = Mark {
                    has_twin: false,
                    ..mark
                };
                self.set_meta(MARK, &stored(&mark))?;
            }
        }
        Ok(())
    }

    /// Notes outside how far an own write has brought the order of arrival.
    pub(crate) fn note_outside(&self, position: u64) {
        let mut twin = self.twin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = twin.as_mut()
            && let Err(error) = open.note(position)
        {
            // What stands there is behind or torn; either is taken for a sign at most.
            tracing::warn!(error.message = %error, "where the store lives is not noted any more");
            *twin = None;
        }
    }
}

/// Why the store may be a copy; nothing when its mark fits.
fn why_not(
    known: Option<&Mark>,
    here: &Mark,
    looks_outside: bool,
    twin: Option<([u8; TOKEN], u64)>,
    position: u64,
) -> Option<LifeReason> {
    let Some(known) = known else {
        // The copy may be of a time before stores were marked.
        return twin.map(|_| LifeReason::OlderCopy);
    };
    if let (Some(machine), Some(now)) = (&known.machine, &here.machine)
        && machine != now
    {
        return Some(LifeReason::OtherMachine);
    }
    if !known.folder.is(&here.folder) || !known.database.is(&here.database) {
        return Some(LifeReason::OtherPlace);
    }
    if !looks_outside {
        return None;
    }
    match twin {
        None => known.has_twin.then_some(LifeReason::OlderCopy),
        Some((token, reached)) => {
            let fits = token == known.token || Some(token) == known.before;
            (!fits || reached > position).then_some(LifeReason::OlderCopy)
        }
    }
}

/// One twin per device and database file: a copy that goes on beside the original has one of its own.
fn twin_path(state: &Path, device: &DeviceKey, here: &Mark) -> PathBuf {
    let born = here.database.born.unwrap_or(here.database.number);
    let name = Hash32::of(
        "cotmoc 2026-11 place of a store",
        &[&device.0[..], &born.to_le_bytes()].concat(),
    );
    state.join(format!("{}.place", hex(&name.0[..16])))
}

fn read_twin(path: &Path) -> Option<([u8; TOKEN], u64)> {
    let text = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (token, position) = text.trim_end().split_once(' ').unwrap_or_default();
    let byte = |at: usize| u8::from_str_radix(token.get(2 * at..2 * at + 2)?, 16).ok();
    let mut bytes = [0; TOKEN];
    for (at, slot) in bytes.iter_mut().enumerate() {
        *slot = byte(at).unwrap_or_default();
    }
    Some((bytes, position.parse().unwrap_or(u64::MAX)))
}

fn write_twin(path: &Path, token: &[u8; TOKEN], position: u64) -> std::io::Result<Twin> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let head = hex(token);
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(twin_text(&head, position).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(Twin { file, head })
}

/// The machine, as a hash of what its operating system calls it; absent where it does not say.
fn machine() -> Option<Hash32> {
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())?;
    let id = id.trim();
    (!id.is_empty()).then(|| Hash32::of("cotmoc 2026-11 machine", id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        let birth = |number| Birth {
            number,
            born: Some(number * 1000),
        };
        Mark {
            machine: Some(Hash32([1; 32])),
            folder: birth(5),
            database: birth(6),
            token: [7; TOKEN],
            before: Some([6; TOKEN]),
            has_twin: true,
        }
    }

    #[test]
    fn a_mark_that_fits_is_no_sign_of_a_copy() {
        let (known, here) = (mark(), mark());
        for twin in [[7; TOKEN], [6; TOKEN]] {
            assert_eq!(why_not(Some(&known), &here, true, Some((twin, 9)), 9), None);
        }
        assert_eq!(why_not(None, &here, true, None, 0), None, "a new store");
        assert_eq!(
            why_not(Some(&known), &here, false, None, 9),
            None,
            "nowhere to look"
        );
        let renumbered = Mark {
            folder: Birth {
                number: 99,
                born: Some(5000),
            },
            ..mark()
        };
        assert_eq!(
            why_not(Some(&known), &renumbered, true, Some(([7; TOKEN], 9)), 9),
            None
        );
    }

    #[test]
    fn another_machine_place_token_or_a_store_behind_its_twin_is_a_sign() {
        let (known, fits) = (mark(), Some(([7; TOKEN], 9)));
        let elsewhere = Mark {
            machine: Some(Hash32([2; 32])),
            ..mark()
        };
        assert_eq!(
            why_not(Some(&known), &elsewhere, true, fits, 9),
            Some(LifeReason::OtherMachine)
        );
        let copied = Mark {
            database: Birth {
                number: 6,
                born: Some(6001),
            },
            ..mark()
        };
        assert_eq!(
            why_not(Some(&known), &copied, true, fits, 9),
            Some(LifeReason::OtherPlace)
        );
        for twin in [None, Some(([8; TOKEN], 9)), Some(([7; TOKEN], 10))] {
            assert_eq!(
                why_not(Some(&known), &mark(), true, twin, 9),
                Some(LifeReason::OlderCopy),
                "{twin:?}"
            );
        }
        assert_eq!(
            why_not(None, &mark(), true, fits, 9),
            Some(LifeReason::OlderCopy),
            "a copy from before stores were marked"
        );
    }

    #[test]
    fn a_twin_that_is_torn_or_foreign_is_read_as_one_that_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("x.place");
        assert_eq!(read_twin(&path), None);
        let mut twin = write_twin(&path, &[0xab; TOKEN], 3).unwrap();
        assert_eq!(read_twin(&path), Some(([0xab; TOKEN], 3)));
        twin.note(1_000_000).unwrap();
        assert_eq!(read_twin(&path), Some(([0xab; TOKEN], 1_000_000)));
        for torn in ["", "abab", "é é", "abababababababababababababababab 12x"] {
            fs::write(&path, torn).unwrap();
            let (token, position) = read_twin(&path).unwrap();
            assert!(token != [0xab; TOKEN] || position == u64::MAX, "{torn}");
        }
    }
}
