//! The free-text check for personal data and secrecy marks, run before anything is committed (`domain.md`
//! §2.3).
//!
//! The journal keeps everything that was once committed, so a name has to be seen before that. The check
//! warns and asks for a review; it is not proof of absence. It looks for how people are written about in this
//! field (a form of address and a name) and for numbers that identify a person; it knows no person.

mod address;
mod name;
mod numbers;
mod secret;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nfc::keep;

/// What a passage looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspicionKind {
    /// A form of address followed by a name, or a full name with "Văn" or "Thị".
    PersonName,
    /// Twelve digits: a citizen number.
    CitizenNumber,
    /// Nine digits: an identity card of the old kind.
    OldIdentityNumber,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// MẬT, TỐI MẬT or TUYỆT MẬT as a mark: the product holds no state secrets.
    SecretMark,
}

/// A passage that someone has to look at before the text is sealed or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspicion {
    /// What it looks like.
    pub kind: SuspicionKind,
    /// Where it begins, counted in characters (Unicode scalar values) of the text in NFC.
    pub start: usize,
    /// Where it ends, exclusive, counted likewise.
    pub end: usize,
    /// The passage itself.
    pub excerpt: String,
}

/// Passages of a text that may name or number a person, or that mark it as secret, in the order of the text.
///
/// Offsets count characters of the NFC form, which is the form every stored field has.
pub fn suspicions(text: &str) -> Vec<Suspicion> {
    let kept = keep(text);
    let text: Vec<char> = kept.chars().collect();
    let words = words(&text);
    let mut found = Vec::new();
    name::find(&text, &words, &mut found);
    numbers::find(&text, &mut found);
    address::find(&text, &mut found);
    secret::find(&text, &words, &mut found);
    found.sort_by_key(|passage: &Passage| (passage.start, passage.end));
    found
        .into_iter()
        .map(|Passage { kind, start, end }| Suspicion {
            kind,
            start,
            end,
            excerpt: text[start..end].iter().collect(),
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Passage {
    kind: SuspicionKind,
    start: usize,
    end: usize,
}

/// A run of letters, with what separates it from the next one.
struct Word {
    start: usize,
    end: usize,
    text: String,
    /// Only spaces stand between this word and the next: a name does not run over a comma or a line end.
    joined_to_next: bool,
}

impl Word {
    fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    fn is_capitalised(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Two or more letters, all upper case: a heading or a mark, in which capitals say nothing about names.
    fn is_all_capitals(&self) -> bool {
        self.text.chars().count() > 1 && self.text.chars().all(char::is_uppercase)
    }
}

fn words(text: &[char]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        while at < text.len() && text[at].is_alphanumeric() {
            at += 1;
        }
        if let Some(previous) = words.last_mut() {
            let between = &text[previous.end..start];
            previous.joined_to_next = between.iter().all(|ch| matches!(ch, ' ' | '\u{a0}'));
        }
        words.push(Word {
            start,
            end: at,
            text: text[start..at].iter().collect(),
            joined_to_next: false,
        });
    }
    words
}

#[cfg(test)]
mod tests;
