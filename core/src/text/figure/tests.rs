#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use proptest::prelude::*;

fn decimal(units: i64, scale: u8) -> Decimal {
    Decimal::new(units, scale).unwrap()
}

fn whole(number: i64) -> Option<Decimal> {
    Some(decimal(number, 0))
}

#[test]
fn the_acceptance_vectors_read_as_published() {
    assert_eq!(read("2.011").value, whole(2011));
    assert_eq!(read("75,6").value, Some(decimal(756, 1)));
    assert_eq!(read("05").value, whole(5));
    let share = read("1.274/2.011");
    assert_eq!((share.numerator(), share.denominator), (whole(1274), whole(2011)));
    let rate = read("500.000đ/cháu/tháng");
    assert_eq!(rate.value, whole(500_000));
    assert_eq!(rate.unit_label().as_deref(), Some("VND/cháu/tháng"));
    assert!(rate.is_money());
    for raw in ["2.011", "75,6", "05", "1.274/2.011", "500.000đ/cháu/tháng"] {
        assert!(!read(raw).ambiguous, "{raw} is plain to the field");
        assert_eq!(read(raw).qualifier, Qualifier::Exact, "{raw}");
    }
}

/// Every counted figure of the five sources, from the file that records them as printed.
#[test]
fn every_published_figure_reads_as_recorded() {
    let facts: serde_json::Value =
        serde_json::from_str(include_str!("../../../testdata/seed-facts.json")).unwrap();
    let mut read_count = 0;
    for fact in facts["facts"].as_array().unwrap() {
        let text = |key: &str| fact[key].as_str().unwrap_or_default();
        if !matches!(
            text("kind"),
            "count" | "area" | "money" | "money_rate" | "ratio" | "fraction"
        ) {
            continue;
        }
        read_count += 1;
        let (id, raw) = (text("id"), text("raw"));
        // One fact gives the bare number and leaves "khoảng" in the quote.
        let approximate = format!("khoảng {raw}");
        let reading = read(if text("quote").contains(&approximate) {
            &approximate
        } else {
            raw
        });
        let qualifier = serde_json::to_value(reading.qualifier).unwrap();
        assert_eq!(qualifier, fact["qualifier"], "{id} {raw}");
        assert_eq!(reading.doubt, None, "{id} {raw}");
        let expected = match &fact["value"] {
            serde_json::Value::Null => None,
            serde_json::Value::String(share) => {
                let (part, of) = share.split_once('/').unwrap();
                assert_eq!(reading.denominator, read(of).value, "{id}");
                read(part).value
            }
            // The file writes ratios and areas as JSON numbers; their text is exact.
            number => read(&number.to_string().replace('.', ",")).value,
        };
        let value = match text("kind") {
            "ratio" => reading.stated_ratio(),
            _ => reading.value,
        };
        assert_eq!(value, expected, "{id} {raw}");
    }
    assert_eq!(read_count, 41, "all counted figures of the file were read");
}

#[test]
fn words_before_and_after_the_number_qualify_it() {
    let cases = [
        ("trên 200", Qualifier::Over),
        ("hơn 200", Qualifier::Over),
        ("> 200", Qualifier::Over),
        ("khoảng 75,6 ha", Qualifier::Approx),
        ("gần 200", Qualifier::Approx),
        ("~200", Qualifier::Approx),
        ("ước tính khoảng 200", Qualifier::Approx),
        ("khoảng trên 200", Qualifier::Over),
        ("ít nhất 200", Qualifier::AtLeast),
        ("từ 200 trở lên", Qualifier::AtLeast),
        ("200 hộ trở lên", Qualifier::AtLeast),
        ("200+", Qualifier::AtLeast),
        ("≥200", Qualifier::AtLeast),
        ("không dưới 200", Qualifier::AtLeast),
        ("dưới 5", Qualifier::Under),
        ("chưa đến 200", Qualifier::Under),
        ("ít hơn 200", Qualifier::Under),
        ("không quá 200", Qualifier::AtMost),
        ("200 trở xuống", Qualifier::AtMost),
        ("có 200", Qualifier::Exact),
    ];
    for (raw, qualifier) in cases {
        let reading = read(raw);
        assert_eq!((reading.qualifier, reading.doubt), (qualifier, None), "{raw}");
        assert!(reading.value.is_some(), "{raw}");
    }
}

#[test]
fn words_may_be_typed_without_marks_but_not_with_other_marks() {
    assert_eq!(read("tren 200").qualifier, Qualifier::Over);
    assert_eq!(read("KHOẢNG 75,6 HA").unit.as_deref(), Some("ha"));
    let other = read("khoang 75,6 hec-ta");
    assert_eq!(
        (other.qualifier, other.unit.as_deref()),
        (Qualifier::Approx, Some("ha"))
    );
    let unrelated = read("gân 200");
    assert_eq!(
        (unrelated.qualifier, unrelated.doubt),
        (Qualifier::Exact, Some(Doubt::UnusedText))
    );
}

