//! A device's folder that was put back from an older copy, or used in two places.

use cotmoc_tests::fleet::{Player, Town, register};
use serde_json::json;

use crate::support::{forks, heal, held, total, unsent};

#[test]
fn entries_that_a_restored_device_has_lost_come_back_in_its_first_exchange() {
    for noticed in [true, false] {
        let town = Town::son_la().unwrap();
        let mut post = town.post("post", "don-muong-lan").unwrap();
        if !noticed {
            post.leave_alone().unwrap();
        }
        let early = register(&post, "Trước khi sao chép");
        post.exchange();
        let copy = post.copy().unwrap();
        let lost = register(&post, "Sau khi sao chép");
        post.exchange();
        post.put_back(&copy).unwrap();
        assert_eq!(
            post.refuses("registrations.get", json!({ "registration": lost })),
            "no_record"
        );
        post.exchange();
        assert_eq!(
            (held(&post, &early), held(&post, &lost)),
            (json!("province"), json!("province")),
            "noticed at opening: {noticed}"
        );
        assert_eq!((unsent(&post), forks(&town)), (json!(0), 0));
        let after = register(&post, "Trong đời máy mới");
        post.exchange();
        assert_eq!(held(&post, &after), "province");
        town.compiler.exchange();
        assert_eq!(total(&town.compiler), 3);
        assert_eq!(forks(&town), 0);
    }
}

#[test]
fn nothing_that_a_restored_device_wrote_before_its_first_exchange_is_lost() {
    for noticed in [true, false] {
        let town = Town::son_la().unwrap();
        let mut post = town.post("post", "don-muong-lan").unwrap();
        if !noticed {
            post.leave_alone().unwrap();
        }
        register(&post, "Trước khi sao chép");
        post.exchange();
        let copy = post.copy().unwrap();
        let lost = register(&post, "Sau khi sao chép");
        post.exchange();
        post.put_back(&copy).unwrap();
        let typed = register(&post, "Viết sau khi khôi phục");
        heal(&post);
        assert_eq!(
            (held(&post, &lost), held(&post, &typed)),
            (json!("province"), json!("province")),
            "noticed at opening: {noticed}"
        );
        assert_eq!((unsent(&post), forks(&town)), (json!(0), 0));
        town.compiler.exchange();
        assert_eq!((total(&town.compiler), total(&post)), (json!(3), json!(3)));
        // Healed for good: the next exchange is an ordinary one.
        assert_eq!(post.exchange()["round_trips"], 1);
    }
}

#[test]
fn a_copied_folder_used_on_two_machines_loses_nothing_on_either() {
    let town = Town::son_la().unwrap();
    let mut post = town.post("post", "don-muong-lan").unwrap();
    register(&post, "Của cả hai");
    let copy = post.copy().unwrap();
    let home = town.folder("copy");
    std::fs::create_dir_all(&home).unwrap();
    for (name, bytes) in &copy {
        std::fs::write(home.join(name), bytes).unwrap();
    }
    let twin = Player::open(&home).unwrap();
    let (one, other) = (register(&post, "Trên máy này"), register(&twin, "Trên máy kia"));
    heal(&post);
    heal(&twin);
    heal(&post);
    for player in [&post, &twin] {
        assert_eq!(
            (held(player, &one), held(player, &other)),
            (json!("province"), json!("province"))
        );
        assert_eq!(unsent(player), 0);
        assert_eq!(total(player), 3);
    }
    town.compiler.exchange();
    assert_eq!((total(&town.compiler), forks(&town)), (json!(3), 0));
}
