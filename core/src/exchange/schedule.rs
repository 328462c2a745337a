//! When to exchange: a small machine without a clock or a random source of its own.

/// Shortest wait after a failure, milliseconds.
const FIRST_WAIT: i64 = 5_000;
/// Longest wait after failures.
const LONGEST_WAIT: i64 = 10 * 60_000;
/// How long after a saved edit the exchange starts, so that a person's next edit rides along.
const AFTER_EDIT: i64 = 2_000;
/// How soon after a failure a sign of a connection is worth another try.
const SIGN_WAIT: i64 = 10_000;
/// How soon after a failure a saved edit is worth another try.
const EDIT_WAIT: i64 = 30_000;
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
    failed_at: i64,
    /// The server asked for peace until then.
    not_before: i64,
    stopped: bool,
}

impl Schedule {
    /// A device that has just started: it asks at once.
    pub fn new(automatic: bool, now: i64) -> Self {
        Self {
            automatic,
            due: Some(now),
            failures: 0,
            failed_at: i64::MIN,
            not_before: i64::MIN,
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

    /// An edit was saved: soon; after a failure not at once, for a person who types on a mountain saves
    /// every minute.
    pub fn edited(&mut self, now: i64) {
        let soon = if self.failures == 0 {
            now + AFTER_EDIT
        } else {
            (now + AFTER_EDIT).max(self.failed_at.saturating_add(EDIT_WAIT))
        };
        self.bring_forward(soon);
    }

    /// The system says there is a network, or a person came back to the screen: minutes of a connection
    /// must not pass unused while a long wait runs. `random` spreads the devices that see the same mast.
    pub fn connection_may_be_back(&mut self, now: i64, random: u32) {
        if self.failures > 0 {
            let spread = i64::from(random % 2_000);
            self.bring_forward((now + spread).max(self.failed_at.saturating_add(SIGN_WAIT)));
        }
    }

    /// The other end is somewhere else: it is asked at `at`, however quiet it was or whatever a person was to look at,
    /// but not within a wait that it named.
    pub fn moved(&mut self, at: i64) {
        self.stopped = false;
        self.failures = 0;
        self.bring_forward(at);
    }

    fn bring_forward(&mut self, to: i64) {
        let to = to.max(self.not_before);
        self.due = Some(self.due.map_or(to, |due| due.min(to)));
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
        self.failed_at = now;
        self.not_before = match trouble {
            Trouble::Busy(named) => now + named.clamp(FIRST_WAIT, LONGEST_WAIT),
            _ => i64::MIN,
        };
        self.stopped = trouble == Trouble::NeedsPerson;
        let doubled = FIRST_WAIT.saturating_mul(1 << (self.failures - 1).min(20));
        let wait = match trouble {
            Trouble::Busy(named) => named.clamp(FIRST_WAIT, LONGEST_WAIT),
            _ => doubled.min(LONGEST_WAIT),
        };
        // Between half and one and a half of the wait; from a wait that the server named, only later.
        let jitter = wait * i64::from(random % 1_000) / 1_000 - wait / 2;
        let jitter = match trouble {
            Trouble::Busy(_) => jitter.abs(),
            _ => jitter,
        };
        self.due = Some(now + wait + jitter);
    }

    /// What to do at `now`.
    pub fn next(&mut self, now: i64) -> Next {
        // A clock that jumped back must not put the next exchange off for years.
        let longest = now.saturating_add(LONGEST_WAIT * 3 / 2);
        self.due = self.due.map(|due| due.min(longest));
        self.not_before = self.not_before.min(longest);
        match self.due {
            _ if !self.automatic || self.stopped => Next::OnDemand,
            Some(due) if due <= now => Next::Now,
            Some(due) => Next::At(due),
            None => Next::OnDemand,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_end_that_has_moved_is_asked_at_once_but_never_within_a_wait_that_it_named() {
        let mut schedule = Schedule::new(true, 0);
        schedule.succeeded(0);
        schedule.moved(1_000);
        assert_eq!(schedule.next(1_000), Next::Now);
        schedule.failed(Trouble::NeedsPerson, 1_000, 500);
        assert_eq!(schedule.next(9_000_000), Next::OnDemand);
        schedule.moved(2_000);
        assert_eq!(schedule.next(2_000), Next::Now);
        schedule.failed(Trouble::Busy(60_000), 2_000, 500);
        schedule.moved(3_000);
        assert_eq!(schedule.next(3_000), Next::At(62_000));
        for _ in 0..9 {
            schedule.failed(Trouble::Connection, 70_000, 500);
        }
        schedule.moved(80_000);
        schedule.failed(Trouble::Connection, 80_000, 500);
        assert_eq!(
            schedule.next(80_000),
            Next::At(80_000 + FIRST_WAIT),
            "as good as new"
        );
    }

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
        let Next::At(due) = schedule.next(0) else {
            panic!("it is not due yet");
        };
        assert!(due <= LONGEST_WAIT * 3 / 2);
        assert_eq!(schedule.next(due), Next::Now);
        schedule.failed(Trouble::Busy(60_000), ten_years, 0);
        assert!(matches!(schedule.next(0), Next::At(_)));
        schedule.edited(0);
        assert_eq!(schedule.next(LONGEST_WAIT * 3 / 2), Next::Now);
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again_by_itself() {
        let mut schedule = Schedule::new(true, 0);
        schedule.failed(Trouble::NeedsPerson, 0, 0);
        assert_eq!(schedule.next(i64::MAX / 2), Next::OnDemand);
    }

    #[test]
    fn a_saved_edit_and_a_sign_of_a_connection_cut_a_long_wait_short_but_do_not_hammer() {
        let mut schedule = Schedule::new(true, 0);
        for _ in 0..10 {
            schedule.failed(Trouble::Connection, 1_000, 500);
        }
        schedule.edited(2_000);
        assert_eq!(schedule.next(2_000), Next::At(31_000));
        schedule.connection_may_be_back(3_000, 0);
        assert_eq!(schedule.next(3_000), Next::At(11_000));
        schedule.connection_may_be_back(200_000, 1_999);
        assert_eq!(schedule.next(12_000), Next::Now);
        schedule.failed(Trouble::NeedsPerson, 12_000, 500);
        schedule.connection_may_be_back(60_000, 0);
        assert_eq!(
            schedule.next(60_000),
            Next::OnDemand,
            "a refusal needs a person, not a network"
        );
    }

    #[test]
    fn a_server_that_asked_for_peace_is_not_woken_by_an_edit() {
        let mut schedule = Schedule::new(true, 0);
        schedule.failed(Trouble::Busy(300_000), 0, 500);
        schedule.edited(1_000);
        schedule.connection_may_be_back(2_000, 0);
        assert_eq!(schedule.next(2_000), Next::At(300_000));
    }

    #[test]
    fn nobody_comes_back_before_the_server_said_and_not_all_at_once() {
        let back = |random| {
            let mut schedule = Schedule::new(true, 0);
            schedule.failed(Trouble::Busy(8_000), 0, random);
            match schedule.next(0) {
                Next::At(due) => due,
                other => panic!("{other:?}"),
            }
        };
        let waits: std::collections::BTreeSet<i64> = (0..1_000).step_by(50).map(back).collect();
        assert!(waits.len() > 5, "{waits:?}");
        assert!(
            waits.iter().all(|wait| (8_000..=12_000).contains(wait)),
            "{waits:?}"
        );
    }
}
