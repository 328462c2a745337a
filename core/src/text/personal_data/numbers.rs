//! Numbers that identify a person: citizen numbers, old identity cards, telephones.

use super::{Passage, SuspicionKind};

pub(super) fn find(text: &[char], found: &mut Vec<Passage>) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_digit() || (at > 0 && text[at - 1].is_alphanumeric()) {
            at += 1;
            continue;
        }
        let number = Number::at(text, at);
        if let Some(kind) = number.kind(text) {
            let plus = at > 0 && text[at - 1] == '+';
            found.push(Passage {
                kind,
                start: at - usize::from(plus),
                end: number.end,
            });
        }
        at = number.end;
    }
}

/// Digits in groups that one and the same sign separates.
struct Number {
    digits: String,
    groups: Vec<usize>,
    end: usize,
}

impl Number {
    fn at(text: &[char], start: usize) -> Self {
        let mut number = Self {
            digits: String::new(),
            groups: Vec::new(),
            end: start,
        };
        let mut sign = None;
        loop {
            let from = number.end;
            while let Some(digit) = text.get(number.end).filter(|ch| ch.is_ascii_digit()) {
                number.digits.push(*digit);
                number.end += 1;
            }
            number.groups.push(number.end - from);
            let Some(next) = text.get(number.end).copied() else {
                return number;
            };
            let next = if next == '\u{a0}' { ' ' } else { next };
            let continues = matches!(next, ' ' | '.' | '-')
                && sign.is_none_or(|sign| sign == next)
                && text.get(number.end + 1).is_some_and(char::is_ascii_digit);
            if !continues {
                return number;
            }
            sign = Some(next);
            number.end += 1;
        }
    }

    fn kind(&self, text: &[char]) -> Option<SuspicionKind> {
        let starts = |prefix| self.digits.starts_with(prefix);
        let in_one = self.groups.len() == 1;
        let telephone_groups = in_one || (self.groups[0] >= 2 && self.groups.iter().all(|group| *group >= 2));
        // Lists of two-digit counts ("08 12 15 20 25") and dates begin with a shorter group than any
        // telephone number.
        let telephone_groups = telephone_groups && (in_one || self.groups[0] >= 3 || starts("84"));
        match self.digits.len() {
            _ if in_one && is_money(&text[self.end..]) => None,
            12 if in_one || (starts("0") && self.groups.iter().all(|group| *group >= 3)) => {
                Some(SuspicionKind::CitizenNumber)
            }
            9 if in_one => Some(SuspicionKind::OldIdentityNumber),
            10 if starts("0") && telephone_groups => Some(SuspicionKind::Phone),
            // Landlines have eleven digits, and +84 takes the place of the 0.
            11 if (starts("02") || starts("84")) && telephone_groups => Some(SuspicionKind::Phone),
            12 if starts("842") && telephone_groups => Some(SuspicionKind::Phone),
            _ => None,
        }
    }
}

/// An ungrouped amount of money is as long as a number of a person.
fn is_money(after: &[char]) -> bool {
    let word: String = after
        .iter()
        .skip_while(|ch| matches!(ch, ' ' | '\u{a0}'))
        .take_while(|ch| ch.is_alphabetic() || **ch == '₫')
        .collect();
    matches!(word.to_lowercase().as_str(), "đ" | "đồng" | "vnđ" | "vnd" | "₫")
}
