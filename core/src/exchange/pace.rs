//! How fast a link is, and how much fits into a few seconds of it.

/// A batch is to take about this long.
const BATCH_SECONDS: u64 = 5;
/// First batch over a link nobody has measured, bytes before compression.
const FIRST_BATCH: u64 = 128 * 1024;
/// First page asked for over such a link.
const FIRST_PAGE: u64 = 1024 * 1024;
/// Smallest batch or page: below, each costs more round trip than content.
const LEAST: u64 = 16 * 1024;
/// Largest: it is committed as a whole, so it bounds how long a local edit may wait.
const MOST: u64 = 2 * 1024 * 1024;
/// What is quicker than this to move says nothing about the link, bytes.
const TELLING: u64 = 4 * 1024;
/// Slower than this, files wait for a better link unless the person wants them sent, bytes a second.
const SLOW: u64 = 16 * 1024;
/// Records shrink to a quarter, about, until it is known better; in hundredths.
const USUAL_SHRINKING: u64 = 400;

/// The measured pace of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Bytes a second on the wire; more than 0.
    bytes_per_second: Option<u64>,
    /// Bytes before compression to bytes on the wire, in hundredths.
    shrinking: u64,
}

impl Pace {
    /// From the speed that earlier exchanges measured.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second: bytes_per_second.filter(|speed| *speed > 0),
            shrinking: USUAL_SHRINKING,
        }
    }

    /// `bytes` took `millis` milliseconds, both ways together.
    pub fn moved(&mut self, bytes: u64, millis: u64) {
        if bytes < TELLING {
            return;
        }
        let now = (bytes.saturating_mul(1_000) / millis.max(1)).max(1);
        // Links change within minutes on a mountain road: the newest measure counts for half.
        self.bytes_per_second = Some(
            self.bytes_per_second
                .map_or(now, |before| before / 2 + now / 2)
                .max(1),
        );
    }

    /// `raw` bytes became `wire` bytes.
    pub fn shrank(&mut self, raw: u64, wire: u64) {
        if raw >= TELLING && wire > 0 {
            self.shrinking = (raw.saturating_mul(100) / wire).clamp(100, 2_000);
        }
    }

    /// Bytes a second, when measured.
    pub fn bytes_per_second(&self) -> Option<u64> {
        self.bytes_per_second
    }

    /// About how many bytes before compression one request may carry.
    pub fn batch(&self) -> u64 {
        self.sized().unwrap_or(FIRST_BATCH)
    }

    /// Batches are as large as any may be: the link moves one in less than the few seconds it may take.
    pub fn has_largest_batches(&self) -> bool {
        self.sized() == Some(MOST)
    }

    /// About how many bytes before compression one page of an answer may carry.
    pub fn page(&self) -> u64 {
        self.sized().unwrap_or(FIRST_PAGE)
    }

    /// About how many bytes of files one message may carry: they do not shrink.
    pub fn files(&self) -> u64 {
        let fits = self.bytes_per_second.map(|speed| speed * BATCH_SECONDS);
        fits.unwrap_or(FIRST_BATCH).clamp(LEAST, MOST)
    }

    /// Files should wait for a better link.
    pub fn is_slow(&self) -> bool {
        self.bytes_per_second.is_some_and(|speed| speed < SLOW)
    }

    /// Seconds that so many bytes on the wire take, when the link was measured.
    pub fn seconds(&self, wire: u64) -> Option<u64> {
        self.bytes_per_second.map(|speed| wire.div_ceil(speed))
    }

    fn sized(&self) -> Option<u64> {
        let fits = self
            .bytes_per_second?
            .saturating_mul(BATCH_SECONDS)
            .saturating_mul(self.shrinking)
            / 100;
        Some(fits.clamp(LEAST, MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_a_few_seconds_of_the_link_it_was_measured_on() {
        let mut pace = Pace::new(None);
        pace.moved(12_500, 1_000);
        pace.shrank(40_000, 10_000);
        let seconds = pace.batch() / 4 / 12_500;
        assert!((4..=6).contains(&seconds), "{seconds} s");
        let mut slow = Pace::new(Some(3_000));
        slow.shrank(40_000, 10_000);
        assert!(slow.batch() < pace.batch());
        assert!(slow.is_slow());
        assert_eq!(Pace::new(Some(100_000_000)).batch(), MOST);
        assert!(Pace::new(Some(100_000_000)).has_largest_batches());
        assert!(!pace.has_largest_batches() && !Pace::new(None).has_largest_batches());
    }

    #[test]
    fn a_few_bytes_say_nothing_about_a_link() {
        let mut pace = Pace::new(Some(50_000));
        pace.moved(300, 1_200);
        assert_eq!(pace.bytes_per_second(), Some(50_000));
        pace.moved(10_000, 1_000);
        assert_eq!(pace.bytes_per_second(), Some(30_000));
    }
}
