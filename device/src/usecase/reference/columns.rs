//! The columns of the sheet of units: what the template writes and the importer looks for.

use cotmoc_core::org::{Column, Level};
use cotmoc_core::text::{fold, identity_key};

/// Name of the sheet with the units.
pub(super) const SHEET: &str = "Đơn vị";

/// A column of the sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct SheetColumn {
    pub column: Column,
    /// Heading; the importer finds the column by it, wherever it stands.
    pub vi: &'static str,
    /// English line below the heading.
    pub en: &'static str,
    /// Explanation for the guide sheet.
    pub guide_vi: &'static str,
    pub guide_en: &'static str,
    /// A unit cannot be read without it.
    pub required: bool,
    /// Width in characters.
    pub width: f64,
}

const fn column(
    column: Column,
    required: bool,
    width: f64,
    (vi, en): (&'static str, &'static str),
    (guide_vi, guide_en): (&'static str, &'static str),
) -> SheetColumn {
    SheetColumn {
        column,
        vi,
        en,
        guide_vi,
        guide_en,
        required,
        width,
    }
}

/// The columns from left to right.
pub(super) const COLUMNS: [SheetColumn; 13] = [
    column(
        Column::Id,
        true,
        24.0,
        ("Mã đơn vị", "Unit code"),
        (
            "Bắt buộc. Mã riêng của đơn vị trong chương trình: chữ thường không dấu, chữ số, dấu gạch nối; không đổi khi đơn vị đổi tên. Ví dụ: don-muong-lan.",
            "Required. The unit's own code in this program: lower-case letters without marks, digits, hyphens; it never changes.",
        ),
    ),
    column(
        Column::Name,
        true,
        44.0,
        ("Tên đơn vị", "Name"),
        (
            "Bắt buộc. Tên đầy đủ trong thời gian của dòng này.",
            "Required. Full name during the time of this row.",
        ),
    ),
    column(
        Column::Level,
        true,
        30.0,
        ("Cấp", "Level"),
        (
            "Bắt buộc. Chọn trong danh sách, hoặc ghi mã cấp ở bảng dưới. Một đơn vị không đổi cấp; nếu thành cấp khác thì là đơn vị kế tục.",
            "Required. Choose from the list, or write the level code of the table below. A unit never changes its level.",
        ),
    ),
    column(
        Column::Parent,
        false,
        24.0,
        ("Mã đơn vị cấp trên", "Code of the unit above"),
        (
            "Mã đơn vị của cấp trên trực tiếp, có trong tệp này hoặc đã có trong danh mục. Chỉ tỉnh để trống.",
            "Unit code of the unit directly above, in this file or in the register already. Only a province has none.",
        ),
    ),
    column(
        Column::GsoCode,
        false,
        14.0,
        ("Mã thống kê", "Statistical code"),
        (
            "Mã của cơ quan thống kê, giữ số 0 ở đầu (ô dạng văn bản). Không có thì để trống.",
            "Code of the statistics office with its leading zeros (text cell). May be empty.",
        ),
    ),
    column(
        Column::ValidFrom,
        false,
        20.0,
        ("Có hiệu lực từ ngày", "Valid from"),
        (
            "Ngày đầu tiên của dòng này: 2025-07-01 hoặc 01/07/2025; chỉ biết năm thì ghi 2025. Để trống nếu có từ trước thời kỳ theo dõi.",
            "First day of this row: 2025-07-01 or 01/07/2025, or a year alone. Empty when it lies before the period of interest.",
        ),
    ),
    column(
        Column::ValidUntil,
        false,
        20.0,
        ("Hết hiệu lực từ ngày", "No longer valid from"),
        (
            "Ngày đầu tiên KHÔNG còn hiệu lực: 2025-07-01 nghĩa là ngày cuối cùng là 30/6/2025. Để trống nếu còn hiệu lực.",
            "First day on which it is NO longer valid: 2025-07-01 means that 30/6/2025 was the last day. Empty while it lasts.",
        ),
    ),
    column(
        Column::Successors,
        false,
        40.0,
        ("Đơn vị kế tục", "Successors"),
        (
            "Khi đơn vị kết thúc: mã đơn vị tiếp nhận, kèm (toàn bộ) hoặc (một phần), cách nhau bằng dấu chấm phẩy. (toàn bộ): đơn vị tiếp nhận chỉ gồm phần của đơn vị cũ; (một phần): còn gồm địa bàn của đơn vị khác. Ví dụ: xa-a (toàn bộ); xa-b (một phần).",
            "When the unit ended: codes of the units that took over, each with (full) or (partial), separated by semicolons. Partial: the successor also holds territory of other units.",
        ),
    ),
    column(
        Column::Aliases,
        false,
        28.0,
        ("Tên gọi khác", "Other names"),
        (
            "Các tên khác để tìm kiếm, cách nhau bằng dấu chấm phẩy.",
            "Other names it is found by, separated by semicolons.",
        ),
    ),
    column(
        Column::Demonstration,
        false,
        14.0,
        ("Dữ liệu minh họa", "Demonstration data"),
        (
            "Ghi có nếu không phải đơn vị thật.",
            "Write có (yes) when it is no real unit.",
        ),
    ),
    column(
        Column::Verified,
        false,
        14.0,
        ("Đã kiểm chứng", "Verified"),
        (
            "Ghi có nếu có văn bản công khai xác nhận.",
            "Write có (yes) when a public document confirms the row.",
        ),
    ),
    column(
        Column::Evidence,
        false,
        36.0,
        ("Nguồn", "Source"),
        (
            "Văn bản làm căn cứ. Không ghi họ tên người.",
            "The document it rests on. No names of persons.",
        ),
    ),
    column(
        Column::Note,
        false,
        36.0,
        ("Ghi chú", "Note"),
        (
            "Không ghi họ tên, số điện thoại hay nội dung mật.",
            "No names, telephone numbers or secret content.",
        ),
    ),
];

