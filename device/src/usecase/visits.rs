//! A delegation's visits to its units.
//!
//! The head of a visit lives in the unit's scope, where both sides see it; findings and scores live in the
//! delegation's and reach the unit only by being published (design §4).

mod agenda;
mod findings;
mod order;
mod typed;
mod view;

use cotmoc_core::access::{DelegationRoster, Role};
use cotmoc_core::id::{DelegationId, RecordId};
use cotmoc_core::journal::{Place, Scope};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::view::{State, VisitRecord};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::text::PartialDate;

use self::typed::narrative;
use crate::contract::visits::{SaveVisit, StartVisit, VisitId, VisitList, VisitView};
use crate::contract::{Nothing, Problem};
use crate::device::{Device, Me};
use crate::ids::{fresh_record, record_id};

pub(crate) use findings::{put_finding, remove_finding};
pub(crate) use typed::about_people;
pub(crate) use view::{ModelOfUnit, model_of_unit};

/// The roles of a delegation.
pub(crate) const DELEGATION: [Role; 3] = [Role::Member, Role::Secretary, Role::Head];

/// A visit as held.
pub(crate) struct Visit {
    pub id: RecordId,
    pub unit: UnitId,
    pub delegation: DelegationId,
    pub record: VisitRecord,
}

impl Visit {
    fn read(id: RecordId, scope: &Scope, state: &str) -> Option<Self> {
        let Place::Unit(unit) = scope.place else {
            return None;
        };
        let record = VisitRecord::from(&State::read(state));
        Some(Self {
            id,
            unit,
            delegation: record.delegation.parse().ok()?,
            record,
        })
    }

    /// This profile belongs to the delegation of the visit.
    pub fn is_of(&self, me: &Me) -> bool {
        me.delegation()
            .is_ok_and(|(delegation, _)| delegation == self.delegation)
    }

    /// Where its findings and scores live.
    pub fn scope(&self, me: &Me) -> Scope {
        me.delegation_scope(self.delegation)
    }
}

/// Record id of a visit's findings: every device of the delegation arrives at the same.
pub(crate) fn findings_id(visit: RecordId) -> RecordId {
    RecordId::derived("findings", &[visit.0.as_bytes()])
}

pub(crate) fn load(device: &Device, visit: &str) -> Result<Visit, Problem> {
    let id = record_id(visit)?;
    let held = device
        .ledger
        .record(id)?
        .filter(|held| held.kind == RecordKind::Visit);
    let visit = held.and_then(|held| Visit::read(id, &held.scope, &held.state));
    visit.ok_or_else(|| Problem::new("no_record").with("record", id))
}

/// All visits that this device holds.
pub(crate) fn all(device: &Device) -> Result<Vec<Visit>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::Visit)?;
    Ok(records
        .iter()
        .filter_map(|(id, scope, state)| Visit::read(*id, scope, state))
        .collect())
}

/// Loads a visit that this profile may write in, as part of its delegation.
pub(crate) fn own(device: &Device, visit: &str) -> Result<(Me, Visit), Problem> {
    let me = device.me()?;
    me.require(&DELEGATION)?;
    let visit = load(device, visit)?;
    if visit.is_of(&me) {
        Ok((me, visit))
    } else {
        Err(Problem::new("not_your_visit"))
    }
}

/// A delegation as the roster has it in force.
pub(crate) fn roster_of(device: &Device, me: &Me, delegation: DelegationId) -> Option<DelegationRoster> {
    device.ledger.with_roster(me.province, |roster| {
        roster?.delegations.get(&delegation).cloned()
    })
}

pub(crate) fn list_visits(device: &Device, _: Nothing) -> Result<VisitList, Problem> {
    view::list(device)
}

pub(crate) fn get_visit(device: &Device, request: VisitId) -> Result<VisitView, Problem> {
    view::of(device, &load(device, &request.visit)?)
}

pub(crate) fn start_visit(device: &Device, request: StartVisit) -> Result<VisitView, Problem> {
    let me = device.me()?;
    me.require(&DELEGATION)?;
    let (delegation, _) = me.delegation()?;
    let unit: UnitId = request
        .unit
        .parse()
        .map_err(|_| Problem::new("unknown_unit").with("unit", &request.unit))?;
    let assigned = roster_of(device, &me, delegation).filter(|roster| roster.units.contains(&unit));
    let roster = assigned.ok_or_else(|| Problem::new("unit_not_assigned").with("unit", &request.unit))?;
    let day = day(&request.day)?;
    refuse_second(device, delegation, unit, &day, None)?;
    let id = fresh_record(device.now())?;
    let edits = vec![
        Edit::line("delegation", delegation.to_string()),
        Edit::line("campaign", roster.campaign.to_string()),
        Edit::line("day", day),
    ];
    device.write(&[Device::edit(me.unit_scope(unit), id, RecordKind::Visit, edits)])?;
    view::of(device, &load(device, &id.to_string())?)
}

pub(crate) fn save_visit(device: &Device, request: SaveVisit) -> Result<VisitView, Problem> {
    let (me, visit) = own(device, &request.visit)?;
    let mut edits = Vec::new();
    if let Some(typed) = &request.day {
        let day = if typed.trim().is_empty() {
            String::new()
        } else {
            day(typed)?
        };
        refuse_second(device, visit.delegation, visit.unit, &day, Some(visit.id))?;
        edits.push(Edit::line("day", day));
    }
    if let Some(place) = &request.place {
        let place = about_people("place", place, &visit.record.place, request.personal_data_checked)?;
        edits.push(Edit::line("place", place));
    }
    if let Some(attendance) = &request.attendance {
        edits.push(Edit::Text {
            property: "attendance",
            text: narrative(
                "attendance",
                attendance,
                &visit.record.attendance,
                request.personal_data_checked,
            )?,
        });
    }
    edits.extend(agenda::edits(device, &visit.record, &request)?);
    if !edits.is_empty() {
        device.write(&[Device::edit(
            me.unit_scope(visit.unit),
            visit.id,
            RecordKind::Visit,
            edits,
        )])?;
    }
    view::of(device, &load(device, &request.visit)?)
}

/// The stored form of a day as typed: "11/5" stays without a year.
fn day(typed: &str) -> Result<String, Problem> {
    let day = PartialDate::parse(typed);
    day.map(PartialDate::to_iso)
        .map_err(|_| Problem::new("bad_request").with("what", format!("day {typed}")))
}

/// A delegation comes to a unit once a day: a second visit of the same day is the first one, opened twice.
fn refuse_second(
    device: &Device,
    delegation: DelegationId,
    unit: UnitId,
    day: &str,
    except: Option<RecordId>,
) -> Result<(), Problem> {
    let is_same = |visit: &Visit| {
        visit.delegation == delegation
            && visit.unit == unit
            && visit.record.day == day
            && Some(visit.id) != except
    };
    match all(device)?.iter().find(|visit| is_same(visit)) {
        Some(visit) => Err(Problem::new("visit_exists")
            .with("visit", visit.id)
            .with("day", day)),
        None => Ok(()),
    }
}
