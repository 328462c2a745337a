//! The reading in words, shown beside the input so that the writer sees what was understood.

use super::decimal::Decimal;
use super::figure::{Qualifier, Reading};
use super::measure;
use super::number_format::Language;

impl Reading {
    /// In Vietnamese: "lớn hơn 200", "khoảng 75,6 héc-ta", "không có số cụ thể, đơn vị ngày công".
    pub fn words_vi(&self) -> String {
        self.words(Language::Vi)
    }

    /// In English: "more than 200", "about 75.6 hectares", "no specific figure, unit: working days".
    pub fn words_en(&self) -> String {
        self.words(Language::En)
    }

    /// In the language of the screen.
    pub fn words(&self, language: Language) -> String {
        let Some(value) = self.value else {
            return self.words_without_number(language);
        };
        let amount = self.amount(value, language);
        let unit = self.unit_words(value, language);
        match (language, self.qualifier) {
            (Language::Vi, Qualifier::Approx) => format!("khoảng {amount}{unit}"),
            (Language::En, Qualifier::Approx) => format!("about {amount}{unit}"),
            (Language::Vi, Qualifier::Over) => format!("lớn hơn {amount}{unit}"),
            (Language::En, Qualifier::Over) => format!("more than {amount}{unit}"),
            (Language::Vi, Qualifier::Under) => format!("nhỏ hơn {amount}{unit}"),
            (Language::En, Qualifier::Under) => format!("less than {amount}{unit}"),
            (Language::Vi, Qualifier::AtMost) => format!("không quá {amount}{unit}"),
            (Language::En, Qualifier::AtMost) => format!("at most {amount}{unit}"),
            (Language::Vi, Qualifier::AtLeast) if self.upper.is_none() => {
                format!("từ {amount}{unit} trở lên")
            }
            (Language::En, Qualifier::AtLeast) if self.upper.is_none() => {
                format!("at least {amount}{unit}")
            }
            _ => format!("{amount}{unit}"),
        }
    }

    fn words_without_number(&self, language: Language) -> String {
        let unit = self.unit_words(Decimal::ZERO, language);
        let unit = unit.trim_start();
        match (language, unit.is_empty()) {
            (Language::Vi, true) => "không có số cụ thể".to_owned(),
            (Language::En, true) => "no specific figure".to_owned(),
            (Language::Vi, false) => format!("không có số cụ thể, đơn vị {unit}"),
            (Language::En, false) => format!("no specific figure, unit: {unit}"),
        }
    }

    fn amount(&self, value: Decimal, language: Language) -> String {
        let number = value.printed(language);
        match (self.denominator, self.upper, language) {
            (Some(whole), _, Language::Vi) => {
                format!("{number} trên tổng số {}", whole.printed(language))
            }
            (Some(whole), _, Language::En) => format!("{number} of {}", whole.printed(language)),
            (None, Some(upper), Language::Vi) => {
                format!("từ {number} đến {}", upper.printed(language))
            }
            (None, Some(upper), Language::En) => format!("{number} to {}", upper.printed(language)),
            (None, None, _) => number,
        }
    }

    /// The unit with its leading space, or nothing.
    fn unit_words(&self, value: Decimal, language: Language) -> String {
        let counted = self.denominator.or(self.upper).unwrap_or(value);
        let one = counted.to_whole() == Some(1);
        let mut words = match self.unit.as_deref() {
            None => String::new(),
            Some(unit) => match (unit.strip_prefix(measure::PERCENT), language) {
                (None, _) => format!(" {}", measure::words(unit, language, one)),
                (Some(""), _) => measure::PERCENT.to_owned(),
                (Some(of), Language::Vi) => format!("{}{of}", measure::PERCENT),
                (Some(of), Language::En) => format!(
                    "{} of {}",
                    measure::PERCENT,
                    measure::words(of.trim_start(), language, false)
                ),
            },
        };
        for per in &self.per {
            let joint = match language {
                Language::Vi => " mỗi ",
                Language::En => " per ",
            };
            words.push_str(joint);
            words.push_str(&measure::words(per, language, true));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use crate::text::figure::read;

    fn both(raw: &str) -> (String, String) {
        let reading = read(raw);
        (reading.words_vi(), reading.words_en())
    }

    #[test]
    fn the_reading_says_what_was_understood() {
        let cases = [
            ("trên 200", "lớn hơn 200", "more than 200"),
            ("khoảng 75,6 ha", "khoảng 75,6 héc-ta", "about 75.6 hectares"),
            (
                "hàng trăm ngày công",
                "không có số cụ thể, đơn vị ngày công",
                "no specific figure, unit: working days",
            ),
            ("2.011 mô hình", "2.011 mô hình", "2,011 models"),
            (
                "500.000đ/cháu/tháng",
                "500.000 đồng mỗi cháu mỗi tháng",
                "500,000 VND per child per month",
            ),
            ("45 triệu đồng", "45.000.000 đồng", "45,000,000 VND"),
            (
                "48/48 chi bộ",
                "48 trên tổng số 48 chi bộ",
                "48 of 48 Party cells",
            ),
            ("trên 90%", "lớn hơn 90%", "more than 90%"),
            (
                "trên 90% chi bộ",
                "lớn hơn 90% chi bộ",
                "more than 90% of Party cells",
            ),
            (
                "từ 200 hộ trở lên",
                "từ 200 hộ trở lên",
                "at least 200 households",
            ),
            ("dưới 5 hộ", "nhỏ hơn 5 hộ", "less than 5 households"),
            ("không quá 1 hộ", "không quá 1 hộ", "at most 1 household"),
            ("10-15 hộ", "từ 10 đến 15 hộ", "10 to 15 households"),
            ("5.483 m²", "5.483 mét vuông", "5,483 square metres"),
            ("12 thùng", "12 thùng", "12 thùng"),
            (
                "chưa có số liệu cụ thể",
                "không có số cụ thể",
                "no specific figure",
            ),
        ];
        for (raw, vi, en) in cases {
            assert_eq!(both(raw), (vi.to_owned(), en.to_owned()), "{raw}");
        }
    }
}
