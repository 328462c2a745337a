//! The demonstration gives the published figures at each province's compiler, who entered none of them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::process::Command;

use cotmoc_tests::fleet::{Player, program, unit};
use serde_json::{Value, json};

const FACTS: &str = include_str!("../../device/data/seed-facts.json");

/// The published value of a fact.
fn fact(id: &str) -> Value {
    let facts: Value = serde_json::from_str(FACTS).unwrap();
    let facts = facts["facts"].as_array().unwrap().clone();
    facts
        .into_iter()
        .find(|fact| fact["id"] == id)
        .unwrap_or_else(|| panic!("no fact {id}"))
}

fn number(id: &str) -> u64 {
    fact(id)["value"]
        .as_u64()
        .unwrap_or_else(|| panic!("{id} is no whole number"))
}

/// Count of a field in a total.
fn of_field(totals: &Value, code: &str) -> u64 {
    let place = totals["fields"]
        .as_array()
        .unwrap()
        .iter()
        .position(|field| field["code"] == code)
        .unwrap();
    totals["sum"]["by_field"][place].as_u64().unwrap()
}

fn total(totals: &Value, name: &str) -> u64 {
    totals["sum"][name].as_u64().unwrap()
}

fn of_unit(totals: &Value, slug: &str) -> Value {
    let rows = totals["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row["unit"] == json!(unit(slug)))
        .unwrap_or_else(|| panic!("no row {slug}"))
        .clone()
}

fn son_la(compiler: &Player) {
    let guard = compiler.call("totals.get", json!({ "unit": unit("bdbp-son-la") }));
    assert_eq!(total(&guard, "total"), number("F000-01"));
    assert_eq!(of_field(&guard, "HTCT"), number("F000-02"));
    assert_eq!(of_field(&guard, "KT"), number("F000-03"));
    assert_eq!(of_field(&guard, "VHXH"), number("F000-04"));
    assert_eq!(of_field(&guard, "QPAN"), number("F000-05"));
    assert_eq!(
        total(&guard, "not_split"),
        number("F000-01"),
        "the source does not split new from maintained"
    );
}

fn yen_bai(compiler: &Player) {
    let totals = compiler.call("totals.get", json!({ "unit": unit("huyen-luc-yen") }));
    assert_eq!(total(&totals, "total"), number("F003-01"));
    for (field, id) in [
        ("KT", "F003-02"),
        ("VHXH", "F003-03"),
        ("QPAN", "F003-04"),
        ("HTCT", "F003-05"),
        ("NTM", "F003-06"),
    ] {
        assert_eq!(of_field(&totals, field), number(id), "{field}");
    }
    assert_eq!(total(&totals, "not_split"), number("F003-01"));
}

fn bac_kan(compiler: &Player) {
    let totals = compiler.call("totals.get", json!({}));
    assert_eq!(total(&totals, "total"), number("F001-01"));
    assert_eq!(total(&totals, "new"), number("F001-02"));
    assert_eq!(total(&totals, "maintained"), number("F001-03"));
    assert_eq!(
        of_unit(&totals, "huyen-cho-don")["cell"]["total"],
        json!(number("F001-04"))
    );
    assert_eq!(
        of_unit(&totals, "huyen-pac-nam")["cell"]["total"],
        json!(number("F001-05"))
    );
    for (slug, id) in [
        ("huyen-na-ri", "F001-06"),
        ("huyen-bach-thong", "F001-07"),
        ("huyen-ngan-son", "F001-08"),
    ] {
        let row = of_unit(&totals, slug);
        assert!(
            row["cell"]["total"].as_u64().unwrap() > number(id),
            "{slug} has more than 200"
        );
        assert_eq!(
            row["declared"],
            fact(id)["raw"],
            "{slug} declares a lower bound, never 200 exact"
        );
    }
    assert_eq!(of_field(&totals, "NTM"), number("F001-09"));
    assert_eq!(
        total(&totals, "unclassified"),
        number("F001-01") - number("F001-09")
    );
    let elsewhere = of_unit(&totals, "noi-khac-bac-kan");
    assert_eq!(
        (
            elsewhere["cell"]["total"].as_u64(),
            elsewhere["demonstration"].as_bool()
        ),
        (Some(567), Some(true))
    );
    let cells = compiler.call(
        "unit_figures.get",
        json!({ "unit": unit("tinh-bac-kan"), "cycle": null }),
    );
    let figure = &cells["figures"][0];
    assert_eq!(
        (figure["raw"].as_str(), figure["qualifier"].as_str()),
        (Some("trên 90%"), Some("over"))
    );
}

fn gia_lai(compiler: &Player) {
    let listed = compiler.call("models.list", json!({ "filter": {} }));
    let mut figures: BTreeMap<String, Value> = BTreeMap::new();
    for row in listed["rows"].as_array().unwrap() {
        let view = compiler.call(
            "registrations.get",
            json!({ "registration": row["registration"] }),
        );
        for figure in view["figures"].as_array().unwrap() {
            let of = format!(
                "{}/{}",
                row["name"].as_str().unwrap(),
                figure["name"].as_str().unwrap()
            );
            figures.insert(of, figure.clone());
        }
    }
    let own = compiler.call(
        "unit_figures.get",
        json!({ "unit": unit("bdbp-gia-lai"), "cycle": null }),
    );
    for figure in own["figures"].as_array().unwrap() {
        figures.insert(figure["name"].as_str().unwrap().to_owned(), figure.clone());
    }
    let expected = [
        ("F002-01", "Trình diễn lúa nước/Diện tích trình diễn"),
        ("F002-02", "Trình diễn lúa nước/Số hộ nhân rộng"),
        ("F002-03", "Trình diễn lúa nước/Diện tích nhân rộng"),
        ("F002-04", "Bếp ăn tình thương/Số học sinh"),
        ("F002-05", "Nâng bước em đến trường/Số học sinh được hỗ trợ"),
        (
            "F002-06",
            "Nâng bước em đến trường/Trong đó, nhóm nguồn nêu riêng",
        ),
        ("F002-07", "Nâng bước em đến trường/Mức hỗ trợ"),
        ("F002-08", "Con nuôi đồn Biên phòng/Số trẻ em"),
        ("F002-09", "Con nuôi đồn Biên phòng/Số đồn tham gia"),
        ("F002-10", "Con giống trao tặng"),
        ("F002-11", "Giá trị con giống"),
        ("F002-12", "Ngày công giúp dân"),
        ("F002-13", "Cán bộ tăng cường xã"),
        ("F002-14", "Đảng viên sinh hoạt tại chi bộ thôn, làng"),
        ("F002-15", "Chi bộ thôn, làng"),
        ("F002-16", "Huyện biên giới"),
        ("F002-17", "Chi bộ đã đại hội"),
        ("F002-18", "Đảng viên được phân công"),
        ("F002-19", "Số hộ được phụ trách"),
    ];
    for (id, name) in expected {
        let fact = fact(id);
        let figure = figures
            .get(name)
            .unwrap_or_else(|| panic!("{id}: no figure {name}"));
        assert_eq!(figure["qualifier"], fact["qualifier"], "{id} {name}");
        let published = match &fact["value"] {
            Value::Null => None,
            Value::String(ratio) => ratio.split('/').next().map(str::to_owned),
            number => Some(number.to_string()),
        };
        assert_eq!(
            figure["value"].as_str().map(str::to_owned),
            published,
            "{id} {name}: {figure}"
        );
    }
    let held = &figures["Chi bộ đã đại hội"];
    assert_eq!(
        (held["numerator"].as_str(), held["denominator"].as_str()),
        (Some("48"), Some("48"))
    );
}

#[test]
fn every_published_figure_comes_out_at_the_compilers_device_and_again_after_a_rebuild() {
    let data = tempfile::tempdir().unwrap();
    let played = Command::new(program("cotmoc"))
        .arg("demo")
        .arg("--data")
        .arg(data.path())
        .arg("--once")
        .output()
        .unwrap();
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    type Check = (&'static str, fn(&Player));
    let checks: [Check; 4] = [
        ("tinh-son-la", son_la),
        ("tinh-yen-bai", yen_bai),
        ("tinh-bac-kan", bac_kan),
        ("tinh-gia-lai", gia_lai),
    ];
    for (slug, check) in checks {
        let compiler = Player::open(&data.path().join("devices").join(slug).join("compiler")).unwrap();
        check(&compiler);
        let report = compiler.call("journal.rebuild", Value::Null);
        assert_eq!(report["changed"], 0, "{slug}");
        check(&compiler);
    }
}
