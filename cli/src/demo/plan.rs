//! What the demonstration enters: the published figures, model by model.

use cotmoc_device::contract::models::{ModelKind, RegistrationKind};

/// A province of the demonstration.
pub struct Province {
    /// Folder name and root unit of the published list.
    pub slug: &'static str,
    /// Name.
    pub name: &'static str,
    /// Year of the cycle that holds the published figures. Where the source names no year, one within its
    /// programme period was chosen for the demonstration.
    pub year: i32,
    /// Day on which the units declare their registrations, ISO: that of the report where it is of the cycle's
    /// year, otherwise one chosen for the demonstration.
    pub declared: &'static str,
    /// Field scheme.
    pub scheme: &'static str,
    /// Units that enter something.
    pub units: Vec<Entering>,
    /// A delegation visits posts of this province.
    pub surveyed: bool,
}

/// A unit with a device, and what is entered there.
pub struct Entering {
    /// Slug of the unit.
    pub unit: &'static str,
    /// Label of its device.
    pub device: &'static str,
    /// Models.
    pub models: Vec<Model>,
    /// Figures that belong to the unit.
    pub figures: Vec<Indicator>,
}

/// A model to register.
pub struct Model {
    /// Name.
    pub name: String,
    /// Mô hình, chương trình, phần việc.
    pub model_kind: ModelKind,
    /// Field code; `None` where the source gives none.
    pub field: Option<&'static str>,
    /// New, maintained, not split.
    pub kind: RegistrationKind,
    /// Place, as far as the source names one.
    pub place: &'static str,
    /// Figures of the model.
    pub figures: Vec<Indicator>,
    /// The source does not name it.
    pub unnamed: bool,
}

/// A figure as the source writes it.
#[derive(Clone, Copy)]
pub struct Indicator {
    /// What is counted.
    pub name: &'static str,
    /// As written.
    pub raw: &'static str,
    /// Unit when not part of `raw`.
    pub unit: &'static str,
    /// Period it speaks of, as written.
    pub period: &'static str,
}

impl Province {
    /// Units that are expected to register in the cycle: those of the register that enter models here. One
    /// that only gives figures of its own is not missing, and the collecting unit reports to nobody.
    pub fn expected(&self) -> impl Iterator<Item = &'static str> {
        let registering = self.units.iter().filter(|unit| !unit.models.is_empty());
        registering
            .map(|unit| unit.unit)
            .filter(|unit| *unit != ELSEWHERE)
    }
}

fn indicator(name: &'static str, raw: &'static str, unit: &'static str) -> Indicator {
    Indicator {
        name,
        raw,
        unit,
        period: "",
    }
}

const PLACE: &str = "Địa bàn theo nguồn công bố";

/// The four provinces.
pub fn provinces() -> Vec<Province> {
    vec![son_la(), yen_bai(), bac_kan(), gia_lai()]
}

fn entering(unit: &'static str, device: &'static str, models: Vec<Model>) -> Entering {
    Entering {
        unit,
        device,
        models,
        figures: Vec::new(),
    }
}

fn named(name: &str, field: Option<&'static str>, kind: RegistrationKind) -> Model {
    Model {
        name: name.to_owned(),
        model_kind: ModelKind::MoHinh,
        field,
        kind,
        place: PLACE,
        figures: Vec::new(),
        unnamed: false,
    }
}

fn unnamed(number: usize, digits: usize, field: Option<&'static str>, kind: RegistrationKind) -> Model {
    let name = format!("Mô hình (nguồn không nêu tên) {number:0digits$}");
    Model {
        unnamed: true,
        ..named(&name, field, kind)
    }
}

