//! The words around a number: what qualifies it before, what it counts after.

use super::number::{self, Number};
use super::{Decimal, Doubt, Qualifier};
use crate::text::measure::{self, is_word};

/// Longer phrases first, so that "ít hơn" is not read as "hơn".
const BEFORE: &[(&str, Option<Qualifier>)] = &[
    ("trên dưới", Some(Qualifier::Approx)),
    ("không ít hơn", Some(Qualifier::AtLeast)),
    ("không dưới", Some(Qualifier::AtLeast)),
    ("ít nhất", Some(Qualifier::AtLeast)),
    ("tối thiểu", Some(Qualifier::AtLeast)),
    ("không quá", Some(Qualifier::AtMost)),
    ("tối đa", Some(Qualifier::AtMost)),
    ("nhiều nhất", Some(Qualifier::AtMost)),
    ("chưa đến", Some(Qualifier::Under)),
    ("chưa tới", Some(Qualifier::Under)),
    ("ít hơn", Some(Qualifier::Under)),
    ("nhỏ hơn", Some(Qualifier::Under)),
    ("thấp hơn", Some(Qualifier::Under)),
    ("dưới", Some(Qualifier::Under)),
    ("nhiều hơn", Some(Qualifier::Over)),
    ("lớn hơn", Some(Qualifier::Over)),
    ("cao hơn", Some(Qualifier::Over)),
    ("hơn", Some(Qualifier::Over)),
    ("trên", Some(Qualifier::Over)),
    ("vượt", Some(Qualifier::Over)),
    ("ước tính", Some(Qualifier::Approx)),
    ("xấp xỉ", Some(Qualifier::Approx)),
    ("khoảng", Some(Qualifier::Approx)),
    ("chừng", Some(Qualifier::Approx)),
    ("gần", Some(Qualifier::Approx)),
    ("ước", Some(Qualifier::Approx)),
    // These join a number to the sentence and say nothing about it.
    ("từ", None),
    ("đạt", None),
    ("là", None),
    ("có", None),
    ("được", None),
];

const AFTER: &[(&str, Qualifier)] = &[("trở lên", Qualifier::AtLeast), ("trở xuống", Qualifier::AtMost)];

/// What stands before the number.
pub(super) struct Lead {
    pub(super) qualifier: Option<Qualifier>,
    pub(super) minus: bool,
    pub(super) unused: bool,
}

impl Lead {
    pub(super) fn of(text: &[char]) -> Self {
        let mut lead = Self {
            qualifier: None,
            minus: matches!(text.last(), Some('-' | '−')),
            unused: false,
        };
        let mut rest: String = text.iter().collect();
        if lead.minus {
            rest.pop();
        }
        let mut rest = rest.trim_end();
        while let Some((shorter, qualifier)) = strip_symbol(rest).or_else(|| strip_phrase(rest)) {
            // The phrase nearest to the number is met first and counts.
            lead.qualifier = lead.qualifier.or(qualifier);
            rest = shorter.trim_end();
        }
        lead.unused = rest.chars().any(char::is_alphanumeric);
        lead
    }
}

fn strip_symbol(text: &str) -> Option<(&str, Option<Qualifier>)> {
    const SYMBOLS: &[(&str, Qualifier)] = &[
        (">=", Qualifier::AtLeast),
        ("<=", Qualifier::AtMost),
        ("≥", Qualifier::AtLeast),
        ("≤", Qualifier::AtMost),
        (">", Qualifier::Over),
        ("<", Qualifier::Under),
        ("~", Qualifier::Approx),
        ("≈", Qualifier::Approx),
    ];
    SYMBOLS
        .iter()
        .find_map(|(symbol, qualifier)| Some((text.strip_suffix(symbol)?, Some(*qualifier))))
}

fn strip_phrase(text: &str) -> Option<(&str, Option<Qualifier>)> {
    BEFORE
        .iter()
        .find_map(|(phrase, qualifier)| Some((strip_words(text, phrase)?, *qualifier)))
}

/// `text` without the words of `phrase` at its end.
fn strip_words<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    let mut rest = text;
    for word in phrase.rsplit(' ') {
        rest = rest.trim_end();
        let start = rest
            .char_indices()
            .rev()
            .take_while(|(_, ch)| ch.is_alphanumeric())
            .last()?
            .0;
        if !is_word(&rest[start..], word) {
            return None;
        }
        rest = &rest[..start];
    }
    Some(rest)
}

