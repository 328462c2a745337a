//! Marks of state secrecy. The product holds no such documents and refuses them (`domain.md` §2.3, Law
//! 117/2025/QH15).

use super::{Passage, SuspicionKind, Word};

/// TỐI MẬT and TUYỆT MẬT wherever they stand in capitals; MẬT only alone, because "NUÔI ONG LẤY MẬT" is a
/// bee-keeping model and "BÍ MẬT" a word.
pub(super) fn find(text: &[char], words: &[Word], found: &mut Vec<Passage>) {
    for (at, word) in words.iter().enumerate() {
        if word.text != "MẬT" {
            continue;
        }
        let before = at
            .checked_sub(1)
            .map(|before| &words[before])
            .filter(|before| before.joined_to_next);
        let after = words.get(at + 1).filter(|_| word.joined_to_next);
        let degree = before.filter(|before| matches!(before.text.as_str(), "TỐI" | "TUYỆT"));
        let in_heading = [before, after].into_iter().flatten().any(Word::is_all_capitals);
        if degree.is_some() || !in_heading {
            found.push(Passage {
                kind: SuspicionKind::SecretMark,
                start: degree.unwrap_or(word).start,
                end: word.end.min(text.len()),
            });
        }
    }
}
