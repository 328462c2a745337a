//! What a device does over a link that its system calls metered: `cotmoc` as a person starts it, a province's server,
//! and NetworkManager's own property on a real bus.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::process::Command;

use cotmoc_sync_server::backup;
use cotmoc_tests::bus::PrivateBus;
use cotmoc_tests::fleet::{Player, Town, program, register};
use cotmoc_tests::photo::add;
use serde_json::{Value, json};
use tempfile::TempDir;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

const SERVICE: &str = "org.freedesktop.NetworkManager";

/// What NetworkManager defines for `Metered`.
const UNKNOWN: u32 = 0;
const YES: u32 = 1;
const NO: u32 = 2;
const GUESSED_YES: u32 = 3;
const GUESSED_NO: u32 = 4;

struct NetworkManager(u32);

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.0
    }
}

/// A post's machine with a system bus of its own.
struct Machine {
    town: Town,
    post: Player,
    record: String,
    bus: PrivateBus,
    _folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = PrivateBus::start(folder.path()).unwrap();
        let town = Town::son_la().unwrap();
        let mut post = town.post("post", "don-muong-lan").unwrap();
        let record = register(&post, "Bữa sáng cho em");
        post.exchange();
        post.close();
        Self {
            town,
            post,
            record,
            bus,
            _folder: folder,
        }
    }

    fn system_says(&self, metered: u32) -> Connection {
        let bus = Builder::address(self.bus.address()).unwrap();
        bus.name(SERVICE)
            .unwrap()
            .serve_at("/org/freedesktop/NetworkManager", NetworkManager(metered))
            .unwrap()
            .build()
            .unwrap()
    }

    fn add_photo(&mut self, shade: u8) {
        self.post.reopen().unwrap();
        add(&self.post, &self.record, shade);
        self.post.close();
    }

    #[track_caller]
    fn cotmoc(&self, arguments: &[&str]) -> Value {
        let output = Command::new(program("cotmoc"))
            .arg("--home")
            .arg(self.post.home())
            .args(arguments)
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.bus.address())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    fn choose(&self, originals: &str) {
        let settings = json!({ "originals": originals }).to_string();
        self.cotmoc(&["call", "settings.set", &settings]);
    }

    /// What is recognised of the link, and why originals wait.
    fn plan(&self) -> (Value, Value) {
        let plan = self.cotmoc(&["exchange", "--plan"]);
        (
            plan["link"]["metering"].clone(),
            plan["files"]["originals_wait"].clone(),
        )
    }

    /// Files that the province knows of and has not got.
    fn lacking(&self) -> u64 {
        let server = self.town.server();
        server.state().ledger().media_stock().unwrap().blobs_missing
    }
}

#[test]
fn over_a_metered_link_records_and_thumbnails_go_and_originals_wait_until_they_are_wished_for() {
    let mut machine = Machine::new();
    machine.add_photo(60);
    let _system = machine.system_says(YES);
    assert_eq!(machine.plan(), (json!("metered"), json!("metered")));
    let sent = machine.cotmoc(&["exchange"]);
    assert!(sent["confirmed"].as_u64().unwrap() > 0, "{sent}");
    assert_eq!(machine.lacking(), 1, "the thumbnail came, the photo did not");

    // Told as waiting, again and again, and at the other end too.
    machine.cotmoc(&["exchange"]);
    let plan = machine.cotmoc(&["exchange", "--plan"]);
    assert_eq!(plan["files"]["count"], 1);
    assert_eq!(plan["files"]["originals_wait"], "metered");
    machine.town.compiler.exchange();
    let seen = machine.town.compiler.call("exchange.get", Value::Null);
    assert_eq!(seen["files_to_fetch"]["count"], 1);

    machine.cotmoc(&["exchange", "--with-originals"]);
    assert_eq!(machine.lacking(), 0);
    assert_eq!(machine.cotmoc(&["exchange", "--plan"])["files"]["count"], 0);
}

#[test]
fn the_choice_always_sends_originals_over_a_metered_link_and_the_choice_never_keeps_them_back_over_a_good_one()
 {
    let mut machine = Machine::new();
    machine.add_photo(60);
    let metered = machine.system_says(YES);
    machine.choose("always");
    assert_eq!(machine.plan(), (json!("metered"), Value::Null));
    machine.cotmoc(&["exchange"]);
    assert_eq!(machine.lacking(), 0);
    drop(metered);

    machine.add_photo(90);
    let _unmetered = machine.system_says(NO);
    machine.choose("never");
    assert_eq!(machine.plan(), (json!("unmetered"), json!("chosen")));
    machine.cotmoc(&["exchange"]);
    assert_eq!(machine.lacking(), 1);
    machine.cotmoc(&["exchange", "--with-originals"]);
    assert_eq!(machine.lacking(), 0);
}

#[test]
fn originals_go_as_soon_as_the_system_no_longer_calls_the_link_metered() {
    let mut machine = Machine::new();
    machine.add_photo(60);
    let telephone = machine.system_says(GUESSED_YES);
    machine.cotmoc(&["exchange"]);
    assert_eq!(machine.lacking(), 1);
    drop(telephone);
    let _office = machine.system_says(GUESSED_NO);
    assert_eq!(machine.plan(), (json!("unmetered"), Value::Null));
    machine.cotmoc(&["exchange"]);
    assert_eq!(machine.lacking(), 0);
}

#[test]
fn over_a_metered_link_a_restored_server_is_asked_once_which_files_it_lacks_and_of_originals_when_they_may_go()
 {
    let mut machine = Machine::new();
    machine.add_photo(60);
    machine.cotmoc(&["exchange"]);
    let folder = |name: &str| machine.town.folder(name);
    backup(&folder("server"), &folder("backup.db"), None).unwrap();
    machine.post.reopen().unwrap();
    register(&machine.post, "Sau khi sao lưu");
    machine.post.close();
    machine.cotmoc(&["exchange"]);
    machine.town.restore_with(|_| ());

    let round_trips = |machine: &Machine| machine.cotmoc(&["exchange"])["round_trips"].clone();
    let _telephone = machine.system_says(YES);
    assert!(
        round_trips(&machine).as_u64() > Some(2),
        "it is repaired, and asked for thumbnails"
    );
    assert_eq!(round_trips(&machine), 1, "nothing is left to ask over this link");
    machine.choose("always");
    assert_eq!(round_trips(&machine), 2, "which originals it lacks");
    assert_eq!(round_trips(&machine), 1);
}

#[test]
fn a_system_that_does_not_say_keeps_nothing_back() {
    let mut machine = Machine::new();
    let unknown = (json!("unknown"), Value::Null);
    assert_eq!(machine.plan(), unknown, "nobody on the bus");
    let silent = machine.system_says(UNKNOWN);
    assert_eq!(machine.plan(), unknown, "NetworkManager does not know");
    drop(silent);
    let other = machine.system_says(77);
    assert_eq!(machine.plan(), unknown, "an answer that is not defined");
    drop(other);
    let _name_alone = Builder::address(machine.bus.address())
        .unwrap()
        .name(SERVICE)
        .unwrap()
        .build()
        .unwrap();
    assert_eq!(machine.plan(), unknown, "a service without the property");
    machine.add_photo(60);
    machine.cotmoc(&["exchange"]);
    assert_eq!(machine.lacking(), 0);
}
