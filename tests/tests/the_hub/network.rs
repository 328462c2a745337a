//! The hub on a network of whole machines: real programs, real mDNS, and nobody who has a default route.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use cotmoc_core::exchange::HubInvitation;
use cotmoc_tests::fleet::Player;
use cotmoc_tests::lan::{Lan, Machine};
use serde_json::{Value, json};

use crate::programs::{Hub, Screens};
use crate::table::{Table, findings, visit_with, within};

const LAPTOP: Ipv4Addr = Ipv4Addr::new(192, 168, 43, 7);
const LAPTOP_LATER: Ipv4Addr = Ipv4Addr::new(192, 168, 43, 112);
const TWO: Ipv4Addr = Ipv4Addr::new(192, 168, 43, 21);
const HEAD: Ipv4Addr = Ipv4Addr::new(192, 168, 43, 22);

/// Seconds: far more than anything here takes on a busy machine.
const LONGEST: u64 = 60;
/// Seconds. Without a good-bye what was announced is forgotten too, but after two minutes.
const SOON: u64 = 20;

/// Three members of a delegation, with a machine each.
struct Evenings {
    table: Table,
    laptop: Machine,
    two: Machine,
    head: Machine,
    _lan: Lan,
}

impl Evenings {
    /// Absent where networks cannot be made.
    fn begin() -> Option<Self> {
        let made = Lan::new().and_then(|lan| Ok((lan.machine()?, lan.machine()?, lan.machine()?, lan)));
        let (laptop, two, head, lan) = match made {
            Ok(made) => made,
            Err(error) => {
                eprintln!("COULD NOT RUN HERE: needs root, network namespaces and iproute2: {error:#}");
                return None;
            }
        };
        let mut table = Table::laid();
        table.town.stop_server();
        for player in [&mut table.laptop, &mut table.two, &mut table.head] {
            player.close();
        }
        Some(Self {
            table,
            laptop,
            two,
            head,
            _lan: lan,
        })
    }

    fn hub(&self) -> Hub {
        Hub::opens(&self.laptop, self.table.laptop.home())
    }

    fn screens_of_two(&self) -> Screens {
        Screens::open(&self.two, self.table.two.home())
    }

    fn screens_of_head(&self) -> Screens {
        Screens::open(&self.head, self.table.head.home())
    }

    /// Does something with the laptop's folder while no program has it.
    fn at_the_laptop<T>(&mut self, work: impl FnOnce(&Player) -> T) -> T {
        let laptop = &mut self.table.laptop;
        laptop.reopen().unwrap();
        let done = work(laptop);
        laptop.close();
        done
    }
}

/// Has the port from now on.
fn another_program(on: &Machine, port: u16) -> TcpListener {
    let taken = on.inside.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)));
    taken.unwrap().unwrap()
}

fn address(hub: &Hub) -> SocketAddr {
    HubInvitation::from_text(&hub.text).unwrap().addresses[0]
}

fn put(screens: &Screens, visit: &Value, text: &str) {
    let finding = json!({ "visit": visit, "kind": "strength", "text": text });
    screens.call("findings.put", finding);
}

fn has(screens: &Screens, visit: &Value, text: &str) -> bool {
    let Ok(view) = screens.try_call("visits.get", json!({ "visit": visit })) else {
        return false;
    };
    let findings = view["findings"].as_array().unwrap();
    findings.iter().any(|one| one["text"] == text)
}

fn owes_nothing(screens: &Screens) -> bool {
    screens.hub()["owed_entries"] == 0
}

fn is_here(screens: &Screens) -> bool {
    screens.hub()["here"] == true
}

