//! The totals as they come out at each province's desk.

use std::path::Path;

use anyhow::Result;
use cotmoc_core::org::UnitId;
use serde_json::{Value, json};

use super::cast::{Player, folder};
use super::plan::Province;

/// Prints every province's totals from its compiler's device.
#[expect(clippy::print_stdout, reason = "the totals are the demonstration's output")]
pub fn print(data: &Path, provinces: &[Province]) -> Result<()> {
    for province in provinces {
        let compiler = Player::open(&folder(data, province.slug, "compiler"))?;
        let totals = compiler.call("totals.get", json!({}))?;
        println!();
        println!(
            "{} — {} — {}",
            province.name,
            totals["year"],
            totals["scheme_owner"].as_str().unwrap_or_default()
        );
        println!("  {}", line(&totals["sum"], &totals["fields"]));
        for row in totals["rows"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| row["cell"]["total"] != 0)
        {
            let declared = row["declared"]
                .as_str()
                .map(|raw| format!(" (đơn vị ghi / the unit says: {raw})"))
                .unwrap_or_default();
            println!(
                "    {}: {}{declared}",
                row["name"].as_str().unwrap_or_default(),
                row["cell"]["total"]
            );
        }
        println!(
            "  Đã báo cáo {0}/{1} đơn vị / {0} of {1} units have reported",
            totals["reported"], totals["expected"]
        );
        if province.slug == "tinh-son-la" {
            let unit = UnitId::from_slug("bdbp-son-la").to_string();
            let guard = compiler.call("totals.get", json!({ "unit": unit }))?;
            println!(
                "  {}: {}",
                guard["unit_name"].as_str().unwrap_or_default(),
                line(&guard["sum"], &guard["fields"])
            );
        }
    }
    Ok(())
}

fn line(cell: &Value, fields: &Value) -> String {
    let number = |name: &str| cell[name].as_u64().unwrap_or_default();
    let by_field = cell["by_field"].as_array().into_iter().flatten();
    let fields: Vec<String> = fields
        .as_array()
        .into_iter()
        .flatten()
        .zip(by_field)
        .map(|(field, count)| format!("{} {count}", field["code"].as_str().unwrap_or_default()))
        .collect();
    let mut parts = vec![
        format!("Tổng số / total {}", number("total")),
        format!("mới / new {}", number("new")),
        format!("duy trì / maintained {}", number("maintained")),
        format!("không tách / not split {}", number("not_split")),
    ];
    // A scheme may have no fields of its own.
    if !fields.is_empty() {
        parts.push(fields.join(", "));
    }
    parts.push(format!(
        "chưa phân loại / unclassified {}",
        number("unclassified")
    ));
    parts.join(" · ")
}
