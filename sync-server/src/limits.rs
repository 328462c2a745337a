//! What one request, one device or one peer may take.

use std::time::Duration;

use cotmoc_core::exchange::MAX_BODY;

/// The caps of a server. The defaults are those of a province office on a small machine
/// (`reliability-security` §4.3); tests shorten the times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest a TLS handshake or the head of a request may take. It runs from the moment the last answer was
    /// handed to the system: over 2G that answer is underway for minutes before the device asks again.
    pub header_timeout: Duration,
    /// Longest without a single byte of progress, in either direction. There is no limit on the whole:
    /// an honest device on 2G needs many minutes for a few megabytes. Longer than a device waits, which knows better
    /// whether its link is dead: this only clears away what it has left.
    pub stall_timeout: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Exchanges worked on at once; the others wait their turn.
    pub exchanges_at_once: usize,
    /// Most exchanges that wait; beyond, the answer is "busy".
    pub exchanges_waiting: usize,
    /// Largest body of an exchange, bytes on the wire.
    pub exchange_body: usize,
    /// Largest body of an exchange that nobody has claimed with a signature, bytes: it costs memory before it is
    /// known who sends it.
    pub unclaimed_body: usize,
    /// Largest JSON body, bytes.
    pub json_body: usize,
    /// Bytes of unfinished bodies held in memory, all connections together. A quarter of it is for large ones of
    /// strangers: that nobody has claimed, or a device that was revoked.
    pub bodies_in_memory: usize,
    /// While more than half of that memory is taken, a body of which fewer than `drip_bytes` came in this time is ended.
    pub drip_window: Duration,
    /// Bytes; the slowest link that counts as one brings many times as many.
    pub drip_bytes: usize,
    /// Bytes of bodies kept in memory that arrived in part, for their next connection.
    pub parcels_in_memory: usize,
    /// Largest part of a bundle that a courier sends on, bytes; it has one at a time.
    pub carried_file: u64,
    /// Bytes of parts on disk that couriers have begun to send, all of them together.
    pub carried_on_disk: u64,
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
            header_timeout: Duration::from_secs(150),
            stall_timeout: Duration::from_secs(150),
            connections: 4_096,
            // Each may hold an unpacked body; more than this gains nothing before one writer.
            exchanges_at_once: processors.clamp(2, 4),
            exchanges_waiting: 512,
            exchange_body: MAX_BODY,
            unclaimed_body: 2 * 1024 * 1024,
            json_body: 64 * 1024,
            bodies_in_memory: 256 * 1024 * 1024,
            drip_window: Duration::from_secs(60),
            drip_bytes: 4 * 1024,
            parcels_in_memory: 64 * 1024 * 1024,
            carried_file: 1024 * 1024 * 1024,
            carried_on_disk: 8 * 1024 * 1024 * 1024,
            page_bytes: 4 * 1024 * 1024,
            run_bytes: 8 * 1024 * 1024,
            failures_per_minute: 10,
            drain: Duration::from_secs(10),
        }
    }
}
