//! Comparing two sets of entries without sending them.
//!
//! A set is the heads of its logs: each log is a chain, so its head names everything before it. Heads are put
//! into buckets by their log; the digests of the buckets travel first, the heads of those that differ second.
//! Two messages find every difference however large the sets are, where a search by halves
//! (range-based set reconciliation) takes a round trip for each step.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::{Head, read_heads, write_heads};
use crate::codec::{Malformed, Reader, Writer};
use crate::id::Hash32;
use crate::journal::LogId;

/// Fewest buckets; each costs 8 bytes.
const FEWEST: usize = 16;
/// Most buckets.
const MOST: usize = 1_024;
/// Logs to a bucket, about: what one difference costs in the second message.
const LOGS_EACH: usize = 4;

const BUCKET: &str = "cotmoc 2026-11 comparison bucket";
const HEAD: &str = "cotmoc 2026-11 comparison head";

/// A digest for each bucket: the sum of the hashes of its heads, cut to 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets(pub Vec<u64>);

impl Buckets {
    /// Puts heads into a number of buckets that fits how many there are.
    pub fn of(heads: &[Head]) -> Self {
        let count = (heads.len() / LOGS_EACH).next_power_of_two().clamp(FEWEST, MOST);
        Self::with(count, heads)
    }

    fn with(count: usize, heads: &[Head]) -> Self {
        let mut digests = vec![0u64; count];
        for head in heads {
            let at = bucket(&head.log, count);
            digests[at] = digests[at].wrapping_add(digest(head));
        }
        Self(digests)
    }

    /// The other end's word on these buckets: which differ from those of its own heads, and its heads in them.
    pub fn compared_with(&self, heads: &[Head]) -> Compared {
        let count = self.0.len();
        let other = Self::with(count, heads);
        let buckets: BTreeSet<usize> = (0..count).filter(|at| self.0[*at] != other.0[*at]).collect();
        let stands = |head: &&Head| buckets.contains(&bucket(&head.log, count));
        let heads = heads.iter().filter(stands).copied().collect();
        Compared {
            buckets: buckets.into_iter().map(|at| at as u64).collect(),
            heads,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.varint(self.0.len() as u64);
        for digest in &self.0 {
            writer.u64(*digest);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.count(8, "buckets")?;
        if !(FEWEST..=MOST).contains(&count) || !count.is_power_of_two() {
            return Err(Malformed {
                what: "buckets",
                at: 0,
            });
        }
        let digests = (0..count).map(|_| reader.u64("bucket"));
        Ok(Self(digests.collect::<Result<_, _>>()?))
    }
}

fn first_eight(hash: Hash32) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    u64::from_le_bytes(bytes)
}

fn bucket(log: &LogId, count: usize) -> usize {
    let mut writer = Writer::new();
    log.write(&mut writer);
    let hash = first_eight(Hash32::of(BUCKET, &writer.finish()));
    (hash % count as u64) as usize
}

fn digest(head: &Head) -> u64 {
    let mut writer = Writer::new();
    head.log.write(&mut writer);
    writer.u64(head.seq).put(&head.hash.0);
    first_eight(Hash32::of(HEAD, &writer.finish()))
}

/// What a comparison found of one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// The other end lacks what stands after this sequence.
    TheyLack(u64),
    /// We lack what stands after this sequence, and what they hold may continue ours or not.
    WeLack(u64),
    /// Both hold something, and not the same: everything is to be sent and asked for, so that both ends have
    /// the proof.
    Forked,
}

/// The second message of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// Buckets that differ, by number, rising.
    pub buckets: Vec<u64>,
    /// All heads of the answering end in these buckets.
    pub heads: Vec<Head>,
}

impl Compared {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.varint(self.buckets.len() as u64);
        for bucket in &self.buckets {
            writer.varint(*bucket);
        }
        write_heads(writer, &self.heads);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.count(1, "differing buckets")?;
        let buckets = (0..count).map(|_| reader.varint("differing bucket"));
        let buckets = buckets.collect::<Result<_, _>>()?;
        Ok(Self {
            buckets,
            heads: read_heads(reader)?,
        })
    }
}