/// What stands from the number on.
pub(super) struct Tail {
    pub(super) number: Result<Number, Doubt>,
    pub(super) denominator: Option<Decimal>,
    pub(super) upper: Option<Decimal>,
    pub(super) qualifier: Option<Qualifier>,
    pub(super) unit: Option<String>,
    pub(super) per: Vec<String>,
    pub(super) doubt: Option<Doubt>,
}

impl Tail {
    pub(super) fn of(text: &[char], start: usize) -> Self {
        let mut at = number::end(text, start);
        let mut first = number::parse(&text[start..at]);
        let mut denominator = None;
        let mut upper = None;
        if let Some((from, to)) = second_number(text, at, is_share) {
            denominator = Some(number::parse(&text[from..to]));
            at = to;
            if second_number(text, at, is_share).is_some() {
                // Three numbers between slashes are a date, not a figure.
                first = Err(Doubt::NotUnderstood);
            }
        } else if let Some((from, to)) = second_number(text, at, is_range) {
            upper = Some(number::parse(&text[from..to]));
            at = to;
        }
        let mut rest: String = text[at..].iter().collect();
        let mut qualifier = None;
        if let Some(shorter) = rest.strip_prefix('+') {
            qualifier = Some(Qualifier::AtLeast);
            rest = shorter.to_owned();
        }
        for (phrase, means) in AFTER {
            if let Some(shorter) = without_phrase(&rest, phrase) {
                qualifier = Some(*means);
                rest = shorter;
            }
        }
        let (rest, first) = multiply(&rest, first, [&mut denominator, &mut upper]);
        let measure = Measure::of(&rest);
        let mut tail = Self {
            number: first,
            denominator: None,
            upper: None,
            qualifier,
            unit: measure.unit,
            per: measure.per,
            doubt: None,
        };
        if let Ok(number) = &tail.number {
            tail.doubt = number.doubt;
        }
        for (second, place) in [(denominator, &mut tail.denominator), (upper, &mut tail.upper)] {
            match second {
                None => {}
                Some(Ok(number)) => {
                    *place = Some(number.value);
                    tail.doubt = tail.doubt.or(number.doubt);
                }
                Some(Err(doubt)) => tail.number = Err(doubt),
            }
        }
        if measure.unused {
            tail.doubt = tail.doubt.or(Some(Doubt::UnusedText));
        }
        tail
    }
}

fn is_share(between: &str) -> bool {
    between == "/"
}

fn is_range(between: &str) -> bool {
    matches!(between, "-" | "–" | "—" | "~") || is_word(between, "đến") || is_word(between, "tới")
}

/// The number that follows at `at` with only the accepted sign or word between.
fn second_number(text: &[char], at: usize, accepted: fn(&str) -> bool) -> Option<(usize, usize)> {
    let from = at + number::find(&text[at..])?;
    let between: String = text[at..from].iter().collect();
    accepted(between.trim()).then(|| (from, number::end(text, from)))
}

fn without_phrase(text: &str, phrase: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let at = words.windows(wanted.len()).position(|window| {
        window
            .iter()
            .zip(&wanted)
            .all(|(typed, word)| is_word(typed.trim_end_matches(['.', ',', ';']), word))
    })?;
    let kept = [&words[..at], &words[at + wanted.len()..]].concat();
    Some(kept.join(" "))
}

/// Takes "triệu", "nghìn tỷ", "triệu 500 nghìn", "tỷ rưỡi" off the text and multiplies them out.
fn multiply(
    text: &str,
    number: Result<Number, Doubt>,
    others: [&mut Option<Result<Number, Doubt>>; 2],
) -> (String, Result<Number, Doubt>) {
    let (power, mut rest) = magnitudes(text);
    if power == 0 {
        return (text.to_owned(), number);
    }
    for other in others {
        *other = other.take().map(|read| shifted(read, power));
    }
    let mut sum = shifted(number, power);
    let mut last = power;
    if let Some(shorter) = strip_first_word(rest, "rưỡi") {
        rest = shorter;
        sum = sum.and_then(|number| add(number, Decimal::new(5, 1), power));
    }
    // "1 tỷ 500 triệu": each further part has a smaller magnitude, else it is another figure.
    while let Some((value, power, shorter)) = further_part(rest) {
        if power >= last {
            break;
        }
        sum = sum.and_then(|number| add(number, Ok(value), power));
        last = power;
        rest = shorter;
    }
    (rest.to_owned(), sum)
}

fn further_part(text: &str) -> Option<(Decimal, i8, &str)> {
    let trimmed = text.trim_start();
    let chars: Vec<char> = trimmed.chars().collect();
    if number::find(&chars) != Some(0) {
        return None;
    }
    let end = number::end(&chars, 0);
    let value = number::parse(&chars[..end]).ok()?.value;
    let (power, rest) = magnitudes(&trimmed[end..]);
    (power > 0).then_some((value, power, rest))
}