#[test]
fn a_hub_is_found_again_on_another_evening_at_another_address_and_port_with_nothing_typed() {
    let Some(mut evenings) = Evenings::begin() else {
        return;
    };
    evenings.laptop.is_at(LAPTOP).unwrap();
    evenings.two.is_at(TWO).unwrap();
    evenings.head.is_at(HEAD).unwrap();
    let visit = evenings.at_the_laptop(|laptop| visit_with(laptop, "Tối đầu"));
    let hub = evenings.hub();
    let two = evenings.screens_of_two();
    let head = evenings.screens_of_head();
    for member in [&two, &head] {
        member.call("hub.join", json!({ "text": hub.text }));
    }
    for member in [&two, &head] {
        within(LONGEST, "a member who joined has the laptop's visit", || {
            has(member, &visit, "Tối đầu")
        });
    }
    put(&two, &visit, "Máy hai, tối đầu");
    within(LONGEST, "what the member wrote is at the hub", || {
        owes_nothing(&two)
    });
    head.close();
    let first = address(&hub);
    assert_eq!(first.ip(), LAPTOP);
    hub.closes();
    within(SOON, "a hub that closed is seen as gone", || !is_here(&two));

    let texts = evenings.at_the_laptop(|laptop| {
        let again = json!({ "visit": visit, "kind": "strength", "text": "Tối sau" });
        laptop.call("findings.put", again);
        findings(laptop, &visit)
    });
    assert_eq!(texts, ["Máy hai, tối đầu", "Tối sau", "Tối đầu"]);
    // As a phone hands them out: where the laptop was is somebody else now. And the port is another program's.
    evenings.laptop.is_at(LAPTOP_LATER).unwrap();
    evenings.head.is_at(LAPTOP).unwrap();
    let _taken = another_program(&evenings.laptop, first.port());
    let hub = evenings.hub();
    let later = address(&hub);
    assert_eq!(later.ip(), LAPTOP_LATER);
    assert_ne!(later.port(), first.port());
    within(
        LONGEST,
        "a member whose program stayed open has what is new",
        || has(&two, &visit, "Tối sau"),
    );
    assert_eq!(two.hub()["address"], format!("https://{later}"));
    let head = evenings.screens_of_head();
    within(LONGEST, "a member who came after the hub has what is new", || {
        has(&head, &visit, "Tối sau")
    });
    put(&two, &visit, "Máy hai, tối sau");
    put(&head, &visit, "Trưởng đoàn, tối sau");
    for member in [&two, &head] {
        within(LONGEST, "what a member wrote is at the hub", || {
            owes_nothing(member)
        });
    }
    hub.closes();
    for member in [&two, &head] {
        within(SOON, "a hub that closed is seen as gone", || !is_here(member));
    }
    let mut texts = evenings.at_the_laptop(|laptop| findings(laptop, &visit));
    texts.retain(|text| text.contains(", tối sau"));
    assert_eq!(texts, ["Máy hai, tối sau", "Trưởng đoàn, tối sau"]);
}

#[test]
fn a_member_whose_network_comes_late_finds_the_hub_also_when_its_laptop_moves_and_when_it_went_out() {
    let Some(mut evenings) = Evenings::begin() else {
        return;
    };
    evenings.laptop.is_at(LAPTOP).unwrap();
    let visit = evenings.at_the_laptop(|laptop| visit_with(laptop, "Viết ở máy xách tay"));
    let hub = evenings.hub();
    let two = evenings.screens_of_two();
    two.call("hub.join", json!({ "text": hub.text }));
    std::thread::sleep(Duration::from_secs(1));
    evenings.two.is_at(TWO).unwrap();
    within(LONGEST, "a member whose network came late has the visit", || {
        has(&two, &visit, "Viết ở máy xách tay")
    });
    evenings.laptop.is_at(LAPTOP_LATER).unwrap();
    put(&two, &visit, "Viết sau khi máy xách tay đổi mạng");
    within(LONGEST, "the member reaches the hub where it is now", || {
        owes_nothing(&two)
    });
    let port = address(&hub).port();
    assert_eq!(two.hub()["address"], format!("https://{LAPTOP_LATER}:{port}"));
    // The battery is empty, and nobody says good-bye.
    drop(hub);
    evenings.laptop.is_at(LAPTOP).unwrap();
    let again = json!({ "visit": visit, "kind": "strength", "text": "Viết sau khi máy xách tay tắt" });
    evenings.at_the_laptop(|laptop| laptop.call("findings.put", again));
    let _taken = another_program(&evenings.laptop, port);
    let hub = evenings.hub();
    within(LONGEST, "the member has what was written after that", || {
        has(&two, &visit, "Viết sau khi máy xách tay tắt")
    });
    hub.closes();
    within(SOON, "a hub that closed is seen as gone", || !is_here(&two));
}