/// What the other end's word says of each log, beside our own heads.
///
/// `count` is the number of buckets that were sent. `hash_at` gives our hash at a place of a log that we hold.
pub fn differences<E>(
    count: usize,
    compared: &Compared,
    ours: &[Head],
    hash_at: impl Fn(&LogId, u64) -> Result<Option<Hash32>, E>,
) -> Result<BTreeMap<LogId, Differs>, E> {
    let buckets: BTreeSet<u64> = compared.buckets.iter().copied().collect();
    let theirs: BTreeMap<LogId, &Head> = compared.heads.iter().map(|head| (head.log, head)).collect();
    let mut found = BTreeMap::new();
    let mut known = BTreeSet::new();
    for head in ours {
        known.insert(head.log);
        if !buckets.contains(&(bucket(&head.log, count) as u64)) {
            continue;
        }
        let (seq, hash) = theirs
            .get(&head.log)
            .map_or((0, Hash32::ZERO), |other| (other.seq, other.hash));
        if (seq, hash) == (head.seq, head.hash) {
            continue;
        }
        let differs = if seq > head.seq {
            Differs::WeLack(head.seq)
        } else if seq == 0 || hash_at(&head.log, seq)? == Some(hash) {
            Differs::TheyLack(seq)
        } else {
            Differs::Forked
        };
        found.insert(head.log, differs);
    }
    for (log, other) in theirs {
        if !known.contains(&log) && other.seq > 0 {
            found.insert(log, Differs::WeLack(0));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use uuid::Uuid;

    use super::*;
    use crate::id::ProvinceId;
    use crate::journal::{DeviceKey, Incarnation, Scope};
    use crate::org::UnitId;

    fn hash(log: u64, seq: u64, branch: u8) -> Hash32 {
        Hash32::of(
            "cotmoc test",
            &[&log.to_le_bytes()[..], &seq.to_le_bytes(), &[branch]].concat(),
        )
    }

    fn head(log: u64, seq: u64, branch: u8) -> Head {
        let scope = Scope::unit(
            ProvinceId(Uuid::from_u128(1)),
            UnitId(Uuid::from_u128(u128::from(log) + 1)),
        );
        Head {
            log: LogId {
                device: DeviceKey([3; 32]),
                incarnation: Incarnation(1),
                scope,
            },
            seq,
            hash: hash(log, seq, branch),
        }
    }

    /// Everything the two messages find, through their bytes.
    fn compare(ours: &[Head], theirs: &[Head]) -> (BTreeMap<LogId, Differs>, usize) {
        let buckets = Buckets::of(ours);
        let mut first = Writer::new();
        buckets.write(&mut first);
        let first = first.finish();
        let read = Buckets::read(&mut Reader::new(&first)).unwrap();
        let mut second = Writer::new();
        read.compared_with(theirs).write(&mut second);
        let second = second.finish();
        let compared = Compared::read(&mut Reader::new(&second)).unwrap();
        let number = |log: &LogId| match log.scope.place {
            crate::journal::Place::Unit(unit) => unit.0.as_u128() as u64 - 1,
            _ => 0,
        };
        // We hold branch 0 of everything.
        let at = |log: &LogId, seq| Ok::<_, ()>(Some(hash(number(log), seq, 0)));
        let found = differences(buckets.0.len(), &compared, ours, at).unwrap();
        (found, first.len() + second.len())
    }

    #[test]
    fn every_kind_of_difference_is_found_and_nothing_else() {
        for many in [0, 5, 100, 3_000] {
            let same: Vec<Head> = (100..100 + many).map(|log| head(log, 7, 0)).collect();
            let ours = [
                &same[..],
                &[head(1, 5, 0), head(2, 3, 0), head(3, 4, 0), head(5, 9, 0)],
            ]
            .concat();
            let theirs = [
                &same[..],
                &[head(1, 2, 0), head(2, 8, 0), head(4, 6, 0), head(5, 9, 1)],
            ]
            .concat();
            let (found, _) = compare(&ours, &theirs);
            let expected: BTreeMap<LogId, Differs> = [
                (head(1, 0, 0).log, Differs::TheyLack(2)),
                (head(2, 0, 0).log, Differs::WeLack(3)),
                (head(3, 0, 0).log, Differs::TheyLack(0)),
                (head(4, 0, 0).log, Differs::WeLack(0)),
                (head(5, 0, 0).log, Differs::Forked),
            ]
            .into();
            assert_eq!(found, expected, "beside {many} equal logs");
        }
    }

    #[test]
    fn equal_sets_have_nothing_to_say_and_one_difference_among_thousands_costs_little() {
        let ours: Vec<Head> = (0..3_000).map(|log| head(log, 7, 0)).collect();
        let (found, bytes) = compare(&ours, &ours);
        assert!(found.is_empty());
        assert!(bytes < 8_300, "{bytes} bytes");
        let mut theirs = ours.clone();
        theirs[1_234] = head(1_234, 9, 0);
        let (found, bytes) = compare(&ours, &theirs);
        assert_eq!(found.len(), 1);
        assert!(bytes < 9_500, "{bytes} bytes");
    }

    #[test]
    fn a_holder_of_nothing_learns_that_it_lacks_everything_and_the_other_way_round() {
        let all: Vec<Head> = (0..40).map(|log| head(log, 7, 0)).collect();
        assert!(
            compare(&[], &all)
                .0
                .values()
                .all(|differs| *differs == Differs::WeLack(0))
        );
        let (found, _) = compare(&all, &[]);
        assert_eq!(found.len(), 40);
        assert!(found.values().all(|differs| *differs == Differs::TheyLack(0)));
    }
}
