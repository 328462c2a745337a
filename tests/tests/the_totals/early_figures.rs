//! Figures that a unit saved before it knew of any cycle.

use cotmoc_core::org::UnitId;
use cotmoc_sync_server::{Server, Settings};
use cotmoc_tests::fleet::{Player, SCHEMES, UNITS, gauntlet, import, unit};
use serde_json::{Value, json};

/// A province without a cycle: its compiler, and two devices of one post.
struct Young {
    compiler: Player,
    one: Player,
    two: Player,
    _server: cotmoc_sync_server::RunningServer,
    _folder: tempfile::TempDir,
}

impl Young {
    fn province() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let server = Server::start(Settings::new(folder.path().join("server"), gauntlet())).unwrap();
        let founded = server
            .found_province("Tỉnh Sơn La", UnitId::from_slug("tinh-son-la"))
            .unwrap();
        let enrol = |name: &str, invitation: &str| {
            let player = Player::open(&folder.path().join(name)).unwrap();
            player.call(
                "enrolment.accept",
                json!({ "invitation": invitation, "label": name }),
            );
            player.exchange();
            player
        };
        let invite = |by: &Player, request: Value| {
            let made = by.call("enrolment.invite", request);
            by.exchange();
            made["invitation"].as_str().unwrap().to_owned()
        };
        let administrator = enrol("administrator", &founded.invitation.to_text());
        let asked = invite(&administrator, json!({ "role": "compiler", "valid_days": 7 }));
        let compiler = enrol("compiler", &asked);
        import(&compiler, "units_json", UNITS.as_bytes());
        import(&compiler, "schemes_json", SCHEMES.as_bytes());
        compiler.exchange();
        let post = |name: &str| {
            let request = json!({ "role": "post", "unit": unit("don-muong-lan"), "valid_days": 7 });
            enrol(name, &invite(&compiler, request))
        };
        let (one, two) = (post("one"), post("two"));
        Self {
            compiler,
            one,
            two,
            _server: server,
            _folder: folder,
        }
    }

    fn open_cycle(&self) {
        self.compiler.call(
            "cycles.open",
            json!({ "year": 2024, "scheme": "scheme-son-la-2021" }),
        );
        self.compiler.exchange();
    }
}

fn figure(name: &str, raw: &str) -> Value {
    json!({ "name": name, "raw": raw, "unit": "", "period": "" })
}

/// Names and texts of the figures that a screen shows.
fn shown(at: &Player) -> Vec<(String, String)> {
    let view = at.call("unit_figures.get", json!({ "unit": unit("don-muong-lan") }));
    let text = |figure: &Value, name: &str| figure[name].as_str().unwrap().to_owned();
    let figures = view["figures"].as_array().unwrap();
    let mut shown: Vec<_> = figures
        .iter()
        .map(|figure| (text(figure, "name"), text(figure, "raw")))
        .collect();
    shown.sort();
    shown
}

fn both(days: &str, cows: &str) -> Vec<(String, String)> {
    vec![
        ("Con giống".to_owned(), cows.to_owned()),
        ("Ngày công".to_owned(), days.to_owned()),
    ]
}

#[test]
fn figures_saved_before_the_cycle_are_there_when_it_has_come() {
    let young = Young::province();
    let early = [figure("Ngày công", "trên 200"), figure("Con giống", "45")];
    young.one.call("unit_figures.save", json!({ "figures": early }));
    assert_eq!(shown(&young.one), both("trên 200", "45"));
    young.one.exchange();
    young.open_cycle();
    assert_eq!(
        shown(&young.compiler),
        both("trên 200", "45"),
        "before the unit's device has carried them over"
    );
    young.one.exchange();
    young.one.call("home.get", Value::Null);
    let view = young.one.call("unit_figures.get", json!({}));
    assert_ne!(view["cycle"], Value::Null);
    assert_eq!(shown(&young.one), both("trên 200", "45"));
    young.one.exchange();
    young.two.exchange();
    young.compiler.exchange();
    for device in [&young.one, &young.two, &young.compiler] {
        assert_eq!(shown(device), both("trên 200", "45"));
    }
    let totals = young
        .compiler
        .call("totals.get", json!({ "unit": unit("don-muong-lan") }));
    assert_eq!(totals["figures"], 2);
    let rows = totals["rows"].as_array().unwrap();
    assert_eq!(rows[0]["figures"], 2, "a unit's row leads to them");
    young.compiler.call(
        "cycles.open",
        json!({ "year": 2025, "scheme": "scheme-son-la-2021" }),
    );
    assert_eq!(
        shown(&young.compiler),
        [],
        "they belong to the cycle that came first"
    );
}

#[test]
fn a_figure_changed_while_another_device_carried_it_over_is_not_lost() {
    let young = Young::province();
    let saved = young.one.call(
        "unit_figures.save",
        json!({ "figures": [figure("Ngày công", "200"), figure("Con giống", "45")] }),
    );
    young.one.exchange();
    young.two.exchange();
    let figures = saved["figures"].as_array().unwrap();
    let days = figures
        .iter()
        .find(|figure| figure["name"] == "Ngày công")
        .unwrap()
        .clone();
    let days = json!({ "id": days["id"], "name": "Ngày công", "raw": "250", "unit": "", "period": "" });
    young.two.call("unit_figures.save", json!({ "figures": [days] }));
    young.open_cycle();
    young.one.exchange();
    young.one.call("home.get", Value::Null);
    young.one.exchange();
    young.two.exchange();
    young.two.call("home.get", Value::Null);
    young.two.exchange();
    young.one.exchange();
    young.compiler.exchange();
    let wanted: Vec<(String, String)> = [("Con giống", "45"), ("Ngày công", "200"), ("Ngày công", "250")]
        .map(|(name, raw)| (name.to_owned(), raw.to_owned()))
        .to_vec();
    for device in [&young.one, &young.two, &young.compiler] {
        assert_eq!(shown(device), wanted, "both texts stand, a person decides");
    }
}

#[test]
fn typing_of_figures_before_the_cycle_is_kept_for_it() {
    let young = Young::province();
    let before = young.one.call("unit_figures.get", json!({}));
    let typed = json!({ "record": before["record"], "contents": { "new": "trên 30" } });
    young.one.call("typing.keep", typed);
    young.open_cycle();
    young.one.exchange();
    let after = young.one.call("unit_figures.get", json!({}));
    assert_ne!(after["record"], before["record"]);
    assert_eq!(after["unfinished"]["contents"]["new"], "trên 30");
}
