//! What a record is called on screen, whatever list it stands in.

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Place;
use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::{CampaignRecord, CycleRecord, State};
use cotmoc_ledger::HeldRecord;
use rusqlite::OptionalExtension;

use super::differences::day;
use super::registrations::unit_name;
use super::scores::criteria;
use super::visits;
use crate::contract::Problem;
use crate::device::Device;
use crate::problems::query;

/// The name a person knows the record by; that of its unit when it has none of its own.
pub(crate) fn title(device: &Device, record: RecordId, held: &HeldRecord) -> Result<String, Problem> {
    let state = State::read(&held.state);
    let own = match held.kind {
        RecordKind::Registration => name_of(device, "code", &record.to_string())?,
        RecordKind::Model => name_of(device, "model", &record.to_string())?,
        RecordKind::Review | RecordKind::ScoreSheet | RecordKind::AgreedScore => {
            name_of(device, "code", &state.text("registration"))?
        }
        RecordKind::Visit => of_visit(device, &record.to_string()),
        RecordKind::Findings => of_visit(device, &state.text("visit")),
        RecordKind::Campaign => CampaignRecord::from(&state).title,
        RecordKind::Cycle => CycleRecord::from(&state).year.to_string(),
        RecordKind::CriteriaSet => criteria::title(device, &record.to_string())?,
        RecordKind::Unit => unit_name(device, &record.to_string()),
        RecordKind::Scheme | RecordKind::Mapping => {
            let property = if held.kind == RecordKind::Scheme {
                "scheme"
            } else {
                "mapping"
            };
            let object = state.whole::<serde_json::Value>(property).unwrap_or_default();
            object
                .get("id")
                .and_then(|id| id.as_str())
                .unwrap_or_default()
                .to_owned()
        }
        RecordKind::UnitFigures | RecordKind::Roster | RecordKind::Newer(_) => String::new(),
    };
    Ok(match (own.is_empty(), held.scope.place) {
        (true, Place::Unit(unit)) => unit_name(device, &unit.to_string()),
        _ => own,
    })
}

/// Name of a registration by its id, or of a model by its newest registration.
fn name_of(device: &Device, column: &'static str, id: &str) -> Result<String, Problem> {
    let sql = format!(
        "SELECT name FROM registration WHERE {column} = ?1 AND name <> '' ORDER BY year DESC, id DESC LIMIT 1"
    );
    device.ledger.read(|connection| {
        let found = connection.prepare_cached(&sql).and_then(|mut statement| {
            statement
                .query_row([id], |row| row.get::<_, String>(0))
                .optional()
        });
        found.map(Option::unwrap_or_default).map_err(query)
    })
}

/// Unit and day of a visit; empty when it is not held.
fn of_visit(device: &Device, visit: &str) -> String {
    let Ok(visit) = visits::load(device, visit) else {
        return String::new();
    };
    let unit = unit_name(device, &visit.unit.to_string());
    if visit.record.day.is_empty() {
        unit
    } else {
        format!("{unit}, {}", day(&visit.record.day))
    }
}
