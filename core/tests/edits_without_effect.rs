//! Edits that are refused, and edits that change nothing: the record is as it was.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use cotmoc_core::record::{Edit, Job, JobInput, MAX_OPS_PER_CHANGE, Outcome, RecordDoc, RecordKind, examine};
use serde_json::json;

/// More letters than one change may insert, in narratives that are each within their cap.
fn too_many_letters() -> Vec<Edit> {
    let narratives = [
        "rationale",
        "goals",
        "approach",
        "forces",
        "resources",
        "outputs",
        "sustainability",
    ];
    let text = "x".repeat(MAX_OPS_PER_CHANGE / narratives.len() + 1);
    narratives
        .map(|property| Edit::Text {
            property,
            text: text.clone(),
        })
        .to_vec()
}

#[test]
fn an_edit_that_is_refused_leaves_the_record_as_it_was() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    doc.edit([1; 16], &[Edit::line("name", "A")]).unwrap();
    let before = (doc.canonical_state(), doc.heads());
    let long_key = Edit::Put {
        property: "figures",
        key: "k".repeat(65),
        json: "{}".into(),
    };
    let refusals = [
        vec![Edit::line("place", "B"), Edit::line("name", "x".repeat(1_001))],
        vec![Edit::line("place", "B"), Edit::int("name", 1)],
        vec![Edit::line("place", "B"), Edit::line("no such property", "x")],
        [vec![Edit::line("place", "B")], too_many_letters()].concat(),
        vec![Edit::line("place", "B"), long_key],
    ];
    for edits in refusals {
        doc.edit([1; 16], &edits).unwrap_err();
        assert_eq!(
            (doc.canonical_state(), doc.heads()),
            before,
            "after {:.80?}",
            edits
        );
    }
    let payload = doc
        .edit([1; 16], &[Edit::line("place", "B")])
        .unwrap()
        .expect("and it can be edited again");
    let changes: Vec<Vec<u8>> = doc
        .changes()
        .iter()
        .map(|change| change.raw_bytes().to_vec())
        .collect();
    assert_eq!(changes.last(), Some(&payload));
    let job = Job {
        kind: RecordKind::Registration,
        held: None,
        input: JobInput::Changes(changes),
    };
    let examined = examine(&job).expect("and others take it");
    assert!(
        examined
            .outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Applied),
        "{:?}",
        examined.outcomes
    );
    assert_eq!(examined.state, doc.canonical_state());
}

#[test]
fn a_new_record_whose_first_edit_is_refused_is_as_new_as_before() {
    for kind in [RecordKind::Registration, RecordKind::Cycle] {
        let mut doc = RecordDoc::new(kind).unwrap();
        let (state, heads) = (doc.canonical_state(), doc.heads());
        let edit = match kind {
            RecordKind::Registration => too_many_letters(),
            _ => vec![Edit::line("opens", "x".repeat(65))],
        };
        doc.edit([1; 16], &edit).unwrap_err();
        assert_eq!((doc.canonical_state(), doc.heads()), (state, heads));
    }
}

#[test]
fn setting_a_property_to_what_it_holds_is_no_edit() {
    let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
    let edits = [
        Edit::line("name", "A"),
        Edit::int("year", 2026),
        Edit::Text {
            property: "goals",
            text: "Mục tiêu".into(),
        },
        Edit::put("figures", "01", &json!({"raw": "48/48"})),
    ];
    assert!(doc.edit([1; 16], &edits).unwrap().is_some());
    assert_eq!(doc.edit([1; 16], &edits).unwrap(), None);
    assert_eq!(
        doc.edit([2; 16], &edits).unwrap(),
        None,
        "nor from another device"
    );
    assert_eq!(
        doc.edit(
            [1; 16],
            &[Edit::Remove {
                property: "figures",
                key: "99".into()
            }]
        )
        .unwrap(),
        None
    );
}
