//! What moves on the wire, so that silence and a wish to stop are noticed.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Bytes handed to the connection at once. It takes sixteen such pieces before the first has left: with larger ones a
/// whole body would count as moved before the link has seen most of it.
const CHUNK: usize = 2 * 1024;
/// Slowest link that is not counted as dead, bytes a second: one of 30 kbit/s that is cut for 10 s in every 30 moves
/// little more at times. Whether anything of what it has taken arrives, only the system knows, which gives up by itself.
const SLOWEST: usize = 128;
/// Beyond the usual silence, no longer than this for what the system has taken: a server that hangs answers nothing either.
pub(super) const LONGEST_UNDERWAY: Duration = Duration::from_secs(5 * 60);
/// How often to look.
const LOOK: Duration = Duration::from_millis(100);

/// Why a request was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// Nothing moved for too long.
    Still,
    /// A person wants to stop.
    Stopped,
    /// What was sent dripped.
    Dripped,
}

/// When bytes last moved between this device and a server.
#[derive(Debug)]
pub(super) struct Moved {
    begun: Instant,
    millis: AtomicU64,
}

impl Moved {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            millis: AtomicU64::new(0),
        })
    }

    /// Some moved.
    pub fn now(&self) {
        let elapsed = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(elapsed, Ordering::Relaxed);
    }

    /// None have for so long.
    pub fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.millis.load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(last)
    }
}

/// A request: when something last moved, whether all of it has left, and whether an answer has begun.
#[derive(Debug)]
pub(super) struct Wire {
    begun: Instant,
    moved: Arc<Moved>,
    left: AtomicBool,
    answered: AtomicBool,
}

impl Wire {
    pub fn new(moved: &Arc<Moved>) -> Arc<Self> {
        moved.now();
        Arc::new(Self {
            begun: Instant::now(),
            moved: moved.clone(),
            left: AtomicBool::new(false),
            answered: AtomicBool::new(false),
        })
    }

    /// Something moved.
    pub fn moved(&self) {
        self.moved.now();
    }

    /// An answer has begun.
    pub fn answered(&self) {
        self.moved();
        self.answered.store(true, Ordering::Relaxed);
    }

    /// All of the request was handed to the connection.
    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Ends when nothing moved for `still`, and the time that `length` bytes may still be underway, which is no longer
    /// than `longest`, when no answer has begun after `sending`, if that is limited, or when `stop` becomes true.
    pub async fn watch(
        &self,
        still: Duration,
        (length, longest): (usize, Duration),
        sending: Option<Duration>,
        stop: &AtomicBool,
    ) -> GivenUp {
        let underway = Duration::from_secs((length / SLOWEST) as u64).min(longest);
        loop {
            tokio::time::sleep(LOOK).await;
            if stop.load(Ordering::Relaxed) {
                return GivenUp::Stopped;
            }
            if self.moved.silence() > still + underway {
                return GivenUp::Still;
            }
            let answered = self.answered.load(Ordering::Relaxed);
            if sending.is_some_and(|longest| !answered && self.begun.elapsed() > longest) {
                // One that has fallen silent is no hub that is slow.
                let is_still = self.moved.silence() > still;
                return if is_still {
                    GivenUp::Still
                } else {
                    GivenUp::Dripped
                };
            }
        }
    }
}

/// The body of a request whose sending is watched: it is asked for only once there is a connection.
pub(super) fn watched(body: Vec<u8>, wire: &Arc<Wire>) -> reqwest::Body {
    reqwest::Body::wrap(Sending {
        rest: body.into(),
        wire: wire.clone(),
    })
}

struct Sending {
    rest: Bytes,
    wire: Arc<Wire>,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.wire.moved();
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(CHUNK);
        let chunk = self.rest.split_to(length);
        if self.rest.is_empty() {
            self.wire.left.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Duration = Duration::from_secs(2);
    const SENDING: Duration = Duration::from_millis(500);
    const NONE: (usize, Duration) = (0, Duration::ZERO);

    /// Why a request is given up over whose wire something moves all the time, or nothing.
    async fn given_up(moves: bool, underway: (usize, Duration), sending: Option<Duration>) -> GivenUp {
        let wire = Wire::new(&Moved::new());
        let never = AtomicBool::new(false);
        let moving = async {
            loop {
                tokio::time::sleep(LOOK).await;
                if moves {
                    wire.moved();
                }
            }
        };
        tokio::select! {
            why = wire.watch(STILL, underway, sending, &never) => why,
            () = moving => GivenUp::Stopped,
        }
    }

    #[tokio::test]
    async fn what_moves_all_the_time_is_given_up_only_where_there_is_a_limit_to_sending() {
        assert_eq!(given_up(true, NONE, Some(SENDING)).await, GivenUp::Dripped);
        let long = tokio::time::timeout(STILL * 2, given_up(true, NONE, None)).await;
        assert!(long.is_err(), "a slow link is not a dead one");
    }

    #[tokio::test]
    async fn what_has_fallen_silent_is_still_and_does_not_drip() {
        // Also where what the system has taken is given time to leave.
        for underway in [NONE, (1_000_000, LONGEST_UNDERWAY)] {
            assert_eq!(given_up(false, underway, Some(STILL * 2)).await, GivenUp::Still);
        }
    }

    #[tokio::test]
    async fn a_limit_to_sending_is_none_to_an_answer_that_has_begun() {
        let wire = Wire::new(&Moved::new());
        wire.answered();
        let never = AtomicBool::new(false);
        let watching = wire.watch(STILL, NONE, Some(SENDING), &never);
        assert_eq!(watching.await, GivenUp::Still);
    }
}
