//! Visits as screens show them.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::{DelegationId, Hash32, RecordId};
use cotmoc_core::org::UnitId;
use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::{CampaignRecord, State, VisitRecord};
use cotmoc_core::text::sort_key;
use rusqlite::{OptionalExtension, Row};

use super::{Visit, agenda, all, findings, findings_id, order, roster_of};
use crate::contract::Problem;
use crate::contract::campaigns::DelegationUnit;
use crate::contract::models::Held;
use crate::contract::visits::{AgendaItem, UnitReadiness, VisitList, VisitModel, VisitRow, VisitView};
use crate::device::{Device, Me};
use crate::problems::query;
use crate::store::{held, typing};
use crate::usecase::campaigns::{campaign, unit_of};
use crate::usecase::registrations::unit_name;
use crate::usecase::scores::criteria::{self, Pinned};
use crate::usecase::scores::may_agree;
use crate::usecase::scores::sheets::{self, HeldSheet, agreed_id, agreed_points};

/// A registration of the visited unit as the lists have it.
pub(crate) struct ModelOfUnit {
    pub id: RecordId,
    pub name: String,
    field: Option<String>,
    year: i64,
    is_counted: bool,
    /// State hash of the registration as it is now, hexadecimal.
    pub state: String,
}

impl ModelOfUnit {
    /// It is not what an assessor saw who began a sheet at `scored`.
    pub fn changed_since(&self, scored: &str) -> bool {
        !scored.is_empty() && scored != self.state
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let code: String = row.get("code")?;
        let Ok(id) = code.parse() else { return Ok(None) };
        let state: Vec<u8> = row.get("state_hash")?;
        let field: String = row.get("field")?;
        Ok(Some(Self {
            id,
            name: row.get("name")?,
            field: Some(field).filter(|field| !field.is_empty()),
            year: row.get("year")?,
            is_counted: row.get("counted")?,
            state: Hash32::from_slice(&state)
                .map(|hash| hash.to_string())
                .unwrap_or_default(),
        }))
    }
}

const COLUMNS: &str = "SELECT code, name, field, year, counted, state_hash FROM registration";

/// A registration of a unit.
///
/// # Errors
/// `no_record` when this device does not hold it, or it is another unit's.
pub(crate) fn model_of_unit(
    device: &Device,
    unit: UnitId,
    registration: RecordId,
) -> Result<ModelOfUnit, Problem> {
    let found = device.ledger.read(|connection| {
        connection
            .prepare_cached(&format!("{COLUMNS} WHERE code = ?1 AND unit = ?2"))
            .and_then(|mut statement| {
                let named = [registration.to_string(), unit.to_string()];
                statement.query_row(named, ModelOfUnit::read).optional()
            })
            .map_err(query)
    })?;
    found
        .flatten()
        .ok_or_else(|| Problem::new("no_record").with("record", registration))
}

/// The models of a unit that a visit scores: those that count in the campaign's year. One that was scored
/// and then returned or closed stays in sight, because its sheets do.
fn models_of(
    device: &Device,
    visit: &Visit,
    campaign: Option<&CampaignRecord>,
    scored: &BTreeSet<String>,
) -> Result<Vec<ModelOfUnit>, Problem> {
    let mut models: Vec<ModelOfUnit> = device.ledger.read(|connection| {
        let mut statement = connection
            .prepare_cached(&format!("{COLUMNS} WHERE unit = ?1 ORDER BY name_key, id"))
            .map_err(query)?;
        let rows = statement
            .query_map([visit.unit.to_string()], ModelOfUnit::read)
            .map_err(query)?;
        rows.filter_map(Result::transpose)
            .collect::<Result<_, _>>()
            .map_err(query)
    })?;
    let is_of_year = |model: &ModelOfUnit| campaign.is_some_and(|campaign| campaign.year == model.year);
    models.retain(|model| (model.is_counted && is_of_year(model)) || scored.contains(&model.id.to_string()));
    Ok(models)
}

