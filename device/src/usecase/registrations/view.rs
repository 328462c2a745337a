//! A registration as its screen shows it.

use cotmoc_core::access::Role;
use cotmoc_core::record::view::{
    DerivedStatus, REQUIRED_CONTENTS, is_changed_since_accepted, missing_contents,
};

use super::Loaded;
use super::contents::{kind_of, model_kind_of};
use crate::contract::Problem;
use crate::contract::models::{Held, RegistrationStatus};
use crate::contract::registrations::{DuplicateRow, RegistrationValues, RegistrationView};
use crate::device::Device;
use crate::problems::query;
use crate::store::{held, typing};
use crate::usecase::figures;

/// The contract's name of a status.
pub(crate) fn status(status: DerivedStatus) -> RegistrationStatus {
    match status {
        DerivedStatus::Draft => RegistrationStatus::Draft,
        DerivedStatus::Submitted => RegistrationStatus::Submitted,
        DerivedStatus::Returned => RegistrationStatus::Returned,
        DerivedStatus::Active => RegistrationStatus::Active,
        DerivedStatus::Closed => RegistrationStatus::Closed,
        DerivedStatus::Discarded => RegistrationStatus::Discarded,
    }
}

pub(super) fn of(device: &Device, loaded: &Loaded) -> Result<RegistrationView, Problem> {
    let me = device.me()?;
    let registration = &loaded.registration;
    let derived = loaded.status();
    let code = loaded.id.to_string();
    let own = me.role() == Role::Post && me.unit().is_ok_and(|unit| unit == loaded.unit);
    let cycle = super::cycles(device)?
        .into_iter()
        .find(|(id, _)| Some(id) == registration.cycle.as_ref());
    let current_year = super::current_cycle(device)?.map(|(_, cycle)| cycle.year);
    let declared = registration
        .submission
        .as_ref()
        .map(|submission| submission.declared.clone());
    let closes = cycle.and_then(|(_, cycle)| cycle.closes);
    // Late is what was declared after the deadline; arriving late is no fault (user story 2).
    let late = matches!((&declared, &closes), (Some(declared), Some(closes)) if declared > closes);
    let returned_reason = match (derived, &registration.submission) {
        (DerivedStatus::Returned, Some(submission)) => loaded
            .review
            .of_submission(submission.number)
            .map(|review| review.reason.clone()),
        _ => None,
    };
    let unit = loaded.unit.to_string();
    let held = match loaded.is_begun {
        true => device
            .ledger
            .read(|connection| held::held(connection, &code).map_err(query))?,
        false => Held::ThisDevice,
    };
    Ok(RegistrationView {
        model: registration.model.clone(),
        unit_name: unit_name(device, &unit),
        cycle: registration.cycle.clone(),
        year: i32::try_from(registration.year).unwrap_or_default(),
        values: values(loaded),
        figures: registration
            .figures
            .iter()
            .map(|(id, figure)| figures::view(id, figure))
            .collect(),
        status: status(derived),
        returned_reason,
        declared,
        late,
        missing: missing_contents(registration)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        required: REQUIRED_CONTENTS.map(str::to_owned).to_vec(),
        changed_since_accepted: derived == DerivedStatus::Active
            && is_changed_since_accepted(registration, Some(&loaded.review)),
        is_begun: loaded.is_begun,
        may_edit: super::may_edit(&me, loaded),
        may_review: me.role() == Role::Compiler
            && matches!(
                derived,
                DerivedStatus::Submitted | DerivedStatus::Returned | DerivedStatus::Active
            ),
        may_carry_over: own
            && registration.cycle.is_some()
            && derived != DerivedStatus::Closed
            && current_year.is_some_and(|year| registration.year < year),
        held,
        differing: loaded.differing.clone(),
        possible_duplicates: duplicates(device, &code)?,
        demonstration: registration.demonstration,
        unfinished: typing::kept(&device.ledger, &code)?,
        registration: code,
        unit,
    })
}

/// Name of a unit today; of one that is not known here, that of the grant or the id's beginning.
pub(crate) fn unit_name(device: &Device, unit: &str) -> String {
    let name = device.units().name(unit, device.today());
    if !name.is_empty() {
        return name;
    }
    match device.me() {
        Ok(me) if me.unit().is_ok_and(|own| own.to_string() == unit) => me.grant.holder_name,
        _ => unit.chars().take(8).collect(),
    }
}

fn values(loaded: &Loaded) -> RegistrationValues {
    let registration = &loaded.registration;
    let some = |text: &String| Some(text.clone());
    RegistrationValues {
        name: some(&registration.name),
        model_kind: Some(model_kind_of(
            loaded
                .model
                .as_ref()
                .map_or("", |model| model.model_kind.as_str()),
        )),
        kind: Some(kind_of(registration.kind)),
        field: Some(registration.field.clone().unwrap_or_default()),
        place: some(&registration.place),
        schedule: some(&registration.schedule),
        rationale: some(&registration.rationale),
        goals: some(&registration.goals),
        approach: some(&registration.approach),
        area_and_target: some(&registration.area_and_target),
        forces: some(&registration.forces),
        resources: some(&registration.resources),
        outputs: some(&registration.outputs),
        sustainability: some(&registration.sustainability),
        figures: Vec::new(),
        remove_figures: Vec::new(),
    }
}

/// Other registrations of the same unit and cycle whose folded name is the same. The index is named because
/// the order asked for would make SQLite read all of the unit's registrations in it.
fn duplicates(device: &Device, code: &str) -> Result<Vec<DuplicateRow>, Problem> {
    device.ledger.read(|connection| {
        let mut statement = connection
            .prepare_cached(
                "SELECT other.code, other.name FROM registration AS this
                 JOIN registration AS other INDEXED BY registration_duplicates ON other.unit = this.unit AND other.cycle IS this.cycle
                   AND other.name_fold = this.name_fold AND other.code <> this.code
                 WHERE this.code = ?1 AND this.name_fold <> '' AND other.status <> 'discarded'
                 ORDER BY other.name_key, other.id LIMIT 10",
            )
            .map_err(query)?;
        let rows = statement.query_map([code], |row| {
            Ok(DuplicateRow {
                registration: row.get(0)?,
                name: row.get(1)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(query)
    })
}
