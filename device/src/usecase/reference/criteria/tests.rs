#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;

const PROVINCE: ProvinceId = ProvinceId(uuid::Uuid::nil());
use serde_json::json;

const PUBLISHED: &str = include_str!("../../../../data/criteria-sets.json");

fn sets() -> BTreeMap<RecordId, StoredSet> {
    let list: Value = serde_json::from_str(PUBLISHED).unwrap();
    let mut refused = Vec::new();
    let sets = list["sets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|set| read_set(PROVINCE, set, 1, &mut refused));
    let sets = sets
        .map(|set| (set_record(PROVINCE, &set.view.code, &set.view.version), set))
        .collect();
    assert_eq!(refused, []);
    sets
}

fn set(code: &str, version: &str) -> CriteriaSetView {
    sets()[&set_record(PROVINCE, code, version)].view.clone()
}

fn list(sets: Value) -> String {
    json!({"schema": "dvk.criteria-sets/1", "sets": sets}).to_string()
}

fn told(text: &str) -> Vec<(u64, String, String, String)> {
    let plan = plan_json(PROVINCE, text, &BTreeMap::new()).unwrap();
    plan.refused
        .into_iter()
        .map(|row| (row.row, row.column, row.reason, row.value))
        .collect()
}

fn small(version: &str) -> Value {
    json!({
        "id": "cs", "version": version, "title_vi": "Bộ tiêu chí", "level": "mô hình", "published": true,
        "scale": {"type": "points", "max": 10, "step": 0.5},
        "groups": [{"code": "A", "vi": "Nhóm", "max": 10, "criteria": [
            {"code": "A1", "vi": "Một", "max": 7.5}, {"code": "A2", "vi": "Hai", "max": 2.5}
        ]}],
        "bands": [{"code": "kha", "vi": "Khá", "min": 0}, {"code": "tot", "vi": "Tốt", "min": 8}]
    })
}

#[test]
fn all_published_sets_are_taken() {
    let plan = plan_json(PROVINCE, PUBLISHED, &BTreeMap::new()).unwrap();
    assert_eq!(plan.refused, []);
    let report = plan.report(true);
    assert_eq!((report.good, report.created), (6, 6));
}

#[test]
fn a_set_without_the_points_of_each_criterion_is_taken_with_a_remark_and_not_for_scoring() {
    let plan = plan_json(PROVINCE, PUBLISHED, &BTreeMap::new()).unwrap();
    let told: Vec<(u64, &str, &str)> = plan
        .remarks
        .iter()
        .map(|remark| (remark.row, remark.column.as_str(), remark.code.as_str()))
        .collect();
    assert_eq!(told, [(3, "groups", "no_criteria"), (4, "groups", "no_weights")]);
    assert!(
        plan.remarks[1].params["title"].contains("Quảng Nam"),
        "{:?}",
        plan.remarks[1]
    );
    assert!(plan.may_be_applied(false));
    for (code, version, bar) in [
        ("cs-mo-hinh-100", "1", None),
        ("cs-da-lat-2017", "2017", None),
        ("cs-quang-ngai-dieu-kien", "n/a", None),
        ("cs-bac-kan-dvcq-2017", "1878/2017", Some(ScoringBar::NoCriteria)),
        ("cs-quang-nam-dvcq-2024", "1094/2024", Some(ScoringBar::NoWeights)),
        ("cs-dang-ky-10", "249/MTTQ-BTT 2026", Some(ScoringBar::OtherLevel)),
    ] {
        assert_eq!(scoring_bar(&set(code, version)), bar, "{code}");
    }
}

#[test]
fn one_criterion_without_points_is_enough_to_bar_a_set_for_models() {
    let mut set = set("cs-mo-hinh-100", "1");
    set.groups[2].criteria[1].max = None;
    assert_eq!(scoring_bar(&set), Some(ScoringBar::NoWeights));
    set.groups.clear();
    assert_eq!(scoring_bar(&set), Some(ScoringBar::NoCriteria));
}

#[test]
fn the_hundred_point_set_sums_to_ten_thousand_hundredths() {
    let set = set("cs-mo-hinh-100", "1");
    assert_eq!(
        set.scale,
        ScaleView::Points {
            max: 10_000,
            step: 50
        }
    );
    let criteria = || set.groups.iter().flat_map(|group| &group.criteria);
    assert_eq!(
        criteria().filter_map(|criterion| criterion.max).sum::<i64>(),
        10_000
    );
    assert_eq!(
        set.groups.iter().filter_map(|group| group.max).sum::<i64>(),
        10_000
    );
    assert_eq!(criteria().count(), 13);
    let mandatory: Vec<&str> = criteria()
        .filter(|it| it.mandatory)
        .map(|it| it.code.as_str())
        .collect();
    assert_eq!(mandatory, ["A2", "C1"]);
    assert!(set.constructed);
    assert!(
        set.provenance
            .starts_with("Bộ tiêu chí dựng cho chương trình này")
    );
    let bands: Vec<(&str, i64)> = set
        .bands
        .iter()
        .map(|band| (band.code.as_str(), band.min))
        .collect();
    assert_eq!(
        bands,
        [
            ("xuat_sac", 9_000),
            ("tot", 8_000),
            ("kha", 6_500),
            ("trung_binh", 5_000),
            ("chua_dat", 0)
        ]
    );
    assert_eq!(
        (set.level.as_str(), set.id.clone()),
        ("model", set_record(PROVINCE, "cs-mo-hinh-100", "1").to_string())
    );
}

#[test]
fn a_band_without_a_lower_bound_is_told_but_not_derived() {
    let set = set("cs-bac-kan-dvcq-2017", "1878/2017");
    assert_eq!(set.bands.len(), 1);
    assert_eq!((set.bands[0].code.as_str(), set.bands[0].min), ("tot", 8_000));
    assert!(
        set.provenance.contains("khá") || set.provenance.contains("Khá"),
        "{}",
        set.provenance
    );
    assert_eq!(set.level, "unit");
    assert!(!set.constructed);
    assert_eq!(set.groups, [], "the names of its criteria were not recovered");
}

#[test]
fn other_scales_have_no_points() {
    assert_eq!(set("cs-da-lat-2017", "2017").scale, ScaleView::PassFail);
    let contents = set("cs-dang-ky-10", "249/MTTQ-BTT 2026");
    assert_eq!(
        (contents.scale, contents.level.as_str()),
        (ScaleView::Checklist, "registration")
    );
    assert_eq!(contents.groups[0].criteria.len(), 10);
    let quang_nam = set("cs-quang-nam-dvcq-2024", "1094/2024");
    assert!(
        quang_nam
            .groups
            .iter()
            .flat_map(|group| &group.criteria)
            .all(|criterion| criterion.max.is_none())
    );
}

#[test]
fn a_version_is_immutable_and_the_same_version_is_no_change() {
    let held = sets();
    let again = plan_json(PROVINCE, PUBLISHED, &held).unwrap();
    assert_eq!(again.refused, []);
    let report = again.report(true);
    assert_eq!((report.good, report.created, report.changed), (6, 0, 0));
    let other = PUBLISHED.replace("Khéo chọn việc", "Chọn đúng việc");
    let plan = plan_json(PROVINCE, &other, &held).unwrap();
    assert_eq!(plan.refused, [refusal(1, "version", "version_is_immutable", "1")]);
    assert!(!plan.may_be_applied(false));
    let report = plan.report(false);
    assert_eq!((report.good, report.created, report.changed), (5, 0, 0));
    let bands_only = PUBLISHED.replace("\"min\": 65", "\"min\": 66");
    assert_eq!(plan_json(PROVINCE, &bands_only, &held).unwrap().refused.len(), 1);
}

#[test]
fn another_version_stands_beside_the_first() {
    let first = plan_json(PROVINCE, &list(json!([small("1"), small("2")])), &BTreeMap::new()).unwrap();
    assert_eq!(first.refused, []);
    assert_eq!(first.report(true).created, 2);
    assert_ne!(set_record(PROVINCE, "cs", "1"), set_record(PROVINCE, "cs", "2"));
    assert_ne!(set_record(PROVINCE, "cs-1", ""), set_record(PROVINCE, "cs", "-1"));
}

#[test]
fn points_that_do_not_add_up_are_refused() {
    let mut group = small("1");
    group["groups"][0]["max"] = json!(9);
    let mut whole = small("2");
    whole["scale"]["max"] = json!(20);
    let mut finer = small("3");
    finer["groups"][0]["criteria"][0]["max"] = json!(7.25);
    let mut negative = small("4");
    negative["groups"][0]["criteria"][0]["max"] = json!(-1);
    let refused = told(&list(json!([group, whole, finer, negative])));
    let short: Vec<(u64, &str, &str)> = refused
        .iter()
        .map(|(row, column, reason, _)| (*row, column.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        short,
        [
            (1, "groups.max", "sum_differs"),
            (1, "scale.max", "sum_differs"),
            (2, "scale.max", "sum_differs"),
            (3, "groups.criteria.max", "bad_points"),
            (3, "groups.max", "sum_differs"),
            (4, "groups.criteria.max", "bad_points"),
        ]
    );
}

#[test]
fn a_bonus_comes_on_top_of_the_scale() {
    let mut set = small("1");
    let bonus = json!({"code": "T", "vi": "Thưởng", "bonus": true, "max": 5, "criteria": [{"code": "T1", "vi": "Thưởng", "max": 5}]});
    set["groups"].as_array_mut().unwrap().push(bonus);
    assert_eq!(told(&list(json!([set]))), []);
}

#[test]
fn a_set_that_would_evaluate_persons_has_no_level() {
    let mut set = small("1");
    set["level"] = json!("cá nhân");
    set["groups"][0]["criteria"][1]["code"] = json!("A1");
    set["bands"][0]["min"] = json!(11);
    let refused = told(&list(json!([set])));
    let expected = [
        ("level", "unknown_level", "cá nhân"),
        ("groups.criteria.code", "listed_twice", "A1"),
        ("groups.max", "sum_differs", "10"),
        ("bands.min", "bad_points", "11"),
    ];
    let expected: Vec<_> = expected
        .map(|(column, reason, value)| (1, column.into(), reason.into(), value.into()))
        .to_vec();
    assert_eq!(refused, expected);
}

#[test]
fn points_are_read_from_their_digits() {
    for (text, expected) in [
        ("0", Some(0)),
        ("0.5", Some(50)),
        ("100", Some(10_000)),
        ("7.25", Some(725)),
        ("1.10", Some(110)),
        ("12.0", Some(1_200)),
    ] {
        assert_eq!(hundredths(text), expected, "{text}");
    }
    for text in ["-1", "0.005", "1e3", "", ".", "99999999999999999999", "NaN"] {
        assert_eq!(hundredths(text), None, "{text}");
    }
    assert_eq!(
        (shown_points(750), shown_points(10_000)),
        ("7,5".to_owned(), "100".to_owned())
    );
}
