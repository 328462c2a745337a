//! A value as a person reads it: registers that hold objects, in words.

use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::{
    AgendaEntry, AgreedItem, Closure, Decision, Figure, FindingEntry, ReviewEntry, SheetItem, Submission,
};
use cotmoc_core::text::PartialDate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::session::Language;
use crate::usecase::scores::points_text;

/// A day as it is read: dd/MM/yyyy, or what it is when it is no day.
pub(crate) fn day(stored: &str) -> String {
    PartialDate::parse(stored).map_or_else(|_| stored.to_owned(), |day| day.to_string())
}

/// Reads values in one language.
pub(super) struct Reader {
    pub language: Language,
    /// The scores are met or not met, no points.
    pub is_met_or_not: bool,
}

impl Reader {
    fn say(&self, vi: &'static str, en: &'static str) -> &'static str {
        match self.language {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    /// The value of `property` or `property/key`.
    pub fn text(&self, kind: RecordKind, property: &str, value: &Value) -> String {
        let text = match value {
            Value::String(text) => self.register(kind, property, text),
            Value::Bool(flag) => self
                .say(
                    if *flag { "có" } else { "không" },
                    if *flag { "yes" } else { "no" },
                )
                .into(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        if text.is_empty() {
            self.say("(để trống)", "(empty)").to_owned()
        } else {
            text
        }
    }

    /// What a person calls the row that a property with a key stands for; empty for a property without rows.
    pub fn row_name(&self, kind: RecordKind, property: &str, value: &Value) -> String {
        let Some((root, key)) = property.split_once('/') else {
            return String::new();
        };
        let text = value.as_str().unwrap_or_default();
        let name = match (kind, root) {
            (_, "figures") => {
                object(text).map(|Figure { name, raw, .. }| if name.is_empty() { raw } else { name })
            }
            (RecordKind::Findings, "findings") => object(text).map(|FindingEntry { text, .. }| text),
            (RecordKind::Visit, "agenda") => object(text).map(|AgendaEntry { text, .. }| text),
            (_, "items") => Some(key.to_owned()),
            _ => None,
        };
        shortened(&name.unwrap_or_default())
    }

    fn register(&self, kind: RecordKind, property: &str, text: &str) -> String {
        let root = property.split('/').next().unwrap_or(property);
        let words = match (kind, root) {
            (_, "figures") => object(text).map(figure),
            (RecordKind::Findings, "findings") => object(text).map(|entry| self.finding(entry)),
            (RecordKind::Visit, "agenda") => object(text).map(agenda),
            (RecordKind::ScoreSheet, "items") => object(text).map(|item: SheetItem| {
                dashed(
                    item.points.map_or_else(String::new, |points| self.points(points)),
                    &item.note,
                )
            }),
            (RecordKind::AgreedScore, "items") => {
                object(text).map(|item: AgreedItem| dashed(self.points(item.points), &item.reason))
            }
            (RecordKind::Review, "decisions") => object(text).map(|review| self.review(&review)),
            (RecordKind::Registration, "submission") => {
                object(text).map(|submission| self.submission(&submission))
            }
            (RecordKind::Model, "closed") => object(text).map(|closure| self.closure(&closure)),
            (RecordKind::Registration, "kind") | (RecordKind::Model, "model_kind") => self.coded(text),
            (RecordKind::Visit, "day") | (RecordKind::Cycle, "opens" | "closes") => Some(day(text)),
            (RecordKind::Cycle, "expected") => object(text)
                .map(|units: Vec<String>| format!("{} {}", units.len(), self.say("đơn vị", "units"))),
            (RecordKind::Unit, "unit") => object(text).and_then(|unit: Value| last_name(&unit)),
            (RecordKind::CriteriaSet, "set") => object(text).and_then(|set: Value| titled(&set)),
            (RecordKind::ScoreSheet, "scored_state") => Some(text.chars().take(8).collect()),
            _ => None,
        };
        // What a newer version wrote in another form is shown as it is rather than not at all.
        words.unwrap_or_else(|| text.to_owned())
    }

    fn points(&self, points: i64) -> String {
        if self.is_met_or_not {
            let words = if points > 0 {
                ("đạt", "met")
            } else {
                ("không đạt", "not met")
            };
            return self.say(words.0, words.1).to_owned();
        }
        format!(
            "{} {}",
            points_text(points, self.language),
            self.say("điểm", "points")
        )
    }

    fn finding(&self, entry: FindingEntry) -> String {
        let kind = match entry.kind.as_str() {
            "unit_report" => self.say("Báo cáo của đơn vị", "Unit's report"),
            "strength" => self.say("Ưu điểm", "Strength"),
            "limitation" => self.say("Hạn chế", "Limitation"),
            "cause" => self.say("Nguyên nhân", "Cause"),
            "proposal" => self.say("Kiến nghị của đơn vị", "Unit's proposal"),
            "request" => self.say("Đề nghị của đoàn", "Delegation's request"),
            "lesson" => self.say("Bài học", "Lesson"),
            _ => "",
        };
        let text = if kind.is_empty() {
            entry.text
        } else {
            format!("{kind}: {}", entry.text)
        };
        match entry.removed {
            Some(reason) => dashed(
                text,
                &format!("{}: {reason}", self.say("đã rút lại", "taken back")),
            ),
            None => text,
        }
    }

    fn review(&self, review: &ReviewEntry) -> String {
        let decision = match review.decision {
            Decision::Returned => self.say("trả lại", "returned"),
            Decision::Accepted => self.say("chấp nhận", "accepted"),
        };
        dashed(decision.to_owned(), &review.reason)
    }

    fn submission(&self, submission: &Submission) -> String {
        let (time, on) = (self.say("gửi lần", "submission"), self.say("ngày", "of"));
        format!("{time} {}, {on} {}", submission.number, day(&submission.declared))
    }

    fn closure(&self, closure: &Closure) -> String {
        let state = if closure.closed {
            ("kết thúc", "closed")
        } else {
            ("đang thực hiện", "open")
        };
        dashed(self.say(state.0, state.1).to_owned(), &closure.reason)
    }

    fn coded(&self, code: &str) -> Option<String> {
        let words = match code {
            "new" => self.say("đăng ký mới", "newly registered"),
            "maintained" => self.say("duy trì", "maintained"),
            "not_split" => self.say("không tách", "not split"),
            "mo_hinh" => self.say("mô hình", "model"),
            "chuong_trinh" => self.say("chương trình", "programme"),
            "phan_viec" => self.say("phần việc", "work package"),
            _ => return None,
        };
        Some(words.to_owned())
    }
}

fn object<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// The first words of a long text, as far as a heading has room for them.
fn shortened(text: &str) -> String {
    const ROOM: usize = 60;
    let mut short = String::new();
    for word in text.split_whitespace() {
        if short.chars().count() + word.chars().count() >= ROOM {
            return if short.is_empty() {
                word.chars().take(ROOM).collect::<String>()
            } else {
                short
            } + "…";
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

/// `text – more`, or either alone.
fn dashed(text: String, more: &str) -> String {
    match (text.is_empty(), more.is_empty()) {
        (_, true) => text,
        (true, false) => more.to_owned(),
        (false, false) => format!("{text} – {more}"),
    }
}

/// "tên: trên 200 ha (năm 2026)".
fn figure(figure: Figure) -> String {
    let Figure {
        name,
        raw,
        unit,
        period,
        ..
    } = figure;
    let mut text = if name.is_empty() {
        raw
    } else {
        format!("{name}: {raw}")
    };
    for more in [
        unit,
        if period.is_empty() {
            period
        } else {
            format!("({period})")
        },
    ] {
        if !more.is_empty() {
            text.push(' ');
            text.push_str(&more);
        }
    }
    text
}

/// "08:00–09:30 Nghe báo cáo".
fn agenda(entry: AgendaEntry) -> String {
    let times = match (entry.starts.is_empty(), entry.ends.is_empty()) {
        (false, false) => format!("{}–{} ", entry.starts, entry.ends),
        (false, true) => format!("{} ", entry.starts),
        (true, false) => format!("–{} ", entry.ends),
        (true, true) => String::new(),
    };
    format!("{times}{}", entry.text)
}

fn last_name(unit: &Value) -> Option<String> {
    let name = unit.get("names")?.as_array()?.last()?.get("name")?.as_str()?;
    Some(name.to_owned())
}

fn titled(set: &Value) -> Option<String> {
    Some(set.get("title")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use serde_json::json;

    const VI: Reader = Reader {
        language: Language::Vi,
        is_met_or_not: false,
    };
    const EN: Reader = Reader {
        language: Language::En,
        is_met_or_not: false,
    };

    fn stored(value: Value) -> Value {
        Value::String(value.to_string())
    }

    #[test]
    fn a_figure_is_read_as_the_field_writes_it() {
        let figure = stored(
            json!({"name": "Diện tích nhân rộng", "raw": "trên 200", "unit": "ha", "period": "năm 2026"}),
        );
        let text = VI.text(RecordKind::Registration, "figures/0190", &figure);
        assert_eq!(text, "Diện tích nhân rộng: trên 200 ha (năm 2026)");
        let bare = stored(json!({"name": "Số học sinh", "raw": "48/48"}));
        assert_eq!(
            VI.text(RecordKind::UnitFigures, "figures/0190", &bare),
            "Số học sinh: 48/48"
        );
    }

    #[test]
    fn a_row_is_called_by_what_a_person_wrote_in_it_and_never_by_its_id() {
        let figure = stored(json!({"name": "Diện tích nhân rộng", "raw": "trên 200"}));
        assert_eq!(
            VI.row_name(RecordKind::Registration, "figures/01a2", &figure),
            "Diện tích nhân rộng"
        );
        let finding = stored(json!({"kind": "strength", "text": "Có kế hoạch ".repeat(20), "by": "head"}));
        let name = VI.row_name(RecordKind::Findings, "findings/01a2", &finding);
        assert!(name.ends_with('…') && name.chars().count() <= 61, "{name}");
        assert_eq!(
            VI.row_name(RecordKind::AgreedScore, "items/C1", &Value::Null),
            "C1"
        );
        assert_eq!(
            VI.row_name(RecordKind::Registration, "figures/01a2", &Value::Null),
            ""
        );
        assert_eq!(VI.row_name(RecordKind::Registration, "name", &json!("Tên")), "");
    }

    #[test]
    fn scores_are_read_with_their_note_or_reason() {
        let agreed = stored(json!({"points": 450, "reason": "kiểm tra tại chỗ"}));
        assert_eq!(
            VI.text(RecordKind::AgreedScore, "items/C1", &agreed),
            "4,5 điểm – kiểm tra tại chỗ"
        );
        assert_eq!(
            EN.text(RecordKind::AgreedScore, "items/C1", &agreed),
            "4.5 points – kiểm tra tại chỗ"
        );
        let note_only = stored(json!({"note": "chưa có minh chứng"}));
        assert_eq!(
            VI.text(RecordKind::ScoreSheet, "items/C1", &note_only),
            "chưa có minh chứng"
        );
        let met = Reader {
            language: Language::Vi,
            is_met_or_not: true,
        };
        assert_eq!(
            met.text(
                RecordKind::AgreedScore,
                "items/T1",
                &stored(json!({"points": 100}))
            ),
            "đạt"
        );
        assert_eq!(
            met.text(RecordKind::AgreedScore, "items/T1", &stored(json!({"points": 0}))),
            "không đạt"
        );
    }

    #[test]
    fn a_finding_says_its_kind_and_whether_it_was_taken_back() {
        let finding = json!({"kind": "strength", "text": "Có kế hoạch cụ thể", "by": "member:2"});
        assert_eq!(
            VI.text(RecordKind::Findings, "findings/a", &stored(finding.clone())),
            "Ưu điểm: Có kế hoạch cụ thể"
        );
        let mut removed = finding;
        removed["removed"] = json!("trùng");
        let text = VI.text(RecordKind::Findings, "findings/a", &stored(removed));
        assert_eq!(text, "Ưu điểm: Có kế hoạch cụ thể – đã rút lại: trùng");
    }

    #[test]
    fn days_times_and_codes_are_read_in_words() {
        assert_eq!(VI.text(RecordKind::Visit, "day", &json!("--05-11")), "11/05");
        assert_eq!(
            VI.text(RecordKind::Cycle, "closes", &json!("2026-03-31")),
            "31/03/2026"
        );
        assert_eq!(
            VI.text(RecordKind::Registration, "kind", &json!("not_split")),
            "không tách"
        );
        let item = stored(json!({"text": "Nghe báo cáo", "starts": "8h00", "ends": "9h30"}));
        assert_eq!(
            VI.text(RecordKind::Visit, "agenda/a", &item),
            "8h00–9h30 Nghe báo cáo"
        );
        let submission = stored(json!({"number": 2, "declared": "2026-03-01"}));
        assert_eq!(
            VI.text(RecordKind::Registration, "submission", &submission),
            "gửi lần 2, ngày 01/03/2026"
        );
        let closed = stored(json!({"closed": true, "reason": "hết hiệu quả"}));
        assert_eq!(
            VI.text(RecordKind::Model, "closed", &closed),
            "kết thúc – hết hiệu quả"
        );
        let returned =
            stored(json!({"submission": 1, "after": 0, "decision": "returned", "reason": "thiếu địa chỉ"}));
        assert_eq!(
            VI.text(RecordKind::Review, "decisions/a", &returned),
            "trả lại – thiếu địa chỉ"
        );
    }

    #[test]
    fn plain_values_are_read_as_they_are_and_nothing_as_empty() {
        assert_eq!(
            VI.text(RecordKind::Registration, "name", &json!("Bữa sáng cho em")),
            "Bữa sáng cho em"
        );
        assert_eq!(
            VI.text(RecordKind::Registration, "name", &json!("")),
            "(để trống)"
        );
        assert_eq!(VI.text(RecordKind::Visit, "agenda/a", &Value::Null), "(để trống)");
        assert_eq!(VI.text(RecordKind::Registration, "discarded", &json!(true)), "có");
        assert_eq!(
            VI.text(RecordKind::Campaign, "year", &json!(2026)),
            "2026",
            "a year is not grouped"
        );
    }

    #[test]
    fn an_object_of_another_form_is_shown_as_it_is() {
        let foreign = json!("{\"form\":\"of a newer version\"}");
        assert_eq!(
            VI.text(RecordKind::AgreedScore, "items/C1", &foreign),
            "{\"form\":\"of a newer version\"}"
        );
        assert_eq!(
            VI.text(RecordKind::Registration, "figures/a", &json!("no JSON")),
            "no JSON"
        );
    }
}
