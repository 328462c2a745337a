//! One run of the exchange over one route, driven as the machine of the core says.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cotmoc_core::exchange::{Cursor, Ending, Event, Lane, Pace, RunOfExchange, Step};
use cotmoc_core::id::Hash32;
use cotmoc_ledger::LedgerError;

use super::http::Server;
use super::link::{Link, LinkFailure};
use super::originals::Originals;
use super::patience::LEAST_TO_A_HUB;
use super::taking::With;
use super::talk::Talk;
use super::worker::spread;
use crate::contract::Problem;
use crate::contract::exchange::{DeviceEvent, ExchangeOutcome};
use crate::contract::session::{ExchangePhase, ExchangeState};
use crate::device::Device;
use crate::problems::internal;
use crate::stick::send_on;
use crate::store::left_out;
use crate::store::remote::{self, Differing, NotTaken, Remote};
use crate::store::routes::{Route, RouteKind};

/// Exchanges with the province's server until both sides have nothing more to say. `with_originals`: a person wants
/// files in full size to go too, whatever the link.
///
/// # Errors
/// What stopped it; everything exchanged before that stays exchanged.
pub(crate) fn exchange_once(device: &Device, with_originals: bool) -> Result<ExchangeOutcome, LinkFailure> {
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    exchange_over(device, &remote, &Route::province(&remote), with_originals)
}

/// Exchanges over any route.
///
/// # Errors
/// As [`exchange_once`].
pub(crate) fn exchange_over(
    device: &Device,
    remote: &Remote,
    route: &Route,
    with_originals: bool,
) -> Result<ExchangeOutcome, LinkFailure> {
    let address = route.address.as_deref().unwrap_or_default();
    let mut server = Server::new(address, route.tls_pin);
    if !route.is_province() {
        server = server.map(|server| server.hurried(LEAST_TO_A_HUB));
    }
    let link = match &mut server {
        Ok(server) => Ok(server as &mut dyn Link),
        Err(problem) => Err(problem.clone()),
    };
    exchange_through(device, With { remote, route }, link, with_originals)
}

impl Device {
    /// Exchanges with the province over a link that is opened already: for other carriers than HTTP.
    ///
    /// # Errors
    /// `not_enrolled`, or what stopped it; everything exchanged before that stays exchanged.
    pub fn exchange_through(&self, link: &mut dyn Link) -> Result<ExchangeOutcome, LinkFailure> {
        let remote = self.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
        self.exchange_along(&Route::province(&remote), link)
    }

    /// [`Device::exchange_through`] along any route.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn exchange_along(
        &self,
        route: &Route,
        link: &mut dyn Link,
    ) -> Result<ExchangeOutcome, LinkFailure> {
        let remote = self.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
        let with = With {
            remote: &remote,
            route,
        };
        exchange_through(self, with, Ok(link), false)
    }
}

fn exchange_through(
    device: &Device,
    with: With<'_>,
    link: Result<&mut dyn Link, Problem>,
    with_originals: bool,
) -> Result<ExchangeOutcome, LinkFailure> {
    let route = with.route;
    let _one_at_a_time = device.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
    // A wish to stop is about the run that was going on, not about this one.
    device.stop_exchange.store(false, Ordering::Relaxed);
    let result = match link {
        Ok(link) => run(device, with, link, with_originals),
        Err(problem) => Err(problem.into()),
    };
    let result = result.map_err(|failure| as_of(route, failure));
    let contact = remote::last_contact(&device.ledger, &route.name).unwrap_or_default();
    let contact = match &result {
        // Stopped before the remote had answered.
        Ok(outcome) if outcome.round_trips == 0 => contact,
        Ok(_) => remote::LastContact {
            answered_at: Some(device.now()),
            problem: None,
        },
        Err(failure) => remote::LastContact {
            problem: Some(failure.problem.clone()),
            ..contact
        },
    };
    if let Err(error) = remote::set_last_contact(&device.ledger, &route.name, &contact) {
        tracing::warn!(error.message = %error, "the last contact could not be noted");
    }
    set_state(device, ExchangeState::Idle);
    result
}

/// A person is told of the hub, not of a server, when it has gone while it was talked to.
fn as_of(route: &Route, failure: LinkFailure) -> LinkFailure {
    if route.kind != RouteKind::Hub || failure.problem.code != "server_unreachable" {
        return failure;
    }
    LinkFailure {
        problem: Problem::new("hub_unreachable").with("hub", &route.label),
        ..failure
    }
}

