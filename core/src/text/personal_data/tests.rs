use super::*;
use proptest::prelude::*;

fn excerpts(text: &str) -> Vec<(SuspicionKind, String)> {
    suspicions(text)
        .into_iter()
        .map(|suspicion| (suspicion.kind, suspicion.excerpt))
        .collect()
}

fn assert_found(text: &str, kind: SuspicionKind, excerpt: &str) {
    assert_eq!(excerpts(text), vec![(kind, excerpt.to_owned())], "{text}");
}

#[test]
fn a_form_of_address_with_a_name_is_suspected() {
    let cases = [
        ("Hỗ trợ ông Nguyễn Văn A làm nhà", "ông Nguyễn Văn A"),
        ("gia đình bà Lò Thị B", "bà Lò Thị B"),
        ("cháu Hoa, học sinh lớp 3", "cháu Hoa"),
        ("Em Sùng A C đã đến lớp", "Em Sùng A C"),
        ("cô Mai dạy tiếng", "cô Mai"),
        ("thầy Rơ Châm D", "thầy Rơ Châm D"),
        ("gặp Anh Tuấn", "Anh Tuấn"),
        ("HỖ TRỢ ÔNG NGUYỄN VĂN A", "ÔNG NGUYỄN VĂN A"),
        ("các cháu Lò Văn A và bạn", "cháu Lò Văn A"),
        ("em học sinh Lò Thị B", "Lò Thị B"),
        ("cháu\u{a0}Hoa", "cháu\u{a0}Hoa"),
        ("anh Trường", "anh Trường"),
    ];
    for (text, excerpt) in cases {
        assert_found(text, SuspicionKind::PersonName, excerpt);
    }
}

#[test]
fn the_names_of_models_and_places_are_not_persons() {
    let harmless = [
        "Nâng bước em tới trường",
        "NÂNG BƯỚC EM TỚI TRƯỜNG",
        "Nâng Bước Em tới trường",
        "Bữa sáng cho em",
        "Bữa sáng cho em. Trường hỗ trợ 16 suất",
        "Bữa sáng cho em\nMường Lạn",
        "Con nuôi đồn Biên phòng",
        "Thầy giáo quân hàm xanh",
        "50 cháu học sinh có hoàn cảnh khó khăn",
        "chị em phụ nữ, anh em trong đơn vị, bà con các dân tộc",
        "Chị em Hội Phụ nữ xã; anh em Đồn Biên phòng",
        "các em Trường Tiểu học Mường Lạn",
        "trẻ em Sơn La, con em Gia Lai, các em Mai Sơn",
        "ông Trưởng bản, bà Bí thư chi bộ, em Đội viên",
        "tỉnh Bà Rịa - Vũng Tàu, huyện đảo Cô Tô",
        "xã Anh Dũng, đường Bà Huyện Thanh Quan",
        "học tập tấm gương Bộ đội Cụ Hồ của Đoàn Thanh niên",
        "với số tiền 500.000đ/cháu/tháng",
        "Trường THCS Nguyễn Văn Trỗi",
        "Mô hình “Trình diễn lúa nước” tại xã Ia Mơ",
    ];
    for text in harmless {
        assert_eq!(excerpts(text), vec![], "{text}");
    }
}

#[test]
fn every_published_text_of_the_seeds_is_free_of_suspicion() {
    let facts: serde_json::Value =
        serde_json::from_str(include_str!("../../../testdata/seed-facts.json")).unwrap_or_default();
    let texts: Vec<&str> = ["facts", "models", "directive_documents"]
        .iter()
        .filter_map(|list| facts[list].as_array())
        .flatten()
        .flat_map(|row| ["quote", "name", "subject"].map(|key| row[key].as_str()))
        .flatten()
        .collect();
    assert!(texts.len() > 100, "the file was read");
    for text in texts {
        assert_eq!(excerpts(text), vec![], "{text}");
    }
}

