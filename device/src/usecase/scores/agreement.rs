//! The sheets of all assessors side by side, and what the delegation agrees on.

use std::collections::BTreeMap;

use cotmoc_core::access::Role;
use cotmoc_core::record::view::AgreedItem;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::report::scoring::{CriterionRule, spread};

use super::check_points;
use super::criteria::{self, Pinned};
use super::sheets::{self, HeldAgreed, HeldSheet, agreed, agreed_id, agreed_points};
use crate::contract::Problem;
use crate::contract::scores::{AgreeScore, CompareRow, ScoreComparison, ScoreOf, SheetColumn};
use crate::device::{Device, Me};
use crate::ids::record_id;
use crate::usecase::registrations::unit_name;
use crate::usecase::visits::{self, ModelOfUnit, Visit, about_people, model_of_unit};

/// Who may enter agreed scores: the secretary, and the head over them (`domain.md` §2.2).
const AGREEING: [Role; 2] = [Role::Secretary, Role::Head];

/// This profile may enter agreed scores of a visit.
pub(crate) fn may_agree(me: &Me, visit: &Visit) -> bool {
    visit.is_of(me) && AGREEING.contains(&me.role())
}

pub(crate) fn compare(device: &Device, request: ScoreOf) -> Result<ScoreComparison, Problem> {
    let me = device.me()?;
    let visit = visits::load(device, &request.visit)?;
    let model = model_of_unit(device, visit.unit, record_id(&request.registration)?)?;
    let sheets = sheets_of(device, &visit, &model)?;
    let agreed = agreed(device, &visit, model.id)?;
    // Scores are the delegation's own until they are published: who holds none of them is told that they
    // are not here, rather than shown an empty table that looks like "nobody scored".
    if sheets.is_empty() && agreed.is_none() && !visit.is_of(&me) {
        return Err(Problem::new("no_record").with("record", agreed_id(&visit, model.id)));
    }
    let pinned = criteria::needed(device, &visit)?;
    Ok(view(
        device,
        &me,
        &visit,
        &model,
        (&sheets, agreed.as_ref()),
        pinned,
    ))
}

fn sheets_of(device: &Device, visit: &Visit, model: &ModelOfUnit) -> Result<Vec<HeldSheet>, Problem> {
    let registration = model.id.to_string();
    let mut sheets = sheets::all(device)?;
    sheets.retain(|held| held.is_of(visit) && held.sheet.registration == registration);
    Ok(sheets)
}

fn view(
    device: &Device,
    me: &Me,
    visit: &Visit,
    model: &ModelOfUnit,
    (sheets, held): (&[HeldSheet], Option<&HeldAgreed>),
    pinned: Pinned,
) -> ScoreComparison {
    let my_slot = me
        .delegation()
        .ok()
        .filter(|_| visit.is_of(me))
        .map(|(_, slot)| slot);
    let points: Vec<BTreeMap<String, i64>> = sheets.iter().map(HeldSheet::points).collect();
    let standings: Vec<_> = points
        .iter()
        .map(|points| pinned.rules.standing(points))
        .collect();
    let rated = sheets
        .iter()
        .zip(&standings)
        .filter(|(held, _)| held.sheet.not_eligible.is_none());
    let totals = rated.filter_map(|(_, standing)| standing.complete_total());
    let agreed = held.map(|held| pinned.rules.standing(&agreed_points(&held.agreed)));
    let not_eligible = held.and_then(|held| held.agreed.not_eligible.clone());
    let is_rated = not_eligible.is_none();
    ScoreComparison {
        visit: visit.id.to_string(),
        registration: model.id.to_string(),
        model_name: model.name.clone(),
        unit_name: unit_name(device, &visit.unit.to_string()),
        spread: spread(totals),
        sheets: sheets
            .iter()
            .zip(&standings)
            .map(|(held, standing)| SheetColumn {
                slot: held.slot(),
                mine: Some(held.slot()) == my_slot,
                answered: u32::try_from(standing.answered).unwrap_or(u32::MAX),
                total: standing.total,
                not_eligible: held.sheet.not_eligible.clone(),
            })
            .collect(),
        rows: pinned
            .rules
            .criteria
            .iter()
            .map(|rule| row(rule, sheets, &points, held))
            .collect(),
        agreed_total: agreed.as_ref().and_then(|standing| standing.complete_total()),
        band: agreed
            .as_ref()
            .and_then(|standing| standing.band.clone())
            .filter(|_| is_rated),
        may_propose_recognition: is_rated && agreed.is_some_and(|standing| standing.reaches_recognition),
        not_eligible,
        may_agree: may_agree(me, visit),
        criteria: pinned.set,
    }
}

