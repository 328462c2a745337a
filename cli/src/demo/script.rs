//! What happens in one province: founding, enrolment, reference data, registrations, exchange.

use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cotmoc_core::org::UnitId;
use cotmoc_device::contract::registrations::{FigureInput, RegistrationValues, StartRegistration};
use serde_json::json;

use super::cast::{Player, folder, text};
use super::plan::{ELSEWHERE_LIST, Entering, Indicator, Model, Province};
use super::progress::Progress;
use super::survey;

const UNITS: &str = include_str!("../../../device/data/org-units.json");
const SCHEMES: &str = include_str!("../../../device/data/taxonomy.json");
const CRITERIA: &str = include_str!("../../../device/data/criteria-sets.json");

/// Plays one province from the administrator's invitation to the compiler's desk.
pub fn province(data: &Path, province: &Province, invitation: &str, progress: &Progress) -> Result<()> {
    let home = |device: &str| folder(data, province.slug, device);
    let administrator = Player::enrolled(&home("administrator"), invitation, "Máy quản trị")?;
    let to_compiler = administrator.call(
        "enrolment.invite",
        json!({ "role": "compiler", "unit": null, "delegation": null, "valid_days": 30 }),
    )?;
    administrator.exchange()?;
    let compiler = Player::enrolled(
        &home("compiler"),
        &text(&to_compiler, "/invitation")?,
        "Máy tổng hợp",
    )?;
    prepare(&compiler, province)?;
    let mut invited = Vec::new();
    for entering in &province.units {
        let unit = UnitId::from_slug(entering.unit).to_string();
        let made = compiler.call(
            "enrolment.invite",
            json!({ "role": "post", "unit": unit, "valid_days": 30 }),
        )?;
        invited.push((entering, text(&made, "/invitation")?));
    }
    compiler.exchange()?;
    // The units of a province work at the same time, as they would.
    std::thread::scope(|scope| {
        let posts: Vec<_> = invited
            .into_iter()
            .map(|(entering, invitation)| {
                let home = home(entering.unit);
                scope.spawn(move || {
                    enter(
                        &Player::enrolled(&home, &invitation, entering.device)?,
                        entering,
                        province.declared,
                        progress,
                    )
                })
            })
            .collect();
        posts
            .into_iter()
            .try_for_each(|post| post.join().map_err(|_| anyhow::anyhow!("a unit stopped"))?)
    })?;
    compiler.exchange()?;
    if province.surveyed {
        survey::play(data, province, &compiler)?;
    }
    Ok(())
}

/// Reference data and the cycle.
fn prepare(compiler: &Player, province: &Province) -> Result<()> {
    let import = |kind: &str, content: &str| {
        let request = json!({ "kind": kind, "content_base64": STANDARD.encode(content) });
        let report = compiler.call("reference.import", request)?;
        anyhow::ensure!(report["applied"] == true, "{kind} was not imported: {report}");
        Ok(())
    };
    import("units_json", UNITS)?;
    if province.slug == "tinh-bac-kan" {
        import("units_json", ELSEWHERE_LIST)?;
    }
    import("schemes_json", SCHEMES)?;
    import("criteria_json", CRITERIA)?;
    let criteria = survey::criteria_of_models(compiler)?;
    let expected: Vec<String> = province
        .expected()
        .map(|slug| UnitId::from_slug(slug).to_string())
        .collect();
    let cycle = json!({
        "year": province.year,
        "opens": format!("{}-01-01", province.year),
        "closes": format!("{}-10-25", province.year),
        "scheme": province.scheme,
        "criteria": criteria,
        "expected_units": expected,
    });
    compiler.call("cycles.open", cycle)?;
    Ok(())
}

fn enter(post: &Player, entering: &Entering, declared: &str, progress: &Progress) -> Result<()> {
    for model in &entering.models {
        register(post, model, declared)?;
        progress.step();
    }
    if !entering.figures.is_empty() {
        let figures: Vec<FigureInput> = entering.figures.iter().map(figure).collect();
        post.call(
            "unit_figures.save",
            json!({ "figures": figures, "remove_figures": [] }),
        )?;
    }
    let outcome = post.exchange()?;
    anyhow::ensure!(
        outcome["equal"] == true,
        "{} and the province differ: {outcome}",
        entering.unit
    );
    Ok(())
}

fn register(post: &Player, model: &Model, declared: &str) -> Result<()> {
    let some = |text: &str| Some(text.to_owned());
    let values = RegistrationValues {
        name: Some(model.name.clone()),
        model_kind: Some(model.model_kind),
        kind: Some(model.kind),
        field: model.field.map(str::to_owned),
        place: some(model.place),
        schedule: some("Cả năm"),
        figures: model.figures.iter().map(figure).collect(),
        ..RegistrationValues::default()
    };
    let start = StartRegistration {
        cycle: None,
        values,
        demonstration: model.unnamed,
        personal_data_checked: false,
    };
    let started = post.call("registrations.start", serde_json::to_value(start)?)?;
    post.call(
        "registrations.submit",
        json!({ "registration": text(&started, "/registration")?, "declared": declared }),
    )?;
    Ok(())
}

fn figure(indicator: &Indicator) -> FigureInput {
    FigureInput {
        id: None,
        name: indicator.name.to_owned(),
        raw: indicator.raw.to_owned(),
        unit: indicator.unit.to_owned(),
        period: indicator.period.to_owned(),
        qualifier: None,
    }
}
