//! A unit that is taken from a delegation after its visit.

use cotmoc_tests::fleet::unit;
use serde_json::{Value, json};

use crate::support::Survey;

/// Its own list of visits, and the hash of all states.
fn holds(player: &cotmoc_tests::fleet::Player) -> (usize, String) {
    let visits = player.call("visits.list", Value::Null)["visits"].clone();
    let states = player.device().ledger().all_states_hash().unwrap();
    (visits.as_array().unwrap().len(), states.to_string())
}

#[test]
fn a_device_that_starts_after_a_unit_was_taken_from_the_delegation_still_holds_the_visit() {
    let survey = Survey::of_son_la();
    let visit = survey.start(&survey.secretary, "11/5/2024");
    survey.secretary.exchange();
    let compiler = &survey.town.compiler;
    compiler.exchange();
    compiler.call(
        "delegations.set",
        json!({
            "campaign": survey.campaign["id"], "delegation": survey.delegation, "number": 2,
            "units": [unit("don-long-sap")],
        }),
    );
    compiler.exchange();
    let second = survey
        .town
        .enrol("second-compiler", json!({ "role": "compiler", "valid_days": 7 }))
        .unwrap();
    second.exchange();
    compiler.exchange();
    assert_eq!(holds(compiler).0, 1);
    assert_eq!(holds(&second), holds(compiler), "the new desk holds the same");
    let rebuilt = second.call("journal.rebuild", Value::Null);
    assert_eq!(holds(&second), holds(compiler), "after {rebuilt}");

    // The delegation keeps its own work, learns of the change and is not offered the unit again.
    survey.secretary.exchange();
    assert_eq!(
        survey.secretary.call("visits.get", json!({ "visit": visit }))["row"]["visit"],
        visit
    );
    let another = json!({ "unit": unit("don-muong-lan"), "day": "12/5/2024" });
    assert_eq!(
        survey.secretary.refuses("visits.start", another),
        "unit_not_assigned"
    );
}
