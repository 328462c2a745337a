//! The demonstration gives the published figures at each province's compiler, who entered none of them.

use std::collections::BTreeMap;
use std::process::Command;

use cotmoc_core::text::figure;
use cotmoc_tests::fleet::{Player, program, unit};
use serde_json::{Value, json};

use crate::entered::{Cycle, by_others, in_time, registrations};
use crate::facts::Facts;

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

/// Figures that a unit gives of itself, by name.
fn given_by(compiler: &Player, slug: &str) -> BTreeMap<String, Value> {
    let view = compiler.call("unit_figures.get", json!({ "unit": unit(slug), "cycle": null }));
    let figures = view["figures"].as_array().unwrap().iter();
    figures
        .map(|figure| (figure["name"].as_str().unwrap().to_owned(), figure.clone()))
        .collect()
}

fn son_la(facts: &Facts, compiler: &Player) {
    unnamed_are_labelled(compiler);
    let guard = compiler.call("totals.get", json!({ "unit": unit("bdbp-son-la") }));
    assert_eq!(total(&guard, "total"), facts.number("F000-01"));
    assert_eq!(of_field(&guard, "HTCT"), facts.number("F000-02"));
    assert_eq!(of_field(&guard, "KT"), facts.number("F000-03"));
    assert_eq!(of_field(&guard, "VHXH"), facts.number("F000-04"));
    assert_eq!(of_field(&guard, "QPAN"), facts.number("F000-05"));
    assert_eq!(
        total(&guard, "not_split"),
        facts.number("F000-01"),
        "the source does not split new from maintained"
    );
    let visits = compiler.call("visits.list", Value::Null);
    let visit = &visits["visits"][0];
    assert_eq!(
        visit["day"],
        facts.get("F000-06")["value"],
        "a day without a year stays one"
    );
    assert_eq!(visit["delegation_number"], facts.number("F000-07"));
    let (first, last) = facts.text("F000-08", "value").split_once('/').unwrap();
    let year = guard["year"].to_string();
    assert!(
        first <= year.as_str() && year.as_str() <= last,
        "{year} is of the programme's period"
    );
}

/// What the source does not name is said to be demonstration data, in these words.
fn unnamed_are_labelled(compiler: &Player) {
    let rows = registrations(compiler);
    let named = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(named("Mô hình (nguồn không nêu tên) 01")["demonstration"], true);
    assert_eq!(named("Bữa sáng cho em")["demonstration"], false);
    let campaigns = compiler.call("campaigns.list", Value::Null);
    assert_eq!(
        campaigns["campaigns"][0]["title"],
        "Khảo sát mô hình “Dân vận khéo” (dữ liệu minh họa)"
    );
}

fn yen_bai(facts: &Facts, compiler: &Player) {
    let totals = compiler.call("totals.get", json!({ "unit": unit("huyen-luc-yen") }));
    assert_eq!(total(&totals, "total"), facts.number("F003-01"));
    for (field, id) in [
        ("KT", "F003-02"),
        ("VHXH", "F003-03"),
        ("QPAN", "F003-04"),
        ("HTCT", "F003-05"),
        ("NTM", "F003-06"),
    ] {
        assert_eq!(of_field(&totals, field), facts.number(id), "{field}");
    }
    assert_eq!(total(&totals, "not_split"), facts.number("F003-01"));
    // The headline rounds the same quantity, so it is entered nowhere: what is counted lies above its bound.
    assert_eq!(facts.text("F003-07", "qualifier"), "over");
    assert!(total(&totals, "total") > facts.number("F003-07"));
    assert!(given_by(compiler, "huyen-luc-yen").is_empty());
}

fn bac_kan(facts: &Facts, compiler: &Player) {
    let totals = compiler.call("totals.get", json!({}));
    assert_eq!(total(&totals, "total"), facts.number("F001-01"));
    assert_eq!(total(&totals, "new"), facts.number("F001-02"));
    assert_eq!(total(&totals, "maintained"), facts.number("F001-03"));
    let count = |slug: &str| of_unit(&totals, slug)["cell"]["total"].as_u64().unwrap();
    assert_eq!(count("huyen-cho-don"), facts.number("F001-04"));
    assert_eq!(count("huyen-pac-nam"), facts.number("F001-05"));
    for (slug, id) in [
        ("huyen-na-ri", "F001-06"),
        ("huyen-bach-thong", "F001-07"),
        ("huyen-ngan-son", "F001-08"),
    ] {
        assert!(count(slug) > facts.number(id), "{slug} has more than 200");
        assert!(
            count(slug) < count("huyen-cho-don"),
            "Chợ Đồn is said to have the most"
        );
        assert_eq!(
            of_unit(&totals, slug)["declared"],
            facts.get(id)["raw"],
            "{slug} declares a lower bound, never 200 exact"
        );
        facts.are_said_by(id, &given_by(compiler, slug)["Tổng số mô hình"]);
    }
    let bounds = totals["footnotes"].as_array().unwrap();
    let bounds = bounds.iter().find(|note| note["code"] == "lower_bound").unwrap();
    assert_eq!(bounds["count"], 3);
    assert_eq!(of_field(&totals, "NTM"), facts.number("F001-09"));
    assert_eq!(
        total(&totals, "unclassified"),
        facts.number("F001-01") - facts.number("F001-09")
    );
    let elsewhere = of_unit(&totals, "noi-khac-bac-kan");
    assert_eq!(elsewhere["cell"]["total"], 567);
    assert_eq!(elsewhere["demonstration"], true);
    share_of_cells(
        facts,
        &given_by(compiler, "tinh-bac-kan")["Chi bộ, đảng bộ cơ sở có mô hình đăng ký"],
    );
}