/// What the visits of this device are seen against; read once for a whole list.
struct Survey<'a> {
    device: &'a Device,
    me: Me,
    sheets: Vec<HeldSheet>,
    campaigns: BTreeMap<String, (Option<CampaignRecord>, Option<Pinned>)>,
}

/// One visit with what belongs to it.
struct Surveyed<'a> {
    visit: &'a Visit,
    campaign: Option<CampaignRecord>,
    pinned: Option<Pinned>,
    models: Vec<ModelOfUnit>,
    sheets: Vec<&'a HeldSheet>,
    /// This profile's slot, when the visit is its delegation's.
    slot: Option<u32>,
}

impl Surveyed<'_> {
    fn sheets_of(&self, model: &ModelOfUnit) -> impl Iterator<Item = &HeldSheet> {
        let registration = model.id.to_string();
        self.sheets
            .iter()
            .copied()
            .filter(move |held| held.sheet.registration == registration)
    }

    fn my_sheet(&self, model: &ModelOfUnit) -> Option<&HeldSheet> {
        self.sheets_of(model).find(|held| Some(held.slot()) == self.slot)
    }

    /// Nothing is left to enter on a sheet: every criterion is answered, or it says why none need be.
    fn is_done(&self, held: &HeldSheet) -> bool {
        let standing = self
            .pinned
            .as_ref()
            .map(|pinned| pinned.rules.standing(&held.points()));
        held.sheet.not_eligible.is_some() || standing.is_some_and(|standing| standing.is_complete())
    }
}

impl<'a> Survey<'a> {
    fn read(device: &'a Device) -> Result<Self, Problem> {
        Ok(Self {
            device,
            me: device.me()?,
            sheets: sheets::all(device)?,
            campaigns: BTreeMap::new(),
        })
    }

    fn of<'s>(&'s mut self, visit: &'s Visit) -> Result<Surveyed<'s>, Problem> {
        let named = &visit.record.campaign;
        if !self.campaigns.contains_key(named) {
            let campaign = match named.parse() {
                Ok(id) => campaign(self.device, id)?,
                Err(_) => None,
            };
            let pinned = match &campaign {
                Some(campaign) => criteria::pinned(self.device, &campaign.criteria)?,
                None => None,
            };
            self.campaigns.insert(named.clone(), (campaign, pinned));
        }
        let (campaign, pinned) = self.campaigns.get(named).cloned().unwrap_or_default();
        let sheets: Vec<&HeldSheet> = self.sheets.iter().filter(|held| held.is_of(visit)).collect();
        let scored = sheets
            .iter()
            .map(|held| held.sheet.registration.clone())
            .collect();
        let models = models_of(self.device, visit, campaign.as_ref(), &scored)?;
        let slot = self
            .me
            .delegation()
            .ok()
            .filter(|_| visit.is_of(&self.me))
            .map(|(_, slot)| slot);
        Ok(Surveyed {
            visit,
            campaign,
            pinned,
            models,
            sheets,
            slot,
        })
    }
}

/// Every visit this profile may see, and the units of its delegation that have none.
pub(super) fn list(device: &Device) -> Result<VisitList, Problem> {
    let mut survey = Survey::read(device)?;
    let me = survey.me.clone();
    let mut visits = all(device)?;
    let known = order_of_arrival(device)?;
    visits.sort_by_key(|visit| std::cmp::Reverse(known.get(&visit.id).copied()));
    let unvisited = unvisited(device, &me, &visits);
    let mut rows = Vec::with_capacity(visits.len());
    for visit in &visits {
        rows.push(row(device, &me, &survey.of(visit)?)?);
    }
    let readiness = unvisited
        .iter()
        .map(|unit| readiness(device, &me, &mut survey, unit))
        .collect::<Result<_, _>>()?;
    Ok(VisitList {
        visits: rows,
        unvisited,
        readiness,
    })
}

