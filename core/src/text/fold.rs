//! Folding for search, and the key by which two written names are held to be the same.
//!
//! The two are kept apart on purpose: search may find too much ("Mường Lan" finds "Mường Lạn"), identity may
//! not (`domain.md` §0.3: two communes differ by one mark).

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The searched form of a text: lower case, without Vietnamese marks, one space between words, no
/// punctuation.
///
/// Rules, in the order of `domain.md` §0.12 and §8:
/// - NFC and NFD input are equal; compatibility forms too (`m²` = `m2`, U+00A0 = space).
/// - All tone and shape marks go, `đ` becomes `d`; so `hoà` = `hòa` and `Uỷ` = `Ủy`.
/// - Every dash, quote and other punctuation separates words like a space, so `văn hóa, xã hội` = `văn hóa –
///   xã hội`.
/// - `y` directly after the initial `h k l m s t v`, or after `qu`, at the start of a word becomes `i`: `sỹ`
///   = `sĩ`, `kỹ` = `kĩ`, `quý` = `quí`. No Vietnamese word is confused with another of a different sound by
///   this, because those spellings are variants of one. The rule does not look at what follows (`quyết`
///   becomes `quiet`), so that `fold(prefix)` is always a prefix of `fold(whole)` and a search works while it
///   is being typed.
///
/// `tới` and `đến` stay different words: they are tied by the model family, not by folding.
///
/// Folding is idempotent. It is for search only: never store it instead of the text, and never decide
/// identity by it.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut word = WordStart::Outside;
    for ch in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_dropped(ch) {
            continue;
        }
        let ch = if matches!(ch, 'đ' | 'ð') { 'd' } else { ch };
        if !ch.is_alphanumeric() && !is_combining_mark(ch) {
            word = WordStart::Outside;
            continue;
        }
        if matches!(word, WordStart::Outside) && !folded.is_empty() {
            folded.push(' ');
        }
        let (ch, next) = word.step(ch);
        word = next;
        folded.push(ch);
    }
    folded
}

/// Where the scan stands in a word, as far as the y/i rule needs to know.
#[derive(Clone, Copy)]
enum WordStart {
    Outside,
    Initial,
    Q,
    Qu,
    Inside,
}

impl WordStart {
    fn step(self, ch: char) -> (char, Self) {
        match (self, ch) {
            (Self::Outside, 'h' | 'k' | 'l' | 'm' | 's' | 't' | 'v') => (ch, Self::Initial),
            (Self::Outside, 'q') => (ch, Self::Q),
            (Self::Q, 'u') => (ch, Self::Qu),
            (Self::Initial | Self::Qu, 'y') => ('i', Self::Inside),
            _ => (ch, Self::Inside),
        }
    }
}

