//! What devices say after the province's server was restored from a backup.

use cotmoc_sync_server::backup;
use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::{Value, json};

fn held(player: &Player, id: &str) -> Value {
    player.call("registrations.get", json!({ "registration": id }))["held"].clone()
}

pub fn back_up(town: &Town) {
    backup(&town.folder("server"), &town.folder("backup.db"), None).unwrap();
}

pub fn restore(town: &mut Town) {
    town.stop_server();
    let database = town.folder("server").join("records.db");
    for beside in ["records.db-wal", "records.db-shm"] {
        let _ = std::fs::remove_file(database.with_file_name(beside));
    }
    std::fs::rename(town.folder("backup.db"), database).unwrap();
    town.start_server().unwrap();
}

#[test]
fn what_a_restored_server_has_lost_is_sent_again_in_the_very_run_that_notices() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let early = register(&post, "Trước khi sao lưu");
    post.exchange();
    back_up(&town);
    let lost = register(&post, "Sau khi sao lưu");
    post.exchange();
    restore(&mut town);
    let outcome = post.exchange();
    assert_eq!(outcome["confirmed"], 3, "only what was lost: {outcome}");
    assert_eq!(
        (held(&post, &early), held(&post, &lost)),
        (json!("province"), json!("province"))
    );
    assert_eq!(post.call("status.get", Value::Null)["unsent"], 0);
    town.compiler.exchange();
    assert_eq!(town.compiler.call("totals.get", json!({}))["sum"]["total"], 2);
}

#[test]
fn a_device_that_the_restored_server_does_not_know_says_that_its_work_is_only_here() {
    let mut town = Town::son_la().unwrap();
    back_up(&town);
    let post = town.post("post", "don-muong-lan").unwrap();
    let id = register(&post, "Sau khi sao lưu");
    post.exchange();
    assert_eq!(held(&post, &id), "province");
    restore(&mut town);
    assert_eq!(post.refuses("exchange.run", Value::Null), "not_enrolled");
    assert_eq!(held(&post, &id), "this_device");
    assert_eq!(post.call("status.get", Value::Null)["unsent"], 3);
    let view = post.call("exchange.get", Value::Null);
    let titles: Vec<&Value> = view["local"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["title"])
        .collect();
    assert_eq!(titles, ["Sau khi sao lưu"; 2], "the model and its registration");
    assert_eq!(view["province"]["records"], 0);
    let history = post.call("registrations.history", json!({ "registration": id }));
    assert_eq!(history["changes"][0]["held"], "this_device");
}

#[test]
fn a_difference_that_stays_is_shown_and_does_not_cost_a_whole_reading_at_every_exchange() {
    let mut town = Town::son_la().unwrap();
    back_up(&town);
    // The compiler learns of a grant that the restored server will not know.
    let _post = town.post("post", "don-muong-lan").unwrap();
    town.compiler.exchange();
    let differs = |town: &Town| {
        let view = town.compiler.call("exchange.get", Value::Null);
        let status = town.compiler.call("status.get", Value::Null);
        assert_eq!(
            status["differs_from_province"],
            view["differing_since"] != Value::Null
        );
        status["differs_from_province"] == true
    };
    assert!(!differs(&town));
    restore(&mut town);
    let runs: Vec<(u64, bool)> = (0..5)
        .map(|_| {
            let outcome = town.compiler.call("exchange.run", Value::Null);
            assert_eq!(outcome["equal"], false, "{outcome}");
            assert!(differs(&town));
            let bytes = outcome["bytes_received"].as_u64().unwrap();
            (outcome["round_trips"].as_u64().unwrap(), bytes > 5_000)
        })
        .collect();
    let whole: Vec<bool> = runs.iter().map(|(_, large)| *large).collect();
    assert_eq!(whole, [true, false, false, true, false], "{runs:?}");
    assert!(
        runs.iter().all(|(trips, large)| *large || *trips == 1),
        "{runs:?}"
    );
}
