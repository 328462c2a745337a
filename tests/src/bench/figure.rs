//! One measured figure and its line.

use std::fmt;

/// What a value must come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    /// Less than this.
    Under(f64),
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// More than this.
    Over(f64),
}

impl Bar {
    fn is_reached_by(self, value: f64) -> bool {
        match self {
            Self::Under(bar) => value < bar,
            Self::AtMost(bar) => value <= bar,
            Self::AtLeast(bar) => value >= bar,
            Self::Over(bar) => value > bar,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bar) = match self {
            Self::Under(bar) => ("<", bar),
            Self::AtMost(bar) => ("<=", bar),
            Self::AtLeast(bar) => (">=", bar),
            Self::Over(bar) => (">", bar),
        };
        formatter.pad(&format!("{sign}{bar}"))
    }
}

/// One measured figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured, in dotted words.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit; empty for a plain number.
    pub unit: &'static str,
    /// What it must come to; absent where it is only told.
    pub bar: Option<Bar>,
}

impl Figure {
    /// A figure that is told without a bar.
    pub fn told(name: &str, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            value,
            unit,
            bar: None,
        }
    }

    /// A figure with a bar.
    pub fn with_bar(name: &str, value: f64, unit: &'static str, bar: Bar) -> Self {
        Self {
            bar: Some(bar),
            ..Self::told(name, value, unit)
        }
    }

    /// A figure that must be less than `bar`.
    pub fn under(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self::with_bar(name, value, unit, Bar::Under(bar))
    }

    /// A figure that must not exceed `bar`.
    pub fn at_most(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self::with_bar(name, value, unit, Bar::AtMost(bar))
    }

    /// How much was tried: less than `bar` is no figure for the record.
    pub fn at_least(name: &str, value: f64, unit: &'static str, bar: f64) -> Self {
        Self::with_bar(name, value, unit, Bar::AtLeast(bar))
    }

    /// It reaches its bar. What is no number reaches none.
    pub fn is_reached(&self) -> bool {
        self.bar.is_none_or(|bar| bar.is_reached_by(self.value))
    }

    /// The head of the table that [`Figure::line`] makes.
    pub fn head() -> String {
        format!(
            "{:<44} {:>12} {:<6} {:>9} reached",
            "figure", "value", "unit", "bar"
        )
    }

    /// The line: name, value, unit, bar, ok or short; `-` where there is none, so that every line has five.
    pub fn line(&self) -> String {
        let unit = if self.unit.is_empty() { "-" } else { self.unit };
        let (bar, verdict) = match (self.bar, self.is_reached()) {
            (None, _) => ("-".to_owned(), "-"),
            (Some(bar), true) => (bar.to_string(), "ok"),
            (Some(bar), false) => (bar.to_string(), "short"),
        };
        // A count is a whole number and says so.
        let value = match self.value.fract() {
            0.0 => format!("{:.0}", self.value),
            _ => format!("{:.3}", self.value),
        };
        format!("{:<44} {value:>12} {unit:<6} {bar:>9} {verdict}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_at_its_bar_reaches_it_unless_it_must_stay_under_or_get_over() {
        let at = |bar| Figure::with_bar("x", 30.0, "ms", bar).is_reached();
        assert!(at(Bar::AtMost(30.0)) && at(Bar::AtLeast(30.0)));
        assert!(!at(Bar::Under(30.0)) && !at(Bar::Over(30.0)));
        assert!(at(Bar::Under(30.1)) && at(Bar::Over(29.9)));
        assert!(!at(Bar::AtMost(29.9)) && !at(Bar::AtLeast(30.1)));
    }

    #[test]
    fn a_value_that_is_no_number_reaches_no_bar() {
        for bar in [
            Bar::Under(1.0),
            Bar::AtMost(1.0),
            Bar::AtLeast(1.0),
            Bar::Over(1.0),
        ] {
            assert!(!Figure::with_bar("x", f64::NAN, "", bar).is_reached(), "{bar}");
        }
    }

    #[test]
    fn every_line_has_name_value_unit_bar_and_verdict() {
        let words = |figure: Figure| {
            let line = figure.line();
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            words(Figure::under("store.saved_edit.p95", 31.25, "ms", 30.0)),
            "store.saved_edit.p95 31.250 ms <30 short"
        );
        assert_eq!(
            words(Figure::at_least("merge_laws.cases", 10_000.0, "", 10_000.0)),
            "merge_laws.cases 10000 - >=10000 ok"
        );
        assert_eq!(
            words(Figure::told("store.one_fsync.median", 0.5, "ms")),
            "store.one_fsync.median 0.500 ms - -"
        );
    }
}