/// Row numbers of the visits, which grow in the order they became known here.
fn order_of_arrival(device: &Device) -> Result<BTreeMap<RecordId, i64>, Problem> {
    device.ledger.read(|connection| {
        let mut statement = connection
            .prepare_cached("SELECT id, code FROM record WHERE kind = ?1")
            .map_err(query)?;
        let rows = statement.query_map([RecordKind::Visit.code()], |row| {
            let code: [u8; 16] = row.get("code")?;
            Ok((RecordId(uuid::Uuid::from_bytes(code)), row.get("id")?))
        });
        rows.and_then(Iterator::collect).map_err(query)
    })
}

fn unvisited(device: &Device, me: &Me, visits: &[Visit]) -> Vec<DelegationUnit> {
    let Ok((delegation, _)) = me.delegation() else {
        return Vec::new();
    };
    let units = roster_of(device, me, delegation)
        .map(|roster| roster.units)
        .unwrap_or_default();
    let has_visit = |unit: &UnitId| {
        visits
            .iter()
            .any(|visit| visit.delegation == delegation && visit.unit == *unit)
    };
    let mut units: Vec<DelegationUnit> = units
        .iter()
        .filter(|unit| !has_visit(unit))
        .map(|unit| unit_of(device, *unit))
        .collect();
    units.sort_by_cached_key(|unit| (sort_key(&unit.name), unit.id.clone()));
    units
}

/// What a visit of the unit would be missing if it were begun now.
fn readiness(
    device: &Device,
    me: &Me,
    survey: &mut Survey<'_>,
    unit: &DelegationUnit,
) -> Result<UnitReadiness, Problem> {
    let (delegation, _) = me.delegation()?;
    let campaign = roster_of(device, me, delegation).map(|roster| roster.campaign.to_string());
    let mut record = VisitRecord::from(&State::read("{}"));
    record.delegation = delegation.to_string();
    record.campaign = campaign.unwrap_or_default();
    let unknown = |_| Problem::new("unknown_unit").with("unit", &unit.id);
    let planned = Visit {
        id: RecordId::derived("planned visit", &[unit.id.as_bytes()]),
        unit: unit.id.parse().map_err(unknown)?,
        delegation,
        record,
    };
    Ok(UnitReadiness {
        missing_parts: missing_parts(device, me, &survey.of(&planned)?),
        unit: unit.id.clone(),
    })
}

fn row(device: &Device, me: &Me, surveyed: &Surveyed<'_>) -> Result<VisitRow, Problem> {
    let visit = surveyed.visit;
    let own = visit.is_of(me);
    let findings = findings::held(device, visit)?.findings.findings;
    let mine = surveyed
        .models
        .iter()
        .filter_map(|model| surveyed.my_sheet(model));
    let unit = visit.unit.to_string();
    Ok(VisitRow {
        visit: visit.id.to_string(),
        unit_name: unit_name(device, &unit),
        unit,
        campaign_title: surveyed
            .campaign
            .as_ref()
            .map(|campaign| campaign.title.clone())
            .unwrap_or_default(),
        delegation_number: number(device, me, visit.delegation),
        day: visit.record.day.clone(),
        models: count(surveyed.models.len()),
        my_complete: own.then(|| count(mine.filter(|held| surveyed.is_done(held)).count())),
        findings: own.then(|| {
            let standing = findings.values().filter(|finding| finding.removed.is_none());
            count(standing.count())
        }),
        held: held_of(device, surveyed)?,
    })
}

