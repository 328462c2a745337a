//! Figures that belong to a unit rather than to one model.

use std::collections::BTreeMap;

use cotmoc_core::access::Role;
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{Figure, State};
use cotmoc_core::record::{Edit, RecordKind};

use super::contents::figure_edits;
use super::view::unit_name;
use super::{current_cycle, cycle_or_current};
use crate::contract::Problem;
use crate::contract::registrations::{GetUnitFigures, SaveUnitFigures, UnitFiguresView};
use crate::device::Device;
use crate::store::typing;
use crate::usecase::figures;
use crate::usecase::personal_data::check_one;

/// Name of the figure with which a unit declares how many models it has ("trên 200").
pub(crate) const TOTAL_FIGURE: &str = "Tổng số mô hình";

/// One record per unit and cycle, which every device of the unit arrives at.
pub(crate) fn unit_figures_id(unit: &str, cycle: Option<&str>) -> RecordId {
    RecordId::derived(
        "unit_figures",
        &[unit.as_bytes(), cycle.unwrap_or_default().as_bytes()],
    )
}

/// The figures a unit declares in a cycle, by id in order of entry. What it saved before it knew of any cycle
/// stands with the newest one until its own device carries it over.
pub(crate) fn declared(
    device: &Device,
    unit: &str,
    cycle: Option<&str>,
) -> Result<BTreeMap<String, Figure>, Problem> {
    let early = saved(device, unit_figures_id(unit, None))?;
    let Some(cycle) = cycle else { return Ok(early) };
    let mut figures = saved(device, unit_figures_id(unit, Some(cycle)))?;
    if !early.is_empty() && current_cycle(device)?.is_some_and(|(newest, _)| newest == cycle) {
        for (id, figure) in early {
            figures.insert(free_key(&figures, id, &figure), figure);
        }
    }
    Ok(figures)
}

fn saved(device: &Device, record: RecordId) -> Result<BTreeMap<String, Figure>, Problem> {
    let held = device.ledger.record(record)?;
    Ok(held
        .map(|held| State::read(&held.state).whole_map("figures"))
        .unwrap_or_default())
}

/// The id of a figure beside those already there. Another figure under its id was changed apart from it: both
/// stay, the second under an id that every device arrives at.
fn free_key(known: &BTreeMap<String, Figure>, id: String, figure: &Figure) -> String {
    if known.get(&id).is_none_or(|known| known == figure) {
        return id;
    }
    let contents = serde_json::to_string(figure).unwrap_or_default();
    let second = RecordId::derived("figure saved early", &[id.as_bytes(), contents.as_bytes()]);
    second.0.simple().to_string()
}

/// Brings what this unit saved before it knew of any cycle into the record of the newest one, when one has
/// arrived. A device that may not write any more keeps it as it is.
pub(crate) fn carry_early_figures_over(device: &Device) {
    if let Err(problem) = carry_over(device) {
        tracing::warn!(problem.code = %problem.code, "figures saved before the cycle stay where they are");
    }
}

fn carry_over(device: &Device) -> Result<(), Problem> {
    let me = device.me()?;
    let (Role::Post, Ok(unit)) = (me.role(), me.unit()) else {
        return Ok(());
    };
    let before = unit_figures_id(&unit.to_string(), None);
    let early = saved(device, before)?;
    let typed = typing::kept(&device.ledger, &before.to_string())?;
    if early.is_empty() && typed.is_none() {
        return Ok(());
    }
    let Some((cycle, _)) = current_cycle(device)? else {
        return Ok(());
    };
    let record = unit_figures_id(&unit.to_string(), Some(&cycle));
    if let Some(typed) = typed {
        let kept = typing::kept(&device.ledger, &record.to_string())?;
        // Typing of the cycle itself is newer.
        if kept.is_none() {
            typing::keep(
                &device.ledger,
                &record.to_string(),
                &typed.contents,
                typed.typed_at,
            )?;
        }
    }
    let mut known = saved(device, record)?;
    let mut put = vec![Edit::line("cycle", &cycle)];
    let mut taken = Vec::new();
    for (id, figure) in early {
        taken.push(Edit::Remove {
            property: "figures",
            key: id.clone(),
        });
        let id = free_key(&known, id, &figure);
        put.push(Edit::put("figures", id.clone(), &figure));
        known.insert(id, figure);
    }
    let scope = me.unit_scope(unit);
    let writes = if taken.is_empty() {
        Vec::new()
    } else {
        vec![
            Device::edit(scope, record, RecordKind::UnitFigures, put),
            Device::edit(scope, before, RecordKind::UnitFigures, taken),
        ]
    };
    device.write_and_forget(&writes, &[before])?;
    Ok(())
}

pub(crate) fn unit_figures(device: &Device, request: GetUnitFigures) -> Result<UnitFiguresView, Problem> {
    carry_early_figures_over(device);
    let me = device.me()?;
    let own = me.unit().ok().map(|unit| unit.to_string());
    let unit = match (request.unit, &own) {
        (Some(unit), _) => unit,
        (None, Some(own)) => own.clone(),
        (None, None) => return Err(Problem::new("unknown_unit").with("unit", "")),
    };
    let cycle = cycle_or_current(device, request.cycle.as_deref())?.map(|(id, _)| id);
    let figures = declared(device, &unit, cycle.as_deref())?;
    let record = unit_figures_id(&unit, cycle.as_deref()).to_string();
    let may_edit = own.as_ref() == Some(&unit);
    Ok(UnitFiguresView {
        unit_name: unit_name(device, &unit),
        figures: figures
            .iter()
            .map(|(id, figure)| figures::view(id, figure))
            .collect(),
        unfinished: match may_edit {
            true => typing::kept(&device.ledger, &record)?,
            false => None,
        },
        may_edit,
        record,
        cycle,
        unit,
    })
}

pub(crate) fn save_unit_figures(
    device: &Device,
    request: SaveUnitFigures,
) -> Result<UnitFiguresView, Problem> {
    let me = device.me()?;
    me.require(&[Role::Post])?;
    let unit = me.unit()?;
    carry_early_figures_over(device);
    let cycle = cycle_or_current(device, request.cycle.as_deref())?.map(|(id, _)| id);
    for figure in &request.figures {
        for text in [&figure.name, &figure.raw, &figure.unit, &figure.period] {
            check_one("figures", text, request.personal_data_checked)?;
        }
    }
    let held = declared(device, &unit.to_string(), cycle.as_deref())?;
    let last = held.keys().next_back().map_or("", String::as_str);
    let mut edits = figure_edits(device, last, &request.figures, &request.remove_figures)?;
    edits.extend(cycle.iter().map(|cycle| Edit::line("cycle", cycle)));
    let record = unit_figures_id(&unit.to_string(), cycle.as_deref());
    let write = Device::edit(me.unit_scope(unit), record, RecordKind::UnitFigures, edits);
    device.write_and_forget(&[write], &[record])?;
    unit_figures(device, GetUnitFigures { unit: None, cycle })
}
