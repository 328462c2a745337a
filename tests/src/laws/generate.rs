//! Making cases from a seed, over the shape of each kind.

use cotmoc_core::record::{Edit, Property, RecordKind, Scalar, Shape, canonical_json};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value as Json;

use super::case::{CaseName, DEVICES, Step, WorkApart};
use super::contents::{CODES, KEYS, LINES, SHORT, WORDS, objects};

/// Most steps of a case.
const STEPS: usize = 12;
/// Devices of one case work on so few properties that they meet.
const PROPERTIES_AT_ONCE: usize = 4;
/// Most changes of all devices together, with what they hold in common counted for each.
const ORDER: usize = DEVICES * STEPS;
/// Tries at making a failed case smaller.
const SHRINKS: u32 = 4_000;

/// Makes the runner of one case: equal seeds and names make equal cases.
pub(super) fn runner(seed: u64, name: CaseName) -> TestRunner {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&name.number.to_le_bytes());
    key[16] = name.kind.code();
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: SHRINKS,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key))
}

/// All cases of a kind.
pub(super) fn cases(kind: RecordKind) -> BoxedStrategy<WorkApart> {
    let properties = Shape::of(kind).properties;
    let most = properties.len().min(PROPERTIES_AT_ONCE);
    let order = prop::collection::vec(0..ORDER, ORDER);
    (prop::sample::subsequence(properties, 1..=most), order)
        .prop_flat_map(move |(properties, order)| {
            steps(kind, &properties).prop_map(move |steps| WorkApart {
                kind,
                steps,
                order: order.clone(),
            })
        })
        .boxed()
}

fn steps(kind: RecordKind, properties: &[(&'static str, Property)]) -> BoxedStrategy<Vec<Step>> {
    let edits = properties.iter().map(|(name, property)| {
        (
            if property.is_container() { 3 } else { 2 },
            edit(kind, name, *property),
        )
    });
    let edit = prop::strategy::Union::new_weighted(edits.collect());
    let edits = prop::collection::vec(edit, 1..3);
    let step = prop_oneof![
        3 => (0..DEVICES, edits).prop_map(|(device, edits)| Step::Edit { device, edits }),
        1 => (0..DEVICES, 0..DEVICES, 0..=10usize).prop_map(|(from, to, tenths)| Step::Send { from, to, tenths }),
    ];
    prop::collection::vec(step, 1..=STEPS).boxed()
}

fn edit(kind: RecordKind, name: &'static str, property: Property) -> BoxedStrategy<Edit> {
    match property {
        Property::Line(cap) => {
            let texts = if cap > SHORT { LINES } else { CODES };
            prop::sample::select(texts)
                .prop_map(move |text| Edit::line(name, text))
                .boxed()
        }
        Property::Text(_) => prop::collection::vec(prop::sample::select(WORDS), 0..5)
            .prop_map(move |words| Edit::Text {
                property: name,
                text: words.concat(),
            })
            .boxed(),
        Property::Int => (2024i64..2027)
            .prop_map(move |number| Edit::int(name, number))
            .boxed(),
        Property::Flag => any::<bool>().prop_map(move |flag| Edit::flag(name, flag)).boxed(),
        Property::Whole(_) => prop::sample::select(objects(kind, name))
            .prop_map(move |object| Edit::Set {
                property: name,
                value: Scalar::Str(canonical(object)),
            })
            .boxed(),
        Property::WholeMap { .. } => {
            let key = prop::sample::select(KEYS);
            let put =
                (key.clone(), prop::sample::select(objects(kind, name))).prop_map(move |(key, object)| {
                    Edit::Put {
                        property: name,
                        key: key.to_owned(),
                        json: canonical(object),
                    }
                });
            let remove = key.prop_map(move |key| Edit::Remove {
                property: name,
                key: key.to_owned(),
            });
            prop_oneof![4 => put, 1 => remove].boxed()
        }
    }
}

fn canonical(object: &str) -> String {
    // An object that is no JSON would be kept as a text; the tests of the contents know.
    canonical_json(&serde_json::from_str(object).unwrap_or_else(|_| Json::String(object.to_owned())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::strategy::ValueTree;

    use super::*;

    fn case(seed: u64, number: u64) -> WorkApart {
        let kind = RecordKind::Registration;
        let name = CaseName { kind, number };
        cases(kind).new_tree(&mut runner(seed, name)).unwrap().current()
    }

    #[test]
    fn a_case_follows_from_seed_kind_and_number_alone() {
        assert_eq!(case(1, 7), case(1, 7));
        assert_ne!(case(1, 7), case(1, 8));
        assert_ne!(case(1, 7), case(2, 7));
    }

    #[test]
    fn every_property_of_every_kind_is_edited_and_every_generated_object_is_one() {
        for kind in RecordKind::ALL {
            for (name, property) in Shape::of(kind).properties {
                let mut made = Vec::new();
                for number in 0..40 {
                    let mut runner = runner(1, CaseName { kind, number });
                    made.push(
                        edit(kind, name, *property)
                            .new_tree(&mut runner)
                            .unwrap()
                            .current(),
                    );
                }
                let first = made[0].clone();
                assert!(
                    made.iter().any(|edit| *edit != first),
                    "{kind:?} {name}: {first:?}"
                );
                if matches!(property, Property::Whole(_) | Property::WholeMap { .. }) {
                    for object in objects(kind, name) {
                        serde_json::from_str::<Json>(object).unwrap();
                    }
                }
            }
        }
    }
}
