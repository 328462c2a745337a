//! Survey campaigns and their numbered delegations.
//!
//! A campaign is a record of the province; which units a delegation surveys is a roster act, so that rights
//! never depend on campaign data that someone can edit (design §4).

use std::collections::BTreeSet;

use cotmoc_core::access::{DelegationRoster, Holder, Role, RosterAct};
use cotmoc_core::id::{DelegationId, RecordId};
use cotmoc_core::journal::Scope;
use cotmoc_core::org::UnitId;
use cotmoc_core::record::view::{CampaignRecord, State};
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::text::{identity_key, keep, sort_key};
use cotmoc_ledger::Write;

use super::delegations::{self, Known};
use super::personal_data::check_one;
use super::reference::scoring_bar;
use super::registrations::unit_name;
use super::scores::criteria;
use crate::contract::campaigns::{
    CampaignList, CampaignRow, CreateCampaign, DelegationRow, DelegationUnit, SetDelegation,
};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::{fresh, fresh_record, record_id};

const LARGEST_NUMBER: u32 = 999;

/// All campaigns that this device holds, by record id.
pub(crate) fn campaigns(device: &Device) -> Result<Vec<(String, CampaignRecord)>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::Campaign)?;
    let read = |state: &str| CampaignRecord::from(&State::read(state));
    Ok(records
        .iter()
        .map(|(id, _, state)| (id.to_string(), read(state)))
        .collect())
}

/// One campaign, if this device holds it.
pub(crate) fn campaign(device: &Device, id: RecordId) -> Result<Option<CampaignRecord>, Problem> {
    let held = device
        .ledger
        .record(id)?
        .filter(|held| held.kind == RecordKind::Campaign);
    Ok(held.map(|held| CampaignRecord::from(&State::read(&held.state))))
}

/// A unit of a delegation by its name today.
pub(crate) fn unit_of(device: &Device, unit: UnitId) -> DelegationUnit {
    let id = unit.to_string();
    DelegationUnit {
        name: unit_name(device, &id),
        id,
    }
}

pub(crate) fn list_campaigns(device: &Device, _: Nothing) -> Result<CampaignList, Problem> {
    let known = delegations::all(device)?;
    let mut rows = Vec::new();
    for (id, campaign) in campaigns(device)? {
        let mut own: Vec<DelegationRow> = known
            .iter()
            .filter(|(_, known)| known.roster.campaign.to_string() == id)
            .map(|(delegation, known)| delegation_row(device, *delegation, known))
            .collect::<Result<_, _>>()?;
        own.sort_by(|one, other| (one.number, &one.id).cmp(&(other.number, &other.id)));
        rows.push(CampaignRow {
            year: i32::try_from(campaign.year).unwrap_or_default(),
            criteria_title: criteria::title(device, &campaign.criteria)?,
            title: campaign.title,
            basis: campaign.basis,
            criteria: campaign.criteria,
            delegations: own,
            id,
        });
    }
    rows.sort_by_cached_key(|row| (-row.year, sort_key(&row.title), row.id.clone()));
    Ok(CampaignList { campaigns: rows })
}

fn delegation_row(
    device: &Device,
    delegation: DelegationId,
    known: &Known,
) -> Result<DelegationRow, Problem> {
    let mut units: Vec<DelegationUnit> = known
        .roster
        .units
        .iter()
        .map(|unit| unit_of(device, *unit))
        .collect();
    units.sort_by_cached_key(|unit| (sort_key(&unit.name), unit.id.clone()));
    let joined = device.ledger.with_roster(device.me()?.province, |roster| {
        let grants = roster.map(|roster| roster.grants.values()).into_iter().flatten();
        let of_this = |holder: Holder| matches!(holder, Holder::Delegation(named, _) if named == delegation);
        grants
            .filter(|grant| grant.cuts.is_none() && of_this(grant.holder))
            .count()
    });
    Ok(DelegationRow {
        id: delegation.to_string(),
        number: known.roster.number,
        units,
        in_force: known.in_force,
        devices: u32::try_from(joined).unwrap_or(u32::MAX),
    })
}

