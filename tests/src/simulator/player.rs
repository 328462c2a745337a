//! A device of a simulation with what its person knows to be saved.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, anyhow};
use cotmoc_core::id::Hash32;
use cotmoc_device::{Clock, Device, DeviceOptions};
use cotmoc_ledger::{Crash, Unlock};

use super::desk::no_program;

/// A clock that a person, an empty battery or a thief sets.
#[derive(Debug, Default)]
pub(super) struct WristWatch(AtomicI64);

impl Clock for WristWatch {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl WristWatch {
    pub fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }
}

/// Who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Administrator,
    Compiler,
    /// Of a unit of the cast, by its number.
    Post(usize),
    /// In an assessor's slot of the only delegation.
    Member(u32),
}

/// A copy of a device's folder.
pub(super) struct Image {
    pub folder: PathBuf,
    pub saved: BTreeSet<Hash32>,
}

/// One device.
pub(super) struct Player {
    pub name: String,
    pub part: Part,
    pub home: PathBuf,
    device: Option<Device>,
    pub watch: Arc<WristWatch>,
    /// Beyond the true time, milliseconds.
    pub ahead: i64,
    pub enrolled: bool,
    /// Own entries that a use case has confirmed to its person.
    pub saved: BTreeSet<Hash32>,
    pub image: Option<Image>,
    /// Its folder was put back from an image: its logs may have been written twice.
    pub was_restored: bool,
    /// The life of the server in which its last whole exchange was.
    pub life_met: u32,
}

/// What became of an attempt.
pub(super) enum Went<T> {
    Through(T),
    /// The process stopped in the middle.
    Crashed,
}

impl Player {
    pub fn of(name: &str, part: Part, home: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            part,
            home,
            device: None,
            watch: Arc::default(),
            ahead: 0,
            enrolled: true,
            saved: BTreeSet::new(),
            image: None,
            was_restored: false,
            life_met: 0,
        }
    }

    /// The open device; opened when it is not. A crash while it opens is one more start.
    pub fn device(&mut self) -> Result<&Device> {
        while self.device.is_none() {
            let options = DeviceOptions {
                clock: self.watch.clone(),
                gauntlet: no_program(),
                state: Some(self.home.with_extension("state")),
            };
            let open = || Device::open(&self.home, Unlock { passphrase: None }, options);
            match catch_unwind(AssertUnwindSafe(open)) {
                Ok(opened) => {
                    self.device =
                        Some(opened.map_err(|problem| anyhow!("{} does not open: {problem:?}", self.name))?);
                }
                Err(why) if why.is::<Crash>() => {}
                Err(why) => resume_unwind(why),
            }
        }
        self.device.as_ref().ok_or_else(|| anyhow!("closed"))
    }

    /// Does something that a crash may interrupt.
    pub fn attempt<T>(&mut self, work: impl FnOnce(&Device) -> T) -> Result<Went<T>> {
        let device = self.device()?;
        match catch_unwind(AssertUnwindSafe(|| work(device))) {
            Ok(done) => Ok(Went::Through(done)),
            Err(why) if why.is::<Crash>() => {
                self.stop();
                Ok(Went::Crashed)
            }
            Err(why) => resume_unwind(why),
        }
    }

    /// The process ends.
    pub fn stop(&mut self) {
        self.device = None;
    }

    /// Keeps an image of the folder.
    pub fn take_image(&mut self) -> Result<()> {
        self.stop();
        let folder = self.home.with_extension("image");
        copy_folder(&self.home, &folder)?;
        self.image = Some(Image {
            folder,
            saved: self.saved.clone(),
        });
        Ok(())
    }

    /// Puts the image back; false when there is none.
    pub fn put_image_back(&mut self) -> Result<bool> {
        let Some(image) = self.image.take() else {
            return Ok(false);
        };
        self.stop();
        copy_folder(&image.folder, &self.home)?;
        self.saved.clone_from(&image.saved);
        self.was_restored = true;
        // What it believes of the server is as old as the image.
        self.life_met = u32::MAX;
        Ok(true)
    }
}

/// Makes `to` a copy of `from`, whatever was there.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
