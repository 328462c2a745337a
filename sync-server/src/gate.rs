//! How much is worked on at once, and when the answer is "busy".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cotmoc_core::exchange::ParcelClaim;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Problem;
use crate::limits::Limits;

/// One permit of the memory for bodies, bytes.
const UNIT: usize = 1024;
/// Part of that memory for bodies of strangers: they cannot take all of it.
const STRANGERS: usize = 4;

/// The places for exchanges and the memory for unfinished bodies.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    memory: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    units: usize,
}

/// Whose body it is, for the memory it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sender {
    /// A device with a grant has claimed it with its signature.
    Device,
    /// Nobody has, as far as is known yet, or one whose grants were revoked.
    Stranger,
}

/// What a body holds of the memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    all: Option<OwnedSemaphorePermit>,
    stranger: Option<OwnedSemaphorePermit>,
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    pub fn new(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.exchanges_at_once)),
            waiting: AtomicUsize::new(0),
            most_waiting: limits.exchanges_waiting,
            memory: Arc::new(Semaphore::new(limits.bodies_in_memory / UNIT)),
            strangers: Arc::new(Semaphore::new(limits.bodies_in_memory / UNIT / STRANGERS)),
            units: limits.bodies_in_memory / UNIT,
        }
    }

    /// A place to work in, once one is free.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most_waiting + self.places.available_permits() {
            tracing::warn!("more exchanges than places to wait: a device was told to come back");
            return Err(Problem::Busy);
        }
        Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| Problem::Busy)
    }

    /// Grows what a body holds of the memory to `bytes`. One of a stranger takes of a share of it, unless it is
    /// so small that a device would not claim it either: of those the connections are the limit.
    pub fn hold(&self, held: &mut Memory, sender: Sender, bytes: usize) -> Result<(), Problem> {
        if sender == Sender::Stranger && bytes > ParcelClaim::FROM {
            grow(&self.strangers, &mut held.stranger, bytes)?;
        }
        grow(&self.memory, &mut held.all, bytes)
    }

    /// More than half of what a body may take of is taken: nobody may hold it for nothing.
    pub fn is_short(&self, sender: Sender) -> bool {
        let short = |memory: &Semaphore, units: usize| memory.available_permits() < units / 2;
        short(&self.memory, self.units)
            || (sender == Sender::Stranger && short(&self.strangers, self.units / STRANGERS))
    }
}

fn grow(
    memory: &Arc<Semaphore>,
    held: &mut Option<OwnedSemaphorePermit>,
    bytes: usize,
) -> Result<(), Problem> {
    let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let more = bytes.div_ceil(UNIT).saturating_sub(has);
    if more == 0 {
        return Ok(());
    }
    let more = u32::try_from(more).map_err(|_| Problem::Busy)?;
    let more = Arc::clone(memory).try_acquire_many_owned(more).map_err(|_| {
        tracing::warn!("the memory for bodies is used up: a device was told to come back");
        Problem::Busy
    })?;
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gate() -> Gate {
        Gate::new(&Limits {
            exchanges_at_once: 1,
            exchanges_waiting: 1,
            bodies_in_memory: 4 * UNIT,
            ..Limits::default()
        })
    }

    #[tokio::test]
    async fn one_works_one_waits_and_the_third_is_told_to_come_back() {
        let gate = Arc::new(gate());
        let place = gate.enter().await.unwrap();
        let second = Arc::clone(&gate);
        let second = tokio::spawn(async move { second.enter().await.is_ok() });
        while gate.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.enter().await.err(), Some(Problem::Busy));
        drop(place);
        assert!(second.await.unwrap());
        assert!(gate.enter().await.is_ok(), "who was turned away counts no more");
    }

    #[test]
    fn bodies_share_a_memory_that_is_given_back() {
        let gate = gate();
        let hold = |held: &mut Memory, bytes| gate.hold(held, Sender::Device, bytes);
        let (mut one, mut two) = (Memory::default(), Memory::default());
        hold(&mut one, 1).unwrap();
        hold(&mut one, UNIT).unwrap();
        hold(&mut one, 3 * UNIT).unwrap();
        hold(&mut two, UNIT).unwrap();
        assert_eq!(hold(&mut two, UNIT + 1), Err(Problem::Busy));
        drop(one);
        hold(&mut two, 4 * UNIT).unwrap();
    }

    #[test]
    fn strangers_share_a_quarter_and_leave_the_rest_to_claimed_and_to_small_bodies() {
        let gate = Gate::new(&Limits {
            bodies_in_memory: 400 * UNIT,
            ..Limits::default()
        });
        let mut strangers = Vec::new();
        loop {
            let mut stranger = Memory::default();
            match gate.hold(&mut stranger, Sender::Stranger, 10 * UNIT) {
                Ok(()) => strangers.push(stranger),
                Err(problem) => break assert_eq!(problem, Problem::Busy),
            }
        }
        assert_eq!(strangers.len(), 10);
        assert!(gate.is_short(Sender::Stranger) && !gate.is_short(Sender::Device));
        let (mut small, mut claimed) = (Memory::default(), Memory::default());
        gate.hold(&mut small, Sender::Stranger, ParcelClaim::FROM)
            .unwrap();
        gate.hold(&mut claimed, Sender::Device, 290 * UNIT).unwrap();
        assert!(gate.is_short(Sender::Device));
        strangers.pop();
        gate.hold(&mut small, Sender::Stranger, 10 * UNIT).unwrap();
    }
}
