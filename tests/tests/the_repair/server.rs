//! A server restored from a backup of a week ago, while the devices went on.

use cotmoc_sync_server::backup;
use cotmoc_tests::fleet::{Town, register};
use serde_json::json;

use crate::support::{forks, heal, held, total, unsent};

#[test]
fn what_a_week_old_backup_lacks_comes_back_from_the_devices_in_two_exchanges_each() {
    let mut town = Town::son_la().unwrap();
    let one = town.post("one", "don-muong-lan").unwrap();
    let other = town.post("other", "don-chieng-tuong").unwrap();
    let early = register(&one, "Trước khi sao lưu");
    for player in [&one, &other, &town.compiler] {
        player.exchange();
    }
    backup(&town.folder("server"), &town.folder("backup.db"), None).unwrap();
    let mut ids = vec![early];
    for day in 0..7 {
        ids.push(register(&one, &format!("Ngày {day} ở đồn một")));
        register(&other, &format!("Ngày {day} ở đồn hai"));
        one.exchange();
        other.exchange();
        town.compiler.exchange();
    }
    town.restore_with(|_| ());
    let unsaid = register(&one, "Trong khi máy chủ hỏng");
    ids.push(unsaid);
    for player in [&town.compiler, &one, &other] {
        heal(player);
    }
    for player in [&town.compiler, &one, &other] {
        heal(player);
        assert_eq!(unsent(player), 0);
    }
    for id in &ids {
        assert_eq!(held(&one, id), json!("province"));
    }
    assert_eq!(total(&town.compiler), 16);
    assert_eq!(forks(&town), 0);
}
