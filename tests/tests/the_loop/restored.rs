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
    town.restore_with(|_| ());
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
fn what_a_restored_server_has_forgotten_of_the_roster_comes_back_with_the_next_exchange() {
    let mut town = Town::son_la().unwrap();
    back_up(&town);
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let model = register(&post, "Trước khi phục hồi");
    post.exchange();
    town.compiler.exchange();
    restore(&mut town);
    // The server has never heard of this device, which brings the authority's own acts to prove its grant.
    post.exchange();
    let known = town
        .server()
        .state()
        .ledger()
        .with_roster(town.founded.province, |roster| roster.unwrap().grants.len());
    assert_eq!(known, 3, "administrator, compiler and post");
    let found = post.call("registrations.get", json!({ "registration": model }));
    assert_eq!(found["held"], "province");
    town.compiler.exchange();
    town.administrator.exchange();
}