#[test]
fn thousands_millions_and_billions_are_multiplied_out() {
    let cases = [
        ("45 triệu đồng", 45_000_000),
        ("45tr", 45_000_000),
        ("500k", 500_000),
        ("200 nghìn đồng", 200_000),
        ("1,5 tỷ đồng", 1_500_000_000),
        ("2 nghìn tỉ đồng", 2_000_000_000_000),
        ("1 tỷ 500 triệu đồng", 1_500_000_000),
        ("1 triệu rưỡi", 1_500_000),
        ("3 trieu dong", 3_000_000),
    ];
    for (raw, value) in cases {
        let reading = read(raw);
        assert_eq!((reading.value, reading.doubt), (whole(value), None), "{raw}");
        let money = raw.ends_with("đồng") || raw.ends_with("dong");
        assert_eq!(reading.is_money(), money, "{raw}");
    }
    let per = read("2 triệu đồng/hộ");
    assert_eq!(per.unit_label().as_deref(), Some("VND/hộ"));
    let range = read("10-15 triệu đồng");
    assert_eq!((range.value, range.upper), (whole(10_000_000), whole(15_000_000)));
    assert_eq!(read("90 tỷ lệ").value, whole(90), "“tỷ lệ” is no billion");
}

#[test]
fn a_dot_groups_thousands_only_in_groups_of_three() {
    let cases = [
        ("1.234.567", 1_234_567, 0, None),
        ("1.234.567,89", 123_456_789, 2, None),
        ("2.5", 25, 1, Some(Doubt::DotAsDecimal)),
        ("0.5483", 5483, 4, None),
        ("2.0110", 2011, 3, Some(Doubt::DotAsDecimal)),
        ("05.200", 52, 1, Some(Doubt::DotAsDecimal)),
        ("2,500", 25, 1, Some(Doubt::CommaMayBeThousands)),
        ("1,234,567", 1_234_567, 0, Some(Doubt::CommaMayBeThousands)),
        ("1,234.5", 12345, 1, Some(Doubt::DotAsDecimal)),
        ("1 354", 1354, 0, Some(Doubt::SpacedThousands)),
        ("1\u{a0}354,5", 13545, 1, Some(Doubt::SpacedThousands)),
    ];
    for (raw, units, scale, doubt) in cases {
        let reading = read(raw);
        assert_eq!(reading.value, Some(decimal(units, scale)), "{raw}");
        assert_eq!(reading.doubt, doubt, "{raw}");
        assert_eq!(reading.ambiguous, doubt.is_some(), "{raw}");
    }
}

#[test]
fn what_is_no_figure_gives_no_value_and_says_so() {
    let cases = [
        ("", Doubt::Empty),
        (" \u{a0} ", Doubt::Empty),
        ("chưa rõ", Doubt::NotUnderstood),
        ("12.34.567", Doubt::NotUnderstood),
        ("1.234,5.6", Doubt::NotUnderstood),
        ("12/02/2020", Doubt::NotUnderstood),
        ("99999999999999999999", Doubt::OutOfRange),
        ("9.007.200 tỷ", Doubt::OutOfRange),
        ("m2", Doubt::NotUnderstood),
        ("đồng", Doubt::NotUnderstood),
    ];
    for (raw, doubt) in cases {
        let reading = read(raw);
        assert_eq!(reading.value, None, "{raw} must not become a number");
        assert_eq!(reading.qualifier, Qualifier::Unquantified, "{raw}");
        assert_eq!(reading.doubt, Some(doubt), "{raw}");
    }
}

#[test]
fn vague_quantities_keep_their_unit() {
    let cases = [
        ("hàng trăm ngày công", Some("ngày công")),
        ("hàng nghìn lượt người", Some("lượt người")),
        ("vài chục hộ", Some("hộ")),
        ("nhiều hộ", Some("hộ")),
        ("hàng trăm triệu đồng", Some("VND")),
        ("lên tới hàng trăm ngày công", Some("ngày công")),
        ("khoảng vài chục hộ", Some("hộ")),
        ("chưa có số liệu cụ thể", None),
    ];
    for (raw, unit) in cases {
        let reading = read(raw);
        assert_eq!(reading.qualifier, Qualifier::Unquantified, "{raw}");
        assert_eq!(reading.value, None, "{raw} is never zero");
        assert_eq!(reading.unit.as_deref(), unit, "{raw}");
    }
    assert_eq!(read("hàng trăm ngày công").doubt, None);
}

