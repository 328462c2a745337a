//! The edge: typed text becomes NFC and is otherwise untouched (design promise 10).

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

/// The text as it is stored: NFC, and nothing else changed. White space, case, punctuation and spelling stay
/// as typed.
///
/// Keyboards and copied web pages deliver the same Vietnamese letter in several code-point forms; without
/// this, two equal names would hash, compare and conflict differently.
pub fn keep(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

/// Whether the text already is in the stored form. Data from a peer that is not was written by a device that
/// skipped the edge.
pub fn is_kept(text: &str) -> bool {
    is_nfc(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_decomposed_name_is_kept_in_its_composed_form() {
        let decomposed: String = "Đồn Biên phòng Mường Lạn".nfd().collect();
        assert_ne!(decomposed, "Đồn Biên phòng Mường Lạn");
        assert_eq!(keep(&decomposed), "Đồn Biên phòng Mường Lạn");
    }

    #[test]
    fn spaces_case_and_spelling_stay_as_typed() {
        let typed = "  chiến sỹ\u{a0}hoà  –  “Uỷ” m² ";
        assert_eq!(keep(typed), typed, "only the code-point form may change");
    }

    proptest! {
        #[test]
        fn keeping_twice_is_keeping_once(text in ".*") {
            let once = keep(&text);
            prop_assert!(is_kept(&once));
            prop_assert_eq!(keep(&once), once);
        }
    }
}
