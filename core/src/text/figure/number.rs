//! One written number: which separators group thousands and which one marks decimals.

use super::{Decimal, Doubt};

/// A number and where its text ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) value: Decimal,
    pub(super) doubt: Option<Doubt>,
}

/// Where the first number begins. Digits inside a word ("m2") do not begin one.
pub(super) fn find(text: &[char]) -> Option<usize> {
    (0..text.len()).find(|&at| text[at].is_ascii_digit() && (at == 0 || !text[at - 1].is_alphanumeric()))
}

/// The end of the number that begins at `start`.
pub(super) fn end(text: &[char], start: usize) -> usize {
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let run = |mut at: usize| {
        while digit(at) {
            at += 1;
        }
        at
    };
    let mut at = run(start);
    let may_group_by_space = at - start <= 3 && text[start] != '0';
    let mut only_spaces = true;
    loop {
        let sign = text.get(at).copied();
        let next = at + 1;
        match sign {
            Some('.' | ',') if digit(next) => only_spaces = false,
            Some(' ') if may_group_by_space && only_spaces && run(next) == next + 3 => {}
            _ => return at,
        }
        at = run(next);
    }
}

/// Reads the digits and separators of one number.
pub(super) fn parse(text: &[char]) -> Result<Number, Doubt> {
    let mut groups = vec![String::new()];
    let mut signs = Vec::new();
    for &ch in text {
        if ch.is_ascii_digit() {
            if let Some(group) = groups.last_mut() {
                group.push(ch);
            }
        } else {
            signs.push(ch);
            groups.push(String::new());
        }
    }
    let (decimals, doubt) = layout(&groups, &signs)?;
    let scale = if decimals {
        groups.last().map_or(0, String::len)
    } else {
        0
    };
    Ok(Number {
        value: decimal(&groups.concat(), scale)?,
        doubt,
    })
}

/// Whether the last group is the decimals, and what is doubtful about that.
fn layout(groups: &[String], signs: &[char]) -> Result<(bool, Option<Doubt>), Doubt> {
    let Some((&last, before)) = signs.split_last() else {
        return Ok((false, None));
    };
    let all = |sign| signs.iter().all(|s| *s == sign);
    let thousands = are_thousands(groups);
    let whole_are_thousands = are_thousands(&groups[..groups.len() - 1]);
    match last {
        '.' if all('.') && thousands => Ok((false, None)),
        '.' if before.is_empty() => {
            let only_zeros = groups[0].bytes().all(|b| b == b'0');
            Ok((true, (!only_zeros).then_some(Doubt::DotAsDecimal)))
        }
        '.' if before.iter().all(|s| *s == ',') && whole_are_thousands => {
            Ok((true, Some(Doubt::DotAsDecimal)))
        }
        ',' if before.is_empty() => Ok((true, thousands.then_some(Doubt::CommaMayBeThousands))),
        ',' if all(',') && thousands => Ok((false, Some(Doubt::CommaMayBeThousands))),
        ',' if before.iter().all(|s| *s == '.') && whole_are_thousands => Ok((true, None)),
        ',' if before.iter().all(|s| *s == ' ') && whole_are_thousands => {
            Ok((true, Some(Doubt::SpacedThousands)))
        }
        ' ' if all(' ') && thousands => Ok((false, Some(Doubt::SpacedThousands))),
        _ => Err(Doubt::NotUnderstood),
    }
}

/// 1 to 3 digits without a leading zero, then groups of exactly three.
fn are_thousands(groups: &[String]) -> bool {
    let Some((first, rest)) = groups.split_first() else {
        return false;
    };
    (1..=3).contains(&first.len()) && !first.starts_with('0') && rest.iter().all(|group| group.len() == 3)
}

fn decimal(digits: &str, scale: usize) -> Result<Decimal, Doubt> {
    // Zeros at both ends say nothing; without them a long run of zeros is still in range.
    let fraction_zeros = digits.len() - digits.trim_end_matches('0').len();
    let dropped = fraction_zeros.min(scale);
    let kept = digits[..digits.len() - dropped].trim_start_matches('0');
    if kept.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let units = kept.parse::<i64>().map_err(|_| Doubt::OutOfRange)?;
    let scale = u8::try_from(scale - dropped).map_err(|_| Doubt::OutOfRange)?;
    Decimal::new(units, scale).map_err(|_| Doubt::OutOfRange)
}