fn number(device: &Device, me: &Me, delegation: DelegationId) -> u32 {
    roster_of(device, me, delegation).map_or(0, |roster| roster.number)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where the newest change of a visit is held: as long as one of its records is only here, the visit is.
fn held_of(device: &Device, surveyed: &Surveyed<'_>) -> Result<Held, Problem> {
    let visit = surveyed.visit;
    let mut records = vec![visit.id, findings_id(visit.id)];
    records.extend(surveyed.sheets.iter().map(|held| held.id));
    records.extend(surveyed.models.iter().map(|model| agreed_id(visit, model.id)));
    device.ledger.read(|connection| {
        let each = records
            .iter()
            .map(|record| held::held(connection, &record.to_string()));
        let all: Vec<Held> = each.collect::<Result<_, _>>().map_err(query)?;
        Ok(all.into_iter().min().unwrap_or(Held::Province))
    })
}

/// A visit as its screen shows it.
pub(super) fn of(device: &Device, visit: &Visit) -> Result<VisitView, Problem> {
    let mut survey = Survey::read(device)?;
    let me = survey.me.clone();
    let surveyed = survey.of(visit)?;
    let models: Vec<VisitModel> = surveyed
        .models
        .iter()
        .map(|held| model(device, &surveyed, held))
        .collect::<Result<_, _>>()?;
    Ok(VisitView {
        row: row(device, &me, &surveyed)?,
        criteria: surveyed
            .campaign
            .as_ref()
            .map(|campaign| campaign.criteria.clone())
            .unwrap_or_default(),
        place: visit.record.place.clone(),
        attendance: visit.record.attendance.clone(),
        agenda: agenda_of(device, visit.id, &visit.record)?,
        findings: findings::views(device, &me, visit)?,
        models,
        missing_parts: missing_parts(device, &me, &surveyed),
        may_edit: visit.is_of(&me),
        may_agree: may_agree(&me, visit),
        is_own: visit.is_of(&me),
        unfinished: typing::kept(&device.ledger, &visit.id.to_string())?,
    })
}

fn agenda_of(device: &Device, id: RecordId, visit: &VisitRecord) -> Result<Vec<AgendaItem>, Problem> {
    if visit.agenda.is_empty() {
        return Ok(Vec::new());
    }
    let entered = order::order_of_entry(&mut device.ledger.document(id)?, "agenda");
    Ok(agenda::timeline(visit.agenda.clone(), &entered))
}

fn model(device: &Device, surveyed: &Surveyed<'_>, model: &ModelOfUnit) -> Result<VisitModel, Problem> {
    let rules = surveyed.pinned.as_ref().map(|pinned| &pinned.rules);
    let my_sheet = surveyed.my_sheet(model);
    let mine = rules
        .zip(my_sheet)
        .map(|(rules, held)| rules.standing(&held.points()));
    let agreed = sheets::agreed(device, surveyed.visit, model.id)?;
    let agreed = rules
        .zip(agreed)
        .map(|(rules, held)| rules.standing(&agreed_points(&held.agreed)));
    let others = surveyed
        .sheets_of(model)
        .filter(|held| Some(held.slot()) != surveyed.slot);
    Ok(VisitModel {
        registration: model.id.to_string(),
        name: model.name.clone(),
        field: model.field.clone(),
        my_answered: mine.as_ref().map_or(0, |standing| count(standing.answered)),
        criteria: rules.map_or(0, |rules| count(rules.criteria.len())),
        my_total: mine
            .and_then(|standing| standing.complete_total())
            .filter(|_| my_sheet.is_some_and(|held| held.sheet.not_eligible.is_none())),
        other_sheets: surveyed.slot.map(|_| count(others.count())),
        agreed_total: agreed.and_then(|standing| standing.complete_total()),
        changed_since_scored: my_sheet.is_some_and(|held| model.changed_since(&held.sheet.scored_state)),
    })
}

/// What a delegation needs on its way and this device does not hold, as stable words. Whether more
/// registrations exist than have arrived cannot be known here; that there is none at all is said.
fn missing_parts(device: &Device, me: &Me, surveyed: &Surveyed<'_>) -> Vec<String> {
    let visit = surveyed.visit;
    let parts = [
        ("roster", roster_of(device, me, visit.delegation).is_none()),
        ("unit", device.units().get(visit.unit).is_none()),
        ("campaign", surveyed.campaign.is_none()),
        ("criteria_set", surveyed.pinned.is_none()),
        ("registrations", surveyed.models.is_empty()),
    ];
    parts
        .into_iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(part, _)| part.to_owned())
        .collect()
}
