//! How many bytes the programs at both ends gave away, seen from the packets: a byte counts when its place in a TCP
//! stream is sent for the first time, so what TCP itself repeats is not counted, and what a program sends again
//! over another connection is.

use std::collections::BTreeMap;

const TCP: u8 = 6;
const SYN: u8 = 0x02;
/// Addresses (8 bytes) and ports (4).
type Stream = [u8; 12];

/// The TCP streams of one direction.
#[derive(Debug, Default)]
pub struct Streams {
    /// The place after the furthest byte that was seen of each.
    ends: BTreeMap<Stream, u32>,
    bytes: u64,
}

impl Streams {
    /// Sees a packet; what is no TCP over IPv4 is passed over.
    pub fn see(&mut self, packet: &[u8]) {
        let Some(segment) = Segment::of(packet) else {
            return;
        };
        let end = segment.begins.wrapping_add(segment.bytes);
        if segment.opens {
            // A number that was used before, or the same opening again.
            self.ends.insert(segment.stream, end);
            return;
        }
        let known = self.ends.entry(segment.stream).or_insert(segment.begins);
        let beyond = end.wrapping_sub(*known);
        if beyond < 1 << 31 {
            self.bytes += u64::from(beyond);
            *known = end;
        }
    }

    /// Bytes that were sent for the first time since [`Streams::forget`].
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts from 0 again.
    pub fn forget(&mut self) {
        self.bytes = 0;
    }
}

struct Segment {
    stream: Stream,
    opens: bool,
    begins: u32,
    bytes: u32,
}

impl Segment {
    fn of(packet: &[u8]) -> Option<Self> {
        let first = *packet.first()?;
        if first >> 4 != 4 || *packet.get(9)? != TCP {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]));
        let at = usize::from(first & 0x0f) * 4;
        let head = packet.get(at..at + 14)?;
        let mut stream = [0; 12];
        stream[..8].copy_from_slice(packet.get(12..20)?);
        stream[8..].copy_from_slice(&head[..4]);
        let opens = head[13] & SYN != 0;
        let begins = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let bytes = length.checked_sub(at + usize::from(head[12] >> 4) * 4)?;
        Some(Self {
            stream,
            opens,
            // The opening takes one place of its own.
            begins: begins.wrapping_add(u32::from(opens)),
            bytes: u32::try_from(bytes).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(port: u16, begins: u32, flags: u8, bytes: u16) -> Vec<u8> {
        let mut packet = vec![0; 40 + usize::from(bytes)];
        packet[0] = 0x45;
        packet[2..4].copy_from_slice(&(40 + bytes).to_be_bytes());
        packet[9] = TCP;
        packet[20..22].copy_from_slice(&port.to_be_bytes());
        packet[24..28].copy_from_slice(&begins.to_be_bytes());
        packet[32] = 0x50;
        packet[33] = flags;
        packet
    }

    #[test]
    fn what_tcp_repeats_counts_once_and_what_another_connection_repeats_counts_again() {
        let mut streams = Streams::default();
        // Places wrap around in the middle of it.
        let isn = u32::MAX - 50;
        streams.see(&packet(1, isn, SYN, 0));
        streams.see(&packet(1, isn.wrapping_add(1), 0, 100));
        streams.see(&packet(1, isn.wrapping_add(101), 0, 100));
        assert_eq!(streams.bytes(), 200);
        streams.see(&packet(1, isn.wrapping_add(1), 0, 100));
        streams.see(&packet(1, isn.wrapping_add(151), 0, 60));
        assert_eq!(streams.bytes(), 210, "only what lies beyond");
        streams.see(&packet(2, 7, SYN, 0));
        streams.see(&packet(2, 8, 0, 100));
        assert_eq!(streams.bytes(), 310);
        streams.see(&packet(1, 9_000, SYN, 0));
        streams.see(&packet(1, 9_001, 0, 1));
        assert_eq!(
            streams.bytes(),
            311,
            "a port that is used again is another stream"
        );
        streams.forget();
        streams.see(&packet(2, 108, 0, 5));
        assert_eq!(streams.bytes(), 5);
    }

    #[test]
    fn what_is_no_tcp_or_cut_short_is_passed_over() {
        let mut streams = Streams::default();
        let whole = packet(1, 1, 0, 100);
        for length in 0..34 {
            streams.see(&whole[..length]);
        }
        let mut other = whole;
        other[9] = 17;
        streams.see(&other);
        assert_eq!(streams.bytes(), 0);
    }
}
