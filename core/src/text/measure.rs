//! The words that follow a figure: units of measure and of counting, and the words for thousands and
//! millions.

use super::fold::fold;
use super::number_format::Language;

/// One unit the field uses: its stored label, the ways it is written, and its words for the reading beside
/// the input.
pub(super) struct KnownUnit {
    label: &'static str,
    spellings: &'static [&'static str],
    vi: &'static str,
    en_one: &'static str,
    en_many: &'static str,
}

const fn symbol(
    label: &'static str,
    spellings: &'static [&'static str],
    vi: &'static str,
    en_one: &'static str,
    en_many: &'static str,
) -> KnownUnit {
    KnownUnit {
        label,
        spellings,
        vi,
        en_one,
        en_many,
    }
}

const fn counted(vi: &'static str, en_one: &'static str, en_many: &'static str) -> KnownUnit {
    KnownUnit {
        label: vi,
        spellings: &[],
        vi,
        en_one,
        en_many,
    }
}

/// Whole Vietnamese dong, the only money of the field (`domain.md` §1.2, 002).
pub(super) const MONEY: &str = "VND";
/// Per cent; a counted population may follow ("% chi bộ").
pub(super) const PERCENT: &str = "%";

/// Units with one stored label whatever the spelling, then the counted things of the seeds and the
/// registration forms.
const KNOWN: &[KnownUnit] = &[
    symbol(MONEY, &["đ", "đồng", "vnđ", "vnd", "₫"], "đồng", "VND", "VND"),
    symbol(
        "ha",
        &["ha", "hecta", "héc ta", "héc-ta", "hec-ta", "hécta"],
        "héc-ta",
        "hectare",
        "hectares",
    ),
    symbol(
        "m2",
        &["m2", "mét vuông"],
        "mét vuông",
        "square metre",
        "square metres",
    ),
    symbol(
        "m3",
        &["m3", "mét khối"],
        "mét khối",
        "cubic metre",
        "cubic metres",
    ),
    symbol(
        "km",
        &["km", "ki-lô-mét", "kilômét", "ki lô mét"],
        "ki-lô-mét",
        "kilometre",
        "kilometres",
    ),
    symbol("m", &["m", "mét"], "mét", "metre", "metres"),
    symbol(
        "kg",
        &["kg", "ki-lô-gam", "kilôgam", "ki lô gam"],
        "ki-lô-gam",
        "kilogram",
        "kilograms",
    ),
    counted("tấn", "tonne", "tonnes"),
    counted("lít", "litre", "litres"),
    counted("mô hình", "model", "models"),
    counted("hộ", "household", "households"),
    counted("hộ dân", "household", "households"),
    counted("hộ gia đình", "household", "households"),
    counted("người", "person", "people"),
    counted("lượt người", "attendance", "attendances"),
    counted("lượt", "time", "times"),
    counted("học sinh", "pupil", "pupils"),
    counted("cháu học sinh", "pupil", "pupils"),
    counted("cháu", "child", "children"),
    counted("em", "child", "children"),
    counted("trẻ em", "child", "children"),
    counted("đồn", "post", "posts"),
    counted("đồn biên phòng", "border post", "border posts"),
    counted("chi bộ", "Party cell", "Party cells"),
    counted(
        "chi bộ, đảng bộ cơ sở",
        "grassroots Party organisation",
        "grassroots Party organisations",
    ),
    counted("đảng viên", "Party member", "Party members"),
    counted("cán bộ", "cadre", "cadres"),
    counted("chiến sĩ", "soldier", "soldiers"),
    counted("cán bộ, chiến sĩ", "officer or soldier", "officers and soldiers"),
    counted("tỉnh", "province", "provinces"),
    counted("huyện", "district", "districts"),
    counted("xã", "commune", "communes"),
    counted("thôn", "village", "villages"),
    counted("làng", "village", "villages"),
    counted("bản", "village", "villages"),
    counted("đơn vị", "unit", "units"),
    counted("ngày công", "working day", "working days"),
    counted("ngày", "day", "days"),
    counted("tuần", "week", "weeks"),
    counted("tháng", "month", "months"),
    counted("quý", "quarter", "quarters"),
    counted("năm", "year", "years"),
    counted("năm học", "school year", "school years"),
    counted("buổi", "session", "sessions"),
    counted("lớp", "class", "classes"),
    counted("suất", "portion", "portions"),
    counted("suất quà", "gift", "gifts"),
    counted("con", "head", "head"),
    counted("con bò", "head of cattle", "head of cattle"),
    counted("con trâu", "buffalo", "buffaloes"),
    counted("con lợn", "pig", "pigs"),
    counted("con gà", "chicken", "chickens"),
    counted("công trình", "work", "works"),
    counted("nhà", "house", "houses"),
    counted("căn nhà", "house", "houses"),
    counted("điểm", "point", "points"),
];

/// Whether a typed word is the Vietnamese word meant: with its marks, or typed without any (a keyboard
/// without Vietnamese). A word with other marks is another word: "gân" is not "gần".
pub(super) fn is_word(typed: &str, word: &str) -> bool {
    if typed.to_lowercase() == word {
        return true;
    }
    let folded = fold(typed);
    typed.is_ascii() && !folded.is_empty() && folded == fold(word)
}

/// The stored label of a unit as typed: `đồng`, `đ`, `VNĐ` are one unit, `m²` is `m2`; everything else stays
/// as typed.
pub(super) fn label(typed: &str) -> String {
    let typed = typed.replace('²', "2").replace('³', "3");
    KNOWN
        .iter()
        .find(|unit| unit.spellings.iter().any(|spelling| is_word(&typed, spelling)))
        .map_or(typed, |unit| unit.label.to_owned())
}

/// The words of a stored label. A unit the product has no words for is shown as typed, in both languages.
pub(super) fn words(label: &str, language: Language, one: bool) -> String {
    let lower = label.to_lowercase();
    let known = KNOWN
        .iter()
        .find(|unit| unit.label == label || unit.label == lower);
    match (known, language) {
        (None, _) => label.to_owned(),
        (Some(unit), Language::Vi) if unit.spellings.is_empty() => label.to_owned(),
        (Some(unit), Language::Vi) => unit.vi.to_owned(),
        (Some(unit), Language::En) if one => unit.en_one.to_owned(),
        (Some(unit), Language::En) => unit.en_many.to_owned(),
    }
}

/// The power of ten a word multiplies by: "nghìn" 3, "triệu" 6, "tỷ" 9; "k" and "tr" as typed in haste.
pub(super) fn magnitude(word: &str) -> Option<i8> {
    const MAGNITUDES: &[(&str, i8)] = &[
        ("chục", 1),
        ("trăm", 2),
        ("nghìn", 3),
        ("ngàn", 3),
        ("k", 3),
        ("vạn", 4),
        ("triệu", 6),
        ("tr", 6),
        ("tỷ", 9),
        ("tỉ", 9),
    ];
    MAGNITUDES
        .iter()
        .find(|(name, _)| is_word(word, name))
        .map(|(_, power)| *power)
}
