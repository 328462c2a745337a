//! User story 24: reports by the units of then and by those of now have equal grand totals.

use cotmoc_sync_server::Transport;
use cotmoc_tests::fleet::{Town, registration, unit};
use serde_json::{Value, json};

use super::opening::{listed, open_all, row_of, total, unallocated};

const DAYS: [&str; 6] = [
    "2019-12-31",
    "2024-12-31",
    "2025-06-30",
    "2025-07-01",
    "2025-12-31",
    "2026-11-22",
];

/// A province whose units have registered, each as many models as said.
fn province(name: &str, root: &str, scheme: &str, units: &[(&str, usize)]) -> Town {
    let town = Town::open(name, root, scheme, Transport::OwnCertificate).unwrap();
    for (slug, models) in units {
        let post = town.post(slug, slug).unwrap();
        for number in 1..=*models {
            let mut values = registration(&format!("Mô hình {number} của {slug}"));
            // Not every scheme has the same fields.
            values["values"]["field"] = json!("");
            let started = post.call("registrations.start", values);
            post.call(
                "registrations.submit",
                json!({ "registration": started["registration"] }),
            );
        }
        post.exchange();
    }
    town.compiler.exchange();
    town
}

fn on(town: &Town, day: &str) -> Value {
    town.compiler.call("totals.get", json!({ "day": day }))
}

fn is_the_same_on_every_day(town: &Town, models: u64, reporting: u64) {
    for day in DAYS {
        let totals = on(town, day);
        assert_eq!(total(&totals["sum"]), models, "{day}: {totals}");
        assert_eq!(
            (&totals["reported"], &totals["expected"], &totals["missing"]),
            (&json!(reporting), &json!(reporting), &json!([])),
            "{day}"
        );
        open_all(&town.compiler, &totals);
    }
}

#[test]
fn son_la_has_one_grand_total_whatever_became_of_its_units() {
    let units = [
        ("bdbp-son-la", 1),
        ("don-muong-lan", 2),
        ("huyen-sop-cop", 2),
        ("xa-chieng-tuong", 1),
        ("xa-yen-chau", 1),
    ];
    let town = province("Tỉnh Sơn La", "tinh-son-la", "scheme-son-la-2021", &units);
    is_the_same_on_every_day(&town, 7, 5);
    let before = on(&town, "2024-12-31");
    assert_eq!(total(&row_of(&before, &unit("huyen-sop-cop"))["cell"]), 2);
    assert_eq!(total(&row_of(&before, &unit("bdbp-son-la"))["cell"]), 3);
    let early = unallocated(&before).unwrap();
    assert_eq!(total(&early["cell"]), 1, "Xã Yên Châu of 2025 does not exist yet");
    let after = on(&town, "2025-12-31");
    assert_eq!(
        total(&row_of(&after, &unit("bo-chqs-son-la"))["cell"]),
        3,
        "the command and its posts are where they went"
    );
    assert_eq!(
        total(&row_of(&after, &unit("xa-long-phieng"))["cell"]),
        1,
        "Chiềng Tương was taken over as a whole"
    );
    let split = unallocated(&after).unwrap();
    assert_eq!(
        (&split["unit"], total(&split["cell"])),
        (&json!(unit("tinh-son-la")), 2)
    );
    let notes = after["footnotes"].as_array().unwrap();
    assert!(
        notes
            .iter()
            .any(|note| note["code"] == "unallocated" && note["count"] == 2)
    );
    assert_eq!(after["asked_day"], Value::Null);
}

#[test]
fn a_merged_province_is_counted_by_the_units_of_its_last_day_and_the_answer_says_so() {
    let units = [("huyen-cho-don", 2), ("huyen-na-ri", 1)];
    let town = province("Tỉnh Bắc Kạn", "tinh-bac-kan", "scheme-bac-kan-2021", &units);
    is_the_same_on_every_day(&town, 3, 2);
    let after = on(&town, "2025-12-31");
    assert_eq!(
        (&after["day"], &after["asked_day"]),
        (&json!("2025-06-30"), &json!("2025-12-31"))
    );
    assert_eq!(after["continued_by"]["unit"], unit("tinh-thai-nguyen-2025"));
    assert_eq!(total(&row_of(&after, &unit("huyen-cho-don"))["cell"]), 2);
    let now = json!({ "day": "2025-12-31", "unit": unit("tinh-thai-nguyen-2025") });
    let now = town.compiler.call("totals.get", now);
    assert_eq!(
        total(&now["sum"]),
        3,
        "by the units of now the grand total is the same"
    );
    assert_eq!(total(&unallocated(&now).unwrap()["cell"]), 3);
    open_all(&town.compiler, &now);
}

#[test]
fn yen_bai_and_its_district_have_one_total_on_every_day() {
    let town = province(
        "Tỉnh Yên Bái",
        "tinh-yen-bai",
        "scheme-yen-bai-2023",
        &[("huyen-luc-yen", 2)],
    );
    is_the_same_on_every_day(&town, 2, 1);
    let district = json!({ "day": "2026-11-22", "unit": unit("huyen-luc-yen") });
    let district = town.compiler.call("totals.get", district);
    assert_eq!(
        (total(&district["sum"]), &district["day"]),
        (2, &json!("2025-06-30")),
        "a unit that ended keeps its own totals"
    );
    let codes = district["fields"].as_array().unwrap();
    assert!(
        codes.iter().all(|field| field["code"] != "KHAC"),
        "it would only repeat what is unclassified"
    );
}

#[test]
fn gia_lai_and_its_command_have_one_total_on_every_day() {
    let town = province(
        "Tỉnh Gia Lai",
        "tinh-gia-lai",
        "scheme-gia-lai-2020",
        &[("bdbp-gia-lai", 2)],
    );
    is_the_same_on_every_day(&town, 2, 1);
    let now = json!({ "day": "2026-11-22", "unit": unit("tinh-gia-lai-2025") });
    let now = town.compiler.call("totals.get", now);
    assert_eq!(
        total(&row_of(&now, &unit("bo-chqs-gia-lai"))["cell"]),
        2,
        "the command was taken over as a whole"
    );
}

#[test]
fn an_ended_command_lists_its_posts_when_nobody_says_a_day() {
    let units = [("bdbp-son-la", 1), ("don-muong-lan", 2)];
    let town = province("Tỉnh Sơn La", "tinh-son-la", "scheme-son-la-2021", &units);
    let of_command = json!({ "unit": unit("bdbp-son-la") });
    assert_eq!(listed(&town.compiler, &of_command), 3);
    let alone = json!({ "unit": unit("bdbp-son-la"), "own_only": true });
    assert_eq!(listed(&town.compiler, &alone), 1);
}
