//! Random bytes and the time of day: from the operating system, always, in every program.
//!
//! With the feature `simulation`, which only the tests ask for, a thread may name a seed and a time instead. A
//! whole fleet that lives in that thread then does the same again whenever it is given the same seed.

/// Fills with random bytes.
///
/// # Errors
/// When the operating system has none.
pub fn fill_random(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    #[cfg(feature = "simulation")]
    if simulated::fill(bytes) {
        return Ok(());
    }
    getrandom::fill(bytes)
}

/// Milliseconds since 1970, before it as negative numbers.
pub fn time_of_day() -> i64 {
    #[cfg(feature = "simulation")]
    if let Some(time) = simulated::time() {
        return time;
    }
    let millis = |of: std::time::Duration| i64::try_from(of.as_millis()).unwrap_or(i64::MAX);
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// The moment has passed; never in a simulation, whose lives must not depend on how busy the machine is.
pub(crate) fn has_passed(moment: std::time::Instant) -> bool {
    #[cfg(feature = "simulation")]
    if simulated::is_simulated() {
        return false;
    }
    std::time::Instant::now() >= moment
}

#[cfg(feature = "simulation")]
pub(crate) use simulated::step;
#[cfg(feature = "simulation")]
pub use simulated::{Crash, crash_after, is_simulated, simulate, simulate_time};

#[cfg(feature = "simulation")]
mod simulated {
    use std::cell::Cell;

    thread_local! {
        /// State of the generator, and the time; absent outside a simulation.
        static WORLD: Cell<Option<(u64, i64)>> = const { Cell::new(None) };
        /// Steps of any store in this thread until the one that is not taken any more.
        static STEPS: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// From now on this thread's random bytes follow from the seed and its time stands still at `time`
    /// (milliseconds since 1970), foreign changes are examined in this process, and no child is started.
    pub fn simulate(seed: u64, time: i64) {
        WORLD.set(Some((seed, time)));
    }

    /// What a simulated crash unwinds with. Whoever catches it drops the store it came from.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Crash;

    /// The process stops before a store in this thread takes the step after so many more; `None` takes it back.
    pub fn crash_after(steps: Option<u32>) {
        STEPS.set(steps);
    }

    /// A store is about to read for or to write a transaction.
    pub(crate) fn step() {
        match STEPS.get() {
            Some(0) => {
                STEPS.set(None);
                std::panic::resume_unwind(Box::new(Crash));
            }
            Some(left) => STEPS.set(Some(left - 1)),
            None => {}
        }
    }

    /// Sets the time of this thread's simulation.
    pub fn simulate_time(time: i64) {
        if let Some((state, _)) = WORLD.get() {
            WORLD.set(Some((state, time)));
        }
    }

    /// This thread simulates.
    pub fn is_simulated() -> bool {
        WORLD.get().is_some()
    }

    pub(super) fn time() -> Option<i64> {
        WORLD.get().map(|(_, time)| time)
    }

    /// SplitMix64: it has to be the same everywhere, and secret nowhere.
    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        let Some((mut state, time)) = WORLD.get() else {
            return false;
        };
        for piece in bytes.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            piece.copy_from_slice(&mixed.to_le_bytes()[..piece.len()]);
        }
        WORLD.set(Some((state, time)));
        true
    }
}
