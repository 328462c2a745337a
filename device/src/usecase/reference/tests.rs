#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The use cases on a real device: its folder, its journal, its grant.

use std::path::Path;
use std::sync::Arc;

use cotmoc_core::access::{Holder, RosterAct};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::{Incarnation, Scope, SigningKey};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Author, GauntletProgram, Unlock, Write};
use uuid::Uuid;

use super::package::crafted;
use super::*;
use crate::DeviceOptions;
use crate::clock::Clock;
use crate::contract::campaigns::CreateCampaign;
use crate::contract::reference::{ListUnits, OpenCycle, ScoringBar, UnitRow};
use crate::store::remote::Remote;
use crate::usecase::campaigns::create_campaign;

const UNITS: &str = include_str!("../../../data/org-units.json");
const SCHEMES: &str = include_str!("../../../data/taxonomy.json");
const CRITERIA: &str = include_str!("../../../data/criteria-sets.json");

/// 22 November 2026, noon in Ha Noi.
const NOW: i64 = 1_795_323_600_000;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> i64 {
        NOW
    }
}

/// A device of Sơn La that holds its grant; the authority's acts are written beside it.
fn device(home: &Path, role: Role) -> Device {
    let options = DeviceOptions {
        clock: Arc::new(Stopped),
        gauntlet: GauntletProgram::this_program().unwrap(),
        state: None,
    };
    let device = Device::open(home, Unlock { passphrase: None }, options).unwrap();
    let authority = Author {
        key: SigningKey::from_seed(&[7; 32]),
        incarnation: Incarnation(1),
    };
    let province = ProvinceId(Uuid::from_u128(14));
    let root_unit = UnitId::from_slug("tinh-son-la");
    let holder = if role == Role::Post {
        Holder::Unit(root_unit)
    } else {
        Holder::Province
    };
    let invitation = Hash32([1; 32]);
    let acts = [
        RosterAct::Founded {
            province,
            name: "Tỉnh Sơn La".into(),
            root_unit,
        },
        RosterAct::Invited {
            invitation,
            role,
            holder,
            holder_name: "Sơn La".into(),
            expires_at: i64::MAX,
            asked: None,
        },
        RosterAct::Granted {
            device: device.author.device(),
            label: "Máy thử".into(),
            invitation,
        },
    ];
    device.ledger.join_province(province, authority.device()).unwrap();
    let scope = Scope::roster(province);
    let acts = acts.map(|act| Write::Act { scope, act });
    device.ledger.write(&authority, NOW, &acts).unwrap();
    let remote = Remote {
        server: String::new(),
        tls_pin: Hash32::ZERO,
        province,
        province_name: "Tỉnh Sơn La".into(),
        authority: authority.device(),
    };
    remote.store(&device.ledger).unwrap();
    device
}

fn file(kind: ReferenceKind, content: &[u8]) -> ImportReference {
    let content_base64 = STANDARD.encode(content);
    ImportReference {
        kind,
        content_base64,
        accept_good_rows: false,
        check_only: false,
    }
}

fn counts(report: &ImportReport) -> (bool, u64, u64, u64, usize) {
    (
        report.applied,
        report.good,
        report.created,
        report.changed,
        report.refused.len(),
    )
}

fn all_units(device: &Device) -> Vec<UnitRow> {
    list_units(
        device,
        ListUnits {
            include_past: true,
            ..ListUnits::default()
        },
    )
    .unwrap()
    .units
}

