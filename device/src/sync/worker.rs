//! The thread that exchanges by itself, as the schedule of the core says.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use cotmoc_core::exchange::{Next, Schedule};

use super::run::{exchange_once, set_state};
use super::talk::trouble;
use crate::contract::session::ExchangeState;
use crate::device::Device;

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
        drop(open);
        match wakes.recv_timeout(wait) {
            Ok(wake) => {
                let Some(open) = device.upgrade() else { return };
                let now = open.now();
                match wake {
                    Wake::Edited => schedule.edited(now),
                    Wake::Connection => schedule.connection_may_be_back(now, spread(&open)),
                    Wake::Exchanged(true) => schedule.succeeded(now),
                    Wake::Exchanged(false) => {}
                    Wake::Settings => {
                        let automatic = open
                            .settings()
                            .map_or(true, |settings| settings.automatic_exchange);
                        schedule = Schedule::new(automatic, now);
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn try_once(device: &Device, schedule: &mut Schedule) {
    match exchange_once(device) {
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
    match getrandom::fill(&mut random) {
        Ok(()) => u32::from_le_bytes(random),
        Err(_) => u32::from_le_bytes([device.author.device().0[0], device.author.device().0[1], 0, 0]),
    }
}
