//! A stick that goes while it is written, and what a person stops.

use std::fs;
use std::time::Duration;

use cotmoc_device::contract::exchange::DeviceEvent;
use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::json;

use crate::support::{export, held};

/// A post with a file of some megabytes, so that writing takes a moment.
fn post_with_much(town: &Town) -> (Player, String) {
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    let id = register(&post, "Bữa sáng cho em");
    let mut document = b"%PDF-1.4\n".to_vec();
    document.extend((0..9_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8));
    let upload = post.upload(document).unwrap();
    post.call(
        "evidence.add",
        json!({ "record": id, "upload": upload, "name": "ke-hoach.pdf" }),
    );
    (post, id)
}

/// Does something when the first bytes are written, and gives the code with which the export ended.
fn interrupted(post: &Player, stick: &std::path::Path, interrupt: impl Fn() + Sync) -> String {
    let listener = post.device().listen();
    std::thread::scope(|scope| {
        let interrupt = &interrupt;
        scope.spawn(move || {
            while let Ok(event) = listener.recv_timeout(Duration::from_secs(60)) {
                if matches!(&event, DeviceEvent::Progress { work, .. } if work == "stick_write") {
                    return interrupt();
                }
            }
        });
        post.refuses("sticks.export", json!({ "folder": stick }))
    })
}

#[test]
fn a_stick_that_is_pulled_while_it_is_written_is_said_to_be_gone_and_nothing_counts_as_copied() {
    let town = Town::son_la().unwrap();
    let (post, id) = post_with_much(&town);
    let place = tempfile::tempdir().unwrap();
    let stick = place.path().join("usb");
    fs::create_dir(&stick).unwrap();
    let code = interrupted(&post, &stick, || fs::remove_dir_all(&stick).unwrap());
    assert_eq!(code, "stick_gone");
    assert_eq!(held(&post, &id), "this_device");
    fs::create_dir(&stick).unwrap();
    export(&post, &stick);
    assert_eq!(held(&post, &id), "carried");
}

#[test]
fn a_person_stops_the_writing_and_the_stick_is_as_it_was() {
    let town = Town::son_la().unwrap();
    let (post, id) = post_with_much(&town);
    let stick = tempfile::tempdir().unwrap();
    let code = interrupted(&post, stick.path(), || {
        post.call("sticks.stop", json!({}));
    });
    assert_eq!(code, "stick_stopped");
    assert_eq!(fs::read_dir(stick.path()).unwrap().count(), 0);
    assert_eq!(held(&post, &id), "this_device");
}

#[test]
fn a_folder_that_is_not_there_or_not_named_in_full_is_refused() {
    let town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    post.exchange();
    for folder in ["", "usb", "../usb", "/does/not/exist"] {
        assert_eq!(
            post.refuses("sticks.export", json!({ "folder": folder })),
            "stick_not_a_folder"
        );
    }
    let nobody = json!({ "folder": "/tmp", "recipients": ["somebody"] });
    assert_eq!(post.refuses("sticks.export", nobody), "bad_request");
}