fn magnitudes(text: &str) -> (i8, &str) {
    let mut power = 0;
    let mut rest = text;
    while let Some((word, shorter)) = first_word(rest) {
        let Some(more) = measure::magnitude(word) else {
            break;
        };
        // "tỷ lệ" is a ratio, not a billion.
        if first_word(shorter).is_some_and(|(next, _)| is_word(next, "lệ")) || power > 24 {
            break;
        }
        power += more;
        rest = shorter;
    }
    (power, rest)
}

fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|ch: char| !ch.is_alphabetic()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn strip_first_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    first_word(text).and_then(|(typed, rest)| is_word(typed, word).then_some(rest))
}

fn shifted(number: Result<Number, Doubt>, power: i8) -> Result<Number, Doubt> {
    let number = number?;
    let value = number.value.shifted(power).map_err(|_| Doubt::OutOfRange)?;
    Ok(Number { value, ..number })
}

fn add(
    number: Number,
    more: Result<Decimal, crate::text::decimal::OutOfRange>,
    power: i8,
) -> Result<Number, Doubt> {
    let value = more
        .and_then(|more| more.shifted(power))
        .and_then(|more| number.value.checked_add(more))
        .map_err(|_| Doubt::OutOfRange)?;
    Ok(Number { value, ..number })
}

/// A unit and what it is per.
pub(super) struct Measure {
    pub(super) unit: Option<String>,
    pub(super) per: Vec<String>,
    pub(super) unused: bool,
}

impl Measure {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let end = unit_end(text);
        let unused = text[end..].chars().any(char::is_alphanumeric);
        let mut parts = text[..end]
            .split('/')
            .map(|part| part.trim_matches([' ', '.', '-', '–', '—', ':']));
        let unit = percent(parts.next().unwrap_or_default());
        let per: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self {
            unit: (!unit.is_empty()).then_some(unit),
            per,
            unused,
        }
    }
}

/// The byte where the unit ends: at a comma, bracket or quote, at a sentence end, or before another number.
fn unit_end(text: &str) -> usize {
    let mut before = ' ';
    for (at, ch) in text.char_indices() {
        let stops = matches!(ch, ',' | ';' | ':' | '(' | '[' | '“' | '"' | '=')
            || (ch.is_ascii_digit() && !before.is_alphanumeric())
            || (ch == '.' && !text[at + 1..].starts_with(|next: char| next.is_alphanumeric()));
        if stops {
            return at;
        }
        before = ch;
    }
    text.len()
}

fn percent(unit: &str) -> String {
    let of = unit
        .strip_prefix('%')
        .or_else(|| strip_first_word(unit, "phần").and_then(|rest| strip_first_word(rest, "trăm")));
    match of.map(str::trim) {
        Some("") => measure::PERCENT.to_owned(),
        Some(of) => format!("{} {of}", measure::PERCENT),
        None => measure::label(unit),
    }
}

/// A quantity without a number: "hàng trăm ngày công", "nhiều hộ", "chưa có số liệu cụ thể".
pub(super) fn unquantified(text: &[char]) -> Option<Measure> {
    const VAGUE: &[&str] = &["hàng", "vài", "mấy", "nhiều", "một số", "không ít"];
    const UNSTATED: &[&str] = &[
        "chưa có số liệu",
        "không có số liệu",
        "chưa thống kê",
        "không có số cụ thể",
        "chưa có số cụ thể",
    ];
    let text: String = text.iter().collect();
    if UNSTATED.iter().any(|phrase| strip_front(&text, phrase).is_some()) {
        return Some(Measure {
            unit: None,
            per: Vec::new(),
            unused: false,
        });
    }
    let mut rest = text.as_str();
    let mut unused = false;
    loop {
        if let Some(after) = VAGUE.iter().find_map(|phrase| strip_front(rest, phrase)) {
            let (_, unit) = magnitudes(after);
            let mut measure = Measure::of(unit);
            measure.unused |= unused;
            return Some(measure);
        }
        let joins = BEFORE.iter().find_map(|(phrase, _)| strip_front(rest, phrase));
        unused |= joins.is_none();
        rest = match joins {
            Some(after) => after,
            None => first_word(rest.trim_start_matches(|ch: char| !ch.is_alphabetic()))?.1,
        };
    }
}

fn strip_front<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    phrase
        .split(' ')
        .try_fold(text, |rest, word| strip_first_word(rest, word))
}
