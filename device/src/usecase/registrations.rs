//! Registering models: writing, submitting, carrying over, reviewing.

mod contents;
mod history;
mod history_order;
mod prepared;
mod unit_figures;
mod view;

use std::collections::BTreeMap;

use cotmoc_core::access::Role;
use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{Place, Scope};
use cotmoc_core::org::{Day, UnitId};
use cotmoc_core::record::view::{
    CycleRecord, Decision, DerivedStatus, ModelRecord, REQUIRED_CONTENTS, RegistrationRecord, ReviewEntry,
    ReviewRecord, State, Submission, contents_mark, missing_contents, status_of,
};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::Write;

use crate::contract::models::ModelKind;
use crate::contract::registrations::{
    CarryOver, DiscardRegistration, RegistrationId, RegistrationView, ReviewDecision, ReviewRegistration,
    SaveRegistration, StartRegistration, SubmitRegistration,
};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::{fresh_key, fresh_record, record_id};
use crate::usecase::reference::fields_of_scheme;

pub(crate) use contents::{check_text, read_figure};
pub(crate) use history::history;
pub(crate) use prepared::prepare;
pub(crate) use unit_figures::{
    TOTAL_FIGURE, carry_early_figures_over, declared as unit_figures_declared, save_unit_figures,
    unit_figures,
};
pub(crate) use view::unit_name;

/// A registration with the records that decide its status.
pub(crate) struct Loaded {
    pub id: RecordId,
    pub unit: UnitId,
    pub registration: RegistrationRecord,
    pub model: Option<ModelRecord>,
    pub review: ReviewRecord,
    pub differing: Vec<String>,
    /// Something is saved in it.
    pub is_begun: bool,
}

impl Loaded {
    pub fn status(&self) -> DerivedStatus {
        status_of(&self.registration, Some(&self.review), self.model.as_ref())
    }

    pub fn model_id(&self) -> Result<RecordId, Problem> {
        record_id(&self.registration.model)
    }
}

/// Record id of a registration's reviews: every compiler arrives at the same.
pub(crate) fn review_id(registration: RecordId) -> RecordId {
    RecordId::derived("review", &[registration.0.as_bytes()])
}

/// Record id under which a model is carried over into a cycle: the devices of a unit arrive at the same, so a
/// model has one registration in the cycle although two of them carried it over while apart.
fn carried_over_id(model: &str, cycle: &str) -> RecordId {
    RecordId::derived("carried over", &[model.as_bytes(), cycle.as_bytes()])
}

pub(crate) fn load(device: &Device, id: RecordId) -> Result<Loaded, Problem> {
    let missing = || Problem::new("no_record").with("record", id);
    let Some(held) = device.ledger.record(id)? else {
        return prepared::loaded(device, id)?.ok_or_else(missing);
    };
    let (RecordKind::Registration, Place::Unit(unit)) = (held.kind, held.scope.place) else {
        return Err(missing());
    };
    let registration = RegistrationRecord::from(&State::read(&held.state));
    let model = match record_id(&registration.model) {
        Ok(model) => device
            .ledger
            .record(model)?
            .map(|held| ModelRecord::from(&State::read(&held.state))),
        Err(_) => None,
    };
    let review = device
        .ledger
        .record(review_id(id))?
        .map(|held| ReviewRecord::from(&State::read(&held.state)));
    Ok(Loaded {
        id,
        unit,
        registration,
        model,
        review: review.unwrap_or_default(),
        differing: held.differing,
        is_begun: true,
    })
}

/// The newest cycle this device holds.
pub(crate) fn current_cycle(device: &Device) -> Result<Option<(String, CycleRecord)>, Problem> {
    Ok(cycles(device)?
        .into_iter()
        .max_by_key(|(id, cycle)| (cycle.year, id.clone())))
}

/// All cycles.
pub(crate) fn cycles(device: &Device) -> Result<Vec<(String, CycleRecord)>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::Cycle)?;
    let read = |state: &str| CycleRecord::from(&State::read(state));
    Ok(records
        .iter()
        .map(|(id, _, state)| (id.to_string(), read(state)))
        .collect())
}

/// The cycle a registration is tied to, if this device holds it.
fn cycle_of(device: &Device, registration: &RegistrationRecord) -> Result<Option<CycleRecord>, Problem> {
    let known = cycles(device)?;
    let tied = known
        .into_iter()
        .find(|(id, _)| Some(id) == registration.cycle.as_ref());
    Ok(tied.map(|(_, cycle)| cycle))
}

/// Field code of what no field of a scheme covers; every scheme counts it as unclassified.
const OTHER_FIELD: &str = "KHAC";

