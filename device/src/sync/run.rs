//! One run of the exchange: as many round trips as there are pages, usually one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use cotmoc_core::exchange::{Answer, Cursor, Pack, Request, SetDigest, shrink, unshrink};
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Received};

use super::http::{HttpFailure, Server};
use crate::contract::Problem;
use crate::contract::exchange::{DeviceEvent, ExchangeOutcome};
use crate::contract::session::{ExchangePhase, ExchangeState};
use crate::device::Device;
use crate::store::held;
use crate::store::remote::{self, Remote};

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
    let result = run(device);
    let contact = remote::last_contact(&device.ledger).unwrap_or_default();
    let contact = match &result {
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

fn run(device: &Device) -> Result<ExchangeOutcome, HttpFailure> {
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
    };
    let mut changed = BTreeSet::new();
    let mut started_over = false;
    while outcome.round_trips < MOST_ROUND_TRIPS {
        let more = round_trip(device, &remote, &server, &mut outcome, &mut changed)?;
        if more {
            continue;
        }
        if outcome.equal || started_over {
            break;
        }
        // Both ends believe to be done and yet differ: read everything again, once. What is held is
        // recognised by its hash, so this costs bytes and loses nothing.
        started_over = true;
        tracing::warn!("the province holds something else than this device: reading again from the start");
        device
            .ledger
            .write_local(|transaction| remote::set_cursor(transaction, &Cursor::START))
            .map_err(Problem::from)?;
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

/// One request and its answer. Says whether another round trip is due.
fn round_trip(
    device: &Device,
    remote: &Remote,
    server: &Server,
    outcome: &mut ExchangeOutcome,
    changed: &mut BTreeSet<cotmoc_core::id::RecordId>,
) -> Result<bool, HttpFailure> {
    let author = (device.author.device(), device.author.incarnation);
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
    let body = shrink(&request.sign(&device.author.key));
    let length = body.len() as u64;
    set_state(device, running(ExchangePhase::Sending, 0, Some(length)));
    device
        .ledger
        .write_local(|transaction| -> Result<(), LedgerError> {
            for (log, seq) in &sent {
                held::note_sent(transaction, log, *seq)?;
            }
            Ok(())
        })
        .map_err(Problem::from)?;
    outcome.bytes_sent += length;
    outcome.round_trips += 1;
    let bytes = server.exchange(body, &mut |done, total| {
        set_state(device, running(ExchangePhase::Receiving, done, total));
    })?;
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
    accept(device, remote, &answer, outcome)?;
    outcome.received += received.new_entries;
    changed.extend(received.records.iter().copied());
    after_receiving(device, &received)?;
    if answer.more || outbox.more {
        return Ok(true);
    }
    outcome.equal = is_equal(device, remote, &answer)?;
    Ok(false)
}

/// Takes receipts and refusals, and moves the cursor, in one transaction.
fn accept(
    device: &Device,
    remote: &Remote,
    answer: &Answer,
    outcome: &mut ExchangeOutcome,
) -> Result<(), HttpFailure> {
    let now = device.now();
    let before = held::confirmed(
        &device.ledger,
        (device.author.device(), device.author.incarnation),
    );
    let before = before.map_err(Problem::from)?;
    let mut valid = Vec::new();
    for receipt in &answer.receipts {
        let ours = device
            .ledger
            .hash_at(&receipt.log, receipt.seq)
            .map_err(Problem::from)?;
        // A receipt counts for exactly this entry, signed by exactly this authority.
        if ours == Some(receipt.hash) && receipt.verify(&remote.authority) {
            valid.push(receipt);
        } else {
            tracing::warn!("a receipt does not fit and was not taken");
        }
    }
    for receipt in &valid {
        let held_before = before.get(&receipt.log).copied().unwrap_or(0);
        outcome.confirmed += receipt.seq.saturating_sub(held_before);
    }
    outcome.refused += answer.refused.len() as u64;
    device
        .ledger
        .write_local(|transaction| -> Result<(), LedgerError> {
            if answer.restarted {
                let known: BTreeMap<_, _> = answer.held.iter().map(|held| (held.scope, held.seq)).collect();
                for log in before.keys() {
                    let seq = known.get(&log.scope).copied().unwrap_or(0);
                    held::withdraw_receipt(transaction, &log.scope, seq)?;
                }
            }
            for receipt in &valid {
                held::note_receipt(transaction, receipt, now)?;
            }
            for refused in &answer.refused {
                held::note_refused(transaction, &refused.entry, refused.reason, now)?;
            }
            remote::set_cursor(transaction, &answer.cursor)
        })
        .map_err(Problem::from)?;
    Ok(())
}

fn after_receiving(device: &Device, received: &Received) -> Result<(), Problem> {
    if received.new_entries > 0 {
        device.reload_units()?;
    }
    Ok(())
}

/// Both sides hold the same set: the province's digest against ours without what it cannot have yet.
fn is_equal(device: &Device, remote: &Remote, answer: &Answer) -> Result<bool, Problem> {
    let Some(theirs) = answer.digest else {
        return Ok(false);
    };
    let Some(roster) = device.ledger.roster(remote.province) else {
        return Ok(false);
    };
    let me = device.author.device();
    let visible = device.ledger.visible_to(&roster, &me)?;
    let mut ours: SetDigest = device.ledger.digest(&visible)?;
    let author = (me, device.author.incarnation);
    let confirmed = held::confirmed(&device.ledger, author)?;
    for (log, seq, _) in device.ledger.heads_of(me, device.author.incarnation)? {
        for unsent in confirmed.get(&log).copied().unwrap_or(0) + 1..=seq {
            if let Some(hash) = device.ledger.hash_at(&log, unsent)? {
                ours.remove(&hash);
            }
        }
    }
    Ok(ours == theirs)
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
        }
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