/// "trên 90%" is kept as written and read as 90 of "%"; the fact gives the same share as a ratio. The source
/// has neither part nor whole, so none is made up.
fn share_of_cells(facts: &Facts, share: &Value) {
    assert_eq!(share["raw"], facts.get("F001-10")["raw"]);
    assert_eq!(share["qualifier"], facts.get("F001-10")["qualifier"]);
    assert_eq!((&share["value"], &share["unit"]), (&json!("90"), &json!("%")));
    assert_eq!(facts.text("F001-10", "unit"), "tỷ lệ");
    let ratio = figure::read(share["raw"].as_str().unwrap()).stated_ratio();
    assert_eq!(ratio.unwrap().en(), facts.get("F001-10")["value"].to_string());
    assert_eq!(
        (&share["numerator"], &share["denominator"]),
        (&Value::Null, &Value::Null)
    );
}

fn gia_lai(facts: &Facts, compiler: &Player) {
    let mut figures = given_by(compiler, "bdbp-gia-lai");
    for row in registrations(compiler) {
        let view = compiler.call(
            "registrations.get",
            json!({ "registration": row["registration"] }),
        );
        for figure in view["figures"].as_array().unwrap() {
            let name = (row["name"].as_str().unwrap(), figure["name"].as_str().unwrap());
            figures.insert(format!("{}/{}", name.0, name.1), figure.clone());
        }
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
    assert_eq!(figures.len(), expected.len(), "and no figure beside them");
    for (id, name) in expected {
        let figure = figures
            .get(name)
            .unwrap_or_else(|| panic!("{id}: no figure {name}"));
        facts.are_said_by(id, figure);
        assert_eq!(figure["period"], facts.text(id, "period"), "{id}: {figure}");
    }
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
    let facts = Facts::read();
    // The sources give these: "thực hiện năm 2021", "bài 04/3/2024" and the day of the fourth report. The
    // first names only its programme's period; the year and the days of those two are the demonstration's.
    let cycle = |year, declared: &str, expected| Cycle {
        year,
        declared: declared.to_owned(),
        expected,
    };
    assert!(facts.text("F001-01", "period").contains("năm 2021"));
    assert!(facts.text("F003-01", "period").contains("04/3/2024"));
    let of_report = facts.text("F002-20", "value").to_owned();
    type Check = fn(&Facts, &Player);
    let provinces: [(&str, Cycle, Check); 4] = [
        (
            "tinh-son-la",
            cycle(
                2024,
                "2024-03-15",
                &["bdbp-son-la", "don-muong-lan", "don-chieng-tuong", "don-long-sap"],
            ),
            son_la,
        ),
        (
            "tinh-yen-bai",
            cycle(2024, "2024-03-04", &["huyen-luc-yen"]),
            yen_bai,
        ),
        (
            "tinh-bac-kan",
            cycle(
                2021,
                "2021-03-15",
                &[
                    "huyen-cho-don",
                    "huyen-pac-nam",
                    "huyen-na-ri",
                    "huyen-bach-thong",
                    "huyen-ngan-son",
                ],
            ),
            bac_kan,
        ),
        (
            "tinh-gia-lai",
            cycle(2020, &of_report, &["bdbp-gia-lai"]),
            gia_lai,
        ),
    ];
    for (slug, cycle, check) in provinces {
        let compiler = Player::open(&data.path().join("devices").join(slug).join("compiler")).unwrap();
        check(&facts, &compiler);
        in_time(&compiler, &cycle);
        by_others(&compiler);
        let report = compiler.call("journal.rebuild", Value::Null);
        assert_eq!(report["changed"], 0, "{slug}");
        check(&facts, &compiler);
    }
    // How often a department reports, and the period of a programme that registers no models.
    assert_eq!(facts.not_asked(), ["F004-01", "F004-02"]);
}
