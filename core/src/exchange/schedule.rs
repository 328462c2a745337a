//! When to exchange: a small machine without a clock or a random source of its own.

/// Shortest wait after a failure, milliseconds.
const FIRST_WAIT: i64 = 5_000;
/// Longest wait after failures.
const LONGEST_WAIT: i64 = 10 * 60_000;
/// How long after a saved edit the exchange starts, so that a person's next edit rides along.
const AFTER_EDIT: i64 = 2_000;
/// How often a quiet device asks for news.
const QUIET: i64 = 5 * 60_000;

/// Why a try failed, as far as it changes what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or it broke.
    Connection,
    /// The server said it is busy and named a wait, milliseconds.
    Busy(i64),
    /// Something a person has to look at: another key, a refusal of the device. Waits do not help.
    NeedsPerson,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Exchange now.
    Now,
    /// Ask again at this time.
    At(i64),
    /// Only when a person asks.
    OnDemand,
}

/// Decides when the next exchange starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    automatic: bool,
    due: Option<i64>,
    failures: u32,
    stopped: bool,
}

impl Schedule {
    /// A device that has just started: it asks at once.
    pub fn new(automatic: bool, now: i64) -> Self {
        Self {
            automatic,
            due: Some(now),
            failures: 0,
            stopped: false,
        }
    }

    /// The person switched automatic exchange on or off.
    pub fn set_automatic(&mut self, automatic: bool, now: i64) {
        self.automatic = automatic;
        if automatic && self.due.is_none() {
            self.due = Some(now);
        }
    }

    /// An edit was saved: soon, unless a failure asks for patience.
    pub fn edited(&mut self, now: i64) {
        if self.failures == 0 {
            let soon = now + AFTER_EDIT;
            self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
        }
    }

    /// An exchange ended well.
    pub fn succeeded(&mut self, now: i64) {
        self.failures = 0;
        self.stopped = false;
        self.due = Some(now + QUIET);
    }

    /// An exchange failed. `random` spreads the devices of a province over time: a whole province must
    /// not come back in the same second after an outage.
    pub fn failed(&mut self, trouble: Trouble, now: i64, random: u32) {
        self.failures = self.failures.saturating_add(1);
        self.stopped = trouble == Trouble::NeedsPerson;
        let doubled = FIRST_WAIT.saturating_mul(1 << (self.failures - 1).min(20));
        let wait = match trouble {
            Trouble::Busy(named) => named.clamp(FIRST_WAIT, LONGEST_WAIT),
            _ => doubled.min(LONGEST_WAIT),
        };
        // Between half and one and a half of the wait.
        let jitter = wait * i64::from(random % 1_000) / 1_000 - wait / 2;
        self.due = Some(now + wait + jitter);
    }

    /// What to do at `now`.
    pub fn next(&self, now: i64) -> Next {
        match self.due {
            _ if !self.automatic || self.stopped => Next::OnDemand,
            Some(due) if due <= now => Next::Now,
            // A clock that jumped back must not put the next exchange off for years.
            Some(due) => Next::At(due.min(now + LONGEST_WAIT * 3 / 2)),
            None => Next::OnDemand,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_wait_longer_each_time_but_never_longer_than_a_quarter_of_an_hour() {
        let mut schedule = Schedule::new(true, 0);
        assert_eq!(schedule.next(0), Next::Now);
        let mut waits = Vec::new();
        for _ in 0..12 {
            schedule.failed(Trouble::Connection, 0, 500);
            if let Next::At(due) = schedule.next(0) {
                waits.push(due);
            }
        }
        assert_eq!(&waits[..3], &[5_000, 10_000, 20_000]);
        assert!(waits.iter().all(|wait| *wait <= LONGEST_WAIT * 3 / 2));
        schedule.succeeded(0);
        assert_eq!(schedule.next(0), Next::At(QUIET));
    }

    #[test]
    fn two_devices_that_fail_together_do_not_come_back_together() {
        let wait = |random| {
            let mut schedule = Schedule::new(true, 0);
            schedule.failed(Trouble::Connection, 0, random);
            schedule.next(0)
        };
        assert_ne!(wait(0), wait(999));
    }

    #[test]
    fn an_edit_is_sent_soon_and_the_next_edit_does_not_put_it_off() {
        let mut schedule = Schedule::new(true, 0);
        schedule.succeeded(0);
        schedule.edited(10_000);
        assert_eq!(schedule.next(10_000), Next::At(12_000));
        schedule.edited(11_900);
        assert_eq!(schedule.next(12_000), Next::Now);
    }

    #[test]
    fn a_clock_that_jumps_back_ten_years_does_not_stop_the_exchange() {
        let ten_years = 10 * 365 * 86_400_000;
        let mut schedule = Schedule::new(true, ten_years);
        schedule.succeeded(ten_years);
        assert!(matches!(schedule.next(0), Next::At(due) if due <= LONGEST_WAIT * 3 / 2));
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again_by_itself() {
        let mut schedule = Schedule::new(true, 0);
        schedule.failed(Trouble::NeedsPerson, 0, 0);
        assert_eq!(schedule.next(i64::MAX / 2), Next::OnDemand);
    }
}
