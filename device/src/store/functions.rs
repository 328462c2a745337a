//! Words as the search tables hold them.

use cotmoc_core::text::fold;

/// A query for the full-text table: every folded word must occur, the last one as a beginning. Absent
/// when nothing searchable was typed.
pub(crate) fn match_query(typed: &str) -> Option<String> {
    let folded = fold(typed);
    let words: Vec<String> = folded
        .split_whitespace()
        .map(|word| format!("\"{}\"*", word.replace('"', "")))
        .collect();
    if words.is_empty() {
        None
    } else {
        Some(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_quoted_so_that_no_typed_sign_is_an_operator() {
        assert_eq!(
            match_query("Đồn  BIÊN phòng").as_deref(),
            Some("\"don\"* \"bien\"* \"phong\"*")
        );
        assert_eq!(match_query("  ").as_deref(), None);
        assert!(match_query("a OR b* (").is_some_and(|query| !query.contains('(')));
    }
}
