//! Sticks from before the server was restored.

use cotmoc_sync_server::backup;
use cotmoc_tests::fleet::{Town, register};
use serde_json::json;

use crate::support::{
    export, export_as, export_at_province, export_at_province_for, files, held, import, import_at_province,
};

#[test]
fn a_stick_from_before_a_restore_confirms_nothing_that_the_restored_server_lost() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let early = register(&post, "Trước khi sao lưu");
    post.exchange();
    backup(&town.folder("server"), &town.folder("backup.db"), None).unwrap();

    town.stop_server();
    let lost = register(&post, "Sau khi sao lưu");
    let stick = tempfile::tempdir().unwrap();
    import_at_province(&town, &files(&export(&post, stick.path())));
    let old = tempfile::tempdir().unwrap();
    assert!(export_at_province(&town, old.path()).receipts > 0);

    town.restore_with(|_| ());
    town.stop_server();
    // The restored server remembers no bundle, so the post's next one tells it whom to write for.
    let stick = tempfile::tempdir().unwrap();
    let second = register(&post, "Trong khi máy chủ hỏng");
    let newest = export_as(&post, stick.path(), json!({ "since_last": true }));
    import_at_province(&town, &files(&newest));
    let new = tempfile::tempdir().unwrap();
    assert!(export_at_province(&town, new.path()).receipts > 0);

    import(&post, new.path());
    assert_eq!(held(&post, &early), "province");
    import(&post, old.path());
    assert_eq!(
        held(&post, &lost),
        "carried",
        "what it confirmed in its earlier life it may have lost"
    );
    assert_eq!(held(&post, &second), "carried");

    // So it goes out again, and is confirmed in the life that holds it.
    let stick = tempfile::tempdir().unwrap();
    assert!(import_at_province(&town, &files(&export(&post, stick.path()))) > 0);
    let back = tempfile::tempdir().unwrap();
    export_at_province(&town, back.path());
    import(&post, back.path());
    for id in [&early, &lost, &second] {
        assert_eq!(held(&post, id), "province");
    }
    town.start_server().unwrap();
    town.compiler.exchange();
    let total = town.compiler.call("totals.get", json!({}));
    assert_eq!(total["sum"]["total"], 3);
}

#[test]
fn the_first_stick_of_a_restored_server_is_believed_about_what_it_holds_also_when_it_confirms_nothing() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let mate = town.post("mate", "don-muong-lan").unwrap();
    for player in [&post, &mate] {
        player.exchange();
    }
    backup(&town.folder("server"), &town.folder("backup.db"), None).unwrap();
    let lost = register(&post, "Sau khi sao lưu");
    post.exchange();
    assert_eq!(held(&post, &lost), "province");
    // What the mate wrote comes to the post on a stick, and to the restored server by the network.
    register(&mate, "Thắp sáng đường biên");
    let stick = tempfile::tempdir().unwrap();
    export(&mate, stick.path());
    import(&post, stick.path());
    town.restore_with(|_| ());
    mate.exchange();
    town.stop_server();

    let first = tempfile::tempdir().unwrap();
    let news = export_at_province_for(&town, first.path(), "Máy post");
    assert_eq!(news.receipts, 0, "nothing of the post is there");
    import(&post, first.path());
    assert_eq!(held(&post, &lost), "this_device");
    let back = tempfile::tempdir().unwrap();
    let written = export_as(&post, back.path(), json!({ "recipients": ["province"] }));
    let taken = import_at_province(&town, &files(&written));
    assert!(taken > 0);
    assert_eq!(written["entries"], taken, "nothing goes twice: {written}");
}

#[test]
fn a_stick_of_a_restored_server_says_by_what_it_confirms_what_it_has_lost() {
    let mut town = Town::son_la().unwrap();
    let post = town.post("post", "don-muong-lan").unwrap();
    let early = register(&post, "Trước khi sao lưu");
    post.exchange();
    backup(&town.folder("server"), &town.folder("backup.db"), None).unwrap();
    let lost = register(&post, "Sau khi sao lưu");
    post.exchange();
    assert_eq!(held(&post, &lost), "province");
    town.stop_server();

    town.restore_with(|_| ());
    town.stop_server();
    let stick = tempfile::tempdir().unwrap();
    register(&post, "Trong khi máy chủ hỏng");
    import_at_province(&town, &files(&export(&post, stick.path())));
    let new = tempfile::tempdir().unwrap();
    assert!(export_at_province(&town, new.path()).receipts > 0);

    import(&post, new.path());
    assert_eq!(held(&post, &early), "province");
    assert_ne!(
        held(&post, &lost),
        "province",
        "the server's new life does not confirm it"
    );
    let stick = tempfile::tempdir().unwrap();
    assert!(import_at_province(&town, &files(&export(&post, stick.path()))) > 0);
    let back = tempfile::tempdir().unwrap();
    export_at_province(&town, back.path());
    import(&post, back.path());
    assert_eq!(held(&post, &lost), "province");
}
