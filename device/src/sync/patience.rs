//! How long a teammate's hub may keep this device without giving it anything: one run holds the only exchange, and
//! the province waits behind it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cotmoc_core::exchange::Load;
use cotmoc_core::id::Hash32;

use crate::contract::Problem;

/// Over this long an answer must have brought at least [`LEAST`]: on a table that is no link but a fault.
const WINDOW: Duration = Duration::from_secs(60);
/// Bytes.
const LEAST: u64 = 64 * 1024;
/// What is sent is to arrive as quickly, bytes a second.
pub(super) const LEAST_TO_A_HUB: usize = (LEAST / WINDOW.as_secs()) as usize;
/// Longest time in which nothing was new on either side.
const LONGEST: Duration = Duration::from_secs(300);
/// Most parts in a row that were known already. A hub repeats what this device has by another route.
const MOST_KNOWN: u32 = 64;
/// How often one piece of a file is given in a run. Some are asked for again because an answer was lost.
const MOST_AGAIN: u8 = 4;

/// Watches one run with a hub.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    /// When something was new last.
    news: Instant,
    /// Parts since then.
    known: u32,
    /// Since when the bytes of this answer are counted.
    window: Option<(Instant, u64)>,
    /// How often each piece of a file was given.
    given: BTreeMap<(Hash32, u32), u8>,
}

impl Patience {
    pub fn new(now: Instant) -> Self {
        Self {
            news: now,
            known: 0,
            window: None,
            given: BTreeMap::new(),
        }
    }

    /// A request was made that carries this.
    ///
    /// # Errors
    /// `hub_stalled` when it asked for the same piece again and again.
    pub fn gives(&mut self, load: &Load) -> Result<(), Problem> {
        for chunk in &load.chunks {
            let times = self.given.entry((chunk.blob, chunk.index)).or_default();
            if *times >= MOST_AGAIN {
                return Err(stalled());
            }
            *times += 1;
        }
        Ok(())
    }

    /// A request goes out; `brings` when it carries entries or files.
    pub fn asked(&mut self, brings: bool, now: Instant) {
        self.window = None;
        if brings {
            self.news(now);
        }
    }

    /// Bytes of an answer came.
    ///
    /// # Errors
    /// `hub_stalled` when they drip.
    pub fn took(&mut self, bytes: usize, now: Instant) -> Result<(), Problem> {
        let (since, so_far) = self.window.get_or_insert((now, 0));
        *so_far += bytes as u64;
        if now.duration_since(*since) >= WINDOW {
            if *so_far < LEAST {
                return Err(stalled());
            }
            self.window = Some((now, 0));
        }
        Ok(())
    }

    /// A part was taken in.
    ///
    /// # Errors
    /// `hub_stalled` when there was nothing new for too long.
    pub fn part(&mut self, is_news: bool, now: Instant) -> Result<(), Problem> {
        if is_news {
            self.news(now);
            return Ok(());
        }
        self.known += 1;
        if self.known > MOST_KNOWN || now.duration_since(self.news) > LONGEST {
            return Err(stalled());
        }
        Ok(())
    }

    fn news(&mut self, now: Instant) {
        (self.news, self.known) = (now, 0);
    }
}

fn stalled() -> Problem {
    Problem::new("hub_stalled")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use cotmoc_core::exchange::Chunk;

    use super::*;

    fn after(begin: Instant, seconds: u64) -> Instant {
        begin + Duration::from_secs(seconds)
    }

    #[test]
    fn an_answer_that_drips_is_left_after_a_minute_and_one_that_flows_is_not() {
        let begin = Instant::now();
        let mut dripping = Patience::new(begin);
        let mut flowing = Patience::new(begin);
        for second in 0..60 {
            dripping.took(100, after(begin, second)).unwrap();
            flowing.took(2_000, after(begin, second)).unwrap();
        }
        assert_eq!(
            dripping.took(100, after(begin, 60)),
            Err(Problem::new("hub_stalled"))
        );
        flowing.took(2_000, after(begin, 60)).unwrap();
        flowing.took(2_000, after(begin, 90)).unwrap();
    }

    #[test]
    fn a_hub_that_asks_for_the_same_piece_again_and_again_is_left_and_one_that_asks_for_many_is_not() {
        let load = |index| Load {
            chunks: vec![Chunk {
                blob: Hash32([1; 32]),
                index,
                bytes: vec![0],
            }],
            ..Load::default()
        };
        let mut patience = Patience::new(Instant::now());
        for index in 0..150 {
            patience.gives(&load(index)).unwrap();
        }
        for _ in 1..MOST_AGAIN {
            patience.gives(&load(7)).unwrap();
        }
        assert_eq!(patience.gives(&load(7)), Err(Problem::new("hub_stalled")));
        patience.gives(&load(8)).unwrap();
    }

    #[test]
    fn sending_for_long_is_no_dripping_answer() {
        let begin = Instant::now();
        let mut patience = Patience::new(begin);
        patience.took(10, after(begin, 1)).unwrap();
        patience.asked(true, after(begin, 2));
        patience.took(10, after(begin, 200)).unwrap();
        patience.part(false, after(begin, 201)).unwrap();
        patience.part(false, after(begin, 303)).unwrap_err();
    }

    #[test]
    fn parts_that_say_what_is_known_end_the_run_after_some_and_news_begin_the_count_anew() {
        let begin = Instant::now();
        let mut patience = Patience::new(begin);
        for _ in 0..MOST_KNOWN {
            patience.part(false, begin).unwrap();
        }
        patience.part(true, begin).unwrap();
        for _ in 0..MOST_KNOWN {
            patience.part(false, begin).unwrap();
        }
        patience.part(false, begin).unwrap_err();
    }
}
