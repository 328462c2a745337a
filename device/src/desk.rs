//! A machine with its profiles: what the doors hold. PCs are shared, so each profile has its own folder,
//! key and passphrase.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cotmoc_ledger::{GauntletProgram, KeyFile, KeyState, Unlock};
use serde_json::Value;

use crate::clock::{Clock, SystemClock};
use crate::contract::session::{AddProfile, OpenProfile, ProfileList, ProfileRow};
use crate::contract::{Nothing, Problem};
use crate::device::{Device, DeviceOptions};
use crate::hub::HubHost;
use crate::keyring::KeyPlace;
use crate::machine::state_folder;
use crate::media::{self, MediaFile};
use crate::usecase;

/// Shortest passphrase that may wrap a key, in characters.
pub(crate) const SHORTEST_PASSPHRASE: usize = 8;

enum Place {
    /// A machine's folder with a folder per profile.
    Machine(PathBuf),
    /// One device folder given by hand.
    Single(PathBuf),
}

/// What a door speaks to.
pub struct Desk {
    place: Place,
    clock: Arc<dyn Clock>,
    gauntlet: GauntletProgram,
    keys: KeyPlace,
    /// By which a copy of a device is noticed.
    state: Option<PathBuf>,
    by_itself: bool,
    hubs: Option<Arc<dyn HubHost>>,
    open: RwLock<Option<(String, Arc<Device>)>>,
    /// Why the profile of the start is not open. A door stays open over it, says why, and tries again.
    not_opened: Mutex<Option<Problem>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    /// A machine's desk: profiles below `root`, which is made when it is missing. Opens the profile of
    /// the given name, or without a name the only one, when there is exactly one that needs no other
    /// passphrase than the given one. `keys` says where the keys of new profiles go.
    ///
    /// What does not open stays closed and waits for `profiles.open`; [`Desk::why_closed`] says why.
    pub fn of_machine(
        root: &Path,
        profile: Option<&str>,
        passphrase: Option<&str>,
        gauntlet: GauntletProgram,
        keys: KeyPlace,
    ) -> Self {
        let desk = Self::new(Place::Machine(root.to_owned()), gauntlet, keys);
        let opened = desk.open_at_start(profile, passphrase);
        desk.keep_open_or_wait(opened)
    }

    /// A desk of one device folder, given by hand: its key is made in its key file.
    ///
    /// What does not open stays closed and waits for `profiles.open`; [`Desk::why_closed`] says why.
    pub fn of_device(home: &Path, passphrase: Option<&str>, gauntlet: GauntletProgram) -> Self {
        Self::of_device_beside(home, passphrase, gauntlet, state_folder())
    }

    /// [`Desk::of_device`] with another folder outside the device's by which a copy is noticed, or none.
    pub fn of_device_beside(
        home: &Path,
        passphrase: Option<&str>,
        gauntlet: GauntletProgram,
        state: Option<PathBuf>,
    ) -> Self {
        let mut desk = Self::new(Place::Single(home.to_owned()), gauntlet, KeyPlace::File);
        desk.state = state;
        let opened = desk.open_profile("", passphrase);
        desk.keep_open_or_wait(opened)
    }

    fn new(place: Place, gauntlet: GauntletProgram, keys: KeyPlace) -> Self {
        Self {
            place,
            clock: Arc::new(SystemClock),
            gauntlet,
            keys,
            state: state_folder(),
            by_itself: false,
            hubs: None,
            open: RwLock::new(None),
            not_opened: Mutex::new(None),
        }
    }

    fn open_at_start(&self, profile: Option<&str>, passphrase: Option<&str>) -> Result<(), Problem> {
        let rows = self.rows()?;
        let Some(name) = profile else {
            return match rows.as_slice() {
                [only] if !only.locked || passphrase.is_some() => self.open_profile(&only.id, passphrase),
                _ => Ok(()),
            };
        };
        let name = cotmoc_core::text::keep(name.trim());
        match rows.iter().find(|row| row.name == name) {
            Some(row) => self.open_profile(&row.id, passphrase),
            None => Err(Problem::new("profile_unknown").with("name", name)),
        }
    }

