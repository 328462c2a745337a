//! Opening, closing, and finding a hub again.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cotmoc_core::exchange::HubInvitation;
use cotmoc_device::contract::Problem;
use cotmoc_device::{Device, HubHost, OpenedHub, Sighting};
use cotmoc_hub::LanHubs;
use serde_json::{Value, json};

use crate::table::{Table, findings, join, over, visit_with, within};

fn is_open(table: &Table) -> bool {
    !table.laptop.call("hub.status", Value::Null)["open"].is_null()
}

#[test]
fn a_hub_closes_by_itself_and_an_open_one_can_be_put_off() {
    let table = Table::laid();
    let laptop = table.laptop.device();
    laptop.open_hub(Duration::from_millis(1_500)).unwrap();
    let status = table.laptop.call("hub.status", Value::Null);
    let text = status["open"]["invitation"].as_str().unwrap().to_owned();
    let hub = join(&table.two, &text);
    over(&table.two, &hub);
    laptop.open_hub(Duration::from_secs(4)).unwrap();
    std::thread::sleep(Duration::from_millis(2_000));
    assert!(is_open(&table), "it was put off");
    within(30, "the hub closes", || !is_open(&table));
    assert_eq!(
        table.two.refuses("remotes.exchange", json!({ "name": hub })),
        "hub_unreachable"
    );
    let list = table.two.call("remotes.list", Value::Null);
    assert_eq!(list["remotes"][1]["last_problem"]["code"], "hub_unreachable");
}

#[test]
fn a_hub_is_known_again_by_its_key_and_ends_with_its_device() {
    let mut table = Table::laid();
    let first = HubInvitation::from_text(&table.open()).unwrap();
    table.laptop.call("hub.close", Value::Null);
    assert!(!is_open(&table));
    let second = HubInvitation::from_text(&table.open()).unwrap();
    assert_eq!(first, second, "key and port stay");
    let address = second.addresses[0];
    std::net::TcpStream::connect(address).unwrap();
    table.laptop.close();
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "nobody answers any more"
    );
    table.laptop.reopen().unwrap();
    table.laptop.may_keep_a_hub();
    assert_eq!(HubInvitation::from_text(&table.open()).unwrap(), first);
}

#[test]
fn only_a_door_that_brings_a_hub_can_open_one_and_only_for_a_working_day() {
    let table = Table::laid();
    assert_eq!(table.two.refuses("hub.open", json!({})), "hub_not_here");
    assert_eq!(
        table.two.call("hub.status", Value::Null),
        json!({ "can_open": false, "open": null })
    );
    for minutes in [0, 481] {
        assert_eq!(
            table.laptop.refuses("hub.open", json!({ "minutes": minutes })),
            "bad_request"
        );
    }
}

/// A network on which a test says what is seen.
#[derive(Default)]
struct Said(Mutex<Option<Hearer>>);

type Hearer = Box<dyn Fn(Sighting) + Send>;

impl HubHost for Said {
    fn open(&self, device: &Arc<Device>) -> Result<Box<dyn OpenedHub>, Problem> {
        LanHubs::on_loopback().open(device)
    }

    fn look_out(&self, sighted: Box<dyn Fn(Sighting) + Send>) -> Option<Box<dyn Send + Sync>> {
        *self.0.lock().unwrap() = Some(sighted);
        Some(Box::new(()))
    }
}

#[test]
fn a_hub_that_is_found_under_another_address_is_exchanged_with_by_itself() {
    let mut table = Table::laid();
    table.town.stop_server();
    let text = table.open();
    let hub = HubInvitation::from_text(&text).unwrap();
    let network = Arc::new(Said::default());
    let two = table.two.device();
    two.host_hubs(network.clone());
    assert!(
        network.0.lock().unwrap().is_none(),
        "a device that never joined a hub does not look for one"
    );
    // It was joined at another place, where nobody is now.
    let gone: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let there = HubInvitation {
        addresses: vec![gone],
        ..hub.clone()
    };
    join(&table.two, &there.to_text());
    two.exchange_by_itself();
    let visit = visit_with(&table.laptop, "Viết ở máy xách tay");
    let said = network.0.lock().unwrap();
    let say = said.as_ref().unwrap();
    say(Sighting::Here {
        fingerprint: hub.device.fingerprint(),
        addresses: vec![gone, hub.addresses[0]],
    });
    within(60, "the member has the laptop's visit", || {
        table
            .two
            .try_call("visits.get", json!({ "visit": visit }))
            .is_ok()
    });
    assert_eq!(findings(&table.two, &visit), ["Viết ở máy xách tay"]);
    // A quiet table is asked every five minutes, but one that is somewhere else is as good as new.
    let later = json!({ "visit": visit, "kind": "strength", "text": "Viết sau đó" });
    table.laptop.call("findings.put", later);
    say(Sighting::Here {
        fingerprint: hub.device.fingerprint(),
        addresses: vec![hub.addresses[0], "127.0.0.1:10".parse().unwrap()],
    });
    within(60, "the member has what came after", || {
        findings(&table.two, &visit).len() == 2
    });
    let row = table.two.call("remotes.list", Value::Null)["remotes"][1].clone();
    assert_eq!(row["here"], true);
    assert_eq!(row["address"], format!("https://{}", hub.addresses[0]));
    say(Sighting::Gone {
        fingerprint: hub.device.fingerprint(),
    });
    let row = table.two.call("remotes.list", Value::Null)["remotes"][1].clone();
    assert_eq!(row["here"], false);
}

#[test]
fn a_hub_that_somebody_says_is_ever_somewhere_else_is_not_asked_each_time() {
    let mut table = Table::laid();
    table.town.stop_server();
    let hub = HubInvitation::from_text(&table.open()).unwrap();
    let network = Arc::new(Said::default());
    let two = table.two.device();
    two.host_hubs(network.clone());
    // Whoever hangs up at once is asked as often as somebody wants to.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let kept = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = asked.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(connection);
        }
    });
    let there = HubInvitation {
        addresses: vec![kept],
        ..hub.clone()
    };
    join(&table.two, &there.to_text());
    let by_hand = asked.load(Ordering::Relaxed);
    two.exchange_by_itself();
    let said = network.0.lock().unwrap();
    let say = said.as_ref().unwrap();
    let fingerprint = || hub.device.fingerprint();
    let asked_by_itself = || asked.load(Ordering::Relaxed) - by_hand;
    say(Sighting::Here {
        fingerprint: fingerprint(),
        addresses: vec![kept],
    });
    within(60, "it is asked when it is seen", || asked_by_itself() > 0);
    for port in 1..=20 {
        say(Sighting::Here {
            fingerprint: fingerprint(),
            addresses: vec![kept, SocketAddr::from(([127, 0, 0, 1], port))],
        });
        std::thread::sleep(Duration::from_millis(100));
        say(Sighting::Gone {
            fingerprint: fingerprint(),
        });
        std::thread::sleep(Duration::from_millis(100));
    }
    let by_itself = asked_by_itself();
    assert!(by_itself <= 6, "{by_itself} times in four seconds");
}
