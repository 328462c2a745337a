#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;

const PROVINCE: ProvinceId = ProvinceId(uuid::Uuid::nil());
use serde_json::json;

const PUBLISHED: &str = include_str!("../../../../data/taxonomy.json");

fn plan(text: &str) -> Plan {
    plan_json(PROVINCE, text, &BTreeMap::new(), &BTreeMap::new()).unwrap()
}

fn read(text: &str) -> BTreeMap<RecordId, StoredScheme> {
    let list: Value = serde_json::from_str(text).unwrap();
    let mut refused = Vec::new();
    let fields = read_fields(list["fields"].as_array().unwrap(), &mut refused);
    let schemes = list["schemes"].as_array().unwrap().iter();
    let read = schemes
        .filter_map(|value| read_scheme(value, 1, &fields, &mut refused))
        .collect::<Vec<_>>();
    assert_eq!(refused, []);
    read.into_iter()
        .map(|scheme| (scheme_record(PROVINCE, &scheme.id), scheme))
        .collect()
}

fn told(plan: &Plan) -> Vec<(u64, &str, &str, &str)> {
    let refused = plan.refused.iter();
    refused
        .map(|row| {
            (
                row.row,
                row.column.as_str(),
                row.reason.as_str(),
                row.value.as_str(),
            )
        })
        .collect()
}

#[test]
fn the_published_schemes_and_mappings_are_taken_whole() {
    let plan = plan(PUBLISHED);
    assert_eq!(told(&plan), []);
    let report = plan.report(true);
    assert_eq!(
        (report.good, report.created, report.changed),
        (10, 10, 0),
        "seven schemes, three mappings"
    );
}

#[test]
fn a_scheme_carries_its_own_labels_and_only_the_fields_it_lists() {
    let schemes = read(PUBLISHED);
    let row = SchemeRow::from(schemes[&scheme_record(PROVINCE, "scheme-son-la-2021")].clone());
    assert_eq!(row.owner, "BCĐ thực hiện QCDC ở cơ sở tỉnh Sơn La (BĐBP tỉnh)");
    let vi: Vec<&str> = row.fields.iter().map(|field| field.vi.as_str()).collect();
    assert_eq!(
        vi,
        [
            "Xây dựng Đảng và hệ thống chính trị",
            "Phát triển kinh tế",
            "Văn hóa, xã hội",
            "Quốc phòng, an ninh"
        ]
    );
    assert_eq!(row.fields[1].en, "Economy");
    let bac_kan = &schemes[&scheme_record(PROVINCE, "scheme-bac-kan-2021")];
    let fields: Vec<(&str, &str)> = bac_kan
        .fields
        .iter()
        .map(|field| (field.code.as_str(), field.vi.as_str()))
        .collect();
    assert_eq!(
        fields,
        [("NTM", "Xây dựng nông thôn"), ("KHAC", "Chưa phân loại / khác")]
    );
}

#[test]
fn a_record_of_a_scheme_reads_as_the_row_that_screens_show() {
    let schemes = read(PUBLISHED);
    let stored = schemes[&scheme_record(PROVINCE, "scheme-yen-bai-2023")].clone();
    let json = serde_json::to_string(&stored).unwrap();
    assert_eq!(
        serde_json::from_str::<SchemeRow>(&json).unwrap(),
        SchemeRow::from(stored)
    );
}

#[test]
fn importing_the_same_schemes_again_changes_nothing() {
    let held = read(PUBLISHED);
    let again = plan_json(PROVINCE, PUBLISHED, &held, &BTreeMap::new())
        .unwrap()
        .report(true);
    assert_eq!((again.good, again.created, again.changed), (10, 3, 0));
    let renamed = PUBLISHED.replace("Huyện ủy Lục Yên", "Huyện uỷ Lục Yên (mới)");
    assert_eq!(
        plan_json(PROVINCE, &renamed, &held, &BTreeMap::new())
            .unwrap()
            .report(true)
            .changed,
        1
    );
}

#[test]
fn what_does_not_fit_is_named_by_row_and_property() {
    let text = json!({
        "schema": "dvk.taxonomy/1",
        "fields": [{"code": "KT", "vi": "Kinh tế", "en": "Economy"}],
        "schemes": [
            {"id": "a", "owner": "Tỉnh A", "fields": ["KT", "XX", "KT"], "labels": {"NTM": "nông thôn"}},
            {"id": "b", "fields": ["KT"]},
            {"id": "c", "owner": "Tỉnh C", "fields": []},
            {"id": "d", "owner": "Tỉnh D", "fields": ["KT"]},
            {"id": "d", "owner": "Tỉnh D", "fields": ["KT"]},
            "e"
        ],
        "mappings": [
            {"from_scheme": "d", "to_scheme": "a", "rules": []},
            {"from_scheme": "d", "to_scheme": "d", "rules": [
                {"source": "KT", "target": null, "kind": "exact"},
                {"source": "NTM", "target": "KHAC", "kind": "gần giống"},
                {"source": "KHAC", "target": "KT", "kind": "manual"}
            ]}
        ]
    });
    let plan = plan(&text.to_string());
    assert_eq!(
        told(&plan),
        [
            (1, "schemes.fields", "unknown_field", "XX"),
            (1, "schemes.fields", "listed_twice", "KT"),
            (1, "schemes.labels", "unknown_field", "NTM"),
            (2, "schemes.owner", "missing", ""),
            (3, "schemes.fields", "missing", "[]"),
            (5, "schemes.id", "listed_twice", "d"),
            (6, "schemes", "wrong_kind", "e"),
            (1, "mappings.to_scheme", "unknown_scheme", "a"),
            (2, "mappings.rules.target", "missing", ""),
            (2, "mappings.rules.source", "unknown_field", "NTM"),
            (2, "mappings.rules.kind", "unknown_value", "gần giống"),
            (2, "mappings.rules.target", "unknown_value", "KT"),
        ]
    );
    assert_eq!(plan.report(false).good, 1);
}

#[test]
fn a_label_of_one_word_or_none_does_not_panic() {
    assert_eq!(capitalised("đời sống"), "Đời sống");
    assert_eq!(capitalised(""), "");
}
