//! The first screen, by role.

use cotmoc_core::access::Role;

use super::models::{context, count};
use super::totals::overview;
use crate::contract::home::Home;
use crate::contract::models::{ModelFilter, RegistrationStatus};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::problems::query;
use crate::store::registrations::page;

const SHOWN: usize = 10;

pub(crate) fn home(device: &Device, _: Nothing) -> Result<Home, Problem> {
    super::registrations::carry_early_figures_over(device);
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
        sum_filter: None,
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
                home.own_models = count(device, &filter)?;
                let twins = ModelFilter {
                    possible_duplicate: true,
                    ..filter
                };
                home.possible_duplicates = count(device, &twins)?;
                let earlier = ModelFilter {
                    to_carry_over: true,
                    ..ModelFilter::default()
                };
                home.to_carry_over = count(device, &earlier)?;
            }
        }
        Role::Member | Role::Secretary | Role::Head => {
            let visits = super::visits::list_visits(device, Nothing {})?;
            (home.visits, home.unvisited) = (visits.visits, visits.unvisited);
        }
        // Units' records do not come to an administrator: zeros here would say that nobody registered.
        Role::Administrator => {}
        Role::Compiler => {
            (home.waiting, home.waiting_count) = rows(device, RegistrationStatus::Submitted)?;
            if let Some(totals) = overview(device)? {
                let twins = totals
                    .footnotes
                    .iter()
                    .find(|note| note.code == "possible_duplicates");
                home.possible_duplicates = twins.map_or(0, |note| note.count);
                home.sum = Some(totals.sum);
                home.sum_filter = Some(totals.filter);
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
    let context = context(device, &filter, &units)?;
    let (rows, _) = device
        .ledger
        .read(|connection| page(connection, &filter, &context, None, SHOWN))?;
    Ok((rows, count(device, &filter)?))
}

fn not_held(device: &Device) -> Result<u64, Problem> {
    device.ledger.read(|connection| {
        connection
            .prepare_cached(
                "SELECT count(*) FROM (
                   SELECT record FROM own_change WHERE kind = 'registration'
                   UNION SELECT record FROM refused JOIN registration ON registration.code = refused.record)",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(|count| count as u64)
            .map_err(query)
    })
}
