//! Adding up models: a pure fold over counts by unit, field and kind.

use crate::org::UnitId;

/// Models of one unit, field and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Owner unit.
    pub unit: UnitId,
    /// Field code; empty when none was chosen.
    pub field: String,
    /// `new`, `maintained` or `not_split`.
    pub kind: String,
    /// Distinct models.
    pub models: u64,
}

/// What buckets add up to under a field scheme.
///
/// `total = by_field + unclassified` always holds, and `total = new + maintained + not_split`
/// (`taxonomy.json`, rules; `domain.md` §2, invariants).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// All models.
    pub total: u64,
    /// Newly registered.
    pub new: u64,
    /// Maintained.
    pub maintained: u64,
    /// Not split, or of a kind this version does not know.
    pub not_split: u64,
    /// By field, in the order of the scheme.
    pub by_field: Vec<u64>,
    /// Without a field of the scheme: they are never forced into one.
    pub unclassified: u64,
}

impl Sum {
    /// Adds up the buckets of the units that `within` names, under the fields of a scheme. The code
    /// `KHAC` of a scheme is "unclassified", not a field of its own; it is best left out of `fields`.
    pub fn of(buckets: &[Bucket], fields: &[&str], within: impl Fn(UnitId) -> bool) -> Self {
        let mut sum = Self {
            by_field: vec![0; fields.len()],
            ..Self::default()
        };
        for bucket in buckets.iter().filter(|bucket| within(bucket.unit)) {
            sum.total += bucket.models;
            match bucket.kind.as_str() {
                "new" => sum.new += bucket.models,
                "maintained" => sum.maintained += bucket.models,
                _ => sum.not_split += bucket.models,
            }
            let place = fields
                .iter()
                .position(|field| *field == bucket.field && *field != "KHAC");
            match place {
                Some(place) => sum.by_field[place] += bucket.models,
                None => sum.unclassified += bucket.models,
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn bucket(unit: u128, field: &str, kind: &str, models: u64) -> Bucket {
        Bucket {
            unit: UnitId(Uuid::from_u128(unit)),
            field: field.into(),
            kind: kind.into(),
            models,
        }
    }

    #[test]
    fn fields_and_the_unclassified_row_add_up_to_the_total() {
        let buckets = [
            bucket(1, "NTM", "new", 800),
            bucket(1, "", "new", 554),
            bucket(2, "NTM", "maintained", 474),
            bucket(2, "KHAC", "maintained", 183),
        ];
        let sum = Sum::of(&buckets, &["NTM", "KHAC"], |_| true);
        assert_eq!((sum.total, sum.new, sum.maintained), (2_011, 1_354, 657));
        assert_eq!((sum.by_field, sum.unclassified), (vec![1_274, 0], 737));
    }

    #[test]
    fn only_the_units_asked_for_are_counted() {
        let buckets = [bucket(1, "KT", "not_split", 5), bucket(2, "KT", "not_split", 7)];
        let sum = Sum::of(&buckets, &["KT"], |unit| unit.0 == Uuid::from_u128(2));
        assert_eq!((sum.total, sum.not_split, sum.by_field), (7, 7, vec![7]));
    }
}
