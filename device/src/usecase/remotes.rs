//! The remotes of this device: which there are, what each is owed, exchanging with one and forgetting one.

use crate::contract::exchange::{ExchangeOutcome, RunExchange};
use crate::contract::remotes::{RemoteKind, RemoteList, RemoteName, RemoteRow};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::store::remote::{self, Remote};
use crate::store::routes::{Route, RouteKind};
use crate::sync::{exchange_over, owed_over};

pub(crate) fn list(device: &Device, _: Nothing) -> Result<RemoteList, Problem> {
    let Some(remote) = device.remote()? else {
        return Ok(RemoteList { remotes: Vec::new() });
    };
    let remotes = all(device, &remote)?
        .iter()
        .map(|route| row(device, &remote, route))
        .collect::<Result<_, _>>()?;
    Ok(RemoteList { remotes })
}

pub(crate) fn exchange(device: &Device, request: RemoteName) -> Result<ExchangeOutcome, Problem> {
    let (remote, route) = named(device, &request.name)?;
    match route.kind {
        RouteKind::Province => super::exchange::run(device, RunExchange::default()),
        RouteKind::Hub => {
            let reached = match device.reached(&route) {
                Ok(reached) => reached,
                Err(problem) => {
                    let before = remote::last_contact(&device.ledger, &route.name)?;
                    let contact = remote::LastContact {
                        problem: Some(problem.clone()),
                        ..before
                    };
                    remote::set_last_contact(&device.ledger, &route.name, &contact)?;
                    return Err(problem);
                }
            };
            exchange_over(device, &remote, &reached, false).map_err(|failure| failure.problem)
        }
        // What goes on a stick is written and read, not exchanged.
        RouteKind::Stick => Err(Problem::new("remote_is_stick").with("remote", route.label)),
    }
}

pub(crate) fn forget(device: &Device, request: RemoteName) -> Result<RemoteList, Problem> {
    let (_, route) = named(device, &request.name)?;
    if route.is_province() {
        return Err(Problem::new("remote_is_province"));
    }
    Route::forget(&device.ledger, &route.name)?;
    let left = Route::others(&device.ledger)?;
    if !left.iter().any(|route| route.kind == RouteKind::Hub) {
        device.stop_looking();
    }
    list(device, Nothing {})
}

/// A remote as the screens see it.
pub(super) fn row(device: &Device, remote: &Remote, route: &Route) -> Result<RemoteRow, Problem> {
    let contact = remote::last_contact(&device.ledger, &route.name)?;
    let (owed_entries, owed_bytes) = owed_over(device, remote, route)?;
    Ok(RemoteRow {
        name: route.name.clone(),
        kind: match route.kind {
            RouteKind::Province => RemoteKind::Province,
            RouteKind::Hub => RemoteKind::Hub,
            RouteKind::Stick => RemoteKind::Stick,
        },
        label: route.label.clone(),
        address: route.address.clone(),
        fingerprint: route.device.map(|keeper| keeper.fingerprint()),
        here: device.is_here(route),
        added_at: Some(route.added_at).filter(|_| !route.is_province()),
        last_contact: contact.answered_at,
        last_problem: contact.problem,
        bytes_per_second: remote::speed(&device.ledger, &route.name)?,
        owed_entries,
        owed_bytes,
        is_province: route.is_province(),
    })
}

fn all(device: &Device, remote: &Remote) -> Result<Vec<Route>, Problem> {
    let mut routes = vec![Route::province(remote)];
    routes.extend(Route::others(&device.ledger)?);
    Ok(routes)
}

/// The one remote of this name; a label or the beginning of a name will do where it fits one alone.
fn named(device: &Device, name: &str) -> Result<(Remote, Route), Problem> {
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let routes = all(device, &remote)?;
    if let Some(route) = routes.iter().find(|route| route.name == name) {
        return Ok((remote, route.clone()));
    }
    let label = cotmoc_core::text::keep(name.trim());
    let fits = |route: &&Route| !label.is_empty() && (route.label == label || route.name.starts_with(&label));
    let mut fitting = routes.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(route), None) => Ok((remote, route.clone())),
        _ => Err(Problem::new("no_remote").with("remote", name)),
    }
}