pub(crate) fn create_campaign(device: &Device, request: CreateCampaign) -> Result<CampaignRow, Problem> {
    let me = device.me()?;
    me.require(&[Role::Compiler])?;
    if !(1_900..=9_999).contains(&request.year) {
        return Err(Problem::new("bad_request").with("what", format!("year {}", request.year)));
    }
    let title = keep(request.title.trim());
    if title.is_empty() {
        return Err(Problem::new("bad_request").with("what", "title"));
    }
    let basis = keep(request.basis.trim());
    check_one("title", &title, request.personal_data_checked)?;
    check_one("basis", &basis, request.personal_data_checked)?;
    let key = identity_key(&title);
    let is_same =
        |known: &CampaignRecord| known.year == i64::from(request.year) && identity_key(&known.title) == key;
    if campaigns(device)?.iter().any(|(_, known)| is_same(known)) {
        return Err(Problem::new("campaign_exists")
            .with("year", request.year)
            .with("title", &title));
    }
    let unknown = || Problem::new("unknown_criteria").with("criteria", &request.criteria);
    let pinned = criteria::pinned(device, &request.criteria)?.ok_or_else(unknown)?;
    if let Some(reason) = scoring_bar(&pinned.set) {
        return Err(Problem::new("criteria_not_for_scoring")
            .with("criteria", &pinned.set.title)
            .with("why", reason.code()));
    }
    let campaign = fresh_record(device.now())?;
    let edits = vec![
        Edit::int("year", i64::from(request.year)),
        Edit::line("title", title),
        Edit::line("basis", basis),
        Edit::line("criteria", pinned.id),
    ];
    device.write(&[Device::edit(
        me.province_scope(),
        campaign,
        RecordKind::Campaign,
        edits,
    )])?;
    let id = campaign.to_string();
    let row = list_campaigns(device, Nothing {})?
        .campaigns
        .into_iter()
        .find(|row| row.id == id);
    row.ok_or_else(|| Problem::new("no_record").with("record", id))
}

pub(crate) fn set_delegation(device: &Device, request: SetDelegation) -> Result<DelegationRow, Problem> {
    let me = device.me()?;
    me.require(&[Role::Compiler, Role::Administrator])?;
    if !(1..=LARGEST_NUMBER).contains(&request.number) {
        return Err(Problem::new("bad_request").with("what", format!("number {}", request.number)));
    }
    let no_record = |id: &str| Problem::new("no_record").with("record", id);
    let of = record_id(&request.campaign)?;
    campaign(device, of)?.ok_or_else(|| no_record(&request.campaign))?;
    let known = delegations::all(device)?;
    let delegation = match &request.delegation {
        None => DelegationId(fresh(device.now())?),
        Some(named) => {
            let id: DelegationId = named.parse().map_err(|_| no_record(named))?;
            let is_here = known.get(&id).is_some_and(|known| known.roster.campaign == of.0);
            if is_here { id } else { return Err(no_record(named)) }
        }
    };
    let takes_number = |(id, known): (&DelegationId, &Known)| {
        *id != delegation && known.roster.campaign == of.0 && known.roster.number == request.number
    };
    if known.iter().any(takes_number) {
        return Err(Problem::new("delegation_number_taken").with("number", request.number));
    }
    let units = units(device, &request.units)?;
    let wanted = DelegationRoster {
        campaign: of.0,
        number: request.number,
        units: units.clone(),
    };
    if known.get(&delegation).is_none_or(|known| known.roster != wanted) {
        let act = RosterAct::DelegationSet {
            delegation,
            campaign: of.0,
            number: request.number,
            units,
            asked: None,
        };
        device.write(&[Write::Act {
            scope: Scope::roster(me.province),
            act,
        }])?;
    }
    let known = delegations::all(device)?;
    let known = known
        .get(&delegation)
        .ok_or_else(|| no_record(&delegation.to_string()))?;
    delegation_row(device, delegation, known)
}

fn units(device: &Device, named: &[String]) -> Result<BTreeSet<UnitId>, Problem> {
    let units = device.units();
    let known = |named: &String| {
        let unit = named.parse().ok().and_then(|id: UnitId| units.get(id));
        unit.map(|unit| unit.id)
            .ok_or_else(|| Problem::new("unknown_unit").with("unit", named))
    };
    named.iter().map(known).collect()
}