#[test]
fn numbers_of_persons_are_suspected() {
    use SuspicionKind::{CitizenNumber, OldIdentityNumber, Phone};
    let cases = [
        ("số 014203004567", CitizenNumber, "014203004567"),
        ("014 203 004 567", CitizenNumber, "014 203 004 567"),
        ("CMND 050123456.", OldIdentityNumber, "050123456"),
        ("gọi 0912345678", Phone, "0912345678"),
        ("gọi 0912.345.678 nhé", Phone, "0912.345.678"),
        ("(0912 345 678)", Phone, "0912 345 678"),
        ("091-234-5678", Phone, "091-234-5678"),
        ("+84 912 345 678", Phone, "+84 912 345 678"),
        ("0212 3852 123", Phone, "0212 3852 123"),
    ];
    for (text, kind, excerpt) in cases {
        assert_found(text, kind, excerpt);
    }
}

#[test]
fn amounts_dates_and_document_numbers_are_not_numbers_of_persons() {
    let harmless = [
        "45.000.000 đồng và 500.000.000.000 đồng",
        "450000000 đồng, 500000000đ",
        "từ 01.05.2021-01.06.2021 và 20/04/2021",
        "08 12 15 20 25 hộ tại năm bản",
        "giai đoạn 2021-2025, Kế hoạch số 20-KH/HU",
        "mã đơn vị 04246, 23737",
        "5.483 m2, 75,6 ha, 1.274/2.011",
        "1234567890",
    ];
    for text in harmless {
        assert_eq!(excerpts(text), vec![], "{text}");
    }
}

#[test]
fn mail_addresses_are_suspected() {
    assert_found(
        "thư: a.b_c@mail.example.vn.",
        SuspicionKind::Email,
        "a.b_c@mail.example.vn",
    );
    for text in ["3 @ 5", "@mau", "a@b", "ghi chú@", "a@.vn"] {
        assert_eq!(excerpts(text), vec![], "{text}");
    }
}

#[test]
fn secrecy_marks_are_suspected_but_honey_is_not() {
    use SuspicionKind::SecretMark;
    assert_found("MẬT\nBáo cáo tháng", SecretMark, "MẬT");
    assert_found("[MẬT] Kế hoạch", SecretMark, "MẬT");
    assert_found("ĐỘ MẬT: MẬT", SecretMark, "MẬT");
    assert_found("TÀI LIỆU TỐI MẬT", SecretMark, "TỐI MẬT");
    assert_found("TUYỆT MẬT", SecretMark, "TUYỆT MẬT");
    for text in [
        "MÔ HÌNH NUÔI ONG LẤY MẬT",
        "MẬT ONG RỪNG",
        "KHÔNG NHẬP NỘI DUNG BÍ MẬT NHÀ NƯỚC",
        "nuôi ong lấy mật",
        "Mật ong",
    ] {
        assert_eq!(excerpts(text), vec![], "{text}");
    }
}

#[test]
fn several_passages_come_in_the_order_of_the_text() {
    let kinds: Vec<SuspicionKind> = suspicions("gọi 0912345678 hoặc x@y.vn gặp ông Lò Văn A")
        .iter()
        .map(|suspicion| suspicion.kind)
        .collect();
    assert_eq!(
        kinds,
        vec![
            SuspicionKind::Phone,
            SuspicionKind::Email,
            SuspicionKind::PersonName
        ]
    );
}

#[test]
fn text_typed_in_nfd_is_checked_like_its_nfc_form() {
    use unicode_normalization::UnicodeNormalization;
    let text = "Hỗ trợ ông Nguyễn Văn A";
    let decomposed: String = text.nfd().collect();
    assert_eq!(suspicions(&decomposed), suspicions(text));
}

proptest! {
    #[test]
    fn any_text_is_checked_and_offsets_lead_to_the_excerpt(text in "(\\PC|ông |Lò |Thị |MẬT|@|\\.vn|0912|345 |678|\n){0,20}") {
        let kept: Vec<char> = keep(&text).chars().collect();
        for found in suspicions(&text) {
            prop_assert!(found.start < found.end && found.end <= kept.len());
            prop_assert_eq!(kept[found.start..found.end].iter().collect::<String>(), found.excerpt);
        }
    }
}
