//! My own sheet for one model.

use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{ScoreSheetRecord, SheetItem};
use cotmoc_core::record::{Edit, RecordKind};

use super::criteria::{self, Pinned};
use super::sheets::{of_slot, points_of, sheet_id};
use super::{check_points, unknown_criterion};
use crate::contract::Problem;
use crate::contract::scores::{SaveScores, ScoreItem, ScoreOf, ScoreSheetView};
use crate::device::Device;
use crate::ids::record_id;
use crate::store::typing;
use crate::usecase::registrations::unit_name;
use crate::usecase::visits::{self, ModelOfUnit, Visit, about_people, model_of_unit};

pub(crate) fn sheet(device: &Device, request: ScoreOf) -> Result<ScoreSheetView, Problem> {
    let me = device.me()?;
    let visit = visits::load(device, &request.visit)?;
    let model = model_of_unit(device, visit.unit, record_id(&request.registration)?)?;
    let slot = me
        .delegation()
        .ok()
        .filter(|_| visit.is_of(&me))
        .map(|(_, slot)| slot);
    let held = match slot {
        Some(slot) => of_slot(device, &visit, model.id, slot)?,
        None => None,
    };
    let pinned = pinned_for(device, &visit, held.as_ref())?;
    let mut view = view(device, &visit, &model, slot, held.as_ref(), pinned);
    if let Some(own) = slot.map(|slot| sheet_id(&visit, model.id, slot).to_string()) {
        view.unfinished = typing::kept(&device.ledger, &own)?;
        view.sheet = Some(own);
    }
    Ok(view)
}

/// A sheet stays on the version it was begun under (user story 9); a new one takes the campaign's.
fn pinned_for(device: &Device, visit: &Visit, held: Option<&ScoreSheetRecord>) -> Result<Pinned, Problem> {
    match held.filter(|sheet| !sheet.criteria.is_empty()) {
        Some(sheet) => {
            let missing = || Problem::new("no_record").with("record", &sheet.criteria);
            criteria::pinned(device, &sheet.criteria)?.ok_or_else(missing)
        }
        None => criteria::needed(device, visit),
    }
}

fn view(
    device: &Device,
    visit: &Visit,
    model: &ModelOfUnit,
    slot: Option<u32>,
    held: Option<&ScoreSheetRecord>,
    pinned: Pinned,
) -> ScoreSheetView {
    let standing = pinned.rules.standing(&held.map(points_of).unwrap_or_default());
    let not_eligible = held.and_then(|sheet| sheet.not_eligible.clone());
    let item = |code: &String| {
        let item = held?.items.get(code)?;
        Some(ScoreItem {
            code: code.clone(),
            points: item.points,
            note: item.note.clone(),
        })
    };
    ScoreSheetView {
        visit: visit.id.to_string(),
        registration: model.id.to_string(),
        model_name: model.name.clone(),
        unit_name: unit_name(device, &visit.unit.to_string()),
        items: pinned
            .rules
            .criteria
            .iter()
            .filter_map(|rule| item(&rule.code))
            .collect(),
        answered: u32::try_from(standing.answered).unwrap_or(u32::MAX),
        total_criteria: u32::try_from(standing.criteria).unwrap_or(u32::MAX),
        total: standing.total,
        band: standing.band.filter(|_| not_eligible.is_none()),
        mandatory_zero: standing.mandatory_zero,
        not_eligible,
        slot: slot.unwrap_or_default(),
        changed_since_scored: held.is_some_and(|sheet| model.changed_since(&sheet.scored_state)),
        may_edit: slot.is_some(),
        sheet: None,
        unfinished: None,
        criteria: pinned.set,
    }
}

pub(crate) fn save_scores(device: &Device, request: SaveScores) -> Result<ScoreSheetView, Problem> {
    let (me, visit) = visits::own(device, &request.visit)?;
    let (_, slot) = me.delegation()?;
    let model = model_of_unit(device, visit.unit, record_id(&request.registration)?)?;
    let held = of_slot(device, &visit, model.id, slot)?;
    let pinned = pinned_for(device, &visit, held.as_ref())?;
    let mut edits = answers(device, &pinned, held.as_ref(), &request)?;
    if let Some(reason) = &request.not_eligible {
        let said = held
            .as_ref()
            .and_then(|sheet| sheet.not_eligible.as_deref())
            .unwrap_or_default();
        let reason = about_people("not_eligible", reason, said, request.personal_data_checked)?;
        if held.is_some() || !reason.is_empty() {
            edits.push(Edit::line("not_eligible", reason));
        }
    }
    if !edits.is_empty() {
        if held.is_none() {
            let mut begun = head(&visit, &model, slot, &pinned);
            begun.append(&mut edits);
            edits = begun;
        }
        let record: RecordId = sheet_id(&visit, model.id, slot);
        let write = Device::edit(visit.scope(&me), record, RecordKind::ScoreSheet, edits);
        device.write_and_forget(&[write], &[record])?;
    }
    sheet(
        device,
        ScoreOf {
            visit: request.visit,
            registration: request.registration,
        },
    )
}

/// What a sheet is about; written with its first answers, so that it never stands without them.
fn head(visit: &Visit, model: &ModelOfUnit, slot: u32, pinned: &Pinned) -> Vec<Edit> {
    vec![
        Edit::line("visit", visit.id.to_string()),
        Edit::line("registration", model.id.to_string()),
        Edit::line("criteria", &pinned.id),
        Edit::int("slot", i64::from(slot)),
        Edit::line("scored_state", &model.state),
    ]
}

fn answers(
    device: &Device,
    pinned: &Pinned,
    held: Option<&ScoreSheetRecord>,
    request: &SaveScores,
) -> Result<Vec<Edit>, Problem> {
    let mut edits = Vec::new();
    for item in &request.items {
        match item.points {
            Some(points) => check_points(device, pinned, &item.code, points)?,
            None if pinned.rules.criteria.iter().any(|rule| rule.code == item.code) => {}
            None => return Err(unknown_criterion(&item.code)),
        }
        let before = held.and_then(|sheet| sheet.items.get(&item.code));
        let said = before.map_or("", |before| before.note.as_str());
        // The screen shows the warning at the criterion it speaks of.
        let note = about_people("note", &item.note, said, request.personal_data_checked)
            .map_err(|problem| problem.with("code", &item.code))?;
        let answer = SheetItem {
            points: item.points,
            note,
        };
        // An empty answer where there was none does not begin a sheet.
        if before.is_some() || answer.points.is_some() || !answer.note.is_empty() {
            edits.push(Edit::put("items", &item.code, &answer));
        }
    }
    Ok(edits)
}
