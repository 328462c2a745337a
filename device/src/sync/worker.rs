//! The thread that exchanges by itself, as the schedule of the core says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use cotmoc_core::exchange::{Next, Schedule};

use super::link::LinkFailure;
use super::run::{exchange_once, exchange_over, set_state};
use super::talk::trouble;
use crate::contract::session::ExchangeState;
use crate::device::Device;
use crate::store::routes::{Route, RouteKind};

/// Why the thread should look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// An edit was saved.
    Edited,
    /// The system says there is a network, or a person came back to the screen.
    Connection,
    /// A person exchanged by hand, well or not.
    Exchanged(bool),
    /// Settings changed, or the device was enrolled.
    Settings,
    /// A hub was joined, or one that was is found or gone.
    Hub,
}

impl Device {
    /// Starts exchanging by itself; the thread ends when the device is dropped. A second call does nothing.
    pub fn exchange_by_itself(self: &Arc<Self>) {
        let mut wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        if wake.is_some() {
            return;
        }
        let (sender, receiver) = sync_channel(64);
        *wake = Some(sender);
        let device = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("exchange".to_owned());
        if let Err(error) = thread.spawn(move || keep_exchanging(&device, &receiver)) {
            tracing::error!(error.message = %error, "the exchange does not run by itself");
        }
    }
}

fn keep_exchanging(device: &Weak<Device>, wakes: &std::sync::mpsc::Receiver<Wake>) {
    let Some(mut schedule) = device.upgrade().map(|device| {
        let automatic = device
            .settings()
            .map_or(true, |settings| settings.automatic_exchange);
        Schedule::new(automatic, device.now())
    }) else {
        return;
    };
    let mut hubs = Tables::default();
    loop {
        let Some(open) = device.upgrade() else { return };
        let enrolled = matches!(open.remote(), Ok(Some(_)));
        let now = open.now();
        let wait = match schedule.next(now) {
            Next::Now if enrolled => {
                try_once(&open, &mut schedule);
                Duration::from_millis(10)
            }
            Next::At(at) => Duration::from_millis(u64::try_from(at - now).unwrap_or(1_000).clamp(10, 60_000)),
            Next::Now | Next::OnDemand => Duration::from_secs(30),
        };
        let wait = wait.min(hubs.exchange_where_due(&open));
        drop(open);
        match wakes.recv_timeout(wait) {
            Ok(wake) => {
                let Some(open) = device.upgrade() else { return };
                let now = open.now();
                match wake {
                    Wake::Edited => {
                        schedule.edited(now);
                        hubs.edited(now);
                    }
                    Wake::Connection => schedule.connection_may_be_back(now, spread(&open)),
                    Wake::Exchanged(true) => schedule.succeeded(now),
                    Wake::Exchanged(false) => {}
                    Wake::Settings => {
                        let automatic = open
                            .settings()
                            .map_or(true, |settings| settings.automatic_exchange);
                        schedule = Schedule::new(automatic, now);
                        hubs = Tables::default();
                    }
                    // Which are here is looked up when their turn comes.
                    Wake::Hub => {}
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// When to exchange with which hub that is here.
#[derive(Default)]
struct Tables {
    by_route: BTreeMap<String, Table>,
}

/// A hub that is somewhere else again and again is as good as new once in so long, milliseconds. What is said on a network
/// is not proven: who says another place every second must not have it asked every second.
const SOMEWHERE_ELSE: i64 = 30_000;
/// Three times in a row it is at once: laptops are carried about and started anew.
const IN_A_ROW: i64 = 2 * SOMEWHERE_ELSE;

/// A hub that is here or was.
struct Table {
    seen_at: Vec<SocketAddr>,
    /// Until then it has been somewhere else as often as is believed, milliseconds.
    moved_until: i64,
    schedule: Schedule,
}

impl Table {
    fn new(automatic: bool, now: i64) -> Self {
        Self {
            seen_at: Vec::new(),
            moved_until: now,
            schedule: Schedule::new(automatic, now),
        }
    }

    /// It was seen there, or nowhere. A hub that is back or somewhere else is as good as new: it may have gone without
    /// a good-bye.
    fn seen(&mut self, at: Vec<SocketAddr>, now: i64) {
        if at.iter().any(|address| !self.seen_at.contains(address)) {
            // A clock that was set back must not put it off for long.
            let until = self.moved_until.clamp(now, now + IN_A_ROW + SOMEWHERE_ELSE);
            self.moved_until = until + SOMEWHERE_ELSE;
            self.schedule.moved(now.max(until - IN_A_ROW));
        }
        self.seen_at = at;
    }
}

impl Tables {
    /// Exchanges with each hub whose time has come, and says how long none will come.
    fn exchange_where_due(&mut self, device: &Device) -> Duration {
        let quiet = Duration::from_secs(60);
        let mut hubs = Route::others(&device.ledger).unwrap_or_default();
        hubs.retain(|route| route.kind == RouteKind::Hub);
        self.by_route
            .retain(|name, _| hubs.iter().any(|route| route.name == *name));
        let automatic = device
            .settings()
            .map_or(true, |settings| settings.automatic_exchange);
        let Ok(Some(remote)) = device.remote() else {
            return quiet;
        };
        let mut wait = quiet;
        for route in hubs {
            let now = device.now();
            let name = route.name.clone();
            let table = self.by_route.entry(name);
            let table = table.or_insert_with(|| Table::new(automatic, now));
            table.seen(device.seen_at(&route), now);
            if table.seen_at.is_empty() {
                continue;
            }
            let schedule = &mut table.schedule;
            if schedule.next(now) == Next::Now {
                let exchanged = device
                    .reached(&route)
                    .map_err(LinkFailure::from)
                    .and_then(|reached| exchange_over(device, &remote, &reached, false));
                match exchanged {
                    Ok(_) => schedule.succeeded(device.now()),
                    Err(failure) => schedule.failed(trouble(&failure), device.now(), spread(device)),
                }
            }
            if let Next::At(at) = schedule.next(device.now()) {
                let millis = u64::try_from(at - device.now()).unwrap_or(1_000);
                wait = wait.min(Duration::from_millis(millis.max(10)));
            }
        }
        wait
    }

    fn edited(&mut self, now: i64) {
        self.by_route
            .values_mut()
            .for_each(|table| table.schedule.edited(now));
    }
}

fn try_once(device: &Device, schedule: &mut Schedule) {
    match exchange_once(device, false) {
        Ok(_) => schedule.succeeded(device.now()),
        Err(failure) => {
            schedule.failed(trouble(&failure), device.now(), spread(device));
            if let Next::At(next_try) = schedule.next(device.now()) {
                set_state(device, ExchangeState::Waiting { next_try });
            }
        }
    }
}

/// Spreads devices that fail in the same moment.
pub(super) fn spread(device: &Device) -> u32 {
    let mut random = [0u8; 4];
    match cotmoc_ledger::fill_random(&mut random) {
        Ok(()) => u32::from_le_bytes(random),
        Err(_) => u32::from_le_bytes([device.author.device().0[0], device.author.device().0[1], 0, 0]),
    }
}
