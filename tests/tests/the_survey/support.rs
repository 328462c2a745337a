//! A survey of Sơn La with its devices, and short ways of saying what they do.

use cotmoc_tests::fleet::{Player, Town, register, unit};
use serde_json::{Value, json};

/// The criteria of `cs-mo-hinh-100` with their maxima, hundredths.
pub const CRITERIA: [(&str, i64); 13] = [
    ("A1", 500),
    ("A2", 500),
    ("A3", 500),
    ("B1", 500),
    ("B2", 500),
    ("B3", 1_000),
    ("B4", 500),
    ("C1", 1_500),
    ("C2", 1_000),
    ("C3", 1_000),
    ("D1", 1_000),
    ("E1", 500),
    ("E2", 1_000),
];

/// A campaign with delegation no. 2, one registered model, and the delegation's devices.
pub struct Survey {
    pub town: Town,
    pub post: Player,
    pub campaign: Value,
    pub delegation: String,
    pub registration: String,
    pub secretary: Player,
    pub head: Player,
    pub two: Player,
}

impl Survey {
    pub fn of_son_la() -> Self {
        let town = Town::son_la().unwrap();
        let post = town.post("post", "don-muong-lan").unwrap();
        let registration = register(&post, "Bữa sáng cho em");
        post.exchange();
        let campaign = campaign(&town);
        let row = town.compiler.call("delegations.set", json!({
            "campaign": campaign["id"], "number": 2, "units": [unit("don-muong-lan"), unit("don-long-sap")],
        }));
        let delegation = row["id"].as_str().unwrap().to_owned();
        town.compiler.exchange();
        let enrol = |name: &str, role: &str, slot: u32| {
            let request = json!({ "role": role, "delegation": delegation, "slot": slot, "valid_days": 7 });
            let player = town.enrol(name, request).unwrap();
            player.exchange();
            player
        };
        let (secretary, head, two) = (
            enrol("secretary", "secretary", 1),
            enrol("head", "head", 3),
            enrol("two", "member", 2),
        );
        Self {
            post,
            campaign,
            delegation,
            registration,
            secretary,
            head,
            two,
            town,
        }
    }

    pub fn of(&self, visit: &Value) -> Value {
        json!({ "visit": visit, "registration": self.registration })
    }

    pub fn start(&self, by: &Player, day: &str) -> Value {
        by.call(
            "visits.start",
            json!({ "unit": unit("don-muong-lan"), "day": day }),
        )["row"]["visit"]
            .clone()
    }

    pub fn meet(&self) {
        for _ in 0..2 {
            for player in [&self.secretary, &self.head, &self.two] {
                player.exchange();
            }
        }
    }
}

pub fn campaign(town: &Town) -> Value {
    let sets = town.compiler.call("criteria.list", Value::Null)["sets"].clone();
    let set = sets
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["code"] == "cs-mo-hinh-100")
        .unwrap()
        .clone();
    town.compiler.call("campaigns.create", json!({
        "year": 2024, "title": "Khảo sát mô hình “Dân vận khéo”", "basis": "Kế hoạch năm", "criteria": set["id"],
    }))
}

/// Full points but for the named criteria.
pub fn items(changes: &[(&str, i64)]) -> Value {
    let points = |code: &str, max: i64| {
        changes
            .iter()
            .find(|(changed, _)| *changed == code)
            .map_or(max, |(_, value)| *value)
    };
    CRITERIA
        .iter()
        .map(|(code, max)| json!({ "code": code, "points": points(code, *max) }))
        .collect()
}

pub fn with(mut value: Value, more: Value) -> Value {
    value
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    value
}
