//! Photos and files on a stick.

use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::{Value, json};

use crate::support::{export_as, files, held, import, import_at_province, standings};

fn document(bytes: usize) -> Vec<u8> {
    let mut document = b"%PDF-1.4\n".to_vec();
    let mut state = 7u64;
    while document.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        document.extend_from_slice(&state.to_le_bytes());
    }
    document
}

fn add(by: &Player, record: &str, bytes: Vec<u8>) {
    let upload = by.upload(bytes).unwrap();
    by.call(
        "evidence.add",
        json!({ "record": record, "upload": upload, "name": "ke-hoach.pdf" }),
    );
}

fn is_complete(of: &Player, record: &str) -> Value {
    of.call("evidence.list", json!({ "record": record }))["rows"][0]["complete"].clone()
}

#[test]
fn halves_of_a_bundle_come_in_swapped_and_the_file_is_whole_in_the_end() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    mate.exchange();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    add(&post, &id, document(300_000));
    let stick = tempfile::tempdir().unwrap();
    let written = export_as(&post, stick.path(), json!({ "max_file_bytes": 65_536 }));
    let parts = files(&written);
    assert!(
        parts.len() >= 2 && written["chunks"].as_u64().unwrap() >= 5,
        "{written}"
    );
    for part in parts.iter().rev() {
        import(&mate, part);
    }
    assert_eq!(
        is_complete(&mate, &id),
        false,
        "its pieces came before anybody knew whose they were"
    );
    let all = import(&mate, stick.path());
    assert_eq!(all["photos"], 1, "{all}");
    assert_eq!(is_complete(&mate, &id), true);
    assert!(
        standings(&import(&mate, stick.path()))
            .iter()
            .all(|standing| standing == "nothing_new")
    );
}

#[test]
fn originals_can_stay_at_home_and_come_on_the_next_stick() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    add(&post, &id, document(200_000));
    town.stop_server();
    let stick = tempfile::tempdir().unwrap();
    let light = export_as(&post, stick.path(), json!({ "without_originals": true }));
    assert_eq!(light["chunks"], 0);
    import_at_province(&town, &files(&light));
    let whole = export_as(&post, stick.path(), json!({}));
    assert!(whole["chunks"].as_u64().unwrap() >= 4);
    import_at_province(&town, &files(&whole));
    town.start_server().unwrap();
    let outcome = post.exchange();
    assert!(outcome["bytes_sent"].as_u64().unwrap() < 4_000, "{outcome}");
    assert_eq!(held(&post, &id), "province");
}
