//! The order in which the objects of a map were entered: causal, and the same on every device.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::record::{RecordDoc, changed_properties};

/// Keys of a map in the order of the changes that first put them.
///
/// The keys themselves begin with the clock of the device that made them, and a laptop that says 2019 would
/// sort its findings before everyone else's. A change knows how many operations it follows, which orders it
/// after everything its author had seen; of two that knew as much, the hash decides.
pub(super) fn order_of_entry(doc: &mut RecordDoc, property: &str) -> Vec<String> {
    let kind = doc.kind();
    let mut first: BTreeMap<String, (u64, [u8; 32])> = BTreeMap::new();
    for change in doc.changes() {
        let at = (change.start_op().get(), change.hash().0);
        for changed in changed_properties(kind, &change) {
            let Some(key) = changed
                .strip_prefix(property)
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            let known = first.entry(key.to_owned()).or_insert(at);
            *known = (*known).min(at);
        }
    }
    let ordered: BTreeSet<((u64, [u8; 32]), String)> = first.into_iter().map(|(key, at)| (at, key)).collect();
    ordered.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use cotmoc_core::record::view::FindingEntry;
    use cotmoc_core::record::{Edit, RecordKind};

    fn finding(text: &str) -> FindingEntry {
        FindingEntry {
            kind: "strength".into(),
            text: text.into(),
            registration: None,
            by: "head".into(),
            removed: None,
        }
    }

    fn put(doc: &mut RecordDoc, actor: u8, key: &str, text: &str) {
        doc.edit([actor; 16], &[Edit::put("findings", key, &finding(text))])
            .unwrap()
            .unwrap();
    }

    fn exchange(one: &mut RecordDoc, other: &mut RecordDoc) {
        for (from, to) in [(&mut *one, &mut *other)] {
            for change in from.changes() {
                if !to.has(&change) {
                    to.apply(change).unwrap();
                }
            }
        }
        for change in other.changes() {
            if !one.has(&change) {
                one.apply(change).unwrap();
            }
        }
    }

    #[test]
    fn a_finding_of_a_laptop_that_says_2019_comes_after_what_its_author_had_read() {
        let mut doc = RecordDoc::new(RecordKind::Findings).unwrap();
        put(&mut doc, 1, "019a0000", "first, in 2026");
        put(&mut doc, 2, "016a0000", "second, by a clock of 2019");
        put(&mut doc, 1, "019a0001", "third");
        assert_eq!(
            order_of_entry(&mut doc, "findings"),
            ["019a0000", "016a0000", "019a0001"]
        );
    }

    #[test]
    fn a_finding_keeps_its_place_when_it_is_changed_or_taken_back() {
        let mut doc = RecordDoc::new(RecordKind::Findings).unwrap();
        put(&mut doc, 1, "a", "one");
        put(&mut doc, 1, "b", "two");
        put(&mut doc, 2, "a", "one, mended");
        assert_eq!(order_of_entry(&mut doc, "findings"), ["a", "b"]);
    }

    #[test]
    fn two_members_who_wrote_while_apart_see_the_same_order_afterwards() {
        let mut one = RecordDoc::new(RecordKind::Findings).unwrap();
        let mut other = RecordDoc::new(RecordKind::Findings).unwrap();
        put(&mut one, 1, "x", "of one");
        put(&mut one, 1, "y", "of one, later");
        put(&mut other, 2, "u", "of the other");
        put(&mut other, 2, "v", "of the other, later");
        exchange(&mut one, &mut other);
        let order = order_of_entry(&mut one, "findings");
        assert_eq!(order, order_of_entry(&mut other, "findings"));
        let place = |key: &str| order.iter().position(|known| known == key).unwrap();
        assert!(place("x") < place("y") && place("u") < place("v"));
    }
}