fn run(
    device: &Device,
    with: With<'_>,
    link: &mut dyn Link,
    with_originals: bool,
) -> Result<ExchangeOutcome, LinkFailure> {
    let name = with.route.name.as_str();
    let known = Differing::load(&device.ledger, name).map_err(Problem::from)?;
    let speed = remote::speed(&device.ledger, name).map_err(Problem::from)?;
    let begins = remote::cursor(&device.ledger, name).map_err(Problem::from)? == Cursor::START;
    let holds_something = device.ledger.arrival().map_err(Problem::from)?.position > 0;
    let mut machine = RunOfExchange::new(Pace::new(speed), begins && holds_something);
    let mut originals = Originals {
        device,
        route: with.route,
        wished: with_originals,
        tried: 0,
        held_back: false,
    };
    let mut talk = Talk::new(device, with, &mut *link)?;
    let ended = drive(device, &mut machine, &mut talk, &mut originals);
    if let Some(speed) = machine.pace().bytes_per_second()
        && let Err(error) = remote::set_speed(&device.ledger, name, speed)
    {
        tracing::warn!(error.message = %error, "the speed could not be noted");
    }
    // Whatever ended it: lists are to be quick again before anybody is told to look.
    talk.intake.end();
    let changed = std::mem::take(&mut talk.changed);
    if !changed.is_empty() {
        let many = changed.len() > 50;
        let records = if many {
            Vec::new()
        } else {
            changed.iter().map(ToString::to_string).collect()
        };
        device.events.tell(&DeviceEvent::Changed {
            records,
            foreign: true,
        });
    }
    let (mut outcome, differs_by) = (talk.outcome.clone(), talk.differs_by);
    let failure = talk.failure.take();
    talk.leave();
    match ended? {
        Ending::Broken(_) => Err(failure.unwrap_or_else(|| Problem::new("server_unreachable").into())),
        Ending::Stopped => {
            outcome.stopped = true;
            Ok(outcome)
        }
        Ending::Equal | Ending::Differs | Ending::Written => {
            remote::settle_gaps(&device.ledger, name, originals.held_back).map_err(Problem::from)?;
            left_out::settle(&device.ledger, name).map_err(Problem::from)?;
            let difference = differs_by.filter(|by| *by != Hash32::ZERO);
            outcome.equal = differs_by == Some(Hash32::ZERO);
            note_difference(device, name, known, difference, machine.comparisons() > 0)
                .map_err(Problem::from)?;
            // What is this device's own has arrived whatever becomes of this.
            if with.route.is_province()
                && let Err(failure) = send_on(
                    device,
                    with.remote,
                    link,
                    (machine.pace().files(), originals.largest_bundle(machine.pace())?),
                )
            {
                tracing::info!(problem.code = %failure.problem.code, "a carried bundle waits for another exchange");
            }
            Ok(outcome)
        }
    }
}

fn drive(
    device: &Device,
    machine: &mut RunOfExchange,
    talk: &mut Talk<'_>,
    originals: &mut Originals<'_>,
) -> Result<Ending, LinkFailure> {
    let mut step = machine.begin(talk.has_request());
    loop {
        let event = match step {
            Step::Done(ending) => return Ok(ending),
            Step::Gather {
                lane: Lane::Originals,
                ..
            } if !originals.batch_goes(machine.pace())? => Event::Gathered {
                nothing: true,
                more: false,
            },
            Step::Gather { lane, bytes } => {
                let gathered = talk.gather(lane, bytes)?;
                if lane == Lane::Originals {
                    originals.message_goes(machine.pace(), talk.gathered())?;
                }
                gathered
            }
            Step::Ask(plan) => {
                talk.prepare(plan)?;
                talk.ask(machine, false)?
            }
            Step::Resume => talk.ask(machine, true)?,
            Step::Put => return Err(internal(&"a run with a remote that answers puts nothing down").into()),
            Step::Wait { millis } => {
                talk.intake.pause();
                talk.wait(Duration::from_millis(millis));
                Event::Waited
            }
        };
        // What was on the wire is resumed by the next run; what came before it is kept.
        if is_stopped(device) {
            return Ok(Ending::Stopped);
        }
        // Only a link that broke is worth another try now: what the remote said, it says again.
        if let (Event::Broken { .. }, Some(failure)) = (&event, &talk.failure)
            && failure.problem.code != "server_unreachable"
            && failure.problem.code != "parcel_gone"
        {
            return Err(failure.clone());
        }
        step = machine.on(event, spread(device));
    }
}

/// Keeps in mind how the two ends parted: a difference that stays must not be looked into every time.
fn note_difference(
    device: &Device,
    route: &str,
    known: Option<Differing>,
    difference: Option<Hash32>,
    compared: bool,
) -> Result<(), LedgerError> {
    let now = difference.map(|by| Differing::after(known.clone(), by, compared, device.now()));
    if now.is_none() {
        NotTaken::forget(&device.ledger, route)?;
    }
    if now == known {
        return Ok(());
    }
    Differing::store(&device.ledger, route, now.as_ref())
}

fn is_stopped(device: &Device) -> bool {
    device.stop_exchange.load(Ordering::Relaxed)
}

pub(super) fn running(phase: ExchangePhase, done: u64, total: Option<u64>) -> ExchangeState {
    ExchangeState::Running { phase, done, total }
}

pub(super) fn set_state(device: &Device, state: ExchangeState) {
    *device
        .exchange_state
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = state;
    device.events.tell(&DeviceEvent::Exchange { state });
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
