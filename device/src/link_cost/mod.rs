//! Whether the link of this machine is paid for by volume, as its system says.

#[cfg(windows)]
mod connection_cost;
#[cfg(target_os = "linux")]
mod network_manager;

#[cfg(windows)]
use connection_cost as system;
#[cfg(target_os = "linux")]
use network_manager as system;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::contract::exchange::Metering;

/// An answer holds so long: a person changes from the office's network to a telephone's within seconds.
const FRESH: Duration = Duration::from_secs(5);
/// While the system is slow to answer, its last word counts for so long.
const LAST_WORD: Duration = Duration::from_secs(5 * 60);
/// A system that takes longer to answer is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the system says, asked at most once in a few seconds.
#[derive(Clone, Default)]
pub(crate) struct LinkCost {
    known: Arc<(Mutex<Known>, Condvar)>,
}

#[derive(Default)]
struct Known {
    answer: Option<(Metering, Instant)>,
    /// Somebody asks and has no answer yet.
    asking: bool,
    /// That question was waited for in vain; nobody waits for it again.
    overdue: bool,
}

impl LinkCost {
    /// What the system says now. When it says nothing within a second, which is waited for once: what it said last, or
    /// unknown.
    pub fn metering(&self) -> Metering {
        self.metering_by(PATIENCE, system::metering)
    }

    fn metering_by(&self, patience: Duration, ask: impl FnOnce() -> Metering + Send + 'static) -> Metering {
        let mut known = self.known();
        if let Some((metering, at)) = known.answer
            && at.elapsed() < FRESH
        {
            return metering;
        }
        if !known.asking {
            known.asking = self.begin(ask);
        }
        if known.asking && !known.overdue {
            let waited = self
                .known
                .1
                .wait_timeout_while(known, patience, |known| known.asking);
            known = waited.unwrap_or_else(PoisonError::into_inner).0;
            known.overdue = known.asking;
        }
        match known.answer {
            Some((metering, at)) if !known.asking || at.elapsed() < LAST_WORD => metering,
            _ => Metering::Unknown,
        }
    }

    /// Asks on a thread of its own, because no answer may ever come.
    fn begin(&self, ask: impl FnOnce() -> Metering + Send + 'static) -> bool {
        let this = self.clone();
        let asking = move || {
            let metering = ask();
            let mut known = this.known();
            *known = Known {
                answer: Some((metering, Instant::now())),
                ..Known::default()
            };
            this.known.1.notify_all();
        };
        let thread = std::thread::Builder::new().name("link cost".to_owned());
        thread.spawn(asking).is_ok()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Systems that are not asked.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use crate::contract::exchange::Metering;

    pub fn metering() -> Metering {
        Metering::Unknown
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_system_is_asked_once_in_a_few_seconds() {
        let cost = LinkCost::default();
        assert_eq!(
            cost.metering_by(PATIENCE, || Metering::Metered),
            Metering::Metered
        );
        assert_eq!(
            cost.metering_by(PATIENCE, || Metering::Unmetered),
            Metering::Metered
        );
    }

    #[test]
    fn a_system_that_does_not_answer_is_waited_for_once_and_counts_as_unknown_until_it_does() {
        let cost = LinkCost::default();
        let (release, held) = mpsc::channel::<()>();
        let silent = move || {
            let _ = held.recv();
            Metering::Metered
        };
        assert_eq!(
            cost.metering_by(Duration::from_millis(50), silent),
            Metering::Unknown
        );
        let begun = Instant::now();
        let again = cost.metering_by(Duration::from_secs(60), || Metering::Unmetered);
        assert_eq!(again, Metering::Unknown);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

        release.send(()).unwrap();
        while cost.known().asking {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(
            cost.metering_by(PATIENCE, || Metering::Unknown),
            Metering::Metered
        );
    }
}