    fn keep_open_or_wait(self, opened: Result<(), Problem>) -> Self {
        *self.not_opened.lock().unwrap_or_else(PoisonError::into_inner) = opened.err();
        self
    }

    /// Devices opened here exchange by themselves; for doors that stay open.
    ///
    /// Also holds for the one that is open already.
    pub fn exchange_by_itself(&mut self) {
        self.by_itself = true;
        if let Some(device) = self.device() {
            device.exchange_by_itself();
        }
    }

    /// Devices opened here can keep a hub and find those they have joined; for doors that stay open.
    ///
    /// Also holds for the one that is open already.
    pub fn host_hubs(&mut self, host: Arc<dyn HubHost>) {
        if let Some(device) = self.device() {
            device.host_hubs(host.clone());
        }
        self.hubs = Some(host);
    }

    /// The open device.
    pub fn device(&self) -> Option<Arc<Device>> {
        self.open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|(_, device)| device.clone())
    }

    /// Runs a use case: the only way in for a door.
    ///
    /// # Errors
    /// The use case's problem, `unknown_method`, `bad_request` or `no_profile_open`.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, Problem> {
        let started = std::time::Instant::now();
        let result = match method {
            "profiles.list" => usecase::answer(params, |_: Nothing| self.list()),
            "profiles.add" => usecase::answer(params, |request| self.add(&request)),
            "profiles.open" => usecase::answer(params, |request| self.open(&request)),
            "profiles.close" => usecase::answer(params, |_: Nothing| self.close()),
            _ => match self.device() {
                Some(device) => usecase::dispatch(&device, method, params),
                None => Err(self.reason_closed()),
            },
        };
        let outcome = result
            .as_ref()
            .map_or_else(|problem| problem.code.as_str(), |_| "ok");
        tracing::debug!(
            call.method = method,
            call.outcome = outcome,
            call.ms = started.elapsed().as_millis() as u64
        );
        result
    }

    /// Takes the bytes of a file for the use case that is asked to use it (`evidence.add`), and gives the word by
    /// which it names them. They wait in memory for ten minutes.
    ///
    /// # Errors
    /// `evidence_too_large`, or why no device is open.
    pub fn put_upload(&self, bytes: Vec<u8>) -> Result<String, Problem> {
        let device = self.device().ok_or_else(|| self.reason_closed())?;
        device.uploads.put(bytes, std::time::Instant::now())
    }

    /// A photo or file by the name of its bytes, as `evidence.list` gives it. Whole and verified.
    ///
    /// # Errors
    /// `no_media` when it is not on this device, or why no device is open.
    pub fn media(&self, blob: &str) -> Result<MediaFile, Problem> {
        let device = self.device().ok_or_else(|| self.reason_closed())?;
        media::of(&device, blob)
    }

    /// Why no device is open, or nothing when one is: what kept the profile of the start from opening,
    /// or `no_profile_open` when none was chosen yet.
    pub fn why_closed(&self) -> Option<Problem> {
        match self.device() {
            Some(_) => None,
            None => Some(self.reason_closed()),
        }
    }

    fn reason_closed(&self) -> Problem {
        let not_opened = self.not_opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(problem) = not_opened.as_ref() {
            return problem.clone();
        }
        match &self.place {
            Place::Single(home) if is_locked(home) => Problem::new("passphrase_needed"),
            _ => Problem::new("no_profile_open"),
        }
    }

    fn list(&self) -> Result<ProfileList, Problem> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().map(|(id, _)| id.clone());
        Ok(ProfileList {
            profiles: self.rows()?,
            open,
            can_add: matches!(self.place, Place::Machine(_)),
        })
    }

    fn rows(&self) -> Result<Vec<ProfileRow>, Problem> {
        let io = |error: std::io::Error| Problem::from(cotmoc_ledger::LedgerError::from(error));
        let root = match &self.place {
            Place::Machine(root) => root,
            Place::Single(home) => {
                let name = home.file_name().map(|name| name.to_string_lossy().into_owned());
                let row = ProfileRow {
                    id: String::new(),
                    name: name.unwrap_or_default(),
                    locked: is_locked(home),
                };
                return Ok(vec![row]);
            }
        };
        fs::create_dir_all(root).map_err(io)?;
        let mut rows = Vec::new();
        for entry in fs::read_dir(root).map_err(io)? {
            let folder = entry.map_err(io)?.path();
            let Ok(name) = fs::read_to_string(folder.join("name.txt")) else {
                continue;
            };
            let Some(id) = folder.file_name().map(|id| id.to_string_lossy().into_owned()) else {
                continue;
            };
            rows.push(ProfileRow {
                id,
                name,
                locked: is_locked(&folder),
            });
        }
        rows.sort_by_cached_key(|row| cotmoc_core::text::sort_key(&row.name));
        Ok(rows)
    }

    fn add(&self, request: &AddProfile) -> Result<ProfileList, Problem> {
        let Place::Machine(root) = &self.place else {
            return Err(Problem::new("role_may_not").with("reason", "single_folder"));
        };
        let name = cotmoc_core::text::keep(request.name.trim());
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Problem::new("profile_name_needed"));
        }
        if self.rows()?.iter().any(|row| row.name == name) {
            return Err(Problem::new("profile_exists").with("name", name));
        }
        check_passphrase(request.passphrase.as_deref())?;
        let id = crate::ids::fresh_key(self.clock.now())?;
        let folder = root.join(&id);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("name.txt"), &name)
        };
        write().map_err(|error| Problem::from(cotmoc_ledger::LedgerError::from(error)))?;
        self.open_profile(&id, request.passphrase.as_deref())?;
        self.list()
    }

    fn open(&self, request: &OpenProfile) -> Result<ProfileList, Problem> {
        self.open_profile(&request.id, request.passphrase.as_deref())?;
        self.list()
    }

    fn close(&self) -> Result<ProfileList, Problem> {
        give_back(&mut self.open.write().unwrap_or_else(PoisonError::into_inner));
        self.list()
    }

    fn open_profile(&self, id: &str, passphrase: Option<&str>) -> Result<(), Problem> {
        let folder = match &self.place {
            Place::Single(home) => home.clone(),
            Place::Machine(root) if self.rows()?.iter().any(|row| row.id == id) => root.join(id),
            Place::Machine(_) => return Err(Problem::new("no_profile_open")),
        };
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|(known, _)| known == id) {
            return Ok(());
        }
        // The other profile's folder is given back first: a person switches, two are never open.
        give_back(&mut open);
        let options = DeviceOptions {
            clock: self.clock.clone(),
            gauntlet: self.gauntlet.clone(),
            state: self.state.clone(),
        };
        let device = Arc::new(Device::open_keeping(
            &folder,
            Unlock { passphrase },
            options,
            self.keys,
        )?);
        if let Some(host) = &self.hubs {
            device.host_hubs(host.clone());
        }
        if self.by_itself {
            device.exchange_by_itself();
        }
        *open = Some((id.to_owned(), device));
        *self.not_opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

