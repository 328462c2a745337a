//! How much is worked on at once, and when the answer is "busy".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Problem;
use crate::limits::Limits;

/// One permit of the memory for bodies, bytes.
const UNIT: usize = 1024;

/// The places for exchanges and the memory for unfinished bodies.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    memory: Arc<Semaphore>,
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

    /// Grows what a body holds of the memory to `bytes`.
    pub fn hold(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Problem> {
        let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UNIT).saturating_sub(has);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| Problem::Busy)?;
        let more = Arc::clone(&self.memory)
            .try_acquire_many_owned(more)
            .map_err(|_| {
                tracing::warn!("the memory for bodies is used up: a device was told to come back");
                Problem::Busy
            })?;
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
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
        let (mut one, mut two) = (None, None);
        gate.hold(&mut one, 1).unwrap();
        gate.hold(&mut one, UNIT).unwrap();
        gate.hold(&mut one, 3 * UNIT).unwrap();
        gate.hold(&mut two, UNIT).unwrap();
        assert_eq!(gate.hold(&mut two, UNIT + 1), Err(Problem::Busy));
        drop(one);
        gate.hold(&mut two, 4 * UNIT).unwrap();
    }
}
