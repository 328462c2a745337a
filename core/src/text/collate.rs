//! The order of the Vietnamese alphabet, as a key that SQLite compares byte by byte.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

/// The alphabet with the foreign letters `f j w z` in their usual places; the position is the weight.
const ALPHABET: [char; 33] = [
    'a', 'ă', 'â', 'b', 'c', 'd', 'đ', 'e', 'ê', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'ô', 'ơ',
    'p', 'q', 'r', 's', 't', 'u', 'ư', 'v', 'w', 'x', 'y', 'z',
];
const LEVEL_END: u8 = 0x00;
const SPACE: u8 = 0x02;
const NUMBER: u8 = 0x10;
const FIRST_LETTER: u8 = 0x40;
const OTHER: u8 = 0xf0;
/// The lowest weight of the second and third level; trailing ones are left out, which keeps keys short and
/// the order equal.
const PLAIN: u8 = 0x01;
const FOREIGN_MARK: u8 = 0x10;

/// A key whose byte order is the Vietnamese order: store it in a BLOB column and sort or page by it.
///
/// Letters first (`a < ă < â`, `d < đ`, `e < ê`, `o < ô < ơ`, `u < ư`), digit runs by value (`Mô hình 2`
/// before `Mô hình 10`) and before letters; then tones (ngang, huyền, hỏi, ngã, sắc, nặng); then lower before
/// upper case. White space and punctuation count as one space, so “Dân vận khéo” stands at D. Different texts
/// (after NFC) always have different keys: where the three levels cannot tell two texts apart, their bytes
/// decide.
pub fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Key::default();
    let mut chars = text.nfd().peekable();
    while let Some(ch) = chars.next() {
        if ch.is_ascii_digit() {
            let mut digits = String::from(ch);
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            key.push_number(&digits);
        } else if ch.is_alphanumeric() {
            let mut marks = Vec::new();
            while let Some(mark) = chars.next_if(|c| matches!(c, '\u{300}'..='\u{36f}')) {
                marks.push(mark);
            }
            key.push_letter(ch, &marks);
        } else {
            key.push_separator(ch);
        }
    }
    key.finish(text)
}

/// The same order for two texts in memory.
pub fn compare(a: &str, b: &str) -> Ordering {
    sort_key(a).cmp(&sort_key(b))
}

#[derive(Default)]
struct Key {
    letters: Vec<u8>,
    tones: Vec<u8>,
    cases: Vec<u8>,
    space_due: bool,
    /// Something was seen that the levels do not record (punctuation, doubled spaces, leading zeros, foreign
    /// letters).
    lossy: bool,
}

impl Key {
    fn push_separator(&mut self, ch: char) {
        if ch != ' ' || self.space_due || self.letters.is_empty() {
            self.lossy = true;
        }
        self.space_due = !self.letters.is_empty();
    }

    fn start(&mut self) {
        if std::mem::take(&mut self.space_due) {
            self.letters.push(SPACE);
        }
    }

    fn push_number(&mut self, digits: &str) {
        self.start();
        let significant = digits.trim_start_matches('0');
        self.lossy |= significant.len() != digits.len();
        self.letters.push(NUMBER);
        // Longer runs are larger numbers; the length leads so that plain byte order compares values.
        match u8::try_from(significant.len()) {
            Ok(length) if length < u8::MAX => self.letters.push(length),
            _ => {
                self.letters.push(u8::MAX);
                self.letters
                    .extend_from_slice(&(significant.len() as u64).to_be_bytes());
            }
        }
        self.letters.extend_from_slice(significant.as_bytes());
        self.tones.push(PLAIN);
        self.cases.push(PLAIN);
    }

    fn push_letter(&mut self, ch: char, marks: &[char]) {
        self.start();
        let mut lower = ch.to_lowercase();
        let (small, single) = (lower.next().unwrap_or(ch), lower.next().is_none());
        let mut shaped = small;
        let mut tone = PLAIN;
        for mark in marks {
            match (shaped, mark) {
                ('a', '\u{306}') => shaped = 'ă',
                ('a', '\u{302}') => shaped = 'â',
                ('e', '\u{302}') => shaped = 'ê',
                ('o', '\u{302}') => shaped = 'ô',
                ('o', '\u{31b}') => shaped = 'ơ',
                ('u', '\u{31b}') => shaped = 'ư',
                _ => match tone_weight(*mark) {
                    Some(weight) if tone == PLAIN => tone = weight,
                    _ => {
                        tone = FOREIGN_MARK;
                        self.lossy = true;
                    }
                },
            }
        }
        match ALPHABET.iter().position(|letter| *letter == shaped) {
            Some(place) if single => self.letters.push(FIRST_LETTER + place as u8),
            _ => {
                self.letters.push(OTHER);
                self.letters.extend_from_slice(&(small as u32).to_be_bytes()[1..]);
                self.lossy = true;
            }
        }
        self.tones.push(tone);
        self.cases.push(if small == ch { PLAIN } else { PLAIN + 1 });
    }