#[test]
fn doubtful_figures_are_read_and_marked() {
    let cases = [
        ("-5", Doubt::Negative),
        ("11/5", Doubt::PartOverWhole),
        ("15-10 hộ", Doubt::RangeReversed),
        ("số 2", Doubt::UnusedText),
        ("125 hộ, 3 xã", Doubt::UnusedText),
        ("16 học sinh (có hoàn cảnh khó khăn)", Doubt::UnusedText),
        ("5 con bò trị giá 45 triệu đồng", Doubt::UnusedText),
    ];
    for (raw, doubt) in cases {
        let reading = read(raw);
        assert_eq!(reading.doubt, Some(doubt), "{raw}");
        assert!(reading.value.is_some(), "{raw}");
    }
    assert_eq!(read("125 hộ, 3 xã").unit.as_deref(), Some("hộ"));
    assert_eq!(read("125 hộ.").doubt, None, "a full stop ends the figure");
    assert_eq!(read("-5").value, whole(-5));
}

#[test]
fn units_have_one_label_whatever_the_spelling() {
    for raw in ["500đ", "500 đồng", "500 VNĐ", "500 vnd", "500₫", "500 dong"] {
        assert_eq!(read(raw).unit.as_deref(), Some("VND"), "{raw}");
    }
    for raw in ["5.483 m2", "5.483m²", "5.483 mét vuông"] {
        assert_eq!(read(raw).unit.as_deref(), Some("m2"), "{raw}");
    }
    assert_eq!(read("90 phần trăm").unit.as_deref(), Some("%"));
    assert_eq!(read("trên 90%").stated_ratio(), Some(decimal(9, 1)));
    assert_eq!(read("48/48").stated_ratio(), None);
    assert_eq!(read("05 con bò").unit.as_deref(), Some("con bò"));
}

#[test]
fn a_reading_crosses_a_door_unchanged() {
    let reading = read("khoảng 75,6 ha");
    let json = serde_json::to_value(&reading).unwrap();
    assert_eq!(json["qualifier"], "approx");
    assert_eq!(json["value"], serde_json::json!({"units": 756, "scale": 1}));
    assert_eq!(serde_json::from_value::<Reading>(json).unwrap(), reading);
    assert_eq!(serde_json::to_value(Qualifier::AtLeast).unwrap(), "at_least");
}

/// Pieces that readings are made of, in any order, beside wholly arbitrary text.
fn figure_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "trên",
        "từ",
        "hàng",
        "1",
        "05",
        "2.011",
        "75,6",
        "/",
        "-",
        "%",
        "triệu",
        "tỷ",
        "tỷ lệ",
        "rưỡi",
        "đồng",
        "đ",
        "hộ",
        "trở lên",
        " ",
        ".",
        ",",
        "+",
        "999999999999",
        "(",
        "m2",
        "Ủ",
    ]);
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_gives_a_reading(raw in ".*") {
        check(&raw);
    }

    #[test]
    fn any_mixture_of_the_fields_words_gives_a_reading(raw in figure_like()) {
        check(&raw);
    }

    #[test]
    fn a_whole_number_reads_as_itself_with_or_without_grouping(number in 0_i64..=Decimal::MAX_UNITS) {
        prop_assert_eq!(read(&number.to_string()).value, whole(number));
        prop_assert_eq!(read(&decimal(number, 0).vi()).value, whole(number));
        prop_assert!(!read(&decimal(number, 0).vi()).ambiguous);
    }
}

fn check(raw: &str) {
    let reading = read(raw);
    assert_eq!(
        reading.value.is_none(),
        reading.qualifier == Qualifier::Unquantified
    );
    assert_eq!(reading.ambiguous, reading.doubt.is_some());
    let _ = (reading.words_vi(), reading.words_en(), reading.unit_label());
}

#[test]
fn about_a_number_is_said_as_above_or_below_it() {
    for raw in ["trên dưới 200 hộ", "khoảng trên dưới 200 hộ", "tren duoi 200 hộ"] {
        let reading = read(raw);
        assert_eq!(
            (reading.qualifier, reading.value, reading.doubt),
            (Qualifier::Approx, whole(200), None),
            "{raw}"
        );
    }
    assert_eq!(read("trên 200").qualifier, Qualifier::Over);
    assert_eq!(read("dưới 200").qualifier, Qualifier::Under);
}

#[test]
fn a_telephone_number_is_no_figure() {
    for raw in [
        "0912 345 678",
        "0912345678",
        "liên hệ 0912.345.678",
        "+84 912 345 678",
    ] {
        let reading = read(raw);
        assert_eq!(
            (reading.value, reading.doubt),
            (None, Some(Doubt::MayBeTelephone)),
            "{raw}"
        );
    }
    assert_eq!(read("1 234 567").value, whole(1_234_567));
    assert_eq!(read("84.000.000.000").value, whole(84_000_000_000));
    assert_eq!(read("84 000 000 000 đồng").value, whole(84_000_000_000));
    assert_eq!(read("20 hộ, liên hệ 0912345678").value, whole(20));
}

#[test]
fn a_doubt_is_called_the_same_in_answers_as_when_it_is_serialised() {
    for doubt in [
        Doubt::DotAsDecimal,
        Doubt::CommaMayBeThousands,
        Doubt::MayBeTelephone,
        Doubt::NotUnderstood,
    ] {
        assert_eq!(serde_json::to_value(doubt).unwrap(), doubt.code());
    }
}
