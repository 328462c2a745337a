//! A figure as the field writes it: "2.011", "trên 200", "khoảng 75,6 ha", "48/48", "500.000đ/cháu/tháng",
//! "hàng trăm ngày công".
//!
//! Figures are not numbers (`domain.md` §0.6). The raw text is what is stored; a [`Reading`] is derived from
//! it, shown beside the input, and decides what a total may say.

mod number;
mod phrase;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::measure;
use super::nfc::keep;
use super::personal_data::{SuspicionKind, suspicions};
use number::Number;
use phrase::{Lead, Tail};

/// How exactly the figure is stated (seed inconsistency I5). A total over anything but exact figures says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// The number as such.
    Exact,
    /// "khoảng", "gần", "xấp xỉ": near the number, on either side.
    Approx,
    /// "trên", "hơn": more than the number, which is a lower bound and never the figure itself.
    Over,
    /// "ít nhất", "từ … trở lên", or the lower end of a range.
    AtLeast,
    /// "dưới", "chưa đến": less than the number.
    Under,
    /// "không quá", "tối đa": the number or less.
    AtMost,
    /// No number is stated ("hàng trăm ngày công"): never read as zero.
    Unquantified,
}

impl Qualifier {
    /// Whether the true figure may lie above the value, so that a sum with it is a lower bound.
    pub fn is_lower_bound(self) -> bool {
        matches!(self, Self::Over | Self::AtLeast)
    }
}

/// Why a reading may not be what was meant. The screen shows the reading and asks; it never refuses the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A dot that cannot separate thousands ("2.5") was read as the decimal point.
    DotAsDecimal,
    /// A comma with three digits after it ("2,500") was read as a decimal comma, the Vietnamese rule; the
    /// writer may have meant thousands. With several commas ("1,234,567") it was read as thousands.
    CommaMayBeThousands,
    /// Groups of three digits with spaces ("1 354") were read as one number.
    SpacedThousands,
    /// A minus sign; counts have none.
    Negative,
    /// The part is larger than the whole ("48/11"), as a date would be.
    PartOverWhole,
    /// The end of a range is below its beginning.
    RangeReversed,
    /// There are words around the figure that the reading does not use.
    UnusedText,
    /// More than the product counts; no value was taken.
    OutOfRange,
    /// It is written as telephone numbers are ("0912 345 678"); no value was taken.
    MayBeTelephone,
    /// There is text but no figure was understood in it; no value was taken.
    NotUnderstood,
    /// Nothing was typed.
    Empty,
}

/// What a written figure was understood to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// How exactly it is stated.
    pub qualifier: Qualifier,
    /// The number, with "nghìn", "triệu", "tỷ" multiplied out; the numerator of "48/48"; the lower end of a
    /// range; 90 for "90%".
    pub value: Option<Decimal>,
    /// The whole of "48/48" and "1.274/2.011".
    pub denominator: Option<Decimal>,
    /// The upper end of a range ("10-15 hộ"); the qualifier is then [`Qualifier::AtLeast`].
    pub upper: Option<Decimal>,
    /// The unit: a label for symbols and money ("ha", "m2", "VND", "%"), else as typed ("học sinh"). "% chi
    /// bộ" is a share of Party cells.
    pub unit: Option<String>,
    /// What the figure is per: "cháu" and "tháng" of "500.000đ/cháu/tháng".
    pub per: Vec<String>,
    /// Whether the reading should be confirmed by the writer; always so when there is a doubt.
    pub ambiguous: bool,
    /// Why.
    pub doubt: Option<Doubt>,
}

impl Doubt {
    /// The word for it in answers, as it is serialised.
    pub fn code(self) -> &'static str {
        match self {
            Self::DotAsDecimal => "dot_as_decimal",
            Self::CommaMayBeThousands => "comma_may_be_thousands",
            Self::SpacedThousands => "spaced_thousands",
            Self::Negative => "negative",
            Self::PartOverWhole => "part_over_whole",
            Self::RangeReversed => "range_reversed",
            Self::UnusedText => "unused_text",
            Self::OutOfRange => "out_of_range",
            Self::MayBeTelephone => "may_be_telephone",
            Self::NotUnderstood => "not_understood",
            Self::Empty => "empty",
        }
    }
}

impl Reading {
    fn without_number(unit: Option<String>, per: Vec<String>, doubt: Option<Doubt>) -> Self {
        Self {
            qualifier: Qualifier::Unquantified,
            value: None,
            denominator: None,
            upper: None,
            unit,
            per,
            ambiguous: doubt.is_some(),
            doubt,
        }
    }

    /// The unit as one label: "VND/cháu/tháng", "ha". Nothing when no unit was typed.
    pub fn unit_label(&self) -> Option<String> {
        let mut label = self.unit.clone().unwrap_or_default();
        for per in &self.per {
            label.push('/');
            label.push_str(per);
        }
        (!label.is_empty()).then_some(label)
    }

