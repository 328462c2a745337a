//! Opening, closing, and the end that comes by itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use cotmoc_core::journal::DeviceKey;

use super::guests::{Guest, Guests};
use super::host::{HubHost, OpenedHub};
use crate::contract::Problem;
use crate::contract::exchange::DeviceEvent;
use crate::device::Device;

/// What a device knows of hubs: its own, and those that are found.
#[derive(Default)]
pub(crate) struct Hubs {
    pub(super) host: OnceLock<(Arc<dyn HubHost>, Weak<Device>)>,
    open: Mutex<Option<OpenHub>>,
    /// Where hubs were seen, by the fingerprint of their keeper.
    pub(super) sighted: Mutex<BTreeMap<String, Vec<SocketAddr>>>,
    pub(super) look_out: Mutex<Option<Box<dyn Send + Sync>>>,
}

/// The hub that this device keeps.
pub(crate) struct OpenHub {
    pub hub: Box<dyn OpenedHub>,
    /// When it closes, by the device's clock; for people.
    pub until: i64,
    pub guests: Guests,
    /// When it closes, by a clock that nobody sets.
    ends: Instant,
    /// Ends the waiting for that moment when the hub is closed before.
    _waiting: Sender<()>,
}

impl Hubs {
    fn open(&self) -> MutexGuard<'_, Option<OpenHub>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    /// Lets this device keep a hub and find those it has joined. A second call does nothing.
    pub fn host_hubs(self: &Arc<Self>, host: Arc<dyn HubHost>) {
        if self.hubs.host.set((host, Arc::downgrade(self))).is_ok() {
            self.look_out();
        }
    }

    /// A door brought what a hub needs.
    pub(crate) fn can_keep_hub(&self) -> bool {
        self.hubs.host.get().is_some()
    }

    /// Opens the hub for so long; an open one gets the new end.
    ///
    /// # Errors
    /// `hub_not_here` when no door brought what it needs, `not_enrolled`, `device_revoked`, and those of
    /// [`HubHost::open`].
    pub fn open_hub(&self, how_long: Duration) -> Result<(), Problem> {
        let me = self.me()?;
        let this = self.author.device();
        let active = self.ledger.with_roster(me.province, |roster| {
            roster.is_some_and(|roster| roster.active_grant(&this).is_some())
        });
        if !active {
            return Err(Problem::new("device_revoked"));
        }
        let host = self.hubs.host.get();
        let (host, device) = host.ok_or_else(|| Problem::new("hub_not_here"))?;
        let millis = i64::try_from(how_long.as_millis()).unwrap_or(i64::MAX);
        let (until, ends) = (self.now().saturating_add(millis), Instant::now() + how_long);
        let mut open = self.hubs.open();
        if let Some(open) = open.as_mut() {
            (open.until, open.ends) = (until, ends);
        } else {
            let strong = device.upgrade().ok_or_else(|| Problem::new("no_profile_open"))?;
            let hub = host.open(&strong)?;
            let (waiting, closed) = channel();
            let waits = device.clone();
            std::thread::Builder::new()
                .name("hub-end".to_owned())
                .spawn(move || close_in_time(&waits, &closed))
                .map_err(|error| crate::problems::internal(&error))?;
            *open = Some(OpenHub {
                hub,
                until,
                guests: Guests::new(),
                ends,
                _waiting: waiting,
            });
        }
        drop(open);
        self.events.tell(&DeviceEvent::Hub { open: true });
        Ok(())
    }

    /// Closes the hub, if it is open; requests under way finish first.
    pub fn close_hub(&self) {
        let closed = self.hubs.open().take();
        // Outside the lock: a guest's request that is finishing tells of itself.
        if closed.is_some() {
            drop(closed);
            self.events.tell(&DeviceEvent::Hub { open: false });
        }
    }

    /// Reads the open hub.
    pub(crate) fn with_hub<T>(&self, read: impl FnOnce(Option<&OpenHub>) -> T) -> T {
        read(self.hubs.open().as_ref())
    }

    pub(super) fn with_guest(&self, guest: &DeviceKey, change: impl FnOnce(&mut Guest)) {
        if let Some(open) = self.hubs.open().as_mut() {
            change(open.guests.entry(*guest).or_default());
        }
    }

    /// How long the hub still stays open; nothing when it is closed.
    fn hub_stays(&self) -> Option<Duration> {
        let open = self.hubs.open();
        open.as_ref()
            .map(|open| open.ends.saturating_duration_since(Instant::now()))
    }
}

/// Waits for the end, which may be put off meanwhile.
fn close_in_time(device: &Weak<Device>, closed: &Receiver<()>) {
    // The hub is put in its place right after this thread was started.
    let mut wait = Duration::from_millis(20);
    while closed.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let Some(device) = device.upgrade() else { return };
        match device.hub_stays() {
            Some(Duration::ZERO) => return device.close_hub(),
            Some(left) => wait = left,
            None => return,
        }
    }
}
