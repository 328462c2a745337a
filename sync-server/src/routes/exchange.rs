//! `POST /v1/exchange`: new entries come in, receipts, refusals and what is new go out, in one round trip.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use cotmoc_core::access::may_receive;
use cotmoc_core::exchange::{
    Item, PROTOCOL_VERSION, Pack, PackedRecord, ParcelClaim, Payload, Request, Run, request_signature_valid,
    unshrink,
};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, LogId, Place, Scope};
use cotmoc_ledger::{LedgerError, Received, RunProblem};
use tokio::sync::mpsc::Sender;
use tokio_stream::StreamExt;

use super::Desk;
use crate::accept::Peer;
use crate::answer::Problem;
use crate::answering::Answering;
use crate::attempts::Trier;
use crate::body::Held;
use crate::founding::now;
use crate::keeper::Brought;
use crate::screening::{Screened, screen};
use crate::state::ServerState;
use crate::streams::{Stream, counted};
use crate::turns::Turn;
use crate::{body, roster_desk};

/// Header of a body that may take several connections: the byte from which it goes on, a space, the claim.
const PARCEL: &str = "cotmoc-parcel";

/// What an answer took here, from the last byte of the request on: waiting for a place and work, not the time that
/// bytes were underway.
#[derive(Debug, Default)]
struct Spent {
    time: Duration,
    parts: u32,
}

impl Spent {
    fn part_since(&mut self, since: Instant) {
        self.time += since.elapsed();
        self.parts += 1;
    }

    /// By this line an operator sees, and `make bench-exchange` measures, how fast the server is.
    fn tell(&self) {
        let micros = u64::try_from(self.time.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(
            answer.micros = micros,
            answer.parts = self.parts,
            "an exchange was answered"
        );
    }
}

/// Reads the request and answers it beside the connections, part after part.
pub(crate) async fn exchange(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let peer = desk.peer(peer, &headers);
    let state = desk.state;
    let limits = &state.limits;
    let held = match claim(&state, &headers)? {
        Some((claim, from)) => body::read_parcel(&state, (claim, from), body).await?,
        None => {
            let cap = limits.exchange_body.min(limits.unclaimed_body);
            body::read(&headers, body, cap, (limits, &state.gate)).await?
        }
    };
    let mut spent = Spent::default();
    let since = Instant::now();
    let (stream, first, answering) = begin_in_turn(&state, held, peer).await?;
    spent.part_since(since);
    let first = counted(&state.gate, first)?;
    // No kind of content is named: every byte of a quiet exchange counts, and both ends know it.
    if answering.is_over() {
        spent.tell();
        return Ok(Body::from(first).into_response());
    }
    let rest = parts(state, answering, stream, spent);
    let stream = tokio_stream::once(Ok(first)).chain(rest);
    Ok(Body::from_stream(stream).into_response())
}

/// Begins an answer once the device's earlier request has ended. A request that waits for that holds no place; what it
/// held unpacked in one would be too much memory for it to keep.
async fn begin_in_turn(
    state: &Arc<ServerState>,
    held: Held,
    peer: IpAddr,
) -> Result<(Stream, Vec<u8>, Answering), Problem> {
    let held = Arc::new(held);
    let mut turn = None;
    loop {
        let place = state.gate.enter().await?;
        let (working, held) = (Arc::clone(state), Arc::clone(&held));
        let its_turn = turn.take();
        let begun = Desk::blocking(move || {
            let _place = place;
            begin(&working, &held.bytes, peer, its_turn)
        });
        match begun.await? {
            Begun::Answer { stream, first, rest } => return Ok((stream, first, *rest)),
            Begun::OutOfTurn(device) => {
                turn = Some(state.turns.wait(device).await.ok_or(Problem::Busy)?);
            }
        }
    }
}

/// How much of a body is here already: `GET /v1/parcel` with the claim in the header.
pub(crate) async fn parcel(State(desk): State<Desk>, headers: HeaderMap) -> Result<String, Problem> {
    let (claim, _) = claim(&desk.state, &headers)?.ok_or(Problem::Malformed)?;
    Ok(desk.state.parcels.here(&claim).to_string())
}

/// The claim in front of a large body, with the byte from which the body goes on.
fn claim(state: &ServerState, headers: &HeaderMap) -> Result<Option<(ParcelClaim, u64)>, Problem> {
    let Some(value) = headers.get(PARCEL) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Problem::Malformed)?;
    claim_in(state, text).map(Some)
}

