//! Delegation no. 2 of Sơn La: a campaign, a visit, findings and two score sheets that differ.
//!
//! The day "11/5" and the number of the delegation are the source's; findings and points are
//! demonstration data and say so.

use std::path::Path;

use anyhow::{Context, Result};
use cotmoc_core::org::UnitId;
use serde_json::{Value, json};

use super::cast::{Player, folder, text};
use super::plan::Province;

/// Members of the delegation: folder, role, slot, label.
pub const MEMBERS: [(&str, &str, u32, &str); 4] = [
    ("head", "head", 1, "Máy trưởng đoàn"),
    ("secretary", "secretary", 2, "Máy thư ký"),
    ("member-1", "member", 3, "Máy thành viên 1"),
    ("member-2", "member", 4, "Máy thành viên 2"),
];

/// Record id of the 100-point criteria for models.
pub fn criteria_of_models(compiler: &Player) -> Result<String> {
    let listed = compiler.call("criteria.list", Value::Null)?;
    let sets = listed["sets"].as_array().context("no criteria")?;
    let set = sets
        .iter()
        .find(|set| set["code"] == "cs-mo-hinh-100")
        .context("no criteria for models")?;
    text(set, "/id")
}

/// Plays the survey.
pub fn play(data: &Path, province: &Province, compiler: &Player) -> Result<()> {
    let campaign = compiler.call(
        "campaigns.create",
        json!({
            "year": province.year,
            "title": "Khảo sát mô hình “Dân vận khéo” (dữ liệu minh họa)",
            "basis": "",
            "criteria": criteria_of_models(compiler)?,
        }),
    )?;
    let units: Vec<String> = ["don-muong-lan", "don-chieng-tuong", "don-long-sap"]
        .iter()
        .map(|slug| UnitId::from_slug(slug).to_string())
        .collect();
    let delegation = compiler.call(
        "delegations.set",
        json!({ "campaign": text(&campaign, "/id")?, "delegation": null, "number": 2, "units": units }),
    )?;
    compiler.exchange()?;
    let mut invitations = Vec::new();
    for (_, role, slot, _) in MEMBERS {
        let request = json!({
            "role": role, "unit": null, "delegation": text(&delegation, "/id")?, "slot": slot, "valid_days": 30,
        });
        invitations.push(text(&compiler.call("enrolment.invite", request)?, "/invitation")?);
    }
    compiler.exchange()?;
    let mut members = Vec::new();
    for ((name, _, _, label), invitation) in MEMBERS.iter().zip(&invitations) {
        members.push(Player::enrolled(
            &folder(data, province.slug, name),
            invitation,
            label,
        )?);
    }
    let [_, secretary, first, second] = members.as_slice() else {
        anyhow::bail!("members")
    };
    let visit = secretary.call("visits.start", json!({ "unit": units[0], "day": "11/5" }))?;
    let visit_id = text(&visit, "/row/visit")?;
    let findings = [
        (
            "unit_report",
            "Đơn vị báo cáo kết quả đăng ký và thực hiện mô hình (dữ liệu minh họa).",
        ),
        (
            "strength",
            "Mô hình sáng tạo, khả thi, có khả năng lan tỏa (dữ liệu minh họa).",
        ),
        (
            "request",
            "Hoàn thiện tên, địa chỉ, thời gian của mô hình đã đăng ký (dữ liệu minh họa).",
        ),
    ];
    for (kind, text) in findings {
        secretary.call(
            "findings.put",
            json!({ "visit": visit_id, "kind": kind, "text": text }),
        )?;
    }
    secretary.exchange()?;
    let registration = text(&visit, "/models/0/registration")?;
    for (member, half) in [(first, false), (second, true)] {
        member.exchange()?;
        score(member, &visit_id, &registration, half)?;
        member.exchange()?;
    }
    secretary.exchange()?;
    compiler.exchange()?;
    Ok(())
}

/// One assessor gives nearly everything, the other less on the results.
fn score(member: &Player, visit: &str, registration: &str, strict: bool) -> Result<()> {
    let sheet = member.call(
        "scores.get",
        json!({ "visit": visit, "registration": registration }),
    )?;
    let groups = sheet["criteria"]["groups"].as_array().context("no criteria")?;
    let mut items = Vec::new();
    for criterion in groups
        .iter()
        .filter_map(|group| group["criteria"].as_array())
        .flatten()
    {
        let most = criterion["max"].as_i64().context("no maximum")?;
        let points = if strict {
            most * 7 / 10 / 50 * 50
        } else {
            most * 8 / 10 / 50 * 50
        };
        items.push(json!({ "code": criterion["code"], "points": points, "note": "" }));
    }
    let request =
        json!({ "visit": visit, "registration": registration, "items": items, "not_eligible": null });
    member.call("scores.save", request)?;
    Ok(())
}
