//! The folder of the demonstration: whose it is, who uses it, and whether it was played to the end.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// File that makes a folder the demonstration's, locked while somebody uses it.
const OWNED: &str = "demonstration";
/// File that is written when everything was entered.
const PLAYED: &str = "played";
/// What a play makes beside these two.
const MADE: [&str; 2] = ["server", "devices"];

/// How long a server that was told to stop may take until its folder is free.
const FREE_WITHIN: Duration = Duration::from_secs(10);

/// The folder, held for this process and for its server.
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    /// Takes a folder of the demonstration, or an empty one, and waits until a server that still stops has
    /// let go of it.
    ///
    /// # Errors
    /// When it holds something else, or another demonstration uses it.
    pub fn take(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        let owned = path.join(OWNED);
        if !owned.exists() && !path.join(PLAYED).exists() {
            ensure!(
                fs::read_dir(path)?.next().is_none(),
                "Thư mục {0} chứa dữ liệu khác; hãy chọn hoặc dọn trống thư mục. / {0} holds something else: name an empty folder.",
                path.display()
            );
        }
        // The server is handed this file too, so the lock outlives a demonstration that was killed for as
        // long as its server runs.
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&owned)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < FREE_WITHIN => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(TryLockError::WouldBlock) => bail!(
                    "Bản minh họa tại {0} đang chạy ở nơi khác. / The demonstration in {0} is running elsewhere.",
                    path.display()
                ),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lock, for a process that must hold it as long as it runs.
    pub fn shared_lock(&self) -> Result<File> {
        Ok(self.lock.try_clone()?)
    }

    /// Everything was entered.
    pub fn is_played(&self) -> bool {
        self.path.join(PLAYED).exists()
    }

    /// Notes that everything was entered.
    pub fn set_played(&self) -> Result<()> {
        Ok(fs::write(self.path.join(PLAYED), "")?)
    }

    /// Removes what a play left that did not come to its end, and tells whether there was anything. An
    /// invitation enrols one device only, so such a play cannot go on.
    pub fn remove_unfinished(&self) -> Result<bool> {
        let mut found = false;
        for name in MADE {
            let made = self.path.join(name);
            if made.exists() {
                found = true;
                fs::remove_dir_all(&made).with_context(|| made.display().to_string())?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_folder_that_holds_something_else_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("devices")).unwrap();
        fs::write(folder.path().join("devices/ảnh.txt"), "của tôi").unwrap();
        let refused = DataFolder::take(folder.path()).err().unwrap().to_string();
        assert!(refused.contains("holds something else"), "{refused}");
        assert!(folder.path().join("devices/ảnh.txt").exists());
        assert!(!folder.path().join(OWNED).exists());
    }

    #[test]
    fn only_what_a_play_makes_is_removed_when_it_did_not_come_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let taken = DataFolder::take(folder.path()).unwrap();
        assert!(!taken.remove_unfinished().unwrap(), "nothing was begun");
        for name in ["server", "devices", "kept"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert!(taken.remove_unfinished().unwrap());
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [OWNED, "kept"]);
    }

    #[test]
    fn a_folder_played_before_there_was_a_lock_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PLAYED), "").unwrap();
        fs::create_dir(folder.path().join("server")).unwrap();
        assert!(DataFolder::take(folder.path()).unwrap().is_played());
    }
}