#[test]
fn a_province_is_set_up_from_the_published_files() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    let report = import(&device, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap();
    assert_eq!(counts(&report), (true, 37, 37, 0, 0));
    let entries = device.ledger.sorted_entry_hashes().unwrap().len();
    let again = import(&device, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap();
    assert_eq!(counts(&again), (true, 37, 0, 0, 0));
    assert_eq!(
        device.ledger.sorted_entry_hashes().unwrap().len(),
        entries,
        "nothing was written"
    );
    assert_eq!(all_units(&device).len(), 37);
    let posts = list_units(
        &device,
        ListUnits {
            query: Some("don bien phong".into()),
            ..ListUnits::default()
        },
    )
    .unwrap();
    assert_eq!(posts.units.len(), 3);

    let schemes = import(&device, file(ReferenceKind::SchemesJson, SCHEMES.as_bytes())).unwrap();
    assert_eq!(counts(&schemes), (true, 10, 10, 0, 0));
    assert_eq!(list_schemes(&device, Nothing {}).unwrap().schemes.len(), 7);
    assert_eq!(
        device.ledger.records_of_kind(RecordKind::Mapping).unwrap().len(),
        3
    );
    let again = import(&device, file(ReferenceKind::SchemesJson, SCHEMES.as_bytes())).unwrap();
    assert_eq!(counts(&again), (true, 10, 0, 0, 0));

    let criteria = import(&device, file(ReferenceKind::CriteriaJson, CRITERIA.as_bytes())).unwrap();
    assert_eq!(counts(&criteria), (true, 6, 6, 0, 0));
    let again = import(&device, file(ReferenceKind::CriteriaJson, CRITERIA.as_bytes())).unwrap();
    assert_eq!(
        counts(&again),
        (true, 6, 0, 0, 0),
        "a stored version is recognised as the same"
    );
    let sets = list_criteria(&device, Nothing {}).unwrap().sets;
    let set = sets.iter().find(|set| set.code == "cs-mo-hinh-100").unwrap();
    assert_eq!(
        criteria::criteria_set(&device, set.id.parse().unwrap())
            .unwrap()
            .as_ref(),
        Some(set)
    );
}

#[test]
fn a_version_that_stands_is_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Administrator);
    import(&device, file(ReferenceKind::CriteriaJson, CRITERIA.as_bytes())).unwrap();
    let before = list_criteria(&device, Nothing {}).unwrap();
    let other = CRITERIA.replace("Khéo chọn việc", "Chọn đúng việc");
    let mut request = file(ReferenceKind::CriteriaJson, other.as_bytes());
    request.accept_good_rows = true;
    let report = import(&device, request).unwrap();
    assert_eq!(counts(&report), (true, 5, 0, 0, 1));
    assert_eq!(
        (
            report.refused[0].reason.as_str(),
            report.refused[0].value.as_str()
        ),
        ("version_is_immutable", "1")
    );
    assert_eq!(list_criteria(&device, Nothing {}).unwrap(), before);
}

#[test]
fn a_bad_row_or_a_mere_check_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    let mut check = file(ReferenceKind::UnitsJson, UNITS.as_bytes());
    check.check_only = true;
    assert_eq!(counts(&import(&device, check).unwrap()), (false, 37, 37, 0, 0));
    let bad = UNITS.replace("\"id\": \"don-muong-lan\"", "\"id\": \"\"");
    let mut request = file(ReferenceKind::UnitsJson, bad.as_bytes());
    let report = import(&device, request.clone()).unwrap();
    assert_eq!(counts(&report), (false, 36, 36, 0, 1));
    assert_eq!(
        (
            report.refused[0].column.as_str(),
            report.refused[0].reason.as_str()
        ),
        ("id", "missing")
    );
    assert_eq!(all_units(&device), []);
    request.accept_good_rows = true;
    assert_eq!(counts(&import(&device, request).unwrap()), (true, 36, 36, 0, 1));
    assert_eq!(all_units(&device).len(), 36);
}