    fn finish(mut self, text: &str) -> Vec<u8> {
        // A trailing space never reached a letter, so no level holds it.
        self.lossy |= self.space_due;
        let mut key = self.letters;
        for level in [self.tones, self.cases] {
            key.push(LEVEL_END);
            let end = level.iter().rposition(|w| *w != PLAIN).map_or(0, |at| at + 1);
            key.extend_from_slice(&level[..end]);
        }
        if self.lossy {
            key.push(LEVEL_END);
            key.extend(text.nfc().collect::<String>().into_bytes());
        } else {
            while key.last() == Some(&LEVEL_END) {
                key.pop();
            }
        }
        key
    }
}

fn tone_weight(mark: char) -> Option<u8> {
    match mark {
        '\u{300}' => Some(PLAIN + 1),
        '\u{309}' => Some(PLAIN + 2),
        '\u{303}' => Some(PLAIN + 3),
        '\u{301}' => Some(PLAIN + 4),
        '\u{323}' => Some(PLAIN + 5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by_key(|name| sort_key(name));
        names
    }

    #[test]
    fn letters_stand_in_the_vietnamese_alphabet() {
        let order = vec![
            "an", "ăn", "ân", "bo", "da", "đa", "e", "ê", "o", "ô", "ơ", "u", "ư", "v",
        ];
        let mut shuffled = order.clone();
        shuffled.reverse();
        assert_eq!(sorted(shuffled), order);
        assert!(
            compare("dz", "đa").is_lt(),
            "đ is a letter of its own, after every d"
        );
        assert!(compare("az", "ăa").is_lt());
    }

    #[test]
    fn tones_decide_only_between_equal_letters() {
        let order = vec!["ma", "mà", "mả", "mã", "má", "mạ"];
        let mut shuffled = order.clone();
        shuffled.reverse();
        assert_eq!(sorted(shuffled), order);
        assert_eq!(
            sorted(vec!["Bà Rịa", "Bá Thước", "Ba Bể"]),
            vec!["Ba Bể", "Bà Rịa", "Bá Thước"]
        );
    }

    #[test]
    fn numbers_inside_names_sort_by_value() {
        assert_eq!(
            sorted(vec!["Mô hình 10", "Mô hình 2", "Mô hình 01", "Mô hình"]),
            vec!["Mô hình", "Mô hình 01", "Mô hình 2", "Mô hình 10"]
        );
        assert!(compare("Đoàn số 9", "Đoàn số 0010").is_lt());
        let (long, longer) = ("9".repeat(300), "1".repeat(301));
        assert!(compare(&long, &longer).is_lt());
    }

    #[test]
    fn quotes_do_not_move_a_name_and_lower_case_comes_first() {
        assert_eq!(
            sorted(vec!["“Dân vận khéo”", "Đồn", "Cột mốc"]),
            vec!["Cột mốc", "“Dân vận khéo”", "Đồn"]
        );
        assert_eq!(sorted(vec!["Đồn", "đồn"]), vec!["đồn", "Đồn"]);
        assert!(compare("ba be", "bac").is_lt(), "a space ends a word");
    }

    #[test]
    fn case_never_outweighs_a_tone() {
        assert!(compare("MA", "mà").is_lt());
        assert!(compare("ma b", "MA c").is_lt());
    }

    #[test]
    fn a_plain_name_has_a_key_about_as_long_as_itself() {
        let name = "bua sang cho em";
        assert_eq!(sort_key(name).len(), name.len());
    }

    proptest! {
        #[test]
        fn different_texts_have_different_keys(a in "\\PC{0,8}", b in "\\PC{0,8}") {
            let same = a.nfc().eq(b.nfc());
            prop_assert_eq!(sort_key(&a) == sort_key(&b), same);
        }

        #[test]
        fn close_texts_have_different_keys(a in "[aàAÀ 0-2.]{0,5}", b in "[aàAÀ 0-2.]{0,5}") {
            prop_assert_eq!(sort_key(&a) == sort_key(&b), a == b);
        }

        #[test]
        fn letters_outrank_what_follows(a in "[a-zđêơạĐ]{1,6}", b in "[a-zđêơạĐ]{1,6}", tail in "[ a-zđ]{0,6}") {
            // A longer text never comes before its own beginning.
            let longer = format!("{a} {tail}{b}");
            prop_assert!(compare(&a, &longer).is_lt());
        }

        #[test]
        fn normal_form_does_not_move_a_name(text in ".*") {
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(sort_key(&nfd), sort_key(&text));
        }
    }
}