/// Border guard of Sơn La: 23 = 3 + 5 + 12 + 3, five of them named.
fn son_la() -> Province {
    let kind = RegistrationKind::NotSplit;
    let five = [
        ("Nâng bước em tới trường", "VHXH"),
        ("Con nuôi đồn biên phòng", "VHXH"),
        ("Tự chủ, tự quản đường biên cột mốc", "QPAN"),
        ("Thầy giáo quân hàm xanh", "VHXH"),
        ("Bữa sáng cho em", "VHXH"),
    ];
    let command = five
        .iter()
        .map(|(name, field)| named(name, Some(field), kind))
        .collect();
    let fields = ["HTCT"; 3]
        .into_iter()
        .chain(["KT"; 5])
        .chain(["VHXH"; 8])
        .chain(["QPAN"; 2]);
    let posts = ["don-muong-lan", "don-chieng-tuong", "don-long-sap"];
    let mut at_post: Vec<Vec<Model>> = posts.iter().map(|_| Vec::new()).collect();
    for (at, field) in fields.enumerate() {
        at_post[at % posts.len()].push(unnamed(at + 1, 2, Some(field), kind));
    }
    let mut units = vec![entering("bdbp-son-la", "Máy Bộ Chỉ huy", command)];
    for (unit, models) in posts.into_iter().zip(at_post) {
        units.push(entering(unit, "Máy trực ban đồn", models));
    }
    let (slug, name, scheme) = ("tinh-son-la", "Tỉnh Sơn La", "scheme-son-la-2021");
    Province {
        slug,
        name,
        year: 2024,
        declared: "2024-03-15",
        scheme,
        units,
        surveyed: true,
    }
}

/// Lục Yên: 421 = 91 + 232 + 47 + 18 + 33, new and maintained not split.
fn yen_bai() -> Province {
    let counts = [("KT", 91), ("VHXH", 232), ("QPAN", 47), ("HTCT", 18), ("NTM", 33)];
    let fields = counts
        .iter()
        .flat_map(|(field, count)| std::iter::repeat_n(*field, *count));
    let models = fields
        .enumerate()
        .map(|(at, field)| unnamed(at + 1, 3, Some(field), RegistrationKind::NotSplit));
    let units = vec![entering("huyen-luc-yen", "Máy Huyện ủy", models.collect())];
    let (slug, name, scheme) = ("tinh-yen-bai", "Tỉnh Yên Bái", "scheme-yen-bai-2023");
    Province {
        slug,
        name,
        year: 2024,
        declared: "2024-03-04",
        scheme,
        units,
        surveyed: false,
    }
}

/// Bắc Kạn: 2,011 = 1,354 new + 657 maintained, 1,274 of them new rural development. Three districts
/// have "trên 200": 201 are entered each and the lower bound is declared as the source writes it. What
/// the source does not allocate is entered for "nơi khác".
fn bac_kan() -> Province {
    const ALL: usize = 2_011;
    let share = |at: usize, of: usize| (at + 1) * of / ALL > at * of / ALL;
    let model = |at: usize| {
        let kind = if share(at, 1_354) {
            RegistrationKind::New
        } else {
            RegistrationKind::Maintained
        };
        let field = if share(at, 1_274) { Some("NTM") } else { None };
        unnamed(at + 1, 4, field, kind)
    };
    let counts = [
        ("huyen-cho-don", 544, None),
        ("huyen-pac-nam", 297, None),
        ("huyen-na-ri", 201, Some("trên 200")),
        ("huyen-bach-thong", 201, Some("trên 200")),
        ("huyen-ngan-son", 201, Some("trên 200")),
        (ELSEWHERE, 567, None),
    ];
    let mut next = 0;
    let mut units = Vec::new();
    for (unit, count, declared) in counts {
        let models = (next..next + count).map(model).collect();
        next += count;
        let total = |raw| indicator("Tổng số mô hình", raw, "mô hình");
        units.push(Entering {
            figures: declared.map(total).into_iter().collect(),
            ..entering(unit, "Máy huyện", models)
        });
    }
    let cells = indicator("Chi bộ, đảng bộ cơ sở có mô hình đăng ký", "trên 90%", "");
    units.push(Entering {
        figures: vec![cells],
        ..entering("tinh-bac-kan", "Máy Ban Dân vận", Vec::new())
    });
    let (slug, name, scheme) = ("tinh-bac-kan", "Tỉnh Bắc Kạn", "scheme-bac-kan-2021");
    Province {
        slug,
        name,
        year: 2021,
        declared: "2021-03-15",
        scheme,
        units,
        surveyed: false,
    }
}