/// Closes the open device. An exchange that is running holds its folder, key and database: it is broken off,
/// which loses nothing, and waited for, so that "closed" is true when it is said.
fn give_back(open: &mut Option<(String, Arc<Device>)>) {
    let Some((_, device)) = open.take() else { return };
    device.close_hub();
    device.stop_looking();
    let begun = std::time::Instant::now();
    while Arc::strong_count(&device) > 1 && begun.elapsed() < CLOSING {
        device
            .stop_exchange
            .store(true, std::sync::atomic::Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    if Arc::strong_count(&device) > 1 {
        tracing::warn!("the profile is still busy; its folder is given back when that ends");
    }
}

/// A hub ends before the device does, whose store it answers from.
impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(device) = self.device() {
            device.close_hub();
            device.stop_looking();
        }
    }
}

fn is_locked(folder: &Path) -> bool {
    let key = KeyFile::in_folder(folder);
    !key.is_missing() && matches!(key.state(), Ok(KeyState::Wrapped))
}

/// Longest wait for work that is going on when a profile is closed.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(10);

/// A passphrase must be long enough to be one.
pub(crate) fn check_passphrase(passphrase: Option<&str>) -> Result<(), Problem> {
    match passphrase {
        Some(passphrase) if passphrase.chars().count() < SHORTEST_PASSPHRASE => {
            Err(Problem::new("passphrase_too_short").with("least", SHORTEST_PASSPHRASE))
        }
        _ => Ok(()),
    }
}
