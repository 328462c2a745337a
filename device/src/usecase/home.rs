//! The first screen, by role.

use cotmoc_core::access::Role;

use super::models::asker;
use super::totals::overview;
use crate::contract::home::Home;
use crate::contract::models::{ModelFilter, RegistrationStatus};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::problems::query;
use crate::store::registrations::{Context, count, page};

const SHOWN: usize = 10;

pub(crate) fn home(device: &Device, _: Nothing) -> Result<Home, Problem> {
    let me = device.me()?;
    let cycle = super::registrations::current_cycle(device)?;
    let mut home = Home {
        returned: Vec::new(),
        waiting: Vec::new(),
        waiting_count: 0,
        own_models: 0,
        to_carry_over: 0,
        not_held: not_held(device)?,
        visits: Vec::new(),
        unvisited: Vec::new(),
        sum: None,
        missing: Vec::new(),
        reported: 0,
        expected: 0,
        possible_duplicates: 0,
        year: cycle
            .as_ref()
            .and_then(|(_, cycle)| i32::try_from(cycle.year).ok()),
    };
    match me.role() {
        Role::Post => {
            home.returned = rows(device, RegistrationStatus::Returned)?.0;
            (home.waiting, home.waiting_count) = rows(device, RegistrationStatus::Draft)?;
            if let Some((id, _)) = &cycle {
                let filter = ModelFilter {
                    cycle: Some(id.clone()),
                    ..ModelFilter::default()
                };
                home.own_models = counted(device, &filter)?;
                home.to_carry_over = to_carry_over(device, id)?;
            }
        }
        Role::Member | Role::Secretary | Role::Head => {
            let visits = super::visits::list_visits(device, Nothing {})?;
            (home.visits, home.unvisited) = (visits.visits, visits.unvisited);
        }
        Role::Compiler | Role::Administrator => {
            (home.waiting, home.waiting_count) = rows(device, RegistrationStatus::Submitted)?;
            if let Some(totals) = overview(device)? {
                let twins = totals
                    .footnotes
                    .iter()
                    .find(|note| note.code == "possible_duplicates");
                home.possible_duplicates = twins.map_or(0, |note| note.count);
                home.sum = Some(totals.sum);
                (home.reported, home.expected, home.missing) =
                    (totals.reported, totals.expected, totals.missing);
            }
        }
    }
    Ok(home)
}

fn rows(
    device: &Device,
    status: RegistrationStatus,
) -> Result<(Vec<crate::contract::models::ModelRow>, u64), Problem> {
    let filter = ModelFilter {
        status: Some(status),
        ..ModelFilter::default()
    };
    let units = device.units();
    let context = Context::new(&filter, &units, device.today(), asker(device))?;
    device.ledger.read(|connection| {
        let (rows, _) = page(connection, &filter, &context, None, SHOWN)?;
        Ok((rows, count(connection, &filter, &context)?))
    })
}

fn counted(device: &Device, filter: &ModelFilter) -> Result<u64, Problem> {
    let units = device.units();
    let context = Context::new(filter, &units, device.today(), asker(device))?;
    device
        .ledger
        .read(|connection| count(connection, filter, &context))
}

fn not_held(device: &Device) -> Result<u64, Problem> {
    device.ledger.read(|connection| {
        connection
            .prepare_cached("SELECT count(*) FROM own_change WHERE kind = 'registration'")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(|count| count as u64)
            .map_err(query)
    })
}

/// Models of earlier cycles without a registration in the newest one.
fn to_carry_over(device: &Device, cycle: &str) -> Result<u64, Problem> {
    device.ledger.read(|connection| {
        connection
            .prepare_cached(
                "SELECT count(DISTINCT model) FROM registration
                 WHERE counted = 1 AND cycle IS NOT ?1
                   AND model NOT IN (SELECT model FROM registration WHERE cycle = ?1 AND status <> 'discarded')",
            )
            .and_then(|mut statement| statement.query_row([cycle], |row| row.get::<_, i64>(0)))
            .map(|count| count as u64)
            .map_err(query)
    })
}
