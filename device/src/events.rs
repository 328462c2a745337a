//! News for the doors that are open.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};

use crate::contract::exchange::DeviceEvent;

/// Receives events until it is dropped.
pub type EventListener = Receiver<DeviceEvent>;

/// Everyone who listens.
#[derive(Debug, Default)]
pub(crate) struct Events {
    listeners: Mutex<Vec<SyncSender<DeviceEvent>>>,
}

impl Events {
    /// A new listener.
    pub fn listen(&self) -> EventListener {
        let (sender, receiver) = sync_channel(256);
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    /// Tells everyone. A listener that does not keep up misses events rather than stopping the device;
    /// events only say that something is worth asking for again.
    pub fn tell(&self, event: &DeviceEvent) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| {
            !matches!(
                listener.try_send(event.clone()),
                Err(TrySendError::Disconnected(_))
            )
        });
    }
}
