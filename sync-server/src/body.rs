//! Reading a body: capped before and while it comes, and cut when it stops coming.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use cotmoc_core::exchange::ParcelClaim;

use crate::answer::Problem;
use crate::gate::{Gate, Memory, Sender};
use crate::limits::Limits;
use crate::state::ServerState;

/// How much beyond the cap is read and thrown away, so that an honest sender of a body slightly too large
/// gets to see the answer instead of a broken connection.
const POLITENESS: usize = 4 * 1024 * 1024;

/// A whole body. The memory it takes is accounted for until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    pub bytes: Vec<u8>,
    _memory: Memory,
}

/// How fast a body comes. Slow is no fault, but while memory is short nobody holds it for nearly nothing.
struct Pace<'a> {
    limits: &'a Limits,
    since: Instant,
    bytes: usize,
}

impl<'a> Pace<'a> {
    fn new(limits: &'a Limits) -> Self {
        let since = Instant::now();
        Self {
            limits,
            since,
            bytes: 0,
        }
    }

    /// Bytes came.
    fn took(&mut self, bytes: usize, gate: &Gate, sender: Sender) -> Result<(), Problem> {
        self.bytes += bytes;
        if self.since.elapsed() < self.limits.drip_window {
            return Ok(());
        }
        if self.bytes < self.limits.drip_bytes && gate.is_short(sender) {
            tracing::warn!("a body dripped while memory was short, and was ended");
            return Err(Problem::Stalled);
        }
        (self.since, self.bytes) = (Instant::now(), 0);
        Ok(())
    }
}

/// Reads a body of at most `cap` bytes that nobody has claimed.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    cap: usize,
    (limits, gate): (&Limits, &Gate),
) -> Result<Held, Problem> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > cap.saturating_add(POLITENESS)) {
        return Err(Problem::TooLarge);
    }
    let mut too_large = declared.is_some_and(|length| length > cap);
    let mut memory = Memory::default();
    let mut pace = Pace::new(limits);
    let mut bytes = Vec::new();
    let mut seen = 0usize;
    while let Some(chunk) = next(&mut body, limits.stall_timeout).await? {
        pace.took(chunk.len(), gate, Sender::Stranger)?;
        seen = seen.saturating_add(chunk.len());
        if seen > cap {
            too_large = true;
            (bytes, memory) = (Vec::new(), Memory::default());
        }
        if seen > cap.saturating_add(POLITENESS) {
            break;
        }
        if !too_large {
            gate.hold(&mut memory, Sender::Stranger, seen)?;
            bytes.extend_from_slice(&chunk);
        }
    }
    if too_large {
        Err(Problem::TooLarge)
    } else {
        Ok(Held {
            bytes,
            _memory: memory,
        })
    }
}

/// Reads on in a body that was begun over another connection. What comes is kept also when this one breaks.
pub(crate) async fn read_parcel(
    state: &ServerState,
    (claim, from): (ParcelClaim, u64),
    mut body: Body,
) -> Result<Held, Problem> {
    let sender = state.sender(&claim.device).unwrap_or(Sender::Stranger);
    let mut arriving = state.parcels.arrive(claim, from).ok_or(Problem::ParcelGone)?;
    let mut memory = Memory::default();
    let mut pace = Pace::new(&state.limits);
    let mut here = from;
    let hold = |memory: &mut _, here| {
        let bytes = usize::try_from(here).unwrap_or(usize::MAX);
        state.gate.hold(memory, sender, bytes)
    };
    // What came before is unpacked with the rest, be there no rest.
    hold(&mut memory, here)?;
    loop {
        let chunk = tokio::select! {
            chunk = next(&mut body, state.limits.stall_timeout) => chunk?,
            // The device goes on over another connection; this one will never end by itself.
            () = arriving.taken_over() => return Err(Problem::ParcelGone),
        };
        let Some(chunk) = chunk else { break };
        here += chunk.len() as u64;
        hold(&mut memory, here)?;
        arriving.take(&chunk)?;
        pace.took(chunk.len(), &state.gate, sender)?;
    }
    let bytes = arriving.open().ok_or(Problem::Malformed)?;
    Ok(Held {
        bytes,
        _memory: memory,
    })
}

/// The next piece of data; each has its own time, the whole has none.
pub(crate) async fn next(body: &mut Body, stall: Duration) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        match tokio::time::timeout(stall, frame).await {
            Err(_) => return Err(Problem::Stalled),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Problem::Malformed),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn read_with(headers: HeaderMap, body: Vec<u8>, cap: usize) -> Result<Held, Problem> {
        let limits = Limits::default();
        let gate = Gate::new(&limits);
        read(&headers, Body::from(body), cap, (&limits, &gate)).await
    }

    #[tokio::test]
    async fn a_body_at_its_cap_is_read_and_one_byte_more_is_refused_whatever_it_declared() {
        assert_eq!(
            read_with(HeaderMap::new(), vec![7; 100], 100)
                .await
                .unwrap()
                .bytes,
            vec![7; 100]
        );
        assert_eq!(
            read_with(HeaderMap::new(), vec![7; 101], 100).await.err(),
            Some(Problem::TooLarge)
        );
        let mut lying = HeaderMap::new();
        lying.insert(header::CONTENT_LENGTH, 5.into());
        assert_eq!(
            read_with(lying, vec![7; 101], 100).await.err(),
            Some(Problem::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_body_that_declares_too_much_is_refused_before_a_byte_is_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, u64::MAX.into());
        assert_eq!(
            read_with(headers, Vec::new(), 100).await.err(),
            Some(Problem::TooLarge)
        );
    }
}
