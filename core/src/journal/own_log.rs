//! A device compares its own log with what a remote says it holds of it.

use crate::id::Hash32;

/// What a remote's word about one of this device's own logs means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnLog {
    /// Both end with the same entry.
    Same,
    /// The remote's end is one of this device's entries: what follows it is still to be sent.
    IAmAhead,
    /// The remote holds entries that this device wrote and does not have: its store was restored from an
    /// older copy, or a copy of it goes on elsewhere. It fetches them and begins a new incarnation before it
    /// writes again. That its own entries are a beginning of theirs shows only when they have come.
    TheyAreAhead,
    /// Two different entries stand at one place: the first such place is at most this one.
    Forked {
        /// Sequence, from 1.
        at_most: u64,
    },
}

/// Compares the head of an own log (sequence and hash; sequence 0 and the zero hash when nothing was
/// written) with the head that a remote holds of it. `own_at` gives the own hash at a sequence below the own
/// head.
pub fn compare_own_log(
    own: (u64, Hash32),
    own_at: impl FnOnce(u64) -> Option<Hash32>,
    theirs: (u64, Hash32),
) -> OwnLog {
    let (own_seq, own_hash) = own;
    let (their_seq, their_hash) = theirs;
    if their_seq > own_seq {
        return OwnLog::TheyAreAhead;
    }
    let here = match their_seq {
        0 => Some(Hash32::ZERO),
        seq if seq == own_seq => Some(own_hash),
        seq => own_at(seq),
    };
    if here != Some(their_hash) {
        return OwnLog::Forked { at_most: their_seq };
    }
    if their_seq == own_seq {
        OwnLog::Same
    } else {
        OwnLog::IAmAhead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Hash32 {
        Hash32([number; 32])
    }

    #[test]
    fn a_remotes_head_is_the_same_behind_ahead_or_beside_the_own_log() {
        let own = |seq: u64| Some(hash(seq as u8));
        let table = [
            ((3, hash(3)), (3, hash(3)), OwnLog::Same),
            ((0, Hash32::ZERO), (0, Hash32::ZERO), OwnLog::Same),
            ((3, hash(3)), (2, hash(2)), OwnLog::IAmAhead),
            ((3, hash(3)), (0, Hash32::ZERO), OwnLog::IAmAhead),
            ((3, hash(3)), (4, hash(4)), OwnLog::TheyAreAhead),
            ((0, Hash32::ZERO), (1, hash(1)), OwnLog::TheyAreAhead),
            ((3, hash(3)), (3, hash(9)), OwnLog::Forked { at_most: 3 }),
            ((3, hash(3)), (2, hash(9)), OwnLog::Forked { at_most: 2 }),
        ];
        for (mine, theirs, expected) in table {
            assert_eq!(
                compare_own_log(mine, own, theirs),
                expected,
                "{mine:?} and {theirs:?}"
            );
        }
    }

    #[test]
    fn an_own_entry_that_cannot_be_named_is_never_taken_for_the_same() {
        let decided = compare_own_log((3, hash(3)), |_| None, (2, hash(2)));
        assert_eq!(decided, OwnLog::Forked { at_most: 2 });
    }
}