/// A field is one of the cycle's scheme, the other one, or none. A scheme that is not held here yet cannot be asked.
///
/// # Errors
/// `unknown_field`.
fn check_field(device: &Device, field: &str, cycle: &CycleRecord) -> Result<(), Problem> {
    let (fields, _) = fields_of_scheme(device, &cycle.scheme)?;
    if field.is_empty()
        || field == OTHER_FIELD
        || fields.is_empty()
        || fields.iter().any(|known| known.code == field)
    {
        return Ok(());
    }
    Err(Problem::new("unknown_field").with("field", field))
}

/// The named cycle, or the newest one.
pub(crate) fn cycle_or_current(
    device: &Device,
    named: Option<&str>,
) -> Result<Option<(String, CycleRecord)>, Problem> {
    match named {
        None => current_cycle(device),
        Some(named) => {
            let found = cycles(device)?.into_iter().find(|(id, _)| id == named);
            found
                .map(Some)
                .ok_or_else(|| Problem::new("no_cycle").with("cycle", named))
        }
    }
}

pub(crate) fn get(device: &Device, request: RegistrationId) -> Result<RegistrationView, Problem> {
    view::of(device, &load(device, record_id(&request.registration)?)?)
}

pub(crate) fn start(device: &Device, request: StartRegistration) -> Result<RegistrationView, Problem> {
    let me = device.me()?;
    me.require(&[Role::Post])?;
    let scope = me.unit_scope(me.unit()?);
    // A post that has been offline since last year may still draft: the draft is tied to the cycle when
    // it is submitted (user story 1).
    let cycle = cycle_or_current(device, request.cycle.as_deref())?;
    let registration = fresh_record(device.now())?;
    let writes = beginning(
        device,
        scope,
        (registration, fresh_record(device.now())?),
        cycle.as_ref(),
        &request,
    )?;
    device.write(&writes)?;
    view::of(device, &load(device, registration)?)
}

/// The first entries of a new registration and its model.
fn beginning(
    device: &Device,
    scope: Scope,
    (registration, model): (RecordId, RecordId),
    cycle: Option<&(String, CycleRecord)>,
    request: &StartRegistration,
) -> Result<[Write; 2], Problem> {
    let kind = request.values.model_kind.unwrap_or(ModelKind::MoHinh);
    let year = cycle.map(|(_, cycle)| cycle.year);
    let mut model_edits = vec![Edit::line("model_kind", contents::model_kind_code(kind))];
    model_edits.extend(year.map(|year| Edit::int("start_year", year)));
    let mut edits = vec![Edit::line("model", model.to_string())];
    if let Some((id, cycle)) = cycle {
        edits.extend([Edit::line("cycle", id), Edit::int("year", cycle.year)]);
    }
    contents::check(&request.values, request.personal_data_checked)?;
    if let (Some(field), Some((_, cycle))) = (&request.values.field, cycle) {
        check_field(device, field, cycle)?;
    }
    edits.extend(contents::edits(device, &request.values, &BTreeMap::new())?);
    if request.values.kind.is_none() {
        edits.push(Edit::line("kind", "new"));
    }
    if request.demonstration {
        model_edits.push(Edit::flag("demonstration", true));
        edits.push(Edit::flag("demonstration", true));
    }
    Ok([
        Device::edit(scope, model, RecordKind::Model, model_edits),
        Device::edit(scope, registration, RecordKind::Registration, edits),
    ])
}

pub(crate) fn carry_over(device: &Device, request: CarryOver) -> Result<RegistrationView, Problem> {
    let me = device.me()?;
    me.require(&[Role::Post])?;
    let old = load(device, record_id(&request.registration)?)?;
    let own = me.unit()?;
    if old.unit != own {
        return Err(Problem::new("not_my_unit"));
    }
    let (cycle_id, cycle) =
        cycle_or_current(device, request.cycle.as_deref())?.ok_or_else(|| Problem::new("no_cycle"))?;
    // A draft without a cycle is of this year: it is tied to the cycle when it is submitted.
    let is_of_this_year = old.registration.cycle.is_none() || old.registration.year >= cycle.year;
    if is_of_this_year || old.status() == DerivedStatus::Closed {
        return Err(Problem::new("nothing_to_carry_over"));
    }
    if registered_in(device, &old.registration.model, &cycle_id)? {
        return Err(Problem::new("already_carried_over"));
    }
    let registration = carried_over_id(&old.registration.model, &cycle_id);
    // A draft that was carried over and discarded is taken back with what was written in it.
    if let Some(held) = device.ledger.record(registration)? {
        let edits = vec![Edit::flag("discarded", false)];
        device.write(&[Device::edit(held.scope, registration, held.kind, edits)])?;
        return view::of(device, &load(device, registration)?);
    }
    let from = &old.registration;
    let mut edits = vec![
        Edit::line("model", &from.model),
        Edit::line("cycle", &cycle_id),
        Edit::int("year", cycle.year),
        Edit::line("kind", "maintained"),
        Edit::line("carried_from", old.id.to_string()),
    ];
    let mut copied = from.clone();
    // A field of last year's scheme may not be one of this year's.
    copied.field = copied
        .field
        .filter(|field| check_field(device, field, &cycle).is_ok());
    edits.extend(contents::copied(&copied));
    device.write(&[Device::edit(
        me.unit_scope(own),
        registration,
        RecordKind::Registration,
        edits,
    )])?;
    view::of(device, &load(device, registration)?)
}

