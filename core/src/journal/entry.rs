//! One entry: a fixed layout whose hash chains a log.

use super::keys::LogId;
use crate::codec::{Malformed, Writer};
use crate::id::{Hash32, Purpose, RecordId};
use crate::record::RecordKind;

/// Largest payload of an entry, bytes (`reliability-security` cap: 128 KiB).
pub const MAX_PAYLOAD: usize = 128 * 1024;

static ENTRY: Purpose = Purpose::new("cotmoc 2026-11 journal entry v1");
static PAYLOAD: Purpose = Purpose::new("cotmoc 2026-11 entry payload v1");

/// What an entry carries. The code is on the wire and in the entry's hash: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// One uncompressed Automerge change of the record's document.
    Change,
    /// A roster act; see [`crate::access::RosterAct`].
    RosterAct,
    /// A photo or file as evidence for the record; see [`crate::media::Manifest`]. Never part of its document.
    Attachment,
    /// A kind of a newer program, by its code: the entry is kept whole, set aside and handed on. Made by
    /// [`EntryKind::from_code`] only, so that no kind has two names.
    Newer(u8),
}

impl EntryKind {
    /// The kinds that this program knows.
    pub const KNOWN: [Self; 3] = [Self::Change, Self::RosterAct, Self::Attachment];

    /// Code on the wire; never 0, which marks an entry that is known by its hash alone.
    pub fn code(self) -> u8 {
        match self {
            Self::Change => 1,
            Self::RosterAct => 2,
            Self::Attachment => 3,
            Self::Newer(code) => code,
        }
    }

    /// From its code; absent for 0, which is no kind.
    pub fn from_code(code: u8) -> Option<Self> {
        let known = Self::KNOWN.into_iter().find(|kind| kind.code() == code);
        known.or((code != 0).then_some(Self::Newer(code)))
    }

    /// This program does not know it.
    pub fn is_newer(self) -> bool {
        matches!(self, Self::Newer(_))
    }
}

/// Hash of a payload, which the entry's header carries.
pub fn payload_hash(payload: &[u8]) -> Hash32 {
    PAYLOAD.hash(&[payload])
}

/// What a device wants to write; the log adds its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Record.
    pub record: RecordId,
    /// Kind of the record.
    pub record_kind: RecordKind,
    /// What the payload is.
    pub kind: EntryKind,
    /// The bytes.
    pub payload: Vec<u8>,
    /// The device's clock in milliseconds since 1970: a claim, never an order.
    pub claimed_at: i64,
}

/// An entry at its place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The log.
    pub log: LogId,
    /// Place in it, from 1.
    pub seq: u64,
    /// Hash of the entry before; zero for the first.
    pub prev: Hash32,
    /// Its content.
    pub content: NewEntry,
}

impl Entry {
    /// The hash that the next entry chains to and that signatures and receipts name.
    ///
    /// It covers every field and the payload by its hash, in this order: version, log (device,
    /// incarnation, scope), sequence, previous hash, record, kind of record, kind of entry, claimed
    /// time, payload length, payload hash.
    pub fn hash(&self) -> Hash32 {
        self.hash_as(self.content.record_kind, &payload_hash(&self.content.payload))
    }

    /// Gives the entry the kind of record with which it comes out with `hash`; says whether there is one. A
    /// store keeps a record's kind with the record, and an entry that was set aside may name another.
    pub fn take_kind_from(&mut self, hash: &Hash32) -> bool {
        let payload = payload_hash(&self.content.payload);
        let fits = (0..=u8::MAX)
            .map(RecordKind::from_code)
            .find(|kind| self.hash_as(*kind, &payload) == *hash);
        self.content.record_kind = fits.unwrap_or(self.content.record_kind);
        fits.is_some()
    }

