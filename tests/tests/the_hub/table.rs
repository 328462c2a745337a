//! A delegation at a table: a laptop that keeps the hub, its teammates, a post's device, and others who are not of it.

use std::time::{Duration, Instant};

use cotmoc_core::id::Hash32;
use cotmoc_tests::fleet::{Player, Town, unit};
use serde_json::{Value, json};

/// The devices.
pub struct Table {
    pub town: Town,
    /// The secretary's laptop, which keeps the hub.
    pub laptop: Player,
    pub head: Player,
    pub two: Player,
    /// The post that the delegation visits.
    pub post: Player,
    /// A member of another delegation, which visits another post.
    pub other: Player,
}

impl Table {
    pub fn laid() -> Self {
        let town = Town::son_la().unwrap();
        let post = town.post("post", "don-muong-lan").unwrap();
        let sets = town.compiler.call("criteria.list", Value::Null)["sets"].clone();
        let set = sets
            .as_array()
            .unwrap()
            .iter()
            .find(|set| set["code"] == "cs-mo-hinh-100")
            .unwrap()
            .clone();
        let campaign = town.compiler.call("campaigns.create", json!({
            "year": 2024, "title": "Khảo sát mô hình “Dân vận khéo”", "basis": "Kế hoạch năm", "criteria": set["id"],
        }));
        let delegation = |number: u32, slug: &str| {
            let row = town.compiler.call(
                "delegations.set",
                json!({ "campaign": campaign["id"], "number": number, "units": [unit(slug)] }),
            );
            row["id"].clone()
        };
        let (ours, theirs) = (delegation(2, "don-muong-lan"), delegation(3, "don-long-sap"));
        town.compiler.exchange();
        let enrol = |name: &str, role: &str, delegation: &Value, slot: u32| {
            let request = json!({ "role": role, "delegation": delegation, "slot": slot, "valid_days": 7 });
            town.enrol(name, request).unwrap()
        };
        let mut laptop = enrol("laptop", "secretary", &ours, 1);
        let two = enrol("two", "member", &ours, 2);
        let head = enrol("head", "head", &ours, 3);
        let other = enrol("other", "member", &theirs, 2);
        for player in [&laptop, &two, &head, &other, &post] {
            player.exchange();
        }
        laptop.may_keep_a_hub();
        Self {
            town,
            laptop,
            head,
            two,
            post,
            other,
        }
    }

    /// Opens the laptop's hub and gives the text that it shows.
    pub fn open(&self) -> String {
        let status = self.laptop.call("hub.open", json!({}));
        status["open"]["invitation"].as_str().unwrap().to_owned()
    }
}

/// Joins the hub and gives its name among the remotes.
pub fn join(player: &Player, text: &str) -> String {
    let row = player.call("hub.join", json!({ "text": text }));
    row["name"].as_str().unwrap().to_owned()
}

/// Exchanges over the hub and demands that both hold the same of what both may see.
#[track_caller]
pub fn over(player: &Player, hub: &str) -> Value {
    let outcome = player.call("remotes.exchange", json!({ "name": hub }));
    assert_eq!(outcome["equal"], true, "guest and hub differ: {outcome}");
    outcome
}

/// Starts a visit and writes a finding of this text; gives the visit.
pub fn visit_with(player: &Player, text: &str) -> Value {
    let started = player.call(
        "visits.start",
        json!({ "unit": unit("don-muong-lan"), "day": "11/5/2024" }),
    );
    let visit = started["row"]["visit"].clone();
    player.call(
        "findings.put",
        json!({ "visit": visit, "kind": "strength", "text": text }),
    );
    visit
}

/// The texts of a visit's findings.
pub fn findings(player: &Player, visit: &Value) -> Vec<String> {
    let view = player.call("visits.get", json!({ "visit": visit }));
    let findings = view["findings"].as_array().unwrap();
    let mut texts: Vec<String> = findings
        .iter()
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

/// Waits until it holds.
#[track_caller]
pub fn within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < until, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// All entries that a device holds.
pub fn entries(player: &Player) -> Vec<Hash32> {
    player.device().ledger().sorted_entry_hashes().unwrap()
}

/// Records of this device that the province has not confirmed.
pub fn unconfirmed(player: &Player) -> u64 {
    let view = player.call("exchange.get", Value::Null);
    let records = |group: &str| view[group]["records"].as_u64().unwrap();
    records("local") + records("teammate") + records("sent")
}

/// A text that no compression makes small, in letters that no check takes for a name or a number.
pub fn long_text(seed: u8) -> String {
    let mut state = u32::from(seed) + 1;
    let mut text = String::new();
    for index in 0..6_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(char::from(b'a' + (state >> 24) as u8 % 26));
        if index % 9 == 8 {
            text.push(' ');
        }
    }
    text
}