/// Reads the header's text: the byte from which the body goes on, and the claim, of a device that is known.
pub(crate) fn claim_in(state: &ServerState, text: &str) -> Result<(ParcelClaim, u64), Problem> {
    let (from, claim) = text.split_once(' ').ok_or(Problem::Malformed)?;
    let from = from.parse().map_err(|_| Problem::Malformed)?;
    let claim = ParcelClaim::from_text(claim).map_err(|_| Problem::Malformed)?;
    if claim.length > state.limits.exchange_body as u64 {
        return Err(Problem::TooLarge);
    }
    if state.sender(&claim.device).is_none() {
        return Err(Problem::NotEnrolled);
    }
    if !claim.verify() {
        return Err(Problem::BadSignature);
    }
    Ok((claim, from))
}

/// The parts after the first one. No thread waits while a slow device takes its time. An answer that breaks off ends
/// with an error, and so does its connection: the device asks again from where it stands.
fn parts(
    state: Arc<ServerState>,
    answering: Answering,
    mut stream: Stream,
    spent: Spent,
) -> impl tokio_stream::Stream<Item = io::Result<Bytes>> + Send {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let mut broken = Some(io::Error::other("the answer was broken off"));
    let whole = Arc::new(AtomicBool::new(false));
    let is_whole = Arc::clone(&whole);
    tokio::spawn(async move {
        let sent = tokio::select! {
            sent = send_parts(&state, answering, &sender, spent) => sent,
            () = stream.is_followed() => false,
        };
        whole.store(sent, Ordering::SeqCst);
    });
    let end = std::iter::from_fn(move || {
        let broken = broken.take()?;
        (!is_whole.load(Ordering::SeqCst)).then_some(Err(broken))
    });
    tokio_stream::wrappers::ReceiverStream::new(receiver).chain(tokio_stream::iter(end))
}

/// Makes and sends part after part; true after the last one.
async fn send_parts(
    state: &Arc<ServerState>,
    answering: Answering,
    sender: &Sender<io::Result<Bytes>>,
    mut spent: Spent,
) -> bool {
    let mut answering = Some(answering);
    while let Some(mut current) = answering.take() {
        // The next part is made once there is room for it.
        let Ok(room) = sender.reserve().await else {
            return false;
        };
        let since = Instant::now();
        let Ok(place) = state.gate.enter().await else {
            return false;
        };
        let made = Desk::blocking(move || {
            let _place = place;
            let part = current.next_part()?;
            Ok((part, current))
        });
        let Ok((part, current)) = made.await else {
            return false;
        };
        spent.part_since(since);
        if let Some(part) = part {
            let Ok(part) = counted(&state.gate, part) else {
                return false;
            };
            room.send(Ok(part));
            if !current.is_over() {
                answering = Some(current);
            }
        }
    }
    spent.tell();
    true
}

/// What became of a request.
pub(crate) enum Begun {
    /// Its answer begins.
    Answer {
        /// Begun in the device's turn: no earlier request of it begins one after this.
        stream: Stream,
        /// The first part.
        first: Vec<u8>,
        /// The others.
        rest: Box<Answering>,
    },
    /// An earlier request of the device is still worked on.
    OutOfTurn(DeviceKey),
}