/// Slug of the collecting unit of Bắc Kạn.
pub const ELSEWHERE: &str = "noi-khac-bac-kan";

/// The collecting unit as a list of one, in the form of the published list.
pub const ELSEWHERE_LIST: &str = r#"{
  "schema": "dvk.org-units/1",
  "units": [{
    "id": "noi-khac-bac-kan", "name": "Nơi khác (nguồn không nêu tên)", "level": "district",
    "parent": "tinh-bac-kan", "valid_from": null, "valid_until": "2025-07-01", "successors": [],
    "verified": false, "demonstration": true, "evidence": "dữ liệu minh họa: phần nguồn không phân bổ"
  }]
}"#;

/// Gia Lai: models named one by one with their results, and the figures of the border guard.
fn gia_lai() -> Province {
    let kind = RegistrationKind::NotSplit;
    let rice = Model {
        place: "Xã Ia Mơ, huyện Chư Prông",
        figures: vec![
            indicator("Diện tích trình diễn", "5.483", "m2"),
            indicator("Số hộ nhân rộng", "125", "hộ"),
            indicator("Diện tích nhân rộng", "khoảng 75,6", "ha"),
        ],
        ..named("Trình diễn lúa nước", None, kind)
    };
    let kitchen = Model {
        place: "Xã Ia Dom, huyện Đức Cơ",
        figures: vec![indicator("Số học sinh", "16", "học sinh")],
        ..named("Bếp ăn tình thương", None, kind)
    };
    let school = Model {
        model_kind: ModelKind::ChuongTrinh,
        figures: vec![
            indicator("Số học sinh được hỗ trợ", "50", "học sinh"),
            indicator("Trong đó, nhóm nguồn nêu riêng", "04", "học sinh"),
            indicator("Mức hỗ trợ", "500.000đ/cháu/tháng", ""),
        ],
        ..named("Nâng bước em đến trường", None, kind)
    };
    let fostered = Model {
        figures: vec![
            indicator("Số trẻ em", "11", "trẻ em"),
            indicator("Số đồn tham gia", "08", "đồn"),
        ],
        ..named("Con nuôi đồn Biên phòng", None, kind)
    };
    let figures = vec![
        indicator("Con giống trao tặng", "05", "con bò"),
        indicator("Giá trị con giống", "45 triệu đồng", ""),
        indicator("Ngày công giúp dân", "hàng trăm ngày công", ""),
        indicator("Cán bộ tăng cường xã", "07", "cán bộ"),
        indicator("Đảng viên sinh hoạt tại chi bộ thôn, làng", "49", "đảng viên"),
        indicator("Chi bộ thôn, làng", "48", "chi bộ"),
        indicator("Huyện biên giới", "03", "huyện"),
        Indicator {
            period: "nhiệm kỳ 2020-2022",
            ..indicator("Chi bộ đã đại hội", "48/48", "chi bộ")
        },
        indicator("Đảng viên được phân công", "216", "đảng viên"),
        indicator("Số hộ được phụ trách", "951", "hộ"),
    ];
    let models = vec![rice, kitchen, school, fostered];
    let units = vec![Entering {
        figures,
        ..entering("bdbp-gia-lai", "Máy Bộ Chỉ huy", models)
    }];
    let (slug, name, scheme) = ("tinh-gia-lai", "Tỉnh Gia Lai", "scheme-gia-lai-2020");
    Province {
        slug,
        name,
        year: 2020,
        declared: "2020-02-12",
        scheme,
        units,
        surveyed: false,
    }
}
