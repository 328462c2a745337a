//! A form of address and a capitalised name.

use super::{Passage, SuspicionKind, Word};

/// Forms of address of `domain.md` §2.3, and teachers and elders, whom the field writes about as often.
const ADDRESSES: &[&str] = &[
    "ông", "bà", "anh", "chị", "em", "cháu", "thầy", "cô", "bác", "chú", "cụ",
];

/// Words that make a form of address collective: "anh em", "chị em", "trẻ em", "các cháu".
const COLLECTIVE_BEFORE: &[&str] = &["anh", "chị", "trẻ", "các", "những", "con", "đàn", "ông"];

/// What may follow a form of address with a capital without being a name: institutions, ranks and heads of
/// place names.
const NOT_A_NAME: &[&str] = &[
    "bộ",
    "ban",
    "hội",
    "đồn",
    "huyện",
    "tỉnh",
    "xã",
    "phường",
    "thôn",
    "làng",
    "ủy",
    "uỷ",
    "mầm",
    "tiểu",
    "trung",
    "mường",
    "chiềng",
    "lóng",
    "ia",
    "nà",
    "pác",
    "nậm",
    "sốp",
    "phiêng",
    "campuchia",
    "việt",
];

/// Pairs of which the first word alone could be a name: "Trường Mầm non", "Đoàn Thanh niên", "Đội Công tác".
const NOT_A_NAME_PAIRS: &[(&str, &[&str])] = &[
    (
        "trường",
        &[
            "tiểu", "mầm", "mẫu", "trung", "phổ", "thcs", "thpt", "th", "ptdt", "ptdtbt", "cao", "đại",
            "dân", "học",
        ],
    ),
    ("đoàn", &["thanh", "khảo", "viên", "kinh"]),
    ("đội", &["viên", "công", "vận", "tuyên", "thiếu", "sản"]),
    ("lớp", &["học", "mầm", "mẫu"]),
    (
        "trưởng",
        &["bản", "thôn", "làng", "ban", "đoàn", "đồn", "trạm", "phòng"],
    ),
    ("phó", &["chủ", "bí", "trưởng", "đồn", "ban"]),
    ("bí", &["thư"]),
    ("chủ", &["tịch", "nhiệm"]),
];

/// Places whose name begins with a form of address, and the two by which the force and the schools call the
/// late President.
const FIXED_NAMES: &[(&str, &str)] = &[
    ("bác", "hồ"),
    ("cụ", "hồ"),
    ("bà", "rịa"),
    ("bà", "nà"),
    ("bà", "đen"),
    ("bà", "điểm"),
    ("bà", "chiểu"),
    ("bà", "triệu"),
    ("cô", "tô"),
    ("anh", "sơn"),
    ("chị", "lăng"),
    ("ông", "đốc"),
    ("ông", "tạ"),
];

/// Words that announce the name of a place or institution, whatever it begins with.
const PLACE_BEFORE: &[&str] = &[
    "xã",
    "huyện",
    "tỉnh",
    "phường",
    "quận",
    "bản",
    "thôn",
    "làng",
    "ấp",
    "trấn",
    "phố",
    "đường",
    "núi",
    "suối",
    "sông",
    "đảo",
    "chùa",
    "cầu",
    "chợ",
    "đèo",
    "trường",
    "thcs",
    "thpt",
    "học",
    "non",
];

/// Family names of the delta and of the border districts; they decide where capitals alone say too little.
const FAMILY_NAMES: &[&str] = &[
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô",
    "dương", "lý", "đinh", "trịnh", "đào", "đoàn", "mai", "tô", "tạ", "hà", "cao", "lương", "lường", "lò",
    "cầm", "quàng", "tòng", "đèo", "lèo", "vì", "cà", "giàng", "vàng", "sùng", "thào", "mùa", "hờ", "hạng",
    "tráng", "lầu", "vừ", "ly", "nông", "triệu", "hứa", "ma", "la", "chu", "bế", "đàm", "bàn", "rơ", "siu",
    "ksor", "rmah", "kpuih", "puih", "rah", "kpă", "nay", "hmok",
];

pub(super) fn find(text: &[char], words: &[Word], found: &mut Vec<Passage>) {
    let mut at = 0;
    while at < words.len() {
        let end = addressed(words, at).or_else(|| full_name(words, at));
        let Some(end) = end else {
            at += 1;
            continue;
        };
        found.push(Passage {
            kind: SuspicionKind::PersonName,
            start: words[at].start,
            end: words[end - 1].end.min(text.len()),
        });
        at = end;
    }
}

/// The word after the name that a form of address at `at` introduces.
fn addressed(words: &[Word], at: usize) -> Option<usize> {
    let address = &words[at];
    let lower = address.lower();
    let first = next(words, at)?;
    if !ADDRESSES.contains(&lower.as_str()) || !first.is_capitalised() {
        return None;
    }
    let (name, after) = (first.lower(), next(words, at + 1));
    let before = before(words, at);
    let is_place = FIXED_NAMES.contains(&(lower.as_str(), name.as_str()))
        || (address.is_capitalised() && before.is_some_and(announces_place));
    let is_institution = NOT_A_NAME.contains(&name.as_str())
        || NOT_A_NAME_PAIRS.iter().any(|(word, followers)| {
            *word == name && after.is_some_and(|after| followers.contains(&after.lower().as_str()))
        });
    if is_place || is_institution {
        return None;
    }
    let capitals_say_little = first.is_all_capitals() && address.is_all_capitals();
    let collective = before.is_some_and(|word| COLLECTIVE_BEFORE.contains(&word.lower().as_str()));
    if capitals_say_little || collective {
        let end = end_of_capitals(words, at + 1);
        // After a collective a place is as likely ("trẻ em Mai Sơn"), so a whole name is asked for.
        let least = if collective { 3 } else { 2 };
        if !FAMILY_NAMES.contains(&name.as_str()) || end - (at + 1) < least {
            return None;
        }
    }
    Some(end_of_capitals(words, at + 1))
}

/// A family name, "Văn" or "Thị", and a given name: "em học sinh Lò Thị …" carries its name some words after
/// the address.
fn full_name(words: &[Word], at: usize) -> Option<usize> {
    let (middle, given) = (next(words, at)?, next(words, at + 1)?);
    let is_name = FAMILY_NAMES.contains(&words[at].lower().as_str())
        && words[at].is_capitalised()
        && matches!(middle.lower().as_str(), "văn" | "thị")
        && middle.is_capitalised()
        && given.is_capitalised();
    let is_place = before(words, at).is_some_and(announces_place);
    (is_name && !is_place).then(|| end_of_capitals(words, at))
}

fn announces_place(word: &Word) -> bool {
    PLACE_BEFORE.contains(&word.lower().as_str())
}

fn next(words: &[Word], at: usize) -> Option<&Word> {
    words.get(at)?.joined_to_next.then(|| words.get(at + 1))?
}

fn before(words: &[Word], at: usize) -> Option<&Word> {
    let word = words.get(at.checked_sub(1)?)?;
    word.joined_to_next.then_some(word)
}

fn end_of_capitals(words: &[Word], start: usize) -> usize {
    let mut end = start + 1;
    while next(words, end - 1).is_some_and(Word::is_capitalised) {
        end += 1;
    }
    end
}