/// Checks a request, takes in what it brings and begins to answer, if it is its turn or the device has no other.
pub(crate) fn begin(
    state: &Arc<ServerState>,
    body: &[u8],
    peer: IpAddr,
    turn: Option<Turn>,
) -> Result<Begun, Problem> {
    let bytes = unshrink(body).map_err(|_| Problem::Malformed)?;
    let mut request = read(&bytes)?;
    admit(state, &request, &bytes, peer)?;
    drop(bytes);
    // A device waits for its own earlier request before its next one is worked on.
    let Some(turn) = turn.or_else(|| state.turns.take(request.device)) else {
        return Ok(Begun::OutOfTurn(request.device));
    };
    let mut load = std::mem::take(&mut request.load);
    let entries_in = load.pack.entries();
    let device = request.device;
    let mut screened = screen(
        std::mem::take(&mut load.pack),
        request.province,
        state.limits.run_bytes,
        |scope| may_hold(state, scope),
    );
    // Whoever knows of forks may bring the proof of one in its own log.
    if request.forks.is_none() {
        screened.leave_out_branches(state.ledger(), &device)?;
    }
    let received = take_in(state, request.province, &screened)?;
    // After the entries, which say what the pieces are of. They are durable before a receipt says so.
    // A store that takes no more of them still takes entries.
    match state.ledger().take_pieces(&load.chunks) {
        Err(LedgerError::MediaFull { held, quota }) => {
            tracing::warn!(media.held = held, media.quota = quota, "no room for files");
        }
        taken => drop(taken?),
    }
    tell_keeper(state, &request, &screened, &received)?;
    let mut answering = Answering::begin(state, request, &screened, &received)?;
    let first = answering.next_part()?.unwrap_or_default();
    tracing::info!(
        exchange.device = %device.fingerprint(),
        exchange.entries_in = entries_in,
        exchange.entries_new = received.new_entries,
        exchange.entries_refused = received.refused.len(),
        exchange.entries_waiting = received.waiting,
        exchange.runs_left_out = received.problems.len() + screened.left_out.len(),
        exchange.bytes_in = body.len(),
        exchange.bytes_out = first.len(),
        exchange.more = !answering.is_over(),
        "exchange"
    );
    let stream = state.streams.begin(device);
    drop(turn);
    Ok(Begun::Answer {
        stream,
        first,
        rest: Box::new(answering),
    })
}

/// A hub holds what its keeper may see; a province's server holds all.
pub(crate) fn may_hold(state: &ServerState, scope: &Scope) -> bool {
    state.kept().is_none_or(|kept| {
        state.ledger().with_roster(kept.province, |roster| {
            roster.is_some_and(|roster| may_receive(roster, &kept.device, scope))
        })
    })
}

/// The keeper of a hub learns what its guest has and brought.
fn tell_keeper(
    state: &ServerState,
    request: &Request,
    screened: &Screened,
    received: &Received,
) -> Result<(), Problem> {
    let Some(kept) = state.kept() else { return Ok(()) };
    let is_left_out = |log: &LogId| received.problems.iter().any(|(other, _)| other == log);
    let runs = screened.pack.runs.iter().filter(|run| !is_left_out(&run.log));
    let runs: Vec<(LogId, u64)> = runs
        .map(|run| (run.log, run.first_seq + run.items.len() as u64 - 1))
        .collect();
    let brought = Brought {
        runs: &runs,
        asked: &request.have,
        received,
    };
    Ok(kept.keeper.took_in(&request.device, &brought)?)
}

fn read(bytes: &[u8]) -> Result<Request, Problem> {
    const SIGNATURE: usize = 64;
    match bytes.get(SIGNATURE) {
        Some(version) if *version != PROTOCOL_VERSION => Err(Problem::ProtocolVersion),
        _ => Request::read(bytes).map_err(|_| Problem::Malformed),
    }
}

/// The device has a grant, be it revoked, and made the request itself.
fn admit(state: &ServerState, request: &Request, bytes: &[u8], peer: IpAddr) -> Result<(), Problem> {
    if !state.serves(request.province) {
        return Err(Problem::ProvinceUnknown);
    }
    let trier = Trier::Device(peer, request.device);
    if let Some(seconds) = state.attempts.wait(trier, Instant::now()) {
        return Err(Problem::TooManyAttempts(seconds));
    }
    if !has_grant(state, request) {
        learn_of_grant(state, request, bytes).inspect_err(|_| {
            // Only who brings something to check makes work.
            if !request.load.pack.is_empty() {
                state.attempts.failed(trier, Instant::now());
            }
        })?;
    }
    if !request_signature_valid(bytes, &request.device) {
        state.attempts.failed(trier, Instant::now());
        tracing::warn!(exchange.device = %request.device.fingerprint(), exchange.peer = %peer, "bad signature");
        return Err(Problem::BadSignature);
    }
    Ok(())
}