/// The model has a registration in the cycle that was not discarded.
fn registered_in(device: &Device, model: &str, cycle: &str) -> Result<bool, Problem> {
    let found: i64 = device.ledger.read(|connection| {
        connection
            .prepare_cached(
                "SELECT count(*) FROM registration WHERE model = ?1 AND cycle = ?2 AND status <> 'discarded'",
            )
            .and_then(|mut statement| statement.query_row([model, cycle], |row| row.get(0)))
            .map_err(crate::problems::query)
    })?;
    Ok(found > 0)
}

/// Loads a registration that this profile's unit may write.
fn own(device: &Device, registration: &str) -> Result<(crate::device::Me, Loaded), Problem> {
    let me = device.me()?;
    me.require(&[Role::Post])?;
    let loaded = load(device, record_id(registration)?)?;
    if loaded.unit != me.unit()? {
        return Err(Problem::new("not_my_unit"));
    }
    Ok((me, loaded))
}

/// This profile may write in it.
pub(crate) fn may_edit(me: &crate::device::Me, loaded: &Loaded) -> bool {
    me.role() == Role::Post
        && me.unit().is_ok_and(|unit| unit == loaded.unit)
        && !matches!(loaded.status(), DerivedStatus::Closed | DerivedStatus::Discarded)
}

pub(crate) fn save(device: &Device, request: SaveRegistration) -> Result<RegistrationView, Problem> {
    let (me, loaded) = own(device, &request.registration)?;
    if loaded.status() == DerivedStatus::Closed {
        return Err(Problem::new("registration_not_draft"));
    }
    if !loaded.is_begun {
        let ids = (loaded.id, loaded.model_id()?);
        let first = StartRegistration {
            cycle: None,
            values: request.values,
            demonstration: false,
            personal_data_checked: request.personal_data_checked,
        };
        let writes = beginning(
            device,
            me.unit_scope(loaded.unit),
            ids,
            current_cycle(device)?.as_ref(),
            &first,
        )?;
        device.write_and_forget(&writes, &[loaded.id])?;
        return view::of(device, &load(device, loaded.id)?);
    }
    contents::check(&request.values, request.personal_data_checked)?;
    let known = loaded.registration.field.as_deref().unwrap_or_default();
    if let Some(field) = request.values.field.as_deref().filter(|field| *field != known)
        && let Some(cycle) = cycle_of(device, &loaded.registration)?
    {
        check_field(device, field, &cycle)?;
    }
    let scope = me.unit_scope(loaded.unit);
    let mut writes = vec![Device::edit(
        scope,
        loaded.id,
        RecordKind::Registration,
        contents::edits(device, &request.values, &loaded.registration.figures)?,
    )];
    if let Some(kind) = request.values.model_kind {
        let edits = vec![Edit::line("model_kind", contents::model_kind_code(kind))];
        writes.push(Device::edit(scope, loaded.model_id()?, RecordKind::Model, edits));
    }
    device.write_and_forget(&writes, &[loaded.id])?;
    view::of(device, &load(device, loaded.id)?)
}

