//! What a bad link does to packets, without clock, socket or thread: time is an argument.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::bench::workload::Chance;

/// Bytes that wait for their turn on the air; what comes to a full queue is dropped.
const QUEUE: usize = 64 * 1024;

/// How a link is, the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rules {
    /// One way.
    pub delay: Duration,
    /// Bits a second; nothing: no limit.
    pub rate: Option<u32>,
    /// Chance of losing a packet, after it used the air.
    pub loss: f64,
    /// When it is cut.
    pub cut: Option<Cut>,
}

/// A link that comes and goes, from the moment its rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Before the first cut.
    pub first: Duration,
    /// Packets are dropped for so long.
    pub down: Duration,
    /// Between two cuts.
    pub up: Duration,
}

impl Rules {
    /// No delay, no loss, no limit: for getting ready.
    pub const CLEAR: Self = Self {
        delay: Duration::ZERO,
        rate: None,
        loss: 0.0,
        cut: None,
    };
}

impl fmt::Display for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.rate.map_or_else(
            || "no limit".to_owned(),
            |rate| format!("{} kbit/s", rate / 1_000),
        );
        write!(
            formatter,
            "{rate}, {} ms one way, {} % loss each way",
            self.delay.as_millis(),
            self.loss * 100.0
        )?;
        if let Some(Cut { first, down, up }) = self.cut {
            write!(
                formatter,
                ", cut for {} s after {} s and then after every {} s",
                down.as_secs(),
                first.as_secs(),
                up.as_secs()
            )?;
        }
        Ok(())
    }
}

impl Cut {
    fn is_down(&self, since: Duration) -> bool {
        let Some(after_first) = since.checked_sub(self.first) else {
            return false;
        };
        let period = (self.down + self.up).as_nanos().max(1);
        after_first.as_nanos() % period < self.down.as_nanos()
    }
}

/// What became of the packets of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fates {
    /// Handed to the link.
    pub offered: u64,
    /// Lost by chance.
    pub lost: u64,
    /// Came to a full queue.
    pub overflowed: u64,
    /// Fell into a cut.
    pub cut: u64,
}

impl fmt::Display for Fates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            offered,
            lost,
            overflowed,
            cut,
        } = self;
        write!(
            formatter,
            "{offered}, {lost} lost, {overflowed} overflowed, {cut} cut"
        )
    }
}

/// One direction of the link.
#[derive(Debug)]
pub struct Way {
    rules: Rules,
    since: Duration,
    chance: Chance,
    /// When the air is free again.
    free: Duration,
    /// What still waits or is on the air: until when, and its bytes.
    waiting: VecDeque<(Duration, usize)>,
    waiting_bytes: usize,
    fates: Fates,
}

impl Way {
    /// A clear link whose losses come from a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            rules: Rules::CLEAR,
            since: Duration::ZERO,
            chance: Chance::new(seed),
            free: Duration::ZERO,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            fates: Fates::default(),
        }
    }

    /// Other rules from now on; what waited under the old ones is forgotten by the queue.
    pub fn follow(&mut self, rules: Rules, now: Duration) {
        self.rules = rules;
        self.since = now;
        self.free = now;
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.fates = Fates::default();
    }

    /// What became of the packets since the rules hold.
    pub fn fates(&self) -> Fates {
        self.fates
    }

    /// When a packet handed over now arrives at the other end, if it does.
    pub fn offer(&mut self, now: Duration, bytes: usize) -> Option<Duration> {
        self.fates.offered += 1;
        while let Some((until, waited)) = self.waiting.front().copied() {
            if until > now {
                break;
            }
            self.waiting.pop_front();
            self.waiting_bytes -= waited;
        }
        if self.waiting_bytes + bytes > QUEUE {
            self.fates.overflowed += 1;
            return None;
        }
        let on_air = self.rules.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_nanos(bytes as u64 * 8 * 1_000_000_000 / u64::from(rate.max(1)))
        });
        self.free = self.free.max(now) + on_air;
        self.waiting.push_back((self.free, bytes));
        self.waiting_bytes += bytes;
        if self
            .rules
            .cut
            .is_some_and(|cut| cut.is_down(self.free - self.since))
        {
            self.fates.cut += 1;
            return None;
        }
        let drawn = (self.chance.draw() >> 11) as f64 / (1u64 << 53) as f64;
        if drawn < self.rules.loss {
            self.fates.lost += 1;
            return None;
        }
        Some(self.free + self.rules.delay)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn following(rules: Rules) -> Way {
        let mut way = Way::new(7);
        way.follow(rules, Duration::ZERO);
        way
    }

    #[test]
    fn packets_take_their_time_on_the_air_one_after_the_other_and_then_the_delay() {
        let mut way = following(Rules {
            rate: Some(80_000),
            delay: SECOND,
            ..Rules::CLEAR
        });
        // 1,000 bytes at 10,000 bytes a second.
        assert_eq!(
            way.offer(Duration::ZERO, 1_000),
            Some(Duration::from_millis(1_100))
        );
        assert_eq!(
            way.offer(Duration::ZERO, 1_000),
            Some(Duration::from_millis(1_200))
        );
        assert_eq!(way.offer(10 * SECOND, 1_000), Some(Duration::from_millis(11_100)));
    }

    #[test]
    fn a_full_queue_drops_what_comes_and_takes_again_when_it_has_drained() {
        let mut way = following(Rules {
            rate: Some(80_000),
            ..Rules::CLEAR
        });
        let taken = (0..100)
            .filter(|_| way.offer(Duration::ZERO, 1_000).is_some())
            .count();
        assert_eq!((taken, way.fates().overflowed), (65, 35));
        assert!(way.offer(SECOND, 1_000).is_some());
    }

    #[test]
    fn packets_are_lost_as_often_as_the_rules_say_and_the_same_ones_for_a_seed() {
        let lost = || {
            let mut way = following(Rules {
                loss: 0.02,
                ..Rules::CLEAR
            });
            (0..100_000)
                .map(|_| way.offer(Duration::ZERO, 1).is_none())
                .collect::<Vec<_>>()
        };
        let count = lost().iter().filter(|lost| **lost).count();
        assert!((1_800..2_200).contains(&count), "{count}");
        assert_eq!(lost(), lost());
    }

    #[test]
    fn a_cut_drops_everything_for_its_time_and_comes_again() {
        let cut = Cut {
            first: 5 * SECOND,
            down: 10 * SECOND,
            up: 20 * SECOND,
        };
        let mut way = following(Rules {
            cut: Some(cut),
            ..Rules::CLEAR
        });
        let up = (0..60u32)
            .filter(|at| way.offer(*at * SECOND, 100).is_some())
            .collect::<Vec<_>>();
        let expected = (0..5).chain(15..35).chain(45..60).collect::<Vec<_>>();
        assert_eq!(up, expected);
        assert_eq!(way.fates().cut, 20);
    }
}
