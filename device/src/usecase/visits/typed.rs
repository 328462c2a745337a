//! What is typed during a visit, before it is kept for good.

use cotmoc_core::text::keep;

use crate::contract::Problem;
use crate::usecase::personal_data::check_one as check;

/// The text as it is stored. Marks of secrecy are never taken: the product holds no state secrets.
///
/// # Errors
/// `secrecy_mark`.
pub(crate) fn written(property: &str, text: &str) -> Result<String, Problem> {
    check(property, text, true)?;
    Ok(keep(text.trim()))
}

/// [`written`] that also warns of personal data, because the journal keeps everything. What stands in the
/// record already was decided on when it was saved, and is not asked about again.
///
/// # Errors
/// `personal_data` unless the person has seen the warning; `secrecy_mark`.
pub(crate) fn about_people(property: &str, text: &str, before: &str, seen: bool) -> Result<String, Problem> {
    let kept = keep(text.trim());
    check(property, text, seen || kept == before)?;
    Ok(kept)
}

/// [`about_people`] of a narrative: space and line ends stay where two people may be writing.
///
/// # Errors
/// `personal_data` unless the person has seen the warning; `secrecy_mark`.
pub(super) fn narrative(property: &str, text: &str, before: &str, seen: bool) -> Result<String, Problem> {
    let kept = keep(text);
    check(property, text, seen || kept == before)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_telephone_number_is_asked_about_once_and_kept_when_it_was_seen() {
        let text = "Liên hệ 0912345678 để nhận giống";
        let problem = about_people("text", text, "", false).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.params["property"].as_str()),
            ("personal_data", "text")
        );
        assert_eq!(problem.params["kind"], "phone");
        assert!(problem.params["excerpt"].contains("0912345678"));
        assert_eq!(about_people("text", text, "", true).unwrap(), text);
        assert_eq!(
            about_people("text", text, text, false).unwrap(),
            text,
            "what stands in the record already was decided on"
        );
    }

    #[test]
    fn a_secrecy_mark_is_refused_even_when_the_warning_was_seen() {
        let text = "TUYỆT MẬT. Liên hệ 0912345678";
        assert_eq!(
            about_people("text", text, text, true).unwrap_err().code,
            "secrecy_mark"
        );
        assert_eq!(
            about_people("text", text, "", false).unwrap_err().code,
            "secrecy_mark",
            "it comes before the warning"
        );
        assert_eq!(written("place", text).unwrap_err().code, "secrecy_mark");
    }

    #[test]
    fn what_is_typed_is_kept_in_nfc_without_the_space_around_it() {
        let decomposed = "  Nhà văn ho\u{301}a ";
        assert_eq!(written("place", decomposed).unwrap(), "Nhà văn hóa");
        assert_eq!(
            narrative("attendance", "Trưởng đoàn\n", "", false).unwrap(),
            "Trưởng đoàn\n"
        );
    }
}
