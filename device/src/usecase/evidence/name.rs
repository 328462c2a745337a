//! The name under which a file is shown: data from elsewhere, never a path.

use cotmoc_core::media::{MAX_NAME, MediaType};
use cotmoc_core::text::keep;

/// The name as it is kept: one line without a path, in NFC, short enough. The ending stays, because people know
/// files by it.
pub(super) fn cleaned(name: &str, media_type: MediaType) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !c.is_control() && !turns_around(*c))
        .collect();
    let plain = keep(plain.trim());
    if plain.is_empty() || plain.chars().all(|c| c == '.') {
        return format!("{}.{}", "minh-chung", ending(media_type));
    }
    shortened(&plain)
}

fn ending(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Jpeg => "jpg",
        MediaType::Webp => "webp",
        MediaType::Pdf => "pdf",
    }
}

/// Marks that turn the direction of writing: with them a name can be read as having another ending.
fn turns_around(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(at) if name.len() - at <= 16 => name.split_at(at),
        _ => (name, ""),
    };
    let mut room = MAX_NAME - ending.len() - '…'.len_utf8();
    while !stem.is_char_boundary(room) {
        room -= 1;
    }
    // A cut between a letter and what is written above it is no longer NFC.
    keep(&format!("{}…{ending}", stem[..room].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(name: &str) -> String {
        cleaned(name, MediaType::Jpeg)
    }

    #[test]
    fn a_name_is_one_line_without_path_or_marks_that_turn_it_around() {
        assert_eq!(photo("C:\\Ảnh\\Nhà văn ho\u{301}a.JPG"), "Nhà văn hóa.JPG");
        assert_eq!(photo("../../etc/passwd"), "passwd");
        assert_eq!(photo("ảnh\u{202e}gpj.exe\r\n"), "ảnhgpj.exe");
        for nothing in ["", "  ", "..", "a/", "\0"] {
            assert_eq!(photo(nothing), "minh-chung.jpg", "{nothing:?}");
        }
        assert_eq!(cleaned("", MediaType::Pdf), "minh-chung.pdf");
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_ending() {
        let long = photo(&format!("{}.jpeg", "Lễ ra mắt mô hình ".repeat(40)));
        assert!(
            long.len() <= MAX_NAME && long.starts_with("Lễ ra mắt") && long.ends_with("….jpeg"),
            "{long}"
        );
        let without = photo(&"ả".repeat(300));
        assert!(without.len() <= MAX_NAME && without.ends_with('…'));
    }
}
