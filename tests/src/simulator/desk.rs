//! The province's server of a simulation: a real store and the real answering code, without a socket.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use cotmoc_ledger::{Crash, GauntletProgram};
use cotmoc_sync_server::{Limits, ServerState, backup};

/// The server with its folder.
pub(super) struct Desk {
    pub home: PathBuf,
    state: Option<Arc<ServerState>>,
    /// How often it was restored from a copy.
    pub lives: u32,
    copies: u32,
}

/// No simulation starts a child: foreign changes are examined in its own process.
pub(super) fn no_program() -> GauntletProgram {
    GauntletProgram {
        executable: PathBuf::from("no-child-in-a-simulation"),
    }
}

impl Desk {
    pub fn of(home: PathBuf) -> Self {
        Self {
            home,
            state: None,
            lives: 0,
            copies: 0,
        }
    }

    /// The open store; opened when it is not.
    pub fn state(&mut self) -> Result<Arc<ServerState>> {
        if let Some(state) = &self.state {
            return Ok(Arc::clone(state));
        }
        let limits = Limits {
            failures_per_minute: u32::MAX,
            ..Limits::default()
        };
        let opened = ServerState::open(&self.home, no_program(), None, limits);
        let state = Arc::new(opened.context("the server does not open")?);
        self.state = Some(Arc::clone(&state));
        Ok(state)
    }

    /// Does something with the open store that a crash may interrupt; absent when it did.
    pub fn guarded<T, E: Into<anyhow::Error>>(
        &mut self,
        work: impl FnOnce(&ServerState) -> Result<T, E>,
    ) -> Result<Option<T>> {
        let state = self.state()?;
        match catch_unwind(AssertUnwindSafe(|| work(&state))) {
            Ok(done) => Ok(Some(done.map_err(Into::into)?)),
            Err(why) if why.is::<Crash>() => {
                drop(state);
                self.stop();
                Ok(None)
            }
            Err(why) => resume_unwind(why),
        }
    }

    /// The process ends, however it ends. What it had in memory is gone.
    pub fn stop(&mut self) {
        self.state = None;
    }

    /// Puts a copy aside as of now.
    pub fn back_up(&mut self) -> Result<PathBuf> {
        let copy = self.home.with_file_name(format!("backup-{}", self.copies));
        self.copies += 1;
        backup(&self.home, &copy, None)?;
        Ok(copy)
    }

    /// Goes on from a copy, as the handbook says; the photos, which no copy holds, are still there or not.
    pub fn restore(&mut self, copy: &std::path::Path, with_photos: bool) -> Result<()> {
        self.stop();
        let photos = ["media.db", "media.db-wal", "media.db-shm"];
        let lost = photos.iter().filter(|_| !with_photos);
        for name in ["records.db-wal", "records.db-shm"].iter().chain(lost) {
            let file = self.home.join(name);
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        std::fs::copy(copy, self.home.join("records.db"))?;
        self.lives += 1;
        Ok(())
    }
}