    fn hash_as(&self, record_kind: RecordKind, payload: &Hash32) -> Hash32 {
        let mut writer = Writer::new();
        writer.u8(1);
        self.log.write(&mut writer);
        writer
            .u64(self.seq)
            .put(&self.prev.0)
            .put(self.content.record.0.as_bytes());
        writer.u8(record_kind.code()).u8(self.content.kind.code());
        writer
            .u64(self.content.claimed_at as u64)
            .u64(self.content.payload.len() as u64);
        writer.put(&payload.0);
        ENTRY.hash(&[&writer.finish()])
    }

    /// Checks what can be checked without any other entry.
    pub fn check_size(&self) -> Result<(), Malformed> {
        if self.content.payload.len() > MAX_PAYLOAD {
            return Err(Malformed {
                what: "payload length",
                at: MAX_PAYLOAD,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::ProvinceId;
    use crate::journal::{Incarnation, Scope, SigningKey, verify_log_head};

    fn entry() -> Entry {
        let key = SigningKey::from_seed(&[7; 32]);
        let scope = Scope::province(ProvinceId(Uuid::from_u128(1)));
        Entry {
            log: LogId {
                device: key.device(),
                incarnation: Incarnation(9),
                scope,
            },
            seq: 1,
            prev: Hash32::ZERO,
            content: NewEntry {
                record: RecordId(Uuid::from_u128(5)),
                record_kind: RecordKind::Cycle,
                kind: EntryKind::Change,
                payload: vec![1, 2, 3],
                claimed_at: 1_700_000_000_000,
            },
        }
    }

    #[test]
    fn every_field_of_an_entry_changes_its_hash() {
        let original = entry().hash();
        let changes: [fn(&mut Entry); 12] = [
            |entry| entry.seq = 2,
            |entry| entry.prev = Hash32([1; 32]),
            |entry| entry.log.incarnation = Incarnation(10),
            |entry| entry.log.device.0[0] ^= 1,
            |entry| entry.log.scope = Scope::roster(entry.log.scope.province),
            |entry| entry.content.record = RecordId(Uuid::from_u128(6)),
            |entry| entry.content.record_kind = RecordKind::Scheme,
            |entry| entry.content.record_kind = RecordKind::from_code(200),
            |entry| entry.content.kind = EntryKind::Attachment,
            |entry| entry.content.kind = EntryKind::Newer(200),
            |entry| entry.content.claimed_at += 1,
            |entry| entry.content.payload[0] ^= 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut altered = entry();
            change(&mut altered);
            assert_ne!(altered.hash(), original, "change {index} left the hash as it was");
        }
    }

    #[test]
    fn every_code_is_one_kind_and_an_entry_finds_its_kind_of_record_by_its_hash() {
        for code in 1..=u8::MAX {
            assert_eq!(EntryKind::from_code(code).map(EntryKind::code), Some(code));
            let mut original = entry();
            original.content.record_kind = RecordKind::from_code(code);
            assert_eq!(original.content.record_kind.code(), code);
            let mut other = entry();
            assert!(other.take_kind_from(&original.hash()));
            assert_eq!(other, original);
        }
        assert_eq!(EntryKind::from_code(0), None);
        let mut other = entry();
        assert!(!other.take_kind_from(&Hash32([9; 32])));
        assert_eq!(other, entry(), "what fits no kind is left as it was");
    }

    #[test]
    fn a_signature_over_a_head_is_not_accepted_for_another_head_or_another_device() {
        let key = SigningKey::from_seed(&[7; 32]);
        let head = entry().hash();
        let signature = key.sign_log_head(&head);
        assert!(verify_log_head(&key.device(), &head, &signature));
        assert!(!verify_log_head(&key.device(), &Hash32([3; 32]), &signature));
        assert!(!verify_log_head(
            &SigningKey::from_seed(&[8; 32]).device(),
            &head,
            &signature
        ));
        assert!(
            !key.device().verify(b"cotmoc/receipt/v1", &head.0, &signature),
            "contexts must not mix"
        );
    }
}
