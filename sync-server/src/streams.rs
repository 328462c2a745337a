//! Answers that take more than one part: one of a device at a time, and what waits to be sent is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use cotmoc_core::journal::DeviceKey;
use tokio::sync::oneshot;

use crate::answer::Problem;
use crate::gate::{Gate, Memory, Sender};

/// The answers that are underway.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    newest: Mutex<Newest>,
}

#[derive(Debug, Default)]
struct Newest {
    by_device: BTreeMap<DeviceKey, (u64, oneshot::Sender<()>)>,
    begun: u64,
}

/// The newest answer to a device.
#[derive(Debug)]
pub(crate) struct Stream {
    streams: Arc<Streams>,
    device: DeviceKey,
    number: u64,
    followed: oneshot::Receiver<()>,
}

impl Streams {
    /// Begins an answer and ends an earlier one to the same device: it has asked again, so it does not read that one
    /// any more, although its connection may look alive.
    pub fn begin(self: &Arc<Self>, device: DeviceKey) -> Stream {
        let (sender, followed) = oneshot::channel();
        let mut newest = self.newest();
        newest.begun += 1;
        let number = newest.begun;
        newest.by_device.insert(device, (number, sender));
        Stream {
            streams: Arc::clone(self),
            device,
            number,
            followed,
        }
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// Comes back when the device has asked again.
    pub async fn is_followed(&mut self) {
        // Nothing is ever sent: its end is the sign.
        let _ = (&mut self.followed).await;
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut newest = self.streams.newest();
        let is_newest = newest.by_device.get(&self.device);
        if is_newest.is_some_and(|(number, _)| *number == self.number) {
            newest.by_device.remove(&self.device);
        }
    }
}

/// A part that waits for its way, with its share of the memory.
struct Counted {
    bytes: Vec<u8>,
    _memory: Memory,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The part's bytes, counted against the memory for bodies until they have been sent.
///
/// # Errors
/// [`Problem::Busy`] when there is no room for them.
pub(crate) fn counted(gate: &Gate, bytes: Vec<u8>) -> Result<Bytes, Problem> {
    let mut memory = Memory::default();
    gate.hold(&mut memory, Sender::Device, bytes.len())?;
    Ok(Bytes::from_owner(Counted {
        bytes,
        _memory: memory,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::limits::Limits;

    #[tokio::test]
    async fn an_answer_ends_when_its_device_asks_again_and_not_when_another_does() {
        let streams = Arc::new(Streams::default());
        let mut first = streams.begin(DeviceKey([1; 32]));
        let other = streams.begin(DeviceKey([2; 32]));
        assert!(first.followed.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        let second = streams.begin(DeviceKey([1; 32]));
        first.is_followed().await;
        drop(first);
        assert_eq!(streams.newest().by_device.len(), 2, "the newer one goes on");
        drop((second, other));
        assert!(streams.newest().by_device.is_empty());
    }

    #[test]
    fn a_part_takes_of_the_memory_until_its_last_byte_is_let_go() {
        let gate = Gate::new(&Limits {
            bodies_in_memory: 4 * 1024,
            ..Limits::default()
        });
        let mut part = counted(&gate, vec![7; 3 * 1024]).unwrap();
        assert!(counted(&gate, vec![7; 2 * 1024]).is_err());
        let rest = part.split_off(1_000);
        drop(part);
        assert!(counted(&gate, vec![7; 2 * 1024]).is_err());
        drop(rest);
        assert!(counted(&gate, vec![7; 4 * 1024]).is_ok());
    }
}