fn row(
    rule: &CriterionRule,
    sheets: &[HeldSheet],
    points: &[BTreeMap<String, i64>],
    held: Option<&HeldAgreed>,
) -> CompareRow {
    let code = &rule.code;
    let given: Vec<Option<i64>> = points.iter().map(|points| points.get(code).copied()).collect();
    let note = |held: &HeldSheet| {
        held.sheet
            .items
            .get(code)
            .map(|item| item.note.clone())
            .unwrap_or_default()
    };
    let agreed = held.and_then(|held| held.agreed.items.get(code));
    let property = format!("items/{code}");
    CompareRow {
        code: code.clone(),
        spread: spread(given.iter().flatten().copied()),
        points: given,
        notes: sheets.iter().map(note).collect(),
        agreed: agreed.map(|item| item.points),
        reason: agreed.map(|item| item.reason.clone()).unwrap_or_default(),
        differs: held.is_some_and(|held| held.differing.contains(&property)),
    }
}

pub(crate) fn agree(device: &Device, request: AgreeScore) -> Result<ScoreComparison, Problem> {
    let (me, visit) = visits::own(device, &request.visit)?;
    me.require(&AGREEING)?;
    let model = model_of_unit(device, visit.unit, record_id(&request.registration)?)?;
    let held = agreed(device, &visit, model.id)?.map(|held| held.agreed);
    let seen = request.personal_data_checked;
    let mut edits = Vec::new();
    match (&request.code, request.points) {
        (Some(code), Some(points)) => {
            let said = held.as_ref().and_then(|held| held.items.get(code));
            let said = said.map_or("", |item| item.reason.as_str());
            let reason = about_people("reason", &request.reason, said, seen)
                .map_err(|problem| problem.with("code", code))?;
            edits.push(item(device, &visit, &model, (code, points), reason)?)
        }
        (None, None) if request.not_eligible.is_some() => {}
        _ => return Err(Problem::new("bad_request").with("what", "code, points")),
    }
    if let Some(reason) = &request.not_eligible {
        let said = held.as_ref().and_then(|held| held.not_eligible.as_deref());
        let reason = about_people("not_eligible", reason, said.unwrap_or_default(), seen)?;
        if !reason.is_empty() || held.is_some() {
            edits.push(Edit::line("not_eligible", reason));
        }
    }
    if !edits.is_empty() {
        edits.extend([
            Edit::line("visit", visit.id.to_string()),
            Edit::line("registration", model.id.to_string()),
        ]);
        let record = agreed_id(&visit, model.id);
        device.write(&[Device::edit(
            visit.scope(&me),
            record,
            RecordKind::AgreedScore,
            edits,
        )])?;
    }
    compare(
        device,
        ScoreOf {
            visit: request.visit,
            registration: request.registration,
        },
    )
}

/// Points agreed for one criterion. Where the assessors whose sheets are here differ, the reason is part
/// of the agreement; with one sheet there is nothing to explain.
fn item(
    device: &Device,
    visit: &Visit,
    model: &ModelOfUnit,
    (code, points): (&str, i64),
    reason: String,
) -> Result<Edit, Problem> {
    let pinned = criteria::needed(device, visit)?;
    check_points(device, &pinned, code, points)?;
    let given = sheets_of(device, visit, model)?;
    let given = given.iter().filter_map(|held| held.sheet.items.get(code)?.points);
    if reason.is_empty() && spread(given) > 0 {
        return Err(Problem::new("reason_needed").with("code", code));
    }
    Ok(Edit::put("items", code, &AgreedItem { points, reason }))
}