    /// The part of "48/48", when a whole is stated.
    pub fn numerator(&self) -> Option<Decimal> {
        self.denominator.and(self.value)
    }

    /// Whether the unit is money, in whole dong.
    pub fn is_money(&self) -> bool {
        self.unit.as_deref() == Some(measure::MONEY)
    }

    /// A stated percentage as a ratio: 0,9 for "trên 90%". Nothing for other figures; a share that has to be
    /// divided out ("48/48") is no exact decimal and stays numerator and denominator.
    pub fn stated_ratio(&self) -> Option<Decimal> {
        if !self.unit.as_deref()?.starts_with(measure::PERCENT) {
            return None;
        }
        self.value?.shifted(-2).ok()
    }
}

/// Reads a figure as the field writes it. Any text gives a reading and none panics.
///
/// Rules (`domain.md` §0.6, §8):
/// - A dot groups thousands when it stands in groups of three (2.011 is 2011) and a comma is the decimal sign
///   (75,6). Where the text breaks that habit the likelier value is taken and a [`Doubt`] says so: 2.5 is two
///   and a half.
/// - Words before the number qualify it; the one nearest to it counts ("khoảng trên 200" is over 200).
/// - Words may be typed without marks ("tren 200"); with other marks they are other words.
/// - What follows is the unit, up to the first comma, bracket or further number.
pub fn read(raw: &str) -> Reading {
    let text: Vec<char> = keep(raw)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .collect();
    if text.is_empty() {
        return Reading::without_number(None, Vec::new(), Some(Doubt::Empty));
    }
    if is_telephone(&text) {
        return Reading::without_number(None, Vec::new(), Some(Doubt::MayBeTelephone));
    }
    match number::find(&text) {
        Some(start) => read_number(&text, start),
        None => read_words(&text),
    }
}

/// The number that would be read is written as a telephone number. "84.000.000.000" and "84 000 000 000" begin as
/// the numbers of this country do and are figures all the same: groups of three are those of thousands, unless
/// a 0 or a + stands before them.
fn is_telephone(text: &[char]) -> bool {
    let Some(at) = number::find(text) else {
        return false;
    };
    let in_thousands = |excerpt: &str| {
        let mut groups = excerpt.split(['.', ' ', '\u{a0}']);
        groups
            .next()
            .is_some_and(|first| !first.starts_with(['0', '+']) && first.len() <= 3)
            && groups.clone().next().is_some()
            && groups.all(|group| group.len() == 3)
    };
    let is_dialled = at > 0 && text[at - 1] == '+';
    suspicions(&text.iter().collect::<String>()).iter().any(|found| {
        found.kind == SuspicionKind::Phone
            && found.start <= at
            && at < found.end
            && (is_dialled || !in_thousands(&found.excerpt))
    })
}

fn read_number(text: &[char], start: usize) -> Reading {
    let lead = Lead::of(&text[..start]);
    let tail = Tail::of(text, start);
    let unread = |doubt| Reading::without_number(tail.unit.clone(), tail.per.clone(), Some(doubt));
    let number = match tail.number {
        Ok(number) => number,
        Err(doubt) => return unread(doubt),
    };
    let mut doubt = tail.doubt;
    let mut raise = |why: Doubt| {
        doubt.get_or_insert(why);
    };
    let Number { mut value, .. } = number;
    if lead.minus {
        raise(Doubt::Negative);
        match Decimal::new(-value.units(), value.scale()) {
            Ok(negative) => value = negative,
            Err(_) => return unread(Doubt::OutOfRange),
        }
    }
    if tail.denominator.is_some_and(|whole| value > whole) {
        raise(Doubt::PartOverWhole);
    }
    if tail.upper.is_some_and(|upper| value > upper) {
        raise(Doubt::RangeReversed);
    }
    if lead.unused {
        raise(Doubt::UnusedText);
    }
    let qualifier = if tail.upper.is_some() {
        Qualifier::AtLeast
    } else {
        tail.qualifier.or(lead.qualifier).unwrap_or(Qualifier::Exact)
    };
    Reading {
        qualifier,
        value: Some(value),
        denominator: tail.denominator,
        upper: tail.upper,
        unit: tail.unit,
        per: tail.per,
        ambiguous: doubt.is_some(),
        doubt,
    }
}

fn read_words(text: &[char]) -> Reading {
    match phrase::unquantified(text) {
        Some(phrase::Measure { unit, per, unused }) => {
            Reading::without_number(unit, per, unused.then_some(Doubt::UnusedText))
        }
        None => Reading::without_number(None, Vec::new(), Some(Doubt::NotUnderstood)),
    }
}

#[cfg(test)]
mod tests;