fn has_grant(state: &ServerState, request: &Request) -> bool {
    state.ledger().with_roster(request.province, |roster| {
        roster.is_some_and(|roster| roster.grants.contains_key(&request.device))
    })
}

/// A server that was restored from a time before the device's grant learns of it from the device itself, and so
/// does a hub whose keeper was away when it was made: the authority's acts prove themselves, whoever brings them.
/// Whole ones only: an act that is known by its hash alone could never take effect later.
fn learn_of_grant(state: &ServerState, request: &Request, bytes: &[u8]) -> Result<(), Problem> {
    let known = state
        .ledger()
        .with_roster(request.province, |roster| roster.map(|roster| roster.authority));
    let Some(authority) = known else {
        return Err(Problem::NotEnrolled);
    };
    let by_authority = |run: &Run| {
        run.log.device == authority
            && run.log.scope.place == Place::Roster
            && run.log.scope.province == request.province
            && run.items.iter().all(|item| {
                matches!(
                    item,
                    Item::Entry {
                        payload: Payload::Inline(_),
                        ..
                    }
                )
            })
    };
    let records = request.load.pack.records.iter();
    let acts = Pack {
        // An act is in no document, and none is looked at for a stranger.
        records: records
            .map(|record| PackedRecord {
                document: None,
                ..record.clone()
            })
            .collect(),
        runs: request
            .load
            .pack
            .runs
            .iter()
            .filter(|run| by_authority(run))
            .cloned()
            .collect(),
    };
    if acts.is_empty() || !request_signature_valid(bytes, &request.device) {
        return Err(Problem::NotEnrolled);
    }
    let _turn = state.roster_turn();
    state.ledger().receive(&acts)?;
    if has_grant(state, request) {
        Ok(())
    } else {
        Err(Problem::NotEnrolled)
    }
}

/// Takes entries in, and answers what they asked of the authority.
pub(crate) fn take_in(
    state: &ServerState,
    province: ProvinceId,
    screened: &Screened,
) -> Result<Received, LedgerError> {
    let ledger = state.ledger();
    // Whoever asks, a few of the entries that wait for a right are tried again when a roster has changed: the
    // author of one may have no reason to ask before long.
    let received = if screened.pack.is_empty() && !ledger.has_second_tries() {
        Received::default()
    } else if screened.touches_roster {
        let _turn = state.roster_turn();
        let mut received = ledger.receive(&screened.pack)?;
        // Also when all was held before: the server may have stopped between the two steps.
        if let Some(author) = state.authority(province)
            && roster_desk::answer_requests(ledger, &author, province, now())? > 0
            && ledger.has_second_tries()
        {
            // What the authority has just entered may be the right that something waits for.
            received.tried_again(ledger.try_some_again()?);
        }
        received
    } else {
        let _turn = state.journal_turn();
        ledger.receive(&screened.pack)?
    };
    let is_forked = received
        .problems
        .iter()
        .any(|(_, problem)| *problem == RunProblem::Fork);
    if (is_forked || screened.touches_roster)
        && let Some(author) = state.authority(province)
    {
        let _turn = state.roster_turn();
        if roster_desk::tell_of_forks(ledger, &author, province, now())? > 0 {
            // Somebody who knew of the fork before may have chosen already.
            roster_desk::answer_requests(ledger, &author, province, now())?;
        }
    }
    for (log, problem) in &received.problems {
        tracing::warn!(run.author = %log.device.fingerprint(), run.problem = ?problem, "a run was left out");
    }
    Ok(received)
}