#[test]
fn the_template_that_a_device_gives_can_be_filled_in_and_imported() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    import(&device, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap();
    let template = unit_template(&device, Nothing {}).unwrap();
    assert!(template.file_name.ends_with(".xlsx"));
    let bytes = STANDARD.decode(&template.content_base64).unwrap();
    let report = import(&device, file(ReferenceKind::UnitsXlsx, &bytes)).unwrap();
    assert_eq!(
        counts(&report),
        (false, 0, 0, 0, 0),
        "the demonstration rows belong to no province"
    );

    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Đơn vị").unwrap();
    let rows = [
        [
            "Mã đơn vị",
            "Tên đơn vị",
            "Cấp",
            "Mã đơn vị cấp trên",
            "Dữ liệu minh họa",
        ],
        [
            "tram-vi-du",
            "Trạm Biên phòng Ví Dụ (minh họa)",
            "Trạm Biên phòng",
            "don-muong-lan",
            "có",
        ],
    ];
    for (row, cells) in (0u32..).zip(rows) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let report = import(&device, file(ReferenceKind::UnitsXlsx, &bytes)).unwrap();
    assert_eq!(counts(&report), (true, 1, 1, 0, 0));
    let found = list_units(
        &device,
        ListUnits {
            query: Some("tram bien phong".into()),
            ..ListUnits::default()
        },
    )
    .unwrap();
    assert_eq!(
        (
            found.units.len(),
            found.units[0].depth,
            found.units[0].demonstration
        ),
        (1, 4, true)
    );
}

#[test]
fn a_post_may_not_import_and_an_administrator_may_not_open_a_cycle() {
    let home = tempfile::tempdir().unwrap();
    let post = device(home.path(), Role::Post);
    let problem = import(&post, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap_err();
    assert_eq!(problem.code, "role_may_not");
    let home = tempfile::tempdir().unwrap();
    let administrator = device(home.path(), Role::Administrator);
    import(
        &administrator,
        file(ReferenceKind::SchemesJson, SCHEMES.as_bytes()),
    )
    .unwrap();
    assert_eq!(
        open_cycle(&administrator, cycle(2026)).unwrap_err().code,
        "role_may_not"
    );
}

fn cycle(year: i32) -> OpenCycle {
    OpenCycle {
        year,
        opens: Some("2026-01-05".into()),
        closes: None,
        scheme: "scheme-son-la-2021".into(),
        criteria: None,
        expected_units: vec![UnitId::from_slug("don-muong-lan").to_string()],
    }
}

#[test]
fn a_cycle_names_its_scheme_and_there_is_one_a_year() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    assert_eq!(open_cycle(&device, cycle(2026)).unwrap_err().code, "unknown_unit");
    import(&device, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap();
    assert_eq!(
        open_cycle(&device, cycle(2026)).unwrap_err().code,
        "unknown_scheme"
    );
    import(&device, file(ReferenceKind::SchemesJson, SCHEMES.as_bytes())).unwrap();
    let mut pinned = cycle(2026);
    pinned.criteria = Some(Uuid::nil().to_string());
    assert_eq!(
        open_cycle(&device, pinned.clone()).unwrap_err().code,
        "unknown_criteria"
    );
    import(&device, file(ReferenceKind::CriteriaJson, CRITERIA.as_bytes())).unwrap();
    let id = criteria::set_record(
        device.me().unwrap().province,
        "cs-dang-ky-10",
        "249/MTTQ-BTT 2026",
    )
    .to_string();
    pinned.criteria = Some(id.to_uppercase());
    let opened = open_cycle(&device, pinned).unwrap();
    assert_eq!(opened.criteria, Some(id));
    assert_eq!(
        opened
            .fields
            .iter()
            .map(|field| field.code.as_str())
            .collect::<Vec<_>>(),
        ["HTCT", "KT", "VHXH", "QPAN"]
    );
    assert!(opened.scheme_owner.contains("Sơn La"));
    assert_eq!(open_cycle(&device, cycle(2026)).unwrap_err().code, "cycle_exists");
    let older = open_cycle(&device, cycle(2025)).unwrap();
    let listed = list_cycles(&device, Nothing {}).unwrap().cycles;
    assert_eq!(
        listed,
        [opened, older],
        "newest first, and read back as they were answered"
    );
}

#[test]
fn a_campaign_pins_only_a_set_that_models_can_be_scored_with() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    let imported = import(&device, file(ReferenceKind::CriteriaJson, CRITERIA.as_bytes())).unwrap();
    assert_eq!(imported.remarks.len(), 2);
    let list = list_criteria(&device, Nothing {}).unwrap();
    let barred: Vec<(&str, ScoringBar)> = list
        .not_for_scoring
        .iter()
        .map(|barred| {
            let set = list.sets.iter().find(|set| set.id == barred.id).unwrap();
            (set.code.as_str(), barred.reason)
        })
        .collect();
    assert_eq!(
        barred,
        [
            ("cs-bac-kan-dvcq-2017", ScoringBar::NoCriteria),
            ("cs-dang-ky-10", ScoringBar::OtherLevel),
            ("cs-quang-nam-dvcq-2024", ScoringBar::NoWeights),
        ]
    );
    for set in &list.sets {
        let created = create_campaign(
            &device,
            CreateCampaign {
                year: 2026,
                title: format!("Khảo sát theo {}", set.code),
                basis: String::new(),
                criteria: set.id.clone(),
                personal_data_checked: false,
            },
        );
        match barred.iter().find(|(code, _)| *code == set.code) {
            None => assert_eq!(created.unwrap().criteria, set.id),
            Some((_, reason)) => {
                let problem = created.unwrap_err();
                assert_eq!(problem.code, "criteria_not_for_scoring");
                assert_eq!(problem.params["criteria"], set.title);
                assert_eq!(problem.params["why"], reason.code());
            }
        }
    }
    assert_eq!(
        device.ledger.records_of_kind(RecordKind::Campaign).unwrap().len(),
        3
    );
}

