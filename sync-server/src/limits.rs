//! What one request, one device or one peer may take.

use std::time::Duration;

use cotmoc_core::exchange::MAX_BODY;

/// The caps of a server. The defaults are those of a province office on a small machine
/// (`reliability-security` §4.3); tests shorten the times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest a TLS handshake or the head of a request may take.
    pub header_timeout: Duration,
    /// Longest without a single byte of progress, in either direction. There is no limit on the whole:
    /// an honest device on 2G needs many minutes for a few megabytes.
    pub stall_timeout: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Exchanges worked on at once; the others wait their turn.
    pub exchanges_at_once: usize,
    /// Most exchanges that wait; beyond, the answer is "busy".
    pub exchanges_waiting: usize,
    /// Largest body of an exchange, bytes on the wire.
    pub exchange_body: usize,
    /// Largest JSON body, bytes.
    pub json_body: usize,
    /// Bytes of unfinished bodies held in memory, all connections together.
    pub bodies_in_memory: usize,
    /// Bytes of bodies kept in memory that arrived in part, for their next connection.
    pub parcels_in_memory: usize,
    /// Largest page of entries in an answer, bytes before compression.
    pub page_bytes: u64,
    /// Most bytes of payload under one signature: what is signed together travels together, so a longer run
    /// could not be handed on in a page.
    pub run_bytes: usize,
    /// Wrong codes or signatures that a peer may send in a minute.
    pub failures_per_minute: u32,
    /// How long a stopping server waits for requests under way.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            header_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            connections: 4_096,
            // Each may hold an unpacked body; more than this gains nothing before one writer.
            exchanges_at_once: processors.clamp(2, 4),
            exchanges_waiting: 512,
            exchange_body: MAX_BODY,
            json_body: 64 * 1024,
            bodies_in_memory: 256 * 1024 * 1024,
            parcels_in_memory: 64 * 1024 * 1024,
            page_bytes: 4 * 1024 * 1024,
            run_bytes: 8 * 1024 * 1024,
            failures_per_minute: 10,
            drain: Duration::from_secs(10),
        }
    }
}
