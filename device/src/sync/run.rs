//! One run of the exchange: as many round trips as there are pages, usually one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Instant;

use cotmoc_core::exchange::{Answer, Cursor, Pack, Request, shrink, unshrink};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Received};

use super::answered::{accept, difference};
use super::http::{HttpFailure, Server};
use super::speed::Speed;
use crate::contract::Problem;
use crate::contract::exchange::{DeviceEvent, ExchangeOutcome};
use crate::contract::session::{ExchangePhase, ExchangeState};
use crate::device::Device;
use crate::store::held;
use crate::store::remote::{self, Differing, NotTaken, Remote};

/// About how many bytes of entries one request carries and asks for, before compression: a page is
/// committed as a whole, so it bounds what a cut repeats and how long a local edit may wait.
const PAGE: u64 = 1024 * 1024;
/// A run that does not come to an end is a fault, not a long exchange.
const MOST_ROUND_TRIPS: u32 = 10_000;

/// Exchanges with the province until both sides have nothing more to say.
///
/// # Errors
/// What stopped it; everything exchanged before that stays exchanged.
pub(crate) fn exchange_once(device: &Device) -> Result<ExchangeOutcome, HttpFailure> {
    let _one_at_a_time = device.exchanging.lock().unwrap_or_else(PoisonError::into_inner);
    // A wish to stop is about the run that was going on, not about this one.
    device.stop_exchange.store(false, Ordering::Relaxed);
    let mut speed = Speed::default();
    let result = run(device, &mut speed);
    if let Some(speed) = speed.measured()
        && let Err(error) = remote::set_speed(&device.ledger, speed)
    {
        tracing::warn!(error.message = %error, "the speed could not be noted");
    }
    let contact = remote::last_contact(&device.ledger).unwrap_or_default();
    let contact = match &result {
        // Stopped before the province had answered.
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
    if let Err(error) = remote::set_last_contact(&device.ledger, &contact) {
        tracing::warn!(error.message = %error, "the last contact could not be noted");
    }
    set_state(device, ExchangeState::Idle);
    result
}

fn run(device: &Device, speed: &mut Speed) -> Result<ExchangeOutcome, HttpFailure> {
    let remote = device.remote()?.ok_or_else(|| Problem::new("not_enrolled"))?;
    let server = Server::new(&remote.server, remote.tls_pin)?;
    let mut outcome = ExchangeOutcome {
        confirmed: 0,
        received: 0,
        refused: 0,
        round_trips: 0,
        bytes_sent: 0,
        bytes_received: 0,
        equal: false,
        stopped: false,
    };
    let mut changed = BTreeSet::new();
    let known = Differing::load(&device.ledger).map_err(Problem::from)?;
    let mut started_over = false;
    let mut ended = None;
    while outcome.round_trips < MOST_ROUND_TRIPS {
        let turn = match round_trip(device, &remote, &server, &mut outcome, &mut changed, speed) {
            // The page that was on the wire is exchanged again as a whole; what came before it is kept.
            Err(_) if is_stopped(device) => {
                outcome.stopped = true;
                break;
            }
            turn => turn?,
        };
        let difference = match turn {
            Turn::More if is_stopped(device) => {
                outcome.stopped = true;
                break;
            }
            Turn::More => continue,
            Turn::Last(difference) => difference,
        };
        ended = Some(difference);
        outcome.equal = difference.is_none();
        match difference {
            Some(by) if !started_over && Differing::asks_for_everything(known.as_ref(), by) => {}
            _ => break,
        }
        // Both ends believe to be done and yet differ: read everything again, once. What is held is
        // recognised by its hash, so this costs bytes and loses nothing.
        started_over = true;
        tracing::warn!("the province holds something else than this device: reading again from the start");
        NotTaken::forget(&device.ledger).map_err(Problem::from)?;
        device
            .ledger
            .write_local(|transaction| remote::set_cursor(transaction, &Cursor::START))
            .map_err(Problem::from)?;
    }
    if let Some(difference) = ended {
        note_difference(device, known, difference, started_over).map_err(Problem::from)?;
    }
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
    Ok(outcome)
}

/// Keeps in mind how the two ends parted: a difference that stays must not cost a whole reading every time.
fn note_difference(
    device: &Device,
    known: Option<Differing>,
    difference: Option<Hash32>,
    read_everything: bool,
) -> Result<(), LedgerError> {
    let now = difference.map(|by| Differing::after(known.clone(), by, read_everything, device.now()));
    if now.is_none() {
        NotTaken::forget(&device.ledger)?;
    }
    if now == known {
        return Ok(());
    }
    Differing::store(&device.ledger, now.as_ref())
}

/// How a round trip ends.
enum Turn {
    /// Another one is due.
    More,
    /// Nothing more to say; the difference that is left, as digests, if there is one.
    Last(Option<Hash32>),
}

/// One request and its answer.
fn round_trip(
    device: &Device,
    remote: &Remote,
    server: &Server,
    outcome: &mut ExchangeOutcome,
    changed: &mut BTreeSet<cotmoc_core::id::RecordId>,
    speed: &mut Speed,
) -> Result<Turn, HttpFailure> {
    let author = (device.author.device(), device.author.incarnation());
    let confirmed = held::confirmed(&device.ledger, author).map_err(Problem::from)?;
    let outbox = device
        .ledger
        .outbox(author, &confirmed, PAGE)
        .map_err(Problem::from)?;
    let cursor = remote::cursor(&device.ledger).map_err(Problem::from)?;
    let sent = last_of_logs(&outbox.pack);
    let request = Request {
        device: author.0,
        incarnation: author.1,
        province: remote.province,
        cursor,
        page_bytes: PAGE,
        pack: outbox.pack,
    };
    let body = shrink(&request.sign(&device.author.current().key));
    let length = body.len() as u64;
    set_state(device, running(ExchangePhase::Sending, 0, Some(length)));
    outcome.bytes_sent += length;
    let began = Instant::now();
    let answered = server.exchange(body, &device.stop_exchange, &mut |done, total| {
        set_state(device, running(ExchangePhase::Receiving, done, total));
    });
    let bytes = match answered {
        Ok(bytes) => bytes,
        Err(failure) => {
            if failure.answer_lost {
                note_sent(device, &sent)?;
            }
            // It answers for this province and has never heard of this device: it was restored from a time
            // before the device's grant, and nothing of this device can be in it.
            if failure.problem.code == "not_enrolled" && confirmed.values().any(|seq| *seq > 0) {
                let nothing = BTreeMap::new();
                device
                    .ledger
                    .write_local(|transaction| held::withdraw_receipts(transaction, author, &nothing))
                    .map_err(Problem::from)?;
            }
            return Err(failure);
        }
    };
    note_sent(device, &sent)?;
    outcome.round_trips += 1;
    speed.add(length + bytes.len() as u64, began.elapsed());
    outcome.bytes_received += bytes.len() as u64;
    let nonsense = |_| Problem::new("server_nonsense");
    let unpacked = unshrink(&bytes).map_err(nonsense)?;
    let answer = Answer::read(&unpacked, author).map_err(nonsense)?;
    set_state(
        device,
        running(ExchangePhase::Applying, 0, Some(answer.pack.entries() as u64)),
    );
    let received = device.ledger.receive(&answer.pack).map_err(Problem::from)?;
    if let Some((log, problem)) = received.problems.first() {
        tracing::warn!(log.device = %log.device.fingerprint(), run.problem = ?problem, "a run was not taken");
    }
    NotTaken::note(&device.ledger, &received.problems, device.now()).map_err(Problem::from)?;
    let lost = accept(device, remote, (&answer, &received), outcome)?;
    outcome.received += received.new_entries;
    changed.extend(received.records.iter().copied());
    after_receiving(device, &received)?;
    if answer.more || outbox.more || lost {
        return Ok(Turn::More);
    }
    Ok(Turn::Last(difference(device, remote, &answer)?))
}

/// The request left this device: until the receipt comes its entries are sent, not held.
fn note_sent(device: &Device, sent: &BTreeMap<LogId, u64>) -> Result<(), Problem> {
    if sent.is_empty() {
        return Ok(());
    }
    let noted = device
        .ledger
        .write_local(|transaction| -> Result<(), LedgerError> {
            for (log, seq) in sent {
                held::note_sent(transaction, log, *seq)?;
            }
            Ok(())
        });
    Ok(noted?)
}

fn after_receiving(device: &Device, received: &Received) -> Result<(), Problem> {
    // A unit may also come of an entry that was held before and was tried again.
    if received.new_entries > 0 || !received.records.is_empty() {
        device.reload_units()?;
    }
    Ok(())
}

fn last_of_logs(pack: &Pack) -> BTreeMap<LogId, u64> {
    let mut last = BTreeMap::new();
    for run in &pack.runs {
        let seq = run.first_seq + run.items.len() as u64 - 1;
        let known = last.entry(run.log).or_insert(seq);
        *known = seq.max(*known);
    }
    last
}

fn is_stopped(device: &Device) -> bool {
    device.stop_exchange.load(Ordering::Relaxed)
}

fn running(phase: ExchangePhase, done: u64, total: Option<u64>) -> ExchangeState {
    ExchangeState::Running { phase, done, total }
}

pub(super) fn set_state(device: &Device, state: ExchangeState) {
    *device
        .exchange_state
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = state;
    device.events.tell(&DeviceEvent::Exchange { state });
}

impl From<Problem> for HttpFailure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            retry_after: None,
            answer_lost: false,
        }
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