/// Each level with the name a sheet shows for it.
pub(super) const LEVELS: [(Level, &str); 16] = [
    (Level::Province, "Tỉnh"),
    (Level::District, "Huyện"),
    (Level::Commune, "Xã, phường"),
    (Level::Village, "Thôn, bản"),
    (Level::BorderGuardCommand, "Chỉ huy Bộ đội Biên phòng"),
    (Level::MilitaryCommand, "Chỉ huy quân sự"),
    (Level::BorderPost, "Đồn Biên phòng"),
    (Level::BorderGatePost, "Đồn Biên phòng cửa khẩu"),
    (Level::BorderPostGroup, "Các đồn Biên phòng"),
    (Level::BorderStation, "Trạm Biên phòng"),
    (Level::WorkTeam, "Tổ, đội công tác"),
    (Level::PartyCommittee, "Cấp ủy"),
    (Level::PartyAdvisoryBody, "Cơ quan tham mưu của cấp ủy"),
    (Level::SteeringCommittee, "Ban Chỉ đạo"),
    (Level::Front, "Mặt trận Tổ quốc"),
    (Level::ArmedForces, "Lực lượng vũ trang"),
];

/// Words that stand for yes and no in a cell.
const YES: [&str; 5] = ["co", "x", "yes", "true", "1"];
const NO: [&str; 4] = ["khong", "no", "false", "0"];

/// The column of a heading; its first line counts.
pub(super) fn column_of(heading: &str) -> Option<Column> {
    let first = identity_key(heading.lines().next().unwrap_or_default());
    COLUMNS
        .iter()
        .find(|column| identity_key(column.vi) == first)
        .map(|column| column.column)
}

/// The heading of a column.
pub(super) fn heading_of(column: Column) -> &'static str {
    COLUMNS
        .iter()
        .find(|known| known.column == column)
        .map_or("", |known| known.vi)
}

/// The stored word of a level as a cell names it; what is neither name nor word is left as it is, for the
/// check to refuse.
pub(super) fn level_code(cell: &str) -> String {
    let key = identity_key(cell);
    let named = LEVELS.iter().find(|(_, name)| identity_key(name) == key);
    named.map_or_else(|| cell.trim().to_owned(), |(level, _)| level.code().to_owned())
}

/// The name of a level in a sheet.
pub(super) fn level_name(level: Level) -> &'static str {
    LEVELS
        .iter()
        .find(|(known, _)| *known == level)
        .map_or(level.code(), |(_, name)| name)
}

/// Yes or no; nothing when the cell says neither.
pub(super) fn flag(cell: &str) -> Option<bool> {
    let folded = fold(cell);
    match folded.as_str() {
        "" => Some(false),
        word if YES.contains(&word) => Some(true),
        word if NO.contains(&word) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_name_of_its_own() {
        for (at, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(LEVELS[at].0, level, "in the order of the levels");
            assert_eq!(level_code(level_name(level)), level.code());
            assert_eq!(level_code(level.code()), level.code());
        }
        assert_eq!(level_code(" đồn  biên phòng "), "border_post");
        assert_eq!(level_code("hộ gia đình"), "hộ gia đình");
    }

    #[test]
    fn a_heading_is_found_by_its_first_line_whatever_its_case() {
        for known in COLUMNS {
            assert_eq!(
                column_of(&format!("{}\n{}", known.vi, known.en)),
                Some(known.column)
            );
            assert_eq!(column_of(&known.vi.to_uppercase()), Some(known.column));
            assert_eq!(heading_of(known.column), known.vi);
        }
        assert_eq!(column_of("Số điện thoại"), None);
    }

    #[test]
    fn yes_and_no_are_read_and_anything_else_is_neither() {
        for (cell, expected) in [
            ("có", Some(true)),
            ("X", Some(true)),
            ("không", Some(false)),
            ("", Some(false)),
            ("có lẽ", None),
        ] {
            assert_eq!(flag(cell), expected, "{cell}");
        }
    }
}
