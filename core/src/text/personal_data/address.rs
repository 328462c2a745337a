//! E-mail addresses.

use super::{Passage, SuspicionKind};

pub(super) fn find(text: &[char], found: &mut Vec<Passage>) {
    let mut after = 0;
    for at in 0..text.len() {
        if text[at] != '@' || at < after {
            continue;
        }
        let start = at
            - text[after..at]
                .iter()
                .rev()
                .take_while(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '_' | '-' | '+' | '%'))
                .count();
        let domain: Vec<char> = text[at + 1..]
            .iter()
            .copied()
            .take_while(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '.' | '-'))
            .collect();
        // A full stop or dash after the address belongs to the sentence.
        let length = domain
            .iter()
            .rposition(char::is_ascii_alphanumeric)
            .map_or(0, |last| last + 1);
        let dot = domain[..length].iter().rposition(|ch| *ch == '.');
        if start < at && dot.is_some_and(|dot| dot > 0 && length - dot > 2) {
            after = at + 1 + length;
            found.push(Passage {
                kind: SuspicionKind::Email,
                start,
                end: after,
            });
        }
    }
}