/// Latin combining marks go; marks of other scripts carry letters and stay. Invisible characters of copied
/// web text go too.
fn is_dropped(ch: char) -> bool {
    matches!(ch, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// The key under which two written names are the same name: case, white space, dashes, quotes and the place
/// of the tone mark within a syllable are folded; the marks themselves are kept.
///
/// `Uỷ ban` = `Ủy ban`, `đồn biên phòng` = `Đồn  Biên phòng`, but `Mường Lạn` ≠ `Mường Lan` and `sỹ` ≠ `sĩ`.
/// The key is to be compared, not shown. A unit is identified by its id, never by this key (`domain.md`
/// §0.3); it serves duplicate suggestions and import checks.
pub fn identity_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut tones = String::new();
    let mut space_due = false;
    for ch in text.nfd().flat_map(char::to_lowercase).nfd() {
        match ch {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => {
                tones.push(ch);
                continue;
            }
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => continue,
            _ => {}
        }
        let in_word = ch.is_alphanumeric() || is_combining_mark(ch);
        if !in_word {
            key.push_str(&tones);
            tones.clear();
        }
        if ch.is_whitespace() {
            space_due = !key.is_empty();
            continue;
        }
        if space_due {
            // White space ends a syllable as punctuation does; its tones were written above.
            key.push(' ');
            space_due = false;
        }
        key.push(plain_punctuation(ch));
    }
    key.push_str(&tones);
    key.nfc().collect()
}

fn plain_punctuation(ch: char) -> char {
    match ch {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | '‚' | '`' | '´' => '\'',
        _ => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_word_fold_alike() {
        assert_eq!(fold("Uỷ ban"), fold("Ủy ban"));
        assert_eq!(fold("hoà"), fold("hòa"));
        assert_eq!(fold("chiến sỹ"), fold("chiến sĩ"));
        assert_eq!(fold("kỹ thuật"), fold("kĩ thuật"));
        assert_eq!(fold("quý"), fold("quí"));
        assert_eq!(fold("5.483 m²"), fold("5.483 m2"));
    }

    #[test]
    fn a_name_typed_in_nfd_is_found_by_its_nfc_form() {
        let name = "Ban Chỉ huy BĐBP tỉnh Sơn La – Ủy ban";
        let decomposed: String = name.nfd().collect();
        assert_eq!(fold(&decomposed), fold(name));
    }

    #[test]
    fn a_search_without_marks_finds_the_marked_text() {
        let text = fold("Các đồn Biên phòng trên tuyến biên giới");
        assert!(text.contains(&fold("don bien phong")));
        assert!(text.contains(&fold("ĐỒN BIÊN PHÒNG")));
        assert_eq!(fold("Đường"), "duong");
    }

    #[test]
    fn white_space_and_punctuation_separate_words_once() {
        assert_eq!(
            fold("mô hình\u{a0}“Dân vận khéo”"),
            fold(" mo  hinh \"dan van\tkheo\" ")
        );
        assert_eq!(
            fold("quốc phòng – an ninh"),
            fold("quốc phòng, an ninh"),
            "the field's spellings of one label (seed I3)"
        );
        assert_eq!(fold("2021–2025"), fold("2021-2025"));
        assert_eq!(fold(" — "), "");
        assert_eq!(
            fold("Mường\u{200b} Lạn\u{feff}"),
            "muong lan",
            "invisible characters do not hide a name"
        );
    }

    #[test]
    fn the_y_rule_leaves_other_words_alone() {
        assert_eq!(fold("thủy lợi"), "thuy loi");
        assert_eq!(fold("y tế"), "y te");
        assert_eq!(fold("tay, khuy, thầy"), "tay khuy thay");
        assert_ne!(fold("thuy"), fold("thui"));
    }

    #[test]
    fn other_scripts_keep_their_marks() {
        assert_ne!(
            fold("ກີ"),
            fold("ກິ"),
            "a Lao vowel sign is a letter, not an accent to drop"
        );
    }

    #[test]
    fn identity_keeps_the_marks_that_search_drops() {
        assert_eq!(fold("Mường Lạn"), fold("Mường Lan"));
        assert_ne!(identity_key("Mường Lạn"), identity_key("Mường Lan"));
        assert_ne!(identity_key("Đồng"), identity_key("Dồng"));
        assert_ne!(identity_key("Tân Phương"), identity_key("Tân Phượng"));
    }

    #[test]
    fn identity_ignores_how_the_same_name_was_keyed() {
        assert_eq!(identity_key("Uỷ ban  nhân dân"), identity_key("ủy ban nhân dân"));
        assert_eq!(identity_key(" Hoà\u{a0}Bình"), identity_key("Hòa Bình "));
        assert_eq!(
            identity_key("“Con nuôi đồn Biên phòng”"),
            identity_key("\"con nuôi đồn biên phòng\"")
        );
        let decomposed: String = "Xã Mường Lạn".nfd().collect();
        assert_eq!(identity_key(&decomposed), identity_key("Xã Mường Lạn"));
    }

    /// Vietnamese words, dashes, quotes and spaces: what the prefix law is claimed for.
    fn vietnamese() -> impl Strategy<Value = String> {
        "[a-zA-ZăâđêôơưĂÂĐÊÔƠƯáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ0-9 \u{a0}.,“”–-]{0,40}"
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn both_normal_forms_fold_alike(text in ".*") {
            let nfc: String = text.nfc().collect();
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(fold(&nfc), fold(&nfd));
            prop_assert_eq!(identity_key(&nfc), identity_key(&nfd));
        }

        #[test]
        fn a_search_being_typed_is_a_prefix_of_the_finished_one(text in vietnamese(), cut in 0_usize..40) {
            let part: String = text.chars().take(cut).collect();
            prop_assert!(fold(&text).starts_with(&fold(&part)));
        }

        #[test]
        fn equal_identity_folds_alike(text in vietnamese()) {
            prop_assert_eq!(fold(&identity_key(&text)), fold(&text));
            prop_assert_eq!(identity_key(&identity_key(&text)), identity_key(&text));
        }
    }
}
