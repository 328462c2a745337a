//! What devices write in the generated cases: the field's own texts and objects, few enough that two
//! devices often write the same, and now and then the same again.

use cotmoc_core::record::RecordKind;

/// Short texts, for registers that hold a sentence.
pub(super) const LINES: &[&str] = &[
    "",
    "Thắp sáng đường biên",
    "Nâng bước em tới trường",
    "Con nuôi đồn Biên phòng",
];

/// Codes, days and ids, for registers that hold no sentence.
pub(super) const CODES: &[&str] = &["", "KT", "maintained", "2024-10-25", "--05-11"];

/// Longest text of [`CODES`], bytes; a register that holds less is left to them.
pub(super) const SHORT: usize = 64;

/// Pieces of a narrative: words, characters outside the first plane and marks of their own.
pub(super) const WORDS: &[&str] = &[
    "",
    "Đồn ",
    "vận động ",
    "48/48 hộ ",
    "đèn ",
    "ổ ",
    "😀",
    "e\u{301}",
];

/// Keys of the objects of a map.
pub(super) const KEYS: &[&str] = &["01", "02", "03"];

/// Objects of a property, as JSON. A property that is not named here gets figures: the laws do not depend
/// on what an object says.
pub(super) fn objects(kind: RecordKind, property: &str) -> &'static [&'static str] {
    match (kind, property) {
        (RecordKind::Review, "decisions") => &[
            r#"{"submission":1,"after":0,"decision":"returned","reason":"thiếu thời gian"}"#,
            r#"{"submission":1,"after":0,"decision":"accepted","reason":""}"#,
            r#"{"submission":1,"after":1,"decision":"accepted","reason":""}"#,
        ],
        (RecordKind::AgreedScore | RecordKind::ScoreSheet, "items") => &[
            r#"{"points":1450}"#,
            r#"{"points":1500,"reason":"theo biên bản"}"#,
            r#"{"points":0,"reason":"chưa có"}"#,
        ],
        (RecordKind::Findings, "findings") => &[
            r#"{"kind":"strength","text":"Duy trì thường xuyên","by":"1"}"#,
            r#"{"kind":"limitation","text":"Hồ sơ còn thiếu","by":"2"}"#,
            r#"{"kind":"limitation","text":"Hồ sơ còn thiếu","by":"2","removed":"ghi trùng"}"#,
        ],
        (RecordKind::Visit, "agenda") => &[
            r#"{"text":"Nghe báo cáo","starts":"08:00","ends":"09:30"}"#,
            r#"{"text":"Trao đổi","starts":"10:00","ends":""}"#,
            r#"{"text":"Trao đổi","starts":"10:30","ends":""}"#,
        ],
        (RecordKind::Registration, "submission") => &[
            r#"{"number":1,"declared":"2026-03-01"}"#,
            r#"{"number":2,"declared":"2026-03-01"}"#,
        ],
        (RecordKind::Model, "closed") => &[
            r#"{"on":"2025-12-31","reason":"Đã hoàn thành"}"#,
            r#"{"on":"2026-06-30","reason":"Sáp nhập địa bàn"}"#,
        ],
        (RecordKind::Unit, "unit") => &[
            r#"{"name":"Đồn Biên phòng Mường Lạn","valid_from":null,"valid_until":null}"#,
            r#"{"name":"Đồn Biên phòng Mường Lạn","valid_from":null,"valid_until":"2025-07-01"}"#,
        ],
        (RecordKind::Cycle, "expected") => &[r#"["don-muong-lan"]"#, r#"["don-long-sap","don-muong-lan"]"#],
        _ => &[
            r#"{"name":"Số hộ","raw":"48/48","unit":"hộ"}"#,
            r#"{"name":"Số hộ","raw":"trên 200","unit":"hộ"}"#,
            r#"{"name":"Mức hỗ trợ","raw":"500.000đ/cháu/tháng"}"#,
        ],
    }
}