pub(crate) fn submit(device: &Device, request: SubmitRegistration) -> Result<RegistrationView, Problem> {
    let (me, loaded) = own(device, &request.registration)?;
    let status = loaded.status();
    if !matches!(status, DerivedStatus::Draft | DerivedStatus::Returned) {
        return Err(Problem::new("registration_not_draft"));
    }
    let missing: Vec<&str> = missing_contents(&loaded.registration)
        .into_iter()
        .filter(|name| REQUIRED_CONTENTS.contains(name))
        .collect();
    if !missing.is_empty() {
        return Err(Problem::new("registration_incomplete").with("missing", missing.join(",")));
    }
    let declared = match &request.declared {
        Some(day) => {
            let parsed = Day::parse(day);
            parsed.map_err(|_| Problem::new("bad_request").with("what", format!("declared {day}")))?
        }
        None => device.today(),
    };
    let mut edits = Vec::new();
    if loaded.registration.cycle.is_none() {
        let (id, cycle) = current_cycle(device)?.ok_or_else(|| Problem::new("no_cycle"))?;
        let field = loaded.registration.field.as_deref().unwrap_or_default();
        check_field(device, field, &cycle)?;
        edits.extend([Edit::line("cycle", id), Edit::int("year", cycle.year)]);
    }
    let number = loaded
        .registration
        .submission
        .as_ref()
        .map_or(1, |submission| submission.number + 1);
    edits.push(Edit::whole(
        "submission",
        &Submission {
            number,
            declared: declared.to_string(),
        },
    ));
    device.write_and_forget(
        &[Device::edit(
            me.unit_scope(loaded.unit),
            loaded.id,
            RecordKind::Registration,
            edits,
        )],
        &[loaded.id],
    )?;
    view::of(device, &load(device, loaded.id)?)
}

pub(crate) fn discard(device: &Device, request: DiscardRegistration) -> Result<RegistrationView, Problem> {
    let (me, loaded) = own(device, &request.registration)?;
    if loaded.registration.submission.is_some() {
        return Err(Problem::new("registration_not_draft"));
    }
    if !loaded.is_begun {
        // Nothing is saved, so there is nothing to mark: only what was typed is let go.
        crate::store::typing::keep(
            &device.ledger,
            &loaded.id.to_string(),
            &BTreeMap::new(),
            device.now(),
        )?;
        return view::of(device, &loaded);
    }
    let edits = vec![Edit::flag("discarded", request.discarded)];
    device.write(&[Device::edit(
        me.unit_scope(loaded.unit),
        loaded.id,
        RecordKind::Registration,
        edits,
    )])?;
    view::of(device, &load(device, loaded.id)?)
}

pub(crate) fn review(device: &Device, request: ReviewRegistration) -> Result<RegistrationView, Problem> {
    let me = device.me()?;
    me.require(&[Role::Compiler])?;
    let loaded = load(device, record_id(&request.registration)?)?;
    let Some(submission) = &loaded.registration.submission else {
        return Err(Problem::new("registration_not_submitted"));
    };
    if loaded.status() == DerivedStatus::Closed {
        return Err(Problem::new("registration_not_submitted"));
    }
    let reason = cotmoc_core::text::keep(request.reason.trim());
    crate::usecase::personal_data::check_one("reason", &reason, request.personal_data_checked)?;
    let decision = match request.decision {
        ReviewDecision::Returned if reason.is_empty() => return Err(Problem::new("reason_needed")),
        ReviewDecision::Returned => Decision::Returned,
        ReviewDecision::Accepted => Decision::Accepted,
    };
    let known = u32::try_from(loaded.review.decisions.len()).unwrap_or(u32::MAX);
    let entry = ReviewEntry {
        submission: submission.number,
        after: known,
        contents: match decision {
            Decision::Accepted => contents_mark(&loaded.registration),
            Decision::Returned => String::new(),
        },
        decision,
        reason,
    };
    let edits = vec![
        Edit::line("registration", loaded.id.to_string()),
        Edit::put("decisions", fresh_key(device.now())?, &entry),
    ];
    let scope = me.unit_scope(loaded.unit);
    device.write(&[Write::Edit {
        scope,
        record: review_id(loaded.id),
        kind: RecordKind::Review,
        edits,
    }])?;
    view::of(device, &load(device, loaded.id)?)
}

pub(crate) fn keep_typing(
    device: &Device,
    request: crate::contract::registrations::KeepTyping,
) -> Result<Nothing, Problem> {
    let total: usize = request.contents.values().map(String::len).sum();
    // Seven texts of 64 KiB may be full at once.
    if total > 640 * 1024 {
        return Err(Problem::new("too_long")
            .with("property", "")
            .with("cap", 640 * 1024));
    }
    crate::store::typing::keep(&device.ledger, &request.record, &request.contents, device.now())?;
    Ok(Nothing {})
}

pub(crate) fn kept_typing(
    device: &Device,
    request: crate::contract::registrations::RecordRef,
) -> Result<crate::contract::registrations::KeptTyping, Problem> {
    let unfinished = crate::store::typing::kept(&device.ledger, &request.record)?;
    Ok(crate::contract::registrations::KeptTyping { unfinished })
}