#[test]
fn a_hostile_workbook_is_a_problem_and_leaves_the_device_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    import(&device, file(ReferenceKind::UnitsJson, UNITS.as_bytes())).unwrap();
    let entries = device.ledger.sorted_entry_hashes().unwrap();
    let bomb = crafted::with_part("xl/media/image1.png", vec![0; 70 * 1024 * 1024]);
    let mut lying = bomb.clone();
    crafted::declare(&mut lying, "xl/media/image1.png", 1_000);
    let announcing = crafted::with_text("xl/sharedStrings.xml", |text| {
        text.replacen("<sst ", "<sst uniqueCount=\"99999999999\" ", 1)
    });
    let cut_off = crafted::packed(&crafted::parts())[..1_000].to_vec();
    for (bytes, code) in [
        (bomb, "file_too_large"),
        (lying, "import_not_readable"),
        (announcing, "file_too_large"),
        (cut_off, "import_not_readable"),
    ] {
        let mut request = file(ReferenceKind::UnitsXlsx, &bytes);
        request.accept_good_rows = true;
        assert_eq!(import(&device, request).unwrap_err().code, code);
        assert_eq!(device.ledger.sorted_entry_hashes().unwrap(), entries);
    }
}

#[test]
fn a_damaged_file_is_a_problem_and_leaves_the_device_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let device = device(home.path(), Role::Compiler);
    for kind in [
        ReferenceKind::UnitsJson,
        ReferenceKind::UnitsXlsx,
        ReferenceKind::SchemesJson,
        ReferenceKind::CriteriaJson,
    ] {
        let problem = import(&device, file(kind, b"{ \"schema\": ")).unwrap_err();
        assert_eq!(problem.code, "import_not_readable", "{kind:?}");
    }
    let problem = list_units(
        &device,
        ListUnits {
            day: Some("hôm nay".into()),
            ..ListUnits::default()
        },
    )
    .unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.params["what"].as_str()),
        ("bad_request", "day")
    );
    let unknown = ListUnits {
        within: Some(Uuid::nil().to_string()),
        ..ListUnits::default()
    };
    assert_eq!(list_units(&device, unknown).unwrap_err().code, "unknown_unit");
}
