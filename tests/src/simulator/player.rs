//! A device of a simulation with what its person knows to be saved.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, anyhow};
use cotmoc_core::id::Hash32;
use cotmoc_core::media::BlobId;
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

/// A copy of a device's folder, or of its whole disk.
pub(super) struct Image {
    folder: PathBuf,
    saved: BTreeSet<Hash32>,
    photos: BTreeSet<BlobId>,
    /// With everything outside the folder by which a copy is noticed.
    is_of_disk: bool,
}

/// One device.
pub(super) struct Player {
    pub name: String,
    pub part: Part,
    pub home: PathBuf,
    device: Option<Arc<Device>>,
    pub watch: Arc<WristWatch>,
    /// Beyond the true time, milliseconds.
    pub ahead: i64,
    pub enrolled: bool,
    /// Own entries that a use case has confirmed to its person.
    pub saved: BTreeSet<Hash32>,
    /// Photos that a use case has confirmed to its person.
    pub photos: BTreeSet<BlobId>,
    image: Option<Image>,
    /// Its folder was put back from an image, or goes on in two places: its logs may have been written twice.
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
            photos: BTreeSet::new(),
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
                state: Some(self.state()),
            };
            let open = || Device::open(&self.home, Unlock { passphrase: None }, options);
            match catch_unwind(AssertUnwindSafe(open)) {
                Ok(opened) => {
                    self.device =
                        Some(Arc::new(opened.map_err(|problem| {
                            anyhow!("{} does not open: {problem:?}", self.name)
                        })?));
                }
                Err(why) if why.is::<Crash>() => {}
                Err(why) => resume_unwind(why),
            }
        }
        self.device.as_deref().ok_or_else(|| anyhow!("closed"))
    }

    /// The open device, for a hub in its process. It is to be given up before the process ends.
    pub fn shared(&mut self) -> Result<Arc<Device>> {
        self.device()?;
        self.device.clone().ok_or_else(|| anyhow!("closed"))
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

    /// What tells of the device outside its folder.
    fn state(&self) -> PathBuf {
        self.home.with_extension("state")
    }

    /// Keeps an image of the folder or of the disk.
    pub fn take_image(&mut self, is_of_disk: bool) -> Result<()> {
        self.stop();
        let folder = self.home.with_extension("image");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        copy_folder(&self.home, &folder.join("home"))?;
        // A copied folder that was never opened on its machine has nothing outside it yet.
        if is_of_disk && self.state().exists() {
            copy_folder(&self.state(), &folder.join("state"))?;
        }
        self.image = Some(Image {
            folder,
            saved: self.saved.clone(),
            photos: self.photos.clone(),
            is_of_disk,
        });
        Ok(())
    }

    /// Puts the image back; false when there is none. After one of the whole disk nothing shows that it was.
    pub fn put_image_back(&mut self) -> Result<bool> {
        let Some(image) = self.image.take() else {
            return Ok(false);
        };
        self.stop();
        let home = image.folder.join("home");
        if image.is_of_disk {
            write_over(&home, &self.home)?;
            let state = image.folder.join("state");
            if state.exists() {
                write_over(&state, &self.state())?;
            } else if self.state().exists() {
                std::fs::remove_dir_all(self.state())?;
            }
        } else {
            copy_folder(&home, &self.home)?;
        }
        std::fs::remove_dir_all(&image.folder)?;
        self.saved = image.saved;
        self.photos = image.photos;
        self.was_restored = true;
        // What it believes of the server is as old as the image.
        self.life_met = u32::MAX;
        Ok(true)
    }

    /// Its folder copied to a second machine, where it goes on beside the first.
    pub fn copied(&mut self, name: &str, home: PathBuf) -> Result<Self> {
        self.stop();
        copy_folder(&self.home, &home)?;
        let mut copy = Self::of(name, self.part, home);
        copy.enrolled = self.enrolled;
        copy.saved.clone_from(&self.saved);
        copy.photos.clone_from(&self.photos);
        (copy.was_restored, self.was_restored) = (true, true);
        copy.life_met = u32::MAX;
        Ok(copy)
    }
}

/// Gives the files of `to` the content of those of `from`, and takes away what is not there: the files stay the same
/// ones.
pub(super) fn write_over(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(to)? {
        let path = entry?.path();
        let twin = path.file_name().map(|name| from.join(name));
        if path.is_file() && !twin.is_some_and(|twin| twin.exists()) {
            std::fs::remove_file(path)?;
        }
    }
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            std::fs::write(to.join(name), std::fs::read(&path)?)?;
        }
    }
    Ok(())
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
