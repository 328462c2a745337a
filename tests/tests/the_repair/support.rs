//! What the tests of repair ask of a device and of the province.

use cotmoc_tests::fleet::{Player, Town};
use serde_json::Value;

/// Exchanges until both sides hold the same, at most twice.
#[track_caller]
pub fn heal(player: &Player) -> Value {
    let first = player.call("exchange.run", Value::Null);
    if first["equal"] == true {
        return first;
    }
    player.exchange()
}

/// Titles of the models that a device has registered or received.
pub fn total(player: &Player) -> Value {
    player.call("totals.get", serde_json::json!({}))["sum"]["total"].clone()
}

/// Where a registration's newest change is held.
pub fn held(player: &Player, id: &str) -> Value {
    player.call("registrations.get", serde_json::json!({ "registration": id }))["held"].clone()
}

pub fn unsent(player: &Player) -> Value {
    player.call("status.get", Value::Null)["unsent"].clone()
}

/// Forks that the province's store knows.
pub fn forks(town: &Town) -> usize {
    town.server().state().ledger().forks().unwrap().len()
}
