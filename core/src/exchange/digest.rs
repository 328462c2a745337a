//! One number for a set of entries, kept up to date entry by entry.

use crate::id::Hash32;

/// Sum of entry hashes modulo 2^256: equal sets have equal digests whatever the order they came in, and
/// one entry more or less changes it. It finds accidents (a lost batch, a silent difference); it does
/// not stop a forger, which the signatures of the entries do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetDigest(pub [u8; 32]);

impl SetDigest {
    /// Adds an entry.
    pub fn add(&mut self, hash: &Hash32) {
        self.combine(hash.0, |left, right, carry| {
            let (sum, first) = left.overflowing_add(right);
            let (sum, second) = sum.overflowing_add(carry);
            (sum, u64::from(first | second))
        });
    }

    /// Takes an entry out.
    pub fn remove(&mut self, hash: &Hash32) {
        self.combine(hash.0, |left, right, borrow| {
            let (rest, first) = left.overflowing_sub(right);
            let (rest, second) = rest.overflowing_sub(borrow);
            (rest, u64::from(first | second))
        });
    }

    /// Adds all entries of another set.
    pub fn add_all(&mut self, other: &Self) {
        self.add(&Hash32(other.0));
    }

    fn combine(&mut self, other: [u8; 32], step: impl Fn(u64, u64, u64) -> (u64, u64)) {
        let mut carry = 0;
        for at in (0..32).step_by(8) {
            let mut limb = [0u8; 8];
            limb.copy_from_slice(&self.0[at..at + 8]);
            let mut operand = [0u8; 8];
            operand.copy_from_slice(&other[at..at + 8]);
            let (result, next) = step(u64::from_le_bytes(limb), u64::from_le_bytes(operand), carry);
            self.0[at..at + 8].copy_from_slice(&result.to_le_bytes());
            carry = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_entries_does_not_matter_and_taking_one_out_undoes_adding_it() {
        let hashes = [
            Hash32([255; 32]),
            Hash32([1; 32]),
            Hash32::of("cotmoc test", b"x"),
        ];
        let mut forward = SetDigest::default();
        hashes.iter().for_each(|hash| forward.add(hash));
        let mut backward = SetDigest::default();
        hashes.iter().rev().for_each(|hash| backward.add(hash));
        assert_eq!(forward, backward);
        backward.remove(&hashes[1]);
        assert_ne!(forward, backward);
        backward.add(&hashes[1]);
        assert_eq!(forward, backward);
        hashes.iter().for_each(|hash| backward.remove(hash));
        assert_eq!(backward, SetDigest::default());
    }
}
