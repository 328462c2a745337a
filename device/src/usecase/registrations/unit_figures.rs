//! Figures that belong to a unit rather than to one model.

use cotmoc_core::access::Role;
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{Figure, State};
use cotmoc_core::record::{Edit, RecordKind};

use super::contents::figure_edits;
use super::cycle_or_current;
use super::view::unit_name;
use crate::contract::Problem;
use crate::contract::registrations::{GetUnitFigures, SaveUnitFigures, UnitFiguresView};
use crate::device::Device;
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

/// The figures a unit declares in a cycle, by id in order of entry.
pub(crate) fn declared(
    device: &Device,
    unit: &str,
    cycle: Option<&str>,
) -> Result<std::collections::BTreeMap<String, Figure>, Problem> {
    let held = device.ledger.record(unit_figures_id(unit, cycle))?;
    Ok(held
        .map(|held| State::read(&held.state).whole_map("figures"))
        .unwrap_or_default())
}

pub(crate) fn unit_figures(device: &Device, request: GetUnitFigures) -> Result<UnitFiguresView, Problem> {
    let me = device.me()?;
    let own = me.unit().ok().map(|unit| unit.to_string());
    let unit = match (request.unit, &own) {
        (Some(unit), _) => unit,
        (None, Some(own)) => own.clone(),
        (None, None) => return Err(Problem::new("unknown_unit").with("unit", "")),
    };
    let cycle = cycle_or_current(device, request.cycle.as_deref())?.map(|(id, _)| id);
    let figures = declared(device, &unit, cycle.as_deref())?;
    Ok(UnitFiguresView {
        unit_name: unit_name(device, &unit),
        figures: figures
            .iter()
            .map(|(id, figure)| figures::view(id, figure))
            .collect(),
        may_edit: own.as_ref() == Some(&unit),
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
    let cycle = cycle_or_current(device, request.cycle.as_deref())?.map(|(id, _)| id);
    for figure in &request.figures {
        check_one("figures", &figure.name, false)?;
        check_one("figures", &figure.raw, false)?;
    }
    let mut edits = figure_edits(device, &request.figures, &request.remove_figures)?;
    edits.extend(cycle.iter().map(|cycle| Edit::line("cycle", cycle)));
    let record = unit_figures_id(&unit.to_string(), cycle.as_deref());
    device.write(&[Device::edit(
        me.unit_scope(unit),
        record,
        RecordKind::UnitFigures,
        edits,
    )])?;
    unit_figures(device, GetUnitFigures { unit: None, cycle })
}
